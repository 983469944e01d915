//! How keys and domain objects are written as items, and read again.
//!
//! Times are numbers: milliseconds since 1970, with decimals where a time is finer, so that they
//! compare in conditions and lose nothing. Nested records are one JSON text each.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Display};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bridge::conversation::{Conversation, Delivery, Key, OrderFacts, OrderMark};
use bridge::failure::Failure;
use bridge::helpdesk::{EntryId, TicketId};
use bridge::integration::{Cursor, Lease};
use bridge::marketplace::{MessageId, ThreadId};
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::failure::unreadable;
use crate::schema::{
    CARRIED, CONVERSATION, DELIVERY, ITEM, SCHEMA, SINCE, TICKET_KEY, WAITING_AT, WAITING_KEY,
};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Why an item cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Its schema is higher than [`SCHEMA`].
    Newer,
    /// This attribute is missing, or is not what it should be.
    Malformed(&'static str),
}

const NEWER: &str = "the item was written by a newer version of the bridge";

impl Unreadable {
    pub(crate) fn during(self, operation: &'static str) -> Failure {
        match self {
            Unreadable::Newer => unreadable(operation, NEWER),
            Unreadable::Malformed(attribute) => {
                let mut failure = unreadable(operation, "the item is malformed");
                failure.codes.push(attribute.to_owned());
                failure
            }
        }
    }
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Newer => f.write_str(NEWER),
            Unreadable::Malformed(attribute) => {
                write!(f, "attribute `{attribute}` is missing or malformed")
            }
        }
    }
}

type Read<T> = Result<T, Unreadable>;

// ---- keys ----

/// The partition of a conversation. A `#` within the thread's id is escaped, so that no id leads into
/// the partition of a buyer.
pub(crate) fn place(key: &Key) -> String {
    let thread = key.thread.0.replace('%', "%25").replace('#', "%23");
    format!("{}#{thread}", key.integration)
}

/// The conversation of a partition.
pub(crate) fn key_of(place: &str) -> Option<Key> {
    let (integration, thread) = place.split_once('#')?;
    if thread.contains('#') {
        return None;
    }
    let thread = ThreadId(thread.replace("%23", "#").replace("%25", "%"));
    Some(Key { integration: integration.parse().ok()?, thread })
}

/// The partition of a buyer, whose id is hashed.
pub(crate) fn buyer_place(integration: &IntegrationId, buyer: &str) -> String {
    format!("{integration}##buyer#{}", hex(&Sha256::digest(buyer.as_bytes())))
}

/// The item of a delivery.
pub(crate) fn delivery_item(ticket: TicketId, reply: EntryId) -> String {
    format!("{DELIVERY}{:020}#{:020}", ticket.0, reply.0)
}

/// Ticket and reply of a delivery's item.
pub(crate) fn delivery_of(item: &str) -> Option<(u64, u64)> {
    let (ticket, reply) = item.strip_prefix(DELIVERY)?.split_once('#')?;
    Some((ticket.parse().ok()?, reply.parse().ok()?))
}

/// The key of the index from tickets to conversations.
pub(crate) fn ticket_key(integration: &IntegrationId, ticket: TicketId) -> String {
    format!("{integration}#{}", ticket.0)
}

/// Why something stands in the index of what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It is to be looked at, then.
    Due,
    /// It was set aside, then.
    Parked,
    /// Its orders are watched, until then.
    Watched,
}

