//! The two DynamoDB tables of the bridge, and the only crate that knows them.
//!
//! [`DynamoLedger`] implements the port [`Ledger`]. Every write is conditional and settled: an own
//! write that arrived although its answer was lost counts as done, found in the old image that comes
//! with a failed condition, or by a consistent read after a time-out. Where that read fails as well,
//! or finds that nothing has arrived so far, the failure is reported with the class `unknown`.
//!
//! Writes cost one unit each, and one more for every index entry that comes, goes or moves; items
//! stay below 1 KB. [`schema`] says how they are laid out.

mod admin;
mod buyers;
mod conversations;
mod failure;
mod integrations;
mod item;
pub mod schema;
mod store;
mod tables;

use std::sync::Mutex;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use bridge::conversation::{Conversation, Delivery, Key, Loaded};
use bridge::failure::{Failure, Side};
use bridge::helpdesk::TicketId;
use bridge::integration::{Cursor, Habits, Lease};
use bridge::ledger::{Buyer, Ledger, Row, Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use jiff::Timestamp;

pub use admin::{Listed, Tally};
pub use tables::{Difference, Table, TableState};

/// The ledger in DynamoDB.
#[derive(Debug)]
pub struct DynamoLedger {
    client: Client,
    integrations_table: String,
    conversations_table: String,
    shelves: Mutex<conversations::Shelves>,
    announcements: buyers::Announcements,
}

impl DynamoLedger {
    /// A ledger over two tables as [`schema::create_tables`] makes them.
    ///
    /// The client's time-outs and attempts are those of the caller; every call of this crate may be
    /// repeated by the SDK.
    pub fn new(client: Client, integrations_table: String, conversations_table: String) -> DynamoLedger {
        DynamoLedger {
            client,
            integrations_table,
            conversations_table,
            shelves: Mutex::default(),
            announcements: buyers::Announcements::default(),
        }
    }
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn integrations(&self) -> Result<Vec<Row>, Failure> {
        self.rows().await
    }

    async fn integration(&self, id: &IntegrationId) -> Result<Option<Row>, Failure> {
        self.row(id).await
    }

    async fn save_habits(&self, id: &IntegrationId, habits: &Habits) -> Result<(), Failure> {
        self.write_habits(id, habits).await
    }

    async fn cursor(&self, id: &IntegrationId) -> Result<Option<Cursor>, Failure> {
        self.read_cursor(id).await
    }

    async fn take_lease(
        &self,
        id: &IntegrationId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Cursor)>, Failure> {
        self.lease(id, owner, now, until).await
    }

    async fn commit(&self, id: &IntegrationId, lease: &Lease, cursor: &Cursor) -> Result<Write, Failure> {
        self.release(id, lease, cursor).await
    }

    async fn rest(&self, id: &IntegrationId, side: Side, until: Timestamp) -> Result<(), Failure> {
        self.note_rest(id, side, until).await
    }

    async fn load(&self, key: &Key) -> Result<Loaded, Failure> {
        self.read_all(key).await
    }

    async fn save(&self, conversation: &Conversation, owner: &str) -> Result<Write, Failure> {
        self.write_conversation(conversation, owner).await
    }

    async fn save_delivery(&self, delivery: &Delivery, owner: &str) -> Result<Write, Failure> {
        self.write_delivery(delivery, owner).await
    }

    async fn thread_of(&self, id: &IntegrationId, ticket: TicketId) -> Result<Option<ThreadId>, Failure> {
        self.find_thread(id, ticket).await
    }

    async fn due(&self, id: &IntegrationId, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, Failure> {
        self.waiting(id, Some(now), limit).await
    }

    async fn watched(
        &self,
        id: &IntegrationId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ThreadId>, Failure> {
        self.watched_threads(id, now, limit).await
    }

    async fn parked(&self, id: &IntegrationId, limit: usize) -> Result<Vec<Waiting>, Failure> {
        self.waiting(id, None, limit).await
    }

    async fn buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Option<Buyer>, Failure> {
        self.read_buyer(id, buyer).await
    }

    async fn announce_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        now: Timestamp,
        stale: Option<Timestamp>,
    ) -> Result<Write, Failure> {
        self.write_announcement(id, buyer, now, stale).await
    }

    async fn record_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        customer: u64,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write_customer(id, buyer, customer, now).await
    }
}
