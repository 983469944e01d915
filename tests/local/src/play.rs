//! `make run` without an account: the sample shop between the twins, played through the bridge.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use jiff::SignedDuration;
use serde_json::{Value, json};
use twins::{Clock, Comparison, Finding, Found, World};

use crate::console::Console;
use crate::sample::{STEPS, Shop};
use crate::stack::{Data, Stack, StackOptions};

/// How long before now the sample begins; its history, its script and the minutes between the ticks
/// fit in, so that it ends before the present.
const BEGINS: SignedDuration = SignedDuration::from_hours(48);

/// When the bridge is switched on.
const ENABLED: SignedDuration = SignedDuration::from_hours(3);

/// More ticks than any step needs.
const MOST_TICKS: usize = 40;

/// What `make run` is told.
#[derive(Debug, Clone)]
pub struct Play {
    /// Ends once everything has settled.
    pub once: bool,
    /// Port of the callback; 0 takes a free one.
    pub port: u16,
    /// Seconds between two ticks afterwards.
    pub poll_seconds: u64,
    /// Where the run's database lives; absent: in memory.
    pub folder: Option<PathBuf>,
}

/// A world for the sample, at its beginning.
///
/// # Errors
/// As [`World::new`].
pub fn world() -> anyhow::Result<World> {
    let world = World::new(twins::WorldOptions::default())?;
    world.set_clock(Clock::Real { shift_seconds: -BEGINS.as_secs() });
    Ok(world)
}

/// Plays the sample; with `once` ends then, otherwise stays up until Ctrl-C. Returns the summary.
///
/// # Errors
/// A port that is taken, a folder that cannot be used, a part of the sample that never settles.
pub async fn play(play: &Play, world: World, console: &Console) -> anyhow::Result<Value> {
    let mut shop = Shop::new(world.clone())?;
    shop.history()?;
    world.set_clock(Clock::Real { shift_seconds: -ENABLED.as_secs() });
    let options = StackOptions {
        data: play.folder.clone().map_or(Data::Memory, Data::Folder),
        port: play.port,
        ..StackOptions::new(world.clone())
    };
    let stack = Stack::start(options).await?;
    let mut settings = stack.settings();
    settings.empikplace.poll_seconds = 10;
    let enabled_at = world.now();
    stack.add_integration(&settings, stack.secret()).await?;
    stack.register_webhooks(&settings.id)?;
    shop.backlog()?;

    console.heading("The bridge is switched on; conversations wait for it");
    let waiting = world.threads().iter().filter(|t| t.date_updated >= enabled_at).count();
    console.backlog(waiting as u64);
    stack.settle(MOST_TICKS).await.context("the backlog")?;
    console.drained();
    for step in STEPS {
        console.heading(step.title);
        (step.act)(&mut shop).with_context(|| format!("the step {:?}", step.title))?;
        stack.settle(MOST_TICKS).await.with_context(|| format!("the step {:?}", step.title))?;
    }
    world.set_clock(Clock::default());
    let found = world.comparison_since(enabled_at);
    let faults: Vec<&Finding> = found.findings.iter().filter(|finding| !finding.kind.is_note()).collect();
    if !faults.is_empty() {
        console.heading("The twins have found faults");
    }
    for fault in faults {
        console.say(&format!("  {}", json!(fault)));
    }
    let parked = stack.parked(&settings.id).await?.len();
    let summary = summary(&world, &found, parked);
    if !play.once {
        stay(&stack, &shop, play, console).await?;
    }
    Ok(summary)
}

/// Ticks until Ctrl-C.
async fn stay(stack: &Stack, shop: &Shop, play: &Play, console: &Console) -> anyhow::Result<()> {
    let control = stack.twins().control();
    console.heading("Everything has settled. The bridge stays up; Ctrl-C ends it");
    console.say("  The twins live in memory: the next run begins anew.");
    console.say("");
    console.say(&format!("  control      {control}"));
    console.say(&format!("  EmpikPlace   {}", stack.twins().empikplace()));
    console.say(&format!("  Thulium      {}", stack.twins().thulium()));
    console.say(&format!("  callback     {}", stack.callback_url(&stack.settings().id)));
    if let Some((thread, ticket)) = shop.example() {
        console.say("");
        console.say("  write as the buyer:");
        console.say(&format!(
            "  curl -sS {control}/empikplace/threads/{thread}/messages -d '{{\"from\":\"customer\",\"body\":\"<p>A czy jest w kolorze białym?</p>\"}}'"
        ));
        console.say("  answer as the agent:");
        console.say(&format!(
            "  curl -sS {control}/thulium/tickets/{ticket}/reply -d '{{\"login\":\"jnowak\",\"body\":\"<p>Tak, biała wróci w piątek.</p>\"}}'"
        ));
        console.say("");
    }
    let mut ended = tokio::spawn(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(play.poll_seconds)) => {}
            _ = &mut ended => {
                console.heading("Ended");
                return Ok(());
            }
        }
        stack.tick().await?;
    }
}

/// What came of it. Everything but `parked` is counted by the twins, which know nothing of the bridge.
fn summary(world: &World, found: &Comparison, parked: usize) -> Value {
    let count = |kinds: &[Found]| -> usize { kinds.iter().filter_map(|kind| found.counts.get(kind)).sum() };
    let known = [
        ("lost", &[Found::Lost, Found::ReplyMissing][..]),
        ("doubled", &[Found::Doubled, Found::PanelDoubled, Found::ReplyDoubled]),
        (
            "leaked",
            &[
                Found::CommentLeaked,
                Found::OperatorLeaked,
                Found::Returned,
                Found::Echoed,
                Found::ReplyMisdirected,
                Found::WrongRecipient,
                Found::InboundAsReply,
                Found::PanelAsMail,
                Found::MailLoop,
            ],
        ),
        ("garbled", &[Found::Altered, Found::Disordered, Found::ReplyDisordered, Found::Mixed]),
    ];
    let mut summary = json!({
        "conversations": world.threads().len(),
        "tickets": world.tickets().len(),
        "messages_in": found.inbound_carried,
        "replies_out": found.replies_carried,
        "parked": parked,
    });
    for (name, kinds) in known {
        summary[name] = count(kinds).into();
    }
    summary
}

/// Whether a summary tells of nothing bad, and of something good.
pub fn is_clean(summary: &Value) -> bool {
    ["lost", "doubled", "leaked", "garbled"].iter().all(|name| summary[name] == 0)
        && ["messages_in", "replies_out"].iter().all(|name| summary[name] != 0)
}
