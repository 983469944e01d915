//! One episode: a storm of people, polls and faults, then calm, a person who retries what was set
//! aside, and the check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use futures::executor::LocalPool;
use jiff::{SignedDuration, Timestamp};

use crate::check::check;
use crate::operator::Item;
use crate::options;
use crate::people::People;
use crate::pieces::Piece;
use crate::sabotage::Sabotage;
use crate::shop::{Shop, Shops};
use crate::sim::{Host, Sim, Tables};
use crate::store::Store;
use crate::tables::Embedded;
use crate::timeline::{Millis, Timeline};
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
    /// Whom the deployment serves.
    pub shops: Shops,
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
        let shops = Shops::drawn(seed);
        Plan { seed, events, shops, embedded: false, sabotage: None, trace: false, without, at_most }
    }
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub promise: String,
    /// The shop that it is about.
    pub shop: Option<String>,
    /// The thread, by the id that the shop knows.
    pub thread: Option<String>,
    /// The ticket.
    pub ticket: Option<u64>,
    /// Messages on both sides, as far as there are any.
    pub place: String,
}

impl Broken {
    /// One that is not about a thread.
    pub fn overall(promise: &str) -> Broken {
        Broken { promise: promise.to_owned(), shop: None, thread: None, ticket: None, place: String::new() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.promise)?;
        if let Some(shop) = &self.shop {
            write!(f, ": {shop}")?;
        }
        if let Some(thread) = &self.thread {
            write!(f, ", thread {thread}")?;
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
    let start: Timestamp = START.parse().expect("a time");
    let enabled = start - SignedDuration::from_secs(10);
    let shops: Vec<_> = options::shops(&mut dice, plan).into_iter().map(Arc::new).collect();
    let timeline = Timeline::new(shops.iter().map(|shop| shop.world.clone()).collect(), start);
    let settings: Vec<_> = shops.iter().map(|shop| &shop.settings).collect();
    let tables: Arc<dyn Tables> = match plan.embedded {
        true => Arc::new(Embedded::new(&settings, enabled)),
        false => Arc::new(Arc::new(Store::new(&settings, enabled))),
    };
    let rates = options::rates(&mut dice);
    let mean = *dice.choice(&[3_000, 15_000, 60_000]).unwrap_or(&15_000);
    let (pollers, callbacks) = (dice.usize(1..4), dice.usize(1..3));
    let sim = Sim::new(shops, timeline, tables, rates, dice, plan);

    let host = |name: String| {
        let skew = sim.draw(|dice| dice.i64(-5_000..=5_000));
        let process = Mutex::new(sim.process());
        Arc::new(Host { name, skew, process, frozen: Mutex::new(0) })
    };
    let callbacks = (0..callbacks).map(|n| host(format!("callback-{n}"))).collect();
    let pollers: Vec<_> = (0..pollers).map(|n| host(format!("poller-{n}"))).collect();
    let sharded = sim.shops.len() > 1 && pollers.len() > 1 && sim.chance(0.5);
    for (n, poller) in pollers.iter().enumerate() {
        let shard = sharded.then_some(n % sim.shops.len());
        sim.timeline.spawn(poll(sim.clone(), poller.clone(), shard));
    }
    sim.timeline.spawn(People::new(sim.clone(), callbacks).live(mean));
    sim.timeline.spawn(crate::operator::redrive(sim.clone()));
    if sim.shops.len() > 1 {
        sim.timeline.spawn(crate::plight::strike(sim.clone()));
    }

    // The storm, then whatever is still under way.
    let mut pool = LocalPool::new();
    sim.timeline.run(&mut pool, |events| events >= plan.events);
    sim.calm.store(true, Ordering::Relaxed);
    sim.timeline.run(&mut pool, |_| false);

    let mut ended = Ended::default();
    let mut calm = Calm { sim: &sim, pool, poller: &pollers[0], tried: BTreeMap::new() };
    // A shop that is out stays out: the other one must come to rest without it.
    let (well, out): (Vec<_>, Vec<_>) = sim.shops.iter().cloned().partition(|s| s.plight().is_none());
    if !out.is_empty() {
        calm.comes_to_rest(&well, &mut ended);
        crate::plight::heal(&sim);
    }
    calm.comes_to_rest(&sim.shops, &mut ended);
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
async fn poll(sim: Arc<Sim>, host: Arc<Host>, shard: Option<usize>) {
    while !sim.is_calm() {
        let pause: Millis = 60_000 + sim.draw(|dice| dice.i64(-3_000..3_000));
        sim.timeline.sleep(pause).await;
        visit(&sim, &host, Kind::Tick(shard));
    }
}

/// After the storm: a healthy poller alone.
struct Calm<'a> {
    sim: &'a Arc<Sim>,
    pool: LocalPool,
    poller: &'a Arc<Host>,
    tried: BTreeMap<Item, u8>,
}

impl Calm<'_> {
    /// Works off what is left of these shops, and holds their twins against each other. What was set aside
    /// in the storm is retried by a person.
    fn comes_to_rest(&mut self, shops: &[Arc<Shop>], ended: &mut Ended) {
        let mut rested = self.settle(shops);
        // One that is released may leave the next one held.
        while crate::operator::retry_all(self.sim, shops, &mut self.pool, &mut self.tried) > 0 {
            rested = self.settle(shops);
        }
        if !rested {
            ended.wrong.push(Broken::overall("it did not come to rest"));
        }
        check(self.sim, shops, ended);
    }

    /// Ticks until nothing is left to do. `false`: that never came.
    fn settle(&mut self, shops: &[Arc<Shop>]) -> bool {
        let (sim, far) = (self.sim, SignedDuration::from_hours(24 * 365));
        let writes = || -> u64 { shops.iter().map(|shop| shop.writes.load(Ordering::Relaxed)).sum() };
        let mut quiet = 0;
        for tick in 0..MOST_TICKS {
            // Back-off can mean an hour; then there is no need to look every minute.
            sim.timeline.advance(if tick < 10 { 60_000 } else { 240_000 });
            let before = writes();
            visit(sim, self.poller, Kind::Tick(None));
            sim.timeline.run(&mut self.pool, |_| false);
            let (ledger, until) = (sim.tables.process(), sim.timeline.time() + far);
            let mut waits = |shop: &Arc<Shop>| {
                let waiting = self.pool.run_until(ledger.due(&shop.settings.id, until, 10));
                !waiting.is_ok_and(|waiting| waiting.is_empty())
            };
            let still = writes() == before && !shops.iter().any(&mut waits);
            quiet = if still { quiet + 1 } else { 0 };
            if quiet == 3 {
                return true;
            }
        }
        false
    }
}
