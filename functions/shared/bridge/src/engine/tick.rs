//! One tick, and one hint.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::backlog;
use super::open::Facts;
use super::orders::{MOST_IDS, Watched};
use super::{CONCURRENCY, Calls, Halt, Progress, Report, Visit, lock};
use crate::conversation::Loaded;
use crate::failure::{Class, Failure, Side};
use crate::helpdesk::{TicketId, TicketRow, TicketsBy};
use crate::integration::{Budget, Cursor, Gauges, Lease, OVERLAP, advance};
use crate::ledger::Write;
use crate::marketplace::{Thread, ThreadId};
use crate::settings::Watch;

/// How long the lease outlives the visit's deadline: the longest call that may still be under way.
pub(super) const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(90);

/// Waiting conversations and replies that one tick takes up.
const MOST_DUE: usize = 100;

/// Pages of changed tickets that one tick reads.
const MOST_TICKET_PAGES: u64 = 50;

/// How long a ticket that changed is looked at again and again: its dates have the grain of a
/// minute, and a reply can become visible after the change that it made.
const FRESH: SignedDuration = SignedDuration::from_mins(3);

/// How long a ticket that cannot be read holds the watermark back.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);

/// What came of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hinted {
    /// The ticket belongs to no conversation of the integration.
    NotOurs,
    /// Everything in it that is to go out is on the marketplace, or the ledger knows when to look.
    Done,
    /// Something could not be recorded; the next tick does it.
    Later,
}

impl Visit {
    /// Brings both sides up to date. Never fails as a whole: the row tells what happened.
    pub async fn tick(&self) -> Report {
        if !self.settings.enabled {
            return self.report("skipped", Some("disabled".into()), 0);
        }
        let until = self.deadline + LEASE_MARGIN;
        let (lease, cursor) =
            match self.ports.ledger.take_lease(self.id(), &self.owner, self.now(), until).await {
                Ok(Some(taken)) => taken,
                Ok(None) => return self.report("skipped", Some("another tick is at work".into()), 0),
                Err(failure) => {
                    self.note(&failure, None);
                    return self.report("failed", Some(failure.to_string()), 0);
                }
            };
        self.work(lease, cursor).await
    }

    async fn work(&self, lease: Lease, mut cursor: Cursor) -> Report {
        cursor.health.version = Some(crate::VERSION.to_owned());
        if let Some(side) = cursor.resting(self.now()) {
            let reason = format!("{} asked to be left alone for a while", side.as_str());
            let committed = self.ports.ledger.commit(self.id(), &lease, &cursor).await;
            let mut report = match committed {
                Ok(_) => self.report("skipped", Some(reason), cursor.health.backlog),
                Err(failure) => {
                    self.note(&failure, None);
                    self.report("failed", Some(failure.to_string()), cursor.health.backlog)
                }
            };
            report.gauges = cursor.gauges(self.now());
            return report;
        }
        let due = match self.ports.ledger.due(self.id(), self.now(), MOST_DUE).await {
            Ok(due) => due,
            Err(failure) => {
                self.note(&failure, None);
                Vec::new()
            }
        };
        let (due_out, due_in): (Vec<_>, Vec<_>) = due.into_iter().partition(|w| w.delivery.is_some());
        let due_in: Vec<ThreadId> = due_in.into_iter().map(|w| w.thread).collect();
        let due_out: BTreeMap<TicketId, ThreadId> =
            due_out.into_iter().filter_map(|w| Some((TicketId(w.delivery?.0), w.thread))).collect();

        let before = cursor.clone();
        let (inbound, outbound) =
            futures::join!(self.inbound(&before, due_in), self.outbound(&before, due_out));

        advance(&mut cursor.empikplace, inbound.cursor);
        advance(&mut cursor.thulium, outbound.watermark);
        cursor.thulium_held = outbound.held;
        if let Some(next) = inbound.next_poll {
            cursor.next_poll = Some(next);
        }
        cursor.budget = Some(self.budget(&before).spend(self.ports.marketplace.calls()));
        let rests = *lock(&self.rests);
        cursor.empikplace_rests = cursor.empikplace_rests.max(rests.empikplace);
        cursor.thulium_rests = cursor.thulium_rests.max(rests.thulium);

        let now = self.now();
        let trouble = lock(&self.halted).clone().or(inbound.failure).or(outbound.failure);
        cursor.health.backlog = inbound.backlog;
        advance(&mut cursor.health.caught_up, inbound.caught_up);
        match &trouble {
            None => {
                cursor.health.last_success = Some(now);
                cursor.health.failing_since = None;
                cursor.health.reason = None;
            }
            Some(failure) => {
                cursor.health.failing_since.get_or_insert(now);
                cursor.health.reason = Some(failure.to_string());
            }
        }
        let committed = self.ports.ledger.commit(self.id(), &lease, &cursor).await;
        let (status, reason) = match (&trouble, committed) {
            (_, Err(failure)) => {
                self.note(&failure, None);
                ("failed", Some(failure.to_string()))
            }
            (_, Ok(Write::Lost)) => ("failed", Some("the lease lapsed before the tick was done".to_owned())),
            // Being asked to wait is not a failure of the integration.
            (Some(failure), Ok(Write::Done)) if matches!(failure.class, Class::Wait(_)) => {
                ("skipped", Some(failure.to_string()))
            }
            (Some(failure), Ok(Write::Done)) => ("failed", Some(failure.to_string())),
            (None, Ok(Write::Done)) => ("ok", None),
        };
        let mut report = self.report(status, reason, inbound.backlog);
        report.gauges = cursor.gauges(now);
        report
    }

