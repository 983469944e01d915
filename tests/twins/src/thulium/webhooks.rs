//! Webhooks: registration by API (`webhooks/post_webhooks`) and delivery, which may fail by switch.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Input, Wrong};
use crate::clock::{later, second};
use crate::faults::Side;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::world::{Refusal, State, World};

/// A registered webhook; the API shows its password too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Id; ignored on input.
    #[serde(default)]
    pub id: u64,
    /// Events it is called for.
    pub actions: Vec<String>,
    /// Where it is called.
    pub subscription_url: String,
    /// User name for Basic auth; empty for none.
    #[serde(default)]
    pub http_auth_user: String,
    /// Password for Basic auth.
    #[serde(default)]
    pub http_auth_password: String,
}

/// A webhook call on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookCall {
    /// When it is due, on the world's clock.
    pub due: Timestamp,
    /// The webhook.
    pub webhook: Webhook,
    /// The form parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// How often it is sent: more than once by switch, not at all when it is lost.
    pub times: u32,
}

impl State {
    pub(super) fn list_webhooks(&mut self) -> Result<Reply, Wrong> {
        let webhooks: Vec<&Webhook> = self.thulium.webhooks.values().collect();
        Ok(Reply::json(200, &json!(webhooks)))
    }

    pub(super) fn post_webhook(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let input = Input::read(call)?;
        let webhook = Webhook {
            id: 0,
            actions: input.texts("actions")?,
            subscription_url: input.required("subscription_url")?,
            http_auth_user: input.text("http_auth_user")?.unwrap_or_default(),
            http_auth_password: input.text("http_auth_password")?.unwrap_or_default(),
        };
        if webhook.actions.is_empty() {
            return Err(Wrong::invalid("Field \"actions\" cannot be empty."));
        }
        let url = url::Url::parse(&webhook.subscription_url);
        if !url.is_ok_and(|url| ["http", "https"].contains(&url.scheme())) {
            return Err(Wrong::invalid("Field \"subscription_url\" must be an URL"));
        }
        let webhook = self.register(webhook, Actor::Api);
        Ok(Reply::json(201, &json!(webhook)))
    }

    pub(super) fn delete_webhook(&mut self, id: u64) -> Result<Reply, Wrong> {
        self.thulium.webhooks.remove(&id).ok_or_else(|| Wrong::missing("Webhook"))?;
        let event = Event::new(Side::Thulium, Actor::Api, Kind::WebhookChanged);
        self.record(event.data(json!({ "removed": id })));
        Ok(Reply::empty(204))
    }

    fn register(&mut self, mut webhook: Webhook, actor: Actor) -> Webhook {
        self.thulium.last_webhook += 1;
        webhook.id = self.thulium.last_webhook;
        self.thulium.webhooks.insert(webhook.id, webhook.clone());
        let event = Event::new(Side::Thulium, actor, Kind::WebhookChanged);
        self.record(event.data(json!({ "registered": webhook.id, "actions": webhook.actions })));
        webhook
    }

