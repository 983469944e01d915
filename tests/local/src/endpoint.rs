//! The callback's address: real HTTP on one side, a Function URL's payload (format 2.0) on the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// Largest body that a Function URL passes on, in bytes.
const BODY_LIMIT: usize = 6 << 20;

/// What answers a payload with a response, both in their JSON form.
pub type Function = Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Value> + Send>> + Send + Sync>;

/// Serves `function` on `listener`, for ever.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, function: Function) -> std::io::Result<()> {
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(function);
    axum::serve(listener, router).await
}

async fn answer(
    State(function): State<Function>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    response(&function(payload(&method, &uri, &headers, &body)).await)
}

/// The payload as AWS builds it: header names in lower case, values of one name joined by commas, the
/// body in base64 where its type is not text.
fn payload(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Value {
    let mut shown = Map::new();
    for name in headers.keys() {
        let values: Vec<&str> =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        shown.insert(name.as_str().to_owned(), values.join(",").into());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = ["text/", "application/json", "application/xml", "application/javascript"]
        .iter()
        .any(|text| kind.starts_with(text));
    let text = std::str::from_utf8(body).ok().filter(|_| is_text);
    let encoded = text.is_none() && !body.is_empty();
    let body = match text {
        Some(text) => json!(text),
        None if body.is_empty() => Value::Null,
        None => json!(STANDARD.encode(body)),
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let now = Timestamp::now();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": shown,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": agent,
            },
            "requestId": now.as_nanosecond().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": encoded,
    })
}

/// What a Function URL makes of a function's response.
fn response(answer: &Value) -> Response {
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).unwrap_or_default(),
        _ => body.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = answer["statusCode"]
        .as_u64()
        .and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok())
        .unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = header::HeaderName::try_from(name.as_str()).ok();
        let value = value.as_str().and_then(|value| value.parse().ok());
        if let (Some(name), Some(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, body: &'static [u8]) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().expect("a value"));
        let uri = "/shop-a?x=1".parse().expect("a URI");
        payload(&Method::POST, &uri, &headers, &Bytes::from_static(body))
    }

    #[test]
    fn forms_come_in_base64_and_json_as_text() {
        let form = of("application/x-www-form-urlencoded", b"ticket_id=7");
        assert_eq!(form["body"], "dGlja2V0X2lkPTc=");
        assert_eq!(form["isBase64Encoded"], true);
        assert_eq!(form["rawPath"], "/shop-a");
        let json = of("application/json", b"{\"ticket_id\":7}");
        assert_eq!(json["body"], "{\"ticket_id\":7}");
        assert_eq!(json["isBase64Encoded"], false);
    }

    #[test]
    fn bytes_that_are_no_text_survive() {
        let odd = of("text/plain", b"\xff\xfe");
        assert_eq!(odd["isBase64Encoded"], true);
        assert_eq!(STANDARD.decode(odd["body"].as_str().expect("text")).expect("base64"), b"\xff\xfe");
    }

    #[test]
    fn an_answer_without_a_status_is_a_bad_gateway() {
        assert_eq!(response(&json!({})).status(), StatusCode::BAD_GATEWAY);
        assert_eq!(response(&json!({ "statusCode": 204 })).status(), StatusCode::NO_CONTENT);
    }
}
