//! One episode: a storm of people, polls and faults, then calm, a person who retries what was set
//! aside, and the check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use futures::executor::LocalPool;
use jiff::{SignedDuration, Timestamp};
use twins::{Author, Finding, Found, World, WorldOptions};

use crate::options;
use crate::people::People;
use crate::pieces::Piece;
use crate::sabotage::Sabotage;
use crate::sim::{Host, Sim, Tables};
use crate::store::Store;
use crate::tables::Embedded;
use crate::timeline::Millis;
use crate::visits::{Kind, visit};

/// When every world begins; the integration is enabled ten seconds earlier.
const START: &str = "2026-11-23T12:00:00Z";

/// Ticks after the storm, before it counts as never coming to rest.
const MOST_TICKS: usize = 600;

/// What is to be played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Everything that is random follows from it.
    pub seed: u64,
    /// How long the storm lasts, in steps.
    pub events: u64,
    /// Whether the tables are kept by the real ledger on the embedded database.
    pub embedded: bool,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// Whether every call is written down.
    pub trace: bool,
    /// What does not happen in it, while all else is drawn as ever.
    pub without: BTreeSet<Piece>,
    /// How many acts and mishaps there are at most.
    pub at_most: (u64, u64),
}

impl Plan {
    /// An honest episode with the tables in memory.
    pub fn new(seed: u64, events: u64) -> Plan {
        let (without, at_most) = (BTreeSet::new(), (u64::MAX, u64::MAX));
        Plan { seed, events, embedded: false, sabotage: None, trace: false, without, at_most }
    }
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub promise: String,
    /// The thread.
    pub thread: Option<String>,
    /// The ticket.
    pub ticket: Option<u64>,
    /// Messages on both sides, as far as there are any.
    pub place: String,
}

impl Broken {
    /// One that is not about a thread.
    pub fn overall(promise: &str) -> Broken {
        Broken { promise: promise.to_owned(), thread: None, ticket: None, place: String::new() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.promise)?;
        if let Some(thread) = &self.thread {
            write!(f, ": thread {thread}")?;
        }
        if let Some(ticket) = self.ticket {
            write!(f, ", ticket {ticket}")?;
        }
        f.write_str(&self.place)
    }
}

/// How an episode ended.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Steps.
    pub events: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Items that had to be retried by a person.
    pub parked: u64,
    /// Messages that were to be carried, both ways.
    pub messages: u64,
    /// Acts and mishaps that were drawn.
    pub drawn: (u64, u64),
    /// What is missing on one of the two sides, with where.
    pub lost: Vec<Broken>,
    /// What stands there twice.
    pub doubled: Vec<Broken>,
    /// What somebody could see who must not.
    pub leaked: Vec<Broken>,
    /// Everything else that is wrong.
    pub wrong: Vec<Broken>,
    /// Every call with its result, where wanted.
    pub trace: Vec<String>,
}

impl Ended {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.findings().next().is_none()
    }

    /// Everything that was found.
    pub fn findings(&self) -> impl Iterator<Item = &Broken> {
        self.lost.iter().chain(&self.doubled).chain(&self.leaked).chain(&self.wrong)
    }
}

/// Plays an episode.
///
/// # Panics
/// Where the twins or the settings cannot be set up, which is a fault of this crate.
#[allow(clippy::expect_used, reason = "a simulation that cannot be set up is a failed test")]
pub fn play(plan: &Plan) -> Ended {
    let mut dice = Rng::with_seed(plan.seed);
    let world = World::new(WorldOptions { seed: plan.seed, ..WorldOptions::default() }).expect("a world");
    let start: Timestamp = START.parse().expect("a time");
    let enabled = start - SignedDuration::from_secs(10);
    world.set_time(start);
    world.switch(|all| options::switches(&mut dice, all));
    let settings = options::settings(&mut dice, &plan.without);
    let tables: Arc<dyn Tables> = match plan.embedded {
        true => Arc::new(Embedded::new(&settings, enabled)),
        false => Arc::new(Arc::new(Store::new(&settings, enabled))),
    };
    let rates = options::rates(&mut dice);
    let mean = *dice.choice(&[3_000, 15_000, 60_000]).unwrap_or(&15_000);
    let (pollers, callbacks) = (dice.usize(1..4), dice.usize(1..3));
    let sim = Sim::new(world, settings, tables, rates, dice, plan);
    let mut pool = LocalPool::new();

    let host = |name: String| {
        let skew = sim.draw(|dice| dice.i64(-5_000..=5_000));
        let process = Mutex::new((Arc::default(), sim.tables.process()));
        Arc::new(Host { name, skew, process, frozen: Mutex::new(0) })
    };
    let callbacks = (0..callbacks).map(|n| host(format!("callback-{n}"))).collect();
    let pollers: Vec<_> = (0..pollers).map(|n| host(format!("poller-{n}"))).collect();
    for poller in pollers.clone() {
        sim.timeline.spawn(poll(sim.clone(), poller));
    }
    sim.timeline.spawn(People::new(sim.clone(), callbacks).live(mean));
    sim.timeline.spawn(crate::operator::redrive(sim.clone()));

    // The storm, then whatever is still under way.
    sim.timeline.run(&mut pool, |events| events >= plan.events);
    sim.calm.store(true, Ordering::Relaxed);
    sim.timeline.run(&mut pool, |_| false);

    let mut ended = Ended::default();
    // The calm: a healthy poller alone. What was set aside in the storm is retried by a person.
    let mut rested = settle(&sim, &mut pool, &pollers[0]);
    // One that is released may leave the next one held.
    let mut tried = BTreeMap::new();
    while crate::operator::retry_all(&sim, &mut pool, &mut tried) > 0 {
        rested = settle(&sim, &mut pool, &pollers[0]);
    }
    if !rested {
        ended.wrong.push(Broken::overall("it did not come to rest"));
    }
    check(&sim, &mut ended);
    ended.events = sim.timeline.events();
    ended.drawn = (sim.acts.load(Ordering::Relaxed), sim.mishaps.load(Ordering::Relaxed));
    ended.parked = crate::operator::retried(&sim);
    ended.faults = sim.counts.faults.load(Ordering::Relaxed);
    ended.crashes = sim.counts.crashes.load(Ordering::Relaxed);
    if let Some(trace) = &sim.trace {
        ended.trace = std::mem::take(&mut *trace.lock().unwrap_or_else(PoisonError::into_inner));
    }
    ended
}

