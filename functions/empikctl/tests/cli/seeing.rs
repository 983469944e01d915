//! `status`, `conversations` and `explain` over what the functions have really done.

use serde_json::{Value, json};

use crate::shop::{Shop, steady};

#[tokio::test]
async fn the_status_of_a_shop_in_every_form() {
    let shop = Shop::empty().await;
    let none = shop.run(&["status"]).await;
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    assert!(none.stderr.contains("no integrations yet"), "{none:?}");

    shop.join(&shop.settings()).await;
    let new = shop.run(&["status", "--json"]).await;
    assert_eq!((new.code, &new.json()["integrations"][0]["state"]), (3, &json!("new")));

    let (_, ticket) = shop.question("Dzień dobry, gdzie jest moja paczka?").await;
    shop.answer(ticket, "Paczka jest w drodze.").await;
    shop.answer(ticket, "Będzie jutro.").await;
    shop.answer(ticket, "ok").await;
    let tables = shop.run(&["tables", "check", "--json"]).await.json();
    assert_eq!(
        (&tables["tables"][0]["empty"], &tables["tables"][1]["empty"]),
        (&json!(false), &json!(false))
    );
    let status = shop.run(&["status", "--json", "--today"]).await;
    let row = &status.json()["integrations"][0];
    assert_eq!((status.code, &row["state"], &row["parked"]), (3, &json!("ok"), &json!(1)), "{row}");
    assert_eq!(row["today"], json!({ "tickets": 1, "replies": 2 }));
    assert_eq!((&row["calls_per_hour"], &row["replies_waiting"]), (&json!(240), &json!(0)));
    assert!(row["calls_used"].as_u64().is_some_and(|used| used > 0), "{row}");
    assert!(row["last_tick"].is_string() && row["lag_seconds"].is_u64(), "{row}");
    insta::assert_snapshot!("status_schema", keys(&status.json()));

    let tsv = shop.run(&["status", "shop-a"]).await;
    let lines: Vec<Vec<&str>> = tsv.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [9, 9], "{tsv:?}");
    assert_eq!(
        (lines[1][0], lines[1][1], lines[1][5], lines[1][8]),
        ("shop-a", "ok", "1", "EmpikPlace – Sklep A")
    );
    let polish = shop.run(&["status", "--language", "pl"]).await;
    assert!(polish.stdout.starts_with("INTEGRACJA\tSTAN\t"), "{polish:?}");
    let unknown = shop.run(&["status", "shop-x"]).await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("there is no integration shop-x"), "{unknown:?}");
}

#[tokio::test]
async fn a_conversation_is_told_as_it_went() {
    let shop = Shop::joined().await;
    let (thread, ticket) =
        shop.question("Dzień dobry, <b>gdzie</b> jest moja paczka?\u{202e}\u{1b}[2J").await;
    let reply = shop.answer(ticket, "<p>Paczka jest w drodze.</p>").await;
    let short = shop.answer(ticket, "ok").await;

    let list = shop.run(&["conversations", "shop-a", "--json"]).await;
    assert_eq!(list.code, 0, "{list:?}");
    let row = &list.json()["conversations"][0];
    assert_eq!(
        (&row["thread"], &row["ticket"], &row["state"]),
        (&json!(thread), &json!(ticket), &json!("open"))
    );
    insta::assert_snapshot!("conversations_schema", keys(&list.json()));

    let message = shop.world.thread(&thread).expect("a thread").messages[0].id.clone();
    let words = [
        (thread.clone(), "THREAD"),
        (format!("ticket {ticket}"), "ticket TICKET"),
        (format!("reply {reply} "), "reply REPLY "),
        (format!("reply {short} "), "reply SHORT "),
    ];
    let mut told = Vec::new();
    for what in [thread.as_str(), &ticket.to_string(), &message, "123456-A"] {
        let told_now = shop.run(&["explain", what]).await;
        assert_eq!(told_now.code, 3, "{what}: {told_now:?}");
        told.push(told_now.stdout);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "every name leads to the same story: {told:#?}");
    insta::assert_snapshot!("explain_from_the_ledger", steady(&told[0], &words));

    let live = shop.run(&["explain", &thread, "--live"]).await;
    assert!(!live.stdout.contains("paczka") && !live.stdout.contains("Kowalski"), "{live:?}");
    let texts = shop.run(&["explain", &thread, "--show-text", "--language", "pl"]).await;
    assert!(texts.stdout.contains("gdzie jest moja paczka?"), "{texts:?}");
    assert!(!texts.stdout.contains(['\u{202e}', '\u{1b}']), "{texts:?}");
    assert!(!texts.stdout.contains("NIE MA"), "everything is in the ticket: {texts:?}");

    let json = shop.run(&["explain", &thread, "--show-text", "--json"]).await;
    insta::assert_snapshot!("explain_schema", keys(&json.json()));
    let unknown = shop.run(&["explain", "no-such-thing"]).await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("nothing is known of no-such-thing"), "{unknown:?}");
}

/// The keys of a document with the types of their values, one line each.
pub fn keys(value: &Value) -> String {
    fn walk(path: &str, value: &Value, lines: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    walk(&format!("{path}.{key}"), value, lines);
                }
            }
            Value::Array(items) if items.is_empty() => {
                lines.insert(format!("{path}[]"));
            }
            Value::Array(items) => {
                for item in items {
                    walk(&format!("{path}[]"), item, lines);
                }
            }
            Value::Null => {
                lines.insert(format!("{path}: null"));
            }
            Value::Bool(_) => {
                lines.insert(format!("{path}: flag"));
            }
            Value::Number(_) => {
                lines.insert(format!("{path}: number"));
            }
            Value::String(_) => {
                lines.insert(format!("{path}: text"));
            }
        }
    }
    let mut lines = std::collections::BTreeSet::new();
    walk("", value, &mut lines);
    lines.into_iter().collect::<Vec<_>>().join("\n")
}
