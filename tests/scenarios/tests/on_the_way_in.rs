//! On the way into a ticket: moments and sizes exactly at their bounds, calls that fail in between, and
//! what people do in the same minute.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

use jiff::{SignedDuration, Timestamp};
use scenarios::{Options, Rig, START};
use twins::{
    AgentReply, At, Author, Fault, FaultRule, MessageKind, NewFile, NewMessage, NewThread, ParticipantKind,
    Side, Undocumented,
};

const CLOSED: u64 = 4;
const RESPONSE: &str = "POST tickets/:id/customer_response";
const COMMENT: &str = "POST tickets/:id/comment";

fn asks(buyer: &str, text: &str) -> NewThread {
    NewThread::from_customer(buyer, "Jan K.", text)
}

fn opens(rig: &Rig, thread: NewThread) -> String {
    rig.world.open_thread(thread).expect("a thread").thread_id
}

/// A rig with one conversation and its ticket.
async fn begun(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

fn fails(code: u16) -> Fault {
    Fault::Status { code, retry_after: None, at: At::Before }
}

fn writes(rig: &Rig, thread: &str, from: Author, text: &str) {
    rig.world.write(thread, NewMessage::new(from, text)).expect("a message");
}

fn writes_with(rig: &Rig, thread: &str, from: Author, text: &str, file: NewFile) {
    let new = NewMessage { attachments: vec![file], ..NewMessage::new(from, text) };
    rig.world.write(thread, new).expect("a message");
}

/// The same, with a click that it needs no answer.
fn thanks(rig: &Rig, thread: &str, text: &str) {
    writes(rig, thread, Author::Customer, text);
    rig.advance(5);
    rig.world.no_reply_needed(thread, ParticipantKind::Shop).expect("a click");
}

/// Texts of the entries of one kind in which a text stands.
fn with(rig: &Rig, ticket: u64, kind: MessageKind, text: &str) -> Vec<String> {
    let entries = rig.world.ticket(ticket).expect("a ticket").messages.into_iter();
    let entries = entries.filter(|entry| entry.kind == kind).map(|entry| entry.text().to_owned());
    entries.filter(|entry| entry.contains(text)).collect()
}

/// How often a text stands in a ticket.
fn stands(rig: &Rig, ticket: u64, text: &str) -> usize {
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    entries.iter().filter(|entry| entry.text().contains(text)).count()
}

fn calls(rig: &Rig, operation: &str) -> usize {
    rig.world.requests(0).iter().filter(|request| request.operation == operation).count()
}

fn assert_clean(rig: &Rig) {
    let comparison = rig.world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);
}

#[tokio::test]
async fn a_message_of_the_very_moment_of_enabling_is_new() {
    for history in
        [|_: &mut _| {}, |settings: &mut bridge::settings::Settings| settings.import.history = false]
    {
        let rig = Rig::new(Options { settings: history, ..Options::default() }).await;
        let start: Timestamp = START.parse().expect("a time");
        rig.world.set_time(start - SignedDuration::from_secs(10));
        let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.world.set_time(start);
        assert!(rig.settle().await);
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        assert_eq!(stands(&rig, ticket, "Gdzie paczka?"), 1);
        assert_eq!(stands(&rig, ticket, "wcześniejsza"), 0);
    }
}

#[tokio::test]
async fn an_older_question_that_only_a_colleague_answers_since_stays_out() {
    let rig = Rig::new(Options::default()).await;
    let start: Timestamp = START.parse().expect("a time");
    rig.world.set_time(start - SignedDuration::from_hours(24));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.world.set_time(start);
    writes(&rig, &thread, Author::Shop, "W drodze.");
    assert!(rig.settle().await);
    assert!(rig.world.tickets().is_empty());
    writes(&rig, &thread, Author::Customer, "Nadal nie dotarła.");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(stands(&rig, ticket, "wcześniejsza"), 1, "only what is older than the integration");
    assert_clean(&rig);
}

