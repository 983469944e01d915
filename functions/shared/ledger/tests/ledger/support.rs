//! A database per test, and a client that measures what calls cost and loses them on demand.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use bridge::conversation::{Carried, Conversation, Delivery, DeliveryState, Key};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::{DynamoLedger, schema};

pub const INTEGRATIONS: &str = "bridge-integrations";
pub const CONVERSATIONS: &str = "bridge-conversations";

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    /// It never leaves.
    Dies,
    /// It is carried out, and its answer is lost.
    LosesAnswer,
}

/// What happens elsewhere while a request is on its way out.
type Meanwhile = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Line {
    fates: VecDeque<Fate>,
    losing: bool,
    meanwhile: Option<(usize, Meanwhile)>,
    requests: usize,
    units: f64,
}

/// The line to the database.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Line>>);

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    fn line<T>(&self, act: impl FnOnce(&mut Line) -> T) -> T {
        act(&mut self.0.lock().expect("no panic while held"))
    }

    /// The fates of the next requests; those after them arrive.
    pub fn fates(&self, fates: &[Fate]) {
        self.line(|line| line.fates = fates.iter().copied().collect());
    }

    /// Runs `act` after `requests` more have been answered and before the next one leaves.
    pub fn after(&self, requests: usize, act: impl FnOnce() + Send + 'static) {
        self.line(|line| line.meanwhile = Some((line.requests + requests, Box::new(act))));
    }

    /// Write units since the last call.
    pub fn units(&self) -> f64 {
        self.line(|line| std::mem::take(&mut line.units))
    }

    /// Requests since the last call.
    pub fn requests(&self) -> usize {
        self.line(|line| std::mem::take(&mut line.requests))
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let wanted = Some(ReturnConsumedCapacity::Indexes);
        let input = context.input_mut();
        if let Some(put) = input.downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = wanted;
        } else if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            update.return_consumed_capacity = wanted;
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reached = |line: &mut Line| line.meanwhile.take_if(|(at, _)| *at == line.requests);
        if let Some((_, act)) = self.line(reached) {
            act();
        }
        let fate = self.line(|line| {
            line.requests += 1;
            let fate = line.fates.pop_front().unwrap_or(Fate::Arrives);
            line.losing = fate == Fate::LosesAnswer;
            fate
        });
        if fate == Fate::Dies { Err("died on the way".into()) } else { Ok(()) }
    }

    fn modify_before_deserialization(
        &self,
        _: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match self.line(|line| std::mem::take(&mut line.losing)) {
            true => Err("the answer was lost".into()),
            false => Ok(()),
        }
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Ok(output)) = context.output_or_error() else {
            return Ok(());
        };
        let capacity =
            match (output.downcast_ref::<PutItemOutput>(), output.downcast_ref::<UpdateItemOutput>()) {
                (Some(put), _) => put.consumed_capacity(),
                (_, Some(update)) => update.consumed_capacity(),
                _ => return Ok(()),
            };
        let units = capacity.and_then(|capacity| capacity.capacity_units()).expect("the cost was asked for");
        self.line(|line| line.units += units);
        Ok(())
    }
}

/// A database of its own.
pub struct Bench {
    /// Sees everything as it is.
    pub client: Client,
    /// Behind the ledger.
    pub wire: Wire,
    pub ledger: DynamoLedger,
}

impl Bench {
    pub async fn new() -> Bench {
        let (_, client) = database::in_memory().await;
        let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(60)).build();
        let client = Client::from_conf(client.config().to_builder().timeout_config(timeouts).build());
        schema::create_tables(&client, INTEGRATIONS, CONVERSATIONS).await.expect("tables");
        let wire = Wire::default();
        let ledger = over(&client, &wire);
        Bench { client, wire, ledger }
    }

    /// A ledger of another process: it remembers nothing.
    pub fn restarted(&self) -> DynamoLedger {
        over(&self.client, &self.wire)
    }

    /// A ledger of another process, behind a line of its own.
    pub fn elsewhere(&self) -> DynamoLedger {
        over(&self.client, &Wire::default())
    }

    /// Stores an item as it is.
    pub async fn put(&self, table: &str, item: &[(&str, AttributeValue)]) {
        let item = item.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let put = self.client.put_item().table_name(table).set_item(Some(item.collect()));
        put.send().await.expect("stored");
    }

    /// Sets one attribute of an item.
    pub async fn set(&self, table: &str, key: (&str, &str), item: &str, name: &str, value: AttributeValue) {
        self.client
            .update_item()
            .table_name(table)
            .key(key.0, s(key.1))
            .key("item", s(item))
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value)
            .send()
            .await
            .expect("set");
    }

    /// All items of a table.
    pub async fn all(&self, table: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let scan = self.client.scan().table_name(table).send().await.expect("a scan");
        scan.items.unwrap_or_default()
    }
}

fn over(client: &Client, wire: &Wire) -> DynamoLedger {
    let client = Client::from_conf(client.config().to_builder().interceptor(wire.clone()).build());
    DynamoLedger::new(client, INTEGRATIONS.to_owned(), CONVERSATIONS.to_owned())
}

pub fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
}

pub fn shop(id: &str) -> IntegrationId {
    id.parse().expect("an id")
}

pub fn key(thread: &str) -> Key {
    Key { integration: shop("shop-a"), thread: ThreadId(thread.to_owned()) }
}

/// The first version of a conversation.
pub fn fresh(thread: &str) -> Conversation {
    Conversation { version: 1, ..Conversation::new(key(thread), at(0)) }
}

/// The next version.
pub fn next(conversation: &Conversation) -> Conversation {
    Conversation { version: conversation.version + 1, ..conversation.clone() }
}

/// Hashes that look like hashes.
pub fn ids(range: std::ops::Range<u64>) -> BTreeSet<u64> {
    range.map(|id| id.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

pub fn carried(range: std::ops::Range<u64>) -> Carried {
    Carried(ids(range))
}

pub fn delivery(thread: &str, reply: u64) -> Delivery {
    Delivery {
        key: key(thread),
        ticket: TicketId(41),
        reply: EntryId(reply),
        version: 1,
        state: DeliveryState::Sending,
        attempt: 1,
        since: at(8),
        at: at(10),
        due: Some(at(70)),
        fingerprint: "0123456789abcdef0123456789abcdef".into(),
        file_bytes: 0,
        doubtful: false,
        automatic: false,
        reason: None,
        message: None,
    }
}
