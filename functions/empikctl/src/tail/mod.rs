//! What the functions log, as it happens: from CloudWatch Logs, or from the bridge on this machine.

mod line;
mod logs;

use std::collections::HashMap;
use std::time::Duration;

use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub(crate) use line::Level;
use line::Line;
use logs::{Event, Logs};

use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::{local, words};

/// How often it is asked for more. CloudWatch allows a few calls a second for a whole account.
const PAUSE: Duration = Duration::from_secs(2);

/// How late a line can come: what was read before is asked for again that far back.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// Which lines are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) integration: Option<&'a IntegrationId>,
    pub(crate) thread: Option<&'a str>,
    pub(crate) ticket: Option<u64>,
    pub(crate) level: Level,
}

/// A time of the past: `10m`, `2h`, `1d`, or `2026-11-23T13:00:00Z`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Since {
    Ago(SignedDuration),
    At(Timestamp),
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Since, String> {
        if let Ok(at) = text.parse() {
            return Ok(Since::At(at));
        }
        let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => 0,
        };
        let number = number.parse::<u32>().ok().filter(|_| seconds > 0);
        let ago = number.map(|number| Since::Ago(SignedDuration::from_secs(i64::from(number) * seconds)));
        ago.ok_or_else(words::tail::bad_since)
    }
}

impl Since {
    fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Since::At(at) => at,
            Since::Ago(ago) => now.checked_sub(ago).unwrap_or(now),
        }
    }
}

/// Where a group is read from on, and what of it was shown.
struct Group {
    name: String,
    from: Timestamp,
    token: Option<String>,
    seen: HashMap<String, Timestamp>,
}

impl Group {
    /// A page of what was not shown yet.
    async fn more(&mut self, logs: &Logs) -> Result<Vec<Event>, Error> {
        let page = logs.page(&self.name, self.from, self.token.as_deref()).await?;
        let seen = &mut self.seen;
        let fresh = |event: &Event| seen.insert(event.id.clone(), event.at).is_none();
        let events: Vec<Event> = page.events.into_iter().filter(fresh).collect();
        self.token = page.next;
        if self.token.is_none() {
            let latest = self.seen.values().max().and_then(|at| at.checked_sub(LATE).ok());
            self.from = latest.unwrap_or(self.from).max(self.from);
            self.seen.retain(|_, at| *at >= self.from);
        }
        Ok(events)
    }
}

/// Shows lines until Ctrl-C, or with `follow` off until there are no more.
pub(crate) async fn tail(
    groups: &[String],
    wish: Wish<'_>,
    (since, follow): (Since, bool),
    as_json: bool,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let names: Vec<String> = match local::is_meant() {
        true => local::variable("LOG_GROUPS").into_iter().collect(),
        false => groups.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
    };
    if names.is_empty() {
        return Err(Error::usage(words::not_set("LOG_GROUPS", "--log-group")));
    }
    let as_json = as_json || !console.output_is_terminal();
    let logs = Logs::of().await?;
    let from = since.before(Timestamp::now());
    let group = |name| Group { name, from, token: None, seen: HashMap::new() };
    let mut groups: Vec<Group> = names.into_iter().map(group).collect();
    // Ctrl-C is how it usually ends, whatever it is doing.
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        ended = show(&logs, &mut groups, wish, follow, as_json, console) => ended?,
    }
    Ok(Report { text: String::new(), json: Value::Null, talk: Vec::new(), exit: Exit::Ok })
}

async fn show(
    logs: &Logs,
    groups: &mut [Group],
    wish: Wish<'_>,
    follow: bool,
    as_json: bool,
    console: &mut dyn Console,
) -> Result<(), Error> {
    loop {
        let mut lines: Vec<(Timestamp, String)> = Vec::new();
        for group in &mut *groups {
            for event in group.more(logs).await? {
                if let Some(line) = Line::of(&event).filter(|line| line.is_wanted(&wish)) {
                    let shown = if as_json { format!("{}\n", line.json(&group.name)) } else { line.shown() };
                    lines.push((event.at, shown));
                }
            }
        }
        lines.sort_by_key(|(at, _)| *at);
        let text: String = lines.into_iter().map(|(_, line)| line).collect();
        if !text.is_empty() && console.show(&text).is_err() {
            return Ok(());
        }
        if groups.iter().any(|group| group.token.is_some()) {
            continue;
        }
        if !follow {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
