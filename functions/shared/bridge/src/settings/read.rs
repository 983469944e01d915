//! Reads and checks the settings file.

use toml::de::DeTable;

use super::found::{Found, Placed, Section};
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
        let mut reader = Reader { text, problems: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                let span = error.span();
                // The parser does not say which key; of other mistakes the text is not repeated.
                let key = span.clone().filter(|_| error.message() == "duplicate key");
                let key = key.and_then(|span| text.get(span)).unwrap_or_default();
                let what = error.message().to_owned();
                reader.report(key, span.map(|span| span.start), Fault { what, hint: None });
            }
            return Err(reader.finish());
        }
        let root = Section::of_file(root.get_ref());
        reader.table("", None, &root, KEYS);
        match toml::from_str::<Self>(text) {
            Ok(settings) => reader.judge(settings, &root),
            Err(error) => {
                if reader.problems.is_empty() {
                    let what = error.message().to_owned();
                    reader.report("", error.span().map(|span| span.start), Fault { what, hint: None });
                }
                Err(reader.finish())
            }
        }
    }

    /// Settings whose values and combinations are as a file's would have to be.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(super) fn checked(self) -> Result<Self, SettingsError> {
        let stored = serde_json::to_value(&self).map_err(|_| SettingsError::of_stored_form(None))?;
        let root = stored.as_object().map(Section::of_stored).unwrap_or_default();
        let mut reader = Reader { text: "", problems: Vec::new() };
        reader.table("", None, &root, KEYS);
        reader.judge(self, &root)
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
        self.problems.push(Problem { path: path.to_owned(), line, what: fault.what, hint: fault.hint });
    }

    /// The settings, unless something is wrong with what they were read from.
    fn judge(mut self, settings: Settings, root: &Section<'_>) -> Result<Settings, SettingsError> {
        self.check_together(&settings, root);
        if self.problems.is_empty() { Ok(settings) } else { Err(self.finish()) }
    }

    fn finish(mut self) -> SettingsError {
        self.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        self.problems.dedup();
        SettingsError { problems: self.problems }
    }

    /// Checks one section that starts at this offset; `path` is empty for the file itself.
    fn table(&mut self, path: &str, start: Option<usize>, section: &Section<'_>, keys: &'static [Key]) {
        let mut meant = Vec::new();
        for (name, placed) in &section.0 {
            let path = join(path, name);
            match keys.iter().find(|key| key.name == name) {
                Some(key) => self.value(&path, placed, key),
                None => {
                    let (fault, nearest) = unknown(name, keys);
                    meant.extend(nearest);
                    self.report(&path, placed.at, fault);
                }
            }
        }
        for key in keys {
            let absent = section.get(key.name).is_none() && !meant.contains(&key.name);
            if absent && key.required {
                self.missing(&join(path, key.name), start, key);
            }
        }
    }

    fn missing(&mut self, path: &str, start: Option<usize>, key: &'static Key) {
        if let Kind::Table(keys) = key.kind {
            return self.table(path, None, &Section::default(), keys);
        }
        let hint = Some(format!("add {}", values::assignment(key)));
        self.report(path, start, Fault { what: "missing".to_owned(), hint });
    }

    fn value(&mut self, path: &str, placed: &Placed<'_>, key: &'static Key) {
        match (&key.kind, &placed.value) {
            (Kind::Table(keys), Found::Section(section)) => self.table(path, placed.at, section, keys),
            (Kind::Tables(keys), Found::List(items)) => {
                for (number, item) in (1..).zip(items) {
                    let path = format!("{path}[{number}]");
                    match &item.value {
                        Found::Section(section) => self.table(&path, item.at, section, keys),
                        other => self.report(&path, item.at, Fault::of_type(key, other)),
                    }
                }
            }
            (_, value) => {
                if let Err(fault) = values::check(key, value) {
                    self.report(path, placed.at, fault);
                }
            }
        }
    }

    /// Checks what concerns several keys.
    fn check_together(&mut self, settings: &Settings, root: &Section<'_>) {
        if settings.replies.auto_reply.contains("{opening}") && settings.business_hours.hours.is_empty() {
            let place = root.section("replies").and_then(|section| section.get("auto_reply"));
            let fault = Fault {
                what: "{opening} needs to know when somebody answers".to_owned(),
                hint: Some("add hours under [business_hours]".to_owned()),
            };
            self.report("replies.auto_reply", place.and_then(|key| key.at), fault);
        }
        let Some(section) = root.section("thulium") else {
            return;
        };
        let thulium = &settings.thulium;
        let place = |key: &str| section.get(key).and_then(|key| key.at);
        let fault = |what: &str, hint: &str| Fault { what: what.to_owned(), hint: Some(hint.to_owned()) };

        if leads_to_mailbox(thulium) {
            let fault = fault(
                "leads back into the mailbox, so that every reply would become a message",
                "use a domain whose mail is discarded",
            );
            self.report("thulium.reply_address", place("reply_address"), fault);
        }
        if thulium.watch == Watch::Queue && thulium.queue_id.is_none() && section.get("queue_id").is_none() {
            let fault =
                fault("\"queue\" needs to know which queue", "add queue_id = 7, or use watch = \"all\"");
            self.report("thulium.watch", place("watch"), fault);
        }
        let fields = [
            ("thread_field", &thulium.thread_field),
            ("order_field", &thulium.order_field),
            ("products_field", &thulium.products_field),
            ("conversation_field", &thulium.conversation_field),
            ("reply_needed_field", &thulium.reply_needed_field),
        ];
        for (index, (key, name)) in fields.iter().enumerate() {
            let earlier = fields.iter().take(index).find(|(_, other)| other == name);
            if let Some((other, _)) = earlier
                && !name.is_empty()
            {
                let what = format!("names the same field as {other}");
                self.report(&join("thulium", key), place(key), fault(&what, "each needs a field of its own"));
            }
        }
        let items = match section.get("category_rules").map(|rules| &rules.value) {
            Some(Found::List(items)) => items.as_slice(),
            _ => &[],
        };
        for (number, (rule, item)) in (1..).zip(thulium.category_rules.iter().zip(items)) {
            if rule.topic.is_none() && rule.entity.is_none() && rule.sender.is_none() {
                let fault = fault("matches every ticket", "add topic, entity or sender");
                self.report(&format!("thulium.category_rules[{number}]"), item.at, fault);
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What to say about a key that is not among those of its section, and the one that was meant.
fn unknown(name: &str, keys: &'static [Key]) -> (Fault, Option<&'static str>) {
    if looks_secret(name) {
        let what = "secrets do not belong in this file".to_owned();
        let hint = Some(SECRETS_GO_ELSEWHERE.to_owned());
        return (Fault { what, hint }, None);
    }
    let name = name.to_lowercase();
    let sections = KEYS.iter().filter_map(|section| match section.kind {
        Kind::Table(keys) => Some((section.example, keys)),
        _ => None,
    });
    let here = |least: f64| nearest(&name, keys, least);
    let elsewhere = |least: f64| {
        let mut sections = sections.clone();
        sections.find_map(|(section, keys)| nearest(&name, keys, least).map(|key| (section, key)))
    };
    let mut meant = None;
    let hint = if let (None, Some((section, _))) = (here(1.0), elsewhere(1.0)) {
        format!("it belongs under {section}")
    } else if let Some(key) = here(0.8) {
        meant = Some(key);
        format!("did you mean \"{key}\"?")
    } else if let Some((section, key)) = elsewhere(0.9) {
        format!("did you mean \"{key}\", which belongs under {section}?")
    } else {
        let names: Vec<_> = keys.iter().map(|key| key.name).collect();
        format!("known here: {}", names.join(", "))
    };
    let what = "unknown key".to_owned();
    (Fault { what, hint: Some(hint) }, meant)
}

/// The key most like this name, if it is at least so much alike (1.0: the same).
fn nearest(name: &str, keys: &'static [Key], least: f64) -> Option<&'static str> {
    let alike = |key: &Key| strsim::jaro_winkler(key.name, name);
    let best = keys.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(best) >= least).then_some(best.name)
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let parts =
        ["password", "passwd", "hasło", "haslo", "secret", "token", "api_key", "apikey", "credential"];
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
