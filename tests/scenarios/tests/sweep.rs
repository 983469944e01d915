//! What catches a mistake of the bridge itself: the sweep; and a person who retries what was set aside.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

use bridge::conversation::DeliveryState;
use bridge::engine::{Halted, days_back};
use bridge::integration::Cursor;
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::MessageId;
use jiff::SignedDuration;
use local::Stack;
use scenarios::{Options, Rig};
use serde_json::{Value, json};
use twins::{
    AgentReply, At, Author, Fault, FaultRule, NewComment, NewMessage, NewThread, Side, World, WorldOptions,
};

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
    assert_eq!((found.reason, found.next), (None, None));
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
    assert_eq!((found.threads, found.reason), (0, Some(Halted::Held)));
}

#[tokio::test]
async fn the_sweep_tells_what_the_ledger_is_wrong_about() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze do Pana.</p>")).expect("a reply");
    assert!(rig.settle().await);
    // As only a defect could write it: a message that is in no ticket, and our own reply.
    rig.world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("written");
    let mut wrong = rig.loaded(&thread).await.conversation.expect("a conversation");
    for message in rig.world.thread(&thread).expect("a thread").messages {
        wrong.carried.insert(&MessageId(message.id));
    }
    wrong.version += 1;
    assert_eq!(rig.ledger().save(&wrong, "defect").await.expect("an answer"), Write::Done);
    let found = rig.reconcile(days_back(rig.world.now(), 2)).await.expect("alive");
    // Neither stands in the ticket as carried over, and the reply would stand there twice if it did.
    assert_eq!((found.reason, found.missing, found.doubled, found.repaired), (None, 2, 1, 0));
}

#[tokio::test]
async fn messages_that_people_merged_into_another_ticket_are_not_missing() {
    let rig = Rig::new(Options::default()).await;
    let (one, other) = (opens(&rig, "C-1", "Gdzie paczka?"), opens(&rig, "C-1", "Halo?"));
    assert!(rig.settle().await);
    let ticket = async |thread| rig.ticket_of(thread).await.expect("a ticket");
    rig.world.merge_tickets(ticket(&one).await, ticket(&other).await).expect("merged");
    let found = rig.reconcile(days_back(rig.world.now(), 2)).await.expect("alive");
    assert_eq!((found.reason, found.threads, found.missing, found.doubled), (None, 2, 0, 0));
}

#[tokio::test]
async fn a_ticket_that_is_gone_is_swept_over_and_one_that_cannot_be_read_is_told() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let since = days_back(rig.world.now(), 2);
    let down = Fault::Status { code: 500, retry_after: None, at: At::Before };
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "GET tickets/:id", 2, down));
    let found = rig.reconcile(since).await.expect("alive");
    assert!(matches!(found.reason, Some(Halted::Failed(_))), "{found:?}");
    rig.world.delete_ticket(rig.ticket_of(&thread).await.expect("a ticket")).expect("deleted");
    let found = rig.reconcile(since).await.expect("alive");
    assert_eq!((found.reason, found.threads, found.missing), (None, 1, 0));
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

/// What the poller's sweep says of the only shop.
async fn swept(stack: &Stack) -> Value {
    let event = json!({ "shard": 0, "shards": 1, "reconcile": { "days": 2 } });
    stack.tick_event(event).await.expect("a result")["integrations"][0].clone()
}

/// Threads that a wrong cursor keeps from the ticks.
async fn hidden(stack: &Stack, threads: usize) {
    let (now, ledger, id) = (stack.world().now(), stack.ledger(), stack.settings().id);
    let taken = ledger.take_lease(&id, "defect", now, now + SignedDuration::from_secs(1)).await;
    let (lease, cursor) = taken.expect("an answer").expect("the lease is free");
    let tomorrow = Some(now + SignedDuration::from_hours(24));
    let cursor = Cursor { empikplace: tomorrow, thulium: tomorrow, ..cursor };
    assert_eq!(ledger.commit(&id, &lease, &cursor).await.expect("an answer"), Write::Done);
    for buyer in 0..threads {
        // Each asks about an order of its own, which costs the sweep a call.
        let new = NewThread::from_customer(&format!("C-{buyer}"), "Jan K.", "Gdzie paczka?")
            .about_order(&format!("2026{buyer}-A"));
        stack.world().open_thread(new).expect("a thread");
        stack.world().advance(SignedDuration::from_secs(61));
    }
    stack.tick().await.expect("a tick");
    assert_eq!(stack.world().tickets().len(), 0, "the cursor hides them from the ticks");
}

