//! Ticks over real tables in a local DynamoDB, with the two systems behind HTTP.

#![allow(clippy::expect_used, reason = "a test stops where its ground is missing")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use bridge::engine::Report;
use bridge::failure::Failure;
use bridge::settings::{IntegrationId, Settings};
use jiff::{SignedDuration, Timestamp};
use ledger::{DynamoLedger, schema};
use runtime::{Deadline, Parts, Reach, Runtime, Secrets, Selection, SystemClock};
use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{basic_auth, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Secrets that are handed out one after the other; the last one again and again.
#[derive(Default)]
struct Safe {
    secrets: Mutex<HashMap<String, Vec<String>>>,
    fetches: Mutex<usize>,
}

impl Safe {
    fn holds(&self, id: &str, passwords: &[&str]) {
        let secret = |password: &&str| {
            json!({
                "empik_api_key": "key", "thulium_user": "user", "thulium_password": password,
                "callback_user": "caller", "callback_password": "knock",
            })
            .to_string()
        };
        let secrets = passwords.iter().rev().map(secret).collect();
        self.secrets.lock().expect("no panic").insert(id.to_owned(), secrets);
    }
}

#[async_trait]
impl Secrets for Safe {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        *self.fetches.lock().expect("no panic") += 1;
        let mut secrets = self.secrets.lock().expect("no panic");
        let Some(left) = secrets.get_mut(id.as_str()) else { return Ok(None) };
        let secret = if left.len() > 1 { left.pop() } else { left.last().cloned() };
        Ok(secret.map(SecretString::from))
    }
    fn name(&self, id: &IntegrationId) -> String {
        format!("bridge/{id}")
    }
}

struct Bench {
    client: Client,
    safe: Arc<Safe>,
    parts: Parts,
}

impl Bench {
    async fn new(reach: Reach) -> Bench {
        let (_, client) = database::in_memory().await;
        schema::create_tables(&client, "integrations", "conversations").await.expect("tables");
        let safe = Arc::<Safe>::default();
        let parts = Parts::new(Arc::new(tables(&client)), safe.clone(), Arc::new(SystemClock), reach);
        Bench { client, safe, parts: parts.expect("parts") }
    }

    async fn has(&self, settings: Settings) {
        let stored = tables(&self.client).put_settings(&settings, Timestamp::now()).await;
        assert_eq!(stored, Ok(bridge::ledger::Write::Done));
    }

    fn runtime(&self) -> Runtime {
        Runtime::new(self.parts.clone())
    }
}

fn tables(client: &Client) -> DynamoLedger {
    DynamoLedger::new(client.clone(), "integrations".into(), "conversations".into())
}

fn settings(id: &str, empikplace: &str, thulium: &str) -> Settings {
    let text = format!(
        r#"
        id = "{id}"
        name = "Shop"
        [empikplace]
        url = "{empikplace}"
        [thulium]
        url = "{thulium}"
        mailbox = "empik@shop.example"
        reply_address = "{{thread}}@noreply.shop.example"
        customer_field = "Empik ID"
        comment_login = "api"
        "#
    );
    Settings::from_toml(&text).expect("settings")
}

fn soon() -> Deadline {
    Deadline::after(Timestamp::now(), SignedDuration::from_secs(60))
}

fn outcomes(reports: &[Report]) -> Vec<(&str, &str, &str)> {
    reports.iter().map(|r| (r.integration.as_str(), r.status, r.reason.as_deref().unwrap_or(""))).collect()
}

/// A marketplace without threads.
async fn quiet_empikplace() -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "data": [] }));
    Mock::given(method("GET")).and(path("/api/inbox/threads")).respond_with(answer).mount(&server).await;
    server
}

