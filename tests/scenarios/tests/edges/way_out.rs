//! What a story comes down to at its edges: the very minute, two workers at once, a call that is refused.
//! No reply overtakes what its author cannot know, and nothing is told twice or never.

use std::time::Duration;

use bridge::conversation::{Delivery, DeliveryState, Reason};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::MessageId;
use bridge::settings::AutoReplyWhen;
use jiff::{SignedDuration, Timestamp};
use scenarios::{Options, Place, Point, Rig, START};
use serde_json::json;
use twins::{
    At, Author, ClosedTicket, Fault, FaultRule, NewComment, NewFile, NewMessage, NewThread, ParticipantKind,
    Side, Undocumented,
};

use crate::support::{COMMENT, LOGIN, RESPONSE, answers, begun, fails, sent, stands, writes};

/// What a ticket says of files that are not in it.
const ELSEWHERE: &str = "Są w rozmowie na EmpikPlace";

/// The same under the stale answer guard.
async fn guarded() -> (Rig, String, u64) {
    begun(Options { settings: |settings| settings.replies.stale_guard = true, ..Options::default() }).await
}

/// Strikes the next call of an operation, once.
fn strikes(rig: &Rig, side: Side, operation: &str, fault: Fault) {
    rig.world.add_fault(FaultRule::nth(side, operation, 1, fault));
}

/// Somebody writes with files.
fn sends(rig: &Rig, thread: &str, from: Author, text: &str, files: &[NewFile]) {
    let message = NewMessage { attachments: files.to_vec(), ..NewMessage::new(from, text) };
    rig.world.write(thread, message).expect("a message");
}

/// An agent notes something in a ticket.
fn notes(rig: &Rig, ticket: u64, text: &str) {
    let comment = NewComment { login: LOGIN.to_owned(), text: text.to_owned(), attachments: Vec::new() };
    rig.world.agent_comment(ticket, comment).expect("a comment");
}

/// How many files and messages a ticket holds.
fn holds(rig: &Rig, ticket: u64) -> (usize, usize) {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    (messages.iter().map(|message| message.attachments.len()).sum(), messages.len())
}

/// To whom the bridge has sent into a thread.
fn recipients(rig: &Rig, thread: &str) -> Vec<Vec<ParticipantKind>> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    let sent = messages.into_iter().filter(|m| m.author == Author::Api);
    sent.map(|m| m.to.into_iter().map(|p| p.kind).collect()).collect()
}

/// Where a reply stands.
async fn state(rig: &Rig, thread: &str, reply: EntryId) -> Option<DeliveryState> {
    rig.loaded(thread).await.deliveries.iter().find(|d| d.reply == reply).map(|d| d.state)
}

/// The next call of an operation kills the process, before or after it takes effect.
fn kills(rig: &Rig, place: Place, operation: &str, how: scenarios::Fault) {
    let of = |point: &Point| point.place == place && point.operation == operation;
    let nth = rig.line.calls().iter().filter(|call| of(&call.point)).count() + 1;
    rig.line.plan([(Point { place, operation: operation.to_owned(), nth }, how)]);
}

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

/// Writes what somebody else would write.
async fn keeps(rig: &Rig, delivery: &Delivery) {
    assert_eq!(rig.ledger().save_delivery(delivery, "somebody").await.expect("an answer"), Write::Done);
}

async fn delivery(rig: &Rig, thread: &str, reply: EntryId) -> Delivery {
    let loaded = rig.loaded(thread).await;
    loaded.deliveries.into_iter().find(|d| d.reply == reply).expect("it is in the ledger")
}

/// A hint, and another one while a call of the first takes its time.
async fn two_hints(rig: &Rig, ticket: u64, side: Side, slow: &str, at: At) {
    strikes(rig, side, slow, Fault::Slow { ms: 900, at });
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
    two_hints(&rig, ticket, Side::Thulium, COMMENT, At::Before).await;
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    answers(&rig, ticket, "@wyślij");
    let before = rig.world.ticket(ticket).expect("a ticket").messages.len();
    two_hints(&rig, ticket, Side::Thulium, COMMENT, At::Before).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
    let after = rig.world.ticket(ticket).expect("a ticket").messages.len();
    assert_eq!(after - before, 2, "the message, and one comment about the decision");
}

