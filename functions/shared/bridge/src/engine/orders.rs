//! Orders that change while their ticket is open: a comment tells the agents. The same brings the card
//! that was owed because the marketplace did not give the order out when the ticket was opened.
//!
//! Watched are the orders of tickets that were opened lately. One look asks for as many of them as fit
//! into one call, in turn where there are more, at most every few minutes.

use std::collections::HashMap;

use futures::StreamExt;
use futures::stream::iter;
use jiff::{SignedDuration, Timestamp};

use super::open::Facts;
use super::{CONCURRENCY, Halt, Visit, Work, lock};
use crate::conversation::{Act, Conversation, OrderFacts, OrderMark};
use crate::failure::Class;
use crate::marketplace::{Order, Thread, ThreadId};
use crate::text;
use crate::words::OrderChange;

/// Tickets whose orders are watched; the youngest where there are more.
const MOST_WATCHED: usize = 1_000;

/// Orders that one call gives (OR11 `order_ids`).
pub(super) const MOST_IDS: usize = 100;

/// Calls to the marketplace that a look leaves for conversations.
const RESERVE: u32 = 10;

/// How long a closed ticket is left alone before its status is read again.
const CLOSED_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What a process remembers of watched orders. Losing it costs reads.
#[derive(Debug, Default)]
pub(super) struct Watching {
    looked: Option<Timestamp>,
    /// Where the next look goes on, where there are more than one call gives.
    next: usize,
    marks: HashMap<ThreadId, Vec<OrderMark>>,
    /// Tickets that were closed when they were last read.
    closed: HashMap<ThreadId, Timestamp>,
}

/// A thread whose orders are watched, and what the agents know of them.
pub(super) struct Watched {
    pub thread: ThreadId,
    pub marks: Vec<OrderMark>,
}

impl Visit {
    /// Begins to watch the orders of a conversation whose ticket is being opened with their cards.
    pub(super) fn watch(&self, conversation: &mut Conversation, thread: &Thread, orders: &[Order]) {
        let days = i64::from(self.settings.empikplace.order_watch_days);
        let told = |id: &str| orders.iter().find(|order| order.id == id).map(OrderFacts::of);
        conversation.orders = match days {
            0 => Vec::new(),
            _ => {
                let ids = thread.order_ids().take(Conversation::MOST_ORDERS);
                ids.map(|id| OrderMark { id: id.to_owned(), told: told(id) }).collect()
            }
        };
        let until = self.now() + SignedDuration::from_hours(24 * days);
        conversation.watched_until = (!conversation.orders.is_empty()).then_some(until);
    }

    /// The conversations whose orders are looked at this time; none where it is not time yet.
    pub(super) async fn watched(&self, calls: u32) -> Vec<Watched> {
        let places = &self.settings.empikplace;
        let now = self.now();
        // A little early rather than a whole tick late, since schedules jitter.
        let interval = SignedDuration::from_secs(60 * i64::from(places.order_watch_minutes) - 30);
        let is_time = lock(&self.memory.watching).looked.is_none_or(|looked| now >= looked + interval);
        if places.order_watch_days == 0 || calls <= RESERVE || !is_time || self.go_on().is_err() {
            return Vec::new();
        }
        let threads = match self.ports.ledger.watched(self.id(), now, MOST_WATCHED).await {
            Ok(threads) => threads,
            Err(failure) => {
                self.note(&failure, None);
                return Vec::new();
            }
        };
        let start = {
            let mut watching = lock(&self.memory.watching);
            watching.looked = Some(now);
            watching.marks.retain(|thread, _| threads.contains(thread));
            watching.closed.retain(|_, at| now < *at + CLOSED_FOR);
            watching.next.checked_rem(threads.len()).unwrap_or_default()
        };
        let (before, after) = threads.split_at(start);
        let turn: Vec<ThreadId> = after.iter().chain(before).take(MOST_IDS).cloned().collect();
        let found = iter(turn).map(|thread| async move { self.marks_of(thread).await });
        let mut found = found.buffered(CONCURRENCY);
        let (mut watched, mut ids, mut taken) = (Vec::new(), 0, 0);
        while let Some(one) = found.next().await {
            let orders = one.as_ref().map_or(0, |one| one.marks.len());
            if ids + orders > MOST_IDS {
                break;
            }
            ids += orders;
            taken += 1;
            watched.extend(one);
        }
        lock(&self.memory.watching).next = start + taken;
        watched
    }

