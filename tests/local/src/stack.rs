//! The whole bundle for tests: a world with both twins, and the bridge between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use bridge::ledger::{Clock, Ledger, Waiting};
use bridge::settings::{IntegrationId, Settings};
use jiff::{SignedDuration, Timestamp};
use ledger::DynamoLedger;
use runtime::{LocalStack, PortsHook, Reach, Runtime};
use serde_json::{Value, json};
use twins::{Kind, Running, Webhook, World};

use crate::cloud::Logs;
use crate::host::{Host, HostOptions};

/// How far the world's clock moves between two ticks of [`Stack::settle`].
const BETWEEN_TICKS: SignedDuration = SignedDuration::from_secs(60);

/// Ticks in a row in which nothing may happen before things count as settled: longer than a ticket
/// that changed is looked at again and again.
const QUIET_TICKS: usize = 4;

/// Where the bridge keeps what it remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Data {
    /// In memory, gone with the stack.
    #[default]
    Memory,
    /// In a database file in this folder, which is made where it is missing.
    Folder(PathBuf),
}

/// How a stack is set up.
#[derive(Clone)]
pub struct StackOptions {
    /// The world with both twins; its clock is the bridge's clock too.
    pub world: World,
    /// Where the bridge keeps what it remembers. Default: in memory.
    pub data: Data,
    /// Wraps the ports of every visit, for dry runs and for faults between the engine and its ports.
    pub ports: Option<PortsHook>,
    /// Port of the callback; 0 (default) takes a free one.
    pub port: u16,
    /// What `empikctl --local tail` shows; default: nothing.
    pub logs: Logs,
}

impl StackOptions {
    /// A stack in memory over this world.
    pub fn new(world: World) -> StackOptions {
        StackOptions { world, data: Data::Memory, ports: None, port: 0, logs: Logs::default() }
    }
}

/// What [`Stack::settle`] has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Ticks it took, the last quiet ones included.
    pub ticks: usize,
    /// The result of the last one.
    pub last: Value,
}

/// The bridge between two twins. Dropping it ends every server it has started; the world and a
/// folder of data stay.
pub struct Stack {
    world: World,
    twins: Running,
    host: Host,
    settings: Settings,
    secrets: Mutex<BTreeMap<IntegrationId, Value>>,
    http: reqwest::Client,
}

/// The world's clock as the engine's.
struct WorldClock(World);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// The clock of a world, for whoever else dates things by it.
pub fn clock_of(world: &World) -> Arc<dyn Clock> {
    Arc::new(WorldClock(world.clone()))
}

