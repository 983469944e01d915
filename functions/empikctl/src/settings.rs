//! Settings files and stored settings: template, check, apply, export, list.

use std::path::Path;

use bridge::integration::Integration;
use bridge::ledger::{Ledger, Row, Write};
use bridge::settings::{IntegrationId, Settings, SettingsError, default_template};
use jiff::Timestamp;
use ledger::Table;
use serde_json::{Value, json};

use crate::Options;
use crate::access::{Store, Tables};
use crate::answer::{Error, Exit, Report, problems};
use crate::console::Console;
use crate::secrets::{self, State};
use crate::words;

pub(crate) fn template(id: &IntegrationId) -> Report {
    let text = default_template(id);
    let json = json!({ "integration": id, "template": text });
    Report { text, json, talk: vec![words::settings::template_next(id)], exit: Exit::Ok }
}

pub(crate) fn check(path: &Path, console: &mut dyn Console) -> Result<Report, Error> {
    let file = File::read(path, console)?;
    let (id, found, text, exit) = match &file.settings {
        Ok(settings) => (Some(&settings.id), &[][..], words::settings::file_is_fine(&file.name), Exit::Ok),
        Err(error) => (None, &error.problems[..], error.in_file(&file.name), Exit::Failed),
    };
    let json = json!({ "file": file.name, "integration": id, "problems": problems(found) });
    Ok(Report { text: text + "\n", json, talk: Vec::new(), exit })
}

/// What applying a file does to what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    /// These keys have other values now.
    Changed(Vec<String>),
    Unchanged,
    /// What was stored could not be used, for this reason.
    Replaced(String),
}

impl Change {
    fn of(stored: Option<&Row>, settings: &Settings) -> Change {
        match stored.map(|row| &row.content) {
            None => Change::Created,
            Some(Err(reason)) => Change::Replaced(words::one_line(reason)),
            Some(Ok(stored)) if stored.settings == *settings => Change::Unchanged,
            Some(Ok(stored)) => Change::Changed(changed_keys(&stored.settings, settings)),
        }
    }

    fn as_str(&self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Changed(_) => "changed",
            Change::Unchanged => "unchanged",
            Change::Replaced(_) => "replaced",
        }
    }
}

pub(crate) async fn apply(
    options: &Options,
    path: &Path,
    dry_run: bool,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let file = File::read(path, console)?;
    let settings = match file.settings {
        Ok(settings) => settings,
        Err(error) => {
            return Err(Error::of_settings(
                words::settings::not_applied(error.problems.len()),
                &file.name,
                error,
            ));
        }
    };
    let id = &settings.id;
    let tables = Tables::of(options).await?;
    let failed = |failure| tables.failed(Table::Integrations, &failure);
    let stored = tables.ledger.integration(id).await.map_err(failed)?;
    let change = Change::of(stored.as_ref(), &settings);
    let mut enabled_at = stored.and_then(|row| row.content.ok()?.enabled_at);
    if dry_run {
        tables.ledger.check_replaceable(id).await.map_err(failed)?;
    } else if change != Change::Unchanged {
        match tables.ledger.put_settings(&settings, Timestamp::now()).await.map_err(failed)? {
            Write::Done => {}
            Write::Lost => return Err(Error::failed(words::settings::overtaken(id))),
        }
        let row = tables.ledger.integration(id).await.map_err(failed)?;
        enabled_at = row.and_then(|row| row.content.ok()?.enabled_at);
    }

    let changed: &[String] = match &change {
        Change::Changed(keys) => keys,
        _ => &[],
    };
    let mut talk = Vec::new();
    if let Change::Replaced(reason) = &change {
        talk.push(words::settings::was_unusable(reason));
    }
    let mut next = Vec::new();
    if dry_run {
        next.push(words::settings::run_apply(&file.name));
    } else {
        talk.push(match enabled_at.filter(|_| settings.enabled) {
            Some(at) => words::settings::carried_from(settings.import.starts_at(at)),
            None => words::settings::not_enabled(&file.name),
        });
    }
    let secret = secret_state(options, id).await;
    match &secret {
        Ok(State::Complete) => {}
        Ok(state) => {
            talk.push(words::secrets::state(id, state));
            next.push(words::secrets::run_set(id));
        }
        Err(error) => talk.push(words::secrets::unknown(error)),
    }
    talk.extend(next.iter().map(|command| words::next(command)));
    let json = json!({
        "integration": id,
        "outcome": change.as_str(),
        "changed": changed,
        "dry_run": dry_run,
        "enabled": settings.enabled,
        "enabled_at": enabled_at,
        "secret": secret.as_ref().map_or("unknown", |state| state.as_str()),
        "next": next,
    });
    Ok(Report { text: words::settings::applied(id, &change, dry_run) + "\n", json, talk, exit: Exit::Ok })
}

