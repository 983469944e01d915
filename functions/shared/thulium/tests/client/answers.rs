//! What is made of answers whose shape drifts.

use secrecy::ExposeSecret;
use serde_json::json;
use thulium::{BodyType, DictionaryItem, MessageType, TicketChange, TicketFilter};
use wiremock::ResponseTemplate;

use super::{answering, telling};

#[tokio::test]
async fn a_ticket_as_documented_is_read_whole_and_in_order() {
    let (_server, client) = telling(json!({
        "ticket_id": 1234, "from": "t@noreply.shop.example", "subject": "Dostawa", "ticket_queue_id": 32,
        "status_id": "2", "substatus_id": "5", "full_status_name": "Oczekuje na klienta", "customer_id": 32122,
        "category_id": "3", "user_login": "agent", "created_at": "2026-07-08 08:05",
        "updated_at": "2026-07-11 08:05", "closed_at": "2026-09-04 17:33", "close_time": "123:33:44",
        "tags": ["empikplace", {"name": "pilne"}],
        "custom_fields": {"Empik wątek": "5f0c", "Numer": 12},
        "messages": [
            {"message_id": 436, "user_login": "agent", "type": "REPLY", "body": "<p>treść</p>", "comment": "",
             "system_comment": "Changed status", "created_at": "2026-07-02 13:44",
             "attachments": ["1175982115cb861c810534", 42, {"token": "t3", "name": "a.pdf"}]},
            {"message_id": "435", "user_login": "", "type": "MAIL", "body": 12345, "comment": null,
             "system_comment": "", "created_at": "2026-07-02 13:40", "attachments": []},
            {"message_id": 437, "user_login": null, "type": "COMMENT", "comment": "uwaga"},
            {"message_id": 438, "type": "sms", "attachments": {"1": "t4"}}
        ]
    }))
    .await;
    let ticket = client.ticket(1234).await.unwrap();
    assert_eq!(ticket.ticket_id, 1234);
    assert_eq!(ticket.from.as_deref(), Some("t@noreply.shop.example"));
    assert_eq!(ticket.subject, "Dostawa");
    assert_eq!(
        [
            ticket.ticket_queue_id,
            ticket.status_id,
            ticket.substatus_id,
            ticket.category_id,
            ticket.customer_id
        ],
        [Some(32), Some(2), Some(5), Some(3), Some(32122)]
    );
    assert_eq!(ticket.full_status_name, "Oczekuje na klienta");
    assert_eq!(ticket.user_login.as_deref(), Some("agent"));
    assert_eq!(ticket.created_at.as_deref(), Some("2026-07-08 08:05"));
    assert_eq!(ticket.updated_at.as_deref(), Some("2026-07-11 08:05"));
    assert_eq!(ticket.closed_at.as_deref(), Some("2026-09-04 17:33"));
    assert_eq!(ticket.tags.as_deref(), Some(&["empikplace".to_owned(), "pilne".to_owned()][..]));
    assert_eq!(ticket.custom_field("Empik wątek"), Some("5f0c"));
    assert_eq!(ticket.custom_field("Numer"), Some("12"));
    assert_eq!(ticket.unreadable, 0);

    let ids: Vec<u64> = ticket.messages.iter().map(|m| m.message_id).collect();
    assert_eq!(ids, [435, 436, 437, 438]);
    let [mail, reply, comment, other] = &ticket.messages[..] else {
        panic!("four messages");
    };
    assert_eq!((&mail.message_type, mail.body.as_str()), (&MessageType::Mail, "12345"));
    assert_eq!(mail.user_login, None);
    assert_eq!(reply.message_type, MessageType::Reply);
    assert_eq!(reply.user_login.as_deref(), Some("agent"));
    assert_eq!(reply.body, "<p>treść</p>");
    assert_eq!(reply.system_comment, "Changed status");
    assert_eq!(reply.attachments, ["1175982115cb861c810534", "42", "t3"]);
    assert_eq!((&comment.message_type, comment.comment.as_str()), (&MessageType::Comment, "uwaga"));
    assert_eq!(other.message_type, MessageType::Other("sms".into()));
    assert_eq!(other.attachments, ["t4"]);
}

