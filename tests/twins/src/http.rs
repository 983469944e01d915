//! HTTP: requests as the twins see them, answers, faults on the way, and the listener.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::any;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::World;
use crate::faults::{At, Fault, Side};

/// Largest request body either API reads, in bytes.
pub const BODY_LIMIT: usize = 64 << 20;

/// Marks an answer that must not be given: [`serve`] closes the connection instead.
#[derive(Clone, Copy)]
struct NoAnswer;

/// One part of a `multipart/form-data` body.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// A request to one of the APIs, fully read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) side: Side,
    pub(crate) method: String,
    /// Path below `/api`, split and decoded; `None` outside of `/api`.
    pub(crate) segments: Option<Vec<String>>,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Parts of a multipart body: `None` for any other content type, `Err` when it is malformed.
    pub(crate) parts: Option<Result<Vec<Part>, String>>,
}

impl Call {
    async fn read(side: Side, path: String, request: Request) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY_LIMIT).await.ok()?;
        let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let parts = if content_type.is_some_and(|value| value.starts_with("multipart/form-data")) {
            Some(read_parts(head.headers.clone(), body.clone()).await)
        } else {
            None
        };
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        Some(Self {
            side,
            method: head.method.to_string(),
            segments: path
                .strip_prefix("api/")
                .map(|rest| rest.trim_end_matches('/').split('/').map(str::to_owned).collect()),
            path: format!("/{path}"),
            query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
            raw_query,
            headers: head.headers,
            body,
            parts,
        })
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// First value of a query parameter; an empty one counts as absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// All values of a query parameter, comma lists taken apart.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let values = self.query.iter().filter(|(key, _)| key == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value == "true" || value == "1")
    }
}

async fn read_parts(headers: HeaderMap, body: Bytes) -> Result<Vec<Part>, String> {
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = headers;
    DefaultBodyLimit::disable().apply(&mut request);
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|refused| refused.body_text())?;
    let mut parts = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(|failed| failed.body_text())? {
        parts.push(Part {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(str::to_owned),
            bytes: field.bytes().await.map_err(|failed| failed.body_text())?,
        });
    }
    Ok(parts)
}

