//! A marketplace that gives every request the same answer and remembers the requests.

#![allow(dead_code, reason = "each test file uses a part")]

use empikplace::Client;
use secrecy::SecretString;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The key of the shop.
pub const KEY: &str = "0f1e-key";

/// A server and a client for it.
pub struct Seller {
    server: MockServer,
    /// The client under test.
    pub client: Client,
}

impl Seller {
    /// Shop 2000 of a marketplace at the root of its host.
    pub async fn answering(answer: ResponseTemplate) -> Seller {
        Seller::built("", Some(2000), answer).await
    }

    /// A shop of a marketplace under a path.
    pub async fn built(path: &str, shop_id: Option<i64>, answer: ResponseTemplate) -> Seller {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let client = client(&format!("{}{path}", server.uri()), shop_id);
        Seller { server, client }
    }

    /// What was asked so far.
    pub async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.expect("recorded requests")
    }

    /// The one request so far.
    pub async fn only_request(&self) -> Request {
        let mut requests = self.requests().await;
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }
}

/// A client for a marketplace on this machine.
pub fn client(address: &str, shop_id: Option<i64>) -> Client {
    keyed(address, shop_id, KEY)
}

/// The same with another key.
pub fn keyed(address: &str, shop_id: Option<i64>, key: &str) -> Client {
    let base = wire::base_url(address, wire::Reach::Anywhere).expect("an address");
    let http = wire::client(wire::Reach::Anywhere).expect("a client");
    Client::new(http, base, SecretString::from(key), shop_id)
}

/// An answer.
pub fn answer(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "application/json")
}

/// The decoded query.
pub fn query(request: &Request) -> Vec<(String, String)> {
    request.url.query_pairs().into_owned().collect()
}

/// Path and query as they were sent.
pub fn path_and_query(request: &Request) -> String {
    request.url[url::Position::BeforePath..].to_owned()
}

/// The value of a header.
pub fn header(request: &Request, name: &str) -> String {
    let value = request.headers.get(name).expect(name);
    value.to_str().expect("text").to_owned()
}

/// A multipart body with its boundary replaced by `BOUNDARY`.
pub fn form(request: &Request) -> String {
    let kind = header(request, "content-type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("multipart form data");
    String::from_utf8(request.body.clone()).expect("UTF-8").replace(boundary, "BOUNDARY")
}
