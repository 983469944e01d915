//! The very binaries of both functions, started as Lambda starts them, between the twins.
//!
//! `FUNCTIONS_FOLDER=target/lambda/x86_64` tries the programs that `make package` has built; the default
//! is the build of the tests.

#![expect(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod trouble;
mod units;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use stage::{Function, Stage, function_url};
use twins::{AgentReply, Author, NewMessage, NewThread};

/// The programs of both functions.
fn binaries() -> (PathBuf, PathBuf) {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    if let Some(folder) = std::env::var_os("FUNCTIONS_FOLDER") {
        let folder = root.join(folder);
        return (folder.join("poller/bootstrap"), folder.join("callback/bootstrap"));
    }
    // With the tests beside them, their dependencies are those that the tests were built with. And without
    // the variables of this test's package: a dependency's build script watches such names, so that nearly
    // everything would be built again, and once more by the next build outside.
    let ours = std::env::vars().map(|(name, _)| name);
    let ours = ours.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
    let mut build = Command::new(env!("CARGO"));
    for name in ours {
        build.env_remove(name);
    }
    let build = build
        .args(["build", "--locked", "--workspace", "--bins", "--tests"])
        .current_dir(root)
        .status()
        .expect("cargo runs");
    assert!(build.success(), "the functions build");
    // Beside the tests' own folder: target/debug/deps/functions-…
    let own = std::env::current_exe().expect("a path");
    let folder = own.ancestors().nth(2).expect("the target folder");
    (folder.join("poller"), folder.join("callback"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_functions_carry_a_message_in_and_a_reply_out() {
    let (poller, callback) = binaries();
    let stage = Stage::with_one().await;
    let world = &stage.world;
    let poller = Function::start(&poller, &stage.aws.environment()).await;
    let callback = Function::start(&callback, &stage.aws.environment()).await;

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
        ("base64", function_url("/shop-a", good, body.as_bytes(), true), 204),
        ("plain, again", function_url("/shop-a", good, body.as_bytes(), false), 204),
        ("the token in the path", function_url("/shop-a/callback-pass", None, body.as_bytes(), false), 204),
        ("a wrong password", function_url("/shop-a", Some("thulium:x"), body.as_bytes(), false), 401),
        ("nobody's integration", function_url("/shop-b", good, body.as_bytes(), false), 401),
        ("no ticket id", function_url("/shop-a", good, b"", false), 400),
    ] {
        assert_eq!(status(callback.invoke(event).await.expect(name)), expected, "{name}");
    }
    let sent = || {
        let messages = world.thread(&thread).expect("the thread").messages;
        messages.into_iter().filter(|m| m.author == Author::Api).map(|m| m.written).collect::<Vec<_>>()
    };
    assert_eq!(sent(), ["W drodze."], "the callback's process has sent it, once");

    world.write(&thread, NewMessage::new(Author::Customer, "Dziękuję!")).expect("a message");
    tokio::time::sleep(Duration::from_secs(6)).await;
    let result = poller.invoke(json!({ "integration": "shop-a" })).await.expect("a result");
    assert_eq!(result["integrations"][0]["messages_in"], 1, "{result}");
    assert_eq!(sent().len(), 1);
    let comparison = world.comparison();
    assert!(comparison.clean, "{:#?}", comparison.findings);

    let error = poller.invoke(json!({ "shop": "shop-a" })).await.expect_err("a malformed event");
    assert_eq!(error["errorType"], "InvalidEvent");
    let result = poller.invoke(json!({ "integration": "shop-b" })).await.expect("a result");
    assert_eq!(result["integrations"][0]["status"], "failed");
}