/// A poller's schedule: a tick a minute, whether or not the one before has ended.
async fn poll(sim: Arc<Sim>, host: Arc<Host>) {
    while !sim.is_calm() {
        let pause: Millis = 60_000 + sim.draw(|dice| dice.i64(-3_000..3_000));
        sim.timeline.sleep(pause).await;
        visit(&sim, &host, Kind::Tick);
    }
}

/// Ticks until nothing is left to do. `false`: that never came.
fn settle(sim: &Arc<Sim>, pool: &mut LocalPool, host: &Arc<Host>) -> bool {
    let far = SignedDuration::from_hours(24 * 365);
    let mut quiet = 0;
    for tick in 0..MOST_TICKS {
        // Back-off can mean an hour; then there is no need to look every minute.
        sim.timeline.advance(if tick < 10 { 60_000 } else { 240_000 });
        let before = sim.counts.writes.load(Ordering::Relaxed);
        visit(sim, host, Kind::Tick);
        sim.timeline.run(pool, |_| false);
        let still = sim.counts.writes.load(Ordering::Relaxed) == before;
        let waiting = pool.run_until(sim.tables.process().due(&sim.settings.id, sim.world.now() + far, 10));
        quiet = if still && waiting.is_ok_and(|waiting| waiting.is_empty()) { quiet + 1 } else { 0 };
        if quiet == 3 {
            return true;
        }
    }
    false
}

/// Holds the twins against each other.
fn check(sim: &Arc<Sim>, ended: &mut Ended) {
    let comparison = sim.world.comparison();
    ended.messages = (comparison.inbound + comparison.replies) as u64;
    let overtaken = sim.overtaken.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for finding in &comparison.findings {
        use Found::{
            Altered, AutomaticMissing, CommentLeaked, Disordered, Doubled, Echoed, FileNotInThread,
            FileNotInTicket, InboundAsReply, Lost, MailLoop, Mixed, OperatorLeaked, PanelAsMail,
            PanelDoubled, PanelMissing, ReplyDeleted, ReplyDisordered, ReplyDoubled, ReplyMisdirected,
            ReplyMissing, ReplyTold, Returned, Split, Unexplained, WrongRecipient,
        };
        let list = match finding.kind {
            // A reply that a person retried comes after those that did not wait for it.
            ReplyDisordered if finding.ticket.is_some_and(|ticket| overtaken.contains(&ticket)) => continue,
            ReplyTold | ReplyMissing if is_let_go(sim, finding) => continue,
            Unexplained if is_own_reply(sim, finding) => continue,
            Lost | ReplyMissing | PanelMissing | ReplyTold => &mut ended.lost,
            Doubled | ReplyDoubled | PanelDoubled | Split => &mut ended.doubled,
            CommentLeaked | OperatorLeaked | Echoed | Returned | InboundAsReply | PanelAsMail
            | WrongRecipient | ReplyMisdirected | MailLoop => &mut ended.leaked,
            Altered | Disordered | Mixed | ReplyDisordered | Unexplained => &mut ended.wrong,
            // Told in the ticket, or left out by setting.
            AutomaticMissing | ReplyDeleted | FileNotInThread | FileNotInTicket => continue,
        };
        let message = finding.message.iter().map(|message| format!(", message {message}"));
        let entry = finding.ticket_message.iter().map(|entry| format!(", entry {entry}"));
        list.push(Broken {
            promise: format!("{:?}", finding.kind),
            thread: finding.thread.clone(),
            ticket: finding.ticket,
            place: message.chain(entry).collect(),
        });
    }
    let mut records: BTreeMap<String, usize> = BTreeMap::new();
    for customer in sim.world.customers() {
        if let Some(buyer) = customer.custom_fields.get("Empik ID") {
            *records.entry(format!("{buyer:?}")).or_default() += 1;
        }
    }
    for (buyer, times) in records.into_iter().filter(|(_, times)| *times > 1) {
        ended
            .doubled
            .push(Broken { place: format!(": {times} of {buyer}"), ..Broken::overall("CRM records") });
    }
}

/// Whether a person gave a reply up, or it stands in a ticket into which another was merged.
fn is_let_go(sim: &Sim, finding: &Finding) -> bool {
    let (Some(ticket), Some(reply)) = (finding.ticket, finding.ticket_message) else { return false };
    let dropped = sim.dropped.lock().unwrap_or_else(PoisonError::into_inner).contains(&(ticket, reply));
    dropped || sim.world.tickets().iter().any(|other| other.merged_into == Some(ticket))
}

/// Whether a message is the bridge's own automatic reply, and the only one in its thread.
fn is_own_reply(sim: &Sim, finding: &Finding) -> bool {
    let thread = finding.thread.as_deref().and_then(|id| sim.world.thread(id));
    let messages = thread.map(|thread| thread.messages).unwrap_or_default();
    let mut own = messages.iter().filter(|m| m.author == Author::Api && m.written == options::OWN_REPLY);
    own.next().is_some_and(|own| finding.message.as_deref() == Some(&own.id)) && own.next().is_none()
}
