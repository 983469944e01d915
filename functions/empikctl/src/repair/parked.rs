//! What is parked in an integration, or held back until an agent decides: ids, states and reasons; no
//! texts.

use std::collections::BTreeMap;

use bridge::conversation::{Key, Loaded};
use bridge::failure::Failure;
use bridge::ledger::{Ledger, Waiting};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::Table;
use serde_json::json;

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;

/// Below so many columns, ids of threads are shortened.
const NARROW: usize = 120;

/// Something that was set aside.
struct Parked {
    thread: ThreadId,
    /// Absent: the conversation has no ticket yet.
    ticket: Option<u64>,
    /// Absent: the conversation itself is parked.
    reply: Option<u64>,
    state: &'static str,
    reason: String,
    /// What a person should do.
    advice: String,
    attempts: Option<u32>,
    since: Timestamp,
}

pub(crate) async fn parked(
    options: &Options,
    id: &IntegrationId,
    limit: u32,
    console: &dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let failed = |failure: Failure| tables.failed(Table::Conversations, &failure);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut waiting = tables.ledger.parked(id, limit.saturating_add(1)).await.map_err(failed)?;
    let more = waiting.len() > limit;
    waiting.truncate(limit);
    if waiting.is_empty() {
        // The id may be misspelt; conversations outlive their integration, so it is asked for last.
        let row = tables.ledger.integration(id).await;
        let row = row.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
        row.ok_or_else(|| Error::failed(words::unknown(id)))?;
    }

    let mut conversations: BTreeMap<ThreadId, Result<Loaded, String>> = BTreeMap::new();
    let mut found = Vec::new();
    for waiting in &waiting {
        if !conversations.contains_key(&waiting.thread) {
            let key = Key { integration: id.clone(), thread: waiting.thread.clone() };
            let loaded = match tables.ledger.load(&key).await {
                Ok(loaded) => Ok(loaded),
                Err(failure) if words::aws::is_unreadable(&failure) => {
                    Err(words::aws::unreadable_item(&failure))
                }
                Err(failure) => return Err(failed(failure)),
            };
            conversations.insert(waiting.thread.clone(), loaded);
        }
        found.extend(match conversations.get(&waiting.thread) {
            Some(Ok(loaded)) => as_it_stands(waiting, loaded),
            Some(Err(reason)) => Some(unreadable(waiting, reason)),
            None => None,
        });
    }
    Ok(report(id, &found, more, console.width()))
}

/// A parked item with its reasons; none where it is not parked any more: the index may lag.
fn as_it_stands(waiting: &Waiting, loaded: &Loaded) -> Option<Parked> {
    let conversation = loaded.conversation.as_ref();
    let thread = waiting.thread.clone();
    let since = waiting.at;
    let Some((ticket, reply)) = waiting.delivery else {
        let conversation = conversation.filter(|conversation| conversation.is_parked())?;
        let trouble = conversation.trouble.as_ref()?;
        return Some(Parked {
            thread,
            ticket: conversation.ticket.map(|ticket| ticket.0),
            reply: None,
            state: "parked",
            reason: trouble.reason.clone(),
            advice: words::see::conversation_advice(&trouble.reason),
            attempts: Some(trouble.attempts),
            since,
        });
    };
    let mut deliveries = loaded.deliveries.iter();
    let delivery = deliveries.find(|delivery| (delivery.ticket.0, delivery.reply.0) == (ticket, reply))?;
    delivery.waits_for_a_person().then(|| Parked {
        thread,
        ticket: Some(ticket),
        reply: Some(reply),
        state: delivery.state.as_str(),
        reason: delivery.reason.map_or("unknown", |reason| reason.as_str()).to_owned(),
        advice: delivery.reason.map(words::see::advice).unwrap_or_default(),
        attempts: Some(delivery.attempt),
        since,
    })
}

fn unreadable(waiting: &Waiting, reason: &str) -> Parked {
    Parked {
        thread: waiting.thread.clone(),
        ticket: waiting.delivery.map(|(ticket, _)| ticket),
        reply: waiting.delivery.map(|(_, reply)| reply),
        state: "unreadable",
        reason: reason.to_owned(),
        advice: String::new(),
        attempts: None,
        since: waiting.at,
    }
}

fn report(id: &IntegrationId, found: &[Parked], more: bool, width: Option<usize>) -> Report {
    let or_none = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    // Whole ids would push what matters off a narrow screen; pipes and --json have them.
    let narrow = width.is_some_and(|width| width < NARROW);
    let thread = |thread: &ThreadId| match words::one_line(&thread.0) {
        id if narrow && id.chars().count() > 9 => id.chars().take(8).chain(['…']).collect(),
        id => id,
    };
    let line = |parked: &Parked| {
        [
            words::date(parked.since),
            or_none(parked.ticket),
            or_none(parked.reply),
            thread(&parked.thread),
            parked.state.to_owned(),
            parked.reason.clone(),
            or_none(parked.attempts.map(u64::from)),
            parked.advice.clone(),
        ]
    };
    let lines: Vec<_> = found.iter().map(line).collect();
    let item = |parked: &Parked| {
        json!({
            "what": if parked.reply.is_some() { "reply" } else { "conversation" },
            "thread": parked.thread,
            "ticket": parked.ticket,
            "reply": parked.reply,
            "state": parked.state,
            "reason": parked.reason,
            "advice": parked.advice,
            "attempts": parked.attempts,
            "since": parked.since,
        })
    };
    let items: Vec<_> = found.iter().map(item).collect();
    let mut talk = Vec::new();
    if found.is_empty() {
        talk.push(words::repair::nothing_parked(id));
    }
    if more {
        talk.push(words::repair::more_parked());
    }
    Report {
        text: words::wrapped_table(&words::repair::parked_head(), &lines, width),
        json: json!({ "integration": id, "parked": items, "more": more }),
        talk,
        exit: if found.is_empty() { Exit::Ok } else { Exit::Findings },
    }
}
