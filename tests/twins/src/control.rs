//! The control API: what people do in the world, what is in it, and what goes wrong in it.
//!
//! JSON in and out. Success is 200 (201 where something was made, 204 without a body); a refusal is
//! `{"error": "…"}` with 404 for an unknown id and 400 for anything else, unknown members included.
//!
//! | request | body → answer |
//! | --- | --- |
//! | `POST /control/empikplace/threads` | [`NewThread`] → [`Opened`](crate::Opened) |
//! | `GET /control/empikplace/threads` | all [`Thread`](crate::Thread)s; `/{id}` one |
//! | `POST /control/empikplace/threads/{id}/messages` | [`NewMessage`] → `{"message_id"}` |
//! | `POST /control/empikplace/threads/{id}/no_reply_needed` | `{"user_type": "SHOP"}` or `OPERATOR` |
//! | `GET /control/empikplace/attachments/{id}` | the bytes |
//! | `POST /control/empikplace/orders` | an order as OR11 gives it, `order_id` required, `shop_id` optional; an existing one is changed |
//! | `GET /control/empikplace/orders` | all orders |
//! | `GET /control/thulium/tickets` | all [`Ticket`](crate::Ticket)s, deleted and merged ones too; `/{id}` one |
//! | `POST /control/thulium/tickets` | [`NewMail`]: an e-mail outside of the marketplace → `{"ticket_id"}` |
//! | `POST /control/thulium/tickets/{id}/reply` | [`AgentReply`] → `{"message_id"}` |
//! | `POST /control/thulium/tickets/{id}/cancel_reply` | `{"message_id"}` |
//! | `POST /control/thulium/tickets/{id}/comment` | [`NewComment`] → `{"message_id"}` |
//! | `POST /control/thulium/tickets/{id}/automatic_reply` | `{"body", "login": ""}` → `{"message_id"}` |
//! | `POST /control/thulium/tickets/{id}/status` | `{"status_id"}` |
//! | `POST /control/thulium/tickets/{id}/close` | none |
//! | `POST /control/thulium/tickets/{id}/move` | `{"ticket_queue_id"}` |
//! | `POST /control/thulium/tickets/{id}/merge` | `{"into"}` |
//! | `POST /control/thulium/tickets/{id}/delete` | none |
//! | `GET /control/thulium/customers` | all [`Customer`](crate::Customer)s |
//! | `GET /control/thulium/mails` | every [`Mail`](crate::Mail) Thulium sent |
//! | `GET /control/thulium/files/{token}` | the bytes |
//! | `GET`, `POST /control/thulium/webhooks` | all [`Webhook`]s; one → `{"id"}` |
//! | `DELETE /control/thulium/webhooks/{id}` | |
//! | `POST /control/thulium/webhooks/{id}/call` | `[["action","TICKET_CREATED"],["ticket_id","7"]]`: queues a call with these parameters |
//! | `GET /control/history?after=N` | [`Event`](crate::Event)s after number N |
//! | `GET /control/requests?after=N` | [`RequestRecord`](crate::RequestRecord)s after number N |
//! | `GET /control/comparison?since=…` | [`Comparison`](crate::Comparison); messages before `since` (RFC 3339) may be missing |
//! | `GET`, `POST`, `DELETE /control/faults` | `[{"id","seen",…rule}]`; [`FaultRule`] → `{"id"}`; removes all |
//! | `DELETE /control/faults/{id}` | |
//! | `GET`, `PATCH /control/switches` | [`Switches`](crate::Switches); the members that change |
//! | `GET`, `POST /control/latency` | [`Latency`]: `{"empikplace_ms","thulium_ms"}` |
//! | `GET`, `POST /control/clock` | `{"mode","now"}`; one of `{"set":"RFC 3339"}` (stops the clock), `{"advance_seconds":N}`, `{"real":true}` |
//! | `GET /control/options` | [`WorldOptions`] |
//! | `POST /control/reset` | [`WorldOptions`], or no body for the options in force |
//! | `POST /control/revoke_key` | `{"shop_id","new_key":null}` |
//!
//! Only programs of this machine may call: a request with an `Origin`, as browsers send for the sites
//! they show, or under another host's name, as after DNS rebinding, is refused with 403.
//!
//! A fault rule is flat: `{"side":"empikplace","operation":"M12","nth":1,"kind":"lost_answer"}`. The
//! kinds are `refuse`, `lost_answer`, `slow` (`ms`, `at`), `status` (`code`, `retry_after`, `at`) and
//! `garbage_body`; `at` is `before` (default) or `after` the request takes effect.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::empikplace::ParticipantKind;
use crate::empikplace::acts::{NewMessage, NewThread};
use crate::faults::FaultRule;
use crate::http::BODY_LIMIT;
use crate::options::WorldOptions;
use crate::thulium::Webhook;
use crate::thulium::acts::{AgentReply, NewComment, NewMail};
use crate::world::{Latency, Refusal, World};

/// A JSON answer, or a refusal.
type Answer = Result<Response, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = if self.is_unknown() { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        (status, axum::Json(json!({ "error": self.to_string() }))).into_response()
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|wrong| Refusal::new(wrong.to_string()))
}

