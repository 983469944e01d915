//! `--local`: the bridge of `make run`, found without any setting of AWS.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::local::{Announcement, Logs, Stack, StackOptions};
use runtime::LocalStack;
use serde_json::json;
use tempfile::TempDir;
use tracing_subscriber::layer::SubscriberExt;
use twins::{AgentReply, NewThread, World, WorldOptions};

use crate::support::{Run, run};

/// A person's home, and what their environment says beside.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a folder"))
    }

    fn environment(&self) -> BTreeMap<&'static str, String> {
        let home = self.0.path().to_str().expect("UTF-8").to_owned();
        // What leads to a deployment does not count.
        [
            ("HOME", home),
            ("INTEGRATIONS_TABLE", "elsewhere".into()),
            ("CALLBACK_URL", "https://elsewhere".into()),
        ]
        .into()
    }

    fn place(&self) -> PathBuf {
        LocalStack::place(|name| self.environment().remove(name)).expect("a place")
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        run(&self.environment(), &[&["--local"], arguments].concat(), "").await
    }
}

/// A stack with one shop, a buyer's question in a ticket, and an agent's reply that is too short.
async fn stack(logs: Logs) -> (Stack, String) {
    let world = World::new(WorldOptions::default()).expect("a world");
    let options = StackOptions { logs, ..StackOptions::new(world.clone()) };
    let stack = Stack::start(options).await.expect("a stack");
    let settings = stack.settings();
    stack.add_integration(&settings, stack.secret()).await.expect("stored");
    stack.register_webhooks(&settings.id).expect("registered");
    let new = NewThread::from_customer("c-1", "Jan Kowalski", "Gdzie jest moja paczka?");
    let thread = world.open_thread(new).expect("a thread").thread_id;
    stack.tick().await.expect("a tick");
    (stack, thread)
}

#[tokio::test]
async fn every_verb_finds_the_bridge_that_runs_here() {
    let (home, logs) = (Home::new(), Logs::default());
    let _logging = tracing::subscriber::set_default(tracing_subscriber::registry().with(logs.layer()));
    let (stack, thread) = stack(logs).await;
    let announced = Announcement::write(stack.local(), &home.place()).expect("written");

    let status = home.run(&["status", "--json"]).await;
    assert_eq!((status.code, &status.json()["integrations"][0]["state"]), (0, &json!("ok")), "{status:?}");
    let story = home.run(&["explain", &thread, "--show-text"]).await;
    assert!(story.code == 0 && story.stdout.contains("Gdzie jest moja paczka?"), "{story:?}");
    for quiet in
        [&["parked", "shop-a"][..], &["doctor"], &["secrets", "check", "shop-a"], &["tables", "check"]]
    {
        let run = home.run(quiet).await;
        assert_eq!(run.code, 0, "{run:?}");
    }

    // A reply of an agent crosses by the callback that the bridge named.
    stack.world().switch(|switches| switches.thulium.reply_webhooks = false);
    stack.world().agent_reply(1, AgentReply::new("akowalska", "Jutro rano.")).expect("a reply");
    let hook = home.run(&["hook", "trigger", "shop-a", "1"]).await;
    assert_eq!(
        (hook.code, hook.stdout.trim_end()),
        (0, "204: understood; the ticket was looked at"),
        "{hook:?}"
    );
    assert_eq!(stack.world().thread(&thread).expect("a thread").messages.len(), 2);

    let log = home.run(&["tail", "--no-follow", "--thread", &thread]).await;
    let events: Vec<String> = log
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["event"].to_string())
        .collect();
    for event in ["ticket.opened", "message.in", "reply.out"] {
        assert!(events.contains(&format!("\"{event}\"")), "{event}: {log:?}");
    }
    assert!(!log.stdout.contains("Kowalski") && !log.stdout.contains("paczka"), "{log:?}");

    // And what is changed here is changed there.
    assert_eq!(home.run(&["disable", "shop-a"]).await.code, 0);
    assert_eq!(stack.tick().await.expect("a tick")["integrations"][0]["status"], "skipped");

    drop(announced);
    assert!(!home.place().exists(), "the file goes with the bridge");
}

#[tokio::test]
async fn the_secrets_open_to_the_key_in_the_file_only() {
    let home = Home::new();
    let (stack, _) = stack(Logs::default()).await;
    let _announced = Announcement::write(stack.local(), &home.place()).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(home.place()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (local, http) = (stack.local(), wire::client(wire::Reach::Anywhere).expect("a client"));
    let key = local.variable("AWS_ACCESS_KEY_ID").expect("a key");
    for (credential, status) in [("stranger", 403), (key, 200)] {
        let answer = http
            .post(local.variable("AWS_ENDPOINT_URL").expect("an address"))
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={credential}/20261123/local/x"))
            .body(r#"{"SecretId":"bridge/shop-a"}"#)
            .send();
        assert_eq!(answer.await.expect("an answer").status(), status);
    }
}

#[tokio::test]
async fn without_a_bridge_it_says_how_to_start_one() {
    let home = Home::new();
    let words = "empikctl: no bridge runs on this machine; start one with make run, which stays up until Ctrl-C, \
                 and run the command again\n";
    let none = home.run(&["status"]).await;
    assert_eq!((none.code, none.stderr.as_str()), (1, words));
    // Nor where one was killed and has left its file behind.
    let killed = LocalStack::new([("AWS_ENDPOINT_URL", "http://127.0.0.1:1".to_owned())]);
    killed.write(&home.place()).expect("written");
    let none = home.run(&["doctor", "--language", "pl"]).await;
    assert_eq!(none.code, 1);
    assert!(
        none.stderr.contains("na tym komputerze nie działa żaden most; uruchom go przez make run"),
        "{none:?}"
    );
}
