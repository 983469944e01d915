//! Tickets as such: list, read, create, edit, delete (`tickets/get_tickets`, `get_tickets_id`,
//! `post_tickets`, `put_tickets_id`).

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::messages::Draft;
use super::{Input, MessageKind, Origin, Ticket, TicketMessage, Wrong, code, envelope, search};
use crate::clock::{later, local};
use crate::faults::Side;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::switches::{Envelope, FieldsShape, MergedTicket, MessageOrder};
use crate::text;
use crate::world::State;

const SOURCES: [&str; 5] = ["email", "phone", "sms", "chat", "www"];

impl State {
    /// When the ticket last changed, as far as the API tells at this moment.
    pub(super) fn updated_at(&self, ticket: &Ticket) -> Timestamp {
        let now = self.now();
        let switches = &self.switches.thulium;
        let bumps = |message: &&TicketMessage| {
            message.visible_at <= now
                && (message.kind != MessageKind::Reply || switches.reply_bumps_updated_at)
        };
        let bump = |message: &TicketMessage| match message.kind {
            // A delayed reply of an agent bears one date in both places.
            MessageKind::Reply if message.origin == Origin::Agent => message.created_at,
            _ => message.written_at,
        };
        let latest = ticket.messages.iter().filter(bumps).map(bump).max();
        latest.map_or(ticket.touched_at, |latest| latest.max(ticket.touched_at))
    }

    /// The status as people read it.
    fn full_status_name(&self, ticket: &Ticket) -> String {
        let status = self.options.thulium.statuses.iter().find(|status| status.id == ticket.status_id);
        let Some(status) = status else {
            return String::new();
        };
        let sub = status.substatuses.iter().find(|sub| Some(sub.id) == ticket.substatus_id);
        sub.map_or_else(|| status.name.clone(), |sub| format!("{} - {}", status.name, sub.name))
    }

    fn queue_name(&self, id: u64) -> String {
        let queue = self.options.thulium.queues.iter().find(|queue| queue.id == id);
        queue.map(|queue| queue.name.clone()).unwrap_or_default()
    }

    /// GET `tickets`: latest change first, rows without messages.
    pub(super) fn list_tickets(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let (limit, offset) = search::window(call)?;
        let statuses = search::array(call, "status_id")?;
        let fields = search::custom_fields(call);
        let date = |name: &str, end: bool| match call.parameter(name) {
            None => Ok(None),
            Some(text) => local(text)
                .map(|date| if end && text.len() == 10 { date.date().at(23, 59, 59, 0) } else { date })
                .map(Some)
                .ok_or_else(|| Wrong::invalid(format!("Parameter \"{name}\" must be YYYY-MM-DD HH:MM"))),
        };
        let (from, to) = (date("date_from", false)?, date("date_to", true)?);
        let (created_from, created_to) = (date("create_date_from", false)?, date("create_date_to", true)?);
        let switches = &self.switches.thulium;
        let now = self.now();
        // Dates are stored without a zone, so the repeated hour of autumn cannot be told apart.
        let civil = |at: Timestamp| {
            let at = self.zone.to_datetime(at);
            at.date().at(at.hour(), at.minute(), 0, 0)
        };
        let equals = |name: &str, value: Option<u64>| {
            call.parameter(name).is_none_or(|wanted| value.is_some_and(|value| value.to_string() == wanted))
        };
        let same = |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
        let takes = |(updated, ticket): &(Timestamp, &Ticket)| {
            let updated = civil(*updated);
            let created = civil(ticket.created_at);
            let after = |from| {
                if switches.date_from_inclusive { updated >= from } else { updated > from }
            };
            !ticket.deleted
                && from.is_none_or(after)
                && to.is_none_or(|to| updated <= to)
                && created_from.is_none_or(|from| created >= from)
                && created_to.is_none_or(|to| created <= to)
                && (statuses.is_empty() || statuses.contains(&ticket.status_id.to_string()))
                && equals("customer_id", ticket.customer_id)
                && equals("ticket_queue_id", Some(ticket.ticket_queue_id))
                && equals("category_id", ticket.category_id)
                && call.parameter("company_id").is_none()
                && same("user_login", &ticket.user_login)
                && same("source", &ticket.source)
                && call.parameter("message_id").is_none_or(|wanted| {
                    ticket.messages.iter().any(|message| message.message_id.to_string() == wanted)
                })
                && (fields.is_empty()
                    || (ticket.indexed_at <= now
                        && search::found_by_fields(&ticket.custom_fields, &fields, switches.field_match)))
        };
        let dated = self.thulium.tickets.values().map(|ticket| (self.updated_at(ticket), ticket));
        let mut found: Vec<(Timestamp, &Ticket)> = dated.filter(takes).collect();
        found.sort_by_cached_key(|(updated, ticket)| {
            Reverse((self.zone.to_datetime(*updated), ticket.ticket_id))
        });
        let count = found.len();
        let rows = found.into_iter().skip(offset).take(limit);
        let rows = rows.map(|(_, ticket)| {
            let mut row = self.row(ticket);
            if switches.unreadable_rows.contains(&ticket.ticket_id) {
                row.remove("ticket_id");
            }
            Value::Object(row)
        });
        Ok(Reply::json(200, &envelope(Envelope::Result, count, rows.collect())))
    }

