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
pub(crate) mod tail;
pub(crate) mod usage;

pub(crate) use language::{Language, say, speaking, speaking_now};

pub(crate) const STANDARD_INPUT: &str = "standard input";

pub(crate) fn no_region() -> String {
    say!(
        "no AWS region is set; set AWS_REGION, or a region in the profile that AWS_PROFILE names",
        "nie ustawiono regionu AWS; ustaw AWS_REGION albo region w profilu, który wskazuje AWS_PROFILE"
    )
}

pub(crate) fn no_credentials() -> String {
    say!(
        "no AWS credentials could be found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        "nie znaleziono danych logowania AWS; ustaw AWS_PROFILE albo AWS_ACCESS_KEY_ID i \
         AWS_SECRET_ACCESS_KEY"
    )
}

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

pub(crate) fn not_on_a_terminal() -> String {
    say!(
        "--show-callback-password shows it on a terminal only, and standard output is none",
        "--show-callback-password pokazuje hasło tylko na terminalu, a standardowe wyjście nim nie jest"
    )
}

pub(crate) fn no_integrations() -> String {
    say!(
        "there are no integrations yet; begin with: empikctl setup shop-a",
        "nie ma jeszcze żadnej integracji; zacznij od: empikctl setup shop-a"
    )
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
    say!("{key} {problem}", "{key}: {problem}")
}

pub(crate) fn tables_next() -> String {
    say!(
        "in AWS, Terraform makes the tables; on a local endpoint: empikctl tables create",
        "w AWS tabele tworzy Terraform; na lokalnym adresie: empikctl tables create"
    )
}

pub(crate) fn more_parked() -> String {
    say!("there is more; --limit lists more of it", "jest ich więcej; więcej pokaże --limit")
}

pub(crate) fn callback_next() -> String {
    say!(
        "in Thulium, register a webhook for the callback's address and this path, with this user and the \
         callback password as HTTP authentication",
        "w Thulium zarejestruj webhook na adres callbacku z tą ścieżką, z tym użytkownikiem i hasłem \
         callbacku jako uwierzytelnieniem HTTP"
    )
}

pub(crate) fn list_head() -> [&'static str; 4] {
    match Language::now() {
        Language::En => ["INTEGRATION", "STATE", "ENABLED SINCE", "NAME OR REASON"],
        Language::Pl => ["INTEGRACJA", "STAN", "WŁĄCZONA OD", "NAZWA LUB POWÓD"],
    }
}

pub(crate) fn tables_head() -> [&'static str; 4] {
    match Language::now() {
        Language::En => ["TABLE OF", "NAME", "STATE", "DIFFERENCES"],
        Language::Pl => ["TABELA", "NAZWA", "STAN", "RÓŻNICE"],
    }
}

// ---- settings ----

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

pub(crate) fn integration_state(state: &'static str) -> String {
    match state {
        "malformed" => say!("MALFORMED", "BŁĘDNA"),
        "enabled" => say!("enabled", "włączona"),
        "disabled" => say!("disabled", "wyłączona"),
        other => other.to_owned(),
    }
}

// ---- what to run next ----

pub(crate) fn next(command: &str) -> String {
    say!("next: {command}", "dalej: {command}")
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
        State::Complete => say!("{id}: the secret is complete", "{id}: sekret jest kompletny"),
        State::Missing => say!("{id}: there is no secret", "{id}: nie ma sekretu"),
        State::Unusable(wrong) => say!("{id}: the secret {wrong}", "{id}: błędny sekret: {wrong}"),
    }
}

pub(crate) fn secret_unknown(error: &str) -> String {
    say!("the secret could not be looked at: {error}", "nie udało się sprawdzić sekretu: {error}")
}

pub(crate) fn bad_secret(wrong: &Malformed) -> String {
    say!(
        "nothing was stored: the secret {wrong}; it is a JSON object with empik_api_key, thulium_user, \
         thulium_password, callback_user and callback_password",
        "niczego nie zapisano; błędny sekret: {wrong}; ma to być obiekt JSON z empik_api_key, thulium_user, \
         thulium_password, callback_user i callback_password"
    )
}

