//! Words of `doctor`: what is wrong, why it matters, and the command or click that mends it.

use bridge::VERSION;

use super::{date, say};
use crate::doctor::Finding;
use crate::local;

/// A finding in words.
pub(crate) struct Said {
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) fix: String,
}

pub(crate) fn healthy(integration: &str) -> String {
    say!("{integration}: nothing to mend", "{integration}: nic do naprawy")
}

pub(crate) fn why_word() -> String {
    say!("why", "dlaczego")
}

pub(crate) fn fix_word() -> String {
    say!("mend", "naprawa")
}

pub(crate) fn checking(integration: &str) -> String {
    say!("checking {integration} …", "sprawdzanie {integration} …")
}

/// Advice that no call can check.
pub(crate) fn notes() -> [String; 2] {
    [
        say!(
            "in Thulium, switch its own EmpikPlace integration off for this shop (Administracja > Zaawansowane > \
             Integracje > E-commerce > EmpikPlace); two integrations double tickets and replies",
            "w Thulium wyłącz jego własną integrację EmpikPlace dla tego sklepu (Administracja > Zaawansowane > \
             Integracje > E-commerce > EmpikPlace); dwie integracje podwajają zgłoszenia i odpowiedzi"
        ),
        say!(
            "in Thulium, keep the footer of this queue plain and short: it goes to the buyer with every reply",
            "w Thulium ustaw dla tej kolejki prostą, krótką stopkę: trafia do klienta z każdą odpowiedzią"
        ),
    ]
}

pub(crate) fn self_test_offered(integration: &str) -> String {
    say!(
        "mailbox and fields are tried only by: empikctl doctor {integration} --self-test (opens a ticket and a \
         customer and removes both)",
        "skrzynkę i pola sprawdza dopiero: empikctl doctor {integration} --self-test (zakłada zgłoszenie i \
         klienta i usuwa oboje)"
    )
}

