locals {
  own = module.plan.metrics_namespace

  # Longer than the longest interval between two polls, an hour, so that a shop which is polled seldom
  # does not wake anybody.
  lag_seconds = 3600 + 1800

  # What wakes a person, and why. `missing` says how no data counts. Metrics of one's own are those
  # of the plan's metrics.tf; the others are AWS's.
  alarms = merge(
    {
      no-tick = {
        description = "The poller has not run for 10 minutes: the schedule, its role or the function is broken. Nothing is carried."
        namespace   = "AWS/Lambda"
        metric      = "Invocations"
        dimensions  = { FunctionName = local.functions.poller.name }
        statistic   = "Sum"
        comparison  = "LessThanThreshold"
        threshold   = 1
        period      = 300
        periods     = 2
        missing     = "breaching"
      }
      ticks-fail = {
        description = "In each of three times 5 minutes a tick failed: at least one integration gets nowhere. empikctl list, then the poller's log: event tick, status failed."
        namespace   = local.own
        metric      = "TickFailed"
        dimensions  = {}
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 3
        period      = 300
        periods     = 3
        missing     = "notBreaching"
      }
      no-success = {
        description = "An integration has had no successful tick for half an hour: the poller runs, but a side is out of reach, refuses or limits. The poller's log says which: event tick."
        namespace   = local.own
        metric      = "SinceSuccess"
        dimensions  = {}
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1800
        period      = 300
        periods     = 2
        missing     = "notBreaching"
      }
      cursor-lag = {
        description = "What changed on EmpikPlace more than an hour and a half ago may not be in Thulium yet: the bridge does not keep up."
        namespace   = local.own
        metric      = "CursorLag"
        dimensions  = {}
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = local.lag_seconds
        period      = 300
        periods     = 3
        missing     = "notBreaching"
      }
      oldest-unfinished = {
        description = "A reply or a conversation has been tried again for more than an hour. It is parked after about a day; the poller's log says what fails: event failure."
        namespace   = local.own
        metric      = "OldestUnfinished"
        dimensions  = {}
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 3600
        period      = 300
        periods     = 3
        missing     = "notBreaching"
      }
      parked = {
        description = "Conversations or replies are set aside and wait for a person; rings until none is left. empikctl parked <integration> tells which and why."
        namespace   = local.own
        metric      = "ParkedItems"
        dimensions  = {}
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 1
        missing     = "notBreaching"
      }
      backlog = {
        description = "For half an hour threads have been waiting all the time: the bridge does not keep up, or a side does not answer."
        namespace   = local.own
        metric      = "Backlog"
        dimensions  = {}
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 6
        missing     = "notBreaching"
      }
      callbacks-refused = {
        description = "Calls with wrong credentials: Thulium's webhook has an old password, or somebody tries. Replies still go out with the next tick."
        namespace   = local.own
        metric      = "CallbackRefused"
        dimensions  = {}
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 10
        period      = 900
        periods     = 1
        missing     = "notBreaching"
      }
    },
    {
      for key in keys(local.functions) : "${key}-needs-a-person" => {
        description = "The ${key} logged a line of level ERROR: something that no further attempt heals. The line says what to do."
        namespace   = local.own
        metric      = "${title(key)}ErrorLines"
        dimensions  = {}
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 1
        missing     = "notBreaching"
      }
    },
    {
      for key, function in local.functions : "${key}-errors" => {
        description = "Invocations of the ${key} failed as a whole: not set up, tables out of reach, out of time or memory."
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = { FunctionName = function.name }
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 2
        missing     = "notBreaching"
      }
    },
    {
      for key, function in local.functions : "${key}-throttled" => {
        description = "AWS refused invocations of the ${key}: the account's quota or the reserved concurrency is used up."
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        dimensions  = { FunctionName = function.name }
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 2
        missing     = "notBreaching"
      }
    },
    {
      # It stops by itself at about 85 % of the time-out, so more means that stopping fails.
      for key, function in local.functions : "${key}-slow" => {
        description = "The ${key} needs nearly all of its ${function.timeout} s: a side answers slowly, or poller_shards is too small."
        namespace   = "AWS/Lambda"
        metric      = "Duration"
        dimensions  = { FunctionName = function.name }
        statistic   = "Maximum"
        comparison  = "GreaterThanThreshold"
        threshold   = function.timeout * 1000 * 0.7
        period      = 300
        periods     = 3
        missing     = "notBreaching"
      }
    },
    {
      for key, queue in module.plan.queues : "queue-${key}" => {
        description = key == "failed" ? "Events with which the poller failed lie in the queue ${queue.name}." : "Events that the scheduler could not deliver lie in the queue ${queue.name}: its role, or throttling."
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = queue.name }
        statistic   = "Maximum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 1
        missing     = "notBreaching"
      }
    },
    {
      for pair in setproduct(["integrations", "conversations"], ["Read", "Write"]) : "table-${pair[0]}-${lower(pair[1])}-throttled" => {
        description = "DynamoDB throttles ${lower(pair[1])}s of the table of ${pair[0]}."
        namespace   = "AWS/DynamoDB"
        metric      = "${pair[1]}ThrottleEvents"
        dimensions  = { TableName = module.plan.tables[pair[0]].name }
        statistic   = "Sum"
        comparison  = "GreaterThanOrEqualToThreshold"
        threshold   = 1
        period      = 300
        periods     = 2
        missing     = "notBreaching"
      }
    },
  )
}

resource "aws_cloudwatch_log_metric_filter" "metric" {
  for_each = module.plan.metrics

  name           = "${module.plan.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.function[each.value.function].name
  pattern        = each.value.pattern

  metric_transformation {
    name      = each.key
    namespace = module.plan.metrics_namespace
    value     = each.value.value
  }
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  alarm_name          = "${module.plan.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:alarms hold names of metrics and functions only, and CloudWatch may not publish to a topic under AWS's own key
  name = "${module.plan.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_budgets_budget" "month" {
  count = var.budget_usd == null ? 0 : 1

  name         = "${module.plan.name}-month"
  budget_type  = "COST"
  limit_amount = tostring(var.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = [var.alarm_email]
  }
}
