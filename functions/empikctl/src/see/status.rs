//! How the integrations fare: state, last tick, lag, backlog, what is parked, calls, replies.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use bridge::failure::Side;
use bridge::integration::{Cursor, Integration};
use bridge::ledger::{Ledger, Row};
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};
use ledger::{Table, Tally};
use serde_json::{Value, json};

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::{progress, words};

/// The most waiting things that are counted for an integration.
const MOST: usize = 1000;

/// An integration is late when its last tick is older than this, or than five of its intervals.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) only: Option<&'a IntegrationId>,
    /// Count what crossed today, too.
    pub(crate) today: bool,
}

/// How one integration fares.
struct Standing {
    id: String,
    name: Option<String>,
    /// See [`words::see::status_state`].
    state: &'static str,
    reason: Option<String>,
    last_tick: Option<Timestamp>,
    /// How long the last tick is past, or something due has waited.
    lag: Option<SignedDuration>,
    backlog: u64,
    parked: usize,
    waiting: usize,
    replies: usize,
    /// Calls of the last hour's budget that were used, and the budget.
    calls: Option<(u32, u32)>,
    today: Option<Tally>,
}

pub(crate) async fn status(
    options: &Options,
    wish: Wish<'_>,
    console: &dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    look(&tables, wish, console.width()).await
}

