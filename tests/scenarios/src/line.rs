//! The line on which every outbound call is numbered, and struck by faults.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;
use twins::{At, FaultDecision, Operation, Side, World};

/// What a 429 asks for, in seconds.
const RETRY_AFTER: u64 = 90;

/// How long a time-out takes on the world's clock.
const TIME_OUT: SignedDuration = SignedDuration::from_secs(30);

/// The system that a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The marketplace.
    Empikplace,
    /// The helpdesk.
    Thulium,
    /// The tables.
    Ledger,
}

/// A call, named by what it does and how many like it went before: the same in every run, however
/// the two directions of a tick interleave.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    /// Where to.
    pub place: Place,
    /// `M11`, `POST tickets`, `PutItem delivery` …
    pub operation: String,
    /// From 1.
    pub nth: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} #{}", self.place, self.operation, self.nth)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The connection breaks before the request arrives.
    Refused,
    /// It is applied, and the answer is lost.
    AnswerLost,
    /// It is applied, and the caller waits half a minute in vain.
    TimedOut,
    /// 429 with `Retry-After`; of the tables, a throttling error.
    Throttled,
    /// 500, nothing applied.
    ErrorBefore,
    /// 500 after it was applied.
    ErrorAfter,
    /// It is applied, and the answer's body is a page of some proxy.
    Garbage,
    /// The process dies before the request arrives.
    KilledBefore,
    /// The process dies after it was applied and before the answer is read.
    KilledAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 9] = [
        Fault::Refused,
        Fault::AnswerLost,
        Fault::TimedOut,
        Fault::Throttled,
        Fault::ErrorBefore,
        Fault::ErrorAfter,
        Fault::Garbage,
        Fault::KilledBefore,
        Fault::KilledAfter,
    ];

    /// Whether the request takes effect.
    pub fn applies(self) -> bool {
        use Fault::{AnswerLost, ErrorAfter, Garbage, KilledAfter, TimedOut};
        matches!(self, AnswerLost | TimedOut | ErrorAfter | Garbage | KilledAfter)
    }

    fn kills(self) -> bool {
        matches!(self, Fault::KilledBefore | Fault::KilledAfter)
    }
}

/// A call that was made.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which.
    pub point: Point,
    /// Whether it may change anything.
    pub writes: bool,
    /// What struck it.
    pub fault: Option<Fault>,
}

impl Call {
    /// Whether it may change more than the lease and the cursor.
    pub fn changes(&self) -> bool {
        self.writes && self.point.operation != "UpdateItem cursor"
    }
}

struct State {
    calls: Vec<Call>,
    seen: HashMap<(Place, String), usize>,
    plan: HashMap<Point, Fault>,
    mark: usize,
}

