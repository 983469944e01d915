//! Thulium: tickets, CRM customers, files, dictionaries and webhooks of one tenant.

pub(crate) mod acts;
mod customers;
mod files;
mod messages;
mod search;
mod tickets;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::minute;
use crate::files::StoredFile;
use crate::http::{Call, Reply};
use crate::switches::{Envelope, UnknownName, UnknownParameter};
use crate::world::State;

pub use webhooks::{Webhook, WebhookCall};

/// Documented types of ticket messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MessageKind {
    /// Received from the customer.
    Mail,
    /// Sent to the customer.
    Reply,
    /// Internal or system comment.
    Comment,
}

/// Where a ticket message really came from: the API does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// `POST tickets`, `customer_response`, `agent_response` or `comment`.
    Api,
    /// An agent in the user interface.
    Agent,
    /// The autoresponder.
    Automatic,
    /// An e-mail of a customer, outside of the marketplace.
    Email,
    /// Thulium itself.
    System,
}

/// A message of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TicketMessage {
    /// Id, ascending over the whole tenant.
    pub message_id: u64,
    /// `MAIL`, `REPLY` or `COMMENT`.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// Login of the author; empty for customers and mostly for automatic replies.
    pub user_login: String,
    /// Text of a `MAIL` or `REPLY`, as it was given.
    pub body: String,
    /// Whether `body` is HTML.
    pub html: bool,
    /// Text of a `COMMENT`.
    pub comment: String,
    /// What Thulium noted by itself.
    pub system_comment: String,
    /// The date the message bears, which `date` of a request may have set.
    pub created_at: Timestamp,
    /// When it was really added.
    pub written_at: Timestamp,
    /// From when on the API shows it.
    pub visible_at: Timestamp,
    /// Tokens of its files.
    pub attachments: Vec<String>,
    /// Where it came from.
    pub origin: Origin,
    /// Whether it came with a ticket that an agent merged into this one.
    pub moved: bool,
}

impl TicketMessage {
    /// The text people read, of whatever type.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.kind == MessageKind::Comment { &self.comment } else { &self.body }
    }
}

/// A ticket with all its messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticket {
    /// Id.
    pub ticket_id: u64,
    /// Where agents' replies are e-mailed; may be empty.
    pub from: String,
    /// Mailbox.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Queue.
    pub ticket_queue_id: u64,
    /// Status.
    pub status_id: u64,
    /// Sub-status.
    pub substatus_id: Option<u64>,
    /// Category.
    pub category_id: Option<u64>,
    /// CRM customer.
    pub customer_id: Option<u64>,
    /// Assigned user; may be empty.
    pub user_login: String,
    /// Source, `email` by default.
    pub source: String,
    /// Custom fields by name.
    pub custom_fields: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Last change other than by a message.
    pub touched_at: Timestamp,
    /// From when on the search by custom fields knows it.
    pub indexed_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When an agent first replied.
    pub first_agent_responded_at: Option<Timestamp>,
    /// The ticket it was merged into.
    pub merged_into: Option<u64>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether the API created it.
    pub by_api: bool,
    /// All messages, in the order they were added.
    pub messages: Vec<TicketMessage>,
}

/// A CRM customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// Id.
    pub customer_id: u64,
    /// First name.
    pub name: String,
    /// Last name.
    pub surname: String,
    /// External id.
    pub identifier: String,
    /// E-mail addresses.
    pub email: Vec<String>,
    /// Phone numbers.
    pub phone_number: Vec<String>,
    /// Custom fields by name.
    pub custom_fields: BTreeMap<String, String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// From when on a search finds it.
    pub indexed_at: Timestamp,
}

/// An e-mail Thulium sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// When.
    pub at: Timestamp,
    /// Address: the `from` of the ticket.
    pub to: String,
    /// The ticket.
    pub ticket_id: u64,
    /// The `REPLY` it carries.
    pub message_id: u64,
    /// Its body.
    pub body: String,
    /// Tokens of its files.
    pub attachments: Vec<String>,
}

