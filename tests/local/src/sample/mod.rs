//! A sample of two shops: their orders, the people who write to them, and the agents who answer.
//!
//! It plays in three parts: [`Shop::history`] before the bridge is switched on, [`BACKLOG`] which then
//! waits for it, and the [`STEPS`] that follow once that stands in tickets.

mod files;
mod first;
mod orders;
mod script;
mod second;
mod sights;
mod texts;

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::SignedDuration;
use twins::{AgentReply, Author, Entity, NewComment, NewMessage, NewThread, Ticket, World};

pub use script::{BACKLOG, STEPS};
pub use second::{options, secret, settings};
pub use sights::Sight;

/// What an act in the shop comes to.
pub type Acted = anyhow::Result<()>;

/// One step of the script.
#[derive(Clone, Copy)]
pub struct Step {
    /// What happens in it, for the reader of the output.
    pub title: &'static str,
    /// Lets it happen.
    pub act: fn(&mut Shop) -> Acted,
    /// What the bridge gets for it.
    pub time: Time,
    /// What people see then.
    pub sees: fn(&Shop) -> anyhow::Result<Vec<Sight>>,
}

/// How long the bridge works at a step.
#[derive(Clone, Copy)]
pub enum Time {
    /// Until nothing is left to do.
    Settle,
    /// So many ticks, since something stays open on purpose.
    Ticks(usize),
}

/// The sample's people in a world, and what they have begun there.
pub struct Shop {
    world: World,
    threads: BTreeMap<&'static str, String>,
}

impl Shop {
    /// A shop with orders and nothing said yet.
    ///
    /// # Errors
    /// None in a world with a shop.
    pub fn new(world: World) -> anyhow::Result<Shop> {
        for order in orders::orders() {
            world.put_order(order)?;
        }
        Ok(Shop { world, threads: BTreeMap::new() })
    }

    /// How many threads there are.
    pub fn conversations(&self) -> usize {
        self.threads.len()
    }

    /// The thread with this name in the script, and its ticket.
    pub fn example(&self) -> Option<(String, u64)> {
        let thread = self.threads.get("oferta")?;
        Some((thread.clone(), self.ticket("oferta").ok()?.ticket_id))
    }

    fn open(&mut self, key: &'static str, mut thread: NewThread, body: &str) -> Acted {
        body.clone_into(&mut thread.body);
        self.put(key, thread)
    }

    fn put(&mut self, key: &'static str, thread: NewThread) -> Acted {
        let opened = self.world.open_thread(thread)?;
        self.threads.insert(key, opened.thread_id);
        Ok(())
    }

    fn write(&self, key: &str, from: Author, body: &str) -> Acted {
        self.say(key, NewMessage::new(from, body))
    }

    fn say(&self, key: &str, message: NewMessage) -> Acted {
        // Nobody writes twice in the same second.
        self.world.advance(SignedDuration::from_secs(2));
        self.world.write(self.thread(key), message)?;
        Ok(())
    }

    fn reply(&self, key: &str, reply: AgentReply) -> Acted {
        self.world.agent_reply(self.ticket(key)?.ticket_id, reply)?;
        Ok(())
    }

    fn comment(&self, key: &str, text: &str) -> Acted {
        let comment = NewComment { login: "jnowak".into(), text: text.into(), attachments: Vec::new() };
        self.world.agent_comment(self.ticket(key)?.ticket_id, comment)?;
        Ok(())
    }

    fn thread(&self, key: &str) -> &str {
        self.threads.get(key).map_or("", String::as_str)
    }

    fn length(&self, key: &str) -> usize {
        self.world.thread(self.thread(key)).map_or(usize::MAX, |thread| thread.messages.len())
    }

    /// The ticket of a conversation, as an agent finds it.
    fn ticket(&self, key: &str) -> anyhow::Result<Ticket> {
        let of_thread = |ticket: &Ticket| {
            !ticket.deleted && ticket.custom_fields.values().any(|value| value == self.thread(key))
        };
        let ticket = self.world.tickets().into_iter().find(of_thread);
        ticket.with_context(|| format!("the conversation {key:?} of the sample has no ticket"))
    }
}

fn buyer(id: &str, name: &str) -> NewThread {
    NewThread::from_customer(id, name, "")
}

fn entity(kind: &str, id: &str, label: &str) -> Entity {
    Entity { kind: kind.into(), id: id.into(), label: label.into() }
}
