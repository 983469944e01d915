//! Reading the list of changed threads in bounded memory, and what is left of it for later.
//!
//! The marketplace lists the newest first and its page tokens live for an unknown time, so a long
//! backlog cannot be resumed from the middle: every tick reads the list to its end and keeps the
//! oldest threads that fit. What did not fit is newer than what was kept, so working off what was
//! kept, oldest first, lets the cursor advance to the first thread that was let go.
//!
//! The list begins some minutes before the cursor. What the process has finished and is listed again
//! unchanged takes no place: otherwise more threads than fit, all changed within those minutes, would
//! keep the rest out for ever.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::{Halt, Visit};
use crate::marketplace::{PageFrom, Thread, ThreadId};

/// Bytes of text that a visit holds at once.
const MOST_BYTES: usize = 24 << 20;

/// Bytes of text that all visits of a process hold at once: what fits into the smallest function.
const ALL_BYTES: usize = 96 << 20;

/// Threads that a tick holds at once.
const MOST_THREADS: usize = 400;

/// Pages of one list: far beyond any real one, against a marketplace that never ends it.
const MOST_PAGES: usize = 2_000;

/// Bytes of text that a visit has room for, beside others or alone.
pub(super) fn room(visits: usize) -> usize {
    MOST_BYTES.min(ALL_BYTES / visits.max(1))
}

/// The oldest of the threads that were listed.
#[derive(Default)]
pub(super) struct Window {
    /// Bytes of text that there is room for.
    room: usize,
    /// By last change, then id: oldest first. Threads without a date count as the newest.
    held: BTreeMap<(Timestamp, ThreadId), Thread>,
    /// Where a thread is held.
    places: HashMap<ThreadId, Timestamp>,
    bytes: usize,
    /// The oldest change among the threads that were let go.
    let_go: Option<Timestamp>,
    /// How many were let go.
    surplus: u64,
}

/// Threads that need no look until something in them changes, each as it was when it was finished.
#[derive(Debug, Default)]
pub(super) struct Finished(HashMap<ThreadId, (Option<Timestamp>, u64)>);

impl Finished {
    /// Notes a thread of which the cursor need not remember anything.
    pub fn insert(&mut self, thread: ThreadId, (updated, state): (Option<Timestamp>, u64)) {
        self.0.insert(thread, (updated, state));
    }

    /// Whether the thread is still what it was then.
    pub fn holds(&self, thread: &Thread) -> bool {
        self.0.get(&thread.id) == Some(&state(thread))
    }

    /// Forgets what is not listed any more by a list that begins here.
    pub fn forget_before(&mut self, since: Timestamp) {
        self.0.retain(|_, (updated, _)| updated.is_some_and(|at| at >= since));
    }
}

/// What tells a thread from the same thread after any change.
pub(super) fn state(thread: &Thread) -> (Option<Timestamp>, u64) {
    let mut hasher = DefaultHasher::new();
    thread.hash(&mut hasher);
    (thread.updated, hasher.finish())
}

/// What was listed.
pub(super) struct Listed {
    /// Threads to bring up to date, oldest first.
    pub threads: Vec<Thread>,
    /// How far the cursor may go once those threads are done.
    pub safe: Option<Timestamp>,
    /// Threads that were listed and let go.
    pub surplus: u64,
    /// Whether the list was read to its end.
    pub whole: bool,
}

impl Window {
    fn add(&mut self, thread: Thread) {
        let at = thread.updated.unwrap_or(Timestamp::MAX);
        // A thread that moves to the front while pages are read is listed twice: the later one counts.
        if let Some(before) = self.places.remove(&thread.id)
            && let Some(old) = self.held.remove(&(before, thread.id.clone()))
        {
            self.bytes -= old.weight();
        }
        self.bytes += thread.weight();
        self.places.insert(thread.id.clone(), at);
        self.held.insert((at, thread.id.clone()), thread);
        while self.held.len() > MOST_THREADS || (self.bytes > self.room && self.held.len() > 1) {
            let Some(((at, id), newest)) = self.held.pop_last() else {
                break;
            };
            self.bytes -= newest.weight();
            self.places.remove(&id);
            self.surplus += 1;
            self.let_go = Some(self.let_go.map_or(at, |oldest| oldest.min(at)));
        }
    }
}

