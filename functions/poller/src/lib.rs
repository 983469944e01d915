//! The scheduled function: reads the event, runs the ticks, and returns a row for each integration.

use std::fmt;

use bridge::failure::Failure;
use lambda_runtime::Diagnostic;
use runtime::{Deadline, Runtime, Selection, StartError};
use serde::Serialize;
use serde_json::{Value, json};

/// Why an invocation failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PollerError {
    /// The event is none of the three forms.
    #[error(
        "{0}; valid events are {{}} (every integration), {{\"shard\":0,\"shards\":4}} and \
         {{\"integration\":\"shop-a\"}}, each with {{\"reconcile\":{{\"days\":2}}}} for the daily sweep"
    )]
    Event(EventError),
    /// The integrations could not be read.
    #[error("the integrations could not be read: {0}")]
    Ledger(#[from] Failure),
    /// The function is not set up.
    #[error("the function is not set up: {0}")]
    Start(String),
}

impl From<&StartError> for PollerError {
    fn from(error: &StartError) -> PollerError {
        PollerError::Start(error.to_string())
    }
}

impl From<PollerError> for Diagnostic {
    fn from(error: PollerError) -> Diagnostic {
        // These words are stable: alarms and callers may compare them.
        let error_type = match &error {
            PollerError::Event(_) => "InvalidEvent",
            PollerError::Ledger(_) => "LedgerUnavailable",
            PollerError::Start(_) => "NotSetUp",
        };
        Diagnostic { error_type: error_type.into(), error_message: error.to_string() }
    }
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventError {
    /// It is not an object.
    NotAnObject,
    /// It holds a key that no form has.
    UnknownKey(String),
    /// It names an integration and a shard.
    Both,
    /// One of `shard` and `shards` is missing.
    Missing(&'static str),
    /// The value of a key is wrong.
    Value(&'static str, &'static str),
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventError::NotAnObject => f.write_str("the event is not a JSON object"),
            EventError::UnknownKey(key) => write!(f, "the event has an unknown key {key:?}"),
            EventError::Both => f.write_str("the event names both an integration and a shard"),
            EventError::Missing(key) => write!(f, "the event lacks {key:?}"),
            EventError::Value(key, wrong) => write!(f, "{key:?} {wrong}"),
        }
    }
}

/// The most days that a sweep looks back.
const MOST_DAYS: u64 = 90;

/// How many days the event's sweep looks back; `None`: it is a tick.
///
/// # Errors
/// Says what is wrong with it.
pub fn sweep(event: &Value) -> Result<Option<u32>, EventError> {
    const FORM: EventError = EventError::Value("reconcile", "must be like {\"days\":2}, of 1 to 90 days");
    match event.get("reconcile") {
        None => Ok(None),
        Some(Value::Object(keys)) if keys.len() == 1 => {
            let days = keys.get("days").and_then(Value::as_u64);
            let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
            days.and_then(|days| u32::try_from(days).ok()).map(Some).ok_or(FORM)
        }
        Some(_) => Err(FORM),
    }
}

/// Which integrations an event is for.
///
/// # Errors
/// Says what is wrong with it.
pub fn selection(event: &Value) -> Result<Selection, EventError> {
    let Value::Object(keys) = event else {
        return Err(EventError::NotAnObject);
    };
    let known = ["integration", "shard", "shards", "reconcile"];
    if let Some(key) = keys.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(EventError::UnknownKey(key.chars().take(40).collect()));
    }
    let number = |key: &'static str, value: &Value| {
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or(EventError::Value(key, "must be a whole number, not negative"))
    };
    match (keys.get("integration"), keys.get("shard"), keys.get("shards")) {
        (None, None, None) => Ok(Selection::All),
        (Some(id), None, None) => {
            let id = id.as_str().ok_or(EventError::Value("integration", "must be a text"))?;
            let id = id.parse().map_err(|_| {
                EventError::Value("integration", "must be 1 to 40 of the characters a-z, 0-9 and -")
            })?;
            Ok(Selection::One(id))
        }
        (Some(_), _, _) => Err(EventError::Both),
        (None, None, Some(_)) => Err(EventError::Missing("shard")),
        (None, Some(_), None) => Err(EventError::Missing("shards")),
        (None, Some(shard), Some(shards)) => {
            let (shard, shards) = (number("shard", shard)?, number("shards", shards)?);
            if shards == 0 {
                return Err(EventError::Value("shards", "must be at least 1"));
            }
            if shard >= shards {
                return Err(EventError::Value("shard", "must be less than \"shards\": it counts from 0"));
            }
            Ok(Selection::Shard { shard, shards })
        }
    }
}

