//! Every word that the page says, in Polish and English.

use bridge::conversation::{DeliveryState, Reason};
use twins::Author;

use super::at::Pane;
use super::faults::Switch;
use super::feed::Moment;
use super::view::Voice;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Polish.
    Pl,
    /// English.
    En,
}

impl Language {
    pub(crate) const ALL: [Language; 2] = [Language::Pl, Language::En];

    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Language::Pl => "pl",
            Language::En => "en",
        }
    }

    /// Its own name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Language::Pl => "Polski",
            Language::En => "English",
        }
    }

    /// The language of this code.
    pub(crate) fn named(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.as_str() == code)
    }

    /// The one that a browser likes best (`Accept-Language`); English for those who know neither.
    pub(crate) fn liked(header: &str) -> Language {
        let mut liked: Vec<(f32, Language)> = header
            .split(',')
            .filter_map(|part| {
                let mut pieces = part.trim().split(';');
                let code = pieces.next()?.split('-').next()?.to_ascii_lowercase();
                let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse().ok());
                Some((weight.unwrap_or(1.0), Language::named(&code)?))
            })
            .collect();
        // Stable: of two that are liked equally, the first.
        liked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        liked.first().filter(|(weight, _)| *weight > 0.0).map_or(Language::En, |(_, language)| *language)
    }
}

/// The words in a language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(Language);

macro_rules! words {
    ($($name:ident: $pl:literal, $en:literal;)*) => {
        impl Words {
            $(pub(crate) fn $name(self) -> &'static str { self.say($pl, $en) })*

            /// All words without a parameter, by name.
            #[cfg(test)]
            fn all(self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name())),*]
            }
        }
    };
}

