//! Playing a story with faults, and comparing how it ends with how it ends without.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use aws_sdk_dynamodb::Client;
use scenarios::{Call, Fault, Place, Point, Rig};
use twins::{Found, MessageKind, Origin};

use crate::stories::Story;

/// Notes of the comparison that a story may end with without a fault, and then must with one.
const NOTES: [Found; 5] = [
    Found::ReplyTold,
    Found::FileNotInTicket,
    Found::FileNotInThread,
    Found::PanelMissing,
    // The bridge's own automatic reply stands in no ticket.
    Found::Unexplained,
];

/// Which pairs are drawn. `DefaultHasher::new` has fixed keys, so that this is all there is to it.
const SEED: u64 = 7;

/// Failed runs that are told in full.
const TOLD: usize = 12;

/// Runs of a pair sweep that share their first fault.
const PER_FIRST: usize = 9;

/// How a story ended, in terms that faults must not change: every line with how often it is true.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ending(BTreeMap<String, usize>);

impl Ending {
    fn add(&mut self, line: String) {
        *self.0.entry(line).or_default() += 1;
    }

    async fn of(rig: &Rig) -> Ending {
        let mut ending = Ending::default();
        for ticket in rig.world.tickets() {
            let known = if ticket.customer_id.is_some() { "with" } else { "without" };
            ending.add(format!("ticket in status {}, {known} a customer", ticket.status_id));
            for message in ticket.messages.iter().filter(|message| message.origin == Origin::Api) {
                let kind = match message.kind {
                    MessageKind::Mail => "mail",
                    MessageKind::Reply => "reply",
                    MessageKind::Comment => "comment",
                };
                let (text, files) = (timeless(message.text()), message.attachments.len());
                ending.add(format!("{kind} with {files} files: {text}"));
            }
        }
        for _ in rig.world.customers() {
            ending.add("customer".to_owned());
        }
        for _ in rig.parked().await {
            ending.add("parked".to_owned());
        }
        for thread in rig.world.threads() {
            let loaded = rig.loaded(&thread.id).await;
            for delivery in &loaded.deliveries {
                ending.add(format!("delivery {:?}, reason {:?}", delivery.state, delivery.reason));
            }
            for message in thread.messages {
                ending.add(format!("in the thread: {}", message.written));
            }
            if let Some(conversation) = loaded.conversation {
                if let Some(intent) = conversation.intent {
                    ending.add(format!("an intent is left: {:?}", intent.act));
                }
                if let Some(trouble) = conversation.trouble {
                    ending.add(format!("trouble is left: {}", trouble.reason));
                }
            }
        }
        for kind in NOTES {
            for _ in 0..rig.world.comparison().counts[&kind] {
                ending.add(format!("note {kind:?}"));
            }
        }
        ending
    }

    /// What differs, as lines of a report.
    fn against(&self, wanted: &Ending) -> Vec<String> {
        let lines = self.0.keys().chain(wanted.0.keys().filter(|line| !self.0.contains_key(*line)));
        let count = |ending: &Ending, line: &str| ending.0.get(line).copied().unwrap_or_default();
        lines
            .map(|line| (count(self, line), count(wanted, line), line))
            .filter(|(is, should, _)| is != should)
            .map(|(is, should, line)| format!("{is} instead of {should} × {line}"))
            .collect()
    }
}

/// A text without dates and markers, which differ from run to run.
fn timeless(text: &str) -> String {
    // What EmpikPlace said about a refusal is not kept: told late, it is told without.
    let kept = text.lines().filter(|line| !line.starts_with("EmpikPlace odpowiada"));
    let text = kept.collect::<Vec<_>>().join(" ");
    let words = text.split_whitespace().filter(|word| !word.starts_with('#'));
    let words: Vec<String> =
        words.map(|word| word.chars().filter(|c| !c.is_ascii_digit()).collect()).collect();
    words.join(" ").chars().take(160).collect()
}

/// One played story.
pub struct Run {
    pub calls: Vec<Call>,
    pub marked: Vec<Call>,
    pub ending: Ending,
    pub findings: Vec<String>,
}

/// What the runs of one test share.
pub struct Stage {
    tables: Client,
    http: reqwest::Client,
    runs: usize,
    struck: usize,
    failed: Vec<String>,
    kinds: BTreeMap<String, usize>,
}

