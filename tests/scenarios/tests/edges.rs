//! What a story comes down to at its edges: the very minute, two workers at once, a call that is refused.
//! No reply overtakes what its author cannot know, and nothing is told twice or never.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

use std::time::Duration;

use bridge::conversation::DeliveryState;
use bridge::helpdesk::EntryId;
use jiff::{SignedDuration, Timestamp};
use scenarios::{Options, Rig, START};
use serde_json::json;
use twins::{AgentReply, At, Author, Fault, FaultRule, NewMessage, NewThread, Side};

const LOGIN: &str = "akowalska";

const COMMENT: &str = "POST tickets/:id/comment";

/// A rig with one conversation and its ticket.
async fn begun(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    rig.world.put_order(json!({ "order_id": "1-A" })).expect("an order");
    let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("1-A");
    let thread = rig.world.open_thread(new).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

/// The same under the stale answer guard.
async fn guarded() -> (Rig, String, u64) {
    begun(Options { settings: |settings| settings.replies.stale_guard = true, ..Options::default() }).await
}

fn fails(code: u16) -> Fault {
    Fault::Status { code, retry_after: None, at: At::Before }
}

/// Strikes the next call of an operation, once.
fn strikes(rig: &Rig, side: Side, operation: &str, fault: Fault) {
    rig.world.add_fault(FaultRule::nth(side, operation, 1, fault));
}

fn writes(rig: &Rig, thread: &str, from: Author, text: &str) {
    rig.world.write(thread, NewMessage::new(from, text)).expect("a message");
}

fn answers(rig: &Rig, ticket: u64, text: &str) -> EntryId {
    EntryId(rig.world.agent_reply(ticket, AgentReply::new(LOGIN, text)).expect("a reply"))
}

/// How often a text stands in a ticket.
fn stands(rig: &Rig, ticket: u64, text: &str) -> usize {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    messages.iter().filter(|message| message.text().contains(text)).count()
}

/// What the bridge has sent into a thread.
fn sent(rig: &Rig, thread: &str) -> Vec<String> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    messages.into_iter().filter(|m| m.author == Author::Api).map(|m| m.written).collect()
}

/// Where a reply stands.
async fn state(rig: &Rig, thread: &str, reply: EntryId) -> Option<DeliveryState> {
    rig.loaded(thread).await.deliveries.iter().find(|d| d.reply == reply).map(|d| d.state)
}

/// A hint, and another one while a call of the first takes its time.
async fn two_hints(rig: &Rig, ticket: u64, slow: &str) {
    strikes(rig, Side::Thulium, slow, Fault::Slow { ms: 900, at: At::Before });
    let second = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        rig.hint(ticket).await;
    };
    tokio::join!(rig.hint(ticket), second);
}

#[tokio::test]
async fn whoever_was_told_of_a_hold_knows_what_was_written_before_it_and_nothing_later() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    // It is not even in the ticket yet, but the agent was told of it.
    answers(&rig, ticket, "Naprawdę jutro.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jutro.", "Naprawdę jutro."]);

    // Dates of the helpdesk have the grain of a minute.
    rig.advance(60);
    writes(&rig, &thread, Author::Customer, "Proszę anulować!");
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.hint(ticket).await;
    rig.advance(60);
    writes(&rig, &thread, Author::Customer, "Albo jednak nie!");
    let last = answers(&rig, ticket, "Anulowaliśmy.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread)[2..], ["Paczka jest w drodze."], "the agent has decided about that one");
    assert_eq!(state(&rig, &thread, last).await, Some(DeliveryState::Held));
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 3, "each hold is told of");
}

#[tokio::test]
async fn a_message_of_the_very_time_of_enabling_counts() {
    let options = Options {
        settings: |settings| {
            settings.replies.stale_guard = true;
            settings.import.history = false;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(options).await;
    let now = rig.world.now();
    let start: Timestamp = START.parse().expect("a time");
    // The clock of the marketplace is behind.
    rig.world.set_time(start - SignedDuration::from_secs(10));
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    rig.world.set_time(now);
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
}

#[tokio::test]
async fn a_message_that_came_into_the_ticket_after_the_reply_was_not_seen() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    // The message is carried, and whether there are replies cannot be told.
    strikes(&rig, Side::Thulium, "GET tickets", fails(500));
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "nieaktualne"), 1);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
}

#[tokio::test]
async fn a_hold_that_could_not_be_told_of_ends_with_any_later_word() {
    let (rig, thread, ticket) = guarded().await;
    rig.world.switch(|all| _ = all.thulium.forbidden.insert(COMMENT.into()));
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let held = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Held));
    answers(&rig, ticket, "@wyślij");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
}

#[tokio::test]
async fn cancelling_is_about_the_held_reply_and_lets_nothing_behind_it_slip_through() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let held = answers(&rig, ticket, "Jutro.");
    let behind = answers(&rig, ticket, "Albo pojutrze.");
    rig.hint(ticket).await;
    answers(&rig, ticket, "@anuluj");
    rig.hint(ticket).await;
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Dropped));
    assert_eq!(state(&rig, &thread, behind).await, Some(DeliveryState::Held), "it is as old as the other");
    assert_eq!(sent(&rig, &thread), [""; 0]);
}

#[tokio::test]
async fn two_workers_tell_of_a_hold_and_of_the_decision_once() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    two_hints(&rig, ticket, COMMENT).await;
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    answers(&rig, ticket, "@wyślij");
    let before = rig.world.ticket(ticket).expect("a ticket").messages.len();
    two_hints(&rig, ticket, COMMENT).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
    let after = rig.world.ticket(ticket).expect("a ticket").messages.len();
    assert_eq!(after - before, 2, "the message, and one comment about the decision");
}