#[tokio::test]
async fn what_is_owed_in_a_ticket_that_is_gone_ends_and_touches_nothing_else() {
    let rests = Options { settings: |settings| settings.replies.settle_seconds = 900, ..Options::default() };
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
    let rests = Options { settings: |settings| settings.replies.settle_seconds = 120, ..Options::default() };
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
async fn an_agents_reply_that_is_tried_again_is_not_taken_for_the_bridges_own() {
    let answering = Options {
        settings: |settings| {
            settings.replies.auto_reply = "Odpowiemy jutro.".into();
            settings.replies.auto_reply_when = AutoReplyWhen::Always;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(answering).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    answers(&rig, ticket, "Jest w drodze.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Odpowiemy jutro.", "Jest w drodze."]);
}

#[tokio::test]
async fn a_reply_that_a_person_lets_go_does_not_rest_again() {
    let resting = Options {
        settings: |settings| {
            settings.replies.stale_guard = true;
            settings.replies.settle_seconds = 90;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(resting).await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let (held, behind) = (answers(&rig, ticket, "Jutro."), answers(&rig, ticket, "Albo pojutrze."));
    rig.hint(ticket).await;
    assert!(rig.settle().await, "what waits behind it costs nothing");
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Held));
    assert_eq!(delivery(&rig, &thread, behind).await.due, None);
    let mut held = delivery(&rig, &thread, held).await;
    assert!(held.queue_again(rig.world.now()));
    keeps(&rig, &held).await;
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
}

#[tokio::test]
async fn every_reply_has_its_own_rest_to_the_second() {
    let resting =
        Options { settings: |settings| settings.replies.settle_seconds = 120, ..Options::default() };
    let (rig, thread, ticket) = begun(resting).await;
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    rig.advance(100);
    answers(&rig, ticket, "Albo pojutrze.");
    rig.hint(ticket).await;
    for (seconds, all) in [(19, 0), (1, 1), (99, 1), (1, 2)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(sent(&rig, &thread).len(), all);
    }
}

#[tokio::test]
async fn a_reply_that_is_taken_back_while_it_rests_stays_inside() {
    let resting =
        Options { settings: |settings| settings.replies.settle_seconds = 120, ..Options::default() };
    let (rig, thread, ticket) = begun(resting).await;
    let reply = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    rig.world.cancel_reply(ticket, reply.0).expect("taken back");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(delivery(&rig, &thread, reply).await.reason, Some(Reason::TicketGone));
    assert_eq!(rig.parked().await.len(), 1, "a person sees it");
}

#[tokio::test]
async fn what_waits_behind_a_reply_that_may_have_arrived_goes_out_as_soon_as_that_is_known() {
    // Nothing but the ledger remembers the second reply.
    let quiet = Options {
        settings: |settings| settings.empikplace.poll_seconds = 3_600,
        switches: |all| all.thulium.reply_bumps_updated_at = false,
    };
    let (rig, thread, ticket) = begun(quiet).await;
    rig.advance(600);
    assert!(rig.settle().await);
    answers(&rig, ticket, "Jeden.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    rig.tick().await;
    answers(&rig, ticket, "Dwa.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jeden."]);
    rig.minute().await;
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."]);
}

#[tokio::test]
async fn a_reply_of_two_years_is_not_begun_any_more() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let two_years = 2 * 366 * 24 * 3_600;
    answers(&rig, ticket, "Jeden.");
    rig.advance(60);
    answers(&rig, ticket, "Dwa.");
    rig.advance(two_years);
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Dwa."]);
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
async fn what_went_out_does_not_become_due_behind_what_a_person_tries_again() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let first = answers(&rig, ticket, "ok");
    rig.hint(ticket).await;
    let second = answers(&rig, ticket, "Dzień dobry.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Dzień dobry."]);
    let mut again = delivery(&rig, &thread, first).await;
    assert!(again.queue_again(rig.world.now()));
    again.due = Some(rig.world.now() + SignedDuration::from_mins(5));
    keeps(&rig, &again).await;
    rig.hint(ticket).await;
    assert_eq!(delivery(&rig, &thread, second).await.due, None);
}

