//! A man in the middle of both sides: it passes requests on, and now and then answers in their place
//! with whatever it likes, quoting all that it has seen.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;

/// What is answered in place of a side, in turn.
const STATUSES: [u16; 16] = [400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 502, 503, 302, 200, 201];

/// A running proxy.
pub struct Proxy {
    /// Where it listens.
    pub address: String,
    state: Arc<Middle>,
}

struct Middle {
    target: String,
    http: reqwest::Client,
    calls: AtomicU32,
    /// Of how many requests one is answered by the proxy; 0: none.
    one_in: AtomicU32,
    words: Mutex<Vec<String>>,
    spoilt: AtomicU32,
}

impl Proxy {
    /// A proxy before the twins' server, that quotes these words.
    pub async fn start(target: String, words: Vec<String>) -> Proxy {
        let http = wire::client(wire::Reach::Anywhere).expect("a client");
        let state = Arc::new(Middle {
            target,
            http,
            calls: 0.into(),
            one_in: 0.into(),
            words: Mutex::new(words),
            spoilt: 0.into(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .fallback(answer)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Proxy { address, state }
    }

    /// From now on, one request in so many is answered by the proxy; 0: none.
    pub fn spoil_one_in(&self, requests: u32) {
        self.state.one_in.store(requests, Ordering::Relaxed);
    }

    /// How many it has answered itself.
    pub fn spoilt(&self) -> u32 {
        self.state.spoilt.load(Ordering::Relaxed)
    }
}

async fn answer(
    State(middle): State<Arc<Middle>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let one_in = middle.one_in.load(Ordering::Relaxed);
    if one_in > 0 {
        let call = middle.calls.fetch_add(1, Ordering::Relaxed);
        // A multiplier without a period that is short against the number of statuses.
        if (call.wrapping_mul(2_654_435_761) >> 16).is_multiple_of(one_in) {
            let spoilt = middle.spoilt.fetch_add(1, Ordering::Relaxed) as usize;
            return middle.instead(STATUSES[spoilt % STATUSES.len()], &headers, &body);
        }
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = middle.http.request(method, format!("{}{path}", middle.target)).body(body);
    for (name, value) in &headers {
        if name != header::HOST && name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            request = request.header(name, value);
        }
    }
    let Ok(given) = request.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers) = (given.status(), given.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    let Ok(bytes) = given.bytes().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    (status, headers, bytes).into_response()
}

impl Middle {
    /// An answer that quotes the request, its credentials, and every word.
    fn instead(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Response {
        let words = self.words.lock().expect("no panic").join(" ");
        let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let quoted = format!("{words} {shown} {}", String::from_utf8_lossy(body));
        let answer = json!({
            "message": quoted, "code": quoted, "status": status, "request_id": quoted, "token": [quoted],
            "errors": [{ "message": quoted, "code": quoted, "field": quoted }],
        });
        let code = StatusCode::from_u16(status).expect("a status");
        let kind = [("content-type", "application/json"), ("location", "http://169.254.169.254/")];
        match status {
            200 | 502 => (code, format!("<html><body>{quoted}</body></html>")).into_response(),
            429 | 503 => (code, [("retry-after", "30")], answer.to_string()).into_response(),
            _ => (code, kind, answer.to_string()).into_response(),
        }
    }
}
