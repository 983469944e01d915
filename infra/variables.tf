variable "alarm_email" {
  description = "Who is told about alarms; AWS asks this address to confirm. Null: nobody, the topic stands ready."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$", var.alarm_email))
    error_message = "alarm_email must be one e-mail address such as it@shop.example, or null."
  }
}

variable "architecture" {
  description = "Processor of the functions: arm64, which costs a fifth less, or x86_64. The packages must be built for it."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "budget_usd" {
  description = "Monthly costs of the whole account, in US dollars, at 80 % of which alarm_email is told. Null: no budget."
  type        = number
  default     = null

  validation {
    condition     = var.budget_usd == null ? true : var.budget_usd > 0
    error_message = "budget_usd must be more than 0, or null for no budget."
  }

  validation {
    condition     = var.budget_usd == null || var.alarm_email != null
    error_message = "budget_usd needs alarm_email: without an address nobody would be told."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the tables. Set to false and apply, before a deployment is destroyed for good."
  type        = bool
  default     = true
  nullable    = false
}

variable "environment" {
  description = "Part of every name, so that e.g. stage can stand beside live in the same account. Changing it makes a new deployment."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment)) && !endswith(var.environment, "-")
    error_message = "environment must be 1 to 16 of the characters a-z, 0-9 and -, begin with a letter and not end with -."
  }
}

variable "integrations" {
  description = "Ids of integrations whose empty secret Terraform makes. Others are made by empikctl secrets set; an id never needs to stand here."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.integrations : can(regex("^[a-z0-9-]{1,40}$", id))])
    error_message = "integrations must be ids of 1 to 40 of the characters a-z, 0-9 and -, as in the settings files."
  }
}

variable "log_level" {
  description = "DEBUG or INFO. Higher levels would also drop the lines that metrics are made of."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO"], var.log_level)
    error_message = "log_level must be DEBUG or INFO: above it, Lambda drops the lines that metrics and alarms are made of."
  }
}

variable "log_retention_days" {
  description = "How long log lines are kept, in days."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "package_folder" {
  description = "The folder with <architecture>/poller/bootstrap.zip and the callback's, as make package writes them."
  type        = string
  default     = "../target/lambda"
  nullable    = false

  validation {
    condition     = alltrue([for name in ["poller", "callback"] : fileexists("${var.package_folder}/${var.architecture}/${name}/bootstrap.zip")])
    error_message = "package_folder holds no ${var.architecture}/poller/bootstrap.zip and ${var.architecture}/callback/bootstrap.zip; build them first: make package ARCH=${var.architecture}."
  }
}

variable "poller_shards" {
  description = "Into how many invocations a minute the integrations are spread. One carries about 50 shops at a time."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.poller_shards >= 1 && var.poller_shards <= 100 && floor(var.poller_shards) == var.poller_shards
    error_message = "poller_shards must be a whole number from 1 to 100."
  }
}

variable "reserved_concurrency" {
  description = "Reserved concurrency of each function; null: none. AWS refuses any on a new account with a quota of 10."
  type = object({
    poller   = optional(number)
    callback = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for n in values(var.reserved_concurrency) : n == null ? true : n >= 1 && floor(n) == n])
    error_message = "reserved_concurrency must be whole numbers of at least 1, or null; 0 would switch the function off."
  }

  validation {
    condition     = var.reserved_concurrency.poller == null ? true : var.reserved_concurrency.poller >= var.poller_shards
    error_message = "reserved_concurrency.poller must be at least poller_shards: each shard is an invocation of its own."
  }
}

variable "sweep_days" {
  description = "How many days back the daily sweep holds threads and tickets against the ledger; 0: no sweep. It uses at most half of the calls to EmpikPlace that are left in an hour."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.sweep_days >= 0 && var.sweep_days <= 90 && floor(var.sweep_days) == var.sweep_days
    error_message = "sweep_days must be a whole number from 0 to 90."
  }
}

variable "sweep_rate" {
  description = "How often the sweep is called. It begins once a day; a sweep that had to stop goes on at the next call."
  type        = string
  default     = "rate(1 hour)"
  nullable    = false

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.sweep_rate))
    error_message = "sweep_rate must be a schedule expression such as rate(1 hour)."
  }
}

variable "tags" {
  description = "Further tags of every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
