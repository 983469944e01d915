//! The slow sweep: threads and tickets of the last days held against the ledger, message by message.
//!
//! A tick trusts its cursors; the sweep does not. It lists again what changed in the last days, brings
//! every conversation up to date as a tick would, looks at every ticket for replies, and counts what
//! then stands there. It finds what a wrong cursor passed, and what either API hid for a while. Cursors
//! are left as they are, and running it twice, or beside ticks, changes nothing that is right.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Calls, Halt, Progress, Visit, lock};
use crate::conversation::{DeliveryState, Loaded};
use crate::helpdesk::{EntryKind, Ticket};
use crate::marketplace::{MessageId, Thread};
use crate::text;

/// Calls to the marketplace that a sweep leaves for the ticks of the hour, of those that are left.
const LEFT_FOR_TICKS: u32 = 2;

/// What a sweep has found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The integration.
    pub integration: String,
    /// Why it could not begin, or ended early; `None`: everything was looked at.
    pub reason: Option<String>,
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

impl Visit {
    /// Sweeps what changed since a time: the oldest part of it that fits into one visit, its memory and
    /// half of the calls that are left in the hour. [`Reconciled::next`] tells where to go on.
    pub async fn reconcile(&self, since: Timestamp) -> Reconciled {
        let mut found = Reconciled { integration: self.id().to_string(), ..Reconciled::default() };
        if !self.settings.enabled {
            found.reason = Some("disabled".to_owned());
            return found;
        }
        let until = self.deadline + super::tick::LEASE_MARGIN;
        let taken = self.ports.ledger.take_lease(self.id(), &self.owner, self.now(), until).await;
        let (lease, mut cursor) = match taken {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                found.reason = Some("another tick is at work".to_owned());
                found.next = Some(since);
                return found;
            }
            Err(failure) => {
                self.note(&failure, None);
                found.reason = Some(failure.to_string());
                found.next = Some(since);
                return found;
            }
        };
        if let Some(side) = cursor.resting(self.now()) {
            found.reason = Some(format!("{} asked to be left alone for a while", side.as_str()));
            found.next = Some(since);
        } else {
            let before = self.budget(&cursor);
            self.sweep(since, before.calls() / LEFT_FOR_TICKS, &mut found).await;
            cursor.budget = Some(before.spend(self.ports.marketplace.calls()));
            let rests = *lock(&self.rests);
            cursor.empikplace_rests = cursor.empikplace_rests.max(rests.empikplace);
            cursor.thulium_rests = cursor.thulium_rests.max(rests.thulium);
        }
        // Lost or failed: the lease lapses by itself, and nothing else was to be written.
        if let Err(failure) = self.ports.ledger.commit(self.id(), &lease, &cursor).await {
            self.note(&failure, None);
        }
        found.calls =
            Calls { empikplace: self.ports.marketplace.calls(), thulium: self.ports.helpdesk.calls() };
        tracing::info!(
            event = "reconciled",
            integration.id = %self.id(),
            threads = found.threads,
            missing = found.missing,
            doubled = found.doubled,
            repaired = found.repaired,
            whole = found.next.is_none(),
            "threads and tickets were held against the ledger"
        );
        found
    }

    async fn sweep(&self, since: Timestamp, calls: u32, found: &mut Reconciled) {
        let listed = match self.list(since, calls).await {
            Ok(listed) => listed,
            Err(halt) => {
                if let Halt::Failed(failure) = &halt {
                    self.note(failure, None);
                    found.reason = Some(failure.to_string());
                }
                found.next = Some(since);
                return;
            }
        };
        if listed.surplus > 0 {
            // The oldest are held: the next sweep begins with the newest of them.
            found.next = listed.threads.iter().filter_map(|thread| thread.updated).max();
        }
        if listed.safe.is_none() && !listed.threads.is_empty() {
            found.reason = Some("the list of threads was not read to its end".to_owned());
            found.next = Some(since);
        }
        for thread in listed.threads {
            let updated = thread.updated;
            let spent = self.ports.marketplace.calls() >= calls;
            if spent || self.go_on().is_err() || self.hold_against(thread, found).await.is_err() {
                found.reason.get_or_insert_with(|| match spent {
                    true => "the calls of this hour are used up".to_owned(),
                    false => "the time was up, or a system failed".to_owned(),
                });
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
