//! The built binary against an emulated DynamoDB and Secrets Manager, and what needs neither.

#![allow(clippy::expect_used, reason = "a test may stop at what it cannot go on without")]

mod canary;
mod doctor;
mod journey;
mod life;
mod local;
mod offline;
#[cfg(target_os = "linux")]
mod person;
mod repairing;
mod schemas;
#[cfg(target_os = "linux")]
mod screens;
mod seeing;
mod shop;
mod support;
mod tail;
mod troubles;
#[cfg(target_os = "linux")]
mod wizard;
