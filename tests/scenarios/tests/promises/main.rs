//! The promises of README "Promises", one module each: the real poller and callback handlers, the
//! real clients and ledger, between the twins of both systems.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod p07_replies_as_text;
mod p08_right_recipient;
mod p09_files_of_replies;
mod p10_automatic_replies;
mod p12_feedback_on_replies;
mod p15_stale_answer_guard;
