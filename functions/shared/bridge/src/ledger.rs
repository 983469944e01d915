//! The ledger as the engine sees it: what is durable, under which conditions, and who may write.
//!
//! Every write names what it replaces, so that a second writer or a stale one is told
//! [`Write::Lost`] instead of overwriting. A write whose answer was lost is settled inside the
//! ledger by reading: the engine never sees an unknown outcome of its own store as success.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::conversation::{Conversation, Delivery, Key, Loaded};
use crate::failure::Failure;
use crate::helpdesk::TicketId;
use crate::integration::{Cursor, Habits, Integration, Lease};
use crate::marketplace::ThreadId;
use crate::settings::IntegrationId;

/// What came of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// It stands.
    Done,
    /// Somebody else wrote first; nothing was changed.
    Lost,
}

/// A row of the integrations table: its id, and its content or what is wrong with it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The id, as stored.
    pub id: String,
    /// The content; the error says what is wrong and where.
    pub content: Result<Integration, String>,
}

/// Something that waits, or was set aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// Since when it is due, or parked.
    pub at: Timestamp,
    /// Since when it has been unfinished.
    pub since: Timestamp,
    /// The thread.
    pub thread: ThreadId,
    /// The delivery: ticket and reply; `None`: the conversation itself.
    pub delivery: Option<(u64, u64)>,
}

/// A buyer whose CRM record this bridge has created, or set out to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// The CRM customer; `None`: announced, outcome not recorded.
    pub customer: Option<u64>,
    /// When it was announced.
    pub at: Timestamp,
}

/// The store of the bridge.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Every integration, malformed ones included.
    async fn integrations(&self) -> Result<Vec<Row>, Failure>;
    /// One integration.
    async fn integration(&self, id: &IntegrationId) -> Result<Option<Row>, Failure>;
    /// Stores what was learnt about the helpdesk account.
    async fn save_habits(&self, id: &IntegrationId, habits: &Habits) -> Result<(), Failure>;

    /// How far an integration has come, without taking its lease; `None`: it never ran.
    async fn cursor(&self, id: &IntegrationId) -> Result<Option<Cursor>, Failure>;
    /// Takes the integration's lease if it is free, lapsed at `now`, or held by the same owner, and
    /// returns it with the cursor as it stands. `None`: somebody else holds it. One write unit.
    async fn take_lease(
        &self,
        id: &IntegrationId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Cursor)>, Failure>;
    /// Writes the cursor and gives the lease back, if it is still ours. One write unit.
    async fn commit(&self, id: &IntegrationId, lease: &Lease, cursor: &Cursor) -> Result<Write, Failure>;
    /// Notes that a side asked to be left alone, without holding the lease; never shortens a rest.
    async fn rest(
        &self,
        id: &IntegrationId,
        side: crate::failure::Side,
        until: Timestamp,
    ) -> Result<(), Failure>;

    /// A conversation with its deliveries, by a consistent read.
    async fn load(&self, key: &Key) -> Result<Loaded, Failure>;
    /// Writes a conversation whose `version` is one more than the stored one (1: not stored yet).
    /// `owner` marks the writer, so that a repeated write of the same owner counts as done.
    async fn save(&self, conversation: &Conversation, owner: &str) -> Result<Write, Failure>;
    /// Writes a delivery whose `version` is one more than the stored one (1: not stored yet).
    async fn save_delivery(&self, delivery: &Delivery, owner: &str) -> Result<Write, Failure>;

    /// The thread of a ticket; may lag behind [`Ledger::save`].
    async fn thread_of(&self, id: &IntegrationId, ticket: TicketId) -> Result<Option<ThreadId>, Failure>;
    /// What is due at `now`, oldest first, at most `limit`; may lag.
    async fn due(&self, id: &IntegrationId, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, Failure>;
    /// Threads whose orders are watched at `now`, at most `limit`, the youngest tickets first; may lag.
    async fn watched(
        &self,
        id: &IntegrationId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ThreadId>, Failure>;
    /// What is parked, oldest first, at most `limit`; may lag.
    async fn parked(&self, id: &IntegrationId, limit: usize) -> Result<Vec<Waiting>, Failure>;

    /// The buyer's record, by a consistent read.
    async fn buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Option<Buyer>, Failure>;
    /// Announces that the buyer's CRM record is being created: done if nobody announced it, or the
    /// one given as `stale` did and has no result.
    async fn announce_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        now: Timestamp,
        stale: Option<Timestamp>,
    ) -> Result<Write, Failure>;
    /// Records the buyer's CRM record.
    async fn record_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        customer: u64,
        now: Timestamp,
    ) -> Result<(), Failure>;
}

/// The time, as the host tells it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
