//! The page of the local stack: both sides of the bridge, and the bridge between them, in one browser
//! window. It is served with the twins only, on the loopback only; with real accounts there is no
//! page, since it lets anybody who can open it write as a buyer.
//!
//! Plain HTML, rendered here: it can be read and its forms can be sent without a script. The script
//! adds live updates and spares the reload after a form.

mod acts;
mod at;
mod driver;
mod faults;
mod feed;
mod guard;
mod live;
mod model;
mod view;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bridge::settings::Settings;
use jiff::Timestamp;
use maud::Markup;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use twins::StoredFile;

use crate::stack::Stack;
use acts::Typed;
use at::At;
use driver::Driver;
use faults::Switch;
pub use feed::Feed;
use guard::Guard;
use live::Live;
use model::{Model, Seen};
use view::{Faults, View};
use words::{Language, Words};

/// How a page is set up.
pub struct PageOptions {
    /// The stack it shows.
    pub stack: Arc<Stack>,
    /// The integration it shows, as stored.
    pub settings: Settings,
    /// What the bridge logs.
    pub feed: Feed,
    /// When the bridge was switched on: what was written before need not be in a ticket.
    pub since: Timestamp,
    /// Port of the page; 0 takes a free one.
    pub port: u16,
    /// How long it is between two ticks.
    pub pause: Duration,
}

/// A page that is being served, and the bridge that ticks under it. Dropping it ends both.
pub struct Page {
    inner: Arc<Inner>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

/// What every request shares.
struct Inner {
    stack: Arc<Stack>,
    settings: Settings,
    feed: Feed,
    since: Timestamp,
    driver: Driver,
    live: Live,
    seen: Seen,
}

impl Inner {
    /// The thread of a ticket, as the ticket's field says.
    fn thread_of(&self, ticket: u64) -> Option<String> {
        let fields = self.stack.world().ticket(ticket)?.custom_fields;
        fields.get(&self.settings.thulium.thread_field).cloned().filter(|thread| !thread.is_empty())
    }
}

impl Page {
    /// Serves the page on a port of 127.0.0.1 and lets the bridge tick.
    ///
    /// # Errors
    /// A port that is taken.
    pub async fn start(options: PageOptions) -> anyhow::Result<Page> {
        let PageOptions { stack, settings, feed, since, port, pause } = options;
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("the port {port} of the page cannot be bound"))?;
        let address = listener.local_addr()?;
        let driver = Driver::new(stack.clone(), settings.id.clone(), feed.clone(), pause);
        let seen = Seen::default();
        seen.all(&stack.world().threads(), &stack.world().tickets());
        let inner = Arc::new(Inner { stack, settings, feed, since, driver, live: Live::new(), seen });
        let router = router(inner.clone(), Guard(address));
        let serving = tokio::spawn(async move {
            // Ends with the page; a listener that fails ends it too, and the next request tells.
            axum::serve(listener, router).await.ok();
        });
        let ticking = inner.clone();
        let ticking = tokio::spawn(async move { ticking.driver.run().await });
        let watching = tokio::spawn(live::watch(Arc::downgrade(&inner)));
        Ok(Page { inner, address, tasks: vec![serving, ticking, watching] })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How long it is between two ticks.
    pub fn pause(&self) -> Duration {
        self.inner.driver.pause()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn router(inner: Arc<Inner>, guard: Guard) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/live", get(live::stream))
        .route("/{act}", post(acts::act))
        .route("/page.css", get(|| asset("text/css; charset=utf-8", include_str!("assets/page.css"))))
        .route("/page.js", get(|| asset("text/javascript; charset=utf-8", include_str!("assets/page.js"))))
        .route("/icon.svg", get(|| asset("image/svg+xml", include_str!("assets/icon.svg"))))
        .route("/files/empikplace/{id}", get(attachment))
        .route("/files/thulium/{token}", get(file))
        .layer(DefaultBodyLimit::max(acts::FORM_LIMIT))
        .layer(axum::middleware::from_fn_with_state(guard, guard::guard))
        .with_state(inner)
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn index(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Markup {
    let at = At::read(query.as_deref().unwrap_or_default());
    let words = words_for(&at, &headers);
    show(&inner, &at, words, &Typed::default(), None).await
}

/// The words of the language that was chosen, or that the browser likes best.
fn words_for(at: &At, headers: &HeaderMap) -> Words {
    let liked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Words::new(at.language.unwrap_or_else(|| Language::liked(liked.unwrap_or_default())))
}

/// The page as it is now.
async fn show(inner: &Inner, at: &At, words: Words, typed: &Typed, refusal: Option<&str>) -> Markup {
    let model = Model::gather(inner, at).await;
    let world = inner.stack.world();
    let faults = Faults {
        on: Switch::ALL.into_iter().filter(|switch| switch.is_on(world)).collect(),
        armed: inner.driver.is_armed(),
    };
    View { words, at, model: &model, typed, refusal, faults }.page()
}

async fn attachment(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Response {
    download(inner.stack.world().attachment(&id))
}

async fn file(State(inner): State<Arc<Inner>>, Path(token): Path<String>) -> Response {
    download(inner.stack.world().file(&token))
}

/// A file of a stranger: bytes to be saved, never anything to be shown.
fn download(file: Option<StoredFile>) -> Response {
    let Some(file) = file else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name: String = url::form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    (headers, file.bytes).into_response()
}
