//! The help texts of the command line.

use clap::builder::{Str, StyledStr};

use super::Language;

/// A text in both languages. It becomes one of them where the command line is built, which is in the
/// language of the run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    en: &'static str,
    pl: &'static str,
}

const fn text(en: &'static str, pl: &'static str) -> Text {
    Text { en, pl }
}

impl Text {
    pub(crate) fn now(self) -> &'static str {
        match Language::now() {
            Language::En => self.en,
            Language::Pl => self.pl,
        }
    }
}

impl From<Text> for StyledStr {
    fn from(text: Text) -> StyledStr {
        text.now().into()
    }
}

impl From<Text> for Str {
    fn from(text: Text) -> Str {
        text.now().into()
    }
}

pub(crate) const EMPIKCTL: Text = text(
    "Sets up and watches integrations of EmpikPlace with Thulium",
    "Zakłada i dogląda integracji EmpikPlace z Thulium",
);
pub(crate) const AFTER: Text = text(
    "\
Exit codes:
  0  done, and nothing to look at
  1  failed, or a settings file has problems
  2  the command line is wrong, or a variable that it needs is not set
  3  done, and found something to look at: a malformed row, a secret that is missing or not complete,
     a table that is missing or different, something parked, what doctor finds, an integration that is
     late, failing or never ran

AWS is found by the usual variables: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and so on.

A first integration, by questions: empikctl setup. The same without questions:
  empikctl template shop-a > shop-a.toml     then fill it in
  empikctl check -f shop-a.toml
  empikctl apply -f shop-a.toml
  empikctl secrets set shop-a --generate-callback
  empikctl list",
    "\
Kody wyjścia:
  0  zrobione i nie ma czego oglądać
  1  nie udało się albo plik ustawień zawiera błędy
  2  wiersz polecenia jest błędny albo brakuje potrzebnej zmiennej
  3  zrobione, ale jest coś do obejrzenia: błędny wpis, sekret, którego brak lub który jest
     niekompletny, tabela, której brak lub która jest inna, coś odłożonego, wyniki doctor, integracja,
     która się spóźnia, zawodzi lub nigdy nie działała

AWS odnajdywany jest przez zwykłe zmienne: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL itd.

Pierwsza integracja, krok po kroku: empikctl setup. To samo bez pytań:
  empikctl template sklep-a > sklep-a.toml     potem go uzupełnij
  empikctl check -f sklep-a.toml
  empikctl apply -f sklep-a.toml
  empikctl secrets set sklep-a --generate-callback
  empikctl list",
);
pub(crate) const GLOBAL: Text = text("Everywhere", "Wszędzie");
pub(crate) const HELP: Text = text("Print help", "Pokaż pomoc");
pub(crate) const VERSION: Text = text("Print version", "Pokaż wersję");

// ---- kinds of values ----

pub(crate) const NAME: Text = text("NAME", "NAZWA");
pub(crate) const PREFIX: Text = text("PREFIX", "PRZEDROSTEK");
pub(crate) const NUMBER: Text = text("NUMBER", "LICZBA");
pub(crate) const SECONDS: Text = text("SECONDS", "SEKUNDY");
pub(crate) const A_FILE: Text = text("FILE", "PLIK");
pub(crate) const A_LANGUAGE: Text = text("LANGUAGE", "JĘZYK");
pub(crate) const A_LEVEL: Text = text("LEVEL", "POZIOM");
pub(crate) const A_TIME: Text = text("TIME", "CZAS");
pub(crate) const AN_INTEGRATION: Text = text("INTEGRATION", "INTEGRACJA");
pub(crate) const A_THREAD: Text = text("THREAD", "WĄTEK");
pub(crate) const A_TICKET: Text = text("TICKET", "ZGŁOSZENIE");
pub(crate) const A_REPLY: Text = text("REPLY", "ODPOWIEDŹ");
pub(crate) const A_SHELL: Text = text("SHELL", "POWŁOKA");
pub(crate) const SOMETHING: Text = text("WHAT", "CO");

