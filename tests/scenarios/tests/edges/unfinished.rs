//! What is left undone is remembered by somebody, and what cannot be done is not tried for ever.
//!
//! Each scenario makes the cursors pass what it is about, so that nothing but the ledger remembers it.

use std::time::Duration;

use bridge::conversation::{Act, Delivery, DeliveryState, Intent};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::ledger::{Ledger, Write};
use scenarios::{Options, Rig};
use serde_json::json;
use twins::{At, Author, Fault, FaultRule, NewComment, NewThread, Side};

use crate::support::{LOGIN, answers, assert_clean, begun, fails, sent, stands, strikes, with, writes};

/// Something else changes on both sides, later than the overlap of the lists reaches back.
async fn cursors_pass(rig: &Rig) {
    for minutes in [10, 10] {
        rig.advance(minutes * 60);
        let other = NewThread::from_customer("C-9", "Ewa N.", "Czy są inne kolory?");
        rig.world.open_thread(other).expect("a thread");
        for _ in 0..4 {
            rig.minute().await;
        }
    }
}

#[tokio::test]
async fn a_conversation_that_failed_is_remembered_until_all_of_it_is_carried() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::always(Side::Thulium, "POST tickets/:id/customer_response", fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    writes(&rig, &thread, Author::Shop, "Sprawdzamy w panelu.");
    rig.minute().await;
    cursors_pass(&rig).await;

    // Meanwhile a reply is under way, and the colleague's message may be it.
    let now = rig.world.now();
    let key = rig.loaded(&thread).await.conversation.expect("a conversation").key;
    let reply = Delivery {
        key,
        ticket: TicketId(ticket),
        reply: EntryId(999),
        version: 1,
        state: DeliveryState::Sending,
        attempt: 1,
        since: now,
        at: now,
        due: None,
        fingerprint: "another".into(),
        file_bytes: 0,
        doubtful: false,
        automatic: false,
        reason: None,
        message: None,
    };
    assert_eq!(rig.ledger().save_delivery(&reply, "somebody").await.expect("an answer"), Write::Done);
    rig.world.clear_faults();
    let mut waited = false;
    for _ in 0..70 {
        rig.minute().await;
        waited |= stands(&rig, ticket, "Halo?") == 1 && stands(&rig, ticket, "w panelu") == 0;
    }
    assert!(waited, "it waits for the reply to be settled");
    assert!(rig.settle().await);
    assert_eq!((stands(&rig, ticket, "Halo?"), stands(&rig, ticket, "w panelu")), (1, 1));
}

#[tokio::test]
async fn a_conversation_with_nothing_left_to_open_a_ticket_for_is_in_no_trouble() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::always(Side::Thulium, "POST tickets/:id/comment", fails(500)));
    writes(&rig, &thread, Author::Shop, "Sprawdzamy w panelu.");
    rig.minute().await;
    assert_eq!(rig.waiting().await.len(), 1);
    rig.world.delete_ticket(ticket).expect("deleted");
    rig.world.clear_faults();
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
}

#[tokio::test]
async fn a_reply_that_goes_out_while_a_long_thread_is_read_does_not_come_back() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    for n in 0..110 {
        writes(&rig, &thread, Author::Customer, &format!("Halo po raz {n}?"));
    }
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.advance(60);
    strikes(&rig, Side::Empikplace, "M10", Fault::Slow { ms: 1_500, at: At::Before });
    rig.tick().await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_reply_that_goes_out_while_a_watched_order_is_told_of_does_not_come_back() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    cursors_pass(&rig).await;
    // An act that was announced and is nobody's any more stands before the change of the order.
    let mut conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    conversation.intent = Some(Intent { act: Act::Raise, at: rig.world.now(), attempt: 1, raise: true });
    conversation.version += 1;
    assert_eq!(rig.ledger().save(&conversation, "somebody").await.expect("an answer"), Write::Done);
    rig.world.put_order(json!({ "order_id": "1-A", "order_state": "SHIPPED" })).expect("an order");
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.restart();
    let before = rig.world.requests(0).iter().filter(|r| r.operation == "M10").count();
    strikes(&rig, Side::Empikplace, "M10", Fault::Slow { ms: 1_500, at: At::Before });
    rig.tick().await;
    let after = rig.world.requests(0).iter().filter(|r| r.operation == "M10").count();
    assert_eq!(after, before + 1, "the thread is read for the announced act");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
    assert_clean(&rig);
}