/// A helpdesk without tickets that lets one password in.
async fn quiet_thulium(password: &str) -> MockServer {
    let server = MockServer::start().await;
    let empty = json!({ "count": 0, "offset": 0, "limit": 100, "result": [] });
    Mock::given(basic_auth("user", password))
        .respond_with(ResponseTemplate::new(200).set_body_json(empty))
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(401))
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn what_is_wrong_with_one_stands_in_its_row_and_the_others_go_on() {
    let bench = Bench::new(Reach::Public).await;
    let (empik, acme) = ("https://marketplace.empik.com", "https://acme.thulium.com");
    let mut off = settings("a-off", empik, acme);
    off.enabled = false;
    bench.has(off).await;
    bench.has(settings("b-plain", "http://marketplace.empik.com", acme)).await;
    bench.has(settings("c-inner", empik, "https://10.0.0.7")).await;
    bench.has(settings("d-nosecret", empik, acme)).await;
    bench.has(settings("e-halfsecret", empik, acme)).await;
    for id in ["b-plain", "c-inner"] {
        bench.safe.holds(id, &["x"]);
    }
    bench.safe.holds("e-halfsecret", &[""]);
    let put = bench.client.put_item().table_name("integrations");
    put.item(schema::INTEGRATION, AttributeValue::S("f-broken".into()))
        .item(schema::ITEM, AttributeValue::S(schema::SETTINGS.into()))
        .item("settings", AttributeValue::S("{".into()))
        .send()
        .await
        .expect("stored");

    let reports = bench.runtime().tick_all(&Selection::All, soon()).await.expect("rows");
    let outcomes = outcomes(&reports);
    assert_eq!(
        outcomes[..5],
        [
            ("a-off", "skipped", "disabled"),
            (
                "b-plain",
                "failed",
                "the stored settings cannot be used: empikplace.url must start with https:// (ALLOW_HTTP=1 \
                 lifts this for local work)"
            ),
            (
                "c-inner",
                "failed",
                "the stored settings cannot be used: thulium.url names an address that is not public \
                 (ALLOW_HTTP=1 lifts this for local work)"
            ),
            (
                "d-nosecret",
                "failed",
                "no secret \"bridge/d-nosecret\"; empikctl secrets set d-nosecret adds it"
            ),
            (
                "e-halfsecret",
                "failed",
                "the secret \"bridge/e-halfsecret\" lacks thulium_password, or holds no text there; empikctl \
                 secrets set e-halfsecret replaces it"
            ),
        ]
    );
    assert_eq!((outcomes.len(), outcomes[5].0, outcomes[5].1), (6, "f-broken", "failed"));
    assert!(outcomes[5].2.starts_with("the stored settings cannot be used: "), "{}", outcomes[5].2);

    let one = Selection::One("shop-z".parse().expect("an id"));
    let reports = bench.runtime().tick_all(&one, soon()).await.expect("a row");
    assert_eq!(reports.len(), 1);
    assert_eq!(
        (reports[0].status, reports[0].reason.as_deref()),
        ("failed", Some("no integration \"shop-z\" in the table of integrations; empikctl apply adds it"))
    );
}

#[tokio::test]
async fn shards_share_the_integrations_among_them() {
    let bench = Bench::new(Reach::Public).await;
    let mut expected = Vec::new();
    for n in 0..9 {
        let mut off =
            settings(&format!("shop-{n}"), "https://marketplace.empik.com", "https://a.thulium.com");
        off.enabled = false;
        expected.push(off.id.to_string());
        bench.has(off).await;
    }
    let mut found = Vec::new();
    for shard in 0..4 {
        let selection = Selection::Shard { shard, shards: 4 };
        let reports = bench.runtime().tick_all(&selection, soon()).await.expect("rows");
        found.extend(reports.into_iter().map(|report| report.integration));
    }
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn one_that_hangs_is_cut_off_and_does_not_hold_up_the_others() {
    let bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("good").await);
    let swamp = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(120));
    Mock::given(wiremock::matchers::any()).respond_with(late).mount(&swamp).await;
    bench.has(settings("good", &shop.uri(), &desk.uri())).await;
    bench.has(settings("stuck", &shop.uri(), &swamp.uri())).await;
    bench.safe.holds("good", &["good"]);
    bench.safe.holds("stuck", &["good"]);
    let begun = Instant::now();
    let deadline = Deadline::after(Timestamp::now(), SignedDuration::from_secs(12));
    let reports = bench.runtime().tick_all(&Selection::All, deadline).await.expect("rows");
    assert!(begun.elapsed() < Duration::from_secs(100), "{:?}", begun.elapsed());
    assert_eq!(
        outcomes(&reports),
        [("good", "ok", ""), ("stuck", "failed", "a call did not come back before the time was up")]
    );
}

