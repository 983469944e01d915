//! Words of `status`, `conversations` and `explain`.

use bridge::conversation::{Act, Conversation, DeliveryState, Reason, Trouble};
use jiff::{SignedDuration, Timestamp};

use super::{Language, date, heads, say};

// ---- status ----

pub(crate) fn status_head() -> [String; 9] {
    heads(
        ["INTEGRATION", "STATE", "LAST TICK", "LAG", "BACKLOG", "PARKED", "REPLIES", "CALLS/H", "NOTE"],
        [
            "INTEGRACJA",
            "STAN",
            "OBIEG",
            "OPÓŹNIENIE",
            "W KOLEJCE",
            "ODŁOŻONE",
            "ODPOWIEDZI",
            "WYWOŁANIA/H",
            "UWAGA",
        ],
    )
}

/// The state of an integration: `ok`, `late`, `failing`, `resting`, `new`, `disabled`, `malformed`.
pub(crate) fn status_state(state: &str) -> String {
    match state {
        "ok" => say!("ok", "ok"),
        "late" => say!("LATE", "SPÓŹNIONA"),
        "failing" => say!("FAILING", "NIE DZIAŁA"),
        "resting" => say!("resting", "czeka"),
        "new" => say!("NEVER RAN", "NIE RUSZYŁA"),
        "disabled" => say!("disabled", "wyłączona"),
        _ => say!("MALFORMED", "BŁĘDNA"),
    }
}

pub(crate) fn resting_until(side: &str, until: Timestamp) -> String {
    let until = date(until);
    say!("{side} asked to be left alone until {until}", "{side} prosi o przerwę do {until}")
}

pub(crate) fn crossed_today(tickets: u64, replies: u64) -> String {
    say!("today: {tickets} tickets, {replies} replies", "dziś: zgłoszenia {tickets}, odpowiedzi {replies}")
}

/// `42 s`, `5 min`, `3 h`, `2 d`.
pub(crate) fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

// ---- conversations ----

pub(crate) fn conversations_head() -> [String; 5] {
    heads(
        ["TICKET", "THREAD", "OPENED", "STATE", "REASON"],
        ["ZGŁOSZENIE", "WĄTEK", "OTWARTO", "STAN", "POWÓD"],
    )
}

pub(crate) fn conversation_state(state: &str) -> String {
    match state {
        "parked" => say!("PARKED", "ODŁOŻONA"),
        "waiting" => say!("waiting", "czeka"),
        "opening" => say!("opening", "otwierana"),
        _ => say!("open", "w toku"),
    }
}

pub(crate) fn no_conversations(id: &str) -> String {
    say!("{id}: no conversation was carried over yet", "{id}: nie przeniesiono jeszcze żadnej rozmowy")
}

pub(crate) fn more_conversations() -> String {
    say!("there may be more; --limit lists more of them", "może być ich więcej; --limit pokaże więcej")
}

// ---- explain ----

pub(crate) fn nothing_known(what: &str) -> String {
    say!(
        "nothing is known of {what}: no thread, ticket, message or order of that name; a thread without a \
         message since the integration was enabled has no ticket",
        "nic nie wiadomo o {what}: nie ma takiego wątku, zgłoszenia, wiadomości ani zamówienia; wątek bez \
         wiadomości od włączenia integracji nie ma zgłoszenia"
    )
}

pub(crate) fn orders_need_the_secret(why: &str) -> String {
    say!(
        "orders are looked up on EmpikPlace, which needs the secret: {why}",
        "zamówienia są szukane na EmpikPlace, do czego potrzebny jest sekret: {why}"
    )
}

pub(crate) fn headline(integration: &str, thread: &str, ticket: Option<u64>) -> String {
    match ticket {
        Some(ticket) => {
            say!(
                "{integration}: thread {thread}, ticket {ticket}",
                "{integration}: wątek {thread}, zgłoszenie {ticket}"
            )
        }
        None => {
            say!(
                "{integration}: thread {thread}, no ticket yet",
                "{integration}: wątek {thread}, jeszcze bez zgłoszenia"
            )
        }
    }
}

pub(crate) fn first_seen() -> String {
    say!("the conversation was first seen by the bridge", "most zobaczył rozmowę po raz pierwszy")
}

pub(crate) fn carried(count: usize) -> String {
    match (Language::now(), count) {
        (Language::En, 1) => "1 message stands in the ticket".to_owned(),
        (Language::En, _) => format!("{count} messages stand in the ticket"),
        (Language::Pl, _) => {
            let (few, last) = (count % 100, count % 10);
            match (count, few, last) {
                (1, ..) => "w zgłoszeniu jest 1 wiadomość".to_owned(),
                (_, 12..=14, _) => format!("w zgłoszeniu jest {count} wiadomości"),
                (_, _, 2..=4) => format!("w zgłoszeniu są {count} wiadomości"),
                _ => format!("w zgłoszeniu jest {count} wiadomości"),
            }
        }
    }
}

