//! What everybody in an episode shares: the shops, the time, the dice and the counts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bridge::engine::Memory;
use bridge::ledger::{Clock, Ledger};
use fastrand::Rng;
use futures::future::AbortHandle;
use jiff::{SignedDuration, Timestamp};

use crate::episode::Plan;
use crate::pieces::Piece;
use crate::sabotage::Sabotage;
use crate::shop::Shop;
use crate::timeline::{Millis, Timeline};

/// Longest time that a worker stands still at once, and that a request is on its way after its
/// caller gave up: with the time-out of a call and the clocks' difference well below the settle time.
/// Beyond that lies what the README calls a very late call.
const LONGEST_FREEZE: Millis = 30_000;
const LATEST_ARRIVAL: Millis = 40_000;

/// How long a caller waits for an answer.
pub const PATIENCE: Millis = 20_000;

/// How often things go wrong in an episode: chances of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// A call to one of the two systems is struck.
    pub call: f64,
    /// A write to one of them is refused for good.
    pub refusal: f64,
    /// A call to the tables is struck.
    pub table: f64,
    /// The host stands still before a call.
    pub freeze: f64,
    /// A read of an index is stale.
    pub stale: f64,
}

/// What strikes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The connection was never made.
    Refused,
    /// It breaks before the request arrives, or after it was applied.
    Broken { applied: bool },
    /// The caller gives up; the request is applied at once or later, or never.
    TimedOut { applied_after: Option<Millis> },
    /// An error status.
    Status { code: u16, retry_after: Option<u64>, applied: bool },
    /// Applied, with a page of some proxy for an answer.
    Garbage,
    /// The process dies; the request arrives nevertheless, or not.
    Killed { applied_after: Option<Millis> },
}

/// The kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Reads from a system.
    Read,
    /// Reads a file, whose bytes nobody can tell from a proxy's page.
    Download,
    /// Writes to a system.
    Write,
    /// Reads a table.
    Look,
    /// Writes a table.
    Keep,
}

/// Counted over an episode.
#[derive(Debug, Default)]
pub struct Counts {
    /// Faults that struck, stand-stills and stale reads included.
    pub faults: AtomicU64,
    /// Processes that died.
    pub crashes: AtomicU64,
    /// Items that a person set going again.
    pub retried: AtomicU64,
}

/// One more.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A process of a function.
#[derive(Clone)]
pub struct Process {
    /// What it remembers of each shop.
    pub memories: Vec<Arc<Memory>>,
    /// Its connection to the tables.
    pub ledger: Arc<dyn Ledger>,
}

/// A machine on which visits run, one process at a time.
pub struct Host {
    /// Its name in traces.
    pub name: String,
    /// How far its clock is ahead.
    pub skew: Millis,
    /// Its process.
    pub process: Mutex<Process>,
    /// Until when it stands still.
    pub frozen: Mutex<Millis>,
}

/// The life of one visit.
pub struct Life {
    /// Ends it, with those beside it in the same invocation.
    pub abort: AbortHandle,
    /// The host it runs on.
    pub host: Arc<Host>,
    /// Its name.
    pub owner: String,
    /// Whom it is for.
    pub shop: Arc<Shop>,
}

/// The tables, however they are kept.
pub trait Tables: Send + Sync {
    /// A connection of a new process.
    fn process(&self) -> Arc<dyn Ledger>;
}

/// What everybody shares.
pub struct Sim {
    /// The shops.
    pub shops: Vec<Arc<Shop>>,
    /// The time.
    pub timeline: Arc<Timeline>,
    /// The tables.
    pub tables: Arc<dyn Tables>,
    /// How often things go wrong.
    pub rates: Rates,
    /// Nothing goes wrong any more, and nobody does anything new.
    pub calm: AtomicBool,
    /// What was counted.
    pub counts: Counts,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// Every call with its result, where wanted.
    pub trace: Option<Mutex<Vec<String>>>,
    /// Acts that were drawn.
    pub acts: AtomicU64,
    /// Mishaps that were drawn.
    pub mishaps: AtomicU64,
    without: BTreeSet<Piece>,
    at_most: (u64, u64),
    dice: Mutex<Rng>,
    visits: AtomicU64,
}

impl Sim {
    /// A world about to begin.
    pub fn new(
        shops: Vec<Arc<Shop>>,
        timeline: Arc<Timeline>,
        tables: Arc<dyn Tables>,
        rates: Rates,
        dice: Rng,
        plan: &Plan,
    ) -> Arc<Sim> {
        Arc::new(Sim {
            shops,
            timeline,
            tables,
            rates,
            calm: AtomicBool::new(false),
            counts: Counts::default(),
            sabotage: plan.sabotage,
            trace: plan.trace.then(Mutex::default),
            acts: AtomicU64::new(0),
            mishaps: AtomicU64::new(0),
            without: plan.without.clone(),
            at_most: plan.at_most,
            dice: Mutex::new(dice),
            visits: AtomicU64::new(0),
        })
    }

    /// Draws.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether something of this chance happens.
    pub fn chance(&self, chance: f64) -> bool {
        self.draw(|dice| dice.f64()) < chance
    }

