//! Tells markup from text before the tokenizer sees it.
//!
//! An HTML tokenizer takes `<jan@x.pl>` for an element and `</3` for a comment, and drops both. So
//! every `<` and `&` that does not surely begin a known tag or a complete entity is escaped first;
//! what is left for the tokenizer is markup, and whether anything is left tells HTML from plain.

use html5gum::{DefaultEmitter, State, Token, Tokenizer};

use super::characters::sanitize;

/// What kind of body it is, by the tags in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// No tag at all.
    Plain,
    /// Tags, but none that makes lines: the line breaks in the source are meant.
    Inline,
    /// HTML whose line breaks are tags.
    Blocks,
}

/// Elements that a body may use, sorted. Others are text.
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "map",
    "mark",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "path",
    "picture",
    "pre",
    "progress",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "xml",
];

/// Namespaces that Word puts into mails, as in `<o:p>`.
const WORD: &[&str] = &["m", "o", "st1", "v", "w", "x"];

/// Of the known elements, those that do not make lines.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
];

/// Attributes that stand without a value.
const BARE: &[&str] = &[
    "/",
    "checked",
    "compact",
    "controls",
    "disabled",
    "download",
    "hidden",
    "ismap",
    "itemscope",
    "multiple",
    "noshade",
    "nowrap",
    "open",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// How far from its name a tag must show an attribute's `=` or its end, in bytes.
const TAG_HORIZON: usize = 96;

/// The longest entity name is 31 letters.
const ENTITY_HORIZON: usize = 32;

/// A sanitized copy of `body` in which everything that only looks like markup is escaped.
pub(super) fn prepare(body: &str) -> (String, Shape) {
    let body = sanitize(body);
    // A tag that never ends would swallow the rest of the body.
    let last_end = body.rfind('>').unwrap_or(0);
    let mut prepared = String::with_capacity(body.len() + body.len() / 16);
    let mut shape = Shape::Plain;
    let mut copied = 0;
    for (at, sign) in body.bytes().enumerate().filter(|(_, b)| matches!(b, b'<' | b'&')) {
        let rest = body.as_bytes().get(at + 1..).unwrap_or_default();
        let next = rest.first().copied().unwrap_or_default();
        let escape = match sign {
            b'&' if next.is_ascii_alphanumeric() || next == b'#' => (!starts_entity(rest)).then_some("&amp;"),
            b'<' if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') => {
                let found = markup(rest).filter(|_| at < last_end);
                shape = shape.max(found.unwrap_or(Shape::Plain));
                found.is_none().then_some("&lt;")
            }
            // No tokenizer takes it for more than itself.
            _ => None,
        };
        if let Some(escape) = escape {
            prepared.push_str(body.get(copied..at).unwrap_or_default());
            prepared.push_str(escape);
            copied = at + 1;
        }
    }
    prepared.push_str(body.get(copied..).unwrap_or_default());
    (prepared, shape)
}