// ---- everywhere ----

pub(crate) const JSON: Text =
    text("Write one JSON document to standard output", "Wypisz jeden dokument JSON na standardowe wyjście");
pub(crate) const LOCAL: Text = text(
    "Speak to the bridge that `make run` has started on this machine, instead of AWS",
    "Łącz się z mostem, który `make run` uruchomił na tym komputerze, zamiast z AWS",
);
pub(crate) const LANGUAGE: Text = text(
    "Language of what is shown; by default the one of LC_ALL, LC_MESSAGES or LANG",
    "Język komunikatów; domyślnie z LC_ALL, LC_MESSAGES lub LANG",
);
pub(crate) const INTEGRATIONS_TABLE: Text =
    text("DynamoDB table of integrations", "Tabela DynamoDB z integracjami");
pub(crate) const CONVERSATIONS_TABLE: Text =
    text("DynamoDB table of conversations", "Tabela DynamoDB z rozmowami");
pub(crate) const SECRETS_PREFIX: Text = text(
    "What stands before the integration's id in the name of its secret",
    "To, co w nazwie sekretu stoi przed nazwą integracji",
);
pub(crate) const ID: Text = text("The integration, such as shop-a", "Integracja, na przykład sklep-a");
pub(crate) const CALLBACK_URL: Text = text(
    "Base URL of the callback, as terraform output shows it",
    "Bazowy adres callbacku, taki jak podaje terraform output",
);
pub(crate) const TICKET: Text = text("The ticket", "Zgłoszenie");
pub(crate) const DRY_RUN: Text = text("Only say what would change", "Tylko powiedz, co by się zmieniło");
pub(crate) const YES: Text =
    text("Do it; without it, nothing is changed", "Zrób to; bez tej opcji nic się nie zmienia");

// ---- settings, secrets, tables ----

pub(crate) const FILE: Text =
    text("The settings file; - reads standard input", "Plik ustawień; - oznacza standardowe wejście");
pub(crate) const TEMPLATE: Text =
    text("Print a commented settings file to fill in", "Wypisz opisany plik ustawień do uzupełnienia");
pub(crate) const CHECK: Text =
    text("Check a settings file; touches nothing", "Sprawdź plik ustawień; niczego nie zmienia");
pub(crate) const APPLY: Text =
    text("Check a settings file and store it", "Sprawdź plik ustawień i zapisz go");
pub(crate) const EXPORT: Text =
    text("Print the stored settings as a settings file", "Wypisz zapisane ustawienia jako plik ustawień");
pub(crate) const LIST: Text = text("List the integrations", "Wymień integracje");
pub(crate) const SECRETS: Text =
    text("The API key and passwords of an integration", "Klucz API i hasła integracji");
pub(crate) const SECRETS_SET: Text = text(
    "Store the secret: JSON from standard input, or asked for at the terminal",
    "Zapisz sekret: JSON ze standardowego wejścia albo pytania na terminalu",
);
pub(crate) const SECRETS_CHECK: Text = text(
    "Tell whether the secret is there and complete; never its values",
    "Powiedz, czy sekret jest i czy jest kompletny; nigdy jego wartości",
);
pub(crate) const SECRETS_FILE: Text = text(
    "Use this file (read by its owner only) instead of Secrets Manager",
    "Użyj tego pliku (czytelnego tylko dla właściciela) zamiast Secrets Manager",
);
pub(crate) const GENERATE_CALLBACK: Text = text(
    "Make up the callback password (and the user, where none is given)",
    "Wymyśl hasło callbacku (i użytkownika, jeśli go nie podano)",
);
pub(crate) const SHOW_CALLBACK_PASSWORD: Text =
    text("Show the callback password; only on a terminal", "Pokaż hasło callbacku; tylko na terminalu");
