//! What the function answers, and what an answer costs.

#![allow(clippy::expect_used, reason = "a test stops where its ground is missing")]

mod cost;
mod statuses;
mod support;
