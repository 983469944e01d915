//! The way of a newcomer, from an empty account to what is parked.

use bridge::conversation::{Conversation, Delivery, DeliveryState, Key, Reason, Trouble};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::Settings;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{Aws, SECRET, SETTINGS};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
}

#[tokio::test]
async fn from_template_to_parked() {
    let aws = Aws::empty().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop-a.toml");
    let file = path.to_str().expect("UTF-8");

    // The tables.
    let (code, found) = aws.json(&["tables", "check"], "").await;
    assert_eq!((code, &found["tables"][1]["state"]), (3, &json!("missing")));
    let (code, made) = aws.json(&["tables", "create"], "").await;
    assert_eq!(code, 0);
    let ready = |role: &str, created: bool| {
        json!({ "role": role, "table": format!("bridge-{role}"), "state": "ready",
            "created": created, "empty": null, "differences": [] })
    };
    assert_eq!(made["tables"], json!([ready("integrations", true), ready("conversations", true)]));
    let (code, again) = aws.json(&["tables", "create"], "").await;
    assert_eq!(code, 0);
    assert_eq!(again["tables"], json!([ready("integrations", false), ready("conversations", false)]));

    let (_, checked) = aws.json(&["tables", "check"], "").await;
    assert_eq!(
        (&checked["tables"][0]["empty"], &checked["tables"][1]["empty"]),
        (&json!(true), &json!(true))
    );

    // The settings.
    let template = aws.run(&["template", "shop-a"], "").await;
    assert_eq!(template.code, 0);
    std::fs::write(&path, &template.stdout).expect("written");
    let check = aws.run(&["check", "-f", file], "").await;
    assert_eq!((check.code, check.stdout), (0, format!("{file}: no problems\n")));
    let (code, dry) = aws.json(&["apply", "-f", file, "--dry-run"], "").await;
    assert_eq!((code, &dry["outcome"], &dry["dry_run"]), (0, &json!("created"), &json!(true)));
    assert_eq!(dry["next"], json!([format!("empikctl apply -f {file}"), "empikctl secrets set shop-a"]));
    let (_, empty) = aws.json(&["list"], "").await;
    assert_eq!(empty, json!({ "integrations": [] }));

    let (code, applied) = aws.json(&["apply", "-f", file], "").await;
    assert_eq!(code, 0);
    let expected = json!({
        "integration": "shop-a", "outcome": "created", "changed": [], "dry_run": false,
        "enabled": false, "enabled_at": null, "secret": "missing",
        "next": ["empikctl secrets set shop-a"],
    });
    assert_eq!(applied, expected);

    let (code, exported) = aws.json(&["export", "shop-a"], "").await;
    assert_eq!(code, 0);
    let toml = exported["toml"].as_str().expect("a text");
    let stored = Settings::from_toml(toml).expect("settings");
    assert_eq!(stored, Settings::from_toml(&template.stdout).expect("settings"));
    assert_eq!(exported["settings"], serde_json::to_value(&stored).expect("JSON"));
    assert_eq!(aws.run(&["export", "shop-a"], "").await.stdout, toml);

    // A change, from standard input.
    let mut settings = stored;
    settings.enabled = true;
    settings.replies.receipts = true;
    settings.thulium.tags.push("b".into());
    let change = settings.to_toml();
    let dry = aws.run(&["apply", "-f", "-", "--dry-run"], &change).await;
    assert_eq!(dry.stdout, "shop-a: would change enabled, replies.receipts, thulium.tags\n");
    let before = Timestamp::now();
    let (code, applied) = aws.json(&["apply", "-f", "-"], &change).await;
    assert_eq!((code, &applied["outcome"]), (0, &json!("changed")));
    assert_eq!(applied["changed"], json!(["enabled", "replies.receipts", "thulium.tags"]));
    let enabled_at: Timestamp = serde_json::from_value(applied["enabled_at"].clone()).expect("a time");
    assert!(
        (before.as_millisecond()..=Timestamp::now().as_millisecond()).contains(&enabled_at.as_millisecond())
    );
    let (code, again) = aws.json(&["apply", "-f", "-"], &change).await;
    assert_eq!((code, &again["outcome"], &again["changed"]), (0, &json!("unchanged"), &json!([])));
    assert_eq!(again["enabled_at"], applied["enabled_at"]);
    let (code, list) = aws.json(&["list"], "").await;
    let row = json!({ "integration": "shop-a", "name": settings.name, "state": "enabled",
        "enabled_at": applied["enabled_at"], "reason": null });
    assert_eq!((code, list), (0, json!({ "integrations": [row] })));

    // The secret.
    let (code, missing) = aws.json(&["secrets", "check", "shop-a"], "").await;
    assert_eq!(code, 3);
    let state = |state: &str| json!({ "integration": "shop-a", "secret": "bridge/shop-a", "state": state, "lacking": [] });
    assert_eq!(missing, state("missing"));
    let (code, set) = aws.json(&["secrets", "set", "shop-a"], SECRET).await;
    assert_eq!(code, 0);
    let expected = json!({ "integration": "shop-a", "secret": "bridge/shop-a",
        "callback": { "path": "/shop-a", "user": "thulium", "password": null } });
    assert_eq!(set, expected);
    assert_eq!(aws.secret("bridge/shop-a"), serde_json::from_str(SECRET).ok());
    let (code, complete) = aws.json(&["secrets", "check", "shop-a"], "").await;
    assert_eq!((code, complete), (0, state("complete")));
    let (_, applied) = aws.json(&["apply", "-f", "-"], &change).await;
    assert_eq!((&applied["secret"], &applied["next"]), (&json!("complete"), &json!([])));

    // What is parked.
    let (code, nothing) = aws.json(&["parked", "shop-a"], "").await;
    assert_eq!((code, nothing), (0, json!({ "integration": "shop-a", "parked": [], "more": false })));
    park(&aws).await;
    let (code, parked) = aws.json(&["parked", "shop-a"], "").await;
    assert_eq!(code, 3);
    let reply = json!({ "what": "reply", "thread": "thread-1", "ticket": 41, "reply": 7, "state": "parked",
        "reason": "too_long",
        "advice": "write the reply again in parts below 50,000 characters, then drop this one",
        "attempts": 1, "since": at(10) });
    let conversation = json!({ "what": "conversation", "thread": "thread-2", "ticket": null, "reply": null,
        "state": "parked", "reason": "permanent thulium POST tickets",
        "advice": "Thulium refuses it: run doctor, correct the mailbox, queue, category or field that it names, then retry",
        "attempts": 5, "since": at(20) });
    assert_eq!(parked["parked"], json!([reply, conversation]));
    let (_, first) = aws.json(&["parked", "shop-a", "--limit", "1"], "").await;
    assert_eq!((&first["parked"], &first["more"]), (&json!([reply]), &json!(true)));
    let words = aws.run(&["parked", "shop-a"], "").await;
    let lines: Vec<Vec<&str>> = words.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 8], "cells between tabs: {words:?}");
    assert_eq!(lines[1][..6], ["2027-01-15 08:00 UTC", "41", "7", "thread-1", "parked", "too_long"]);
}

