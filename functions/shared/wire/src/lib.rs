//! One HTTP exchange: addressed, bounded in time and size, and reported as it was observed.
//!
//! Both API clients go through [`Wire::send`]. It never repeats a request, never follows a
//! redirect, reads at most as many bytes as the caller allows, and tells a request that did not
//! leave from one that may have been received.

mod address;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bridge::failure::{Class, Effect, Failure, Outcome, Remark, Side};
use reqwest::header::{CONTENT_DISPOSITION, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use url::{Origin, Url};

pub use address::{AddressError, Reach, base_url};
pub use tls::{ClientError, builder};

/// Time for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for a whole exchange that carries JSON.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Time for a whole exchange that carries a file.
pub const FILE_TIMEOUT: Duration = Duration::from_secs(60);

/// Largest JSON answer that is read, in bytes.
pub const JSON_LIMIT: usize = 32 << 20;

/// Longest error body that is looked at, in bytes.
const ERROR_LIMIT: usize = 64 << 10;

/// The HTTP client of both systems: as [`builder`] says, and with [`Reach::Public`] no address that is
/// not on the public internet.
///
/// # Errors
/// When the TLS back end cannot be set up.
pub fn client(reach: Reach) -> Result<reqwest::Client, ClientError> {
    let builder = builder()?.connect_timeout(CONNECT_TIMEOUT).pool_idle_timeout(Duration::from_secs(50));
    let builder = match reach {
        Reach::Public => builder.https_only(true).dns_resolver(address::PublicOnly),
        Reach::Anywhere => builder,
    };
    Ok(builder.build()?)
}

/// What takes a request to the other side in place of a connection, where that side is in the same
/// process.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Brings a request there and its answer back.
    ///
    /// # Errors
    /// [`Outcome::NotSent`] or [`Outcome::NoAnswer`], as a connection would have ended.
    async fn carry(&self, request: reqwest::Request) -> Result<reqwest::Response, Outcome>;
}

/// The calls of one integration to one side.
pub struct Wire {
    side: Side,
    calls: AtomicU32,
    origin: Origin,
    carrier: Option<Arc<dyn Carrier>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("side", &self.side).field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// A 2xx answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Which 2xx status it was.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty where there was none.
    pub body: Vec<u8>,
}

/// Reads an error body: the side's error codes, its request id and its words.
pub type ReadError = fn(&[u8]) -> Told;

/// What an error body tells.
#[derive(Debug, Default)]
pub struct Told {
    /// Stable codes, as they stand there: [`Failure::naming`] keeps what is one.
    pub codes: Vec<String>,
    /// The side's id of the request.
    pub request_id: Option<String>,
    /// Free text; kept out of logs.
    pub message: String,
}

/// One request, ready to go.
#[derive(Debug)]
pub struct Call {
    /// Endpoint code or method and path pattern, for errors and logs.
    pub operation: &'static str,
    /// Whether the call can change anything.
    pub effect: Effect,
    /// The request; its time-out is set by [`Wire::send`].
    pub request: RequestBuilder,
    /// Time for the whole exchange.
    pub timeout: Duration,
    /// Largest body that is read, in bytes.
    pub limit: usize,
}

impl Call {
    /// A call with the time and size limits of a JSON exchange.
    pub fn json(operation: &'static str, effect: Effect, request: RequestBuilder) -> Call {
        Call { operation, effect, request, timeout: CALL_TIMEOUT, limit: JSON_LIMIT }
    }

    /// A call with the time limit of a file transfer that reads at most `limit` bytes.
    pub fn file(operation: &'static str, effect: Effect, request: RequestBuilder, limit: usize) -> Call {
        Call { operation, effect, request, timeout: FILE_TIMEOUT, limit }
    }
}

impl Wire {
    /// A counter and reporter for one side, which is at `base` in the settings: no request goes
    /// anywhere else, whatever an answer or a message names.
    pub fn new(side: Side, base: &Url) -> Wire {
        Wire { side, calls: AtomicU32::new(0), origin: base.origin(), carrier: None }
    }

    /// The same, over a carrier instead of connections.
    pub fn over(self, carrier: Arc<dyn Carrier>) -> Wire {
        Wire { carrier: Some(carrier), ..self }
    }

