//! What people do in EmpikPlace: buyers, the operator and colleagues in the seller's panel.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::Draft;
use super::{Author, Entity, NoReply, Order, Participant, ParticipantKind, Thread, Topic};
use crate::faults::Side;
use crate::files::NewFile;
use crate::history::{Actor, Event, Kind};
use crate::world::{Refusal, World};

/// A buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Customer id.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// A thread to be opened with its first message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewThread {
    /// The shop; the world's first one when absent.
    #[serde(default)]
    pub shop_id: Option<u64>,
    /// The buyer; absent for a thread between seller and operator.
    #[serde(default)]
    pub customer: Option<Person>,
    /// Who opens it. Default: the buyer, or the operator when there is no buyer.
    #[serde(default)]
    pub from: Option<Author>,
    /// Default: free text "Pytanie o zamówienie".
    #[serde(default)]
    pub topic: Option<Topic>,
    /// What it is about. Default: nothing.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// Whether the operator may take part. Default true.
    #[serde(default = "yes")]
    pub operator: bool,
    /// Company of a B2B buyer.
    #[serde(default)]
    pub customer_organization: Option<Person>,
    /// Channel code.
    #[serde(default)]
    pub channel: Option<String>,
    /// HTML body of the first message.
    pub body: String,
    /// Whom it is addressed to. Default: the shop, or the buyer when the shop writes.
    #[serde(default)]
    pub to: Option<Vec<ParticipantKind>>,
    /// Files of the first message.
    #[serde(default)]
    pub attachments: Vec<NewFile>,
}

fn yes() -> bool {
    true
}

impl NewThread {
    /// A thread a buyer opens, about nothing in particular.
    #[must_use]
    pub fn from_customer(id: &str, name: &str, body: &str) -> Self {
        Self {
            shop_id: None,
            customer: Some(Person { id: id.into(), name: name.into() }),
            from: None,
            topic: None,
            entities: Vec::new(),
            operator: true,
            customer_organization: None,
            channel: None,
            body: body.into(),
            to: None,
            attachments: Vec::new(),
        }
    }

    /// The same thread about an order.
    #[must_use]
    pub fn about_order(mut self, order_id: &str) -> Self {
        self.entities.push(Entity { kind: "MMP_ORDER".into(), id: order_id.into(), label: order_id.into() });
        self
    }
}

/// A message to be written into an existing thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Who writes it: `customer`, `operator` or `shop` (a colleague in the panel).
    pub from: Author,
    /// HTML body.
    pub body: String,
    /// Whom it is addressed to. Default: the shop, or the buyer when the shop writes.
    #[serde(default)]
    pub to: Option<Vec<ParticipantKind>>,
    /// Files.
    #[serde(default)]
    pub attachments: Vec<NewFile>,
}

impl NewMessage {
    /// A message without files to the usual recipient.
    #[must_use]
    pub fn new(from: Author, body: &str) -> Self {
        Self { from, body: body.into(), to: None, attachments: Vec::new() }
    }
}

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The thread.
    pub thread_id: String,
    /// Its first message.
    pub message_id: String,
}

