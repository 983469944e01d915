//! The calls.

use bridge::failure::{Class, Effect, Failure, Outcome, Side};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use wire::{Call, Told, Wire};

use crate::model::{Account, Order, Reason, Thread};
use crate::reply::{Posted, Reply};
use crate::tolerant::{self, Listed};

/// How many orders one OR11 call can name.
pub const ORDERS_PER_CALL: usize = 100;

const JSON: &str = "application/json";

/// A seller's access to one shop of one Mirakl marketplace.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
    shop_id: Option<i64>,
    wire: Wire,
}

/// Which threads M11 lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadQuery {
    /// The first page of a new listing.
    Start(Start),
    /// The page of a token from [`ThreadPage::next`]. The token holds every parameter of its listing.
    Page(String),
}

/// A new listing of threads; by default all threads, without messages, in pages of 50.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// Only threads changed at or after this time.
    pub updated_since: Option<Timestamp>,
    /// Include the last 100 messages of each thread.
    pub with_messages: bool,
    /// Threads per page, at most 100.
    pub limit: Option<u32>,
    /// Only threads about entities of this type, e.g. `MMP_ORDER`, and with these ids; without ids
    /// all of the type.
    pub entity: Option<(String, Vec<String>)>,
}

/// A page of threads (M11). No order is documented; newest first was seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ThreadPage {
    /// The threads that could be read.
    pub threads: Vec<Thread>,
    /// How many threads of the page could not be read.
    pub unreadable: usize,
    /// Token of the next page; `None` on the last. Opaque, of unknown lifetime.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    data: Listed<Thread>,
    #[serde(default, deserialize_with = "tolerant::word")]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Orders {
    #[serde(default)]
    orders: Listed<Order>,
}

#[derive(Deserialize)]
struct Reasons {
    #[serde(default)]
    reasons: Listed<Reason>,
}

impl Client {
    /// A client for the shop `shop_id`, or for the key's default shop.
    ///
    /// `base` is the marketplace's address without `/api`, as `wire::base_url` gives it. `key` is the
    /// bare key from the seller's profile; white space around it is ignored.
    pub fn new(http: reqwest::Client, base: Url, key: SecretString, shop_id: Option<i64>) -> Client {
        let wire = Wire::new(Side::Empikplace, &base);
        Client { http, base, key, shop_id, wire }
    }

    /// The same client over a carrier instead of connections.
    pub fn over(self, carrier: std::sync::Arc<dyn wire::Carrier>) -> Client {
        Client { wire: self.wire.over(carrier), ..self }
    }

    /// How many requests were sent so far.
    pub fn calls(&self) -> u32 {
        self.wire.calls()
    }

    /// M11: one page of threads. A page without threads and without a next token is the end.
    ///
    /// # Errors
    /// Any class but `Unknown`.
    pub async fn threads(&self, query: &ThreadQuery) -> Result<ThreadPage, Failure> {
        let query = match query {
            ThreadQuery::Page(token) => vec![("page_token", token.clone())],
            ThreadQuery::Start(start) => start.parameters(),
        };
        let page: Page = self.read("M11", "inbox/threads", &query).await?;
        Ok(ThreadPage {
            threads: page.data.items,
            unreadable: page.data.unreadable,
            next: page.next_page_token,
        })
    }

    /// M10: one thread with all its messages.
    ///
    /// # Errors
    /// Any class but `Unknown`; [`Failure::is_gone`] where the thread is not known to this shop.
    pub async fn thread(&self, id: &str) -> Result<Thread, Failure> {
        let id = segment(id).map_err(|why| why.of("M10", Effect::Read))?;
        self.read("M10", &format!("inbox/threads/{id}"), &[]).await
    }

    /// M12: replies to a thread, once.
    ///
    /// The documented 201 means accepted, whatever its body says. Another 2xx counts as accepted only
    /// with a message id: a maintenance page can come with a 200.
    ///
    /// # Errors
    /// `Unknown` where the reply may have been accepted: look at the thread before anything else.
    pub async fn reply(&self, thread_id: &str, reply: &Reply) -> Result<Posted, Failure> {
        let effect = Effect::Write;
        let request = self.reply_request(thread_id, reply).map_err(|why| why.of("M12", effect))?;
        let call = if reply.files.is_empty() {
            Call::json("M12", effect, request)
        } else {
            Call::file("M12", effect, request, wire::JSON_LIMIT)
        };
        let answer = self.wire.send(call, told).await?;
        let posted = tolerant::document::<Posted>(&answer.body).unwrap_or_default();
        if answer.status == StatusCode::CREATED || posted.message_id.is_some() {
            Ok(posted)
        } else {
            Err(self.wire.undecodable("M12", effect))
        }
    }

    /// M13: the bytes of a message's attachment.
    ///
    /// # Errors
    /// Any class but `Unknown`; with [`wire::TOO_LARGE`] as the detail where there are more than
    /// `limit` bytes, which another attempt does not change.
    pub async fn attachment(&self, id: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let id = segment(id).map_err(|why| why.of("M13", Effect::Read))?;
        let url = self.url(&format!("inbox/threads/{id}/download"), &[]);
        // The answer is octet-stream or the file's own type; anything narrower may earn a 406.
        let request = self.request(Method::GET, url, "*/*").map_err(|why| why.of("M13", Effect::Read))?;
        let call = Call::file("M13", Effect::Read, request, limit);
        Ok(self.wire.send(call, told).await?.body)
    }