/// The key of the index over what waits.
pub(crate) fn waiting_key(integration: &IntegrationId, wait: Wait) -> String {
    let word = match wait {
        Wait::Due => "due",
        Wait::Parked => "parked",
        Wait::Watched => "watched",
    };
    format!("{integration}#{word}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// ---- single values ----

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn time(at: Timestamp) -> AttributeValue {
    const NANOS: u128 = 1_000_000;
    let nanos = at.as_nanosecond();
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, rest) = (nanos.unsigned_abs() / NANOS, nanos.unsigned_abs() % NANOS);
    let decimals = format!(".{rest:06}");
    let decimals = decimals.trim_end_matches('0').trim_end_matches('.');
    number(format_args!("{sign}{whole}{decimals}"))
}

pub(crate) fn parse_time(number: &str) -> Option<Timestamp> {
    let (sign, digits) = number.strip_prefix('-').map_or((1, number), |digits| (-1, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    if decimals.len() > 6 {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let rest: i128 = format!("{decimals:0<6}").parse().ok()?;
    let nanos = whole.checked_mul(1_000_000)?.checked_add(rest)?;
    Timestamp::from_nanosecond(sign * nanos).ok()
}

fn json<T: Serialize>(name: &'static str, value: &T) -> Read<AttributeValue> {
    serde_json::to_string(value).map(text).map_err(|_| Unreadable::Malformed(name))
}

/// The hashes one after the other, eight bytes each, smallest first.
fn blob(ids: &BTreeSet<u64>) -> Vec<u8> {
    ids.iter().flat_map(|id| id.to_be_bytes()).collect()
}

/// An item with its key and schema.
pub(crate) fn begin(partition: &str, key: &str, item: &str) -> Item {
    let attributes = [(partition, text(key)), (ITEM, text(item)), ("schema", number(SCHEMA))];
    attributes.map(|(name, value)| (name.to_owned(), value)).into()
}

fn set(item: &mut Item, name: &str, value: impl Into<Option<AttributeValue>>) {
    if let Some(value) = value.into() {
        item.insert(name.to_owned(), value);
    }
}

/// Reads attributes of an item whose schema is known.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a Item);

impl<'a> Reader<'a> {
    pub(crate) fn of(item: &'a Item) -> Read<Reader<'a>> {
        let reader = Reader(item);
        match reader.number::<u64>("schema")? {
            Some(schema) if schema <= SCHEMA => Ok(reader),
            Some(_) => Err(Unreadable::Newer),
            None => Err(Unreadable::Malformed("schema")),
        }
    }

    fn get<T>(
        self,
        name: &'static str,
        read: impl FnOnce(&'a AttributeValue) -> Option<T>,
    ) -> Read<Option<T>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or(Unreadable::Malformed(name)),
        }
    }

    pub(crate) fn text(self, name: &'static str) -> Read<Option<&'a str>> {
        self.get(name, |value| value.as_s().ok().map(String::as_str))
    }

    pub(crate) fn number<T: std::str::FromStr>(self, name: &'static str) -> Read<Option<T>> {
        self.get(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub(crate) fn time(self, name: &'static str) -> Read<Option<Timestamp>> {
        self.get(name, |value| parse_time(value.as_n().ok()?))
    }

    pub(crate) fn json<T: DeserializeOwned>(self, name: &'static str) -> Read<Option<T>> {
        self.get(name, |value| serde_json::from_str(value.as_s().ok()?).ok())
    }

    fn flag(self, name: &'static str) -> Read<bool> {
        need(name, self.get(name, |value| value.as_bool().ok().copied())?)
    }

    /// A word that the domain reads by serde.
    fn word<T: DeserializeOwned>(self, name: &'static str) -> Read<Option<T>> {
        let read = |word: &str| serde_json::from_value(word.into()).ok();
        self.get(name, |value| read(value.as_s().ok()?))
    }

    fn texts(self, name: &'static str) -> Read<Vec<String>> {
        let read = |value: &AttributeValue| {
            let texts = value.as_l().ok()?.iter();
            texts.map(|text| text.as_s().ok().cloned()).collect()
        };
        Ok(self.get(name, read)?.unwrap_or_default())
    }

    fn ids(self, name: &'static str) -> Read<BTreeSet<u64>> {
        let read = |value: &AttributeValue| {
            let (ids, rest) = value.as_b().ok()?.as_ref().as_chunks::<8>();
            rest.is_empty().then(|| ids.iter().map(|id| u64::from_be_bytes(*id)).collect())
        };
        Ok(self.get(name, read)?.unwrap_or_default())
    }
}

/// The value of an attribute that must be there.
pub(crate) fn need<T>(name: &'static str, value: Option<T>) -> Read<T> {
    value.ok_or(Unreadable::Malformed(name))
}

// ---- conversations ----

/// A conversation as one item stands for it: the ids moved to `pages` further items are missing from
/// `conversation.carried`.
pub(crate) struct StoredConversation {
    pub conversation: Conversation,
    pub pages: u64,
}

pub(crate) fn conversation(
    conversation: &Conversation,
    owner: &str,
    inline: &BTreeSet<u64>,
    pages: u64,
) -> Read<Item> {
    let Conversation { key, trouble, .. } = conversation;
    let mut item = begin(CONVERSATION, &place(key), CONVERSATION);
    set(&mut item, "version", number(conversation.version));
    set(&mut item, "writer", text(owner));
    set(&mut item, "ticket", conversation.ticket.map(|ticket| number(ticket.0)));
    let indexed = conversation.ticket.map(|ticket| ticket_key(&key.integration, ticket));
    set(&mut item, TICKET_KEY, indexed.map(text));
    set(&mut item, "customer", conversation.customer.map(number));
    set(&mut item, "buyer", conversation.buyer.clone().map(text));
    set(&mut item, "buyer_ok", AttributeValue::Bool(conversation.buyer_authorised));
    set(&mut item, "operator_ok", AttributeValue::Bool(conversation.operator_authorised));
    let private = conversation.private.iter().map(text).collect::<Vec<_>>();
    set(&mut item, "private", (!private.is_empty()).then_some(AttributeValue::L(private)));
    set(&mut item, "floor", conversation.floor.map(time));
    set(&mut item, "opened", time(conversation.opened));
    let orders = conversation.orders.iter().map(|order| text(order_mark(order))).collect::<Vec<_>>();
    set(&mut item, "orders", (!orders.is_empty()).then_some(AttributeValue::L(orders)));
    set(&mut item, "watched_until", conversation.watched_until.map(time));
    let reminder = conversation.reminder.as_ref().map(|reminder| json("reminder", reminder));
    set(&mut item, "reminder", reminder.transpose()?);
    let carried = (!inline.is_empty()).then(|| AttributeValue::B(Blob::new(blob(inline))));
    set(&mut item, "carried", carried);
    set(&mut item, "pages", (pages > 0).then(|| number(pages)));
    let intent = conversation.intent.as_ref().map(|intent| json("intent", intent));
    set(&mut item, "intent", intent.transpose()?);
    let stored = trouble.as_ref().map(|trouble| json("trouble", trouble));
    set(&mut item, "trouble", stored.transpose()?);
    if let Some((wait, at)) = waits(conversation) {
        set(&mut item, WAITING_KEY, text(waiting_key(&key.integration, wait)));
        set(&mut item, WAITING_AT, time(at));
        set(&mut item, SINCE, trouble.as_ref().map(|trouble| time(trouble.since)));
    }
    Ok(item)
}

/// An order as the agents know it: `=`, both hashes, whether an incident is open, and its id; of one
/// whose card is owed `-` and its id.
fn order_mark(order: &OrderMark) -> String {
    match order.told {
        None => format!("-{}", order.id),
        Some(OrderFacts { state, parcel, incident }) => {
            format!("={state:08x}{parcel:08x}{}{}", u8::from(incident), order.id)
        }
    }
}

fn read_order_marks(texts: &[String]) -> Read<Vec<OrderMark>> {
    let read = |text: &String| {
        if let Some(id) = text.strip_prefix('-') {
            return Some(OrderMark { id: id.to_owned(), told: None });
        }
        let facts = text.strip_prefix('=')?;
        let hash = |range| u32::from_str_radix(facts.get(range)?, 16).ok();
        let told =
            OrderFacts { state: hash(0..8)?, parcel: hash(8..16)?, incident: facts.get(16..17)? == "1" };
        Some(OrderMark { id: facts.get(17..)?.to_owned(), told: Some(told) })
    };
    need("orders", texts.iter().map(read).collect())
}

/// Where a conversation stands in the index of what waits: in trouble, with a reminder to come, or
/// only because its orders are watched.
fn waits(conversation: &Conversation) -> Option<(Wait, Timestamp)> {
    let Conversation { trouble, reminder, .. } = conversation;
    if let Some(trouble) = trouble {
        return Some(match trouble.due {
            Some(due) => (Wait::Due, due),
            None => (Wait::Parked, trouble.since),
        });
    }
    // Not before the ticket is there: nothing can be told, and the entry costs a write less.
    conversation.ticket?;
    match reminder.as_ref().and_then(|reminder| reminder.due) {
        Some(due) => Some((Wait::Due, due)),
        None => conversation.watched_until.map(|until| (Wait::Watched, until)),
    }
}

pub(crate) fn read_conversation(key: &Key, item: &Item) -> Read<StoredConversation> {
    let item = Reader::of(item)?;
    let conversation = Conversation {
        key: key.clone(),
        version: need("version", item.number("version")?)?,
        ticket: item.number("ticket")?.map(TicketId),
        customer: item.number("customer")?,
        buyer: item.text("buyer")?.map(str::to_owned),
        buyer_authorised: item.flag("buyer_ok")?,
        operator_authorised: item.flag("operator_ok")?,
        private: item.texts("private")?,
        floor: item.time("floor")?,
        carried: bridge::conversation::Carried(item.ids("carried")?),
        intent: item.json("intent")?,
        trouble: item.json("trouble")?,
        opened: need("opened", item.time("opened")?)?,
        orders: read_order_marks(&item.texts("orders")?)?,
        watched_until: item.time("watched_until")?,
        reminder: item.json("reminder")?,
    };
    let pages = item.number("pages")?.unwrap_or_default();
    Ok(StoredConversation { conversation, pages })
}

/// Whether two items of a conversation differ at most in where they keep the carried ids.
pub(crate) fn same_but_carried(one: &Item, other: &Item) -> bool {
    let rest = |item: &Item| {
        let mut item = item.clone();
        item.remove("carried");
        item.remove("pages");
        item
    };
    rest(one) == rest(other)
}

/// A page of carried ids. Its name is made of its content, so that writing it again changes nothing
/// and two writers can never overwrite each other's.
pub(crate) fn page(key: &Key, ids: &BTreeSet<u64>) -> Item {
    let bytes = blob(ids);
    let name = hex(Sha256::digest(&bytes).get(..8).unwrap_or_default());
    let mut item = begin(CONVERSATION, &place(key), &format!("{CARRIED}{name}"));
    set(&mut item, "carried", AttributeValue::B(Blob::new(bytes)));
    item
}

pub(crate) fn read_page(item: &Item) -> Read<BTreeSet<u64>> {
    Reader::of(item)?.ids("carried")
}

// ---- deliveries ----

pub(crate) fn delivery(delivery: &Delivery, owner: &str) -> Item {
    let Delivery { key, ticket, reply, .. } = delivery;
    let mut item = begin(CONVERSATION, &place(key), &delivery_item(*ticket, *reply));
    set(&mut item, "version", number(delivery.version));
    set(&mut item, "writer", text(owner));
    set(&mut item, "state", text(delivery.state.as_str()));
    set(&mut item, "attempt", number(delivery.attempt));
    set(&mut item, SINCE, time(delivery.since));
    set(&mut item, "at", time(delivery.at));
    set(&mut item, "due", delivery.due.map(time));
    set(&mut item, "fingerprint", text(&delivery.fingerprint));
    set(&mut item, "file_bytes", number(delivery.file_bytes));
    set(&mut item, "doubtful", AttributeValue::Bool(delivery.doubtful));
    set(&mut item, "automatic", AttributeValue::Bool(delivery.automatic));
    set(&mut item, "reason", delivery.reason.map(|reason| text(reason.as_str())));
    set(&mut item, "message", delivery.message.as_ref().map(|id| text(&id.0)));
    use bridge::conversation::DeliveryState::{Held, Parked};
    let parked = matches!(delivery.state, Parked | Held);
    if parked || delivery.due.is_some() {
        let wait = if delivery.due.is_some() { Wait::Due } else { Wait::Parked };
        let key = waiting_key(&key.integration, wait);
        set(&mut item, WAITING_KEY, text(key));
        set(&mut item, WAITING_AT, time(delivery.due.unwrap_or(delivery.at)));
    }
    item
}

pub(crate) fn read_delivery(key: &Key, item: &Item) -> Read<Delivery> {
    let item = Reader::of(item)?;
    let (ticket, reply) = need(ITEM, delivery_of(need(ITEM, item.text(ITEM)?)?))?;
    let at = need("at", item.time("at")?)?;
    Ok(Delivery {
        key: key.clone(),
        ticket: TicketId(ticket),
        reply: EntryId(reply),
        version: need("version", item.number("version")?)?,
        state: need("state", item.word("state")?)?,
        attempt: need("attempt", item.number("attempt")?)?,
        since: item.time(SINCE)?.unwrap_or(at),
        at,
        due: item.time("due")?,
        fingerprint: need("fingerprint", item.text("fingerprint")?)?.to_owned(),
        file_bytes: need("file_bytes", item.number("file_bytes")?)?,
        doubtful: item.flag("doubtful")?,
        automatic: item.flag("automatic")?,
        reason: item.word("reason")?,
        message: item.text("message")?.map(|id| MessageId(id.to_owned())),
    })
}

// ---- cursors ----

/// How many attributes of a cursor `commit` writes.
pub(crate) const CURSOR_ATTRIBUTES: usize = 9;

/// The attributes of a cursor that `commit` writes; `None`: removed.
pub(crate) fn cursor(cursor: &Cursor) -> Read<[(&'static str, Option<AttributeValue>); CURSOR_ATTRIBUTES]> {
    let budget = cursor.budget.as_ref().map(|budget| json("budget", budget));
    let sweep = cursor.sweep.as_ref().map(|sweep| json("sweep", sweep));
    Ok([
        ("empikplace", cursor.empikplace.map(time)),
        ("thulium", cursor.thulium.map(time)),
        ("thulium_held", cursor.thulium_held.map(time)),
        ("next_poll", cursor.next_poll.map(time)),
        ("empikplace_rests", cursor.empikplace_rests.map(time)),
        ("thulium_rests", cursor.thulium_rests.map(time)),
        ("budget", budget.transpose()?),
        ("health", Some(json("health", &cursor.health)?)),
        ("sweep", sweep.transpose()?),
    ])
}

pub(crate) fn read_cursor(item: &Item) -> Read<Cursor> {
    let item = Reader::of(item)?;
    Ok(Cursor {
        empikplace: item.time("empikplace")?,
        thulium: item.time("thulium")?,
        thulium_held: item.time("thulium_held")?,
        next_poll: item.time("next_poll")?,
        empikplace_rests: item.time("empikplace_rests")?.max(item.time("empikplace_rest_noted")?),
        thulium_rests: item.time("thulium_rests")?.max(item.time("thulium_rest_noted")?),
        budget: item.json("budget")?,
        health: item.json("health")?.unwrap_or_default(),
        sweep: item.json("sweep")?,
    })
}

/// The lease of a cursor item, if somebody holds it.
pub(crate) fn read_lease(item: &Item) -> Read<Option<Lease>> {
    let item = Reader::of(item)?;
    let Some(owner) = item.text("owner")? else {
        return Ok(None);
    };
    Ok(Some(Lease {
        owner: owner.to_owned(),
        until: need("until", item.time("until")?)?,
        generation: need("generation", item.number("generation")?)?,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_time_loses_anything(nanos in -377_705_023_201_000_000_000i128..=253_402_207_200_999_999_999) {
            let at = Timestamp::from_nanosecond(nanos).expect("within range");
            let stored = time(at);
            prop_assert_eq!(parse_time(stored.as_n().expect("a number")), Some(at));
        }

        #[test]
        fn every_thread_has_a_place_of_its_own(one in "[#%a2350-]{0,12}", other in "[#%a2350-]{0,12}") {
            let integration: IntegrationId = "shop-a".parse().expect("an id");
            let key = |thread: &str| Key { integration: integration.clone(), thread: ThreadId(thread.into()) };
            prop_assert_eq!(key_of(&place(&key(&one))), Some(key(&one)));
            prop_assert_eq!(place(&key(&one)) == place(&key(&other)), one == other);
        }
    }

    #[test]
    fn no_thread_leads_to_a_buyer() {
        let integration: IntegrationId = "shop-a".parse().expect("an id");
        let buyer = buyer_place(&integration, "b-1");
        let (_, thread) = buyer.split_once('#').expect("a separator");
        let key = Key { integration, thread: ThreadId(thread.to_owned()) };
        assert_ne!(place(&key), buyer);
        assert_eq!(key_of(&buyer), None);
        assert!(!buyer.contains("b-1"));
    }

    #[test]
    fn whole_milliseconds_are_whole_numbers() {
        let at = Timestamp::from_millisecond(1_800_000_000_123).expect("a timestamp");
        assert_eq!(time(at), AttributeValue::N("1800000000123".into()));
    }
}
