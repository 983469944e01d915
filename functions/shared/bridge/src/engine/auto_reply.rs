//! The bridge's own automatic reply: once per conversation, to a buyer whom nobody has answered.
//!
//! It is a delivery like any other, with an id that no message of a ticket has, so that the ledger's
//! condition on the first write is what makes it one. Whether it is due is told by the thread alone;
//! nothing is remembered where it is not.

use jiff::SignedDuration;

use super::{Halt, Visit};
use crate::conversation::{Conversation, Delivery, Loaded};
use crate::helpdesk::{Entry, EntryKind};
use crate::marketplace::{Author, Thread};
use crate::settings::AutoReplyWhen;
use crate::text;

/// A message older than this is answered by people only: after an outage or in a backfill, "we have
/// received your message" would come oddly late.
const FRESH: SignedDuration = SignedDuration::from_hours(12);

impl Visit {
    /// Answers the newest message of a thread, which stands in its ticket, where that is set and due.
    /// `false`: it is due and could not even be announced.
    pub(super) async fn answer(&self, thread: &Thread, conversation: &Conversation, loaded: &Loaded) -> bool {
        let answered = loaded.deliveries.iter().any(|d| d.reply == Delivery::OWN);
        let Some(ticket) = conversation.ticket else {
            return true;
        };
        let Some(entry) = self.own_reply(thread).filter(|_| !answered && !self.went_today(loaded)) else {
            return true;
        };
        let sent = async {
            self.go_on()?;
            let ticket = self.ports.helpdesk.ticket(ticket).await?;
            let delivery = self.new_delivery(&entry, conversation, &ticket);
            if !self.recipient(&entry, None, conversation, &ticket).is_ok_and(|to| to.buyer.is_some()) {
                return Ok(());
            }
            self.deliver(delivery, &entry, conversation, &ticket, loaded).await.map(drop)
        };
        match sent.await {
            // Lost: somebody else has just announced it.
            Ok(()) | Err(Halt::Lost) => true,
            Err(Halt::Stop) => false,
            Err(Halt::Failed(failure)) => {
                self.note(&failure, Some(&thread.id));
                false
            }
        }
    }

    /// The reply of a delivery that is under way; `None`: it is not wanted any more.
    pub(super) async fn own_reply_again(
        &self,
        delivery: &Delivery,
        conversation: &Conversation,
    ) -> Result<Option<Entry>, Halt> {
        match self.ports.marketplace.thread(&delivery.key.thread).await {
            Ok(thread) => Ok(self.own_reply(&thread).filter(|_| conversation.buyer_authorised)),
            Err(failure) if failure.is_gone() => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The reply to a thread, as if it stood in the ticket; `None`: none is set, or none is due.
    fn own_reply(&self, thread: &Thread) -> Option<Entry> {
        let replies = &self.settings.replies;
        if replies.auto_reply.is_empty() || !thread.buyer_authorised {
            return None;
        }
        let newest = thread.messages.iter().max_by_key(|m| m.at)?;
        let at = newest.at.filter(|at| *at >= self.starts_at && self.now() < *at + FRESH)?;
        if newest.author != Author::Buyer {
            return None;
        }
        let hours = &self.settings.business_hours;
        let written = at.to_zoned_datetime(self.settings.thulium.zone()).datetime();
        let wanted = match replies.auto_reply_when {
            AutoReplyWhen::Always => true,
            AutoReplyWhen::Open => hours.is_open(written),
            AutoReplyWhen::Closed => !hours.is_open(written),
        };
        let body = text::from_marketplace(&newest.body, super::LONGEST_TEXT).text;
        if !wanted || text::looks_automatic(&body) {
            return None;
        }
        let orders: Vec<&str> = thread.order_ids().collect();
        let order = text::one_line(&orders.join(", "), 200);
        let name = match text::one_line(thread.buyer_name.as_deref().unwrap_or_default(), 60) {
            name if name.is_empty() => self.words.unknown_buyer().to_owned(),
            name => name,
        };
        let opening = hours.next_opening(written).map(|at| self.words.civil_date(at)).unwrap_or_default();
        Some(Entry {
            id: Delivery::OWN,
            kind: EntryKind::Reply,
            login: String::new(),
            text: replies.auto_reply_for(&order, &name, &opening)?,
            created: self.local_minute(self.now()),
            files: Vec::new(),
        })
    }
}