#[tokio::test]
async fn of_automatic_replies_that_wait_one_goes_out() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    for _ in 0..2 {
        rig.world.automatic_reply(ticket, "Jesteśmy zamknięci.", "").expect("a reply");
    }
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jutro.", "Jesteśmy zamknięci."]);
}

#[tokio::test]
async fn a_hold_that_a_crash_left_half_told_is_told_once_it_is_due() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let reply = answers(&rig, ticket, "Jutro.");
    kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    for (seconds, told) in [(119, 0), (1, 1)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), told);
    }
    assert_eq!(state(&rig, &thread, reply).await, Some(DeliveryState::Held));
}

#[tokio::test]
async fn a_reply_that_may_have_arrived_is_left_to_its_sender_for_half_a_minute() {
    let receipts = Options { settings: |settings| settings.replies.receipts = true, ..Options::default() };
    let (rig, thread, ticket) = begun(receipts).await;
    answers(&rig, ticket, "Jutro.");
    two_hints(&rig, ticket, Side::Empikplace, "M12", At::After).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1);
    let reply = answers(&rig, ticket, "Albo pojutrze.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    for (seconds, known) in [(29, DeliveryState::Sending), (1, DeliveryState::Delivered)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(state(&rig, &thread, reply).await, Some(known));
    }
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 2);
}

#[tokio::test]
async fn a_reply_that_did_not_arrive_is_sent_again_after_two_minutes_whatever_others_write() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    // A colleague's words stand in the ticket, and the agent's are the same.
    writes(&rig, &thread, Author::Shop, "Jutro.");
    rig.minute().await;
    answers(&rig, ticket, "Jutro.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    writes(&rig, &thread, Author::Shop, "Z panelu: proszę czekać.");
    writes(&rig, &thread, Author::Customer, "Jutro.");
    for (seconds, all) in [(31, 0), (88, 0), (1, 1)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(sent(&rig, &thread).len(), all, "after {seconds} more seconds");
    }
}

#[tokio::test]
async fn a_thread_that_cannot_be_read_is_not_one_that_is_gone() {
    for (code, at_last) in [(500, DeliveryState::Delivered), (404, DeliveryState::Parked)] {
        let (rig, thread, ticket) = begun(Options::default()).await;
        let reply = answers(&rig, ticket, "Jutro.");
        kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
        rig.hint(ticket).await;
        rig.advance(40);
        strikes(&rig, Side::Empikplace, "M10", fails(code));
        rig.hint(ticket).await;
        rig.advance(1);
        rig.hint(ticket).await;
        assert_eq!(state(&rig, &thread, reply).await, Some(at_last), "{code}");
    }
}

#[tokio::test]
async fn receipts_that_a_crash_left_out_are_written_once_within_a_day() {
    let receipts = Options { settings: |settings| settings.replies.receipts = true, ..Options::default() };
    let (rig, _, ticket) = begun(receipts).await;
    // Too short: it is delivered to nobody.
    answers(&rig, ticket, "ok");
    rig.hint(ticket).await;
    rig.advance(200);
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 0);
    for (seconds, told) in [(119, 0), (1, 1), (1, 1)] {
        if told == 0 {
            answers(&rig, ticket, "Jutro.");
            kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
            rig.hint(ticket).await;
        }
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), told);
    }
    answers(&rig, ticket, "Albo pojutrze.");
    kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    rig.advance(24 * 3_600);
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1, "it would come oddly late");
}

#[tokio::test]
async fn a_receipt_is_owed_where_the_answer_was_lost_and_then_no_more() {
    let receipts = Options { settings: |settings| settings.replies.receipts = true, ..Options::default() };
    let (rig, thread, ticket) = begun(receipts).await;
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Empikplace, "M12", Fault::LostAnswer);
    rig.hint(ticket).await;
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1);
}

