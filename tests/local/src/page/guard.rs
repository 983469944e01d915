//! Who may use the page: a browser on this machine, from the page itself.
//!
//! The page listens on the loopback only, but any site that is open in the same browser can send
//! requests there, and by DNS rebinding under a name of its own. So every request must name one of
//! the page's own addresses as its host, and everything that changes something must come from there.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What a browser may do with the page: nothing but show it, with its own style and script.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: that would make the origin of the page's own forms `null`.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The address the page listens on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard(pub(crate) SocketAddr);

impl Guard {
    /// Why a request is refused, if it is.
    fn refusal(self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let host = text(header::HOST).filter(|host| self.is_own(host));
        let Some(host) = host else {
            return Some("this page answers only under its own address");
        };
        if matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let own = text(header::ORIGIN).and_then(|origin| origin.strip_prefix("http://")) == Some(host);
        (!own).then_some("this was not sent from the page itself")
    }

    fn is_own(self, host: &str) -> bool {
        let port = self.0.port();
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(host))
    }
}

/// Refuses what does not come from the page, and tells the browser what it may do with the answer.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.refusal(request.method(), request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, format!("{why}\n")).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, host: &str, origin: Option<&str>) -> bool {
        let guard = Guard(([127, 0, 0, 1], 4000).into());
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a value"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a value"));
        }
        guard.refusal(&method, &headers).is_some()
    }

    #[test]
    fn only_the_own_host_is_answered() {
        for host in ["127.0.0.1:4000", "localhost:4000", "LOCALHOST:4000", "[::1]:4000"] {
            assert!(!refused(Method::GET, host, None), "{host}");
        }
        for host in ["evil.example:4000", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:4000", ""] {
            assert!(refused(Method::GET, host, None), "{host}");
        }
    }

    #[test]
    fn only_the_own_origin_changes_anything() {
        let host = "127.0.0.1:4000";
        assert!(!refused(Method::POST, host, Some("http://127.0.0.1:4000")));
        let foreign = ["http://evil.example", "null", "https://127.0.0.1:4000", "http://127.0.0.1:4001"];
        for origin in foreign {
            assert!(refused(Method::POST, host, Some(origin)), "{origin}");
        }
        assert!(refused(Method::POST, host, None), "a form of a browser always names its origin");
        assert!(refused(Method::POST, host, Some("http://localhost:4000")), "another name is another site");
        assert!(refused(Method::DELETE, host, None));
    }
}