impl Visit {
    /// Lists the threads that changed since a time, to the end of the list, without those that `skip`
    /// names.
    ///
    /// `Err(Halt::Stop)`: the list could not be read to its end. What was read is worked off all the
    /// same by the caller through `window`, but the cursor must stay.
    pub(super) async fn list(
        &self,
        since: Timestamp,
        calls: u32,
        skip: impl Fn(&Thread) -> bool,
    ) -> Result<Listed, Halt> {
        let mut window = Window { room: self.room, ..Window::default() };
        let mut from = PageFrom::Since(since);
        let (mut first_newest, mut pages, mut whole) = (None, 0_usize, false);
        let mut tokens = std::collections::HashSet::new();
        loop {
            if pages >= MOST_PAGES || pages >= calls as usize || self.go_on().is_err() {
                break;
            }
            let page = match self.ports.marketplace.threads(&from).await {
                Ok(page) => page,
                Err(failure) if pages == 0 => return Err(failure.into()),
                Err(failure) => {
                    self.note(&failure, None);
                    break;
                }
            };
            pages += 1;
            if page.unreadable > 0 {
                tracing::error!(
                    event = "thread.unreadable",
                    integration.id = %self.id(),
                    threads = page.unreadable,
                    "threads could not be decoded and are not carried over"
                );
            }
            if pages == 1 {
                first_newest = page.threads.iter().filter_map(|t| t.updated).max();
            }
            self.counts
                .threads_read
                .fetch_add(page.threads.len() as u64, std::sync::atomic::Ordering::Relaxed);
            for thread in page.threads.into_iter().filter(|thread| !skip(thread)) {
                window.add(thread);
            }
            match page.next.filter(|token| !token.is_empty()) {
                None => {
                    whole = true;
                    break;
                }
                Some(token) if !tokens.insert(token.clone()) => {
                    tracing::error!(
                        event = "list.repeats",
                        integration.id = %self.id(),
                        pages,
                        "the list of threads repeats a page; the cursor stays where it is"
                    );
                    break;
                }
                Some(token) => from = PageFrom::Token(token),
            }
        }
        if !whole {
            tracing::warn!(
                event = "list.cut",
                integration.id = %self.id(),
                pages,
                threads = window.held.len(),
                "the list of threads was not read to its end; the cursor stays where it is"
            );
        }
        // The newest change of the first page: what changes while later pages are read is newer.
        let safe = match (whole, window.let_go) {
            (false, _) => None,
            (true, Some(let_go)) => Some(let_go),
            (true, None) => first_newest,
        };
        Ok(Listed { threads: window.held.into_values().collect(), safe, surplus: window.surplus, whole })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marketplace::{Author, Message, MessageId, Topic};

    fn thread(n: i64, at: i64) -> Thread {
        Thread {
            id: ThreadId(format!("t{n}")),
            topic: Topic::default(),
            entities: Vec::new(),
            buyer_id: None,
            buyer_name: None,
            buyer_authorised: true,
            operator_authorised: false,
            updated: Timestamp::from_second(at).ok(),
            total: None,
            reply_needed_since: None,
            reply_waived: None,
            messages: Vec::new(),
            unreadable: 0,
        }
    }

    fn window() -> Window {
        Window { room: room(1), ..Window::default() }
    }

    #[test]
    fn visits_of_a_process_share_the_room_for_texts() {
        assert_eq!([0, 1, 4].map(room), [MOST_BYTES; 3]);
        for visits in 5..100 {
            let all = visits * room(visits);
            assert!((ALL_BYTES - visits..=ALL_BYTES).contains(&all), "{visits} visits hold {all}");
        }
    }

    #[test]
    fn the_oldest_are_kept_whatever_the_order_of_the_list() {
        let mut window = window();
        let total = MOST_THREADS as i64 + 50;
        for n in (0..total).rev().chain(0..total) {
            window.add(thread(n, 1000 + n));
        }
        let kept: Vec<i64> = window.held.values().filter_map(|t| t.updated).map(|t| t.as_second()).collect();
        assert_eq!(kept, (1000..1000 + MOST_THREADS as i64).collect::<Vec<_>>());
        assert_eq!(window.let_go, Timestamp::from_second(1000 + MOST_THREADS as i64).ok());
    }

    #[test]
    fn a_thread_listed_twice_counts_once_with_its_later_state() {
        let mut window = window();
        window.add(thread(1, 10));
        window.add(thread(1, 20));
        assert_eq!(window.held.len(), 1);
        assert_eq!(window.bytes, thread(1, 20).weight());
        assert_eq!(window.held.keys().next().map(|(at, _)| at.as_second()), Some(20));
    }
    fn held(window: &Window) -> Vec<i64> {
        window.held.keys().map(|(at, _)| at.as_second()).collect()
    }

    fn heavy(at: i64, bytes: usize) -> Thread {
        let message = Message {
            id: MessageId(format!("m{at}")),
            author: Author::Buyer,
            name: String::new(),
            at: None,
            to_buyer: false,
            to_operator: false,
            body: "x".repeat(bytes),
            attachments: Vec::new(),
        };
        Thread { messages: vec![message], ..thread(at, at) }
    }

    #[test]
    fn no_more_text_is_held_than_there_is_room_for_and_never_nothing() {
        let third = MOST_BYTES / 3;
        let mut window = window();
        for at in [30, 10, 20] {
            window.add(heavy(at, third - 512 - 256));
        }
        assert_eq!(held(&window), [10, 20, 30], "just enough room");
        window.add(thread(5, 5));
        assert_eq!((held(&window), window.surplus), (vec![5, 10, 20], 1));
        window.add(heavy(40, 2 * third));
        assert_eq!((held(&window), window.surplus), (vec![5, 10, 20], 2));
        assert_eq!(window.let_go, Timestamp::from_second(30).ok(), "the oldest of those let go");
        window.add(heavy(1, 2 * third));
        assert_eq!((held(&window), window.surplus), (vec![1, 5], 4));
        let weight = heavy(1, 2 * third).weight() + thread(5, 5).weight();
        assert_eq!(window.bytes, weight, "what was let go weighs nothing");
        window.add(heavy(0, MOST_BYTES));
        assert_eq!((held(&window), window.surplus), (vec![0], 6), "one at least, however long it is");
    }

    #[test]
    fn as_many_threads_are_held_as_there_are_places() {
        let mut window = window();
        for n in 0..MOST_THREADS as i64 {
            window.add(thread(n, n));
        }
        assert_eq!((window.held.len(), window.surplus, window.let_go), (MOST_THREADS, 0, None));
        window.add(thread(-1, -1));
        assert_eq!((window.held.len(), window.surplus), (MOST_THREADS, 1));
    }
}
