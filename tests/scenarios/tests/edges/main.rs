//! Stories at their edges: the last minute and character of a rule, two workers at once, calls that fail
//! in between, and what is left undone.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod closed;
mod doubt;
mod gone;
mod guard;
mod lists;
mod messages;
mod opening;
mod orders;
mod own_reply;
mod promptness;
mod record;
mod replies;
mod support;
mod sweeping;
mod telling;
mod unfinished;
