//! The bridge beside the peer in Python: the same ticks against the same twins.

use stage::Stage;

use super::calls::{arrivals, idle};
use super::start::{over_tls, starts};
use crate::program::Program;

/// A latency at which both are measured, in milliseconds.
const LATENCY: u64 = 50;

/// What one of the two took, by figure.
async fn measured(program: &Program, count: usize, repeats: usize) -> Vec<(String, f64)> {
    let (stage, secure, _tls) = over_tls(program).await;
    let start = starts(&secure, &stage, count, true).await;

    let stage = Stage::with_one().await;
    let plain = program.for_stage(&stage, &stage.twins.empikplace(), &stage.twins.thulium());
    let poller = plain.start(&stage).await;
    let still = idle(&poller, &stage).await;
    stage.latency(LATENCY);
    let waiting = idle(&poller, &stage).await;
    let [opened, posted] = arrivals(&stage, &poller, repeats).await;
    let comparison = stage.world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);
    let peak = poller.used().peak;
    let at = |what: &str| format!("{what} at {LATENCY} ms");
    vec![
        ("cold start, until the first event is asked for, ms".into(), start.asked),
        ("cold start over TLS, until the first tick is done, ms".into(), start.ticked),
        ("… its processor time, ms".into(), start.ticked_cpu),
        ("idle tick: calls to both sides".into(), still.calls),
        ("idle tick: write units".into(), still.units),
        ("idle tick: processor time, ms".into(), still.cpu),
        (at("idle tick") + ", ms", waiting.wall),
        (at("a new buyer's message to a ticket") + ", ms", opened.wall),
        ("… processor time of its tick, ms".into(), opened.cpu),
        (at("the next message to its ticket") + ", ms", posted.wall),
        ("… processor time of its tick, ms".into(), posted.cpu),
        ("peak memory, MiB".into(), peak),
    ]
}

/// A table of both with their ratio, or why there is none.
pub async fn peer(count: usize, repeats: usize) -> String {
    let Some(python) = Program::peer() else {
        return "SKIPPED: there is no python3 with boto3 and requests (tests/bench/peer/requirements.txt)"
            .to_owned();
    };
    let bridge = measured(&Program::named("poller"), count, repeats).await;
    let peer = measured(&python, count, repeats).await;
    let mut lines =
        vec!["| figure | bridge | Python | ratio |".to_owned(), "| --- | ---: | ---: | ---: |".to_owned()];
    lines.extend(bridge.iter().zip(&peer).map(|((name, ours), (_, theirs))| {
        format!("| {name} | {ours:.1} | {theirs:.1} | {:.1} |", theirs / ours)
    }));
    lines.join("\n")
}
