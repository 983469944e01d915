//! The secret of an integration: set and check. Its values are never printed, except for a callback
//! password that somebody at a terminal asks to see.

use std::fs;
use std::io;
use std::path::Path;

use bridge::settings::IntegrationId;
use runtime::{Credentials, Malformed};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::Options;
use crate::access::Store;
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;

const CALLBACK_USER: &str = "callback_user";
const CALLBACK_PASSWORD: &str = "callback_password";

/// The keys of a secret, in the order in which they are asked for.
const KEYS: [&str; 5] =
    ["empik_api_key", "thulium_user", "thulium_password", CALLBACK_USER, CALLBACK_PASSWORD];

/// The user that callbacks name, where none was chosen.
pub(crate) const DEFAULT_CALLBACK_USER: &str = "thulium";

/// Characters of a made-up password; all of them may stand in a path, where it can be used as a token.
const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Length of a made-up password: 190 bits.
const LENGTH: usize = 32;

/// What is wanted of the callback password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// Make it up.
    pub(crate) generate: bool,
    /// Show it, on a terminal.
    pub(crate) show: bool,
}

/// How an integration's secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Complete,
    Missing,
    Unusable(Malformed),
}

impl State {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            State::Complete => "complete",
            State::Missing => "missing",
            State::Unusable(Malformed::Lacks(_)) => "incomplete",
            State::Unusable(_) => "malformed",
        }
    }
}

pub(crate) async fn state(store: &Store, id: &IntegrationId) -> Result<State, Error> {
    let secret = store.secrets().fetch(id).await.map_err(|failure| store.failed(id, &failure))?;
    Ok(match secret.as_ref().map(Credentials::parse) {
        None => State::Missing,
        Some(Ok(_)) => State::Complete,
        Some(Err(malformed)) => State::Unusable(malformed),
    })
}

pub(crate) async fn check(
    options: &Options,
    id: &IntegrationId,
    file: Option<&Path>,
) -> Result<Report, Error> {
    let store = Store::of(options, file).await?;
    let state = state(&store, id).await?;
    let name = store.secrets().name(id);
    let lacking = match &state {
        State::Unusable(Malformed::Lacks(keys)) => keys.clone(),
        _ => Vec::new(),
    };
    let complete = state == State::Complete;
    let json = json!({ "integration": id, "secret": name, "state": state.as_str(), "lacking": lacking });
    let talk = if complete { Vec::new() } else { vec![words::next(&words::secrets::run_set(id))] };
    let exit = if complete { Exit::Ok } else { Exit::Findings };
    Ok(Report { text: words::secrets::state(id, &state) + "\n", json, talk, exit })
}

pub(crate) async fn set(
    options: &Options,
    id: &IntegrationId,
    file: Option<&Path>,
    wish: Wish,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    if wish.show && !console.output_is_terminal() {
        return Err(Error::usage(words::secrets::not_on_a_terminal()));
    }
    // Nobody should type five secrets only to learn that they cannot be stored.
    let store = Store::of(options, file).await?;
    let mut secret =
        if console.input_is_terminal() { ask(id, wish.generate, console)? } else { piped(console)? };
    if wish.generate {
        let user = secret.get(CALLBACK_USER).and_then(Value::as_str).unwrap_or_default();
        if user.is_empty() {
            secret.insert(CALLBACK_USER.to_owned(), DEFAULT_CALLBACK_USER.into());
        }
        secret.insert(CALLBACK_PASSWORD.to_owned(), password()?.into());
    }
    let stored = SecretString::from(Value::Object(secret.clone()).to_string());
    let credentials =
        Credentials::parse(&stored).map_err(|wrong| Error::failed(words::secrets::bad(&wrong)))?;
    keep(&store, id, secret).await?;
    let user = credentials.callback_user.expose_secret();
    let shown = wish.show.then(|| credentials.callback_password.expose_secret());
    let name = store.secrets().name(id);
    let path = format!("/{id}");
    let json = json!({
        "integration": id,
        "secret": name,
        "callback": { "path": path, "user": user, "password": shown },
    });
    let text = words::secrets::stored(&name, &path, user, shown);
    Ok(Report { text, json, talk: vec![words::secrets::callback_next()], exit: Exit::Ok })
}

/// Stores a secret that is complete.
pub(crate) async fn keep(store: &Store, id: &IntegrationId, secret: Map<String, Value>) -> Result<(), Error> {
    match store {
        Store::Aws { manager, .. } => {
            let text = SecretString::from(Value::Object(secret).to_string());
            manager.store(id, &text).await.map_err(|failure| store.failed(id, &failure))
        }
        Store::File { path, .. } => store_in_file(path, id, secret),
    }
}

fn piped(console: &mut dyn Console) -> Result<Map<String, Value>, Error> {
    let text = console.input();
    let text = text.map_err(|error| Error::failed(words::unreadable_file(words::STANDARD_INPUT, &error)))?;
    let malformed = |wrong| Error::failed(words::secrets::bad(&wrong));
    match serde_json::from_str(&text) {
        Ok(Value::Object(secret)) => Ok(secret),
        Ok(_) => Err(malformed(Malformed::NotAnObject)),
        Err(error) => Err(malformed(Malformed::NotJson { line: error.line(), column: error.column() })),
    }
}

fn ask(id: &IntegrationId, generate: bool, console: &mut dyn Console) -> Result<Map<String, Value>, Error> {
    let mut secret = Map::new();
    for key in KEYS {
        if generate && [CALLBACK_USER, CALLBACK_PASSWORD].contains(&key) {
            continue;
        }
        let prompt = words::secrets::prompt(id, key);
        let value = loop {
            let typed = console.ask_hidden(&prompt);
            let typed = typed.map_err(|error| Error::failed(words::secrets::no_prompt(&error)))?;
            // What was copied from a web page often brings a blank along.
            let typed = typed.trim();
            if !typed.is_empty() {
                break typed.to_owned();
            }
        };
        secret.insert(key.to_owned(), value.into());
    }
    Ok(secret)
}

/// A strong password.
pub(crate) fn password() -> Result<String, Error> {
    let mut password = String::with_capacity(LENGTH);
    while password.len() < LENGTH {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| Error::failed(words::no_randomness()))?;
        // The bytes above the last whole multiple would favour the first letters.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 - 256 % ALPHABET.len());
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        password.extend(letters.map(|letter| char::from(*letter)));
    }
    password.truncate(LENGTH);
    Ok(password)
}

/// Writes the secret beside the others of a local file.
fn store_in_file(path: &Path, id: &IntegrationId, secret: Map<String, Value>) -> Result<(), Error> {
    let name = path.display().to_string();
    let mut all = match fs::read_to_string(path) {
        Ok(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(all)) => all,
            _ => return Err(Error::failed(words::secrets::not_a_secrets_file(&name))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
        Err(error) => return Err(Error::failed(words::unreadable_file(&name, &error))),
    };
    all.insert(id.to_string(), Value::Object(secret));
    let text = format!("{:#}\n", Value::Object(all));
    runtime::replace_private(path, &text)
        .map_err(|error| Error::failed(words::secrets::unwritable_file(&name, &error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_plain_and_never_the_same() {
        let all: std::collections::BTreeSet<String> =
            (0..50).map(|_| password().expect("randomness")).collect();
        assert_eq!(all.len(), 50);
        assert!(all.iter().all(|p| p.len() == LENGTH && p.bytes().all(|b| b.is_ascii_alphanumeric())));
        let letters: std::collections::BTreeSet<char> = all.iter().flat_map(|p| p.chars()).collect();
        assert!(letters.len() > 55, "{} of 62 letters are used", letters.len());
    }
}
