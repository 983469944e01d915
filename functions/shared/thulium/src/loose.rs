//! Reading answers whose types drift.
//!
//! Thulium documents the same field as a number on one page and as text on another, and several
//! answers have no documented shape. Numbers that arrive as text and text that arrives as a number are
//! therefore accepted everywhere, and null, `false`, an absent field and `""` mean the same: nothing.

use serde_json::{Map, Value};

/// Rows of a list, each read on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// How many rows match in all, where the answer tells.
    pub count: Option<u64>,
    /// The rows that could be read.
    pub rows: Vec<T>,
    /// How many rows of this page could not be read.
    pub unreadable: usize,
}

/// A JSON object with typed look-ups.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Value) -> Option<Fields<'a>> {
        value.as_object().map(Fields)
    }

    pub(crate) fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key)
    }

    /// The text of a field, `""` when it holds nothing; `None` when it holds a list or an object.
    pub(crate) fn text(self, key: &str) -> Option<String> {
        self.get(key).map_or_else(|| Some(String::new()), text)
    }

    /// The text of a field, `None` when there is none to read.
    pub(crate) fn word(self, key: &str) -> Option<String> {
        self.text(key).filter(|word| !word.is_empty())
    }

    pub(crate) fn number(self, key: &str) -> Option<u64> {
        self.get(key).and_then(number)
    }

    /// The id of an object. Zero is how some answers write "none".
    pub(crate) fn id(self, key: &str) -> Option<u64> {
        self.number(key).filter(|id| *id != 0)
    }

    /// The first field among `keys` that `read` accepts.
    pub(crate) fn first<T>(self, keys: &[&str], read: impl Fn(Self, &str) -> Option<T>) -> Option<T> {
        keys.iter().find_map(|key| read(self, key))
    }
}

/// A JSON document.
pub(crate) fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()
}

/// The text of a scalar; `None` for a list or an object.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => Some(String::new()),
        Value::Bool(true) => Some("1".into()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number that is not negative.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The items of a list. PHP writes a list with gaps as an object with numeric keys, and an empty one
/// sometimes as nothing at all.
pub(crate) fn list(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(items) if items.keys().all(|key| key.parse::<u64>().is_ok()) => {
            Some(items.values().collect())
        }
        Value::Null => Some(Vec::new()),
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

/// The items of a list that stands alone or under `result` or `data`.
///
/// A whole answer that holds nothing is not an empty list: taking it for one would let a search that
/// failed look like a search that found nothing.
pub(crate) fn listed(answer: &Value) -> Option<Vec<&Value>> {
    match answer {
        Value::Array(_) => list(answer),
        Value::Object(fields) => match fields.get("result").or_else(|| fields.get("data")) {
            Some(inner) => list(inner),
            None if fields.is_empty() => None,
            None => list(answer),
        },
        _ => None,
    }
}

/// Reads a list row by row; `None` when the answer is not a list.
pub(crate) fn page<T>(answer: &Value, read: impl Fn(Fields<'_>) -> Option<T>) -> Option<Page<T>> {
    let items = listed(answer)?;
    let rows: Vec<T> = items.iter().filter_map(|item| Fields::of(item).and_then(&read)).collect();
    Some(Page { count: answer.get("count").and_then(number), unreadable: items.len() - rows.len(), rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_read_whatever_their_type() {
        let value = json!({"a": 7, "b": "7", "c": null, "d": "", "e": [1], "f": -1, "g": 0, "h": " 8 "});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.number("a"), Some(7));
        assert_eq!(fields.number("b"), Some(7));
        assert_eq!(fields.number("h"), Some(8));
        for key in ["c", "d", "e", "f", "missing"] {
            assert_eq!(fields.number(key), None, "{key}");
        }
        assert_eq!((fields.number("g"), fields.id("g")), (Some(0), None));

        assert_eq!(fields.text("a").as_deref(), Some("7"));
        for key in ["c", "d", "missing"] {
            assert_eq!(fields.text(key).as_deref(), Some(""), "{key}");
            assert_eq!(fields.word(key), None, "{key}");
        }
        assert_eq!(fields.text("e"), None, "a list is not an empty text");
    }

    #[test]
    fn lists_are_found_in_every_envelope() {
        for answer in [
            json!([{"id": 1}, {"id": 2}]),
            json!({"result": [{"id": 1}, {"id": 2}]}),
            json!({"data": [{"id": 1}, {"id": 2}]}),
            json!({"0": {"id": 1}, "3": {"id": 2}}),
            json!({"result": {"0": {"id": 1}, "3": {"id": 2}}}),
        ] {
            assert_eq!(listed(&answer).map(|l| l.len()), Some(2), "{answer}");
        }
        for answer in [json!([]), json!({"result": []}), json!({"result": null}), json!({"result": {}})] {
            assert_eq!(listed(&answer).map(|l| l.len()), Some(0), "{answer}");
        }
        for answer in [json!(null), json!({}), json!("x"), json!({"errors": []}), json!({"result": "x"})] {
            assert_eq!(listed(&answer), None, "{answer}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert_eq!(parse(b"\xef\xbb\xbf[]"), Some(json!([])));
        assert_eq!(parse(b"<html>"), None);
    }
}
