//! Tickets and their messages.

use std::collections::BTreeMap;

use bridge::failure::{Effect, Failure};
use serde::Serialize;
use serde_json::{Map, Value};
use wire::Call;

use crate::client::{Client, UNASKABLE, ask_fields, shows_only, unsendable};
use crate::fields::CustomFields;
use crate::loose::{self, Fields, Page};

/// How a body is to be read. Thulium's default differs by endpoint, so it is always sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BodyType {
    /// HTML.
    Html,
    /// Plain text.
    Plain,
}

/// In whose name a ticket is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// As if the customer had written.
    InBehalfOf,
    /// As a message to the customer, to whom an e-mail is sent.
    Out,
}

/// A ticket to create (doc page `tickets/post_tickets`).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NewTicket {
    /// A mailbox defined in Thulium.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// First message.
    pub body: String,
    /// How `body` is to be read.
    pub body_type: BodyType,
    /// In whose name.
    pub direction: Direction,
    /// The author's address, to which Thulium e-mails the agents' replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// CRM customer. It cannot be set later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<u64>,
    /// Queue; by default the one of the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_queue_id: Option<u64>,
    /// Category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<u64>,
    /// Status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<u64>,
    /// Sub-status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substatus_id: Option<u64>,
    /// Login of the agent it is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_login: Option<String>,
    /// `email` (Thulium's default), `phone`, `sms`, `chat` or `www`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Custom fields by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, String>,
    /// Tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Internal comment added with the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Tokens from [`Client::upload`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}

shows_only!(NewTicket { customer_id, ticket_queue_id, category_id });

impl NewTicket {
    /// A plain-text ticket in the customer's name, with everything optional left out.
    pub fn new(to: impl Into<String>, subject: impl Into<String>, body: impl Into<String>) -> NewTicket {
        NewTicket {
            to: to.into(),
            subject: subject.into(),
            body: body.into(),
            body_type: BodyType::Plain,
            direction: Direction::InBehalfOf,
            from: None,
            customer_id: None,
            ticket_queue_id: None,
            category_id: None,
            status_id: None,
            substatus_id: None,
            user_login: None,
            source: None,
            custom_fields: BTreeMap::new(),
            tags: Vec::new(),
            comment: None,
            attachments: Vec::new(),
        }
    }
}

/// A change of a ticket (doc page `tickets/put_tickets_id`). Only what is set is sent; the rest stays.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct TicketChange {
    /// Login of the agent it is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_login: Option<String>,
    /// Status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<u64>,
    /// Sub-status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substatus_id: Option<u64>,
    /// Category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<u64>,
    /// Queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_queue_id: Option<u64>,
    /// Tags. Whether they replace the present ones or are added to them is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Custom fields by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, String>,
}

shows_only!(TicketChange { status_id, substatus_id, category_id, ticket_queue_id });

/// Which tickets to list (doc page `tickets/get_tickets`).
///
/// Dates are `YYYY-MM-DD HH:MM` in the system's own time zone, which the API does not name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TicketFilter {
    /// Any of these statuses.
    pub status_ids: Vec<u64>,
    /// Custom fields by name, all of which must match. What Thulium makes of an unknown name is not
    /// documented and may be "no filter": check the field in the ticket that was found.
    pub custom_fields: BTreeMap<String, String>,
    /// Changed at this time or later.
    pub date_from: Option<String>,
    /// Changed at this time or earlier.
    pub date_to: Option<String>,
    /// Created at this time or later.
    pub create_date_from: Option<String>,
    /// Created at this time or earlier.
    pub create_date_to: Option<String>,
    /// In this queue.
    pub ticket_queue_id: Option<u64>,
    /// Of this CRM customer.
    pub customer_id: Option<u64>,
    /// Rows to a page, at most 100, which is also Thulium's default.
    pub limit: Option<u32>,
    /// Rows to pass over.
    pub offset: Option<u32>,
}

shows_only!(TicketFilter { status_ids, date_from, date_to, ticket_queue_id, customer_id, limit, offset });

/// A page of tickets, last changed first.
pub type TicketPage = Page<TicketRow>;

