//! Every status, over real tables in a local DynamoDB.

#![allow(clippy::expect_used, reason = "a test stops where its ground is missing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::ledger::Clock;
use bridge::settings::{IntegrationId, Settings};
use callback::{LARGEST_BODY, Response, answer};
use jiff::{SignedDuration, Timestamp};
use ledger::{DynamoLedger, schema};
use runtime::{Deadline, Parts, Reach, Runtime, Secrets};
use secrecy::SecretString;
use serde_json::{Value, json};

const PASSWORD: &str = "pa:ss/wörd %41";

/// A secret for `shop-a` and `shop-gone`, a malformed one for `shop-bad`; all fail with a status
/// that is set.
#[derive(Default)]
struct Safe {
    fails: AtomicU16,
    changed: AtomicBool,
}

#[async_trait]
impl Secrets for Safe {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        let status = self.fails.load(Ordering::Relaxed);
        if status > 0 {
            let outcome = Outcome::Refused { status, retry_after: None };
            return Err(Failure::new(Side::Secrets, "x", Effect::Read, outcome));
        }
        let password = if self.changed.load(Ordering::Relaxed) { "changed" } else { PASSWORD };
        let secret = json!({
            "empik_api_key": "key", "thulium_user": "user", "thulium_password": "password",
            "callback_user": "caller", "callback_password": password,
        });
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
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

struct Bench {
    client: Client,
    safe: Arc<Safe>,
    hand: Arc<Hand>,
    runtime: Runtime,
}

impl Bench {
    async fn new() -> Bench {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().expect("a database")));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
            .retry_config(RetryConfig::disabled())
            .build();
        let client = Client::from_conf(config);
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
        Bench { client, safe, hand, runtime: Runtime::new(parts.expect("parts")) }
    }

    async fn call(&self, event: Value) -> Response {
        let deadline = Deadline::after(self.hand.now(), SignedDuration::from_secs(20));
        answer(&self.runtime, &event, deadline).await
    }

    async fn status(&self, event: Value) -> u16 {
        self.call(event).await.status_code
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// A call with the least that a caller can send.
fn post(path: &str, authorization: &str, body: &str) -> Value {
    json!({
        "rawPath": path,
        "requestContext": { "http": { "method": "POST" } },
        "headers": { "authorization": authorization },
        "body": body,
    })
}

fn right(body: &str) -> Value {
    post("/shop-a", &basic("caller", PASSWORD), body)
}

#[tokio::test]
async fn what_is_understood_is_answered_with_204_and_nothing_else() {
    let bench = Bench::new().await;
    let understood = bench.call(right("ticket_id=5")).await;
    assert_eq!(
        serde_json::to_value(&understood).expect("JSON"),
        json!({ "statusCode": 204, "headers": {}, "body": "", "isBase64Encoded": false })
    );
    let encoded = percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC);
    for path in [format!("/shop-a/{encoded}"), format!("/shop-a/{PASSWORD}")] {
        assert_eq!(bench.status(post(&path, "", r#"{"ticket_id":"5"}"#)).await, 204, "{path}");
    }
    let mut event = right(&BASE64_STANDARD.encode("ticket_id=5"));
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 204);
}

#[tokio::test]
async fn who_may_not_call_learns_nothing() {
    let bench = Bench::new().await;
    let wrong = [
        post("/shop-a", "", "ticket_id=5"),
        post("/shop-a", &basic("caller", "wrong"), "ticket_id=5"),
        post("/shop-a", &basic("other", PASSWORD), "ticket_id=5"),
        post("/shop-a", &basic("", ""), "ticket_id=5"),
        post("/shop-a", &basic("nobody", "nothing"), "ticket_id=5"),
        post("/shop-a", "Basic", "ticket_id=5"),
        post("/shop-a", "Basic %%%", "ticket_id=5"),
        post("/shop-a", &format!("Bearer {PASSWORD}"), "ticket_id=5"),
        post("/shop-a/wrong", "", "ticket_id=5"),
        post("/shop-a/nothing", "", "ticket_id=5"),
        post("/shop-a/", "", "ticket_id=5"),
        post("/nobody", &basic("nobody", "nothing"), "ticket_id=5"),
        post("/nobody/nothing", "", "ticket_id=5"),
        post("/shop-bad", &basic("", ""), "ticket_id=5"),
        post("/shop-bad/", &basic("caller", PASSWORD), "not even a ticket"),
        post("/shop-gone", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/", &basic("caller", PASSWORD), "ticket_id=5"),
        post("", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/prod/shop-a", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/SHOP-A", &basic("caller", PASSWORD), "ticket_id=5"),
        json!({ "requestContext": { "http": { "method": "POST" } } }),
    ];
    let first = bench.call(wrong[0].clone()).await;
    assert_eq!(first.status_code, 401);
    for event in wrong {
        assert_eq!(bench.call(event.clone()).await, first, "{event}");
    }
}

#[tokio::test]
async fn a_body_without_a_ticket_is_answered_with_the_reason_and_no_echo() {
    let bench = Bench::new().await;
    for (body, reason) in [
        ("", "the body is empty; ticket_id is expected, form-encoded or in a JSON object"),
        ("null", "the body is JSON but not an object; ticket_id is expected at its top level"),
        ("ticket_id=null", "ticket_id is empty"),
        ("ticket_id=jan@example.com", "ticket_id is not a positive whole number"),
        ("x=1", "the body has no ticket_id at its top level, neither form-encoded nor in a JSON object"),
    ] {
        let answer = bench.call(right(body)).await;
        assert_eq!((answer.status_code, answer.body.as_str()), (400, reason), "{body}");
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    let mut event = right("ticket_id=5");
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 400);
    let mut event = right("");
    event["body"] = Value::Null;
    assert_eq!(bench.status(event).await, 400);
}

#[tokio::test]
async fn size_comes_before_method_and_method_before_credentials() {
    let bench = Bench::new().await;
    let padded = |length: usize| format!("ticket_id=5&x={}", "y".repeat(length - 14));
    assert_eq!(bench.status(right(&padded(LARGEST_BODY))).await, 204);
    assert_eq!(bench.status(right(&padded(LARGEST_BODY + 1))).await, 413);
    assert_eq!(bench.status(right(&padded(1 << 20))).await, 413);
    let mut event = right(&BASE64_STANDARD.encode(padded(LARGEST_BODY + 1)));
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 413);

    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", ""] {
        let mut event = post("/nobody", "", "ticket_id=5");
        event["requestContext"]["http"]["method"] = method.into();
        let answer = bench.call(event.clone()).await;
        assert_eq!((answer.status_code, answer.headers["allow"]), (405, "POST"), "{method}");
        event["body"] = padded(1 << 20).into();
        assert_eq!(bench.status(event).await, 413, "{method}");
    }
    for event in [json!(null), json!([]), json!({})] {
        assert_eq!(bench.status(event).await, 405);
    }
}

#[tokio::test]
async fn what_passes_is_told_from_what_needs_an_administrator() {
    let bench = Bench::new().await;
    bench.safe.fails.store(500, Ordering::Relaxed);
    let passing = bench.call(right("ticket_id=5")).await;
    assert_eq!((passing.status_code, passing.headers["retry-after"]), (503, "60"));
    assert_eq!(bench.status(post("/nobody", "", "")).await, 503);
    bench.safe.fails.store(403, Ordering::Relaxed);
    assert_eq!(bench.status(right("ticket_id=5")).await, 500);
    bench.safe.fails.store(0, Ordering::Relaxed);

    bench.client.delete_table().table_name("conversations").send().await.expect("deleted");
    assert_eq!(bench.status(right("ticket_id=5")).await, 503, "the ticket could not be looked up");
    bench.client.delete_table().table_name("integrations").send().await.expect("deleted");
    let fresh = bench.status(post("/shop-gone", &basic("caller", PASSWORD), "ticket_id=5")).await;
    assert_eq!(fresh, 500, "the table does not exist");
}

#[tokio::test]
async fn a_password_that_was_changed_opens_within_a_minute() {
    let bench = Bench::new().await;
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    bench.safe.changed.store(true, Ordering::Relaxed);
    // Not at once: a guesser must not make the function read the secret at will.
    assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=5")).await, 401);
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    bench.hand.0.store(61, Ordering::Relaxed);
    assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=5")).await, 204);
    assert_eq!(bench.status(right("ticket_id=5")).await, 401);
}
