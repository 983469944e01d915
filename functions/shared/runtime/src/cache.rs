//! Credentials, kept for a while so that a tick every minute does not read a secret every minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bridge::failure::Failure;
use bridge::ledger::Clock;
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};

use crate::allowance::PerMinute;
use crate::credentials::{Credentials, Malformed};
use crate::secrets::Secrets;

/// How long credentials are kept.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// How long it is kept that there are none, or none that can be used; and the least time between two
/// reads on the word of somebody whose credentials did not open.
const BRIEFLY: SignedDuration = SignedDuration::from_mins(1);

/// How long it is kept that they could not be read.
const OUTAGE: SignedDuration = SignedDuration::from_secs(5);

/// Ids that are kept at most.
const MOST: usize = 2_000;

/// Reads a minute for callers whom the kept credentials did not let in. Beyond them nothing is read,
/// so that the price of a flood does not grow with it. An integration that was not called for a
/// quarter of an hour is refused meanwhile, and the poller does its work.
const STRANGERS: u32 = 100;

/// The id that is asked for where a caller names none.
const NOBODY: &str = "nobody";

/// What comes of credentials that a stranger shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They open the integration.
    Open,
    /// They do not, and the integration has others.
    Refused,
    /// There is no such integration, or none that anything opens.
    Unknown,
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// There is no secret.
    Missing,
    /// It cannot be used.
    Malformed(Malformed),
    /// It could not be read.
    Unavailable(Failure),
}

/// What was found.
#[derive(Debug, Clone)]
struct Kept {
    at: Timestamp,
    found: Result<Arc<Credentials>, Unusable>,
}

impl Kept {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = match self.found {
            Ok(_) => FRESH,
            Err(Unusable::Unavailable(_)) => OUTAGE,
            Err(_) => BRIEFLY,
        };
        now.duration_since(self.at) < age
    }
}

/// The place of one id. The gate lets one fetch through at a time; whoever waits at it finds what
/// the one before has brought.
#[derive(Debug, Default)]
struct Slot {
    gate: tokio::sync::Mutex<()>,
    kept: Mutex<Option<Kept>>,
    /// When it was last read because somebody was not let in.
    challenged: Mutex<Option<Timestamp>>,
}

impl Slot {
    fn kept(&self) -> Option<Kept> {
        lock(&self.kept).clone()
    }
}

/// Credentials by integration, read once and kept for 15 minutes.
pub struct SecretCache {
    source: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<IntegrationId, Arc<Slot>>>,
    strangers: PerMinute,
    told: PerMinute,
}

