//! Texts of strangers: callbacks, bodies, names, and a settings file.

use bridge::settings::Settings;
use bridge::text::{self, Escape, ascii_file_name, file_name, from_agent, from_marketplace, one_line};
use callback::Request;
use serde_json::{Value, json};

use crate::split;

/// An event of the callback: as it stands where it is JSON, otherwise its lines are path, header and
/// body of an event of the right form.
pub fn callback(bytes: &[u8]) {
    let event: Value = serde_json::from_slice(bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(bytes);
        let mut parts = text.splitn(3, '\n');
        let mut part = || parts.next().unwrap_or_default();
        json!({
            "rawPath": part(), "headers": { "Authorization": part() }, "body": part(),
            "isBase64Encoded": bytes.len() % 2 == 1,
            "requestContext": { "http": { "method": "POST" } },
        })
    });
    let request = Request::read(&event);
    let (_, _) = (request.is_too_large(), request.is_post());
    if let Some(id) = request.integration() {
        let id = id.as_str();
        assert!(!id.is_empty() && id.len() <= 64 && !id.contains(['/', '%', '.']), "{id:?}");
    }
    let shown = request.shown();
    assert!(shown.token.is_none_or(|[sent, decoded]| decoded.len() <= sent.len()));
    match request.told() {
        Ok(told) => {
            let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            assert!(told.ticket.0 > 0);
            assert!(told.action.is_none_or(|action| action.bytes().all(plain)));
        }
        Err(unusable) => assert!(unusable.to_string().len() < 120),
    }
}

/// A body, from a buyer and from an agent, and the way back of what is made of it.
pub fn html(bytes: &[u8]) {
    let (first, body) = split(bytes);
    let body = String::from_utf8_lossy(body);
    let whole = from_marketplace(&body, usize::MAX);
    assert!(is_clean(&whole.text), "{:?}", whole.text);
    assert!(!whole.shortened && whole.text.len() <= 64 + 16 * body.len());
    let limit = usize::from(first);
    let short = from_marketplace(&body, limit);
    assert!(is_clean(&short.text) && short.text.chars().count() <= limit);
    assert!(whole.text.starts_with(&short.text));

    let reply = from_agent(&body);
    assert!(is_clean(&reply.text), "{:?}", reply.text);
    let _ = (text::instructed(&reply.text), text::looks_automatic(&reply.text));
    // Our own reply is known again in whatever form it comes back.
    for escape in [Escape::Safe, Escape::Html] {
        let sent = text::for_marketplace(&reply.text, escape);
        assert_eq!(text::fingerprint(&sent), text::fingerprint(&reply.text), "{:?} as {sent:?}", reply.text);
    }
    let safe = text::tagless(&whole.text);
    assert!(!has_tag(&safe), "{safe:?}");
    let marker = text::marker(&body);
    assert!(text::carries_marker(&format!("Jan K. (klient) · 23.11.2026 14:03 · {marker}\n{body}"), &marker));
}

fn is_clean(text: &str) -> bool {
    let reorders = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| reorders(c) || (c.is_control() && c != '\n' && c != '\t'))
        && text.lines().all(|line| line == line.trim_end())
        && !text.starts_with('\n')
        && !text.ends_with(char::is_whitespace)
}

fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    })
}

/// The name of a person or a file.
pub fn names(bytes: &[u8]) {
    let (first, name) = split(bytes);
    let name = String::from_utf8_lossy(name);
    let limit = usize::from(first);
    let line = one_line(&name, limit);
    assert!(line.chars().count() <= limit && !line.chars().any(char::is_control), "{line:?}");
    assert_eq!(one_line(&line, limit), line);
    let safe = file_name(&name);
    assert!(!safe.is_empty() && safe.chars().count() <= 120, "{safe:?}");
    assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '"', '\r', '\n', '\0']), "{safe:?}");
    assert_eq!(file_name(&safe), safe);
    let ascii = ascii_file_name(&name);
    assert!(ascii.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{ascii:?}");
    assert!(!ascii.is_empty() && !ascii.starts_with('.') && !ascii.contains(['/', '\\', '"']), "{ascii:?}");
}

/// A settings file, and its stored form.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let problems = |error: bridge::settings::SettingsError| {
        assert!(!error.problems.is_empty());
        let told = error.in_file("shop-a.toml");
        assert!(!told.contains(|c: char| c.is_control() && c != '\n'), "{told:?}");
    };
    let settings = match Settings::from_toml(&text) {
        Ok(settings) => settings,
        Err(error) => {
            problems(error);
            if let Err(error) = Settings::from_json(&text) {
                problems(error);
            }
            return;
        }
    };
    assert_eq!(Settings::from_toml(&settings.to_toml()).as_ref(), Ok(&settings));
    let stored = settings.to_json().expect("encoded");
    assert_eq!(Settings::from_json(&stored).as_ref(), Ok(&settings));
}