    /// What a list and one ticket have in common.
    fn row(&self, ticket: &Ticket) -> Map<String, Value> {
        let row = json!({
            "ticket_id": ticket.ticket_id,
            "from": ticket.from,
            "source": ticket.source,
            "subject": ticket.subject,
            "ticket_queue_id": ticket.ticket_queue_id,
            "ticket_queue_name": self.queue_name(ticket.ticket_queue_id),
            "customer_id": ticket.customer_id,
            "full_status_name": self.full_status_name(ticket),
            "user_login": ticket.user_login,
            "created_at": self.minute(ticket.created_at),
            "updated_at": self.minute(self.updated_at(ticket)),
        });
        row.as_object().cloned().unwrap_or_default()
    }

    /// The ticket a request means, unless it is gone.
    pub(super) fn ticket_for_reading(&self, id: u64) -> Result<&Ticket, Wrong> {
        let switches = &self.switches.thulium;
        let ticket = self.thulium.tickets.get(&id).ok_or_else(|| Wrong::missing("Ticket"))?;
        if ticket.deleted {
            return Err(Wrong::new(switches.deleted_ticket_status, code::GONE, "Ticket was removed"));
        }
        match (ticket.merged_into, switches.merged_ticket) {
            (Some(target), MergedTicket::Target) => self.ticket_for_reading(target),
            (Some(_), MergedTicket::NotFound) => Err(Wrong::missing("Ticket")),
            _ => Ok(ticket),
        }
    }

    /// The ticket a write means: 404 once it is deleted.
    pub(super) fn ticket_for_writing(&self, id: u64) -> Result<u64, Wrong> {
        match self.ticket_for_reading(id) {
            Ok(ticket) => Ok(ticket.ticket_id),
            Err(wrong) if wrong.status == 410 => Err(Wrong::missing("Ticket")),
            Err(wrong) => Err(wrong),
        }
    }

