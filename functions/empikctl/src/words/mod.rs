//! Every text that `empikctl` shows to a person. What programs read, the keys and stable words of
//! `--json`, stands where it is produced.

use std::io;

use bridge::failure::{Failure, Outcome};
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::{Difference, Table, TableState};
use runtime::Malformed;

use crate::secrets::State;
use crate::settings::Change;

pub(crate) mod doctor;
pub(crate) mod help;
mod language;
pub(crate) mod life;
pub(crate) mod repair;
pub(crate) mod see;
pub(crate) mod setup;

pub(crate) use language::{Language, say, speaking};

pub(crate) const STANDARD_INPUT: &str = "standard input";

pub(crate) const NO_REGION: &str =
    "no AWS region is set; set AWS_REGION, or a region in the profile that AWS_PROFILE names";
pub(crate) const NO_CREDENTIALS: &str = "no AWS credentials could be found; set AWS_PROFILE, or \
     AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
pub(crate) const NO_RANDOMNESS: &str = "the operating system gives no random numbers for a password";
pub(crate) const NOT_ON_A_TERMINAL: &str =
    "--show-callback-password shows it on a terminal only, and standard output is none";
pub(crate) fn no_integrations() -> String {
    say!(
        "there are no integrations yet; begin with: empikctl setup shop-a",
        "nie ma jeszcze żadnej integracji; zacznij od: empikctl setup shop-a"
    )
}

pub(crate) fn no_http() -> String {
    say!("the HTTP client could not be set up", "nie udało się przygotować klienta HTTP")
}

pub(crate) fn bad_address(key: &str, problem: &wire::AddressError) -> String {
    say!("{key} {problem}", "{key}: {problem}")
}
pub(crate) const TABLES_NEXT: &str =
    "in AWS, Terraform makes the tables; on a local endpoint: empikctl tables create";
pub(crate) const MORE_PARKED: &str = "there is more; --limit lists more of it";
pub(crate) const CALLBACK_NEXT: &str = "in Thulium, register a webhook for the callback's address and this \
     path, with this user and the callback password as HTTP authentication";

pub(crate) const LIST_HEAD: [&str; 4] = ["INTEGRATION", "STATE", "ENABLED SINCE", "NAME OR REASON"];
pub(crate) const TABLES_HEAD: [&str; 4] = ["TABLE OF", "NAME", "STATE", "DIFFERENCES"];

// ---- settings ----

pub(crate) fn template_next(id: &IntegrationId) -> String {
    format!("fill it in, then: empikctl check -f {id}.toml")
}

pub(crate) fn file_is_fine(file: &str) -> String {
    format!("{file}: no problems")
}

pub(crate) fn not_applied(problems: usize) -> String {
    let noun = if problems == 1 { "problem" } else { "problems" };
    format!("nothing was stored: {problems} {noun}")
}

pub(crate) fn applied(id: &IntegrationId, change: &Change, dry_run: bool) -> String {
    let (would, done) = if dry_run { ("would be ", "would change") } else { ("", "changed") };
    match change {
        Change::Created => format!("{id}: {would}created"),
        Change::Changed(keys) => format!("{id}: {done} {}", keys.join(", ")),
        Change::Unchanged => format!("{id}: unchanged"),
        Change::Replaced(_) => format!("{id}: {would}replaced"),
    }
}

pub(crate) fn was_unusable(reason: &str) -> String {
    format!("what was stored could not be used: {reason}")
}

pub(crate) fn carried_from(from: Timestamp) -> String {
    format!("enabled: messages count from {}", date(from))
}

pub(crate) fn not_enabled(file: &str) -> String {
    format!("not enabled: nothing is carried over until {file} says enabled = true and is applied again")
}

pub(crate) fn overtaken(id: &IntegrationId) -> String {
    format!(
        "nothing was stored: somebody else applied settings of {id} at the same moment; \
         look at them with empikctl export {id}, then apply again"
    )
}

pub(crate) fn unknown(id: &IntegrationId) -> String {
    format!("there is no integration {id}; empikctl list names them, empikctl apply adds one")
}

