//! Tickets that are deleted, merged or replaced while something is owed in them.

use bridge::conversation::{Delivery, DeliveryState, Reason};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::MessageId;
use scenarios::{Options, Rig, START};
use twins::{Author, FaultRule, NewFile, NewThread, Side};

use crate::support::{
    answers, asked, begun, delivery, fails, guarded, keeps, sent, stands, state, strikes, thanks, with,
    writes, writes_with,
};

/// A reply in the ledger that is due and was tried once; its ticket is not there.
async fn stranded(rig: &Rig, thread: &str, reply: u64) -> Delivery {
    let now = rig.world.now();
    Delivery {
        key: rig.loaded(thread).await.conversation.expect("a conversation").key,
        ticket: TicketId(999),
        reply: EntryId(reply),
        version: 1,
        state: DeliveryState::Queued,
        attempt: 1,
        since: now,
        at: now,
        due: Some(now),
        fingerprint: String::new(),
        file_bytes: 0,
        doubtful: false,
        automatic: false,
        reason: None,
        message: None,
    }
}

#[tokio::test]
async fn what_a_deleted_ticket_leaves_undone_is_no_trouble_any_more() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M13", 1, fails(500)));
    writes_with(&rig, &thread, Author::Shop, "Etykieta.", NewFile::new("a.pdf", b"pdf"));
    rig.minute().await;
    assert_eq!(rig.waiting().await.len(), 1);
    rig.world.delete_ticket(ticket).expect("deleted");
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
}

#[tokio::test]
async fn thanks_for_a_deleted_ticket_stand_in_a_new_one() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    rig.world.delete_ticket(ticket).expect("deleted");
    thanks(&rig, &thread, "Dziękuję!");
    assert!(rig.settle().await);
    let now = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!((now != ticket, stands(&rig, now, "Dziękuję!")), (true, 1));
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn what_is_owed_in_a_ticket_that_is_gone_ends_and_touches_nothing_else() {
    let rests = with(|settings| settings.replies.settle_seconds = 900);
    let (rig, thread, ticket) = begun(rests).await;
    let waits = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    let message = Some(MessageId("m-1".into()));
    let delivered = Delivery { state: DeliveryState::Delivered, message, ..stranded(&rig, &thread, 1).await };
    keeps(&rig, &delivered).await;
    rig.tick().await;
    assert_eq!(rig.waiting().await.len(), 1, "nobody is left to be told that it was delivered");
    keeps(&rig, &stranded(&rig, &thread, 2).await).await;
    rig.tick().await;
    assert_eq!(delivery(&rig, &thread, EntryId(2)).await.reason, Some(Reason::TicketGone));
    assert_eq!(state(&rig, &thread, EntryId(2)).await, Some(DeliveryState::Parked));
    assert_eq!(state(&rig, &thread, waits).await, Some(DeliveryState::Queued));
}

#[tokio::test]
async fn a_held_reply_whose_ticket_is_deleted_is_set_aside() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let held = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    rig.world.delete_ticket(ticket).expect("deleted");
    rig.hint(ticket).await;
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Parked));
}

#[tokio::test]
async fn a_reply_that_was_on_its_way_before_the_merge_goes_out() {
    let rests = with(|settings| settings.replies.settle_seconds = 120);
    let (rig, _, source) = begun(rests).await;
    let other = NewThread::from_customer("C-2", "Ewa N.", "Czy są inne kolory?");
    let other = rig.world.open_thread(other).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let target = rig.ticket_of(&other).await.expect("a ticket");
    answers(&rig, source, "Paczka jest w drodze.");
    answers(&rig, target, "Tylko czerwony.");
    rig.hint(target).await;
    rig.world.merge_tickets(source, target).expect("merged");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &other), ["Tylko czerwony."]);
    assert_eq!(stands(&rig, target, "dołączono inne"), 1);
}

#[tokio::test]
async fn a_ticket_that_another_has_replaced_brings_nothing_new() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let under_way = answers(&rig, ticket, "Jeden.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    rig.hint(ticket).await;
    let mut conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    conversation.ticket = Some(TicketId(999));
    conversation.version += 1;
    assert_eq!(rig.ledger().save(&conversation, "somebody").await.expect("an answer"), Write::Done);
    let new = answers(&rig, ticket, "Dwa.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    for _ in 0..10 {
        rig.minute().await;
    }
    assert_eq!(sent(&rig, &thread), ["Jeden."]);
    assert_eq!(state(&rig, &thread, under_way).await, Some(DeliveryState::Delivered));
    assert_eq!(state(&rig, &thread, new).await, None);
}

#[tokio::test]
async fn a_ticket_that_shows_the_one_it_was_merged_into_sends_none_of_that_one_s_replies() {
    let target = |all: &mut twins::Switches| all.thulium.merged_ticket = twins::MergedTicket::Target;
    let (rig, thread, ticket) = begun(Options { switches: target, ..Options::default() }).await;
    let other = NewThread::from_customer("C-2", "Ola N.", "A moja?");
    let other = rig.world.open_thread(other).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let into = rig.ticket_of(&other).await.expect("a ticket");
    rig.world.merge_tickets(ticket, into).expect("merged");
    assert!(rig.settle().await);
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    rig.advance(60);
    answers(&rig, into, "Pani Olu, paczka jest w drodze.");
    for _ in 0..3 {
        rig.minute().await;
        rig.hint(ticket).await;
        rig.reconcile(START.parse().expect("a time")).await;
    }
    assert_eq!(sent(&rig, &thread), Vec::<String>::new());
    assert_eq!(sent(&rig, &other), ["Pani Olu, paczka jest w drodze."]);
}
