//! Opening the ticket of a conversation: category, CRM customer, order card, and finding a ticket
//! whose creation ended without an answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::refused::Opening;
use super::{CONCURRENCY, Halt, SETTLE_TICKET, Visit, Work, count, lock};
use crate::conversation::Act;
use crate::failure::{Class, Failure, Side};
use crate::helpdesk::{NewCustomer, NewTicket, TicketId, TicketsBy};
use crate::ledger::{Buyer, Write};
use crate::marketplace::{Message, Order, Reason, Thread};
use crate::settings::Sender;
use crate::text;
use crate::words::{CustomerNote, Part};

/// Pages of the ticket list that are searched for a ticket whose creation ended without an answer.
const MOST_SEARCH_PAGES: u64 = 5;

/// How long a message waits for its order at most: an agent can find an order, but no message.
const WORTH_WAITING: SignedDuration = SignedDuration::from_mins(2);

/// What is known beside the threads themselves, fetched once for all threads of a tick.
#[derive(Default)]
pub(super) struct Facts {
    /// Orders by id.
    pub orders: HashMap<String, Order>,
    /// Whether the orders could not be read this time.
    pub orders_unread: bool,
    /// Reason codes with labels.
    pub reasons: Arc<Vec<Reason>>,
    /// CRM customers that were found or created in this tick, by buyer.
    pub customers: Mutex<HashMap<String, Record>>,
    /// Buyers that were looked up beside the orders, until their turn comes.
    looked_up: Mutex<HashMap<String, Result<LookedUp, Failure>>>,
}

/// What is on record about a buyer.
struct LookedUp {
    /// When it was asked for.
    at: Timestamp,
    /// In the ledger.
    known: Option<Buyer>,
    /// Customers in the CRM, the oldest first; not searched where the ledger names one.
    found: Vec<u64>,
}

/// The CRM record of a buyer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub id: u64,
    /// Whether the CRM holds several that bear the buyer's id; this is the oldest.
    pub several: bool,
}

impl Facts {
    /// Whether opening the ticket of a fresh message waits for the order: a card that is there from the
    /// beginning is worth more than one that follows.
    pub(super) fn are_worth_waiting_for(&self, thread: &Thread, now: Timestamp) -> bool {
        let newest = thread.messages.iter().filter_map(|message| message.at).max();
        let fresh = newest.is_some_and(|at| now < at + WORTH_WAITING);
        self.orders_unread && fresh && thread.order_ids().next().is_some()
    }
}

impl Visit {
    /// Opens the ticket with the first incoming message.
    pub(super) async fn open_ticket(
        &self,
        work: &mut Work,
        thread: &Thread,
        message: &Message,
        facts: &Facts,
    ) -> Result<(), Halt> {
        let prepared = self.prepare(&work.conversation, thread, message).await?;
        let orders: Vec<Order> = thread.order_ids().filter_map(|id| facts.orders.get(id).cloned()).collect();
        let record = self.customer(thread, &orders, facts).await?;
        work.conversation.customer = record.map(|record| record.id);
        self.watch(&mut work.conversation, thread, &orders);
        self.announce(work, Act::Open { message: message.id.clone() }).await?;
        let buyer = thread.buyer_id.as_deref().or(orders.iter().find_map(|o| o.customer_id.as_deref()));
        let note = match record {
            Some(Record { several: true, .. }) => CustomerNote::Several,
            Some(_) => CustomerNote::Known,
            None => CustomerNote::Missing(buyer),
        };
        let thulium = &self.settings.thulium;
        let topic = self.topic(thread, facts);
        let labels = [thread.topic.value.as_str(), topic.as_str()];
        let entities: Vec<&str> = thread.entities.iter().map(|e| e.kind.as_str()).collect();
        let sender = match message.author {
            crate::marketplace::Author::Buyer => Sender::Customer,
            _ => Sender::Operator,
        };
        let place = thulium.category_for(&labels, &entities, sender);
        let ticket = NewTicket {
            to: thulium.mailbox.clone(),
            from: thulium.reply_address_of(&thread.id.0),
            subject: self.words.subject(thread, &topic),
            body: prepared.text,
            comment: self.words.card(thread, &orders, note, &self.settings.empikplace),
            customer: work.conversation.customer,
            queue: place.queue_id,
            category: place.category_id,
            source: Some(thulium.source.clone()).filter(|s| !s.is_empty()),
            tags: thulium.tags.clone(),
            fields: self.ticket_fields(thread, &orders),
            files: prepared.files,
        };
        let opening = Opening { thread, orders: &orders, note, buyer };
        let (id, left_out) = match self.open_or_simpler(&ticket, &opening).await {
            Ok(opened) => opened,
            Err(failure) => {
                self.forget_unless_unknown(work, &failure);
                return Err(failure.into());
            }
        };
        work.conversation.ticket = Some(id);
        if left_out.contains(&Part::Customer) {
            work.conversation.customer = None;
        }
        if left_out.contains(&Part::Card) {
            work.conversation.orders.iter_mut().for_each(|order| order.told = None);
        }
        if !left_out
            .iter()
            .any(|part| matches!(part, Part::Field(name) if *name == thulium.reply_needed_field))
        {
            self.clock_shown(thread);
        }
        self.carried(work, message);
        count(&self.counts.tickets_created);
        tracing::info!(
            event = "ticket.opened",
            integration.id = %self.id(),
            thread.id = %thread.id,
            ticket.id = id.0,
            "a ticket was opened for the thread"
        );
        Ok(())
    }