pub(crate) fn unusable(id: &IntegrationId, reason: &str) -> String {
    format!("the stored settings of {id} cannot be used: {}; empikctl apply replaces them", one_line(reason))
}

pub(crate) fn integration_state(state: &'static str) -> &'static str {
    match state {
        "malformed" => "MALFORMED",
        other => other,
    }
}

// ---- what to run next ----

pub(crate) fn next(command: &str) -> String {
    format!("next: {command}")
}

pub(crate) fn run_apply(file: &str) -> String {
    match file {
        STANDARD_INPUT => "empikctl apply -f -".to_owned(),
        file => format!("empikctl apply -f {file}"),
    }
}

pub(crate) fn run_secrets_set(id: &IntegrationId) -> String {
    format!("empikctl secrets set {id}")
}

// ---- secrets ----

pub(crate) fn secret_state(id: &IntegrationId, state: &State) -> String {
    match state {
        State::Complete => format!("{id}: the secret is complete"),
        State::Missing => format!("{id}: there is no secret"),
        State::Unusable(wrong) => format!("{id}: the secret {wrong}"),
    }
}

pub(crate) fn secret_unknown(error: &str) -> String {
    format!("the secret could not be looked at: {error}")
}

pub(crate) fn bad_secret(wrong: &Malformed) -> String {
    format!(
        "nothing was stored: the secret {wrong}; it is a JSON object with empik_api_key, thulium_user, \
         thulium_password, callback_user and callback_password"
    )
}

pub(crate) fn secret_stored(name: &str, path: &str, user: &str, password: Option<&str>) -> String {
    let mut text = format!("stored         {name}\ncallback path  {path}\ncallback user  {user}\n");
    if let Some(password) = password {
        text += &format!("password       {password}\n");
    }
    text
}

pub(crate) fn prompt(id: &IntegrationId, key: &str) -> String {
    let what = match key {
        "empik_api_key" => "API key of EmpikPlace",
        "thulium_user" => "API user of Thulium",
        "thulium_password" => "password of Thulium's API user",
        "callback_user" => "user name that Thulium's callback will send (choose one)",
        _ => "password that Thulium's callback will send (choose one)",
    };
    format!("{id}, {what}: ")
}

pub(crate) fn no_prompt(error: &io::Error) -> String {
    format!("nothing was stored: the terminal cannot be asked: {error}")
}

pub(crate) fn not_a_secrets_file(file: &str) -> String {
    format!("nothing was stored: {file} is there, and is no JSON object of secrets by integration")
}

// ---- files ----

pub(crate) fn unreadable_file(file: &str, error: &io::Error) -> String {
    format!("{file} cannot be read: {error}")
}

pub(crate) fn unwritable_file(file: &str, error: &io::Error) -> String {
    format!("nothing was stored: {file} cannot be written: {error}")
}

// ---- tables ----

pub(crate) fn table_role(table: Table) -> &'static str {
    match table {
        Table::Integrations => "integrations",
        Table::Conversations => "conversations",
    }
}

pub(crate) fn table_state(state: &TableState, created: bool) -> &'static str {
    match (state, created) {
        (TableState::Ready, true) => "created",
        (TableState::Ready, false) => "ready",
        (TableState::Missing, _) => "missing",
        (TableState::Changing, _) => "being made or removed; look again in a moment",
        (TableState::Different(_), _) => "DIFFERENT: remove it, or name another one",
    }
}

pub(crate) fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Keys => "other keys".to_owned(),
        Difference::NoIndex(index) => format!("no index {index}"),
        Difference::IndexKeys(index) => format!("other keys of index {index}"),
    }
}

// ---- parked ----

pub(crate) fn nothing_parked(id: &IntegrationId) -> String {
    format!("{id}: nothing is parked")
}

// ---- failures ----

pub(crate) fn not_set(variable: &str, option: &str) -> String {
    format!("{variable} is not set; set it, or use {option}")
}

/// What a call was about.
pub(crate) enum Place<'a> {
    Table {
        name: &'a str,
        region: &'a str,
    },
    Secret {
        name: &'a str,
        region: &'a str,
    },
    /// A secret in a local file.
    File {
        name: &'a str,
    },
}