pub(crate) const TABLES: Text = text("The two DynamoDB tables", "Dwie tabele DynamoDB");
pub(crate) const TABLES_CREATE: Text = text(
    "Make the tables where they are missing: for local endpoints; in AWS, Terraform makes them",
    "Utwórz brakujące tabele: pod lokalnym adresem; w AWS tworzy je Terraform",
);
pub(crate) const TABLES_CHECK: Text = text(
    "Tell whether the tables are there, with the right keys and indexes",
    "Powiedz, czy tabele są i czy mają właściwe klucze i indeksy",
);

// ---- seeing ----

pub(crate) const STATUS: Text = text("Show how the integrations fare", "Pokaż, jak mają się integracje");
pub(crate) const STATUS_ID: Text = text("Only this integration", "Tylko ta integracja");
pub(crate) const TODAY: Text = text(
    "Count what crossed since midnight UTC; reads the whole table of conversations",
    "Policz, co przeszło od północy UTC; czyta całą tabelę rozmów",
);
pub(crate) const WATCH: Text = text(
    "Show it again every so many seconds (5) until Ctrl-C",
    "Pokazuj na nowo co tyle sekund (5), do Ctrl-C",
);
pub(crate) const TAIL: Text = text(
    "Show what the functions log, until Ctrl-C; JSON lines where standard output is no terminal",
    "Pokazuj dziennik funkcji, do Ctrl-C; wiersze JSON, gdy standardowe wyjście nie jest terminalem",
);
pub(crate) const TAIL_THREAD: Text = text("Only this thread", "Tylko ten wątek");
pub(crate) const TAIL_TICKET: Text = text("Only this ticket", "Tylko to zgłoszenie");
pub(crate) const LEVEL: Text =
    text("Only lines as grave as this, or graver", "Tylko wiersze tak poważne lub poważniejsze");
pub(crate) const SINCE: Text = text(
    "Begin so long ago (30s, 10m, 2h, 1d), or at a time (2026-11-23T13:00:00Z)",
    "Zacznij tyle czasu temu (30s, 10m, 2h, 1d) albo od chwili (2026-11-23T13:00:00Z)",
);
pub(crate) const NO_FOLLOW: Text =
    text("End where there are no more lines", "Zakończ, gdy nie ma już więcej wierszy");
pub(crate) const LOG_GROUP: Text = text(
    "CloudWatch log group of a function; several with a comma between",
    "Grupa dzienników CloudWatch funkcji; kilka rozdziela przecinek",
);
pub(crate) const CONVERSATIONS: Text = text(
    "List conversations, those that wait for somebody first",
    "Wymień rozmowy, najpierw te, które na kogoś czekają",
);
pub(crate) const LIMIT_CONVERSATIONS: Text = text("List at most so many", "Wymień najwyżej tyle");
pub(crate) const EXPLAIN: Text = text(
    "Tell the story of one conversation: what came, what became of it, who waits for whom",
    "Opowiedz jedną rozmowę: co przyszło, co się z tym stało, kto na kogo czeka",
);
pub(crate) const WHAT: Text = text(
    "A thread's id, a ticket's number, a message's id or marker (#a1b2c3d4), or an order's id",
    "Id wątku, numer zgłoszenia, id wiadomości lub jej znacznik (#a1b2c3d4) albo id zamówienia",
);
pub(crate) const WHERE: Text = text("Look in this integration only", "Szukaj tylko w tej integracji");
pub(crate) const LIVE: Text = text(
    "Read the thread and the ticket too: who wrote when, without a text",
    "Przeczytaj też wątek i zgłoszenie: kto pisał i kiedy, bez treści",
);
pub(crate) const SHOW_TEXT: Text = text(
    "The same with names and texts; they are read now and kept nowhere",
    "To samo z nazwiskami i treścią; czytane teraz i nigdzie nie zapisywane",
);

// ---- repairing ----

pub(crate) const PARKED: Text =
    text("List what was set aside and waits for a person", "Wymień to, co odłożono i co czeka na człowieka");
pub(crate) const LIMIT: Text =
    text("List at most so many, oldest first", "Wymień najwyżej tyle, od najstarszych");