pub(crate) fn secret_stored(name: &str, path: &str, user: &str, password: Option<&str>) -> String {
    let mut text = say!(
        "stored         {name}\ncallback path  {path}\ncallback user  {user}\n",
        "zapisano            {name}\nścieżka callbacku   {path}\nużytkownik          {user}\n"
    );
    if let Some(password) = password {
        text += &say!("password       {password}\n", "hasło               {password}\n");
    }
    text
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

pub(crate) fn not_a_secrets_file(file: &str) -> String {
    say!(
        "nothing was stored: {file} is there, and is no JSON object of secrets by integration",
        "niczego nie zapisano: {file} istnieje i nie jest obiektem JSON z sekretami integracji"
    )
}

// ---- files ----

pub(crate) fn unreadable_file(file: &str, error: &io::Error) -> String {
    say!("{file} cannot be read: {error}", "nie można odczytać {file}: {error}")
}

pub(crate) fn unwritable_file(file: &str, error: &io::Error) -> String {
    say!(
        "nothing was stored: {file} cannot be written: {error}",
        "niczego nie zapisano: nie można zapisać {file}: {error}"
    )
}

// ---- tables ----

pub(crate) fn table_role(table: Table) -> String {
    match table {
        Table::Integrations => say!("integrations", "integracje"),
        Table::Conversations => say!("conversations", "rozmowy"),
    }
}

pub(crate) fn table_state(state: &TableState, created: bool) -> String {
    match (state, created) {
        (TableState::Ready, true) => say!("created", "utworzona"),
        (TableState::Ready, false) => say!("ready", "gotowa"),
        (TableState::Missing, _) => say!("missing", "brak"),
        (TableState::Changing, _) => say!(
            "being made or removed; look again in a moment",
            "właśnie powstaje lub jest usuwana; sprawdź za chwilę"
        ),
        (TableState::Different(_), _) => {
            say!("DIFFERENT: remove it, or name another one", "INNA: usuń ją albo wskaż inną")
        }
    }
}

pub(crate) fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Keys => say!("other keys", "inne klucze"),
        Difference::NoIndex(index) => say!("no index {index}", "brak indeksu {index}"),
        Difference::IndexKeys(index) => say!("other keys of index {index}", "inne klucze indeksu {index}"),
    }
}

// ---- parked ----

pub(crate) fn nothing_parked(id: &IntegrationId) -> String {
    say!("{id}: nothing is parked", "{id}: nic nie jest odłożone")
}

// ---- failures ----

pub(crate) fn not_set(variable: &str, option: &str) -> String {
    say!(
        "{variable} is not set; set it, or use {option}",
        "nie ustawiono {variable}; ustaw ją albo użyj {option}"
    )
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
    /// A log group.
    Logs {
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
        Some(attribute) => say!(
            "its attribute {attribute} is missing or malformed",
            "jego atrybut {attribute} jest pusty lub błędny"
        ),
        None => say!(
            "it was written by a newer version of the bridge; use an empikctl as new as that",
            "zapisała go nowsza wersja mostu; użyj równie nowego empikctl"
        ),
    }
}

/// What went wrong with a call, and what to do.
pub(crate) fn failure(failure: &Failure, place: &Place<'_>) -> String {
    if is_unreadable(failure)
        && let Place::Table { name, region } = place
    {
        let reason = unreadable_item(failure);
        return say!(
            "an item of the table {name} in {region} cannot be used: {reason}",
            "nie da się użyć wpisu (tabela {name} w {region}): {reason}"
        );
    }
    if let Place::File { name } = place {
        let unusable = say!("the file cannot be used", "pliku nie da się użyć");
        let detail = failure.detail.unwrap_or(&unusable);
        return say!("the secret {name}: {detail}", "sekret {name}: {detail}");
    }
    let refusal = Refusal {
        operation: failure.operation,
        status: failure.status(),
        code: failure.codes.first().map(String::as_str).unwrap_or_default(),
        request: failure.request_id.as_deref(),
    };
    refused(&refusal, place)
}

/// A call to AWS that had no answer, or another one than it should.
pub(crate) struct Refusal<'a> {
    pub(crate) operation: &'a str,
    /// `None`: no answer.
    pub(crate) status: Option<u16>,
    pub(crate) code: &'a str,
    pub(crate) request: Option<&'a str>,
}

