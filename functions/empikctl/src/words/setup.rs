//! Words of the wizard.

use bridge::settings::{IntegrationId, Settings};

use super::{Language, one_line, say};
use crate::setup::Done;

pub(crate) fn no_terminal() -> String {
    say!(
        "setup asks questions, and there is no terminal to ask at; empikctl apply -f FILE and empikctl secrets \
         set do the same without questions",
        "setup zadaje pytania, a nie ma terminala; empikctl apply -f PLIK i empikctl secrets set robią to samo \
         bez pytań"
    )
}

pub(crate) fn welcome() -> String {
    say!(
        "An empty line takes what stands in brackets. Nothing is written before you confirm the summary; Ctrl-C \
         ends it at any time.",
        "Pusty wiersz przyjmuje to, co w nawiasach. Nic nie zostanie zapisane przed potwierdzeniem podsumowania; \
         Ctrl-C kończy w każdej chwili."
    )
}

pub(crate) fn ask_id() -> String {
    say!("Name of the integration (a-z, 0-9, -)", "Nazwa integracji (a-z, 0-9, -)")
}

pub(crate) fn known(id: &str) -> String {
    say!(
        "{id} is set up already; what is stored is offered.",
        "{id} jest już ustawiona; podpowiadam to, co zapisane."
    )
}

pub(crate) fn nothing_written() -> String {
    say!("nothing was written", "nic nie zapisano")
}

pub(crate) fn ended(error: &std::io::Error) -> String {
    say!("nothing was written: the terminal is gone: {error}", "nic nie zapisano: terminal zniknął: {error}")
}

pub(crate) fn needed() -> String {
    say!("  An answer is needed.", "  Odpowiedź jest potrzebna.")
}

pub(crate) fn wrong(what: &str) -> String {
    say!("  That will not do: {what}", "  To nie pasuje: {what}")
}

pub(crate) fn yes() -> String {
    say!("yes", "tak")
}

pub(crate) fn no() -> String {
    say!("no", "nie")
}

pub(crate) fn yes_or_no() -> String {
    say!("answer yes or no", "odpowiedz tak lub nie")
}

pub(crate) fn or_keep(question: &str) -> String {
    say!("{question} (empty: keep the stored one): ", "{question} (puste: zostaw zapisane): ")
}

pub(crate) fn not_listed() -> String {
    say!("give a number of the list, or 0 for none", "podaj numer z listy albo 0 dla żadnego")
}

pub(crate) fn not_a_number() -> String {
    say!("it is not a number", "to nie jest liczba")
}

pub(crate) fn about_empikplace() -> String {
    say!(
        "\n1. EmpikPlace. The API key: seller panel > profile > Klucz API. It is not shown while you type.",
        "\n1. EmpikPlace. Klucz API: panel sprzedawcy > profil > Klucz API. Nie widać go podczas pisania."
    )
}

pub(crate) fn ask_empikplace() -> String {
    say!("Address of EmpikPlace", "Adres EmpikPlace")
}

pub(crate) fn ask_key() -> String {
    say!("API key", "Klucz API")
}

pub(crate) fn which_shop() -> String {
    say!(
        "  The key opens several shops, or not this one. The number stands in the seller panel.",
        "  Klucz otwiera kilka sklepów albo nie ten. Numer widać w panelu sprzedawcy."
    )
}

pub(crate) fn ask_shop() -> String {
    say!("Number of the shop", "Numer sklepu")
}

pub(crate) fn shop(name: &str, id: Option<i64>, state: &str) -> String {
    let (name, state) = (one_line(name), one_line(state));
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    say!("  Found: {name}, shop {id}, {state}.", "  Jest: {name}, sklep {id}, {state}.")
}

pub(crate) fn key_refused() -> String {
    say!("  EmpikPlace refuses this key.", "  EmpikPlace odrzuca ten klucz.")
}

pub(crate) fn no_answer(system: &str, why: &str) -> String {
    say!("  {system} gives no usable answer: {why}", "  {system} nie daje użytecznej odpowiedzi: {why}")
}

pub(crate) fn about_thulium() -> String {
    say!(
        "\n2. Thulium. The API user: Administracja > Użytkownicy > Użytkownicy API.",
        "\n2. Thulium. Użytkownik API: Administracja > Użytkownicy > Użytkownicy API."
    )
}

pub(crate) fn ask_thulium() -> String {
    say!(
        "Address of Thulium, such as https://acme.thulium.com",
        "Adres Thulium, na przykład https://acme.thulium.com"
    )
}

pub(crate) fn ask_user() -> String {
    say!("API user", "Użytkownik API")
}