words! {
    skip: "Przejdź do treści", "Skip to the content";
    language_label: "Język", "Language";
    columns_label: "Kolumny", "Columns";

    lost: "zgubione", "lost";
    doubled: "podwojone", "doubled";
    leaked: "wyciekło", "leaked";
    garbled: "zniekształcone", "garbled";
    verdict_help: "Liczy niezależny sprawdzacz, który porównuje oba systemy i nic nie wie o moście.",
        "Counted by an independent checker that compares both systems and knows nothing of the bridge.";

    threads: "Rozmowy", "Conversations";
    new_thread: "Nowa rozmowa", "New conversation";
    new_thread_title: "Nowa rozmowa kupującego", "A buyer's new conversation";
    no_threads: "Nikt jeszcze nie napisał.", "Nobody has written yet.";
    no_threads_hint: "Zacznij nową rozmowę jako kupujący – po chwili stanie się zgłoszeniem po prawej.",
        "Start a conversation as a buyer: in a moment it becomes a ticket on the right.";
    unread: "nowe", "new";
    awaits: "czeka", "waiting";
    awaits_help: "Sklep jest winien odpowiedź", "The shop owes an answer";
    messages: "Wiadomości", "Messages";
    shop_only: "tylko do sklepu", "to the shop only";
    waits_for_bridge: "czeka na most", "waits for the bridge";
    write_as: "Piszesz jako", "Write as";
    as_buyer: "kupujący", "buyer";
    as_operator: "Empik", "Empik";
    as_colleague: "panel sklepu", "shop's panel";
    operator_private: "operator pisze tylko do sklepu", "the operator writes to the shop only";
    message_text: "Treść wiadomości", "Message";
    attach: "Pliki", "Files";
    send: "Wyślij", "Send";
    about: "Czego dotyczy", "About";
    orders: "Zamówienia", "Orders";
    offers: "Oferty", "Offers";
    about_nothing: "niczego konkretnego", "nothing in particular";
    buyer_name: "Imię i nazwisko kupującego", "Buyer's name";
    buyer_hint: "Przy zamówieniu puste pole oznacza tego, kto je złożył.",
        "With an order, an empty field means whoever placed it.";
    topic: "Temat", "Topic";
    topic_default: "Pytanie o zamówienie", "Question about the order";
    open_thread: "Zacznij rozmowę", "Start the conversation";

    tickets: "Zgłoszenia", "Tickets";
    no_tickets: "Nie ma jeszcze zgłoszeń.", "No tickets yet.";
    no_tickets_hint: "Most otworzy je, gdy napisze kupujący.", "The bridge opens them when a buyer writes.";
    none_pass: "Żadne zgłoszenie nie pasuje do filtrów.", "No ticket passes the filters.";
    show_all: "Pokaż wszystkie", "Show all";
    filters: "Filtry", "Filters";
    queue: "Kolejka", "Queue";
    category: "Kategoria", "Category";
    status: "Status", "Status";
    tag: "Tag", "Tag";
    source: "Źródło", "Source";
    any: "wszystkie", "all";
    apply: "Pokaż", "Show";
    close: "Zamknij", "Close";
    reopen: "Otwórz ponownie", "Reopen";
    details: "Szczegóły zgłoszenia", "Ticket details";
    customer: "Klient", "Customer";
    no_customer: "bez klienta w CRM", "no CRM customer";
    order: "Zamówienie", "Order";
    products: "Produkty", "Products";
    total: "razem", "total";
    offer: "Oferta", "Offer";
    links: "Odnośniki", "Links";
    open_in_empikplace: "rozmowa w EmpikPlace", "conversation on EmpikPlace";
    fields: "Pola zgłoszenia", "Ticket fields";
    what_to_write: "Piszesz", "Write";
    reply: "odpowiedź", "reply";
    internal_comment: "komentarz wewnętrzny", "internal comment";
    agent: "Agent", "Agent";
    format: "Forma", "Form";
    as_text: "tekst", "text";

    tick: "Sprawdź teraz", "Check now";
    tick_help: "Następny obieg zaczyna się od razu", "The next tick begins at once";
    wait: "+1 min", "+1 min";
    wait_help: "Przesuwa zegar obu systemów o minutę, żeby nie czekać na ponowienia",
        "Moves the clock of both systems on by a minute, to shorten the wait for retries";
    ledger_broken: "Nie można odczytać bazy mostu", "The bridge's database cannot be read";
    starting: "Most rusza", "The bridge is starting";
    tick_failed: "Ostatni obieg się nie udał", "The last tick failed";
    tick_skipped: "Most czeka", "The bridge is waiting";
    works: "Most pracuje", "The bridge is at work";
    at_rest: "Wszystko przeniesione", "Everything is across";
    cursor_empikplace: "EmpikPlace do godziny", "EmpikPlace read up to";
    cursor_thulium: "Thulium do godziny", "Thulium read up to";
    lag: "Opóźnienie", "Lag";
    lag_help: "Czas od ostatniego obiegu, po którym nic nie zostało",
        "Time since the last tick that left nothing undone";
    backlog: "Rozmowy w kolejce", "Backlog";
    budget: "Zapytania", "Calls";
    budget_help: "Ile zapytań do EmpikPlace zostało z godzinnego limitu mostu",
        "How many calls to EmpikPlace are left of the bridge's hourly budget";
    since: "od", "since";
    what_happens: "Co się dzieje", "What happens";
    nothing_happened: "Jeszcze nic się nie wydarzyło. Napisz coś po lewej albo po prawej.",
        "Nothing has happened yet. Write something on the left or on the right.";
    nothing_waits: "Nic nie czeka i nic nie odłożono.", "Nothing waits, nothing was set aside.";
    parked: "Odłożone", "Set aside";
    waiting: "W drodze", "On the way";
    conversation: "nowa rozmowa", "a new conversation";
    retry: "Ponów", "Try again";
    again_at: "następna próba", "next attempt";
    not_seen_yet: "most jeszcze jej nie widział", "not seen by the bridge yet";
    break_it: "Zepsuj coś", "Break something";

    refused_empty: "Wiadomość jest pusta: napisz coś albo dołącz plik.",
        "The message is empty: write something or attach a file.";
    refused_long: "Wiadomość jest za długa: najwyżej 60 000 znaków.",
        "The message is too long: 60,000 characters at most.";
    refused_files: "Za dużo plików albo za duże: najwyżej 10, razem 8 MB.",
        "Too many files or too large: 10 at most, 8 MB in all.";
    refused_form: "Tego formularza nie można odczytać. Odśwież stronę i spróbuj jeszcze raz.",
        "This form cannot be read. Reload the page and try again.";
    refused_gone: "Tego już tu nie ma. Odśwież stronę.", "That is not here any more. Reload the page.";
    refused_not_parked: "To nie jest już odłożone.", "That is not set aside any more.";
    refused_busy: "Most właśnie przy tym pracuje. Spróbuj za chwilę.",
        "The bridge is working on that right now. Try again in a moment.";
    refused_ledger: "Nie można zapisać w bazie mostu.", "The bridge's database cannot be written.";
}

