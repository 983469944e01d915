//! What is reported when a call did not succeed.

use std::time::Duration;

use bridge::failure::{Class, Failure, Outcome};
use serde_json::json;
use thulium::{BodyType, NewCustomer, NewTicket, NewWebhook, TicketFilter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use super::{answering, client};

fn ticket() -> NewTicket {
    NewTicket::new("a@shop.example", "s", "b")
}

/// A read and a write against the same answer.
async fn both(answer: ResponseTemplate) -> (Failure, Failure) {
    let (_server, client) = answering(answer).await;
    let read = client.ticket(1).await.unwrap_err();
    let write = client.create_ticket(&ticket()).await.unwrap_err();
    assert_eq!(client.calls(), 2, "no request is repeated");
    (read, write)
}

#[tokio::test]
async fn a_refusal_carries_code_and_request_id_and_prints_no_words() {
    let answer = ResponseTemplate::new(403).set_body_json(json!({
        "request_id": "53678450401cf",
        "errors": [{"message": "Brak uprawnień dla Nowak", "code": 111111}, {"code": "222"}]
    }));
    let (read, write) = both(answer).await;
    for (failure, operation) in [(read, "GET tickets/:id"), (write, "POST tickets")] {
        assert_eq!((failure.class, failure.status()), (Class::Rejected, Some(403)));
        assert_eq!(failure.codes, ["111111", "222"]);
        assert_eq!(failure.request_id.as_deref(), Some("53678450401cf"));
        assert_eq!(failure.remark.reveal(), "Brak uprawnień dla Nowak");
        assert_eq!(failure.to_string(), format!("thulium {operation}: answered 403 (request 53678450401cf)"));
        assert!(!format!("{failure:?}").contains("Nowak"));
    }
}

#[tokio::test]
async fn each_status_has_its_class() {
    for (status, read_class, write_class) in [
        (400, Class::Permanent, Class::Permanent),
        (401, Class::Rejected, Class::Rejected),
        (404, Class::Permanent, Class::Permanent),
        (410, Class::Permanent, Class::Permanent),
        (500, Class::Retry, Class::Unknown),
        (503, Class::Retry, Class::Unknown),
        (302, Class::Permanent, Class::Permanent),
    ] {
        let answer =
            ResponseTemplate::new(status).insert_header("location", "/elsewhere").set_body_string("<html>");
        let (read, write) = both(answer).await;
        assert_eq!((read.class, write.class), (read_class, write_class), "{status}");
        assert_eq!(read.is_gone(), matches!(status, 404 | 410), "{status}");
    }
    let (read, write) = both(ResponseTemplate::new(429).insert_header("retry-after", "7")).await;
    let wait = Class::Wait(Duration::from_secs(7));
    assert_eq!((read.class, write.class), (wait, wait));
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_unknown_for_a_write_and_retried_for_a_read() {
    for body in
        ["", "[]", "null", "{}", "<html>Przerwa</html>", r#"{"ticket_id": "#, r#"{"ticket_id": null}"#]
    {
        let (read, write) = both(ResponseTemplate::new(200).set_body_string(body)).await;
        assert_eq!((read.outcome, read.class), (Outcome::Undecodable, Class::Retry), "{body}");
        assert_eq!((write.outcome, write.class), (Outcome::Undecodable, Class::Unknown), "{body}");

        let (_server, client) = answering(ResponseTemplate::new(201).set_body_string(body)).await;
        let failure = client.create_customer(&NewCustomer::default()).await.unwrap_err();
        assert_eq!(failure.class, Class::Unknown, "{body}");
        let webhook =
            NewWebhook { actions: vec![], subscription_url: "https://c.example".into(), credentials: None };
        assert_eq!(client.create_webhook(&webhook).await.unwrap_err().class, Class::Unknown, "{body}");
        // Nobody sees a file that no message takes, so this one may be sent again.
        assert_eq!(client.upload("a", vec![1]).await.unwrap_err().class, Class::Retry, "{body}");
    }
}

#[tokio::test]
async fn an_unreadable_search_is_not_an_empty_one() {
    for body in ["", "null", "{}", r#"{"errors": [{"code": 1}]}"#, r#"{"result": "x"}"#] {
        let (_server, client) = answering(ResponseTemplate::new(200).set_body_string(body)).await;
        let failure = client.customers_by_field("Empik ID", "1").await.unwrap_err();
        assert_eq!(failure.class, Class::Retry, "{body}");
        let failure = client.tickets(&TicketFilter::default()).await.unwrap_err();
        assert_eq!(failure.class, Class::Retry, "{body}");
    }
}

#[tokio::test]
async fn messages_that_cannot_be_seen_are_not_an_empty_ticket() {
    for answer in [json!({"ticket_id": 1}), json!({"ticket_id": 1, "messages": "zob. panel"})] {
        let (_server, client) = answering(ResponseTemplate::new(200).set_body_json(&answer)).await;
        assert_eq!(client.ticket(1).await.unwrap_err().class, Class::Retry, "{answer}");
    }
}

#[tokio::test]
async fn a_success_in_name_only_does_not_count_as_written() {
    for body in [
        "<html>Przerwa techniczna</html>",
        r#"{"errors": [{"code": 1}]}"#,
        r#"{"errors": {"body": ["x"]}}"#,
        r#"{"errors": "x"}"#,
    ] {
        let (_server, client) = answering(ResponseTemplate::new(200).set_body_string(body)).await;
        let failure = client.customer_response(1, "b", BodyType::Plain, &[], None).await.unwrap_err();
        assert_eq!((failure.outcome, failure.class), (Outcome::Undecodable, Class::Unknown), "{body}");
    }
}

#[tokio::test]
async fn a_file_over_the_limit_is_not_read() {
    let (_server, client) = answering(ResponseTemplate::new(200).set_body_bytes(vec![0u8; 11])).await;
    let failure = client.file("t", 10).await.unwrap_err();
    assert_eq!(failure.detail, Some(wire::TOO_LARGE));
    assert_eq!(client.file("t", 11).await.unwrap().bytes.len(), 11);
}

#[tokio::test]
async fn a_refused_connection_is_a_request_not_sent() {
    // Not a port that was free a moment ago: by now somebody may have it.
    let client = client("http://127.0.0.1:1");
    let failure = client.create_ticket(&ticket()).await.unwrap_err();
    assert_eq!((failure.outcome, failure.class), (Outcome::NotSent, Class::Retry));
}

/// A server that reads one request, sends these bytes and hangs up.
async fn hanging_up_after(bytes: &'static [u8]) -> (String, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut connections = 0;
        // A repeated request would come within the time that this waits.
        while let Ok(Ok((mut stream, _))) =
            tokio::time::timeout(Duration::from_millis(300), listener.accept()).await
        {
            connections += 1;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
        connections
    });
    (base, served)
}

#[tokio::test]
async fn an_answer_cut_off_leaves_a_write_unknown_and_is_not_repeated() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 201 Cre",
        b"HTTP/1.1 201 Created\r\nContent-Length: 19\r\n\r\n{\"ticket_id\": 1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"ti\r\n",
    ] {
        let (base, served) = hanging_up_after(bytes).await;
        let failure = client(&base).create_ticket(&ticket()).await.unwrap_err();
        assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Unknown), "{bytes:?}");
        assert_eq!(served.await.unwrap(), 1);

        let (base, _served) = hanging_up_after(bytes).await;
        let failure = client(&base).ticket(1).await.unwrap_err();
        assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Retry), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_on_a_write_does_not_repeat_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let first = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").await.unwrap();
        let second = stream.read(&mut request).await.unwrap();
        drop(stream);
        let again = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
        (first > 0, second > 0, again.is_ok())
    });
    let client = client(&base);
    client.queues().await.unwrap();
    let failure = client.create_ticket(&ticket()).await.unwrap_err();
    assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Unknown));
    assert_eq!(served.await.unwrap(), (true, true, false));
}