pub(crate) fn ask_password() -> String {
    say!("Password", "Hasło")
}

pub(crate) fn user_refused() -> String {
    say!("  Thulium refuses this user or password.", "  Thulium odrzuca tego użytkownika lub hasło.")
}

pub(crate) fn no_right(method: &str) -> String {
    say!("  The user has no permission for {method}.", "  Użytkownik nie ma uprawnienia do {method}.")
}

pub(crate) fn about_queue() -> String {
    say!(
        "The queue of new tickets (0: Thulium chooses by the mailbox):",
        "Kolejka nowych zgłoszeń (0: Thulium wybiera według skrzynki):"
    )
}

pub(crate) fn ask_queue() -> String {
    say!("Queue", "Kolejka")
}

pub(crate) fn about_category() -> String {
    say!("The category of new tickets (0: none):", "Kategoria nowych zgłoszeń (0: żadna):")
}

pub(crate) fn ask_category() -> String {
    say!("Category", "Kategoria")
}

pub(crate) fn about_rules(there: usize) -> String {
    say!(
        "Words in the topic can lead to other categories, such as reklamacja. Rules so far: {there}.",
        "Słowa w temacie mogą prowadzić do innych kategorii, na przykład reklamacja. Dotychczasowe reguły: {there}."
    )
}

pub(crate) fn ask_rule() -> String {
    say!("Word in the topic (-: no more)", "Słowo w temacie (-: koniec)")
}

pub(crate) fn ask_rule_category() -> String {
    say!("Its category", "Jego kategoria")
}

pub(crate) fn about_mailbox() -> String {
    say!(
        "The mailbox is one that is defined in Thulium: Administracja > Zgłoszenia > Skrzynki e-mail.",
        "Skrzynka musi być zdefiniowana w Thulium: Administracja > Zgłoszenia > Skrzynki e-mail."
    )
}

pub(crate) fn ask_mailbox() -> String {
    say!("Mailbox", "Skrzynka")
}

pub(crate) fn about_reply_address() -> String {
    say!(
        "Thulium e-mails every reply to the next address: a domain of yours whose mail is discarded.",
        "Na następny adres Thulium wysyła każdą odpowiedź: Twoja domena, której poczta jest odrzucana."
    )
}

pub(crate) fn ask_reply_address() -> String {
    say!("Address of replies", "Adres odpowiedzi")
}

pub(crate) fn about_fields() -> String {
    say!(
        "Text fields that must be there: Administracja > CRM or Zgłoszenia > Pola specjalne. -: none.",
        "Pola tekstowe, które muszą istnieć: Administracja > CRM lub Zgłoszenia > Pola specjalne. -: żadne."
    )
}

pub(crate) fn ask_customer_field() -> String {
    say!("Customer field for EmpikPlace's customer id", "Pole klienta na identyfikator z EmpikPlace")
}

pub(crate) fn ask_thread_field() -> String {
    say!("Ticket field for the thread", "Pole zgłoszenia na wątek")
}

pub(crate) fn ask_order_field() -> String {
    say!("Ticket field for the order", "Pole zgłoszenia na zamówienie")
}

pub(crate) fn ask_comment_login() -> String {
    say!("Login that writes the bridge's comments", "Login, który pisze komentarze mostu")
}

pub(crate) fn ask_name() -> String {
    say!("What people call this integration", "Jak ludzie nazywają tę integrację")
}

pub(crate) fn about_backfill() -> String {
    say!(
        "\n3. What came before. none: only what comes from now on; 30d: conversations of the last 30 days too.",
        "\n3. To, co było wcześniej. none: tylko to, co przyjdzie; 30d: także rozmowy z ostatnich 30 dni."
    )
}

pub(crate) fn ask_backfill() -> String {
    say!("Take over (none, 30d, or a date)", "Przejmij (none, 30d albo data)")
}

pub(crate) fn preview(conversations: usize, messages: usize, more: bool) -> String {
    let more = if more { "+" } else { "" };
    say!(
        "  That is {conversations}{more} conversations with {messages}{more} messages of buyers and Empik.",
        "  To rozmowy: {conversations}{more}, wiadomości klientów i Empik: {messages}{more}."
    )
}

pub(crate) fn ask_backfill_fine() -> String {
    say!("Is that what you want?", "Czy o to chodzi?")
}

pub(crate) fn about_callback() -> String {
    say!(
        "\n4. The callback makes replies cross in seconds. Its address is shown by: terraform output. -: no \
         webhook for now.",
        "\n4. Dzięki callbackowi odpowiedzi przechodzą w sekundach. Adres pokazuje: terraform output. -: na razie \
         bez webhooka."
    )
}