#[allow(clippy::too_many_lines, reason = "one text after the other")]
pub(crate) fn say_of(finding: &Finding, id: &str) -> Said {
    let (what, why, fix) = match finding {
        Finding::Table { name, state } => (
            say!("the table {name} is {state}", "tabela {name}: {state}"),
            say!("nothing can be remembered without it", "bez niej niczego nie da się zapamiętać"),
            say!(
                "terraform apply in infra/, or on a local endpoint: empikctl tables create",
                "terraform apply w infra/, a na lokalnym adresie: empikctl tables create"
            ),
        ),
        Finding::Settings { reason } => (
            say!(
                "the stored settings cannot be used: {reason}",
                "zapisanych ustawień nie da się użyć: {reason}"
            ),
            say!("the functions pass the integration over", "funkcje pomijają tę integrację"),
            say!("empikctl apply -f {id}.toml", "empikctl apply -f {id}.toml"),
        ),
        Finding::NoSecret => (
            say!("there is no secret", "nie ma sekretu"),
            say!("neither system lets the bridge in", "żaden z systemów nie wpuści mostu"),
            say!("empikctl secrets set {id}", "empikctl secrets set {id}"),
        ),
        Finding::Secret { problem } => (
            say!("the secret {problem}", "sekret: {problem}"),
            say!("the functions cannot use it", "funkcje nie mogą go użyć"),
            say!("empikctl secrets set {id}", "empikctl secrets set {id}"),
        ),
        Finding::SecretUnreadable { reason } => (
            say!("the secret could not be read: {reason}", "nie udało się odczytać sekretu: {reason}"),
            say!("the systems could not be checked", "nie można było sprawdzić systemów"),
            say!(
                "give this AWS identity secretsmanager:GetSecretValue on it, then: empikctl secrets check {id}",
                "nadaj tej tożsamości AWS prawo secretsmanager:GetSecretValue, potem: empikctl secrets check {id}"
            ),
        ),
        Finding::Address { reason } => (
            say!("{reason}", "{reason}"),
            say!(
                "the functions call only public https addresses",
                "funkcje wywołują tylko publiczne adresy https"
            ),
            say!(
                "correct it in {id}.toml, then: empikctl apply -f {id}.toml",
                "popraw w {id}.toml, potem: empikctl apply -f {id}.toml"
            ),
        ),
        Finding::Unreachable { system, reason } => (
            say!(
                "{system} gives no usable answer: {reason}",
                "{system} nie daje użytecznej odpowiedzi: {reason}"
            ),
            say!("nothing can cross until it does", "dopóki tak jest, nic nie przechodzi"),
            say!(
                "open its address in a browser; compare it with empikctl export {id}",
                "otwórz jego adres w przeglądarce; porównaj go z empikctl export {id}"
            ),
        ),
        Finding::Key => (
            say!("EmpikPlace refuses the API key", "EmpikPlace odrzuca klucz API"),
            say!("no message can be read or answered", "żadnej wiadomości nie da się odczytać ani wysłać"),
            say!(
                "seller panel: profile > Klucz API > copy or renew it, then: empikctl secrets set {id}",
                "panel sprzedawcy: profil > Klucz API > skopiuj lub odnów, potem: empikctl secrets set {id}"
            ),
        ),
        Finding::KeyRight { operation } => (
            say!("the key lacks the right to {operation}", "kluczowi brakuje prawa do {operation}"),
            say!(
                "M10 to M13 are the conversations, OR11 the orders on the card",
                "M10 do M13 to rozmowy, OR11 to zamówienia na karcie"
            ),
            say!(
                "seller panel: settings > users > the key's user > give it the role with messages and orders",
                "panel sprzedawcy: ustawienia > użytkownicy > użytkownik klucza > nadaj rolę z wiadomościami i \
                 zamówieniami"
            ),
        ),
        Finding::Shop { shop: Some(shop) } => (
            say!("the shop {shop} does not belong to the key", "sklep {shop} nie należy do klucza"),
            say!("no message of that shop can be read", "nie da się czytać wiadomości tego sklepu"),
            say!(
                "correct empikplace.shop_id in {id}.toml, then: empikctl apply -f {id}.toml",
                "popraw empikplace.shop_id w {id}.toml, potem: empikctl apply -f {id}.toml"
            ),
        ),
        Finding::Shop { shop: None } => (
            say!(
                "the key opens several shops, and none is named",
                "klucz otwiera kilka sklepów, a żaden nie jest wskazany"
            ),
            say!("EmpikPlace then lists nothing", "EmpikPlace nie pokazuje wtedy niczego"),
            say!(
                "set empikplace.shop_id in {id}.toml, then: empikctl apply -f {id}.toml",
                "ustaw empikplace.shop_id w {id}.toml, potem: empikctl apply -f {id}.toml"
            ),
        ),
        Finding::ShopState { state } => (
            say!("EmpikPlace says the shop is {state}", "EmpikPlace podaje stan sklepu {state}"),
            say!("buyers may not be able to write or read", "klienci mogą nie móc pisać ani czytać"),
            say!("seller panel: settings > shop > state", "panel sprzedawcy: ustawienia > sklep > stan"),
        ),
        Finding::User => (
            say!("Thulium refuses the API user", "Thulium odrzuca użytkownika API"),
            say!("no ticket can be opened or read", "nie da się otworzyć ani czytać zgłoszeń"),
            say!(
                "Administracja > Użytkownicy > Użytkownicy API > set a password, then: empikctl secrets set {id}",
                "Administracja > Użytkownicy > Użytkownicy API > ustaw hasło, potem: empikctl secrets set {id}"
            ),
        ),
        Finding::UserRight { method } => (
            say!(
                "the API user has no permission for {method}",
                "użytkownik API nie ma uprawnienia do {method}"
            ),
            say!("what needs this call stays undone", "to, co wymaga tego wywołania, nie zostanie zrobione"),
            say!(
                "Administracja > Użytkownicy > Użytkownicy API > the user > allow {method}",
                "Administracja > Użytkownicy > Użytkownicy API > użytkownik > zezwól na {method}"
            ),
        ),
        Finding::Queue { key, id: queue } => (
            say!("{key}: there is no queue {queue} in Thulium", "{key}: nie ma w Thulium kolejki {queue}"),
            say!("tickets cannot be opened there", "nie da się tam otwierać zgłoszeń"),
            say!(
                "choose another with: empikctl setup {id}; or correct it in {id}.toml and apply it",
                "wybierz inną: empikctl setup {id}; albo popraw w {id}.toml i zastosuj"
            ),
        ),
        Finding::Category { key, id: category } => (
            say!(
                "{key}: there is no category {category} in Thulium",
                "{key}: nie ma w Thulium kategorii {category}"
            ),
            say!("tickets cannot be opened with it", "nie da się z nią otwierać zgłoszeń"),
            say!(
                "choose another with: empikctl setup {id}; or correct it in {id}.toml and apply it",
                "wybierz inną: empikctl setup {id}; albo popraw w {id}.toml i zastosuj"
            ),
        ),
        Finding::Status { id: Some(status) } => (
            say!(
                "thulium.reopen_status_id: there is no status {status}",
                "thulium.reopen_status_id: nie ma stanu {status}"
            ),
            say!("closed tickets cannot be brought back", "zamkniętych zgłoszeń nie da się przywrócić"),
            say!(
                "correct it in {id}.toml, then: empikctl apply -f {id}.toml",
                "popraw w {id}.toml, potem: empikctl apply -f {id}.toml"
            ),
        ),
        Finding::Status { id: None } => (
            say!("no status is called \"Nowe\"", "żaden stan nie nazywa się \"Nowe\""),
            say!("closed tickets cannot be brought back", "zamkniętych zgłoszeń nie da się przywrócić"),
            say!(
                "set thulium.reopen_status_id in {id}.toml, then: empikctl apply -f {id}.toml",
                "ustaw thulium.reopen_status_id w {id}.toml, potem: empikctl apply -f {id}.toml"
            ),
        ),
        Finding::Field { key, name } => (
            say!(
                "{key}: Thulium does not keep the field \"{name}\"",
                "{key}: Thulium nie zachowuje pola \"{name}\""
            ),
            say!(
                "customers and tickets are found again by these fields",
                "po tych polach odnajdywani są klienci i zgłoszenia"
            ),
            say!(
                "Administracja > CRM (or Zgłoszenia) > Pola specjalne > add a text field of exactly this name",
                "Administracja > CRM (lub Zgłoszenia) > Pola specjalne > dodaj pole tekstowe o dokładnie tej nazwie"
            ),
        ),
        Finding::Mailbox { name } => (
            say!(
                "Thulium opens no ticket for the mailbox {name}",
                "Thulium nie otwiera zgłoszeń dla skrzynki {name}"
            ),
            say!("no conversation can become a ticket", "żadna rozmowa nie stanie się zgłoszeniem"),
            say!(
                "Administracja > Zgłoszenia > Skrzynki e-mail > add it, or correct thulium.mailbox in {id}.toml",
                "Administracja > Zgłoszenia > Skrzynki e-mail > dodaj ją albo popraw thulium.mailbox w {id}.toml"
            ),
        ),
        Finding::Comment => (
            say!("Thulium takes no comment", "Thulium nie przyjmuje komentarza"),
            say!(
                "agents would not learn of refused replies",
                "agenci nie dowiedzą się o odrzuconych odpowiedziach"
            ),
            say!(
                "check thulium.comment_login in {id}.toml: it must be a login that Thulium knows",
                "sprawdź thulium.comment_login w {id}.toml: musi to być login znany w Thulium"
            ),
        ),
        Finding::LeftBehind { what, id: left } => (
            say!(
                "the {what} {left} of the self-test could not be removed",
                "nie udało się usunąć {what} {left} z autotestu"
            ),
            say!("it is of no use to anybody", "nikomu nie jest potrzebne"),
            say!("delete it in Thulium by hand", "usuń ręcznie w Thulium"),
        ),
        Finding::NoWebhook => (
            say!(
                "no webhook of Thulium leads to the callback",
                "żaden webhook Thulium nie prowadzi do callbacku"
            ),
            say!(
                "replies wait for the next tick instead of seconds",
                "odpowiedzi czekają na obieg zamiast sekund"
            ),
            say!(
                "Administracja > Zaawansowane > Webhooki > add one; address and user: terraform output, empikctl \
                 secrets set {id} --generate-callback",
                "Administracja > Zaawansowane > Webhooki > dodaj; adres i użytkownik: terraform output, empikctl \
                 secrets set {id} --generate-callback"
            ),
        ),
        Finding::Webhooks { ids } => {
            let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            (
                say!(
                    "several webhooks lead to the callback: {ids}",
                    "do callbacku prowadzi kilka webhooków: {ids}"
                ),
                say!("every event is looked at several times", "każde zdarzenie jest sprawdzane kilka razy"),
                say!(
                    "Administracja > Zaawansowane > Webhooki > keep one and delete the others",
                    "Administracja > Zaawansowane > Webhooki > zostaw jeden, usuń pozostałe"
                ),
            )
        }
        Finding::WebhookElsewhere { id: webhook, host } => (
            say!(
                "the webhook {webhook} leads to {host}, not to the callback",
                "webhook {webhook} prowadzi do {host}, nie do callbacku"
            ),
            say!(
                "replies wait for the next tick, and somebody else is told of tickets",
                "odpowiedzi czekają na obieg, a ktoś inny dowiaduje się o zgłoszeniach"
            ),
            say!(
                "Administracja > Zaawansowane > Webhooki > delete it and add the callback's address",
                "Administracja > Zaawansowane > Webhooki > usuń go i dodaj adres callbacku"
            ),
        ),
        Finding::Callback { status } => (
            match status {
                0 => say!("the callback does not answer", "callback nie odpowiada"),
                status => say!(
                    "the callback answers {status} instead of 204",
                    "callback odpowiada {status} zamiast 204"
                ),
            },
            say!(
                "replies wait for the next tick instead of seconds",
                "odpowiedzi czekają na obieg zamiast sekund"
            ),
            match status {
                401 => say!(
                    "the function knows another callback password: empikctl secrets set {id}, then the webhook anew",
                    "funkcja zna inne hasło callbacku: empikctl secrets set {id}, potem webhook od nowa"
                ),
                _ => say!(
                    "terraform apply in infra/; the function's log in CloudWatch says why: empikctl tail --level warn",
                    "terraform apply w infra/; przyczynę podaje dziennik funkcji w CloudWatch: empikctl tail --level warn"
                ),
            },
        ),
        Finding::Clock { system, seconds } => {
            let minutes = seconds.abs() / 60;
            (
                say!(
                    "the clocks of {system} and of this machine differ by {minutes} minutes",
                    "zegary {system} i tej maszyny różnią się o {minutes} min"
                ),
                say!(
                    "what was written in between can be taken for old and left out",
                    "to, co powstało w tym czasie, może zostać uznane za stare i pominięte"
                ),
                say!(
                    "set this machine's clock (timedatectl set-ntp true); if it is right, tell {system}",
                    "ustaw zegar tej maszyny (timedatectl set-ntp true); jeśli jest dobry, zgłoś to {system}"
                ),
            )
        }
        Finding::Stale { since, reason } => {
            let since = since.map(date).unwrap_or_else(|| say!("never", "nigdy"));
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            (
                say!("the last tick that went well: {since}{reason}", "ostatni udany obieg: {since}{reason}"),
                say!("messages and replies wait", "wiadomości i odpowiedzi czekają"),
                say!(
                    "AWS console > EventBridge > Schedules: the schedule must be on; then: empikctl tail --level warn --since 1h",
                    "konsola AWS > EventBridge > Schedules: harmonogram musi być włączony; potem: empikctl tail --level warn --since 1h"
                ),
            )
        }
        Finding::Failing { reason } => (
            say!("the last tick failed: {reason}", "ostatni obieg się nie udał: {reason}"),
            say!("messages and replies wait", "wiadomości i odpowiedzi czekają"),
            say!(
                "mend what else is found here; then: empikctl status {id}",
                "napraw pozostałe wyniki; potem: empikctl status {id}"
            ),
        ),
        Finding::Version { theirs } => version(theirs.as_deref()),
        Finding::Parked { count } => (
            say!("set aside and waiting for a person: {count}", "odłożone, czekają na człowieka: {count}"),
            say!("a buyer or an agent waits for each of them", "na każde z nich czeka klient lub agent"),
            say!("empikctl parked {id}", "empikctl parked {id}"),
        ),
        Finding::Twice { other } => (
            say!(
                "the integration {other} serves the same shop",
                "integracja {other} obsługuje ten sam sklep"
            ),
            say!("every conversation becomes two tickets", "każda rozmowa staje się dwoma zgłoszeniami"),
            say!(
                "empikctl disable {other}, or empikctl disable {id}",
                "empikctl disable {other} albo empikctl disable {id}"
            ),
        ),
    };
    Said { what, why, fix }
}