/// A ticket as a list shows it. Whatever the row did not carry is `None` or empty.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Id.
    pub ticket_id: u64,
    /// Queue.
    pub ticket_queue_id: Option<u64>,
    /// Status.
    pub status_id: Option<u64>,
    /// CRM customer.
    pub customer_id: Option<u64>,
    /// Login of the agent it is assigned to.
    pub user_login: Option<String>,
    /// The author's address.
    pub from: Option<String>,
    /// Subject.
    pub subject: String,
    /// Status and sub-status as agents read them.
    pub full_status_name: String,
    /// Creation, `YYYY-MM-DD HH:MM`, no zone.
    pub created_at: Option<String>,
    /// Last change, `YYYY-MM-DD HH:MM`, no zone.
    pub updated_at: Option<String>,
    /// Custom fields, where rows carry them.
    pub custom_fields: Option<CustomFields>,
}

shows_only!(TicketRow { ticket_id, ticket_queue_id, status_id, customer_id, updated_at });

/// A ticket with its messages (doc page `tickets/get_tickets_id`).
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Id, as answered. How a merged ticket is shown is not documented, so it may not be the one that
    /// was asked for.
    pub ticket_id: u64,
    /// Queue.
    pub ticket_queue_id: Option<u64>,
    /// Status.
    pub status_id: Option<u64>,
    /// Sub-status.
    pub substatus_id: Option<u64>,
    /// Category.
    pub category_id: Option<u64>,
    /// CRM customer.
    pub customer_id: Option<u64>,
    /// Login of the agent it is assigned to.
    pub user_login: Option<String>,
    /// The author's address.
    pub from: Option<String>,
    /// Subject.
    pub subject: String,
    /// Status and sub-status as agents read them.
    pub full_status_name: String,
    /// Creation, `YYYY-MM-DD HH:MM`, no zone.
    pub created_at: Option<String>,
    /// Last change, `YYYY-MM-DD HH:MM`, no zone.
    pub updated_at: Option<String>,
    /// Closing, `YYYY-MM-DD HH:MM`, no zone.
    pub closed_at: Option<String>,
    /// Tags, where the answer carries them.
    pub tags: Option<Vec<String>>,
    /// Custom fields, where the answer carries them.
    pub custom_fields: Option<CustomFields>,
    /// The messages that could be read, by ascending id.
    pub messages: Vec<Message>,
    /// How many messages could not be read. While there are any, a message that is not found may
    /// still be in the ticket.
    pub unreadable: usize,
}

shows_only!(Ticket { ticket_id, ticket_queue_id, status_id, customer_id, updated_at, messages, unreadable });

impl Ticket {
    /// The value of a custom field; `None` when it is empty or not shown.
    pub fn custom_field(&self, name: &str) -> Option<&str> {
        self.custom_fields.as_ref()?.get(name)
    }
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageType {
    /// Received from the customer.
    Mail,
    /// Sent to the customer.
    Reply,
    /// Internal: a person's or the system's comment.
    Comment,
    /// Anything else, in Thulium's own word; empty when it names none.
    Other(String),
}

/// A message of a ticket.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Id; messages follow each other by it.
    pub message_id: u64,
    /// Login of the agent; `None` on a customer's message.
    pub user_login: Option<String>,
    /// What it is.
    pub message_type: MessageType,
    /// Text of a `MAIL` or `REPLY`, possibly HTML.
    pub body: String,
    /// Text of a `COMMENT`.
    pub comment: String,
    /// What the system noted, e.g. a change of status.
    pub system_comment: String,
    /// Creation, `YYYY-MM-DD HH:MM`, no zone.
    pub created_at: Option<String>,
    /// Tokens for [`Client::file`].
    pub attachments: Vec<String>,
}

shows_only!(Message { message_id, message_type, created_at });

pub use bridge::settings::CommentParameter;

#[derive(Serialize)]
struct CustomerResponse<'a> {
    body: &'a str,
    body_type: BodyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attachments: &'a [String],
}

