//! Conversations and deliveries: loading, writing under a version, and the two indexes.
//!
//! # Where the carried ids are
//!
//! The item of a conversation holds up to [`INLINE`] ids. Before a write that would hold more, the
//! ids that the *stored* item holds are put into a page, an item of its own, and left out of the new
//! item. A page is named after its content, never changed and never deleted, and holds only ids that
//! were durable before; so a crash between the two writes, or losing the second one, leaves a page
//! that repeats what the conversation says anyway, and no order of two writers can lose an id. New
//! ids never go straight into a page: a write that adds many at once makes a larger item for once,
//! which the next write empties.
//!
//! Reading takes the conversation first and its pages afterwards: an id leaves the item only when its
//! page is durable, so one of the two reads meets it.
//!
//! Which ids the stored item holds is not part of [`Conversation`]; it is remembered from loading or
//! writing that version in this process, and read again where it is not.

use std::collections::{BTreeSet, HashMap};
use std::sync::PoisonError;

use aws_sdk_dynamodb::types::AttributeValue;
use bridge::conversation::{Conversation, Delivery, Key, Loaded};
use bridge::failure::{Class, Effect, Failure};
use bridge::helpdesk::TicketId;
use bridge::ledger::{Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use jiff::Timestamp;

use crate::DynamoLedger;
use crate::failure::senseless;
use crate::item::{
    self, Item, Reader, StoredConversation, Unreadable, Wait, delivery_item, delivery_of, key_of, number,
    place, text, ticket_key, time, waiting_key,
};
use crate::schema::{
    BY_TICKET, CARRIED, CONVERSATION, DELIVERY, ITEM, SINCE, TICKET_KEY, WAITING, WAITING_AT, WAITING_KEY,
};
use crate::store::{GET, Order, PUT, QUERY, Settled, Spot, Verdict};

/// The most carried ids that stay in a conversation's item: 320 bytes.
pub(crate) const INLINE: usize = 40;

/// The most conversations whose pages are remembered.
const SHELVES: usize = 256;

/// What is known of where a stored conversation keeps its carried ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    /// The stored version; 0: none.
    version: u64,
    /// In the item.
    inline: BTreeSet<u64>,
    /// In pages.
    paged: BTreeSet<u64>,
    /// How many pages.
    pages: u64,
}

/// Shelves by partition; only of conversations that have pages or will have one soon.
pub(crate) type Shelves = HashMap<String, Shelf>;

