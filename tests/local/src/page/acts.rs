//! What people do on the page: forms, each of which is one act in one of the systems, in the ledger,
//! or on the bridge. An act that is taken leads back to the page (303); one that is not shows the page
//! with the reason and with what was typed.

use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bridge::conversation::Key;
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::ThreadId;
use jiff::SignedDuration;
use twins::{
    AgentReply, Author, Entity, NewComment, NewFile, NewMessage, NewThread, ParticipantKind, Refusal, Thread,
    Topic,
};

use super::at::{At, Pane};
use super::faults::Switch;
use super::{Inner, show, words_for};

/// Largest form, in bytes; a little more than its files may have.
pub(crate) const FORM_LIMIT: usize = 9 << 20;

/// Most bytes of a form's files.
const FILES_LIMIT: usize = 8 << 20;

/// Most files of a form.
const MOST_FILES: usize = 10;

/// Longest text, in characters.
const TEXT_LIMIT: usize = 60_000;

/// Owner of what the page writes to the ledger.
const OWNER: &str = "page";

/// What was typed into a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Vec<(String, String)>);

impl Typed {
    /// A field, if the form had it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }
}

/// Why an act was not taken.
enum Refused {
    Empty,
    Long,
    Files,
    Form,
    Gone,
    NotParked,
    Busy,
    Ledger,
    Twin(String),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        if refusal.is_unknown() { Refused::Gone } else { Refused::Twin(refusal.to_string()) }
    }
}

type Done = Result<At, Refused>;

/// A form, read whole.
#[derive(Default)]
struct Form {
    typed: Typed,
    files: Vec<NewFile>,
}

impl Form {
    /// Reads it. The fields that were read before a mistake are in the form too.
    async fn read(&mut self, multipart: Result<Multipart, MultipartRejection>) -> Result<(), Refused> {
        let mut multipart = multipart.map_err(|_| Refused::Form)?;
        let mut bytes = 0;
        while let Some(field) = multipart.next_field().await.map_err(|_| Refused::Form)? {
            let name = field.name().unwrap_or_default().to_owned();
            let file = field.file_name().map(str::to_owned);
            let data = field.bytes().await.map_err(|refused| match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refused::Files,
                _ => Refused::Form,
            })?;
            match file {
                // A field for files that was left empty.
                Some(file) if file.is_empty() && data.is_empty() => {}
                Some(file) => {
                    bytes += data.len();
                    if bytes > FILES_LIMIT || self.files.len() == MOST_FILES {
                        return Err(Refused::Files);
                    }
                    self.files.push(NewFile::new(&file, &data));
                }
                None => {
                    let text = String::from_utf8(data.to_vec()).map_err(|_| Refused::Form)?;
                    // Forms send CR LF.
                    self.typed.0.push((name, text.replace("\r\n", "\n")));
                }
            }
        }
        if self.typed.0.iter().any(|(_, text)| text.chars().count() > TEXT_LIMIT) {
            return Err(Refused::Long);
        }
        Ok(())
    }

    /// The body as HTML: a text is escaped, and keeps its lines.
    fn body(&self) -> Result<String, Refused> {
        let text = self.typed.text("body");
        if text.is_empty() && self.files.is_empty() {
            return Err(Refused::Empty);
        }
        if self.typed.get("format") == Some("html") {
            return Ok(text.to_owned());
        }
        Ok(format!("<p>{}</p>", maud::html! { (text) }.into_string().replace('\n', "<br>")))
    }
}

