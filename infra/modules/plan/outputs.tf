output "environment_variables" {
  description = "The environment of both functions."
  value = {
    INTEGRATIONS_TABLE  = local.tables.integrations.name
    CONVERSATIONS_TABLE = local.tables.conversations.name
    SECRETS_PREFIX      = local.secrets_prefix
  }
}

output "functions" {
  description = "The functions: name, ARN, time-out in seconds, log group."
  value       = local.functions
}

output "metrics" {
  description = "The metrics that are counted from log lines, by key: log group, pattern, value."
  value       = local.metrics
}

output "metrics_namespace" {
  description = "The namespace of these metrics; one for each deployment."
  value       = "EmpikThuliumBridge/${var.environment}"
}

output "name" {
  description = "The begin of every name."
  value       = local.name
}

output "operator_policy" {
  description = "What empikctl needs, as JSON."
  value       = local.operator_policy
}

output "policies" {
  description = "What each function may do, as JSON."
  value       = local.policies
}

output "queues" {
  description = "The dead-letter queues: name and ARN."
  value       = local.queues
}

output "schedule_group" {
  description = "The name of the group of schedules."
  value       = local.name
}

output "scheduler_policy" {
  description = "What the scheduler may do, as JSON."
  value       = local.scheduler_policy
}

output "schedules" {
  description = "The schedules, by shard: name, expression, input."
  value       = local.schedules
}

output "sweeps" {
  description = "The schedules of the daily sweep: name, expression, input."
  value       = local.sweeps
}

output "secrets_prefix" {
  description = "The begin of the secrets' names; an integration's id follows."
  value       = local.secrets_prefix
}

output "tables" {
  description = "The tables: name, ARN, keys, attributes with their types, indexes."
  value       = local.tables
}

output "timeouts" {
  description = "Every time-out that must fit into another, in seconds."
  value       = local.timeouts
}

output "trust" {
  description = "Who may take the roles, as JSON."
  value       = local.trust
}

output "url_permissions" {
  description = "The two rights without which a Function URL answers 403."
  value       = local.url_permissions
}
