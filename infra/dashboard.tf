locals {
  region = data.aws_region.current.id

  # Rows of the dashboard: is it working, how far behind, what is stuck, what does it cost.
  widgets = [
    {
      title = "Is it working: ticks, failed ones, failed invocations"
      metrics = [
        [local.own, "Ticks", { stat = "Sum" }],
        [local.own, "TickFailed", { stat = "Sum" }],
        ["AWS/Lambda", "Errors", "FunctionName", local.functions.poller.name, { stat = "Sum", label = "poller errors" }],
        ["AWS/Lambda", "Errors", "FunctionName", local.functions.callback.name, { stat = "Sum", label = "callback errors" }],
      ]
    },
    {
      title = "Carried: messages in, replies out"
      metrics = [
        [local.own, "MessagesIn", { stat = "Sum" }],
        [local.own, "RepliesOut", { stat = "Sum" }],
      ]
    },
    {
      title = "How far behind, s: EmpikPlace's changes, the last success, over all shops"
      metrics = [
        [local.own, "CursorLag", { stat = "Maximum" }],
        [local.own, "SinceSuccess", { stat = "Maximum" }],
      ]
    },
    {
      title = "How far behind, s: each shop"
      metrics = [
        [{ expression = "SEARCH('{EmpikThuliumBridge,Integration} MetricName=\"CursorLag\" OR MetricName=\"SinceSuccess\"', 'Maximum', 300)", label = "" }],
      ]
    },
    {
      title = "What is stuck: parked, dead letters, lines of level ERROR"
      metrics = concat(
        [
          [local.own, "ParkedItems", { stat = "Maximum", label = "parked" }],
          [local.own, "Backlog", { stat = "Maximum", label = "threads that wait" }],
          [local.own, "PollerErrorLines", { stat = "Sum" }],
          [local.own, "CallbackErrorLines", { stat = "Sum" }],
        ],
        [for queue in module.plan.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name, { stat = "Maximum" }]],
      )
    },
    {
      title = "What is stuck, s: the oldest unfinished reply or conversation of each shop"
      metrics = [
        [local.own, "OldestUnfinished", { stat = "Maximum", label = "all" }],
        [{ expression = "SEARCH('{EmpikThuliumBridge,Integration} MetricName=\"OldestUnfinished\"', 'Maximum', 300)", label = "" }],
      ]
    },
    {
      title = "Callbacks: all, refused, unusable"
      metrics = [
        ["AWS/Lambda", "Invocations", "FunctionName", local.functions.callback.name, { stat = "Sum", label = "all" }],
        [local.own, "CallbackRefused", { stat = "Sum" }],
        [local.own, "CallbackUnusable", { stat = "Sum" }],
      ]
    },
    {
      title = "What it costs: units of the tables"
      metrics = [
        for pair in setproduct(["integrations", "conversations"], ["Read", "Write"]) :
        ["AWS/DynamoDB", "Consumed${pair[1]}CapacityUnits", "TableName", module.plan.tables[pair[0]].name, { stat = "Sum" }]
      ]
    },
    {
      title = "What it costs: invocations"
      metrics = [
        ["AWS/Lambda", "Invocations", "FunctionName", local.functions.poller.name, { stat = "Sum", label = "poller" }],
        ["AWS/Lambda", "Invocations", "FunctionName", local.functions.callback.name, { stat = "Sum", label = "callback" }],
      ]
    },
    {
      title = "What it costs: time of the functions, ms"
      metrics = [
        ["AWS/Lambda", "Duration", "FunctionName", local.functions.poller.name, { stat = "Sum", label = "poller" }],
        ["AWS/Lambda", "Duration", "FunctionName", local.functions.callback.name, { stat = "Sum", label = "callback" }],
        ["AWS/Lambda", "Duration", "FunctionName", local.functions.poller.name, { stat = "Maximum", label = "slowest tick" }],
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "bridge" {
  dashboard_name = module.plan.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms", alarms = [for alarm in aws_cloudwatch_metric_alarm.alarm : alarm.arn] }
      }],
      [for index, widget in local.widgets : {
        type   = "metric"
        x      = index % 2 * 12
        y      = 3 + floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          view    = "timeSeries"
          region  = local.region
          period  = 300
          metrics = widget.metrics
        }
      }],
    )
  })
}