fn ok(body: Value) -> Answer {
    Ok(axum::Json(body).into_response())
}

fn made(body: Value) -> Answer {
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

fn done() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `?after=` and `?since=`.
#[derive(Deserialize)]
struct From {
    #[serde(default)]
    after: u64,
    since: Option<Timestamp>,
}

pub(crate) fn router(world: World) -> Router {
    Router::new()
        .route("/control/empikplace/threads", get(threads).post(open_thread))
        .route("/control/empikplace/threads/{id}", get(thread))
        .route("/control/empikplace/threads/{id}/messages", post(write))
        .route("/control/empikplace/threads/{id}/no_reply_needed", post(no_reply_needed))
        .route("/control/empikplace/attachments/{id}", get(attachment))
        .route("/control/empikplace/orders", get(orders).post(put_order))
        .route("/control/thulium/tickets", get(tickets).post(receive_mail))
        .route("/control/thulium/tickets/{id}", get(ticket))
        .route("/control/thulium/tickets/{id}/{act}", post(ticket_act))
        .route("/control/thulium/customers", get(customers))
        .route("/control/thulium/mails", get(mails))
        .route("/control/thulium/files/{token}", get(file))
        .route("/control/thulium/webhooks", get(webhooks).post(register_webhook))
        .route("/control/thulium/webhooks/{id}", delete(remove_webhook))
        .route("/control/thulium/webhooks/{id}/call", post(call_webhook))
        .route("/control/history", get(history))
        .route("/control/requests", get(requests))
        .route("/control/comparison", get(comparison))
        .route("/control/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/control/faults/{id}", delete(remove_fault))
        .route("/control/switches", get(switches).patch(patch_switches))
        .route("/control/latency", get(latency).post(set_latency))
        .route("/control/clock", get(clock).post(set_clock))
        .route("/control/options", get(options))
        .route("/control/reset", post(reset))
        .route("/control/revoke_key", post(revoke_key))
        .layer(DefaultBodyLimit::max(2 * BODY_LIMIT))
        .layer(middleware::from_fn(programs_only))
        .with_state(world)
}

/// Whoever controls the twins plays buyers and agents, and a browser lends its hands to any site.
async fn programs_only(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) || !is_local(request.headers()) {
        return (StatusCode::FORBIDDEN, axum::Json(json!({ "error": "for programs of this machine" })))
            .into_response();
    }
    next.run(request).await
}

fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| own.eq_ignore_ascii_case(name))
}

async fn threads(State(world): State<World>) -> Answer {
    ok(json!(world.threads()))
}

async fn thread(State(world): State<World>, Path(id): Path<String>) -> Answer {
    ok(json!(world.thread(&id).ok_or_else(|| Refusal::unknown("thread", id))?))
}

async fn open_thread(State(world): State<World>, body: Bytes) -> Answer {
    made(json!(world.open_thread(read::<NewThread>(&body)?)?))
}

async fn write(State(world): State<World>, Path(id): Path<String>, body: Bytes) -> Answer {
    made(json!({ "message_id": world.write(&id, read::<NewMessage>(&body)?)? }))
}

async fn no_reply_needed(State(world): State<World>, Path(id): Path<String>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Click {
        user_type: ParticipantKind,
    }
    world.no_reply_needed(&id, read::<Click>(&body)?.user_type)?;
    done()
}

async fn attachment(State(world): State<World>, Path(id): Path<String>) -> Answer {
    let bytes = world.attachment(&id).map(|file| file.bytes);
    Ok(bytes.ok_or_else(|| Refusal::unknown("attachment", id))?.into_response())
}

async fn orders(State(world): State<World>) -> Answer {
    ok(json!(world.orders()))
}

async fn put_order(State(world): State<World>, body: Bytes) -> Answer {
    world.put_order(read(&body)?)?;
    done()
}

async fn tickets(State(world): State<World>) -> Answer {
    ok(json!(world.tickets()))
}

async fn ticket(State(world): State<World>, Path(id): Path<u64>) -> Answer {
    ok(json!(world.ticket(id).ok_or_else(|| Refusal::unknown("ticket", id))?))
}

async fn receive_mail(State(world): State<World>, body: Bytes) -> Answer {
    made(json!({ "ticket_id": world.receive_mail(read::<NewMail>(&body)?)? }))
}

