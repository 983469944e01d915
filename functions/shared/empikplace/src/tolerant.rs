//! Reading answers whose fields may be absent, null, or of a neighbouring type.
//!
//! The documents are kept as raw JSON down to the element, so that a damaged element costs itself and
//! not the page around it, and so that numbers keep their digits when they are read as text.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A list whose elements were read one by one. Null reads as an empty list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The elements that could be read.
    pub items: Vec<T>,
    /// How many could not: not an object, without an id, or with a field of a foreign shape.
    pub unreadable: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Listed { items: Vec::new(), unreadable: 0 }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let elements: Vec<Box<RawValue>> = nullable(from)?;
        let mut listed = Listed::default();
        for element in elements {
            match object(element.get()) {
                Some(item) => listed.items.push(item),
                None => listed.unreadable += 1,
            }
        }
        Ok(listed)
    }
}

/// Reads a whole answer, which must be a JSON object.
///
/// Broken UTF-8 becomes replacement characters, so that one damaged text does not hide the others.
pub(crate) fn document<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    object(String::from_utf8_lossy(body).trim_start_matches('\u{feff}'))
}

/// Without the check, serde would fill a struct from a JSON list, and `[]` would be an empty answer.
fn object<T: DeserializeOwned>(json: &str) -> Option<T> {
    if !json.trim_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// Null as the default value.
pub(crate) fn nullable<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A list; null is empty, and null elements are dropped. Any other damaged element is an error.
pub(crate) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let elements: Vec<Option<T>> = nullable(from)?;
    Ok(elements.into_iter().flatten().collect())
}

/// A text, a number or a boolean as text, digit by digit as it was written. Null is `None`.
fn scalar<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(from)? else {
        return Ok(None);
    };
    match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).map_err(D::Error::custom),
        Some(b'{' | b'[') | None => Err(D::Error::custom("a text or a number was expected")),
        Some(_) => Ok(Some(raw.get().to_owned())),
    }
}

/// A text; null is empty.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(scalar(from)?.unwrap_or_default())
}

/// A text that says something: null and blank are `None`.
pub(crate) fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(scalar(from)?.filter(|text| !text.trim().is_empty()))
}

/// An id without which the object is of no use: null and blank are errors.
pub(crate) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    word(from)?.ok_or_else(|| D::Error::custom("an id was expected"))
}

/// A whole number, also as text or with an empty fraction; anything else is `None`.
pub(crate) fn number<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
{
    Ok(scalar(from)?.and_then(|text| {
        let text = text.trim();
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }))
}

/// True only where the answer says so.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(scalar(from)?.is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// An ISO 8601 time; one that cannot be read is `None`.
pub(crate) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(scalar(from)?.and_then(|text| timestamp(text.trim())))
}

/// Mirakl answers in UTC throughout, so a time without an offset is one in UTC.
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_is_the_same_instant() {
        let expected: Timestamp = "2018-10-02T08:36:36Z".parse().expect("a time");
        for form in [
            "2018-10-02T08:36:36Z",
            "2018-10-02T08:36:36.000Z",
            "2018-10-02T08:36:36+00:00",
            "2018-10-02T08:36:36.000+0000",
            "2018-10-02T10:36:36+02:00",
            "2018-10-02T08:36:36",
        ] {
            assert_eq!(timestamp(form), Some(expected), "{form}");
        }
        assert_eq!(
            timestamp("2018-10-02T08:36:36.479Z").map(|t| t.as_millisecond()),
            Some(expected.as_millisecond() + 479)
        );
        for form in ["", "yesterday", "2018-13-02T08:36:36Z", "1538469396"] {
            assert_eq!(timestamp(form), None, "{form}");
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Probe {
        #[serde(deserialize_with = "id")]
        id: String,
        #[serde(default, deserialize_with = "number")]
        size: Option<u64>,
        #[serde(default, deserialize_with = "word")]
        price: Option<String>,
        #[serde(default, deserialize_with = "flag")]
        flag: bool,
        #[serde(default, deserialize_with = "date")]
        date: Option<Timestamp>,
    }

    fn probe(json: &str) -> Option<Probe> {
        object(json)
    }

    #[test]
    fn neighbouring_types_are_accepted() {
        let read = probe(r#"{"id":9007199254740993,"size":"12","price":173.50,"flag":"TRUE","date":5}"#);
        assert_eq!(
            read,
            Some(Probe {
                id: "9007199254740993".into(),
                size: Some(12),
                price: Some("173.50".into()),
                flag: true,
                date: None,
            })
        );
        let read = probe(r#"{"id":"x","size":null,"price":" ","flag":null,"date":null,"new":[{}]}"#);
        assert_eq!(read, Some(Probe { id: "x".into(), size: None, price: None, flag: false, date: None }));
        assert_eq!(probe(r#"{"id":"x","size":3.0}"#).and_then(|p| p.size), Some(3));
        assert_eq!(probe(r#"{"id":"x","size":"big"}"#).and_then(|p| p.size), None);
    }

    #[test]
    fn what_cannot_be_identified_is_not_read() {
        for json in [r#"{}"#, r#"{"id":null}"#, r#"{"id":" "}"#, r#"{"id":{}}"#, r#"["x"]"#, "null", ""] {
            assert_eq!(probe(json), None, "{json}");
        }
    }

    #[test]
    fn a_damaged_element_costs_only_itself() {
        let listed: Listed<Probe> = serde_json::from_str(
            r#"[{"id":"a"}, null, {"id":""}, "text", {"id":"\ud800"}, {"id":"b","price":{}}, {"id":"c"}]"#,
        )
        .expect("a list");
        let ids: Vec<&str> = listed.items.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["a", "c"]);
        assert_eq!(listed.unreadable, 5);
        assert_eq!(serde_json::from_str::<Listed<Probe>>("null").expect("a list"), Listed::default());
        assert!(serde_json::from_str::<Listed<Probe>>("{}").is_err());
    }

    #[test]
    fn broken_utf8_and_a_byte_order_mark_do_not_hide_a_document() {
        let read: Option<Probe> = document(b"\xef\xbb\xbf {\"id\":\"a\xff\"}");
        assert_eq!(read.map(|p| p.id).as_deref(), Some("a\u{fffd}"));
    }
}
