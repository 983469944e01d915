//! `make bench`: what the bridge costs and how long it takes, against the least that is possible.
//!
//! The functions are the release programs, each a process of its own under a Lambda Runtime API; both
//! systems and the database are in this one. Nothing is asserted about time: see `RECORD.md`.

#![expect(clippy::expect_used, reason = "a bench that cannot go on has nothing to tell")]
#![expect(clippy::print_stdout, reason = "its output is a table")]

#[expect(dead_code, reason = "the scenarios of the functions use more of it")]
#[path = "../../scenarios/tests/functions/aws.rs"]
mod aws;
mod figure;
mod figures;
mod function;
mod stage;

use figures::Illness;
use stage::Stage;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let mut all = Vec::new();
    if wants("size") {
        all.extend(figures::sizes());
    }
    if wants("cold") {
        all.extend(figures::cold_start(number("STARTS", 30)).await);
    }
    if wants("idle") {
        let stage = Stage::with_one().await;
        all.extend(figures::idle_tick(&stage.function("poller").await, &stage, "").await);
    }
    if wants("paths") {
        for latency in [50, 150] {
            all.extend(figures::paths(latency, number("REPEATS", 3)).await);
        }
    }
    if wants("backlog") {
        all.extend(figures::backlog(300, 50).await);
        for conversations in [1_000, number("BACKLOG", 10_000)] {
            all.extend(figures::backlog(conversations, 0).await);
        }
    }
    if wants("shops") {
        let most = number("SHOPS", 1_000) as u64;
        for count in [1, most / 10, most] {
            all.extend(figures::shops(count, Illness::None).await);
        }
        all.extend(figures::shops(most, Illness::Refuses).await);
        all.extend(figures::shops(most, Illness::Hangs).await);
    }
    if wants("text") {
        all.extend(figures::texts());
    }
    println!("{}\n\n{}", figure::table(&all), figure::json(&all));
}