    /// GET `tickets/:id`, with the drifting types of the documented example.
    pub(super) fn get_ticket(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let ticket = self.ticket_for_reading(id)?;
        let switches = &self.switches.thulium;
        let now = self.now();
        let mut visible: Vec<&TicketMessage> =
            ticket.messages.iter().filter(|message| message.visible_at <= now).collect();
        visible.sort_by_key(|message| (message.created_at, message.message_id));
        if switches.message_order == MessageOrder::NewestFirst {
            visible.reverse();
        }
        let messages: Vec<Value> = visible
            .iter()
            .map(|message| {
                let body = match message.html || !switches.plain_shown_as_html {
                    true => message.body.clone(),
                    false => text::plain_as_html(&message.body),
                };
                let nameless = switches.comments_without_id
                    && message.kind == MessageKind::Comment
                    && message.origin == Origin::Agent;
                let mut shown = json!({
                    "message_id": message.message_id,
                    "user_login": message.user_login,
                    "type": message.kind,
                    "body": body,
                    "comment": message.comment,
                    "system_comment": message.system_comment,
                    "created_at": self.minute(message.created_at),
                    "attachments": message.attachments,
                });
                if let (true, Some(shown)) = (nameless, shown.as_object_mut()) {
                    shown.remove("message_id");
                }
                shown
            })
            .collect();
        let answered = ticket.first_agent_responded_at;
        let span = |end: Option<Timestamp>| end.map(|end| length(end.duration_since(ticket.created_at)));
        let mut shown = self.row(ticket);
        shown.remove("source");
        if !switches.tickets_name_their_status {
            shown.remove("full_status_name");
        }
        if switches.tickets_bear_their_status {
            shown.insert("status_id".into(), json!(ticket.status_id.to_string()));
        }
        shown.insert("substatus_id".into(), json!(ticket.substatus_id.map(|id| id.to_string())));
        shown.insert("category_id".into(), json!(ticket.category_id.map(|id| id.to_string())));
        shown.insert("closed_at".into(), json!(ticket.closed_at.map(|at| self.minute(at))));
        shown.insert("close_time".into(), json!(span(ticket.closed_at)));
        shown.insert("first_agent_responded_at".into(), json!(answered.map(|at| self.minute(at))));
        shown.insert("first_agent_response_time".into(), json!(span(answered)));
        shown.insert("messages".into(), json!(messages));
        if call.flag("include_custom_fields") {
            let fields = &ticket.custom_fields;
            let fields = match switches.fields_shape {
                FieldsShape::Object => json!(fields),
                FieldsShape::List => {
                    fields.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
                }
            };
            shown.insert("custom_fields".into(), fields);
        }
        Ok(Reply::json(200, &Value::Object(shown)))
    }

    /// POST `tickets`.
    pub(super) fn post_ticket(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let input = Input::read(call)?;
        let known = [
            "to",
            "subject",
            "body",
            "body_type",
            "from",
            "direction",
            "customer_id",
            "ticket_queue_id",
            "category_id",
            "status_id",
            "substatus_id",
            "user_login",
            "source",
            "custom_fields",
            "tags",
            "comment",
            "cc",
            "attachments",
        ];
        let options = &self.options.thulium;
        let switches = &self.switches.thulium;
        input.check_names(&known, switches.unknown_parameters)?;
        let fields = input.get("custom_fields").and_then(Value::as_object);
        let sent = |part: &&String| {
            input.get(part).is_some() || fields.is_some_and(|fields| fields.contains_key(*part))
        };
        if let Some(part) = switches.refused_ticket_parts.iter().find(sent) {
            let named = if switches.refusals_name_the_part { part.as_str() } else { "request" };
            return Err(Wrong::invalid(format!("\"{named}\" is not valid")));
        }
        let to = input.required("to")?;
        let subject = input.required("subject")?;
        let body = input.required("body")?;
        let html = input.is_html(false)?;
        if !options.mailboxes.contains(&to) {
            return Err(Wrong::unknown("mailbox"));
        }
        let from = input.text("from")?.unwrap_or_default();
        if !from.is_empty() && !is_address(&from) {
            return Err(Wrong::invalid("Field \"from\" must be an e-mail address"));
        }
        if input.texts("cc")?.iter().any(|address| !is_address(address)) {
            return Err(Wrong::invalid("Field \"cc\" must hold e-mail addresses"));
        }
        let outgoing = match input.text("direction")?.as_deref() {
            None | Some("in_behalf_of") => false,
            Some("out") => true,
            Some(_) => return Err(Wrong::invalid("Field \"direction\" must be in_behalf_of or out")),
        };
        let source = input.text("source")?.unwrap_or_else(|| "email".into());
        if !SOURCES.contains(&source.as_str()) {
            return Err(Wrong::invalid("Field \"source\" is not valid"));
        }
        let customer_id = input.id("customer_id")?;
        if customer_id.is_some_and(|id| !self.thulium.customers.contains_key(&id)) {
            return Err(Wrong::unknown("customer"));
        }
        let custom_fields = input.custom_fields(&options.ticket_fields, switches.unknown_ticket_field)?;
        let queue = options.queues.first().map_or(0, |queue| queue.id);
        let now = self.now();
        let mut ticket = Ticket {
            ticket_id: 0,
            from,
            to,
            subject,
            ticket_queue_id: queue,
            status_id: if outgoing { options.status_waiting } else { options.status_new },
            substatus_id: None,
            category_id: None,
            customer_id,
            user_login: String::new(),
            source,
            custom_fields,
            tags: input.texts("tags")?,
            created_at: now,
            touched_at: now,
            indexed_at: self.indexed_at(switches.ticket_search_lag_seconds),
            closed_at: None,
            first_agent_responded_at: None,
            merged_into: None,
            deleted: false,
            by_api: true,
            messages: Vec::new(),
        };
        self.edit(&mut ticket, &input)?;
        let attachments = input.texts("attachments")?;
        self.check_tokens(&attachments)?;
        let (kind, login) = match outgoing {
            true if ticket.user_login.is_empty() => (MessageKind::Reply, self.options.thulium.user.clone()),
            true => (MessageKind::Reply, ticket.user_login.clone()),
            false => (MessageKind::Mail, String::new()),
        };
        let first = Draft { login, html, attachments, ..Draft::new(kind, Origin::Api, &body) };
        let comment = input.text("comment")?.filter(|comment| !comment.is_empty());
        let id = self.open_ticket(ticket, first, comment);
        Ok(Reply::json(201, &json!({ "ticket_id": id })))
    }

