//! Promise 14: the words that are set, with plural forms and dates right.

use bridge::settings::Language;
use jiff::Timestamp;
use serde_json::json;
use twins::{Author, MessageKind};

use scenarios::shop::{Shop, texts};

#[tokio::test]
async fn agents_read_the_language_that_is_set() {
    for (language, header, card, refusal) in [
        (Language::Pl, "(klient)", "Karta EmpikPlace\n\nZamówienie: 1-A", "NIE dotarła na EmpikPlace"),
        (Language::En, "(buyer)", "EmpikPlace card\n\nOrder: 1-A", "did NOT reach EmpikPlace"),
    ] {
        let shop = Shop::with(|settings| settings.language = language).await;
        shop.world().put_order(json!({ "order_id": "1-A", "total_price": 12.5 })).expect("an order");
        shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, "ok");
        shop.settle().await;
        let ticket = shop.ticket();
        let mail = &texts(&ticket, MessageKind::Mail)[0];
        assert!(mail.contains(header) && mail.ends_with("Gdzie paczka?"), "{mail}");
        let comments = texts(&ticket, MessageKind::Comment);
        assert!(comments[0].contains(card), "{comments:?}");
        assert!(comments.iter().any(|comment| comment.contains(refusal)), "{comments:?}");
        if language == Language::En {
            let polish =
                |text: &String| text.replace("Gdzie paczka?", "").chars().any(|c| "ąćęłńóśźż".contains(c));
            assert!(!comments.iter().chain([mail]).any(polish), "{comments:?}");
        }
    }
}

#[tokio::test]
async fn polish_numbers_have_their_plural_forms() {
    for (lines, rest) in [(31, "1 pozycja"), (32, "2 pozycje"), (35, "5 pozycji"), (42, "12 pozycji")] {
        let shop = Shop::open().await;
        let lines: Vec<_> = (0..lines).map(|_| json!({ "product_title": "Kubek", "quantity": 1 })).collect();
        shop.world().put_order(json!({ "order_id": "1-A", "order_lines": lines })).expect("an order");
        shop.buyer_opens("Gdzie reszta?");
        shop.tick().await;
        let card = &texts(&shop.ticket(), MessageKind::Comment)[0];
        assert!(card.contains(&format!("… i jeszcze {rest}\n")), "{rest} in {card}");
    }
}

#[tokio::test]
async fn messages_bear_polish_time_across_both_clock_changes() {
    for (before, shown_before, after, shown_after) in [
        ("2026-03-29T00:59:30Z", "29.03.2026 01:59", "2026-03-29T01:00:30Z", "29.03.2026 03:00"),
        ("2026-10-25T00:59:30Z", "25.10.2026 02:59", "2026-10-25T01:00:30Z", "25.10.2026 02:00"),
    ] {
        let before: Timestamp = before.parse().expect("a time");
        let shop = Shop::at(before - jiff::SignedDuration::from_mins(1), |_| {}).await;
        shop.world().set_time(before);
        let thread = shop.buyer_opens("przed");
        shop.world().set_time(after.parse().expect("a time"));
        shop.writes(&thread, Author::Customer, "po");
        shop.tick().await;
        // Thulium's own dates bear no zone, so that a reply in these hours is a case of its own.
        shop.agent(shop.ticket().ticket_id, "Odpowiadamy w nocy.");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Odpowiadamy w nocy."]);
        let mails = texts(&shop.ticket(), MessageKind::Mail);
        for (mail, shown, body) in [(&mails[0], shown_before, "przed"), (&mails[1], shown_after, "po")] {
            assert!(mail.contains(&format!("· {shown} ·")) && mail.ends_with(body), "{shown} in {mail}");
        }
    }
}
