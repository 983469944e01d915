//! A shop between the twins, on the emulated AWS: the binary sees what the functions have done.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bridge::ledger::Clock;
use bridge::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use runtime::{Deadline, Parts, Reach, Runtime, SecretsFile, Selection};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use twins::{AgentReply, NewThread, Running, Webhook, World, WorldOptions};

use crate::support::{Aws, Run, run};

pub const SECRET: &str = r#"{"empik_api_key":"empik-key","thulium_user":"api","thulium_password":"thulium-pass",
    "callback_user":"thulium","callback_password":"callback-pass"}"#;

/// The file of the functions' secrets.
const SECRETS: &str = "secrets.json";

/// The twins, the tables, and a runtime as the poller's.
pub struct Shop {
    pub aws: Aws,
    pub world: World,
    pub twins: Running,
    runtime: Arc<Runtime>,
    callback: String,
    folder: tempfile::TempDir,
}

struct WorldClock(World);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Shop {
    /// Twins and empty tables.
    pub async fn empty() -> Shop {
        Shop::of(WorldOptions::default()).await
    }

    pub async fn of(options: WorldOptions) -> Shop {
        let aws = Aws::new().await;
        let world = World::new(options).expect("a world");
        let twins = Running::start(world.clone()).await.expect("the twins");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(SECRETS);
        std::fs::write(&file, format!(r#"{{"shop-a":{SECRET},"shop-b":{SECRET}}}"#)).expect("written");
        let ledger = Arc::new(aws.ledger());
        let clock = Arc::new(WorldClock(world.clone()));
        let parts = Parts::new(ledger, Arc::new(SecretsFile::new(file)), clock, Reach::Anywhere);
        let runtime = Arc::new(Runtime::new(parts.expect("an HTTP client")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let callback = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(called).with_state((runtime.clone(), world.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Shop { aws, world, twins, runtime, callback, folder }
    }

    /// With settings, secret, and an integration that was enabled a day ago.
    pub async fn joined() -> Shop {
        let shop = Shop::empty().await;
        shop.join(&shop.settings()).await;
        shop
    }

    /// The settings file of the world's first shop.
    pub fn settings(&self) -> String {
        format!(
            r#"id = "shop-a"
name = "EmpikPlace – Sklep A"

[empikplace]
url = "{}"

[thulium]
url = "{}"
mailbox = "empik@shop.example"
reply_address = "{{thread}}@noreply.shop.example"
queue_id = 7
category_id = 3
customer_field = "Empik ID"
thread_field = "Empik wątek"
order_field = "Empik zamówienie"
comment_login = "api"

[import]
backfill = "1d"
"#,
            self.twins.empikplace(),
            self.twins.thulium()
        )
    }

    /// Applies settings and stores the secret by the binary.
    pub async fn join(&self, settings: &str) {
        let id = Settings::from_toml(settings).expect("settings").id;
        let apply = self.run_with(&["apply", "-f", "-"], settings).await;
        assert_eq!(apply.code, 0, "{apply:?}");
        let set = self.run_with(&["secrets", "set", id.as_str()], SECRET).await;
        assert_eq!(set.code, 0, "{set:?}");
    }

    /// Runs the binary, which may call the twins.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "").await
    }

    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let mut environment = self.aws.environment();
        environment.insert("ALLOW_HTTP", "1".to_owned());
        run(&environment, arguments, input).await
    }

    /// Lets the functions know the secret that was stored.
    pub fn deploy_secret(&self) {
        let secret = self.aws.secret("bridge/shop-a").expect("a secret");
        let all = serde_json::json!({ "shop-a": secret });
        std::fs::write(self.folder.path().join(SECRETS), all.to_string()).expect("written");
    }

    /// Where Thulium calls back about an integration.
    pub fn callback(&self, id: &str) -> String {
        format!("{}/{id}", self.callback)
    }

    /// Registers a webhook as a person does in Thulium.
    pub fn register(&self, address: &str) -> u64 {
        self.world.register_webhook(Webhook {
            id: 0,
            actions: vec!["TICKET_CREATED".into()],
            subscription_url: address.to_owned(),
            http_auth_user: "thulium".into(),
            http_auth_password: "callback-pass".into(),
        })
    }

    /// One run of the poller.
    pub async fn tick(&self) {
        for (status, reason) in self.ticked().await {
            assert_ne!(status, "failed", "{reason:?}");
        }
    }

    /// The same, whatever comes of it: status and reason by integration.
    pub async fn ticked(&self) -> Vec<(&'static str, Option<String>)> {
        let deadline = Deadline::after(self.world.now(), SignedDuration::from_secs(60));
        let reports = self.runtime.tick_all(&Selection::All, deadline).await.expect("the rows");
        reports.into_iter().map(|report| (report.status, report.reason)).collect()
    }

    /// A buyer's question, brought into a ticket; the thread and the ticket.
    pub async fn question(&self, body: &str) -> (String, u64) {
        let new = NewThread::from_customer("c-1", "Jan Kowalski", body).about_order("123456-A");
        let opened = self.world.open_thread(new).expect("a thread");
        self.world.advance(SignedDuration::from_secs(90));
        self.tick().await;
        let ticket = self.world.tickets().last().expect("a ticket").ticket_id;
        (opened.thread_id, ticket)
    }

    /// An agent's reply, forwarded or parked by the next tick.
    pub async fn answer(&self, ticket: u64, body: &str) -> u64 {
        let reply = self.world.agent_reply(ticket, AgentReply::new("akowalska", body)).expect("a reply");
        self.world.advance(SignedDuration::from_secs(90));
        self.tick().await;
        reply
    }
}

/// A call of Thulium's: let in by the runtime's credentials, and then a hint, as the function does.
async fn called(
    State((runtime, world)): State<(Arc<Runtime>, World)>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let Ok(id) = uri.path().trim_start_matches('/').parse() else { return StatusCode::UNAUTHORIZED };
    let Ok(known) = runtime.credentials(&id).await else { return StatusCode::UNAUTHORIZED };
    let right =
        format!("{}:{}", known.callback_user.expose_secret(), known.callback_password.expose_secret());
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != format!("Basic {}", STANDARD.encode(right)) {
        return StatusCode::UNAUTHORIZED;
    }
    let ticket = body.split('&').find_map(|pair| pair.strip_prefix("ticket_id=")?.parse().ok());
    let Some(ticket) = ticket else { return StatusCode::BAD_REQUEST };
    let deadline = Deadline::after(world.now(), SignedDuration::from_secs(30));
    match runtime.hint(&id, bridge::helpdesk::TicketId(ticket), deadline).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Dates, and what else changes from run to run, by other words.
pub fn steady(text: &str, of: &[(String, &str)]) -> String {
    let mut text = text.to_owned();
    for date in dates(&text) {
        text = text.replace(&date, "2026-01-01 10:00");
    }
    for (found, word) in of {
        text = text.replace(found, word);
    }
    text
}

/// Every `YYYY-MM-DD HH:MM`.
fn dates(text: &str) -> Vec<String> {
    let shape = |window: &str| {
        window.bytes().zip(b"dddd-dd-dd dd:dd").all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        })
    };
    let starts = text.char_indices().map(|(at, _)| at);
    starts.filter_map(|at| text.get(at..at + 16)).filter(|window| shape(window)).map(str::to_owned).collect()
}