/// Handles one invocation: `{"integrations": [row, …]}`, a row being a [`bridge::engine::Report`], or
/// a [`bridge::engine::Reconciled`] where the event asks for a sweep.
///
/// # Errors
/// For an event of another form, and when the integrations could not be read at all; what keeps a
/// single one from working stands in its row.
pub async fn handle(runtime: &Runtime, event: Value, deadline: Deadline) -> Result<Value, PollerError> {
    let selection = selection(&event).map_err(PollerError::Event)?;
    match sweep(&event).map_err(PollerError::Event)? {
        None => Ok(result(&runtime.tick_all(&selection, deadline).await?)),
        Some(days) => Ok(result(&runtime.reconcile_all(&selection, days, deadline).await?)),
    }
}

fn result<T: Serialize>(rows: &[T]) -> Value {
    json!({ "integrations": rows })
}

#[cfg(test)]
mod tests {
    use bridge::engine::Report;

    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        assert_eq!(selection(&json!({})), Ok(Selection::All));
        assert_eq!(
            selection(&json!({ "shard": 3, "shards": 4 })),
            Ok(Selection::Shard { shard: 3, shards: 4 })
        );
        let id = "shop-a".parse().expect("an id");
        assert_eq!(selection(&json!({ "integration": "shop-a" })), Ok(Selection::One(id)));
    }

    #[test]
    fn a_sweep_is_asked_for_beside_any_of_the_forms() {
        assert_eq!(sweep(&json!({ "shard": 3, "shards": 4 })), Ok(None));
        let event = json!({ "shard": 3, "shards": 4, "reconcile": { "days": 2 } });
        assert_eq!(
            (selection(&event), sweep(&event)),
            (Ok(Selection::Shard { shard: 3, shards: 4 }), Ok(Some(2)))
        );
        for wrong in [
            json!(2),
            json!(null),
            json!({}),
            json!({ "days": 0 }),
            json!({ "days": 91 }),
            json!({ "days": 1.5 }),
            json!({ "days": 2, "x": 1 }),
        ] {
            let error = sweep(&json!({ "reconcile": wrong })).expect_err("it is none");
            assert_eq!(error.to_string(), "\"reconcile\" must be like {\"days\":2}, of 1 to 90 days");
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (event, reason) in [
            (json!(null), "the event is not a JSON object"),
            (json!([]), "the event is not a JSON object"),
            (json!("shop-a"), "the event is not a JSON object"),
            (json!({ "Integration": "shop-a" }), "the event has an unknown key \"Integration\""),
            (json!({ "integration": "shop-a", "x": 1 }), "the event has an unknown key \"x\""),
            (json!({ "integration": 5 }), "\"integration\" must be a text"),
            (json!({ "integration": null }), "\"integration\" must be a text"),
            (
                json!({ "integration": "Shop A" }),
                "\"integration\" must be 1 to 40 of the characters a-z, 0-9 and -",
            ),
            (
                json!({ "integration": "shop-a", "shard": 0, "shards": 1 }),
                "the event names both an integration and a shard",
            ),
            (json!({ "shard": 0 }), "the event lacks \"shards\""),
            (json!({ "shards": 4 }), "the event lacks \"shard\""),
            (json!({ "shard": 0, "shards": 0 }), "\"shards\" must be at least 1"),
            (json!({ "shard": 4, "shards": 4 }), "\"shard\" must be less than \"shards\": it counts from 0"),
            (json!({ "shard": -1, "shards": 4 }), "\"shard\" must be a whole number, not negative"),
            (json!({ "shard": 0.5, "shards": 4 }), "\"shard\" must be a whole number, not negative"),
            (json!({ "shard": "0", "shards": "4" }), "\"shard\" must be a whole number, not negative"),
            (json!({ "shard": 0, "shards": null }), "\"shards\" must be a whole number, not negative"),
        ] {
            let error = selection(&event).expect_err(&event.to_string());
            assert_eq!(error.to_string(), reason, "{event}");
            let diagnostic = Diagnostic::from(PollerError::Event(error));
            assert_eq!(diagnostic.error_type, "InvalidEvent");
            for form in ["{} (every", r#"{"shard":0,"shards":4}"#, r#"{"integration":"shop-a"}"#] {
                assert!(diagnostic.error_message.contains(form), "{}", diagnostic.error_message);
            }
        }
    }

    #[test]
    fn a_row_has_exactly_the_keys_of_the_contract() {
        let rows = [Report::idle("shop-a", "skipped", "disabled".into())];
        assert_eq!(
            result(&rows),
            json!({ "integrations": [{
                "integration": "shop-a", "status": "skipped", "reason": "disabled", "threads_read": 0,
                "tickets_created": 0, "messages_in": 0, "replies_out": 0, "parked": 0, "backlog": 0,
                "calls": { "empikplace": 0, "thulium": 0 },
            }] })
        );
    }
}
