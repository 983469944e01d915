//! Live updates: a number that grows with everything that changes, and the stream that tells it.
//!
//! The stream says only *that* something changed. The browser then reads the page again as it would
//! without the stream, so that there is one way in which things are shown.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use serde_json::Value;
use tokio::sync::watch;

use super::Inner;

/// How often it is looked whether anything has changed.
const LOOK: Duration = Duration::from_millis(150);

/// The version of everything the page shows.
pub(crate) struct Live(watch::Sender<u64>);

impl Live {
    pub(crate) fn new() -> Live {
        Live(watch::Sender::new(1))
    }

    /// Something has changed.
    pub(crate) fn touch(&self) {
        self.0.send_modify(|version| *version += 1);
    }

    /// The version now.
    pub(crate) fn version(&self) -> u64 {
        *self.0.borrow()
    }
}

/// Watches the world, the ticks and the feed, for as long as the page is there.
pub(crate) async fn watch(inner: Weak<Inner>) {
    let (mut events, mut requests, mut seen) = (0, 0, (0, 0));
    while let Some(inner) = inner.upgrade() {
        let world = inner.stack.world();
        let mut changed = false;
        if let Some(last) = world.history(events).last() {
            events = last.sequence;
            changed = true;
        }
        if let Some(last) = world.requests(requests).last() {
            requests = last.number;
            changed = true;
        }
        let now = (inner.driver.count(), inner.feed.count());
        if std::mem::replace(&mut seen, now) != now || changed {
            inner.live.touch();
        }
        drop(inner);
        tokio::time::sleep(LOOK).await;
    }
}

/// `GET /live?since=N`: an event `changed` with the version as often as it is another one than `N`.
pub(crate) async fn stream(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<Value>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let since = query["since"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    let versions = inner.live.0.subscribe();
    let events = stream::unfold((versions, since), |(mut versions, seen)| async move {
        let version = *versions.wait_for(|version| *version != seen).await.ok()?;
        let event = Event::default().event("changed").data(version.to_string());
        Some((Ok(event), (versions, version)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