pub(crate) fn under_way(act: &Act, attempt: u32) -> String {
    match act {
        Act::Open { .. } => say!(
            "the ticket is being opened (attempt {attempt}); without a result it is looked for first",
            "zgłoszenie jest otwierane (próba {attempt}); bez wyniku jest najpierw szukane"
        ),
        Act::Post { .. } => say!(
            "a message is being put into the ticket (attempt {attempt}); without a result it is looked for first",
            "wiadomość trafia do zgłoszenia (próba {attempt}); bez wyniku jest najpierw szukana"
        ),
        Act::Files { .. } => say!(
            "the files of a message are being brought (attempt {attempt})",
            "pliki wiadomości są przenoszone (próba {attempt})"
        ),
        Act::Orders { .. } => say!(
            "the agents are being told of a change of the order (attempt {attempt})",
            "agenci są informowani o zmianie zamówienia (próba {attempt})"
        ),
        Act::Remind { .. } => say!(
            "the agents are being reminded that an answer is due (attempt {attempt})",
            "agenci otrzymują przypomnienie o odpowiedzi (próba {attempt})"
        ),
        Act::Raise => say!(
            "the ticket is being put before the agents (attempt {attempt})",
            "zgłoszenie jest stawiane przed agentami (próba {attempt})"
        ),
    }
}

pub(crate) fn troubled(trouble: &Trouble) -> String {
    let (reason, attempts) = (&trouble.reason, trouble.attempts);
    match trouble.due {
        Some(due) => {
            let due = date(due);
            say!(
                "it waits: {reason} (failed attempts: {attempts}), the next one at {due}",
                "czeka: {reason}, nieudane próby: {attempts}, następna {due}"
            )
        }
        None => say!(
            "it is parked: {reason} (failed attempts: {attempts})",
            "jest odłożona: {reason}, nieudane próby: {attempts}"
        ),
    }
}

pub(crate) fn reply_state(state: DeliveryState, reply: u64, attempt: u32, due: Option<Timestamp>) -> String {
    let due = due.map(date).unwrap_or_else(|| "-".to_owned());
    match state {
        DeliveryState::Queued => say!(
            "reply {reply} waits until {due} (attempts so far: {attempt})",
            "odpowiedź {reply} czeka do {due} (dotychczasowe próby: {attempt})"
        ),
        DeliveryState::Sending => say!(
            "reply {reply} is being sent (attempt {attempt}); without a result it is looked for in the thread",
            "odpowiedź {reply} jest wysyłana (próba {attempt}); bez wyniku jest szukana w wątku"
        ),
        DeliveryState::Refused => say!(
            "reply {reply} cannot be delivered; the agent is being told",
            "odpowiedzi {reply} nie da się dostarczyć; agent dostaje informację"
        ),
        DeliveryState::Held => say!(
            "reply {reply} is held back until the agent decides",
            "odpowiedź {reply} jest wstrzymana do decyzji agenta"
        ),
        DeliveryState::Delivered => say!(
            "reply {reply} is on EmpikPlace (attempt {attempt})",
            "odpowiedź {reply} jest na EmpikPlace (próba {attempt})"
        ),
        DeliveryState::Parked => say!(
            "reply {reply} was parked (attempts: {attempt})",
            "odpowiedź {reply} została odłożona (próby: {attempt})"
        ),
        DeliveryState::Dropped => {
            say!("reply {reply} was given up by a person", "z odpowiedzi {reply} zrezygnował człowiek")
        }
        DeliveryState::Skipped => say!(
            "reply {reply} was automatic, or an instruction to the bridge, and did not go out",
            "odpowiedź {reply} była automatyczna albo była poleceniem dla mostu i nie została wysłana"
        ),
    }
}

/// Who wrote a message of the thread.
pub(crate) fn author(kind: &str) -> String {
    match kind {
        "buyer" => say!("buyer", "klient"),
        "shop" => say!("shop", "sklep"),
        "operator" => say!("Empik", "Empik"),
        _ => say!("somebody", "ktoś"),
    }
}

pub(crate) fn wrote(author: &str, marker: &str, files: usize, became: &str) -> String {
    let files = match files {
        0 => String::new(),
        _ => say!(", files: {files}", ", pliki: {files}"),
    };
    say!("{author} wrote {marker}{files}: {became}", "{author}: wiadomość {marker}{files}: {became}")
}

