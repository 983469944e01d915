//! Everything people read, as snapshots in both languages.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::conversation::OrderFacts;
use crate::conversation::Reason;
use crate::marketplace::{Attachment, Entity, MessageId, Order, OrderLine, ThreadId, Topic};
use crate::settings::Settings;
use crate::text::Command;

fn words() -> [(&'static str, Words); 2] {
    let zone = TimeZone::get("Europe/Warsaw").expect("a zone");
    [("pl", Words::new(Language::Pl, zone.clone())), ("en", Words::new(Language::En, zone))]
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn message(author: Author, to_buyer: bool) -> Message {
    Message {
        id: MessageId("df4a3163-a44b-4c5f-8380-faebfa43ca68".into()),
        author,
        name: match author {
            Author::Buyer => "Jan K.",
            Author::Shop => "Anna z obsługi",
            _ => "Empik",
        }
        .into(),
        at: Some(at("2026-11-23T13:03:00Z")),
        to_buyer,
        to_operator: author == Author::Buyer,
        body: String::new(),
        attachments: vec![
            Attachment { id: "a".into(), name: "zdjęcie paczki.jpg".into(), size: Some(1) },
            Attachment { id: "b".into(), name: "../../etc/passwd".into(), size: None },
        ],
    }
}

fn thread() -> Thread {
    Thread {
        id: ThreadId("702c3e56-dcca-41e2-b6bd-72ba3fa809be".into()),
        topic: Topic::default(),
        entities: vec![
            Entity { kind: "MMP_ORDER".into(), id: "123456-A".into(), label: "123456-A".into() },
            Entity { kind: "MMP_ORDER".into(), id: "123456-B".into(), label: "123456-B".into() },
            Entity { kind: "MMP_OFFER".into(), id: "77".into(), label: "Czajnik <b>szklany</b>".into() },
        ],
        buyer_id: Some("C-1".into()),
        buyer_name: Some("Jan K.".into()),
        buyer_authorised: true,
        operator_authorised: true,
        updated: None,
        total: None,
        reply_needed_since: None,
        reply_waived: None,
        messages: Vec::new(),
        unreadable: 0,
    }
}

fn order() -> Order {
    Order {
        id: "123456-A".into(),
        state: "SHIPPED".into(),
        total: Some("173.50".into()),
        currency: "PLN".into(),
        has_incident: true,
        shipping_method: "Paczkomat InPost".into(),
        carrier: "InPost".into(),
        tracking: "6200112233".into(),
        tracking_url: "https://inpost.pl/sledzenie?n=6200112233".into(),
        ship_by: Some(at("2026-11-25T22:59:00Z")),
        deliver_by: Some(at("2026-11-27T22:59:00Z")),
        customer_id: Some("C-1".into()),
        first_name: "Jan".into(),
        last_name: "Kowalski".into(),
        lines: (0..33)
            .map(|n| OrderLine {
                title: format!("Kubek „Poranek” nr {n} ☕"),
                sku: format!("KUB-{n}"),
                quantity: Some(n + 1),
                price: Some("19.99".into()),
                state: if n == 1 { "REFUNDED".into() } else { "SHIPPED".into() },
            })
            .collect(),
    }
}

fn places() -> crate::settings::Empikplace {
    Settings::from_toml(&crate::settings::default_template(&"shop-a".parse().expect("an id")))
        .expect("the template is valid")
        .empikplace
}

#[test]
fn messages() {
    for (language, words) in words() {
        let link = Some("https://marketplace.empik.com/mmp/shop/order/123456-A");
        let buyer = message(Author::Buyer, false);
        let notes = [
            words.shortened(link),
            words.images(1, None),
            words.images(2, None),
            words.images(5, None),
            words.images(12, None),
            words.images(22, link),
            words.file_missing("film.mp4", FileTrouble::TooLarge { limit_mb: 25 }, link),
            words.file_missing("film.mp4", FileTrouble::Unavailable, None),
            words.file_missing("film.mp4", FileTrouble::Refused, None),
        ];
        let text = [
            words.entry(&buyer, false, "Dzień dobry,\ngdzie jest moja paczka?", &notes),
            words.entry(&buyer, true, "", &[]),
            words.entry(&message(Author::Operator, true), false, "Prosimy o kontakt z klientem.", &[]),
            words.entry(&message(Author::Operator, false), false, "Prosimy o wyjaśnienie.", &[]),
            words.entry(&message(Author::Shop, true), false, "Odpisałam w panelu.", &[]),
            words.files(&buyer),
            words.files_elsewhere(&buyer, link),
            words.files_left_out(link),
        ]
        .join("\n\n----\n\n");
        insta::assert_snapshot!(format!("messages_{language}"), text);
    }
}

#[test]
fn refusals() {
    for (language, words) in words() {
        let mut parts: Vec<String> = Reason::ALL
            .iter()
            .map(|&reason| {
                let remark =
                    if reason == Reason::Refused { "body: size must be between 3 and 50000" } else { "" };
                words.refused(&RefusedReply {
                    written: "2026-11-23 14:03",
                    own: false,
                    marker: "#a1b2c3d4",
                    reason,
                    remark,
                })
            })
            .collect();
        parts.push(words.refused(&RefusedReply {
            written: "2026-11-23 14:03",
            own: true,
            marker: "#a1b2c3d4",
            reason: Reason::Refused,
            remark: "",
        }));
        parts.push(words.reply_files(
            "2026-11-23 14:03",
            "#a1b2c3d4",
            &[
                ("umowa.docx".into(), ReplyFileTrouble::Type),
                ("film.mov".into(), ReplyFileTrouble::Limit { limit_mb: 10 }),
                ("skan 51.pdf".into(), ReplyFileTrouble::Count { most: 50 }),
                ("faktura.pdf".into(), ReplyFileTrouble::Refused),
                ("1175982115cb".into(), ReplyFileTrouble::Unavailable),
            ],
        ));
        parts.push(words.receipt("2026-11-23 14:03", at("2026-11-23T13:04:00Z"), "#a1b2c3d4"));
        parts.push(words.own_reply_sent(at("2026-11-23T13:04:00Z"), "#a1b2c3d4"));
        parts.extend([1, 3, 5].map(|count| words.reply_images("2026-11-23 14:03", count, "#a1b2c3d4")));
        parts.push(words.held("2026-11-23 14:03", "#a1b2c3d4"));
        parts.extend([Command::Send, Command::Cancel].map(|command| words.obeyed(command, "#a1b2c3d4")));
        parts.push(words.merged("#a1b2c3d4"));
        parts.push(words.files_only().into());
        parts.push(words.given_up("2026-11-23 14:03", "#a1b2c3d4"));
        parts.push(words.given_up("", "#a1b2c3d4"));
        insta::assert_snapshot!(format!("refusals_{language}"), parts.join("\n\n----\n\n"));
    }
}

#[test]
fn cards() {
    for (language, words) in words() {
        let mut places = places();
        let full = words.card(&thread(), &[order()], CustomerNote::Missing(Some("C-1")), &places);
        places.conversation_link = "https://marketplace.empik.com/rozmowa/{thread_id}".into();
        let mut bare = thread();
        bare.entities.clear();
        let unknown = words.card(&bare, &[], CustomerNote::Missing(None), &places);
        places.conversation_link.clear();
        assert_eq!(words.card(&bare, &[], CustomerNote::Known, &places), None);
        let several = words.card(&bare, &[], CustomerNote::Several, &places);
        let text = [full, unknown, several].map(Option::unwrap_or_default).join("\n\n----\n\n");
        insta::assert_snapshot!(format!("cards_{language}"), text);
        insta::assert_snapshot!(
            format!("subjects_{language}"),
            [
                words.subject(&thread(), "Pytanie\r\no <b>dostawę</b>\u{202e}"),
                words.subject(&bare, ""),
                words.subject(&bare, &"bardzo długi temat ".repeat(20)),
                words.products(&[order()]),
            ]
            .join("\n")
        );
    }
}

#[test]
fn changes() {
    let owed = OrderChange { order: &order(), told: None };
    let before = Order { state: "SHIPPING".into(), has_incident: false, tracking: String::new(), ..order() };
    let open = OrderChange { order: &order(), told: Some(OrderFacts::of(&before)) };
    let bare = Order {
        carrier: String::new(),
        tracking: String::new(),
        tracking_url: String::new(),
        has_incident: false,
        ..order()
    };
    let closed = OrderChange { order: &bare, told: Some(OrderFacts::of(&order())) };
    let now = at("2026-11-23T13:03:00Z");
    for (language, words) in words() {
        let tell = |changes: &[OrderChange<'_>]| words.orders_changed(changes, now, "#a1b2c3d4", &places());
        let parts = [
            Part::Field("Empik wątek".into()),
            Part::Queue(99),
            Part::Category(98),
            Part::Customer,
            Part::Source,
            Part::Tags,
            Part::Files,
            Part::Card,
        ];
        let told = [
            tell(&[open, closed]),
            tell(&[closed]),
            tell(&[open, owed]),
            tell(&[owed]),
            words.remind(at("2026-11-22T13:03:00Z"), now, "#a1b2c3d4"),
            words.left_out(&parts),
        ];
        insta::assert_snapshot!(format!("changes_{language}"), told.join("\n\n----\n\n"));
        assert_eq!(words.clock(now), "2026-11-23 14:03");
    }
}

#[test]
fn products_without_the_markup_of_their_titles() {
    let titles = [
        "<b>Kubek</b> &quot;Poranek&quot; &amp; spodek",
        "Kabel <2m & >1m",
        "<script>alert(1)</script>Lampka 🙂",
        "<p>Pierwszy</p><p>drugi</p>",
    ];
    let lines = titles.map(|title| OrderLine { title: title.into(), ..OrderLine::default() });
    let order = Order { lines: lines.into(), ..Order::default() };
    let [(_, words), _] = words();
    insta::assert_snapshot!(words.products(&[order]), @r#"Kubek "Poranek" & spodek; Kabel <2m & >1m; Lampka 🙂; Pierwszy drugi"#);
}

#[test]
fn dates_across_both_clock_changes() {
    let [(_, words), _] = words();
    for (instant, shown) in [
        ("2026-03-29T00:59:00Z", "29.03.2026 01:59"),
        ("2026-03-29T01:00:00Z", "29.03.2026 03:00"),
        ("2026-10-25T00:30:00Z", "25.10.2026 02:30"),
        ("2026-10-25T01:30:00Z", "25.10.2026 02:30"),
        ("2026-10-25T02:00:00Z", "25.10.2026 03:00"),
    ] {
        assert_eq!(words.date(at(instant)), shown, "{instant}");
        assert!(words.own_reply_sent(at(instant), "#a1b2c3d4").contains(shown), "{instant}");
        let receipt = words.receipt("2026-03-29 02:30", at(instant), "#a1b2c3d4");
        assert!(receipt.contains(shown) && receipt.contains("29.03.2026 02:30"), "{receipt}");
    }
}

#[test]
fn polish_plurals() {
    let forms = |n| plural(n, "1 obraz", "{} obrazy", "{} obrazów");
    let shown: Vec<String> = [1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 102, 112].map(forms).into();
    insta::assert_snapshot!(shown.join(", "), @"1 obraz, 2 obrazy, 4 obrazy, 5 obrazów, 11 obrazów, 12 obrazów, 14 obrazów, 21 obrazów, 22 obrazy, 25 obrazów, 102 obrazy, 112 obrazów");
}

#[test]
fn a_card_counts_only_what_it_leaves_out() {
    let (_, polish) = words().into_iter().next().expect("words");
    let card = |lines: usize| {
        let mut order = order();
        order.lines.truncate(lines);
        let mut card = String::new();
        polish.order(&mut card, &order, &places());
        card
    };
    assert!(!card(30).contains('…'), "{}", card(30));
    assert!(card(31).contains("… i jeszcze 1 pozycja"), "{}", card(31));
}

#[test]
fn amounts_are_written_as_people_write_them_and_others_stay() {
    let (_, polish) = words().into_iter().next().expect("words");
    for (amount, shown) in [
        ("19.9", "19,90"),
        ("19.99", "19,99"),
        ("19", "19,00"),
        ("-19.5", "-19,50"),
        ("0.05", "0,05"),
        ("19.", "19."),
        (".5", ".5"),
        ("-", "-"),
        ("19.999", "19.999"),
        ("19.x", "19.x"),
        ("x.9", "x.9"),
        ("1 900.00", "1 900.00"),
    ] {
        let mut card = String::new();
        let order = Order { total: Some(amount.into()), lines: Vec::new(), ..order() };
        polish.order(&mut card, &order, &places());
        assert!(card.contains(&format!("Razem: {shown} PLN\n")), "{amount} in\n{card}");
    }
}