impl World {
    /// Opens a thread as buyer, operator or colleague.
    ///
    /// # Errors
    /// An unknown shop, a recipient who may not take part, a broken attachment.
    pub fn open_thread(&self, new: NewThread) -> Result<Opened, Refusal> {
        let mut state = self.lock();
        let shop = match new.shop_id {
            Some(id) => state.empikplace.shops.iter().find(|shop| shop.shop_id == id),
            None => state.empikplace.shops.first(),
        };
        let shop = shop.cloned().ok_or_else(|| Refusal::unknown("shop", new.shop_id.unwrap_or_default()))?;
        let mut participants = vec![Participant {
            kind: ParticipantKind::Shop,
            id: Some(shop.shop_id.to_string()),
            display_name: shop.name,
        }];
        participants.extend(new.customer.as_ref().map(|customer| Participant {
            kind: ParticipantKind::Customer,
            id: Some(customer.id.clone()),
            display_name: customer.name.clone(),
        }));
        let operator =
            Participant { kind: ParticipantKind::Operator, id: None, display_name: "Empik".into() };
        participants.extend((new.operator || new.customer.is_none()).then_some(operator));
        let from = new.from.unwrap_or(match new.customer {
            Some(_) => Author::Customer,
            None => Author::Operator,
        });
        let topic = new
            .topic
            .unwrap_or_else(|| Topic { kind: "FREE_TEXT".into(), value: "Pytanie o zamówienie".into() });
        let mut entities = new.entities;
        for entity in entities.iter_mut().filter(|entity| entity.label.is_empty()) {
            entity.label = entity.id.clone();
        }
        let now = state.now();
        let thread = Thread {
            id: state.uuid(),
            number: state.empikplace.threads.len() as u64 + 1,
            shop_id: shop.shop_id,
            topic,
            entities,
            authorized_participants: participants,
            customer_organization: new
                .customer_organization
                .map(|company| json!({ "id": company.id, "display_name": company.name })),
            channel: new.channel,
            date_created: now,
            date_updated: now,
            shop_reply_needed_since: None,
            no_store_reply_needed: Vec::new(),
            messages: Vec::new(),
        };
        let message = NewMessage { from, body: new.body, to: new.to, attachments: new.attachments };
        let draft = draft(&thread, &message)?;
        let actor = actor(from);
        let thread_id = state.open(thread, actor);
        let message_id = state.add_message(&thread_id, draft);
        Ok(Opened { thread_id, message_id })
    }

    /// Writes a message into a thread as a person and returns its id.
    ///
    /// # Errors
    /// An unknown thread, a recipient who may not take part, a broken attachment.
    pub fn write(&self, thread_id: &str, new: NewMessage) -> Result<String, Refusal> {
        let mut state = self.lock();
        let thread = state.empikplace.thread(thread_id);
        let thread = thread.ok_or_else(|| Refusal::unknown("thread", thread_id))?;
        let draft = draft(thread, &new)?;
        Ok(state.add_message(thread_id, draft))
    }

    /// Sets "no reply needed" as the shop or the operator.
    ///
    /// # Errors
    /// An unknown thread; the buyer has no such button.
    pub fn no_reply_needed(&self, thread_id: &str, user_type: ParticipantKind) -> Result<(), Refusal> {
        if user_type == ParticipantKind::Customer {
            return Err(Refusal::new("a customer cannot set \"no reply needed\""));
        }
        let mut state = self.lock();
        let now = state.now();
        let bumps = state.switches.empikplace.no_reply_needed_bumps;
        let thread = state.empikplace.thread_mut(thread_id);
        let thread = thread.ok_or_else(|| Refusal::unknown("thread", thread_id))?;
        thread.no_store_reply_needed.push(NoReply { date: now, user_type });
        thread.shop_reply_needed_since = None;
        if bumps {
            thread.date_updated = now;
        }
        let actor = if user_type == ParticipantKind::Shop { Actor::ShopPanel } else { Actor::Operator };
        state.record(Event::new(Side::Empikplace, actor, Kind::NoReplyNeeded).thread(thread_id));
        Ok(())
    }