/// What a message of the thread became.
pub(crate) fn became(kind: &str) -> String {
    match kind {
        "ticket" => say!("stands in the ticket", "jest w zgłoszeniu"),
        "reply" => say!("our own reply, as delivered", "nasza odpowiedź, dostarczona"),
        "before" => say!("from before the integration was enabled", "sprzed włączenia integracji"),
        _ => say!("NOT in the ticket", "NIE MA jej w zgłoszeniu"),
    }
}

/// What an entry of the ticket is.
pub(crate) fn entry(kind: &str, id: u64, login: &str) -> String {
    match kind {
        "REPLY" if login.is_empty() => {
            say!("ticket: automatic reply {id}", "zgłoszenie: automatyczna odpowiedź {id}")
        }
        "REPLY" => say!("ticket: reply {id} of an agent", "zgłoszenie: odpowiedź agenta {id}"),
        "MAIL" => say!("ticket: message {id} of the customer", "zgłoszenie: wiadomość klienta {id}"),
        _ => say!("ticket: comment {id}", "zgłoszenie: komentarz {id}"),
    }
}

pub(crate) fn live_failed(what: &str) -> String {
    say!("it could not be read live: {what}", "nie udało się odczytać na żywo: {what}")
}

/// Who waits for whom, or what a person should do: one sentence.
pub(crate) fn outlook(
    conversation: &Conversation,
    parked: Option<Reason>,
    open: bool,
    last: Option<&str>,
) -> String {
    if let Some(trouble) = conversation.trouble.as_ref().filter(|trouble| trouble.due.is_none()) {
        return conversation_advice(&trouble.reason);
    }
    if let Some(reason) = parked {
        return advice(reason);
    }
    if open || conversation.trouble.is_some() || conversation.intent.is_some() {
        return say!("the bridge works on it by itself", "most zajmuje się tym sam");
    }
    match last {
        Some("buyer") => say!("the buyer waits for an agent", "klient czeka na agenta"),
        Some("operator") => say!("Empik waits for an agent", "Empik czeka na agenta"),
        Some(_) => say!("the shop has answered; nobody waits", "sklep odpowiedział; nikt nie czeka"),
        None => say!("nothing is left to do for the bridge", "most nie ma tu nic do zrobienia"),
    }
}

/// What a person should do about a parked reply: one sentence.
pub(crate) fn advice(reason: Reason) -> String {
    match reason {
        Reason::TooShort => say!(
            "write a reply of at least 3 characters in the ticket, then drop this one",
            "napisz w zgłoszeniu odpowiedź o co najmniej 3 znakach, a tę usuń poleceniem drop"
        ),
        Reason::TooLong => say!(
            "write the reply again in parts below 50,000 characters, then drop this one",
            "napisz odpowiedź ponownie w częściach poniżej 50 000 znaków, a tę usuń poleceniem drop"
        ),
        Reason::NoRecipient => say!(
            "EmpikPlace lets nobody be written to in this thread any more: reach the buyer through the order in \
             the EmpikPlace panel, then drop the reply",
            "EmpikPlace nie pozwala już pisać do nikogo w tym wątku: skontaktuj się z klientem przez zamówienie \
             w panelu EmpikPlace, potem usuń odpowiedź poleceniem drop"
        ),
        Reason::NotParticipant => say!(
            "the agent named a recipient in the first line who takes no part in the thread: write the reply without \
             that line, then drop this one",
            "agent wskazał w pierwszej linii odbiorcę, który nie bierze udziału w wątku: napisz odpowiedź bez tej \
             linii, a tę usuń poleceniem drop"
        ),
        Reason::Instruction | Reason::NothingHeld => say!(
            "its first line was meant for the bridge: write the reply without it, then drop this one",
            "jej pierwsza linia była poleceniem dla mostu: napisz odpowiedź bez niej, a tę usuń poleceniem drop"
        ),
        Reason::Stale => say!(
            "the buyer wrote meanwhile, and the agent is asked in the ticket: leave it to the agent, or retry to \
             send it as it is",
            "klient napisał w międzyczasie, agent dostał pytanie w zgłoszeniu: zostaw mu decyzję albo wyślij ją bez \
             zmian poleceniem retry"
        ),
        Reason::Refused => say!(
            "read EmpikPlace's reason in the ticket's comment, write the reply anew without what it names, then \
             drop this one",
            "przeczytaj w komentarzu zgłoszenia powód podany przez EmpikPlace, napisz odpowiedź bez tego, co \
             wskazuje, a tę usuń poleceniem drop"
        ),
        Reason::ThreadGone => say!(
            "the thread is gone from EmpikPlace: write through the order in the EmpikPlace panel, then drop the \
             reply",
            "wątku nie ma już na EmpikPlace: napisz przez zamówienie w panelu EmpikPlace, potem usuń odpowiedź \
             poleceniem drop"
        ),
        Reason::TicketGone => say!(
            "the ticket or the reply was deleted in Thulium: answer in the EmpikPlace panel if the buyer still \
             waits, then drop the reply",
            "zgłoszenie lub odpowiedź usunięto w Thulium: jeśli klient nadal czeka, odpowiedz w panelu \
             EmpikPlace, potem usuń odpowiedź poleceniem drop"
        ),
        Reason::Unclear => say!(
            "look at the thread in the EmpikPlace panel: if the reply stands there drop it, otherwise retry it",
            "zajrzyj do wątku w panelu EmpikPlace: jeśli odpowiedź tam jest, usuń ją poleceniem drop, w \
             przeciwnym razie ponów poleceniem retry"
        ),
        Reason::Exhausted => say!(
            "EmpikPlace did not take it for about a day: run doctor, mend what it finds, then retry the reply",
            "EmpikPlace nie przyjmował jej przez około dobę: uruchom doctor, napraw, co znajdzie, potem ponów \
             odpowiedź poleceniem retry"
        ),
        Reason::Automatic => say!(
            "an automatic reply that was held back: drop it, there is nothing to do",
            "wstrzymana odpowiedź automatyczna: usuń ją poleceniem drop, nie trzeba nic robić"
        ),
    }
}

