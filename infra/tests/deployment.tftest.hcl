# Run by test.sh in a copy of this folder, with empty packages.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1", name = "eu-central-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:mocked" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:mocked" }
  }
}

run "as_delivered" {
  assert {
    condition = alltrue([
      for function in aws_lambda_function.function :
      function.runtime == "provided.al2023" && function.architectures == tolist(["arm64"]) && function.memory_size == 256 && function.reserved_concurrent_executions == -1
    ])
    error_message = "both functions run on arm64 with 256 MB and no reserved concurrency, which a new account would refuse"
  }

  assert {
    condition = alltrue([
      for key, function in aws_lambda_function.function :
      function.function_name == module.plan.functions[key].name && function.timeout == module.plan.timeouts[key] && function.environment[0].variables == tomap(module.plan.environment_variables)
    ])
    error_message = "name, time-out and environment must be those of the plan"
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.poller.maximum_retry_attempts == 0 && aws_lambda_function_event_invoke_config.poller.maximum_event_age_in_seconds <= 120
    error_message = "the next tick is the retry"
  }

  assert {
    condition = alltrue([
      for schedule in aws_scheduler_schedule.shard :
      schedule.target[0].retry_policy[0].maximum_retry_attempts == 0 && length(schedule.target[0].dead_letter_config) == 1 && schedule.flexible_time_window[0].mode == "OFF"
    ])
    error_message = "a tick is not repeated, and not lost silently"
  }

  assert {
    condition = alltrue([
      for table in aws_dynamodb_table.table :
      table.billing_mode == "PAY_PER_REQUEST" && table.deletion_protection_enabled && table.point_in_time_recovery[0].enabled && table.server_side_encryption[0].enabled
    ])
    error_message = "the tables are protected, encrypted, recoverable and paid on demand"
  }

  assert {
    condition     = toset([for permission in aws_lambda_permission.url : permission.action]) == toset(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"])
    error_message = "the Function URL needs both rights"
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0 && length(aws_budgets_budget.month) == 0 && length(aws_secretsmanager_secret.integration) == 0
    error_message = "what nobody asked for is not made"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.alarm : alarm.namespace != local.own || contains(keys(module.plan.metrics), alarm.metric_name)])
    error_message = "an alarm watches a metric that nobody makes"
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.function : group.retention_in_days == 30])
    error_message = "logs are not kept for ever"
  }
}

run "with_everything" {
  variables {
    environment          = "stage"
    poller_shards        = 4
    integrations         = ["shop-a", "shop-b"]
    alarm_email          = "it@shop.example"
    budget_usd           = 20
    deletion_protection  = false
    reserved_concurrency = { poller = 4 }
  }

  assert {
    condition     = [for secret in aws_secretsmanager_secret.integration : secret.name] == ["empik-bridge-stage/shop-a", "empik-bridge-stage/shop-b"]
    error_message = "a secret is called as the functions look for it"
  }

  assert {
    condition     = length(aws_scheduler_schedule.shard) == 8 && aws_lambda_function.function["poller"].reserved_concurrent_executions == 4 && aws_lambda_function.function["callback"].reserved_concurrent_executions == -1
    error_message = "shards and concurrency as asked for"
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 1 && length(aws_budgets_budget.month) == 1
    error_message = "somebody is told"
  }
}

run "bad_environment" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "Stage_1"
  }
}

run "bad_architecture" {
  command         = plan
  expect_failures = [var.architecture]
  variables {
    architecture = "arm"
  }
}

run "bad_budget" {
  command         = plan
  expect_failures = [var.budget_usd]
  variables {
    alarm_email = "it@shop.example"
    budget_usd  = 0
  }
}

run "concurrency_that_switches_off" {
  command         = plan
  expect_failures = [var.reserved_concurrency]
  variables {
    reserved_concurrency = { callback = 0 }
  }
}

run "bad_shards" {
  command         = plan
  expect_failures = [var.poller_shards]
  variables {
    poller_shards = 1.5
  }
}

run "no_shards" {
  command         = plan
  expect_failures = [var.poller_shards]
  variables {
    poller_shards = 0
  }
}

run "bad_integration" {
  command         = plan
  expect_failures = [var.integrations]
  variables {
    integrations = ["Shop A"]
  }
}

run "bad_email" {
  command         = plan
  expect_failures = [var.alarm_email]
  variables {
    alarm_email = "nobody"
  }
}

run "budget_without_an_address" {
  command         = plan
  expect_failures = [var.budget_usd]
  variables {
    budget_usd = 10
  }
}

run "bad_retention" {
  command         = plan
  expect_failures = [var.log_retention_days]
  variables {
    log_retention_days = 31
  }
}

run "a_level_that_drops_metrics" {
  command         = plan
  expect_failures = [var.log_level]
  variables {
    log_level = "WARN"
  }
}

run "too_little_concurrency" {
  command         = plan
  expect_failures = [var.reserved_concurrency]
  variables {
    poller_shards        = 4
    reserved_concurrency = { poller = 2 }
  }
}

run "no_packages" {
  command         = plan
  expect_failures = [var.package_folder]
  variables {
    package_folder = "/nowhere"
  }
}
