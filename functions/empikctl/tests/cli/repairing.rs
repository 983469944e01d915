//! `parked`, `retry` and `drop` on replies that the functions have really set aside.

use bridge::integration::Cursor;
use bridge::ledger::{Ledger, Write};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::seeing::keys;
use crate::shop::Shop;

#[tokio::test]
async fn trying_again_says_first_what_it_would_do() {
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Czy jest wersja zielona?").await;
    let reply = shop.answer(ticket, "ok").await;
    let (number, reply_number) = (ticket.to_string(), reply.to_string());

    let parked = shop.run(&["parked", "shop-a", "--json"]).await;
    let row = &parked.json()["parked"][0];
    assert_eq!((parked.code, &row["reason"], &row["reply"]), (3, &json!("too_short"), &json!(reply)));
    insta::assert_snapshot!("parked_schema", keys(&parked.json()));

    let dry = shop.run(&["retry", "shop-a", &number]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(
        dry.stdout.contains("would be sent to EmpikPlace") && dry.stdout.contains("parked again"),
        "{dry:?}"
    );
    assert!(dry.stderr.contains(&format!("empikctl retry shop-a {number} --yes")), "{dry:?}");
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 3, "nothing was changed");

    let done = shop.run(&["retry", "shop-a", &number, &reply_number, "--yes", "--json"]).await;
    assert_eq!(done.json()["retried"][0]["outcome"], "retried");
    insta::assert_snapshot!("retry_schema", keys(&done.json()));
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 0);
    shop.tick().await;
    let again = shop.run(&["parked", "shop-a", "--json"]).await;
    assert_eq!(again.json()["parked"][0]["reply"], json!(reply), "it is as short as before");
    let messages = shop.world.thread(&thread).expect("a thread").messages.len();
    assert_eq!(messages, 1, "nothing reached the buyer");

    let wrong = shop.run(&["retry", "shop-a", "999"]).await;
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("is not parked"), "{wrong:?}");
    assert_eq!(shop.run(&["retry", "shop-a"]).await.code, 2, "what is meant has to be said");
}

#[tokio::test]
async fn a_reply_that_arrived_after_all_is_found_and_not_sent_twice() {
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Kiedy wysyłka?").await;
    // Refused for good, at first.
    let rule: twins::FaultRule =
        serde_json::from_value(json!({ "operation": "M12", "kind": "status", "code": 400 })).expect("a rule");
    let rule = shop.world.add_fault(rule);
    shop.answer(ticket, "Wysyłamy jutro rano.").await;
    assert!(shop.world.remove_fault(rule));
    let parked = shop.run(&["parked", "shop-a", "--json"]).await;
    assert_eq!(parked.json()["parked"][0]["reason"], "refused", "{parked:?}");
    let retry = shop.run(&["retry", "shop-a", "--all", "--yes"]).await;
    assert!(retry.stdout.contains("looked for in the thread first"), "{retry:?}");
    // Longer than anything can be on its way.
    for _ in 0..3 {
        shop.world.advance(jiff::SignedDuration::from_secs(90));
        shop.tick().await;
    }
    let sent = shop.world.thread(&thread).expect("a thread").messages.len();
    assert_eq!(sent, 2, "sent once");
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 0);
}

