//! Switching on and off, removing, erasing a buyer, and calling the callback.

use bridge::ledger::Ledger;
use serde_json::json;

use crate::seeing::keys;
use crate::shop::Shop;

#[tokio::test]
async fn the_switch_goes_off_and_on_and_nothing_is_lost_in_between() {
    let shop = Shop::joined().await;
    shop.tick().await;
    for (verb, enabled, changed) in
        [("pause", false, true), ("disable", false, false), ("resume", true, true), ("enable", true, false)]
    {
        let run = shop.run(&[verb, "shop-a", "--json"]).await;
        let said = run.json();
        assert_eq!(
            (run.code, &said["enabled"], &said["changed"]),
            (0, &json!(enabled), &json!(changed)),
            "{verb}"
        );
    }
    assert_eq!(shop.run(&["pause", "shop-a"]).await.stdout, "shop-a: disabled\n");
    let status = shop.run(&["status", "--json"]).await;
    assert_eq!(status.json()["integrations"][0]["state"], "disabled");
    let new = twins::NewThread::from_customer("c-1", "Jan Kowalski", "Czy ktoś tam jest?");
    shop.world.open_thread(new).expect("a thread");
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(shop.world.tickets().len(), 0);
    assert_eq!(shop.run(&["resume", "shop-a"]).await.code, 0);
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(shop.world.tickets().len(), 1);
    assert_eq!(shop.run(&["enable", "shop-x"]).await.code, 1);
}

#[tokio::test]
async fn removing_says_first_what_becomes_of_the_tickets() {
    let shop = Shop::joined().await;
    shop.question("Kiedy wysyłka?").await;
    let dry = shop.run(&["remove", "shop-a"]).await;
    assert!(dry.stdout.starts_with("its tickets stay in Thulium: 1;"), "{dry:?}");
    assert!(dry.stderr.contains("empikctl remove shop-a --yes"), "{dry:?}");
    assert_eq!(shop.run(&["list"]).await.code, 0);
    let done = shop.run(&["remove", "shop-a", "--yes", "--json"]).await;
    assert_eq!((done.code, &done.json()["removed"]), (0, &json!(true)));
    insta::assert_snapshot!("remove_schema", keys(&done.json()));
    assert_eq!(shop.run(&["list", "--json"]).await.json(), json!({ "integrations": [] }));
    // Should it come back, nothing crosses twice.
    shop.join(&shop.settings()).await;
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(shop.world.tickets().len(), 1);
}

#[tokio::test]
async fn a_buyer_is_erased_and_nothing_is_carried_twice() {
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Kiedy wysyłka?").await;
    let id = "shop-a".parse().expect("an id");
    let key =
        bridge::conversation::Key { integration: id, thread: bridge::marketplace::ThreadId(thread.clone()) };
    let ledger = shop.aws.ledger();
    let buyer = ledger.load(&key).await.expect("loaded").conversation.and_then(|c| c.buyer).expect("a buyer");
    let dry = shop.run(&["erase", "shop-a", "--customer", &buyer, "--json"]).await;
    assert_eq!((&dry.json()["dry_run"], &dry.json()["conversations"]), (&json!(true), &json!(1)));
    assert!(ledger.buyer(&key.integration, &buyer).await.expect("read").is_some());

    let done = shop.run(&["erase", "shop-a", "--customer", &buyer, "--yes", "--json"]).await;
    assert_eq!((done.code, &done.json()["record"], &done.json()["busy"]), (0, &json!(true), &json!(0)));
    insta::assert_snapshot!("erase_schema", keys(&done.json()));
    let left = ledger.load(&key).await.expect("loaded").conversation.expect("a conversation");
    assert_eq!((left.buyer, left.customer), (None, None));
    assert!(ledger.buyer(&key.integration, &buyer).await.expect("read").is_none());
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(shop.world.tickets().len(), 1, "the message is still known");
    shop.answer(ticket, "Wysyłka jutro rano.").await;
    assert_eq!(shop.world.thread(&thread).expect("a thread").messages.len(), 2, "and replies still cross");
}

#[tokio::test]
async fn the_callback_is_called_with_the_right_credentials() {
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Kiedy wysyłka?").await;
    shop.world.agent_reply(ticket, twins::AgentReply::new("akowalska", "Jutro rano.")).expect("a reply");
    let address = shop.callback("");
    let hook =
        ["hook", "trigger", "shop-a", &ticket.to_string(), "--callback-url", address.trim_end_matches('/')];
    let run = shop.run(&hook).await;
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "204: understood; the ticket was looked at\n"),
        "{run:?}"
    );
    assert_eq!(shop.world.thread(&thread).expect("a thread").messages.len(), 2, "the reply has crossed");
    let nobody = ["hook", "trigger", "shop-a", "7", "--callback-url", "http://127.0.0.1:9"];
    let run = shop.run(&nobody).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("gives no answer"), "{run:?}");
    assert!(!format!("{run:?}").contains("callback-pass"));
}

#[tokio::test]
async fn completions_and_the_manual_are_made_from_the_command_line() {
    let nowhere = std::collections::BTreeMap::new();
    for shell in ["bash", "zsh", "fish"] {
        let run = crate::support::run(&nowhere, &["completions", shell], "").await;
        assert_eq!(run.code, 0);
        assert!(run.stdout.contains("empikctl") && run.stdout.contains("doctor"), "{shell}");
    }
    let page = crate::support::run(&nowhere, &["man"], "").await;
    assert_eq!(page.code, 0);
    assert!(
        page.stdout.contains(".TH empikctl 1") && page.stdout.contains("conversations"),
        "{}",
        page.stdout
    );
    let polish = crate::support::run(&nowhere, &["--language", "pl", "man"], "").await;
    let headings: Vec<&str> = polish.stdout.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    assert_eq!(headings, ["NAZWA", "SKŁADNIA", "OPIS", "WSZĘDZIE", "POLECENIA", "WIĘCEJ", "WERSJA"]);
}
