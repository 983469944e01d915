//! What should not happen, and does: a clear error, and nothing lost.

use serde_json::{Value, json};
use twins::{Author, MessageKind, NewFile, NewMessage, NewThread};

use crate::support::{Shop, below_header, texts};

fn fault(shop: &Shop, rule: Value) -> u64 {
    shop.world().add_fault(serde_json::from_value(rule).expect("a rule"))
}

#[tokio::test]
async fn poller_events_of_another_form() {
    let shop = Shop::open().await;
    for event in [
        json!([]),
        json!(null),
        json!("shop-a"),
        json!({"integrations": ["shop-a"]}),
        json!({"shard": 4, "shards": 4}),
        json!({"shard": 0, "shards": 0}),
        json!({"shard": "0", "shards": 4}),
        json!({"shard": 0}),
        json!({"integration": 7}),
        json!({"integration": "shop-a", "shard": 0, "shards": 1}),
    ] {
        let error = shop.stack.tick_event(event.clone()).await.expect_err(&event.to_string());
        assert!(format!("{error:#}").contains("{\"integration\":"), "{event}: {error:#}");
    }
    let result = shop.stack.tick_event(json!({"integration": "shop-z"})).await.expect("a result");
    let row = &result["integrations"][0];
    assert_eq!((row["integration"].as_str(), row["status"].as_str()), (Some("shop-z"), Some("failed")));
    for event in [json!({}), json!({"shard": 0, "shards": 1}), json!({"integration": "shop-a"})] {
        let result = shop.stack.tick_event(event).await.expect("a result");
        assert_eq!(result["integrations"][0]["status"], "ok");
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_midway_and_replaced() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("jeden");
    shop.tick().await;
    shop.world().revoke_key(2000, Some("new-key")).expect("revoked");
    shop.writes(&thread, Author::Customer, "dwa");
    shop.agent(shop.ticket().ticket_id, "Odpowiedź w złej chwili");
    for _ in 0..3 {
        let row = shop.tick().await;
        assert_eq!(row["status"], "failed");
        assert!(row["reason"].as_str().unwrap_or_default().contains("401"), "{row}");
    }
    assert!(shop.requests("M11") <= 8, "no storm of retries");
    let mut secret = shop.stack.secret();
    secret["empik_api_key"] = json!("new-key");
    shop.stack.add_integration(&shop.stack.settings(), secret).await.expect("stored");
    // The running process picks the new key up by itself.
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Odpowiedź w złej chwili"]);
    assert_eq!(texts(&shop.ticket(), MessageKind::Mail).len(), 2);
}

#[tokio::test]
async fn thulium_down_for_an_hour_and_back() {
    for kind in [
        json!({"kind": "refuse"}),
        json!({"kind": "status", "code": 500}),
        json!({"kind": "status", "code": 503, "at": "after"}),
    ] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("jeden");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        let mut rule = json!({"side": "thulium", "operation": "*"});
        for (key, value) in kind.as_object().expect("an object") {
            rule[key] = value.clone();
        }
        let down = fault(&shop, rule);
        shop.agent(ticket, "Odpowiedź tuż przed awarią");
        for n in 0..60 {
            if n % 10 == 0 {
                shop.writes(&thread, Author::Customer, &format!("w czasie awarii {n}"));
                shop.opens(NewThread::from_customer(&format!("C-{n}"), "Ola", &format!("nowa sprawa {n}")));
            }
            shop.tick().await;
        }
        assert!(shop.world().remove_fault(down));
        shop.settle_clean().await;
        assert_eq!(shop.tickets().len(), 7, "{kind}");
        assert_eq!(shop.world().customers().len(), 7, "{kind}");
        assert_eq!(shop.sent(&thread), ["Odpowiedź tuż przed awarią"], "{kind}");
    }
}