impl Client {
    /// Lists tickets, last changed first (doc page `tickets/get_tickets`).
    ///
    /// # Errors
    /// A classified [`Failure`]; one that cannot be sent when a custom field's name holds a bracket.
    pub async fn tickets(&self, filter: &TicketFilter) -> Result<TicketPage, Failure> {
        const OPERATION: &str = "GET tickets";
        let mut url = self.url(&["tickets"]);
        {
            let mut query = url.query_pairs_mut();
            for id in &filter.status_ids {
                // The scalar form was seen to make a real system answer 500.
                query.append_pair("status_id[]", &id.to_string());
            }
            for (name, date) in [
                ("date_from", &filter.date_from),
                ("date_to", &filter.date_to),
                ("create_date_from", &filter.create_date_from),
                ("create_date_to", &filter.create_date_to),
            ] {
                if let Some(date) = date {
                    query.append_pair(name, date);
                }
            }
            for (name, number) in [
                ("ticket_queue_id", filter.ticket_queue_id),
                ("customer_id", filter.customer_id),
                ("limit", filter.limit.map(u64::from)),
                ("offset", filter.offset.map(u64::from)),
            ] {
                if let Some(number) = number {
                    query.append_pair(name, &number.to_string());
                }
            }
        }
        ask_fields(&mut url, &filter.custom_fields)
            .ok_or_else(|| unsendable(OPERATION, Effect::Read, UNASKABLE))?;
        let call = Call::json(OPERATION, Effect::Read, self.get(url));
        self.read(call, |answer| loose::page(answer, read_row)).await
    }

    /// Reads a ticket with its messages and custom fields (doc page `tickets/get_tickets_id`).
    ///
    /// # Errors
    /// A classified [`Failure`]; [`Failure::is_gone`] for a ticket that was deleted.
    pub async fn ticket(&self, id: u64) -> Result<Ticket, Failure> {
        let mut url = self.url(&["tickets", &id.to_string()]);
        url.query_pairs_mut().append_pair("include_custom_fields", "true");
        let call = Call::json("GET tickets/:id", Effect::Read, self.get(url));
        self.read(call, |answer| read_ticket(Fields::of(answer)?)).await
    }

    /// Creates a ticket and gives its id (doc page `tickets/post_tickets`).
    ///
    /// # Errors
    /// A classified [`Failure`]; of class `Unknown` also when the answer does not tell the id.
    pub async fn create_ticket(&self, ticket: &NewTicket) -> Result<u64, Failure> {
        let request = self.post(self.url(&["tickets"]), ticket);
        let call = Call::json("POST tickets", Effect::Write, request);
        self.read(call, |answer| Fields::of(answer)?.id("ticket_id")).await
    }

    /// Changes a ticket (doc page `tickets/put_tickets_id`).
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn update_ticket(&self, id: u64, change: &TicketChange) -> Result<(), Failure> {
        let url = self.url(&["tickets", &id.to_string()]);
        self.write("PUT tickets/:id", self.put(url, change)).await
    }

    /// Deletes a ticket (`DELETE tickets/:id`).
    ///
    /// # Errors
    /// A classified [`Failure`]; [`Failure::is_gone`] when there is none.
    pub async fn delete_ticket(&self, id: u64) -> Result<(), Failure> {
        let url = self.url(&["tickets", &id.to_string()]);
        self.write("DELETE tickets/:id", self.delete(url)).await
    }

    /// Adds a message from the customer (doc page `tickets/post_tickets_id_customer_response`).
    ///
    /// `date` is `YYYY-MM-DD HH:MM` in the system's time zone. `attachments` are tokens from
    /// [`Client::upload`]; **this endpoint documents none**, so they are sent only when there are any,
    /// and whether they arrived shows only in the ticket, read again.
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn customer_response(
        &self,
        id: u64,
        body: &str,
        body_type: BodyType,
        attachments: &[String],
        date: Option<&str>,
    ) -> Result<(), Failure> {
        let url = self.url(&["tickets", &id.to_string(), "customer_response"]);
        let response = CustomerResponse { body, body_type, date, attachments };
        self.write("POST tickets/:id/customer_response", self.post(url, &response)).await
    }

