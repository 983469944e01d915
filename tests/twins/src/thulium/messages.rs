//! Messages of tickets: what customers, agents and the API add (`customer_response`,
//! `agent_response`, comment), and the e-mail each `REPLY` sends.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Input, Mail, MessageKind, Origin, Ticket, TicketMessage, Wrong};
use crate::clock::{later, local};
use crate::faults::Side;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::switches::{ClosedTicket, DelayedReplyDate, Undocumented};
use crate::world::State;

/// A message about to be added to a ticket.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) kind: MessageKind,
    pub(super) origin: Origin,
    pub(super) login: String,
    /// `body`, or `comment` of a comment.
    pub(super) text: String,
    pub(super) html: bool,
    pub(super) attachments: Vec<String>,
    /// The date it bears; now when absent.
    pub(super) date: Option<Timestamp>,
}

impl Draft {
    pub(super) fn new(kind: MessageKind, origin: Origin, text: &str) -> Self {
        Self {
            kind,
            origin,
            login: String::new(),
            text: text.into(),
            html: false,
            attachments: Vec::new(),
            date: None,
        }
    }
}

impl State {
    /// POST `tickets/:id/customer_response`: empty answer, no author, no documented attachments.
    pub(super) fn customer_response(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        let input = Input::read(call)?;
        let switches = &self.switches.thulium;
        let known = ["body", "body_type", "date", "attachments"];
        input.check_names(&known, switches.unknown_parameters)?;
        let body = input.required("body")?;
        let html = input.is_html(true)?;
        let date = self.date_of(&input)?;
        let attachments = self.undocumented_attachments(&input, switches.response_attachments)?;
        let draft = Draft { html, date, attachments, ..Draft::new(MessageKind::Mail, Origin::Api, &body) };
        self.add_ticket_message(id, draft);
        Ok(Reply::empty(201))
    }

    /// POST `tickets/:id/agent_response`: sends to the customer; the login must be an agent's.
    pub(super) fn agent_response(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        let input = Input::read(call)?;
        let known = ["body", "user_login", "body_type", "date", "attachments"];
        input.check_names(&known, self.switches.thulium.unknown_parameters)?;
        if input.get("body").is_some_and(|body| !body.is_string()) {
            return Err(Wrong::invalid("Field \"body\" must be a string"));
        }
        let body = input.required("body")?;
        let login = input.required("user_login")?;
        if !self.options.thulium.agents.contains(&login) {
            return Err(Wrong::unknown("agent"));
        }
        let html = input.is_html(true)?;
        let date = self.date_of(&input)?;
        let attachments = input.texts("attachments")?;
        self.check_tokens(&attachments)?;
        let draft =
            Draft { login, html, date, attachments, ..Draft::new(MessageKind::Reply, Origin::Api, &body) };
        self.add_ticket_message(id, draft);
        Ok(Reply::json(201, &json!([])))
    }

    /// POST `tickets/:id/comment`, whose parameters are not documented: see the switches.
    pub(super) fn comment_response(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        let input = Input::read(call)?;
        let switches = &self.switches.thulium;
        let known = [switches.comment_parameter.as_str(), "user_login", "attachments"];
        input.check_names(&known, switches.unknown_parameters)?;
        let comment = match switches.comments_may_be_blank {
            true => input.text(&switches.comment_parameter)?.unwrap_or_default(),
            false => input.required(&switches.comment_parameter)?,
        };
        let login = match input.text("user_login")?.filter(|login| !login.is_empty()) {
            Some(login) if self.is_login(&login) => login,
            Some(_) => return Err(Wrong::unknown("user")),
            None if switches.comment_login_required => input.required("user_login")?,
            None => self.options.thulium.user.clone(),
        };
        let attachments = self.undocumented_attachments(&input, switches.comment_attachments)?;
        let draft = Draft { login, attachments, ..Draft::new(MessageKind::Comment, Origin::Api, &comment) };
        self.add_ticket_message(id, draft);
        Ok(Reply::empty(201))
    }