    /// OR11: orders by id, in the marketplace's order; those unknown to the shop are left out.
    ///
    /// One request per [`ORDERS_PER_CALL`] ids, one after another; the API allows a background caller
    /// one a minute. No ids, no request: the API would list every order.
    ///
    /// # Errors
    /// Any class but `Unknown`.
    pub async fn orders(&self, ids: &[String]) -> Result<Listed<Order>, Failure> {
        let ids: Vec<&str> = ids.iter().map(|id| id.trim()).filter(|id| !id.is_empty()).collect();
        let mut found = Listed::default();
        for some in ids.chunks(ORDERS_PER_CALL) {
            let query = [("order_ids", some.join(",")), ("max", ORDERS_PER_CALL.to_string())];
            let Orders { orders } = self.read("OR11", "orders", &query).await?;
            found.items.extend(orders.items);
            found.unreadable += orders.unreadable;
        }
        Ok(found)
    }

    /// RE01: all reasons of all types, with labels in `locale` (e.g. `pl_PL`; only languages enabled
    /// on the marketplace are accepted) or in its default language.
    ///
    /// # Errors
    /// Any class but `Unknown`.
    pub async fn reasons(&self, locale: Option<&str>) -> Result<Listed<Reason>, Failure> {
        let query: Vec<_> = locale.map(|locale| ("locale", locale.to_owned())).into_iter().collect();
        let Reasons { reasons } = self.read("RE01", "reasons", &query).await?;
        Ok(reasons)
    }

    /// A01: the shop behind the key. The API allows one call a day.
    ///
    /// # Errors
    /// Any class but `Unknown`.
    pub async fn account(&self) -> Result<Account, Failure> {
        self.read("A01", "account", &[]).await
    }

    fn reply_request(&self, thread_id: &str, reply: &Reply) -> Result<RequestBuilder, Unsendable> {
        let url = self.url(&format!("inbox/threads/{}/message", segment(thread_id)?), &[]);
        let form = reply.form().map_err(|_| Unsendable::Body)?;
        Ok(self.request(Method::POST, url, JSON)?.multipart(form))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, Failure> {
        let url = self.url(path, query);
        let request = self.request(Method::GET, url, JSON).map_err(|why| why.of(operation, Effect::Read))?;
        let call = Call::json(operation, Effect::Read, request);
        let answer = self.wire.send(call, told).await?;
        tolerant::document(&answer.body).ok_or_else(|| self.wire.undecodable(operation, Effect::Read))
    }

    /// `path` follows `/api/`; ids in it went through [`segment`].
    fn url(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/api/{path}", self.base.path().trim_end_matches('/')));
        let shop = self.shop_id.map(|id| ("shop_id", id.to_string()));
        for (name, value) in query.iter().chain(shop.as_ref()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    fn request(&self, method: Method, url: Url, accept: &'static str) -> Result<RequestBuilder, Unsendable> {
        let mut key = HeaderValue::from_str(self.key.expose_secret().trim()).map_err(|_| Unsendable::Key)?;
        key.set_sensitive(true);
        Ok(self.http.request(method, url).header(AUTHORIZATION, key).header(ACCEPT, accept))
    }
}

impl Start {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if let Some(since) = &self.updated_since {
            let printer = DateTimePrinter::new().precision(Some(3));
            query.push(("updated_since", printer.timestamp_to_string(since)));
        }
        if self.with_messages {
            query.push(("with_messages", "true".into()));
        }
        if let Some(limit) = self.limit {
            query.push(("limit", limit.to_string()));
        }
        if let Some((kind, ids)) = &self.entity {
            query.push(("entity_type", kind.clone()));
            if !ids.is_empty() {
                query.push(("entity_id", ids.join(",")));
            }
        }
        query
    }
}

/// Why a call cannot be made, now or later.
#[derive(Clone, Copy)]
enum Unsendable {
    Key,
    Id,
    Body,
}

impl Unsendable {
    fn of(self, operation: &'static str, effect: Effect) -> Failure {
        let (class, detail) = match self {
            Unsendable::Key => (Class::Rejected, "the API key holds characters that cannot be sent"),
            Unsendable::Id => (Class::Permanent, "the id cannot be part of an address"),
            Unsendable::Body => (Class::Permanent, "the reply cannot be written as JSON"),
        };
        let mut failure = Failure::new(Side::Empikplace, operation, effect, Outcome::NotSent).because(detail);
        failure.class = class;
        failure
    }
}

/// An id as one segment of a path, with everything encoded that could mean something there.
///
/// An empty id and the two dot segments would address another operation, and no encoding helps.
fn segment(id: &str) -> Result<String, Unsendable> {
    if matches!(id, "" | "." | "..") {
        return Err(Unsendable::Id);
    }
    let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Ok(encoded.replace('+', "%20"))
}

/// Reads an error body in any of the shapes that Mirakl uses: `{message, status}`, `{code, message}`
/// and `{errors: [{code, field, message}]}`.
fn told(body: &[u8]) -> Told {
    let Some(Value::Object(body)) = tolerant::document::<Value>(body) else {
        return Told::default();
    };
    let mut told = Told::default();
    let mut words = Vec::new();
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    for error in std::iter::once(&body).chain(errors.filter_map(Value::as_object)) {
        told.codes.extend(error.get("code").and_then(code));
        let said = |name| error.get(name).and_then(Value::as_str);
        match (said("field"), said("message")) {
            (Some(field), Some(message)) => words.push(format!("{field}: {message}")),
            (None, Some(message)) => words.push(message.to_owned()),
            _ => {}
        }
    }
    told.message = words.join("; ");
    told
}

fn code(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