/// Everything the tenant holds.
#[derive(Debug, Default)]
pub(crate) struct Thulium {
    pub(crate) tickets: BTreeMap<u64, Ticket>,
    pub(crate) customers: BTreeMap<u64, Customer>,
    /// Who bears a value in a special field, or once did: where a search begins.
    bearers: HashMap<String, BTreeSet<u64>>,
    pub(crate) mails: Vec<Mail>,
    pub(crate) files: BTreeMap<String, StoredFile>,
    pub(crate) webhooks: BTreeMap<u64, Webhook>,
    pub(crate) outbox: Vec<WebhookCall>,
    tags: BTreeSet<String>,
    last_message: u64,
    last_customer: u64,
    last_webhook: u64,
    webhook_calls: u32,
}

/// The method and path of a request as the documentation writes it.
pub(crate) fn operation(method: &str, path: &[&str]) -> &'static str {
    match (method, path) {
        ("GET", ["tickets"]) => "GET tickets",
        ("GET", ["tickets", "today_stats"]) => "GET tickets/today_stats",
        ("GET", ["tickets", _]) => "GET tickets/:id",
        ("POST", ["tickets"]) => "POST tickets",
        ("PUT", ["tickets", _]) => "PUT tickets/:id",
        ("DELETE", ["tickets", _]) => "DELETE tickets/:id",
        ("POST", ["tickets", _, "customer_response"]) => "POST tickets/:id/customer_response",
        ("POST", ["tickets", _, "agent_response"]) => "POST tickets/:id/agent_response",
        ("POST", ["tickets", _, "comment"]) => "POST tickets/:id/comment",
        ("DELETE", ["tickets", _, "attachments", _]) => "DELETE tickets/:id/attachments/:token",
        ("GET", ["ticket_queues"]) => "GET ticket_queues",
        ("GET", ["ticket_categories"]) => "GET ticket_categories",
        ("GET", ["ticket_statuses"]) => "GET ticket_statuses",
        ("GET", ["agents"]) => "GET agents",
        ("GET", ["agents", _]) => "GET agents/:login",
        ("POST", ["tags"]) => "POST tags",
        ("POST", ["temporary_files"]) => "POST temporary_files",
        ("GET", ["files", _]) => "GET files/:token",
        ("GET", ["customers"]) => "GET customers",
        ("GET", ["customers", _]) => "GET customers/:id",
        ("POST", ["customers"]) => "POST customers",
        ("PUT", ["customers", _]) => "PUT customers/:id",
        ("DELETE", ["customers", _]) => "DELETE customers/:id",
        ("GET", ["webhooks"]) => "GET webhooks",
        ("POST", ["webhooks"]) => "POST webhooks",
        ("DELETE", ["webhooks", _]) => "DELETE webhooks/:id",
        _ => "unknown",
    }
}

/// Codes of the error body. The live numbers are not published; these are this twin's own.
pub(crate) mod code {
    pub(crate) const UNAUTHORIZED: u32 = 401_001;
    pub(crate) const FORBIDDEN: u32 = 403_001;
    pub(crate) const NOT_FOUND: u32 = 404_001;
    pub(crate) const GONE: u32 = 410_001;
    pub(crate) const INTERNAL: u32 = 500_001;
    pub(crate) const EMPTY: u32 = 400_001;
    pub(crate) const INVALID: u32 = 400_002;
    pub(crate) const UNKNOWN: u32 = 400_003;
    pub(crate) const TOO_LARGE: u32 = 400_004;
}

/// What is wrong with a request; the dispatcher adds the `request_id`.
#[derive(Debug)]
pub(crate) struct Wrong {
    status: u16,
    code: u32,
    message: String,
}

impl Wrong {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, code::INVALID, message)
    }

    fn unknown(what: &str) -> Self {
        Self::new(400, code::UNKNOWN, format!("Unknown {what}"))
    }

    fn missing(what: &str) -> Self {
        Self::new(404, code::NOT_FOUND, format!("{what} not found"))
    }
}

