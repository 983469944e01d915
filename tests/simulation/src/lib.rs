//! A simulation of everything that happens around the bridge, on virtual time: several pollers and
//! callbacks, a person who retries what was set aside, buyers, the operator, colleagues and agents, in
//! an order that a seed decides; with calls that are late, lost, refused or answered with rubbish,
//! hosts that stand still or die, clocks that differ, indexes and searches that lag.
//!
//! What is simulated is the world. The engine, both API clients and the twins are the real ones; the
//! tables are kept in memory for speed ([`store`]) or by the real ledger on the embedded database, and
//! both agree step by step. A quarter of the episodes has two shops in one deployment ([`Shops`]), which
//! must not notice each other. At the end of an episode the storm is over, a healthy poller works off what
//! is left, and the twins are held against each other.

mod calls;
mod check;
mod episode;
mod operator;
mod options;
mod people;
mod pieces;
mod plight;
mod run;
mod sabotage;
mod shop;
mod shortest;
mod sim;
pub mod store;
mod tables;
mod timeline;
mod visits;

pub use episode::{Broken, Ended, Plan, play};
pub use pieces::Piece;
pub use run::{STORM, Summary, run};
pub use sabotage::Sabotage;
pub use shop::Shops;
pub use shortest::{Story, shortest};
