# Who may do what. Each action is one that the code calls, each resource one of this deployment. Two
# stars cannot be avoided, and a test allows no third: secrets of integrations that do not exist yet,
# behind the deployment's own prefix, and the streams of a function's own log group.

locals {
  secrets = "${local.arn.secrets}:${local.secrets_prefix}*"
  index   = { for name in keys(local.tables.conversations.indexes) : name => "${local.tables.conversations.arn}/index/${name}" }

  logs = {
    for key, function in local.functions : key => {
      Sid      = "WriteLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${local.arn.logs}:${function.log_group}:*"]
    }
  }
  read_secrets = {
    Sid      = "ReadSecrets"
    Effect   = "Allow"
    Action   = ["secretsmanager:GetSecretValue"]
    Resource = [local.secrets]
  }

  # Both functions write cursors and habits beside the settings, under the same key; settings are the
  # operator's. Whoever has taken a function cannot point a shop's keys at a host of his own.
  keep_settings = {
    Sid      = "KeepSettings"
    Effect   = "Deny"
    Action   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
    Resource = [local.tables.integrations.arn]
    Condition = {
      "ForAnyValue:StringEquals" = { "dynamodb:Attributes" = ["settings", "revision", "enabled_at"] }
    }
  }

  statements = {
    poller = [
      {
        Sid      = "Integrations"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem"]
        Resource = [local.tables.integrations.arn]
      },
      {
        Sid      = "Conversations"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = [local.tables.conversations.arn]
      },
      {
        Sid      = "Indexes"
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = [local.index.by_ticket, local.index.waiting]
      },
      local.keep_settings,
      local.read_secrets,
      {
        Sid      = "ReportFailedEvents"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.queues.failed.arn]
      },
      local.logs.poller,
    ]
    # It looks at one ticket of a known conversation: it lists nothing and opens no ticket.
    callback = [
      {
        Sid      = "Integrations"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = [local.tables.integrations.arn]
      },
      {
        Sid      = "Conversations"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
        Resource = [local.tables.conversations.arn]
      },
      {
        Sid      = "Indexes"
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = [local.index.by_ticket]
      },
      local.keep_settings,
      local.read_secrets,
      local.logs.callback,
    ]
    operator = [
      {
        Sid    = "Integrations"
        Effect = "Allow"
        Action = [
          "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
          "dynamodb:Scan", "dynamodb:UpdateItem"
        ]
        Resource = [local.tables.integrations.arn]
      },
      {
        Sid    = "Conversations"
        Effect = "Allow"
        Action = [
          "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
          "dynamodb:Scan", "dynamodb:UpdateItem"
        ]
        Resource = [local.tables.conversations.arn]
      },
      {
        Sid      = "Indexes"
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = [local.index.by_ticket, local.index.waiting]
      },
      {
        Sid      = "Secrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
        Resource = [local.secrets]
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["logs:FilterLogEvents"]
        Resource = [for function in local.functions : "${local.arn.logs}:${function.log_group}:*"]
      },
    ]
    scheduler = [
      {
        Sid      = "Tick"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [local.functions.poller.arn]
      },
      {
        Sid      = "ReportUndelivered"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.queues.unscheduled.arn]
      },
    ]
  }

  policy           = { for who, statements in local.statements : who => jsonencode({ Version = "2012-10-17", Statement = statements }) }
  policies         = { poller = local.policy.poller, callback = local.policy.callback }
  operator_policy  = local.policy.operator
  scheduler_policy = local.policy.scheduler

  trust = {
    lambda = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "lambda.amazonaws.com" }
      }]
    })
    # Pinned to this group's schedules, so that no other schedule can borrow the role.
    scheduler = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "scheduler.amazonaws.com" }
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = var.account
            "aws:SourceArn"     = "${local.arn.scheduler}:schedule-group/${local.name}"
          }
        }
      }]
    })
  }

  # AWS has asked for both since October 2025. Callers are authenticated by the function itself.
  url_permissions = {
    url = {
      action                   = "lambda:InvokeFunctionUrl"
      function_url_auth_type   = "NONE"
      invoked_via_function_url = null
    }
    function = {
      action                   = "lambda:InvokeFunction"
      function_url_auth_type   = null
      invoked_via_function_url = true
    }
  }
}