#[tokio::test]
async fn empikplace_asks_to_be_left_alone() {
    let shop = Shop::open().await;
    fault(
        &shop,
        json!({"side": "empikplace", "operation": "M11", "nth": 1, "kind": "status", "code": 429, "retry_after": 600}),
    );
    shop.buyer_opens("pytanie");
    let row = shop.tick().await;
    assert_eq!(row["status"], "skipped", "{row}");
    for _ in 0..8 {
        shop.tick().await;
    }
    assert_eq!(shop.requests("M11"), 1, "not before its time");
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 1);
}

#[tokio::test]
async fn a_list_that_repeats_its_token_ends_and_loses_nothing() {
    let shop = Shop::open().await;
    for n in 0..120 {
        shop.opens(NewThread::from_customer(&format!("C-{n}"), "Jan", &format!("pytanie {n}")));
        shop.later(1);
    }
    shop.world().switch(|s| s.empikplace.repeat_page_token = true);
    let row = shop.tick().await;
    assert!(row["threads_read"].as_u64().unwrap_or_default() <= 300, "{row}");
    shop.world().switch(|s| s.empikplace.repeat_page_token = false);
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 120);
}

#[tokio::test]
async fn bodies_of_every_size_and_kind() {
    let shop = Shop::open().await;
    let huge = "<div><p>bardzo długi list </p>".repeat(170_000);
    let bodies = [
        "",
        "ok",
        &"ą".repeat(50_001),
        "zero\u{0}bajt i \u{202e}odwrócone",
        "<script>alert(1)</script><style>p{}</style><p>tylko to</p>",
        "🙂🙂🙂",
        "   \r\n\t ",
        &huge,
    ];
    let thread = shop.buyer_opens("początek");
    for body in bodies {
        shop.later(1);
        shop.writes(&thread, Author::Customer, body);
    }
    shop.settle().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    let shown: Vec<&str> = mails.iter().map(|m| below_header(m)).collect();
    assert_eq!(shown.len(), bodies.len() + 1);
    assert_eq!(shown[1], "(wiadomość bez tekstu)");
    assert_eq!(shown[2], "ok");
    assert_eq!(shown[3].chars().count(), 50_001);
    assert_eq!(shown[4], "zerobajt i odwrócone");
    assert_eq!(shown[5], "tylko to");
    assert_eq!(shown[6], "🙂🙂🙂");
    assert_eq!(shown[7], "(wiadomość bez tekstu)");
    assert!(shown[8].contains("[Wiadomość skrócono"), "the agent is told");
    assert!(shown[8].chars().count() < 61_000);
}

#[tokio::test]
async fn files_of_every_size_and_name() {
    let shop = Shop::open().await;
    let file = |name: &str, size| NewFile { name: name.into(), size: Some(size), ..NewFile::default() };
    let mut opening = NewThread::from_customer("C-1", "Jan K.", "Pliki");
    opening.attachments = vec![
        file("puste.txt", 0),
        file("ogromny film.mp4", 40 << 20),
        file("../../etc/passwd\r\nX-Header: 1", 10),
        file("<b>\"żółw\".png", 10),
        file("", 10),
    ];
    shop.opens(opening);
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let tokens = ticket.messages.iter().flat_map(|m| &m.attachments);
    let names: Vec<String> = tokens.filter_map(|t| shop.world().file(t)).map(|f| f.name).collect();
    assert_eq!(names, ["_.._etc_passwd X-Header_ 1", "_b__żółw_.png", "plik"]);
    let mail = &texts(&ticket, MessageKind::Mail)[0];
    assert!(mail.contains("„puste.txt” nie został przeniesiony: Thulium go nie przyjmuje"), "{mail}");
    assert!(mail.contains("„ogromny film.mp4” nie został przeniesiony: jest większy niż 25 MB"), "{mail}");
}

