//! The stale answer guard: a reply is held back where the buyer wrote something that its author
//! cannot have seen, until the author decides.
//!
//! What an agent saw is nowhere told. Unseen is taken to be what was not in the ticket when the reply
//! was written, or stood there for so short a time (`replies.stale_minutes`) that the reply was
//! begun without it.
//!
//! The decision is read from the ticket alone: the comment that tells of the hold, and the agent's
//! first reply after it. So nothing has to be remembered between the two, and a crash changes nothing.

use jiff::{SignedDuration, Timestamp};

use super::{Halt, Visit};
use crate::conversation::{Conversation, Delivery, DeliveryState, Loaded, Reason};
use crate::helpdesk::{Entry, EntryKind, Ticket};
use crate::marketplace::{Author, Message, Thread};
use crate::text::{self, Command};

/// The grain of the helpdesk's dates.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Visit {
    /// Whether the buyer wrote something that the author of a reply cannot have seen.
    pub(super) fn is_stale(
        &self,
        reply: &Entry,
        ticket: &Ticket,
        thread: &Thread,
        conversation: &Conversation,
        loaded: &Loaded,
    ) -> bool {
        let holds = holds(ticket, loaded);
        // Who was told of a hold knows of everything that was written before it.
        let told = holds.iter().filter(|hold| hold.id < reply.id);
        let told: Option<Timestamp> = told.filter_map(|hold| self.instant(&hold.created)).max();
        let known = |m: &Message| told.zip(m.at).is_some_and(|(told, at)| at < told + MINUTE);
        let old = |m: &Message| conversation.floor.zip(m.at).is_some_and(|(floor, at)| at < floor);
        let short = SignedDuration::from_mins(i64::from(self.settings.replies.stale_minutes));
        let written = self.instant(&reply.created);
        let first = ticket.entries.first().map(|e| e.id);
        let unseen = |m: &Message| {
            let marker = text::marker(&m.id.0);
            match ticket.entries.iter().find(|e| text::carries_marker(&e.text, &marker)) {
                None => !conversation.carried.contains(&m.id),
                Some(entry) if entry.id > reply.id => true,
                Some(entry) => {
                    let stood = written.zip(self.instant(&entry.created)).map(|(w, e)| w.duration_since(e));
                    Some(entry.id) != first && stood.is_some_and(|s| !s.is_negative() && s < short)
                }
            }
        };
        thread.messages.iter().any(|m| m.author == Author::Buyer && !known(m) && !old(m) && unseen(m))
    }

    /// What the agent decided about a reply that is, or would be, held back: the first reply that was
    /// written after both the hold and the reply itself.
    pub(super) fn decision(&self, delivery: &Delivery, ticket: &Ticket, loaded: &Loaded) -> Option<Command> {
        let holds = holds(ticket, loaded);
        let hold = match holds.iter().map(|hold| hold.id).filter(|id| *id > delivery.reply).min() {
            Some(hold) => hold,
            // The comment was refused: any later reply decides.
            None if delivery.state == DeliveryState::Held => delivery.reply,
            None => return None,
        };
        let after = ticket.entries.iter().find(|e| {
            e.kind == EntryKind::Reply && !self.is_automatic(e) && e.id > hold && e.id > delivery.reply
        })?;
        let said = text::instructed(&text::from_agent(&after.text).text);
        match said.command {
            // It is about the reply that was held, not about one that waited behind it.
            Some(Command::Cancel) if delivery.state != DeliveryState::Held => None,
            command => Some(command.unwrap_or(Command::Send)),
        }
    }

    /// Holds a reply back and tells the agent, once.
    pub(super) async fn hold(
        &self,
        mut delivery: Delivery,
        entry: Option<&Entry>,
        ticket: &Ticket,
    ) -> Result<DeliveryState, Halt> {
        delivery.state = DeliveryState::Refused;
        delivery.reason = Some(Reason::Stale);
        // The write claims the telling; whoever comes next looks for the comment first.
        delivery.due = Some(self.now() + super::SETTLE);
        let mut delivery = self.write(delivery).await?;
        let written = entry.map(|e| e.created.as_str()).unwrap_or_default();
        let marker = hold_marker(&delivery);
        self.comment_once(ticket, &marker, &self.words.held(written, &marker)).await?;
        self.bring_forward(ticket.id).await?;
        tracing::info!(
            event = "reply.held",
            integration.id = %self.id(),
            thread.id = %delivery.key.thread,
            ticket.id = ticket.id.0,
            reply.id = delivery.reply.0,
            "the buyer wrote what the agent cannot have seen; the agent decides"
        );
        delivery.state = DeliveryState::Held;
        delivery.due = None;
        self.keep_delivery(delivery).await
    }

    /// A reply that is nothing but a command: it does not go out, and the agent is told so.
    pub(super) async fn obey(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        ticket: &Ticket,
        loaded: &Loaded,
        command: Command,
    ) -> Result<DeliveryState, Halt> {
        let hold = holds(ticket, loaded).iter().map(|hold| hold.id).filter(|id| *id < entry.id).max();
        let decided = |hold| {
            let between = |e: &&Entry| e.id > hold && e.id < entry.id;
            ticket.entries.iter().filter(between).any(|e| e.kind == EntryKind::Reply && !self.is_automatic(e))
        };
        if hold.is_none_or(decided) {
            return self.refuse(delivery, Some(entry), ticket, Reason::NothingHeld, "").await;
        }
        // Announced first, so that two workers do not both tell.
        delivery.due = Some(self.now() + MINUTE);
        let mut delivery = self.write(delivery).await?;
        let marker = text::marker(&format!("command/{}/{}", ticket.id, entry.id));
        self.comment_once(ticket, &marker, &self.words.obeyed(command, &marker)).await?;
        delivery.state = DeliveryState::Skipped;
        delivery.reason = Some(Reason::Instruction);
        delivery.due = None;
        self.keep_delivery(delivery).await
    }
}

/// The comments that tell of holds in a ticket.
fn holds<'t>(ticket: &'t Ticket, loaded: &Loaded) -> Vec<&'t Entry> {
    let replies = loaded.deliveries.iter().filter(|d| d.ticket == ticket.id);
    let markers: Vec<String> = replies.map(hold_marker).collect();
    let comments = ticket.entries.iter().filter(|e| e.kind == EntryKind::Comment);
    comments.filter(|e| markers.iter().any(|marker| text::carries_marker(&e.text, marker))).collect()
}

fn hold_marker(delivery: &Delivery) -> String {
    text::marker(&format!("held/{}/{}", delivery.ticket, delivery.reply))
}
