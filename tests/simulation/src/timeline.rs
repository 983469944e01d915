//! Virtual time: tasks sleep until an instant, and the instants are gone through in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::executor::LocalPool;
use futures::future::BoxFuture;
use futures::task::LocalSpawnExt;
use jiff::Timestamp;
use twins::World;

/// Milliseconds since 1970.
pub type Millis = i64;

/// When somebody is woken; equal instants in the order in which they were asked for.
struct Alarm {
    at: Millis,
    number: u64,
    waker: Waker,
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Alarm) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Alarm {}

impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Alarm) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Alarm {
    fn cmp(&self, other: &Alarm) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

struct State {
    now: Millis,
    alarms: BinaryHeap<Reverse<Alarm>>,
    asked: u64,
    tasks: Vec<BoxFuture<'static, ()>>,
    events: u64,
}

/// The time of one episode. Everything runs on one thread, one step after the other, so that a run
/// depends on nothing but its seed.
pub struct Timeline {
    worlds: Vec<World>,
    state: Mutex<State>,
}

impl Timeline {
    /// Time from an instant on, which the clocks of the worlds follow.
    pub fn new(worlds: Vec<World>, now: Timestamp) -> Arc<Timeline> {
        let now = now.as_millisecond();
        let state = State { now, alarms: BinaryHeap::new(), asked: 0, tasks: Vec::new(), events: 0 };
        let timeline = Arc::new(Timeline { worlds, state: Mutex::new(state) });
        timeline.show(now);
        timeline
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now.
    pub fn now(&self) -> Millis {
        self.state().now
    }

    /// The same, as people tell it.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now()).unwrap_or_default()
    }

    /// Instants gone through so far.
    pub fn events(&self) -> u64 {
        self.state().events
    }

    /// Starts a task of its own.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.state().tasks.push(Box::pin(task));
    }

    /// Waits.
    pub fn sleep(self: &Arc<Self>, millis: Millis) -> Sleep {
        let until = self.now() + millis;
        Sleep { timeline: self.clone(), until, asked: false }
    }

    /// Moves the clock while nobody is at work.
    pub fn advance(&self, millis: Millis) {
        let mut state = self.state();
        state.now += millis;
        self.show(state.now);
    }

    fn show(&self, now: Millis) {
        if let Ok(now) = Timestamp::from_millisecond(now) {
            self.worlds.iter().for_each(|world| world.set_time(now));
        }
    }

    /// Goes on until nothing is left to do, or `stop` says so before an instant.
    pub fn run(&self, pool: &mut LocalPool, mut stop: impl FnMut(u64) -> bool) {
        loop {
            loop {
                let tasks = std::mem::take(&mut self.state().tasks);
                let none = tasks.is_empty();
                for task in tasks {
                    // Fails only once the pool is gone.
                    let _ = pool.spawner().spawn_local(task);
                }
                pool.run_until_stalled();
                if none && self.state().tasks.is_empty() {
                    break;
                }
            }
            let mut state = self.state();
            if stop(state.events) {
                return;
            }
            let Some(Reverse(alarm)) = state.alarms.pop() else {
                return;
            };
            state.events += 1;
            if alarm.at > state.now {
                state.now = alarm.at;
                self.show(alarm.at);
            }
            drop(state);
            alarm.waker.wake();
        }
    }
}

/// Ends at an instant.
pub struct Sleep {
    timeline: Arc<Timeline>,
    until: Millis,
    asked: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let timeline = self.timeline.clone();
        let mut state = timeline.state();
        if self.asked && state.now >= self.until {
            return Poll::Ready(());
        }
        if !self.asked {
            self.asked = true;
            state.asked += 1;
            let alarm = Alarm { at: self.until, number: state.asked, waker: context.waker().clone() };
            state.alarms.push(Reverse(alarm));
        }
        Poll::Pending
    }
}
