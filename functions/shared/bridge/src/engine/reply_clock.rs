//! The marketplace's own clock on the shop's answer: shown in a field of the ticket, so that queues can
//! be sorted by it, and told in a comment once it has run for long.

use jiff::SignedDuration;

use super::{Halt, Visit, Work, lock};
use crate::conversation::{Act, Reminder};
use crate::failure::Class;
use crate::helpdesk::TicketId;
use crate::marketplace::Thread;
use crate::text;

/// Threads whose field is remembered.
const MOST_SHOWN: usize = 5_000;

/// What the marker of the reminder is derived from.
pub(super) fn reminder_key(thread: &str, since: jiff::Timestamp) -> String {
    format!("{thread}/reminder/{}", since.as_millisecond())
}

impl Visit {
    /// The text of the clock's field; empty: the shop owes nothing.
    pub(super) fn clock_field(&self, thread: &Thread) -> String {
        thread.reply_needed_since.map(|since| self.words.clock(since)).unwrap_or_default()
    }

    /// Notes what the field of a ticket shows.
    pub(super) fn clock_shown(&self, thread: &Thread) {
        let mut shown = lock(&self.memory.clocks);
        if shown.len() >= MOST_SHOWN {
            shown.clear();
        }
        shown.insert(thread.id.clone(), self.clock_field(thread));
    }

    /// Brings the field up to date, and reminds the agents where that is due.
    pub(super) async fn keep_clock(&self, work: &mut Work, thread: &Thread) -> Result<(), Halt> {
        let Some(ticket) = work.conversation.ticket else {
            return Ok(());
        };
        self.show_clock(ticket, thread).await?;
        let hours = i64::from(self.settings.replies.remind_after_hours);
        // What was left open before the bridge came is not its business.
        let since = thread.reply_needed_since.filter(|since| hours > 0 && *since >= self.starts_at);
        let Some(since) = since else {
            work.dirty |= work.conversation.reminder.take().is_some();
            return Ok(());
        };
        if work.conversation.reminder.as_ref().is_none_or(|reminder| reminder.since != since) {
            let due = Some(since + SignedDuration::from_hours(hours));
            work.conversation.reminder = Some(Reminder { since, due });
            work.dirty = true;
        }
        let due = work.conversation.reminder.as_ref().and_then(|reminder| reminder.due);
        if due.is_none_or(|due| due > self.now()) {
            return Ok(());
        }
        self.announce(work, Act::Remind { since }).await?;
        let marker = text::marker(&reminder_key(&thread.id.0, since));
        match self.comment(ticket, &self.words.remind(since, self.now(), &marker), &[]).await {
            Ok(_) => tracing::info!(
                event = "reply.reminded",
                integration.id = %self.id(),
                thread.id = %thread.id,
                ticket.id = ticket.0,
                "the agents were reminded that the shop owes an answer"
            ),
            Err(failure) if super::tell::is_final(&failure) => {
                self.note(&failure, Some(&thread.id));
            }
            Err(failure) => {
                self.forget_unless_unknown(work, &failure);
                return Err(failure.into());
            }
        }
        work.conversation.intent = None;
        work.conversation.reminder = Some(Reminder { since, due: None });
        work.dirty = true;
        Ok(())
    }

    /// Writing the field again is safe, so nothing is announced; what a process has written is
    /// remembered, since the same thread is listed several times.
    async fn show_clock(&self, ticket: TicketId, thread: &Thread) -> Result<(), Halt> {
        let field = &self.settings.thulium.reply_needed_field;
        let value = self.clock_field(thread);
        if field.is_empty() || lock(&self.memory.clocks).get(&thread.id) == Some(&value) {
            return Ok(());
        }
        match self.ports.helpdesk.set_field(ticket, field, &value).await {
            Ok(()) => {}
            // Refused for good, or a ticket that is gone: the conversation goes on without it.
            Err(failure) if failure.class == Class::Permanent || failure.status() == Some(403) => {
                self.note(&failure, Some(&thread.id));
            }
            Err(failure) => return Err(failure.into()),
        }
        self.clock_shown(thread);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_a_reminder_of_its_own() {
        let at = |second| jiff::Timestamp::from_second(second).expect("a time");
        assert_eq!(reminder_key("t", at(1)), reminder_key("t", at(1)));
        assert_ne!(reminder_key("t", at(1)), reminder_key("t", at(2)));
        assert_ne!(reminder_key("t", at(1)), reminder_key("u", at(1)));
    }
}
