//! The slow sweep: threads and tickets of the last days held against the ledger, message by message.
//!
//! A tick trusts its cursors; the sweep does not. It lists again what changed in the last days, brings
//! every conversation up to date as a tick would, looks at every ticket for replies, and counts what
//! then stands there. It finds what a wrong cursor passed, and what either API hid for a while. Cursors
//! are left as they are, and running it twice, or beside ticks, changes nothing that is right.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::{Calls, Halt, Progress, Visit, lock};
use crate::conversation::{DeliveryState, Loaded};
use crate::failure::Side;
use crate::helpdesk::{EntryKind, Ticket};
use crate::integration::{Cursor, Sweep};
use crate::marketplace::{MessageId, Thread};
use crate::text;

/// Calls to the marketplace that a sweep leaves for the ticks of the hour, of those that are left.
const LEFT_FOR_TICKS: u32 = 2;

/// How long after a daily sweep began the next one may: less than a day, so that an hourly call which
/// comes a little early is not put off for an hour, every day anew.
const A_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 - 30);

/// Why a sweep could not begin, or ended early. As text and as JSON it is its words for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halted {
    /// The integration is switched off.
    Disabled,
    /// Somebody else holds the lease.
    Held,
    /// A system asked to be left alone for a while.
    Resting(Side),
    /// The share of the hour's calls is used up.
    Calls,
    /// There was no time left.
    Time,
    /// Today's sweep is through already.
    Done,
    /// A call failed, or what it needs cannot be used: what happened.
    Failed(String),
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Halted::Disabled => f.write_str("disabled"),
            Halted::Held => f.write_str("another tick is at work"),
            Halted::Resting(side) => write!(f, "{} asked to be left alone for a while", side.as_str()),
            Halted::Calls => f.write_str("the calls of this hour are used up"),
            Halted::Time => f.write_str("the time was up"),
            Halted::Done => f.write_str("the sweep of this day is through"),
            Halted::Failed(what) => f.write_str(what),
        }
    }
}

impl Serialize for Halted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a sweep has found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The integration.
    pub integration: String,
    /// Why it could not begin, or ended early; `None`: everything was looked at.
    pub reason: Option<Halted>,
    /// Threads that were looked at.
    pub threads: u64,
    /// Messages and replies that are on one side only, before anything was repaired.
    pub missing: u64,
    /// Messages that stand in their ticket more than once.
    pub doubled: u64,
    /// Messages and replies that were carried over by the sweep.
    pub repaired: u64,
    /// Go on from here: what changed later was not looked at.
    pub next: Option<Timestamp>,
    /// Requests that were sent.
    pub calls: Calls,
}

impl Reconciled {
    /// Nothing yet.
    fn of(integration: &str) -> Reconciled {
        Reconciled { integration: integration.to_owned(), ..Reconciled::default() }
    }

    /// Of an integration for which nothing could be done.
    pub fn failed(integration: &str, reason: String) -> Reconciled {
        Reconciled { reason: Some(Halted::Failed(reason)), ..Reconciled::of(integration) }
    }
}

impl Visit {
    /// Sweeps what changed since a time: the oldest part of it that fits into one visit, its memory and
    /// half of the calls that are left in the hour. [`Reconciled::next`] tells where to go on.
    pub async fn reconcile(&self, since: Timestamp) -> Reconciled {
        self.sweep_under_lease(|_| Some(since), false).await
    }

    /// Sweeps the last days once a day, in as many visits as it takes: goes on where the last one had
    /// to stop, and does nothing where today's sweep is through ([`Halted::Done`]).
    pub async fn reconcile_daily(&self, days: u32) -> Reconciled {
        let since = |cursor: &Cursor| match cursor.sweep {
            // What keeps failing for days must not keep what is new from being looked at.
            Some(Sweep { next: Some(next), .. }) => Some(next.max(days_back(self.now(), days))),
            Some(sweep) if self.now().duration_since(sweep.begun) < A_DAY => None,
            _ => Some(days_back(self.now(), days)),
        };
        self.sweep_under_lease(since, true).await
    }

