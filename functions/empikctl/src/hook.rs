//! The callback is called as Thulium would, with the right credentials: "look at this ticket now".

use std::time::Duration;

use bridge::settings::IntegrationId;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::Options;
use crate::access::{Live, Tables, address, http};
use crate::answer::{Error, Exit, Report};
use crate::{local, words};

/// How long the callback may take, cold start included.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn trigger(
    options: &Options,
    id: &IntegrationId,
    ticket: u64,
    callback: Option<&str>,
) -> Result<Report, Error> {
    let not_set = || Error::usage(words::not_set("CALLBACK_URL", "--callback-url"));
    let callback = local::callback(callback).ok_or_else(not_set)?;
    let tables = Tables::of(options).await?;
    let settings = tables.integration(id).await?.settings;
    let live = Live::of(options, &settings).await?;
    let base = address("--callback-url", &callback)?;
    let url = format!("{}/{id}", base.as_str().trim_end_matches('/'));
    let sent = http()?
        .post(&url)
        .timeout(PATIENCE)
        .basic_auth(
            live.credentials.callback_user.expose_secret(),
            Some(live.credentials.callback_password.expose_secret()),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("action=TICKET_CREATED&ticket_id={ticket}&customer_id=null"))
        .send()
        .await;
    // The error's own words name the address only; it holds no secret.
    let status = sent.map_err(|_| Error::failed(words::life::no_callback(&url)))?.status().as_u16();
    let exit = if status == 204 { Exit::Ok } else { Exit::Findings };
    let json = json!({ "integration": id, "ticket": ticket, "url": url, "status": status });
    Ok(Report { text: words::life::triggered(status) + "\n", json, talk: Vec::new(), exit })
}