    fn topic(&self, thread: &Thread, facts: &Facts) -> String {
        let topic = &thread.topic;
        let mut reasons: Vec<&Reason> = facts.reasons.iter().filter(|r| r.code == topic.value).collect();
        // Reasons of incidents and refunds may bear the same code.
        reasons.sort_by_key(|reason| !reason.is_topic);
        let reason = topic.is_reason.then(|| reasons.first()).flatten();
        reason.map_or_else(|| topic.value.clone(), |reason| reason.label.clone())
    }

    fn ticket_fields(&self, thread: &Thread, orders: &[Order]) -> Vec<(String, String)> {
        let thulium = &self.settings.thulium;
        let ids: Vec<&str> = thread.order_ids().collect();
        let fields = [
            (&thulium.thread_field, thread.id.0.clone()),
            (&thulium.order_field, text::one_line(&ids.join(", "), 250)),
            (&thulium.products_field, self.words.products(orders)),
            (&thulium.conversation_field, self.link(thread).unwrap_or_default()),
            (&thulium.reply_needed_field, self.clock_field(thread)),
        ];
        let set = fields.into_iter().filter(|(name, value)| !name.is_empty() && !value.is_empty());
        set.map(|(name, value)| (name.clone(), value)).collect()
    }

    /// The buyer's CRM customer: found, or created. `None`: there is none, and the ticket says so.
    async fn customer(
        &self,
        thread: &Thread,
        orders: &[Order],
        facts: &Facts,
    ) -> Result<Option<Record>, Halt> {
        let from_order = orders.iter().find_map(|o| o.customer_id.clone());
        let Some(buyer) = thread.buyer_id.clone().or(from_order) else {
            return Ok(None);
        };
        if let Some(record) = lock(&facts.customers).get(&buyer) {
            return Ok(Some(*record));
        }
        let looked_up = lock(&facts.looked_up).remove(&buyer);
        let looked_up = match looked_up {
            Some(looked_up) => looked_up,
            None => self.look_up(&buyer).await,
        };
        let found = match self.find_or_create(&buyer, looked_up, thread, orders).await {
            // A CRM that refuses must not keep the message from the agents.
            Err(Halt::Failed(failure))
                if failure.side == Side::Thulium
                    && (failure.class == Class::Permanent || failure.status() == Some(403)) =>
            {
                self.note(&failure, Some(&thread.id));
                None
            }
            other => other?,
        };
        if let Some(record) = found {
            lock(&facts.customers).insert(buyer, record);
        }
        Ok(found)
    }

    /// Looks up the buyers of new threads, so that nobody waits for the orders first. Of few threads
    /// only: with more, others use the time.
    pub(super) async fn look_up_buyers(&self, threads: &[&Thread], facts: &Facts) {
        if threads.len() > CONCURRENCY {
            return;
        }
        let buyers: BTreeSet<&String> = threads.iter().filter_map(|t| t.buyer_id.as_ref()).collect();
        join_all(buyers.into_iter().map(|buyer| async {
            if self.go_on().is_ok() {
                let looked_up = self.look_up(buyer).await;
                lock(&facts.looked_up).insert(buyer.clone(), looked_up);
            }
        }))
        .await;
    }

    async fn look_up(&self, buyer: &str) -> Result<LookedUp, Failure> {
        let at = self.now();
        let known = self.ports.ledger.buyer(self.id(), buyer).await?;
        let found = match known.and_then(|b| b.customer) {
            Some(_) => Vec::new(),
            None => self.ports.helpdesk.customers(&self.settings.thulium.customer_field, buyer).await?,
        };
        Ok(LookedUp { at, known, found })
    }

