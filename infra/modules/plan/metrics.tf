# Metrics counted from the functions' log lines. The lines of a tick are CloudWatch's embedded format
# and make some metrics for each integration by themselves; these here are over all integrations of a
# deployment, which alarms need: a new shop is then watched without a Terraform run, and `stage` does
# not wake anybody on behalf of the first deployment. A figure that a line lacks is not counted.

locals {
  metrics = {
    Ticks            = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.Ticks" }
    TickFailed       = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.TickFailed" }
    SinceSuccess     = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.SinceSuccess" }
    CursorLag        = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.CursorLag" }
    OldestUnfinished = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.OldestUnfinished" }
    ParkedItems      = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.ParkedItems" }
    Backlog          = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.Backlog" }
    MessagesIn       = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.MessagesIn" }
    RepliesOut       = { function = "poller", pattern = "{ $.Ticks = 1 }", value = "$.RepliesOut" }

    PollerErrorLines   = { function = "poller", pattern = "{ $.level = \"ERROR\" }", value = "1" }
    CallbackErrorLines = { function = "callback", pattern = "{ $.level = \"ERROR\" }", value = "1" }
    CallbackRefused    = { function = "callback", pattern = "{ $.event = \"callback.refused\" }", value = "1" }
    CallbackUnusable   = { function = "callback", pattern = "{ $.event = \"callback.unusable\" }", value = "1" }
  }
}