#[tokio::test]
async fn callbacks_of_every_kind() {
    let shop = Shop::open().await;
    shop.buyer_opens("pytanie");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let stranger = shop
        .world()
        .receive_mail(twins::NewMail {
            from: "ktos@example.com".into(),
            subject: "Inna sprawa".into(),
            body: "Dzień dobry".into(),
            ticket_queue_id: None,
        })
        .expect("a ticket");
    let http = wire::client(wire::Reach::Anywhere).expect("a client");
    let url = shop.stack.callback_url(&shop.id);
    let form = "application/x-www-form-urlencoded";
    let ours = format!("ticket_id={ticket}");
    let post = |url: String, kind: &'static str, body: Vec<u8>, password: &'static str| {
        let request =
            http.post(url).header("content-type", kind).body(body).basic_auth("thulium", Some(password));
        async move { request.send().await.expect("an answer").status().as_u16() }
    };
    let good = "callback-pass";
    for (name, kind, body, expected) in [
        ("form", form, ours.clone().into_bytes(), 204),
        ("json", "application/json", format!("{{\"ticket_id\":{ticket}}}").into_bytes(), 204),
        ("json text", "application/json", format!("{{\"ticket_id\":\"{ticket}\"}}").into_bytes(), 204),
        ("wrong content type", "image/png", ours.clone().into_bytes(), 204),
        ("a ticket that is not ours", form, format!("ticket_id={stranger}").into_bytes(), 204),
        ("a ticket that is nobody's", form, b"ticket_id=99999999".to_vec(), 204),
        ("empty", form, Vec::new(), 400),
        ("null", form, b"ticket_id=null".to_vec(), 400),
        ("json null", "application/json", b"null".to_vec(), 400),
        ("zero", form, b"ticket_id=0".to_vec(), 400),
        ("negative", form, b"ticket_id=-1".to_vec(), 400),
        ("not utf-8", form, vec![0xff, 0xfe, 0x00], 400),
        ("1 MB", form, vec![b'a'; 1 << 20], 413),
    ] {
        assert_eq!(post(url.clone(), kind, body, good).await, expected, "{name}");
    }
    assert_eq!(post(url.clone(), form, ours.clone().into_bytes(), "wrong").await, 401);
    let elsewhere = url.replace("shop-a", "shop-z");
    assert_eq!(post(elsewhere, form, ours.clone().into_bytes(), good).await, 401);
    assert_eq!(
        http.get(&url).basic_auth("thulium", Some(good)).send().await.expect("an answer").status(),
        405
    );
    let token = http.post(format!("{url}/{good}")).header("content-type", form).body(ours.clone());
    assert_eq!(token.send().await.expect("an answer").status(), 204);
    let token = http.post(format!("{url}/falsch")).header("content-type", form).body(ours);
    assert_eq!(token.send().await.expect("an answer").status(), 401);
    shop.world().delete_ticket(ticket).expect("deleted");
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
}

#[tokio::test]
async fn one_failing_thread_holds_up_nobody_and_is_parked() {
    let shop = Shop::open().await;
    let poison = shop.buyer_opens("zwykłe pytanie");
    shop.tick().await;
    let id = shop.ticket().ticket_id;
    fault(
        &shop,
        json!({"side": "thulium", "operation": "POST tickets/:id/customer_response", "kind": "status", "code": 422}),
    );
    shop.writes(&poison, Author::Customer, "tego Thulium nie przyjmie");
    for n in 0..5 {
        shop.opens(NewThread::from_customer(&format!("C-{n}"), "Ola", &format!("sprawa {n}")));
        shop.tick().await;
    }
    assert_eq!(shop.tickets().len(), 6);
    assert_eq!(shop.parked().await, 1);
    assert_eq!(texts(&shop.world().ticket(id).expect("a ticket"), MessageKind::Mail).len(), 1);
}

#[tokio::test]
async fn a_message_in_a_foreign_type_and_without_entities_is_carried() {
    let shop = Shop::open().await;
    let mut thread = NewThread::from_customer("C-1", "", "Pytanie bez zamówienia");
    thread.topic = Some(twins::Topic { kind: "REASON_CODE".into(), value: "no-such-code".into() });
    let id = shop.opens(thread);
    shop.tick().await;
    let mut message = NewMessage::new(Author::Customer, "i drugie");
    message.attachments = vec![NewFile::new("a.bin", &[0, 159, 146, 150])];
    shop.world().write(&id, message).expect("a message");
    shop.settle_clean().await;
    assert_eq!(shop.ticket().subject, "EmpikPlace: no-such-code");
}
