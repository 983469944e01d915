//! The tables as a visit meets them: late, throttled, with lost answers and stale indexes; and the
//! two ways of keeping them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use bridge::conversation::{Conversation, Delivery, Key, Loaded};
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::helpdesk::TicketId;
use bridge::integration::{Cursor, Habits, Lease};
use bridge::ledger::{Buyer, Ledger, Row, Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::{IntegrationId, Settings};
use jiff::Timestamp;
use ledger::DynamoLedger;

use crate::sabotage::Sabotage;
use crate::sim::{Call, Life, PATIENCE, Sim, Strike, Tables, count};
use crate::store::Store;

/// How long an index may lag behind its table.
const LAG: i64 = 3_000;

impl Tables for Arc<Store> {
    fn process(&self) -> Arc<dyn Ledger> {
        Arc::new(Shared(self.clone()))
    }
}

type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Writes the port once: every method hands its call to `$way`, with its effect.
macro_rules! port {
    ($type:ty, $self:ident, |$effect:ident, $name:ident, $what:ident, $call:ident| $way:expr) => {
        port! { @impl $type, $self, $effect, $name, $what, $call, $way;
            Read integrations() -> Vec<Row>;
            Read integration(id: &IntegrationId) -> Option<Row>;
            Write save_habits(id: &IntegrationId, habits: &Habits) -> ();
            Read cursor(id: &IntegrationId) -> Option<Cursor>;
            Write take_lease(id: &IntegrationId, owner: &str, now: Timestamp, until: Timestamp)
                -> Option<(Lease, Cursor)>;
            Write commit(id: &IntegrationId, lease: &Lease, cursor: &Cursor) -> Write;
            Write rest(id: &IntegrationId, side: Side, until: Timestamp) -> ();
            Read load(key: &Key) -> Loaded;
            Write save(conversation: &Conversation, owner: &str) -> Write;
            Write save_delivery(delivery: &Delivery, owner: &str) -> Write;
            Read thread_of(id: &IntegrationId, ticket: TicketId) -> Option<ThreadId>;
            Read due(id: &IntegrationId, now: Timestamp, limit: usize) -> Vec<Waiting>;
            Read watched(id: &IntegrationId, now: Timestamp, limit: usize) -> Vec<ThreadId>;
            Read parked(id: &IntegrationId, limit: usize) -> Vec<Waiting>;
            Read buyer(id: &IntegrationId, buyer: &str) -> Option<Buyer>;
            Write announce_buyer(id: &IntegrationId, buyer: &str, now: Timestamp, stale: Option<Timestamp>)
                -> Write;
            Write record_buyer(id: &IntegrationId, buyer: &str, customer: u64, now: Timestamp) -> ();
        }
    };
    (@impl $type:ty, $self:ident, $effect:ident, $name:ident, $what:ident, $call:ident, $way:expr;
        $($kind:ident $method:ident($($arg:ident: $of:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl Ledger for $type {
            $(async fn $method(&$self $(, $arg: $of)*) -> Result<$out, Failure> {
                let $effect = Effect::$kind;
                let $name = stringify!($method);
                let $what = || {
                    let parts: Vec<String> = vec![$(format!("{:?}", $arg)),*];
                    parts.join(" ")
                };
                let $call = move |ledger: Arc<dyn Ledger>| -> Doing<'_, $out> {
                    Box::pin(async move { ledger.$method($($arg),*).await })
                };
                $way
            })*
        }
    };
}

/// The store in memory as a process sees it.
struct Shared(Arc<Store>);

port!(Shared, self, |_effect, _name, _what, call| call(self.0.clone()).await);

/// The real ledger on the embedded database, each call of it carried out at once.
pub struct Embedded {
    runtime: Arc<tokio::runtime::Runtime>,
    client: aws_sdk_dynamodb::Client,
}

/// The real ledger of one process.
struct Real {
    runtime: Arc<tokio::runtime::Runtime>,
    ledger: Arc<DynamoLedger>,
}

port!(Real, self, |_effect, _name, _what, call| self.runtime.block_on(call(self.ledger.clone())));

impl Embedded {
    /// An empty database with these integrations, enabled at `now`.
    ///
    /// # Panics
    /// Where the database cannot be set up.
    #[allow(clippy::expect_used, reason = "a simulation without a database is a failed test")]
    pub fn new(integrations: &[&Settings], now: Timestamp) -> Embedded {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(scenarios::database());
        let embedded = Embedded { runtime: Arc::new(runtime), client };
        for settings in integrations {
            let stored = embedded.runtime.block_on(embedded.ledger().put_settings(settings, now));
            assert_eq!(stored.expect("settings are stored"), Write::Done);
        }
        embedded
    }

    fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(self.client.clone(), "integrations".to_owned(), "conversations".to_owned())
    }
}

impl Tables for Embedded {
    fn process(&self) -> Arc<dyn Ledger> {
        Arc::new(Real { runtime: self.runtime.clone(), ledger: Arc::new(self.ledger()) })
    }
}

/// The tables of one visit.
pub struct Shaky {
    /// What is shared.
    pub sim: Arc<Sim>,
    /// Whose calls.
    pub life: Arc<Life>,
    /// What carries them out.
    pub inner: Arc<dyn Ledger>,
}

impl Shaky {
    async fn meet<'a, T: std::fmt::Debug + Send>(
        &self,
        effect: Effect,
        name: &'static str,
        what: impl Fn() -> String + Send,
        call: impl Fn(Arc<dyn Ledger>) -> Doing<'a, T> + Send,
    ) -> Result<T, Failure> {
        let sim = &self.sim;
        let kind = match effect {
            Effect::Read => Call::Look,
            Effect::Write => Call::Keep,
        };
        // Every tick writes lease and cursor; they say nothing about whether work is left.
        if effect == Effect::Write && !matches!(name, "take_lease" | "commit") {
            count(&self.life.shop.writes);
        }
        sim.thaw(&self.life.host).await;
        let strike = sim.strike(kind);
        let (there, back) = sim.latency(kind);
        sim.timeline.sleep(there).await;
        let fail = |outcome| {
            let failure = Failure::new(Side::Ledger, "dynamodb", effect, outcome);
            sim.note(|| format!("  {name} {failure:?}"));
            Err(failure)
        };
        sim.note(|| format!("{} {} {name} {} {strike:?}", self.life.host.name, self.life.owner, what()));
        let refused = |status| Outcome::Refused { status, retry_after: None };
        let result = match strike {
            None => call(self.inner.clone()).await,
            Some(Strike::Refused) => return fail(Outcome::NotSent),
            Some(Strike::Broken { applied }) => {
                if applied {
                    let _ = call(self.inner.clone()).await;
                }
                return fail(Outcome::NoAnswer);
            }
            Some(Strike::TimedOut { applied_after }) => {
                // What arrives late meets its condition like everything else.
                if let Some(after) = applied_after {
                    sim.timeline.sleep(after.min(PATIENCE / 2)).await;
                    let _ = call(self.inner.clone()).await;
                }
                sim.timeline.sleep(PATIENCE / 2).await;
                return fail(Outcome::NoAnswer);
            }
            Some(Strike::Status { code: 429, .. }) => return fail(refused(429)),
            Some(Strike::Status { applied, .. }) => {
                if applied {
                    let _ = call(self.inner.clone()).await;
                }
                return fail(refused(500));
            }
            Some(Strike::Garbage) => {
                let _ = call(self.inner.clone()).await;
                return fail(Outcome::NoAnswer);
            }
            Some(Strike::Killed { applied_after }) => {
                if applied_after.is_some() {
                    let _ = call(self.inner.clone()).await;
                }
                sim.kill(&self.life).await;
                return fail(Outcome::NoAnswer);
            }
        };
        sim.note(|| format!("  {name} {result:?}"));
        sim.timeline.sleep(back).await;
        result
    }

    /// Whether an index has not caught up with what was written this many milliseconds ago.
    fn is_stale(&self, age: i64) -> bool {
        age < LAG && self.sim.goes_wrong(self.sim.rates.stale)
    }
}

/// The tables of a visit, with indexes that lag, and with what sabotage makes of them.
pub struct Unsure(pub Shaky);

port!(Shaky, self, |effect, name, what, call| self.meet(effect, name, what, call).await);

#[async_trait]
impl Ledger for Unsure {
    async fn integrations(&self) -> Result<Vec<Row>, Failure> {
        self.0.integrations().await
    }

    async fn integration(&self, id: &IntegrationId) -> Result<Option<Row>, Failure> {
        self.0.integration(id).await
    }

    async fn save_habits(&self, id: &IntegrationId, habits: &Habits) -> Result<(), Failure> {
        self.0.save_habits(id, habits).await
    }

    async fn cursor(&self, id: &IntegrationId) -> Result<Option<Cursor>, Failure> {
        self.0.cursor(id).await
    }

    async fn take_lease(
        &self,
        id: &IntegrationId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Cursor)>, Failure> {
        let taken = self.0.take_lease(id, owner, now, until).await?;
        if let (Some(Sabotage::EarlyCursor), Some((lease, cursor))) = (self.0.sim.sabotage, &taken) {
            let moved = Cursor { empikplace: Some(now), thulium: Some(now), ..cursor.clone() };
            let _ = self.0.inner.commit(id, lease, &moved).await?;
        }
        Ok(taken)
    }

    async fn commit(&self, id: &IntegrationId, lease: &Lease, cursor: &Cursor) -> Result<Write, Failure> {
        self.0.commit(id, lease, cursor).await
    }

    async fn rest(&self, id: &IntegrationId, side: Side, until: Timestamp) -> Result<(), Failure> {
        self.0.rest(id, side, until).await
    }

    async fn load(&self, key: &Key) -> Result<Loaded, Failure> {
        let mut loaded = self.0.load(key).await?;
        if self.0.sim.sabotage == Some(Sabotage::NoEchoSuppression) {
            for delivery in &mut loaded.deliveries {
                delivery.message = None;
                delivery.fingerprint = String::new();
            }
        }
        Ok(loaded)
    }

    async fn save(&self, conversation: &Conversation, owner: &str) -> Result<Write, Failure> {
        let mut conversation = conversation.clone();
        match self.0.sim.sabotage {
            Some(Sabotage::NoIntent) => conversation.intent = None,
            Some(Sabotage::NoFence) => {
                let stands = self.0.inner.load(&conversation.key).await?.conversation;
                conversation.version = stands.map_or(0, |stands| stands.version) + 1;
            }
            _ => {}
        }
        let write = self.0.save(&conversation, owner).await?;
        if let (Write::Done, Some(ticket)) = (write, conversation.ticket) {
            let now = self.0.sim.timeline.now();
            let mut tied = self.0.life.shop.tied.lock().unwrap_or_else(PoisonError::into_inner);
            tied.entry(ticket.0).or_insert(now);
        }
        Ok(write)
    }

    async fn save_delivery(&self, delivery: &Delivery, owner: &str) -> Result<Write, Failure> {
        use bridge::conversation::DeliveryState;
        let mut delivery = delivery.clone();
        match self.0.sim.sabotage {
            Some(Sabotage::NoIntent) if delivery.state == DeliveryState::Sending => {
                delivery.state = DeliveryState::Queued;
                delivery.doubtful = false;
            }
            Some(Sabotage::NoFence) => {
                let loaded = self.0.inner.load(&delivery.key).await?;
                let same = |d: &&Delivery| (d.ticket, d.reply) == (delivery.ticket, delivery.reply);
                let stands = loaded.deliveries.iter().find(same).map_or(0, |d| d.version);
                delivery.version = stands + 1;
            }
            _ => {}
        }
        self.0.save_delivery(&delivery, owner).await
    }

    async fn thread_of(&self, id: &IntegrationId, ticket: TicketId) -> Result<Option<ThreadId>, Failure> {
        let found = self.0.thread_of(id, ticket).await?;
        let since = {
            let tied = self.0.life.shop.tied.lock().unwrap_or_else(PoisonError::into_inner);
            tied.get(&ticket.0).copied()
        };
        let now = self.0.sim.timeline.now();
        Ok(found.filter(|_| !since.is_some_and(|since| self.0.is_stale(now - since))))
    }

    async fn due(&self, id: &IntegrationId, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, Failure> {
        let mut found = self.0.due(id, now, limit).await?;
        found.sort();
        let at = self.0.sim.timeline.now();
        let before = {
            let mut indexed = self.0.life.shop.indexed.lock().unwrap_or_else(PoisonError::into_inner);
            let before = indexed.last().cloned();
            indexed.clear();
            indexed.push((at, found.clone()));
            before
        };
        match before {
            Some((then, before)) if self.0.is_stale(at - then) => Ok(before),
            _ => Ok(found),
        }
    }

    async fn watched(
        &self,
        id: &IntegrationId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ThreadId>, Failure> {
        // Equal times have no order in an index; one seed must give one run.
        let mut found = self.0.watched(id, now, limit).await?;
        found.sort();
        Ok(found)
    }

    async fn parked(&self, id: &IntegrationId, limit: usize) -> Result<Vec<Waiting>, Failure> {
        let mut found = self.0.parked(id, limit).await?;
        found.sort();
        Ok(found)
    }

    async fn buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Option<Buyer>, Failure> {
        self.0.buyer(id, buyer).await
    }

    async fn announce_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        now: Timestamp,
        stale: Option<Timestamp>,
    ) -> Result<Write, Failure> {
        self.0.announce_buyer(id, buyer, now, stale).await
    }

    async fn record_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        customer: u64,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.0.record_buyer(id, buyer, customer, now).await
    }
}
