//! `doctor`: everything it can find, each on a shop where just that is wrong.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use twins::{ForeignShop, Named, ShopOptions, ThuliumOptions, Webhook, WithoutShop, WorldOptions};

use crate::seeing::keys;
use crate::shop::{SECRET, Shop};

/// What doctor finds: the stable words, in order.
async fn found(shop: &Shop, arguments: &[&str]) -> Vec<String> {
    let all = examined(shop, arguments).await;
    let words = all.iter().map(|finding| finding["finding"].as_str().unwrap_or_default().to_owned());
    words.collect()
}

async fn examined(shop: &Shop, arguments: &[&str]) -> Vec<Value> {
    let run = shop.run(&[&["doctor", "--json"], arguments].concat()).await;
    let findings = run.json()["findings"].as_array().cloned().expect("findings");
    assert_eq!(run.code, if findings.is_empty() { 0 } else { 3 }, "{run:?}");
    for finding in &findings {
        for key in ["what", "why", "fix"] {
            assert!(finding[key].as_str().is_some_and(|text| !text.is_empty()), "{finding}");
        }
    }
    findings
}

/// A shop where there is nothing to find.
async fn healthy() -> Shop {
    let shop = Shop::joined().await;
    shop.register(&shop.callback("shop-a"));
    shop.tick().await;
    shop
}

#[tokio::test]
async fn a_healthy_shop_has_nothing_to_mend() {
    let shop = healthy().await;
    assert_eq!(found(&shop, &["--self-test"]).await, Vec::<String>::new());
    assert!(shop.world.tickets().iter().all(|ticket| ticket.deleted), "the self-test removes its ticket");
    assert_eq!(shop.world.customers().len(), 0, "and its customer");
    let words = shop.run(&["doctor"]).await;
    assert_eq!(words.stdout, "shop-a: nothing to mend\n");
    assert!(words.stderr.contains("switch its own EmpikPlace integration off"), "{words:?}");
    assert!(words.stderr.contains("footer"), "{words:?}");
}

#[tokio::test]
async fn a_wrong_key() {
    let shop = healthy().await;
    shop.world.revoke_key(2000, Some("another")).expect("revoked");
    assert_eq!(found(&shop, &[]).await, ["empikplace_key"]);
    let words = shop.run(&["doctor", "--language", "pl"]).await;
    insta::assert_snapshot!("doctor_wrong_key_pl", words.stdout);
    insta::assert_snapshot!("doctor_schema", keys(&shop.run(&["doctor", "--json"]).await.json()));
}

#[tokio::test]
async fn a_key_without_messaging_right() {
    let shop = healthy().await;
    shop.world.switch(|switches| switches.empikplace.forbidden = ["M11".to_owned()].into());
    let findings = examined(&shop, &[]).await;
    assert_eq!(findings.len(), 1);
    assert!(findings[0]["what"].as_str().is_some_and(|what| what.contains("M11")), "{findings:?}");
}

#[tokio::test]
async fn a_wrong_shop() {
    let shop = healthy().await;
    let settings = shop.settings().replace("[thulium]", "shop_id = 4711\n\n[thulium]");
    shop.join(&settings).await;
    shop.world.switch(|switches| switches.empikplace.foreign_shop = ForeignShop::Forbidden);
    assert_eq!(found(&shop, &[]).await, ["empikplace_shop"]);
}

#[tokio::test]
async fn a_key_of_several_shops_without_one_named() {
    let of = |shop_id| ShopOptions::new(shop_id, "empik-key", "Sklep");
    let shop = Shop::of(WorldOptions { shops: vec![of(2000), of(2001)], ..WorldOptions::default() }).await;
    shop.world.switch(|switches| switches.empikplace.without_shop = WithoutShop::Empty);
    shop.join(&shop.settings()).await;
    shop.register(&shop.callback("shop-a"));
    assert!(found(&shop, &[]).await.contains(&"empikplace_shop".to_owned()));
}

#[tokio::test]
async fn a_thulium_user_that_is_refused() {
    let shop = healthy().await;
    let wrong = SECRET.replace("thulium-pass", "forgotten");
    assert_eq!(shop.run_with(&["secrets", "set", "shop-a"], &wrong).await.code, 0);
    assert_eq!(found(&shop, &[]).await, ["thulium_user"]);
}

#[tokio::test]
async fn a_thulium_user_without_a_method() {
    let shop = healthy().await;
    for method in ["GET ticket_categories", "POST tickets/:id/comment", "PUT tickets/:id", "GET webhooks"] {
        shop.world.switch(|switches| switches.thulium.forbidden = [method.to_owned()].into());
        let findings = examined(&shop, &[]).await;
        assert_eq!(findings.len(), 1, "{method}: {findings:?}");
        assert!(findings[0]["fix"].as_str().is_some_and(|fix| fix.contains(method)), "{findings:?}");
    }
    shop.world.switch(|switches| switches.thulium.forbidden = ["POST tickets".to_owned()].into());
    assert_eq!(found(&shop, &["--self-test"]).await, ["thulium_right"]);
}