#[tokio::test]
async fn a_conversation_in_trouble_is_left_alone_until_it_is_due_and_no_longer() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    for _ in 0..4 {
        rig.minute().await;
    }
    let due = rig.waiting().await.first().map(|waits| waits.at).expect("it waits");
    assert!(due > rig.world.now() + SignedDuration::from_mins(1));
    let tries = calls(&rig, "M13");
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.restart();
    rig.minute().await;
    assert_eq!(calls(&rig, "M13"), tries, "not earlier, whatever else is written");
    assert!(rig.world.remove_fault(down));
    rig.world.set_time(due);
    rig.tick().await;
    assert_eq!((stands(&rig, ticket, "Zdjęcie."), stands(&rig, ticket, "Halo?")), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn what_a_deleted_ticket_leaves_undone_is_no_trouble_any_more() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M13", 1, fails(500)));
    writes_with(&rig, &thread, Author::Shop, "Etykieta.", NewFile::new("a.pdf", b"pdf"));
    rig.minute().await;
    assert_eq!(rig.waiting().await.len(), 1);
    rig.world.delete_ticket(ticket).expect("deleted");
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
}

#[tokio::test]
async fn a_buyer_who_repeats_our_words_is_no_echo_of_them() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(500)));
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "Paczka jest w drodze.")).expect("a reply");
    rig.minute().await;
    writes(&rig, &thread, Author::Customer, "Paczka jest w drodze.");
    assert!(rig.settle().await);
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(with(&rig, ticket, MessageKind::Mail, "Paczka jest w drodze.").len(), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn thanks_for_a_closed_ticket_wait_until_it_can_be_read_and_do_not_bring_it_back() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.close_ticket(ticket).expect("closed");
    assert!(rig.settle().await);
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets/:id", fails(500)));
    thanks(&rig, &thread, "Dziękuję!");
    rig.minute().await;
    assert!(rig.world.remove_fault(down));
    assert!(rig.settle().await);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
    assert_eq!(with(&rig, ticket, MessageKind::Comment, "Dziękuję!").len(), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn thanks_for_a_deleted_ticket_stand_in_a_new_one() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.delete_ticket(ticket).expect("deleted");
    thanks(&rig, &thread, "Dziękuję!");
    assert!(rig.settle().await);
    let now = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!((now != ticket, stands(&rig, now, "Dziękuję!")), (true, 1));
    assert_eq!(rig.parked().await.len(), 0);
}

/// Files of customers' messages are ignored, those of comments arrive.
fn files_in_comments() -> Options {
    let switches = |all: &mut twins::Switches| {
        all.thulium.response_attachments = Undocumented::Ignored;
        all.thulium.comment_attachments = Undocumented::Accepted;
    };
    Options { switches, ..Options::default() }
}

#[tokio::test]
async fn files_that_no_comment_brings_are_told_of() {
    let (rig, thread, ticket) = begun(files_in_comments()).await;
    // With the files and without them.
    let refused = FaultRule { count: Some(2), ..FaultRule::nth(Side::Thulium, COMMENT, 1, fails(400)) };
    writes(&rig, &thread, Author::Shop, "Sprawdzamy.");
    assert!(rig.settle().await, "how comments are written is known");
    rig.world.add_fault(refused);
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 1);
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn files_whose_comment_gave_no_answer_come_once_and_nothing_else_is_said() {
    let (rig, thread, ticket) = begun(files_in_comments()).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    assert_eq!(entries.iter().filter(|entry| !entry.attachments.is_empty()).count(), 1);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 0);
}

#[tokio::test]
async fn a_message_with_files_whose_answer_was_lost_stands_once_with_them() {
    let accepted = |all: &mut twins::Switches| all.thulium.response_attachments = Undocumented::Accepted;
    let (rig, thread, ticket) = begun(Options { switches: accepted, ..Options::default() }).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    let shown = entries.iter().filter(|entry| entry.text().contains("Zdjęcie.")).collect::<Vec<_>>();
    assert_eq!((shown.len(), shown[0].attachments.len()), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn the_largest_file_that_thulium_takes_comes_along() {
    let rig = Rig::new(Options::default()).await;
    let largest = NewFile { name: "film.mp4".into(), size: Some(25 << 20), ..NewFile::default() };
    let thread = opens(&rig, NewThread { attachments: vec![largest], ..asks("C-1", "Film.") });
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").messages[0].attachments.len(), 1);
}

#[tokio::test]
async fn what_thulium_would_not_do_yet_is_done_at_the_next_tick() {
    let rig = Rig::new(Options::default()).await;
    let wait = Fault::Status { code: 429, retry_after: Some(30), at: At::Before };
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, wait.clone()));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, wait));
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_clean(&rig);
}