/// What, why, and what mends it, where the functions are another version.
fn version(theirs: Option<&str>) -> (String, String, String) {
    let numbers = |version: &str| -> Vec<u64> {
        version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
    };
    let newer = theirs.filter(|theirs| numbers(theirs) > numbers(VERSION));
    let theirs = theirs.map_or_else(|| say!("that does not tell its number", "bez numeru"), str::to_owned);
    let fix = match newer {
        _ if local::is_meant() => say!(
            "end make run with Ctrl-C and start it again",
            "zakończ make run przez Ctrl-C i uruchom go ponownie"
        ),
        Some(newer) => say!(
            "in a checkout of version {newer}: cargo install --path functions/empikctl",
            "w repozytorium w wersji {newer}: cargo install --path functions/empikctl"
        ),
        None => say!(
            "in a checkout of version {VERSION}: make deploy",
            "w repozytorium w wersji {VERSION}: make deploy"
        ),
    };
    (
        say!(
            "the functions are version {theirs}, and this empikctl is {VERSION}",
            "funkcje mają wersję {theirs}, a to empikctl ma {VERSION}"
        ),
        say!(
            "one of them may not know what the other has stored",
            "jedno może nie znać tego, co zapisało drugie"
        ),
        fix,
    )
}

// ---- the self-test ----

/// Subject of the ticket and surname of the customer of a self-test.
pub(crate) fn self_test_name() -> String {
    say!("Self-test of empikctl", "Autotest empikctl")
}

pub(crate) fn self_test_body() -> String {
    say!(
        "This is a self-test of the EmpikPlace integration; it removes itself.",
        "To autotest integracji EmpikPlace; usunie się sam."
    )
}
