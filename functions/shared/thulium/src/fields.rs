//! Custom fields of tickets and customers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::shows_only;
use crate::loose::{self, Fields};

/// Custom fields as an answer shows them.
///
/// The shape in answers is not documented. Read are an object of names with a text, a number, a list
/// or nothing, and a list (or an object keyed by id) of `{name, value}`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CustomFields(BTreeMap<String, Vec<String>>);

shows_only!(CustomFields {});

impl CustomFields {
    /// The value of a field, the first one where it holds several; `None` when it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name.trim()).map_or(&[], Vec::as_slice)
    }

    /// The names that the answer shows, those of empty fields included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Reads `custom_fields`; `None` when the answer does not show any.
    pub(crate) fn read(holder: Fields<'_>) -> Option<CustomFields> {
        let mut found = BTreeMap::new();
        match holder.get("custom_fields")? {
            Value::Array(items) => items.iter().for_each(|item| keep(&mut found, None, item)),
            Value::Object(items) => items.iter().for_each(|(key, item)| keep(&mut found, Some(key), item)),
            _ => return None,
        }
        Some(CustomFields(found))
    }
}

fn keep(found: &mut BTreeMap<String, Vec<String>>, key: Option<&str>, item: &Value) {
    let pair = Fields::of(item);
    let name =
        pair.and_then(|pair| pair.first(&["name", "label"], Fields::word)).or_else(|| key.map(str::to_owned));
    let value = match pair {
        Some(pair) => pair.get("value").or_else(|| pair.get("values")),
        None => Some(item),
    };
    if let Some(name) = name {
        found.entry(name.trim().to_owned()).or_default().extend(value.map(values).unwrap_or_default());
    }
}

fn values(value: &Value) -> Vec<String> {
    let items = match value {
        Value::Array(_) | Value::Object(_) => loose::list(value).unwrap_or_default(),
        single => vec![single],
    };
    items.into_iter().filter_map(loose::text).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Option<CustomFields> {
        let holder = json!({ "custom_fields": value });
        CustomFields::read(Fields::of(&holder).unwrap())
    }

    #[test]
    fn every_shape_gives_the_same_fields() {
        for shape in [
            json!({"Empik wątek": "5f0c", "Numer": 7, "Lista": ["a", "b"], "Puste": null}),
            json!([{"name": "Empik wątek", "value": "5f0c"}, {"name": "Numer", "value": "7"},
                   {"name": "Lista", "value": ["a", "b"]}, {"name": "Puste", "value": ""}, "x"]),
            json!({"12": {"name": "Empik wątek", "value": "5f0c"}, "13": {"name": " Numer ", "value": 7},
                   "Lista": {"value": {"0": "a", "2": "b"}}, "Puste": []}),
        ] {
            let fields = read(shape.clone()).unwrap();
            assert_eq!(fields.get("Empik wątek"), Some("5f0c"), "{shape}");
            assert_eq!(fields.get("Numer"), Some("7"), "{shape}");
            assert_eq!(fields.all("Lista"), ["a", "b"], "{shape}");
            assert_eq!(fields.get("Puste"), None, "{shape}");
            assert!(fields.names().any(|name| name == "Puste"), "{shape}");
            assert_eq!(fields.get("Inne"), None, "{shape}");
        }
    }

    #[test]
    fn no_fields_and_fields_not_shown_are_told_apart() {
        assert_eq!(read(json!([])), Some(CustomFields::default()));
        assert_eq!(read(json!({})), Some(CustomFields::default()));
        assert_eq!(read(json!(null)), None);
        assert_eq!(read(json!("x")), None);
        let without = json!({});
        assert_eq!(CustomFields::read(Fields::of(&without).unwrap()), None);
    }
}
