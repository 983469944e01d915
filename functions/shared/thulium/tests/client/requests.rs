//! The exact shape of what is sent.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use thulium::{
    BodyType, Client, CommentParameter, Direction, NewCustomer, NewTicket, NewWebhook, TicketChange,
    TicketFilter, WebhookCredentials,
};
use wiremock::{Request, ResponseTemplate};

use super::{answering, only_request, telling};

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// Method, path and raw query.
fn line(request: &Request) -> String {
    let query = request.url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!("{} {}{query}", request.method, request.url.path())
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers[name].to_str().unwrap()
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn the_list_of_tickets_is_filtered_the_php_way() {
    let (server, client) = telling(json!({"count": 0, "result": []})).await;
    let filter = TicketFilter {
        status_ids: vec![1, 2],
        custom_fields: fields(&[("Empik wątek", "5f0c&d=1")]),
        date_from: Some("2026-09-04 12:19".into()),
        date_to: Some("2026-09-05 00:00".into()),
        create_date_from: Some("2026-01-01 00:00".into()),
        create_date_to: Some("2026-12-31 23:59".into()),
        ticket_queue_id: Some(7),
        customer_id: Some(321),
        limit: Some(100),
        offset: Some(200),
    };
    client.tickets(&filter).await.unwrap();
    let request = only_request(&server).await;
    assert_eq!(
        line(&request),
        "GET /api/tickets?status_id%5B%5D=1&status_id%5B%5D=2&date_from=2026-09-04+12%3A19\
         &date_to=2026-09-05+00%3A00&create_date_from=2026-01-01+00%3A00&create_date_to=2026-12-31+23%3A59\
         &ticket_queue_id=7&customer_id=321&limit=100&offset=200\
         &custom_fields%5BEmpik+w%C4%85tek%5D=5f0c%26d%3D1"
    );
    // base64 of "api-empik:zażółć:hasło" in UTF-8.
    assert_eq!(header(&request, "authorization"), "Basic YXBpLWVtcGlrOnphxbzDs8WCxIc6aGFzxYJv");
    assert_eq!(client.calls(), 1);
}

#[tokio::test]
async fn a_base_with_a_path_is_kept() {
    for end in ["", "/"] {
        let (server, _) = telling(json!({"ticket_id": 5, "messages": []})).await;
        let client = Client::new(
            wire::client(wire::Reach::Anywhere).unwrap(),
            format!("{}/proxy/thulium{end}", server.uri()).parse().unwrap(),
            "u".into(),
            "p".into(),
        );
        client.ticket(5).await.unwrap();
        assert_eq!(
            line(&only_request(&server).await),
            "GET /proxy/thulium/api/tickets/5?include_custom_fields=true"
        );
    }
}

#[tokio::test]
async fn a_small_ticket_sends_the_required_fields_only() {
    let (server, client) =
        answering(ResponseTemplate::new(201).set_body_json(json!({"ticket_id": 1232}))).await;
    let ticket = NewTicket::new("empik@shop.example", "Pytanie o dostawę", "Zażółć gęślą jaźń");
    assert_eq!(client.create_ticket(&ticket).await.unwrap(), 1232);

    let request = only_request(&server).await;
    assert_eq!(line(&request), "POST /api/tickets");
    assert_eq!(header(&request, "content-type"), "application/json; charset=utf-8");
    assert_eq!(
        body(&request),
        json!({"to": "empik@shop.example", "subject": "Pytanie o dostawę", "body": "Zażółć gęślą jaźń",
               "body_type": "PLAIN", "direction": "in_behalf_of"})
    );
    // Length in bytes: counted in characters, the system would cut the end off.
    let text = String::from_utf8(request.body.clone()).unwrap();
    assert!(text.len() > text.chars().count());
    assert_eq!(header(&request, "content-length"), text.len().to_string());
}

#[tokio::test]
async fn a_full_ticket_sends_every_field() {
    let (server, client) =
        answering(ResponseTemplate::new(201).set_body_json(json!({"ticket_id": "9"}))).await;
    let ticket = NewTicket {
        body_type: BodyType::Html,
        direction: Direction::Out,
        from: Some("t@noreply.shop.example".into()),
        customer_id: Some(321),
        ticket_queue_id: Some(7),
        category_id: Some(3),
        status_id: Some(1),
        substatus_id: Some(2),
        user_login: Some("agent".into()),
        source: Some("www".into()),
        custom_fields: fields(&[("Empik wątek", "5f0c")]),
        tags: vec!["empikplace".into()],
        comment: Some("karta".into()),
        attachments: vec!["615270".into()],
        ..NewTicket::new("a@shop.example", "s", "b")
    };
    assert_eq!(client.create_ticket(&ticket).await.unwrap(), 9);
    assert_eq!(
        body(&only_request(&server).await),
        json!({"to": "a@shop.example", "subject": "s", "body": "b", "body_type": "HTML", "direction": "out",
               "from": "t@noreply.shop.example", "customer_id": 321, "ticket_queue_id": 7, "category_id": 3,
               "status_id": 1, "substatus_id": 2, "user_login": "agent", "source": "www",
               "custom_fields": {"Empik wątek": "5f0c"}, "tags": ["empikplace"], "comment": "karta",
               "attachments": ["615270"]})
    );
}

#[tokio::test]
async fn a_change_sends_only_what_is_set() {
    let (server, client) = answering(ResponseTemplate::new(204)).await;
    let change = TicketChange { status_id: Some(1), tags: Some(vec![]), ..TicketChange::default() };
    client.update_ticket(8, &change).await.unwrap();
    let request = only_request(&server).await;
    assert_eq!(line(&request), "PUT /api/tickets/8");
    assert_eq!(body(&request), json!({"status_id": 1, "tags": []}));
}

#[tokio::test]
async fn undocumented_parameters_are_sent_only_when_used() {
    let (server, client) = answering(ResponseTemplate::new(200)).await;
    client.customer_response(8, "b", BodyType::Plain, &[], None).await.unwrap();
    client.customer_response(8, "b", BodyType::Html, &["t1".into()], Some("2026-09-04 12:19")).await.unwrap();
    client.comment(8, CommentParameter::Content, "c", None, &[]).await.unwrap();
    client.comment(8, CommentParameter::Comment, "c", Some("api"), &["t2".into()]).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let sent: Vec<(String, Value)> = requests.iter().map(|r| (line(r), body(r))).collect();
    let (response, comment) =
        ("POST /api/tickets/8/customer_response".to_owned(), "POST /api/tickets/8/comment".to_owned());
    assert_eq!(
        sent,
        [
            (response.clone(), json!({"body": "b", "body_type": "PLAIN"})),
            (
                response,
                json!({"body": "b", "body_type": "HTML", "date": "2026-09-04 12:19", "attachments": ["t1"]})
            ),
            (comment.clone(), json!({"content": "c"})),
            (comment, json!({"comment": "c", "user_login": "api", "attachments": ["t2"]})),
        ]
    );
    assert_eq!(client.calls(), 4);
}

#[tokio::test]
async fn every_comment_parameter_goes_by_its_stored_name() {
    for parameter in CommentParameter::ALL {
        let (server, client) = answering(ResponseTemplate::new(201)).await;
        client.comment(1, parameter, "x", None, &[]).await.unwrap();
        let sent = body(&only_request(&server).await);
        assert_eq!(sent, json!({ parameter.as_str(): "x" }));
        assert_eq!(serde_json::to_value(parameter).unwrap(), json!(parameter.as_str()));
    }
}

#[tokio::test]
async fn customers_are_searched_and_created_by_field_name() {
    let (server, client) = telling(json!([])).await;
    client.customers_by_field("Empik ID", "Customer_1+2").await.unwrap();
    assert_eq!(
        line(&only_request(&server).await),
        "GET /api/customers?custom_fields%5BEmpik+ID%5D=Customer_1%2B2&include_custom_fields=true"
    );

    let (server, client) =
        answering(ResponseTemplate::new(201).set_body_json(json!({"customer_id": "321"}))).await;
    let customer = NewCustomer {
        surname: "K.".into(),
        name: String::new(),
        custom_fields: fields(&[("Empik ID", "8f21")]),
    };
    assert_eq!(client.create_customer(&customer).await.unwrap(), 321);
    let request = only_request(&server).await;
    assert_eq!(line(&request), "POST /api/customers");
    assert_eq!(body(&request), json!({"surname": "K.", "custom_fields": {"Empik ID": "8f21"}}));
}

#[tokio::test]
async fn a_field_name_that_php_would_misread_is_not_asked_for() {
    let (server, client) = telling(json!([])).await;
    for name in ["", "Empik [ID]", "a]"] {
        let failure = client.customers_by_field(name, "1").await.unwrap_err();
        assert_eq!(failure.class, bridge::failure::Class::Permanent, "{name:?}");
        let filter = TicketFilter { custom_fields: fields(&[(name, "1")]), ..TicketFilter::default() };
        let failure = client.tickets(&filter).await.unwrap_err();
        assert_eq!(failure.class, bridge::failure::Class::Permanent, "{name:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn files_are_sent_raw_with_an_encoded_name() {
    let (server, client) = answering(
        ResponseTemplate::new(201).set_body_json(json!({"filename": "x", "token": "1801", "size": 4})),
    )
    .await;
    let bytes = vec![0, 255, b'\r', b'\n'];
    let token = client.upload("faktura żółw & 50%+1.pdf", bytes.clone()).await.unwrap();
    assert_eq!(token, "1801");
    let request = only_request(&server).await;
    assert_eq!(
        line(&request),
        "POST /api/temporary_files?filename=faktura+%C5%BC%C3%B3%C5%82w+%26+50%25%2B1.pdf"
    );
    assert_eq!(header(&request, "content-type"), "application/octet-stream");
    assert_eq!(header(&request, "content-length"), "4");
    assert_eq!(request.body, bytes);
}

#[tokio::test]
async fn a_token_stays_within_its_path_segment() {
    let (server, client) = answering(ResponseTemplate::new(200)).await;
    client.file("../a/b?c#d", 10).await.unwrap();
    assert_eq!(line(&only_request(&server).await), "GET /api/files/..%2Fa%2Fb%3Fc%23d");
    for token in ["", ".", ".."] {
        let failure = client.file(token, 10).await.unwrap_err();
        assert_eq!(failure.class, bridge::failure::Class::Permanent, "{token:?}");
    }
    assert_eq!(client.calls(), 1);
}

#[tokio::test]
async fn webhooks_are_created_and_deleted() {
    let (server, client) = answering(ResponseTemplate::new(201).set_body_json(json!({"id": 5}))).await;
    let webhook = NewWebhook {
        actions: vec!["TICKET_CREATED".into()],
        subscription_url: "https://callback.example/shop-a/tajne".into(),
        credentials: Some(WebhookCredentials { user: "u".into(), password: "hasło".into() }),
    };
    assert_eq!(client.create_webhook(&webhook).await.unwrap(), 5);
    let bare = NewWebhook { credentials: None, ..webhook.clone() };
    client.create_webhook(&bare).await.unwrap();
    client.delete_webhook(5).await.unwrap();
    client.delete_ticket(6).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let lines: Vec<String> = requests.iter().map(line).collect();
    assert_eq!(
        lines,
        ["POST /api/webhooks", "POST /api/webhooks", "DELETE /api/webhooks/5", "DELETE /api/tickets/6"]
    );
    assert_eq!(
        body(&requests[0]),
        json!({"actions": ["TICKET_CREATED"], "subscription_url": "https://callback.example/shop-a/tajne",
               "http_auth_user": "u", "http_auth_password": "hasło"})
    );
    assert_eq!(
        body(&requests[1]),
        json!({"actions": ["TICKET_CREATED"], "subscription_url": "https://callback.example/shop-a/tajne"})
    );
    let printed = format!("{webhook:?} {client:?}");
    assert!(printed.contains("TICKET_CREATED") && printed.contains("***"));
    for secret in ["hasło", "tajne", "api-empik"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
