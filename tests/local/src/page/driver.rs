//! What keeps the bridge going under the page: a tick every few seconds, and its sudden death.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bridge::settings::IntegrationId;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;
use twins::{At, Fault, FaultDecision};

use super::feed::Feed;
use crate::stack::Stack;

/// Ticks that are shown.
const KEPT: usize = 36;

/// How long the answer to a write is held back while the process is killed.
const HELD_MS: u64 = 20_000;

/// How long after a write has begun the process dies: long enough for the twin to have done it.
const DIES_AFTER: Duration = Duration::from_millis(250);

/// What came of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing was to be done.
    Quiet,
    /// Something crossed.
    Worked,
    /// It did not run, e.g. since a side asked to be left alone.
    Skipped,
    /// It failed, or died.
    Failed,
}

/// A tick that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tick {
    /// When it began.
    pub(crate) began: Timestamp,
    /// What came of it.
    pub(crate) came: Came,
    /// Threads it knew to wait.
    pub(crate) backlog: u64,
    /// Why it was skipped or failed.
    pub(crate) reason: Option<String>,
}

impl Tick {
    /// Whether it did all it set out to do.
    pub(crate) fn is_clean(&self) -> bool {
        matches!(self.came, Came::Quiet | Came::Worked) && self.backlog == 0
    }
}

/// Lets the bridge tick, and remembers what came of it.
pub(crate) struct Driver {
    stack: Arc<Stack>,
    shown: IntegrationId,
    feed: Feed,
    pause: Duration,
    nudge: Notify,
    armed: Arc<AtomicBool>,
    ticks: Mutex<(u64, VecDeque<Tick>)>,
}

impl Driver {
    /// A driver of all integrations that remembers the ticks of the one that is shown.
    pub(crate) fn new(stack: Arc<Stack>, shown: IntegrationId, feed: Feed, pause: Duration) -> Driver {
        Driver {
            stack,
            shown,
            feed,
            pause,
            nudge: Notify::new(),
            armed: Arc::default(),
            ticks: Mutex::default(),
        }
    }

    /// Ticks for ever.
    pub(crate) async fn run(&self) {
        loop {
            self.tick().await;
            tokio::select! {
                () = tokio::time::sleep(self.pause) => {}
                () = self.nudge.notified() => {}
            }
        }
    }

    /// One tick, as the schedule in AWS starts it: one that fails is followed by the next.
    pub(crate) async fn tick(&self) {
        let began = self.stack.world().now();
        let tick = match self.stack.tick().await {
            Ok(result) => {
                let rows = result["integrations"].as_array().map_or(&[][..], Vec::as_slice);
                let row = rows.iter().find(|row| row["integration"] == self.shown.as_str());
                let row = row.unwrap_or(&Value::Null);
                let number = |name: &str| row[name].as_u64().unwrap_or_default();
                let moved = ["tickets_created", "messages_in", "replies_out", "parked"];
                let came = match row["status"].as_str() {
                    Some("ok") if moved.iter().any(|name| number(name) > 0) => Came::Worked,
                    Some("ok") => Came::Quiet,
                    Some("skipped") => Came::Skipped,
                    _ => Came::Failed,
                };
                let reason = row["reason"].as_str().map(str::to_owned);
                Tick { began, came, backlog: number("backlog"), reason }
            }
            Err(error) => Tick { began, came: Came::Failed, backlog: 0, reason: Some(format!("{error:#}")) },
        };
        let mut ticks = self.lock();
        ticks.0 += 1;
        ticks.1.push_back(tick);
        if ticks.1.len() > KEPT {
            ticks.1.pop_front();
        }
    }

    /// Lets the next tick begin now.
    pub(crate) fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// How long it is between two ticks.
    pub(crate) fn pause(&self) -> Duration {
        self.pause
    }

    /// The last ticks, oldest first.
    pub(crate) fn ticks(&self) -> Vec<Tick> {
        self.lock().1.iter().cloned().collect()
    }

    /// How many there have been.
    pub(crate) fn count(&self) -> u64 {
        self.lock().0
    }

    /// Whether the process dies at its next write.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::Relaxed)
    }

    /// Lets the process die in the middle of its next write, after the other side has done it and
    /// before the bridge knows; or calls that off.
    pub(crate) fn arm(&self, on: bool) {
        let world = self.stack.world();
        self.armed.store(on, Ordering::Relaxed);
        if !on {
            world.set_interceptor(None);
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (armed, feed) = (self.armed.clone(), self.feed.clone());
        // The world outlives the stack, so what is hung into it must not keep the stack alive.
        let stack = Arc::downgrade(&self.stack);
        world.set_interceptor(Some(Arc::new(move |call| {
            if call.method == "GET" || !armed.swap(false, Ordering::Relaxed) {
                return FaultDecision::Pass;
            }
            let (stack, feed) = (stack.clone(), feed.clone());
            runtime.spawn(async move {
                tokio::time::sleep(DIES_AFTER).await;
                let Some(stack) = stack.upgrade() else { return };
                stack.world().set_interceptor(None);
                match stack.kill() {
                    Ok(()) => feed.note("process.killed", true),
                    Err(_) => feed.note("process.gone", true),
                }
            });
            FaultDecision::Inject(Fault::Slow { ms: HELD_MS, at: At::After })
        })));
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Tick>)> {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
