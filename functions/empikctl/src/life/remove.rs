//! An integration is removed, after it was said what becomes of its tickets. What was carried stays
//! remembered, so that nothing crosses twice should it come back.

use bridge::ledger::Ledger;
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};
use ledger::Table;
use serde_json::json;

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::words;

/// The most that is counted.
const MOST: usize = 1000;

pub(crate) async fn remove(options: &Options, id: &IntegrationId, yes: bool) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let row = tables.ledger.integration(id).await;
    let row = row.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
    row.ok_or_else(|| Error::failed(words::unknown(id)))?;
    let of_conversations = |failure| tables.failed(Table::Conversations, &failure);
    let tickets = tables.ledger.conversations(id, MOST).await.map_err(of_conversations)?;
    let tickets = tickets.iter().filter(|listed| listed.ticket.is_some()).count();
    let parked = tables.ledger.parked(id, MOST).await.map_err(of_conversations)?.len();
    let some_day = Timestamp::now() + SignedDuration::from_hours(24 * 365);
    let waiting = tables.ledger.due(id, some_day, MOST).await.map_err(of_conversations)?.len();
    let mut text = words::life::removal(tickets, waiting, parked);
    let mut talk = Vec::new();
    if yes {
        let deleted = tables.ledger.delete_settings(id).await;
        deleted.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
        text += &format!("{}\n", words::life::removed(id));
        talk.push(words::life::left_over(id));
    } else {
        talk.push(words::repair::only_said(&format!("empikctl remove {id} --yes")));
    }
    let json = json!({
        "integration": id,
        "dry_run": !yes,
        "removed": yes,
        "tickets": tickets,
        "waiting": waiting,
        "parked": parked,
    });
    Ok(Report { text, json, talk, exit: Exit::Ok })
}
