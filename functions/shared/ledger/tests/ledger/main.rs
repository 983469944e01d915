//! The ledger against an embedded DynamoDB, through the real SDK.

#![allow(clippy::expect_used, missing_docs, reason = "tests")]

mod capacity;
mod conversations;
mod integrations;
mod retention;
mod support;
