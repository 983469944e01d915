//! Words of `parked`, `retry`, `drop` and `reconcile`.

use bridge::conversation::Reason;
use bridge::engine::Halted;
use bridge::failure::Side;
use bridge::settings::IntegrationId;

use super::{heads, say};

pub(crate) fn parked_head() -> [String; 8] {
    heads(
        ["SINCE", "TICKET", "REPLY", "THREAD", "STATE", "REASON", "ATTEMPTS", "ADVICE"],
        ["OD", "ZGŁOSZENIE", "ODPOWIEDŹ", "WĄTEK", "STAN", "POWÓD", "PRÓBY", "CO ZROBIĆ"],
    )
}

pub(crate) fn nothing_parked(id: &IntegrationId) -> String {
    say!("{id}: nothing is parked", "{id}: nic nie jest odłożone")
}

pub(crate) fn more_parked() -> String {
    say!("there is more; --limit lists more of it", "jest ich więcej; więcej pokaże --limit")
}

pub(crate) fn not_parked(id: &str) -> String {
    say!(
        "nothing was changed: what was named is not parked; empikctl parked {id} lists what is",
        "nic nie zmieniono: wskazana rzecz nie jest odłożona; empikctl parked {id} pokazuje odłożone"
    )
}

pub(crate) fn retry_reply(ticket: u64, reply: u64, done: bool) -> String {
    match done {
        true => say!(
            "ticket {ticket}, reply {reply}: queued; the next tick sends it",
            "zgłoszenie {ticket}, odpowiedź {reply}: w kolejce; wyśle ją następny obieg"
        ),
        false => say!(
            "ticket {ticket}, reply {reply}: would be sent to EmpikPlace, where the buyer reads it",
            "zgłoszenie {ticket}, odpowiedź {reply}: zostałaby wysłana na EmpikPlace, gdzie przeczyta ją klient"
        ),
    }
}

pub(crate) fn retry_conversation(thread: &str, done: bool) -> String {
    match done {
        true => say!(
            "thread {thread}: taken up again; the next tick works on it",
            "wątek {thread}: podjęty na nowo; zajmie się nim następny obieg"
        ),
        false => say!(
            "thread {thread}: would be brought into its ticket again, which agents see",
            "wątek {thread}: trafiłby ponownie do zgłoszenia, które widzą agenci"
        ),
    }
}

pub(crate) fn looked_for_first() -> String {
    say!(
        "it was sent before, so it is looked for in the thread first and not sent twice",
        "była już wysyłana, więc najpierw jest szukana w wątku i nie zostanie wysłana dwa razy"
    )
}

pub(crate) fn out_of_order(later: usize) -> String {
    say!(
        "later replies of the ticket that went out already: {later}; this one would come after them",
        "późniejsze odpowiedzi zgłoszenia, które już wyszły: {later}; ta przyszłaby po nich"
    )
}

/// A warning where trying again cannot help.
pub(crate) fn hopeless(reason: Reason) -> Option<String> {
    let again = matches!(
        reason,
        Reason::TooShort
            | Reason::TooLong
            | Reason::Instruction
            | Reason::NothingHeld
            | Reason::TicketGone
            | Reason::ThreadGone
            | Reason::Automatic
    );
    again.then(|| {
        let advice = super::see::advice(reason);
        say!("it will be parked again: {advice}", "zostanie odłożona ponownie: {advice}")
    })
}

pub(crate) fn overtaken(what: &str) -> String {
    say!(
        "{what}: left alone, since the bridge changed it at the same moment; look again",
        "{what}: bez zmian, ponieważ most zmienił ją w tej samej chwili; sprawdź ponownie"
    )
}

pub(crate) fn only_said(command: &str) -> String {
    say!("nothing was changed; to do it: {command}", "nic nie zmieniono; aby wykonać: {command}")
}

pub(crate) fn would_drop(ticket: u64, reply: u64) -> String {
    say!(
        "ticket {ticket}, reply {reply}: would be given up; it would never reach the buyer",
        "zgłoszenie {ticket}, odpowiedź {reply}: zostałaby porzucona; nigdy nie dotrze do klienta"
    )
}

pub(crate) fn dropped(ticket: u64, reply: u64) -> String {
    say!(
        "ticket {ticket}, reply {reply}: given up; it will not reach the buyer",
        "zgłoszenie {ticket}, odpowiedź {reply}: porzucona; nie dotrze do klienta"
    )
}

pub(crate) fn ask_drop(ticket: u64, reply: u64) -> String {
    say!(
        "Reply {reply} of ticket {ticket} will never reach the buyer. Type the number of the ticket to confirm: ",
        "Odpowiedź {reply} zgłoszenia {ticket} nigdy nie dotrze do klienta. Aby potwierdzić, wpisz numer \
         zgłoszenia: "
    )
}

