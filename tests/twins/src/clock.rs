//! The clock of a world and the ways both systems write a date down.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The clock every date of both twins is taken from. Resolution: one millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Clock {
    /// The machine's clock, moved by `shift_seconds`.
    Real {
        /// Seconds added to the machine's clock.
        shift_seconds: i64,
    },
    /// Stands still until it is set or advanced.
    Manual {
        /// The time it shows.
        now: Timestamp,
    },
}

impl Default for Clock {
    fn default() -> Self {
        Self::Real { shift_seconds: 0 }
    }
}

impl Clock {
    /// The time it is in the world, cut to whole milliseconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match *self {
            Self::Real { shift_seconds } => {
                let now = Timestamp::now();
                let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
                later(now, SignedDuration::from_secs(shift_seconds))
            }
            Self::Manual { now } => now,
        }
    }

    /// Stops the clock at `now`.
    pub fn set(&mut self, now: Timestamp) {
        *self = Self::Manual { now };
    }

    /// Moves the clock, forwards or backwards.
    pub fn advance(&mut self, by: SignedDuration) {
        match self {
            Self::Real { shift_seconds } => *shift_seconds += by.as_secs(),
            Self::Manual { now } => *now = later(*now, by),
        }
    }
}

/// `at + by`, or `at` where that leaves the range of dates.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// EmpikPlace's form: UTC with `Z`, the fraction dropped when it is zero.
pub(crate) fn utc(at: Timestamp) -> String {
    if at.as_millisecond() % 1000 == 0 {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }
}

/// Thulium's form: local time, minute precision, no zone.
pub(crate) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The form of webhook dates: local time with seconds, no zone.
pub(crate) fn second(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads `YYYY-MM-DD` or `YYYY-MM-DD HH:MM[:SS]`.
pub(crate) fn local(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d %H:%M", text)
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M:%S", text))
        .or_else(|_| jiff::civil::Date::strptime("%Y-%m-%d", text).map(|date| date.at(0, 0, 0, 0)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_dropped_only_when_zero() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(utc(at("2026-11-23T14:03:00Z")), "2026-11-23T14:03:00Z");
        assert_eq!(utc(at("2026-11-23T14:03:00.070Z")), "2026-11-23T14:03:00.070Z");
    }

    #[test]
    fn the_repeated_hour_of_autumn_looks_the_same_twice() {
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        let first = "2026-10-25T00:30:00Z".parse().unwrap();
        let second = "2026-10-25T01:30:00Z".parse().unwrap();
        assert_eq!(minute(first, &zone), "2026-10-25 02:30");
        assert_eq!(minute(first, &zone), minute(second, &zone));
    }

    #[test]
    fn local_dates_come_in_two_lengths() {
        assert_eq!(local("2026-11-23").unwrap().to_string(), "2026-11-23T00:00:00");
        assert_eq!(local("2026-11-23 07:05").unwrap().to_string(), "2026-11-23T07:05:00");
        assert!(local("23.11.2026").is_none());
    }
}
