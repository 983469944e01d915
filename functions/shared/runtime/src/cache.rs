//! Credentials, kept for a while so that a tick every minute does not read a secret every minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bridge::failure::Failure;
use bridge::ledger::Clock;
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};

use crate::credentials::{Credentials, Malformed};
use crate::secrets::Secrets;

/// How long credentials are kept.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// How long it is kept that there are none, or none that can be used; and the least time between two
/// reads on a caller's word that they have changed.
const BRIEFLY: SignedDuration = SignedDuration::from_mins(1);

/// Credentials that are kept at most.
const MOST: usize = 2_000;

/// Ids without usable credentials that are kept at most. While there are so many, further ids that
/// nobody has asked for count as unknown without being looked up.
const MOST_UNUSABLE: usize = 1_000;

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
    fn is_younger(&self, age: SignedDuration, now: Timestamp) -> bool {
        let age = if self.found.is_ok() { age } else { age.min(BRIEFLY) };
        now.duration_since(self.at) < age
    }
}

/// The place of one id. The gate lets one fetch through at a time; whoever waits at it finds what
/// the one before has brought.
#[derive(Debug, Default)]
struct Slot {
    gate: tokio::sync::Mutex<()>,
    kept: Mutex<Option<Kept>>,
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
}

impl SecretCache {
    /// An empty cache before `source`.
    pub fn new(source: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> SecretCache {
        SecretCache { source, clock, slots: Mutex::default() }
    }

    /// The credentials of an integration, at most 15 minutes old.
    pub(crate) async fn get(&self, id: &IntegrationId) -> Result<Arc<Credentials>, Unusable> {
        self.younger_than(FRESH, id).await
    }

    /// The same after a caller has shown other ones: at most a minute old.
    pub(crate) async fn get_recent(&self, id: &IntegrationId) -> Result<Arc<Credentials>, Unusable> {
        self.younger_than(BRIEFLY, id).await
    }

    /// Forgets the credentials that a side has refused.
    pub(crate) fn invalidate(&self, id: &IntegrationId) {
        lock(&self.slots).remove(id);
    }

    /// What the secret is called.
    pub(crate) fn name(&self, id: &IntegrationId) -> String {
        self.source.name(id)
    }

    async fn younger_than(
        &self,
        age: SignedDuration,
        id: &IntegrationId,
    ) -> Result<Arc<Credentials>, Unusable> {
        let Some(slot) = self.slot(id) else {
            tracing::warn!(event = "secrets.flood", "too many unknown ids; further ones are not looked up");
            return Err(Unusable::Missing);
        };
        let _passed = slot.gate.lock().await;
        if let Some(kept) = slot.kept().filter(|kept| kept.is_younger(age, self.clock.now())) {
            return kept.found;
        }
        let found = match self.source.fetch(id).await {
            Ok(Some(json)) => Credentials::parse(&json).map(Arc::new).map_err(Unusable::Malformed),
            Ok(None) => Err(Unusable::Missing),
            // Not kept: the next one tries again.
            Err(failure) => return Err(Unusable::Unavailable(failure)),
        };
        *lock(&slot.kept) = Some(Kept { at: self.clock.now(), found: found.clone() });
        found
    }

    /// The place of an id; `None` where there is none left for an id that is not known.
    fn slot(&self, id: &IntegrationId) -> Option<Arc<Slot>> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(id) {
            return Some(slot.clone());
        }
        let now = self.clock.now();
        let in_use = |slot: &Arc<Slot>| Arc::strong_count(slot) > 1;
        slots.retain(|_, slot| in_use(slot) || slot.kept().is_some_and(|kept| kept.is_younger(FRESH, now)));
        let usable = slots.values().filter(|slot| slot.kept().is_some_and(|kept| kept.found.is_ok())).count();
        if slots.len() - usable >= MOST_UNUSABLE {
            return None;
        }
        if usable >= MOST {
            let oldest = slots
                .iter()
                .filter_map(|(id, slot)| slot.kept().filter(|kept| kept.found.is_ok()).map(|k| (k.at, id)))
                .min()
                .map(|(_, id)| id.clone());
            oldest.map(|id| slots.remove(&id));
        }
        let slot = Arc::<Slot>::default();
        slots.insert(id.clone(), slot.clone());
        Some(slot)
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

    #[tokio::test]
    async fn on_a_callers_word_they_are_read_again_once_a_minute() {
        let bench = Bench::new();
        let id = "good".parse().expect("an id");
        assert_eq!(bench.ask("good").await, Ok(()));
        assert!(bench.cache.get_recent(&id).await.is_ok());
        assert_eq!(bench.fetches(), 1);
        bench.wait(60);
        for _ in 0..5 {
            assert!(bench.cache.get_recent(&id).await.is_ok());
        }
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn what_is_not_there_is_kept_for_a_minute_and_a_failure_not_at_all() {
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
        assert!(matches!(bench.ask("down").await, Err(Unusable::Unavailable(_))));
        assert!(matches!(bench.ask("down").await, Err(Unusable::Unavailable(_))));
        assert_eq!(bench.fetches(), 2);
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_fetch() {
        let bench = Bench::new();
        let asked = futures::future::join_all((0..10).map(|_| bench.ask("good"))).await;
        assert!(asked.iter().all(Result::is_ok));
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn a_flood_of_unknown_ids_costs_bounded_lookups_and_forgets_nobody_known() {
        let bench = Bench::new();
        assert_eq!(bench.ask("good").await, Ok(()));
        for n in 0..2 * MOST_UNUSABLE {
            assert_eq!(bench.ask(&format!("x-{n}")).await, Err(Unusable::Missing));
        }
        assert_eq!(bench.fetches(), 1 + MOST_UNUSABLE);
        assert_eq!(bench.ask("good").await, Ok(()));
        assert_eq!(bench.fetches(), 0);
        bench.wait(60);
        assert_eq!(bench.ask("good-2").await, Ok(()));
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
