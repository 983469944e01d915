//! The engine: one visit to one integration, by a tick or by a hint.
//!
//! A tick brings both directions up to date ([`Visit::tick`]); a hint looks at one ticket
//! ([`Visit::hint`]). Both follow one rule for everything that cannot be repeated blindly: intend,
//! act, settle. The intent is written to the ledger under a condition, then the call is made, then
//! its result is written under a condition that keeps a stale worker out. An intent that is found
//! without a result is settled by looking at the other system, never by repeating.

mod auto_reply;
mod backlog;
mod compose;
mod deliver;
mod guard;
mod inbound;
mod merged;
mod open;
mod orders;
mod outbound;
mod reconcile;
mod refused;
mod reply_clock;
mod settle;
mod tell;
mod tick;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::conversation::{Act, Conversation, Intent, Key, Loaded, Trouble};
use crate::failure::{Class, Failure, Outcome, Side};
use crate::helpdesk::{Helpdesk, Status, TicketId};
use crate::integration::{Gauges, Habits, Integration};
use crate::ledger::{Clock, Ledger, Write};
use crate::marketplace::{Marketplace, Reason, ThreadId};
use crate::settings::{IntegrationId, Settings};
use crate::words::Words;

pub use reconcile::{Halted, Reconciled, days_back};
pub use tick::Hinted;

/// How long an announced message may stay without a result before it is surely not on its way any
/// more: longer than any call's time-out, with room for clocks that differ.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(120);

/// The same for a ticket: its search may lag, so that a tick at least is waited out.
pub const SETTLE_TICKET: SignedDuration = SignedDuration::from_secs(240);

/// How far the clocks of the systems may differ.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Failed attempts before something is parked: with the back-off below, about a day.
pub const MOST_ATTEMPTS: u32 = 30;

/// Failed attempts before a file that cannot be fetched is left out.
const MOST_FILE_ATTEMPTS: u32 = 6;

/// Age from which on a reply that the ledger does not know is left where it is: the store forgets
/// deliveries after three years, and a reply must not go out a second time then.
pub const OLDEST_REPLY: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

/// Largest file that is carried, in bytes: the most that Thulium's own window takes.
pub const LARGEST_FILE: usize = 25 << 20;

/// Longest text of one message in a ticket, in characters.
pub const LONGEST_TEXT: usize = 60_000;

/// Conversations that are worked on at the same time.
pub const CONCURRENCY: usize = 4;

/// When a failed attempt is tried again: after 1, 2, 4 … minutes, at most an hour.
pub fn back_off(attempts: u32) -> SignedDuration {
    SignedDuration::from_mins(1_i64 << attempts.saturating_sub(1).min(6)).min(SignedDuration::from_hours(1))
}

/// What a process remembers of an integration from one visit to the next. Losing it costs calls,
/// never correctness.
#[derive(Debug, Default)]
pub struct Memory {
    statuses: Mutex<Option<Vec<Status>>>,
    reasons: Mutex<Option<Arc<Vec<Reason>>>>,
    seen: Mutex<HashMap<TicketId, String>>,
    finished: Mutex<backlog::Finished>,
    refusals: Mutex<refused::Refusals>,
    watching: Mutex<orders::Watching>,
    /// What the reply clock's field shows, by thread.
    clocks: Mutex<HashMap<ThreadId, String>>,
}

/// The ports of an integration.
#[derive(Clone)]
pub struct Ports {
    /// The marketplace.
    pub marketplace: Arc<dyn Marketplace>,
    /// The helpdesk.
    pub helpdesk: Arc<dyn Helpdesk>,
    /// The store.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// One visit to one integration.
pub struct Visit {
    ports: Ports,
    settings: Settings,
    starts_at: Timestamp,
    words: Words,
    habits: Mutex<Habits>,
    memory: Arc<Memory>,
    owner: String,
    deadline: Timestamp,
    /// Bytes of text that it may hold at once.
    room: usize,
    halted: Mutex<Option<Failure>>,
    counts: Counts,
    rests: Mutex<Rests>,
}

/// What a visit has done so far.
#[derive(Debug, Default)]
struct Counts {
    threads_read: AtomicU64,
    tickets_created: AtomicU64,
    messages_in: AtomicU64,
    replies_out: AtomicU64,
    parked: AtomicU64,
    simplified: AtomicU64,
}

/// Pauses that the two sides asked for during a visit.
#[derive(Debug, Default, Clone, Copy)]
struct Rests {
    empikplace: Option<Timestamp>,
    thulium: Option<Timestamp>,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why work on a conversation stopped short.
#[derive(Debug)]
enum Halt {
    /// Somebody else wrote to the conversation: it is theirs now.
    Lost,
    /// The visit's time is up, or a side is to be left alone.
    Stop,
    /// A call failed.
    Failed(Failure),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Failed(failure)
    }
}

/// A conversation in hand.
struct Work {
    conversation: Conversation,
    /// Whether it holds something that the ledger does not.
    dirty: bool,
    /// Whether the ticket is to be put before the agents once everything is carried. Whatever is
    /// written to the ledger meanwhile says so, in its intent.
    raise: bool,
}

impl Work {
    fn new(conversation: Conversation) -> Work {
        let raise = conversation.intent.as_ref().is_some_and(|i| i.raise || i.act == Act::Raise);
        Work { conversation, dirty: false, raise }
    }