    /// How many requests were sent so far.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends the request once.
    ///
    /// # Errors
    /// A classified [`Failure`]: not sent, refused, no answer, or an answer that could not be read.
    pub async fn send(&self, call: Call, read_error: ReadError) -> Result<Answer, Failure> {
        let Call { operation, effect, request, timeout, limit } = call;
        let fail = |outcome| Failure::new(self.side, operation, effect, outcome);
        let (client, request) = request.timeout(timeout).build_split();
        let Ok(request) = request else {
            return Err(fail(Outcome::NotSent));
        };
        if request.url().origin() != self.origin {
            let mut failure = fail(Outcome::NotSent).because("the address is not the one in the settings");
            failure.class = Class::Permanent;
            return Err(failure);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let sent = match &self.carrier {
            None => client.execute(request).await,
            Some(carrier) => Ok(carrier.carry(request).await.map_err(fail)?),
        };
        let response = match sent {
            Ok(response) => response,
            Err(error) if address::was_refused(&error) => {
                return Err(fail(Outcome::NotSent).because("the address is not public"));
            }
            // A connection that was never made carried nothing; anything later may have arrived.
            Err(error) if error.is_connect() || error.is_builder() => {
                return Err(fail(Outcome::NotSent));
            }
            Err(_) => return Err(fail(Outcome::NoAnswer)),
        };
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry_after(response.headers());
            let told = read(response, ERROR_LIMIT).await.map(|body| read_error(&body)).unwrap_or_default();
            let outcome = Outcome::Refused { status: status.as_u16(), retry_after };
            let mut failure = fail(outcome).naming(told.codes, told.request_id);
            failure.remark = Remark::new(&told.message);
            return Err(failure);
        }
        let headers = response.headers().clone();
        let body = if status == StatusCode::NO_CONTENT {
            Vec::new()
        } else {
            read(response, limit).await.map_err(|cut| match cut {
                Cut::TooLarge => fail(Outcome::Undecodable).because(TOO_LARGE),
                Cut::Broken => fail(Outcome::NoAnswer),
            })?
        };
        Ok(Answer { status, headers, body })
    }

    /// A failure for a 2xx answer whose body is not of the documented shape.
    pub fn undecodable(&self, operation: &'static str, effect: Effect) -> Failure {
        Failure::new(self.side, operation, effect, Outcome::Undecodable)
    }
}

/// The [`Failure::detail`] of an answer that was larger than the caller's limit.
pub const TOO_LARGE: &str = "the answer is larger than the limit";

enum Cut {
    TooLarge,
    Broken,
}