impl Stage {
    pub async fn new() -> Stage {
        let http = wire::client(wire::Reach::Anywhere).expect("an HTTP client");
        let tables = scenarios::database().await;
        Stage { tables, http, runs: 0, struck: 0, failed: Vec::new(), kinds: BTreeMap::new() }
    }

    /// Plays a story with these faults.
    pub async fn play(&mut self, story: &Story, faults: &[(Point, Fault)]) -> Run {
        self.runs += 1;
        let id = format!("shop-{}", self.runs);
        let rig = Rig::on(&self.tables, self.http.clone(), &id, story.options).await;
        rig.line.plan(faults.iter().cloned());
        let mut findings = Vec::new();
        if let Err(stuck) = (story.play)(&rig).await {
            findings.push(stuck);
        }
        if !rig.settle().await {
            findings.push("it did not come to rest within three hours".to_owned());
        }
        let comparison = rig.world.comparison();
        for finding in comparison.findings.iter().filter(|finding| !NOTES.contains(&finding.kind)) {
            findings.push(format!("{:?} in ticket {:?}", finding.kind, finding.ticket));
        }
        if comparison.inbound != comparison.inbound_carried {
            findings.push("a message is not carried".to_owned());
        }
        if comparison.replies != comparison.replies_carried + story.told {
            findings.push("a reply is neither carried nor told about".to_owned());
        }
        let ending = Ending::of(&rig).await;
        Run { calls: rig.line.calls(), marked: rig.line.marked(), ending, findings }
    }

    /// Plays a story without a fault; it must end well, and is the measure for the others.
    pub async fn rehearse(&mut self, story: &Story) -> Run {
        let run = self.play(story, &[]).await;
        assert!(run.findings.is_empty(), "{} without a fault: {:#?}", story.name, run.findings);
        run
    }

    /// Plays a story with faults and holds its end against the rehearsal.
    pub async fn try_out(&mut self, story: &Story, rehearsal: &Run, faults: &[(Point, Fault)]) -> Run {
        let mut run = self.play(story, faults).await;
        run.findings.extend(run.ending.against(&rehearsal.ending));
        let struck = run.calls.iter().filter(|call| call.fault.is_some()).count();
        self.struck += struck;
        if struck == 0 {
            run.findings.push("no fault struck: the run proves nothing".to_owned());
        }
        if !run.findings.is_empty() {
            *self.kinds.entry(format!("{}: {}", story.name, run.findings.join(" | "))).or_default() += 1;
            self.failed.push(tell(story, faults, &run));
        }
        run
    }

    /// Every fault at every call that matters.
    pub async fn sweep(&mut self, story: &Story) {
        let rehearsal = self.rehearse(story).await;
        let strikes = strikes(&rehearsal.marked);
        let most = share(strikes.len());
        for (point, fault) in drawn(strikes, most) {
            self.try_out(story, &rehearsal, &[(point, fault)]).await;
        }
    }

    /// A second fault somewhere after a first one at a critical call: the calls of the recovery are
    /// struck as well as those of the story. `most` runs are drawn, always the same.
    pub async fn sweep_pairs(&mut self, story: &Story, most: usize) {
        let rehearsal = self.rehearse(story).await;
        let firsts = strikes(&rehearsal.marked).into_iter().filter(|(point, _)| is_critical(point));
        let firsts = drawn(firsts.collect(), share(most / PER_FIRST));
        for first in firsts {
            let run = self.try_out(story, &rehearsal, std::slice::from_ref(&first)).await;
            let after = run.marked.iter().position(|call| call.point == first.0).unwrap_or_default();
            let seconds = strikes(&run.marked[after..]).into_iter().filter(|(point, _)| *point != first.0);
            for second in drawn(seconds.collect(), PER_FIRST - 1) {
                self.try_out(story, &rehearsal, &[first.clone(), second]).await;
            }
        }
    }

    /// Fails with the stories of the runs that ended otherwise than they should.
    pub fn end(self) {
        println!("{} runs, {} faults", self.runs, self.struck);
        if self.failed.is_empty() {
            return;
        }
        let mut report = format!("{} of {} runs ended badly\n", self.failed.len(), self.runs);
        for story in self.failed.iter().take(TOLD) {
            report += story;
        }
        report += "in all:\n";
        for (kind, count) in &self.kinds {
            let _ = writeln!(report, "  {count} × {kind}");
        }
        panic!("{report}");
    }
}