/// An answer of one of the APIs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json;charset=UTF-8".into())],
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A file under its name, also where the name is not ASCII (RFC 5987).
    pub(crate) fn file(name: &str, bytes: &Bytes) -> Self {
        let plain: String = name
            .chars()
            .map(|letter| if letter.is_ascii_graphic() && !"\"\\".contains(letter) { letter } else { '_' })
            .collect();
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let encoded = encoded.replace('+', "%20");
        let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        Self {
            status: 200,
            headers: vec![
                ("content-type", "application/octet-stream".into()),
                ("content-disposition", disposition),
            ],
            body: bytes.to_vec(),
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn no_answer() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(NoAnswer);
    response
}

/// The routes of both APIs.
pub(crate) fn apis(world: World) -> axum::Router {
    let empikplace = |State(world): State<World>, Path(path): Path<String>, request: Request| {
        receive(world, Side::Empikplace, path, request)
    };
    let thulium = |State(world): State<World>, Path(path): Path<String>, request: Request| {
        receive(world, Side::Thulium, path, request)
    };
    axum::Router::new()
        .route("/empikplace/{*path}", any(empikplace))
        .route("/thulium/{*path}", any(thulium))
        .with_state(world)
}

impl World {
    /// One request to either API without a connection: `/empikplace/api/...` or `/thulium/api/...`.
    /// `None`: a fault demands that no answer is given, or no API stands at the address.
    pub async fn exchange(&self, request: Request) -> Option<Response> {
        let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8().ok()?;
        let (side, path) = match path.strip_prefix("/empikplace/") {
            Some(rest) => (Side::Empikplace, rest.to_owned()),
            None => (Side::Thulium, path.strip_prefix("/thulium/")?.to_owned()),
        };
        let call = Call::read(side, path, request).await?;
        let answer = answer(self.clone(), call).await;
        answer.extensions().get::<NoAnswer>().is_none().then_some(answer)
    }
}

/// One request. Once it is read, it takes effect even if the client has gone away meanwhile.
async fn receive(world: World, side: Side, path: String, request: Request) -> Response {
    let Some(call) = Call::read(side, path, request).await else {
        return Reply::empty(413).into_response();
    };
    tokio::spawn(answer(world, call)).await.unwrap_or_else(|_| no_answer())
}

/// From reception to answer, with whatever goes wrong on the way.
async fn answer(world: World, call: Call) -> Response {
    let side = call.side;
    let (operation, latency, fault) = world.receive(&call);
    pause(latency).await;
    let number = operation.number;
    let apply = || world.apply(&call, &operation);
    let reply = match fault {
        None => apply(),
        Some(Fault::Refuse) => {
            world.answered(number, None);
            return no_answer();
        }
        Some(Fault::LostAnswer) => {
            apply();
            world.answered(number, None);
            return no_answer();
        }
        Some(Fault::Slow { ms, at: At::Before }) => {
            pause(ms).await;
            apply()
        }
        Some(Fault::Slow { ms, at: At::After }) => {
            let reply = apply();
            pause(ms).await;
            reply
        }
        Some(Fault::Status { code, retry_after, at }) => {
            if at == At::After {
                apply();
            }
            let reply = world.injected(side, code);
            match retry_after {
                Some(seconds) => reply.with_header("retry-after", seconds),
                None => reply,
            }
        }
        Some(Fault::GarbageBody) => Reply { body: b"<html><body>proxy".to_vec(), ..apply() },
    };
    world.answered(number, Some(reply.status));
    // The world's time, not that of the machine it runs on.
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&world.now());
    match date {
        Ok(date) => reply.with_header("date", date).into_response(),
        Err(_) => reply.into_response(),
    }
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("closed without an answer, as a fault demands")]
struct Closed;

/// Serves both APIs and the control API on `listener` and delivers webhook calls, for ever.
/// Dropping the future closes every connection.
///
/// Faults that give no answer need this listener: under another one, [`World::router`] answers
/// them with 502.
///
/// # Errors
/// None at present; a connection that cannot be accepted is passed over.
pub async fn serve(world: World, listener: TcpListener) -> io::Result<()> {
    let router = TowerToHyperService::new(world.router());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut calls = JoinSet::new();
        loop {
            for call in world.take_due_webhooks() {
                let world = world.clone();
                calls.spawn(async move { world.deliver(call).await });
            }
            while calls.try_join_next().is_some() {}
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    loop {
        while tasks.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // A small answer must not wait for an acknowledgement.
        stream.set_nodelay(true).ok();
        let router = router.clone();
        let service = hyper::service::service_fn(move |request| {
            let answer = hyper::service::Service::call(&router, request);
            async move {
                let answer: Result<Response, Infallible> = answer.await;
                match answer {
                    Ok(answer) if answer.extensions().get::<NoAnswer>().is_some() => Err(Closed),
                    Ok(answer) => Ok(answer),
                    Err(never) => match never {},
                }
            }
        });
        tasks.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            // Ends in an error when a fault closes it or the client goes away: neither matters here.
            connection.serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

/// A world being served on a port of its own; dropping it ends the service.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Serves `world` on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(world: World) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, task: tokio::spawn(serve(world, listener)) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL of EmpikPlace: append `/api/...`.
    #[must_use]
    pub fn empikplace(&self) -> String {
        format!("http://{}/empikplace", self.address)
    }

    /// Base URL of Thulium: append `/api/...`.
    #[must_use]
    pub fn thulium(&self) -> String {
        format!("http://{}/thulium", self.address)
    }

    /// Base URL of the control API.
    #[must_use]
    pub fn control(&self) -> String {
        format!("http://{}/control", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