    /// Creates an order, or changes the members given of an existing one. `order_id` is required;
    /// what else OR11 always gives is filled in. `shop_id` names the shop and is not shown by OR11.
    ///
    /// # Errors
    /// No `order_id`, no object, or an unknown shop.
    pub fn put_order(&self, given: Value) -> Result<(), Refusal> {
        let mut state = self.lock();
        let Value::Object(mut given) = given else {
            return Err(Refusal::new("an order is a JSON object"));
        };
        let Some(order_id) = given.get("order_id").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Refusal::new("an order needs an order_id"));
        };
        let shop_id = given.remove("shop_id").and_then(|id| id.as_u64());
        let now = state.now();
        let mut order = match state.empikplace.orders.get(&order_id) {
            Some(order) => order.clone(),
            None => Order { shop_id: 0, created: now, updated: now, body: blank_order(&order_id) },
        };
        if order.shop_id == 0 || shop_id.is_some() {
            let shops = &state.empikplace.shops;
            let wanted = shop_id.or_else(|| shops.first().map(|shop| shop.shop_id)).unwrap_or_default();
            let shop = shops.iter().find(|shop| shop.shop_id == wanted);
            order.shop_id = shop.ok_or_else(|| Refusal::unknown("shop", wanted))?.shop_id;
        }
        order.updated = now;
        if let Some(body) = order.body.as_object_mut() {
            body.insert("last_updated_date".into(), json!(crate::clock::utc(now)));
            body.entry("created_date").or_insert_with(|| json!(crate::clock::utc(now)));
            body.extend(given);
        }
        let date = |name: &str| order.body[name].as_str().and_then(|text| text.parse().ok());
        let (created, updated) = (date("created_date"), date("last_updated_date"));
        order.created = created.unwrap_or(order.created);
        order.updated = updated.unwrap_or(order.updated);
        let event = Event::new(Side::Empikplace, Actor::Control, Kind::OrderChanged).message(&order_id);
        state.record(event.data(order.body.clone()));
        state.empikplace.orders.insert(order_id, order);
        Ok(())
    }

    /// Makes a shop's key useless (401); with `new_key`, another key works from now on.
    ///
    /// # Errors
    /// An unknown shop.
    pub fn revoke_key(&self, shop_id: u64, new_key: Option<&str>) -> Result<(), Refusal> {
        let mut state = self.lock();
        let twin = &mut state.empikplace;
        let shop = twin.shops.iter_mut().find(|shop| shop.shop_id == shop_id);
        let shop = shop.ok_or_else(|| Refusal::unknown("shop", shop_id))?;
        match new_key {
            Some(key) => {
                key.clone_into(&mut shop.api_key);
                twin.revoked.remove(&shop_id);
            }
            None => {
                twin.revoked.insert(shop_id);
            }
        }
        let event = Event::new(Side::Empikplace, Actor::Control, Kind::KeyRevoked);
        state.record(event.data(json!({ "shop_id": shop_id, "replaced": new_key.is_some() })));
        Ok(())
    }
}

fn actor(author: Author) -> Actor {
    match author {
        Author::Customer => Actor::Buyer,
        Author::Operator => Actor::Operator,
        Author::Shop => Actor::ShopPanel,
        Author::Api => Actor::Api,
    }
}

fn draft(thread: &Thread, new: &NewMessage) -> Result<Draft, Refusal> {
    let usual = match new.from {
        Author::Api => return Err(Refusal::new("from must be customer, operator or shop")),
        Author::Shop if thread.participant(ParticipantKind::Customer).is_none() => ParticipantKind::Operator,
        Author::Shop => ParticipantKind::Customer,
        Author::Customer | Author::Operator => ParticipantKind::Shop,
    };
    if new.from == Author::Customer && thread.participant(ParticipantKind::Customer).is_none() {
        return Err(Refusal::new("the thread has no customer"));
    }
    let to = new.to.clone().unwrap_or_else(|| vec![usual]);
    let to = to
        .into_iter()
        .map(|kind| thread.participant(kind).cloned())
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Refusal::new("a recipient may not take part in the thread"))?;
    let files = new
        .attachments
        .iter()
        .map(|file| Ok((file.name.clone(), file.bytes()?)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Draft { author: new.from, body: new.body.clone(), to, files })
}

/// What OR11 gives for every order, addresses null as before acceptance.
fn blank_order(order_id: &str) -> Value {
    json!({
        "order_id": order_id,
        "commercial_id": order_id.rsplit_once('-').map_or(order_id, |(basket, _)| basket),
        "order_state": "SHIPPING",
        "total_price": 0,
        "currency_iso_code": "PLN",
        "has_incident": false,
        "has_invoice": false,
        "has_customer_message": false,
        "shipping_type_label": "Kurier",
        "shipping_company": null,
        "shipping_tracking": null,
        "shipping_tracking_url": null,
        "customer": {
            "customer_id": "", "firstname": "", "lastname": "", "locale": "pl_PL",
            "billing_address": null, "shipping_address": null,
        },
        "order_lines": [],
    })
}
