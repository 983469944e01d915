//! What the seller API answers.
//!
//! Every field but an object's own id may be absent or null; unknown fields are ignored and
//! enumerations are kept as text, since new values appear without notice. A time that cannot be read
//! is `None`. Ids are opaque text. The types hold what people wrote: never log them.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::tolerant::{self, Listed};

/// Participant type of the buyer.
pub const CUSTOMER: &str = "CUSTOMER";
/// Participant type of the seller.
pub const SHOP: &str = "SHOP";
/// Participant type of the marketplace; it has no id.
pub const OPERATOR: &str = "OPERATOR";
/// Entity type of an order.
pub const MMP_ORDER: &str = "MMP_ORDER";
/// Entity type of an offer: questions before a sale.
pub const MMP_OFFER: &str = "MMP_OFFER";

/// A conversation (M10, M11).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Thread {
    /// Its id; a thread without one cannot be read.
    #[serde(deserialize_with = "tolerant::id")]
    pub id: String,
    /// Its subject.
    #[serde(default, deserialize_with = "tolerant::nullable")]
    pub topic: Topic,
    /// What it is about; may be empty, and the order need not come first.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub entities: Vec<Entity>,
    /// Who may take part.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub authorized_participants: Vec<Participant>,
    /// Who has sent or received at least one message.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub current_participants: Vec<Participant>,
    /// The company of a business buyer.
    #[serde(default)]
    pub customer_organization: Option<Organization>,
    /// When it was opened.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub date_created: Option<Timestamp>,
    /// When it last changed: what `updated_since` is compared with.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub date_updated: Option<Timestamp>,
    /// Figures about the messages.
    #[serde(default, deserialize_with = "tolerant::nullable")]
    pub metadata: Metadata,
    /// The messages, oldest first; those without a readable date come last. Where dates are equal the
    /// order of the list counts, since ids are random.
    /// M10 gives all, M11 the last 100 when they were asked for.
    #[serde(default, deserialize_with = "oldest_first")]
    pub messages: Listed<Message>,
    /// The clicks on "no reply needed".
    #[serde(default, deserialize_with = "tolerant::list")]
    pub no_store_reply_needed: Vec<NoReplyNeeded>,
}

/// A click on "no reply needed".
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct NoReplyNeeded {
    /// When it was made.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub date: Option<Timestamp>,
}

impl Thread {
    /// Ids of the orders it is about, as OR11 takes them, without repetition.
    pub fn order_ids(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        for entity in &self.entities {
            if entity.kind == MMP_ORDER && !entity.id.is_empty() && !ids.contains(&entity.id.as_str()) {
                ids.push(entity.id.as_str());
            }
        }
        ids
    }

    /// The authorised participant of a type, e.g. [`CUSTOMER`].
    pub fn authorized(&self, kind: &str) -> Option<&Participant> {
        self.authorized_participants.iter().find(|p| p.kind == kind)
    }
}

fn oldest_first<'de, D: Deserializer<'de>>(from: D) -> Result<Listed<Message>, D::Error> {
    let mut messages = Listed::<Message>::deserialize(from)?;
    let date = |m: &Message| m.date_created.unwrap_or(Timestamp::MAX);
    let newest_first = match (messages.items.first(), messages.items.last()) {
        (Some(first), Some(last)) => date(first) > date(last),
        _ => false,
    };
    if newest_first {
        messages.items.reverse();
    }
    messages.items.sort_by_key(date);
    Ok(messages)
}

/// The subject of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Topic {
    /// `FREE_TEXT` or `REASON_CODE`.
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// The text, or the code that RE01 has a label for.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub value: String,
}

impl Topic {
    /// Whether the value is a code of RE01.
    pub fn is_reason_code(&self) -> bool {
        self.kind == "REASON_CODE"
    }
}

/// What a thread is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entity {
    /// [`MMP_ORDER`], [`MMP_OFFER`], `MPS_ORDER`, `MPS_SERVICE` or `SELLER_OPERATOR`.
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// Its id; for an order that of OR11, e.g. `Order_00010-A`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub id: String,
    /// The words to show for it.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: String,
}

/// Someone who may read or write in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Participant {
    /// [`CUSTOMER`], [`SHOP`] or [`OPERATOR`].
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// Its id; never given for the operator.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub id: Option<String>,
    /// Its name; neither unique nor lasting.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub display_name: String,
}

impl Participant {
    /// The buyer.
    pub fn is_customer(&self) -> bool {
        self.kind == CUSTOMER
    }

    /// The seller.
    pub fn is_shop(&self) -> bool {
        self.kind == SHOP
    }

    /// The marketplace.
    pub fn is_operator(&self) -> bool {
        self.kind == OPERATOR
    }
}

/// The company of a business buyer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Organization {
    /// Its id, shared by several people.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub display_name: String,
}

/// Figures about a thread's messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Metadata {
    /// How many messages there are; more than are listed where M11 cuts the list.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub total_count: Option<u64>,
    /// Date of the last message.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub last_message_date: Option<Timestamp>,
    /// Who wrote last.
    #[serde(default)]
    pub last_sender: Option<Sender>,
    /// Since when the shop owes an answer; null once it replied.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub shop_reply_needed_since: Option<Timestamp>,
}

