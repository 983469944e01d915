variables {
  account     = "123456789012"
  environment = "live"
  region      = "eu-central-1"
}

run "names_carry_the_environment" {
  command = plan

  assert {
    condition = alltrue([
      for name in concat(
        [output.name, output.schedule_group, output.secrets_prefix],
        [for function in output.functions : function.name],
        [for table in output.tables : table.name],
        [for queue in output.queues : queue.name],
        [for schedule in merge(output.schedules, output.sweeps) : schedule.name],
      ) : startswith(name, "empik-bridge-live")
    ])
    error_message = "every name must begin with the deployment's own"
  }

  assert {
    condition     = endswith(output.secrets_prefix, "/") && endswith(output.metrics_namespace, "/live")
    error_message = "secrets and metrics of live and live-2 must not meet"
  }
}

run "names_of_another_environment_are_others" {
  command = plan

  variables {
    environment = "abcdefghijklmno1"
  }

  assert {
    condition     = !strcontains(jsonencode([output.functions, output.tables, output.queues, output.schedules, output.sweeps, output.policies, output.operator_policy, output.scheduler_policy, output.trust, output.secrets_prefix]), "bridge-live") && alltrue([for function in output.functions : length(function.name) <= 64])
    error_message = "no name may be shared, none be longer than AWS allows"
  }
}

run "policies_name_exact_actions_and_resources" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for policy in concat(values(output.policies), [output.scheduler_policy, output.operator_policy]) : [
        for statement in jsondecode(policy).Statement : [
          for action in statement.Action : can(regex("^[a-z]+:[A-Za-z]+$", action))
        ]
      ]
    ]))
    error_message = "an action must be one action"
  }

  assert {
    condition = length(setsubtract(
      flatten([
        for policy in concat(values(output.policies), [output.scheduler_policy, output.operator_policy]) : [
          for statement in jsondecode(policy).Statement : [for resource in statement.Resource : resource if strcontains(resource, "*") || strcontains(resource, "?")]
        ]
      ]),
      [
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:empik-bridge-live/*",
        "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/empik-bridge-live-poller:*",
        "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/empik-bridge-live-callback:*",
      ],
    )) == 0
    error_message = "a resource must be one resource; stars stand only behind the prefix of secrets and a log group of one's own"
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(values(output.policies), [output.scheduler_policy, output.operator_policy]) : [
        for statement in jsondecode(policy).Statement : (statement.Effect == "Allow" || statement.Sid == "KeepSettings") && !contains(keys(statement), "NotAction") && !contains(keys(statement), "NotResource")
      ]
    ]))
    error_message = "nothing may be allowed by exception"
  }
}

run "the_callback_may_less_than_the_poller" {
  command = plan

  assert {
    condition = alltrue([
      for action in ["dynamodb:Scan", "sqs:SendMessage", "secretsmanager:PutSecretValue", "dynamodb:DeleteItem"] :
      !strcontains(output.policies.callback, action)
    ]) && !strcontains(output.policies.callback, "index/waiting")
    error_message = "the function that strangers can call lists nothing and deletes nothing"
  }
}

run "functions_cannot_write_settings" {
  command = plan

  assert {
    condition = alltrue([
      for policy in values(output.policies) : anytrue([
        for statement in jsondecode(policy).Statement :
        statement.Effect == "Deny" && toset(statement.Action) == toset(["dynamodb:PutItem", "dynamodb:UpdateItem"])
        && contains(try(statement.Condition["ForAnyValue:StringEquals"]["dynamodb:Attributes"], []), "settings")
      ])
    ]) && !strcontains(output.operator_policy, "Deny")
    error_message = "settings are written by the operator alone"
  }
}

run "only_this_deployments_schedules_take_the_schedulers_role" {
  command = plan

  assert {
    condition = jsondecode(output.trust.scheduler).Statement[0].Condition.StringEquals == {
      "aws:SourceAccount" = "123456789012"
      "aws:SourceArn"     = "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/empik-bridge-live"
    }
    error_message = "the scheduler's role must be pinned to account and group"
  }
}

run "two_url_permissions" {
  command = plan

  assert {
    condition = { for key, permission in output.url_permissions : permission.action => permission } == {
      "lambda:InvokeFunctionUrl" = { action = "lambda:InvokeFunctionUrl", function_url_auth_type = "NONE", invoked_via_function_url = null }
      "lambda:InvokeFunction"    = { action = "lambda:InvokeFunction", function_url_auth_type = null, invoked_via_function_url = true }
    }
    error_message = "a Function URL needs both rights, the second one only through the URL"
  }
}

run "timeouts_nest" {
  command = plan

  assert {
    condition = alltrue([
      for function in ["poller", "callback"] :
      output.timeouts.call < output.timeouts[function] && output.timeouts[function] < output.timeouts.schedule
    ])
    error_message = "a call must end within an invocation, an invocation before the next tick"
  }

  assert {
    condition     = output.timeouts.file < output.timeouts.lease_margin && output.timeouts.call < output.timeouts.lease_margin
    error_message = "the lease must outlive the longest call"
  }

  assert {
    condition     = alltrue([for key, function in output.functions : function.timeout == output.timeouts[key]])
    error_message = "the functions must have the time-outs that were checked"
  }
}

run "one_schedule_for_each_shard" {
  command = plan

  variables {
    poller_shards = 3
  }

  assert {
    condition     = [for key in ["0", "1", "2"] : output.schedules[key].input] == ["{\"shard\":0,\"shards\":3}", "{\"shard\":1,\"shards\":3}", "{\"shard\":2,\"shards\":3}"] && length(output.schedules) == 3
    error_message = "the shards together must be all integrations, once"
  }

  assert {
    condition     = alltrue([for schedule in output.schedules : schedule.expression == "rate(1 minute)"])
    error_message = "every shard ticks once a minute"
  }

  assert {
    condition     = length(output.sweeps) == 3 && output.sweeps["sweep-2"].input == "{\"reconcile\":{\"days\":2},\"shard\":2,\"shards\":3}" && output.sweeps["sweep-2"].expression == "rate(1 hour)"
    error_message = "every shard is swept"
  }
}

run "without_a_sweep" {
  command = plan

  variables {
    sweep_days = 0
  }

  assert {
    condition     = length(output.sweeps) == 0 && length(output.schedules) == 1
    error_message = "0 days: ticks only"
  }
}

run "every_key_has_a_type_and_every_attribute_a_key" {
  command = plan

  assert {
    condition = alltrue([
      for table in output.tables :
      toset(keys(table.attributes)) == toset(flatten([table.keys, values(table.indexes)]))
    ])
    error_message = "DynamoDB refuses attributes that no key uses, and keys without a type"
  }
}
