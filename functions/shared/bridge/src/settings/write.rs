//! Settings as a commented file.

use serde_json::{Map, Value};

use super::schema::{KEYS, Key, Kind};
use super::{IntegrationId, Settings};

impl Settings {
    /// The settings as a file with comments and all keys, those without a value commented out.
    /// [`Settings::from_toml`] reads the same settings from it.
    pub fn to_toml(&self) -> String {
        file(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// A file for newcomers: every key with its meaning and an example. It is not enabled yet.
pub fn default_template(id: &IntegrationId) -> String {
    let mut values = examples(KEYS);
    values.insert("id".to_owned(), id.as_str().into());
    values.insert("enabled".to_owned(), false.into());
    file(&Value::Object(values))
}

/// The examples of the keys; none for what only exists in some shops and for rules.
fn examples(keys: &[Key]) -> Map<String, Value> {
    let example = |key: &Key| match key.kind {
        Kind::Table(keys) => Value::Object(examples(keys)),
        Kind::Tables(_) | Kind::Reference => Value::Null,
        // They are written alike in JSON and in TOML.
        _ => serde_json::from_str(key.example).unwrap_or_default(),
    };
    keys.iter().map(|key| (key.name.to_owned(), example(key))).collect()
}

fn file(values: &Value) -> String {
    let mut out = format!(
        "# An integration of empik-thulium-bridge. {}.\n\n",
        capitalised(super::values::SECRETS_GO_ELSEWHERE)
    );
    plain_keys(&mut out, KEYS, values);
    for section in KEYS {
        if let Kind::Table(keys) = section.kind {
            let values = &values[section.name];
            out += &format!("\n# {}\n{}\n", section.about, section.example);
            plain_keys(&mut out, keys, values);
            for key in keys {
                if let Kind::Tables(keys) = key.kind {
                    repeated(&mut out, key, keys, &values[key.name]);
                }
            }
        }
    }
    out
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// The keys of a section that hold no section, each below its meaning.
fn plain_keys(out: &mut String, keys: &[Key], values: &Value) {
    for key in keys.iter().filter(|key| !matches!(key.kind, Kind::Table(_) | Kind::Tables(_))) {
        *out += &format!("# {}\n", key.about.replace('\n', "\n# "));
        match literal(&values[key.name]) {
            Some(value) => *out += &format!("{} = {value}\n", key.name),
            None => *out += &format!("#{} = {}\n", key.name, key.example),
        }
    }
}

/// A section that can be repeated, with the keys that are set; without any, an example.
fn repeated(out: &mut String, section: &Key, keys: &[Key], values: &Value) {
    *out += &format!("\n# {}\n", section.about);
    for key in keys {
        *out += &format!("#   {:<12} {}\n", key.name, key.about);
    }
    let rules = values.as_array().map(Vec::as_slice).unwrap_or_default();
    for rule in rules {
        *out += &format!("\n{}\n", section.example);
        for key in keys {
            if let Some(value) = literal(&rule[key.name]) {
                *out += &format!("{} = {value}\n", key.name);
            }
        }
    }
    if rules.is_empty() {
        *out += &format!("\n#{}\n", section.example);
        for key in keys.iter().filter(|key| matches!(key.name, "topic" | "category_id")) {
            *out += &format!("#{} = {}\n", key.name, key.example);
        }
    }
}

/// A value as TOML; none for one that is absent.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(toml::Value::String(text.clone()).to_string()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(literal).collect();
            Some(format!("[{}]", items.join(", ")))
        }
    }
}