/// `POST /{act}`.
pub(crate) async fn act(
    State(inner): State<Arc<Inner>>,
    axum::extract::Path(act): axum::extract::Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
) -> Response {
    let at = At::read(query.as_deref().unwrap_or_default());
    let mut form = Form::default();
    let done = match form.read(multipart).await {
        Ok(()) => take(&inner, &act, at.clone(), &form).await,
        Err(refused) => Err(refused),
    };
    inner.live.touch();
    let refused = match done {
        Ok(to) => return Redirect::to(&to.link("/")).into_response(),
        Err(refused) => refused,
    };
    let w = words_for(&at, &headers);
    let (status, why) = match refused {
        Refused::Empty => (StatusCode::UNPROCESSABLE_ENTITY, w.refused_empty().to_owned()),
        Refused::Long => (StatusCode::UNPROCESSABLE_ENTITY, w.refused_long().to_owned()),
        Refused::Files => (StatusCode::PAYLOAD_TOO_LARGE, w.refused_files().to_owned()),
        Refused::Form => (StatusCode::BAD_REQUEST, w.refused_form().to_owned()),
        Refused::Gone => (StatusCode::NOT_FOUND, w.refused_gone().to_owned()),
        Refused::NotParked => (StatusCode::CONFLICT, w.refused_not_parked().to_owned()),
        Refused::Busy => (StatusCode::CONFLICT, w.refused_busy().to_owned()),
        Refused::Ledger => (StatusCode::SERVICE_UNAVAILABLE, w.refused_ledger().to_owned()),
        Refused::Twin(why) => (StatusCode::UNPROCESSABLE_ENTITY, w.refused(&why)),
    };
    (status, show(&inner, &at, w, &form.typed, Some(&why)).await).into_response()
}

async fn take(inner: &Inner, act: &str, at: At, form: &Form) -> Done {
    let world = inner.stack.world();
    let ticket = || at.ticket.ok_or(Refused::Gone);
    match act {
        "open" => return open(inner, at, form),
        "write" => write(inner, &at, form)?,
        "answer" => answer(inner, ticket()?, form)?,
        "close" => world.close_ticket(ticket()?)?,
        "reopen" => world.set_ticket_status(ticket()?, world.options().thulium.status_new)?,
        "retry" => retry(inner, form).await?,
        "fault" => fault(inner, form)?,
        "tick" => inner.driver.nudge(),
        "wait" => {
            world.advance(SignedDuration::from_mins(1));
            inner.feed.note("clock.moved", false);
            inner.driver.nudge();
        }
        _ => return Err(Refused::Gone),
    }
    Ok(at)
}

/// What threads are about: the offers among it.
pub(crate) fn offers(threads: &[Thread]) -> Vec<Entity> {
    let mut offers: Vec<Entity> = threads
        .iter()
        .flat_map(|thread| &thread.entities)
        .filter(|entity| entity.kind == "MMP_OFFER")
        .cloned()
        .collect();
    offers.extend(
        [("9913027", "Lampka biurkowa Nordlys, dąb"), ("9914410", "Puzzle „Mapa Tatr”, 1000 elementów")]
            .map(|(id, label)| Entity { kind: "MMP_OFFER".into(), id: id.into(), label: label.into() }),
    );
    offers.sort_by(|one, other| one.id.cmp(&other.id));
    offers.dedup_by(|one, other| one.id == other.id);
    offers
}

/// The buyer of a new thread: whoever placed the order, somebody who wrote before, or somebody new.
fn buyer(inner: &Inner, name: &str, order: Option<&serde_json::Value>) -> (String, String) {
    if let Some(customer) = order.map(|order| &order["customer"]).filter(|_| name.is_empty()) {
        let text = |name: &str| customer[name].as_str().unwrap_or_default();
        let full = format!("{} {}", text("firstname"), text("lastname"));
        return (text("customer_id").to_owned(), full.trim().to_owned());
    }
    let name = if name.is_empty() { "Anna Nowak" } else { name };
    let threads = inner.stack.world().threads();
    let known = threads.iter().flat_map(|thread| &thread.authorized_participants).find(|participant| {
        participant.kind == ParticipantKind::Customer && participant.display_name == name
    });
    let id = match known {
        Some(participant) => participant.id.clone().unwrap_or_default(),
        None => format!("109{:04}", threads.len()),
    };
    (id, name.to_owned())
}