    /// DELETE `tickets/:id/attachments/:token`.
    pub(super) fn delete_attachment(&mut self, id: u64, token: &str) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        let now = self.now();
        let ticket = self.thulium.tickets.get_mut(&id).ok_or_else(|| Wrong::missing("Ticket"))?;
        let mut removed = false;
        for message in &mut ticket.messages {
            let before = message.attachments.len();
            message.attachments.retain(|attached| attached != token);
            removed |= message.attachments.len() < before;
        }
        if !removed {
            return Err(Wrong::missing("Attachment"));
        }
        ticket.touched_at = now;
        self.thulium.files.remove(token);
        let event = Event::new(Side::Thulium, Actor::Api, Kind::TicketChanged).ticket(id);
        self.record(event.data(json!({ "attachment_removed": token })));
        Ok(Reply::empty(204))
    }

    fn date_of(&self, input: &Input) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = input.text("date")? else {
            return Ok(None);
        };
        let date = local(&text).and_then(|date| self.zone.to_timestamp(date).ok());
        date.map(Some).ok_or_else(|| Wrong::invalid("Field \"date\" must be YYYY-MM-DD HH:MM"))
    }

    fn undocumented_attachments(&self, input: &Input, switch: Undocumented) -> Result<Vec<String>, Wrong> {
        match switch {
            Undocumented::Ignored => Ok(Vec::new()),
            Undocumented::Rejected if input.get("attachments").is_some() => {
                Err(Wrong::invalid("Unknown parameter \"attachments\""))
            }
            _ => {
                let attachments = input.texts("attachments")?;
                self.check_tokens(&attachments)?;
                Ok(attachments)
            }
        }
    }

    /// Adds a message with all that follows from it: status, dates, e-mail, webhook.
    pub(super) fn add_ticket_message(&mut self, ticket_id: u64, draft: Draft) -> u64 {
        let now = self.now();
        let switches = self.switches.thulium.clone();
        self.thulium.last_message += 1;
        let message_id = self.thulium.last_message;
        let delayed = draft.kind == MessageKind::Reply && draft.origin == Origin::Agent;
        let delay = if delayed { i64::from(switches.reply_visible_after_seconds) } else { 0 };
        let visible_at = later(now, SignedDuration::from_secs(delay));
        let dated = match switches.delayed_reply_date {
            DelayedReplyDate::Visible => visible_at,
            DelayedReplyDate::Written => now,
        };
        let comment = draft.kind == MessageKind::Comment;
        let system = draft.origin == Origin::System;
        for token in &draft.attachments {
            if let Some(file) = self.thulium.files.get_mut(token) {
                file.owner.get_or_insert_with(|| ticket_id.to_string());
            }
        }
        let Some(mut ticket) = self.thulium.tickets.remove(&ticket_id) else {
            return message_id;
        };
        let status_note = self.status_after(&mut ticket, &draft, switches.closed_ticket);
        if draft.kind == MessageKind::Reply && draft.origin != Origin::Automatic {
            ticket.first_agent_responded_at.get_or_insert(now);
        }
        let text = |wanted: bool| if wanted { draft.text.clone() } else { String::new() };
        ticket.messages.push(TicketMessage {
            message_id,
            kind: draft.kind,
            user_login: draft.login.clone(),
            body: text(!comment),
            html: draft.html,
            comment: text(comment && !system),
            system_comment: if system { text(true) } else { status_note },
            created_at: draft.date.unwrap_or(dated),
            written_at: now,
            visible_at,
            attachments: draft.attachments.clone(),
            origin: draft.origin,
            moved: false,
        });
        let address = ticket.from.clone();
        self.thulium.tickets.insert(ticket_id, ticket);
        let actor = match draft.origin {
            Origin::Api => Actor::Api,
            Origin::Agent => Actor::Agent,
            Origin::Email => Actor::Buyer,
            Origin::Automatic | Origin::System => Actor::System,
        };
        let data = json!({
            "type": draft.kind, "origin": draft.origin, "user_login": draft.login,
            "attachments": draft.attachments,
        });
        let event =
            |kind| Event::new(Side::Thulium, actor, kind).ticket(ticket_id).ticket_message(message_id);
        self.record(event(Kind::TicketMessage).text(&draft.text).data(data));
        if draft.kind == MessageKind::Reply && !address.is_empty() {
            self.record(event(Kind::MailSent).data(json!({ "to": address })));
            self.thulium.mails.push(Mail {
                at: visible_at,
                to: address,
                ticket_id,
                message_id,
                body: draft.text,
                attachments: draft.attachments,
            });
        }
        if draft.kind == MessageKind::Reply && switches.reply_webhooks {
            self.queue_webhook(ticket_id, &switches.reply_webhook_action, None, visible_at);
        }
        message_id
    }

    /// Moves the status as the message demands and words the note about it.
    fn status_after(&self, ticket: &mut Ticket, draft: &Draft, closed: ClosedTicket) -> String {
        let options = &self.options.thulium;
        let is_closed = [options.status_closed, options.status_merged].contains(&ticket.status_id);
        let status = match (draft.kind, draft.origin) {
            (MessageKind::Comment, _) | (_, Origin::Automatic) => return String::new(),
            (MessageKind::Reply, _) => options.status_waiting,
            (MessageKind::Mail, _) if is_closed && closed == ClosedTicket::StaysClosed => {
                return String::new();
            }
            (MessageKind::Mail, _) => options.status_new,
        };
        // The first message does not change the status a ticket was created with.
        if status == ticket.status_id || ticket.messages.is_empty() {
            return String::new();
        }
        let name = |id: u64| {
            let found = options.statuses.iter().find(|status| status.id == id);
            found.map(|status| status.name.clone()).unwrap_or_default()
        };
        let note = format!("Changed status from [{}] to [{}]", name(ticket.status_id), name(status));
        self.set_status(ticket, status);
        note
    }

    pub(super) fn system_comment(&mut self, ticket_id: u64, text: &str) {
        self.add_ticket_message(ticket_id, Draft::new(MessageKind::Comment, Origin::System, text));
    }
}
