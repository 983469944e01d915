# Metrics counted from the functions' log lines. The lines of a tick are CloudWatch's embedded format
# and make metrics for each integration by themselves; these here are the sums over a deployment's
# integrations, which alarms need: a new shop is then watched without a Terraform run, and `stage`
# does not wake anybody on behalf of the first deployment.

locals {
  metrics = {
    Ticks        = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.Ticks" }
    TickFailed   = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.TickFailed" }
    MessagesIn   = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.MessagesIn" }
    RepliesOut   = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.RepliesOut" }
    Parked       = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.Parked" }
    Backlog      = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.Backlog" }
    TickDuration = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.DurationMs" }

    PollerErrorLines   = { function = "poller", pattern = "{ $.level = \"ERROR\" }", value = "1" }
    CallbackErrorLines = { function = "callback", pattern = "{ $.level = \"ERROR\" }", value = "1" }
    CallbackRefused    = { function = "callback", pattern = "{ $.event = \"callback.refused\" }", value = "1" }
    CallbackUnusable   = { function = "callback", pattern = "{ $.event = \"callback.unusable\" }", value = "1" }
  }
}
