//! From Thulium to EmpikPlace.

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
