//! How often and how much is read, and who waits how long.

use bridge::integration::Cursor;
use bridge::ledger::Ledger;
use jiff::SignedDuration;
use scenarios::{Fault, Options, Place, Point, Rig};
use twins::NewThread;

use crate::support::Shop;

fn fault(shop: &Shop, rule: &str) -> u64 {
    shop.world().add_fault(serde_json::from_str(rule).expect("a rule"))
}

async fn cursor(shop: &Shop) -> Cursor {
    shop.stack.ledger().cursor(&shop.id).await.expect("the ledger").expect("a cursor")
}

/// A schedule that comes a little early is not put off for a whole interval.
#[tokio::test]
async fn threads_are_listed_as_often_as_is_set() {
    for (poll_seconds, every, ticks, lists) in [(300, 60, 30, 6), (60, 55, 20, 20), (120, 60, 20, 10)] {
        let shop = Shop::with(|settings| settings.empikplace.poll_seconds = poll_seconds).await;
        for _ in 0..ticks {
            shop.stack.tick().await.expect("a tick");
            shop.later(every);
        }
        assert_eq!(shop.requests("M11"), lists, "every {poll_seconds} s, called every {every} s");
    }
}

#[tokio::test]
async fn no_orders_are_asked_for_where_there_are_none() {
    let shop = Shop::open().await;
    shop.opens(NewThread::from_customer("C-1", "Jan K.", "Czy mają Państwo kubki?"));
    shop.settle_clean().await;
    assert_eq!(shop.requests("OR11"), 0);
}

#[tokio::test]
async fn a_ticket_is_not_read_again_once_its_last_change_has_settled() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle_clean().await;
    for _ in 0..4 {
        shop.tick().await;
    }
    let reads = shop.requests("GET tickets/:id");
    shop.tick().await;
    shop.tick().await;
    assert_eq!(shop.requests("GET tickets/:id"), reads);
    shop.agent(shop.ticket().ticket_id, "Doręczona.");
    shop.tick().await;
    assert_eq!(shop.sent(&thread).len(), 2);
}

/// Dates of the helpdesk tell nothing of the zone's offset: the reply of 02:05 seems older than the
/// ticket of 02:40.
#[tokio::test]
async fn replies_in_the_hour_that_repeats_are_found() {
    let shop = Shop::at("2026-10-25T00:39:30Z".parse().expect("a time"), |_| {}).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    for _ in 0..25 {
        shop.tick().await;
    }
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    for _ in 0..4 {
        shop.tick().await;
    }
    assert_eq!(shop.sent(&thread), ["W drodze."]);
}

#[tokio::test]
async fn a_hint_waits_while_thulium_is_to_be_left_alone() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let rests = r#"{"side":"thulium","operation":"GET tickets","nth":1,"kind":"status","code":429,"retry_after":600}"#;
    fault(&shop, rests);
    shop.tick().await;
    shop.agent(ticket, "W drodze.");
    let reads = shop.requests("GET tickets/:id");
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
    assert_eq!((shop.requests("GET tickets/:id"), shop.sent(&thread).len()), (reads, 0));
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["W drodze."]);
}

#[tokio::test]
async fn a_fresh_message_waits_two_minutes_for_its_order_and_is_told_of_as_waiting() {
    let shop = Shop::open().await;
    shop.tick().await;
    let caught_up = cursor(&shop).await.health.caught_up;
    assert!(caught_up.is_some());
    fault(&shop, r#"{"side":"empikplace","operation":"OR11","kind":"status","code":500}"#);
    shop.buyer_opens("Gdzie paczka?");
    for _ in 0..2 {
        let row = shop.tick().await;
        assert_eq!((shop.tickets().len(), row["backlog"].as_u64()), (0, Some(1)));
        assert_eq!(cursor(&shop).await.health.caught_up, caught_up);
    }
    let row = shop.tick().await;
    assert_eq!((shop.tickets().len(), row["backlog"].as_u64()), (1, Some(0)));
    assert!(cursor(&shop).await.health.caught_up > caught_up);
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_holds_the_watermark_back_for_a_day() {
    let shop = Shop::open().await;
    shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let unread = shop.ticket().ticket_id;
    let other = shop.opens(NewThread::from_customer("C-2", "Ola", "A moja?"));
    shop.settle_clean().await;
    shop.later(600);
    shop.agent(unread, "W drodze.");
    let changed = shop.world().now() - SignedDuration::from_secs(60);
    fault(&shop, r#"{"side":"thulium","operation":"GET tickets/:id","kind":"status","code":500}"#);
    let again = || shop.writes(&other, twins::Author::Customer, "Halo?");
    for _ in 0..5 {
        again();
        shop.tick().await;
    }
    let held = cursor(&shop).await.thulium.expect("a watermark");
    assert!(held < changed + SignedDuration::from_secs(120), "{held} {changed}");
    shop.later(24 * 3600 - 600);
    shop.tick().await;
    assert_eq!(cursor(&shop).await.thulium, Some(held), "not a day yet");
    shop.later(600);
    again();
    shop.tick().await;
    assert!(cursor(&shop).await.thulium.expect("a watermark") > held, "a day is enough");
}

#[tokio::test]
async fn after_a_rest_of_days_a_ticket_that_cannot_be_read_at_once_is_waited_for() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let unread = shop.ticket().ticket_id;
    let other = shop.opens(NewThread::from_customer("C-2", "Ola", "A moja?"));
    shop.settle_clean().await;
    shop.later(600);
    shop.agent(unread, "W drodze.");
    shop.later(50 * 3600);
    fault(&shop, r#"{"side":"thulium","operation":"GET tickets/:id","count":15,"kind":"status","code":500}"#);
    for _ in 0..5 {
        shop.writes(&other, twins::Author::Customer, "Halo?");
        shop.tick().await;
    }
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["W drodze."]);
}

#[tokio::test]
async fn a_lease_outlives_the_call_that_its_owner_may_have_under_way() {
    let rig = Rig::new(Options::default()).await;
    let first = Point { place: Place::Empikplace, operation: "M11".to_owned(), nth: 1 };
    rig.line.plan([(first, Fault::KilledBefore)]);
    assert!(rig.tick().await.is_none(), "killed");
    for (seconds, status) in [(60, "skipped"), (79, "skipped"), (1, "ok")] {
        rig.advance(seconds);
        assert_eq!(rig.tick().await.expect("alive").status, status);
    }
}