    pub(super) fn budget(&self, cursor: &Cursor) -> Budget {
        let per_hour = self.settings.empikplace.calls_per_hour;
        match cursor.budget {
            Some(budget) => budget.refilled(per_hour, self.now()),
            None => Budget::full(per_hour, self.now()),
        }
    }

    /// Threads to tickets.
    async fn inbound(&self, cursor: &Cursor, due: Vec<ThreadId>) -> Inbound {
        let now = self.now();
        let mut result = Inbound::default();
        let calls = self.budget(cursor).calls();
        let polls = cursor.next_poll.is_none_or(|next| next <= now) && calls > 0;
        let mut threads = Vec::new();
        let (mut safe, mut whole) = (None, false);
        if polls {
            // Half a minute early rather than a whole interval late, since schedules jitter.
            let interval = i64::from(self.settings.empikplace.poll_seconds);
            result.next_poll = Some(now + SignedDuration::from_secs(interval - interval.min(60) / 2));
            let since = cursor.empikplace.unwrap_or(self.starts_at) - OVERLAP;
            lock(&self.memory.finished).forget_before(since);
            match self.list(since, calls, |thread| lock(&self.memory.finished).holds(thread)).await {
                Ok(listed) => {
                    threads = listed.threads;
                    safe = listed.safe;
                    whole = listed.whole;
                    result.backlog = listed.surplus;
                }
                Err(Halt::Failed(failure)) => {
                    self.note(&failure, None);
                    result.failure = Some(failure);
                    // A poll that gave nothing is due again at once, perhaps with fresh credentials.
                    result.next_poll = None;
                }
                Err(Halt::Lost | Halt::Stop) => {}
            }
        }
        for id in due {
            if threads.iter().any(|t| t.id == id) || self.go_on().is_err() {
                continue;
            }
            match self.ports.marketplace.thread(&id).await {
                Ok(thread) => threads.push(thread),
                Err(failure) => {
                    self.note(&failure, Some(&id));
                    self.put_thread_off(&id, &failure).await;
                }
            }
        }
        let mut unfinished: Vec<Option<Timestamp>> = Vec::new();
        let mut found: Vec<(Thread, Loaded)> = Vec::new();
        let loads = iter(threads).map(|thread| async {
            let loaded = match self.go_on() {
                Ok(()) => self.load(&thread.id).await.ok(),
                Err(_) => None,
            };
            (thread, loaded)
        });
        let mut loads = loads.buffered(CONCURRENCY);
        while let Some((thread, loaded)) = loads.next().await {
            match loaded {
                Some(loaded) => found.push((thread, loaded)),
                None => unfinished.push(thread.updated),
            }
        }
        drop(loads);
        let watched = self.watched(calls).await;
        let facts = self.facts(&found, &watched).await;
        // Threads of the same buyer go one after the other, so that they share one CRM record.
        let mut groups: BTreeMap<String, Vec<(Thread, Loaded)>> = BTreeMap::new();
        for (n, (thread, loaded)) in found.into_iter().enumerate() {
            let buyer = thread.buyer_id.clone().map_or_else(|| format!("\u{0}{n}"), |b| format!("b{b}"));
            groups.entry(buyer).or_default().push((thread, loaded));
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by_key(|group| group.first().and_then(|(thread, _)| thread.updated));
        let work =
            iter(groups).map(|group| self.carry_group(group, &facts).boxed()).buffer_unordered(CONCURRENCY);
        unfinished.extend(work.collect::<Vec<_>>().await.into_iter().flatten());
        for watched in &watched {
            self.tell_orders(watched, &facts).await;
        }
        result.backlog += unfinished.len() as u64;
        result.caught_up = (whole && result.backlog == 0).then_some(now);
        // Not past the oldest thread that only the cursor remembers.
        result.cursor = unfinished.into_iter().fold(safe, |safe, at| safe.min(at));
        result
    }

    /// The last changes of the threads of a group that could not be finished.
    async fn carry_group(&self, group: Vec<(Thread, Loaded)>, facts: &Facts) -> Vec<Option<Timestamp>> {
        let mut unfinished = Vec::new();
        for (thread, loaded) in group {
            let (id, state) = (thread.id.clone(), backlog::state(&thread));
            match self.carry(thread, loaded, facts).await {
                Progress::Unfinished => unfinished.push(state.0),
                Progress::Complete | Progress::Recorded => lock(&self.memory.finished).insert(id, state),
            }
        }
        unfinished
    }

    /// Records that a thread which is due could not even be read.
    async fn put_thread_off(&self, id: &ThreadId, failure: &Failure) {
        if self.go_on().is_err() {
            return;
        }
        if let Ok(loaded) = self.load(id).await
            && let Some(mut conversation) = loaded.conversation
            && let Err(Halt::Failed(failure)) = self.postpone(&mut conversation, failure).await
        {
            self.note(&failure, Some(id));
        }
    }

    /// What the new conversations among the threads need: their orders, in one call, reasons, and what
    /// is on record about their buyers, all asked at the same time. The call for orders asks for watched
    /// ones too, as far as there is room.
    pub(super) async fn facts(&self, threads: &[(Thread, Loaded)], watched: &[Watched]) -> Facts {
        let mut facts = Facts::default();
        let opens = |thread: &Thread, loaded: &Loaded| match &loaded.conversation {
            Some(conversation) => conversation.ticket.is_none(),
            None => self.qualifies(thread),
        };
        let opening: Vec<&Thread> = threads.iter().filter(|(t, l)| opens(t, l)).map(|(t, _)| t).collect();
        let is_new = |loaded: &Loaded| loaded.conversation.is_none();
        let new = threads.iter().filter(|(t, l)| is_new(l) && self.qualifies(t)).map(|(t, _)| t);
        let new: Vec<&Thread> = new.collect();
        let mut ids: Vec<String> = opening.iter().flat_map(|t| t.order_ids().map(str::to_owned)).collect();
        ids.sort();
        ids.dedup();
        for id in watched.iter().flat_map(|watched| &watched.marks).map(|mark| &mark.id) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids.truncate(MOST_IDS);
        let orders = async {
            match ids.is_empty() || self.go_on().is_err() {
                true => Ok(Vec::new()),
                false => self.ports.marketplace.orders(&ids).await,
            }
        };
        let reasons = async {
            match opening.iter().any(|t| t.topic.is_reason) {
                true => self.reasons().await,
                false => Arc::default(),
            }
        };
        let buyers = self.look_up_buyers(&new, &facts);
        let (orders, reasons, ()) = futures::join!(orders, reasons, buyers);
        facts.reasons = reasons;
        match orders {
            Ok(orders) => facts.orders = orders.into_iter().map(|o| (o.id.clone(), o)).collect(),
            Err(failure) => {
                self.note(&failure, None);
                facts.orders_unread = failure.class != Class::Permanent;
            }
        }
        facts
    }

    /// Reason codes with labels, read once a process.
    async fn reasons(&self) -> Arc<Vec<crate::marketplace::Reason>> {
        if let Some(reasons) = lock(&self.memory.reasons).clone() {
            return reasons;
        }
        match self.ports.marketplace.reasons().await {
            Ok(reasons) => {
                let reasons = Arc::new(reasons);
                *lock(&self.memory.reasons) = Some(reasons.clone());
                reasons
            }
            Err(failure) => {
                self.note(&failure, None);
                Arc::default()
            }
        }
    }

    /// Tickets to threads: what is due, and what changed since the watermark.
    async fn outbound(&self, cursor: &Cursor, due: BTreeMap<TicketId, ThreadId>) -> Outbound {
        let now = self.now();
        let mut result = Outbound::default();
        let since = cursor.thulium.unwrap_or(self.starts_at);
        let mut tickets = due;
        let mut changed: Vec<(TicketRow, Option<Timestamp>)> = Vec::new();
        match self.changed_tickets(since).await {
            Ok(rows) => changed = rows,
            Err(Halt::Failed(failure)) => {
                self.note(&failure, None);
                result.failure = Some(failure);
            }
            Err(Halt::Lost | Halt::Stop) => {}
        }
        let listed = result.failure.is_none() && self.go_on().is_ok();
        let mut unknown = None;
        let mut dates = BTreeMap::new();
        for (row, at) in &changed {
            if tickets.contains_key(&row.id) {
                // What makes it due may be over before all of it was looked at.
                dates.insert(row.id, *at);
                continue;
            }
            if lock(&self.memory.seen).get(&row.id) == Some(&row.updated) {
                continue;
            }
            match self.ports.ledger.thread_of(self.id(), row.id).await {
                Ok(Some(thread)) => {
                    tickets.insert(row.id, thread);
                    dates.insert(row.id, *at);
                }
                // The index may lag behind a ticket that was opened a moment ago; the overlap
                // brings it up again.
                Ok(None) => {}
                Err(failure) => {
                    self.note(&failure, None);
                    unknown = Some(failure);
                    break;
                }
            }
        }
        let work = iter(tickets)
            .map(|(ticket, thread)| async move { (ticket, self.look_at(ticket, &thread).await) }.boxed());
        let done: Vec<(TicketId, Progress)> = work.buffer_unordered(CONCURRENCY).collect().await;
        let newest = changed.iter().filter_map(|(_, at)| *at).max();
        let mut safe = if listed && unknown.is_none() { newest } else { None };
        // A visit that has stopped has not even tried them all.
        let tried = self.go_on().is_ok();
        let long_ago = now - GIVE_UP;
        let held_long = tried && cursor.thulium_held.is_some_and(|since| since < long_ago);
        result.held = cursor.thulium_held.filter(|_| !listed);
        for (ticket, progress) in &done {
            if *progress != Progress::Unfinished {
                continue;
            }
            match dates.get(ticket) {
                Some(Some(at)) if held_long && *at < long_ago => tracing::error!(
                    event = "ticket.given_up",
                    integration.id = %self.id(),
                    ticket.id = ticket.0,
                    "the ticket could not be read for a day; it is looked at again when it changes"
                ),
                Some(at) => {
                    safe = safe.min(*at);
                    result.held = cursor.thulium_held.or(tried.then_some(now));
                }
                None => {}
            }
        }
        self.remember_seen(&changed, &done, unknown.is_none());
        result.watermark = safe;
        result
    }

    /// Tickets that changed since a time, with the time of the change where it is told.
    async fn changed_tickets(&self, since: Timestamp) -> Result<Vec<(TicketRow, Option<Timestamp>)>, Halt> {
        let zone = self.settings.thulium.zone();
        let mut since = since - OVERLAP;
        // The hour that repeats when summer time ends cannot be told from the dates: read it twice.
        let earlier = since - SignedDuration::from_mins(65);
        if zone.to_offset(earlier) > zone.to_offset(since + SignedDuration::from_mins(65)) {
            since = earlier;
        }
        let queue = match self.settings.thulium.watch {
            Watch::All => None,
            Watch::Queue => self.settings.thulium.queue_id,
        };
        let by = TicketsBy::Changed { since: self.local_minute(since), queue };
        let mut rows: BTreeMap<TicketId, (TicketRow, Option<Timestamp>)> = BTreeMap::new();
        let mut offset = 0;
        for _ in 0..MOST_TICKET_PAGES {
            self.go_on()?;
            let page = self.ports.helpdesk.tickets(&by, offset).await?;
            if page.unreadable > 0 {
                tracing::error!(
                    event = "ticket.unreadable",
                    integration.id = %self.id(),
                    tickets = page.unreadable,
                    "rows of the ticket list could not be decoded"
                );
            }
            let listed = page.rows.len() as u64 + page.unreadable as u64;
            for row in page.rows {
                let at = self.instant(&row.updated);
                rows.entry(row.id).or_insert((row, at));
            }
            offset += listed;
            if listed == 0 || page.count.is_none_or(|count| offset >= count) {
                return Ok(rows.into_values().collect());
            }
        }
        tracing::error!(
            event = "list.cut",
            integration.id = %self.id(),
            tickets = rows.len(),
            "more tickets changed than one tick reads; the watermark stays where it is"
        );
        Ok(rows.into_values().map(|(row, _)| (row, None)).collect())
    }

    /// The instant of a date of the helpdesk; the earlier one where the date is ambiguous.
    pub(super) fn instant(&self, date: &str) -> Option<Timestamp> {
        let date = date.get(..16)?;
        let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", date).ok()?;
        self.settings.thulium.zone().to_ambiguous_timestamp(civil).earlier().ok()
    }

    /// Remembers which tickets need no look until they change. `whole`: those that are not in `done`
    /// are of no conversation, rather than not looked up.
    fn remember_seen(
        &self,
        changed: &[(TicketRow, Option<Timestamp>)],
        done: &[(TicketId, Progress)],
        whole: bool,
    ) {
        let now = self.now();
        let mut seen = lock(&self.memory.seen);
        let listed: std::collections::HashSet<TicketId> = changed.iter().map(|(row, _)| row.id).collect();
        seen.retain(|id, _| listed.contains(id));
        for (row, at) in changed {
            let finished = match done.iter().find(|(id, _)| *id == row.id) {
                Some((_, progress)) => *progress != Progress::Unfinished,
                None => whole || seen.get(&row.id) == Some(&row.updated),
            };
            if finished && at.is_some_and(|at| now >= at + FRESH) {
                seen.insert(row.id, row.updated.clone());
            }
        }
    }

    /// Looks at one ticket, because somebody said so.
    pub async fn hint(&self, ticket: TicketId) -> Hinted {
        if !self.settings.enabled {
            return Hinted::NotOurs;
        }
        let thread = match self.ports.ledger.thread_of(self.id(), ticket).await {
            Ok(Some(thread)) => thread,
            Ok(None) => return Hinted::NotOurs,
            Err(failure) => {
                self.note(&failure, None);
                return Hinted::Later;
            }
        };
        match self.ports.ledger.cursor(self.id()).await {
            // The next tick after the rest does it.
            Ok(Some(cursor)) if cursor.resting(self.now()).is_some() => return Hinted::Done,
            Ok(_) => {}
            Err(failure) => {
                self.note(&failure, None);
                return Hinted::Later;
            }
        }
        let progress = self.look_at(ticket, &thread).await;
        let rests = *lock(&self.rests);
        for (side, until) in [(Side::Empikplace, rests.empikplace), (Side::Thulium, rests.thulium)] {
            if let Some(until) = until
                && let Err(failure) = self.ports.ledger.rest(self.id(), side, until).await
            {
                self.note(&failure, None);
            }
        }
        match progress {
            Progress::Complete | Progress::Recorded => Hinted::Done,
            Progress::Unfinished => Hinted::Later,
        }
    }

    fn report(&self, status: &'static str, reason: Option<String>, backlog: u64) -> Report {
        let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Report {
            integration: self.id().to_string(),
            status,
            reason,
            threads_read: get(&self.counts.threads_read),
            tickets_created: get(&self.counts.tickets_created),
            messages_in: get(&self.counts.messages_in),
            replies_out: get(&self.counts.replies_out),
            parked: get(&self.counts.parked),
            simplified: get(&self.counts.simplified),
            backlog,
            calls: Calls { empikplace: self.ports.marketplace.calls(), thulium: self.ports.helpdesk.calls() },
            gauges: Gauges::default(),
        }
    }
}

/// What came of the way in.
#[derive(Default)]
struct Inbound {
    cursor: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    caught_up: Option<Timestamp>,
    backlog: u64,
    failure: Option<Failure>,
}

/// What came of the way out.
#[derive(Default)]
struct Outbound {
    watermark: Option<Timestamp>,
    /// Since when a ticket that could not be read keeps it back.
    held: Option<Timestamp>,
    failure: Option<Failure>,
}
