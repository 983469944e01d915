//! Every text that `empikctl` shows to a person. What programs read, the keys and stable words of
//! `--json`, stands where it is produced.

use std::io;

use bridge::settings::IntegrationId;

pub(crate) mod aws;
pub(crate) mod doctor;
pub(crate) mod help;
mod language;
pub(crate) mod life;
pub(crate) mod repair;
mod screen;
pub(crate) mod secrets;
pub(crate) mod see;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod tables;
pub(crate) mod tail;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

pub(crate) use language::{Language, say, speaking, speaking_now};
pub(crate) use screen::{clean, columns, date, heads, one_line, table, wrapped_table};

pub(crate) const STANDARD_INPUT: &str = "standard input";

pub(crate) fn nothing_local() -> String {
    say!(
        "no bridge runs on this machine; start one with make run, which stays up until Ctrl-C, and run the \
         command again",
        "na tym komputerze nie działa żaden most; uruchom go przez make run (działa do Ctrl-C) i powtórz polecenie"
    )
}

pub(crate) fn no_home() -> String {
    say!(
        "the variable HOME is not set, so that nobody knows where a bridge on this machine would be found",
        "nie ustawiono zmiennej HOME, więc nie wiadomo, gdzie szukać mostu na tym komputerze"
    )
}

pub(crate) fn no_randomness() -> String {
    say!(
        "the operating system gives no random numbers for a password",
        "system operacyjny nie daje liczb losowych do hasła"
    )
}

pub(crate) fn no_integrations() -> String {
    say!(
        "there are no integrations yet; begin with: empikctl setup shop-a",
        "nie ma jeszcze żadnej integracji; zacznij od: empikctl setup shop-a"
    )
}

pub(crate) fn unknown(id: &IntegrationId) -> String {
    say!(
        "there is no integration {id}; empikctl list names them, empikctl apply adds one",
        "nie ma integracji {id}; empikctl list wymienia istniejące, empikctl apply dodaje nową"
    )
}

pub(crate) fn unusable(id: &IntegrationId, reason: &str) -> String {
    let reason = one_line(reason);
    say!(
        "the stored settings of {id} cannot be used: {reason}; empikctl apply replaces them",
        "zapisanych ustawień {id} nie da się użyć: {reason}; zastępuje je empikctl apply"
    )
}

pub(crate) fn next(command: &str) -> String {
    say!("next: {command}", "dalej: {command}")
}

pub(crate) fn not_set(variable: &str, option: &str) -> String {
    say!(
        "{variable} is not set; set it, or use {option}",
        "nie ustawiono {variable}; ustaw ją albo użyj {option}"
    )
}

pub(crate) fn unreadable_file(file: &str, error: &io::Error) -> String {
    say!("{file} cannot be read: {error}", "nie można odczytać {file}: {error}")
}

pub(crate) fn no_http(why: &wire::ClientError) -> String {
    match why {
        wire::ClientError::Roots(_) => say!(
            "the file that SSL_CERT_FILE names cannot be read as PEM certificates; name another, or unset it",
            "pliku, który wskazuje SSL_CERT_FILE, nie da się odczytać jako certyfikatów PEM; wskaż inny albo \
             usuń tę zmienną"
        ),
        _ => say!("the HTTP client could not be set up", "nie udało się przygotować klienta HTTP"),
    }
}

pub(crate) fn bad_address(key: &str, problem: &wire::AddressError) -> String {
    if Language::now() == Language::En {
        return format!("{key} {problem}");
    }
    let wrong = match problem {
        wire::AddressError::NotAUrl => "to nie jest adres taki jak https://marketplace.empik.com",
        wire::AddressError::NotHttps => {
            "adres musi zaczynać się od https:// (do pracy lokalnej znosi to ALLOW_HTTP=1)"
        }
        wire::AddressError::Extra => "adres nie może zawierać użytkownika, hasła, zapytania ani fragmentu",
        wire::AddressError::NotPublic => "adres nie jest publiczny (do pracy lokalnej znosi to ALLOW_HTTP=1)",
    };
    format!("{key}: {wrong}")
}
