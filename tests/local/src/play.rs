//! `make run` without an account: the sample shop between the twins, played through the bridge.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bridge::settings::{CategoryRule, Settings};
use jiff::{SignedDuration, Timestamp};
use runtime::LocalStack;
use serde_json::{Value, json};
use twins::{Clock, Comparison, Finding, Found, World};

use crate::announce::Announcement;
use crate::cloud::Logs;
use crate::console::Console;
use crate::page::{Feed, Page, PageOptions};
use crate::sample::{self, BACKLOG, STEPS, Shop, Step, Time};
use crate::stack::{Data, Stack, StackOptions};

/// How long before now the sample begins; its history, its script and the minutes between the ticks
/// fit in, so that it ends before the present.
const BEGINS: SignedDuration = SignedDuration::from_hours(48);

/// When the bridge is switched on.
const ENABLED: SignedDuration = SignedDuration::from_hours(6);

/// More ticks than any step needs.
const MOST_TICKS: usize = 40;

/// What `make run` is told.
#[derive(Debug, Clone)]
pub struct Play {
    /// Ends once everything has settled.
    pub once: bool,
    /// Port of the callback; 0 takes a free one.
    pub port: u16,
    /// Port of the page; 0 takes a free one.
    pub page_port: u16,
    /// Seconds between two ticks afterwards.
    pub poll_seconds: u64,
    /// Where the run's database lives; absent: in memory.
    pub folder: Option<PathBuf>,
    /// What `empikctl --local tail` shows.
    pub logs: Logs,
}

/// A world for the sample, at its beginning.
///
/// # Errors
/// As [`World::new`].
pub fn world() -> anyhow::Result<World> {
    let world = World::new(sample::options())?;
    world.set_clock(Clock::Real { shift_seconds: -BEGINS.as_secs() });
    Ok(world)
}

/// The sample, played to its end.
pub struct Played {
    /// The stack that played it; its clock is right again.
    pub stack: Arc<Stack>,
    /// The first shop's integration, as stored.
    pub settings: Settings,
    second: Settings,
    /// When the bridge was switched on.
    pub since: Timestamp,
    shop: Shop,
}

/// Plays the sample until everything has settled.
///
/// # Errors
/// A port that is taken, a folder that cannot be used, a part of the sample that never settles.
pub async fn perform(play: &Play, world: World, console: &Console) -> anyhow::Result<Played> {
    let mut shop = Shop::new(world.clone())?;
    shop.history()?;
    world.set_clock(Clock::Real { shift_seconds: -ENABLED.as_secs() });
    let options = StackOptions {
        data: play.folder.clone().map_or(Data::Memory, Data::Folder),
        port: play.port,
        logs: play.logs.clone(),
        ..StackOptions::new(world.clone())
    };
    let stack = Arc::new(Stack::start(options).await?);
    let mut settings = stack.settings();
    settings.empikplace.poll_seconds = 10;
    settings.thulium.category_rules.push(CategoryRule {
        topic: Some("reklamacja".into()),
        entity: None,
        sender: None,
        category_id: 5,
        queue_id: None,
    });
    let since = world.now();
    let second = sample::settings(&settings)?;
    let secrets = [stack.secret(), sample::secret(stack.secret())];
    for (settings, secret) in [&settings, &second].into_iter().zip(secrets) {
        stack.add_integration(settings, secret).await?;
        stack.register_webhooks(&settings.id)?;
    }

    begin(&BACKLOG, &mut shop, console)?;
    let waiting = world.threads().iter().filter(|t| t.date_updated >= since).count();
    console.backlog(waiting as u64);
    finish(&BACKLOG, &stack, &shop, console).await?;
    for step in &STEPS {
        begin(step, &mut shop, console)?;
        finish(step, &stack, &shop, console).await?;
    }
    world.set_clock(Clock::default());
    Ok(Played { stack, settings, second, since, shop })
}

fn begin(step: &Step, shop: &mut Shop, console: &Console) -> anyhow::Result<()> {
    console.heading(step.title);
    (step.act)(shop).with_context(|| format!("the step {:?}", step.title))
}

/// Lets the bridge work, and shows what people see then.
async fn finish(step: &Step, stack: &Stack, shop: &Shop, console: &Console) -> anyhow::Result<()> {
    match step.time {
        Time::Settle => {
            stack.settle(MOST_TICKS).await.with_context(|| format!("the step {:?}", step.title))?;
        }
        Time::Ticks(count) => {
            for _ in 0..count {
                stack.tick().await?;
                stack.world().advance(SignedDuration::from_mins(1));
            }
        }
    }
    console.drained();
    for sight in (step.sees)(shop).with_context(|| format!("the step {:?}", step.title))? {
        console.sight(&sight.place, &sight.text);
    }
    Ok(())
}

