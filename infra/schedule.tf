# Two queues, because two different things can fail: the scheduler could not deliver an event (rights,
# throttling), or the poller failed with it. Both are for people to look at; nothing reads them.
resource "aws_sqs_queue" "dead_letter" {
  for_each = module.plan.queues

  name                      = each.value.name
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true
}

resource "aws_scheduler_schedule_group" "ticks" {
  name = module.plan.schedule_group
}

resource "aws_scheduler_schedule" "shard" {
  #checkov:skip=CKV_AWS_297:the schedule's content is the number of a shard
  for_each = merge(module.plan.schedules, module.plan.sweeps)

  name                = each.value.name
  group_name          = aws_scheduler_schedule_group.ticks.name
  description         = each.value.input
  schedule_expression = each.value.expression

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.function["poller"].arn
    role_arn = aws_iam_role.scheduler.arn
    input    = each.value.input

    dead_letter_config {
      arn = aws_sqs_queue.dead_letter["unscheduled"].arn
    }

    # What comes late is worth nothing: the next tick, or the next call of the sweep, does its work.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}
