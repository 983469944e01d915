//! What is written once the summary is confirmed: the secret, the settings (not enabled yet), what
//! the self-test learns, the webhook, and last of all the switch. Ended in between, it can be begun
//! again: every step finds what stands already.

use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use jiff::Timestamp;
use ledger::Table;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use thulium::{NewWebhook, WebhookCredentials};

use super::ask::Asker;
use super::{Answers, Done};
use crate::access::{Live, Store, Tables};
use crate::answer::Error;
use crate::doctor::self_test;
use crate::{secrets, words};

/// The only event about tickets that is established.
const ACTION: &str = "TICKET_CREATED";

pub(super) async fn write(
    tables: &Tables,
    store: &Store,
    asker: &mut Asker<'_>,
    answers: &Answers,
) -> Result<Done, Error> {
    let mut settings = answers.settings.clone();
    let id = settings.id.clone();
    let was_enabled = tables.ledger.integration(&id).await.ok().flatten();
    let was_enabled = was_enabled.and_then(|row| row.content.ok()).is_some_and(|c| c.settings.enabled);
    let mut done = Done::default();

    let secret = secret_of(answers);
    secrets::keep(store, &id, secret).await?;
    asker.say(&words::setup::step(&words::setup::secret_stored()));
    settings.enabled = was_enabled;
    put(tables, &settings).await?;
    asker.say(&words::setup::step(&words::setup::settings_stored()));

    let live = Live::with(&settings, answers.credentials.clone())?;
    if answers.self_test {
        asker.say(&words::setup::step(&words::setup::self_test_runs()));
        let learnt = self_test::run(&live, &settings).await;
        let known = |row: bridge::ledger::Row| row.content.ok();
        let row = tables.ledger.integration(&id).await;
        let row = row.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
        let mut habits = row.and_then(known).map(|row| row.habits).unwrap_or_default();
        if learnt.comment_parameter.is_some() {
            habits.comment_parameter = learnt.comment_parameter;
            let saved = tables.ledger.save_habits(&id, &habits).await;
            saved.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
        }
        if learnt.reopens.is_some() {
            settings.calibration.reopens = learnt.reopens;
            put(tables, &settings).await?;
        }
        done.findings = learnt.findings;
    }
    if let Some(base) = &answers.callback {
        let address = format!("{}/{id}", base.as_str().trim_end_matches('/'));
        match webhook(&live, answers, &address).await {
            Ok(webhook) => done.webhook = Some(webhook),
            Err(why) => done.talk.push(words::setup::no_webhook(&why)),
        }
        done.callback = Some(address);
    }
    // Nothing is set going on an account that cannot do what it must.
    done.enabled = answers.enable && done.findings.is_empty();
    if settings.enabled != done.enabled {
        settings.enabled = done.enabled;
        put(tables, &settings).await?;
    }
    Ok(done)
}

fn secret_of(answers: &Answers) -> Map<String, Value> {
    let credentials = &answers.credentials;
    let text = |secret: &SecretString| json!(secret.expose_secret());
    let before = credentials.callback_before.iter().flat_map(|(user, password)| {
        [("callback_user_before", text(user)), ("callback_password_before", text(password))]
    });
    [
        ("empik_api_key", text(&credentials.empik_api_key)),
        ("thulium_user", text(&credentials.thulium_user)),
        ("thulium_password", text(&credentials.thulium_password)),
        ("callback_user", text(&credentials.callback_user)),
        ("callback_password", text(&credentials.callback_password)),
    ]
    .into_iter()
    .chain(before)
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

async fn put(tables: &Tables, settings: &Settings) -> Result<(), Error> {
    let put = tables.ledger.put_settings(settings, Timestamp::now()).await;
    match put.map_err(|failure| tables.failed(Table::Integrations, &failure))? {
        Write::Done => Ok(()),
        Write::Lost => Err(Error::failed(words::settings::overtaken(&settings.id))),
    }
}

/// The webhook that leads to this address, registered where it is not there yet.
async fn webhook(live: &Live, answers: &Answers, address: &str) -> Result<u64, String> {
    let there = live.account.webhooks().await.map_err(|failure| failure.to_string())?;
    let credentials = WebhookCredentials {
        user: answers.credentials.callback_user.expose_secret().to_owned(),
        password: answers.credentials.callback_password.clone(),
    };
    if let Some(hook) = there.rows.iter().find(|hook| hook.subscription_url == address) {
        let opens = |given: &WebhookCredentials| {
            given.user == credentials.user
                && given.password.expose_secret() == credentials.password.expose_secret()
        };
        if hook.credentials.as_ref().is_some_and(opens) {
            return Ok(hook.id);
        }
        // With another password it would only be turned away; there is no way to change one.
        live.account.delete_webhook(hook.id).await.map_err(|failure| failure.to_string())?;
    }
    let new = NewWebhook {
        actions: vec![ACTION.to_owned()],
        subscription_url: address.to_owned(),
        credentials: Some(credentials),
    };
    live.account.create_webhook(&new).await.map_err(|failure| failure.to_string())
}
