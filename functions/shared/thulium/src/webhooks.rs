//! Webhooks: the addresses that Thulium calls.

use std::fmt;

use bridge::failure::{Effect, Failure};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use wire::Call;

use crate::client::{Client, shows_only};
use crate::loose::{self, Fields, Page};

/// The Basic credentials that Thulium sends with a webhook; prints `***`.
#[derive(Clone)]
pub struct WebhookCredentials {
    /// User name.
    pub user: String,
    /// Password.
    pub password: SecretString,
}

impl fmt::Debug for WebhookCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A webhook as listed (doc page `webhooks/get_webhooks`).
///
/// Not printed is the address, which may carry a secret of its own.
#[derive(Clone)]
pub struct Webhook {
    /// Id.
    pub id: u64,
    /// Names of the events, e.g. `TICKET_CREATED`.
    pub actions: Vec<String>,
    /// The address that is called.
    pub subscription_url: String,
    /// Credentials sent with the call.
    pub credentials: Option<WebhookCredentials>,
}

shows_only!(Webhook { id, actions, credentials });

/// A webhook to create (doc page `webhooks/post_webhooks`).
#[derive(Clone)]
pub struct NewWebhook {
    /// Names of the events, e.g. `TICKET_CREATED`.
    pub actions: Vec<String>,
    /// The address to call.
    pub subscription_url: String,
    /// Credentials to send with the call.
    pub credentials: Option<WebhookCredentials>,
}

shows_only!(NewWebhook { actions, credentials });

impl Client {
    /// The webhooks of the system (doc page `webhooks/get_webhooks`). There may be ones of other
    /// programs among them.
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn webhooks(&self) -> Result<Page<Webhook>, Failure> {
        let call = Call::json("GET webhooks", Effect::Read, self.get(self.url(&["webhooks"])));
        self.read(call, |answer| loose::page(answer, read_webhook)).await
    }

    /// Creates a webhook and gives its id (doc page `webhooks/post_webhooks`). There is no way to
    /// change one: delete it and create another.
    ///
    /// # Errors
    /// A classified [`Failure`]; of class `Unknown` also when the answer does not tell the id.
    pub async fn create_webhook(&self, webhook: &NewWebhook) -> Result<u64, Failure> {
        let mut body = Map::new();
        body.insert("actions".into(), webhook.actions.as_slice().into());
        body.insert("subscription_url".into(), webhook.subscription_url.as_str().into());
        if let Some(credentials) = &webhook.credentials {
            body.insert("http_auth_user".into(), credentials.user.as_str().into());
            body.insert("http_auth_password".into(), credentials.password.expose_secret().into());
        }
        let request = self.post(self.url(&["webhooks"]), &body);
        let call = Call::json("POST webhooks", Effect::Write, request);
        self.read(call, |answer| Fields::of(answer)?.id("id")).await
    }

    /// Deletes a webhook (`DELETE webhooks/:id`).
    ///
    /// # Errors
    /// A classified [`Failure`]; [`Failure::is_gone`] when there is none.
    pub async fn delete_webhook(&self, id: u64) -> Result<(), Failure> {
        let url = self.url(&["webhooks", &id.to_string()]);
        self.write("DELETE webhooks/:id", self.delete(url)).await
    }
}

fn read_webhook(row: Fields<'_>) -> Option<Webhook> {
    Some(Webhook {
        id: row.id("id")?,
        actions: row.get("actions").and_then(read_actions).unwrap_or_default(),
        subscription_url: row.text("subscription_url")?,
        credentials: row.word("http_auth_user").map(|user| WebhookCredentials {
            user,
            password: row.text("http_auth_password").unwrap_or_default().into(),
        }),
    })
}

fn read_actions(actions: &Value) -> Option<Vec<String>> {
    Some(loose::list(actions)?.into_iter().filter_map(loose::text).collect())
}