/// One message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its id; a message without one cannot be read.
    #[serde(deserialize_with = "tolerant::id")]
    pub id: String,
    /// Text or HTML, untrusted.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub body: String,
    /// When it was written.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub date_created: Option<Timestamp>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "tolerant::nullable")]
    pub from: Sender,
    /// Who may read it besides the sender.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub to: Vec<Participant>,
    /// Its files; absent when there are none.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub attachments: Vec<Attachment>,
}

/// Who wrote a message. There is no id of the person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Sender {
    /// `CUSTOMER_USER`, `SHOP_USER` or `OPERATOR_USER`.
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// The person's name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub display_name: String,
    /// The party the person writes for; mostly absent for buyers.
    #[serde(default)]
    pub organization_details: Option<Participant>,
}

impl Sender {
    /// The buyer.
    pub fn is_customer(&self) -> bool {
        self.kind == "CUSTOMER_USER"
    }

    /// The seller: through this API or in the marketplace's panel.
    pub fn is_shop(&self) -> bool {
        self.kind == "SHOP_USER"
    }

    /// The marketplace.
    pub fn is_operator(&self) -> bool {
        self.kind == "OPERATOR_USER"
    }

    /// The name to show: the party's, else the person's.
    pub fn name(&self) -> &str {
        self.organization_details
            .as_ref()
            .map(|party| party.display_name.as_str())
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(&self.display_name)
    }
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attachment {
    /// Id for [`Client::attachment`](crate::Client::attachment); empty where it was missing, which
    /// the call then refuses.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub id: String,
    /// The name that the sender gave it, untrusted.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    /// Its size. The document names no unit; bytes are assumed.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub size: Option<u64>,
}

/// An order (OR11), without addresses and taxes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// Its id, e.g. `Order_00010-A`; an order without one cannot be read.
    #[serde(deserialize_with = "tolerant::id")]
    pub order_id: String,
    /// Id of the purchase that the order is a part of.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub commercial_id: String,
    /// E.g. `SHIPPING`, `SHIPPED`, `RECEIVED`, `CLOSED`, `CANCELED`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub order_state: String,
    /// When it was placed.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub created_date: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub last_updated_date: Option<Timestamp>,
    /// Its total, digit by digit as the answer gives it.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub total_price: Option<String>,
    /// ISO 4217 code.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub currency_iso_code: String,
    /// Whether an incident is open.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub has_incident: bool,
    /// Whether an invoice was uploaded.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub has_invoice: bool,
    /// The buyer.
    #[serde(default, deserialize_with = "tolerant::nullable")]
    pub customer: Customer,
    /// What was bought.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub order_lines: Vec<OrderLine>,
    /// Name of the shipping method.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shipping_type_label: String,
    /// Carrier.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shipping_company: String,
    /// Tracking number.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shipping_tracking: String,
    /// Tracking link, untrusted.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shipping_tracking_url: String,
    /// When it has to be shipped.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub shipping_deadline: Option<Timestamp>,
    /// When it is to arrive.
    #[serde(default, deserialize_with = "tolerant::nullable")]
    pub delivery_date: DeliveryDate,
}

/// When an order is to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct DeliveryDate {
    /// Not before.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub earliest: Option<Timestamp>,
    /// Not after.
    #[serde(default, deserialize_with = "tolerant::date")]
    pub latest: Option<Timestamp>,
}

/// The buyer of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Customer {
    /// The buyer's id.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub customer_id: Option<String>,
    /// First name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub firstname: String,
    /// Last name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub lastname: String,
    /// Language, e.g. `pl_PL`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub locale: String,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrderLine {
    /// Its id.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub order_line_id: String,
    /// A state of the order, or `INCIDENT_OPEN` or `REFUNDED`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub order_line_state: String,
    /// Why it is in that state, e.g. the reason of an incident.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub order_line_state_reason_label: String,
    /// Product title.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub product_title: String,
    /// The seller's SKU of the offer.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub offer_sku: String,
    /// Pieces.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub quantity: Option<u64>,
    /// Price of one piece, digit by digit as the answer gives it.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub price_unit: Option<String>,
    /// Price of the line with shipping, digit by digit as the answer gives it.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub total_price: Option<String>,
}

/// A reason that topics, incidents and refunds refer to (RE01).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reason {
    /// Its code; a reason without one cannot be read.
    #[serde(deserialize_with = "tolerant::id")]
    pub code: String,
    /// Its label in the language that was asked for.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: String,
    /// `ORDER_MESSAGING`, `OFFER_MESSAGING`, `INCIDENT_OPEN`, … A code is unique within its type only.
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// Whether the shop may choose it.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_shop_right: bool,
}

/// The shop behind the key (A01), without its bank, tax and contact data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The shop's id.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub shop_id: Option<i64>,
    /// The shop's name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shop_name: String,
    /// `OPEN`, `CLOSE`, `SUSPENDED` or `TERMINATED`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub shop_state: String,
    /// Why it is suspended.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub suspension_type: Option<String>,
    /// ISO 4217 code.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub currency_iso_code: String,
}
