//! What a failed call is reported as, and that nothing is sent twice.

#![allow(clippy::expect_used, reason = "helpers of tests")]

mod seller;

use std::net::SocketAddr;
use std::time::Duration;

use bridge::failure::{Class, Failure, Outcome, Side};
use empikplace::{Client, Recipient, Reply, Start, ThreadQuery};
use seller::{Seller, answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn read(client: &Client) -> Failure {
    let query = ThreadQuery::Start(Start::default());
    client.threads(&query).await.expect_err("a failed read")
}

async fn write(client: &Client) -> Failure {
    let reply = Reply {
        body: "Dzień dobry".into(),
        to: vec![Recipient { kind: "CUSTOMER".into(), id: None }],
        files: vec![],
    };
    client.reply("t", &reply).await.expect_err("a failed write")
}

/// A server that takes one connection after another, reads a request's head and sends these bytes.
async fn raw(bytes: &'static [u8]) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(bytes).await;
        }
    });
    (address, server)
}

#[tokio::test]
async fn every_status_has_its_class() {
    for (status, reading, writing) in [
        (301, Class::Permanent, Class::Permanent),
        (400, Class::Permanent, Class::Permanent),
        (401, Class::Rejected, Class::Rejected),
        (403, Class::Rejected, Class::Rejected),
        (404, Class::Permanent, Class::Permanent),
        (406, Class::Permanent, Class::Permanent),
        (408, Class::Retry, Class::Unknown),
        (410, Class::Permanent, Class::Permanent),
        (415, Class::Permanent, Class::Permanent),
        (500, Class::Retry, Class::Unknown),
        (502, Class::Retry, Class::Unknown),
        (503, Class::Retry, Class::Unknown),
        (504, Class::Retry, Class::Unknown),
    ] {
        let seller = Seller::answering(answer(status, "").insert_header("Location", "/elsewhere")).await;
        for (failure, class) in
            [(read(&seller.client).await, reading), (write(&seller.client).await, writing)]
        {
            assert_eq!(failure.class, class, "{status} {}", failure.operation);
            assert_eq!(failure.status(), Some(status));
            assert_eq!(failure.side, Side::Empikplace);
        }
        assert_eq!(seller.requests().await.len(), 2, "{status} was repeated");
    }
}

#[tokio::test]
async fn a_429_says_how_long_to_wait() {
    let seller = Seller::answering(answer(429, "{}").insert_header("Retry-After", "137")).await;
    let wait = Class::Wait(Duration::from_secs(137));
    assert_eq!(read(&seller.client).await.class, wait);
    assert_eq!(write(&seller.client).await.class, wait);
    assert_eq!(seller.requests().await.len(), 2);
}

#[tokio::test]
async fn a_refused_connection_carried_nothing() {
    // Not a port that was free a moment ago: by now somebody may have it.
    let client = seller::client("http://127.0.0.1:1", None);
    for failure in [read(&client).await, write(&client).await] {
        assert_eq!(failure.outcome, Outcome::NotSent);
        assert_eq!(failure.class, Class::Retry);
    }
}

#[tokio::test]
async fn a_connection_closed_before_or_in_an_answer_may_have_carried_the_request() {
    let cut: [&[u8]; 4] = [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"data\":[]",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"me",
    ];
    for bytes in cut {
        let (address, server) = raw(bytes).await;
        let client = seller::client(&format!("http://{address}"), None);
        let failure = read(&client).await;
        assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Retry));
        let failure = write(&client).await;
        assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Unknown));
        assert_eq!(client.calls(), 2);
        server.abort();
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_on_a_write_does_not_make_it_two() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = seller::client(&format!("http://{}", listener.local_addr().expect("an address")), None);
    let (writes, mut written) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 4096];
            while let Ok(length @ 1..) = socket.read(&mut head).await {
                if head[..length].starts_with(b"POST") {
                    let _ = writes.send(());
                    break;
                }
                let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
            }
        }
    });
    let query = ThreadQuery::Start(Start::default());
    client.threads(&query).await.expect("a page");
    let failure = write(&client).await;
    assert_eq!((failure.outcome, failure.class), (Outcome::NoAnswer, Class::Unknown));
    client.threads(&query).await.expect("a page");
    assert_eq!(written.recv().await, Some(()));
    assert!(written.try_recv().is_err(), "the write was sent twice");
}

