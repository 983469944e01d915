//! The wizard: from two accounts to an integration that runs. It asks, tries every answer on the live
//! accounts by reading, shows a summary, and writes nothing before that is confirmed. What is stored
//! already is the default of every question, so that it can be ended at any time and begun again.

mod answers;
mod ask;
mod store;

use bridge::ledger::Ledger;
use bridge::settings::{IntegrationId, Settings, default_template};
use ledger::Table;
use runtime::Credentials;
use serde_json::json;

use crate::Options;
use crate::access::{Store, Tables};
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;
use ask::Asker;

/// Everything that was answered.
pub(crate) struct Answers {
    /// As they will be stored, but for `enabled`.
    settings: Settings,
    credentials: Credentials,
    /// Base URL of the callback; none: no webhook is registered.
    callback: Option<url::Url>,
    /// Try it on a ticket and a customer that are removed again.
    self_test: bool,
    enable: bool,
}

pub(crate) async fn setup(
    options: &Options,
    id: Option<&IntegrationId>,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    if !console.input_is_terminal() {
        return Err(Error::usage(words::setup::no_terminal()));
    }
    // Nobody should answer twenty questions only to learn that nothing can be stored.
    let tables = Tables::of(options).await?;
    let store = Store::of(options, None).await?;
    let mut asker = Asker::new(console);
    asker.say(&words::setup::welcome());
    let id = match id {
        Some(id) => id.clone(),
        None => asker.parsed(&words::setup::ask_id(), Some("shop-a"), |text| {
            text.parse::<IntegrationId>().map_err(|error| error.to_string())
        })?,
    };
    let failed = |failure| tables.failed(Table::Integrations, &failure);
    let row = tables.ledger.integration(&id).await.map_err(failed)?;
    let stored = row.and_then(|row| row.content.ok()).map(|content| content.settings);
    let begin = match &stored {
        Some(stored) => stored.clone(),
        None => Settings::from_toml(&default_template(&id))
            .map_err(|error| Error::failed(error.in_file("template")))?,
    };
    let secret = store.secrets().fetch(&id).await.map_err(|failure| store.failed(&id, &failure))?;
    let secret = secret.and_then(|secret| Credentials::parse(&secret).ok());
    if stored.is_some() {
        asker.say(&words::setup::known(id.as_str()));
    }
    let Some(answers) = answers::gather(&mut asker, begin, stored.is_some(), secret).await? else {
        return Err(Error::failed(words::setup::nothing_written()));
    };
    let done = store::write(&tables, &store, &mut asker, &answers).await?;
    let exit = if done.findings.is_empty() { Exit::Ok } else { Exit::Findings };
    let findings: Vec<_> = done.findings.iter().map(|finding| finding.json(id.as_str())).collect();
    let json = json!({
        "integration": id,
        "enabled": done.enabled,
        "callback": done.callback,
        "webhook": done.webhook,
        "findings": findings,
    });
    Ok(Report { text: words::setup::done(&id, &done), json, talk: done.talk, exit })
}

/// What was written in the end.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) enabled: bool,
    /// Address for Thulium's webhook.
    pub(crate) callback: Option<String>,
    /// The webhook, found or registered.
    pub(crate) webhook: Option<u64>,
    pub(crate) findings: Vec<crate::doctor::Finding>,
    talk: Vec<String>,
}