/// A reply in one conversation, and another conversation as a whole; a third one only waits.
async fn park(aws: &Aws) {
    let ledger = aws.ledger();
    let id: bridge::settings::IntegrationId = "shop-a".parse().expect("an id");
    let fresh = |thread: &str| {
        let key = Key { integration: id.clone(), thread: ThreadId(thread.into()) };
        Conversation { version: 1, ..Conversation::new(key, at(0)) }
    };
    let trouble = |due| {
        Some(Trouble { reason: "permanent thulium POST tickets".into(), attempts: 5, since: at(20), due })
    };
    let first = Conversation { ticket: Some(TicketId(41)), ..fresh("thread-1") };
    let second = Conversation { trouble: trouble(None), ..fresh("thread-2") };
    let third = Conversation { trouble: trouble(Some(at(30))), ..fresh("thread-3") };
    for conversation in [&first, &second, &third] {
        assert_eq!(ledger.save(conversation, "test").await, Ok(Write::Done));
    }
    let delivery = parked(first.key.clone(), 41, Reason::TooLong);
    assert_eq!(ledger.save_delivery(&delivery, "test").await, Ok(Write::Done));
}

fn parked(key: Key, ticket: u64, reason: Reason) -> Delivery {
    Delivery {
        key,
        ticket: TicketId(ticket),
        reply: EntryId(7),
        version: 1,
        state: DeliveryState::Parked,
        attempt: 1,
        since: at(10),
        at: at(10),
        due: None,
        fingerprint: "0123456789abcdef0123456789abcdef".into(),
        file_bytes: 0,
        doubtful: false,
        automatic: false,
        reason: Some(reason),
        message: None,
    }
}