impl Stack {
    /// Starts the twins' server, the database, the callback's server and the bridge, without any
    /// integration.
    ///
    /// # Errors
    /// No free port, or a folder that cannot be used.
    pub async fn start(options: StackOptions) -> anyhow::Result<Stack> {
        let StackOptions { world, data, ports, port, logs } = options;
        let file = match data {
            Data::Memory => None,
            Data::Folder(folder) => {
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("{} cannot be created", folder.display()))?;
                Some(folder.join("bridge.db"))
            }
        };
        let twins = Running::start(world.clone()).await?;
        let clock = clock_of(&world);
        let host =
            Host::start(HostOptions { file, clock, reach: Reach::Anywhere, ports, port, logs }).await?;
        let http = wire::client(wire::Reach::Anywhere)?;
        let settings = settings_for(&world, &twins)?;
        Ok(Stack { world, twins, host, settings, secrets: Mutex::default(), http })
    }

    /// A stack in memory over this world, with the integration of [`Stack::settings`] and its webhooks.
    ///
    /// # Errors
    /// As [`Stack::start`].
    pub async fn joined(world: World) -> anyhow::Result<Stack> {
        let stack = Stack::start(StackOptions::new(world)).await?;
        let settings = stack.settings();
        stack.add_integration(&settings, stack.secret()).await?;
        stack.register_webhooks(&settings.id)?;
        Ok(stack)
    }

    /// The settings of an integration `shop-a` for the world's first shop: its mailbox, its first
    /// queue and category (7 and 3 by default), all four ticket fields, comments as the API user, and
    /// every default beside.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// The secret that fits the world's first shop.
    pub fn secret(&self) -> Value {
        let options = self.world.options();
        json!({
            "empik_api_key": options.shops.first().map(|shop| shop.api_key.clone()),
            "thulium_user": options.thulium.user,
            "thulium_password": options.thulium.password,
            "callback_user": "thulium",
            "callback_password": "callback-pass",
        })
    }

    /// Stores settings and secret of an integration, or replaces them. It counts as enabled from the
    /// first time on.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn add_integration(&self, settings: &Settings, secret: Value) -> anyhow::Result<()> {
        self.host.add_integration(settings, secret.to_string().into()).await?;
        self.secrets().insert(settings.id.clone(), secret);
        Ok(())
    }

    /// Registers webhooks as a user does in Thulium's panel: for new tickets, and for the twin's own
    /// event about agents' replies, which is switched on by this. Replies then cross by themselves,
    /// within a fraction of a second.
    ///
    /// # Errors
    /// An integration that was not added.
    pub fn register_webhooks(&self, id: &IntegrationId) -> anyhow::Result<()> {
        let secret = self.secret_of(id)?;
        let text = |name: &str| secret[name].as_str().unwrap_or_default().to_owned();
        self.world.switch(|switches| switches.thulium.reply_webhooks = true);
        // The twin calls every webhook about a reply, whatever it was registered for.
        self.world.register_webhook(Webhook {
            id: 0,
            actions: vec!["TICKET_CREATED".into()],
            subscription_url: self.callback_url(id),
            http_auth_user: text("callback_user"),
            http_auth_password: text("callback_password"),
        });
        Ok(())
    }

    /// One run of the poller for all integrations; its result as documented.
    ///
    /// # Errors
    /// Whatever fails the whole invocation.
    pub async fn tick(&self) -> anyhow::Result<Value> {
        self.tick_event(json!({})).await
    }

    /// One run of the poller with this event.
    ///
    /// # Errors
    /// Whatever fails the whole invocation.
    pub async fn tick_event(&self, event: Value) -> anyhow::Result<Value> {
        self.host.tick(event).await
    }

    /// Calls the callback about a ticket as Thulium would, and returns the HTTP status.
    ///
    /// # Errors
    /// An integration that was not added, or no answer.
    pub async fn hint(&self, id: &IntegrationId, ticket: u64) -> anyhow::Result<u16> {
        let secret = self.secret_of(id)?;
        let answer = self
            .http
            .post(self.callback_url(id))
            .basic_auth(
                secret["callback_user"].as_str().unwrap_or_default(),
                secret["callback_password"].as_str(),
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("action=TICKET_MESSAGE_ADDED&ticket_id={ticket}&customer_id=null"))
            .send()
            .await?;
        Ok(answer.status().as_u16())
    }

    /// Where Thulium calls back about an integration.
    pub fn callback_url(&self, id: &IntegrationId) -> String {
        format!("{}/{id}", self.host.callback())
    }

    /// How `empikctl --local` reaches it.
    pub fn local(&self) -> LocalStack {
        self.host.local()
    }

    /// The world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The twins' server, for its addresses.
    pub fn twins(&self) -> &Running {
        &self.twins
    }

    /// The ledger as the functions use it. After [`Stack::restart`] it is another one.
    pub fn ledger(&self) -> Arc<DynamoLedger> {
        self.host.ledger()
    }

    /// The runtime of both functions. After [`Stack::restart`] it is another one.
    pub fn runtime(&self) -> Arc<Runtime> {
        self.host.runtime()
    }

    /// What is parked in an integration, oldest first.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn parked(&self, id: &IntegrationId) -> anyhow::Result<Vec<Waiting>> {
        Ok(self.ledger().parked(id, 10_000).await?)
    }

    /// What waits in an integration, however far in the future it is due.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn waiting(&self, id: &IntegrationId) -> anyhow::Result<Vec<Waiting>> {
        let some_day = self.world.now() + SignedDuration::from_hours(24 * 3650);
        Ok(self.ledger().due(id, some_day, 10_000).await?)
    }

    /// Begins anew as after a cold start: same data, nothing remembered in memory. What is under
    /// way goes on in the old process.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn restart(&self) -> anyhow::Result<()> {
        self.host.restart()
    }

    /// Kills the bridge: what is under way stops where it stands, and it begins anew as in
    /// [`Stack::restart`].
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.host.kill()
    }

    /// Ticks until nothing changes any more and nothing waits, moving the world's clock on by a
    /// minute after each tick, be it stopped or running.
    ///
    /// # Errors
    /// A tick that fails as a whole, or things that are not settled after `max_ticks`; the error says
    /// what still waits.
    pub async fn settle(&self, max_ticks: usize) -> anyhow::Result<Settled> {
        let mut quiet = 0;
        let mut seen = self.changes();
        let mut last = Value::Null;
        for ticks in 1..=max_ticks {
            last = self.tick().await?;
            let changed = self.changes();
            let rows = last["integrations"].as_array().map_or(&[][..], Vec::as_slice);
            let at_rest = rows.iter().all(|row| row["backlog"] == 0 && row["status"] == "ok");
            quiet = if at_rest && changed == seen && self.all_waiting().await? == 0 { quiet + 1 } else { 0 };
            seen = changed;
            self.world.advance(BETWEEN_TICKS);
            if quiet >= QUIET_TICKS {
                return Ok(Settled { ticks, last });
            }
        }
        let waiting = self.all_waiting().await?;
        bail!("not settled after {max_ticks} ticks: {waiting} items wait, and the last tick said {last}")
    }

    /// How much was changed in the twins so far; reading changes nothing.
    fn changes(&self) -> usize {
        let told = |kind: Kind| {
            !matches!(
                kind,
                Kind::AttachmentDownloaded
                    | Kind::FileDownloaded
                    | Kind::FileUploaded
                    | Kind::WebhookQueued
                    | Kind::WebhookCalled
                    | Kind::WorldChanged
            )
        };
        self.world.history(0).iter().filter(|event| told(event.kind)).count()
    }

    async fn all_waiting(&self) -> anyhow::Result<usize> {
        let ids: Vec<IntegrationId> = self.secrets().keys().cloned().collect();
        let mut waiting = 0;
        for id in &ids {
            waiting += self.waiting(id).await?.len();
        }
        Ok(waiting)
    }

    fn secret_of(&self, id: &IntegrationId) -> anyhow::Result<Value> {
        self.secrets().get(id).cloned().with_context(|| format!("the integration {id} was not added"))
    }

    fn secrets(&self) -> std::sync::MutexGuard<'_, BTreeMap<IntegrationId, Value>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn settings_for(world: &World, twins: &Running) -> anyhow::Result<Settings> {
    let options = world.options();
    let (shop, thulium) = (options.shops.first(), &options.thulium);
    let first = |names: &[String]| names.first().cloned().unwrap_or_default();
    let field = |at: usize| thulium.ticket_fields.get(at).cloned().unwrap_or_default();
    let settings = json!({
        "id": "shop-a",
        "name": shop.map_or("", |shop| shop.name.as_str()),
        "empikplace": { "url": twins.empikplace(), "shop_id": shop.map(|shop| shop.shop_id) },
        "thulium": {
            "url": twins.thulium(),
            "mailbox": first(&thulium.mailboxes),
            "reply_address": "{thread}@noreply.shop.example",
            "queue_id": thulium.queues.first().map(|queue| queue.id),
            "category_id": thulium.categories.first().map(|category| category.id),
            "customer_field": first(&thulium.customer_fields),
            "thread_field": field(0),
            "order_field": field(1),
            "products_field": field(2),
            "conversation_field": field(3),
            "comment_login": thulium.user,
        },
    });
    Ok(serde_json::from_value(settings)?)
}