/// What a person should do about a parked conversation: one sentence. The reason begins with the
/// class of the failure and the side.
pub(crate) fn conversation_advice(reason: &str) -> String {
    let mut words = reason.split_whitespace();
    match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        ("permanent", "thulium") => say!(
            "Thulium refuses it: run doctor, correct the mailbox, queue, category or field that it names, then \
             retry",
            "Thulium odmawia: uruchom doctor, popraw wskazaną skrzynkę, kolejkę, kategorię lub pole, potem retry"
        ),
        ("permanent", _) => say!(
            "EmpikPlace refuses it: open the thread in the EmpikPlace panel and answer there if it is still \
             there, or retry",
            "EmpikPlace odmawia: otwórz wątek w panelu EmpikPlace i odpowiedz tam, jeśli jeszcze istnieje, albo \
             retry"
        ),
        ("rejected", _) => say!(
            "the credentials or rights were refused: run doctor, mend what it finds, then retry",
            "dane logowania lub uprawnienia zostały odrzucone: uruchom doctor, napraw, co znajdzie, potem retry"
        ),
        ("unknown", _) => say!(
            "look in Thulium for a ticket of this thread: if there is one answer the buyer there, otherwise retry",
            "poszukaj w Thulium zgłoszenia tego wątku: jeśli jest, odpowiedz w nim, w przeciwnym razie retry"
        ),
        _ => say!(
            "it failed for about a day: run doctor, mend what it finds, then retry",
            "nie udawało się przez około dobę: uruchom doctor, napraw, co znajdzie, potem retry"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::speaking;

    #[tokio::test]
    async fn every_kind_of_parked_thing_has_one_sentence_of_advice() {
        let conversations = [
            "permanent thulium POST tickets",
            "permanent empikplace M10",
            "rejected thulium GET tickets",
            "unknown thulium POST tickets",
            "retry empikplace M10",
        ];
        for (name, language) in [("en", Language::En), ("pl", Language::Pl)] {
            let text = speaking(language, async {
                let replies = Reason::ALL.iter().map(|r| format!("{}: {}", r.as_str(), advice(*r)));
                let others = conversations.iter().map(|r| format!("{r}: {}", conversation_advice(r)));
                replies.chain(others).collect::<Vec<_>>().join("\n")
            })
            .await;
            assert!(text.lines().all(|line| !line.contains("  ")), "{text}");
            insta::assert_snapshot!(format!("advice_{name}"), text);
        }
    }

    #[tokio::test]
    async fn counts_of_messages_are_right_in_polish() {
        let all = speaking(Language::Pl, async { [1, 2, 5, 12, 22, 112].map(carried) }).await;
        assert_eq!(all[0], "w zgłoszeniu jest 1 wiadomość");
        assert_eq!(all[1], "w zgłoszeniu są 2 wiadomości");
        assert_eq!(all[4], "w zgłoszeniu są 22 wiadomości");
        assert_eq!(all[5], "w zgłoszeniu jest 112 wiadomości");
    }

    #[test]
    fn spans_have_one_unit() {
        let of = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!([of(-3), of(42), of(600), of(7200), of(400_000)], ["0 s", "42 s", "10 min", "2 h", "4 d"]);
    }
}