    /// What the agents know of a thread's orders; `None`: nothing that is to be looked at now.
    async fn marks_of(&self, thread: ThreadId) -> Option<Watched> {
        let known = {
            let watching = lock(&self.memory.watching);
            if watching.closed.contains_key(&thread) {
                return None;
            }
            watching.marks.get(&thread).cloned()
        };
        let marks = match known {
            Some(marks) => marks,
            None => {
                self.go_on().ok()?;
                let conversation = self.load(&thread).await.ok()?.conversation?;
                self.remember_marks(&conversation);
                conversation.orders
            }
        };
        (!marks.is_empty()).then_some(Watched { thread, marks })
    }

    fn remember_marks(&self, conversation: &Conversation) {
        let watched = conversation.watched_until.is_some_and(|until| self.now() < until);
        let marks = if watched { conversation.orders.clone() } else { Vec::new() };
        lock(&self.memory.watching).marks.insert(conversation.key.thread.clone(), marks);
    }

    /// Tells the agents in a comment what changed, if anything did.
    pub(super) async fn tell_orders(&self, watched: &Watched, facts: &Facts) {
        if changes(&watched.marks, &facts.orders).is_empty() {
            return;
        }
        match self.tell_orders_of(&watched.thread, facts).await {
            Ok(()) | Err(Halt::Lost | Halt::Stop) => {}
            Err(Halt::Failed(failure)) => {
                self.note(&failure, Some(&watched.thread));
            }
        }
    }

    async fn tell_orders_of(&self, thread: &ThreadId, facts: &Facts) -> Result<(), Halt> {
        self.go_on()?;
        let loaded = self.load(thread).await?;
        let Some(conversation) = loaded.conversation.clone() else {
            return Ok(());
        };
        self.remember_marks(&conversation);
        let changes = changes(&conversation.orders, &facts.orders);
        let (Some(id), false) = (conversation.ticket, changes.is_empty()) else {
            return Ok(());
        };
        // What is under way, or in trouble, comes first; the change is still there at the next look.
        if conversation.trouble.is_some() {
            return Ok(());
        }
        if conversation.intent.is_some() {
            let whole = self.ports.marketplace.thread(thread).await?;
            // After the thread, so that it knows every reply of ours in it.
            let loaded = self.load(thread).await?;
            self.carry(whole, loaded, facts).await;
            return Ok(());
        }
        let mut work = Work::new(conversation);
        let ticket = match self.ports.helpdesk.ticket(id).await {
            Ok(ticket) => ticket,
            Err(failure) if failure.is_gone() => {
                work.conversation.watched_until = None;
                return self.save(&mut work.conversation).await;
            }
            Err(failure) => return Err(failure.into()),
        };
        if self.is_closed(&ticket).await? {
            lock(&self.memory.watching).closed.insert(thread.clone(), self.now());
            return Ok(());
        }
        let now = self.now();
        let mark = format!("{thread}/orders/{}", now.as_millisecond());
        let text = self.words.orders_changed(&changes, now, &text::marker(&mark), &self.settings.empikplace);
        let told = |mark: &OrderMark| OrderMark {
            told: facts.orders.get(&mark.id).map(OrderFacts::of).or(mark.told),
            id: mark.id.clone(),
        };
        let orders: Vec<OrderMark> = work.conversation.orders.iter().map(told).collect();
        self.announce(&mut work, Act::Orders { mark, orders: orders.clone() }).await?;
        match self.comment(id, &text, &[]).await {
            Err(failure) if !super::tell::is_final(&failure) => {
                self.forget_unless_unknown(&mut work, &failure);
                if self.note(&failure, Some(thread)) || failure.class != Class::Unknown {
                    return self.keep(&mut work).await;
                }
                return self.postpone(&mut work.conversation, &failure).await;
            }
            // Comments that are refused for good hold up nothing; trying again would change nothing.
            Err(failure) => {
                self.note(&failure, Some(thread));
            }
            Ok(_) => tracing::info!(
                event = "order.told",
                integration.id = %self.id(),
                thread.id = %thread,
                ticket.id = id.0,
                orders = changes.len(),
                "the agents were told how the orders of the ticket stand"
            ),
        }
        work.conversation.orders = orders;
        work.conversation.intent = None;
        work.dirty = true;
        self.keep(&mut work).await?;
        self.remember_marks(&work.conversation);
        Ok(())
    }

    /// After a message came in: a closed ticket may be open again.
    pub(super) fn may_be_open_again(&self, thread: &ThreadId) {
        lock(&self.memory.watching).closed.remove(thread);
    }
}

/// The orders that stand otherwise than the agents know.
fn changes<'a>(marks: &[OrderMark], orders: &'a HashMap<String, Order>) -> Vec<OrderChange<'a>> {
    let change = |mark: &OrderMark| {
        let order = orders.get(&mark.id)?;
        (mark.told != Some(OrderFacts::of(order))).then_some(OrderChange { order, told: mark.told })
    };
    marks.iter().filter_map(change).collect()
}
