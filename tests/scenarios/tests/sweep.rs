//! What catches a mistake of the bridge itself: the sweep; and a person who retries what was set aside.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

use bridge::conversation::DeliveryState;
use bridge::engine::days_back;
use bridge::integration::Cursor;
use bridge::ledger::{Ledger, Write};
use jiff::SignedDuration;
use scenarios::{Options, Rig};
use twins::{AgentReply, At, Author, Fault, FaultRule, NewComment, NewMessage, NewThread, Side};

fn opens(rig: &Rig, buyer: &str, text: &str) -> String {
    rig.world.open_thread(NewThread::from_customer(buyer, "Jan K.", text)).expect("a thread").thread_id
}

/// A cursor that claims everything is done until tomorrow, as only a defect could write it.
async fn spoil_cursors(rig: &Rig) {
    let (now, ledger) = (rig.world.now(), rig.ledger());
    let id = &rig.settings.id;
    let taken = ledger.take_lease(id, "defect", now, now + SignedDuration::from_secs(1)).await;
    let (lease, cursor) = taken.expect("an answer").expect("the lease is free");
    let tomorrow = Some(now + SignedDuration::from_hours(24));
    let cursor = Cursor { empikplace: tomorrow, thulium: tomorrow, ..cursor };
    assert_eq!(ledger.commit(id, &lease, &cursor).await.expect("an answer"), Write::Done);
}

#[tokio::test]
async fn the_sweep_finds_what_a_wrong_cursor_passed_and_repeats_nothing() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    spoil_cursors(&rig).await;
    opens(&rig, "C-2", "A moja?");
    rig.world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("written");
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze do Pana.</p>")).expect("a reply");
    assert!(rig.settle().await);
    assert!(!rig.world.comparison().clean, "the cursor hides them from the ticks");

    let since = days_back(rig.world.now(), 2);
    let found = rig.reconcile(since).await.expect("alive");
    assert_eq!((found.reason.as_deref(), found.next), (None, None));
    assert_eq!((found.threads, found.missing, found.repaired, found.doubled), (2, 3, 3, 0));
    let comparison = rig.world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);

    rig.advance(60);
    let again = rig.reconcile(since).await.expect("alive");
    assert_eq!((again.threads, again.missing, again.repaired, again.doubled), (2, 0, 0, 0));
    assert!(rig.world.comparison().clean);
}

#[tokio::test]
async fn the_sweep_tells_what_stands_twice_and_yields_to_a_tick() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let ticket = rig.world.tickets().remove(0);
    let text = ticket.messages[0].text().to_owned();
    let comment = NewComment { login: "jnowak".to_owned(), text, attachments: Vec::new() };
    rig.world.agent_comment(ticket.ticket_id, comment).expect("a comment");
    let since = days_back(rig.world.now(), 2);
    let found = rig.reconcile(since).await.expect("alive");
    assert_eq!((found.missing, found.doubled, found.repaired), (0, 1, 0), "{thread}");

    let (now, ledger) = (rig.world.now(), rig.ledger());
    let lease = ledger.take_lease(&rig.settings.id, "tick", now, now + SignedDuration::from_secs(60)).await;
    assert!(lease.expect("an answer").is_some());
    let found = rig.reconcile(since).await.expect("alive");
    assert_eq!((found.threads, found.next), (0, Some(since)));
}

#[tokio::test]
async fn a_retry_does_not_double_what_had_arrived_after_all() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    // Accepted with a 500, and then the thread cannot be read: set aside, although it is there.
    let status = |code, at| Fault::Status { code, retry_after: None, at };
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, status(500, At::After)));
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M10", status(404, At::Before)));
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M11", status(500, At::Before)));
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze do Pana.</p>")).expect("a reply");
    for _ in 0..10 {
        rig.minute().await;
    }
    rig.world.clear_faults();
    let mut parked = rig.loaded(&thread).await.deliveries.remove(0);
    assert_eq!(parked.state, DeliveryState::Parked);

    assert!(parked.queue_again(rig.world.now()));
    let written = rig.ledger().save_delivery(&parked, "a person").await.expect("an answer");
    assert_eq!(written, Write::Done);
    assert!(rig.settle().await);
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(rig.loaded(&thread).await.deliveries[0].state, DeliveryState::Delivered);
    assert!(rig.world.comparison().clean);
}
