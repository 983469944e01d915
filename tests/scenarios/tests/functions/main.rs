//! The very binaries of both functions, started as Lambda starts them, between the twins.
//!
//! `FUNCTIONS_FOLDER=target/lambda/x86_64` tries the programs that `make package` has built; the default
//! is the build of the tests.

#![expect(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod aws;
mod lambda;
mod trouble;
mod units;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bridge::settings::Settings;
use ledger::DynamoLedger;
use serde_json::{Value, json};
use twins::{AgentReply, Author, NewMessage, NewThread, Running, World, WorldOptions};

use aws::Aws;
use lambda::Function;

/// The programs of both functions.
fn binaries() -> (PathBuf, PathBuf) {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    if let Some(folder) = std::env::var_os("FUNCTIONS_FOLDER") {
        let folder = root.join(folder);
        return (folder.join("poller/bootstrap"), folder.join("callback/bootstrap"));
    }
    // The whole workspace shares what the tests have built.
    let build = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--workspace", "--bins"])
        .current_dir(root)
        .status()
        .expect("cargo runs");
    assert!(build.success(), "the functions build");
    // Beside the tests' own folder: target/debug/deps/functions-…
    let own = std::env::current_exe().expect("a path");
    let folder = own.ancestors().nth(2).expect("the target folder");
    (folder.join("poller"), folder.join("callback"))
}

fn settings(twins: &Running, id: &str) -> Settings {
    let toml = format!(
        r#"
        id = "{id}"
        name = "Sklep A"
        [empikplace]
        url = "{}"
        shop_id = 2000
        poll_seconds = 10
        [thulium]
        url = "{}"
        mailbox = "empik@shop.example"
        reply_address = "{{thread}}@noreply.shop.example"
        queue_id = 7
        category_id = 3
        customer_field = "Empik ID"
        thread_field = "Empik wątek"
        comment_login = "api"
        "#,
        twins.empikplace(),
        twins.thulium()
    );
    Settings::from_toml(&toml).expect("settings")
}

fn secret() -> Value {
    json!({
        "empik_api_key": "empik-key", "thulium_user": "api", "thulium_password": "thulium-pass",
        "callback_user": "thulium", "callback_password": "callback-pass",
    })
}

/// A Function URL request, payload format 2.0, as Lambda passes it on.
fn call(path: &str, credentials: Option<&str>, body: &[u8], encoded: bool) -> Value {
    let mut headers =
        json!({ "content-type": "application/x-www-form-urlencoded", "host": "abc.lambda-url" });
    if let Some(credentials) = credentials {
        headers["authorization"] = json!(format!("Basic {}", STANDARD.encode(credentials)));
    }
    let body = if encoded { STANDARD.encode(body) } else { String::from_utf8_lossy(body).into_owned() };
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "anonymous", "apiId": "abc", "domainName": "abc.lambda-url", "requestId": "r",
            "routeKey": "$default", "stage": "$default", "time": "23/Nov/2026:13:00:00 +0000",
            "timeEpoch": 1_795_438_800_000_u64,
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t" },
        },
        "body": body, "isBase64Encoded": encoded,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_functions_carry_a_message_in_and_a_reply_out() {
    let (poller, callback) = binaries();
    let world = World::new(WorldOptions::default()).expect("a world");
    let twins = Running::start(world.clone()).await.expect("twins");
    let aws = Aws::start().await;
    let ledger = DynamoLedger::new(aws.dynamodb.clone(), aws::INTEGRATIONS.into(), aws::CONVERSATIONS.into());
    let settings = settings(&twins, "shop-a");
    assert_eq!(ledger.put_settings(&settings, world.now()).await, Ok(bridge::ledger::Write::Done));
    aws.put_secret("shop-a", &secret());

    let poller = Function::start(&poller, &aws.environment()).await;
    let callback = Function::start(&callback, &aws.environment()).await;

    tokio::time::sleep(Duration::from_millis(20)).await;
    let thread = world
        .open_thread(NewThread::from_customer("C-1", "Jan K.", "Gdzie <b>paczka</b>?").about_order("1-A"))
        .expect("a thread")
        .thread_id;
    let result = poller.invoke(json!({})).await.expect("a result");
    assert_eq!(
        result,
        json!({ "integrations": [{
            "integration": "shop-a", "status": "ok", "reason": null, "threads_read": 1, "tickets_created": 1,
            "messages_in": 1, "replies_out": 0, "parked": 0, "backlog": 0,
            "calls": { "empikplace": 2, "thulium": result["integrations"][0]["calls"]["thulium"] },
        }] })
    );
    let ticket = world.tickets()[0].ticket_id;
    world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze.</p>")).expect("a reply");

    let body = format!("action=TICKET_CREATED&ticket_id={ticket}&customer_id=null");
    let good = Some("thulium:callback-pass");
    let status = |answer: Value| answer["statusCode"].as_u64().expect("a status");
    for (name, event, expected) in [
        ("base64", call("/shop-a", good, body.as_bytes(), true), 204),
        ("plain, again", call("/shop-a", good, body.as_bytes(), false), 204),
        ("the token in the path", call("/shop-a/callback-pass", None, body.as_bytes(), false), 204),
        ("a wrong password", call("/shop-a", Some("thulium:x"), body.as_bytes(), false), 401),
        ("nobody's integration", call("/shop-b", good, body.as_bytes(), false), 401),
        ("no ticket id", call("/shop-a", good, b"", false), 400),
    ] {
        assert_eq!(status(callback.invoke(event).await.expect(name)), expected, "{name}");
    }
    let sent = |world: &World| {
        let messages = world.thread(&thread).expect("the thread").messages;
        messages.into_iter().filter(|m| m.author == Author::Api).map(|m| m.written).collect::<Vec<_>>()
    };
    assert_eq!(sent(&world), ["W drodze."], "the callback's process has sent it, once");

    world.write(&thread, NewMessage::new(Author::Customer, "Dziękuję!")).expect("a message");
    tokio::time::sleep(Duration::from_secs(6)).await;
    let result = poller.invoke(json!({ "integration": "shop-a" })).await.expect("a result");
    assert_eq!(result["integrations"][0]["messages_in"], 1, "{result}");
    assert_eq!(sent(&world).len(), 1);
    let comparison = world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);

    let error = poller.invoke(json!({ "shop": "shop-a" })).await.expect_err("a malformed event");
    assert_eq!(error["errorType"], "InvalidEvent");
    let result = poller.invoke(json!({ "integration": "shop-b" })).await.expect("a result");
    assert_eq!(result["integrations"][0]["status"], "failed");
}