#[tokio::test]
async fn the_story_of_every_kind_of_parked_reply_ends_with_what_a_person_should_do() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["apply", "-f", "-"], SETTINGS).await.code, 0);
    let (ledger, id) = (aws.ledger(), "shop-a".parse::<bridge::settings::IntegrationId>().expect("an id"));
    let mut last = Vec::new();
    for (ticket, reason) in (41..).zip(Reason::ALL) {
        let key = Key { integration: id.clone(), thread: ThreadId(format!("thread-{ticket}")) };
        let conversation = Conversation {
            version: 1,
            ticket: Some(TicketId(ticket)),
            ..Conversation::new(key.clone(), at(0))
        };
        assert_eq!(ledger.save(&conversation, "test").await, Ok(Write::Done));
        assert_eq!(ledger.save_delivery(&parked(key, ticket, reason), "test").await, Ok(Write::Done));
        let story = aws.run(&["explain", &ticket.to_string()], "").await;
        assert_eq!(story.code, 3, "{story:?}");
        last.push(format!("{}: {}", reason.as_str(), story.stdout.lines().last().unwrap_or_default()));
    }
    insta::assert_snapshot!("explain_parked", last.join("\n"));
}

#[tokio::test]
async fn a_secret_is_replaced_and_its_callback_password_made_up() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["secrets", "set", "shop-a"], SECRET).await.code, 0);
    let half = r#"{"empik_api_key":"new","thulium_user":"u","thulium_password":"p"}"#;
    let set = aws.run(&["secrets", "set", "shop-a", "--generate-callback"], half).await;
    assert_eq!(set.code, 0, "{}", set.stderr);
    let stored = aws.secret("bridge/shop-a").expect("a secret");
    assert_eq!((&stored["empik_api_key"], &stored["callback_user"]), (&json!("new"), &json!("thulium")));
    let password = stored["callback_password"].as_str().expect("a password");
    assert_eq!(password.len(), 32);
    assert!(!format!("{}{}", set.stdout, set.stderr).contains(password), "it was not asked for");
    let calls = ["Put", "Create", "Put"].map(|verb| match verb {
        "Create" => "secretsmanager.CreateSecret".to_owned(),
        verb => format!("secretsmanager.{verb}SecretValue"),
    });
    assert_eq!(aws.secret_calls(), calls);
}

#[tokio::test]
async fn enabled_settings_say_from_when_messages_count_and_what_is_next() {
    let aws = Aws::new().await;
    let since = format!("{SETTINGS}\n[import]\nbackfill = \"2026-11-01\"\n");
    let applied = aws.run(&["apply", "-f", "-"], &since).await;
    assert_eq!(applied.stdout, "shop-a: created\n");
    insta::assert_snapshot!(applied.stderr, @"
    enabled: messages count from 2026-11-01 00:00 UTC
    shop-a: there is no secret
    next: empikctl secrets set shop-a
    ");
    let list = aws.run(&["list"], "").await;
    assert!(list.stdout.starts_with("INTEGRATION  STATE    ENABLED SINCE"), "{}", list.stdout);
    assert!(list.stdout.ends_with("  EmpikPlace – Sklep A\n"), "{}", list.stdout);
    let value: Value = aws.json(&["parked", "shop-b"], "").await.1;
    let text = value["error"].as_str().expect("an error");
    assert_eq!(text, "there is no integration shop-b; empikctl list names them, empikctl apply adds one");
}