/// Whether what was read is of no use, rather than not to be had.
pub(crate) fn is_unreadable(failure: &Failure) -> bool {
    failure.outcome == Outcome::Undecodable && failure.detail.is_some()
}

pub(crate) fn unreadable_item(failure: &Failure) -> String {
    match failure.codes.first() {
        Some(attribute) => format!("its attribute {attribute} is missing or malformed"),
        None => "it was written by a newer version of the bridge; use an empikctl as new as that".to_owned(),
    }
}

/// What went wrong with a call, and what to do.
pub(crate) fn failure(failure: &Failure, place: &Place<'_>) -> String {
    let (service, what, missing) = match place {
        Place::File { name } => {
            return format!("the secret {name}: {}", failure.detail.unwrap_or("the file cannot be used"));
        }
        Place::Table { name, region } => (
            "DynamoDB",
            format!("the table {name} in {region}"),
            "; Terraform makes it in AWS, empikctl tables create on a local endpoint",
        ),
        Place::Secret { name, region } => ("Secrets Manager", format!("the secret {name} in {region}"), ""),
    };
    let operation = failure.operation;
    let code = failure.codes.first().map(String::as_str).unwrap_or_default();
    let request = failure.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
    if is_unreadable(failure) {
        return format!("an item of {what} cannot be used: {}", unreadable_item(failure));
    }
    match (failure.status(), code) {
        (None, _) => format!(
            "{service} could not be reached, or gave no answer in time ({operation}); check the network, \
             AWS_REGION and AWS_ENDPOINT_URL, then run the command again"
        ),
        (Some(403), "AccessDeniedException") => {
            format!("this AWS identity lacks the right {operation} on {what}{request}")
        }
        (Some(403), "DecryptionFailure") => {
            format!("the KMS key of {what} cannot be used by this AWS identity{request}")
        }
        (Some(403), _) => format!(
            "{service} refused the AWS credentials{request}; renew them, and check AWS_PROFILE and AWS_REGION"
        ),
        (Some(404), _) => format!("there is no {}{missing}", what.trim_start_matches("the ")),
        (Some(429), _) => format!("{service} is being throttled{request}; run the command again in a moment"),
        (Some(400), "InvalidRequestException") if matches!(place, Place::Secret { .. }) => format!(
            "{what} is marked for deletion{request}; restore it (aws secretsmanager restore-secret) first"
        ),
        (Some(status), _) => {
            let code = if code.is_empty() { String::new() } else { format!(" {code}") };
            format!("{service} answered {operation} on {what} with {status}{code}{request}")
        }
    }
}

// ---- forms ----

/// `2026-11-23 14:03 UTC`.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// On one line, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    clean(&lines.join("; "))
}

/// Without anything that could steer a terminal or turn the order of what is read: control
/// characters become blanks, marks of direction and of no width go.
pub(crate) fn clean(text: &str) -> String {
    let steers = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().filter(|c| !steers(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// On a screen of so many columns aligned cells below their heads, the last of a line cut where it
/// does not fit; elsewhere (`None`) lines of cells between tabs. Nothing where there are no lines.
pub(crate) fn table<const N: usize>(
    heads: &[String; N],
    lines: &[[String; N]],
    width: Option<usize>,
) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let Some(width) = width else {
        let all = std::iter::once(heads).chain(lines);
        return all.map(|line| line.join("\t") + "\n").collect();
    };
    let heads: [&str; N] = std::array::from_fn(|at| heads[at].as_str());
    let cut = |line: &str| {
        let fits = line.chars().count() <= width;
        if fits {
            line.to_owned()
        } else {
            line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
    };
    columns(&heads, lines).lines().map(|line| cut(line) + "\n").collect()
}

/// Lines of cells below their heads; nothing where there are no lines.
pub(crate) fn columns<const N: usize>(heads: &[&str; N], lines: &[[String; N]]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let heads = heads.map(str::to_owned);
    let all: Vec<&[String; N]> = std::iter::once(&heads).chain(lines).collect();
    let width = |column: usize| all.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in all {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