/// How many of the runs are played: all of them takes a quarter of an hour, so that everyday tests
/// play a part of them, always the same, and `make crash` (`CRASH_POINTS=all`) plays every one.
fn share(runs: usize) -> usize {
    match std::env::var("CRASH_POINTS").as_deref() {
        Ok("all") => runs,
        _ => runs.div_ceil(6),
    }
}

/// Calls worth striking: up to the last one that changes something, and a little beyond.
fn matters(marked: &[Call]) -> &[Call] {
    let last = marked.iter().rposition(Call::changes).unwrap_or_default();
    &marked[..marked.len().min(last + 4)]
}

/// The faults of a call. Those that mean the same to the caller are left out: for a read, that it was
/// applied; for a write to the tables, which settle every write alike, how the answer was missed.
pub fn faults(call: &Call) -> Vec<Fault> {
    let read = |fault: &Fault| !matches!(fault, Fault::AnswerLost | Fault::ErrorAfter | Fault::KilledAfter);
    let alike = |fault: &Fault| {
        call.point.place == Place::Ledger
            && matches!(fault, Fault::ErrorBefore | Fault::ErrorAfter | Fault::Garbage)
            && call.writes
    };
    // A file is what it is: nobody can tell it from a page that came in its place.
    let opaque = matches!(call.point.operation.as_str(), "M13" | "GET files/:token");
    let possible = |fault: &Fault| {
        (call.writes || read(fault)) && !alike(fault) && !(opaque && *fault == Fault::Garbage)
    };
    Fault::ALL.into_iter().filter(possible).collect()
}

/// Every fault at every call.
pub fn strikes(marked: &[Call]) -> Vec<(Point, Fault)> {
    let strike = |call: &Call| {
        let point = call.point.clone();
        faults(call).into_iter().map(move |fault| (point.clone(), fault)).collect::<Vec<_>>()
    };
    matters(marked).iter().flat_map(strike).collect()
}

/// The calls that change the other systems, and the writes around them.
fn is_critical(point: &Point) -> bool {
    const CRITICAL: [&str; 8] = [
        "M12",
        "POST tickets",
        "POST tickets/:id/customer_response",
        "POST tickets/:id/comment",
        "POST customers",
        "PutItem conversation",
        "PutItem delivery",
        "PutItem buyer",
    ];
    CRITICAL.contains(&point.operation.as_str())
}

/// At most `most` of them, the same ones every time: those whose place has the smallest hash.
fn drawn(strikes: Vec<(Point, Fault)>, most: usize) -> Vec<(Point, Fault)> {
    let mut ranked: Vec<_> = strikes
        .into_iter()
        .map(|strike| {
            let mut hasher = DefaultHasher::new();
            (SEED, &strike).hash(&mut hasher);
            (hasher.finish(), strike)
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(most).map(|(_, strike)| strike).collect()
}

/// The shortest story of a run: what was struck, what came of it, and the calls around.
fn tell(story: &Story, faults: &[(Point, Fault)], run: &Run) -> String {
    let mut told = format!("── {}\n", story.name);
    for (point, fault) in faults {
        let at = run.calls.iter().position(|call| call.point == *point);
        let k = at.map_or_else(|| "never made".to_owned(), |at| format!("call {}", at + 1));
        let _ = writeln!(told, "   {fault:?} at {point} ({k})");
    }
    for finding in &run.findings {
        let _ = writeln!(told, "   → {finding}");
    }
    let struck: Vec<usize> = (0..run.calls.len()).filter(|at| run.calls[*at].fault.is_some()).collect();
    let first = struck.first().copied().unwrap_or_default().saturating_sub(4);
    let last = struck.last().copied().unwrap_or_default() + 40;
    for (at, call) in run.calls.iter().enumerate().take(last).skip(first) {
        let dull = call.fault.is_none() && !call.writes && at > first + 12;
        if !dull {
            let fault = call.fault.map(|fault| format!(" ← {fault:?}")).unwrap_or_default();
            let _ = writeln!(told, "      {:>4} {}{fault}", at + 1, call.point);
        }
    }
    told
}
