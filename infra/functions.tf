resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:lines hold ids, counts and reasons, no text and no names; CloudWatch encrypts them with its own key
  #checkov:skip=CKV_AWS_338:lines serve to find faults, not as records; the ledger and the tickets are those
  for_each = local.functions

  name              = each.value.log_group
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "function" {
  #checkov:skip=CKV_AWS_116:the poller's failed events go to the queue of its event_invoke_config; the callback is called synchronously
  #checkov:skip=CKV_AWS_117:both sides are on the internet; in a VPC a NAT gateway would cost more than all the rest and protect nothing
  #checkov:skip=CKV_AWS_272:whoever may deploy could also sign; packages are built from the same clone
  #checkov:skip=CKV_AWS_173:names of tables and a prefix, nothing secret
  #checkov:skip=CKV_AWS_50:the functions make no traces; logs and metrics tell what a trace would
  for_each = local.functions

  function_name    = each.value.name
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = 256
  timeout          = each.value.timeout
  filename         = each.value.package
  source_code_hash = filebase64sha256(each.value.package)

  reserved_concurrent_executions = each.value.concurrency == null ? -1 : each.value.concurrency

  environment {
    variables = module.plan.environment_variables
  }

  # Sets AWS_LAMBDA_LOG_LEVEL, which the functions honour.
  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.function[each.key].name
  }

  # Without its rights a function would begin with refused calls.
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "poller" {
  function_name = aws_lambda_function.function["poller"].function_name

  # The next tick is the retry: repeats of an old one would only pile up.
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letter["failed"].arn
    }
  }

  depends_on = [aws_iam_role_policy.function]
}
