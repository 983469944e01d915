//! What the bridge says of itself, kept for the page: the last events it logged.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bridge::ledger::Clock;
use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Events that are kept.
const KEPT: usize = 120;

/// Events that say nothing to a person who watches: what the functions log of themselves, and the
/// ticks, which the page knows at first hand.
const SILENT: [&str; 3] = ["callback", "habit.learnt", "intent.looked_up"];

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// When it happened last.
    pub(crate) at: Timestamp,
    /// Its name, such as `message.in`.
    pub(crate) event: String,
    /// Whether it is a warning or an error.
    pub(crate) bad: bool,
    /// Its fields, by their dotted names.
    pub(crate) fields: BTreeMap<String, String>,
    /// How often it happened in a row.
    pub(crate) times: u32,
}

impl Moment {
    /// A field, empty where the event has none of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// The last events, oldest first. A clone is a handle on the same.
#[derive(Clone)]
pub struct Feed {
    clock: Arc<dyn Clock>,
    kept: Arc<Mutex<(u64, VecDeque<Moment>)>>,
}

impl Feed {
    /// An empty feed that dates by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Feed {
        Feed { clock, kept: Arc::default() }
    }

    /// Takes down what the engine logs.
    pub fn layer<S: Subscriber>(&self) -> impl Layer<S> + use<S> {
        Listener { feed: self.clone() }
    }

    /// Notes something that no log tells of.
    pub(crate) fn note(&self, event: &str, bad: bool) {
        self.push(event.to_owned(), bad, BTreeMap::new());
    }

    /// All that is kept, newest first.
    pub(crate) fn latest(&self) -> Vec<Moment> {
        self.lock().1.iter().rev().cloned().collect()
    }

    /// How many there have been.
    pub(crate) fn count(&self) -> u64 {
        self.lock().0
    }

    fn push(&self, event: String, bad: bool, fields: BTreeMap<String, String>) {
        let at = self.clock.now();
        let mut kept = self.lock();
        kept.0 += 1;
        match kept.1.back_mut() {
            Some(last) if last.event == event && last.fields == fields => {
                last.times += 1;
                last.at = at;
            }
            _ => kept.1.push_back(Moment { at, event, bad, fields, times: 1 }),
        }
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Moment>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Listener {
    feed: Feed,
}

impl<S: Subscriber> Layer<S> for Listener {
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::INFO {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(name) = fields.0.remove("event") else {
            return;
        };
        if name != "tick" && (level < Level::INFO || !SILENT.contains(&name.as_str())) {
            self.feed.push(name, level < Level::INFO, fields.0);
        }
    }
}

/// The fields of an event, as text.
#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    #[test]
    fn repeated_events_count_up_and_quiet_ones_stay_out() {
        let feed = Feed::new(Arc::new(Still));
        let subscriber = tracing_subscriber::registry().with(feed.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(event = "tick", "quiet");
            tracing::info!(event = "message.in", thread.id = "t1", "in");
            for _ in 1..=3 {
                tracing::warn!(event = "failure", side = "thulium", "gave no answer");
                tracing::warn!(event = "tick", status = "failed", "over");
            }
            tracing::debug!(event = "message.in", "too fine");
            tracing::info!("no event");
        });
        let latest = feed.latest();
        let seen: Vec<(&str, bool, u32)> =
            latest.iter().map(|moment| (moment.event.as_str(), moment.bad, moment.times)).collect();
        assert_eq!(seen, [("failure", true, 3), ("message.in", false, 1)]);
        assert_eq!(latest[1].get("thread.id"), "t1");
        assert_eq!(feed.count(), 4);
    }

    #[test]
    fn old_events_make_room() {
        let feed = Feed::new(Arc::new(Still));
        for number in 0..=KEPT {
            feed.note(&format!("event {number}"), false);
        }
        let latest = feed.latest();
        assert_eq!(latest.len(), KEPT);
        assert_eq!(latest.last().map(|moment| moment.event.as_str()), Some("event 1"));
    }
}
