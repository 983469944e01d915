//! Words of `template`, `check`, `apply`, `export` and `list`.

use bridge::settings::IntegrationId;
use jiff::Timestamp;

use super::{STANDARD_INPUT, date, heads, say};
use crate::settings::Change;

pub(crate) fn list_head() -> [String; 4] {
    heads(
        ["INTEGRATION", "STATE", "ENABLED SINCE", "NAME OR REASON"],
        ["INTEGRACJA", "STAN", "WŁĄCZONA OD", "NAZWA LUB POWÓD"],
    )
}

pub(crate) fn template_next(id: &IntegrationId) -> String {
    say!("fill it in, then: empikctl check -f {id}.toml", "uzupełnij go, potem: empikctl check -f {id}.toml")
}

pub(crate) fn file_is_fine(file: &str) -> String {
    say!("{file}: no problems", "{file}: bez błędów")
}

pub(crate) fn not_applied(problems: usize) -> String {
    let noun = if problems == 1 { "problem" } else { "problems" };
    say!("nothing was stored: {problems} {noun}", "niczego nie zapisano; liczba błędów: {problems}")
}

pub(crate) fn applied(id: &IntegrationId, change: &Change, dry_run: bool) -> String {
    match (change, dry_run) {
        (Change::Created, false) => say!("{id}: created", "{id}: utworzona"),
        (Change::Created, true) => say!("{id}: would be created", "{id}: zostałaby utworzona"),
        (Change::Changed(keys), false) => {
            let keys = keys.join(", ");
            say!("{id}: changed {keys}", "{id}: zmieniono {keys}")
        }
        (Change::Changed(keys), true) => {
            let keys = keys.join(", ");
            say!("{id}: would change {keys}", "{id}: zmieniłoby się {keys}")
        }
        (Change::Unchanged, _) => say!("{id}: unchanged", "{id}: bez zmian"),
        (Change::Replaced(_), false) => say!("{id}: replaced", "{id}: zastąpiona"),
        (Change::Replaced(_), true) => say!("{id}: would be replaced", "{id}: zostałaby zastąpiona"),
    }
}

pub(crate) fn was_unusable(reason: &str) -> String {
    say!("what was stored could not be used: {reason}", "tego, co było zapisane, nie dało się użyć: {reason}")
}

pub(crate) fn carried_from(from: Timestamp) -> String {
    let from = date(from);
    say!("enabled: messages count from {from}", "włączona: liczą się wiadomości od {from}")
}

pub(crate) fn not_enabled(file: &str) -> String {
    say!(
        "not enabled: nothing is carried over until {file} says enabled = true and is applied again",
        "wyłączona: nic nie jest przenoszone, dopóki {file} nie mówi enabled = true i nie zostanie ponownie \
         zastosowany"
    )
}

pub(crate) fn overtaken(id: &IntegrationId) -> String {
    say!(
        "nothing was stored: somebody else applied settings of {id} at the same moment; \
         look at them with empikctl export {id}, then apply again",
        "niczego nie zapisano: w tej samej chwili ktoś inny zapisał ustawienia {id}; obejrzyj je przez \
         empikctl export {id}, potem zastosuj ponownie"
    )
}

pub(crate) fn state(state: &'static str) -> String {
    match state {
        "malformed" => say!("MALFORMED", "BŁĘDNA"),
        "enabled" => say!("enabled", "włączona"),
        "disabled" => say!("disabled", "wyłączona"),
        other => other.to_owned(),
    }
}

pub(crate) fn run_apply(file: &str) -> String {
    match file {
        STANDARD_INPUT => "empikctl apply -f -".to_owned(),
        file => format!("empikctl apply -f {file}"),
    }
}