#[tokio::test]
async fn our_own_reply_at_the_beginning_of_the_list_does_not_stand_for_what_came_before() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread).len(), 1);
    // The list gives the last hundred messages: our reply and what follows it.
    for n in 0..99 {
        writes(&rig, &thread, Author::Customer, &format!("Jeszcze raz {n}?"));
    }
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn what_waits_behind_a_reply_goes_out_with_it_at_once() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(429)));
    answers(&rig, ticket, "Jeden.");
    answers(&rig, ticket, "Dwa.");
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), [""; 0]);
    let first = rig.waiting().await.first().map(|waits| waits.at).expect("the first one waits");
    rig.world.set_time(first);
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."], "in one look");
}

#[tokio::test]
async fn what_waits_behind_a_held_reply_is_remembered_and_set_going_when_that_one_is_given_up() {
    let guarded = with(|settings| settings.replies.stale_guard = true);
    let (rig, thread, ticket) = begun(guarded).await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let (first, second) = (answers(&rig, ticket, "Jutro."), answers(&rig, ticket, "Albo pojutrze."));
    assert!(rig.settle().await);
    cursors_pass(&rig).await;
    let deliveries = rig.loaded(&thread).await.deliveries;
    let of = |reply| deliveries.iter().find(|d| d.reply == reply).cloned().expect("it is written down");
    let (mut held, mut behind) = (of(first), of(second));
    assert_eq!((held.state, behind.state), (DeliveryState::Held, DeliveryState::Queued));
    assert_eq!(behind.due, None, "it waits for whoever decides, and costs nothing meanwhile");

    let now = rig.world.now();
    assert!(held.give_up(now) && behind.set_going(now) && !behind.clone().set_going(now));
    for delivery in [&held, &behind] {
        assert_eq!(rig.ledger().save_delivery(delivery, "a person").await.expect("an answer"), Write::Done);
    }
    assert!(rig.settle().await);
    // It is as old as the first one, so that the agent decides about it as well.
    let mut behind = rig.loaded(&thread).await.deliveries.pop().expect("the second one");
    assert_eq!(behind.state, DeliveryState::Held);
    assert!(behind.queue_again(rig.world.now()));
    assert_eq!(rig.ledger().save_delivery(&behind, "a person").await.expect("an answer"), Write::Done);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Albo pojutrze."]);
}

#[tokio::test]
async fn a_ticket_that_was_due_and_changed_holds_the_watermark_until_all_of_it_was_looked_at() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let other = NewThread::from_customer("C-2", "Ewa N.", "Czy są inne kolory?");
    let other = rig.world.open_thread(other).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let another = rig.ticket_of(&other).await.expect("a ticket");
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(503)));
    answers(&rig, ticket, "Jeden.");
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), [""; 0]);

    // An automatic reply is not written down while it waits. Then nobody ticks for a while.
    rig.world.automatic_reply(ticket, "<p>Jesteśmy zamknięci.</p>", "").expect("a reply");
    rig.advance(7 * 60);
    answers(&rig, another, "Tylko czerwony.");
    rig.world.clear_faults();
    let slow = Fault::Slow { ms: 800, at: At::After };
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M12", slow));
    // The time of the visit is up while the reply is under way.
    let time_is_up = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        rig.advance(55);
    };
    tokio::join!(rig.tick(), time_is_up);
    rig.world.clear_faults();
    assert_eq!(sent(&rig, &thread), ["Jeden."]);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Jesteśmy zamknięci."]);
}

#[tokio::test]
async fn an_act_that_cannot_be_settled_is_looked_at_ever_more_rarely_and_then_by_a_person() {
    let nameless = Options { switches: |all| all.thulium.comments_without_id = true, ..Options::default() };
    let (rig, thread, ticket) = begun(nameless).await;
    let text = "Proszę sprawdzić magazyn.".to_owned();
    let comment = NewComment { login: LOGIN.to_owned(), text, attachments: Vec::new() };
    rig.world.agent_comment(ticket, comment).expect("a comment that the bridge cannot read");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets/:id/customer_response", 1, fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    cursors_pass(&rig).await;
    let looks = || rig.world.requests(0).iter().filter(|r| r.operation == "M10").count();
    let before = looks();
    for _ in 0..60 {
        rig.minute().await;
    }
    let in_an_hour = looks() - before;
    assert!((1..=4).contains(&in_an_hour), "{in_an_hour} looks in an hour");
    for _ in 0..30 {
        rig.advance(3_600);
        rig.tick().await;
    }
    assert_eq!((rig.waiting().await.len(), rig.parked().await.len()), (0, 1));
}