#[tokio::test]
async fn a_missing_queue_and_a_missing_category() {
    let named = |id, name: &str| Named { id, name: name.into() };
    let thulium = ThuliumOptions {
        queues: vec![named(8, "Ogólna")],
        categories: vec![named(5, "Reklamacje")],
        ..ThuliumOptions::default()
    };
    let shop = Shop::of(WorldOptions { thulium, ..WorldOptions::default() }).await;
    shop.join(&shop.settings()).await;
    shop.register(&shop.callback("shop-a"));
    shop.tick().await;
    assert_eq!(found(&shop, &[]).await, ["thulium_queue", "thulium_category"]);
}

#[tokio::test]
async fn missing_fields_show_in_the_self_test() {
    let thulium = ThuliumOptions {
        customer_fields: vec![],
        ticket_fields: vec!["Empik wątek".into()],
        ..ThuliumOptions::default()
    };
    let shop = Shop::of(WorldOptions { thulium, ..WorldOptions::default() }).await;
    shop.join(&shop.settings()).await;
    shop.register(&shop.callback("shop-a"));
    shop.tick().await;
    let findings = examined(&shop, &["--self-test"]).await;
    let names: Vec<bool> = ["Empik ID", "Empik zamówienie"]
        .iter()
        .map(|name| findings.iter().any(|f| f["what"].as_str().is_some_and(|what| what.contains(name))))
        .collect();
    assert_eq!((names, findings.len()), (vec![true, true], 2), "{findings:?}");

    // An account that takes unknown fields and forgets them.
    shop.world.switch(|switches| {
        switches.thulium.unknown_ticket_field = twins::UnknownName::Ignored;
        switches.thulium.unknown_customer_field = twins::UnknownName::Ignored;
    });
    assert!(found(&shop, &["--self-test"]).await.contains(&"thulium_field".to_owned()));
    assert!(shop.world.tickets().iter().all(|ticket| ticket.deleted));
}

#[tokio::test]
async fn a_missing_mailbox_shows_in_the_self_test() {
    let thulium =
        ThuliumOptions { mailboxes: vec!["other@shop.example".into()], ..ThuliumOptions::default() };
    let shop = Shop::of(WorldOptions { thulium, ..WorldOptions::default() }).await;
    shop.join(&shop.settings()).await;
    shop.register(&shop.callback("shop-a"));
    shop.tick().await;
    assert_eq!(found(&shop, &["--self-test"]).await, ["thulium_mailbox"]);
    assert_eq!(shop.world.customers().len(), 0, "the customer is removed all the same");
}

#[tokio::test]
async fn webhooks_that_are_missing_doubled_or_astray() {
    let shop = Shop::joined().await;
    shop.tick().await;
    assert_eq!(found(&shop, &[]).await, ["webhook_missing"]);
    let here = shop.callback("shop-a");
    let first = shop.register(&here);
    let second = shop.register(&here);
    assert_eq!(found(&shop, &[]).await, ["webhook_duplicate"]);
    assert!(shop.world.remove_webhook(second) && shop.world.remove_webhook(first));
    shop.register("https://elsewhere.example/shop-a");
    let base = here.trim_end_matches("/shop-a");
    assert_eq!(found(&shop, &["--callback-url", base]).await, ["webhook_elsewhere"]);
}

#[tokio::test]
async fn a_callback_that_does_not_know_the_password_or_is_not_there() {
    let shop = healthy().await;
    let other = SECRET.replace("callback-pass", "another-pass");
    assert_eq!(shop.run_with(&["secrets", "set", "shop-a"], &other).await.code, 0);
    let findings = examined(&shop, &[]).await;
    assert_eq!(findings[0]["finding"], json!("callback"));
    assert!(findings[0]["what"].as_str().is_some_and(|what| what.contains("401")), "{findings:?}");

    let hook =
        Webhook { subscription_url: "http://127.0.0.1:9/shop-a".into(), ..shop.world.webhooks()[0].clone() };
    assert!(shop.world.remove_webhook(hook.id));
    shop.world.register_webhook(hook);
    assert_eq!(found(&shop, &[]).await, ["callback"]);
}

#[tokio::test]
async fn a_clock_that_is_off_by_ten_minutes() {
    let shop = healthy().await;
    shop.world.advance(jiff::SignedDuration::from_mins(10));
    let findings = examined(&shop, &[]).await;
    let words: Vec<_> = findings.iter().map(|finding| finding["finding"].as_str()).collect();
    assert_eq!(words, [Some("clock"), Some("clock")], "of both systems: {findings:?}");
}

#[tokio::test]
async fn a_schedule_that_does_not_run() {
    let shop = Shop::joined().await;
    shop.register(&shop.callback("shop-a"));
    assert_eq!(found(&shop, &[]).await, ["tick_stale"], "it never ran");
}

