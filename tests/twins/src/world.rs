//! The world: both twins, their clock, and what happened in them, behind one lock.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::compare::{self, Comparison};
use crate::empikplace::{self, Empikplace, Thread};
use crate::faults::{Fault, FaultDecision, FaultRule, Faults, Operation, Side};
use crate::files::StoredFile;
use crate::history::{Actor, Event, Kind, RequestRecord};
use crate::http::{Call, Reply};
use crate::options::WorldOptions;
use crate::switches::Switches;
use crate::thulium::{self, Customer, Mail, Thulium, Ticket};

/// Why an act was not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    message: String,
    missing: bool,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), missing: false }
    }

    pub(crate) fn unknown(what: &str, id: impl fmt::Display) -> Self {
        Self { message: format!("there is no {what} {id}"), missing: true }
    }

    /// Whether the act named something that does not exist.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.missing
    }
}

/// Decides about each call before the rules do.
pub type Interceptor = Arc<dyn Fn(&Operation) -> FaultDecision + Send + Sync>;

/// Real milliseconds every call of a side takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// Of EmpikPlace.
    pub empikplace_ms: u64,
    /// Of Thulium.
    pub thulium_ms: u64,
}

/// Everything there is in a world.
pub(crate) struct State {
    pub(crate) options: WorldOptions,
    pub(crate) zone: TimeZone,
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
    pub(crate) empikplace: Empikplace,
    pub(crate) thulium: Thulium,
    pub(crate) history: Vec<Event>,
    faults: Faults,
    latency: Latency,
    requests: Vec<RequestRecord>,
    drawn: u64,
}