async fn ticket_act(State(world): State<World>, Path((id, act)): Path<(u64, String)>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Automatic {
        body: String,
        #[serde(default)]
        login: String,
    }
    let number = |name: &str| -> Result<u64, Refusal> {
        let body: Value = read(&body)?;
        let members = body.as_object().filter(|members| members.len() == 1);
        let number = members.and_then(|members| members.get(name)).and_then(Value::as_u64);
        number.ok_or_else(|| Refusal::new(format!("the body must be {{\"{name}\": number}}")))
    };
    match act.as_str() {
        "reply" => made(json!({ "message_id": world.agent_reply(id, read::<AgentReply>(&body)?)? })),
        "comment" => made(json!({ "message_id": world.agent_comment(id, read::<NewComment>(&body)?)? })),
        "automatic_reply" => {
            let Automatic { body, login } = read(&body)?;
            made(json!({ "message_id": world.automatic_reply(id, &body, &login)? }))
        }
        "cancel_reply" => world.cancel_reply(id, number("message_id")?).and_then(|()| done()),
        "status" => world.set_ticket_status(id, number("status_id")?).and_then(|()| done()),
        "close" => world.close_ticket(id).and_then(|()| done()),
        "move" => world.move_ticket(id, number("ticket_queue_id")?).and_then(|()| done()),
        "merge" => world.merge_tickets(id, number("into")?).and_then(|()| done()),
        "delete" => world.delete_ticket(id).and_then(|()| done()),
        _ => Err(Refusal::unknown("act", act)),
    }
}

async fn customers(State(world): State<World>) -> Answer {
    ok(json!(world.customers()))
}

async fn mails(State(world): State<World>) -> Answer {
    ok(json!(world.mails()))
}

async fn file(State(world): State<World>, Path(token): Path<String>) -> Answer {
    let bytes = world.file(&token).map(|file| file.bytes);
    Ok(bytes.ok_or_else(|| Refusal::unknown("file", token))?.into_response())
}

async fn webhooks(State(world): State<World>) -> Answer {
    ok(json!(world.webhooks()))
}

async fn register_webhook(State(world): State<World>, body: Bytes) -> Answer {
    made(json!({ "id": world.register_webhook(read::<Webhook>(&body)?) }))
}

async fn remove_webhook(State(world): State<World>, Path(id): Path<u64>) -> Answer {
    if world.remove_webhook(id) { done() } else { Err(Refusal::unknown("webhook", id)) }
}

async fn call_webhook(State(world): State<World>, Path(id): Path<u64>, body: Bytes) -> Answer {
    world.call_webhook(id, read(&body)?)?;
    done()
}

async fn history(State(world): State<World>, Query(from): Query<From>) -> Answer {
    ok(json!(world.history(from.after)))
}

async fn requests(State(world): State<World>, Query(from): Query<From>) -> Answer {
    ok(json!(world.requests(from.after)))
}

async fn comparison(State(world): State<World>, Query(from): Query<From>) -> Answer {
    ok(json!(match from.since {
        Some(since) => world.comparison_since(since),
        None => world.comparison(),
    }))
}

async fn faults(State(world): State<World>) -> Answer {
    let rules = world.faults().into_iter().map(|(id, rule, seen)| {
        let mut shown = json!(rule);
        shown["id"] = json!(id);
        shown["seen"] = json!(seen);
        shown
    });
    ok(rules.collect())
}

async fn add_fault(State(world): State<World>, body: Bytes) -> Answer {
    made(json!({ "id": world.add_fault(read::<FaultRule>(&body)?) }))
}

async fn clear_faults(State(world): State<World>) -> Answer {
    world.clear_faults();
    done()
}

async fn remove_fault(State(world): State<World>, Path(id): Path<u64>) -> Answer {
    if world.remove_fault(id) { done() } else { Err(Refusal::unknown("fault", id)) }
}

async fn switches(State(world): State<World>) -> Answer {
    ok(json!(world.switches()))
}

async fn patch_switches(State(world): State<World>, body: Bytes) -> Answer {
    ok(json!(world.patch_switches(&read(&body)?)?))
}

async fn latency(State(world): State<World>) -> Answer {
    ok(json!(world.latency()))
}

async fn set_latency(State(world): State<World>, body: Bytes) -> Answer {
    world.set_latency(read::<Latency>(&body)?);
    done()
}

async fn clock(State(world): State<World>) -> Answer {
    let mode = match world.clock() {
        Clock::Real { .. } => "real",
        Clock::Manual { .. } => "manual",
    };
    ok(json!({ "mode": mode, "now": world.now() }))
}

async fn set_clock(State(world): State<World>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        set: Option<Timestamp>,
        advance_seconds: Option<i64>,
        #[serde(default)]
        real: bool,
    }
    match read(&body)? {
        Change { set: Some(now), advance_seconds: None, real: false } => world.set_time(now),
        Change { set: None, advance_seconds: Some(seconds), real: false } => {
            world.advance(SignedDuration::from_secs(seconds));
        }
        Change { set: None, advance_seconds: None, real: true } => world.set_clock(Clock::default()),
        _ => return Err(Refusal::new("give exactly one of set, advance_seconds and real")),
    }
    clock(State(world)).await
}

async fn options(State(world): State<World>) -> Answer {
    ok(json!(world.options()))
}

async fn reset(State(world): State<World>, body: Bytes) -> Answer {
    let options = if body.is_empty() { world.options() } else { read::<WorldOptions>(&body)? };
    world.reset(options)?;
    done()
}

async fn revoke_key(State(world): State<World>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Revoke {
        shop_id: u64,
        new_key: Option<String>,
    }
    let revoke: Revoke = read(&body)?;
    world.revoke_key(revoke.shop_id, revoke.new_key.as_deref())?;
    done()
}
