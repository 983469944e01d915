//! The function over real tables in a local DynamoDB, with every call to tables and secrets counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, AtomicUsize, Ordering};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::ledger::Clock;
use bridge::settings::{IntegrationId, Settings};
use callback::{Response, answer};
use jiff::{SignedDuration, Timestamp};
use ledger::{DynamoLedger, schema};
use runtime::{Deadline, Parts, Reach, Runtime, Secrets};
use secrecy::SecretString;
use serde_json::{Value, json};

pub const PASSWORD: &str = "pa:ss/wörd %41";

/// A secret for `shop-a` and `shop-gone`, a malformed one for `shop-bad`; all fail with a status
/// that is set.
#[derive(Default)]
pub struct Safe {
    pub fails: AtomicU16,
    pub changed: AtomicBool,
    /// Whether what opened before the change still stands in the secret.
    pub overlaps: AtomicBool,
    pub reads: AtomicUsize,
}

#[async_trait]
impl Secrets for Safe {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let status = self.fails.load(Ordering::Relaxed);
        if status > 0 {
            let outcome = Outcome::Refused { status, retry_after: None };
            return Err(Failure::new(Side::Secrets, "x", Effect::Read, outcome));
        }
        let password = if self.changed.load(Ordering::Relaxed) { "changed" } else { PASSWORD };
        let mut secret = json!({
            "empik_api_key": "key", "thulium_user": "user", "thulium_password": "password",
            "callback_user": "caller", "callback_password": password,
        });
        if self.overlaps.load(Ordering::Relaxed) {
            secret["callback_user_before"] = "caller".into();
            secret["callback_user"] = "new caller".into();
            secret["callback_password_before"] = PASSWORD.into();
        }
        Ok(match id.as_str() {
            "shop-a" | "shop-gone" => Some(secret.to_string().into()),
            "shop-bad" => Some("{}".into()),
            _ => None,
        })
    }
    fn name(&self, id: &IntegrationId) -> String {
        id.to_string()
    }
}

/// A clock that can be put forward, in seconds.
#[derive(Default)]
pub struct Hand(pub AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// Counts calls to the tables.
#[derive(Debug, Clone, Default)]
pub struct Tables(Arc<AtomicUsize>);

impl Intercept for Tables {
    fn name(&self) -> &'static str {
        "Tables"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

pub struct Bench {
    pub client: Client,
    pub safe: Arc<Safe>,
    pub hand: Arc<Hand>,
    pub tables: Tables,
    pub runtime: Runtime,
}

impl Bench {
    pub async fn new() -> Bench {
        let tables = Tables::default();
        let (_, client) = database::in_memory().await;
        let client = Client::from_conf(client.config().to_builder().interceptor(tables.clone()).build());
        schema::create_tables(&client, "integrations", "conversations").await.expect("tables");
        let ledger = DynamoLedger::new(client.clone(), "integrations".into(), "conversations".into());
        let settings = r#"
            id = "shop-a"
            name = "Shop"
            [empikplace]
            url = "https://marketplace.empik.com"
            [thulium]
            url = "https://acme.thulium.com"
            mailbox = "empik@shop.example"
            reply_address = "{thread}@noreply.shop.example"
            customer_field = "Empik ID"
            comment_login = "api"
        "#;
        let settings = Settings::from_toml(settings).expect("settings");
        let stored = ledger.put_settings(&settings, Timestamp::now()).await;
        assert_eq!(stored, Ok(bridge::ledger::Write::Done));
        let (safe, hand) = (Arc::<Safe>::default(), Arc::<Hand>::default());
        let parts = Parts::new(Arc::new(ledger), safe.clone(), hand.clone(), Reach::Public);
        tables.0.store(0, Ordering::Relaxed);
        Bench { client, safe, hand, tables, runtime: Runtime::new(parts.expect("parts")) }
    }

    /// Calls to the tables and reads of secrets since the last time.
    pub fn work(&self) -> (usize, usize) {
        (self.tables.0.swap(0, Ordering::Relaxed), self.safe.reads.swap(0, Ordering::Relaxed))
    }

    pub fn wait(&self, seconds: i64) {
        self.hand.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub async fn call(&self, event: Value) -> Response {
        let deadline = Deadline::after(self.hand.now(), SignedDuration::from_secs(20));
        answer(&self.runtime, &event, deadline).await
    }

    pub async fn status(&self, event: Value) -> u16 {
        self.call(event).await.status_code
    }
}

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// A call with the least that a caller can send.
pub fn post(path: &str, authorization: &str, body: &str) -> Value {
    json!({
        "rawPath": path,
        "requestContext": { "http": { "method": "POST" } },
        "headers": { "authorization": authorization },
        "body": body,
    })
}

pub fn right(body: &str) -> Value {
    post("/shop-a", &basic("caller", PASSWORD), body)
}