pub(crate) const RECONCILE: Text = text(
    "Hold what changed in the last days against the ledger, and carry what is missing",
    "Porównaj zmiany ostatnich dni z rejestrem i przenieś to, czego brakuje",
);
pub(crate) const DAYS: Text =
    text("Look back so many days, at most 90", "Sięgnij tyle dni wstecz, najwyżej 90");
pub(crate) const RETRY: Text = text(
    "Try parked things again; says what would happen unless --yes is given, since it can reach a customer",
    "Spróbuj ponownie z tym, co odłożone; bez --yes mówi tylko, co by się stało, bo może to trafić do klienta",
);
pub(crate) const DROP: Text = text(
    "Give up a parked reply for good; it asks before, and the ticket is told",
    "Zrezygnuj na dobre z odłożonej odpowiedzi; najpierw pyta, a zgłoszenie dostaje komentarz",
);
pub(crate) const REPLY: Text = text(
    "The reply in that ticket, as parked lists it",
    "Odpowiedź w tym zgłoszeniu, tak jak pokazuje ją parked",
);
pub(crate) const THREAD: Text =
    text("A parked conversation, by its thread's id", "Odłożona rozmowa, przez id jej wątku");
pub(crate) const ALL: Text = text("Everything that is parked", "Wszystko, co odłożone");
pub(crate) const YES_DROP: Text = text("Do not ask", "Nie pytaj");

// ---- the life of an integration ----

pub(crate) const DOCTOR: Text = text(
    "Find what keeps integrations from working, and say what mends it",
    "Znajdź, co przeszkadza integracjom, i powiedz, co to naprawi",
);
pub(crate) const SELF_TEST: Text = text(
    "Also open a ticket and a customer in Thulium and remove both: shows a missing mailbox or field",
    "Załóż też w Thulium zgłoszenie i klienta i usuń oboje: pokazuje brak skrzynki lub pola",
);
pub(crate) const SETUP: Text = text(
    "Set up an integration by questions, each tried on the live accounts; nothing is written before the summary",
    "Załóż integrację przez pytania, każde sprawdzane na żywych kontach; nic nie jest zapisywane przed podsumowaniem",
);
pub(crate) const SETUP_ID: Text = text(
    "The integration; asked for where it is missing",
    "Integracja; jeśli jej brak, padnie o nią pytanie",
);
pub(crate) const ENABLE: Text = text(
    "Switch an integration on (or: resume); what came meanwhile is carried",
    "Włącz integrację (albo: resume); to, co przyszło w międzyczasie, zostanie przeniesione",
);
pub(crate) const DISABLE: Text = text(
    "Switch an integration off (or: pause) until it is enabled again; nothing is lost",
    "Wyłącz integrację (albo: pause) do czasu ponownego włączenia; nic nie ginie",
);
pub(crate) const REMOVE: Text = text(
    "Remove an integration; says what becomes of its tickets, and does it only with --yes",
    "Usuń integrację; mówi, co stanie się z jej zgłoszeniami, i robi to tylko z --yes",
);
pub(crate) const ERASE: Text = text(
    "Remove what the ledger holds on a buyer; does it only with --yes",
    "Usuń to, co rejestr wie o kupującym; robi to tylko z --yes",
);
pub(crate) const CUSTOMER: Text = text("The buyer's id on EmpikPlace", "Id kupującego w EmpikPlace");
pub(crate) const HOOK: Text = text("The callback that Thulium calls", "Callback, który wywołuje Thulium");
pub(crate) const HOOK_TRIGGER: Text = text(
    "Call it as Thulium does, with the right credentials: look at this ticket now",
    "Wywołaj go tak jak Thulium, z właściwymi danymi: sprawdź teraz to zgłoszenie",
);
pub(crate) const COMPLETIONS: Text =
    text("Print the completions of a shell", "Wypisz uzupełnianie dla powłoki");
pub(crate) const SHELL: Text = text("The shell", "Powłoka");
pub(crate) const MAN: Text = text("Print the manual page", "Wypisz stronę podręcznika");
