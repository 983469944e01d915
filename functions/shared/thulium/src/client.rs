//! The connection to one Thulium system: addressing, credentials, and the reading of plain answers.

use std::collections::BTreeMap;
use std::fmt;

use bridge::failure::{Class, Effect, Failure, Outcome, Side};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use url::Url;
use wire::{Answer, Call, Told, Wire};

use crate::loose::{self, Fields};

/// A client of one Thulium system.
///
/// Every method sends exactly one request. None is ever repeated: a write that may have been received
/// is reported with [`Class::Unknown`], and the caller looks before doing anything else.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    user: String,
    password: SecretString,
    pub(crate) wire: Wire,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that signs in as an API user (doc page `authentication`: HTTP Basic).
    ///
    /// `base` is the system's address as [`wire::base_url`] gives it, without `/api`.
    pub fn new(http: reqwest::Client, base: Url, user: String, password: SecretString) -> Client {
        let wire = Wire::new(Side::Thulium, &base);
        Client { http, base, user, password, wire }
    }

    /// The same client over a carrier instead of connections.
    pub fn over(self, carrier: std::sync::Arc<dyn wire::Carrier>) -> Client {
        Client { wire: self.wire.over(carrier), ..self }
    }

    /// How many requests were sent so far.
    pub fn calls(&self) -> u32 {
        self.wire.calls()
    }

    /// The address of a resource below `/api`.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Fails only for an address without a host, which no request can be built from either.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        url
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.signed(self.http.get(url))
    }

    pub(crate) fn delete(&self, url: Url) -> RequestBuilder {
        self.signed(self.http.delete(url))
    }

    pub(crate) fn post(&self, url: Url, body: &impl Serialize) -> RequestBuilder {
        json(self.signed(self.http.post(url)), body)
    }

    pub(crate) fn put(&self, url: Url, body: &impl Serialize) -> RequestBuilder {
        json(self.signed(self.http.put(url)), body)
    }

    pub(crate) fn post_bytes(&self, url: Url, bytes: Vec<u8>) -> RequestBuilder {
        self.signed(self.http.post(url)).header(CONTENT_TYPE, "application/octet-stream").body(bytes)
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.password.expose_secret()))
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        self.wire.send(call, told).await
    }

    /// Sends a call and reads the JSON it answers with.
    pub(crate) async fn read<T>(
        &self,
        call: Call,
        decode: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let (operation, effect) = (call.operation, call.effect);
        let answer = self.send(call).await?;
        loose::parse(&answer.body)
            .as_ref()
            .and_then(decode)
            .ok_or_else(|| self.wire.undecodable(operation, effect))
    }

    /// Sends a write that answers with nothing of use: an empty body, `[]`, `null` or other JSON.
    ///
    /// Text that is not JSON is no success, because a proxy's page can be sent with a 200 in place of
    /// the system's answer, and neither is a list of errors.
    pub(crate) async fn write(
        &self,
        operation: &'static str,
        request: RequestBuilder,
    ) -> Result<(), Failure> {
        let answer = self.send(Call::json(operation, Effect::Write, request)).await?;
        let done = answer.body.trim_ascii().is_empty()
            || loose::parse(&answer.body).is_some_and(|value| match value.get("errors") {
                Some(errors) => loose::list(errors).is_some_and(|errors| errors.is_empty()),
                None => true,
            });
        if done { Ok(()) } else { Err(self.wire.undecodable(operation, Effect::Write)) }
    }
}

fn json(request: RequestBuilder, body: &impl Serialize) -> RequestBuilder {
    request.header(CONTENT_TYPE, "application/json; charset=utf-8").json(body)
}

/// A request that cannot be put into words, today or later.
pub(crate) fn unsendable(operation: &'static str, effect: Effect, why: &'static str) -> Failure {
    let mut failure = Failure::new(Side::Thulium, operation, effect, Outcome::NotSent).because(why);
    failure.class = Class::Permanent;
    failure
}

/// Adds `custom_fields[Name]=value` filters to an address.
///
/// PHP ends a name at the first `]` and knows no escape, so a name with brackets would silently ask
/// for something else; `None` for such a name.
pub(crate) fn ask_fields(url: &mut Url, fields: &BTreeMap<String, String>) -> Option<()> {
    let mut query = url.query_pairs_mut();
    for (name, value) in fields {
        if name.is_empty() || name.contains(['[', ']']) {
            return None;
        }
        query.append_pair(&format!("custom_fields[{name}]"), value);
    }
    Some(())
}

/// Why [`ask_fields`] refuses a name.
pub(crate) const UNASKABLE: &str = "a custom field with an empty name or brackets cannot be searched";

/// Reads an error body (doc page `error_handling`): `{request_id, errors: [{message, code}]}`.
///
/// Codes and the request id are logged, so anything there that does not look like one is left out.
fn told(body: &[u8]) -> Told {
    let answer = loose::parse(body);
    let Some(fields) = answer.as_ref().and_then(Fields::of) else {
        return Told::default();
    };
    let errors: Vec<Fields<'_>> = fields
        .get("errors")
        .and_then(loose::list)
        .unwrap_or_default()
        .into_iter()
        .filter_map(Fields::of)
        .collect();
    let messages: Vec<String> = errors.iter().filter_map(|e| e.word("message")).collect();
    Told {
        codes: errors.iter().filter_map(|e| e.word("code")).collect(),
        request_id: fields.word("request_id"),
        message: messages.join("; "),
    }
}

/// Implements `Debug` that shows the given fields only. The others hold names, addresses, messages or
/// credentials, which must not get into a log by way of `{:?}`.
macro_rules! shows_only {
    ($type:ident { $($field:ident),* }) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use shows_only;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_are_read_without_trust() {
        let told = told(
            br#"{"request_id": 536784, "errors": [{"message": "a", "code": 111111},
                {"message": "b", "code": "E-2"}, "x"]}"#,
        );
        assert_eq!(told.request_id.as_deref(), Some("536784"));
        assert_eq!(told.codes, ["111111", "E-2"]);
        assert_eq!(told.message, "a; b");

        for body in [&b"<html>"[..], b"", b"[]", b"{\"errors\": \"x\"}"] {
            let told = super::told(body);
            assert!(told.codes.is_empty() && told.request_id.is_none() && told.message.is_empty());
        }
    }
}
