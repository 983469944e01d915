//! What the ledger remembers of an integration beside its settings: how far it has come, who works
//! on it, how many calls are left, how it fares, and how its helpdesk account behaves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::failure::Side;
use crate::helpdesk::CommentParameter;
use crate::settings::Settings;

/// The right to work on an integration for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it: unique to an invocation.
    pub owner: String,
    /// When it lapses by itself.
    pub until: Timestamp,
    /// Grows with every taking; every later write names it, so that a stale owner is kept out.
    pub generation: u64,
}

/// The calls that may still go to the marketplace: a bucket that refills over an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Thousandths of a call that are left.
    pub millicalls: u64,
    /// When that was so.
    pub at: Timestamp,
}

impl Budget {
    /// What is left now, with `per_hour` calls flowing back every hour, at most that many in all.
    pub fn refilled(self, per_hour: u32, now: Timestamp) -> Budget {
        let elapsed = now.duration_since(self.at).as_millis().clamp(0, 3_600_000) as u64;
        let full = u64::from(per_hour) * 1000;
        let millicalls = (self.millicalls + elapsed * u64::from(per_hour) / 3600).min(full);
        Budget { millicalls, at: now.max(self.at) }
    }

    /// A full bucket.
    pub fn full(per_hour: u32, now: Timestamp) -> Budget {
        Budget { millicalls: u64::from(per_hour) * 1000, at: now }
    }

    /// Whole calls left.
    pub fn calls(self) -> u32 {
        u32::try_from(self.millicalls / 1000).unwrap_or(u32::MAX)
    }

    /// Less the calls that were made.
    pub fn spend(self, calls: u32) -> Budget {
        Budget { millicalls: self.millicalls.saturating_sub(u64::from(calls) * 1000), at: self.at }
    }
}

/// How an integration fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// End of the last tick that did all it set out to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// Begin of the present trouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// What it is, in stable words; never a text of another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Begin of the last poll whose every change is durable here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<Timestamp>,
    /// Threads known to wait at the end of the last tick.
    pub backlog: u64,
    /// Version of the bridge that did the last tick; absent where it was older than this field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How far an integration has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Everything the marketplace changed before this is durable here.
    pub empikplace: Option<Timestamp>,
    /// Every reply in tickets changed before this is durable here.
    pub thulium: Option<Timestamp>,
    /// Since when a ticket that could not be read has kept `thulium` back; `None`: none does.
    pub thulium_held: Option<Timestamp>,
    /// When the marketplace is polled next.
    pub next_poll: Option<Timestamp>,
    /// The marketplace asked to be left alone until then.
    pub empikplace_rests: Option<Timestamp>,
    /// The helpdesk asked to be left alone until then.
    pub thulium_rests: Option<Timestamp>,
    /// Calls left.
    pub budget: Option<Budget>,
    /// How it fares.
    pub health: Health,
    /// The last sweep; `None`: there was none.
    pub sweep: Option<Sweep>,
}

/// How far a sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// When it began.
    pub begun: Timestamp,
    /// What changed from then on has not been looked at; `None`: it is through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

impl Cursor {
    /// The cursor of an integration that never ran.
    pub fn start() -> Cursor {
        Cursor {
            empikplace: None,
            thulium: None,
            thulium_held: None,
            next_poll: None,
            empikplace_rests: None,
            thulium_rests: None,
            budget: None,
            health: Health::default(),
            sweep: None,
        }
    }
}

impl Cursor {
    /// The side that asked to be left alone until after `now`.
    pub fn resting(&self, now: Timestamp) -> Option<Side> {
        let rests = |until: Option<Timestamp>| until.is_some_and(|until| until > now);
        match (rests(self.empikplace_rests), rests(self.thulium_rests)) {
            (true, _) => Some(Side::Empikplace),
            (false, true) => Some(Side::Thulium),
            (false, false) => None,
        }
    }
}

impl Cursor {
    /// How far this is behind at `now`; see [`Gauges`].
    pub fn gauges(&self, now: Timestamp) -> Gauges {
        let seconds = |since: Option<Timestamp>| {
            let elapsed = now.duration_since(since?).as_secs();
            Some(elapsed.max(0).unsigned_abs())
        };
        Gauges {
            since_success: seconds(self.health.last_success.or(self.health.failing_since)),
            cursor_lag: seconds(self.empikplace.max(self.health.caught_up)),
        }
    }
}

