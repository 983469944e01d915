//! What people do in Thulium: agents, administrators and customers who write e-mails.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::messages::Draft;
use super::{MessageKind, Origin, Ticket};
use crate::faults::Side;
use crate::files::NewFile;
use crate::history::{Actor, Event, Kind};
use crate::world::{Refusal, State, World};

/// An agent's reply to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentReply {
    /// Login of an agent.
    pub login: String,
    /// HTML body.
    pub body: String,
    /// Files.
    #[serde(default)]
    pub attachments: Vec<NewFile>,
}

impl AgentReply {
    /// A reply without files.
    #[must_use]
    pub fn new(login: &str, body: &str) -> Self {
        Self { login: login.into(), body: body.into(), attachments: Vec::new() }
    }
}

/// An agent's internal comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Login of an agent.
    pub login: String,
    /// Text.
    pub text: String,
    /// Files.
    #[serde(default)]
    pub attachments: Vec<NewFile>,
}

/// An e-mail of a customer that opens a ticket of its own, outside of the marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    /// Author's address.
    pub from: String,
    /// Subject.
    pub subject: String,
    /// HTML body.
    pub body: String,
    /// Queue; the first one when absent.
    #[serde(default)]
    pub ticket_queue_id: Option<u64>,
}

impl World {
    /// An agent replies in the user interface. Returns the message id.
    ///
    /// # Errors
    /// An unknown ticket or login, a broken attachment.
    pub fn agent_reply(&self, ticket_id: u64, reply: AgentReply) -> Result<u64, Refusal> {
        let mut state = self.lock();
        state.present(ticket_id)?;
        state.known_agent(&reply.login)?;
        let attachments = state.store_files(ticket_id, &reply.attachments)?;
        let draft = Draft {
            login: reply.login,
            html: true,
            attachments,
            ..Draft::new(MessageKind::Reply, Origin::Agent, &reply.body)
        };
        Ok(state.add_ticket_message(ticket_id, draft))
    }

    /// An agent cancels a reply that was not sent yet: it vanishes, as does its e-mail.
    ///
    /// # Errors
    /// No such ticket or reply.
    pub fn cancel_reply(&self, ticket_id: u64, message_id: u64) -> Result<(), Refusal> {
        let mut state = self.lock();
        state.present(ticket_id)?;
        let Some(ticket) = state.thulium.tickets.get_mut(&ticket_id) else {
            return Err(Refusal::unknown("ticket", ticket_id));
        };
        let before = ticket.messages.len();
        ticket
            .messages
            .retain(|message| message.message_id != message_id || message.kind != MessageKind::Reply);
        if ticket.messages.len() == before {
            return Err(Refusal::unknown("reply", message_id));
        }
        state.thulium.mails.retain(|mail| mail.message_id != message_id);
        let event = Event::new(Side::Thulium, Actor::Agent, Kind::ReplyCancelled).ticket(ticket_id);
        state.record(event.ticket_message(message_id));
        Ok(())
    }

    /// An agent adds an internal comment. Returns the message id.
    ///
    /// # Errors
    /// An unknown ticket or login, a broken attachment.
    pub fn agent_comment(&self, ticket_id: u64, comment: NewComment) -> Result<u64, Refusal> {
        let mut state = self.lock();
        state.present(ticket_id)?;
        state.known_agent(&comment.login)?;
        let attachments = state.store_files(ticket_id, &comment.attachments)?;
        let draft = Draft {
            login: comment.login,
            attachments,
            ..Draft::new(MessageKind::Comment, Origin::Agent, &comment.text)
        };
        Ok(state.add_ticket_message(ticket_id, draft))
    }

    /// Thulium replies by itself, with `login` (usually empty) as `user_login`. Returns the message id.
    ///
    /// # Errors
    /// An unknown ticket.
    pub fn automatic_reply(&self, ticket_id: u64, body: &str, login: &str) -> Result<u64, Refusal> {
        let mut state = self.lock();
        state.present(ticket_id)?;
        let draft = Draft {
            login: login.into(),
            html: true,
            ..Draft::new(MessageKind::Reply, Origin::Automatic, body)
        };
        Ok(state.add_ticket_message(ticket_id, draft))
    }

    /// An agent sets a status.
    ///
    /// # Errors
    /// An unknown ticket or status.
    pub fn set_ticket_status(&self, ticket_id: u64, status_id: u64) -> Result<(), Refusal> {
        let mut state = self.lock();
        let mut ticket = state.present(ticket_id)?;
        if !state.options.thulium.statuses.iter().any(|status| status.id == status_id) {
            return Err(Refusal::unknown("status", status_id));
        }
        state.set_status(&mut ticket, status_id);
        state.replace_ticket(ticket, Actor::Agent, &json!({ "status_id": status_id }));
        Ok(())
    }