#[tokio::test]
async fn giving_up_asks_and_leaves_a_trace() {
    let shop = Shop::joined().await;
    let (_, ticket) = shop.question("Czy jest wersja zielona?").await;
    let reply = shop.answer(ticket, "ok").await;
    let (number, reply_number) = (ticket.to_string(), reply.to_string());
    let which = ["drop", "shop-a", &number, &reply_number];

    let dry = shop.run(&[&which[..], &["--dry-run"]].concat()).await;
    assert_eq!(dry.code, 0);
    assert!(dry.stdout.contains("would be given up"), "{dry:?}");
    let unasked = shop.run(&which).await;
    assert_eq!(unasked.code, 2);
    assert!(unasked.stderr.contains("there is no terminal to ask at"), "{unasked:?}");
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 3, "nothing was changed so far");

    let done = shop.run(&[&which[..], &["--yes", "--json"]].concat()).await;
    assert_eq!(
        (done.code, &done.json()["outcome"], &done.json()["comment"]),
        (0, &json!("dropped"), &json!(true))
    );
    insta::assert_snapshot!("drop_schema", keys(&done.json()));
    let told = shop.world.ticket(ticket).expect("a ticket");
    let last = serde_json::to_string(&told.messages.last()).expect("JSON");
    assert!(last.contains("administrator integracji z niej zrezygnował"), "{last}");
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 0);
    let story = shop.run(&["explain", &number]).await;
    assert!(story.stdout.contains(&format!("reply {reply} was given up by a person")), "{story:?}");
    let again = shop.run(&[&which[..], &["--yes"]].concat()).await;
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("is not parked"), "{again:?}");
}

/// A cursor that claims everything is done until tomorrow, as only a defect could write it.
async fn spoil_cursor(shop: &Shop) {
    let (now, ledger, id) = (shop.world.now(), shop.aws.ledger(), "shop-a".parse().expect("an id"));
    let taken = ledger.take_lease(&id, "defect", now, now + SignedDuration::from_secs(1)).await;
    let (lease, cursor) = taken.expect("an answer").expect("the lease is free");
    let tomorrow = Some(now + SignedDuration::from_hours(24));
    let cursor = Cursor { empikplace: tomorrow, thulium: tomorrow, ..cursor };
    assert_eq!(ledger.commit(&id, &lease, &cursor).await.expect("an answer"), Write::Done);
}

#[tokio::test]
async fn the_sweep_carries_what_ticks_passed_and_says_what_to_do_where_it_cannot() {
    let shop = Shop::joined().await;
    shop.question("Kiedy wysyłka?").await;
    spoil_cursor(&shop).await;
    let new = twins::NewThread::from_customer("c-2", "Anna Nowak", "A moja paczka?");
    shop.world.open_thread(new).expect("a thread");
    shop.world.advance(SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(shop.world.tickets().len(), 1, "the cursor hides it");

    let run = shop.run(&["reconcile", "shop-a", "--days", "2"]).await;
    assert_eq!(run.code, 3, "{run:?}");
    insta::assert_snapshot!("reconcile", run.stdout);
    assert_eq!(shop.world.tickets().len(), 2);
    let again = shop.run(&["reconcile", "shop-a", "--json"]).await;
    assert_eq!((again.code, &again.json()["missing"]), (0, &json!(0)), "{again:?}");
    insta::assert_snapshot!("reconcile_schema", keys(&again.json()));

    assert_eq!(shop.run(&["pause", "shop-a"]).await.code, 0);
    let off = shop.run(&["reconcile", "shop-a", "--language", "pl"]).await;
    assert_eq!((off.code, off.stdout.as_str()), (1, ""), "{off:?}");
    insta::assert_snapshot!("reconcile_disabled_pl", off.stderr);
    assert_eq!(shop.run(&["reconcile", "shop-x"]).await.code, 1);
    assert_eq!(shop.run(&["reconcile", "shop-a", "--days", "0"]).await.code, 2);
}

#[tokio::test]
async fn the_sweep_yields_to_the_poller_and_says_so() {
    let shop = Shop::joined().await;
    shop.tick().await;
    let (ledger, id) = (shop.aws.ledger(), "shop-a".parse().expect("an id"));
    let (now, far) = (Timestamp::now(), Timestamp::now() + SignedDuration::from_hours(1));
    ledger.take_lease(&id, "tick", now, far).await.expect("an answer").expect("free");
    let run = shop.run(&["reconcile", "shop-a"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    insta::assert_snapshot!("reconcile_held", run.stderr);
}
