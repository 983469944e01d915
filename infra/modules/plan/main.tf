# Everything about the deployment that can be decided without AWS: names, time-outs, schedules,
# tables and environment. It has no provider, so that its tests run anywhere.

terraform {
  required_version = ">= 1.11"
}

locals {
  name = "empik-bridge-${var.environment}"
  arn = {
    dynamodb  = "arn:${var.partition}:dynamodb:${var.region}:${var.account}:table"
    lambda    = "arn:${var.partition}:lambda:${var.region}:${var.account}:function"
    logs      = "arn:${var.partition}:logs:${var.region}:${var.account}:log-group"
    scheduler = "arn:${var.partition}:scheduler:${var.region}:${var.account}"
    secrets   = "arn:${var.partition}:secretsmanager:${var.region}:${var.account}:secret"
    sqs       = "arn:${var.partition}:sqs:${var.region}:${var.account}"
  }

  # Seconds. A call to EmpikPlace or Thulium ends inside an invocation, and an invocation before the
  # next tick. The lease is the code's own: it ends this long after an invocation stops starting new
  # work, hence after the longest call, a file, that may then still be under way.
  timeouts = {
    call         = 20
    file         = 60
    lease_margin = 90
    callback     = 30
    poller       = 55
    schedule     = 60
  }

  functions = {
    poller = {
      name      = "${local.name}-poller"
      arn       = "${local.arn.lambda}:${local.name}-poller"
      timeout   = local.timeouts.poller
      log_group = "/aws/lambda/${local.name}-poller"
    }
    callback = {
      name      = "${local.name}-callback"
      arn       = "${local.arn.lambda}:${local.name}-callback"
      timeout   = local.timeouts.callback
      log_group = "/aws/lambda/${local.name}-callback"
    }
  }

  # As the ledger's schema has them. Keys: partition first. An index holds keys, and what is projected.
  tables = {
    integrations = {
      name       = "${local.name}-integrations"
      arn        = "${local.arn.dynamodb}/${local.name}-integrations"
      keys       = ["integration", "item"]
      attributes = { integration = "S", item = "S" }
      indexes    = {}
      projected  = {}
    }
    conversations = {
      name = "${local.name}-conversations"
      arn  = "${local.arn.dynamodb}/${local.name}-conversations"
      keys = ["conversation", "item"]
      attributes = {
        conversation = "S"
        item         = "S"
        ticket_key   = "S"
        waiting_key  = "S"
        waiting_at   = "N"
      }
      indexes = {
        by_ticket = ["ticket_key"]
        waiting   = ["waiting_key", "waiting_at"]
      }
      projected = { waiting = ["since"] }
    }
  }

  secrets_prefix = "${local.name}/"

  queues = {
    unscheduled = { name = "${local.name}-unscheduled", arn = "${local.arn.sqs}:${local.name}-unscheduled" }
    failed      = { name = "${local.name}-failed", arn = "${local.arn.sqs}:${local.name}-failed" }
  }

  schedules = {
    for shard in range(var.poller_shards) : tostring(shard) => {
      name       = "${local.name}-${shard}"
      expression = "rate(1 minute)"
      input      = jsonencode({ shard = shard, shards = var.poller_shards })
    }
  }

  # Once a day, in as many invocations as it takes: an event that finds the day's sweep done does nothing.
  sweeps = {
    for shard in range(var.sweep_days == 0 ? 0 : var.poller_shards) : "sweep-${shard}" => {
      name       = "${local.name}-sweep-${shard}"
      expression = var.sweep_rate
      input      = jsonencode({ shard = shard, shards = var.poller_shards, reconcile = { days = var.sweep_days } })
    }
  }
}
