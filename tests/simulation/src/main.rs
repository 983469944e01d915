//! `make sim`: `EVENTS` steps from `SEED`; with `EPISODE`, the shortest story of what that
//! one episode breaks; with `TRACE=1`, all of it.

use std::io::Write;
use std::process::ExitCode;

use simulation::{Ended, Plan, STORM, Story, play, run, shortest};

fn number(name: &str, otherwise: u64) -> Result<u64, String> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => {
            text.parse().map_err(|_| format!("{name} must be a whole number, not {text:?}"))
        }
        _ => Ok(otherwise),
    }
}

fn main() -> ExitCode {
    match start() {
        Ok(clean) if clean => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(wrong) => {
            let _ = writeln!(std::io::stderr(), "{wrong}");
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<bool, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut out = std::io::stdout();
    let episode = number("EPISODE", 0)?;
    if episode > 0 {
        let trace = number("TRACE", 0)? > 0;
        let plan = Plan { trace, ..Plan::new(episode, number("EVENTS", STORM)?) };
        let ended = play(&plan);
        for line in &ended.trace {
            writeln!(out, "{line}").map_err(failed)?;
        }
        tell(&mut out, &plan, &ended).map_err(failed)?;
        return Ok(ended.is_clean());
    }
    let clock = std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
    let (events, seed) = (number("EVENTS", 50_000)?, number("SEED", clock)?);
    let summary = run(events, seed, |so_far| {
        if so_far.episodes % 10 == 1 {
            let _ = writeln!(
                std::io::stderr(),
                "seed {seed}: {} of {events} events, {} faults, {} broken promises, {:.0} s",
                so_far.events,
                so_far.faults,
                so_far.lost + so_far.doubled + so_far.leaked + so_far.wrong,
                so_far.seconds
            );
        }
    });
    for (n, seed) in summary.failed.iter().enumerate() {
        let plan = Plan::new(*seed, STORM);
        match n {
            0 => tell(&mut std::io::stderr(), &plan, &play(&plan)).map_err(failed)?,
            _ => writeln!(std::io::stderr(), "its story: make sim EPISODE={seed}").map_err(failed)?,
        }
    }
    let line = serde_json::to_string(&summary).map_err(|error| error.to_string())?;
    writeln!(out, "{line}").map_err(failed)?;
    Ok(summary.failed.is_empty())
}

/// Tells what an episode broke, and the shortest story of the first of it.
fn tell(out: &mut dyn Write, plan: &Plan, ended: &Ended) -> std::io::Result<()> {
    for broken in ended.findings() {
        writeln!(out, "episode {}: {broken}", plan.seed)?;
    }
    if let Some(Story { plan, broken, pieces, lines }) = shortest(plan) {
        writeln!(out, "\nThe shortest story: {broken}, after {} steps, with {pieces:?}", plan.events)?;
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