impl State {
    fn new(options: WorldOptions) -> Result<Self, Refusal> {
        let zone = TimeZone::get(&options.thulium.time_zone)
            .map_err(|_| Refusal::unknown("time zone", &options.thulium.time_zone))?;
        if options.thulium.queues.is_empty() {
            return Err(Refusal::new("Thulium needs at least one queue"));
        }
        Ok(Self {
            empikplace: Empikplace::new(&options.shops),
            thulium: Thulium::default(),
            zone,
            options,
            clock: Clock::default(),
            switches: Switches::default(),
            history: Vec::new(),
            faults: Faults::default(),
            latency: Latency::default(),
            requests: Vec::new(),
            drawn: 0,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Appends an event, dated and numbered.
    pub(crate) fn record(&mut self, mut event: Event) {
        event.at = self.now();
        event.sequence = self.history.len() as u64 + 1;
        self.history.push(event);
    }

    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let digest = Sha256::digest(format!("{}/{}", self.options.seed, self.drawn));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes
    }

    /// A fresh id in the form of a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.draw();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = hex(&bytes);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// A fresh token as Thulium writes them.
    pub(crate) fn token(&mut self) -> String {
        hex(&self.draw())[..22].to_owned()
    }

    /// A fresh request id as Thulium writes them.
    pub(crate) fn request_id(&mut self) -> String {
        hex(&self.draw())[..13].to_owned()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Inner {
    state: Mutex<State>,
    interceptor: Mutex<Option<Interceptor>>,
    client: reqwest::Client,
}

/// A world with both twins in it. Cloning gives another handle on the same world.
#[derive(Clone)]
pub struct World {
    inner: Arc<Inner>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// A world at its beginning, with real time and every switch at its default.
    ///
    /// # Errors
    /// An unknown time zone, no queue, or an HTTP client (for webhooks) that cannot be built.
    pub fn new(options: WorldOptions) -> Result<Self, Refusal> {
        let builder = wire::builder().map_err(|_| Refusal::new("no HTTP client for webhooks"))?;
        let client = builder
            .timeout(std::time::Duration::from_secs(10))
            .build()
            .map_err(|_| Refusal::new("no HTTP client for webhooks"))?;
        let state = Mutex::new(State::new(options)?);
        Ok(Self { inner: Arc::new(Inner { state, interceptor: Mutex::new(None), client }) })
    }

    /// All three trees: both APIs and the control API.
    pub fn router(&self) -> axum::Router {
        crate::http::apis(self.clone()).merge(crate::control::router(self.clone()))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.inner.client
    }

    /// Numbers a request and decides its fate.
    pub(crate) fn receive(&self, call: &Call) -> (Operation, u64, Option<Fault>) {
        let segments: Vec<&str> = call.segments.iter().flatten().map(String::as_str).collect();
        let name = match call.side {
            Side::Empikplace => empikplace::operation(&call.method, &segments),
            Side::Thulium => thulium::operation(&call.method, &segments),
        };
        let mut state = self.lock();
        let operation = Operation {
            number: state.requests.len() as u64 + 1,
            side: call.side,
            name: name.into(),
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
        };
        let at = state.now();
        state.requests.push(RequestRecord {
            number: operation.number,
            at,
            side: call.side,
            operation: name.into(),
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.raw_query.clone(),
            status: None,
            applied: false,
            fault: None,
        });
        let by_rule = state.faults.decide(&operation);
        let latency = match call.side {
            Side::Empikplace => state.latency.empikplace_ms,
            Side::Thulium => state.latency.thulium_ms,
        };
        drop(state);
        // Called without the lock, so that an interceptor may look at the world.
        let interceptor = self.inner.interceptor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fault = match interceptor.map(|decide| decide(&operation)) {
            Some(FaultDecision::Inject(fault)) => Some(fault),
            Some(FaultDecision::Pass) | None => by_rule,
        };
        if fault.is_some() {
            self.on_request(operation.number, |record| record.fault.clone_from(&fault));
        }
        (operation, latency, fault)
    }

    pub(crate) fn apply(&self, call: &Call, operation: &Operation) -> Reply {
        let mut state = self.lock();
        let reply = match call.side {
            Side::Empikplace => state.empikplace_call(call, &operation.name),
            Side::Thulium => state.thulium_call(call, &operation.name),
        };
        drop(state);
        self.on_request(operation.number, |record| record.applied = true);
        reply
    }

    pub(crate) fn injected(&self, side: Side, code: u16) -> Reply {
        match side {
            Side::Empikplace => empikplace::error(code, "Injected"),
            Side::Thulium => self.lock().thulium_error(code, 0, "Injected"),
        }
    }

    pub(crate) fn answered(&self, number: u64, status: Option<u16>) {
        self.on_request(number, |record| record.status = status);
    }

    fn on_request(&self, number: u64, change: impl FnOnce(&mut RequestRecord)) {
        let mut state = self.lock();
        // A reset may have happened while the request was on its way.
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if let Some(record) = state.requests.get_mut(index) {
            change(record);
        }
    }

    // ----- the world as a whole

    /// Begins again: everything is forgotten but the webhook client and the interceptor.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn reset(&self, options: WorldOptions) -> Result<(), Refusal> {
        *self.lock() = State::new(options)?;
        Ok(())
    }

    /// The options the world began with.
    #[must_use]
    pub fn options(&self) -> WorldOptions {
        self.lock().options.clone()
    }

    /// The time it is in the world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// The clock of the world.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.lock().clock
    }

    /// Replaces the clock.
    pub fn set_clock(&self, clock: Clock) {
        self.lock().clock = clock;
    }

    /// Stops the clock at `now`.
    pub fn set_time(&self, now: Timestamp) {
        self.lock().clock.set(now);
    }

    /// Moves the clock.
    pub fn advance(&self, by: SignedDuration) {
        self.lock().clock.advance(by);
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.lock().switches.clone()
    }

    /// Changes switches.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        let mut state = self.lock();
        change(&mut state.switches);
        let switches = json!({ "switches": state.switches });
        state.record(Event::new(None, Actor::Control, Kind::WorldChanged).data(switches));
    }

    /// Changes switches by a JSON object that holds only what changes (RFC 7396).
    ///
    /// # Errors
    /// An unknown switch or a value it does not know.
    pub fn patch_switches(&self, patch: &Value) -> Result<Switches, Refusal> {
        let mut merged = serde_json::to_value(self.switches()).map_err(|_| Refusal::new("not JSON"))?;
        merge(&mut merged, patch);
        let switches: Switches =
            serde_json::from_value(merged).map_err(|wrong| Refusal::new(wrong.to_string()))?;
        self.switch(|current| current.clone_from(&switches));
        Ok(switches)
    }

    /// Real milliseconds every call takes.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.lock().latency
    }