    /// Before a write that may be the last one: what is owed must not be known here only.
    fn own_up(&mut self, now: Timestamp) {
        if self.raise && self.conversation.ticket.is_some() && self.conversation.intent.is_none() {
            self.conversation.intent = Some(Intent { act: Act::Raise, at: now, attempt: 1, raise: true });
            self.dirty = true;
        }
    }
}

/// How far a conversation was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing is left to do.
    Complete,
    /// Something is left, and the ledger knows when to look again.
    Recorded,
    /// Something is left that only the cursor remembers.
    Unfinished,
}

/// One row of a tick's result, see "Result" of the poller in the README.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The integration.
    pub integration: String,
    /// `ok`, `skipped` or `failed`.
    pub status: &'static str,
    /// Why it was skipped or failed.
    pub reason: Option<String>,
    /// Threads that were listed.
    pub threads_read: u64,
    /// Tickets that were opened.
    pub tickets_created: u64,
    /// Messages that were carried into tickets.
    pub messages_in: u64,
    /// Replies that were delivered.
    pub replies_out: u64,
    /// Conversations and replies that were parked.
    pub parked: u64,
    /// Tickets that the helpdesk took only without some of their parts; a metric, not in the result.
    #[serde(skip)]
    pub simplified: u64,
    /// Threads that still wait.
    pub backlog: u64,
    /// Requests that were sent.
    pub calls: Calls,
    /// How far it is behind; for metrics, and no part of the result.
    #[serde(skip)]
    pub gauges: Gauges,
}

/// Requests that were sent, by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// To EmpikPlace.
    pub empikplace: u32,
    /// To Thulium.
    pub thulium: u32,
}

impl Report {
    /// A row for an integration at which nothing was done.
    pub fn idle(integration: &str, status: &'static str, reason: String) -> Report {
        Report {
            integration: integration.to_owned(),
            status,
            reason: Some(reason),
            threads_read: 0,
            tickets_created: 0,
            messages_in: 0,
            replies_out: 0,
            parked: 0,
            simplified: 0,
            backlog: 0,
            calls: Calls::default(),
            gauges: Gauges::default(),
        }
    }
}

impl Visit {
    /// A visit by `owner`, a name that no other visit bears, that starts nothing new after
    /// `deadline`.
    pub fn new(
        integration: Integration,
        ports: Ports,
        memory: Arc<Memory>,
        owner: String,
        deadline: Timestamp,
    ) -> Visit {
        let Integration { settings, enabled_at, habits } = integration;
        let words = Words::new(settings.language, settings.thulium.zone());
        let starts_at = settings.import.starts_at(enabled_at.unwrap_or_else(|| ports.clock.now()));
        Visit {
            ports,
            starts_at,
            words,
            settings,
            habits: Mutex::new(habits),
            memory,
            owner,
            deadline,
            room: backlog::room(1),
            halted: Mutex::new(None),
            counts: Counts::default(),
            rests: Mutex::new(Rests::default()),
        }
    }

    /// The same as one of so many visits that the process makes at the same time: they share its memory.
    #[must_use]
    pub fn among(self, visits: usize) -> Visit {
        Visit { room: backlog::room(visits), ..self }
    }

    /// Whether a side refused the credentials (401) during this visit, so that fresh ones are worth a
    /// second try.
    pub fn credentials_refused(&self) -> bool {
        lock(&self.halted).as_ref().is_some_and(|failure| failure.status() == Some(401))
    }

    fn id(&self) -> &IntegrationId {
        &self.settings.id
    }

