//! Whole-bundle scenarios: the real poller and callback handlers, the real clients and ledger,
//! between the twins of both systems.

#![expect(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod bad_input;
mod examples;
mod inbound;
mod outbound;
mod pace;
mod unknowns;

use scenarios::shop as support;
