//! Faults: what goes wrong between a client and a twin, by rule or decided call by call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One of the two systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The marketplace.
    Empikplace,
    /// The helpdesk.
    Thulium,
}

/// A request a twin has received, before anything was done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Number of the request in the world, from 1, over both sides.
    pub number: u64,
    /// Which twin.
    pub side: Side,
    /// `M11`, `OR11` …; `POST tickets`, `GET tickets/:id` …; `unknown`.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Path under `/empikplace` or `/thulium`.
    pub path: String,
    /// Query parameters, decoded, in order.
    pub query: Vec<(String, String)>,
}

/// Whether a fault strikes before the request takes effect, or after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Nothing was applied.
    #[default]
    Before,
    /// The request was applied in full.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The connection is closed without an answer and nothing is applied.
    Refuse,
    /// The request is applied, then the connection is closed without an answer.
    LostAnswer,
    /// The answer comes late.
    Slow {
        /// Delay in real milliseconds.
        ms: u64,
        /// Whether the delay lies before or after the request takes effect.
        #[serde(default)]
        at: At,
    },
    /// An error status.
    Status {
        /// The status code.
        code: u16,
        /// `Retry-After` in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Whether the request takes effect first.
        #[serde(default)]
        at: At,
    },
    /// The request is applied; the answer has its usual status and a body that is no JSON.
    GarbageBody,
}

/// When and where a fault strikes. Without `nth`, `count` and `probability`: always.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// Which twin; both when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Name of the operation, or `*`.
    #[serde(default = "any")]
    pub operation: String,
    /// The first matching call that is struck, from 1, counted since the rule was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many matching calls are struck from there on: 1 with `nth`, otherwise all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Chance of each call in that range, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Seed of that chance.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

fn any() -> String {
    "*".into()
}

impl FaultRule {
    /// A rule that always strikes `operation` (or `*`) of `side`.
    #[must_use]
    pub fn always(side: Side, operation: &str, fault: Fault) -> Self {
        Self {
            side: Some(side),
            operation: operation.into(),
            nth: None,
            count: None,
            probability: None,
            seed: 0,
            fault,
        }
    }

    /// A rule that strikes the `nth` matching call from now on, once.
    #[must_use]
    pub fn nth(side: Side, operation: &str, nth: u64, fault: Fault) -> Self {
        Self { nth: Some(nth), ..Self::always(side, operation, fault) }
    }

    fn matches(&self, operation: &Operation) -> bool {
        self.side.is_none_or(|side| side == operation.side)
            && (self.operation == "*" || self.operation == operation.name)
    }

    fn strikes(&self, seen: u64) -> bool {
        let first = self.nth.unwrap_or(1);
        let count = self.count.unwrap_or(if self.nth.is_some() { 1 } else { u64::MAX });
        seen >= first
            && seen - first < count
            && self.probability.is_none_or(|chance| draw(self.seed, seen) < chance)
    }
}

/// A number from 0 to 1 that depends on nothing but its arguments.
fn draw(seed: u64, number: u64) -> f64 {
    let digest = Sha256::digest(format!("{seed}/{number}"));
    let high = digest.iter().take(4).fold(0_u32, |all, byte| (all << 8) | u32::from(*byte));
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

/// What an interceptor decides about one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultDecision {
    /// Leave it to the rules.
    Pass,
    /// Strike.
    Inject(Fault),
}

/// The rules in force and how often each was matched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    next: u64,
    rules: BTreeMap<u64, (FaultRule, u64)>,
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) -> u64 {
        self.next += 1;
        self.rules.insert(self.next, (rule, 0));
        self.next
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        self.rules.remove(&id).is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn list(&self) -> Vec<(u64, FaultRule, u64)> {
        self.rules.iter().map(|(id, (rule, seen))| (*id, rule.clone(), *seen)).collect()
    }

    /// The fault of the first rule that strikes; every matching rule counts the call.
    pub(crate) fn decide(&mut self, operation: &Operation) -> Option<Fault> {
        let mut fault = None;
        for (rule, seen) in self.rules.values_mut().filter(|(rule, _)| rule.matches(operation)) {
            *seen += 1;
            if fault.is_none() && rule.strikes(*seen) {
                fault = Some(rule.fault.clone());
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Operation {
        Operation {
            number: 1,
            side: Side::Empikplace,
            name: name.into(),
            method: "GET".into(),
            path: String::new(),
            query: Vec::new(),
        }
    }

    #[test]
    fn the_nth_call_is_struck_once() {
        let mut faults = Faults::default();
        faults.add(FaultRule::nth(Side::Empikplace, "M12", 2, Fault::Refuse));
        let struck: Vec<bool> =
            ["M12", "M11", "M12", "M12"].iter().map(|name| faults.decide(&call(name)).is_some()).collect();
        assert_eq!(struck, [false, false, true, false]);
    }

    #[test]
    fn a_chance_is_repeatable_and_near_its_rate() {
        let rule = FaultRule {
            probability: Some(0.25),
            seed: 7,
            ..FaultRule::always(Side::Empikplace, "*", Fault::Refuse)
        };
        let run = || (1..=4000).map(|seen| rule.strikes(seen)).collect::<Vec<_>>();
        assert_eq!(run(), run());
        let struck = run().iter().filter(|struck| **struck).count();
        assert!((800..1200).contains(&struck), "{struck}");
    }

    #[test]
    fn a_rule_reads_from_flat_json() {
        let rule: FaultRule = serde_json::from_str(
            r#"{"side":"empikplace","operation":"M12","nth":2,"kind":"status","code":503,"at":"after"}"#,
        )
        .unwrap();
        let fault = Fault::Status { code: 503, retry_after: None, at: At::After };
        assert_eq!(rule, FaultRule::nth(Side::Empikplace, "M12", 2, fault));
    }
}