/// A courtesy: whoever may write settings need not have a right to the secrets.
async fn secret_state(options: &Options, id: &IntegrationId) -> Result<State, String> {
    let store = Store::of(options, None).await.map_err(|error| error.to_string())?;
    secrets::state(&store, id).await.map_err(|error| error.to_string())
}

pub(crate) async fn export(options: &Options, id: &IntegrationId) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let row = tables.ledger.integration(id).await;
    let row = row.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
    let row = row.ok_or_else(|| Error::failed(words::unknown(id)))?;
    let stored = row.content.map_err(|reason| Error::failed(words::unusable(id, &reason)))?;
    let text = stored.settings.to_toml();
    let json = json!({
        "integration": id,
        "enabled_at": stored.enabled_at,
        "settings": value(&stored.settings),
        "toml": text,
    });
    Ok(Report { text, json, talk: Vec::new(), exit: Exit::Ok })
}

pub(crate) async fn list(options: &Options) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let rows = tables.ledger.integrations().await;
    let rows = rows.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
    let mut lines = Vec::new();
    let mut listed = Vec::new();
    let mut exit = Exit::Ok;
    for Row { id, content } in rows {
        let reason = content.as_ref().err().map(|reason| words::one_line(reason));
        if reason.is_some() {
            exit = Exit::Findings;
        }
        let stored = content.ok();
        let state = state(stored.as_ref());
        let name = stored.as_ref().map(|stored| stored.settings.name.clone());
        let enabled_at = stored.as_ref().and_then(|stored| stored.enabled_at);
        lines.push([
            words::one_line(&id),
            words::settings::state(state),
            enabled_at.map(words::date).unwrap_or_else(|| "-".to_owned()),
            reason.clone().or_else(|| name.clone()).unwrap_or_default(),
        ]);
        listed.push(json!({
            "integration": id,
            "name": name,
            "state": state,
            "enabled_at": enabled_at,
            "reason": reason,
        }));
    }
    let talk = if listed.is_empty() { vec![words::no_integrations()] } else { Vec::new() };
    let text = words::columns(&words::settings::list_head(), &lines);
    Ok(Report { text, json: json!({ "integrations": listed }), talk, exit })
}

fn state(stored: Option<&Integration>) -> &'static str {
    match stored {
        None => "malformed",
        Some(stored) if stored.settings.enabled => "enabled",
        Some(_) => "disabled",
    }
}

/// A settings file that could be read; its content may be wrong.
struct File {
    name: String,
    settings: Result<Settings, SettingsError>,
}

impl File {
    fn read(path: &Path, console: &mut dyn Console) -> Result<File, Error> {
        let standard_input = path == Path::new("-");
        let name = if standard_input { words::STANDARD_INPUT.to_owned() } else { path.display().to_string() };
        let text = if standard_input { console.input() } else { std::fs::read_to_string(path) };
        let text = text.map_err(|error| Error::failed(words::unreadable_file(&name, &error)))?;
        Ok(File { name, settings: Settings::from_toml(&text) })
    }
}

/// The keys whose values differ, such as `thulium.queue_id`, in the order of the alphabet.
fn changed_keys(before: &Settings, after: &Settings) -> Vec<String> {
    let mut keys = Vec::new();
    differing("", &value(before), &value(after), &mut keys);
    keys.sort();
    keys
}

fn differing(path: &str, before: &Value, after: &Value, keys: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differing(&path, &before[key.as_str()], &after[key.as_str()], keys);
            }
        }
        _ if before != after => keys.push(path.to_owned()),
        _ => {}
    }
}

/// The stored form of settings.
fn value(settings: &Settings) -> Value {
    settings.to_json().ok().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}
