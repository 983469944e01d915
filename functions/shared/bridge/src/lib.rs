//! The domain and the engine of the bridge: conversations, deliveries, policies, and the words that
//! people read. It knows no AWS, no HTTP, no clock and no randomness of its own; the other rooms
//! implement its ports.

pub mod calendar;
pub mod conversation;
pub mod engine;
pub mod failure;
pub mod helpdesk;
pub mod integration;
pub mod ledger;
pub mod marketplace;
pub mod settings;
pub mod text;
pub mod words;

/// The version of the bridge. All its programs have the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
