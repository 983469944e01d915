//! The control API.

use reqwest::Method;
use serde_json::{Value, json};

use super::Twins;

#[tokio::test]
async fn a_conversation_is_played_by_control_alone() {
    let twins = Twins::start().await;
    let post = async |path: &str, body: Value| twins.control(Method::POST, path, body).await;
    let get = async |path: &str| twins.control(Method::GET, path, Value::Null).await;
    let new = json!({ "customer": { "id": "C-1", "name": "Jan" }, "body": "Dzień dobry",
        "entities": [{ "type": "MMP_ORDER", "id": "1-A" }], "topic": { "type": "REASON_CODE", "value": "20" },
        "attachments": [{ "name": "a.jpg", "base64": "/9j/" }, { "name": "b.txt", "size": 5 }] });
    let (status, opened) = post("empikplace/threads", new).await;
    assert_eq!(status, 201, "{opened}");
    let thread = opened["thread_id"].as_str().unwrap();
    let message = json!({ "from": "operator", "body": "Prosimy o odpowiedź", "to": ["SHOP", "CUSTOMER"] });
    assert_eq!(post(&format!("empikplace/threads/{thread}/messages"), message).await.0, 201);
    let click = json!({ "user_type": "OPERATOR" });
    assert_eq!(post(&format!("empikplace/threads/{thread}/no_reply_needed"), click).await.0, 204);
    let (_, shown) = get(&format!("empikplace/threads/{thread}")).await;
    assert_eq!(shown["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&shown["messages"][1]["author"], &shown["entities"][0]["label"]),
        (&json!("operator"), &json!("1-A"))
    );
    assert_eq!(shown["messages"][0]["attachments"][1]["size"], 5);
    let order = json!({ "order_id": "1-A", "order_state": "SHIPPED" });
    assert_eq!(post("empikplace/orders", order).await.0, 204);
    assert_eq!(get("empikplace/orders").await.1[0]["order_state"], "SHIPPED");

    let id = twins.ticket("Treść").await;
    let act = async |act: &str, body: Value| post(&format!("thulium/tickets/{id}/{act}"), body).await.0;
    assert_eq!(act("reply", json!({ "login": "jnowak", "body": "Tak" })).await, 201);
    assert_eq!(act("comment", json!({ "login": "jnowak", "text": "Uwaga" })).await, 201);
    assert_eq!(act("automatic_reply", json!({ "body": "Dziękujemy" })).await, 201);
    assert_eq!(act("move", json!({ "ticket_queue_id": 8 })).await, 204);
    assert_eq!(act("close", Value::Null).await, 204);
    assert_eq!(act("status", json!({ "status_id": 3 })).await, 204);
    let (_, ticket) = get(&format!("thulium/tickets/{id}")).await;
    assert_eq!((&ticket["status_id"], &ticket["ticket_queue_id"]), (&json!(3), &json!(8)));
    assert_eq!(get("thulium/mails").await.1.as_array().unwrap().len(), 2);
    let mail = json!({ "from": "a@b.example", "subject": "Inne", "body": "x" });
    let (_, other) = post("thulium/tickets", mail).await;
    assert_eq!(act("merge", json!({ "into": other["ticket_id"] })).await, 204);
    assert_eq!(act("delete", Value::Null).await, 204);
    assert_eq!(get("thulium/tickets").await.1[0]["deleted"], true);

    let (_, history) = get("history").await;
    let events = history.as_array().unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    let written: Vec<(&str, &str)> = events
        .iter()
        .filter(|event| event["kind"] == "thread_message" || event["kind"] == "ticket_message")
        .filter_map(|event| Some((event["actor"].as_str()?, event["text"].as_str()?)))
        .take(5)
        .collect();
    assert_eq!(
        written,
        [
            ("buyer", "Dzień dobry"),
            ("operator", "Prosimy o odpowiedź"),
            ("api", "Treść"),
            ("agent", "Tak"),
            ("agent", "Uwaga")
        ]
    );
    let (_, tail) = get(&format!("history?after={}", events.len() - 1)).await;
    assert_eq!(tail.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn mistakes_are_named() {
    let twins = Twins::start().await;
    for (path, body, status) in [
        ("empikplace/threads", json!({ "bdoy": "x" }), 400),
        ("empikplace/threads", json!({ "body": "x", "shop_id": 1 }), 404),
        ("empikplace/threads/none/messages", json!({ "from": "customer", "body": "x" }), 404),
        ("thulium/tickets/9/reply", json!({ "login": "jnowak", "body": "x" }), 404),
        ("thulium/tickets/9/merge", json!({ "onto": 1 }), 400),
        ("empikplace/orders", json!({}), 400),
        ("faults", json!({ "kind": "flood" }), 400),
        ("clock", json!({}), 400),
        ("revoke_key", json!({ "shop_id": 1 }), 404),
    ] {
        let (answered, error) = twins.control(Method::POST, path, body).await;
        assert_eq!(answered, status, "{path}: {error}");
        assert!(!error["error"].as_str().unwrap().is_empty());
    }
    let switches = json!({ "thulium": { "webhook_repeat": 1 } });
    assert_eq!(twins.control(Method::PATCH, "switches", switches).await.0, 400);
}

#[tokio::test]
async fn the_world_is_steered() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let patch = json!({ "thulium": { "comment_parameter": "content" }, "empikplace": { "allowed_file_types": null } });
    let (status, switches) = twins.control(Method::PATCH, "switches", patch).await;
    assert_eq!((status, &switches["thulium"]["comment_parameter"]), (200, &json!("content")));
    assert_eq!(switches["empikplace"]["order"], "newest_first");
    let (_, clock) = twins.control(Method::POST, "clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(clock, json!({ "mode": "manual", "now": "2026-11-23T12:01:00Z" }));
    let rule = json!({ "side": "empikplace", "operation": "M10", "count": 1, "kind": "status", "code": 500 });
    let (_, made) = twins.control(Method::POST, "faults", rule).await;
    assert_eq!(twins.empik_get(&format!("inbox/threads/{thread}")).await.0, 500);
    assert_eq!(twins.empik_get(&format!("inbox/threads/{thread}")).await.0, 200);
    let (_, rules) = twins.control(Method::GET, "faults", Value::Null).await;
    assert_eq!(
        (&rules[0]["id"], &rules[0]["seen"], &rules[0]["code"]),
        (&made["id"], &json!(2), &json!(500))
    );
    assert_eq!(twins.control(Method::DELETE, "faults", Value::Null).await.0, 204);
    let (_, requests) = twins.control(Method::GET, "requests?after=1", Value::Null).await;
    assert_eq!((&requests[0]["operation"], &requests[0]["status"]), (&json!("M10"), &json!(200)));
    let latency = json!({ "empikplace_ms": 1, "thulium_ms": 2 });
    assert_eq!(twins.control(Method::POST, "latency", latency.clone()).await.0, 204);
    assert_eq!(twins.control(Method::GET, "latency", Value::Null).await.1, latency);
    let key = json!({ "shop_id": 2000, "new_key": "other" });
    assert_eq!(twins.control(Method::POST, "revoke_key", key).await.0, 204);
    assert_eq!(twins.empik_get("inbox/threads").await.0, 401);
    assert_eq!(twins.control(Method::POST, "reset", Value::Null).await.0, 204);
    assert_eq!(twins.control(Method::GET, "empikplace/threads", Value::Null).await.1, json!([]));
    assert_eq!(twins.empik_get("inbox/threads").await.0, 200);
    assert_eq!(twins.control(Method::GET, "comparison", Value::Null).await.1["clean"], true);
}

#[tokio::test]
async fn a_site_in_a_browser_cannot_play_a_buyer() {
    let twins = Twins::start().await;
    let url = format!("{}/history", twins.running.control());
    let http = wire::client(wire::Reach::Anywhere).unwrap();
    let status = async |name: &str, value: &str| {
        http.get(&url).header(name, value).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("accept", "*/*").await, 200);
    assert_eq!(status("host", "localhost:1").await, 200);
    assert_eq!(status("host", "rebound.example").await, 403);
    assert_eq!(status("host", "127.0.0.1.rebound.example").await, 403);
    assert_eq!(status("origin", "https://site.example").await, 403);
}