    /// Files a ticket with its first messages, answers it automatically, calls webhooks.
    pub(super) fn open_ticket(&mut self, mut ticket: Ticket, first: Draft, comment: Option<String>) -> u64 {
        let id = self.thulium.tickets.len() as u64 + 1;
        ticket.ticket_id = id;
        let incoming = first.kind == MessageKind::Mail;
        let actor = if ticket.by_api { Actor::Api } else { Actor::System };
        let mut data = json!({ "direction": if incoming { "in_behalf_of" } else { "out" } });
        for name in ["from", "to", "subject", "ticket_queue_id", "category_id", "custom_fields", "tags"] {
            data[name] = json!(ticket)[name].clone();
        }
        let mut event = Event::new(Side::Thulium, actor, Kind::TicketCreated).ticket(id).data(data.clone());
        event.customer = ticket.customer_id;
        self.thulium.tickets.insert(id, ticket);
        self.record(event);
        self.add_ticket_message(id, first);
        if let Some(comment) = comment {
            let login = self.options.thulium.user.clone();
            let draft = Draft { login, ..Draft::new(MessageKind::Comment, Origin::Api, &comment) };
            self.add_ticket_message(id, draft);
        }
        self.queue_webhook(id, "TICKET_CREATED", data["direction"].as_str(), self.now());
        let autoresponder = self.switches.thulium.autoresponder.clone();
        if autoresponder.enabled && incoming {
            let draft = Draft {
                login: autoresponder.user_login,
                html: true,
                ..Draft::new(MessageKind::Reply, Origin::Automatic, &autoresponder.body)
            };
            self.add_ticket_message(id, draft);
        }
        id
    }

    pub(super) fn indexed_at(&self, lag_seconds: u32) -> Timestamp {
        later(self.now(), SignedDuration::from_secs(i64::from(lag_seconds)))
    }

    /// The members POST and PUT share; `ticket` is changed only if all of them are valid.
    fn edit(&self, ticket: &mut Ticket, input: &Input) -> Result<(), Wrong> {
        let options = &self.options.thulium;
        if let Some(queue) = input.id("ticket_queue_id")? {
            if !options.queues.iter().any(|known| known.id == queue) {
                return Err(Wrong::unknown("ticket queue"));
            }
            ticket.ticket_queue_id = queue;
        }
        if let Some(category) = input.id("category_id")? {
            if !options.categories.iter().any(|known| known.id == category) {
                return Err(Wrong::unknown("category"));
            }
            ticket.category_id = Some(category);
        }
        if let Some(status) = input.id("status_id")? {
            if !options.statuses.iter().any(|known| known.id == status) {
                return Err(Wrong::unknown("status"));
            }
            self.set_status(ticket, status);
        }
        if let Some(sub) = input.id("substatus_id")? {
            let status = options.statuses.iter().find(|status| status.id == ticket.status_id);
            // The documented example names the status itself as its own sub-status.
            let known = status.is_some_and(|status| {
                status.id == sub || status.substatuses.iter().any(|known| known.id == sub)
            });
            if !known {
                return Err(Wrong::unknown("substatus"));
            }
            ticket.substatus_id = Some(sub);
        }
        if let Some(login) = input.text("user_login")?.filter(|login| !login.is_empty()) {
            if !self.is_login(&login) {
                return Err(Wrong::unknown("user"));
            }
            ticket.user_login = login;
        }
        Ok(())
    }