#[tokio::test]
async fn a_bare_ticket_is_enough() {
    let (_server, client) =
        telling(json!({"ticket_id": "7", "messages": null, "tags": null, "closed_at": ""})).await;
    let ticket = client.ticket(7).await.unwrap();
    assert_eq!(ticket.ticket_id, 7);
    assert_eq!(ticket.status_id, None);
    assert_eq!(ticket.closed_at, None);
    assert_eq!(ticket.custom_fields, None);
    assert_eq!(ticket.custom_field("Empik wątek"), None);
    assert!(ticket.messages.is_empty());
}

#[tokio::test]
async fn one_unreadable_message_does_not_lose_the_others() {
    let (_server, client) = telling(json!({"ticket_id": 7, "messages": [
        {"message_id": 3, "type": "REPLY", "body": "trzy"},
        {"type": "REPLY", "body": "bez numeru"},
        {"message_id": 4, "type": "REPLY", "body": {"html": "x"}},
        {"message_id": 5, "type": "REPLY", "body": "x", "attachments": [{"name": "bez tokenu"}]},
        {"message_id": 6, "type": "REPLY", "user_login": ["x"]},
        "x",
        {"message_id": 1, "type": "MAIL", "body": "jeden"}
    ]}))
    .await;
    let ticket = client.ticket(7).await.unwrap();
    let ids: Vec<u64> = ticket.messages.iter().map(|m| m.message_id).collect();
    assert_eq!((ids, ticket.unreadable), (vec![1, 3], 5));
}

#[tokio::test]
async fn personal_data_is_not_printed() {
    let (_server, client) =
        telling(json!({"ticket_id": 7, "from": "sekret@shop.example", "subject": "sekret",
        "user_login": "sekret", "custom_fields": {"Empik ID": "sekret"}, "messages": [
        {"message_id": 3, "type": "REPLY", "body": "sekret", "user_login": "sekret"}]}))
        .await;
    let printed = format!("{:?}", client.ticket(7).await.unwrap());
    assert!(printed.contains("ticket_id: 7") && printed.contains("message_id: 3"));
    assert!(!printed.contains("sekret"), "{printed}");
}

#[tokio::test]
async fn a_list_of_tickets_keeps_its_readable_rows() {
    let (_server, client) = telling(json!({"count": "245", "result": [
        {"ticket_id": "1234", "updated_at": "2026-09-04 12:19", "ticket_queue_id": 7, "status_id": "2",
         "customer_id": 0, "user_login": "", "from": "a@shop.example", "subject": 5,
         "full_status_name": "Nowe", "created_at": null, "custom_fields": [{"name": "Empik wątek", "value": "5f0c"}]},
        {"subject": "bez numeru"},
        {"ticket_id": 0},
        null,
        {"ticket_id": 1235}
    ]}))
    .await;
    let page = client.tickets(&TicketFilter::default()).await.unwrap();
    assert_eq!((page.count, page.unreadable), (Some(245), 3));
    let [first, second] = &page.rows[..] else {
        panic!("two rows");
    };
    assert_eq!((first.ticket_id, second.ticket_id), (1234, 1235));
    assert_eq!(first.updated_at.as_deref(), Some("2026-09-04 12:19"));
    assert_eq!((first.ticket_queue_id, first.status_id), (Some(7), Some(2)));
    assert_eq!((first.customer_id, &first.user_login, &first.created_at), (None, &None, &None));
    assert_eq!((first.subject.as_str(), first.full_status_name.as_str()), ("5", "Nowe"));
    assert_eq!(first.custom_fields.as_ref().and_then(|f| f.get("Empik wątek")), Some("5f0c"));
}

#[tokio::test]
async fn customers_come_by_ascending_id_from_either_envelope() {
    let rows = json!([
        {"customer_id": "9", "name": "Anna", "surname": null, "custom_fields": {"Empik ID": ["8f21"]}},
        {"name": "bez numeru"},
        {"customer_id": 3, "surname": "K."}
    ]);
    for answer in [rows.clone(), json!({ "result": rows })] {
        let (_server, client) = telling(answer).await;
        let page = client.customers_by_field("Empik ID", "8f21").await.unwrap();
        let ids: Vec<u64> = page.rows.iter().map(|c| c.customer_id).collect();
        assert_eq!((ids, page.unreadable, page.count), (vec![3, 9], 1, None));
        assert_eq!((page.rows[0].surname.as_str(), &page.rows[0].custom_fields), ("K.", &None));
        assert_eq!(page.rows[1].custom_field("Empik ID"), Some("8f21"));
        assert_eq!((page.rows[1].name.as_str(), page.rows[1].surname.as_str()), ("Anna", ""));
    }
}