    /// An agent closes a ticket.
    ///
    /// # Errors
    /// An unknown ticket.
    pub fn close_ticket(&self, ticket_id: u64) -> Result<(), Refusal> {
        let closed = self.lock().options.thulium.status_closed;
        self.set_ticket_status(ticket_id, closed)
    }

    /// An agent moves a ticket to another queue.
    ///
    /// # Errors
    /// An unknown ticket or queue.
    pub fn move_ticket(&self, ticket_id: u64, queue_id: u64) -> Result<(), Refusal> {
        let mut state = self.lock();
        let mut ticket = state.present(ticket_id)?;
        if !state.options.thulium.queues.iter().any(|queue| queue.id == queue_id) {
            return Err(Refusal::unknown("queue", queue_id));
        }
        ticket.ticket_queue_id = queue_id;
        state.replace_ticket(ticket, Actor::Agent, &json!({ "ticket_queue_id": queue_id }));
        Ok(())
    }

    /// An agent merges a ticket into another: its messages move there with their ids, what
    /// remains has the status of merged tickets and a system comment that names the other.
    ///
    /// # Errors
    /// An unknown ticket, or twice the same.
    pub fn merge_tickets(&self, ticket_id: u64, into: u64) -> Result<(), Refusal> {
        if ticket_id == into {
            return Err(Refusal::new("a ticket cannot be merged into itself"));
        }
        let mut state = self.lock();
        let mut source = state.present(ticket_id)?;
        let mut target = state.present(into)?;
        let now = state.now();
        source.messages.iter_mut().for_each(|message| message.moved = true);
        target.messages.append(&mut source.messages);
        target.messages.sort_by_key(|message| message.message_id);
        target.touched_at = now;
        source.merged_into = Some(into);
        let merged = state.options.thulium.status_merged;
        state.set_status(&mut source, merged);
        source.touched_at = now;
        state.thulium.tickets.insert(into, target);
        state.thulium.tickets.insert(ticket_id, source);
        let event = Event::new(Side::Thulium, Actor::Agent, Kind::TicketMerged).ticket(ticket_id);
        state.record(event.data(json!({ "into": into })));
        state.system_comment(ticket_id, &format!("Merged into ticket [{into}]"));
        state.system_comment(into, &format!("Merged with ticket [{ticket_id}]"));
        Ok(())
    }

    /// An agent deletes a ticket.
    ///
    /// # Errors
    /// An unknown ticket.
    pub fn delete_ticket(&self, ticket_id: u64) -> Result<(), Refusal> {
        let mut state = self.lock();
        state.present(ticket_id)?;
        state.remove_ticket(ticket_id, Actor::Agent);
        Ok(())
    }

    /// A customer writes an e-mail that has nothing to do with the marketplace. Returns the ticket id.
    ///
    /// # Errors
    /// An unknown queue.
    pub fn receive_mail(&self, mail: NewMail) -> Result<u64, Refusal> {
        let mut state = self.lock();
        let options = &state.options.thulium;
        let queue = mail.ticket_queue_id.or_else(|| options.queues.first().map(|queue| queue.id));
        let queue = queue.unwrap_or_default();
        if !options.queues.iter().any(|known| known.id == queue) {
            return Err(Refusal::unknown("queue", queue));
        }
        let now = state.now();
        let ticket = Ticket {
            ticket_id: 0,
            from: mail.from,
            to: options.mailboxes.first().cloned().unwrap_or_default(),
            subject: mail.subject,
            ticket_queue_id: queue,
            status_id: options.status_new,
            substatus_id: None,
            category_id: None,
            customer_id: None,
            user_login: String::new(),
            source: "email".into(),
            custom_fields: std::collections::BTreeMap::new(),
            tags: Vec::new(),
            created_at: now,
            touched_at: now,
            indexed_at: now,
            closed_at: None,
            first_agent_responded_at: None,
            merged_into: None,
            deleted: false,
            by_api: false,
            messages: Vec::new(),
        };
        let first = Draft { html: true, ..Draft::new(MessageKind::Mail, Origin::Email, &mail.body) };
        Ok(state.open_ticket(ticket, first, None))
    }
}

impl State {
    /// The ticket, unless it was deleted.
    fn present(&self, id: u64) -> Result<Ticket, Refusal> {
        let ticket = self.thulium.tickets.get(&id).filter(|ticket| !ticket.deleted);
        ticket.cloned().ok_or_else(|| Refusal::unknown("ticket", id))
    }

    fn known_agent(&self, login: &str) -> Result<(), Refusal> {
        match self.options.thulium.agents.iter().any(|agent| agent == login) {
            true => Ok(()),
            false => Err(Refusal::unknown("agent", login)),
        }
    }
}
