variable "account" {
  description = "The AWS account's number."
  type        = string
}

variable "environment" {
  description = "Part of every name, so that several deployments can stand in one account."
  type        = string
}

variable "partition" {
  description = "The AWS partition: aws, aws-cn or aws-us-gov."
  type        = string
  default     = "aws"
}

variable "poller_shards" {
  description = "Into how many invocations the integrations are spread."
  type        = number
  default     = 1
}

variable "sweep_days" {
  description = "How many days back the daily sweep looks; 0: no sweep."
  type        = number
  default     = 2
}

variable "sweep_rate" {
  description = "How often a sweep that is not through goes on."
  type        = string
  default     = "rate(1 hour)"
}

variable "region" {
  description = "The AWS region."
  type        = string
}
