//! `make run`: the whole bridge on one machine. The Makefile and the README list the variables.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use bridge::ledger::Clock;
use clap::{ArgAction, Parser};
use jiff::tz::TimeZone;
use local::Logs;
use local::account::{self, Account};
use local::console::Console;
use local::page::Feed;
use local::play::{self, Play};
use runtime::SystemClock;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Where things that survive a run are kept: git-ignored, in the directory the program is run in.
const FOLDER: &str = ".local";

/// The whole bridge on one machine: with two sample shops, or with real accounts (CONFIG).
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// End as soon as everything has settled, with a summary as the last line.
    #[arg(long, env = "ONCE", action = ArgAction::Set, value_parser = switch, num_args = 0..=1, default_missing_value = "1", default_value = "0")]
    once: bool,
    /// Settings file of a real integration.
    #[arg(long, env = "CONFIG")]
    config: Option<PathBuf>,
    /// JSON file with its secret; otherwise the terminal or standard input is asked.
    #[arg(long, env = "SECRETS")]
    secrets: Option<PathBuf>,
    /// Write nothing to either side, only say what would be written (with CONFIG).
    #[arg(long, env = "DRY_RUN", action = ArgAction::Set, value_parser = switch, num_args = 0..=1, default_missing_value = "1", default_value = "0")]
    dry_run: bool,
    /// Port of the callback; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 0)]
    port: u16,
    /// Port of the page that shows the sample; 0 takes a free one.
    #[arg(long, env = "PAGE_PORT", default_value_t = 0)]
    page_port: u16,
    /// Seconds between two ticks; 10 with the sample and 60 with real accounts.
    #[arg(long, env = "POLL_SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    poll_seconds: Option<u64>,
    /// Call any address, also http ones (with CONFIG).
    #[arg(long, env = "ALLOW_HTTP", action = ArgAction::Set, value_parser = switch, num_args = 0..=1, default_missing_value = "1", default_value = "0")]
    allow_http: bool,
}

/// `ONCE=` and `ONCE=0` mean no.
fn switch(text: &str) -> Result<bool, String> {
    match text.trim() {
        "" | "0" | "no" | "false" => Ok(false),
        "1" | "yes" | "true" => Ok(true),
        _ => Err("give 1 or 0".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // Help for a person: no backtrace, no Debug.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.config {
        Some(config) => accounts(&arguments, config.clone()).await,
        None if arguments.dry_run => {
            bail!("DRY_RUN=1 is for real accounts: name their settings file with CONFIG=shop.toml")
        }
        None => sample(&arguments).await,
    }
}

async fn accounts(arguments: &Arguments, config: PathBuf) -> anyhow::Result<ExitCode> {
    // No page: it would let anybody on this machine write as a buyer.
    let logs = Logs::default();
    let console = console(Arc::new(SystemClock), &logs, None);
    let account = Account {
        config,
        secrets: arguments.secrets.clone(),
        dry_run: arguments.dry_run,
        once: arguments.once,
        port: arguments.port,
        poll_seconds: arguments.poll_seconds.unwrap_or(60),
        folder: PathBuf::from(FOLDER),
        anywhere: arguments.allow_http,
        logs,
    };
    account::run(&account, &console).await?;
    Ok(ExitCode::SUCCESS)
}

async fn sample(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let world = play::world()?;
    let feed = Feed::new(local::clock_of(&world));
    let logs = Logs::default();
    let console = console(local::clock_of(&world), &logs, Some(&feed));
    let folder = PathBuf::from(FOLDER).join("sample");
    // The twins live in memory, so what a former run has remembered of them is of no use.
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be removed", folder.display()));
        }
        _ => {}
    }
    let options = Play {
        once: arguments.once,
        port: arguments.port,
        page_port: arguments.page_port,
        poll_seconds: arguments.poll_seconds.unwrap_or(10),
        folder: Some(folder),
        logs,
    };
    let summary = play::play(&options, world, &console, &feed).await?;
    console.say(&summary.to_string());
    // Whoever ends it by hand may have left things half done.
    let failed = options.once && !play::is_clean(&summary);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A console in Polish time that shows what the engine logs, as do the page and `empikctl tail`.
fn console(clock: Arc<dyn Clock>, logs: &Logs, feed: Option<&Feed>) -> Console {
    let zone = TimeZone::get("Europe/Warsaw").unwrap_or(TimeZone::UTC);
    let console = Console::new(clock, zone);
    tracing_subscriber::registry()
        .with(console.layer())
        .with(logs.layer())
        .with(feed.map(Feed::layer))
        .init();
    console
}
