//! What these scenarios have in common: how they begin, what people do, what is struck, and what stands
//! where in the end.

use std::time::Duration;

use bridge::conversation::{Delivery, DeliveryState};
use bridge::helpdesk::EntryId;
use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use scenarios::{Options, Place, Point, Rig};
use serde_json::json;
use twins::{
    AgentReply, At, Author, ClosedTicket, Fault, FaultRule, MessageKind, NewComment, NewFile, NewMail,
    NewMessage, NewThread, ParticipantKind, Side, Switches,
};

/// An agent.
pub const LOGIN: &str = "akowalska";
/// Comments in tickets.
pub const COMMENT: &str = "POST tickets/:id/comment";
/// Messages of customers in tickets.
pub const RESPONSE: &str = "POST tickets/:id/customer_response";

/// The options that these settings make.
pub fn with(settings: fn(&mut Settings)) -> Options {
    Options { settings, ..Options::default() }
}

/// With a Thulium that leaves a closed ticket closed whatever comes into it.
pub fn stays_closed() -> Options {
    let switches = |all: &mut Switches| all.thulium.closed_ticket = ClosedTicket::StaysClosed;
    Options { switches, ..Options::default() }
}

/// A rig with one conversation about an order, and its ticket.
pub async fn begun(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    rig.world.put_order(json!({ "order_id": "1-A" })).expect("an order");
    let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("1-A");
    let thread = rig.world.open_thread(new).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

/// A rig with one conversation about nothing in particular, and its ticket.
pub async fn asked(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

/// One about an order, under the guard against stale answers.
pub async fn guarded() -> (Rig, String, u64) {
    begun(with(|settings| settings.replies.stale_guard = true)).await
}

/// A conversation about nothing in particular.
pub fn asks(buyer: &str, text: &str) -> NewThread {
    NewThread::from_customer(buyer, "Jan K.", text)
}

/// The id of a conversation that somebody begins.
pub fn opens(rig: &Rig, thread: NewThread) -> String {
    rig.world.open_thread(thread).expect("a thread").thread_id
}

/// A thread in which the shop has written and nobody else: it opens no ticket.
pub fn shop_writes(rig: &Rig, n: usize) {
    let new = NewThread::from_customer(&format!("S-{n}"), "Jan K.", "Paczka została wysłana.");
    rig.world.open_thread(NewThread { from: Some(Author::Shop), ..new }).expect("a thread");
}

/// Somebody writes into a thread.
pub fn writes(rig: &Rig, thread: &str, from: Author, text: &str) {
    rig.world.write(thread, NewMessage::new(from, text)).expect("a message");
}

/// The same, with a file.
pub fn writes_with(rig: &Rig, thread: &str, from: Author, text: &str, file: NewFile) {
    let new = NewMessage { attachments: vec![file], ..NewMessage::new(from, text) };
    rig.world.write(thread, new).expect("a message");
}

/// The buyer writes and clicks that no answer is needed.
pub fn thanks(rig: &Rig, thread: &str, text: &str) {
    writes(rig, thread, Author::Customer, text);
    rig.advance(5);
    rig.world.no_reply_needed(thread, ParticipantKind::Shop).expect("a click");
}

/// Mails that have nothing to do with the marketplace.
pub fn mails(rig: &Rig, count: usize) {
    for n in 0..count {
        let mail = NewMail {
            from: format!("ktos-{n}@example.org"),
            subject: "Pytanie".into(),
            body: "Dzień dobry".into(),
            ticket_queue_id: None,
        };
        rig.world.receive_mail(mail).expect("a ticket");
    }
}

/// An agent's reply.
pub fn answers(rig: &Rig, ticket: u64, text: &str) -> EntryId {
    EntryId(rig.world.agent_reply(ticket, AgentReply::new(LOGIN, text)).expect("a reply"))
}

/// An agent's reply with files of these names and sizes.
pub fn answers_with(rig: &Rig, ticket: u64, files: &[(&str, usize)]) {
    let file = |(name, size): &(&str, usize)| NewFile {
        name: (*name).into(),
        size: Some(*size),
        ..NewFile::default()
    };
    let attachments = files.iter().map(file).collect();
    let reply = AgentReply { attachments, ..AgentReply::new(LOGIN, "W załączniku.") };
    rig.world.agent_reply(ticket, reply).expect("a reply");
}

/// An agent notes something in a ticket.
pub fn notes(rig: &Rig, ticket: u64, text: &str) {
    let comment = NewComment { login: LOGIN.to_owned(), text: text.to_owned(), attachments: Vec::new() };
    rig.world.agent_comment(ticket, comment).expect("a comment");
}

/// A status before anything happened.
pub fn fails(code: u16) -> Fault {
    Fault::Status { code, retry_after: None, at: At::Before }
}

/// Strikes the next call of an operation, once.
pub fn strikes(rig: &Rig, side: Side, operation: &str, fault: Fault) {
    rig.world.add_fault(FaultRule::nth(side, operation, 1, fault));
}

/// Until a rule has struck so many calls.
pub async fn struck(rig: &Rig, rule: u64, calls: u64) {
    while rig.world.faults().iter().any(|(id, _, seen)| *id == rule && *seen < calls) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The next call of an operation kills the process, before or after it takes effect.
pub fn kills(rig: &Rig, place: Place, operation: &str, how: scenarios::Fault) {
    let of = |point: &Point| point.place == place && point.operation == operation;
    let nth = rig.line.calls().iter().filter(|call| of(&call.point)).count() + 1;
    rig.line.plan([(Point { place, operation: operation.to_owned(), nth }, how)]);
}

/// A hint, and another one while a call of the first takes its time.
pub async fn two_hints(rig: &Rig, ticket: u64, side: Side, slow: &str, at: At) {
    strikes(rig, side, slow, Fault::Slow { ms: 900, at });
    let second = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        rig.hint(ticket).await;
    };
    tokio::join!(rig.hint(ticket), second);
}

/// Writes what somebody else would write.
pub async fn keeps(rig: &Rig, delivery: &Delivery) {
    assert_eq!(rig.ledger().save_delivery(delivery, "somebody").await.expect("an answer"), Write::Done);
}

/// How often a text stands in a ticket.
pub fn stands(rig: &Rig, ticket: u64, text: &str) -> usize {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    messages.iter().filter(|message| message.text().contains(text)).count()
}

/// In how many entries of one kind a text stands.
pub fn stands_as(rig: &Rig, ticket: u64, kind: MessageKind, text: &str) -> usize {
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    entries.iter().filter(|entry| entry.kind == kind && entry.text().contains(text)).count()
}

/// The comments of a ticket that hold a text.
pub fn comments_with(rig: &Rig, ticket: u64, text: &str) -> Vec<String> {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    let comments = messages.iter().filter(|m| m.kind == MessageKind::Comment).map(|m| m.text().to_owned());
    comments.filter(|comment| comment.contains(text)).collect()
}

/// How many files and messages a ticket holds.
pub fn holds(rig: &Rig, ticket: u64) -> (usize, usize) {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    (messages.iter().map(|message| message.attachments.len()).sum(), messages.len())
}

/// What the bridge has sent into a thread.
pub fn sent(rig: &Rig, thread: &str) -> Vec<String> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    messages.into_iter().filter(|m| m.author == Author::Api).map(|m| m.written).collect()
}

/// Sizes of the files that the bridge has sent into a thread.
pub fn files_sent(rig: &Rig, thread: &str) -> Vec<u64> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    let ours = messages.into_iter().filter(|m| m.author == Author::Api);
    ours.flat_map(|m| m.attachments).map(|a| a.size).collect()
}

/// Where a reply stands.
pub async fn state(rig: &Rig, thread: &str, reply: EntryId) -> Option<DeliveryState> {
    rig.loaded(thread).await.deliveries.iter().find(|d| d.reply == reply).map(|d| d.state)
}

/// A reply as the ledger knows it.
pub async fn delivery(rig: &Rig, thread: &str, reply: EntryId) -> Delivery {
    let loaded = rig.loaded(thread).await;
    loaded.deliveries.into_iter().find(|d| d.reply == reply).expect("it is in the ledger")
}

/// How many requests of an operation a side has seen.
pub fn requests(rig: &Rig, operation: &str) -> usize {
    rig.world.requests(0).iter().filter(|request| request.operation == operation).count()
}

/// Nothing is lost, doubled or leaked.
pub fn assert_clean(rig: &Rig) {
    let comparison = rig.world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);
}