impl SecretCache {
    /// An empty cache before `source`.
    pub fn new(source: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> SecretCache {
        SecretCache {
            source,
            clock,
            slots: Mutex::default(),
            strangers: PerMinute::new(STRANGERS),
            told: PerMinute::new(1),
        }
    }

    /// The credentials of an integration that is known to exist, at most 15 minutes old.
    pub(crate) async fn get(&self, id: &IntegrationId) -> Result<Arc<Credentials>, Unusable> {
        let slot = self.slot(id);
        let _passed = slot.gate.lock().await;
        match slot.kept().filter(|kept| kept.is_fresh(self.clock.now())) {
            Some(kept) => kept.found,
            None => self.fetch(id, &slot).await,
        }
    }

    /// Whether a stranger's credentials open the integration that he names; no id: he names none.
    ///
    /// Whoever is refused costs one read a minute for the id that he named, whether it exists,
    /// has a usable secret, was asked for by others a moment ago, or is no id at all: the work done
    /// tells nothing. A secret that has changed opens within a minute.
    ///
    /// # Errors
    /// When a secret could not be read just now.
    pub(crate) async fn challenge(
        &self,
        id: Option<&IntegrationId>,
        opens: impl Fn(Option<&Credentials>) -> bool,
    ) -> Result<Admission, Failure> {
        let nobody = NOBODY.parse().ok();
        let Some(named) = id.or(nobody.as_ref()) else {
            return Ok(Admission::Unknown);
        };
        // Where no id is named, the same is done and nothing can match.
        let opens = |found: &Result<Arc<Credentials>, Unusable>| {
            opens(found.as_deref().ok().filter(|_| id.is_some()))
        };
        let slot = self.slot(named);
        let _passed = slot.gate.lock().await;
        let now = self.clock.now();
        let kept = slot.kept().filter(|kept| kept.is_fresh(now)).map(|kept| kept.found);
        let mut found = kept.clone().unwrap_or(Err(Unusable::Missing));
        if opens(&found) {
            return Ok(Admission::Open);
        }
        let was_read = lock(&slot.challenged).is_some_and(|at| now.duration_since(at) < BRIEFLY);
        let has_answer = kept.is_some() && (was_read || matches!(found, Err(Unusable::Unavailable(_))));
        if !has_answer && self.may_read(now) {
            found = self.fetch(named, &slot).await;
            if opens(&found) {
                return Ok(Admission::Open);
            }
            *lock(&slot.challenged) = Some(now);
        }
        match found {
            Err(Unusable::Unavailable(failure)) => Err(failure),
            Ok(_) if id.is_some() => Ok(Admission::Refused),
            // A secret that cannot be used opens for nobody, and the poller reports it.
            Ok(_) | Err(_) => Ok(Admission::Unknown),
        }
    }

    /// Whether a secret may be read for somebody who was not let in.
    fn may_read(&self, now: Timestamp) -> bool {
        let may = self.strangers.take(now);
        if !may && self.told.take(now) {
            tracing::warn!(
                event = "secrets.flood",
                "too many refused calls; no secret is read for further ones in this minute"
            );
        }
        may
    }

    /// Forgets the credentials that a side has refused.
    pub(crate) fn invalidate(&self, id: &IntegrationId) {
        if let Some(slot) = lock(&self.slots).get(id) {
            *lock(&slot.kept) = None;
        }
    }

    /// What the secret is called.
    pub(crate) fn name(&self, id: &IntegrationId) -> String {
        self.source.name(id)
    }

    async fn fetch(&self, id: &IntegrationId, slot: &Slot) -> Result<Arc<Credentials>, Unusable> {
        let found = match self.source.fetch(id).await {
            Ok(Some(json)) => Credentials::parse(&json).map(Arc::new).map_err(Unusable::Malformed),
            Ok(None) => Err(Unusable::Missing),
            Err(failure) => Err(Unusable::Unavailable(failure)),
        };
        *lock(&slot.kept) = Some(Kept { at: self.clock.now(), found: found.clone() });
        found
    }

    /// The place of an id. When all are taken, those make room first that hold nothing of use.
    fn slot(&self, id: &IntegrationId) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(id) {
            return slot.clone();
        }
        if slots.len() >= MOST {
            let now = self.clock.now();
            let in_use = |slot: &Arc<Slot>| Arc::strong_count(slot) > 1;
            let is_usable = |slot: &Slot| slot.kept().is_some_and(|kept| kept.found.is_ok());
            slots.retain(|_, slot| {
                in_use(slot) || (is_usable(slot) && slot.kept().is_some_and(|kept| kept.is_fresh(now)))
            });
            if slots.len() >= MOST {
                let age = |slot: &Slot| slot.kept().map(|kept| kept.at);
                let oldest = slots.iter().min_by_key(|(_, slot)| age(slot)).map(|(id, _)| id.clone());
                oldest.map(|id| slots.remove(&id));
            }
        }
        let slot = Arc::<Slot>::default();
        slots.insert(id.clone(), slot.clone());
        slot
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use bridge::failure::{Effect, Outcome, Side};
    use secrecy::SecretString;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    const GOOD: &str = r#"{"empik_api_key":"k","thulium_user":"u","thulium_password":"p",
        "callback_user":"cu","callback_password":"cp"}"#;

    /// `good…` has a secret, `bad…` a malformed one, `down…` cannot be read, others have none.
    #[derive(Default)]
    struct Safe(AtomicUsize);

