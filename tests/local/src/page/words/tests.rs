use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;

/// All words of a language, as a person reads them through.
fn everything(language: Language) -> String {
    let w = Words::new(language);
    let mut text = String::new();
    let mut line = |name: &str, words: &str| {
        writeln!(text, "{name}: {words}").expect("a string takes everything");
    };
    for (name, words) in w.all() {
        line(name, words);
    }
    for pane in Pane::ALL {
        line("pane", w.pane(pane));
    }
    for count in [0, 1, 2, 5, 12, 22, 112] {
        line("carried", &w.carried(count));
    }
    line("under_way", &w.under_way(3));
    line("topic_code", &w.topic_code("21"));
    line("in_ticket", &w.in_ticket(7));
    for author in [Author::Customer, Author::Operator, Author::Shop, Author::Api] {
        line("author", w.author(author));
    }
    for voice in Voice::ALL {
        line("voice", w.voice(voice));
    }
    use DeliveryState::{Delivered, Dropped, Held, Parked, Queued, Refused, Sending, Skipped};
    for state in [Queued, Sending, Refused, Held, Delivered, Parked, Dropped, Skipped] {
        line("delivery", w.delivery(state));
    }
    for reason in Reason::ALL {
        line("reason", w.reason(reason));
    }
    for class in ["retry", "wait", "rejected", "permanent", "unknown", "odd"] {
        line("trouble", &w.trouble(&format!("{class} thulium POST tickets")));
    }
    line("attempt", &w.attempt(2));
    line("reply_of", &w.reply_of(7));
    line("conversation_of", &w.conversation_of(7));
    line("pulse", &w.pulse(36, 3, 1));
    for reason in [
        "another tick is at work",
        "the process was killed",
        "EmpikPlace asked to be left alone for a while",
        "thulium GET tickets: gave no answer",
        "empikplace M11: answered 500",
        "something else",
    ] {
        line("tick_reason", &w.tick_reason(reason));
    }
    for switch in Switch::ALL {
        let (name, help) = w.switch(switch);
        line("switch", &format!("{name} – {help}"));
    }
    let (name, help) = w.kill();
    line("kill", &format!("{name} – {help}"));
    for (event, field) in [
        ("message.in", ("author", "buyer")),
        ("message.in", ("author", "shop")),
        ("message.in", ("author", "operator")),
        ("ticket.opened", ("", "")),
        ("customer.created", ("", "")),
        ("file.missing", ("", "")),
        ("reply.out", ("attempt", "1")),
        ("reply.out", ("attempt", "2")),
        ("reply.parked", ("", "")),
        ("conversation.parked", ("", "")),
        ("process.killed", ("", "")),
        ("process.gone", ("", "")),
        ("parked.retried", ("", "")),
        ("clock.moved", ("", "")),
        ("failure", ("class", "retry")),
        ("failure", ("class", "wait")),
        ("failure", ("class", "rejected")),
        ("failure", ("class", "permanent")),
        ("failure", ("class", "unknown")),
        ("list.cut", ("message", "the list was cut")),
    ] {
        let mut fields = BTreeMap::from([(field.0.to_owned(), field.1.to_owned())]);
        fields.insert("side".into(), "thulium".into());
        let moment = Moment { at: Timestamp::UNIX_EPOCH, event: event.into(), bad: true, fields, times: 1 };
        line(event, &w.moment(&moment).expect("words"));
    }
    for state in
        ["WAITING_ACCEPTANCE", "SHIPPING", "SHIPPED", "RECEIVED", "CLOSED", "CANCELED", "REFUSED", "X"]
    {
        line("order_state", w.order_state(state));
    }
    line("refused", &w.refused("there is no ticket 9"));
    text
}

#[test]
fn polish_words() {
    insta::assert_snapshot!(everything(Language::Pl));
}

#[test]
fn english_words() {
    insta::assert_snapshot!(everything(Language::En));
}

#[test]
fn a_browser_gets_the_language_it_likes_best() {
    let cases = [
        ("pl", Language::Pl),
        ("pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7", Language::Pl),
        ("en-GB,en;q=0.9,pl;q=0.8", Language::En),
        ("de,pl;q=0.5,en;q=0.4", Language::Pl),
        ("de", Language::En),
        ("pl;q=0", Language::En),
        ("", Language::En),
        ("*;q=x,;;,", Language::En),
    ];
    for (header, language) in cases {
        assert_eq!(Language::liked(header), language, "{header}");
    }
}