/// The Polish form that goes with a number.
fn polish(number: usize, one: &'static str, few: &'static str, many: &'static str) -> &'static str {
    match (number, number % 10, number % 100) {
        (1, _, _) => one,
        (_, 2..=4, tens) if !(12..=14).contains(&tens) => few,
        _ => many,
    }
}

impl Words {
    pub(crate) fn new(language: Language) -> Words {
        Words(language)
    }

    pub(crate) fn language(self) -> Language {
        self.0
    }

    fn say(self, pl: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Pl => pl,
            Language::En => en,
        }
    }

    fn tell(self, pl: String, en: String) -> String {
        match self.0 {
            Language::Pl => pl,
            Language::En => en,
        }
    }

    pub(crate) fn pane(self, pane: Pane) -> &'static str {
        match pane {
            Pane::Empikplace => "EmpikPlace",
            Pane::Bridge => self.say("Most", "The bridge"),
            Pane::Thulium => "Thulium",
        }
    }

    pub(crate) fn carried(self, count: usize) -> String {
        self.tell(
            format!("{count} {}", polish(count, "przeniesiona", "przeniesione", "przeniesionych")),
            format!("{count} carried"),
        )
    }

    pub(crate) fn under_way(self, count: usize) -> String {
        self.tell(format!("{count} w drodze"), format!("{count} on the way"))
    }

    /// A reason that is known by its code only.
    pub(crate) fn topic_code(self, code: &str) -> String {
        self.tell(format!("powód {code}"), format!("reason {code}"))
    }

    pub(crate) fn in_ticket(self, ticket: u64) -> String {
        self.tell(format!("w zgłoszeniu {ticket}"), format!("in ticket {ticket}"))
    }

    /// Who wrote a message of a thread.
    pub(crate) fn author(self, author: Author) -> &'static str {
        match author {
            Author::Customer => self.say("Kupujący", "Buyer"),
            Author::Operator => self.say("Operator", "Operator"),
            Author::Shop => self.say("Sklep, z panelu", "Shop, from the panel"),
            Author::Api => self.say("Sklep, z Thulium", "Shop, from Thulium"),
        }
    }

    /// Who speaks in a ticket.
    pub(crate) fn voice(self, voice: Voice) -> &'static str {
        match voice {
            Voice::Buyer => self.say("Kupujący", "Buyer"),
            Voice::Operator => self.say("Operator", "Operator"),
            Voice::Panel => self.say("Panel EmpikPlace", "EmpikPlace panel"),
            Voice::Agent => self.say("Agent", "Agent"),
            Voice::Automatic => self.say("Odpowiedź automatyczna", "Automatic reply"),
            Voice::Comment => self.say("Komentarz wewnętrzny", "Internal comment"),
            Voice::Bridge => self.say("Most, do agentów", "The bridge, to agents"),
            Voice::System => "Thulium",
            Voice::Email => self.say("E-mail", "E-mail"),
        }
    }

    pub(crate) fn delivery(self, state: DeliveryState) -> &'static str {
        match state {
            DeliveryState::Queued => self.say("w kolejce", "queued"),
            DeliveryState::Sending => self.say("wysyłana", "being sent"),
            DeliveryState::Refused => self.say("nie można doręczyć", "cannot be delivered"),
            DeliveryState::Held => self.say("wstrzymana do decyzji agenta", "held until the agent decides"),
            DeliveryState::Delivered => self.say("doręczona do EmpikPlace", "delivered to EmpikPlace"),
            DeliveryState::Parked => self.say("odłożona", "set aside"),
            DeliveryState::Dropped => self.say("porzucona", "given up"),
            DeliveryState::Skipped => self.say("nie wychodzi", "not sent out"),
        }
    }

    /// Why a reply is not delivered.
    pub(crate) fn reason(self, reason: Reason) -> &'static str {
        match reason {
            Reason::TooShort => self.say("za krótka", "too short"),
            Reason::TooLong => self.say("za długa", "too long"),
            Reason::NoRecipient => self.say("nie ma do kogo jej wysłać", "nobody to send it to"),
            Reason::NotParticipant => {
                self.say("wskazany odbiorca nie bierze udziału", "the recipient named takes no part")
            }
            Reason::Instruction => self.say("polecenie dla mostu", "an instruction to the bridge"),
            Reason::NothingHeld => self.say("nie ma czego zwolnić", "nothing is held back"),
            Reason::Stale => self.say("klient napisał w międzyczasie", "the buyer wrote meanwhile"),
            Reason::Refused => self.say("EmpikPlace jej nie przyjął", "EmpikPlace refused it"),
            Reason::ThreadGone => self.say("rozmowy już nie ma", "the conversation is gone"),
            Reason::TicketGone => self.say("zgłoszenia już nie ma", "the ticket is gone"),
            Reason::Unclear => self.say("nie wiadomo, czy dotarła", "it may have arrived"),
            Reason::Exhausted => self.say("próbowano zbyt długo", "tried for too long"),
            Reason::Automatic => self.say("automatyczna", "automatic"),
        }
    }

    /// Why a conversation waits: the ledger's words, class, side and operation.
    pub(crate) fn trouble(self, reason: &str) -> String {
        let mut parts = reason.splitn(3, ' ');
        let class = match parts.next().unwrap_or_default() {
            "retry" => self.say("nie udało się", "it failed"),
            "wait" => self.say("kazano czekać", "asked to wait"),
            "rejected" => self.say("brak uprawnień", "no rights"),
            "permanent" => self.say("odmowa na stałe", "refused for good"),
            "unknown" => self.say("nie wiadomo, czy doszło", "it may have arrived"),
            other => return other.to_owned(),
        };
        let side = self.side(parts.next().unwrap_or_default());
        let operation = parts.next().unwrap_or_default();
        format!("{side}: {class} ({operation})")
    }

    fn side(self, side: &str) -> &str {
        match side {
            "empikplace" => "EmpikPlace",
            "thulium" => "Thulium",
            "ledger" => self.say("baza mostu", "the bridge's database"),
            other => other,
        }
    }

    pub(crate) fn attempt(self, number: u32) -> String {
        self.tell(format!("próba {number}"), format!("attempt {number}"))
    }

    pub(crate) fn reply_of(self, ticket: u64) -> String {
        self.tell(format!("odpowiedź, zgłoszenie {ticket}"), format!("reply of ticket {ticket}"))
    }

    pub(crate) fn conversation_of(self, ticket: u64) -> String {
        self.tell(format!("rozmowa, zgłoszenie {ticket}"), format!("conversation of ticket {ticket}"))
    }

    pub(crate) fn pulse(self, ticks: usize, worked: usize, failed: usize) -> String {
        self.tell(
            format!("Ostatnie obiegi: {ticks}, z czego {worked} coś przeniosło, {failed} się nie udało"),
            format!("The last {ticks} ticks: {worked} carried something, {failed} failed"),
        )
    }

    /// Why a tick was skipped or failed. What the engine says in English only is passed on.
    pub(crate) fn tick_reason(self, reason: &str) -> String {
        let Language::Pl = self.0 else {
            return reason.to_owned();
        };
        match reason {
            "another tick is at work" => {
                "dzierżawę trzyma jeszcze inny obieg – wygaśnie sama, najpóźniej po dwóch i pół minuty".into()
            }
            "the process was killed" => "proces zabito".into(),
            _ => {
                match (reason.strip_suffix(" asked to be left alone for a while"), reason.split_once(": ")) {
                    (Some(side), _) => format!("{} prosi o przerwę", self.side(&side.to_lowercase())),
                    (None, Some((call, "gave no answer"))) => format!("{call}: brak odpowiedzi"),
                    (None, Some((call, "could not be reached"))) => format!("{call}: brak połączenia"),
                    (None, Some((call, answered))) => {
                        format!("{call}: {}", answered.replacen("answered", "odpowiedź", 1))
                    }
                    (None, None) => reason.to_owned(),
                }
            }
        }
    }

    /// A switch: its name, and what it does.
    pub(crate) fn switch(self, switch: Switch) -> (&'static str, &'static str) {
        match switch {
            Switch::EmpikFails => (
                self.say("EmpikPlace 500", "EmpikPlace 500"),
                self.say(
                    "EmpikPlace odpowiada błędem na wszystko",
                    "EmpikPlace answers everything with an error",
                ),
            ),
            Switch::ThuliumDown => (
                self.say("Thulium nie działa", "Thulium down"),
                self.say("Thulium nie przyjmuje połączeń", "Thulium takes no connections"),
            ),
            Switch::LostAnswers => (
                self.say("Giną odpowiedzi", "Lost answers"),
                self.say(
                    "Zapisy dochodzą, ale most nie dostaje odpowiedzi i musi sprawdzić, co się stało",
                    "Writes arrive, but the bridge gets no answer and has to look what happened",
                ),
            ),
            Switch::RateLimit => (
                self.say("Limit zapytań", "Rate limit"),
                self.say(
                    "EmpikPlace odpowiada 429 i prosi o 30 s przerwy",
                    "EmpikPlace answers 429 and asks for 30 s",
                ),
            ),
        }
    }

    /// The switch that kills the process: its name, and what it does.
    pub(crate) fn kill(self) -> (&'static str, &'static str) {
        (
            self.say("Zabij przy zapisie", "Kill at a write"),
            self.say(
                "Proces mostu ginie w połowie najbliższego zapisu: druga strona już go wykonała, most jeszcze o tym nie wie",
                "The bridge's process dies in the middle of its next write: the other side has done it, the bridge does not know",
            ),
        )
    }

    /// What happened; `None`: nothing that a person wants to read.
    pub(crate) fn moment(self, moment: &Moment) -> Option<String> {
        let words = match moment.event.as_str() {
            "message.in" => match moment.get("author") {
                "buyer" => self.say("wiadomość kupującego", "a buyer's message"),
                "shop" => self.say("wiadomość z panelu, jako komentarz", "a panel message, as a comment"),
                _ => self.say("wiadomość operatora", "an operator's message"),
            },
            "ticket.opened" => self.say("nowe zgłoszenie", "a new ticket"),
            "customer.created" => self.say("kupujący jest w CRM", "the buyer is in the CRM"),
            "file.missing" => self.say(
                "pliku nie udało się skopiować; agent to wie",
                "a file could not be copied; the agent is told",
            ),
            "reply.out" => {
                let words = self.say("odpowiedź doręczona", "an agent's reply delivered");
                return Some(match moment.get("attempt").parse() {
                    Ok(attempt) if attempt > 1 => format!("{words} ({})", self.attempt(attempt)),
                    _ => words.to_owned(),
                });
            }
            "reply.parked" => {
                self.say("odpowiedź odłożona; agent to wie", "a reply set aside; the agent is told")
            }
            "conversation.parked" => self.say("rozmowa odłożona", "a conversation set aside"),
            "process.killed" => self
                .say("proces mostu zabity, rusza nowy", "the bridge's process was killed, a new one begins"),
            "process.gone" => self.say("proces mostu zabity", "the bridge's process was killed"),
            "parked.retried" => self.say("odłożone rusza ponownie", "set going again by hand"),
            "clock.moved" => self.say("zegar przesunięty o minutę", "the clock moved on by a minute"),
            "failure" => {
                let trouble = match moment.get("class") {
                    "retry" => self.say("nie działa", "does not work"),
                    "wait" => self.say("prosi o przerwę", "asks for a pause"),
                    "rejected" => self.say("odmawia dostępu", "denies access"),
                    "permanent" => self.say("odmawia na stałe", "refuses for good"),
                    "unknown" => {
                        self.say("nie odpowiedział; most sprawdzi", "did not answer; the bridge will look")
                    }
                    other => return Some(other.to_owned()),
                };
                return Some(format!("{} {trouble}", self.side(moment.get("side"))));
            }
            _ => return moment.bad.then(|| moment.get("message").to_owned()),
        };
        Some(words.to_owned())
    }

    /// The state of an order.
    pub(crate) fn order_state(self, state: &str) -> &str {
        match state {
            "WAITING_ACCEPTANCE" => self.say("czeka na przyjęcie", "waits for acceptance"),
            "SHIPPING" => self.say("do wysłania", "to be shipped"),
            "SHIPPED" => self.say("wysłane", "shipped"),
            "RECEIVED" => self.say("odebrane", "received"),
            "CLOSED" => self.say("zamknięte", "closed"),
            "CANCELED" => self.say("anulowane", "cancelled"),
            "REFUSED" => self.say("odrzucone", "refused"),
            other => other,
        }
    }

    /// Why a twin did not take an act; its own words are English.
    pub(crate) fn refused(self, why: &str) -> String {
        self.tell(format!("Nie przyjęto: {why}"), format!("Not taken: {why}"))
    }
}

#[cfg(test)]
mod tests;
