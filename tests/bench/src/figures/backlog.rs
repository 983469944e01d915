//! Many conversations at once, as after half a day without the bridge.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use stage::{FIRST_SHOP, NEXT_POLL, Stage};
use twins::{Author, NewFile, NewMessage, NewThread};

use crate::figure::{Figure, figure};
use crate::program::{Program, tick};

/// Messages of a conversation.
const MESSAGES: usize = 5;

/// Calls per conversation that nobody could save, one after the other: the CRM's search and customer,
/// the ticket, the further messages; and the file of every tenth, read and handed over.
const CALLS_A_CONVERSATION: f64 = 2.0 + MESSAGES as f64 + 0.2;

/// How far the world is behind the functions' clock at its beginning: longer than any backlog takes, so
/// that no ticket counts as one that has just changed. On AWS, where ticks come once a minute, a ticket
/// is looked at some three times more than here.
const BEHIND: SignedDuration = SignedDuration::from_hours(48);

/// Between two conversations.
const PAUSE: SignedDuration = SignedDuration::from_secs(3);

/// Between two ticks, on the world's clock.
const TICK: SignedDuration = SignedDuration::from_secs(60);

/// What a backlog of some size took.
struct Drained {
    cpu: f64,
    peak: f64,
    wall: Duration,
}

async fn drain(conversations: usize, latency: u64) -> Drained {
    let stage = Stage::new(1).await;
    stage.world.advance(-BEHIND);
    stage.add_calibrated("shop-a", FIRST_SHOP).await;
    for n in 0..conversations {
        stage.world.advance(PAUSE);
        let body = format!("Gdzie <b>paczka</b> numer {n}?");
        let mut new = NewThread::from_customer(&format!("C-{n}"), "Jan K.", &body);
        if n % 10 == 0 {
            new.attachments = vec![NewFile::new("zdjecie.png", &[137; 20_000])];
        }
        let thread = stage.world.open_thread(new).expect("a thread").thread_id;
        for m in 1..MESSAGES {
            // No two alike: among so many, markers collide, and then the texts tell them apart.
            let body = format!("Halo, to już wiadomość {m} o paczce numer {n}.");
            stage.world.write(&thread, NewMessage::new(Author::Customer, &body)).expect("a message");
        }
    }
    stage.latency(latency);
    let poller = Program::named("poller").start(&stage).await;
    let messages = (conversations * MESSAGES) as u64;
    let (before, mut arrived, mut wall) = (poller.used().cpu_ms, 0, Duration::ZERO);
    while arrived < messages {
        let begun = Instant::now();
        let brought = tick(&poller).await["messages_in"].as_u64().unwrap_or_default();
        assert!(brought > 0, "the backlog stands still at {arrived} of {messages} messages");
        arrived += brought;
        wall += begun.elapsed();
        stage.world.advance(TICK);
        tokio::time::sleep(NEXT_POLL.saturating_sub(begun.elapsed())).await;
    }
    let used = poller.used();
    eprintln!("  {}", calls(&stage, conversations));
    let comparison = stage.world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);
    Drained { cpu: (used.cpu_ms - before) / messages as f64, peak: used.peak, wall }
}

/// The calls that a backlog took, by operation, for each conversation: what a figure that is off is made of.
fn calls(stage: &Stage, conversations: usize) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for request in stage.world.requests(0) {
        *counts.entry(request.operation.clone()).or_default() += 1;
    }
    let each = |(operation, count): (String, usize)| {
        format!("{operation} {:.2}", count as f64 / conversations as f64)
    };
    counts.into_iter().map(each).collect::<Vec<_>>().join(", ")
}

/// Backlogs of these sizes, the smallest first; each is held against it.
pub async fn backlog(sizes: &[usize], latency: u64) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut least = None;
    for &conversations in sizes {
        // The largest takes minutes: what is known by then should not be lost with it.
        eprintln!("a backlog of {conversations} conversations at {latency} ms …");
        let drained = drain(conversations, latency).await;
        let Drained { cpu, peak, wall } = &drained;
        eprintln!("… {cpu:.2} ms of processor a message, {peak:.1} MiB, {:.0} s", wall.as_secs_f64());
        let name = format!("backlog of {conversations} × {MESSAGES} at {latency} ms");
        let cpu = figure(format!("{name}: processor time a message"), drained.cpu, "ms");
        let seconds = drained.wall.as_secs_f64();
        figures.extend([
            match least {
                Some(least) => cpu.floor(least, 1.3),
                None => cpu,
            },
            figure(format!("{name}: peak memory"), drained.peak, "MiB").target(200.0),
            figure(format!("{name}: messages a second"), (conversations * MESSAGES) as f64 / seconds, "/s"),
        ]);
        if latency > 0 {
            let each = CALLS_A_CONVERSATION * latency as f64 / 1e3 / bridge::engine::CONCURRENCY as f64;
            let wall = figure(format!("{name}: wall time"), seconds, "s");
            figures.push(wall.floor(conversations as f64 * each, 1.3));
        }
        least.get_or_insert(drained.cpu);
    }
    figures
}
