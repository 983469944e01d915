//! How much of an invocation may be used: the only place that decides it.

use bridge::ledger::Clock;
use jiff::{SignedDuration, Timestamp};

/// The most that is kept back at the end of an invocation.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// The two instants at which work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Nothing new is started from then on.
    pub stop: Timestamp,
    /// Whatever is still under way then is cut off, as if the process were killed; the ledger is made
    /// for that.
    pub cut: Timestamp,
}

impl Deadline {
    /// For an invocation that is killed at `ends`: the margin is 15 % of the time left and at most
    /// 10 s; three quarters of it are for calls that are under way, the last quarter for the answer.
    pub fn of_invocation(now: Timestamp, ends: Timestamp) -> Deadline {
        let left = ends.duration_since(now).max(SignedDuration::ZERO);
        let margin = MARGIN.min(left * 15 / 100);
        Deadline { stop: ends - margin, cut: ends - margin / 4 }
    }

    /// For work that may take `time` from now on.
    pub fn after(now: Timestamp, time: SignedDuration) -> Deadline {
        Deadline::of_invocation(now, now.saturating_add(time).unwrap_or(Timestamp::MAX))
    }

    /// The time until [`Deadline::cut`].
    pub(crate) fn left(&self, clock: &dyn Clock) -> std::time::Duration {
        self.cut.duration_since(clock.now()).try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
    }

    #[test]
    fn a_long_invocation_keeps_ten_seconds_and_a_short_one_its_share() {
        let long = Deadline::of_invocation(at(0), at(300));
        assert_eq!(long, Deadline { stop: at(290), cut: at(300) - SignedDuration::from_millis(2500) });
        let short = Deadline::after(at(0), SignedDuration::from_secs(20));
        assert_eq!(short.stop, at(17));
        assert!(short.stop < short.cut && short.cut < at(20));
    }

    #[test]
    fn an_invocation_that_is_over_has_no_time_left() {
        let over = Deadline::of_invocation(at(10), at(0));
        assert_eq!(over, Deadline { stop: at(0), cut: at(0) });
    }
}
