//! AWS on this machine, for `empikctl --local`: one address behind which stand the database, the
//! secrets, and the log lines of the bridge, each by the API that AWS has for it.
//!
//! Whoever calls signs with the key that only the owner of the bridge can read; the signature itself
//! is not checked, since both ends of the connection are on this machine.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bridge::failure::Failure;
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use runtime::Secrets;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// What stands before an integration's id in the name of its secret.
pub(crate) const PREFIX: &str = "bridge/";

/// The name of the log group.
pub(crate) const LOG_GROUP: &str = "bridge";

/// Log lines that are kept.
const KEPT: usize = 20_000;

/// Log lines of one answer.
const PAGE: usize = 1_000;

/// Largest request that DynamoDB takes, in bytes.
const BODY_LIMIT: usize = 16 << 20;

/// Secrets that never touch a disk.
#[derive(Default)]
pub(crate) struct InMemory(Mutex<HashMap<IntegrationId, SecretString>>);

impl InMemory {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<IntegrationId, SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Secrets for InMemory {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        Ok(self.lock().get(id).cloned())
    }

    fn name(&self, id: &IntegrationId) -> String {
        id.to_string()
    }
}

/// The last log lines, oldest first. A clone is a handle on the same.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// How many there have been; the number of a line is its place among all.
    count: u64,
    lines: VecDeque<(Timestamp, String)>,
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").field("lines", &self.lock().lines.len()).finish()
    }
}

impl Logs {
    /// Takes down what the bridge logs, in the form in which the functions log it.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        runtime::telemetry::lines(self.clone()).with_filter(runtime::telemetry::filter(None))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers `FilterLogEvents`, without a pattern.
    fn filtered(&self, request: &Value) -> Value {
        let kept = self.lock();
        let from = request["startTime"].as_i64().unwrap_or_default();
        let first = kept.count - kept.lines.len() as u64;
        let after = request["nextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or_default();
        let numbered = (first..).zip(&kept.lines);
        let mut wanted =
            numbered.filter(|(number, (at, _))| *number >= after && at.as_millisecond() >= from).peekable();
        let events: Vec<Value> = wanted
            .by_ref()
            .take(PAGE)
            .map(|(number, (at, line))| {
                let at = at.as_millisecond();
                json!({ "eventId": number.to_string(), "timestamp": at, "ingestionTime": at,
                    "logStreamName": LOG_GROUP, "message": line })
            })
            .collect();
        let next = wanted.peek().map(|(number, _)| number.to_string());
        json!({ "events": events, "nextToken": next, "searchedLogStreams": [] })
    }
}

impl io::Write for Logs {
    /// Takes a line as a whole, as they are written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.lock();
        let line = String::from_utf8_lossy(bytes).trim_end().to_owned();
        kept.lines.push_back((Timestamp::now(), line));
        kept.count += 1;
        if kept.lines.len() > KEPT {
            kept.lines.pop_front();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Logs;

    fn make_writer(&self) -> Logs {
        self.clone()
    }
}

/// The running service; dropping it ends it.
pub(crate) struct Aws {
    address: SocketAddr,
    key: String,
    task: JoinHandle<io::Result<()>>,
}

/// What stands behind the address.
struct Behind {
    key: String,
    database: String,
    secrets: Arc<InMemory>,
    logs: Logs,
    http: reqwest::Client,
}

impl Aws {
    /// Serves the database at this address, these secrets and these lines.
    pub(crate) async fn start(database: String, secrets: Arc<InMemory>, logs: Logs) -> anyhow::Result<Aws> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut bytes = [0_u8; 24];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let http = wire::client(wire::Reach::Anywhere)?;
        let behind = Arc::new(Behind { key: key.clone(), database, secrets, logs, http });
        let router =
            Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(behind);
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Aws { address, key, task })
    }

    /// Its base URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key that callers sign with, as its own id.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(behind): State<Arc<Behind>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header("authorization").contains(&format!("Credential={}/", behind.key)) {
        return refused(StatusCode::FORBIDDEN, "UnrecognizedClientException");
    }
    let target = header("x-amz-target");
    if target.starts_with("DynamoDB_") {
        return behind.forwarded(target, body).await;
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (target, request["logGroupName"].as_str()) {
        ("Logs_20140328.FilterLogEvents", Some(LOG_GROUP)) => done(&behind.logs.filtered(&request)),
        ("Logs_20140328.FilterLogEvents", _) => refused(StatusCode::BAD_REQUEST, "ResourceNotFoundException"),
        _ => behind.secret(target, &request),
    }
}

impl Behind {
    async fn forwarded(&self, target: &str, body: Bytes) -> Response {
        let request = self
            .http
            .post(&self.database)
            .header("x-amz-target", target)
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            // The emulator wants a request that is signed, by whomever.
            .header(header::AUTHORIZATION, "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
            .header("x-amz-date", "20260101T000000Z")
            .body(body);
        let sent = async {
            let answer = request.send().await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        match sent.await {
            Ok((status, body)) => response(status, Body::from(body)),
            Err(_) => refused(StatusCode::BAD_GATEWAY, "InternalServerError"),
        }
    }

    /// The three calls that `empikctl` makes.
    fn secret(&self, target: &str, request: &Value) -> Response {
        let text = |key: &str| request[key].as_str().unwrap_or_default();
        let id = |key: &str| text(key).strip_prefix(PREFIX)?.parse::<IntegrationId>().ok();
        let mut secrets = self.secrets.lock();
        let given = SecretString::from(text("SecretString"));
        match target {
            "secretsmanager.GetSecretValue" => match id("SecretId").and_then(|id| secrets.get(&id)) {
                Some(secret) => done(&json!({ "SecretString": secret.expose_secret() })),
                None => refused(StatusCode::BAD_REQUEST, "ResourceNotFoundException"),
            },
            "secretsmanager.PutSecretValue" => match id("SecretId").and_then(|id| secrets.get_mut(&id)) {
                Some(secret) => {
                    *secret = given;
                    done(&json!({}))
                }
                None => refused(StatusCode::BAD_REQUEST, "ResourceNotFoundException"),
            },
            "secretsmanager.CreateSecret" => match id("Name") {
                Some(id) => {
                    secrets.insert(id, given);
                    done(&json!({}))
                }
                None => refused(StatusCode::BAD_REQUEST, "InvalidParameterException"),
            },
            _ => refused(StatusCode::BAD_REQUEST, "UnknownOperationException"),
        }
    }
}

fn done(value: &Value) -> Response {
    response(StatusCode::OK, Body::from(value.to_string()))
}

fn refused(status: StatusCode, code: &str) -> Response {
    response(status, Body::from(json!({ "__type": code }).to_string()))
}

fn response(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
