//! The conversations of an integration: ids, states and reasons; no texts, no names.

use bridge::settings::IntegrationId;
use ledger::{Listed, Table};
use serde_json::json;

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;

pub(crate) async fn list(
    options: &Options,
    id: &IntegrationId,
    limit: u32,
    console: &dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    tables.integration(id).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = tables.ledger.conversations(id, limit).await;
    let mut found = found.map_err(|failure| tables.failed(Table::Conversations, &failure))?;
    let more = found.len() == limit;
    // Those that a person must look at first, then those that wait, then the newest.
    found.sort_by_key(|listed| {
        let rank = ["parked", "waiting", "opening"].iter().position(|state| *state == self::state(listed));
        (rank.unwrap_or(9), std::cmp::Reverse(listed.opened))
    });
    let line = |listed: &Listed| {
        [
            listed.ticket.map_or_else(|| "-".to_owned(), |ticket| ticket.0.to_string()),
            words::one_line(&listed.key.thread.0),
            words::date(listed.opened),
            words::see::conversation_state(state(listed)),
            listed.trouble.as_ref().map(|trouble| words::one_line(&trouble.reason)).unwrap_or_default(),
        ]
    };
    let lines: Vec<_> = found.iter().map(line).collect();
    let item = |listed: &Listed| {
        json!({
            "thread": listed.key.thread,
            "ticket": listed.ticket,
            "opened": listed.opened,
            "state": state(listed),
            "reason": listed.trouble.as_ref().map(|trouble| &trouble.reason),
        })
    };
    let items: Vec<_> = found.iter().map(item).collect();
    let mut talk = Vec::new();
    if found.is_empty() {
        talk.push(words::see::no_conversations(id.as_str()));
    }
    if more {
        talk.push(words::see::more_conversations());
    }
    Ok(Report {
        text: words::table(&words::see::conversations_head(), &lines, console.width()),
        json: json!({ "integration": id, "conversations": items, "more": more }),
        talk,
        exit: if found.iter().any(|listed| state(listed) == "parked") { Exit::Findings } else { Exit::Ok },
    })
}

fn state(listed: &Listed) -> &'static str {
    match (&listed.trouble, listed.ticket) {
        (Some(trouble), _) if trouble.due.is_none() => "parked",
        (Some(_), _) => "waiting",
        (None, None) => "opening",
        (None, Some(_)) => "open",
    }
}