/// A JSON object from a request body.
pub(crate) struct Input {
    members: Map<String, Value>,
    polish: bool,
}

impl Input {
    fn read(call: &Call) -> Result<Self, Wrong> {
        let members = serde_json::from_slice(&call.body)
            .map_err(|_| Wrong::invalid("The body is not a JSON object"))?;
        let polish = call.header(header::ACCEPT_LANGUAGE).is_some_and(|value| value.starts_with("pl"));
        Ok(Self { members, polish })
    }

    /// A member that is neither absent nor null.
    fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Wrong::invalid(format!("Field \"{name}\" must be a string"))),
        }
    }

    fn required(&self, name: &str) -> Result<String, Wrong> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| {
            let message = match self.polish {
                true => format!("Pole \"{name}\" nie może być puste."),
                false => format!("Field \"{name}\" cannot be empty."),
            };
            Wrong::new(400, code::EMPTY, message)
        })
    }

    /// An id, as a number or in digits.
    fn id(&self, name: &str) -> Result<Option<u64>, Wrong> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => {
                text.parse().map(Some).map_err(|_| Wrong::invalid(format!("Field \"{name}\" must be an id")))
            }
        }
    }

    /// One text or a list of them.
    fn texts(&self, name: &str) -> Result<Vec<String>, Wrong> {
        let wrong = || Wrong::invalid(format!("Field \"{name}\" must be a list of strings"));
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(all)) => {
                all.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// `body_type`, true for HTML.
    fn is_html(&self, default: bool) -> Result<bool, Wrong> {
        match self.text("body_type")?.as_deref() {
            None => Ok(default),
            Some("HTML") => Ok(true),
            Some("PLAIN") => Ok(false),
            Some(_) => Err(Wrong::invalid("Field \"body_type\" must be HTML or PLAIN")),
        }
    }

    /// Custom fields by name, the undefined ones refused or left out.
    fn custom_fields(
        &self,
        defined: &[String],
        unknown: UnknownName,
    ) -> Result<BTreeMap<String, String>, Wrong> {
        let fields = match self.get("custom_fields") {
            None => return Ok(BTreeMap::new()),
            Some(Value::Object(fields)) => fields,
            // PHP writes an empty map as [].
            Some(Value::Array(none)) if none.is_empty() => return Ok(BTreeMap::new()),
            Some(_) => return Err(Wrong::invalid("Field \"custom_fields\" must be an object")),
        };
        let mut taken = BTreeMap::new();
        for (name, value) in fields {
            if !defined.contains(name) {
                match unknown {
                    UnknownName::Error => return Err(Wrong::unknown("custom field")),
                    UnknownName::Ignored => continue,
                }
            }
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                Value::Number(number) => number.to_string(),
                _ => return Err(Wrong::invalid("A custom field must be a text")),
            };
            taken.insert(name.clone(), text);
        }
        Ok(taken)
    }

    fn check_names(&self, known: &[&str], switch: UnknownParameter) -> Result<(), Wrong> {
        let strange = self.members.keys().find(|name| !known.contains(&name.as_str()));
        match (strange, switch) {
            (Some(name), UnknownParameter::Error) => {
                Err(Wrong::invalid(format!("Unknown parameter \"{name}\"")))
            }
            _ => Ok(()),
        }
    }
}

/// `{"count", "result"}` or a bare array.
fn envelope(shape: Envelope, count: usize, rows: Vec<Value>) -> Value {
    match shape {
        Envelope::Result => json!({ "count": count, "result": rows }),
        Envelope::Array => Value::Array(rows),
    }
}

impl State {
    pub(crate) fn thulium_call(&mut self, call: &Call, name: &str) -> Reply {
        let answer = self.thulium_answer(call, name);
        answer.unwrap_or_else(|wrong| self.thulium_error(wrong.status, wrong.code, &wrong.message))
    }