#[tokio::test]
async fn files_come_with_their_name_and_exact_bytes() {
    let answer = ResponseTemplate::new(200)
        .insert_header("content-disposition", "attachment; filename*=UTF-8''%C5%BC%C3%B3%C5%82w.pdf")
        .set_body_bytes(vec![0u8, 255, 10]);
    let (_server, client) = answering(answer).await;
    let file = client.file("1175", 3).await.unwrap();
    assert_eq!(file.name.as_deref(), Some("żółw.pdf"));
    assert_eq!(file.bytes, [0, 255, 10]);

    let (_server, client) = answering(ResponseTemplate::new(200)).await;
    let file = client.file("1175", 3).await.unwrap();
    assert_eq!((file.name, file.bytes), (None, vec![]));
}

#[tokio::test]
async fn dictionaries_are_asked_for_by_name() {
    for (path, expected) in [
        ("/api/ticket_queues", vec![(7, None)]),
        ("/api/ticket_categories", vec![(8, None)]),
        ("/api/ticket_statuses", vec![(6, None), (1, Some(6))]),
    ] {
        let (server, client) = telling(match path {
            "/api/ticket_queues" => json!([{"id": "7", "name": "x"}]),
            "/api/ticket_categories" => json!({"result": [{"ticket_category_id": 8, "name": "x"}]}),
            _ => json!({"data": [{"id": 6, "name": "x", "substatuses": [{"id": 1, "name": "x"}]}]}),
        })
        .await;
        let items = match path {
            "/api/ticket_queues" => client.queues().await,
            "/api/ticket_categories" => client.categories().await,
            _ => client.statuses().await,
        }
        .unwrap();
        let expected: Vec<DictionaryItem> = expected
            .into_iter()
            .map(|(id, parent)| DictionaryItem { id, name: "x".into(), parent })
            .collect();
        assert_eq!(items, expected);
        assert_eq!(super::only_request(&server).await.url.path(), path);
    }
}

#[tokio::test]
async fn webhooks_are_listed_and_keep_their_secrets() {
    let (_server, client) = telling(json!([
        {"id": "5", "actions": ["TICKET_CREATED"], "subscription_url": "https://c.example/tajne",
         "http_auth_user": "u", "http_auth_password": "hasło"},
        {"id": 6, "actions": null, "subscription_url": "https://c.example/", "http_auth_user": null},
        {"subscription_url": "x"}
    ]))
    .await;
    let page = client.webhooks().await.unwrap();
    assert_eq!((page.rows.len(), page.unreadable), (2, 1));
    let webhook = &page.rows[0];
    assert_eq!((webhook.id, &webhook.actions[..]), (5, &["TICKET_CREATED".to_owned()][..]));
    assert_eq!(webhook.subscription_url, "https://c.example/tajne");
    let credentials = webhook.credentials.as_ref().unwrap();
    assert_eq!((credentials.user.as_str(), credentials.password.expose_secret()), ("u", "hasło"));
    assert!(page.rows[1].credentials.is_none() && page.rows[1].actions.is_empty());
    let printed = format!("{page:?}");
    assert!(!printed.contains("hasło") && !printed.contains("tajne"), "{printed}");
}

#[tokio::test]
async fn a_write_without_a_result_takes_any_success() {
    for answer in [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200),
        ResponseTemplate::new(202).set_body_string(" \r\n"),
        ResponseTemplate::new(200).set_body_string("[]"),
        ResponseTemplate::new(201).set_body_string("null"),
        ResponseTemplate::new(200).set_body_json(json!({"message_id": 7, "errors": []})),
    ] {
        let (_server, client) = answering(answer).await;
        client.update_ticket(1, &TicketChange::default()).await.unwrap();
        client.customer_response(1, "b", BodyType::Plain, &[], None).await.unwrap();
        client.delete_ticket(1).await.unwrap();
        client.delete_webhook(1).await.unwrap();
    }
}
