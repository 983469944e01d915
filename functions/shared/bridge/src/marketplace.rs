//! The marketplace as the engine sees it: threads, messages, orders, and the port to reach them.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Id of a thread, opaque (Mirakl: a UUID).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ThreadId(pub String);

/// Id of a message in a thread, opaque (Mirakl: a UUID).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

impl std::fmt::Display for ThreadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who wrote a message (M10 `from.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// The buyer (`CUSTOMER_USER`).
    Buyer,
    /// The marketplace (`OPERATOR_USER`).
    Operator,
    /// The shop (`SHOP_USER`): this bridge, or a colleague in the EmpikPlace panel.
    Shop,
    /// A type that is not documented; treated like the operator, so that nothing stays unseen.
    Unknown,
}

impl Author {
    /// The stable word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Author::Buyer => "buyer",
            Author::Operator => "operator",
            Author::Shop => "shop",
            Author::Unknown => "unknown",
        }
    }

    /// Whether the message asks something of the shop.
    pub fn is_incoming(self) -> bool {
        self != Author::Shop
    }
}

/// A file in a message (M10 `attachments[]`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attachment {
    /// Id for the download (M13).
    pub id: String,
    /// File name as the sender gave it.
    pub name: String,
    /// Size in bytes, where told.
    pub size: Option<u64>,
}

/// One message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// Its id: the identity of what is carried over.
    pub id: MessageId,
    /// Who wrote it.
    pub author: Author,
    /// The name to show.
    pub name: String,
    /// When it was written; absent where the marketplace gave no readable date.
    pub at: Option<Timestamp>,
    /// Whether the buyer is among the recipients.
    pub to_buyer: bool,
    /// Whether the operator is among the recipients.
    pub to_operator: bool,
    /// The body: text or HTML, untrusted.
    pub body: String,
    /// The files.
    pub attachments: Vec<Attachment>,
}

impl Message {
    /// Whether the buyer cannot see it.
    pub fn is_private(&self) -> bool {
        match self.author {
            Author::Buyer => false,
            Author::Shop => !self.to_buyer && self.to_operator,
            Author::Operator | Author::Unknown => !self.to_buyer,
        }
    }
}

/// What a thread is about (M10 `entities[]`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entity {
    /// `MMP_ORDER`, `MMP_OFFER`, `SELLER_OPERATOR`, …
    pub kind: String,
    /// Id of the order or offer.
    pub id: String,
    /// Label to show.
    pub label: String,
}

/// The subject of a thread (M10 `topic`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Topic {
    /// Whether `value` is a reason code that RE01 resolves.
    pub is_reason: bool,
    /// Free text, or the code.
    pub value: String,
}

/// A conversation on the marketplace (M10, M11).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Its subject.
    pub topic: Topic,
    /// Orders and offers it is about; may be empty.
    pub entities: Vec<Entity>,
    /// The buyer's id among the authorised participants: the key of the CRM record.
    pub buyer_id: Option<String>,
    /// The buyer's name.
    pub buyer_name: Option<String>,
    /// Whether the buyer may be written to.
    pub buyer_authorised: bool,
    /// Whether the operator may be written to.
    pub operator_authorised: bool,
    /// Last change, by the marketplace's clock.
    pub updated: Option<Timestamp>,
    /// How many messages there are; M11 lists the last 100 only.
    pub total: Option<u64>,
    /// Since when the shop owes an answer, by the marketplace's clock.
    pub reply_needed_since: Option<Timestamp>,
    /// When somebody last said that no answer is needed.
    pub reply_waived: Option<Timestamp>,
    /// Messages, oldest first.
    pub messages: Vec<Message>,
    /// Messages that could not be decoded at all.
    pub unreadable: usize,
}

impl Thread {
    /// Whether every message is listed.
    pub fn is_complete(&self) -> bool {
        self.total.is_none_or(|total| total <= (self.messages.len() + self.unreadable) as u64)
    }

    /// Ids of the orders it is about.
    pub fn order_ids(&self) -> impl Iterator<Item = &str> {
        self.entities.iter().filter(|e| e.kind == "MMP_ORDER" && !e.id.is_empty()).map(|e| e.id.as_str())
    }

    /// Whether somebody said after a message that it needs no answer, and nothing has come since.
    pub fn waives(&self, message: &Message) -> bool {
        self.reply_needed_since.is_none()
            && self.reply_waived.is_some_and(|waived| message.at.is_some_and(|at| at <= waived))
    }

    /// Bytes of text it holds, for bounding memory.
    pub fn weight(&self) -> usize {
        512 + self.messages.iter().map(|m| 256 + m.body.len()).sum::<usize>()
    }
}

/// Where a page of threads starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFrom {
    /// The first page of all threads changed at or after this time.
    Since(Timestamp),
    /// A following page, by its opaque token.
    Token(String),
}

/// A page of threads (M11), in whatever order the marketplace lists them.
#[derive(Debug, Clone, Default)]
pub struct ThreadPage {
    /// The threads.
    pub threads: Vec<Thread>,
    /// Threads on this page that could not be decoded at all.
    pub unreadable: usize,
    /// Token of the next page.
    pub next: Option<String>,
}

/// A reply on its way to the marketplace (M12).
#[derive(Debug, Clone)]
pub struct OutgoingReply {
    /// The body as it goes out, 3 to 50,000 characters.
    pub body: String,
    /// To the buyer, by id where known.
    pub to_buyer: Option<Option<String>>,
    /// To the operator.
    pub to_operator: bool,
    /// Files: name and bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

/// One line of an order (OR11 `order_lines[]`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderLine {
    /// Product title.
    pub title: String,
    /// The seller's SKU.
    pub sku: String,
    /// Pieces.
    pub quantity: Option<u64>,
    /// Price of the line, as the marketplace writes it.
    pub price: Option<String>,
    /// State of the line, e.g. `SHIPPED`.
    pub state: String,
}

/// An order (OR11).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Order {
    /// Its id, e.g. `12345-A`.
    pub id: String,
    /// Its state, e.g. `SHIPPED`.
    pub state: String,
    /// Its total, as the marketplace writes it.
    pub total: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether an incident is open.
    pub has_incident: bool,
    /// Shipping method.
    pub shipping_method: String,
    /// Carrier.
    pub carrier: String,
    /// Tracking number.
    pub tracking: String,
    /// Tracking link.
    pub tracking_url: String,
    /// When it has to be shipped.
    pub ship_by: Option<Timestamp>,
    /// When it is to arrive.
    pub deliver_by: Option<Timestamp>,
    /// The buyer's id.
    pub customer_id: Option<String>,
    /// The buyer's first name.
    pub first_name: String,
    /// The buyer's last name.
    pub last_name: String,
    /// Its lines.
    pub lines: Vec<OrderLine>,
}

/// A reason code with its label (RE01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code that a topic carries.
    pub code: String,
    /// The label in the chosen language.
    pub label: String,
    /// Whether it is a topic of messages; a code is unique within its type only.
    pub is_topic: bool,
}

/// The marketplace's API.
///
/// No method repeats a request that may have been received.
#[async_trait]
pub trait Marketplace: Send + Sync {
    /// One page of changed threads with their last 100 messages (M11).
    async fn threads(&self, from: &PageFrom) -> Result<ThreadPage, Failure>;
    /// One thread with all its messages (M10).
    async fn thread(&self, id: &ThreadId) -> Result<Thread, Failure>;
    /// Sends a reply (M12). `None`: accepted, without an id in the answer.
    async fn reply(&self, thread: &ThreadId, reply: &OutgoingReply) -> Result<Option<MessageId>, Failure>;
    /// The bytes of a file, at most `limit` (M13).
    async fn attachment(&self, id: &str, limit: usize) -> Result<Vec<u8>, Failure>;
    /// Up to 100 orders by id (OR11); missing ones are left out.
    async fn orders(&self, ids: &[String]) -> Result<Vec<Order>, Failure>;
    /// Reason codes with labels (RE01).
    async fn reasons(&self) -> Result<Vec<Reason>, Failure>;
    /// Requests sent so far.
    fn calls(&self) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_as_they_are() {
        assert_eq!(format!("{} {}", ThreadId("t".into()), MessageId("m".into())), "t m");
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_800_000_000 + seconds).ok()
    }

    fn message(author: Author, to_buyer: bool, to_operator: bool) -> Message {
        Message {
            id: MessageId("m".into()),
            author,
            name: String::new(),
            at: at(10),
            to_buyer,
            to_operator,
            body: "Gdzie paczka?".into(),
            attachments: Vec::new(),
        }
    }

    fn thread(messages: Vec<Message>) -> Thread {
        Thread {
            id: ThreadId("t".into()),
            topic: Topic::default(),
            entities: Vec::new(),
            buyer_id: None,
            buyer_name: None,
            buyer_authorised: true,
            operator_authorised: false,
            updated: at(10),
            total: None,
            reply_needed_since: None,
            reply_waived: None,
            messages,
            unreadable: 0,
        }
    }

    #[test]
    fn private_is_what_the_buyer_cannot_see() {
        use Author::{Buyer, Operator, Shop, Unknown};
        let private = |author, to_buyer, to_operator| message(author, to_buyer, to_operator).is_private();
        for author in [Operator, Unknown] {
            assert!(private(author, false, false) && private(author, false, true), "{author:?}");
            assert!(!private(author, true, false) && !private(author, true, true), "{author:?}");
        }
        assert!(private(Shop, false, true));
        assert!(!private(Shop, false, false), "recipients that are not told are taken for the buyer");
        assert!(!private(Shop, true, true) && !private(Shop, true, false));
        assert!(!private(Buyer, false, false) && !private(Buyer, false, true));
    }

    #[test]
    fn everything_but_the_shops_own_messages_comes_in() {
        let incoming = [Author::Buyer, Author::Operator, Author::Unknown, Author::Shop]
            .map(|author| (author.as_str(), author.is_incoming()));
        assert_eq!(incoming, [("buyer", true), ("operator", true), ("unknown", true), ("shop", false)]);
    }

    #[test]
    fn a_thread_is_complete_when_every_message_is_listed_readable_or_not() {
        let two = || thread(vec![message(Author::Buyer, false, false), message(Author::Shop, true, false)]);
        let complete = |total, unreadable| Thread { total, unreadable, ..two() }.is_complete();
        assert!(complete(None, 0) && complete(Some(1), 0) && complete(Some(2), 0) && complete(Some(5), 3));
        assert!(!complete(Some(3), 0) && !complete(Some(5), 2));
    }

    #[test]
    fn a_message_is_waived_by_a_word_after_it_unless_an_answer_is_needed_again() {
        let asked = message(Author::Buyer, false, false);
        let waives = |reply_waived, reply_needed_since| {
            Thread { reply_waived, reply_needed_since, ..thread(Vec::new()) }.waives(&asked)
        };
        assert!(waives(at(10), None) && waives(at(11), None));
        assert!(!waives(None, None) && !waives(at(9), None) && !waives(at(11), at(12)));
        let undated = Message { at: None, ..asked.clone() };
        assert!(!Thread { reply_waived: at(11), ..thread(Vec::new()) }.waives(&undated));
    }

    #[test]
    fn a_thread_weighs_what_its_texts_do_and_something_for_each_message() {
        assert_eq!(thread(Vec::new()).weight(), 512);
        let two = vec![message(Author::Buyer, false, false); 2];
        assert_eq!(thread(two).weight(), 512 + 2 * (256 + 13));
    }

    #[test]
    fn only_orders_with_an_id_are_orders() {
        let entity = |kind: &str, id: &str| Entity { kind: kind.into(), id: id.into(), label: String::new() };
        let entities = vec![entity("MMP_ORDER", "o-1"), entity("MMP_ORDER", ""), entity("MMP_OFFER", "7")];
        let thread = Thread { entities, ..thread(Vec::new()) };
        assert_eq!(thread.order_ids().collect::<Vec<_>>(), ["o-1"]);
    }
}
