//! Words of `enable`, `disable`, `remove`, `erase` and `hook`.

use bridge::settings::IntegrationId;

use super::say;

pub(crate) fn switched(id: &IntegrationId, on: bool, changed: bool) -> String {
    match (on, changed) {
        (true, true) => say!("{id}: enabled", "{id}: włączona"),
        (true, false) => say!("{id}: was enabled already", "{id}: była już włączona"),
        (false, true) => say!("{id}: disabled", "{id}: wyłączona"),
        (false, false) => say!("{id}: was disabled already", "{id}: była już wyłączona"),
    }
}

pub(crate) fn off_means() -> String {
    say!(
        "nothing is carried over from the next tick on; what comes meanwhile is carried once it is enabled again",
        "od następnego obiegu nic nie jest przenoszone; to, co przyjdzie, zostanie przeniesione po włączeniu"
    )
}

pub(crate) fn removal(tickets: usize, waiting: usize, parked: usize) -> String {
    say!(
        "its tickets stay in Thulium: {tickets}; replies in them reach no buyer any more\n\
         under way and then left lying: {waiting}; parked: {parked}\n",
        "zgłoszenia zostają w Thulium: {tickets}; odpowiedzi w nich nie dotrą już do klientów\n\
         w drodze i odtąd porzucone: {waiting}; odłożone: {parked}\n"
    )
}

pub(crate) fn removed(id: &IntegrationId) -> String {
    say!("{id}: removed", "{id}: usunięta")
}

pub(crate) fn left_over(id: &IntegrationId) -> String {
    say!(
        "left for you: delete the secret {id} in Secrets Manager, and the webhook in Thulium; what was carried \
         stays remembered, so that nothing crosses twice should it come back",
        "pozostało: usuń sekret {id} w Secrets Manager i webhook w Thulium; to, co przeniesiono, zostaje \
         zapamiętane, aby nic nie przeszło dwa razy, gdyby integracja wróciła"
    )
}

pub(crate) fn erased(conversations: usize, record: bool, done: bool) -> String {
    let record = match record {
        true => say!("yes", "tak"),
        false => say!("no", "nie"),
    };
    match done {
        true => say!(
            "erased: the buyer's ids in conversations: {conversations}, the record of the buyer: {record}",
            "usunięto: identyfikatory klienta w rozmowach: {conversations}, zapis o kliencie: {record}"
        ),
        false => say!(
            "would erase: the buyer's ids in conversations: {conversations}, the record of the buyer: {record}",
            "do usunięcia: identyfikatory klienta w rozmowach: {conversations}, zapis o kliencie: {record}"
        ),
    }
}

pub(crate) fn erase_means() -> String {
    say!(
        "the ledger holds no texts and no names; ids of threads and tickets stay, so that nothing is carried \
         twice; a later message of the buyer notes the ids anew; the customer in Thulium's CRM and the tickets \
         are erased there",
        "rejestr nie zawiera treści ani nazwisk; identyfikatory wątków i zgłoszeń zostają, aby nic nie przeszło \
         dwa razy; późniejsza wiadomość klienta zapisze je na nowo; klienta w CRM Thulium i zgłoszenia usuwa \
         się tam"
    )
}

pub(crate) fn erase_again(busy: usize) -> String {
    say!(
        "changed by the bridge at the same moment and left alone: {busy}; run it again",
        "zmienione przez most w tej samej chwili i pominięte: {busy}; uruchom ponownie"
    )
}

pub(crate) fn no_callback(url: &str) -> String {
    say!("{url} gives no answer", "{url} nie odpowiada")
}

pub(crate) fn triggered(status: u16) -> String {
    match status {
        204 => {
            say!("204: understood; the ticket was looked at", "204: przyjęte; zgłoszenie zostało sprawdzone")
        }
        400 => say!("400: the callback sees no ticket number", "400: callback nie widzi numeru zgłoszenia"),
        401 => say!(
            "401: the callback knows other credentials, or no such integration",
            "401: callback zna inne dane logowania albo nie zna integracji"
        ),
        503 => say!("503: it should be called again later", "503: należy wywołać później"),
        _ => say!(
            "{status}: not what the callback should answer",
            "{status}: nie to powinien odpowiedzieć callback"
        ),
    }
}
