//! Telling the agents: comments, and putting a ticket before them again.

use super::{Halt, Visit, lock};
use crate::failure::{Class, Effect, Failure, Outcome, Side};
use crate::helpdesk::{Comment, CommentParameter, EntryKind, Ticket, TicketId};
use crate::settings::Reopens;
use crate::text;

/// How an accepted comment shows in its ticket.
enum Look {
    /// With its text.
    Shown,
    /// Without: the parameter was ignored.
    Blank,
    /// Not at all, or not yet.
    Unseen,
}

/// Whether trying again would meet the same refusal: refused for good, or for want of a right.
pub(super) fn is_final(failure: &Failure) -> bool {
    failure.class == Class::Permanent || failure.status() == Some(403)
}

fn outcome(outcome: Outcome) -> Failure {
    Failure::new(Side::Thulium, "POST tickets/:id/comment", Effect::Write, outcome)
}

impl Visit {
    /// Adds an internal comment. `true`: its files did not arrive with it.
    ///
    /// The name of the parameter that holds the text is not documented: unless it is known, the
    /// candidates are tried in turn. A 400 changes nothing, so trying the next is safe; and what was
    /// accepted is read back once, since a system may also ignore a parameter it does not know.
    pub(super) async fn comment(
        &self,
        ticket: TicketId,
        text: &str,
        files: &[String],
    ) -> Result<bool, Failure> {
        match self.comment_with(ticket, text, files).await {
            // Perhaps for the files, which are not documented there.
            Err(failure) if failure.status() == Some(400) && !files.is_empty() => {
                self.comment_with(ticket, text, &[]).await?;
                self.learn(|habits| habits.comment_files = Some(false)).await;
                Ok(true)
            }
            result => result,
        }
    }

    async fn comment_with(&self, ticket: TicketId, text: &str, wanted: &[String]) -> Result<bool, Failure> {
        let known = self.settings.calibration.comment_parameter.or(self.habits().comment_parameter);
        let candidates = known.map_or_else(|| CommentParameter::ALL.to_vec(), |known| vec![known]);
        let files = if self.habits().comment_files == Some(false) { &[] } else { wanted };
        let login = self.settings.thulium.comment_login.as_str();
        let first_line = text.lines().next().unwrap_or_default();
        let marker = first_line.rsplit(' ').next().unwrap_or_default();
        let (mut refused, mut unseen) = (None, false);
        for parameter in candidates {
            let comment = Comment { parameter, text, login, files };
            match self.ports.helpdesk.comment(ticket, &comment).await {
                Ok(()) => {}
                Err(failure) if failure.status() == Some(400) && known.is_none() => {
                    refused = Some(failure);
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            if known.is_none() {
                match self.looks(ticket, marker).await {
                    Look::Shown => self.learn(|habits| habits.comment_parameter = Some(parameter)).await,
                    Look::Blank => {
                        unseen = true;
                        continue;
                    }
                    Look::Unseen => return Err(outcome(Outcome::NoAnswer)),
                }
            }
            if files.is_empty() || self.habits().comment_files == Some(true) {
                return Ok(files.len() < wanted.len());
            }
            let Some(taken) = self.took_files(ticket, marker, files.len()).await else {
                return Err(outcome(Outcome::NoAnswer));
            };
            self.learn(|habits| habits.comment_files = Some(taken)).await;
            return Ok(!taken);
        }
        Err(match refused {
            Some(refused) if !unseen => refused.because("no known parameter holds the text of a comment"),
            _ => outcome(Outcome::NoAnswer),
        })
    }

    /// Adds a comment that a ticket, as read, does not hold yet. A helpdesk that refuses comments for
    /// good is reported and does not hold up what the comment is about.
    pub(super) async fn comment_once(&self, ticket: &Ticket, marker: &str, text: &str) -> Result<(), Halt> {
        if ticket.entries.iter().any(|e| text::carries_marker(&e.text, marker)) {
            return Ok(());
        }
        match self.comment(ticket.id, text, &[]).await {
            Err(failure) if is_final(&failure) => {
                self.note(&failure, None);
                Ok(())
            }
            other => Ok(other.map(|_files_lost| ())?),
        }
    }

    /// How a comment that was accepted shows in the ticket.
    async fn looks(&self, ticket: TicketId, marker: &str) -> Look {
        let Ok(ticket) = self.ports.helpdesk.ticket(ticket).await else {
            return Look::Unseen;
        };
        if ticket.entries.iter().any(|e| text::carries_marker(&e.text, marker)) {
            return Look::Shown;
        }
        match ticket.entries.last() {
            Some(last) if last.kind == EntryKind::Comment && last.text.trim().is_empty() => Look::Blank,
            _ => Look::Unseen,
        }
    }

    /// Whether a ticket may still be closed after a message of the customer.
    pub(super) fn may_stay_closed(&self) -> bool {
        self.settings.calibration.reopens != Some(Reopens::Yes)
    }

    /// Puts a ticket before the agents again where it is closed.
    pub(super) async fn raise(&self, id: TicketId) -> Result<(), Halt> {
        let ticket = match self.ports.helpdesk.ticket(id).await {
            Ok(ticket) => ticket,
            Err(failure) if failure.is_gone() => return Ok(()),
            Err(failure) => return Err(failure.into()),
        };
        if self.is_closed(&ticket).await? {
            self.bring_forward(id).await?;
        }
        Ok(())
    }

    /// Gives a ticket the status of one that waits for the agents.
    pub(super) async fn bring_forward(&self, id: TicketId) -> Result<(), Halt> {
        let by_name = || async {
            let statuses = self.statuses().await?;
            let new = |name: &str| matches!(name.to_lowercase().as_str(), "nowe" | "nowy" | "new");
            Ok::<_, Failure>(statuses.iter().find(|s| new(&s.name)).map(|s| s.id))
        };
        let status = match self.settings.thulium.reopen_status_id {
            Some(status) => Some(status),
            None => by_name().await?,
        };
        match status {
            Some(status) => match self.ports.helpdesk.set_status(id, status).await {
                Err(failure) if is_final(&failure) => {
                    self.note(&failure, None);
                }
                other => other?,
            },
            None => tracing::error!(
                event = "status.unknown",
                integration.id = %self.id(),
                ticket.id = id.0,
                "no status is named \"Nowe\": set thulium.reopen_status_id so that tickets can be brought back"
            ),
        }
        Ok(())
    }

    pub(super) async fn is_closed(&self, ticket: &Ticket) -> Result<bool, Failure> {
        // What comes into a ticket that was merged into another must stand before the agents, too.
        let closed = |name: &str| {
            let name = name.to_lowercase();
            ["zamkni", "closed", "połącz", "merged"].iter().any(|begin| name.starts_with(begin))
        };
        if !ticket.status_name.is_empty() {
            return Ok(closed(&ticket.status_name));
        }
        if let Some(status) = ticket.status {
            let statuses = self.statuses().await?;
            if let Some(status) = statuses.iter().find(|s| s.id == status) {
                return Ok(closed(&status.name));
            }
        }
        Ok(!ticket.closed.is_empty())
    }

    async fn statuses(&self) -> Result<Vec<crate::helpdesk::Status>, Failure> {
        if let Some(statuses) = lock(&self.memory.statuses).clone() {
            return Ok(statuses);
        }
        let statuses = self.ports.helpdesk.statuses().await?;
        *lock(&self.memory.statuses) = Some(statuses.clone());
        Ok(statuses)
    }
}
