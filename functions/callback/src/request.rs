//! What a call says: the Function URL's event (payload format 2.0), its path, credentials and body.
//!
//! Decoding is tolerant: whatever a caller leaves out counts as empty.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bridge::helpdesk::TicketId;
use bridge::settings::IntegrationId;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Largest body, in bytes.
pub const LARGEST_BODY: usize = 64 << 10;

/// The same in base64, padding included.
const LARGEST_ENCODED: usize = LARGEST_BODY.div_ceil(3) * 4;

/// Longest path, in bytes, that can name an integration: the id, and a token of 255 characters as
/// they are percent-encoded. What is longer counts as a path of another form.
const LONGEST_PATH: usize = 1024;

/// Longest `Authorization` header, in bytes. What is longer counts as left out.
const LONGEST_HEADER: usize = 2048;

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One call. It holds credentials and is never printed.
#[derive(Default)]
pub struct Request {
    method: String,
    path: String,
    authorization: String,
    body: String,
    is_base64: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(***)")
    }
}

/// Credentials that a caller shows.
#[derive(Default)]
pub struct Shown {
    /// User and password of Basic auth.
    pub basic: Option<(Vec<u8>, Vec<u8>)>,
    /// The path's second part, as sent and percent-decoded: gateways differ in which of them they
    /// pass on.
    pub token: Option<[Vec<u8>; 2]>,
}

/// Why a body tells no ticket. The text is the answer; it repeats nothing of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Too large once decoded.
    #[error("the body is larger than 64 KiB")]
    TooLarge,
    /// Marked as base64, and is not.
    #[error("the body is not valid base64")]
    NotBase64,
    /// Nothing at all.
    #[error("the body is empty; ticket_id is expected, form-encoded or in a JSON object")]
    Empty,
    /// JSON, but not an object.
    #[error("the body is JSON but not an object; ticket_id is expected at its top level")]
    NotAnObject,
    /// No such field.
    #[error("the body has no ticket_id at its top level, neither form-encoded nor in a JSON object")]
    NoTicket,
    /// More than one.
    #[error("the body has more than one ticket_id")]
    Several,
    /// There, but empty.
    #[error("ticket_id is empty")]
    EmptyTicket,
    /// There, but not an id.
    #[error("ticket_id is not a positive whole number")]
    NotAnId,
}

/// What a body tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The ticket.
    pub ticket: TicketId,
    /// The event's name, if it is one: capitals, digits and underscores.
    pub action: Option<String>,
}

impl Request {
    /// Reads an event.
    pub fn read(event: &Value) -> Request {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let http = &event["requestContext"]["http"];
        let header = |name: &str| {
            let headers = event["headers"].as_object();
            let found = headers.and_then(|all| all.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
            found.map(|(_, value)| text(value)).unwrap_or_default()
        };
        let raw_path = &event["rawPath"];
        Request {
            method: text(&http["method"]),
            path: text(if raw_path.is_string() { raw_path } else { &http["path"] }),
            authorization: header("authorization"),
            body: text(&event["body"]),
            is_base64: event["isBase64Encoded"].as_bool().unwrap_or_default(),
        }
    }

    /// Whether the body is larger than what is looked at.
    pub fn is_too_large(&self) -> bool {
        self.body.len() > if self.is_base64 { LARGEST_ENCODED } else { LARGEST_BODY }
    }

    /// Whether it is a POST.
    pub fn is_post(&self) -> bool {
        self.method.eq_ignore_ascii_case("POST")
    }

    /// The integration that the path `/{integration}` or `/{integration}/{token}` names.
    pub fn integration(&self) -> Option<IntegrationId> {
        self.path_parts()?.0.parse().ok()
    }

    /// The credentials shown in the path or the header.
    pub fn shown(&self) -> Shown {
        let token = self.path_parts().map(|(_, token)| token).filter(|token| !token.is_empty());
        Shown {
            basic: self.basic(),
            token: token.map(|token| [token.into(), percent_decode_str(token).collect()]),
        }
    }

    fn path_parts(&self) -> Option<(&str, &str)> {
        let path = self.path.strip_prefix('/').filter(|path| path.len() < LONGEST_PATH)?;
        Some(path.split_once('/').unwrap_or((path, "")))
    }

    fn basic(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let header = Some(self.authorization.trim()).filter(|header| header.len() <= LONGEST_HEADER)?;
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = BASE64.decode(encoded.trim()).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let (user, password) = decoded.split_at(colon);
        Some((user.into(), password[1..].into()))
    }

    /// What the body tells, form-encoded or JSON, whatever the content type says.
    ///
    /// # Errors
    /// Says why it names no ticket.
    pub fn told(&self) -> Result<Told, Unusable> {
        let bytes = match self.is_base64 {
            true => Cow::from(BASE64.decode(self.body.trim()).map_err(|_| Unusable::NotBase64)?),
            false => Cow::from(self.body.as_bytes()),
        };
        if bytes.len() > LARGEST_BODY {
            return Err(Unusable::TooLarge);
        }
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return Err(Unusable::Empty);
        }
        // Nothing that is JSON is a form that holds a ticket_id, so the content alone decides.
        match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Object(fields)) => {
                let field = |name: &str| fields.get(name).map(plain);
                told(field("ticket_id"), field("action"))
            }
            Ok(_) => Err(Unusable::NotAnObject),
            Err(_) => {
                let field = |name: &str| {
                    let mut values =
                        url::form_urlencoded::parse(bytes).filter(|(key, _)| key == name).map(|(_, v)| v);
                    let first = values.next().map(Cow::into_owned);
                    (first, values.next().is_some())
                };
                let (ticket, several) = field("ticket_id");
                if several {
                    return Err(Unusable::Several);
                }
                told(ticket, field("action").0)
            }
        }
    }
}