    fn key(&self, thread: &ThreadId) -> Key {
        Key { integration: self.settings.id.clone(), thread: thread.clone() }
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Stops new work near the deadline, and once a side must be left alone.
    fn go_on(&self) -> Result<(), Halt> {
        if lock(&self.halted).is_some() || self.now() >= self.deadline { Err(Halt::Stop) } else { Ok(()) }
    }

    /// Notes a failure: logs it, remembers a pause, and halts the visit where going on would only
    /// repeat it. Returns whether the visit is halted.
    fn note(&self, failure: &Failure, thread: Option<&ThreadId>) -> bool {
        let thread = thread.map(|t| t.0.as_str()).unwrap_or_default();
        let class = failure.class.as_str();
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(
                    event = "failure",
                    integration.id = %self.id(),
                    thread.id = thread,
                    side = failure.side.as_str(),
                    class,
                    codes = failure.codes.join(","),
                    "{failure}"
                )
            };
        }
        match failure.class.level() {
            "ERROR" => event!(error),
            "WARN" => event!(warn),
            _ => event!(info),
        }
        if let Class::Wait(pause) = failure.class {
            let until = self.now() + SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_mins(1));
            let mut rests = lock(&self.rests);
            match failure.side {
                Side::Empikplace => rests.empikplace = rests.empikplace.max(Some(until)),
                Side::Thulium => rests.thulium = rests.thulium.max(Some(until)),
                Side::Ledger | Side::Secrets => {}
            }
        }
        // These do not depend on the conversation: the next one would meet the same.
        let side_is_out = failure.side == Side::Ledger
            || matches!(failure.class, Class::Wait(_))
            || failure.status() == Some(401)
            || (failure.class == Class::Retry && failure.outcome == Outcome::NotSent);
        if side_is_out {
            lock(&self.halted).get_or_insert_with(|| failure.clone());
        }
        side_is_out
    }

    /// Writes a conversation, as the next version.
    async fn save(&self, conversation: &mut Conversation) -> Result<(), Halt> {
        conversation.version += 1;
        match self.ports.ledger.save(conversation, &self.owner).await? {
            Write::Done => Ok(()),
            Write::Lost => Err(Halt::Lost),
        }
    }

    /// Announces an act, together with whatever changed since the last write.
    async fn announce(&self, work: &mut Work, act: Act) -> Result<(), Halt> {
        let attempt = match &work.conversation.intent {
            Some(intent) if intent.act == act => intent.attempt + 1,
            _ => 1,
        };
        work.conversation.intent = Some(Intent { act, at: self.now(), attempt, raise: work.raise });
        self.save(&mut work.conversation).await?;
        work.dirty = false;
        Ok(())
    }

    /// Reads a conversation; a failure is noted.
    async fn load(&self, thread: &ThreadId) -> Result<Loaded, Halt> {
        self.ports.ledger.load(&self.key(thread)).await.map_err(|failure| {
            self.note(&failure, Some(thread));
            Halt::Stop
        })
    }

    /// Records in the ledger why a conversation waits, and until when.
    async fn postpone(&self, conversation: &mut Conversation, failure: &Failure) -> Result<(), Halt> {
        let now = self.now();
        let before = conversation.trouble.take();
        let attempts = before.as_ref().map_or(0, |t| t.attempts) + 1;
        let for_good = matches!(failure.class, Class::Permanent) || attempts >= MOST_ATTEMPTS;
        conversation.trouble = Some(Trouble {
            reason: format!("{} {} {}", failure.class.as_str(), failure.side.as_str(), failure.operation),
            attempts,
            since: before.map_or(now, |t| t.since),
            due: (!for_good).then_some(now + back_off(attempts)),
        });
        if for_good {
            count(&self.counts.parked);
            tracing::error!(
                event = "conversation.parked",
                integration.id = %self.id(),
                thread.id = %conversation.key.thread,
                reason = %failure,
                "the conversation was set aside"
            );
        }
        self.save(conversation).await
    }

    fn habits(&self) -> Habits {
        lock(&self.habits).clone()
    }

    /// Keeps what was learnt about the helpdesk account.
    async fn learn(&self, change: impl FnOnce(&mut Habits)) {
        let habits = {
            let mut habits = lock(&self.habits);
            let before = habits.clone();
            change(&mut habits);
            if *habits == before {
                return;
            }
            habits.clone()
        };
        tracing::info!(event = "habit.learnt", integration.id = %self.id(), ?habits, "the account's behaviour was learnt");
        if let Err(failure) = self.ports.ledger.save_habits(self.id(), &habits).await {
            self.note(&failure, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_again_after_ever_longer_pauses_up_to_an_hour() {
        let minutes = [0, 1, 2, 3, 6, 7, 8, MOST_ATTEMPTS, u32::MAX].map(|n| back_off(n).as_mins());
        assert_eq!(minutes, [1, 1, 2, 4, 32, 60, 60, 60, 60]);
        let all: i64 = (1..MOST_ATTEMPTS).map(|n| back_off(n).as_mins()).sum();
        assert!((23 * 60..25 * 60).contains(&all), "{all} minutes are not about a day");
    }

    #[test]
    fn a_sweep_looks_back_whole_days() {
        let now = Timestamp::from_second(1_800_000_000).expect("a timestamp");
        assert_eq!(days_back(now, 2), now - SignedDuration::from_hours(48));
        assert_eq!(days_back(now, u32::MAX), Timestamp::MIN);
    }
}