#[tokio::test]
async fn the_own_reply_is_not_sent_any_more_once_somebody_has_answered() {
    let answering = Options {
        settings: |settings| {
            settings.replies.auto_reply = "Odpowiemy jutro.".into();
            settings.replies.auto_reply_when = AutoReplyWhen::Always;
        },
        ..Options::default()
    };
    let rig = Rig::new(answering).await;
    strikes(&rig, Side::Empikplace, "M12", fails(429));
    let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
    let thread = rig.world.open_thread(new).expect("a thread").thread_id;
    rig.tick().await;
    assert_eq!(state(&rig, &thread, Delivery::OWN).await, Some(DeliveryState::Queued));
    writes(&rig, &thread, Author::Shop, "Już sprawdzamy.");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(state(&rig, &thread, Delivery::OWN).await, Some(DeliveryState::Skipped));
    assert_eq!(rig.parked().await.len(), 0, "nobody has to do anything about it");
}

#[tokio::test]
async fn a_buyer_who_may_be_written_to_again_is_the_one_who_is_answered() {
    let copies = Options { settings: |settings| settings.replies.operator_copy = true, ..Options::default() };
    let (rig, thread, ticket) = begun(copies).await;
    // When the thread was last read, the buyer could not be written to.
    let mut conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    conversation.buyer_authorised = false;
    conversation.version += 1;
    assert_eq!(rig.ledger().save(&conversation, "somebody").await.expect("an answer"), Write::Done);
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(recipients(&rig, &thread), [[ParticipantKind::Customer, ParticipantKind::Operator]]);
}

#[tokio::test]
async fn a_reply_to_the_buyer_does_not_turn_to_the_operator_who_writes_while_it_rests() {
    let resting =
        Options { settings: |settings| settings.replies.settle_seconds = 120, ..Options::default() };
    let (rig, thread, ticket) = begun(resting).await;
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    let private =
        NewMessage { to: Some(vec![ParticipantKind::Shop]), ..NewMessage::new(Author::Operator, "Pilne!") };
    rig.world.write(&thread, private).expect("a message");
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Pilne!"), 1);
    assert_eq!(recipients(&rig, &thread), [[ParticipantKind::Customer]]);
}

#[tokio::test]
async fn a_message_that_may_not_have_arrived_is_repeated_after_two_minutes() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    strikes(&rig, Side::Thulium, RESPONSE, fails(500));
    rig.minute().await;
    for times in [0, 1] {
        rig.minute().await;
        assert_eq!(stands(&rig, ticket, "Halo?"), times);
    }
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
}

#[tokio::test]
async fn a_ticket_that_may_not_have_been_opened_is_opened_after_four_minutes() {
    for crash in [true, false] {
        let rig = Rig::new(Options::default()).await;
        let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        rig.world.open_thread(new).expect("a thread");
        match crash {
            // The lease of the dead process lapses first.
            true => kills(&rig, Place::Thulium, "POST tickets", scenarios::Fault::KilledBefore),
            false => strikes(&rig, Side::Thulium, "POST tickets", fails(500)),
        }
        rig.tick().await;
        for tickets in [0, 0, 0, 1] {
            rig.minute().await;
            assert_eq!(rig.world.tickets().len(), tickets);
        }
    }
}

#[tokio::test]
async fn a_closed_ticket_comes_back_although_the_answer_to_the_message_was_lost() {
    let stays = Options {
        switches: |all| all.thulium.closed_ticket = ClosedTicket::StaysClosed,
        ..Options::default()
    };
    for change in [None, Some(fails(500)), Some(fails(503))] {
        let (rig, thread, ticket) = begun(stays).await;
        rig.world.close_ticket(ticket).expect("closed");
        writes(&rig, &thread, Author::Customer, "Halo?");
        strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
        if let Some(fault) = change {
            strikes(&rig, Side::Thulium, "PUT tickets/:id", fault);
        }
        assert!(rig.settle().await);
        assert_eq!(stands(&rig, ticket, "Halo?"), 1);
        assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, 1);
    }
}

