//! Stories at their edges: the last minute and character of a rule, two workers at once, calls that fail
//! in between, and what is left undone.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod limits;
mod support;
mod telling;
mod unfinished;
mod way_in;
mod way_out;