    /// Queues a call to every webhook that wants the event. The twin's own event about replies
    /// goes to all of them, as nobody knows what one would have to subscribe to.
    pub(super) fn queue_webhook(
        &mut self,
        ticket_id: u64,
        action: &str,
        direction: Option<&str>,
        at: Timestamp,
    ) {
        let Some(ticket) = self.thulium.tickets.get(&ticket_id) else {
            return;
        };
        let switches = &self.switches.thulium;
        // Empty values are the literal text `null`.
        let or_null = |text: &str| {
            if text.is_empty() { "null".to_owned() } else { text.to_owned() }
        };
        let mut parameters = vec![
            ("action", action.to_owned()),
            ("ticket_id", ticket_id.to_string()),
            ("customer_id", ticket.customer_id.map_or_else(|| "null".into(), |id| id.to_string())),
            ("agent_login", or_null(&ticket.user_login)),
            ("date", second(at, &self.zone)),
        ];
        if let Some(direction) = direction {
            parameters.insert(4, ("direction", direction.to_owned()));
        }
        let due = later(at, SignedDuration::from_secs(i64::from(switches.webhook_delay_seconds)));
        let own = switches.reply_webhooks && action == switches.reply_webhook_action;
        let (lose_every, repeats) = (switches.webhook_lose_every, switches.webhook_repeats);
        let wanting: Vec<Webhook> = self
            .thulium
            .webhooks
            .values()
            .filter(|webhook| own || webhook.actions.iter().any(|wanted| wanted == action))
            .cloned()
            .collect();
        for webhook in wanting {
            self.thulium.webhook_calls += 1;
            let lost = lose_every > 0 && self.thulium.webhook_calls.is_multiple_of(lose_every);
            let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            let times = if lost { 0 } else { 1 + repeats };
            let call = WebhookCall { due, webhook, parameters: parameters.collect(), times };
            let event = Event::new(Side::Thulium, Actor::System, Kind::WebhookQueued).ticket(ticket_id);
            self.record(event.data(json!({ "webhook": call.webhook.id, "parameters": call.parameters })));
            self.thulium.outbox.push(call);
        }
    }
}

impl World {
    /// Registers a webhook as an administrator does in the user interface; returns its id.
    pub fn register_webhook(&self, webhook: Webhook) -> u64 {
        self.lock().register(webhook, Actor::Control).id
    }

    /// Removes a webhook; false when there is none with this id.
    pub fn remove_webhook(&self, id: u64) -> bool {
        self.lock().thulium.webhooks.remove(&id).is_some()
    }

    /// The registered webhooks.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.lock().thulium.webhooks.values().cloned().collect()
    }

    /// Takes the calls that are due, for whoever wants to deliver them in another way.
    /// Each is to be sent `times` times.
    #[must_use]
    pub fn take_due_webhooks(&self) -> Vec<WebhookCall> {
        let mut state = self.lock();
        let now = state.now();
        state.thulium.outbox.extract_if(.., |call| call.due <= now).collect()
    }

    /// Sends the calls that are due, one after the other, and waits for their answers.
    /// [`serve`](crate::serve) sends them all the time, side by side.
    pub async fn deliver_webhooks(&self) {
        for call in self.take_due_webhooks() {
            self.deliver(call).await;
        }
    }

    /// Sends one call. Nothing is sent again: no retries are documented.
    pub(crate) async fn deliver(&self, call: WebhookCall) {
        if call.times == 0 {
            self.note_call(&call, json!({ "lost": true }));
        }
        for _ in 0..call.times {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.parameters).finish();
            let mut request = self
                .client()
                .post(&call.webhook.subscription_url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
            if !call.webhook.http_auth_user.is_empty() {
                let password = Some(&call.webhook.http_auth_password);
                request = request.basic_auth(&call.webhook.http_auth_user, password);
            }
            let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
            self.note_call(&call, json!({ "status": status }));
        }
    }

    fn note_call(&self, call: &WebhookCall, mut data: Value) {
        data["webhook"] = json!(call.webhook.id);
        data["parameters"] = json!(call.parameters);
        let mut event = Event::new(Side::Thulium, Actor::System, Kind::WebhookCalled);
        let ticket = call.parameters.iter().find(|(name, _)| name == "ticket_id");
        event.ticket = ticket.and_then(|(_, id)| id.parse().ok());
        self.lock().record(event.data(data));
    }

    /// Queues one webhook call out of turn, with these form parameters.
    ///
    /// # Errors
    /// An unknown webhook.
    pub fn call_webhook(&self, id: u64, parameters: Vec<(String, String)>) -> Result<(), Refusal> {
        let webhook = self.lock().thulium.webhooks.get(&id).cloned();
        let webhook = webhook.ok_or_else(|| Refusal::unknown("webhook", id))?;
        let mut state = self.lock();
        let due = state.now();
        state.thulium.outbox.push(WebhookCall { due, webhook, parameters, times: 1 });
        Ok(())
    }
}