    /// Adds an internal comment (`POST tickets/:id/comment`, whose parameters are not documented).
    ///
    /// The caller says which parameter carries the text. `attachments` are as unknown, and sent only
    /// when there are any.
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn comment(
        &self,
        id: u64,
        parameter: CommentParameter,
        text: &str,
        user_login: Option<&str>,
        attachments: &[String],
    ) -> Result<(), Failure> {
        let url = self.url(&["tickets", &id.to_string(), "comment"]);
        let mut body = Map::new();
        body.insert(parameter.as_str().into(), text.into());
        if let Some(login) = user_login {
            body.insert("user_login".into(), login.into());
        }
        if !attachments.is_empty() {
            body.insert("attachments".into(), attachments.into());
        }
        self.write("POST tickets/:id/comment", self.post(url, &body)).await
    }
}

fn read_row(row: Fields<'_>) -> Option<TicketRow> {
    Some(TicketRow {
        ticket_id: row.id("ticket_id")?,
        ticket_queue_id: row.id("ticket_queue_id"),
        status_id: row.number("status_id"),
        customer_id: row.id("customer_id"),
        user_login: row.word("user_login"),
        from: row.word("from"),
        subject: row.text("subject").unwrap_or_default(),
        full_status_name: row.text("full_status_name").unwrap_or_default(),
        created_at: row.word("created_at"),
        updated_at: row.word("updated_at"),
        custom_fields: CustomFields::read(row),
    })
}

fn read_ticket(ticket: Fields<'_>) -> Option<Ticket> {
    // Without the field nothing is known of the messages, which is not the same as having none.
    let items = loose::list(ticket.get("messages")?)?;
    let mut messages: Vec<Message> =
        items.iter().filter_map(|item| read_message(Fields::of(item)?)).collect();
    messages.sort_by_key(|message| message.message_id);
    Some(Ticket {
        ticket_id: ticket.id("ticket_id")?,
        ticket_queue_id: ticket.id("ticket_queue_id"),
        status_id: ticket.number("status_id"),
        substatus_id: ticket.number("substatus_id"),
        category_id: ticket.number("category_id"),
        customer_id: ticket.id("customer_id"),
        user_login: ticket.word("user_login"),
        from: ticket.word("from"),
        subject: ticket.text("subject").unwrap_or_default(),
        full_status_name: ticket.text("full_status_name").unwrap_or_default(),
        created_at: ticket.word("created_at"),
        updated_at: ticket.word("updated_at"),
        closed_at: ticket.word("closed_at"),
        tags: ticket.get("tags").and_then(read_tags),
        custom_fields: CustomFields::read(ticket),
        unreadable: items.len() - messages.len(),
        messages,
    })
}

/// Reads a message, or nothing: half a message that is taken for a whole one could reach a customer.
fn read_message(message: Fields<'_>) -> Option<Message> {
    let (login, kind) = (message.text("user_login")?, message.text("type")?);
    Some(Message {
        message_id: message.id("message_id")?,
        user_login: Some(login).filter(|login| !login.is_empty()),
        message_type: match kind.trim().to_ascii_uppercase().as_str() {
            "MAIL" => MessageType::Mail,
            "REPLY" => MessageType::Reply,
            "COMMENT" => MessageType::Comment,
            _ => MessageType::Other(kind),
        },
        body: message.text("body")?,
        comment: message.text("comment")?,
        system_comment: message.text("system_comment")?,
        created_at: message.word("created_at"),
        attachments: match message.get("attachments") {
            Some(attachments) => {
                loose::list(attachments)?.into_iter().map(read_token).collect::<Option<_>>()?
            }
            None => Vec::new(),
        },
    })
}

/// Documented are bare tokens; an object around one is accepted.
fn read_token(attachment: &Value) -> Option<String> {
    match Fields::of(attachment) {
        Some(object) => object.word("token"),
        None => loose::text(attachment).filter(|token| !token.is_empty()),
    }
}

fn read_tags(tags: &Value) -> Option<Vec<String>> {
    let items = loose::list(tags)?;
    let read = |tag: &&Value| match Fields::of(tag) {
        Some(object) => object.word("name"),
        None => loose::text(tag).filter(|name| !name.is_empty()),
    };
    Some(items.iter().filter_map(read).collect())
}
