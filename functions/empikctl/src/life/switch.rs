//! One switch with four names: `enable` and `resume`, `disable` and `pause`. While it is off nothing
//! is read or carried; what came in the meantime is carried once it is on again.

use bridge::ledger::{Ledger, Write};
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::Table;
use serde_json::json;

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::words;

pub(crate) async fn switch(options: &Options, id: &IntegrationId, on: bool) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let failed = |failure| tables.failed(Table::Integrations, &failure);
    let mut stored = tables.integration(id).await?;
    let changed = stored.settings.enabled != on;
    if changed {
        stored.settings.enabled = on;
        match tables.ledger.put_settings(&stored.settings, Timestamp::now()).await.map_err(failed)? {
            Write::Done => {}
            Write::Lost => return Err(Error::failed(words::settings::overtaken(id))),
        }
    }
    let row = tables.ledger.integration(id).await.map_err(failed)?;
    let enabled_at = row.and_then(|row| row.content.ok()?.enabled_at);
    let talk = match enabled_at.filter(|_| on) {
        Some(at) => vec![words::settings::carried_from(stored.settings.import.starts_at(at))],
        None => vec![words::life::off_means()],
    };
    let json = json!({ "integration": id, "enabled": on, "changed": changed, "enabled_at": enabled_at });
    let text = words::life::switched(id, on, changed) + "\n";
    Ok(Report { text, json, talk, exit: Exit::Ok })
}
