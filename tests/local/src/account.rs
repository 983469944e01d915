//! The bridge on this machine for a real shop and a real Thulium account, from a settings file.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bridge::ledger::Ledger;
use bridge::settings::{IntegrationId, Settings};
use jiff::Timestamp;
use runtime::{PortsHook, Reach, SystemClock};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cloud::Logs;
use crate::console::Console;
use crate::dry::Shadow;
use crate::host::{Host, HostOptions};
use crate::play::announce;

/// What `make run CONFIG=…` is told.
#[derive(Debug, Clone)]
pub struct Account {
    /// The settings file.
    pub config: PathBuf,
    /// JSON file with the integration's secret; without it the terminal or standard input is asked.
    pub secrets: Option<PathBuf>,
    /// Nothing is written to either side.
    pub dry_run: bool,
    /// Ends when nothing is left to do.
    pub once: bool,
    /// Port of the callback; 0 takes a free one.
    pub port: u16,
    /// Seconds between two ticks.
    pub poll_seconds: u64,
    /// Where the database lives, unless nothing is written.
    pub folder: PathBuf,
    /// Whether any address may be called; otherwise only public https ones.
    pub anywhere: bool,
    /// What `empikctl --local tail` shows.
    pub logs: Logs,
}

/// The keys of a secret, in the order in which they are asked for.
const SECRET: [(&str, &str); 5] = [
    ("empik_api_key", "API key of EmpikPlace"),
    ("thulium_user", "API user of Thulium"),
    ("thulium_password", "password of that user"),
    ("callback_user", "user name that Thulium's callback sends (choose one)"),
    ("callback_password", "password that Thulium's callback sends (choose one)"),
];

/// Reads a settings file.
///
/// # Errors
/// Everything that is wrong with it, a line each, with the file's name in front.
pub fn settings(path: &Path) -> anyhow::Result<Settings> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("{shown} cannot be read; `CONFIG` names a settings file such as shop.toml")
    })?;
    match Settings::from_toml(&text) {
        Ok(settings) => Ok(settings),
        Err(error) => bail!("{}", error.in_file(&shown)),
    }
}

/// The secret: from a file, from the terminal, or from standard input. A file may hold those of
/// several integrations, by id.
fn secret(file: Option<&Path>, id: &IntegrationId) -> anyhow::Result<SecretString> {
    let text = match file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        None if std::io::stdin().is_terminal() => return asked(),
        None => std::io::read_to_string(std::io::stdin())?,
    };
    let several: Option<Value> = serde_json::from_str(&text).ok();
    let own = several.as_ref().and_then(|several| several.get(id.as_str()));
    Ok(own.map_or(text, Value::to_string).into())
}

/// The secret as a person at the terminal gives it, unseen.
fn asked() -> anyhow::Result<SecretString> {
    let mut secret = serde_json::Map::new();
    for (key, what) in SECRET {
        secret.insert(key.to_owned(), rpassword::prompt_password(format!("{what}: "))?.into());
    }
    Ok(Value::Object(secret).to_string().into())
}

/// How long it is until EmpikPlace is read again, after a former run.
async fn rest(host: &Host, id: &IntegrationId) -> anyhow::Result<Duration> {
    let next = host.ledger().cursor(id).await?.and_then(|cursor| cursor.next_poll);
    Ok(next
        .map_or(Duration::ZERO, |next| next.duration_since(Timestamp::now()).try_into().unwrap_or_default()))
}

/// Runs until Ctrl-C, or once.
///
/// # Errors
/// A bad settings file or secret, a database that cannot be opened, a port that is taken.
pub async fn run(account: &Account, console: &Console) -> anyhow::Result<()> {
    let settings = settings(&account.config)?;
    let secret = secret(account.secrets.as_deref(), &settings.id)?;
    let (mut file, mut ports) = (None, None::<PortsHook>);
    if account.dry_run {
        let (shadow, told) = (Arc::new(Shadow::default()), console.clone());
        let tell: crate::dry::Tell = Arc::new(move |words: &str| told.note(words));
        ports = Some(Arc::new(move |ports| shadow.over(ports, tell.clone())));
        console.heading("Dry run: nothing is written to either side, and nothing is remembered");
    } else {
        std::fs::create_dir_all(&account.folder)
            .with_context(|| format!("{} cannot be created", account.folder.display()))?;
        file = Some(account.folder.join(format!("{}.db", settings.id)));
    }
    let host = Host::start(HostOptions {
        file,
        clock: Arc::new(SystemClock),
        reach: if account.anywhere { Reach::Anywhere } else { Reach::Public },
        ports,
        port: account.port,
        logs: account.logs.clone(),
    })
    .await?;
    host.add_integration(&settings, secret).await?;
    let _announced = announce(host.local(), console);
    console.heading(&format!("{} is joined with Thulium", settings.name));
    console.say(&format!("  callback     {}/{}", host.callback(), settings.id));
    console.say("  Ctrl-C ends it.");
    let pause = Duration::from_secs(account.poll_seconds);
    let mut draining = true;
    let mut ended = tokio::spawn(tokio::signal::ctrl_c());
    if account.once {
        tokio::time::sleep(rest(&host, &settings.id).await?).await;
    }
    loop {
        let result = host.tick(json!({})).await?;
        let row = result["integrations"][0].clone();
        let backlog = row["backlog"].as_u64().unwrap_or_default();
        if draining && backlog > 0 {
            console.backlog(backlog);
        } else if draining && row["status"] == "ok" {
            draining = false;
            console.drained();
        }
        let reason = row["reason"].as_str().unwrap_or("no reason was given");
        if row["status"] == "skipped" {
            console.note(&format!("skipped: {reason}"));
        }
        if account.once && row["status"] == "failed" {
            bail!("{}: {reason}", settings.id);
        }
        if account.once && !draining {
            console.say(&row.to_string());
            return Ok(());
        }
        // A backlog is not made to wait.
        let pause = if backlog > 0 { Duration::from_secs(1) } else { pause };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = &mut ended => {
                console.drained();
                console.heading("Ended");
                return Ok(());
            }
        }
    }
}