    /// Whether something of this chance goes wrong; it is counted.
    pub fn goes_wrong(&self, chance: f64) -> bool {
        if self.is_calm() || !self.chance(chance) {
            return false;
        }
        let number = self.mishaps.fetch_add(1, Ordering::Relaxed);
        let happens = number < self.at_most.1 && !self.without.contains(&Piece::Fault(number));
        if happens {
            count(&self.counts.faults);
        }
        happens
    }

    /// Whether the next act is part of this episode.
    pub fn acts(&self) -> bool {
        let number = self.acts.fetch_add(1, Ordering::Relaxed);
        number < self.at_most.0 && !self.without.contains(&Piece::Act(number))
    }

    /// A pause around a mean, mostly shorter and at times much longer.
    pub fn pause(&self, mean: Millis) -> Millis {
        self.draw(|dice| pause(dice, mean))
    }

    /// Whether the storm is over.
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// A name that no visit bore before.
    pub fn visit(&self) -> String {
        format!("visit-{}", self.visits.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Notes what happened, where a trace is kept.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let at = self.timeline.time();
            let mut trace = trace.lock().unwrap_or_else(PoisonError::into_inner);
            trace.push(format!("{at:.3} {}", line()));
        }
    }

    /// What strikes the next call.
    pub fn strike(&self, call: Call) -> Option<Strike> {
        let rate = match call {
            Call::Look | Call::Keep => self.rates.table,
            _ => self.rates.call,
        };
        if call == Call::Write && self.goes_wrong(self.rates.refusal) {
            let code = if self.chance(0.5) { 400 } else { 403 };
            return Some(Strike::Status { code, retry_after: None, applied: false });
        }
        self.goes_wrong(rate).then(|| self.draw(|dice| fault(dice, call)))
    }

    /// How long a call takes until it arrives, and until its answer is there.
    pub fn latency(&self, call: Call) -> (Millis, Millis) {
        self.draw(|dice| match call {
            Call::Look | Call::Keep => (dice.i64(1..8), dice.i64(1..8)),
            // Now and then an answer comes late, yet in time.
            _ if !self.is_calm() && dice.f64() < self.rates.call / 2.0 => {
                (dice.i64(10..400), dice.i64(1_000..PATIENCE - 1_000))
            }
            _ => (dice.i64(10..400), dice.i64(10..400)),
        })
    }

    /// Waits while the host stands still.
    pub async fn thaw(self: &Arc<Self>, host: &Host) {
        let now = self.timeline.now();
        // Two in a row would make one of twice the length.
        let rested = now > *host.frozen.lock().unwrap_or_else(PoisonError::into_inner) + 2 * LONGEST_FREEZE;
        if rested && self.goes_wrong(self.rates.freeze) {
            let until = now + self.draw(|dice| dice.i64(1_000..LONGEST_FREEZE));
            *host.frozen.lock().unwrap_or_else(PoisonError::into_inner) = until;
            self.note(|| format!("{} stands still for {} ms", host.name, until - now));
        }
        let until = *host.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.timeline.now();
        if until > now {
            self.timeline.sleep(until - now).await;
        }
    }

    /// The process dies: what it remembered is gone, and nothing of it goes on.
    pub async fn kill(&self, life: &Life) {
        count(&self.counts.crashes);
        self.note(|| format!("{} {} dies", life.host.name, life.owner));
        self.renew(&life.host);
        life.abort.abort();
        std::future::pending().await
    }

    /// A new process on a host.
    pub fn renew(&self, host: &Host) {
        *host.process.lock().unwrap_or_else(PoisonError::into_inner) = self.process();
    }

    /// A process that remembers nothing.
    pub fn process(&self) -> Process {
        Process {
            memories: self.shops.iter().map(|_| Arc::default()).collect(),
            ledger: self.tables.process(),
        }
    }
}

/// A pause around a mean, mostly shorter and at times much longer.
pub fn pause(dice: &mut Rng, mean: Millis) -> Millis {
    (-(1.0 - dice.f64()).max(1e-9).ln() * mean as f64) as Millis
}

/// Draws a fault for a call.
fn fault(dice: &mut Rng, call: Call) -> Strike {
    let late = |dice: &mut Rng| match dice.u8(0..3) {
        0 => None,
        1 => Some(dice.i64(0..500)),
        _ => Some(dice.i64(1_000..LATEST_ARRIVAL)),
    };
    let status = |code, retry_after, applied| Strike::Status { code, retry_after, applied };
    match dice.u8(0..14) {
        0 | 1 => Strike::Refused,
        2 => Strike::Broken { applied: false },
        3 | 4 => Strike::Broken { applied: true },
        5 | 6 => Strike::TimedOut { applied_after: late(dice) },
        7 => status(429, Some(dice.u64(1..90)), false),
        8 => status(500, None, false),
        9 => status(500, None, true),
        10 => status(503, None, dice.bool()),
        11 if call != Call::Download => Strike::Garbage,
        12 => Strike::Killed { applied_after: None },
        _ => Strike::Killed { applied_after: late(dice) },
    }
}

/// The clock of a host.
pub struct HostClock {
    /// The true time.
    pub timeline: Arc<Timeline>,
    /// How far ahead.
    pub skew: Millis,
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        self.timeline.time() + SignedDuration::from_millis(self.skew)
    }
}
