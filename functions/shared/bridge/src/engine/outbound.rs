//! Ticket to thread: which replies are new, in which order they go, and to whom.

use super::{Halt, OLDEST_REPLY, Progress, SETTLE, SKEW, Visit, back_off};
use crate::conversation::{Conversation, Delivery, DeliveryState, Loaded, Reason};
use crate::helpdesk::{Entry, EntryId, EntryKind, Ticket, TicketId};
use crate::marketplace::{Author, ThreadId};
use crate::text::{self, Addressee, Command};

/// After how long a reply that was announced is looked up in the thread: until then whoever
/// announced it is most likely still waiting for the answer.
const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// How long after its delivery a reply is still confirmed to the agent, where a crash came between.
const CONFIRMED_LATE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Whom a reply is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipient {
    /// The buyer, by the id on the marketplace where it is known.
    pub buyer: Option<Option<String>>,
    /// The operator.
    pub operator: bool,
}

impl Visit {
    /// Forwards what agents have answered in a ticket and is not on the marketplace yet.
    pub(super) async fn look_at(&self, ticket: TicketId, thread: &ThreadId) -> Progress {
        for _ in 0..3 {
            match self.look_once(ticket, thread).await {
                Ok(progress) => return progress,
                Err(Halt::Lost) => {}
                Err(Halt::Stop) => return Progress::Unfinished,
                Err(Halt::Failed(failure)) => {
                    self.note(&failure, Some(thread));
                    return Progress::Unfinished;
                }
            }
        }
        Progress::Unfinished
    }

    async fn look_once(&self, id: TicketId, thread: &ThreadId) -> Result<Progress, Halt> {
        self.go_on()?;
        let mut loaded = self.load(thread).await?;
        let Some(conversation) = loaded.conversation.clone() else {
            return Ok(Progress::Complete);
        };
        // A ticket that another has replaced brings nothing new; what is under way from it goes on.
        let replaced = conversation.ticket != Some(id);
        let unfinished = |d: &&Delivery| d.ticket == id && (d.state.is_open() || d.due.is_some());
        if replaced && !loaded.deliveries.iter().any(|d| unfinished(&d)) {
            return Ok(Progress::Complete);
        }
        let ticket = match self.ports.helpdesk.ticket(id).await {
            Ok(ticket) => ticket,
            Err(failure) if failure.is_gone() => {
                for delivery in loaded.deliveries.iter().filter(unfinished) {
                    match delivery.state.is_open() {
                        true => self.set_aside(delivery.clone(), Reason::TicketGone).await?,
                        // Nobody is left to be told that it was delivered.
                        false => self.record(&mut Delivery { due: None, ..delivery.clone() }).await?,
                    }
                }
                return Ok(Progress::Complete);
            }
            Err(failure) => return Err(failure.into()),
        };
        self.confirm_late(&ticket, &loaded).await?;
        // In order: whatever is still open holds back everything after it.
        let mut replies = self.replies(&ticket, &loaded);
        let known = |reply| loaded.deliveries.iter().any(|d| d.ticket == id && d.reply == reply);
        if ticket.id != id {
            // Merged, and the helpdesk shows the other one: its replies are of that one's conversation.
            replies.retain(|&reply| known(reply));
        } else if let Some(told) = self.merged(&ticket, &conversation).await? {
            replies.retain(|&reply| told.before(reply) || known(reply));
        }
        let mut freed = false;
        for (n, &reply) in replies.iter().enumerate() {
            self.go_on()?;
            let known = loaded.deliveries.iter().find(|d| d.ticket == id && d.reply == reply).cloned();
            let before = known.as_ref().map(|delivery| delivery.state);
            if before.is_some_and(|state| !state.is_open()) {
                continue;
            }
            let behind = &replies[n + 1..];
            // Before anything is done about it, so that no crash comes between.
            let late = before.filter(|state| *state != DeliveryState::Held);
            if let Some(state) = late {
                self.hold_back(behind, state, &conversation, &ticket, &mut loaded).await?;
            }
            let own = match &known {
                Some(delivery)
                    if reply == Delivery::OWN && delivery.due.is_none_or(|due| due <= self.now()) =>
                {
                    self.own_reply_again(delivery, &conversation).await?
                }
                _ => None,
            };
            let entry = own.as_ref().or_else(|| ticket.entries.iter().find(|e| e.id == reply));
            let state = match (known, entry) {
                (Some(mut delivery), entry) => {
                    if freed && delivery.is_untried() {
                        delivery.due = Some(delivery.since + self.settle_time());
                    }
                    self.take_up(delivery, entry, &conversation, &ticket, &loaded).await?
                }
                // The ledger may have forgotten that it went out.
                (None, Some(entry)) if replaced || self.is_over(entry) => continue,
                (None, Some(entry)) => {
                    // Whether it goes out is decided by what went out a moment ago, too.
                    if self.is_automatic(entry) {
                        loaded = self.load(thread).await?;
                    }
                    self.begin(entry, &conversation, &ticket, &loaded).await?
                }
                (None, None) => continue,
            };
            if state.is_open() {
                if late.is_none() {
                    self.hold_back(behind, state, &conversation, &ticket, &mut loaded).await?;
                }
                return Ok(Progress::Recorded);
            }
            freed |= before.is_some();
        }
        Ok(Progress::Complete)
    }

