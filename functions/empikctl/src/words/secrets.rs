//! Words of `secrets`.

use std::io;

use bridge::settings::IntegrationId;
use runtime::Malformed;

use super::{Language, say};
use crate::secrets::State;

pub(crate) fn state(id: &IntegrationId, state: &State) -> String {
    match state {
        State::Complete => say!("{id}: the secret is complete", "{id}: sekret jest kompletny"),
        State::Missing => say!("{id}: there is no secret", "{id}: nie ma sekretu"),
        State::Unusable(malformed) => {
            let wrong = wrong(malformed);
            say!("{id}: the secret {wrong}", "{id}: błędny sekret: {wrong}")
        }
    }
}

/// What is wrong with a secret. The functions say it in English.
pub(crate) fn wrong(malformed: &Malformed) -> String {
    if Language::now() == Language::En {
        return malformed.to_string();
    }
    match malformed {
        Malformed::NotJson { line, column } => format!("to nie jest JSON (wiersz {line}, kolumna {column})"),
        Malformed::NotAnObject => "to nie jest obiekt JSON".to_owned(),
        Malformed::Lacks(keys) => format!("brakuje {} lub nie ma tam tekstu", keys.join(", ")),
    }
}

pub(crate) fn unknown(error: &str) -> String {
    say!("the secret could not be looked at: {error}", "nie udało się sprawdzić sekretu: {error}")
}

pub(crate) fn bad(malformed: &Malformed) -> String {
    let wrong = wrong(malformed);
    say!(
        "nothing was stored: the secret {wrong}; it is a JSON object with empik_api_key, thulium_user, \
         thulium_password, callback_user and callback_password",
        "niczego nie zapisano; błędny sekret: {wrong}; ma to być obiekt JSON z empik_api_key, thulium_user, \
         thulium_password, callback_user i callback_password"
    )
}

pub(crate) fn stored(name: &str, path: &str, user: &str, password: Option<&str>) -> String {
    let mut text = say!(
        "stored         {name}\ncallback path  {path}\ncallback user  {user}\n",
        "zapisano            {name}\nścieżka callbacku   {path}\nużytkownik          {user}\n"
    );
    if let Some(password) = password {
        text += &say!("password       {password}\n", "hasło               {password}\n");
    }
    text
}

pub(crate) fn callback_next() -> String {
    say!(
        "in Thulium, register a webhook for the callback's address and this path, with this user and the \
         callback password as HTTP authentication",
        "w Thulium zarejestruj webhook na adres callbacku z tą ścieżką, z tym użytkownikiem i hasłem \
         callbacku jako uwierzytelnieniem HTTP"
    )
}

pub(crate) fn prompt(id: &IntegrationId, key: &str) -> String {
    let what = match key {
        "empik_api_key" => say!("API key of EmpikPlace", "klucz API EmpikPlace"),
        "thulium_user" => say!("API user of Thulium", "użytkownik API Thulium"),
        "thulium_password" => say!("password of Thulium's API user", "hasło użytkownika API Thulium"),
        "callback_user" => say!(
            "user name that Thulium's callback will send (choose one)",
            "nazwa użytkownika, którą wyśle callback Thulium (wybierz własną)"
        ),
        _ => say!(
            "password that Thulium's callback will send (choose one)",
            "hasło, które wyśle callback Thulium (wybierz własne)"
        ),
    };
    format!("{id}, {what}: ")
}

pub(crate) fn no_prompt(error: &io::Error) -> String {
    say!(
        "nothing was stored: the terminal cannot be asked: {error}",
        "niczego nie zapisano: nie można zapytać na terminalu: {error}"
    )
}

pub(crate) fn not_on_a_terminal() -> String {
    say!(
        "--show-callback-password shows it on a terminal only, and standard output is none",
        "--show-callback-password pokazuje hasło tylko na terminalu, a standardowe wyjście nim nie jest"
    )
}

pub(crate) fn not_a_secrets_file(file: &str) -> String {
    say!(
        "nothing was stored: {file} is there, and is no JSON object of secrets by integration",
        "niczego nie zapisano: {file} istnieje i nie jest obiektem JSON z sekretami integracji"
    )
}

pub(crate) fn unwritable_file(file: &str, error: &io::Error) -> String {
    say!(
        "nothing was stored: {file} cannot be written: {error}",
        "niczego nie zapisano: nie można zapisać {file}: {error}"
    )
}

pub(crate) fn run_set(id: &IntegrationId) -> String {
    format!("empikctl secrets set {id}")
}