pub(crate) fn not_confirmed() -> String {
    say!("nothing was changed: it was not confirmed", "nic nie zmieniono: brak potwierdzenia")
}

pub(crate) fn cannot_ask() -> String {
    say!(
        "nothing was changed: there is no terminal to ask at; say --yes, or --dry-run",
        "nic nie zmieniono: nie ma terminala, na którym można zapytać; podaj --yes albo --dry-run"
    )
}

pub(crate) fn agent_told() -> String {
    say!("the ticket has a comment that says so", "w zgłoszeniu jest o tym komentarz")
}

pub(crate) fn agent_not_told(why: &str) -> String {
    say!(
        "the ticket has no comment about it: {why}; the ledger keeps the trace (empikctl explain)",
        "w zgłoszeniu nie ma o tym komentarza: {why}; ślad zostaje w rejestrze (empikctl explain)"
    )
}

pub(crate) fn parameter_unknown() -> String {
    say!(
        "it is not known yet which parameter of Thulium carries a comment",
        "nie wiadomo jeszcze, który parametr Thulium przyjmuje komentarz"
    )
}

pub(crate) fn sweep_head() -> [String; 5] {
    heads(
        ["INTEGRATION", "THREADS", "MISSING", "DOUBLED", "REPAIRED"],
        ["INTEGRACJA", "WĄTKI", "BRAKUJĄCE", "PODWÓJNE", "NAPRAWIONE"],
    )
}

pub(crate) fn sweep_waits() -> String {
    say!(
        "the poller is at work on it; waiting for its turn",
        "pracuje nad nią funkcja poller; czekam na swoją kolej"
    )
}

pub(crate) fn sweep_goes_on(threads: u64) -> String {
    say!(
        "threads looked at so far: {threads}; going on in a minute, so that the poller gets its turn",
        "sprawdzone dotąd wątki: {threads}; ciąg dalszy za minutę, by i poller miał swoją kolej"
    )
}

pub(crate) fn sweep_halted(id: &IntegrationId, days: u32, halted: &Halted) -> String {
    let again = format!("empikctl reconcile {id} --days {days}");
    match halted {
        Halted::Disabled => say!(
            "{id} is disabled, so nothing may be carried; empikctl enable {id}, then {again}",
            "{id} jest wyłączona, więc nic nie wolno przenosić; empikctl enable {id}, potem {again}"
        ),
        Halted::Held => say!(
            "the poller has been at work on {id} all the time; wait a minute, then {again}",
            "nad {id} przez cały czas pracuje funkcja poller; odczekaj minutę, potem {again}"
        ),
        Halted::Resting(side) => {
            let side = if *side == Side::Thulium { "Thulium" } else { "EmpikPlace" };
            say!(
                "{side} asked to be left alone for a while; empikctl status tells until when, then {again}",
                "{side} prosi o chwilę przerwy; empikctl status mówi, do kiedy, potem {again}"
            )
        }
        Halted::Calls => say!(
            "not everything was looked at: half of this hour's calls is used, the rest is for the ticks; \
             in an hour: {again}",
            "nie sprawdzono wszystkiego: wykorzystano połowę zapytań tej godziny, reszta jest dla obiegów; \
             za godzinę: {again}"
        ),
        Halted::Time | Halted::Done => say!(
            "not everything was looked at; run it again: {again}",
            "nie sprawdzono wszystkiego; uruchom ponownie: {again}"
        ),
        Halted::Failed(what) => {
            let what = super::one_line(what);
            say!(
                "not everything was looked at: {what}; empikctl doctor {id} tells what to mend, then {again}",
                "nie sprawdzono wszystkiego: {what}; empikctl doctor {id} powie, co naprawić, potem {again}"
            )
        }
    }
}

pub(crate) fn sweep_doubled() -> String {
    say!(
        "what stands twice stays: a person removes it in Thulium; thread and ticket are named by the lines \
         reconcile.differs of the poller's next sweep, which looks back sweep_days days (2, unless Terraform \
         was told otherwise)",
        "to, co jest podwójne, zostaje: usuwa to człowiek w Thulium; wątek i zgłoszenie podają w dzienniku \
         wiersze reconcile.differs następnego przeglądu, który sięga sweep_days dni wstecz (2, jeśli w \
         Terraform nie ustawiono inaczej)"
    )
}

pub(crate) fn sweep_lacks(count: u64) -> String {
    say!(
        "carried once, and not in the ticket any more: {count}; somebody may have removed or moved them, so \
         that nothing is written anew",
        "przeniesione i nieobecne już w zgłoszeniu: {count}; ktoś mógł je usunąć lub przenieść, więc nic nie \
         zostało zapisane ponownie"
    )
}
