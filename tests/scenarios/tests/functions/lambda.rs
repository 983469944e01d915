//! A Lambda Runtime API for one function: it hands out events and takes results, as Lambda does.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// What a function made of an event: its result, or the error that it reported.
pub type Outcome = Result<Value, Value>;

type Waiters = Arc<Mutex<HashMap<String, oneshot::Sender<Outcome>>>>;

#[derive(Clone)]
struct Api {
    events: Arc<AsyncMutex<mpsc::Receiver<(String, Value)>>>,
    waiters: Waiters,
}

/// A function's process under its Runtime API; dropping it ends both.
pub struct Function {
    process: Child,
    events: mpsc::Sender<(String, Value)>,
    waiters: Waiters,
    calls: std::sync::atomic::AtomicU32,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Function {
    /// Starts a function with this environment and nothing else of ours, as Lambda would.
    pub async fn start(binary: &Path, environment: &[(&str, String)]) -> Function {
        let (sender, events) = mpsc::channel(16);
        let waiters = Waiters::default();
        let api = Api { events: Arc::new(AsyncMutex::new(events)), waiters: waiters.clone() };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(api);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let mut process = Command::new(binary)
            .env_clear()
            .envs(environment.iter().map(|(key, value)| (*key, value.as_str())))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the function starts");
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let output = BufReader::new(process.stdout.take().expect("an output"));
        let kept = lines.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = writeln!(std::io::stdout(), "{line}");
                kept.lock().expect("no panic").push(line);
            }
        });
        Function { process, events: sender, waiters, calls: 0.into(), lines }
    }

    /// What it has logged since the last call, as soon as `count` lines hold `needle`.
    pub async fn logged(&self, needle: &str, count: usize) -> Vec<String> {
        for _ in 0..600 {
            {
                let mut lines = self.lines.lock().expect("no panic");
                if lines.iter().filter(|line| line.contains(needle)).count() >= count {
                    return std::mem::take(&mut *lines);
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("fewer than {count} lines with {needle}: {:#?}", self.lines.lock().expect("no panic"));
    }

    /// What it has logged so far, as far as that has been read.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }

    /// Invokes the function.
    pub async fn invoke(&self, event: Value) -> Outcome {
        let number = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (sender, outcome) = oneshot::channel();
        self.waiters.lock().expect("no panic").insert(id.clone(), sender);
        self.events.send((id, event)).await.expect("the API is up");
        let outcome = tokio::time::timeout(Duration::from_secs(60), outcome).await;
        outcome.expect("an outcome in time").expect("an outcome")
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn next(State(api): State<Api>) -> Response {
    let Some((id, event)) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let ends = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + Duration::from_secs(60);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", ends.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:bridge".into(),
        ),
    ];
    (headers, event.to_string()).into_response()
}

async fn response(State(api): State<Api>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Ok(serde_json::from_slice(&body).expect("a JSON result")))
}

async fn error(State(api): State<Api>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Err(serde_json::from_slice(&body).expect("a JSON error")))
}

fn settle(api: &Api, id: &str, outcome: Outcome) -> StatusCode {
    if let Some(waiter) = api.waiters.lock().expect("no panic").remove(id) {
        let _ = waiter.send(outcome);
    }
    StatusCode::ACCEPTED
}
