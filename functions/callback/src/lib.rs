//! The Function-URL function: an authenticated hint that a ticket is worth looking at now.
//!
//! A call carries no truth, it only names a ticket, which is then read through the API. A forged
//! call could at worst cause a read, and a lost one costs a minute: the poller brings up everything
//! that no call has brought up.
//!
//! | status | when | does calling again help |
//! | --- | --- | --- |
//! | 204 | understood: the ticket was looked at, was looked at enough a moment ago, is not ours, or the integration cannot work before an administrator acts, which the poller reports every minute | no |
//! | 400 | no usable ticket id; the body says why | no |
//! | 401 | wrong or missing credentials, an unknown integration or a path of another form, all with the same answer | no |
//! | 405 | not a POST | no |
//! | 413 | the body is larger than 64 KiB | no |
//! | 500 | the secrets cannot be read before an administrator acts | yes, then |
//! | 503 | something could not be read or recorded just now; the poller does it, a call after `Retry-After` may be faster | yes |

mod request;

use bridge::engine::Hinted;
use bridge::failure::{Class, Failure};
use bridge::settings::IntegrationId;
use runtime::{Admission, Credentials, Deadline, Runtime, Unready};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use subtle::{Choice, ConstantTimeEq};

pub use request::{LARGEST_BODY, Request, Shown, Told, Unusable};

/// Seconds after which calling again may help: by then the poller has had its turn.
const RETRY_AFTER: &str = "60";

/// The answer, as a Function URL takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The status.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, &'static str>,
    /// The body: plain text, empty with 204.
    pub body: String,
    /// Never.
    pub is_base64_encoded: bool,
}

impl Response {
    fn new(status_code: u16, body: impl Into<String>) -> Response {
        let (body, mut headers) = (body.into(), BTreeMap::new());
        if !body.is_empty() {
            headers.insert("content-type", "text/plain; charset=utf-8");
        }
        Response { status_code, headers, body, is_base64_encoded: false }
    }

    fn with(mut self, header: &'static str, value: &'static str) -> Response {
        self.headers.insert(header, value);
        self
    }

    fn understood() -> Response {
        Response::new(204, "")
    }

    fn unauthorized() -> Response {
        Response::new(401, "the integration or its credentials are wrong")
            .with("www-authenticate", "Basic realm=\"callback\"")
    }

    fn too_large() -> Response {
        Response::new(413, Unusable::TooLarge.to_string())
    }

    /// For what could not be read or recorded.
    fn unavailable(failure: Option<&Failure>) -> Response {
        match failure.map(|failure| failure.class) {
            Some(Class::Rejected | Class::Permanent) => {
                Response::new(500, "the function cannot read what it needs; its log says why")
            }
            _ => Response::new(503, "try again later").with("retry-after", RETRY_AFTER),
        }
    }
}

/// Handles one call.
pub async fn handle(runtime: &Runtime, request: &Request, deadline: Deadline) -> Response {
    if request.is_too_large() {
        return Response::too_large();
    }
    if !request.is_post() {
        return Response::new(405, "only POST is understood").with("allow", "POST");
    }
    let id = match authenticate(runtime, request).await {
        Ok(Some(id)) => id,
        Ok(None) => return Response::unauthorized(),
        Err(failure) => {
            tracing::warn!(event = "callback.unavailable", reason = %failure, "no secret could be read");
            return Response::unavailable(Some(&failure));
        }
    };
    match request.told() {
        Ok(told) => hint(runtime, &id, &told, deadline).await,
        Err(Unusable::TooLarge) => Response::too_large(),
        Err(unusable) => {
            tracing::warn!(event = "callback.unusable", integration.id = %id, reason = %unusable, "no ticket");
            Response::new(400, unusable.to_string())
        }
    }
}

/// The integration, if the path names one whose credentials are shown. The same is done, and at the
/// same price, for a wrong password, an unknown integration and a path of another form.
async fn authenticate(runtime: &Runtime, request: &Request) -> Result<Option<IntegrationId>, Box<Failure>> {
    let (shown, id) = (request.shown(), request.integration());
    let admission = runtime.challenge(id.as_ref(), |known| opens(known, &shown)).await?;
    if admission == Admission::Open {
        return Ok(id);
    }
    if runtime.may_tell_refusal() {
        // An id that is no integration's stays out of the log: it may be a token in the wrong place.
        let known = id.filter(|_| admission == Admission::Refused);
        let integration = known.as_ref().map(IntegrationId::as_str);
        tracing::warn!(event = "callback.refused", integration.id = integration, "the credentials are wrong");
    }
    Ok(None)
}

/// Whether what is shown opens. The same comparisons are made whether or not anything can match.
fn opens(credentials: Option<&Credentials>, shown: &Shown) -> bool {
    let none = ("nobody", "nothing");
    let now = credentials
        .map(|known| (known.callback_user.expose_secret(), known.callback_password.expose_secret()));
    let before = credentials.and_then(|known| known.callback_before.as_ref());
    let before = before.map(|(user, password)| (user.expose_secret(), password.expose_secret()));
    let matches = |known: Option<(&str, &str)>| {
        let (user, password) = known.unwrap_or(none);
        let (shown_user, shown_password) = shown.basic.clone().unwrap_or_default();
        let [raw, decoded] = shown.token.clone().unwrap_or_default();
        let basic = same(user, &shown_user) & same(password, &shown_password) & present(&shown.basic);
        let token = (same(password, &raw) | same(password, &decoded)) & present(&shown.token);
        (basic | token) & present(&known)
    };
    bool::from(matches(now) | matches(before))
}

/// Compares digests, so that the time taken tells neither content nor length.
fn same(known: &str, shown: &[u8]) -> Choice {
    Sha256::digest(known.as_bytes()).as_slice().ct_eq(Sha256::digest(shown).as_slice())
}

fn present<T>(option: &Option<T>) -> Choice {
    Choice::from(u8::from(option.is_some()))
}

/// Acts on an authenticated call.
async fn hint(runtime: &Runtime, id: &IntegrationId, told: &Told, deadline: Deadline) -> Response {
    if !runtime.may_look(id, told.ticket) {
        tracing::info!(event = "callback", integration.id = %id, ticket.id = %told.ticket, outcome = "repeated", "a hint");
        return Response::understood();
    }
    let hinted = runtime.hint(id, told.ticket, deadline).await;
    let (outcome, reason) = match &hinted {
        Ok(Hinted::NotOurs) => ("not_ours", None),
        Ok(Hinted::Done) => ("done", None),
        Ok(Hinted::Later) => ("later", None),
        Err(unready) => ("unready", Some(unready.to_string())),
    };
    tracing::info!(
        event = "callback",
        integration.id = %id,
        ticket.id = %told.ticket,
        action = told.action,
        outcome,
        reason,
        "a hint"
    );
    match hinted {
        Ok(Hinted::NotOurs | Hinted::Done) => Response::understood(),
        Ok(Hinted::Later) => Response::unavailable(None),
        Err(Unready::Unknown(_)) => Response::unauthorized(),
        Err(Unready::Unavailable(failure)) => Response::unavailable(Some(&failure)),
        Err(_) => Response::understood(),
    }
}

/// Reads the event and handles the call.
pub async fn answer(runtime: &Runtime, event: &Value, deadline: Deadline) -> Response {
    handle(runtime, &Request::read(event), deadline).await
}