    async fn find_or_create(
        &self,
        buyer: &str,
        looked_up: Result<LookedUp, Failure>,
        thread: &Thread,
        orders: &[Order],
    ) -> Result<Option<Record>, Halt> {
        let thulium = &self.settings.thulium;
        let LookedUp { at: asked, known, found } = looked_up?;
        if let Some(id) = known.and_then(|b| b.customer) {
            return Ok(Some(Record { id, several: false }));
        }
        if found.len() > 1 {
            tracing::warn!(
                event = "customer.ambiguous",
                integration.id = %self.id(),
                thread.id = %thread.id,
                customers = found.len(),
                "several CRM customers bear the buyer's id; the oldest is taken"
            );
        }
        if let Some(id) = found.first() {
            return Ok(Some(Record { id: *id, several: found.len() > 1 }));
        }
        if !thulium.create_customers {
            return Ok(None);
        }
        // The search may lag behind a creation that somebody announced: wait until it cannot.
        let announced = known.map(|b| b.at);
        let now = self.now();
        if announced.is_some_and(|at| asked < at + SETTLE_TICKET) {
            return Err(Halt::Failed(self.not_yet("GET customers")));
        }
        if self.ports.ledger.announce_buyer(self.id(), buyer, now, announced).await? == Write::Lost {
            return Err(Halt::Failed(self.not_yet("GET customers")));
        }
        let (name, surname) = self.buyer_name(thread, orders);
        let customer =
            NewCustomer { name, surname, fields: vec![(thulium.customer_field.clone(), buyer.to_owned())] };
        let id = self.ports.helpdesk.create_customer(&customer).await?;
        self.ports.ledger.record_buyer(self.id(), buyer, id, self.now()).await?;
        tracing::info!(event = "customer.created", integration.id = %self.id(), customer.id = id, "a CRM customer was created");
        Ok(Some(Record { id, several: false }))
    }

    /// A failure that only means: later.
    fn not_yet(&self, operation: &'static str) -> Failure {
        use crate::failure::{Effect, Outcome};
        Failure::new(Side::Thulium, operation, Effect::Read, Outcome::NoAnswer)
            .because("the buyer's CRM record is being created by somebody else")
    }

    /// First and last name, as far as known.
    fn buyer_name(&self, thread: &Thread, orders: &[Order]) -> (String, String) {
        let tidy = |name: &str| text::one_line(name, 60);
        if let Some(order) = orders.iter().find(|o| !o.last_name.trim().is_empty()) {
            return (tidy(&order.first_name), tidy(&order.last_name));
        }
        let shown = tidy(thread.buyer_name.as_deref().unwrap_or_default());
        match shown.rsplit_once(' ') {
            Some((name, surname)) => (name.to_owned(), surname.to_owned()),
            None if shown.is_empty() => (String::new(), self.words.unknown_buyer().to_owned()),
            None => (String::new(), shown),
        }
    }

    /// Finds a ticket that may have been opened for a message since `since`: by the custom field
    /// with the thread id, by the list of new tickets, and surely by the marker in its first message.
    pub(super) async fn find_ticket(
        &self,
        thread: &Thread,
        marker: &str,
        since: Timestamp,
    ) -> Result<Option<TicketId>, Halt> {
        let thulium = &self.settings.thulium;
        let address = thulium.reply_address_of(&thread.id.0);
        let mut searches = Vec::new();
        if !thulium.thread_field.is_empty() {
            searches
                .push(TicketsBy::Field { name: thulium.thread_field.clone(), value: thread.id.0.clone() });
        }
        searches.push(TicketsBy::Created { since: self.local_minute(since - SignedDuration::from_mins(10)) });
        for search in &searches {
            for page in 0..MOST_SEARCH_PAGES {
                let offset = page * 100;
                let found = match self.ports.helpdesk.tickets(search, offset).await {
                    Ok(found) => found,
                    // The field may not exist in the account; the other search does without it.
                    Err(failure) if failure.class == Class::Permanent => break,
                    Err(failure) => return Err(failure.into()),
                };
                let mut rows = found.rows.clone();
                rows.sort_by_key(|row| row.id);
                for row in &rows {
                    if row.from.as_ref().is_some_and(|from| from != &address) {
                        continue;
                    }
                    let ticket = match self.ports.helpdesk.ticket(row.id).await {
                        Ok(ticket) => ticket,
                        Err(failure) if failure.is_gone() => continue,
                        Err(failure) => return Err(failure.into()),
                    };
                    if ticket.entries.iter().any(|e| text::carries_marker(&e.text, marker)) {
                        return Ok(Some(row.id));
                    }
                }
                let listed = offset + found.rows.len() as u64;
                if found.rows.is_empty() || found.count.is_some_and(|count| listed >= count) {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// `YYYY-MM-DD HH:MM` in the helpdesk's zone.
    pub(super) fn local_minute(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.settings.thulium.zone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}