    pub(crate) fn thulium_error(&mut self, status: u16, code: u32, message: &str) -> Reply {
        let errors = json!([{ "message": message, "code": code }]);
        Reply::json(status, &json!({ "request_id": self.request_id(), "errors": errors }))
    }

    fn thulium_answer(&mut self, call: &Call, name: &str) -> Result<Reply, Wrong> {
        let segments = match &call.segments {
            Some(segments) if name != "unknown" => segments.clone(),
            _ => return Err(Wrong::missing("URI")),
        };
        let options = &self.options.thulium;
        let expected = STANDARD.encode(format!("{}:{}", options.user, options.password));
        let given = call.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Basic "));
        if given != Some(expected.as_str()) {
            return Err(Wrong::new(401, code::UNAUTHORIZED, "Bad credentials"));
        }
        if self.switches.thulium.forbidden.contains(name) {
            return Err(Wrong::new(403, code::FORBIDDEN, "No permission"));
        }
        let text = |index: usize| segments.get(index).map_or("", String::as_str);
        let id = || text(1).parse().map_err(|_| Wrong::missing("Object"));
        match name {
            "GET tickets" => self.list_tickets(call),
            "GET tickets/today_stats" => self.today_stats(),
            "GET tickets/:id" => self.get_ticket(id()?, call),
            "POST tickets" => self.post_ticket(call),
            "PUT tickets/:id" => self.put_ticket(id()?, call),
            "DELETE tickets/:id" => self.delete_ticket(id()?),
            "POST tickets/:id/customer_response" => self.customer_response(id()?, call),
            "POST tickets/:id/agent_response" => self.agent_response(id()?, call),
            "POST tickets/:id/comment" => self.comment_response(id()?, call),
            "DELETE tickets/:id/attachments/:token" => self.delete_attachment(id()?, text(3)),
            "GET ticket_queues" => Ok(self.dictionary(json!(self.options.thulium.queues))),
            "GET ticket_categories" => Ok(self.dictionary(json!(self.options.thulium.categories))),
            "GET ticket_statuses" => Ok(self.dictionary(json!(self.options.thulium.statuses))),
            "GET agents" => Ok(self.agents()),
            "GET agents/:login" => self.agent(text(1)),
            "POST tags" => self.post_tags(call),
            "POST temporary_files" => self.post_file(call),
            "GET files/:token" => self.get_file(text(1)),
            "GET customers" => self.list_customers(call),
            "GET customers/:id" => self.get_customer(id()?),
            "POST customers" => self.post_customer(call),
            "PUT customers/:id" => self.put_customer(id()?, call),
            "DELETE customers/:id" => self.delete_customer(id()?),
            "GET webhooks" => self.list_webhooks(),
            "POST webhooks" => self.post_webhook(call),
            "DELETE webhooks/:id" => self.delete_webhook(id()?),
            _ => Err(Wrong::missing("URI")),
        }
    }

    fn dictionary(&self, rows: Value) -> Reply {
        let rows = rows.as_array().cloned().unwrap_or_default();
        Reply::json(200, &envelope(self.switches.thulium.dictionary_envelope, rows.len(), rows))
    }

    fn agents(&self) -> Reply {
        let agents = self.options.thulium.agents.iter().map(|login| json!({ "login": login }));
        self.dictionary(Value::Array(agents.collect()))
    }

    fn agent(&self, login: &str) -> Result<Reply, Wrong> {
        let known = self.options.thulium.agents.iter().any(|agent| agent == login);
        if known { Ok(Reply::json(200, &json!({ "login": login }))) } else { Err(Wrong::missing("Agent")) }
    }

    fn post_tags(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let tags = Input::read(call)?.texts("tags")?;
        self.thulium.tags.extend(tags);
        Ok(Reply::json(201, &json!([])))
    }

    fn minute(&self, at: Timestamp) -> String {
        minute(at, &self.zone)
    }
}