    #[async_trait]
    impl Secrets for Safe {
        async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            match id.as_str().split('-').next() {
                Some("good") => Ok(Some(GOOD.into())),
                Some("bad") => Ok(Some("{}".into())),
                Some("down") => Err(Failure::new(Side::Secrets, "x", Effect::Read, Outcome::NoAnswer)),
                _ => Ok(None),
            }
        }
        fn name(&self, id: &IntegrationId) -> String {
            id.to_string()
        }
    }

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(1_800_000_000 + self.0.load(Ordering::Relaxed)).expect("a timestamp")
        }
    }

    struct Bench {
        safe: Arc<Safe>,
        hand: Arc<Hand>,
        cache: SecretCache,
    }

    impl Bench {
        fn new() -> Bench {
            let (safe, hand) = (Arc::<Safe>::default(), Arc::<Hand>::default());
            let cache = SecretCache::new(safe.clone(), hand.clone());
            Bench { safe, hand, cache }
        }
        fn wait(&self, seconds: i64) {
            self.hand.0.fetch_add(seconds, Ordering::Relaxed);
        }
        fn fetches(&self) -> usize {
            self.safe.0.swap(0, Ordering::Relaxed)
        }
        async fn refused(&self, id: Option<&str>) -> Result<bool, Failure> {
            let id = id.map(|id| id.parse().expect("an id"));
            self.cache.challenge(id.as_ref(), |_| false).await.map(|found| found == Admission::Open)
        }
        async fn ask(&self, id: &str) -> Result<(), Unusable> {
            self.cache.get(&id.parse().expect("an id")).await.map(drop)
        }
    }

    #[tokio::test]
    async fn credentials_are_read_once_in_a_quarter_of_an_hour() {
        let bench = Bench::new();
        for _ in 0..3 {
            assert_eq!(bench.ask("good").await, Ok(()));
        }
        bench.wait(14 * 60);
        assert_eq!(bench.ask("good").await, Ok(()));
        assert_eq!(bench.fetches(), 1);
        bench.wait(61);
        assert_eq!(bench.ask("good").await, Ok(()));
        assert_eq!(bench.fetches(), 1);
        bench.cache.invalidate(&"good".parse().expect("an id"));
        assert_eq!(bench.ask("good").await, Ok(()));
        assert_eq!(bench.fetches(), 1);
    }

    /// One refused call of each kind, a second one at once, and one a minute later: reads of each.
    #[tokio::test]
    async fn whoever_is_refused_costs_the_same_whatever_he_names() {
        for name in [Some("good"), Some("bad"), Some("unknown"), None] {
            for known_before in [None, Some(1), Some(70), Some(1000)] {
                let bench = Bench::new();
                if let (Some(name), Some(age)) = (name, known_before) {
                    let _ = bench.ask(name).await;
                    bench.wait(age);
                }
                bench.fetches();
                let mut reads = Vec::new();
                for wait in [0, 0, 59, 1, 0, 3600] {
                    bench.wait(wait);
                    assert_eq!(bench.refused(name).await, Ok(false));
                    reads.push(bench.fetches());
                }
                assert_eq!(reads, [1, 0, 0, 1, 0, 1], "{name:?}, {known_before:?}");
            }
        }
    }

    #[tokio::test]
    async fn whoever_is_let_in_costs_one_read_in_a_quarter_of_an_hour() {
        let bench = Bench::new();
        let id = "good".parse().expect("an id");
        for _ in 0..100 {
            assert_eq!(bench.cache.challenge(Some(&id), |known| known.is_some()).await, Ok(Admission::Open));
            bench.wait(8);
        }
        assert_eq!(bench.fetches(), 1);
        assert_eq!(bench.cache.challenge(None, |known| known.is_some()).await, Ok(Admission::Unknown));
    }

    #[tokio::test]
    async fn what_is_not_there_is_kept_for_a_minute_and_a_failure_for_moments() {
        let bench = Bench::new();
        for id in ["nobody", "bad"] {
            assert!(bench.ask(id).await.is_err());
            bench.wait(59);
            assert!(bench.ask(id).await.is_err());
            assert_eq!(bench.fetches(), 1, "{id}");
            bench.wait(1);
            assert!(bench.ask(id).await.is_err());
            assert_eq!(bench.fetches(), 1, "{id}");
        }
        for _ in 0..10 {
            assert!(matches!(bench.ask("down").await, Err(Unusable::Unavailable(_))));
            assert!(bench.refused(Some("down")).await.is_err());
        }
        assert_eq!(bench.fetches(), 1);
        bench.wait(5);
        assert!(bench.refused(Some("down")).await.is_err());
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_fetch() {
        let bench = Bench::new();
        let asked = futures::future::join_all((0..10).map(|_| bench.ask("good"))).await;
        assert!(asked.iter().all(Result::is_ok));
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn a_flood_costs_bounded_reads_and_forgets_nobody_known() {
        let bench = Bench::new();
        assert_eq!(bench.ask("good").await, Ok(()));
        for n in 0..3 * MOST {
            assert_eq!(bench.refused(Some(&format!("x-{n}"))).await, Ok(false));
        }
        assert_eq!(bench.fetches(), 1 + STRANGERS as usize);
        assert!(lock(&bench.cache.slots).len() <= MOST);
        let id = "good".parse().expect("an id");
        assert_eq!(bench.cache.challenge(Some(&id), |known| known.is_some()).await, Ok(Admission::Open));
        // One that exists is told from one that does not by nothing: neither is read.
        assert_eq!(bench.refused(Some("good")).await, Ok(false));
        assert_eq!(bench.fetches(), 0);
        bench.wait(60);
        assert_eq!(bench.refused(Some("good")).await, Ok(false));
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn the_oldest_make_room() {
        let bench = Bench::new();
        for n in 0..=MOST {
            assert_eq!(bench.ask(&format!("good-{n}")).await, Ok(()));
            bench.hand.0.fetch_add(i64::from(n == 0), Ordering::Relaxed);
        }
        assert_eq!(lock(&bench.cache.slots).len(), MOST);
        bench.fetches();
        assert_eq!(bench.ask("good-0").await, Ok(()));
        assert_eq!(bench.fetches(), 1);
    }
}