    /// Whether a reply is too old to be begun.
    fn is_over(&self, entry: &Entry) -> bool {
        self.instant(&entry.created).is_some_and(|at| at < self.now() - OLDEST_REPLY)
    }

    /// Ids of replies in the ticket and of deliveries under way, in order.
    fn replies(&self, ticket: &Ticket, loaded: &Loaded) -> Vec<EntryId> {
        let written = ticket.entries.iter().filter(|e| e.kind == EntryKind::Reply).map(|e| e.id);
        let under_way =
            loaded.deliveries.iter().filter(|d| d.ticket == ticket.id && d.state.is_open()).map(|d| d.reply);
        let mut ids: Vec<EntryId> = written.chain(under_way).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Writes down what waits for an earlier reply: by the time that one is through, the watermark has
    /// passed the ticket, and nothing else would remember what came after. Behind a reply that is held it
    /// is not due: whoever decides about that one sets it going.
    async fn hold_back(
        &self,
        replies: &[EntryId],
        before: DeliveryState,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &mut Loaded,
    ) -> Result<(), Halt> {
        let now = self.now();
        let replaced = conversation.ticket != Some(ticket.id);
        let due = match before {
            DeliveryState::Held => None,
            DeliveryState::Sending => Some(now + PATIENCE),
            _ => Some(now + SETTLE),
        };
        let begins = |entry: &Entry| !replaced && !self.is_over(entry);
        for reply in replies {
            let at = loaded.deliveries.iter().position(|d| d.ticket == ticket.id && d.reply == *reply);
            let entry = ticket.entries.iter().find(|entry| entry.id == *reply);
            let mut delivery = match (at.map(|at| &loaded.deliveries[at]), entry) {
                (Some(known), _) if known.is_untried() => known.clone(),
                // Whether an automatic reply goes out is decided by what went out before it.
                (None, Some(entry)) if !self.is_automatic(entry) && begins(entry) => {
                    self.new_delivery(entry, conversation, ticket)
                }
                _ => continue,
            };
            let waits = delivery.due.map(|due| due > now);
            if delivery.version > 0 && waits == due.map(|_| true) {
                continue;
            }
            delivery.due = due;
            let delivery = self.write(delivery).await?;
            match at {
                Some(at) => loaded.deliveries[at] = delivery,
                None => loaded.deliveries.push(delivery),
            }
        }
        Ok(())
    }

    /// How long a reply rests before it is forwarded.
    fn settle_time(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::from(self.settings.replies.settle_seconds))
    }

