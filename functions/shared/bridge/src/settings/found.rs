//! What stands in a settings file or in the stored form, as the checks see it.

use std::borrow::Cow;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value.
pub(super) enum Found<'a> {
    Text(&'a str),
    /// `None`: too large for any key.
    Whole(Option<i64>),
    Decimal,
    Flag(bool),
    Date,
    List(Vec<Placed<'a>>),
    Section(Section<'a>),
}

/// A value and where it begins in the file, in bytes.
pub(super) struct Placed<'a> {
    pub(super) at: Option<usize>,
    pub(super) value: Found<'a>,
}

/// Keys with their values; a key's place is where its name begins.
#[derive(Default)]
pub(super) struct Section<'a>(pub(super) Vec<(Cow<'a, str>, Placed<'a>)>);

impl<'a> Section<'a> {
    /// A key's value.
    pub(super) fn get(&self, name: &str) -> Option<&Placed<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, placed)| placed)
    }

    /// The section of that name.
    pub(super) fn section(&self, name: &str) -> Option<&Section<'a>> {
        match &self.get(name)?.value {
            Found::Section(section) => Some(section),
            _ => None,
        }
    }

    /// A file.
    pub(super) fn of_file(table: &'a DeTable<'_>) -> Section<'a> {
        let entry = |(name, value): (&'a Spanned<Cow<'_, str>>, &'a Spanned<DeValue<'_>>)| {
            let at = Some(name.span().start);
            (Cow::Borrowed(name.get_ref().as_ref()), Placed { at, value: Found::of_file(value.get_ref()) })
        };
        Section(table.iter().map(entry).collect())
    }

    /// The stored form, in which a key without a value is `null`.
    pub(super) fn of_stored(object: &'a serde_json::Map<String, Value>) -> Section<'a> {
        let entry = |(name, value): (&'a String, &'a Value)| {
            Some((Cow::Borrowed(name.as_str()), Placed { at: None, value: Found::of_stored(value)? }))
        };
        Section(object.iter().filter_map(entry).collect())
    }
}

impl<'a> Found<'a> {
    fn of_file(value: &'a DeValue<'_>) -> Found<'a> {
        match value {
            DeValue::String(text) => Found::Text(text),
            DeValue::Integer(number) => {
                Found::Whole(i64::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(_) => Found::Decimal,
            DeValue::Boolean(flag) => Found::Flag(*flag),
            DeValue::Datetime(_) => Found::Date,
            DeValue::Array(items) => {
                let placed = |item: &'a Spanned<DeValue<'_>>| Placed {
                    at: Some(item.span().start),
                    value: Found::of_file(item.get_ref()),
                };
                Found::List(items.iter().map(placed).collect())
            }
            DeValue::Table(table) => Found::Section(Section::of_file(table)),
        }
    }

    fn of_stored(value: &'a Value) -> Option<Found<'a>> {
        Some(match value {
            Value::Null => return None,
            Value::String(text) => Found::Text(text),
            Value::Number(number) if number.is_f64() => Found::Decimal,
            Value::Number(number) => Found::Whole(number.as_i64()),
            Value::Bool(flag) => Found::Flag(*flag),
            Value::Array(items) => {
                let values = items.iter().filter_map(Found::of_stored);
                Found::List(values.map(|value| Placed { at: None, value }).collect())
            }
            Value::Object(object) => Found::Section(Section::of_stored(object)),
        })
    }
}
