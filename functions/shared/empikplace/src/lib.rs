//! A typed client for the messaging part of a Mirakl marketplace's seller API, as EmpikPlace runs it.
//!
//! [`Client`] makes one HTTP request per call and never repeats one. Answers are read tolerantly,
//! because Mirakl adds fields and values without notice and its own examples omit fields that it
//! lists as required: see [`model`]. Every failure is a classified [`bridge::failure::Failure`].
//!
//! Facts about the API are marked with Mirakl's endpoint codes: M10–M13 for threads, OR11 for orders,
//! RE01 for reasons, A01 for the shop's account.

mod client;
pub mod model;
mod port;
mod reply;
mod tolerant;

pub use client::{Client, ORDERS_PER_CALL, Start, ThreadPage, ThreadQuery};
pub use port::Shop;
pub use reply::{File, Posted, Recipient, Reply};
pub use tolerant::Listed;
