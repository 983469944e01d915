//! Many episodes, on all cores, summed up.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use fastrand::Rng;
use serde::Serialize;

use crate::episode::{Broken, Ended, Plan, play};

/// Steps of one storm: long enough for everything to meet everything, short enough to be told.
pub const STORM: u64 = 4_000;

/// The last line of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Steps played.
    pub events: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Messages that are missing.
    pub lost: u64,
    /// Messages that stand twice.
    pub doubled: u64,
    /// Texts that somebody could see who must not.
    pub leaked: u64,
    /// Other broken promises, such as order.
    pub wrong: u64,
    /// Items that were set aside and retried by a person.
    pub parked: u64,
    /// Messages and replies that were to be carried.
    pub messages: u64,
    /// Episodes.
    pub episodes: u64,
    /// The seed.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
    /// Seeds of the episodes that broke a promise.
    pub failed: Vec<u64>,
}

impl Summary {
    fn add(&mut self, seed: u64, ended: &Ended) {
        self.events += ended.events;
        self.faults += ended.faults;
        self.crashes += ended.crashes;
        self.lost += ended.lost.len() as u64;
        self.doubled += ended.doubled.len() as u64;
        self.leaked += ended.leaked.len() as u64;
        self.wrong += ended.wrong.len() as u64;
        self.parked += ended.parked;
        self.messages += ended.messages;
        self.episodes += 1;
        if !ended.is_clean() {
            self.failed.push(seed);
        }
    }
}

/// The plan of an episode of a run.
fn plan(seed: u64, episode: u64) -> Plan {
    Plan::new(Rng::with_seed(seed ^ (episode << 32)).u64(..) >> 16, STORM)
}

/// An episode that ends in a panic breaks a promise too, and its seed must not be lost.
pub fn play_safely(plan: &Plan) -> Ended {
    std::panic::catch_unwind(|| play(plan))
        .unwrap_or_else(|_| Ended { wrong: vec![Broken::overall("it panicked")], ..Ended::default() })
}

/// Plays as many episodes as it takes to make `events` steps; `progress` is told after each one.
pub fn run(events: u64, seed: u64, progress: impl Fn(&Summary) + Sync) -> Summary {
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let summary = Mutex::new(Summary { seed, ..Summary::default() });
    let work = || {
        loop {
            let episode = next.fetch_add(1, Ordering::Relaxed);
            // Every storm has as many steps at least, so that the episodes do not depend on the cores.
            if episode >= events.div_ceil(STORM) {
                return;
            }
            let plan = plan(seed, episode);
            let ended = play_safely(&plan);
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.add(plan.seed, &ended);
            summary.seconds = began.elapsed().as_secs_f64();
            progress(&summary);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failed.sort_unstable();
    summary.seconds = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    summary
}