/// The line. Cloning gives another handle.
#[derive(Clone)]
pub struct Line {
    state: Arc<Mutex<State>>,
    dead: Arc<watch::Sender<bool>>,
    world: World,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl Line {
    /// A line in front of a world, whose interceptor it becomes.
    pub fn new(world: &World) -> Line {
        let state = State { calls: Vec::new(), seen: HashMap::new(), plan: HashMap::new(), mark: 0 };
        let line = Line {
            state: Arc::new(Mutex::new(state)),
            dead: Arc::new(watch::Sender::new(false)),
            world: world.clone(),
        };
        let handle = line.clone();
        world.set_interceptor(Some(Arc::new(move |operation: &Operation| handle.decide(operation))));
        line
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls that are to be struck, each once.
    pub fn plan(&self, faults: impl IntoIterator<Item = (Point, Fault)>) {
        self.state().plan = faults.into_iter().collect();
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How many calls there were so far that change more than the lease and the cursor.
    pub fn changes(&self) -> usize {
        self.state().calls.iter().filter(|call| call.changes()).count()
    }

    /// Marks where a scenario has come to what it is about.
    pub fn mark(&self) {
        let mut state = self.state();
        state.mark = state.calls.len();
    }

    /// The calls since the mark.
    pub fn marked(&self) -> Vec<Call> {
        let state = self.state();
        state.calls.get(state.mark..).unwrap_or_default().to_vec()
    }

    /// Ends when the process is to die.
    pub(crate) async fn death(&self) {
        self.dead.subscribe().wait_for(|dead| *dead).await.ok();
    }

    /// A new process: its calls go through again.
    pub(crate) fn revive(&self) {
        self.dead.send_replace(false);
    }

    fn kill(&self) {
        self.dead.send_replace(true);
    }

    /// Numbers a call and tells what strikes it. A dead process makes none.
    fn meet(&self, place: Place, operation: String, writes: bool) -> Option<Fault> {
        if *self.dead.borrow() {
            return Some(Fault::Refused);
        }
        let mut state = self.state();
        let seen = state.seen.entry((place, operation.clone())).or_default();
        *seen += 1;
        let point = Point { place, operation, nth: *seen };
        let fault = state.plan.remove(&point);
        state.calls.push(Call { point, writes, fault });
        fault
    }

    /// A call to one of the twins, decided as it arrives and before it is applied.
    fn decide(&self, operation: &Operation) -> FaultDecision {
        let place = match operation.side {
            Side::Empikplace => Place::Empikplace,
            Side::Thulium => Place::Thulium,
        };
        let Some(fault) = self.meet(place, operation.name.clone(), operation.method != "GET") else {
            return FaultDecision::Pass;
        };
        match fault {
            Fault::TimedOut => self.world.advance(TIME_OUT),
            // The twin applies a request in the same breath in which it decides about it.
            fault if fault.kills() => self.kill(),
            _ => {}
        }
        let status = |code, retry_after, at| twins::Fault::Status { code, retry_after, at };
        FaultDecision::Inject(match fault {
            Fault::Refused | Fault::KilledBefore => twins::Fault::Refuse,
            Fault::AnswerLost | Fault::TimedOut | Fault::KilledAfter => twins::Fault::LostAnswer,
            Fault::Throttled => status(429, Some(RETRY_AFTER), At::Before),
            Fault::ErrorBefore => status(500, None, At::Before),
            Fault::ErrorAfter => status(500, None, At::After),
            Fault::Garbage => twins::Fault::GarbageBody,
        })
    }
}

/// Carries the fault of a call to the tables from the request to its answer.
#[derive(Debug)]
struct Struck(Fault);

impl Storable for Struck {
    type Storer = StoreReplace<Struck>;
}

impl Intercept for Line {
    fn name(&self) -> &'static str {
        "Line"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let name = target.rsplit('.').next().unwrap_or_default().to_owned();
        let writes = matches!(name.as_str(), "PutItem" | "UpdateItem");
        let operation = format!("{name} {}", subject(request.body().bytes().unwrap_or_default()));
        let Some(fault) = self.meet(Place::Ledger, operation, writes) else {
            return Ok(());
        };
        if fault == Fault::KilledBefore {
            self.kill();
        }
        if matches!(fault, Fault::Refused | Fault::KilledBefore) {
            return Err("the connection broke".into());
        }
        if !fault.applies() {
            // The database does not know this call, and its answer is replaced.
            request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.Nothing");
        }
        state.interceptor_state().store_put(Struck(fault));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Struck(fault)) = state.load::<Struck>() else {
            return Ok(());
        };
        let (status, body): (u16, &str) = match fault {
            Fault::Throttled => (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#),
            Fault::ErrorBefore | Fault::ErrorAfter => {
                (500, r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#)
            }
            Fault::Garbage => (200, "<html><body>proxy"),
            _ => {
                match fault {
                    Fault::TimedOut => self.world.advance(TIME_OUT),
                    Fault::KilledAfter => self.kill(),
                    _ => {}
                }
                return Err("the answer was lost".into());
            }
        };
        *context.response_mut() = HttpResponse::new(status.try_into()?, body.into());
        Ok(())
    }
}

/// What a call to the tables is about: `conversation`, `delivery`, `cursor`, the name of an index …
fn subject(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(index) = body["IndexName"].as_str() {
        return index.to_owned();
    }
    let item = ["Item", "Key"].iter().find_map(|part| body[part]["item"]["S"].as_str());
    item.and_then(|item| item.split('#').next()).unwrap_or("conversation").to_owned()
}