#[tokio::test]
async fn an_answer_of_another_shape_is_not_an_empty_one() {
    for body in ["", "null", "[]", "\"\"", "<html>", "{\"data\":[", r#"{"data":{}}"#, r#"{"data":"x"}"#] {
        let seller = Seller::answering(answer(200, body)).await;
        let failure = read(&seller.client).await;
        assert_eq!(failure.outcome, Outcome::Undecodable, "{body}");
        assert_eq!(failure.class, Class::Retry, "{body}");
    }
    for body in ["{}", r#"{"id":null}"#, "[]", r#"["id"]"#] {
        let seller = Seller::answering(answer(200, body)).await;
        let failure = seller.client.thread("x").await.expect_err("no thread");
        assert_eq!(failure.outcome, Outcome::Undecodable, "{body}");
    }
}

#[tokio::test]
async fn an_announced_answer_beyond_the_limit_is_not_read() {
    let (address, _server) = raw(b"HTTP/1.1 201 Created\r\nContent-Length: 67108865\r\n\r\n{").await;
    let client = seller::client(&format!("http://{address}"), None);
    let failure = read(&client).await;
    assert_eq!((failure.outcome, failure.detail), (Outcome::Undecodable, Some(wire::TOO_LARGE)));
    let failure = write(&client).await;
    assert_eq!((failure.detail, failure.class), (Some(wire::TOO_LARGE), Class::Unknown));
}

#[tokio::test]
async fn an_attachment_of_unknown_length_is_cut_at_the_limit() {
    let (address, _server) =
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n")
            .await;
    let client = seller::client(&format!("http://{address}"), None);
    assert_eq!(client.attachment("f", 8).await.as_deref(), Ok(&b"abcdefgh"[..]));
    let failure = client.attachment("f", 7).await.expect_err("too large");
    assert_eq!((failure.outcome, failure.detail), (Outcome::Undecodable, Some(wire::TOO_LARGE)));
}

#[tokio::test]
async fn every_error_body_is_understood_and_none_is_printed() {
    for (body, codes, words) in [
        (r#"{"message":"Nie dla Nowak","status":400}"#, &[][..], "Nie dla Nowak"),
        (r#"{"code":4001,"message":"Nie dla Nowak"}"#, &["4001"], "Nie dla Nowak"),
        (
            r#"{"errors":[{"code":"SIZE","field":"body","message":"Nowak"},{"code":"x y","message":null},7]}"#,
            &["SIZE"],
            "body: Nowak",
        ),
        ("<html>Nowak</html>", &[], ""),
        (r#"{"errors":null,"message":{"a":1},"code":[]}"#, &[], ""),
        ("[]", &[], ""),
        ("", &[], ""),
    ] {
        let seller = Seller::answering(answer(400, body)).await;
        let failure = write(&seller.client).await;
        assert_eq!(failure.codes, codes, "{body}");
        assert_eq!(failure.remark.reveal(), words, "{body}");
        let printed = format!("{failure} {failure:?}");
        assert!(!printed.contains("Nowak"), "{printed}");
        assert_eq!(failure.class, Class::Permanent);
    }
}

#[tokio::test]
async fn a_key_is_never_printed_and_one_that_cannot_be_sent_is_rejected() {
    let server = Seller::answering(answer(200, "{}")).await;
    assert!(!format!("{:?}", server.client).contains(seller::KEY));

    let client = seller::keyed("http://127.0.0.1:1", None, "a\nb");
    let failure = read(&client).await;
    assert_eq!((failure.outcome, failure.class), (Outcome::NotSent, Class::Rejected));
    assert_eq!(client.calls(), 0);
}

#[tokio::test]
async fn white_space_around_a_key_is_ignored() {
    let (address, _server) = raw(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    let client = seller::keyed(&format!("http://{address}"), None, " key\n");
    assert_eq!(read(&client).await.status(), Some(401));
}
