//! A function's process under a Lambda Runtime API, which hands out events and takes results as Lambda
//! does, with what the process has used.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
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
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

/// How long an invocation may take: the poller's time-out on AWS, and a little more.
const INVOCATION: Duration = Duration::from_secs(60);

/// How long a process may take until it asks for an event.
const START: Duration = Duration::from_secs(30);

/// What a function made of an event: its result, or the error that it reported.
pub type Outcome = Result<Value, Value>;

type Waiters = Arc<Mutex<HashMap<String, oneshot::Sender<Outcome>>>>;

#[derive(Clone)]
struct Api {
    events: Arc<AsyncMutex<mpsc::Receiver<(String, Value)>>>,
    waiters: Waiters,
    asked: Arc<watch::Sender<Option<Instant>>>,
}

/// A function's process under its Runtime API; dropping it ends both.
pub struct Function {
    process: Child,
    begun: Instant,
    events: mpsc::Sender<(String, Value)>,
    api: Api,
    calls: AtomicU32,
    lines: Arc<Mutex<Vec<String>>>,
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
    /// Starts a function with this environment and nothing else of ours, as Lambda would.
    pub async fn start(program: &Path, environment: &[(&str, String)]) -> Function {
        Function::start_with(program, &[], environment).await
    }

    /// The same, with arguments.
    pub async fn start_with(program: &Path, arguments: &[&str], environment: &[(&str, String)]) -> Function {
        let (sender, events) = mpsc::channel(16);
        let events = Arc::new(AsyncMutex::new(events));
        let api = Api { events, waiters: Waiters::default(), asked: Arc::default() };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(api.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let begun = Instant::now();
        let mut process = Command::new(program)
            .args(arguments)
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
                kept.lock().expect("no panic").push(line);
            }
        });
        Function { process, begun, events: sender, api, calls: AtomicU32::new(0), lines }
    }

    /// How long it took from the start of the process until it first asked for an event.
    pub async fn started(&self) -> Duration {
        let mut asked = self.api.asked.subscribe();
        let asked = tokio::time::timeout(START, asked.wait_for(Option::is_some)).await;
        let asked = asked.expect("the function asks for an event").expect("the API is up");
        asked.map_or(Duration::ZERO, |at| at - self.begun)
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
        panic!("fewer than {count} lines with {needle}: {:#?}", self.lines());
    }

    /// What it has logged so far, as far as that has been read.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }

    /// Invokes the function.
    pub async fn invoke(&self, event: Value) -> Outcome {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (sender, outcome) = oneshot::channel();
        self.api.waiters.lock().expect("no panic").insert(id.clone(), sender);
        self.events.send((id, event)).await.expect("the API is up");
        let outcome = tokio::time::timeout(INVOCATION, outcome).await;
        outcome.expect("an outcome in time").expect("an outcome")
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
        if std::thread::panicking() {
            for line in self.lines() {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
        }
    }
}

async fn next(State(api): State<Api>) -> Response {
    api.asked.send_if_modified(|asked| asked.replace(asked.unwrap_or_else(Instant::now)).is_none());
    let Some((id, event)) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let ends = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + INVOCATION;
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