/// Plays the sample; with `once` ends then, otherwise shows it on a page until Ctrl-C, with what the
/// bridge logs from `feed`. Returns the summary.
///
/// # Errors
/// As [`perform`].
pub async fn play(play: &Play, world: World, console: &Console, feed: &Feed) -> anyhow::Result<Value> {
    let Played { stack, settings, second, since, shop } = perform(play, world.clone(), console).await?;
    let found = world.comparison_since(since);
    let faults: Vec<&Finding> = found.findings.iter().filter(|finding| !finding.kind.is_note()).collect();
    if !faults.is_empty() {
        console.heading("The twins have found faults");
    }
    for fault in faults {
        console.say(&format!("  {}", json!(fault)));
    }
    let parked = stack.parked(&settings.id).await?.len() + stack.parked(&second.id).await?.len();
    let summary = summary(&world, &found, parked);
    if !play.once {
        let page = Page::start(PageOptions {
            stack: stack.clone(),
            settings,
            feed: feed.clone(),
            since,
            port: play.page_port,
            pause: Duration::from_secs(play.poll_seconds),
        })
        .await?;
        let _announced = announce(stack.local(), console);
        stay(&stack, &page, &shop, console).await?;
    }
    Ok(summary)
}

/// Lets `empikctl --local` find this bridge, for as long as what is returned lives. Without a place to
/// say it the bridge works all the same.
pub(crate) fn announce(stack: LocalStack, console: &Console) -> Option<Announcement> {
    let announced = Announcement::write(stack, &Announcement::place()?);
    if let Err(error) = &announced {
        console.note(&format!("empikctl --local will not find this bridge: {error}"));
    }
    announced.ok()
}

/// Says where everything is, and stays until Ctrl-C.
async fn stay(stack: &Stack, page: &Page, shop: &Shop, console: &Console) -> anyhow::Result<()> {
    let control = stack.twins().control();
    console.heading("Everything has settled. The bridge stays up; Ctrl-C ends it");
    console.say("  The twins live in memory: the next run begins anew.");
    console.say("");
    console.say(&format!("  see it       {}", page.url()));
    console.say("               write as a buyer on the left, answer as an agent on the right");
    console.say("");
    console.say(&format!("  control      {control}"));
    console.say(&format!("  EmpikPlace   {}", stack.twins().empikplace()));
    console.say(&format!("  Thulium      {}", stack.twins().thulium()));
    console.say(&format!("  callback     {}", stack.callback_url(&stack.settings().id)));
    console.say("");
    console.say("  cargo run -p empikctl -- --local status       and doctor, tail, explain …");
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
    tokio::signal::ctrl_c().await?;
    console.heading("Ended");
    Ok(())
}

/// What the checker has found, in four words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Messages and replies that are not on the other side, and nobody was told.
    pub(crate) lost: usize,
    /// Messages and replies that are there twice.
    pub(crate) doubled: usize,
    /// What somebody could read who must not.
    pub(crate) leaked: usize,
    /// What arrived in another form, order or place.
    pub(crate) garbled: usize,
}

/// Counts the findings of a comparison that are no notes.
pub(crate) fn tally(found: &Comparison) -> Tally {
    let count = |kinds: &[Found]| -> usize { kinds.iter().filter_map(|kind| found.counts.get(kind)).sum() };
    Tally {
        lost: count(&[Found::Lost, Found::ReplyMissing]),
        doubled: count(&[Found::Doubled, Found::PanelDoubled, Found::ReplyDoubled]),
        leaked: count(&[
            Found::CommentLeaked,
            Found::OperatorLeaked,
            Found::Returned,
            Found::Echoed,
            Found::ReplyMisdirected,
            Found::WrongRecipient,
            Found::InboundAsReply,
            Found::PanelAsMail,
            Found::MailLoop,
        ]),
        garbled: count(&[
            Found::Altered,
            Found::Disordered,
            Found::ReplyDisordered,
            Found::Mixed,
            Found::WrongShop,
        ]),
    }
}

/// What came of it. Everything but `parked` is counted by the twins, which know nothing of the bridge.
fn summary(world: &World, found: &Comparison, parked: usize) -> Value {
    let tally = tally(found);
    json!({
        "conversations": world.threads().len(),
        "tickets": world.tickets().len(),
        "messages_in": found.inbound_carried,
        "replies_out": found.replies_carried,
        "parked": parked,
        "lost": tally.lost,
        "doubled": tally.doubled,
        "leaked": tally.leaked,
        "garbled": tally.garbled,
    })
}

/// Whether a summary tells of nothing bad, and of something good.
pub fn is_clean(summary: &Value) -> bool {
    ["lost", "doubled", "leaked", "garbled"].iter().all(|name| summary[name] == 0)
        && ["messages_in", "replies_out"].iter().all(|name| summary[name] != 0)
}
