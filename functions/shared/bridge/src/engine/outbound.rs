//! Ticket to thread: which replies are new, in which order they go, and to whom.

use super::{Halt, Progress, SETTLE, SKEW, Visit, back_off};
use crate::conversation::{Conversation, Delivery, DeliveryState, Loaded, Reason};
use crate::helpdesk::{Entry, EntryId, EntryKind, Ticket, TicketId};
use crate::marketplace::{Author, ThreadId};
use crate::text;

/// After how long a reply that was announced is looked up in the thread: until then whoever
/// announced it is most likely still waiting for the answer.
const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// Whom a reply is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    /// The buyer, by id where known; the operator in copy where set.
    Buyer {
        /// The buyer's id on the marketplace.
        id: Option<String>,
        /// Whether the operator reads along.
        operator: bool,
    },
    /// The operator alone.
    Operator,
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
        let loaded = self.load(thread).await?;
        let Some(conversation) = &loaded.conversation else {
            return Ok(Progress::Complete);
        };
        if conversation.ticket != Some(id) {
            return Ok(Progress::Complete);
        }
        let ticket = match self.ports.helpdesk.ticket(id).await {
            Ok(ticket) => ticket,
            Err(failure) if failure.is_gone() => {
                for delivery in loaded.deliveries.iter().filter(|d| d.ticket == id && d.state.is_open()) {
                    self.set_aside(delivery.clone(), Reason::TicketGone).await?;
                }
                return Ok(Progress::Complete);
            }
            Err(failure) => return Err(failure.into()),
        };
        // In order: whatever is still open holds back everything after it.
        for reply in self.replies(&ticket, &loaded) {
            self.go_on()?;
            let known = loaded.deliveries.iter().find(|d| d.ticket == id && d.reply == reply);
            let entry = ticket.entries.iter().find(|e| e.id == reply);
            let state = match (known, entry) {
                (Some(delivery), _) if !delivery.state.is_open() => continue,
                (Some(delivery), entry) => {
                    self.take_up(delivery.clone(), entry, conversation, &ticket, &loaded).await?
                }
                (None, Some(entry)) => self.begin(entry, conversation, &ticket, &loaded).await?,
                (None, None) => continue,
            };
            if state.is_open() {
                return Ok(Progress::Recorded);
            }
        }
        Ok(Progress::Complete)
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

    /// A reply that the ledger does not know.
    async fn begin(
        &self,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> Result<DeliveryState, Halt> {
        let now = self.now();
        let mut delivery = Delivery {
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
            automatic: entry.login.is_empty(),
            reason: None,
            message: None,
        };
        if delivery.automatic && !self.forwards_automatic(entry, conversation, ticket, loaded) {
            delivery.state = DeliveryState::Skipped;
            delivery.reason = Some(Reason::Automatic);
            delivery.due = None;
            return self.keep_delivery(delivery).await;
        }
        let settle = i64::from(self.settings.replies.settle_seconds);
        if settle > 0 {
            delivery.due = Some(now + jiff::SignedDuration::from_secs(settle));
            return self.keep_delivery(delivery).await;
        }
        self.deliver(delivery, entry, conversation, ticket, loaded).await
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
            return self.tell(delivery, entry, ticket, "").await;
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
                    delivery.due = None;
                    return self.keep_delivery(delivery).await;
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

    /// Automatic replies go out by setting, once a conversation and day, and never to the operator.
    fn forwards_automatic(
        &self,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> bool {
        let zone = self.settings.thulium.zone();
        let today = self.now().to_zoned_datetime(zone.clone()).date();
        let went_today = loaded.deliveries.iter().any(|d| {
            d.automatic
                && d.state != DeliveryState::Skipped
                && d.at.to_zoned_datetime(zone.clone()).date() == today
        });
        let to_buyer = matches!(self.recipient(entry, conversation, ticket), Some(Recipient::Buyer { .. }));
        self.settings.replies.automatic && !went_today && to_buyer
    }

    /// Whom a reply is for: whoever wrote the message that it follows in the ticket.
    pub(super) fn recipient(
        &self,
        reply: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
    ) -> Option<Recipient> {
        let before = ticket.entries.iter().rfind(|e| e.kind == EntryKind::Mail && e.id < reply.id);
        let answers_private = before.is_some_and(|mail| {
            conversation.private.iter().any(|marker| text::carries_marker(&mail.text, marker))
        });
        let operator = conversation.operator_authorised;
        let among_us = answers_private || (!conversation.buyer_authorised && conversation.buyer.is_none());
        match (among_us, conversation.buyer_authorised) {
            (true, _) => operator.then_some(Recipient::Operator),
            (false, false) => None,
            (false, true) => Some(Recipient::Buyer {
                id: conversation.buyer.clone(),
                operator: operator && self.settings.replies.operator_copy,
            }),
        }
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

/// What looking for a reply in its thread has shown.
enum Found {
    Yes(crate::marketplace::MessageId),
    No,
    CannotTell,
    ThreadGone,
}
