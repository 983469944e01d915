//! Words of `tail`: what the functions log, for people.

use super::{Language, say};

pub(crate) fn bad_since() -> String {
    say!(
        "it is 30s, 10m, 2h, 1d, or a time such as 2026-11-23T13:00:00Z",
        "podaj 30s, 10m, 2h, 1d albo czas taki jak 2026-11-23T13:00:00Z"
    )
}

/// Of an invocation that did not end well: `timeout`, `error`, `failure`.
pub(crate) fn invocation(status: &str) -> String {
    match status {
        "timeout" => say!(
            "the invocation took too long and was stopped; what it had begun is settled by the next tick",
            "wywołanie trwało zbyt długo i zostało przerwane; to, co zaczęło, rozliczy następny obieg"
        ),
        status => {
            say!("the invocation ended with {status}", "wywołanie zakończyło się stanem {status}")
        }
    }
}

/// The thread, by the begin of its id, and the ticket, where a line names them.
pub(crate) fn place(thread: &str, ticket: &str) -> Vec<String> {
    let mut place = Vec::new();
    if !thread.is_empty() {
        let begin: String = thread.chars().take(8).collect();
        place.push(say!("thread {begin}", "wątek {begin}"));
    }
    if !ticket.is_empty() {
        place.push(say!("ticket {ticket}", "zgłoszenie {ticket}"));
    }
    place
}

/// What an event says. The functions log in English.
pub(crate) fn said(event: &str, message: &str) -> String {
    if Language::now() == Language::En {
        return message.to_owned();
    }
    let polish = match event {
        "callback" => "wskazówka z Thulium",
        "callback.refused" => "dane logowania callbacku są błędne",
        "callback.unavailable" => "nie udało się odczytać sekretu",
        "callback.unusable" => "callback bez zgłoszenia",
        "conversation.parked" => "rozmowa została odłożona",
        "customer.ambiguous" => "kilku klientów w CRM ma identyfikator kupującego; wzięto najstarszego",
        "customer.created" => "utworzono klienta w CRM",
        "file.missing" => "pliku nie skopiowano; agent jest o tym poinformowany",
        "habit.learnt" => "poznano zachowanie konta",
        "intent.looked_up" => "sprawdzono zapowiedzianą czynność bez znanego wyniku",
        "invocation.failed" => "nic nie zostało zrobione",
        "list.cut" => "zmieniło się więcej zgłoszeń, niż czyta jeden obieg; znacznik zostaje na miejscu",
        "list.repeats" => "lista wątków powtarza stronę; kursor zostaje na miejscu",
        "message.in" => "wiadomość z wątku jest w zgłoszeniu",
        "message.unreadable" => "wiadomości wątku nie dało się odczytać i nie ma ich w zgłoszeniu",
        "order.told" => "agenci dowiedzieli się o stanie zamówień zgłoszenia",
        "panic" => "program zatrzymał się tam, gdzie nie powinien",
        "reconcile.differs" => "przeniesiona wiadomość nie występuje w zgłoszeniu dokładnie raz",
        "reconcile.echo" => "nasza odpowiedź wróciła do swojego zgłoszenia",
        "reconciled" => "porównano wątki i zgłoszenia z rejestrem",
        "reply.held" => "kupujący napisał coś, czego agent nie mógł widzieć; decyduje agent",
        "reply.out" => "odpowiedź jest na EmpikPlace",
        "reply.parked" => {
            "odpowiedź została odłożona; agent jest o tym poinformowany, o ile zgłoszenie istnieje"
        }
        "reply.reminded" => "przypomniano agentom, że sklep jest winien odpowiedź",
        "secrets.flood" => "za dużo odrzuconych wywołań; do końca minuty sekrety nie są dla nich czytane",
        "status.unknown" => {
            "żaden status nie nazywa się „Nowe”: ustaw thulium.reopen_status_id, by zgłoszenia mogły wracać"
        }
        "thread.unreadable" => "wątków nie dało się odczytać i nie są przenoszone",
        "tick" => "obieg zakończony",
        "ticket.given_up" => {
            "zgłoszenia przez dobę nie dało się odczytać; zostanie sprawdzone, gdy znów się zmieni"
        }
        "ticket.merged" => {
            "w zgłoszeniu są wiadomości innej rozmowy; odpowiedzi, które już w nim stoją, nie zostaną wysłane"
        }
        "ticket.opened" => "otwarto zgłoszenie dla wątku",
        "ticket.simplified" => "Thulium odrzuca część zgłoszenia; porównaj ustawienia z kontem",
        "ticket.unreadable" => "wierszy listy zgłoszeń nie dało się odczytać",
        // What failed is named in the words of the other side.
        _ => message,
    };
    polish.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::words::speaking;

    /// The names of events in the sources of a folder.
    fn events(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("tests") && !path.ends_with("empikctl") {
                events(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let source = text.split("#[cfg(test)]").next().unwrap_or_default();
                let names = source.split("event = \"").skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }

    #[tokio::test]
    async fn every_event_that_the_functions_log_has_polish_words() {
        let mut found = BTreeSet::new();
        events(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut found);
        assert!(found.len() > 25, "{found:?}");
        speaking(Language::Pl, async {
            // Whatever failed is told in the words of the failure.
            let untold: Vec<&String> =
                found.iter().filter(|event| *event != "failure" && said(event, "").is_empty()).collect();
            assert_eq!(untold, [""; 0]);
        })
        .await;
        let both = [Language::En, Language::Pl].map(|language| {
            let text = async {
                let place = place("f0000000-0000", "7").join("  ");
                [bad_since(), invocation("timeout"), invocation("error"), place, said("reply.out", "a reply")]
                    .join("\n")
            };
            speaking(language, text)
        });
        let [en, pl] = both;
        insta::assert_snapshot!("tail_en", en.await);
        insta::assert_snapshot!("tail_pl", pl.await);
    }
}