    /// Takes the lease and sweeps from the time that follows from the cursor, if one does.
    async fn sweep_under_lease(
        &self,
        begin: impl Fn(&Cursor) -> Option<Timestamp>,
        noted: bool,
    ) -> Reconciled {
        let mut found = Reconciled::of(self.id().as_str());
        if !self.settings.enabled {
            found.reason = Some(Halted::Disabled);
            return found;
        }
        let until = self.deadline + super::tick::LEASE_MARGIN;
        let taken = self.ports.ledger.take_lease(self.id(), &self.owner, self.now(), until).await;
        let (lease, mut cursor) = match taken {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                found.reason = Some(Halted::Held);
                return found;
            }
            Err(failure) => {
                self.note(&failure, None);
                found.reason = Some(Halted::Failed(failure.to_string()));
                return found;
            }
        };
        let Some(since) = begin(&cursor) else {
            found.reason = Some(Halted::Done);
            if let Err(failure) = self.ports.ledger.commit(self.id(), &lease, &cursor).await {
                self.note(&failure, None);
            }
            return found;
        };
        if let Some(side) = cursor.resting(self.now()) {
            found.reason = Some(Halted::Resting(side));
            found.next = Some(since);
        } else {
            let begun = match cursor.sweep {
                Some(Sweep { begun, next: Some(_) }) => begun,
                _ => self.now(),
            };
            let before = self.budget(&cursor);
            self.sweep(since, before.calls() / LEFT_FOR_TICKS, &mut found).await;
            cursor.budget = Some(before.spend(self.ports.marketplace.calls()));
            let rests = *lock(&self.rests);
            cursor.empikplace_rests = cursor.empikplace_rests.max(rests.empikplace);
            cursor.thulium_rests = cursor.thulium_rests.max(rests.thulium);
            if noted {
                cursor.sweep = Some(Sweep { begun, next: found.next });
            }
        }
        // Lost or failed: the lease lapses by itself, and nothing else was to be written.
        if let Err(failure) = self.ports.ledger.commit(self.id(), &lease, &cursor).await {
            self.note(&failure, None);
        }
        found.calls =
            Calls { empikplace: self.ports.marketplace.calls(), thulium: self.ports.helpdesk.calls() };
        found
    }

    async fn sweep(&self, since: Timestamp, calls: u32, found: &mut Reconciled) {
        let listed = match self.list(since, calls, |_| false).await {
            Ok(listed) => listed,
            Err(halt) => {
                if let Halt::Failed(failure) = &halt {
                    self.note(failure, None);
                    found.reason = Some(Halted::Failed(failure.to_string()));
                }
                found.next = Some(since);
                return;
            }
        };
        if listed.surplus > 0 {
            // The oldest are held: the next sweep begins with the newest of them.
            found.next = listed.threads.iter().filter_map(|thread| thread.updated).max();
        }
        let spent = || self.ports.marketplace.calls() >= calls;
        let out_of = || {
            if spent() { Some(Halted::Calls) } else { self.go_on().is_err().then_some(Halted::Time) }
        };
        if !listed.whole {
            // The newest come first: older ones may not have been listed at all.
            let cut = || Halted::Failed("the list of threads was not read to its end".to_owned());
            found.reason = Some(out_of().unwrap_or_else(cut));
            found.next = Some(since);
        }
        for thread in listed.threads {
            let updated = thread.updated.filter(|_| listed.whole);
            if let Some(halted) = out_of() {
                found.reason.get_or_insert(halted);
                found.next = Some(updated.unwrap_or(since));
                return;
            }
            let failed = match self.hold_against(thread, found).await {
                Ok(()) => continue,
                Err(Halt::Failed(failure)) => failure.to_string(),
                Err(_) => "a system failed, or the time was up".to_owned(),
            };
            found.reason.get_or_insert(Halted::Failed(failed));
            // One thread that cannot be held against its ticket keeps nothing from the others.
            if self.go_on().is_err() {
                found.next = Some(updated.unwrap_or(since));
                return;
            }
        }
    }

    /// Holds one thread against the ledger and its ticket.
    async fn hold_against(&self, thread: Thread, found: &mut Reconciled) -> Result<(), Halt> {
        let loaded = self.load(&thread.id).await?;
        if loaded.conversation.is_none() && !self.qualifies(&thread) {
            return Ok(());
        }
        let id = thread.id.clone();
        let listed: Vec<MessageId> = thread.messages.iter().map(|message| message.id.clone()).collect();
        let before = self.carried_so_far();
        let facts = self.facts(&[(thread.clone(), loaded.clone())], &[]).await;
        if self.carry(thread, loaded, &facts).await == Progress::Unfinished {
            return Err(Halt::Stop);
        }
        let loaded = self.load(&id).await?;
        let Some(ticket) = loaded.conversation.as_ref().and_then(|conversation| conversation.ticket) else {
            return Ok(());
        };
        if self.look_at(ticket, &id).await == Progress::Unfinished {
            return Err(Halt::Stop);
        }
        let repaired = self.carried_so_far() - before;
        found.threads += 1;
        found.repaired += repaired;
        found.missing += repaired;
        let ticket = match self.ports.helpdesk.ticket(ticket).await {
            Ok(ticket) => ticket,
            Err(failure) if failure.is_gone() => return Ok(()),
            Err(failure) => return Err(failure.into()),
        };
        self.count_up(&self.load(&id).await?, &listed, &ticket, found);
        Ok(())
    }

    fn carried_so_far(&self) -> u64 {
        use std::sync::atomic::Ordering::Relaxed;
        self.counts.messages_in.load(Relaxed) + self.counts.replies_out.load(Relaxed)
    }

    /// Counts what stands in a ticket against what the ledger says does, and says where they differ.
    fn count_up(&self, loaded: &Loaded, listed: &[MessageId], ticket: &Ticket, found: &mut Reconciled) {
        let Some(conversation) = &loaded.conversation else {
            return;
        };
        // Messages of a merged ticket stand in the other one, which people chose.
        let moved = !ticket.entries.iter().any(|entry| entry.kind == EntryKind::Mail);
        for message in listed.iter().filter(|id| conversation.carried.contains(id)) {
            let marker = text::marker(&message.0);
            let entries = ticket.entries.iter().filter(|e| e.kind != EntryKind::Reply);
            let times = entries.filter(|e| text::carries_marker(&e.text, &marker)).count();
            match times {
                0 if !moved && ticket.unreadable == 0 => found.missing += 1,
                0 | 1 => continue,
                _ => found.doubled += 1,
            }
            tracing::error!(
                event = "reconcile.differs",
                integration.id = %self.id(),
                thread.id = %conversation.key.thread,
                ticket.id = ticket.id.0,
                message.id = %message,
                times,
                "a message that was carried over does not stand in its ticket exactly once"
            );
        }
        let unknown = |delivery: &&crate::conversation::Delivery| {
            delivery.state == DeliveryState::Delivered
                && delivery.message.as_ref().is_some_and(|id| conversation.carried.contains(id))
        };
        for delivery in loaded.deliveries.iter().filter(unknown) {
            found.doubled += 1;
            tracing::error!(
                event = "reconcile.echo",
                integration.id = %self.id(),
                thread.id = %conversation.key.thread,
                ticket.id = ticket.id.0,
                reply.id = delivery.reply.0,
                "a reply of ours was carried back into its ticket"
            );
        }
    }
}

/// Since when a sweep of so many days looks.
pub fn days_back(now: Timestamp, days: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}