#[tokio::test]
async fn a_status_that_thulium_does_not_let_the_bridge_set_holds_nothing_up() {
    let forbidden = Options {
        switches: |all| {
            all.thulium.closed_ticket = ClosedTicket::StaysClosed;
            all.thulium.forbidden.insert("PUT tickets/:id".into());
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(forbidden).await;
    rig.world.close_ticket(ticket).expect("closed");
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn a_ticket_that_is_gone_when_it_is_to_come_back_is_no_trouble() {
    let stays = Options {
        switches: |all| all.thulium.closed_ticket = ClosedTicket::StaysClosed,
        ..Options::default()
    };
    for (code, comes_back) in [(404, false), (500, true)] {
        let (rig, thread, ticket) = begun(stays).await;
        rig.world.close_ticket(ticket).expect("closed");
        writes(&rig, &thread, Author::Customer, "Halo?");
        // Nothing else reads the ticket.
        strikes(&rig, Side::Thulium, "GET tickets", fails(500));
        strikes(&rig, Side::Thulium, "GET tickets/:id", fails(code));
        rig.minute().await;
        assert_eq!(rig.parked().await.len(), 0);
        assert!(rig.settle().await);
        assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id == 1, comes_back, "{code}");
    }
}

#[tokio::test]
async fn a_message_that_is_found_is_settled_beside_comments_that_cannot_be_read() {
    let nameless = Options { switches: |all| all.thulium.comments_without_id = true, ..Options::default() };
    let (rig, thread, ticket) = begun(nameless).await;
    notes(&rig, ticket, "Proszę sprawdzić magazyn.");
    writes(&rig, &thread, Author::Customer, "Halo?");
    strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
}

#[tokio::test]
async fn files_are_brought_once_whatever_answer_was_lost() {
    let comments = Options {
        switches: |all| {
            all.thulium.response_attachments = Undocumented::Ignored;
            all.thulium.comment_attachments = Undocumented::Accepted;
        },
        ..Options::default()
    };
    for operation in [RESPONSE, COMMENT] {
        let (rig, thread, ticket) = begun(comments).await;
        let (files, _) = holds(&rig, ticket);
        sends(&rig, &thread, Author::Customer, "Zdjęcie", &[NewFile::new("a.jpg", b"jpg")]);
        strikes(&rig, Side::Thulium, operation, Fault::LostAnswer);
        assert!(rig.settle().await);
        assert_eq!(holds(&rig, ticket).0 - files, 1, "{operation}");
        assert_eq!(stands(&rig, ticket, ELSEWHERE), 0, "{operation}");
        // What was learnt is right.
        sends(&rig, &thread, Author::Shop, "Etykieta", &[NewFile::new("b.pdf", b"pdf")]);
        assert!(rig.settle().await);
        assert_eq!(holds(&rig, ticket).0 - files, 2, "{operation}");
        assert_eq!(stands(&rig, ticket, ELSEWHERE), 0, "{operation}");
    }
}

#[tokio::test]
async fn a_file_that_could_not_come_does_not_bring_the_others_twice() {
    let small = Options {
        switches: |all| {
            all.thulium.response_attachments = Undocumented::Accepted;
            all.thulium.comment_attachments = Undocumented::Accepted;
            all.thulium.upload_bytes = 10;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(small).await;
    let files = [NewFile::new("a.jpg", b"jpg"), NewFile::new("b.jpg", b"far more than ten bytes")];
    sends(&rig, &thread, Author::Customer, "Zdjęcia", &files);
    strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
    assert!(rig.settle().await);
    assert_eq!((stands(&rig, ticket, "Zdjęcia"), holds(&rig, ticket).0), (1, 1));
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

#[tokio::test]
async fn a_reminder_comes_once_although_the_answer_was_lost() {
    let reminds =
        Options { settings: |settings| settings.replies.remind_after_hours = 2, ..Options::default() };
    let rig = Rig::new(reminds).await;
    let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
    let thread = rig.world.open_thread(new).expect("a thread").thread_id;
    rig.tick().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    strikes(&rig, Side::Thulium, COMMENT, Fault::LostAnswer);
    rig.advance(2 * 3_600);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Przypomnienie"), 1);
}

#[tokio::test]
async fn a_comment_of_a_colleague_goes_without_its_file_where_thulium_refuses_that() {
    let refusing = Options {
        switches: |all| all.thulium.comment_attachments = Undocumented::Rejected,
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(refusing).await;
    sends(&rig, &thread, Author::Shop, "Etykieta", &[NewFile::new("b.pdf", b"pdf")]);
    assert!(rig.settle().await);
    assert_eq!((stands(&rig, ticket, "Etykieta"), stands(&rig, ticket, ELSEWHERE)), (1, 1));
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn a_hold_that_could_not_be_told_of_at_once_is_told_of_later() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Thulium, COMMENT, fails(500));
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    assert_eq!(sent(&rig, &thread), [""; 0]);
}

/// Thulium says yes to the next comment, and it is nowhere.
fn swallows(rig: &Rig) {
    strikes(rig, Side::Thulium, COMMENT, fails(204));
}

#[tokio::test]
async fn a_comment_that_does_not_show_is_waited_for_before_another_name_is_tried() {
    let named =
        Options { switches: |all| all.thulium.comment_parameter = "text".into(), ..Options::default() };
    let begins = async || {
        let rig = Rig::new(named).await;
        let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        let thread = rig.world.open_thread(new).expect("a thread").thread_id;
        rig.tick().await;
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        (rig, thread, ticket)
    };
    let (rig, thread, ticket) = begins().await;
    notes(&rig, ticket, "Sprawdzam.");
    writes(&rig, &thread, Author::Shop, "Z panelu");
    swallows(&rig);
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Z panelu"), 0);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Z panelu"), 1);

    // It shows, and is empty: the name was wrong.
    let (rig, thread, ticket) = begins().await;
    writes(&rig, &thread, Author::Shop, "Z panelu");
    notes(&rig, ticket, " ");
    swallows(&rig);
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Z panelu"), 1);

    // That all other names are refused does not tell that nothing arrived.
    let (rig, thread, ticket) = begins().await;
    rig.world.switch(|all| all.thulium.comment_parameter = "note".into());
    writes(&rig, &thread, Author::Shop, "Z panelu");
    notes(&rig, ticket, " ");
    swallows(&rig);
    rig.minute().await;
    assert!(rig.loaded(&thread).await.conversation.expect("a conversation").intent.is_some());
}

#[tokio::test]
async fn what_waits_behind_a_reply_is_written_down_before_that_one_goes_out() {
    let quiet = Options {
        settings: |settings| settings.replies.settle_seconds = 60,
        switches: |all| all.thulium.reply_bumps_updated_at = false,
    };
    let (rig, thread, ticket) = begun(quiet).await;
    // The lists of both sides have gone on; nothing but the ledger remembers this ticket.
    for _ in 0..2 {
        rig.advance(600);
        let other = NewThread::from_customer("C-9", "Ewa N.", "Czy są inne kolory?");
        rig.world.open_thread(other).expect("a thread");
        for _ in 0..4 {
            rig.minute().await;
        }
    }
    answers(&rig, ticket, "Jeden.");
    rig.hint(ticket).await;
    rig.advance(60);
    answers(&rig, ticket, "Dwa.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."]);
}

#[tokio::test]
async fn a_reply_that_may_be_the_message_that_cannot_be_read_is_not_sent_again() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    strikes(&rig, Side::Empikplace, "M12", Fault::LostAnswer);
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.minute().await;
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    let arrived = messages.into_iter().find(|m| m.author == Author::Api).expect("it arrived").id;
    rig.world.switch(|s| {
        s.empikplace.unreadable_messages.insert(arrived);
    });
    for _ in 0..30 {
        rig.minute().await;
    }
    assert_eq!(sent(&rig, &thread).len(), 1, "whether it stands there cannot be told");
    rig.world.switch(|s| s.empikplace.unreadable_messages.clear());
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
}

#[tokio::test]
async fn tickets_whose_rows_cannot_be_read_keep_no_other_from_being_looked_at() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    for n in 2..=4 {
        let new = NewThread::from_customer(&format!("C-{n}"), "Ola N.", "A moja?");
        rig.world.open_thread(new).expect("a thread");
    }
    assert!(rig.settle().await);
    let others = rig.world.ticket_ids().into_iter().filter(|id| *id != ticket).collect();
    rig.world.switch(|s| s.thulium.unreadable_rows = others);
    answers(&rig, ticket, "Paczka jest w drodze.");
    for _ in 0..3 {
        rig.minute().await;
    }
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
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