    pub(super) fn is_login(&self, login: &str) -> bool {
        let options = &self.options.thulium;
        options.user == login || options.agents.iter().any(|agent| agent == login)
    }

    pub(super) fn set_status(&self, ticket: &mut Ticket, status: u64) {
        if ticket.status_id != status {
            ticket.substatus_id = None;
        }
        ticket.status_id = status;
        let closed = status == self.options.thulium.status_closed;
        ticket.closed_at = closed.then(|| ticket.closed_at.unwrap_or(self.now()));
    }

    /// PUT `tickets/:id`.
    pub(super) fn put_ticket(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        let input = Input::read(call)?;
        let switches = &self.switches.thulium;
        let known = [
            "user_login",
            "status_id",
            "substatus_id",
            "category_id",
            "tags",
            "ticket_queue_id",
            "custom_fields",
        ];
        input.check_names(&known, switches.unknown_parameters)?;
        let fields =
            input.custom_fields(&self.options.thulium.ticket_fields, switches.unknown_ticket_field)?;
        let indexed_at = self.indexed_at(switches.ticket_search_lag_seconds);
        let Some(mut ticket) = self.thulium.tickets.get(&id).cloned() else {
            return Err(Wrong::missing("Ticket"));
        };
        self.edit(&mut ticket, &input)?;
        if input.get("tags").is_some() {
            ticket.tags = input.texts("tags")?;
        }
        if !fields.is_empty() {
            ticket.custom_fields.extend(fields);
            ticket.indexed_at = indexed_at;
        }
        self.replace_ticket(ticket, Actor::Api, &Value::Object(input.members));
        Ok(Reply::empty(204))
    }

    /// Stores a changed ticket with the system comments Thulium writes about the change.
    pub(super) fn replace_ticket(&mut self, mut ticket: Ticket, actor: Actor, change: &Value) {
        let id = ticket.ticket_id;
        let Some(before) = self.thulium.tickets.get(&id) else {
            return;
        };
        let mut notes = Vec::new();
        if before.status_id != ticket.status_id || before.substatus_id != ticket.substatus_id {
            let (old, new) = (self.full_status_name(before), self.full_status_name(&ticket));
            notes.push(format!("Changed status from [{old}] to [{new}]"));
        }
        if before.ticket_queue_id != ticket.ticket_queue_id {
            let (old, new) =
                (self.queue_name(before.ticket_queue_id), self.queue_name(ticket.ticket_queue_id));
            notes.push(format!("Changed queue from [{old}] to [{new}]"));
        }
        ticket.touched_at = self.now();
        self.thulium.tickets.insert(id, ticket);
        self.record(Event::new(Side::Thulium, actor, Kind::TicketChanged).ticket(id).data(change.clone()));
        if !notes.is_empty() {
            self.system_comment(id, &notes.join("\n"));
        }
    }

    /// DELETE `tickets/:id`.
    pub(super) fn delete_ticket(&mut self, id: u64) -> Result<Reply, Wrong> {
        let id = self.ticket_for_writing(id)?;
        self.remove_ticket(id, Actor::Api);
        Ok(Reply::empty(204))
    }

    pub(super) fn remove_ticket(&mut self, id: u64, actor: Actor) {
        if let Some(ticket) = self.thulium.tickets.get_mut(&id) {
            ticket.deleted = true;
            self.record(Event::new(Side::Thulium, actor, Kind::TicketDeleted).ticket(id));
        }
    }

    /// GET `tickets/today_stats`; its members are not documented.
    pub(super) fn today_stats(&mut self) -> Result<Reply, Wrong> {
        let today = self.zone.to_datetime(self.now()).date();
        let of_today = |ticket: &&Ticket| self.zone.to_datetime(ticket.created_at).date() == today;
        let created = self.thulium.tickets.values().filter(of_today).count();
        Ok(Reply::json(200, &json!({ "created": created })))
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

/// `HH:MM:SS`, hours beyond a day counted on.
fn length(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
