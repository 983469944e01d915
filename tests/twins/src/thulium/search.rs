//! The filter syntax of lists: PHP-style arrays and custom fields by name.

use std::collections::BTreeMap;

use super::{Wrong, code};
use crate::http::Call;
use crate::switches::FieldMatch;

/// Default and greatest number of rows.
const MAX_LIMIT: usize = 100;

/// `limit` and `offset`.
pub(super) fn window(call: &Call) -> Result<(usize, usize), Wrong> {
    let number = |name: &str, default: usize| match call.parameter(name) {
        None => Ok(default),
        Some(text) => {
            text.parse().map_err(|_| Wrong::invalid(format!("Parameter \"{name}\" must be a number")))
        }
    };
    let limit = number("limit", MAX_LIMIT)?;
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Wrong::invalid("Parameter \"limit\" must be between 1 and 100"));
    }
    Ok((limit, number("offset", 0)?))
}

/// Values of `name[]` or `name[0]`, `name[1]` …
///
/// The live system breaks on a scalar where it expects an array, and so does its twin.
pub(super) fn array(call: &Call, name: &str) -> Result<Vec<String>, Wrong> {
    if call.query.iter().any(|(key, _)| key == name) {
        return Err(Wrong::new(500, code::INTERNAL, "Internal error"));
    }
    let prefix = format!("{name}[");
    let values = call.query.iter().filter(|(key, _)| key.starts_with(&prefix) && key.ends_with(']'));
    Ok(values.map(|(_, value)| value.clone()).collect())
}

/// `custom_fields[Name]=v`, or several alternatives as `custom_fields[Name][0]=a`.
pub(super) fn custom_fields(call: &Call) -> BTreeMap<String, Vec<String>> {
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in &call.query {
        let name = key.strip_prefix("custom_fields[").and_then(|rest| rest.split_once(']'));
        if let Some((name, _)) = name {
            wanted.entry(name.to_owned()).or_default().push(value.clone());
        }
    }
    wanted
}

/// Whether an object with these fields is found.
pub(super) fn found_by_fields(
    fields: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, Vec<String>>,
    how: FieldMatch,
) -> bool {
    wanted.iter().all(|(name, values)| {
        let field = fields.get(name).map_or("", String::as_str);
        match how {
            FieldMatch::Exact => values.iter().any(|value| value == field),
            FieldMatch::Contains => values.iter().any(|value| field.contains(value)),
            FieldMatch::Ignored => true,
        }
    })
}