fn open(inner: &Inner, at: At, form: &Form) -> Done {
    let world = inner.stack.world();
    let body = form.body()?;
    let (kind, id) = form.typed.text("about").split_once(':').unwrap_or_default();
    let orders = world.orders();
    let order = orders.iter().find(|order| kind == "order" && order["order_id"] == id);
    let (customer, name) = buyer(inner, form.typed.text("buyer"), order);
    let mut thread = NewThread::from_customer(&customer, &name, &body);
    match (kind, order) {
        ("order", Some(_)) => thread = thread.about_order(id),
        ("offer", _) => {
            let offer = offers(&world.threads()).into_iter().find(|offer| offer.id == id);
            thread.entities.push(offer.ok_or(Refused::Gone)?);
        }
        ("", _) => {}
        _ => return Err(Refused::Gone),
    }
    let topic = form.typed.text("topic");
    if !topic.is_empty() {
        thread.topic = Some(Topic { kind: "FREE_TEXT".into(), value: topic.to_owned() });
    }
    thread.attachments.clone_from(&form.files);
    let opened = world.open_thread(thread)?;
    Ok(At { thread: Some(opened.thread_id), ticket: None, new: false, pane: Pane::Empikplace, ..at })
}

fn write(inner: &Inner, at: &At, form: &Form) -> Result<(), Refused> {
    let world = inner.stack.world();
    let thread = at.thread.as_deref().and_then(|id| world.thread(id)).ok_or(Refused::Gone)?;
    let from = match form.typed.text("from") {
        "customer" => Author::Customer,
        "operator" => Author::Operator,
        "shop" => Author::Shop,
        _ => return Err(Refused::Form),
    };
    let buyer = thread.authorized_participants.iter().any(|p| p.kind == ParticipantKind::Customer);
    let mut message = NewMessage::new(from, &form.body()?);
    if from == Author::Operator && buyer && form.typed.get("private").is_none() {
        message.to = Some(vec![ParticipantKind::Shop, ParticipantKind::Customer]);
    }
    message.attachments.clone_from(&form.files);
    world.write(&thread.id, message)?;
    Ok(())
}

fn answer(inner: &Inner, ticket: u64, form: &Form) -> Result<(), Refused> {
    let world = inner.stack.world();
    let (login, attachments) = (form.typed.text("login").to_owned(), form.files.clone());
    match form.typed.text("kind") {
        "reply" => {
            world.agent_reply(ticket, AgentReply { login, body: form.body()?, attachments })?;
        }
        "comment" => {
            form.body()?;
            let text = form.typed.text("body").to_owned();
            world.agent_comment(ticket, NewComment { login, text, attachments })?;
        }
        _ => return Err(Refused::Form),
    }
    Ok(())
}

fn fault(inner: &Inner, form: &Form) -> Result<(), Refused> {
    let (name, on) = (form.typed.text("name"), form.typed.text("on") == "1");
    match (name, Switch::named(name)) {
        ("kill", _) => inner.driver.arm(on),
        (_, Some(switch)) => switch.set(inner.stack.world(), on),
        _ => return Err(Refused::Form),
    }
    Ok(())
}

/// Sets something parked going again, as a person decided.
async fn retry(inner: &Inner, form: &Form) -> Result<(), Refused> {
    let ledger = inner.stack.ledger();
    let now = inner.stack.world().now();
    let thread = ThreadId(form.typed.text("thread").to_owned());
    let key = Key { integration: inner.settings.id.clone(), thread };
    let loaded = ledger.load(&key).await.map_err(|_| Refused::Ledger)?;
    let reply = form.typed.text("reply");
    let written = if reply.is_empty() {
        let mut conversation = loaded.conversation.ok_or(Refused::Gone)?;
        if !conversation.take_up_again(now) {
            return Err(Refused::NotParked);
        }
        ledger.save(&conversation, OWNER).await
    } else {
        let ids = reply
            .split_once('/')
            .and_then(|(ticket, reply)| Some((ticket.parse().ok()?, reply.parse().ok()?)));
        let delivery = loaded.deliveries.into_iter().find(|d| ids == Some((d.ticket.0, d.reply.0)));
        let mut delivery = delivery.ok_or(Refused::Gone)?;
        if !delivery.queue_again(now) {
            return Err(Refused::NotParked);
        }
        ledger.save_delivery(&delivery, OWNER).await
    };
    match written {
        Ok(Write::Done) => {
            inner.feed.note("parked.retried", false);
            inner.driver.nudge();
            Ok(())
        }
        Ok(Write::Lost) => Err(Refused::Busy),
        Err(_) => Err(Refused::Ledger),
    }
}
