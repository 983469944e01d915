//! What these scenarios have in common.

use bridge::helpdesk::EntryId;
use scenarios::{Options, Rig};
use serde_json::json;
use twins::{AgentReply, At, Author, Fault, NewMessage, NewThread};

/// An agent.
pub const LOGIN: &str = "akowalska";
/// Comments in tickets.
pub const COMMENT: &str = "POST tickets/:id/comment";
/// Messages of customers in tickets.
pub const RESPONSE: &str = "POST tickets/:id/customer_response";

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

/// A status before anything happened.
pub fn fails(code: u16) -> Fault {
    Fault::Status { code, retry_after: None, at: At::Before }
}

/// Somebody writes into a thread.
pub fn writes(rig: &Rig, thread: &str, from: Author, text: &str) {
    rig.world.write(thread, NewMessage::new(from, text)).expect("a message");
}

/// An agent's reply.
pub fn answers(rig: &Rig, ticket: u64, text: &str) -> EntryId {
    EntryId(rig.world.agent_reply(ticket, AgentReply::new(LOGIN, text)).expect("a reply"))
}

/// How often a text stands in a ticket.
pub fn stands(rig: &Rig, ticket: u64, text: &str) -> usize {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    messages.iter().filter(|message| message.text().contains(text)).count()
}

/// What the bridge has sent into a thread.
pub fn sent(rig: &Rig, thread: &str) -> Vec<String> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    messages.into_iter().filter(|m| m.author == Author::Api).map(|m| m.written).collect()
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