#[tokio::test]
async fn two_integrations_on_one_shop() {
    let shop = healthy().await;
    let second = shop.settings().replace("id = \"shop-a\"", "id = \"shop-b\"");
    shop.join(&second).await;
    let findings = examined(&shop, &["shop-a"]).await;
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]["fix"].as_str().is_some_and(|fix| fix.contains("empikctl disable shop-b")),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_secret_that_lacks_a_key_or_is_missing() {
    let shop = healthy().await;
    shop.aws.put_secret("bridge/shop-a", r#"{"empik_api_key":"k"}"#);
    let findings = examined(&shop, &[]).await;
    assert_eq!(findings[0]["finding"], json!("secret_malformed"));
    assert!(
        findings[0]["what"].as_str().is_some_and(|what| what.contains("thulium_password")),
        "{findings:?}"
    );
    shop.aws.remove_secret("bridge/shop-a");
    assert_eq!(found(&shop, &[]).await, ["secret_missing"]);
    shop.aws.refuse_secrets("AccessDeniedException");
    assert_eq!(found(&shop, &[]).await, ["secret_unreadable"]);
}

#[tokio::test]
async fn settings_that_cannot_be_used() {
    let shop = healthy().await;
    shop.aws.spoil("settings", AttributeValue::S("{}".into())).await;
    assert_eq!(found(&shop, &[]).await, ["settings_malformed"]);
}

#[tokio::test]
async fn something_parked_and_a_missing_table() {
    let shop = healthy().await;
    let (_, ticket) = shop.question("Czy jest zielona?").await;
    shop.answer(ticket, "ok").await;
    assert_eq!(found(&shop, &[]).await.last().map(String::as_str), Some("parked"));
    let delete = shop.aws.client.delete_table().table_name(crate::support::CONVERSATIONS).send().await;
    delete.expect("deleted");
    assert_eq!(found(&shop, &[]).await, ["table"]);
}

#[tokio::test]
async fn functions_of_another_version() {
    let shop = healthy().await;
    let item = [("integration", "shop-a"), ("item", "cursor")];
    let key = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.into())));
    let (client, table) = (&shop.aws.client, crate::support::INTEGRATIONS);
    let read = client.get_item().table_name(table).set_key(Some(key.clone().into())).send().await;
    let stored = read.expect("read").item.and_then(|item| item["health"].as_s().ok().cloned());
    let health: Value = serde_json::from_str(&stored.expect("the health")).expect("JSON");
    let deploy = format!("in a checkout of version {}: make deploy", bridge::VERSION);
    let newer = "in a checkout of version 99.0.0: cargo install --path functions/empikctl".to_owned();
    // One that is too old to tell, too.
    for (theirs, words) in [(json!("99.0.0"), newer), (json!("0.0.9"), deploy.clone()), (Value::Null, deploy)]
    {
        let mut health = health.clone();
        health["version"] = theirs;
        let update = client.update_item().table_name(table).set_key(Some(key.clone().into()));
        let update = update.update_expression("SET health = :health");
        let sent =
            update.expression_attribute_values(":health", AttributeValue::S(health.to_string())).send();
        sent.await.expect("spoilt");
        let findings = examined(&shop, &[]).await;
        assert_eq!((findings.len(), &findings[0]["finding"]), (1, &json!("version")), "{findings:?}");
        assert_eq!(findings[0]["fix"], json!(words));
    }
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    shop.tick().await;
    assert_eq!(found(&shop, &[]).await, [""; 0], "the next tick tells its own");
}

#[tokio::test]
async fn a_tick_that_failed_and_systems_that_do_not_answer() {
    let shop = healthy().await;
    for side in ["empikplace", "thulium"] {
        let rule = json!({ "side": side, "operation": "*", "kind": "refuse" });
        shop.world.add_fault(serde_json::from_value(rule).expect("a rule"));
    }
    assert_eq!(found(&shop, &[]).await, ["unreachable", "unreachable"], "of both");
    shop.world.advance(jiff::SignedDuration::from_secs(90));
    let _ = shop.ticked().await;
    shop.world.clear_faults();
    assert_eq!(found(&shop, &[]).await, ["tick_failing"]);
}

#[tokio::test]
async fn an_address_that_must_not_be_called() {
    let shop = healthy().await;
    let public = crate::support::run(&shop.aws.environment(), &["doctor", "--json"], "").await;
    let findings = public.json()["findings"].clone();
    assert_eq!(
        (public.code, &findings[0]["finding"], &findings[1]["finding"]),
        (3, &json!("address"), &json!("address"))
    );
}

#[tokio::test]
async fn a_self_test_that_cannot_clean_up() {
    let shop = healthy().await;
    shop.world.switch(|switches| switches.thulium.forbidden = ["DELETE tickets/:id".to_owned()].into());
    assert_eq!(found(&shop, &["--self-test"]).await, ["self_test_left_behind"]);
}
