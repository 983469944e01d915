//! Orders that are watched: how many, how long, and what could not be told.

use bridge::ledger::Write;
use scenarios::{Options, Place, Rig};
use serde_json::json;
use twins::{Author, Fault, FaultRule, Side};

use crate::support::{COMMENT, asks, begun, fails, holds, kills, notes, opens, requests, strikes, writes};

/// Threads about so many orders each.
fn open_about(rig: &Rig, threads: usize, orders: usize) {
    for n in 0..threads {
        let ids = (0..orders).map(|order| format!("{n}-{order}"));
        let thread = ids.fold(asks("C-1", "Gdzie paczka?"), |thread, id| thread.about_order(&id));
        opens(rig, thread);
    }
}

/// Sets the state of the orders of so many threads.
fn set_orders(rig: &Rig, threads: usize, orders: usize, state: &str) {
    for (n, order) in (0..threads).flat_map(|n| (0..orders).map(move |order| (n, order))) {
        let order = json!({ "order_id": format!("{n}-{order}"), "order_state": state });
        rig.world.put_order(order).expect("an order");
    }
}

/// Comments that tell of a change.
fn changes_told(rig: &Rig) -> usize {
    let tickets = rig.world.tickets().into_iter().flat_map(|ticket| ticket.messages);
    tickets.filter(|entry| entry.text().starts_with("Zmiana zamówienia")).count()
}

/// A quarter of an hour later, a look at the watched orders.
async fn look(rig: &Rig) {
    rig.advance(14 * 60);
    rig.minute().await;
}

#[tokio::test]
async fn as_many_orders_as_one_call_gives_are_looked_at_in_one_look_and_more_in_two() {
    for (threads, orders, looks) in [(50, 2, 1), (50, 3, 2)] {
        let rig = Rig::new(Options::default()).await;
        set_orders(&rig, threads, orders, "SHIPPING");
        open_about(&rig, threads, orders);
        rig.minute().await;
        // What did not fit into the call that the tickets were opened with.
        for _ in 0..3 {
            look(&rig).await;
        }
        set_orders(&rig, threads, orders, "SHIPPED");
        for _ in 0..looks {
            look(&rig).await;
        }
        assert_eq!(changes_told(&rig), threads, "{orders} orders each");
    }
}

#[tokio::test]
async fn watching_that_is_switched_off_ends_for_tickets_that_were_opened_before() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let mut settings = rig.settings.clone();
    settings.empikplace.order_watch_days = 0;
    let written = rig.ledger().put_settings(&settings, rig.world.now()).await.expect("an answer");
    assert_eq!(written, Write::Done);
    set_orders(&rig, 1, 1, "SHIPPED");
    let asked = requests(&rig, "OR11");
    look(&rig).await;
    look(&rig).await;
    assert_eq!((changes_told(&rig), requests(&rig, "OR11")), (0, asked));
}

#[tokio::test]
async fn a_change_that_may_not_have_been_told_is_remembered() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    set_orders(&rig, 1, 1, "SHIPPED");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, Fault::LostAnswer));
    look(&rig).await;
    assert_eq!((changes_told(&rig), rig.waiting().await.len()), (1, 1));
    assert!(rig.settle().await);
    look(&rig).await;
    assert_eq!(changes_told(&rig), 1);
}

#[tokio::test]
async fn the_first_look_after_a_closed_ticket_came_back_tells_what_changed() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let thread = rig.world.threads().remove(0).id;
    rig.world.close_ticket(rig.ticket_of(&thread).await.expect("a ticket")).expect("closed");
    set_orders(&rig, 1, 1, "SHIPPED");
    look(&rig).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    assert_eq!(changes_told(&rig), 0, "it was closed at the last look");
    rig.advance(13 * 60);
    rig.minute().await;
    assert_eq!(changes_told(&rig), 1);
}

#[tokio::test]
async fn a_closed_ticket_is_read_once_in_half_an_hour_for_its_orders() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let thread = rig.world.threads().remove(0).id;
    rig.world.close_ticket(rig.ticket_of(&thread).await.expect("a ticket")).expect("closed");
    assert!(rig.settle().await);
    set_orders(&rig, 1, 1, "SHIPPED");
    let mut reads = Vec::new();
    for _ in 0..5 {
        let before = requests(&rig, "GET tickets/:id");
        look(&rig).await;
        reads.push(requests(&rig, "GET tickets/:id") - before);
    }
    assert_eq!(reads, [1, 0, 1, 0, 1]);
}

#[tokio::test]
async fn a_change_of_an_order_that_may_not_have_been_told_is_told_after_two_minutes() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let (_, before) = holds(&rig, ticket);
    rig.world.put_order(json!({ "order_id": "1-A", "order_state": "SHIPPED" })).expect("an order");
    strikes(&rig, Side::Thulium, COMMENT, fails(500));
    while rig.loaded(&thread).await.conversation.expect("a conversation").intent.is_none() {
        rig.minute().await;
    }
    for unclear in [true, false] {
        rig.minute().await;
        let conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
        assert_eq!(conversation.intent.is_some(), unclear);
    }
    for _ in 0..30 {
        rig.minute().await;
    }
    assert_eq!(holds(&rig, ticket).1 - before, 1);
}

#[tokio::test]
async fn a_change_of_an_order_is_not_told_again_where_the_ticket_cannot_be_read() {
    let nameless = Options { switches: |all| all.thulium.comments_without_id = true, ..Options::default() };
    let (rig, _, ticket) = begun(nameless).await;
    notes(&rig, ticket, "Proszę sprawdzić magazyn.");
    let (_, before) = holds(&rig, ticket);
    rig.world.put_order(json!({ "order_id": "1-A", "order_state": "SHIPPED" })).expect("an order");
    kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
    while rig.minute().await.is_some() {}
    for _ in 0..6 {
        rig.minute().await;
    }
    assert_eq!(holds(&rig, ticket).1, before, "what cannot be read may be what is looked for");
}
