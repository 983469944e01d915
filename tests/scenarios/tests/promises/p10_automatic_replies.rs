//! Promise 10: automatic replies, of Thulium's queues and of the bridge's own.

use bridge::settings::{AutoReplyWhen, Settings};
use scenarios::shop::{Shop, texts};
use serde_json::{Value, json};
use twins::{Author, MessageKind, NewThread, ParticipantKind};

#[tokio::test]
async fn automatic_replies_go_out_once_a_day_and_never_to_the_operator() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
    shop.tick().await;
    shop.world().automatic_reply(ticket, "Nadal pracujemy nad odpowiedzią.", "").expect("a reply");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Odpowiemy w ciągu 24 godzin."]);

    let mut private = NewThread::from_customer("", "", "Wiadomość od Empik");
    private.customer = None;
    let private = shop.opens(private);
    shop.tick().await;
    let ticket = shop.tickets().last().expect("a ticket").ticket_id;
    shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
    shop.settle().await;
    assert!(shop.sent(&private).is_empty());
}

#[tokio::test]
async fn automatic_replies_stay_inside_where_that_is_set() {
    let shop = Shop::with(|settings| settings.replies.automatic = false).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world()
        .automatic_reply(shop.ticket().ticket_id, "Odpowiemy w ciągu 24 godzin.", "")
        .expect("a reply");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
}

#[tokio::test]
async fn automatic_replies_under_a_login_are_known_by_the_setting() {
    // Whether Thulium's automatic replies bear a login is not known: both ways they are one a day.
    for login in ["", "autoresponder"] {
        let shop =
            Shop::with(|settings| settings.replies.automatic_logins = vec!["autoresponder".into()]).await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        for text in ["Odpowiemy w ciągu 24 godzin.", "Nadal pracujemy nad odpowiedzią."] {
            shop.world().automatic_reply(ticket, text, login).expect("a reply");
            shop.tick().await;
        }
        shop.agent(ticket, "Paczka jest w drodze.");
        shop.settle().await;
        assert_eq!(
            shop.sent(&thread),
            ["Odpowiemy w ciągu 24 godzin.", "Paczka jest w drodze."],
            "{login:?}"
        );
    }
}

#[tokio::test]
async fn machines_are_not_answered_by_machines() {
    let shop = Shop::with(auto_reply("Dziękujemy, odpowiemy wkrótce.")).await;
    shop.world().switch(|s| s.thulium.autoresponder.enabled = true);
    let thread = shop.buyer_opens("<p>Odpowiedź automatyczna: jestem poza biurem do 1 grudnia.</p>");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
}

/// A setting of the bridge's own automatic reply.
fn auto_reply(text: &str) -> impl FnOnce(&mut Settings) {
    let text = text.to_owned();
    move |settings| settings.replies.auto_reply = text
}

#[tokio::test]
async fn the_own_automatic_reply_goes_out_once_with_its_placeholders() {
    let text = "Dzień dobry {name}, sprawdzamy zamówienie {order}. Odpowiemy od {opening}.";
    let shop = Shop::with(auto_reply(text)).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let once = ["Dzień dobry Jan K., sprawdzamy zamówienie 1-A. Odpowiemy od 23.11.2026 14:03."];
    assert_eq!(shop.sent(&thread), once, "with the first tick");
    shop.settle_clean().await;
    for text in ["Halo?", "Jest tam kto?"] {
        shop.writes(&thread, Author::Customer, text);
        shop.settle_clean().await;
    }
    shop.later(3 * 24 * 3600);
    shop.writes(&thread, Author::Customer, "Minęły trzy dni.");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), once);
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Customer]]);
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert_eq!(comments.iter().filter(|c| c.contains("Klient dostał automatyczną odpowiedź")).count(), 1);
    assert!(texts(&shop.ticket(), MessageKind::Mail).iter().all(|m| !m.contains("sprawdzamy zamówienie")));
}

