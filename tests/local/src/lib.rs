//! The whole bridge on one machine: both functions, their database, and either the twins of the two
//! systems or real accounts. No AWS, no containers.
//!
//! [`Stack`] is what tests build on; the program `local` (`make run`) is made of the same parts.

pub mod account;
mod announce;
mod cloud;
pub mod console;
mod database;
pub mod dry;
mod endpoint;
mod host;
pub mod page;
pub mod play;
pub mod sample;
mod stack;

pub use announce::Announcement;
pub use cloud::Logs;
pub use runtime::PortsHook;
pub use stack::{Data, Settled, Stack, StackOptions, clock_of};