/// Shows it again and again until Ctrl-C.
pub(crate) async fn watch(
    options: &Options,
    wish: Wish<'_>,
    seconds: u32,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let pause = Duration::from_secs(u64::from(seconds));
    // Pressed at any moment, also while the tables are read.
    let mut ended = pin!(tokio::signal::ctrl_c());
    loop {
        let report = tokio::select! {
            _ = &mut ended => break,
            report = look(&tables, wish, console.width()) => report?,
        };
        let shown = match (options.json, console.width()) {
            (true, _) => format!("{}\n", report.json),
            // To the top left corner, and everything from there on cleared.
            (false, Some(_)) => format!("\x1b[H\x1b[2J{}\n{}", words::date(Timestamp::now()), report.text),
            (false, None) => report.text.clone(),
        };
        if console.show(&shown).is_err() {
            break;
        }
        tokio::select! {
            _ = &mut ended => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    // Everything has been shown already.
    Ok(Report { text: String::new(), json: Value::Null, talk: Vec::new(), exit: Exit::Ok })
}

async fn look(tables: &Tables, wish: Wish<'_>, width: Option<usize>) -> Result<Report, Error> {
    let now = Timestamp::now();
    let failed = |failure| tables.failed(Table::Integrations, &failure);
    let rows = match wish.only {
        None => tables.ledger.integrations().await.map_err(failed)?,
        Some(id) => {
            let row = tables.ledger.integration(id).await.map_err(failed)?;
            vec![row.ok_or_else(|| Error::failed(words::unknown(id)))?]
        }
    };
    let mut tallies = match wish.today {
        true => {
            let midnight = now.as_second() - now.as_second().rem_euclid(86_400);
            let since = Timestamp::from_second(midnight).unwrap_or(now);
            let tallies = tables.ledger.tally(since).await;
            Some(tallies.map_err(|failure| tables.failed(Table::Conversations, &failure))?)
        }
        false => None,
    };
    let mut all = Vec::new();
    progress::expect(rows.len());
    for row in rows {
        all.push(standing(tables, row, tallies.as_mut(), now).await?);
        progress::step();
    }
    Ok(report(&all, width))
}

async fn standing(
    tables: &Tables,
    row: Row,
    tallies: Option<&mut BTreeMap<IntegrationId, Tally>>,
    now: Timestamp,
) -> Result<Standing, Error> {
    let Row { id, content } = row;
    let mut standing = Standing {
        id,
        name: None,
        state: "malformed",
        reason: None,
        last_tick: None,
        lag: None,
        backlog: 0,
        parked: 0,
        waiting: 0,
        replies: 0,
        calls: None,
        today: None,
    };
    let integration = match content {
        Ok(integration) => integration,
        Err(reason) => {
            standing.reason = Some(words::one_line(&reason));
            return Ok(standing);
        }
    };
    let id = &integration.settings.id;
    let of_conversations = |failure| tables.failed(Table::Conversations, &failure);
    let cursor = tables.ledger.cursor(id).await;
    let cursor = cursor.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
    let parked = tables.ledger.parked(id, MOST).await.map_err(of_conversations)?;
    let some_day = now + SignedDuration::from_hours(24 * 365);
    let waiting = tables.ledger.due(id, some_day, MOST).await.map_err(of_conversations)?;

    let (state, reason) = state(&integration, cursor.as_ref(), now);
    standing.state = state;
    standing.reason = reason;
    standing.name = Some(integration.settings.name.clone());
    standing.parked = parked.len();
    standing.waiting = waiting.len();
    standing.replies = waiting.iter().filter(|waiting| waiting.delivery.is_some()).count();
    if let Some(cursor) = &cursor {
        standing.last_tick = cursor.health.last_success;
        standing.backlog = cursor.health.backlog;
        let per_hour = integration.settings.empikplace.calls_per_hour;
        let left = cursor.budget.map_or(per_hour, |budget| budget.refilled(per_hour, now).calls());
        standing.calls = Some((per_hour.saturating_sub(left), per_hour));
    }
    // Something due long ago says more than a tick that went well a moment ago.
    let overdue = waiting.first().map(|waiting| now.duration_since(waiting.at));
    let since_tick = standing.last_tick.map(|at| now.duration_since(at));
    let lag = overdue.into_iter().chain(since_tick).max();
    standing.lag = lag.map(|lag| lag.max(SignedDuration::ZERO));
    standing.today = tallies.map(|tallies| tallies.remove(id).unwrap_or_default());
    Ok(standing)
}

fn state(
    integration: &Integration,
    cursor: Option<&Cursor>,
    now: Timestamp,
) -> (&'static str, Option<String>) {
    if !integration.settings.enabled {
        return ("disabled", None);
    }
    let Some(cursor) = cursor else {
        return ("new", None);
    };
    if is_late(integration, cursor, now) {
        return ("late", cursor.health.reason.clone());
    }
    if cursor.health.failing_since.is_some() {
        return ("failing", cursor.health.reason.clone());
    }
    let until = match cursor.resting(now) {
        None => return ("ok", None),
        Some(Side::Empikplace) => ("EmpikPlace", cursor.empikplace_rests),
        Some(_) => ("Thulium", cursor.thulium_rests),
    };
    ("resting", until.1.map(|at| words::see::resting_until(until.0, at)))
}

/// Whether no tick has gone well for too long.
pub(crate) fn is_late(integration: &Integration, cursor: &Cursor, now: Timestamp) -> bool {
    let poll = SignedDuration::from_secs(5 * i64::from(integration.settings.empikplace.poll_seconds));
    let since = cursor.health.last_success.or(cursor.health.failing_since);
    since.is_none_or(|since| now.duration_since(since) > LATE.max(poll))
}

fn report(all: &[Standing], width: Option<usize>) -> Report {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let many = |count: usize| if count >= MOST { format!("{MOST}+") } else { count.to_string() };
    let line = |standing: &Standing| {
        let note = match (&standing.reason, &standing.today) {
            (Some(reason), _) => reason.clone(),
            (None, Some(tally)) => words::see::crossed_today(tally.opened, tally.delivered),
            (None, None) => standing.name.clone().unwrap_or_default(),
        };
        [
            words::one_line(&standing.id),
            words::see::status_state(standing.state),
            or_none(standing.last_tick.map(|at| at.strftime("%m-%d %H:%M").to_string())),
            or_none(standing.lag.map(words::see::span)),
            standing.backlog.to_string(),
            many(standing.parked),
            many(standing.replies),
            or_none(standing.calls.map(|(used, of)| format!("{used}/{of}"))),
            words::one_line(&note),
        ]
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    let item = |standing: &Standing| {
        json!({
            "integration": standing.id,
            "name": standing.name,
            "state": standing.state,
            "reason": standing.reason,
            "last_tick": standing.last_tick,
            "lag_seconds": standing.lag.map(|lag| lag.as_secs()),
            "backlog": standing.backlog,
            "parked": standing.parked,
            "waiting": standing.waiting,
            "replies_waiting": standing.replies,
            "calls_used": standing.calls.map(|(used, _)| used),
            "calls_per_hour": standing.calls.map(|(_, of)| of),
            "today": standing.today.map(|t| json!({ "tickets": t.opened, "replies": t.delivered })),
        })
    };
    let items: Vec<_> = all.iter().map(item).collect();
    let fine = |standing: &Standing| {
        standing.parked == 0 && !matches!(standing.state, "malformed" | "failing" | "late" | "new")
    };
    let talk = if all.is_empty() { vec![words::no_integrations()] } else { Vec::new() };
    Report {
        text: words::table(&words::see::status_head(), &lines, width),
        json: json!({ "integrations": items }),
        talk,
        exit: if all.iter().all(fine) { Exit::Ok } else { Exit::Findings },
    }
}
