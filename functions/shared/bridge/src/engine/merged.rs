//! A ticket into which agents have merged another: it holds messages of a conversation that is not its own,
//! and perhaps that one's replies, which the ledger knows under another ticket. To whom a reply belongs can
//! not be told from such a ticket. So nothing goes out of it that was written before the agents were told,
//! unless the ledger knows it. That they were told is read from the ticket.

use super::{Halt, Visit};
use crate::conversation::Conversation;
use crate::helpdesk::{EntryId, EntryKind, Ticket};
use crate::text;

/// When the agents of a merged ticket were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// With this comment.
    Earlier(EntryId),
    /// After the ticket was read: nothing that stands in it was written later.
    JustNow,
}

impl Told {
    /// Whether an entry of the ticket was written after that.
    pub(super) fn before(self, entry: EntryId) -> bool {
        match self {
            Told::Earlier(comment) => comment < entry,
            Told::JustNow => false,
        }
    }
}

impl Visit {
    /// Where a ticket holds messages of another conversation: when the agents were told, which is done if it
    /// was not done yet. `None`: it holds none.
    pub(super) async fn merged(
        &self,
        ticket: &Ticket,
        conversation: &Conversation,
    ) -> Result<Option<Told>, Halt> {
        if strangers(ticket, conversation).is_empty() {
            return Ok(None);
        }
        // A message may have come into the ticket after the ledger was read, never before it was announced.
        let Some(now) = self.load(&conversation.key.thread).await?.conversation else {
            return Ok(None);
        };
        let strangers = strangers(ticket, &now);
        if strangers.is_empty() {
            return Ok(None);
        }
        let marker = text::marker(&format!("merged/{}/{}", ticket.id, strangers.join("")));
        let mut comments = ticket.entries.iter().filter(|e| e.kind == EntryKind::Comment);
        if let Some(told) = comments.find(|e| text::carries_marker(&e.text, &marker)) {
            return Ok(Some(Told::Earlier(told.id)));
        }
        tracing::warn!(
            event = "ticket.merged",
            integration.id = %self.id(),
            thread.id = %conversation.key.thread,
            ticket.id = ticket.id.0,
            messages = strangers.len(),
            "the ticket holds messages of another conversation; replies that are in it already stay there"
        );
        self.comment_once(ticket, &marker, &self.words.merged(&marker)).await?;
        self.bring_forward(ticket.id).await?;
        Ok(Some(Told::JustNow))
    }
}

/// The markers of the messages in a ticket that belong to another conversation.
fn strangers(ticket: &Ticket, conversation: &Conversation) -> Vec<String> {
    let coming = conversation.intent.as_ref().and_then(|intent| intent.act.message());
    let coming = coming.map(|message| text::marker(&message.0));
    let mails = ticket.entries.iter().filter(|entry| entry.kind == EntryKind::Mail);
    let markers = mails.filter_map(|entry| text::marker_of(&entry.text));
    markers
        .filter(|marker| !conversation.carried.contains_marker(marker) && Some(marker) != coming.as_ref())
        .collect()
}