#[tokio::test]
async fn business_hours_and_polish_holidays_decide_about_the_own_reply() {
    use AutoReplyWhen::{Always, Closed, Open};
    for (time, opening, when, sent) in [
        // A Monday, half past one in Warsaw.
        ("2026-11-23T12:30:00Z", "", Closed, 0),
        ("2026-11-23T12:30:00Z", "23.11.2026 13:30", Open, 1),
        // The same day at a quarter past five.
        ("2026-11-23T16:15:00Z", "24.11.2026 09:00", Closed, 1),
        ("2026-11-23T16:15:00Z", "", Open, 0),
        // Independence Day, at noon.
        ("2026-11-11T11:00:00Z", "12.11.2026 09:00", Closed, 1),
        // Christmas Eve, a Thursday: nobody is there before Monday.
        ("2026-12-24T09:00:00Z", "28.12.2026 09:00", Closed, 1),
        ("2026-12-24T09:00:00Z", "28.12.2026 09:00", Always, 1),
        // Easter Monday.
        ("2027-03-29T10:00:00Z", "30.03.2027 09:00", Closed, 1),
        // The Saturday before the night in which summer time ends, and the Monday after it: nine
        // o'clock is eight o'clock UTC again.
        ("2026-10-24T10:00:00Z", "26.10.2026 09:00", Closed, 1),
        ("2026-10-26T07:59:00Z", "26.10.2026 09:00", Closed, 1),
        ("2026-10-26T08:01:00Z", "", Closed, 0),
        ("2026-03-30T06:59:00Z", "30.03.2026 09:00", Closed, 1),
        ("2026-03-30T07:01:00Z", "", Closed, 0),
    ] {
        let now: jiff::Timestamp = time.parse().expect("a time");
        let shop = Shop::at(now - jiff::SignedDuration::from_mins(1), |settings| {
            settings.replies.auto_reply = "Odpowiemy od {opening}.".into();
            settings.replies.auto_reply_when = when;
        })
        .await;
        shop.world().set_time(now);
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.settle_clean().await;
        let wanted = vec![format!("Odpowiemy od {opening}."); sent];
        assert_eq!(shop.sent(&thread), wanted, "{time} {when:?}");
    }
}

#[tokio::test]
async fn the_own_reply_never_follows_an_answer_or_a_queues_reply_or_goes_to_the_operator() {
    let shop = Shop::with(auto_reply("Dziękujemy, odpowiemy wkrótce.")).await;
    let mut private = NewThread::from_customer("", "", "Wiadomość od Empik");
    private.customer = None;
    let private = shop.opens(private);
    let panel = shop.buyer_opens("Gdzie paczka?");
    shop.writes(&panel, Author::Shop, "Odpisuję z panelu.");
    shop.settle_clean().await;
    assert!(shop.sent(&private).is_empty() && shop.sent(&panel).is_empty());

    let shop = Shop::with(auto_reply("Dziękujemy, odpowiemy wkrótce.")).await;
    shop.world().switch(|s| s.thulium.autoresponder.enabled = true);
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread).len(), 1, "one of the two a day");
}

#[tokio::test]
async fn the_own_reply_is_sent_once_whatever_becomes_of_the_call() {
    for fault in ["lost_answer", "garbage_body", "refuse", "slow"] {
        let shop = Shop::with(auto_reply("Dziękujemy, odpowiemy wkrótce.")).await;
        let rule = format!(r#"{{"side":"empikplace","operation":"M12","nth":1,"kind":"{fault}","ms":1}}"#);
        let rule = if fault == "slow" { rule } else { rule.replace(r#","ms":1"#, "") };
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Dziękujemy, odpowiemy wkrótce."], "{fault}");
        let comments = texts(&shop.ticket(), MessageKind::Comment);
        assert_eq!(comments.iter().filter(|c| c.contains("Klient dostał")).count(), 1, "{fault}");
    }
}

#[tokio::test]
async fn an_own_reply_that_empikplace_refuses_is_told_about() {
    let shop = Shop::with(auto_reply("Dziękujemy, odpowiemy wkrótce.")).await;
    shop.world().switch(|s| s.empikplace.messages_per_thread = 1);
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert_eq!(comments.iter().filter(|c| c.starts_with("Automatyczna odpowiedź NIE dotarła")).count(), 1);
    assert_eq!(shop.parked().await, 1);
}

#[tokio::test]
async fn an_own_reply_that_failed_is_tried_again_while_its_thread_is_there() {
    let fault =
        |shop: &Shop, rule: Value| shop.world().add_fault(serde_json::from_value(rule).expect("a rule"));
    for (code, sent) in [(500, 1), (404, 0)] {
        let shop =
            Shop::with(|settings| settings.replies.auto_reply = "Dziękujemy za wiadomość.".into()).await;
        fault(&shop, json!({ "side": "empikplace", "operation": "M12", "nth": 1, "kind": "refuse" }));
        let unread =
            fault(&shop, json!({ "side": "empikplace", "operation": "M10", "kind": "status", "code": code }));
        let thread = shop.buyer_opens("Gdzie paczka?");
        for _ in 0..5 {
            shop.tick().await;
        }
        assert!(shop.sent(&thread).is_empty());
        assert!(shop.world().remove_fault(unread));
        shop.settle().await;
        assert_eq!(shop.sent(&thread).len(), sent, "M10 gave {code}");
    }
}
