//! One shop, joined, on a clock that only the test moves.

use bridge::settings::{IntegrationId, Settings};
use jiff::{SignedDuration, Timestamp};
use local::Stack;
use serde_json::Value;
use twins::{
    AgentReply, Author, MessageKind, NewMessage, NewThread, ParticipantKind, Thread, Ticket, TicketMessage,
    World, WorldOptions,
};

/// More ticks than any scenario needs, each a minute of the world's time.
const ENOUGH: usize = 90;

/// One shop, its tables, its functions and the twins of both systems.
pub struct Shop {
    /// The bundle on this machine.
    pub stack: Stack,
    /// The integration's id.
    pub id: IntegrationId,
}

impl Shop {
    /// A shop with the usual settings.
    pub async fn open() -> Shop {
        Self::with(|_| {}).await
    }

    /// A shop whose settings differ from the usual ones.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Shop {
        Self::at("2026-11-23T13:03:00Z".parse().expect("a time"), change).await
    }

    /// The same, at a time of one's own.
    pub async fn at(time: Timestamp, change: impl FnOnce(&mut Settings)) -> Shop {
        let world = World::new(WorldOptions::default()).expect("a world");
        world.set_time(time);
        let stack = Stack::start(local::StackOptions::new(world)).await.expect("a stack");
        let mut settings = stack.settings();
        change(&mut settings);
        stack.add_integration(&settings, stack.secret()).await.expect("an integration");
        let shop = Shop { stack, id: settings.id };
        shop.later(30);
        shop
    }

    /// The twins' world.
    pub fn world(&self) -> &World {
        self.stack.world()
    }

    /// Lets seconds pass.
    pub fn later(&self, seconds: i64) {
        self.world().advance(SignedDuration::from_secs(seconds));
    }

    /// A buyer writes for the first time; the thread's id.
    pub fn buyer_opens(&self, body: &str) -> String {
        self.opens(NewThread::from_customer("C-1", "Jan K.", body).about_order("1-A"))
    }

    /// Opens a thread; its id.
    pub fn opens(&self, thread: NewThread) -> String {
        self.world().open_thread(thread).expect("a thread").thread_id
    }

    /// Somebody writes into a thread.
    pub fn writes(&self, thread: &str, from: Author, body: &str) {
        self.world().write(thread, NewMessage::new(from, body)).expect("a message");
    }

    /// An agent answers; the id of the reply.
    pub fn agent(&self, ticket: u64, body: &str) -> u64 {
        self.world().agent_reply(ticket, AgentReply::new("akowalska", body)).expect("a reply")
    }

    /// One tick; the row of the shop. A minute passes.
    pub async fn tick(&self) -> Value {
        let result = self.stack.tick().await.expect("a tick");
        self.later(60);
        result["integrations"][0].clone()
    }

    /// Ticks until nothing is left to do.
    pub async fn settle(&self) {
        self.stack.settle(ENOUGH).await.expect("it settles");
    }

    /// Ticks until nothing is left to do, and nothing was lost, doubled or leaked.
    pub async fn settle_clean(&self) {
        self.settle().await;
        self.assert_clean();
    }

    /// Fails where something was lost, doubled or leaked.
    pub fn assert_clean(&self) {
        let comparison = self.world().comparison();
        assert!(comparison.clean, "{:#?}", comparison.findings);
    }

    /// The live tickets.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.world().tickets().into_iter().filter(|t| !t.deleted).collect()
    }

    /// The only ticket.
    pub fn ticket(&self) -> Ticket {
        let tickets = self.tickets();
        assert_eq!(tickets.len(), 1, "one ticket");
        tickets.into_iter().next().expect("a ticket")
    }

    /// A thread as EmpikPlace has it.
    pub fn thread(&self, id: &str) -> Thread {
        self.world().thread(id).expect("a thread")
    }

    /// Bodies that the bridge has sent into a thread.
    pub fn sent(&self, thread: &str) -> Vec<String> {
        self.thread(thread)
            .messages
            .into_iter()
            .filter(|m| m.author == Author::Api)
            .map(|m| m.written)
            .collect()
    }

    /// To whom the bridge has sent into a thread, by message.
    pub fn recipients(&self, thread: &str) -> Vec<Vec<ParticipantKind>> {
        let sent = self.thread(thread).messages.into_iter().filter(|m| m.author == Author::Api);
        sent.map(|m| m.to.into_iter().map(|p| p.kind).collect()).collect()
    }

    /// How much is set aside, or held back.
    pub async fn parked(&self) -> usize {
        self.stack.parked(&self.id).await.expect("the ledger").len()
    }

    /// Requests of one operation that the twins have answered.
    pub fn requests(&self, operation: &str) -> usize {
        self.world().requests(0).iter().filter(|r| r.operation == operation).count()
    }
}

/// Texts of the messages of one kind in a ticket, system events left out.
pub fn texts(ticket: &Ticket, kind: MessageKind) -> Vec<String> {
    let of_kind = ticket.messages.iter().filter(|m| m.kind == kind);
    of_kind.map(TicketMessage::text).map(str::to_owned).filter(|t| !t.is_empty()).collect()
}

/// The text under the header line of a message.
pub fn below_header(text: &str) -> &str {
    text.split_once("\n\n").map_or("", |(_, rest)| rest)
}