/// The text of a JSON value as a form would carry it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn told(ticket: Option<String>, action: Option<String>) -> Result<Told, Unusable> {
    let ticket = ticket.ok_or(Unusable::NoTicket)?;
    let digits = ticket.trim();
    // Thulium writes an empty value as this text.
    if digits.is_empty() || digits == "null" {
        return Err(Unusable::EmptyTicket);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unusable::NotAnId);
    }
    let id = digits.parse().ok().filter(|id| *id > 0).ok_or(Unusable::NotAnId)?;
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let action = action.filter(|name| (1..=40).contains(&name.len()) && name.chars().all(is_name));
    Ok(Told { ticket: TicketId(id), action })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(content_type: &str, body: &str) -> Result<Told, Unusable> {
        Request::read(&json!({ "headers": { "Content-Type": content_type }, "body": body })).told()
    }

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json; charset=utf-8";

    #[test]
    fn a_ticket_is_found_in_a_form_and_in_json_whatever_the_type_says() {
        for body in [
            "ticket_id=12345",
            "action=TICKET_CREATED&ticket_id=12345&customer_id=null",
            "ticket_id=%20012345%20",
            "ticket%5Fid=12345",
            r#"{"ticket_id":12345}"#,
            r#"{"ticket_id":"12345","action":null}"#,
            "  {\"action\":\"TICKET_CREATED\", \"ticket_id\": \" 12345\"}\r\n",
        ] {
            for content_type in [FORM, JSON, "text/plain", ""] {
                let found = told(content_type, body).map(|told| told.ticket);
                assert_eq!(found, Ok(TicketId(12345)), "{content_type}: {body}");
            }
        }
    }

    #[test]
    fn a_body_without_a_ticket_says_why() {
        for (body, expected) in [
            ("", Unusable::Empty),
            (" \n", Unusable::Empty),
            ("null", Unusable::NotAnObject),
            ("[{\"ticket_id\":1}]", Unusable::NotAnObject),
            ("12345", Unusable::NotAnObject),
            ("{}", Unusable::NoTicket),
            ("{\"ticket_id\":1", Unusable::NoTicket),
            ("action=CUSTOMER_CREATED&customer_id=1", Unusable::NoTicket),
            (r#"{"ticket":{"ticket_id":1}}"#, Unusable::NoTicket),
            ("ticket_id=1&ticket_id=2", Unusable::Several),
            ("ticket_id=null", Unusable::EmptyTicket),
            ("ticket_id=", Unusable::EmptyTicket),
            (r#"{"ticket_id":null}"#, Unusable::EmptyTicket),
            (r#"{"ticket_id":"null"}"#, Unusable::EmptyTicket),
            ("ticket_id=0", Unusable::NotAnId),
            ("ticket_id=-5", Unusable::NotAnId),
            ("ticket_id=%2B5", Unusable::NotAnId),
            ("ticket_id=5x", Unusable::NotAnId),
            ("ticket_id=٥", Unusable::NotAnId),
            ("ticket_id=99999999999999999999999", Unusable::NotAnId),
            (r#"{"ticket_id":1.5}"#, Unusable::NotAnId),
            (r#"{"ticket_id":true}"#, Unusable::NotAnId),
            (r#"{"ticket_id":[5]}"#, Unusable::NotAnId),
        ] {
            assert_eq!(told(FORM, body), Err(expected), "{body}");
        }
    }

    #[test]
    fn base64_is_undone_and_bounded() {
        let read = |body: &str| Request::read(&json!({ "body": body, "isBase64Encoded": true }));
        let encoded = BASE64.encode("ticket_id=7");
        assert_eq!(read(&encoded).told().map(|t| t.ticket), Ok(TicketId(7)));
        assert_eq!(read(encoded.trim_end_matches('=')).told().map(|t| t.ticket), Ok(TicketId(7)));
        assert_eq!(read("ticket_id=7").told(), Err(Unusable::NotBase64));
        let largest = |extra: usize| {
            let mut text = "ticket_id=7&x=".to_owned();
            text.push_str(&"y".repeat(LARGEST_BODY + extra - text.len()));
            read(&BASE64.encode(text))
        };
        assert!(!largest(0).is_too_large());
        assert_eq!(largest(0).told().map(|t| t.ticket), Ok(TicketId(7)));
        assert!(largest(1).is_too_large() || largest(1).told() == Err(Unusable::TooLarge));
        assert!(largest(3).is_too_large());
    }

    #[test]
    fn the_action_is_kept_only_if_it_is_a_name() {
        let action = |body: &str| told(FORM, body).expect("a ticket").action;
        assert_eq!(action("ticket_id=1&action=TICKET_CREATED").as_deref(), Some("TICKET_CREATED"));
        assert_eq!(action("ticket_id=1&action=jan@example.com"), None);
        assert_eq!(action("ticket_id=1"), None);
    }

    #[test]
    fn credentials_are_read_from_header_and_path() {
        let read = |path: &str, authorization: &str| {
            let request =
                Request::read(&json!({ "rawPath": path, "headers": { "AUTHORIZATION": authorization } }));
            assert_eq!(format!("{request:?}"), "Request(***)");
            (request.integration().map(String::from), request.shown())
        };
        let (id, shown) = read("/shop-a", &format!("basic  {}", BASE64.encode("user:pa:ss")));
        assert_eq!((id.as_deref(), shown.token), (Some("shop-a"), None));
        assert_eq!(shown.basic, Some((b"user".to_vec(), b"pa:ss".to_vec())));
        let (id, shown) = read("/shop-a/a%2Fb+c", "Bearer x");
        assert_eq!((id.as_deref(), shown.basic), (Some("shop-a"), None));
        assert_eq!(shown.token, Some([b"a%2Fb+c".to_vec(), b"a/b+c".to_vec()]));
        assert_eq!(read("/shop-a/", "Basic !").1.token, None);
        for path in ["", "/", "//x", "shop-a", "/Shop-A", "/shop%2Da", "/żółw"] {
            assert_eq!(read(path, "").0, None, "{path}");
        }
    }

    #[test]
    fn what_is_longer_than_any_credential_is_not_looked_at() {
        let path = |token: usize| {
            let request = Request::read(&json!({ "rawPath": format!("/shop-a/{}", "x".repeat(token)) }));
            (request.integration().is_some(), request.shown().token.is_some())
        };
        assert_eq!(path(LONGEST_PATH - 8), (true, true));
        assert_eq!(path(LONGEST_PATH - 7), (false, false));
        assert_eq!(path(6 << 20), (false, false));
        let header = |length: usize| {
            let encoded = BASE64.encode(format!("user:{}", "x".repeat(length)));
            let headers = json!({ "authorization": format!("Basic {encoded}") });
            Request::read(&json!({ "headers": headers })).shown().basic.is_some()
        };
        assert!(header(255) && header(1500));
        assert!(!header(1600) && !header(6 << 20));
    }

    #[test]
    fn an_event_of_any_shape_is_read() {
        for event in [json!(null), json!([]), json!("x"), json!({ "headers": null, "requestContext": 5 })] {
            let request = Request::read(&event);
            assert!(!request.is_post() && request.integration().is_none() && request.told().is_err());
        }
    }
}
