//! What strangers and repeated calls may cost: counts that are bounded by the minute or by the call.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// So many a minute, and no more.
#[derive(Debug)]
pub(crate) struct PerMinute {
    most: u32,
    state: Mutex<(i64, u32)>,
}

impl PerMinute {
    /// At most `most` in each minute of the clock.
    pub(crate) fn new(most: u32) -> PerMinute {
        PerMinute { most, state: Mutex::new((i64::MIN, 0)) }
    }

    /// Takes one; `false`: none is left in this minute.
    pub(crate) fn take(&self, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 != minute {
            *state = (minute, 0);
        }
        let left = state.1 < self.most;
        state.1 += u32::from(left);
        left
    }
}

/// How many looks at one thing are allowed at once.
const BURST: u8 = 3;

/// The time after which one more is.
const INTERVAL: SignedDuration = SignedDuration::from_secs(5);

/// Things that are remembered at most.
const MOST: usize = 10_000;

/// Looks at many things, each at most three at once and then one in five seconds. The first three
/// are there because one act in a helpdesk can send several calls, the earliest of them before the
/// act can be read.
#[derive(Debug)]
pub(crate) struct Looks<K>(Mutex<HashMap<K, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u8,
    /// When it was last filled up by one.
    at: Timestamp,
}

impl Bucket {
    fn filled(self, now: Timestamp) -> Bucket {
        let since = now.duration_since(self.at).as_secs().max(0);
        let intervals = since / INTERVAL.as_secs();
        let more = u8::try_from(intervals).unwrap_or(u8::MAX);
        Bucket {
            left: self.left.saturating_add(more).min(BURST),
            at: self.at.saturating_add(INTERVAL.saturating_mul(intervals as i32)).unwrap_or(now),
        }
    }
}

impl<K: Eq + Hash> Default for Looks<K> {
    fn default() -> Looks<K> {
        Looks(Mutex::default())
    }
}

impl<K: Eq + Hash> Looks<K> {
    /// Takes one look at `key`; `false`: it was looked at enough for now.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| bucket.filled(now).left < BURST);
            if buckets.len() >= MOST {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: BURST, at: now });
        *bucket = bucket.filled(now);
        let allowed = bucket.left > 0;
        if bucket.left == BURST {
            bucket.at = now;
        }
        bucket.left = bucket.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
    }

    #[test]
    fn a_minute_has_so_many_and_the_next_as_many_again() {
        let allowance = PerMinute::new(3);
        let taken = |second| (0..10).filter(|_| allowance.take(at(second))).count();
        assert_eq!((taken(0), taken(59), taken(60), taken(61)), (3, 0, 3, 0));
    }

    #[test]
    fn a_thing_is_looked_at_three_times_and_then_once_in_five_seconds() {
        let looks = Looks::default();
        let taken = |second| (0..10).filter(|_| looks.take("ticket", at(second))).count();
        assert_eq!((taken(0), taken(1), taken(4)), (3, 0, 0));
        assert_eq!((taken(5), taken(9), taken(10)), (1, 0, 1));
        // An hour of a thousand calls a second costs one look an interval.
        let hour: usize = (20..3620).map(taken).sum();
        assert!((715..=725).contains(&hour), "{hour}");
        assert_eq!(taken(10_000), 3);
        assert!(looks.take("other", at(10_000)));
    }

    #[test]
    fn what_is_remembered_is_bounded_also_when_time_stands_still() {
        let looks = Looks::default();
        for n in 0..3 * MOST {
            assert!(looks.take(n, at(0)));
        }
        assert!(looks.0.lock().expect("no panic").len() <= MOST);
    }

    #[test]
    fn a_clock_that_goes_back_forgives_nothing_and_breaks_nothing() {
        let looks = Looks::default();
        assert_eq!((0..9).filter(|_| looks.take(1, at(100))).count(), 3);
        assert_eq!((0..9).filter(|_| looks.take(1, at(0))).count(), 0);
    }
}
