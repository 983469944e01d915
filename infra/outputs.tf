output "alarm_topic" {
  description = "The SNS topic that alarms go to; further subscriptions can be added to it."
  value       = aws_sns_topic.alarms.arn
}

output "callback_url" {
  description = "The Function URL; Thulium calls it with /<integration> appended."
  value       = aws_lambda_function_url.callback.function_url
}

output "dashboard" {
  description = "The dashboard's name in CloudWatch."
  value       = aws_cloudwatch_dashboard.bridge.dashboard_name
}

output "environment" {
  description = "The environment of both functions, and what empikctl needs: NAME=value, one a line."
  value       = join("\n", [for name, value in local.empikctl : "${name}=${value}"])
}

output "functions" {
  description = "The functions' names."
  value       = { for key, function in aws_lambda_function.function : key => function.function_name }
}

output "next" {
  description = "What comes next."
  value       = <<-TEXT
    cargo install --path functions/empikctl       # once; or cargo run -p empikctl -- in its place
    export AWS_REGION=${local.region}
    ${join("\n", [for name, value in local.empikctl : "export ${name}=${value}"])}
    empikctl tables check
    empikctl template shop-a > shop-a.toml        # fill it in
    empikctl apply -f shop-a.toml
    empikctl secrets set shop-a --generate-callback
    In Thulium, let the webhook call ${trimsuffix(aws_lambda_function_url.callback.function_url, "/")}/shop-a
    ${var.alarm_email == null ? "Nobody is told of alarms yet: set alarm_email, or subscribe to ${aws_sns_topic.alarms.arn}" : "Confirm the message that AWS has sent to ${var.alarm_email}; until then it is told nothing"}
    Dashboard ${aws_cloudwatch_dashboard.bridge.dashboard_name} in CloudWatch, ${local.region}
  TEXT
}

output "operator_policy" {
  description = "The policy to attach to whoever runs empikctl."
  value       = aws_iam_policy.operator.arn
}

output "secrets_prefix" {
  description = "The begin of the secrets' names; an integration's id follows."
  value       = module.plan.secrets_prefix
}

output "tables" {
  description = "The tables' names."
  value       = { for key, table in aws_dynamodb_table.table : key => table.name }
}
