//! An announced act without a result: looking whether it was done.

use super::reply_clock::reminder_key;
use super::{Halt, Progress, SETTLE, SETTLE_TICKET, Visit, Work};
use crate::conversation::{Act, Intent, Reminder};
use crate::failure::{Effect, Failure, Outcome, Side};
use crate::helpdesk::{Entry, EntryKind, Ticket};
use crate::marketplace::Thread;
use crate::text;
use crate::words::{files_elsewhere_key, files_key};

impl Visit {
    /// Looks whether an announced act was done. `false`: it cannot be told yet.
    pub(super) async fn settle_intent(
        &self,
        work: &mut Work,
        thread: &Thread,
        intent: &Intent,
    ) -> Result<bool, Halt> {
        let Some(id) = intent.act.message() else {
            return self.settle_comment(work, thread, intent).await;
        };
        let opening = matches!(intent.act, Act::Open { .. });
        let mut seen = None;
        let found = match work.conversation.ticket {
            _ if opening => {
                let found = self.find_ticket(thread, &text::marker(&id.0), intent.at).await?;
                work.conversation.ticket = found;
                found.is_some()
            }
            Some(ticket) => match self.ports.helpdesk.ticket(ticket).await {
                Ok(ticket) => {
                    let found = stands_in(&ticket, thread, &intent.act);
                    // What could not be read may be what is looked for.
                    if !found && ticket.unreadable > 0 {
                        return Ok(false);
                    }
                    seen = Some(ticket);
                    found
                }
                Err(failure) if failure.is_gone() => {
                    work.conversation.ticket = None;
                    work.conversation.intent = None;
                    work.dirty = true;
                    return Ok(true);
                }
                Err(failure) => return Err(failure.into()),
            },
            None => false,
        };
        let surely_settled = self.now() >= intent.at + if opening { SETTLE_TICKET } else { SETTLE };
        tracing::warn!(
            event = "intent.looked_up",
            integration.id = %self.id(),
            thread.id = %thread.id,
            message.id = %id,
            found,
            surely_settled,
            "an announced act without a result was looked up"
        );
        if !found && !surely_settled {
            return Ok(false);
        }
        if let (true, Some(ticket)) = (opening, work.conversation.ticket) {
            // Agents may have answered before anybody knew whose ticket it was, and the list of changed
            // tickets has gone on since. The intent stays until that is looked at.
            self.save(&mut work.conversation).await?;
            if self.look_at(ticket, &thread.id).await == Progress::Unfinished {
                return Ok(false);
            }
        }
        let listed = thread.messages.iter().find(|m| &m.id == id);
        work.dirty = true;
        if let (Act::Files { .. }, Some(message), Some(ticket), false) =
            (&intent.act, listed, work.conversation.ticket, found)
        {
            // The intent stays until the files are announced anew: fetching them may fail.
            // Announced with the comment that was to hold them; without any it was ignored.
            if seen.is_some_and(|ticket| entry_with(&ticket, &files_key(message)).is_some()) {
                self.learn(|habits| habits.comment_files = Some(false)).await;
            }
            let files = self.prepare(&work.conversation, thread, message).await?.files;
            self.bring_files(work, thread, message, ticket, &files).await?;
            return Ok(true);
        }
        work.conversation.intent = None;
        match (&intent.act, listed, work.conversation.ticket) {
            (Act::Files { .. }, ..) => {}
            (Act::Post { .. }, Some(message), Some(ticket)) if found => {
                self.carried(work, message);
                work.raise |= self.may_stay_closed_after(thread, message);
                let entry = seen.as_ref().and_then(|ticket| entry_with(ticket, &message.id.0));
                let arrived = entry.map(|entry| entry.files.len()).unwrap_or_default();
                let in_comment = entry.is_some_and(|entry| entry.kind == EntryKind::Comment);
                // Its files may have been left out, or not have been told about any more.
                if arrived < message.attachments.len() {
                    let act = Act::Files { message: message.id.clone() };
                    let owed = Intent { act, at: self.now(), attempt: 0, raise: work.raise };
                    work.conversation.intent = Some(owed);
                    let files = self.prepare(&work.conversation, thread, message).await?.files;
                    if arrived < files.len() {
                        if arrived == 0 {
                            self.learn(|habits| match in_comment {
                                true => habits.comment_files = Some(false),
                                false => habits.response_files = Some(false),
                            })
                            .await;
                        }
                        self.bring_files(work, thread, message, ticket, &files).await?;
                    }
                    work.conversation.intent = None;
                }
            }
            (_, Some(message), _) if found => self.carried(work, message),
            (_, None, _) if found => work.conversation.carried.insert(id),
            _ => {}
        }
        Ok(true)
    }

    /// The same for a comment that is about no message.
    async fn settle_comment(&self, work: &mut Work, thread: &Thread, intent: &Intent) -> Result<bool, Halt> {
        let key = match &intent.act {
            Act::Orders { mark, .. } => mark.clone(),
            Act::Remind { since } => reminder_key(&thread.id.0, *since),
            _ => return Ok(true),
        };
        let found = match work.conversation.ticket {
            None => true,
            Some(ticket) => match self.ports.helpdesk.ticket(ticket).await {
                Ok(ticket) => match entry_with(&ticket, &key) {
                    None if ticket.unreadable > 0 => return Ok(false),
                    entry => entry.is_some(),
                },
                // Nobody is left to be told.
                Err(failure) if failure.is_gone() => true,
                Err(failure) => return Err(failure.into()),
            },
        };
        if !found && self.now() < intent.at + SETTLE {
            return Ok(false);
        }
        work.conversation.intent = None;
        work.dirty = true;
        match &intent.act {
            Act::Orders { orders, .. } if found => work.conversation.orders.clone_from(orders),
            Act::Remind { since } if found => {
                work.conversation.reminder = Some(Reminder { since: *since, due: None });
            }
            _ => {}
        }
        Ok(true)
    }

    /// Comes back to an act whose outcome cannot be told yet.
    pub(super) async fn look_again(&self, work: &mut Work) -> Result<Progress, Halt> {
        // Once it is settled, another look shows the same: then looks grow rarer, and end with a person.
        let settled = work.conversation.intent.as_ref().is_some_and(|i| self.now() >= i.at + SETTLE_TICKET);
        if work.conversation.trouble.is_none() || settled {
            let unknown = Failure::new(Side::Thulium, "announced act", Effect::Write, Outcome::NoAnswer);
            self.postpone(&mut work.conversation, &unknown).await?;
        }
        Ok(Progress::Recorded)
    }
}

/// Whether what an act was to bring stands in the ticket.
fn stands_in(ticket: &Ticket, thread: &Thread, act: &Act) -> bool {
    match act {
        Act::Raise | Act::Orders { .. } | Act::Remind { .. } => true,
        Act::Open { message } | Act::Post { message } => entry_with(ticket, &message.0).is_some(),
        Act::Files { message } => match thread.messages.iter().find(|m| &m.id == message) {
            // A comment that was to hold them and does not is no answer to where they are.
            Some(message) => {
                entry_with(ticket, &files_elsewhere_key(message)).is_some()
                    || entry_with(ticket, &files_key(message)).is_some_and(|e| !e.files.is_empty())
            }
            None => true,
        },
    }
}

/// The entry of ours that bears the marker of a key.
fn entry_with<'a>(ticket: &'a Ticket, key: &str) -> Option<&'a Entry> {
    let marker = text::marker(key);
    let mut ours = ticket.entries.iter().filter(|e| e.kind != EntryKind::Reply);
    ours.find(|e| text::carries_marker(&e.text, &marker))
}