impl DynamoLedger {
    fn spot<'a>(&'a self, place: &'a str, item: &'a str) -> Spot<'a> {
        Spot { table: &self.conversations_table, partition: CONVERSATION, key: place, item }
    }

    pub(crate) async fn read_all(&self, key: &Key) -> Result<Loaded, Failure> {
        let place = place(key);
        let condition = format!("#{CONVERSATION} = :place AND #{ITEM} >= :first");
        let values = [(":place", text(&place)), (":first", text(CONVERSATION))];
        let items = self.items(&self.conversations_table, &condition, &values).await?;
        let mut stored = None;
        let mut deliveries = Vec::new();
        let mut sort = |item: &Item| -> Result<(), Unreadable> {
            match Reader::of(item)?.text(ITEM)? {
                Some(CONVERSATION) => stored = Some(item::read_conversation(key, item)?),
                Some(name) if name.starts_with(DELIVERY) => deliveries.push(item::read_delivery(key, item)?),
                _ => return Err(Unreadable::Malformed(ITEM)),
            }
            Ok(())
        };
        items.iter().try_for_each(&mut sort).map_err(|error| error.during(QUERY))?;
        let conversation = match stored {
            None => None,
            Some(StoredConversation { mut conversation, pages }) => {
                let shelf = self.shelf(&place, &conversation, pages).await?;
                conversation.carried.0.extend(&shelf.paged);
                self.remember(place, shelf);
                Some(conversation)
            }
        };
        Ok(Loaded { conversation, deliveries })
    }

    /// The shelf of a conversation whose item was read before.
    async fn shelf(&self, place: &str, stored: &Conversation, pages: u64) -> Result<Shelf, Failure> {
        let inline = stored.carried.0.clone();
        let mut shelf = Shelf { version: stored.version, inline, ..Shelf::default() };
        if pages == 0 {
            return Ok(shelf);
        }
        let condition = format!("#{CONVERSATION} = :place AND begins_with(#{ITEM}, :carried)");
        let values = [(":place", text(place)), (":carried", text(CARRIED))];
        for page in self.items(&self.conversations_table, &condition, &values).await? {
            shelf.paged.extend(item::read_page(&page).map_err(|error| error.during(QUERY))?);
            shelf.pages += 1;
        }
        // Without them, messages would be carried over a second time.
        if shelf.pages < pages {
            return Err(Unreadable::Malformed("pages").during(QUERY));
        }
        Ok(shelf)
    }

    fn remember(&self, place: String, shelf: Shelf) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.inline.len() + shelf.paged.len() < INLINE {
            shelves.remove(&place);
            return;
        }
        if shelves.len() >= SHELVES {
            shelves.clear();
        }
        shelves.insert(place, shelf);
    }

    /// The shelf that a write of `version` replaces.
    async fn shelf_before(&self, key: &Key, place: &str, version: u64) -> Result<Shelf, Failure> {
        let known = self.shelves.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned();
        if let Some(shelf) = known.filter(|shelf| shelf.version == version) {
            return Ok(shelf);
        }
        let Some(item) = self.get(self.spot(place, CONVERSATION)).await? else {
            return Ok(Shelf::default());
        };
        let stored = item::read_conversation(key, &item).map_err(|error| error.during(GET))?;
        self.shelf(place, &stored.conversation, stored.pages).await
    }

    pub(crate) async fn write_conversation(
        &self,
        conversation: &Conversation,
        owner: &str,
    ) -> Result<Write, Failure> {
        let Conversation { key, version, carried, .. } = conversation;
        let Some(before) = version.checked_sub(1) else {
            return Err(senseless(PUT, "a conversation is saved with version 1 or more"));
        };
        let place = place(key);
        let mut shelf = match carried.0.len() {
            0..=INLINE => Shelf::default(),
            _ => self.shelf_before(key, &place, before).await.map_err(nothing_written)?,
        };
        let mut inline = &carried.0 - &shelf.paged;
        if inline.len() > INLINE {
            let durable = &inline & &shelf.inline;
            if !durable.is_empty() {
                self.put_page(key, &place, &durable).await.map_err(nothing_written)?;
                inline = &inline - &durable;
                shelf.paged.extend(durable);
                shelf.pages += 1;
            }
        }
        let item = item::conversation(conversation, owner, &inline, shelf.pages)
            .map_err(|error| error.during(PUT))?;
        let ours = |found: &Item| {
            item::same_but_carried(found, &item)
                && item::read_conversation(key, found).is_ok_and(|found| {
                    let found = found.conversation.carried.0;
                    found.is_subset(&carried.0) && carried.0.is_subset(&(&found | &shelf.paged))
                })
        };
        let settled = self.put_version(self.spot(&place, CONVERSATION), item.clone(), before, ours).await?;
        if let Settled::Done(found) = &settled {
            // An own write that arrived earlier may have kept the ids elsewhere.
            if found.is_empty() {
                self.remember(place, Shelf { version: *version, inline, ..shelf });
            }
        }
        Ok(settled.into())
    }

    async fn put_page(&self, key: &Key, place: &str, ids: &BTreeSet<u64>) -> Result<(), Failure> {
        let page = item::page(key, ids);
        let name = page.get(ITEM).and_then(|name| name.as_s().ok()).cloned().unwrap_or_default();
        let spot = self.spot(place, &name);
        let judge = |found: Option<&Item>| match found == Some(&page) {
            true => Verdict::Ours,
            false => Verdict::Untouched,
        };
        match self.put(spot, page.clone(), "", &[], judge).await? {
            Settled::Done(_) => Ok(()),
            // Its only condition is the schema, and a newer one is reported as a failure.
            Settled::Lost(_) => Err(Unreadable::Newer.during(PUT)),
        }
    }

    pub(crate) async fn write_delivery(&self, delivery: &Delivery, owner: &str) -> Result<Write, Failure> {
        let Some(before) = delivery.version.checked_sub(1) else {
            return Err(senseless(PUT, "a delivery is saved with version 1 or more"));
        };
        let place = place(&delivery.key);
        let name = delivery_item(delivery.ticket, delivery.reply);
        let item = item::delivery(delivery, owner);
        let ours = |found: &Item| *found == item;
        let settled = self.put_version(self.spot(&place, &name), item.clone(), before, ours).await?;
        Ok(settled.into())
    }

    /// Puts an item in place of the one of version `before`; 0: none.
    async fn put_version(
        &self,
        spot: Spot<'_>,
        item: Item,
        before: u64,
        ours: impl Fn(&Item) -> bool + Send + Sync,
    ) -> Result<Settled, Failure> {
        let replaced = [(":before", number(before))];
        let (condition, values) = match before {
            0 => ("attribute_not_exists(#item)", &replaced[..0]),
            _ => ("#version = :before", &replaced[..]),
        };
        let judge = |found: Option<&Item>| match found {
            Some(found) if ours(found) => Verdict::Ours,
            Some(found) if found.get("version") == Some(&number(before)) => Verdict::Untouched,
            None if before == 0 => Verdict::Untouched,
            _ => Verdict::Overtaken,
        };
        self.put(spot, item, condition, values, judge).await
    }

    pub(crate) async fn find_thread(
        &self,
        id: &IntegrationId,
        ticket: TicketId,
    ) -> Result<Option<ThreadId>, Failure> {
        let condition = format!("#{TICKET_KEY} = :ticket");
        let values = [(":ticket", text(ticket_key(id, ticket)))];
        let keys = self.indexed(BY_TICKET, &condition, &values, Order::Ascending, 1).await?;
        let Some(found) = keys.first() else {
            return Ok(None);
        };
        match found.get(CONVERSATION).and_then(|place| key_of(place.as_s().ok()?)) {
            Some(key) => Ok(Some(key.thread)),
            None => Err(Unreadable::Malformed(CONVERSATION).during(QUERY)),
        }
    }

    /// What is due at `now`, or what is parked.
    pub(crate) async fn waiting(
        &self,
        id: &IntegrationId,
        now: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<Waiting>, Failure> {
        let wait = if now.is_none() { Wait::Parked } else { Wait::Due };
        let key = (":key", text(waiting_key(id, wait)));
        let keys = match now {
            None => {
                let condition = format!("#{WAITING_KEY} = :key");
                self.indexed(WAITING, &condition, &[key], Order::Ascending, limit).await?
            }
            Some(now) => {
                let condition = format!("#{WAITING_KEY} = :key AND #{WAITING_AT} <= :now");
                let values = [key, (":now", time(now))];
                self.indexed(WAITING, &condition, &values, Order::Ascending, limit).await?
            }
        };
        let waiting = |keys: &Item| {
            let place = keys.get(CONVERSATION)?.as_s().ok()?;
            let item = keys.get(ITEM)?.as_s().ok()?;
            let time = |value: &AttributeValue| item::parse_time(value.as_n().ok()?);
            let at = time(keys.get(WAITING_AT)?)?;
            Some(Waiting {
                at,
                // An index that was made without it lacks it.
                since: keys.get(SINCE).and_then(time).unwrap_or(at),
                thread: key_of(place)?.thread,
                delivery: match item.as_str() {
                    CONVERSATION => None,
                    name => Some(delivery_of(name)?),
                },
            })
        };
        let waiting: Option<Vec<Waiting>> = keys.iter().map(waiting).collect();
        waiting.ok_or_else(|| Unreadable::Malformed(ITEM).during(QUERY))
    }
}

impl DynamoLedger {
    /// Threads whose orders are watched. A conversation that also waits for a reminder stands in the
    /// index as due, and counts as watched too.
    pub(crate) async fn watched_threads(
        &self,
        id: &IntegrationId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ThreadId>, Failure> {
        let mut threads = Vec::new();
        for wait in [Wait::Due, Wait::Watched] {
            let condition = format!("#{WAITING_KEY} = :key AND #{WAITING_AT} > :now");
            let values = [(":key", text(waiting_key(id, wait))), (":now", time(now))];
            let found = self.indexed(WAITING, &condition, &values, Order::Descending, limit).await?;
            let conversations = found.iter().filter(|keys| keys.get(ITEM) == Some(&text(CONVERSATION)));
            let thread = |keys: &Item| Some(key_of(keys.get(CONVERSATION)?.as_s().ok()?)?.thread);
            threads.extend(conversations.filter_map(thread));
        }
        threads.truncate(limit);
        Ok(threads)
    }
}

/// A failure on the way to a write that was not begun.
fn nothing_written(mut failure: Failure) -> Failure {
    if failure.class == Class::Unknown {
        failure.class = Class::of(Effect::Read, failure.outcome);
    }
    failure
}
