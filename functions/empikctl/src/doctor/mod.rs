//! What keeps an integration from working, and what mends it: nothing is changed by looking, except
//! where the self-test is asked for, which removes again what it makes.

mod finding;
mod helpdesk;
mod marketplace;
pub(crate) mod self_test;
mod state;

use bridge::integration::Integration;
use bridge::ledger::{Ledger, Row};
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::{Table, TableState};
use serde_json::json;

pub(crate) use finding::Finding;

use crate::Options;
use crate::access::{Live, Store, Tables, address};
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::secrets::{self, State};
use crate::{progress, words};

/// How thoroughly to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) only: Option<&'a IntegrationId>,
    /// Open a ticket and a customer in Thulium, and remove them.
    pub(crate) self_test: bool,
    /// Base URL of the callback; without it, the webhook is asked where it leads.
    pub(crate) callback: Option<&'a str>,
}

pub(crate) async fn doctor(
    options: &Options,
    wish: Wish<'_>,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let mut found: Vec<(String, Finding)> = Vec::new();
    for table in Table::ALL {
        let state = tables.ledger.check_table(table).await;
        let state = match state.map_err(|failure| tables.failed(table, &failure))? {
            TableState::Ready => continue,
            TableState::Missing => "missing",
            TableState::Changing => "changing",
            TableState::Different(_) => "different",
        };
        let name = tables.ledger.table_name(table).to_owned();
        found.push((String::new(), Finding::Table { name, state }));
    }
    let mut seen = Vec::new();
    // Without its tables nothing else can be looked at.
    if found.is_empty() {
        let failed = |failure| tables.failed(Table::Integrations, &failure);
        let rows = tables.ledger.integrations().await.map_err(failed)?;
        let all: Vec<Integration> = rows.iter().filter_map(|row| row.content.clone().ok()).collect();
        let meant = |row: &Row| wish.only.is_none_or(|only| only.as_str() == row.id);
        let rows: Vec<Row> = rows.into_iter().filter(meant).collect();
        progress::expect(rows.len());
        for Row { id, content } in rows {
            console.tell(&words::doctor::checking(&words::one_line(&id)));
            let findings = match content {
                Ok(integration) => examine(options, &tables, &integration, &all, wish).await?,
                Err(reason) => vec![Finding::Settings { reason: words::one_line(&reason) }],
            };
            found.extend(findings.into_iter().map(|finding| (id.clone(), finding)));
            seen.push(id);
            progress::step();
        }
        if let Some(only) = wish.only.filter(|_| seen.is_empty()) {
            return Err(Error::failed(words::unknown(only)));
        }
    }
    Ok(report(&seen, &found, wish.self_test))
}

/// Everything about one integration, what matters most first.
async fn examine(
    options: &Options,
    tables: &Tables,
    integration: &Integration,
    all: &[Integration],
    wish: Wish<'_>,
) -> Result<Vec<Finding>, Error> {
    let settings = &integration.settings;
    let mut found = Vec::new();
    found.extend(addresses(integration));
    found.extend(state::twice(integration, all));
    let store = Store::of(options, None).await?;
    match secrets::state(&store, &settings.id).await {
        Ok(State::Complete) if found.iter().all(|f| !matches!(f, Finding::Address { .. })) => {
            let live = Live::of(options, settings).await?;
            found.extend(marketplace::examine(&live, settings).await);
            let usable = helpdesk::examine(&live, settings, &mut found).await;
            if usable {
                found.extend(helpdesk::webhooks(&live, settings, wish.callback).await);
                if wish.self_test {
                    found.extend(self_test::run(&live, settings).await.findings);
                }
            }
        }
        Ok(State::Complete) => {}
        Ok(State::Missing) => found.push(Finding::NoSecret),
        Ok(State::Unusable(malformed)) => {
            found.push(Finding::Secret { problem: words::secrets::wrong(&malformed) });
        }
        Err(error) => found.push(Finding::SecretUnreadable { reason: error.to_string() }),
    }
    found.extend(state::examine(tables, integration, Timestamp::now()).await?);
    Ok(found)
}

fn addresses(integration: &Integration) -> Vec<Finding> {
    let settings = &integration.settings;
    let both = [("empikplace.url", &settings.empikplace.url), ("thulium.url", &settings.thulium.url)];
    let wrong = |(key, url): (&str, &String)| {
        let error = address(key, url).err()?;
        Some(Finding::Address { reason: error.to_string() })
    };
    both.into_iter().filter_map(wrong).collect()
}

fn report(seen: &[String], found: &[(String, Finding)], self_test: bool) -> Report {
    let mut text = String::new();
    for (integration, finding) in found {
        let said = words::doctor::say_of(finding, integration);
        let of = if integration.is_empty() { String::new() } else { format!("{integration}: ") };
        text += &format!("{}{}\n", words::one_line(&of), words::one_line(&said.what));
        for (word, line) in [(words::doctor::why_word(), said.why), (words::doctor::fix_word(), said.fix)] {
            text += &format!("    {word:<8} {}\n", words::one_line(&line));
        }
    }
    for id in seen {
        if found.iter().all(|(of, _)| of != id) {
            text += &format!("{}\n", words::doctor::healthy(&words::one_line(id)));
        }
    }
    let mut talk: Vec<String> = words::doctor::notes().into();
    if !self_test {
        talk.extend(seen.first().map(|id| words::doctor::self_test_offered(&words::one_line(id))));
    }
    let items: Vec<_> = found.iter().map(|(integration, finding)| finding.json(integration)).collect();
    let json = json!({ "integrations": seen, "findings": items, "notes": words::doctor::notes() });
    let exit = if found.is_empty() { Exit::Ok } else { Exit::Findings };
    Report { text, json, talk, exit }
}
