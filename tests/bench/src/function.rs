//! A function's process under a Lambda Runtime API, with what the process has used.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot};

/// How long an invocation may take, in seconds.
const INVOCATION: u64 = 300;

#[derive(Clone)]
struct Api {
    events: Arc<AsyncMutex<mpsc::Receiver<Value>>>,
    waiter: Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>,
    asked: Arc<Mutex<Option<Instant>>>,
    ready: Arc<Notify>,
}

/// A running function; dropping it ends its process.
pub struct Function {
    process: Child,
    events: mpsc::Sender<Value>,
    api: Api,
    /// From the start of the process until it first asked for an event.
    pub start: Duration,
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Time on a processor, in milliseconds, of all its threads that still live.
    pub cpu_ms: f64,
    /// Memory now, in MiB.
    pub memory: f64,
    /// The most memory it ever had, in MiB.
    pub peak: f64,
}

impl Function {
    /// Starts a program with this environment and nothing else, and waits until it asks for an event.
    pub async fn start(program: &Path, arguments: &[&str], environment: &[(&str, String)]) -> Function {
        let (sender, events) = mpsc::channel(1);
        let api = Api {
            events: Arc::new(AsyncMutex::new(events)),
            waiter: Arc::default(),
            asked: Arc::default(),
            ready: Arc::default(),
        };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(outcome))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(outcome))
            .with_state(api.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let begun = Instant::now();
        let process = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment.iter().map(|(key, value)| (*key, value.as_str())))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the function starts");
        let ready = tokio::time::timeout(Duration::from_secs(20), api.ready.notified()).await;
        ready.expect("the function asks for an event");
        let asked = api.asked.lock().expect("no panic").expect("it has asked");
        Function { process, events: sender, api, start: asked - begun }
    }

    /// Invokes the function: its result, and how long it took.
    pub async fn invoke(&self, event: Value) -> (Value, Duration) {
        let (sender, answer) = oneshot::channel();
        self.api.waiter.lock().expect("no panic").insert(ID.into(), sender);
        let begun = Instant::now();
        self.events.send(event).await.expect("the API is up");
        let answer = tokio::time::timeout(Duration::from_secs(INVOCATION + 5), answer).await;
        (answer.expect("an answer in time").expect("an answer"), begun.elapsed())
    }

    /// What its process has used so far.
    pub fn used(&self) -> Used {
        let folder = format!("/proc/{}", self.process.id());
        let status = std::fs::read_to_string(format!("{folder}/status")).expect("its status");
        let mib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("a line of its status");
            line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
        };
        let tasks = std::fs::read_dir(format!("{folder}/task")).expect("its threads");
        let spent = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        });
        Used { cpu_ms: spent.sum::<f64>() / 1e6, memory: mib("VmRSS:"), peak: mib("VmHWM:") }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One event at a time, so that all may bear the same id.
const ID: &str = "00000000-0000-4000-8000-000000000001";

async fn next(State(api): State<Api>) -> Response {
    api.asked.lock().expect("no panic").get_or_insert_with(Instant::now);
    api.ready.notify_one();
    let Some(event) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let ends =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + Duration::from_secs(INVOCATION);
    let headers = [
        ("lambda-runtime-aws-request-id", ID.to_owned()),
        ("lambda-runtime-deadline-ms", ends.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:0:function:bridge".into()),
    ];
    (headers, event.to_string()).into_response()
}

async fn outcome(State(api): State<Api>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    if let Some(waiter) = api.waiter.lock().expect("no panic").remove(&id) {
        let _ = waiter.send(serde_json::from_slice(&body).unwrap_or_default());
    }
    StatusCode::ACCEPTED
}
