//! Process start to the first `invocation/next`, and to the end of the first tick.

use std::time::Instant;

use stage::{FIRST_SHOP, Stage};

use super::ms;
use crate::figure::{Figure, figure, median};
use crate::program::{Program, tick};
use crate::tls::Tls;

/// What a start took, in milliseconds and MiB.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Until the first event was asked for.
    pub asked: f64,
    /// Processor time until then.
    pub asked_cpu: f64,
    /// Until the first tick was done; 0 where there was none.
    pub ticked: f64,
    /// Processor time until then.
    pub ticked_cpu: f64,
    /// Memory then.
    pub memory: f64,
}

/// The medians of so many starts, each with a first tick if it `ticks`.
pub async fn starts(program: &Program, stage: &Stage, count: usize, ticks: bool) -> Start {
    let mut all = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        let function = program.start(stage).await;
        let asked = ms(function.started().await);
        let asked_cpu = function.used().cpu_ms;
        let mut start = Start { asked, asked_cpu, ticked: 0.0, ticked_cpu: 0.0, memory: 0.0 };
        if ticks {
            tick(&function).await;
            start.ticked = ms(begun.elapsed());
            let used = function.used();
            (start.ticked_cpu, start.memory) = (used.cpu_ms, used.memory);
        }
        all.push(start);
    }
    let middle = |of: fn(&Start) -> f64| median(all.iter().map(of).collect());
    Start {
        asked: middle(|s| s.asked),
        asked_cpu: middle(|s| s.asked_cpu),
        ticked: middle(|s| s.ticked),
        ticked_cpu: middle(|s| s.ticked_cpu),
        memory: middle(|s| s.memory),
    }
}

/// A stage with one integration, reached over TLS throughout, and a program that can.
pub async fn over_tls(program: &Program) -> (Stage, Program, Tls) {
    let tls = Tls::new();
    let mut stage = Stage::new(1).await;
    let empikplace = tls.before(&stage.twins.empikplace()).await;
    let thulium = tls.before(&stage.twins.thulium()).await;
    stage.put_settings("shop-a", FIRST_SHOP, &empikplace, &thulium).await;
    stage.put_secret("shop-a");
    stage.aws.endpoint = tls.before(&stage.aws.endpoint).await;
    let program = program.for_stage(&stage, &empikplace, &thulium).with(&tls.environment());
    (stage, program, tls)
}

/// Beside the least that a function in Rust can be.
pub async fn cold_start(count: usize) -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let bare = starts(&Program::named("bare"), &stage, count, false).await;
    let poller = Program::named("poller");
    let plain = starts(&poller, &stage, count, true).await;
    let (stage, poller, _tls) = over_tls(&poller).await;
    let secure = starts(&poller, &stage, count, true).await;
    vec![
        figure("cold start, until the first event is asked for", plain.asked, "ms").floor(bare.asked, 1.3),
        figure("… its processor time", plain.asked_cpu, "ms").floor(bare.asked_cpu, 1.3),
        figure("cold start, until the first tick is done", plain.ticked, "ms"),
        figure("… its processor time", plain.ticked_cpu, "ms"),
        figure("cold start over TLS, until the first tick is done", secure.ticked, "ms"),
        figure("… its processor time", secure.ticked_cpu, "ms"),
        figure("memory after the first tick over TLS", secure.memory, "MiB").target(30.0),
    ]
}
