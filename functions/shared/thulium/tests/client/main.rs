//! The client against an HTTP server: what it sends, what it makes of the answers, and what it reports
//! when there is none.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod failures;
mod requests;

use thulium::Client;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A client of the system at this address.
fn client(base: &str) -> Client {
    Client::new(
        wire::client(wire::Reach::Anywhere).unwrap(),
        wire::base_url(base, wire::Reach::Anywhere).unwrap(),
        "api-empik".into(),
        "zażółć:hasło".into(),
    )
}

/// A server that answers everything alike, and a client of it.
async fn answering(answer: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = client(&server.uri());
    (server, client)
}

/// A 200 with this JSON.
async fn telling(json: serde_json::Value) -> (MockServer, Client) {
    answering(ResponseTemplate::new(200).set_body_json(json)).await
}

/// The one request that the server received.
async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}
