//! EmpikPlace: the part of the Mirakl seller API that concerns conversations and orders.

pub(crate) mod acts;
mod inbox;
mod orders;
mod reply;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use axum::http::header;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::files::StoredFile;
use crate::http::{Call, Reply};
use crate::options::ShopOptions;
use crate::switches::{ForeignShop, WithoutShop};
use crate::world::State;

/// Type of a participant, as `to` and the lists of participants name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ParticipantKind {
    /// The marketplace operator, who has no id.
    Operator,
    /// A shop.
    Shop,
    /// A buyer.
    Customer,
}

/// Who may take part in a thread, or whom a message is addressed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// `OPERATOR`, `SHOP` or `CUSTOMER`.
    #[serde(rename = "type")]
    pub kind: ParticipantKind,
    /// Absent for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name shown.
    pub display_name: String,
}

/// The author of a message, as the API names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// `CUSTOMER_USER`, `SHOP_USER` or `OPERATOR_USER`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name shown.
    pub display_name: String,
    /// The shop or the operator; absent for customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_details: Option<Participant>,
}

/// Who really wrote a message: the API cannot tell a colleague in the panel from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The buyer.
    Customer,
    /// The marketplace operator.
    Operator,
    /// A colleague in the seller's panel.
    Shop,
    /// A client, by M12 or OR43. Not for acts of people.
    Api,
}

/// Topic of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// `FREE_TEXT` or `REASON_CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text or the code.
    pub value: String,
}

/// What a thread is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// `MMP_ORDER`, `MMP_OFFER`, `SELLER_OPERATOR` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Id, e.g. an `order_id`.
    pub id: String,
    /// Label shown; the id when absent on input.
    #[serde(default)]
    pub label: String,
}

/// An attachment of a message, as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Id for M13.
    pub id: String,
    /// File name.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// UUID.
    pub id: String,
    /// As it is read back.
    pub body: String,
    /// As it was written.
    pub written: String,
    /// When it was written.
    pub date_created: Timestamp,
    /// Who wrote it, as the API tells.
    pub from: Sender,
    /// Whom it is addressed to.
    pub to: Vec<Participant>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Who really wrote it.
    pub author: Author,
}

impl Message {
    /// Whether the seller can see it: written by the shop or addressed to it.
    pub(crate) fn visible_to_shop(&self) -> bool {
        matches!(self.author, Author::Shop | Author::Api)
            || self.to.iter().any(|to| to.kind == ParticipantKind::Shop)
    }
}

/// One click on "no reply needed".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoReply {
    /// When.
    pub date: Timestamp,
    /// `OPERATOR` or `SHOP`.
    pub user_type: ParticipantKind,
}

/// A thread with all its messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thread {
    /// UUID.
    pub id: String,
    /// Order of opening, from 1.
    pub number: u64,
    /// The shop it belongs to.
    pub shop_id: u64,
    /// Its topic.
    pub topic: Topic,
    /// What it is about; may be empty.
    pub entities: Vec<Entity>,
    /// Who may take part.
    pub authorized_participants: Vec<Participant>,
    /// Company of a B2B customer: `{id, display_name}`.
    pub customer_organization: Option<Value>,
    /// Channel, for the `channel_codes` filter.
    pub channel: Option<String>,
    /// When it was opened.
    pub date_created: Timestamp,
    /// When it last changed.
    pub date_updated: Timestamp,
    /// Since when the shop owes an answer.
    pub shop_reply_needed_since: Option<Timestamp>,
    /// Clicks on "no reply needed".
    pub no_store_reply_needed: Vec<NoReply>,
    /// All messages, oldest first.
    pub messages: Vec<Message>,
}

impl Thread {
    pub(crate) fn participant(&self, kind: ParticipantKind) -> Option<&Participant> {
        self.authorized_participants.iter().find(|participant| participant.kind == kind)
    }
}

/// An order as OR11 gives it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) shop_id: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) body: Value,
}

/// Everything EmpikPlace holds.
#[derive(Debug, Default)]
pub(crate) struct Empikplace {
    pub(crate) shops: Vec<ShopOptions>,
    pub(crate) revoked: BTreeSet<u64>,
    /// By number, so in the order of opening.
    pub(crate) threads: BTreeMap<u64, Thread>,
    numbers: HashMap<String, u64>,
    pub(crate) files: BTreeMap<String, StoredFile>,
    pub(crate) orders: BTreeMap<String, Order>,
    calls: BTreeMap<String, VecDeque<Timestamp>>,
}

impl Empikplace {
    pub(crate) fn new(shops: &[ShopOptions]) -> Self {
        Self { shops: shops.to_vec(), ..Self::default() }
    }

    pub(crate) fn thread(&self, id: &str) -> Option<&Thread> {
        self.threads.get(self.numbers.get(id)?)
    }

    pub(crate) fn thread_mut(&mut self, id: &str) -> Option<&mut Thread> {
        self.threads.get_mut(self.numbers.get(id)?)
    }

    fn insert(&mut self, thread: Thread) {
        self.numbers.insert(thread.id.clone(), thread.number);
        self.threads.insert(thread.number, thread);
    }