    /// Sets how long every call takes.
    pub fn set_latency(&self, latency: Latency) {
        self.lock().latency = latency;
    }

    /// Adds a fault rule and returns its id. The first rule that strikes wins.
    pub fn add_fault(&self, rule: FaultRule) -> u64 {
        let mut state = self.lock();
        state
            .record(Event::new(rule.side, Actor::Control, Kind::WorldChanged).data(json!({ "fault": rule })));
        state.faults.add(rule)
    }

    /// Removes a fault rule; false when there is none with this id.
    pub fn remove_fault(&self, id: u64) -> bool {
        self.lock().faults.remove(id)
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// The fault rules: id, rule, number of calls it matched so far.
    #[must_use]
    pub fn faults(&self) -> Vec<(u64, FaultRule, u64)> {
        self.lock().faults.list()
    }

    /// Lets `interceptor` decide about each call; `None` leaves it to the rules alone.
    pub fn set_interceptor(&self, interceptor: Option<Interceptor>) {
        *self.inner.interceptor.lock().unwrap_or_else(PoisonError::into_inner) = interceptor;
    }

    /// Everything that happened after event number `after` (0: from the beginning).
    #[must_use]
    pub fn history(&self, after: u64) -> Vec<Event> {
        let state = self.lock();
        let skip = usize::try_from(after).unwrap_or(usize::MAX).min(state.history.len());
        state.history[skip..].to_vec()
    }

    /// Every request after number `after` (0: from the beginning).
    #[must_use]
    pub fn requests(&self, after: u64) -> Vec<RequestRecord> {
        let state = self.lock();
        let skip = usize::try_from(after).unwrap_or(usize::MAX).min(state.requests.len());
        state.requests[skip..].to_vec()
    }

    /// Compares the two twins; see [`Comparison`].
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        compare::compare(&self.lock(), None)
    }

    /// The same, where a message written before `since` need not stand in a ticket.
    #[must_use]
    pub fn comparison_since(&self, since: Timestamp) -> Comparison {
        compare::compare(&self.lock(), Some(since))
    }

    // ----- what stands in the twins

    /// All threads, in the order they were opened.
    #[must_use]
    pub fn threads(&self) -> Vec<Thread> {
        self.lock().empikplace.threads.values().cloned().collect()
    }

    /// One thread.
    #[must_use]
    pub fn thread(&self, id: &str) -> Option<Thread> {
        self.lock().empikplace.thread(id).cloned()
    }

    /// All orders.
    #[must_use]
    pub fn orders(&self) -> Vec<Value> {
        self.lock().empikplace.orders.values().map(|order| order.body.clone()).collect()
    }

    /// All tickets, deleted and merged ones too, by id.
    #[must_use]
    pub fn tickets(&self) -> Vec<Ticket> {
        self.lock().thulium.tickets.values().cloned().collect()
    }

    /// Ids of the tickets that were neither deleted nor merged.
    #[must_use]
    pub fn ticket_ids(&self) -> Vec<u64> {
        let state = self.lock();
        let stands = |ticket: &&Ticket| !ticket.deleted && ticket.merged_into.is_none();
        state.thulium.tickets.values().filter(stands).map(|ticket| ticket.ticket_id).collect()
    }

    /// One ticket.
    #[must_use]
    pub fn ticket(&self, id: u64) -> Option<Ticket> {
        self.lock().thulium.tickets.get(&id).cloned()
    }

    /// A file of EmpikPlace, by attachment id.
    #[must_use]
    pub fn attachment(&self, id: &str) -> Option<StoredFile> {
        self.lock().empikplace.files.get(id).cloned()
    }

    /// A file of Thulium, by token, also when its day is over.
    #[must_use]
    pub fn file(&self, token: &str) -> Option<StoredFile> {
        self.lock().thulium.files.get(token).cloned()
    }

    /// All CRM customers, by id.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        self.lock().thulium.customers.values().cloned().collect()
    }

    /// Every e-mail that left Thulium, in order.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().thulium.mails.clone()
    }
}

/// RFC 7396, except that null is a value (a switch may be null).
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
