//! From Thulium to EmpikPlace.

use bridge::conversation::{Delivery, DeliveryState, Key};
use bridge::ledger::Ledger;
use bridge::marketplace::ThreadId;
use jiff::SignedDuration;

use crate::support::Shop;

#[tokio::test]
async fn a_hint_carries_a_reply_at_once_and_a_tick_does_not_repeat_it() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(ticket, "W drodze do Pana.");
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
    assert_eq!(shop.sent(&thread), ["W drodze do Pana."]);
    shop.settle_clean().await;
    assert_eq!(shop.requests("M12"), 1);
}

#[tokio::test]
async fn two_hints_and_a_tick_at_once_send_a_reply_once() {
    for _ in 0..5 {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "W drodze do Pana.");
        let (one, two, tick) = tokio::join!(
            shop.stack.hint(&shop.id, ticket),
            shop.stack.hint(&shop.id, ticket),
            shop.stack.tick()
        );
        assert_eq!((one.expect("an answer"), two.expect("an answer")), (204, 204));
        assert_eq!(tick.expect("a tick")["integrations"][0]["status"], "ok");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread).len(), 1);
    }
}

#[tokio::test]
async fn replies_keep_their_order_even_where_the_first_one_is_held_up() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().add_fault(
        serde_json::from_str(r#"{"side":"empikplace","operation":"M12","nth":1,"kind":"status","code":500}"#)
            .expect("a rule"),
    );
    shop.agent(ticket, "pierwsza odpowiedź");
    shop.agent(ticket, "druga odpowiedź");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["pierwsza odpowiedź", "druga odpowiedź"]);
}

#[tokio::test]
async fn a_reply_in_a_ticket_that_was_moved_or_closed_still_goes_out() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().move_ticket(ticket, 8).expect("moved");
    shop.agent(ticket, "Z innej kolejki.");
    shop.world().close_ticket(ticket).expect("closed");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Z innej kolejki."]);
}

#[tokio::test]
async fn a_reply_rests_as_long_as_is_set_and_can_be_withdrawn_meanwhile() {
    let shop = Shop::with(|settings| settings.replies.settle_seconds = 150).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let slip = shop.agent(ticket, "Wysłane przez pomyłkę.");
    shop.tick().await;
    shop.tick().await;
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
    assert!(shop.sent(&thread).is_empty(), "it rests");
    shop.world().cancel_reply(ticket, slip).expect("withdrawn");
    shop.agent(ticket, "Właściwa odpowiedź.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Właściwa odpowiedź."]);
}

/// By then the ledger may have forgotten that it went out.
#[tokio::test]
async fn a_reply_of_more_than_two_years_is_left_where_it_is() {
    const TWO_YEARS: i64 = 2 * 366 * 24 * 60 * 60;
    for (age, sent) in
        [(TWO_YEARS - 3600, &["Dawna.", "Dzisiejsza."][..]), (TWO_YEARS + 3600, &["Dzisiejsza."])]
    {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "Dawna.");
        shop.later(age);
        shop.agent(ticket, "Dzisiejsza.");
        assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
        assert_eq!(shop.sent(&thread), sent, "after {age} s");
    }
}

fn fault(shop: &Shop, rule: &str) -> u64 {
    shop.world().add_fault(serde_json::from_str(rule).expect("a rule"))
}

async fn deliveries(shop: &Shop, thread: &str) -> Vec<Delivery> {
    let key = Key { integration: shop.id.clone(), thread: ThreadId(thread.to_owned()) };
    shop.stack.ledger().load(&key).await.expect("the ledger").deliveries
}

/// Its answer was an error, so that it may still arrive; it never does.
#[tokio::test]
async fn what_may_still_arrive_is_not_sent_again_before_its_time() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    fault(&shop, r#"{"side":"empikplace","operation":"M12","nth":1,"kind":"status","code":500}"#);
    shop.agent(shop.ticket().ticket_id, "W drodze do Pana.");
    shop.tick().await;
    shop.tick().await;
    assert_eq!(shop.requests("M12"), 1, "a minute later");
    shop.tick().await;
    assert_eq!((shop.requests("M12"), shop.sent(&thread).len()), (2, 1), "two minutes later");
    shop.settle_clean().await;
}

/// Behind one that rests, and behind one that may be under way.
#[tokio::test]
async fn what_waits_behind_a_reply_is_written_down_once_and_goes_out_after_it() {
    for (rests, state, seconds) in [(150, DeliveryState::Queued, 120), (0, DeliveryState::Sending, 30)] {
        let shop = Shop::with(|settings| settings.replies.settle_seconds = rests).await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        let down = fault(&shop, r#"{"side":"empikplace","operation":"M12","kind":"refuse"}"#);
        shop.agent(ticket, "Pierwsza.");
        shop.agent(ticket, "Druga.");
        shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
        let due = Some(shop.world().now() + SignedDuration::from_secs(seconds));
        for _ in 0..2 {
            assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
            let written = deliveries(&shop, &thread).await;
            assert_eq!(written.len(), 2, "whether the automatic one goes out is decided later");
            assert_eq!(written[0].state, state);
            let waits = &written[1];
            assert_eq!((waits.state, waits.attempt, waits.version), (DeliveryState::Queued, 0, 1));
            assert!(!waits.automatic);
            assert_eq!(waits.due, due, "{state:?}");
        }
        assert!(shop.world().remove_fault(down));
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Pierwsza.", "Druga.", "Odpowiemy w ciągu 24 godzin."]);
    }
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_for_a_while_sets_nothing_aside_and_one_that_is_gone_only_what_is_open()
{
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(ticket, "Pierwsza.");
    shop.settle_clean().await;
    let refused = fault(&shop, r#"{"side":"empikplace","operation":"M12","kind":"refuse"}"#);
    shop.agent(ticket, "Druga.");
    shop.tick().await;
    let down = fault(&shop, r#"{"side":"thulium","operation":"GET tickets/:id","kind":"status","code":500}"#);
    shop.tick().await;
    shop.tick().await;
    let states = async || deliveries(&shop, &thread).await.iter().map(|d| d.state).collect::<Vec<_>>();
    assert_eq!(states().await, [DeliveryState::Delivered, DeliveryState::Sending]);
    assert!(shop.world().remove_fault(down));
    shop.world().delete_ticket(ticket).expect("deleted");
    for _ in 0..10 {
        shop.tick().await;
    }
    assert_eq!(states().await, [DeliveryState::Delivered, DeliveryState::Parked]);
    assert!(shop.world().remove_fault(refused));
}