    /// A reply that the ledger does not know.
    async fn begin(
        &self,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> Result<DeliveryState, Halt> {
        let now = self.now();
        let mut delivery = self.new_delivery(entry, conversation, ticket);
        if delivery.automatic && !self.forwards_automatic(entry, conversation, ticket, loaded) {
            delivery.state = DeliveryState::Skipped;
            delivery.reason = Some(Reason::Automatic);
            delivery.due = None;
            return self.keep_delivery(delivery).await;
        }
        if self.settle_time().is_positive() {
            delivery.due = Some(now + self.settle_time());
            return self.keep_delivery(delivery).await;
        }
        self.deliver(delivery, entry, conversation, ticket, loaded).await
    }

    /// A delivery of which nothing is under way or in the ledger.
    pub(super) fn new_delivery(
        &self,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
    ) -> Delivery {
        let now = self.now();
        Delivery {
            key: conversation.key.clone(),
            ticket: ticket.id,
            reply: entry.id,
            version: 0,
            state: DeliveryState::Queued,
            attempt: 0,
            since: now,
            at: now,
            due: Some(now),
            fingerprint: String::new(),
            file_bytes: 0,
            doubtful: false,
            automatic: self.is_automatic(entry),
            reason: None,
            message: None,
        }
    }

    /// Whether the helpdesk wrote a reply by itself. Automatic replies perhaps bear a login; which
    /// one, only the settings can tell.
    pub(super) fn is_automatic(&self, entry: &Entry) -> bool {
        entry.login.is_empty() || self.settings.replies.automatic_logins.contains(&entry.login)
    }

    /// A delivery that is under way.
    async fn take_up(
        &self,
        mut delivery: Delivery,
        entry: Option<&Entry>,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> Result<DeliveryState, Halt> {
        let now = self.now();
        if delivery.state == DeliveryState::Refused {
            if delivery.due.is_some_and(|due| due > now) {
                return Ok(delivery.state);
            }
            return match delivery.reason {
                Some(Reason::Stale) => self.hold(delivery, entry, ticket).await,
                _ => self.tell(delivery, entry, ticket, "").await,
            };
        }
        if delivery.state == DeliveryState::Held && entry.is_some() && self.settings.replies.stale_guard {
            match self.decision(&delivery, ticket, loaded) {
                None => return Ok(delivery.state),
                Some(Command::Send) => {}
                Some(Command::Cancel) => {
                    delivery.state = DeliveryState::Dropped;
                    return self.keep_delivery(delivery).await;
                }
            }
        }
        if delivery.state == DeliveryState::Queued && delivery.due.is_some_and(|due| due > now) {
            return Ok(delivery.state);
        }
        if delivery.state == DeliveryState::Sending || delivery.doubtful {
            if now < delivery.at + PATIENCE {
                return Ok(delivery.state);
            }
            match self.find_in_thread(&delivery, loaded).await? {
                Found::Yes(id) => {
                    delivery.state = DeliveryState::Delivered;
                    delivery.message = Some(id);
                    delivery.reason = None;
                    delivery.due = None;
                    let delivery = self.write(delivery).await?;
                    self.confirm(&delivery, ticket).await?;
                    return Ok(delivery.state);
                }
                Found::CannotTell => return self.refuse(delivery, entry, ticket, Reason::Unclear, "").await,
                Found::ThreadGone => {
                    return self.refuse(delivery, entry, ticket, Reason::ThreadGone, "").await;
                }
                Found::No if now < delivery.at + SETTLE => return Ok(delivery.state),
                // It surely did not arrive: sending it again doubles nothing.
                Found::No => {}
            }
        }
        if delivery.attempt >= super::MOST_ATTEMPTS {
            return self.refuse(delivery, entry, ticket, Reason::Exhausted, "").await;
        }
        match entry {
            Some(entry) => self.deliver(delivery, entry, conversation, ticket, loaded).await,
            // Somebody has answered meanwhile.
            None if delivery.reply == Delivery::OWN => {
                delivery.state = DeliveryState::Skipped;
                delivery.due = None;
                self.keep_delivery(delivery).await
            }
            None => {
                let state = DeliveryState::Parked;
                self.set_aside(delivery, Reason::TicketGone).await?;
                Ok(state)
            }
        }
    }

    /// Looks for a reply in the thread: a message of the shop with its text, dated after the
    /// attempt, that neither stands in the ticket nor belongs to another delivery.
    async fn find_in_thread(&self, delivery: &Delivery, loaded: &Loaded) -> Result<Found, Halt> {
        let thread = match self.ports.marketplace.thread(&delivery.key.thread).await {
            Ok(thread) => thread,
            Err(failure) if failure.is_gone() => return Ok(Found::ThreadGone),
            Err(failure) => return Err(failure.into()),
        };
        let carried = |id| loaded.conversation.as_ref().is_some_and(|c| c.carried.contains(id));
        let found = thread.messages.iter().find(|m| {
            m.author == Author::Shop
                && !carried(&m.id)
                && !loaded.is_ours(&m.id)
                && delivery.may_be(m.at, &text::fingerprint(&m.body), SKEW)
        });
        Ok(match found {
            Some(message) => Found::Yes(message.id.clone()),
            None if thread.unreadable > 0 || !thread.is_complete() => Found::CannotTell,
            None => Found::No,
        })
    }

    /// Automatic replies go out by setting, once a conversation and day, never to the operator, and
    /// never in answer to what a machine wrote.
    fn forwards_automatic(
        &self,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> bool {
        let to_buyer = self.recipient(entry, None, conversation, ticket).is_ok_and(|to| to.buyer.is_some());
        let answers = answered(entry, ticket);
        self.settings.replies.automatic
            && to_buyer
            && !self.went_today(loaded)
            && !answers.is_some_and(|mail| {
                text::looks_automatic(&text::from_marketplace(&mail.text, super::LONGEST_TEXT).text)
            })
    }

    /// Whether an automatic reply went out today, of whatever origin.
    pub(super) fn went_today(&self, loaded: &Loaded) -> bool {
        let zone = self.settings.thulium.zone();
        let day = |at: jiff::Timestamp| at.to_zoned_datetime(zone.clone()).date();
        let mut sent = loaded.deliveries.iter().filter(|d| d.automatic && d.state != DeliveryState::Skipped);
        sent.any(|d| day(d.at) == day(self.now()))
    }

    /// Whom a reply is for: whom the agent names, else whoever wrote the message that it follows in
    /// the ticket. Nobody but authorised participants.
    pub(super) fn recipient(
        &self,
        reply: &Entry,
        named: Option<Addressee>,
        conversation: &Conversation,
        ticket: &Ticket,
    ) -> Result<Recipient, Reason> {
        let answers_private = answered(reply, ticket).is_some_and(|mail| {
            conversation.private.iter().any(|marker| text::carries_marker(&mail.text, marker))
        });
        let buyer = conversation.buyer_authorised.then(|| conversation.buyer.clone());
        let operator = conversation.operator_authorised;
        let copy = operator && self.settings.replies.operator_copy && !self.is_automatic(reply);
        let alone = Recipient { buyer: None, operator };
        let among_us = answers_private || (buyer.is_none() && conversation.buyer.is_none());
        let (to, reason) = match named {
            Some(Addressee::Operator) => (alone, Reason::NotParticipant),
            Some(Addressee::Buyer) => (Recipient { buyer, operator: false }, Reason::NotParticipant),
            Some(Addressee::Both) if buyer.is_some() && operator => {
                (Recipient { buyer, operator }, Reason::NotParticipant)
            }
            Some(Addressee::Both) => return Err(Reason::NotParticipant),
            None if among_us => (alone, Reason::NoRecipient),
            None if buyer.is_some() => (Recipient { buyer, operator: copy }, Reason::NoRecipient),
            None => return Err(Reason::NoRecipient),
        };
        if to.buyer.is_some() || to.operator { Ok(to) } else { Err(reason) }
    }

    /// Confirms deliveries whose confirmation is missing in the ticket: a crash may have come between.
    /// Not at once, since whoever delivered it may be about to do so.
    async fn confirm_late(&self, ticket: &Ticket, loaded: &Loaded) -> Result<(), Halt> {
        let now = self.now();
        let late = |d: &&Delivery| {
            d.ticket == ticket.id
                && d.state == DeliveryState::Delivered
                && now >= d.at + SETTLE
                && (d.due.is_some() || now < d.at + CONFIRMED_LATE)
        };
        for delivery in loaded.deliveries.iter().filter(late) {
            self.confirm(delivery, ticket).await?;
            if delivery.due.is_some() {
                self.record(&mut Delivery { due: None, ..delivery.clone() }).await?;
            }
        }
        Ok(())
    }

    /// Puts a delivery off after a failure that changed nothing.
    pub(super) async fn put_off(
        &self,
        mut delivery: Delivery,
        wait: Option<jiff::SignedDuration>,
    ) -> Result<DeliveryState, Halt> {
        delivery.state = DeliveryState::Queued;
        delivery.due = Some(self.now() + wait.unwrap_or_else(|| back_off(delivery.attempt)));
        self.keep_delivery(delivery).await
    }
}

/// The message of the other side that a reply follows.
fn answered<'t>(reply: &Entry, ticket: &'t Ticket) -> Option<&'t Entry> {
    let own = reply.id == Delivery::OWN;
    ticket.entries.iter().rfind(|e| e.kind == EntryKind::Mail && (own || e.id < reply.id))
}

/// What looking for a reply in its thread has shown.
enum Found {
    Yes(crate::marketplace::MessageId),
    No,
    CannotTell,
    ThreadGone,
}