/// How far an integration is behind, in seconds; absent where it has never run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Since the last tick that did all it set out to do; since the trouble began where none did.
    pub since_success: Option<u64>,
    /// Everything that EmpikPlace changed longer ago than this is durable here.
    pub cursor_lag: Option<u64>,
}

/// Moves a cursor to `to`, never backwards.
pub fn advance(cursor: &mut Option<Timestamp>, to: Option<Timestamp>) {
    if let Some(to) = to
        && cursor.is_none_or(|at| to > at)
    {
        *cursor = Some(to);
    }
}

/// How far before a cursor a list is read again: both systems' clocks have a limited grain, and an
/// entry can become visible after a later one.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// How the helpdesk account behaves where its documentation is silent: learnt on the account itself
/// and stored, unless the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// Parameter of `POST tickets/:id/comment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment_parameter: Option<CommentParameter>,
    /// Whether `customer_response` takes files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_files: Option<bool>,
    /// Whether `comment` takes files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment_files: Option<bool>,
}

/// An integration as stored.
#[derive(Debug, Clone)]
pub struct Integration {
    /// Its settings.
    pub settings: Settings,
    /// When it was enabled for the first time; absent while it never was.
    pub enabled_at: Option<Timestamp>,
    /// How its helpdesk account behaves.
    pub habits: Habits,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
    }

    #[test]
    fn a_budget_refills_over_an_hour_and_never_overflows() {
        let empty = Budget { millicalls: 0, at: at(0) };
        assert_eq!(empty.refilled(240, at(14)).calls(), 0);
        assert_eq!(empty.refilled(240, at(15)).calls(), 1);
        assert_eq!(empty.refilled(240, at(3600)).calls(), 240);
        assert_eq!(empty.refilled(240, at(100_000)).calls(), 240);
        assert_eq!(Budget::full(240, at(0)).spend(3).calls(), 237);
        assert_eq!(Budget::full(2, at(0)).spend(9).calls(), 0);
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_and_takes_nothing() {
        let budget = Budget { millicalls: 5000, at: at(100) };
        let after = budget.refilled(240, at(0));
        assert_eq!(after, budget);
    }

    #[test]
    fn a_quiet_shop_is_not_behind_and_a_stuck_one_is() {
        let mut cursor = Cursor { empikplace: Some(at(0)), ..Cursor::start() };
        assert_eq!(Cursor::start().gauges(at(9)), Gauges::default());
        cursor.health.last_success = Some(at(990));
        cursor.health.caught_up = Some(at(980));
        assert_eq!(cursor.gauges(at(1000)), Gauges { since_success: Some(10), cursor_lag: Some(20) });
        cursor.health.caught_up = None;
        cursor.empikplace = Some(at(100));
        assert_eq!(cursor.gauges(at(1000)).cursor_lag, Some(900));
        cursor.health = Health { failing_since: Some(at(400)), ..Health::default() };
        assert_eq!(cursor.gauges(at(1000)).since_success, Some(600));
        assert_eq!(cursor.gauges(at(0)).since_success, Some(0), "clocks differ");
    }

    #[test]
    fn a_side_rests_until_its_time_has_come() {
        let asked = Cursor { empikplace_rests: Some(at(20)), thulium_rests: Some(at(30)), ..Cursor::start() };
        assert_eq!(Cursor::start().resting(at(0)), None);
        assert_eq!(asked.resting(at(19)), Some(Side::Empikplace));
        assert_eq!(asked.resting(at(20)), Some(Side::Thulium));
        assert_eq!(asked.resting(at(30)), None);
    }

    #[test]
    fn cursors_never_move_backwards() {
        let mut cursor = None;
        advance(&mut cursor, Some(at(10)));
        advance(&mut cursor, Some(at(5)));
        advance(&mut cursor, None);
        assert_eq!(cursor, Some(at(10)));
        advance(&mut cursor, Some(at(11)));
        assert_eq!(cursor, Some(at(11)));
    }
}