async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Cut> {
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(Cut::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Cut::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Cut::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Retry-After` in whole seconds. The date form is not used by either API and is ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The file name in `Content-Disposition`, in its RFC 5987 (`filename*`) or plain form.
pub fn file_name(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(CONTENT_DISPOSITION)?.as_bytes()).into_owned();
    let mut plain = None;
    for part in split_parameters(&value) {
        let Some((key, raw)) = part.split_once('=') else {
            continue;
        };
        let raw = raw.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded = raw.trim_matches('"').rsplit('\'').next().unwrap_or_default();
                let name = percent_decode(encoded);
                if !name.is_empty() {
                    return Some(name);
                }
            }
            "filename" => plain = Some(raw.trim_matches('"').replace("\\\"", "\"")),
            _ => {}
        }
    }
    plain.filter(|name| !name.is_empty())
}

fn split_parameters(value: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

fn percent_decode(text: &str) -> String {
    url::form_urlencoded::parse(format!("v={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn an_inner_address_behind_a_name_is_told_as_the_reason() {
        let request = client(Reach::Public).expect("a client").get("https://localhost:1/");
        let base = Url::parse("https://localhost:1").expect("a URL");
        let failure = Wire::new(Side::Thulium, &base)
            .send(Call::json("GET x", Effect::Write, request), |_| Told::default())
            .await
            .expect_err("refused");
        assert_eq!(failure.outcome, Outcome::NotSent);
        assert_eq!(failure.detail, Some("the address is not public"));
    }

    /// Answers every connection with these pieces, the last of them after a pause; the requests.
    async fn side(pieces: &'static [&'static [u8]], pause: Duration) -> (Url, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = seen.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 64 << 10];
                    let length = stream.read(&mut buffer).await.unwrap_or_default();
                    let text = String::from_utf8_lossy(&buffer[..length]).to_ascii_lowercase();
                    seen.lock().expect("no panic").push(text);
                    let (last, first) = pieces.split_last().expect("pieces");
                    for piece in first {
                        let _ = stream.write_all(piece).await;
                    }
                    tokio::time::sleep(pause).await;
                    let _ = stream.write_all(last).await;
                });
            }
        });
        (Url::parse(&base).expect("a URL"), requests)
    }

    async fn ask(base: &Url, target: &str, timeout: Duration, limit: usize) -> Result<Answer, Failure> {
        let request = client(Reach::Anywhere).expect("a client").get(target);
        let call = Call { operation: "GET x", effect: Effect::Read, request, timeout, limit };
        Wire::new(Side::Thulium, base).send(call, |_| Told::default()).await
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn nothing_goes_anywhere_but_to_the_address_in_the_settings() {
        let answer: &[&[u8]] = &[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"];
        let (base, _) = side(answer, Duration::ZERO).await;
        let (other, seen) = side(answer, Duration::ZERO).await;
        assert!(ask(&base, base.as_str(), LONG, 10).await.is_ok());
        let failure = ask(&base, other.as_str(), LONG, 10).await.expect_err("refused");
        assert_eq!((failure.outcome, failure.class), (Outcome::NotSent, Class::Permanent));
        for target in ["https://169.254.169.254/", "http://user@127.0.0.1/", "file:///etc/passwd"] {
            assert!(ask(&base, target, LONG, 10).await.is_err(), "{target}");
        }
        assert!(seen.lock().expect("no panic").is_empty());
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let (other, seen) = side(&[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"], Duration::ZERO).await;
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: {other}x\r\ncontent-length: 0\r\n\r\n");
        let answer: &'static [&'static [u8]] = Box::leak(Box::new([answer.leak().as_bytes()]));
        let (base, asked) = side(answer, Duration::ZERO).await;
        let failure = ask(&base, base.as_str(), LONG, 10).await.expect_err("refused");
        assert_eq!((failure.status(), failure.class), (Some(302), Class::Permanent));
        assert_eq!(asked.lock().expect("no panic").len(), 1);
        assert!(seen.lock().expect("no panic").is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_is_left_at_the_time_limit() {
        for pieces in [
            &[b"HTTP/1.1 200 OK\r\n" as &[u8], b"content-length: 2\r\n\r\n{}"] as &[&[u8]],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{", b"}"],
        ] {
            let (base, _) = side(pieces, LONG).await;
            let failure = ask(&base, base.as_str(), Duration::from_millis(300), 10).await.expect_err("late");
            assert_eq!(failure.outcome, Outcome::NoAnswer);
        }
    }

    /// A body that would be large once decompressed stays as it came, and no side is asked for one.
    #[tokio::test]
    async fn nothing_is_decompressed() {
        // 20 bytes that gzip makes of nothing.
        let pieces: &[&[u8]] = &[
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\n",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
        ];
        let (base, seen) = side(pieces, Duration::ZERO).await;
        let answer = ask(&base, base.as_str(), LONG, 20).await.expect("an answer");
        assert_eq!((answer.body.len(), &answer.body[..2]), (20, &b"\x1f\x8b"[..]));
        assert!(!seen.lock().expect("no panic")[0].contains("accept-encoding"));
    }

    fn named(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_bytes(value).expect("a header value"));
        file_name(&headers)
    }

    #[test]
    fn file_names_are_read_in_every_form() {
        assert_eq!(named(b"attachment; filename=\"a;b.pdf\"").as_deref(), Some("a;b.pdf"));
        assert_eq!(named(b"attachment; filename=plain.txt").as_deref(), Some("plain.txt"));
        assert_eq!(
            named(b"attachment; filename=\"x.pdf\"; filename*=UTF-8''za%C5%BC%C3%B3%C5%82%C4%87+1.pdf")
                .as_deref(),
            Some("zażółć+1.pdf")
        );
        assert_eq!(named("attachment; filename=\"żółw.png\"".as_bytes()).as_deref(), Some("żółw.png"));
        assert_eq!(named(b"attachment"), None);
        assert_eq!(named(b"inline; filename=\"\""), None);
    }
}
