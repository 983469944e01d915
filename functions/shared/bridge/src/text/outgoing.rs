//! The text of a reply as EmpikPlace gets it, and how it is recognised when it comes back.

use std::collections::HashMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::prepare::decode_entities;
use super::render::render;

/// How the text of a reply is protected from being taken for markup. EmpikPlace does not document
/// whether it escapes, strips or trusts markup in the `body` of M12.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Escape {
    /// A `<` that could begin a tag becomes `‹`: readable whatever the receiver does.
    #[default]
    Safe,
    /// Nothing: for a receiver that escapes on its own.
    None,
    /// `&`, `<` and `>` become entities: for a receiver that expects HTML.
    Html,
}

fn starts_tag(after: &char) -> bool {
    after.is_alphabetic() || matches!(after, '/' | '!' | '?')
}

/// `text` without anything that could be taken for a tag, for a receiver that does not say whether
/// it reads text or HTML: a `<` that could begin one becomes `‹`.
pub fn tagless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        safe.push(if c == '<' && chars.peek().is_some_and(starts_tag) { '‹' } else { c });
    }
    safe
}

/// The `body` of M12 for a reply: newlines become `<br />`, which is the only markup in it.
pub fn for_marketplace(text: &str, escape: Escape) -> String {
    let mut body = String::with_capacity(text.len() + text.len() / 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, escape) {
            ('\r', _) if chars.peek() == Some(&'\n') => {}
            ('\n', _) => body.push_str("<br />"),
            ('<', Escape::Safe) if chars.peek().is_some_and(starts_tag) => body.push('‹'),
            ('&', Escape::Html) => body.push_str("&amp;"),
            ('<', Escape::Html) => body.push_str("&lt;"),
            ('>', Escape::Html) => body.push_str("&gt;"),
            _ => body.push(c),
        }
    }
    body
}

/// 32 hex digits that are the same for a text and for what a receiver makes of it: escaped once or
/// several times, unescaped, with other line breaks, without its `<br />`, with `‹` for `<`.
///
/// The normal form: white space removed, entities decoded to the end, `‹` read as `<`, everything
/// between a `<` and the next `>` removed from the inside out, and of the rest the letters and
/// digits in lower case. When none are left (`👍`, `<jan@x.pl>`), what is left before the last
/// step, or else before the last two.
///
/// Not stable is what loses words of the text: a receiver that strips tags from an unprotected text
/// with a `<` whose `>` stands on another line or nowhere.
pub fn fingerprint(text: &str) -> String {
    let bare = normalize(text, Strip::Tags);
    let mut form: String =
        bare.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if form.is_empty() {
        form = bare;
    }
    if form.is_empty() {
        form = normalize(text, Strip::Breaks);
    }
    digest(&form, 16)
}

/// The first `bytes` bytes of the SHA-256 of `text`, in hex.
fn digest(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().take(bytes).fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What to take for a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strip {
    /// Whatever stands between `<` and `>`.
    Tags,
    /// Line breaks only.
    Breaks,
}

/// The longest tag removed, in bytes. It keeps a `<` and a far `>` from hiding a whole text.
const LONGEST_TAG: usize = 256;

/// The longest entity decoded, in bytes between `&` and `;`.
const LONGEST_ENTITY: usize = 32;

/// Removes white space, entities and tags, each as soon as it is complete, so that what appears by
/// removing another is removed too: one pass, whatever the nesting.
fn normalize(text: &str, strip: Strip) -> String {
    let mut form = String::with_capacity(text.len());
    // Where each `<` that has no `>` yet stands in `form`.
    let mut open = Vec::new();
    let mut entities = Entities::default();
    for c in text.chars() {
        let mut next = Some(c);
        while let Some(c) = next.take() {
            match c {
                ';' => match entity(&form) {
                    Some(start) => {
                        let name = form.get(start + 1..).unwrap_or_default();
                        match entities.decode(name) {
                            Some(decoded) => {
                                form.truncate(start);
                                next = Some(decoded);
                            }
                            None => form.push(';'),
                        }
                    }
                    None => form.push(';'),
                },
                '<' | '‹' => {
                    open.push(form.len());
                    form.push('<');
                }
                '>' => match open.pop() {
                    Some(start) if is_tag(form.get(start + 1..).unwrap_or_default(), strip) => {
                        form.truncate(start)
                    }
                    _ => form.push('>'),
                },
                c if c.is_whitespace() || c.is_control() => {}
                c => form.push(c),
            }
        }
    }
    form
}

fn is_tag(inside: &str, strip: Strip) -> bool {
    match strip {
        Strip::Tags => inside.len() <= LONGEST_TAG,
        Strip::Breaks => matches!(inside.trim_end_matches('/').to_ascii_lowercase().as_str(), "br" | "/br"),
    }
}

/// Where the entity starts that a `;` after `form` completes.
fn entity(form: &str) -> Option<usize> {
    let name = form
        .bytes()
        .rev()
        .take(LONGEST_ENTITY)
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'#')
        .count();
    let start = form.len().checked_sub(name + 1)?;
    (name > 0 && form.as_bytes().get(start) == Some(&b'&')).then_some(start)
}

/// Entities by name, each looked up once.
#[derive(Debug, Default)]
struct Entities {
    known: HashMap<String, Option<char>>,
}

impl Entities {
    fn decode(&mut self, name: &str) -> Option<char> {
        match name {
            "amp" => return Some('&'),
            "lt" => return Some('<'),
            "gt" => return Some('>'),
            _ => {}
        }
        if let Some(number) = name.strip_prefix('#') {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            return code.ok().and_then(char::from_u32);
        }
        if let Some(&known) = self.known.get(name) {
            return known;
        }
        let decoded = decode_entities(&format!("&{name};"));
        let mut chars = decoded.chars();
        let single = chars.next().filter(|_| chars.next().is_none());
        self.known.insert(name.to_owned(), single);
        single
    }
}

/// The sign of a message in the helpdesk: `#` and the first 8 hex digits of the SHA-256 of the
/// EmpikPlace message id.
pub fn marker(message_id: &str) -> String {
    format!("#{}", digest(message_id, 4))
}

/// The header line that holds the marker stands within so many characters.
const HEADER: usize = 400;

/// Whether a message of a ticket (plain or HTML, perhaps escaped) begins with a header line that
/// holds `marker`.
pub fn carries_marker(stored: &str, marker: &str) -> bool {
    holds(&beginning(stored), marker)
}

/// The beginning of a stored message, also of one that was escaped once too often.
fn beginning(stored: &str) -> String {
    let text = render(&render(stored).lines.into_text()).lines.into_text();
    text.chars().take(HEADER).collect()
}

/// The marker of a message of a ticket that begins with a header line of ours, such as
/// `Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4`.
pub fn marker_of(stored: &str) -> Option<String> {
    let is_marker = |word: &&str| {
        let hex = word.strip_prefix('#').unwrap_or_default();
        hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let head = beginning(stored);
    let mut ends = head.lines().filter_map(|line| line.trim_end().rsplit_once(" · "));
    ends.find_map(|(_, end)| Some(end).filter(is_marker)).map(str::to_owned)
}

fn holds(text: &str, marker: &str) -> bool {
    marker.len() > 1
        && text.match_indices(marker).any(|(at, _)| {
            let end = at + marker.len();
            !text.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
}
