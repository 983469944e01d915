//! Promise 16: the marketplace's own clock on the ticket, and a reminder.

use twins::{Author, MessageKind, ParticipantKind};

use scenarios::shop::{Shop, texts};

const FIELD: &str = "Empik czeka od";

async fn shop_with(hours: u32) -> Shop {
    Shop::with(|settings| {
        settings.thulium.reply_needed_field = FIELD.into();
        settings.replies.remind_after_hours = hours;
    })
    .await
}

async fn minutes(shop: &Shop, count: usize) {
    for _ in 0..count {
        shop.tick().await;
    }
}

fn reminders(shop: &Shop) -> Vec<String> {
    let comments = texts(&shop.ticket(), MessageKind::Comment).into_iter();
    comments.filter(|comment| comment.starts_with("Przypomnienie")).collect()
}

#[tokio::test]
async fn the_clock_runs_while_the_shop_owes_an_answer() {
    let shop = shop_with(0).await;
    let shown = || shop.ticket().custom_fields.get(FIELD).cloned().unwrap_or_default();
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    assert_eq!(shown(), "2026-11-23 14:03", "from the beginning");
    minutes(&shop, 3).await;
    let changes = shop.requests("PUT tickets/:id");
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    minutes(&shop, 3).await;
    assert_eq!(shown(), "", "an answer stops it");
    shop.writes(&thread, Author::Customer, "A kiedy?");
    minutes(&shop, 2).await;
    assert_eq!(shown(), "2026-11-23 14:10", "a further question starts it again");
    shop.writes(&thread, Author::Shop, "Jutro, z panelu.");
    shop.settle_clean().await;
    assert_eq!(shown(), "");
    let changes = shop.requests("PUT tickets/:id") - changes;
    assert!(changes <= 5, "each change once, and the statuses: {changes}");
}

#[tokio::test]
async fn a_field_that_does_not_exist_stops_nothing() {
    let shop =
        Shop::with(|settings| settings.thulium.reply_needed_field = "Nie ma takiego pola".into()).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.writes(&thread, Author::Customer, "Halo?");
    shop.settle_clean().await;
    assert_eq!(texts(&shop.ticket(), MessageKind::Mail).len(), 2);
}

#[tokio::test]
async fn a_reminder_comes_once_at_its_age() {
    for parameter in ["comment", "content"] {
        let shop = shop_with(2).await;
        shop.world()
            .patch_switches(&serde_json::json!({ "thulium": { "comment_parameter": parameter } }))
            .expect("a switch");
        let thread = shop.buyer_opens("Gdzie paczka?");
        minutes(&shop, 5).await;
        shop.later(3600);
        minutes(&shop, 2).await;
        assert!(reminders(&shop).is_empty(), "not yet");
        shop.later(3600);
        minutes(&shop, 5).await;
        let told = reminders(&shop);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("od 23.11.2026 14:03"), "{}", told[0]);
        shop.later(24 * 3600);
        minutes(&shop, 2).await;
        assert_eq!(reminders(&shop).len(), 1, "no second time");
        // The next question begins anew.
        shop.agent(shop.ticket().ticket_id, "W drodze.");
        minutes(&shop, 3).await;
        shop.writes(&thread, Author::Customer, "A kiedy?");
        minutes(&shop, 2).await;
        shop.later(2 * 3600);
        shop.settle_clean().await;
        assert_eq!(reminders(&shop).len(), 2);
    }
}

#[tokio::test]
async fn no_reminder_once_there_is_an_answer_or_none_is_needed() {
    let shop = shop_with(2).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    minutes(&shop, 2).await;
    // The click does not show in the list of changed threads.
    shop.world().no_reply_needed(&thread, ParticipantKind::Shop).expect("a click");
    shop.later(3 * 3600);
    shop.settle_clean().await;
    assert!(reminders(&shop).is_empty());
    shop.writes(&thread, Author::Customer, "Jednak pytanie.");
    minutes(&shop, 2).await;
    shop.agent(shop.ticket().ticket_id, "Odpowiedź.");
    minutes(&shop, 2).await;
    shop.later(3 * 3600);
    shop.settle_clean().await;
    assert!(reminders(&shop).is_empty());
}

#[tokio::test]
async fn a_reminder_that_fails_is_tried_again_and_one_that_is_refused_holds_up_nothing() {
    for (fault, told) in [(r#""count":3,"kind":"refuse""#, 1), (r#""kind":"status","code":403"#, 0)] {
        let shop = shop_with(2).await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        minutes(&shop, 2).await;
        let rule = format!(r#"{{"side":"thulium","operation":"POST tickets/:id/comment",{fault}}}"#);
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        shop.later(2 * 3600);
        minutes(&shop, 20).await;
        assert_eq!(reminders(&shop).len(), told, "{fault}");
        assert_eq!(shop.parked().await, 0);
        shop.writes(&thread, Author::Customer, "Halo?");
        shop.settle_clean().await;
    }
}

#[tokio::test]
async fn a_field_that_may_not_be_written_stops_nothing() {
    let shop = shop_with(0).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world().switch(|s| {
        s.thulium.forbidden.insert("PUT tickets/:id".into());
    });
    shop.writes(&thread, Author::Shop, "Jutro, z panelu.");
    shop.writes(&thread, Author::Customer, "Dobrze.");
    shop.settle_clean().await;
    assert_eq!(texts(&shop.ticket(), MessageKind::Mail).len(), 2);
    assert_eq!(shop.parked().await, 0);
}

#[tokio::test]
async fn without_a_field_and_hours_nothing_is_written_and_nobody_reminded() {
    let shop = Shop::open().await;
    let quiet = Shop::with(|settings| settings.replies.remind_after_hours = 0).await;
    for (shop, changes) in [(&shop, 0), (&quiet, 0)] {
        let thread = shop.buyer_opens("Gdzie paczka?");
        minutes(shop, 2).await;
        shop.writes(&thread, Author::Shop, "W drodze, z panelu.");
        minutes(shop, 2).await;
        shop.writes(&thread, Author::Customer, "A kiedy?");
        minutes(shop, 2).await;
        assert_eq!(shop.requests("PUT tickets/:id"), changes);
    }
    quiet.later(48 * 3600);
    quiet.settle_clean().await;
    assert!(reminders(&quiet).is_empty());
}

#[tokio::test]
async fn a_field_that_could_not_be_written_is_written_later() {
    let shop = shop_with(0).await;
    shop.buyer_opens("Gdzie paczka?");
    minutes(&shop, 2).await;
    let rule = r#"{"side":"thulium","operation":"PUT tickets/:id","count":2,"kind":"status","code":500}"#;
    shop.world().add_fault(serde_json::from_str(rule).expect("a rule"));
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle_clean().await;
    assert_eq!(shop.ticket().custom_fields.get(FIELD).map(String::as_str), Some(""));
}

#[tokio::test]
async fn whatever_follows_a_reminder_brings_no_second_one_for_the_same_question() {
    let shop = shop_with(2).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    minutes(&shop, 2).await;
    shop.later(2 * 3600);
    minutes(&shop, 3).await;
    assert_eq!(reminders(&shop).len(), 1);
    let clock = shop.ticket().custom_fields.get(FIELD).cloned();
    shop.writes(&thread, Author::Customer, "Halo?");
    minutes(&shop, 3).await;
    assert_eq!(shop.ticket().custom_fields.get(FIELD).cloned(), clock, "the clock runs on");
    assert_eq!(reminders(&shop).len(), 1);
}