#[tokio::test]
async fn the_poller_sweeps_once_a_day_whatever_ticks_do() {
    let world = World::new(WorldOptions::default()).expect("a world");
    let stack = Stack::joined(world).await.expect("a stack");
    hidden(&stack, 3).await;
    let found = swept(&stack).await;
    assert_eq!(
        (&found["missing"], &found["repaired"], &found["doubled"], &found["next"]),
        (&json!(3), &json!(3), &json!(0), &Value::Null),
        "{found}"
    );
    assert!(stack.world().comparison().clean, "{:#?}", stack.world().comparison().findings);

    stack.world().advance(SignedDuration::from_hours(1));
    let again = swept(&stack).await;
    assert_eq!(again["reason"], "the sweep of this day is through", "{again}");
    stack.world().advance(SignedDuration::from_hours(23));
    let tomorrow = swept(&stack).await;
    assert_eq!((&tomorrow["reason"], &tomorrow["missing"]), (&Value::Null, &json!(0)), "{tomorrow}");
    assert_eq!(tomorrow["threads"], 3, "{tomorrow}");
}

#[tokio::test]
async fn a_sweep_that_ran_out_of_calls_goes_on_with_the_next_event() {
    let world = World::new(WorldOptions::default()).expect("a world");
    let stack = Stack::joined(world).await.expect("a stack");
    let mut settings = stack.settings();
    settings.empikplace.calls_per_hour = 12;
    stack.add_integration(&settings, stack.secret()).await.expect("stored");
    hidden(&stack, 8).await;
    for thread in stack.world().threads() {
        for n in 0..3 {
            let new = NewMessage::new(Author::Customer, &format!("Halo? {n}"));
            stack.world().write(&thread.id, new).expect("written");
        }
    }
    let (mut events, mut looked_at, mut carried, mut through) = (0, 0, 0, false);
    while !through && events < 20 {
        stack.world().advance(SignedDuration::from_hours(1));
        let found = swept(&stack).await;
        carried += found["repaired"].as_u64().expect("a number");
        looked_at += found["threads"].as_u64().expect("a number");
        through = found["next"].is_null();
        events += 1;
        assert!(found["calls"]["empikplace"].as_u64().expect("a number") <= 12, "{found}");
    }
    println!("{carried} messages and {looked_at} threads in {events} events");
    assert!(through && stack.world().comparison().clean, "{:#?}", stack.world().comparison().findings);
    assert_eq!(carried, 32);
    assert!(events > 1 && looked_at < 16, "it goes on where it stopped: {looked_at} in {events}");
}

#[tokio::test]
async fn a_sweep_waits_for_a_tick_and_tells_of_a_shop_that_it_cannot_sweep() {
    let world = World::new(WorldOptions::default()).expect("a world");
    let stack = Stack::joined(world).await.expect("a stack");
    hidden(&stack, 1).await;
    let (now, id) = (stack.world().now(), stack.settings().id);
    let until = now + SignedDuration::from_secs(60);
    stack.ledger().take_lease(&id, "tick", now, until).await.expect("an answer").expect("free");
    let tick_ends = async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        stack.world().advance(SignedDuration::from_secs(61));
    };
    // The world's clock stands still but for that, so that the invocation's time is not up meanwhile.
    let (found, ()) = tokio::join!(swept(&stack), tick_ends);
    assert!(found["reason"] != "another tick is at work", "{found}");

    let unknown = json!({ "integration": "shop-x", "reconcile": { "days": 2 } });
    let result = stack.tick_event(unknown).await.expect("a result");
    let reason = result["integrations"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("no integration \"shop-x\""), "{reason}");
}
