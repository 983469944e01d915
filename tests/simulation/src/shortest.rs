//! The shortest story of a broken promise: pieces of the episode are left out as long as the same promise
//! is still broken, many at once at first and then fewer. All of it follows from the plan.

use std::collections::BTreeSet;

use crate::episode::{Broken, Plan};
use crate::options::MOST_SETTINGS;
use crate::pieces::Piece;
use crate::run::play_safely;

/// Episodes that are played for it at most.
const MOST_PLAYS: u32 = 120;

/// What is left of an episode, and what breaks in it.
pub struct Story {
    /// The plan of it.
    pub plan: Plan,
    /// What breaks.
    pub broken: Broken,
    /// The pieces that it takes.
    pub pieces: Vec<Piece>,
    /// Everything that happened to the thread, in order.
    pub lines: Vec<String>,
}

/// The shortest story that was found of the first promise that an episode breaks; `None`: it keeps all.
pub fn shortest(plan: &Plan) -> Option<Story> {
    let ended = play_safely(plan);
    let promise = ended.findings().next()?.promise.clone();
    // What is left out must not make room for what would have come later.
    let mut plan = Plan { trace: false, at_most: ended.drawn, ..plan.clone() };
    let mut plays = MOST_PLAYS;
    let mut breaks = |plan: &Plan| {
        plays = plays.saturating_sub(1);
        plays > 0 && play_safely(plan).findings().any(|broken| broken.promise == promise)
    };
    cut(&mut plan, &mut breaks);
    let drawn = play_safely(&plan).drawn;
    let (acts, mishaps) = (drawn.0.min(plan.at_most.0), drawn.1.min(plan.at_most.1));
    let settings = (0..MOST_SETTINGS).map(Piece::Setting);
    let mut pieces: Vec<Piece> =
        settings.chain((0..mishaps).map(Piece::Fault)).chain((0..acts).map(Piece::Act)).collect();
    plan.at_most = (acts, mishaps);
    let mut many = pieces.len();
    while many > 0 {
        let mut at = 0;
        while at < pieces.len() {
            let end = pieces.len().min(at + many);
            let without = plan.without.iter().chain(&pieces[at..end]).copied().collect();
            let shorter = Plan { without, ..plan.clone() };
            if breaks(&shorter) {
                pieces.drain(at..end);
                plan = shorter;
            } else {
                at = end;
            }
        }
        many /= 2;
    }
    cut(&mut plan, &mut breaks);
    plan.trace = true;
    let told = play_safely(&plan);
    let broken = told.findings().find(|broken| broken.promise == promise)?.clone();
    let lines = lines_about(&broken, &told.trace);
    Some(Story { plan, broken, pieces, lines })
}

/// Leaves out what comes after the promise is broken.
fn cut(plan: &mut Plan, breaks: &mut impl FnMut(&Plan) -> bool) {
    let mut off = plan.events / 2;
    while off > 0 {
        let shorter = Plan { events: plan.events - off, ..plan.clone() };
        if breaks(&shorter) {
            *plan = shorter;
        } else {
            off /= 2;
        }
        off = off.min(plan.events / 2);
    }
}

/// The lines of a trace about the thread of a finding and its tickets; all where there is none. What is
/// read from the tables is left out, and so are places in the ledger, which are the same in each line.
fn lines_about(broken: &Broken, trace: &[String]) -> Vec<String> {
    let thread = broken.thread.clone().unwrap_or_default();
    let mut tickets: BTreeSet<String> = broken.ticket.iter().map(u64::to_string).collect();
    for line in trace.iter().filter(|line| line.contains(&thread)) {
        let named =
            line.split("TicketId(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        tickets.extend(named);
    }
    let of_ticket = |line: &str| {
        let mut after = line.split("ticket").skip(1).map(|rest| rest.trim_start_matches(['s', '/', ' ']));
        after.any(|rest| {
            tickets.contains(rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default())
        })
    };
    let read =
        |line: &str| [" load ", " thread_of ", " due ", " watched "].iter().any(|call| line.contains(call));
    let about = trace.iter().filter(|line| !read(line) && (line.contains(&thread) || of_ticket(line)));
    // Where there are two shops, the line tells whose the place is.
    let place = |line: &str| {
        let place = format!(", thread: ThreadId(\"{thread}\") }}, ");
        line.replace("key: Key { integration: IntegrationId(", "(").replace(&place, ") ")
    };
    about.map(|line| place(line)).collect()
}
