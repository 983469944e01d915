//! A rig for scenarios over the whole bundle: the real engine, the real HTTP clients and the real
//! ledger, between twins of the two systems and an embedded DynamoDB, under a clock that stands
//! still until a scenario moves it.
//!
//! Every call that leaves the bridge goes over a [`Line`], which numbers it and can make it fail.
//! A [`Rig`] belongs to one test on a current-thread runtime (`#[tokio::test]`), so that the order
//! of calls is the same in every run.

#![allow(clippy::expect_used, reason = "a rig that cannot be set up is a failed test")]

mod line;
mod rig;
pub mod shop;

pub use line::{Call, Fault, Line, Place, Point};
pub use rig::{Options, Rig, START, database};