    fn shop_name(&self, shop_id: u64) -> String {
        let shop = self.shops.iter().find(|shop| shop.shop_id == shop_id);
        shop.map(|shop| shop.name.clone()).unwrap_or_default()
    }

    /// The mailbox that the tickets of a shop are held to.
    pub(crate) fn mailbox_of(&self, shop_id: u64) -> &str {
        let shop = self.shops.iter().find(|shop| shop.shop_id == shop_id);
        shop.map(|shop| shop.mailbox.as_str()).unwrap_or_default()
    }
}

/// Mirakl's code of a request.
pub(crate) fn operation(method: &str, path: &[&str]) -> &'static str {
    match (method, path) {
        ("GET", ["inbox", "threads"]) => "M11",
        ("GET", ["inbox", "threads", _]) => "M10",
        ("POST", ["inbox", "threads", _, "message"]) => "M12",
        ("GET", ["inbox", "threads", _, "download"]) => "M13",
        ("GET", ["orders"]) => "OR11",
        ("GET", ["orders", _]) => "OR12",
        ("POST", ["orders", _, "threads"]) => "OR43",
        ("GET", ["reasons"]) => "RE01",
        ("GET", ["account"]) => "A01",
        ("GET", ["version"]) => "V01",
        _ => "unknown",
    }
}

/// An error in the commonest of Mirakl's shapes.
pub(crate) fn error(status: u16, message: &str) -> Reply {
    if status == 401 {
        return Reply::json(401, &json!({ "code": 401, "message": message }));
    }
    Reply::json(status, &json!({ "message": message, "status": status }))
}

/// A validation error of M12 and OR43, which name the field.
fn invalid(field: &str, message: &str) -> Reply {
    let errors = json!([{ "code": "INVALID", "field": field, "message": message }]);
    Reply::json(400, &json!({ "errors": errors, "message": message, "status": 400 }))
}

impl State {
    pub(crate) fn empikplace_call(&mut self, call: &Call, name: &str) -> Reply {
        let segments = call.segments.clone().unwrap_or_default();
        let id = |index: usize| segments.get(index).map_or("", String::as_str);
        if call.segments.is_none() || name == "unknown" {
            return error(404, "Not found");
        }
        if name == "V01" {
            return Reply::json(200, &json!({ "version": "4.0" }));
        }
        let shop = match self.shop_of(call) {
            Ok(shop) => shop,
            Err(refused) => return refused,
        };
        if self.switches.empikplace.forbidden.contains(name) {
            return error(403, "Access denied");
        }
        if let Some(seconds) = self.over_quota(name) {
            return error(429, "Too many requests").with_header("retry-after", seconds);
        }
        let answer = match name {
            "M10" => self.m10(shop, id(2)),
            "M11" => self.m11(shop, call),
            "M12" => self.m12(shop, id(2), call),
            "M13" => self.m13(shop, id(2), call),
            "OR11" => self.or11(shop, call),
            "OR43" => self.or43(shop, id(1), call),
            "OR12" => Err(error(410, "This API is no longer available")),
            "RE01" => Ok(orders::reasons(call)),
            "A01" => self.a01(shop),
            _ => Err(error(404, "Not found")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn shops_of_key(&self, call: &Call) -> Vec<u64> {
        let key = call.header(header::AUTHORIZATION).unwrap_or_default();
        let twin = &self.empikplace;
        let shops =
            twin.shops.iter().filter(|shop| shop.api_key == key && !twin.revoked.contains(&shop.shop_id));
        shops.map(|shop| shop.shop_id).collect()
    }

    /// The shop a call is about; `None` where there is none and yet no error is reported.
    fn shop_of(&self, call: &Call) -> Result<Option<u64>, Reply> {
        let shops = self.shops_of_key(call);
        let Some(first) = shops.first().copied() else {
            return Err(error(401, "Unauthorized, the API key is missing or not valid"));
        };
        let Some(wanted) = call.parameter("shop_id") else {
            let several = shops.len() > 1;
            let none = several && self.switches.empikplace.without_shop == WithoutShop::Empty;
            return Ok((!none).then_some(first));
        };
        let wanted: u64 = wanted.parse().map_err(|_| error(400, "shop_id must be a number"))?;
        if shops.contains(&wanted) {
            return Ok(Some(wanted));
        }
        match self.switches.empikplace.foreign_shop {
            ForeignShop::Forbidden => Err(error(403, "The shop does not belong to this user")),
            ForeignShop::Empty => Ok(None),
        }
    }

    /// Seconds to wait when the operation's calls of the last hour are used up.
    fn over_quota(&mut self, name: &str) -> Option<i64> {
        let limit = *self.switches.empikplace.calls_per_hour.get(name)?;
        let now = self.now();
        let hour = SignedDuration::from_hours(1);
        let calls = self.empikplace.calls.entry(name.to_owned()).or_default();
        while calls.front().is_some_and(|call| now.duration_since(*call) >= hour) {
            calls.pop_front();
        }
        if calls.len() < limit {
            calls.push_back(now);
            return None;
        }
        let free = calls.front().map_or(hour, |oldest| hour - now.duration_since(*oldest));
        Some(free.as_secs().max(1))
    }
}