#[tokio::test]
async fn refused_credentials_are_read_again_and_tried_once_more() {
    let bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("new").await);
    bench.has(settings("shop-a", &shop.uri(), &desk.uri())).await;
    bench.safe.holds("shop-a", &["old", "new"]);
    let runtime = bench.runtime();
    let reports = runtime.tick_all(&Selection::All, soon()).await.expect("rows");
    assert_eq!(outcomes(&reports), [("shop-a", "ok", "")]);
    assert!(reports[0].calls.thulium >= 2 && reports[0].calls.empikplace >= 1, "{:?}", reports[0].calls);
    assert_eq!(*bench.safe.fetches.lock().expect("no panic"), 2);
    // The new ones are kept.
    runtime.tick_all(&Selection::All, soon()).await.expect("rows");
    assert_eq!(*bench.safe.fetches.lock().expect("no panic"), 2);
}

#[tokio::test]
async fn a_secret_that_was_read_before_the_first_event_is_not_read_again() {
    let bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("good").await);
    bench.has(settings("shop-a", &shop.uri(), &desk.uri())).await;
    let mut off = settings("shop-off", &shop.uri(), &desk.uri());
    off.enabled = false;
    bench.has(off).await;
    bench.safe.holds("shop-a", &["good"]);
    bench.safe.holds("shop-off", &["good"]);
    let read = || std::mem::take(&mut *bench.safe.fetches.lock().expect("no panic"));
    let runtime = bench.runtime();
    runtime.warm_up().await;
    assert_eq!(read(), 1, "of the one that is enabled");
    let reports = runtime.tick_all(&Selection::All, soon()).await.expect("rows");
    assert_eq!(outcomes(&reports), [("shop-a", "ok", ""), ("shop-off", "skipped", "disabled")]);
    assert_eq!(read(), 0, "at the first tick");
}

#[tokio::test]
async fn refused_credentials_that_are_still_the_same_are_not_tried_again() {
    let bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("new").await);
    bench.has(settings("shop-a", &shop.uri(), &desk.uri())).await;
    bench.safe.holds("shop-a", &["old"]);
    let reports = bench.runtime().tick_all(&Selection::All, soon()).await.expect("rows");
    assert_eq!((reports[0].status, reports[0].calls.thulium), ("failed", 1));
    assert_eq!(*bench.safe.fetches.lock().expect("no panic"), 2);
}

#[tokio::test]
async fn an_error_of_the_program_stays_with_its_integration() {
    let mut bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("good").await);
    bench.has(settings("good", &shop.uri(), &desk.uri())).await;
    bench.has(settings("worse", &shop.uri(), &desk.uri())).await;
    bench.safe.holds("good", &["good"]);
    bench.safe.holds("worse", &["good"]);
    let count = Mutex::new(0);
    bench.parts.ports = Some(Arc::new(move |ports| {
        let n = { std::mem::replace(&mut *count.lock().expect("no panic while held"), 1) };
        assert_eq!(n, 1, "the first one fails");
        ports
    }));
    let reports = bench.runtime().tick_all(&Selection::All, soon()).await.expect("rows");
    let mut statuses: Vec<&str> = reports.iter().map(|report| report.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["failed", "ok"]);
}

#[tokio::test]
async fn without_the_table_nothing_can_be_done_at_all() {
    let bench = Bench::new(Reach::Public).await;
    bench.client.delete_table().table_name("integrations").send().await.expect("deleted");
    let failure = bench.runtime().tick_all(&Selection::All, soon()).await.expect_err("no table");
    assert_eq!(failure.status(), Some(404));
}

#[tokio::test]
async fn one_that_somebody_else_works_on_is_left_alone() {
    let bench = Bench::new(Reach::Anywhere).await;
    let (shop, desk) = (quiet_empikplace().await, quiet_thulium("good").await);
    bench.has(settings("shop-a", &shop.uri(), &desk.uri())).await;
    bench.safe.holds("shop-a", &["good"]);
    let id: IntegrationId = "shop-a".parse().expect("an id");
    let now = Timestamp::now();
    let until = now + SignedDuration::from_secs(60);
    let held = bench.parts.ledger.take_lease(&id, "somebody", now, until).await.expect("an answer");
    assert!(held.is_some());
    let reports = bench.runtime().tick_all(&Selection::All, soon()).await.expect("rows");
    assert_eq!(outcomes(&reports), [("shop-a", "skipped", "another tick is at work")]);
    assert_eq!((reports[0].calls.empikplace, reports[0].calls.thulium), (0, 0));
}
