//! Reads and checks the settings file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, SettingsError};
use super::schema::{KEYS, Key, Kind};
use super::values::{self, Fault, SECRETS_GO_ELSEWHERE};
use super::{Settings, Thulium, Watch};

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file: mistakes in TOML (then nothing
    /// else is looked at), unknown and missing keys, and values that a key does not take.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let mut reader = Reader {
            text,
            problems: Vec::new(),
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                let place = error.span().map(|span| span.start);
                reader.report(
                    "",
                    place,
                    Fault {
                        what: error.message().to_owned(),
                        hint: None,
                    },
                );
            }
            return Err(reader.finish());
        }
        reader.table("", root.get_ref(), KEYS);
        match toml::from_str::<Self>(text) {
            Ok(settings) => {
                reader.check_together(&settings, root.get_ref());
                if reader.problems.is_empty() {
                    Ok(settings)
                } else {
                    Err(reader.finish())
                }
            }
            Err(error) => {
                if reader.problems.is_empty() {
                    let what = error.message().to_owned();
                    reader.report(
                        "",
                        error.span().map(|span| span.start),
                        Fault { what, hint: None },
                    );
                }
                Err(reader.finish())
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Notes a problem with what stands at this offset of the file.
    fn report(&mut self, path: &str, offset: Option<usize>, fault: Fault) {
        let before = offset.and_then(|offset| self.text.as_bytes().get(..offset));
        let line = before.map(|before| 1 + before.iter().filter(|byte| **byte == b'\n').count());
        self.problems.push(Problem {
            path: path.to_owned(),
            line,
            what: fault.what,
            hint: fault.hint,
        });
    }

    fn finish(mut self) -> SettingsError {
        self.problems
            .sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        self.problems.dedup();
        SettingsError {
            problems: self.problems,
        }
    }

    /// Checks one section; `path` is empty for the file itself.
    fn table(&mut self, path: &str, table: &DeTable<'_>, keys: &[Key]) {
        let mut meant = Vec::new();
        for (name, value) in table {
            let path = join(path, name.get_ref());
            match keys.iter().find(|key| key.name == name.get_ref().as_ref()) {
                Some(key) => self.value(&path, name.span().start, value, key),
                None => {
                    let (fault, nearest) = unknown(name.get_ref(), keys);
                    meant.extend(nearest);
                    self.report(&path, Some(name.span().start), fault);
                }
            }
        }
        for key in keys {
            let absent = !table.contains_key(key.name) && !meant.contains(&key.name);
            if absent && key.required {
                self.missing(&join(path, key.name), key);
            }
        }
    }

    fn missing(&mut self, path: &str, key: &Key) {
        if let Kind::Table(keys) = key.kind {
            return self.table(path, &DeTable::new(), keys);
        }
        let hint = Some(format!("add {}", values::assignment(key)));
        self.report(
            path,
            None,
            Fault {
                what: "missing".to_owned(),
                hint,
            },
        );
    }

    fn value(&mut self, path: &str, offset: usize, value: &Spanned<DeValue<'_>>, key: &Key) {
        match (&key.kind, value.get_ref()) {
            (Kind::Table(keys), DeValue::Table(table)) => self.table(path, table, keys),
            (Kind::Tables(keys), DeValue::Array(items)) => {
                for (number, item) in (1..).zip(items.iter()) {
                    let path = format!("{path}[{number}]");
                    match item.get_ref() {
                        DeValue::Table(table) => self.table(&path, table, keys),
                        other => self.report(&path, Some(item.span().start), Fault::of_type(key, other)),
                    }
                }
            }
            (_, value) => {
                if let Err(fault) = values::check(key, value) {
                    self.report(path, Some(offset), fault);
                }
            }
        }
    }

    /// Checks what concerns several keys.
    fn check_together(&mut self, settings: &Settings, root: &DeTable<'_>) {
        let Some(DeValue::Table(table)) = root.get("thulium").map(Spanned::get_ref) else {
            return;
        };
        let thulium = &settings.thulium;
        let place = |key: &str| table.get_key_value(key).map(|(name, _)| name.span().start);
        let fault = |what: &str, hint: &str| Fault {
            what: what.to_owned(),
            hint: Some(hint.to_owned()),
        };

        if leads_to_mailbox(thulium) {
            let fault = fault(
                "leads back into the mailbox, so that every reply would become a message",
                "use a domain whose mail is discarded",
            );
            self.report("thulium.reply_address", place("reply_address"), fault);
        }
        if thulium.watch == Watch::Queue && thulium.queue_id.is_none() && !table.contains_key("queue_id") {
            let fault = fault(
                "\"queue\" needs to know which queue",
                "add queue_id = 7, or use watch = \"all\"",
            );
            self.report("thulium.watch", place("watch"), fault);
        }
        let fields = [
            ("thread_field", &thulium.thread_field),
            ("order_field", &thulium.order_field),
            ("products_field", &thulium.products_field),
            ("conversation_field", &thulium.conversation_field),
        ];
        for (index, (key, name)) in fields.iter().enumerate() {
            let earlier = fields.iter().take(index).find(|(_, other)| other == name);
            if let Some((other, _)) = earlier
                && !name.is_empty()
            {
                let what = format!("names the same field as {other}");
                self.report(
                    &join("thulium", key),
                    place(key),
                    fault(&what, "each needs a field of its own"),
                );
            }
        }
        let items = table
            .get("category_rules")
            .and_then(|value| value.get_ref().as_array());
        for (number, (rule, item)) in (1..).zip(
            thulium
                .category_rules
                .iter()
                .zip(items.into_iter().flat_map(|a| a.iter())),
        ) {
            if rule.topic.is_none() && rule.entity.is_none() && rule.sender.is_none() {
                let fault = fault("matches every ticket", "add topic, entity or sender");
                self.report(
                    &format!("thulium.category_rules[{number}]"),
                    Some(item.span().start),
                    fault,
                );
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// What to say about a key that is not among those of its section, and the one that was meant.
fn unknown(name: &str, keys: &[Key]) -> (Fault, Option<&'static str>) {
    let fault = |what: &str, hint: String| Fault {
        what: what.to_owned(),
        hint: Some(hint),
    };
    if looks_secret(name) {
        return (
            fault(
                "secrets do not belong in this file",
                SECRETS_GO_ELSEWHERE.to_owned(),
            ),
            None,
        );
    }
    let alike = |key: &&Key| strsim::jaro_winkler(key.name, &name.to_lowercase());
    let nearest = keys
        .iter()
        .max_by(|a, b| alike(a).total_cmp(&alike(b)))
        .filter(|key| alike(key) >= 0.8);
    if let Some(key) = nearest {
        return (
            fault("unknown key", format!("did you mean \"{}\"?", key.name)),
            Some(key.name),
        );
    }
    let elsewhere = KEYS.iter().find(|section| match section.kind {
        Kind::Table(keys) => keys.iter().any(|key| key.name == name),
        _ => false,
    });
    let hint = match elsewhere {
        Some(section) => format!("it belongs under {}", section.example),
        None => {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            format!("known here: {}", names.join(", "))
        }
    };
    (fault("unknown key", hint), None)
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let parts = [
        "password",
        "passwd",
        "hasło",
        "haslo",
        "secret",
        "token",
        "api_key",
        "apikey",
        "credential",
    ];
    parts.iter().any(|part| name.contains(part)) || ["thulium_user", "callback_user"].contains(&name.as_str())
}

/// Whether mail to the reply address can arrive in the mailbox: it is the same address, or the same
/// with something after a plus sign.
fn leads_to_mailbox(thulium: &Thulium) -> bool {
    let plain = |address: &str| {
        let (local, domain) = address.split_once('@')?;
        let local = local.split_once('+').map_or(local, |(before, _)| before);
        Some((local.to_lowercase(), domain.to_lowercase()))
    };
    let reply = plain(&thulium.reply_address_of(""));
    reply.is_some() && reply == plain(&thulium.mailbox)
}