/// The same for a call of which no more is known.
pub(crate) fn refused(refusal: &Refusal<'_>, place: &Place<'_>) -> String {
    let (service, what, missing) = match place {
        Place::Table { name, region } => (
            "DynamoDB",
            say!("the table {name} in {region}", "tabela {name} w {region}"),
            say!(
                "; Terraform makes it in AWS, empikctl tables create on a local endpoint",
                "; w AWS tworzy ją Terraform, na lokalnym adresie empikctl tables create"
            ),
        ),
        Place::Secret { name, region } => (
            "Secrets Manager",
            say!("the secret {name} in {region}", "sekret {name} w {region}"),
            String::new(),
        ),
        Place::Logs { name, region } => (
            "CloudWatch Logs",
            say!("the log group {name} in {region}", "grupa dzienników {name} w {region}"),
            say!(
                "; terraform output next names those of a deployment",
                "; grupy wdrożenia podaje terraform output next"
            ),
        ),
        Place::File { name } => return say!("the secret {name}", "sekret {name}"),
    };
    let Refusal { operation, status, code, request } = refusal;
    let request = request.map(|id| say!(" (request {id})", " (żądanie {id})")).unwrap_or_default();
    match (*status, *code) {
        (None, _) => say!(
            "{service} could not be reached, or gave no answer in time ({operation}); check the network, \
             AWS_REGION and AWS_ENDPOINT_URL, then run the command again",
            "{service} jest nieosiągalny albo nie odpowiedział na czas ({operation}); sprawdź sieć, \
             AWS_REGION i AWS_ENDPOINT_URL, potem uruchom polecenie ponownie"
        ),
        (Some(403), "AccessDeniedException") => {
            say!(
                "this AWS identity lacks the right {operation} on {what}{request}",
                "tej tożsamości AWS brakuje prawa {operation} ({what}){request}"
            )
        }
        (Some(403), "DecryptionFailure") => {
            say!(
                "the KMS key of {what} cannot be used by this AWS identity{request}",
                "ta tożsamość AWS nie może użyć klucza KMS ({what}){request}"
            )
        }
        (Some(403), _) => say!(
            "{service} refused the AWS credentials{request}; renew them, and check AWS_PROFILE and AWS_REGION",
            "{service} odrzuca dane logowania AWS{request}; odnów je, sprawdź też AWS_PROFILE i AWS_REGION"
        ),
        (Some(404), _) => {
            let what = what.trim_start_matches("the ");
            say!("there is no {what}{missing}", "nie istnieje {what}{missing}")
        }
        (Some(429), _) => say!(
            "{service} is being throttled{request}; run the command again in a moment",
            "{service} ogranicza zapytania{request}; uruchom polecenie ponownie za chwilę"
        ),
        (Some(400), "InvalidRequestException") if matches!(place, Place::Secret { .. }) => say!(
            "{what} is marked for deletion{request}; restore it (aws secretsmanager restore-secret) first",
            "{what}: oznaczony do usunięcia{request}; najpierw przywróć go (aws secretsmanager restore-secret)"
        ),
        (Some(status), _) => {
            let code = if code.is_empty() { String::new() } else { format!(" {code}") };
            say!(
                "{service} answered {operation} on {what} with {status}{code}{request}",
                "{service} odpowiada na {operation} ({what}): {status}{code}{request}"
            )
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

/// As [`table`], but the last cell of a line is never cut: on a screen it is wrapped beside the others,
/// or below them where they leave too little room.
pub(crate) fn wrapped_table<const N: usize>(
    heads: &[String; N],
    lines: &[[String; N]],
    width: Option<usize>,
) -> String {
    /// Fewer columns make a tower of words.
    const ROOM: usize = 30;
    const INDENT: usize = 4;
    let Some(width) = width.filter(|_| N > 0 && !lines.is_empty()) else {
        return table(heads, lines, width);
    };
    let without_last = |line: &[String; N]| {
        let mut line = line.clone();
        let last = line.last_mut().map(std::mem::take).unwrap_or_default();
        (line, last)
    };
    let (short, lasts): (Vec<_>, Vec<_>) = std::iter::once(heads).chain(lines).map(without_last).unzip();
    let first_heads: [&str; N] = std::array::from_fn(|at| short[0][at].as_str());
    let begins = columns(&first_heads, &short[1..]);
    let start = begins.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 2;
    let beside = start + ROOM <= width;
    let mut text = String::new();
    for (at, (begin, last)) in begins.lines().zip(lasts).enumerate() {
        let cut: String = begin.chars().take(width).collect();
        if beside {
            let mut parts = wrap(&last, width - start).into_iter();
            text += format!("{begin:<start$}{}", parts.next().unwrap_or_default()).trim_end();
            text.push('\n');
            text.extend(parts.map(|part| format!("{:start$}{part}\n", "")));
        } else {
            text += &cut;
            text.push('\n');
            // Below the lines it speaks for itself.
            let parts = if at == 0 { Vec::new() } else { wrap(&last, width.saturating_sub(INDENT)) };
            text.extend(parts.into_iter().map(|part| format!("{:INDENT$}{part}\n", "")));
        }
    }
    text
}

/// Whole words on lines of at most so many columns; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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

#[cfg(test)]
mod tests {
    use bridge::engine::Halted;
    use bridge::failure::Side;

    use super::*;

    #[tokio::test]
    async fn what_stands_in_no_room_of_its_own_is_said_in_both_languages() {
        let id = "shop-a".parse().expect("an id");
        for (name, language) in [("en", Language::En), ("pl", Language::Pl)] {
            let text = speaking(language, async {
                let keys = Change::Changed(vec!["name".into(), "thulium.url".into()]);
                let changes = [Change::Created, keys, Change::Unchanged];
                let mut all = vec![no_region(), no_credentials(), no_randomness(), not_on_a_terminal()];
                all.extend([nothing_local(), no_home()]);
                all.extend([tables_next(), more_parked(), callback_next(), template_next(&id)]);
                all.extend([list_head().join(" | "), tables_head().join(" | "), file_is_fine("a.toml")]);
                all.extend([not_applied(1), not_applied(2), was_unusable("x"), not_enabled("a.toml")]);
                for change in &changes {
                    all.extend([applied(&id, change, false), applied(&id, change, true)]);
                }
                all.extend([carried_from(Timestamp::UNIX_EPOCH), overtaken(&id), unknown(&id)]);
                all.extend([unusable(&id, "x"), next("empikctl list"), nothing_parked(&id)]);
                all.extend(["malformed", "enabled", "disabled"].map(integration_state));
                all.extend([State::Complete, State::Missing].map(|state| secret_state(&id, &state)));
                all.push(secret_stored("bridge/shop-a", "/shop-a", "thulium", Some("x")));
                let keys = ["empik_api_key", "thulium_user", "thulium_password", "callback_user", "x"];
                all.extend(keys.map(|key| prompt(&id, key)));
                all.extend([Table::Integrations, Table::Conversations].map(table_role));
                let states = [TableState::Ready, TableState::Missing, TableState::Changing];
                all.extend(states.map(|state| table_state(&state, false)));
                all.push(not_set("INTEGRATIONS_TABLE", "--integrations-table"));
                let halted = [
                    Halted::Disabled,
                    Halted::Held,
                    Halted::Resting(Side::Thulium),
                    Halted::Calls,
                    Halted::Time,
                    Halted::Failed("retry M11".into()),
                ];
                all.extend(halted.map(|halted| repair::sweep_halted(&id, 2, &halted)));
                all.extend([repair::sweep_waits(), repair::sweep_goes_on(7)]);
                all.extend([repair::sweep_doubled(), repair::sweep_lacks(2)]);
                all.push(repair::sweep_head().join(" | "));
                all.join("\n")
            })
            .await;
            insta::assert_snapshot!(format!("words_{name}"), text);
        }
    }

    #[tokio::test]
    async fn whatever_aws_answers_is_told_with_what_to_do() {
        let (name, region) = ("x", "eu-central-1");
        let places =
            [Place::Table { name, region }, Place::Secret { name, region }, Place::Logs { name, region }];
        let answers = [
            (None, ""),
            (Some(403), "AccessDeniedException"),
            (Some(403), "DecryptionFailure"),
            (Some(403), "ExpiredTokenException"),
            (Some(404), "ResourceNotFoundException"),
            (Some(429), "ThrottlingException"),
            (Some(400), "InvalidRequestException"),
            (Some(500), "InternalServiceError"),
            (Some(502), ""),
        ];
        for (name, language) in [("en", Language::En), ("pl", Language::Pl)] {
            let text = speaking(language, async {
                let mut all = Vec::new();
                for place in &places {
                    for (status, code) in answers {
                        let request = status.map(|_| "r-1");
                        let refusal = Refusal { operation: "service:Action", status, code, request };
                        all.push(refused(&refusal, place));
                    }
                }
                let unreadable = Failure::new(
                    bridge::failure::Side::Ledger,
                    "dynamodb:GetItem",
                    bridge::failure::Effect::Read,
                    Outcome::Undecodable,
                );
                let newer = unreadable.clone().because("newer");
                let malformed = newer.clone().naming(["health".to_owned()], None);
                all.extend([newer, malformed].iter().map(|known| failure(known, &places[0])));
                all.push(failure(
                    &unreadable.because("the file is not JSON"),
                    &Place::File { name: "x in y" },
                ));
                all.join("\n")
            })
            .await;
            insta::assert_snapshot!(format!("aws_{name}"), text);
        }
    }

    #[test]
    fn a_last_cell_that_does_not_fit_is_wrapped_and_never_cut() {
        let heads = ["TICKET", "ADVICE"].map(str::to_owned);
        let lines = [["1", "write a reply of at least three characters in the ticket"].map(str::to_owned)];
        let narrow = wrapped_table(&heads, &lines, Some(38));
        insta::assert_snapshot!("wrapped_beside", narrow);
        let tower = wrapped_table(&heads, &lines, Some(30));
        insta::assert_snapshot!("wrapped_below", tower);
        assert!(narrow.lines().all(|line| line.chars().count() <= 38), "{narrow}");
        assert!(tower.lines().all(|line| line.chars().count() <= 30), "{tower}");
        assert_eq!(wrapped_table(&heads, &lines, None), table(&heads, &lines, None));
        assert_eq!(wrapped_table(&heads, &lines, Some(200)), table(&heads, &lines, Some(200)));
    }
}