pub(crate) fn ask_callback() -> String {
    say!("Base URL of the callback", "Bazowy adres callbacku")
}

pub(crate) fn about_self_test() -> String {
    say!(
        "A ticket and a customer can be opened in Thulium and removed again at once: that shows a missing \
         mailbox or field, and how the account behaves. Agents may see it for a moment.",
        "Można założyć w Thulium zgłoszenie i klienta i od razu ich usunąć: to pokaże brak skrzynki lub pola \
         i zachowanie konta. Agenci mogą to przez chwilę widzieć."
    )
}

pub(crate) fn ask_self_test() -> String {
    say!("Try that after writing?", "Sprawdzić tak po zapisaniu?")
}

pub(crate) fn ask_enable() -> String {
    say!("Enable it at the end?", "Włączyć na końcu?")
}

/// What will be written, key by key.
pub(crate) fn summary(settings: &Settings, callback: Option<&str>, self_test: bool, enable: bool) -> String {
    let thulium = &settings.thulium;
    let number = |id: Option<u64>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let word = |yes| if yes { self::yes() } else { self::no() };
    let rows = [
        ("id", settings.id.to_string()),
        ("name", settings.name.clone()),
        ("empikplace.url", settings.empikplace.url.clone()),
        ("empikplace.shop_id", settings.empikplace.shop_id.map_or_else(|| "-".into(), |id| id.to_string())),
        ("thulium.url", thulium.url.clone()),
        ("thulium.mailbox", thulium.mailbox.clone()),
        ("thulium.reply_address", thulium.reply_address.clone()),
        ("thulium.queue_id", number(thulium.queue_id)),
        ("thulium.category_id", number(thulium.category_id)),
        ("thulium.category_rules", thulium.category_rules.len().to_string()),
        ("thulium.customer_field", thulium.customer_field.clone()),
        ("thulium.thread_field", thulium.thread_field.clone()),
        ("thulium.order_field", thulium.order_field.clone()),
        ("thulium.comment_login", thulium.comment_login.clone()),
        ("import.backfill", settings.import.backfill.to_string()),
        ("webhook", callback.unwrap_or("-").to_owned()),
        ("self-test", word(self_test)),
        ("enabled", word(enable)),
    ];
    let mut text = say!("\nThis will be written:\n", "\nTo zostanie zapisane:\n");
    for (key, value) in rows {
        text += &format!("  {key:<24} {}\n", one_line(&value));
    }
    text
}

pub(crate) fn ask_write() -> String {
    say!("Write it?", "Zapisać?")
}

pub(crate) fn step(what: &str) -> String {
    format!("  {what}")
}

pub(crate) fn secret_stored() -> String {
    say!("the secret is stored", "sekret zapisany")
}

pub(crate) fn settings_stored() -> String {
    say!("the settings are stored", "ustawienia zapisane")
}

pub(crate) fn self_test_runs() -> String {
    say!("a ticket and a customer are opened and removed again …", "zakładam i usuwam zgłoszenie i klienta …")
}

pub(crate) fn no_webhook(why: &str) -> String {
    say!(
        "the webhook could not be registered: {why}; add it in Thulium: Administracja > Zaawansowane > Webhooki",
        "nie udało się zarejestrować webhooka: {why}; dodaj go w Thulium: Administracja > Zaawansowane > Webhooki"
    )
}

/// How it ended, and what comes next.
pub(crate) fn done(id: &IntegrationId, done: &Done) -> String {
    let mut text = String::new();
    for finding in &done.findings {
        let said = super::doctor::say_of(finding, id.as_str());
        let (what, fix) = (one_line(&said.what), one_line(&said.fix));
        text += &format!("{what}\n    {} {fix}\n", super::doctor::fix_word());
    }
    if let Some(callback) = &done.callback {
        text += &say!("callback: {callback}\n", "callback: {callback}\n");
    }
    text += &match (done.enabled, done.findings.is_empty(), Language::now()) {
        (true, ..) => say!(
            "{id} is enabled; the next tick begins. See: empikctl status\n",
            "{id} jest włączona; zacznie następny obieg. Zobacz: empikctl status\n"
        ),
        (false, true, _) => {
            say!(
                "{id} is stored and not enabled: empikctl enable {id}\n",
                "{id} jest zapisana i wyłączona: empikctl enable {id}\n"
            )
        }
        (false, false, _) => say!(
            "{id} is stored and not enabled: mend what is listed above, then run setup again\n",
            "{id} jest zapisana i wyłączona: napraw to, co powyżej, potem uruchom setup ponownie\n"
        ),
    };
    text
}