/// `text` with its entities decoded once, and nothing else changed.
pub(super) fn decode_entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    // Spans are not looked at; a second kind of emitter would double the tokenizer in the binary.
    let mut tokenizer = Tokenizer::new_with_emitter(text, DefaultEmitter::<usize>::new_with_span());
    // In this state only the end tag of the element it was entered for is markup; there is none.
    tokenizer.set_state(State::RcData);
    let mut decoded = Vec::with_capacity(text.len());
    for token in tokenizer {
        if let Ok(Token::String(piece)) = token {
            decoded.extend_from_slice(&piece);
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Whether `rest`, which follows a `&`, completes an entity. Without its `;` it is more likely a
/// parameter of an address (`?a=1&copy=2`) than an entity.
fn starts_entity(rest: &[u8]) -> bool {
    let name = rest.strip_prefix(b"#").unwrap_or(rest);
    let length = name.iter().take(ENTITY_HORIZON).take_while(|b| b.is_ascii_alphanumeric()).count();
    length > 0 && name.get(length) == Some(&b';')
}

/// What `bytes`, which follow a `<`, begin: `None` for text, and what it says about the body
/// otherwise.
fn markup(bytes: &[u8]) -> Option<Shape> {
    if let Some(declaration) = bytes.strip_prefix(b"!") {
        let doctype = declaration.get(..7).is_some_and(|w| w.eq_ignore_ascii_case(b"doctype"));
        let comment = declaration.starts_with(b"--") || declaration.starts_with(b"[");
        return if doctype { Some(Shape::Inline) } else { comment.then_some(Shape::Plain) };
    }
    if let Some(instruction) = bytes.strip_prefix(b"?") {
        let xml = instruction.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(b"xml"));
        return xml.then_some(Shape::Plain);
    }
    let (closes, bytes) = match bytes.strip_prefix(b"/") {
        Some(name) => (true, name),
        None => (false, bytes),
    };
    let length = bytes
        .iter()
        .take(TAG_HORIZON)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_'))
        .count();
    let (name, after) = bytes.split_at_checked(length)?;
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let known = match name.split_once(':') {
        Some((prefix, _)) => WORD.contains(&prefix),
        None => KNOWN.binary_search(&name.as_str()).is_ok(),
    };
    let inline = INLINE.contains(&name.as_str()) || name.contains(':');
    let shape = if inline { Shape::Inline } else { Shape::Blocks };
    (known && ends_like_a_tag(after, closes)).then_some(shape)
}

/// Whether what follows a known name looks like the rest of a tag. In `a <b and c> d` it does not.
fn ends_like_a_tag(after: &[u8], closes: bool) -> bool {
    let after = after.get(..TAG_HORIZON).unwrap_or(after);
    if !after.starts_with(b">")
        && !after.starts_with(b"/")
        && !after.first().is_some_and(u8::is_ascii_whitespace)
    {
        return false;
    }
    let Some(end) = after.iter().position(|b| matches!(b, b'>' | b'=')) else {
        return false;
    };
    let (words, rest) = after.split_at(end);
    let words = words.trim_ascii();
    if rest.first() == Some(&b'=') {
        return !closes && words.last().is_some_and(u8::is_ascii_alphanumeric) && !words.contains(&b'<');
    }
    words.is_empty()
        || (!closes
            && words
                .strip_suffix(b"/")
                .unwrap_or(words)
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
                .all(|word| BARE.iter().any(|bare| word.eq_ignore_ascii_case(bare.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_names_is_sorted() {
        assert!(KNOWN.is_sorted());
        assert!(INLINE.iter().all(|name| KNOWN.contains(name)));
    }

    #[test]
    fn only_what_is_surely_markup_is_left_to_the_tokenizer() {
        for text in [
            "a < b",
            "<3",
            "</3 serce>",
            "<jan@x.pl>",
            "<https://x.pl>",
            "a <b and c> d",
            "x <b = c> y",
            "<b",
            "<!ważne>",
            "<?>",
            "<bold>",
            "<p<",
            "</p ważne>",
        ] {
            let (prepared, shape) = prepare(text);
            assert_eq!(shape, Shape::Plain, "{text}");
            assert_eq!(decode_entities(&prepared), text);
        }
        for (html, shape) in [
            ("<b>a</b>", Shape::Inline),
            ("a<br>b", Shape::Blocks),
            ("<BR/>", Shape::Blocks),
            ("<td nowrap>", Shape::Blocks),
            ("<a\nhref=x>", Shape::Inline),
            ("<o:p></o:p>", Shape::Inline),
            ("<hr noshade />", Shape::Blocks),
        ] {
            assert_eq!(prepare(html), (html.to_owned(), shape));
        }
    }

    #[test]
    fn entities_need_their_semicolon() {
        let (prepared, _) = prepare("?a=1&copy=2 &lt;&#322;&#x142; R&D &;");
        assert_eq!(decode_entities(&prepared), "?a=1&copy=2 <łł R&D &;");
    }
}
