//! An idle tick, and the ways of one message and one reply.

use std::time::Instant;

use stage::{Function, NEXT_POLL, Stage, hint};
use twins::{AgentReply, Author, NewMessage, NewThread};

use super::ms;
use crate::figure::{Figure, figure, median};
use crate::program::{Program, tick};

/// Calls that stand on the way of a new buyer's message with an order: the list, the order beside the
/// CRM's search, the customer, the ticket.
const CALLS_TO_TICKET: f64 = 4.0;

/// The same for the next message of a conversation: the list, the message.
const CALLS_TO_MESSAGE: f64 = 2.0;

/// Calls on the way of a reply after Thulium's hint: the ticket, the message.
const CALLS_TO_REPLY: f64 = 2.0;

/// What an idle tick took.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// Calls to both sides.
    pub calls: f64,
    /// Write units.
    pub units: f64,
    /// Processor time, in milliseconds.
    pub cpu: f64,
    /// Wall time, in milliseconds.
    pub wall: f64,
}

/// A tick of one integration at which nothing happened.
pub async fn idle(poller: &Function, stage: &Stage) -> Idle {
    for _ in 0..3 {
        tick(poller).await;
    }
    let calls = || stage.world.requests(0).len() as f64;
    let (mut cpu, mut made, mut units, mut wall) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        tokio::time::sleep(NEXT_POLL).await;
        let _ = stage.aws.units();
        let (spent, before, begun) = (poller.used().cpu_ms, calls(), Instant::now());
        tick(poller).await;
        wall.push(ms(begun.elapsed()));
        cpu.push(poller.used().cpu_ms - spent);
        made.push(calls() - before);
        units.push(stage.aws.units().write);
    }
    Idle { calls: median(made), units: median(units), cpu: median(cpu), wall: median(wall) }
}

/// The bridge's idle tick.
pub async fn idle_tick() -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let idle = idle(&Program::named("poller").start(&stage).await, &stage).await;
    vec![
        figure("idle tick: calls to both sides", idle.calls, "calls").floor(2.0, 1.0),
        figure("idle tick: write units", idle.units, "units").target(2.0),
        figure("idle tick: processor time", idle.cpu, "ms").target(3.0),
        figure("idle tick: wall time without latency", idle.wall, "ms"),
    ]
}

/// What a message took to its ticket: wall time until it stood there, and processor time of the tick.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// In milliseconds.
    pub wall: f64,
    /// In milliseconds.
    pub cpu: f64,
}

/// Medians for a new buyer's first message with an order, and for the next message.
pub async fn arrivals(stage: &Stage, poller: &Function, repeats: usize) -> [Arrival; 2] {
    tick(poller).await;
    let (mut opened, mut posted) = (Vec::new(), Vec::new());
    for n in 0..repeats {
        let new = NewThread::from_customer(&format!("C-{n}"), "Jan K.", "Gdzie <b>paczka</b>?");
        let thread = stage.world.open_thread(new.about_order(&format!("{n}-A"))).expect("a thread").thread_id;
        opened.push(arrival(stage, poller, "Gdzie paczka?").await);
        stage.world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("a message");
        posted.push(arrival(stage, poller, "Halo?").await);
    }
    [opened, posted].map(|all| Arrival {
        wall: median(all.iter().map(|one| one.wall).collect()),
        cpu: median(all.iter().map(|one| one.cpu).collect()),
    })
}

/// The tick that brings one message, which must stand in the newest ticket then.
async fn arrival(stage: &Stage, poller: &Function, text: &str) -> Arrival {
    for _ in 0..5 {
        tokio::time::sleep(NEXT_POLL).await;
        let (begun, spent) = (stage.world.now(), poller.used().cpu_ms);
        if tick(poller).await["messages_in"] == 1 {
            let cpu = poller.used().cpu_ms - spent;
            let ticket = stage.world.tickets().pop().expect("a ticket");
            let message = ticket.messages.iter().rev().find(|message| message.body.contains(text));
            let arrived = message.expect("the message").written_at;
            return Arrival { wall: arrived.duration_since(begun).as_secs_f64() * 1e3, cpu };
        }
    }
    panic!("the message never arrived");
}

/// A buyer's message to its ticket, and an agent's reply to EmpikPlace, at a latency.
pub async fn paths(latency: u64, repeats: usize) -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let poller = Program::named("poller").start(&stage).await;
    let callback = Program::named("callback").start(&stage).await;
    stage.latency(latency);
    let [opened, posted] = arrivals(&stage, &poller, repeats).await;
    let (mut replied, mut cpu) = (Vec::new(), Vec::new());
    for ticket in stage.world.ticket_ids() {
        let reply = AgentReply::new("akowalska", "<p>W drodze.</p>");
        stage.world.agent_reply(ticket, reply).expect("a reply");
        let (begun, spent) = (Instant::now(), callback.used().cpu_ms);
        assert_eq!(callback.invoke(hint(ticket)).await.expect("an answer")["statusCode"], 204);
        replied.push(ms(begun.elapsed()));
        cpu.push(callback.used().cpu_ms - spent);
    }
    let threads = stage.world.threads();
    let answered =
        |thread: &&twins::Thread| thread.messages.iter().any(|message| message.author == Author::Api);
    assert_eq!(threads.iter().filter(answered).count(), replied.len(), "every reply has arrived");
    let floor = |calls: f64| calls * latency as f64;
    vec![
        figure(format!("a new buyer's message to a ticket at {latency} ms"), opened.wall, "ms")
            .floor(floor(CALLS_TO_TICKET), 1.15),
        figure("… processor time of its tick", opened.cpu, "ms"),
        figure(format!("the next message to its ticket at {latency} ms"), posted.wall, "ms")
            .floor(floor(CALLS_TO_MESSAGE), 1.15),
        figure("… processor time of its tick", posted.cpu, "ms"),
        figure(format!("a reply to EmpikPlace at {latency} ms"), median(replied), "ms")
            .floor(floor(CALLS_TO_REPLY), 1.15),
        figure("… its processor time", median(cpu), "ms"),
    ]
}
