//! A log line: what it tells of, whether it is wanted, and how it is shown.

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Wish;
use super::logs::Event;
use crate::words;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        }
    }

    fn of(name: &str) -> Level {
        match name {
            "ERROR" | "FATAL" => Level::Error,
            "WARN" => Level::Warn,
            "INFO" => Level::Info,
            _ => Level::Debug,
        }
    }
}

/// Fields that are shown behind the words, where a line has them.
const DETAILS: [&str; 18] = [
    "status",
    "reason",
    "outcome",
    "reply.id",
    "message.id",
    "customer.id",
    "author",
    "attempt",
    "side",
    "left_out",
    "messages.in",
    "replies.out",
    "parked",
    "backlog",
    "threads",
    "missing",
    "doubled",
    "repaired",
];

/// What Lambda itself writes about every invocation, where its lines are not JSON.
const ROUTINE: [&str; 5] = ["START ", "END ", "REPORT ", "INIT_START ", "XRAY "];

/// A line of a function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    at: Timestamp,
    level: Level,
    /// The fields; only a `message` where it was no JSON.
    fields: Map<String, Value>,
}

impl Line {
    /// `None`: it tells nothing of the bridge.
    pub(super) fn of(event: &Event) -> Option<Line> {
        let raw = event.message.trim_end();
        let (level, fields) = match serde_json::from_str(raw) {
            // What Lambda says of an invocation: of interest only where it went wrong.
            Ok(Value::Object(fields))
                if fields.get("type").and_then(Value::as_str).is_some_and(|t| t.starts_with("platform.")) =>
            {
                let status = fields.get("record").and_then(|record| record["status"].as_str());
                let bad = status.filter(|status| *status != "success")?;
                let message = words::tail::invocation(bad);
                (Level::Error, Map::from_iter([("message".to_owned(), message.into())]))
            }
            Ok(Value::Object(fields)) => {
                (Level::of(fields.get("level").and_then(Value::as_str).unwrap_or("INFO")), fields)
            }
            _ if ROUTINE.iter().any(|routine| raw.starts_with(routine)) || raw.is_empty() => return None,
            // A program that was stopped cannot log any more; Lambda does in its place.
            _ => (Level::Error, Map::from_iter([("message".to_owned(), raw.into())])),
        };
        Some(Line { at: event.at, level, fields })
    }

    /// A field as text; empty: the line has none of that name.
    fn get(&self, name: &str) -> String {
        match self.fields.get(name) {
            Some(Value::String(text)) => words::one_line(text),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    pub(super) fn is_wanted(&self, wish: &Wish<'_>) -> bool {
        let is = |name: &str, wanted: Option<String>| wanted.is_none_or(|wanted| self.get(name) == wanted);
        self.level >= wish.level
            && is("integration.id", wish.integration.map(ToString::to_string))
            && is("thread.id", wish.thread.map(str::to_owned))
            && is("ticket.id", wish.ticket.map(|ticket| ticket.to_string()))
    }

    /// For a person.
    pub(super) fn shown(&self) -> String {
        let level = console::style(format!("{:<5}", self.level.as_str()));
        let level = match self.level {
            Level::Error => level.red(),
            Level::Warn => level.yellow(),
            _ => level.dim(),
        };
        let mut parts = vec![self.at.strftime("%m-%d %H:%M:%S").to_string(), level.to_string()];
        let integration = self.get("integration.id");
        if !integration.is_empty() {
            parts.push(integration);
        }
        let (thread, ticket) = (self.get("thread.id"), self.get("ticket.id"));
        parts.extend(words::tail::place(&thread, &ticket));
        parts.push(words::tail::said(&self.get("event"), &self.get("message")));
        let details = DETAILS.iter().filter_map(|name| {
            let value = self.get(name);
            (!value.is_empty()).then(|| format!("{name}={value}"))
        });
        let details: Vec<String> = details.collect();
        if !details.is_empty() {
            parts.push(console::style(details.join(" ")).dim().to_string());
        }
        parts.join("  ") + "\n"
    }

    /// For a program.
    pub(super) fn json(&self, group: &str) -> Value {
        let or_null = |name: &str| match self.get(name) {
            text if text.is_empty() => Value::Null,
            text => text.into(),
        };
        json!({
            "at": self.at,
            "group": group,
            "level": self.level.as_str(),
            "event": or_null("event"),
            "integration": or_null("integration.id"),
            "thread": or_null("thread.id"),
            "ticket": self.fields.get("ticket.id"),
            "line": self.fields,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> Option<Line> {
        let at = Timestamp::UNIX_EPOCH;
        Line::of(&Event { id: "1".into(), at, message: message.into() })
    }

    #[test]
    fn what_lambda_says_of_itself_counts_only_where_it_went_wrong() {
        for routine in [
            "START RequestId: 1 Version: 3\n",
            "REPORT RequestId: 1 Duration: 2 ms",
            "",
            r#"{"time":"2026-11-23T13:00:00Z","type":"platform.report","record":{"status":"success"}}"#,
            r#"{"time":"2026-11-23T13:00:00Z","type":"platform.start","record":{"requestId":"1"}}"#,
        ] {
            assert_eq!(line(routine), None, "{routine}");
        }
        for wrong in [
            "2026-11-23T13:00:00Z 1 Task timed out after 55.00 seconds",
            r#"{"time":"2026-11-23T13:00:00Z","type":"platform.report","record":{"status":"timeout"}}"#,
        ] {
            assert_eq!(line(wrong).expect("a line").level, Level::Error, "{wrong}");
        }
    }

    #[test]
    fn nothing_in_a_line_acts_on_a_terminal() {
        let shown = line("{\"level\":\"WARN\",\"event\":\"x\",\"message\":\"a\\u001b[2Jb\\nc\",\"thread.id\":\"t\\u202e1\"}")
            .expect("a line")
            .shown();
        let text = console::strip_ansi_codes(&shown);
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.lines().count() == 1, "{shown:?}");
    }

    #[test]
    fn filters_hold_together() {
        let one = line(r#"{"level":"INFO","event":"reply.out","integration.id":"shop-a","thread.id":"t-1","ticket.id":7}"#)
            .expect("a line");
        let (a, b) = ("shop-a".parse().expect("an id"), "shop-b".parse().expect("an id"));
        let all = Wish { integration: None, thread: None, ticket: None, level: Level::Info };
        assert!(one.is_wanted(&all));
        assert!(one.is_wanted(&Wish { integration: Some(&a), thread: Some("t-1"), ticket: Some(7), ..all }));
        for other in [
            Wish { integration: Some(&b), ..all },
            Wish { thread: Some("t-2"), ..all },
            Wish { ticket: Some(8), ..all },
            Wish { level: Level::Warn, ..all },
        ] {
            assert!(!one.is_wanted(&other), "{other:?}");
        }
    }
}
