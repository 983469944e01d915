//! `make bench`: what the bridge costs and how long it takes, against the least that is possible.
//! `make bench-peer`: the same ticks by a Python implementation, side by side.
//!
//! The functions are the release programs, each a process of its own under a Lambda Runtime API; both
//! systems and the database are in this one. Nothing is asserted about time: see `RECORD.md`.

#![expect(clippy::expect_used, reason = "a bench that cannot go on has nothing to tell")]
#![expect(clippy::print_stdout, reason = "its output is a table")]

mod figure;
mod figures;
mod program;
mod tls;

use figures::backlog::backlog;
use figures::shops::{Illness, importing, shops};
use figures::{calls, peer, size, start, text};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (starts, repeats) = (number("STARTS", 30), number("REPEATS", 3));
    if wanted == ["peer"] {
        println!("{}", peer::peer(starts, repeats).await);
        return;
    }
    let mut all = Vec::new();
    if wants("size") {
        all.extend(size::sizes());
    }
    if wants("cold") {
        all.extend(start::cold_start(starts).await);
    }
    if wants("idle") {
        all.extend(calls::idle_tick().await);
    }
    if wants("paths") {
        for latency in [50, 150] {
            all.extend(calls::paths(latency, repeats).await);
        }
    }
    if wants("backlog") {
        let most = number("BACKLOG", 1_000);
        all.extend(backlog(&[most / 10, most], 0).await);
        all.extend(backlog(&[most], 50).await);
    }
    if wants("shops") {
        let most = number("SHOPS", 1_000) as u64;
        for count in [1, most / 10, most] {
            all.extend(shops(count, Illness::None).await);
        }
        all.extend(shops(most, Illness::Refuses).await);
        all.extend(shops(most, Illness::Hangs).await);
        all.extend(importing().await);
    }
    if wants("text") {
        all.extend(text::texts());
    }
    println!("{}\n\n{}", figure::table(&all), figure::json(&all));
}
