//! Every text that crosses the bridge: bodies in both directions, the form in which two texts are
//! compared, the marker that tells our messages apart, and one-line names.
//!
//! Everything here is pure, takes time linear in its input and never panics, whatever a stranger
//! writes. Where cleanliness and completeness disagree, completeness wins: markup that is not
//! surely markup stays in the text, and quoted history is cut only where nothing can be lost.

mod characters;
mod history;
mod instruction;
mod lines;
mod names;
mod outgoing;
mod prepare;
mod render;
#[cfg(test)]
mod tests;

pub use instruction::{Addressee, Command, Instructed, instructed, looks_automatic};
pub use names::{ascii_file_name, file_name, one_line};
pub use outgoing::{Escape, carries_marker, fingerprint, for_marketplace, marker, marker_of, tagless};

/// A body made readable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clean {
    /// Lines separated by `\n`; no control characters except `\n` and `\t`, no bidi overrides, no
    /// trailing spaces, no blank line at either end. Empty when the body said nothing.
    pub text: String,
    /// Images that stood in the body and are not in the text, tracking pixels included.
    pub images: usize,
    /// Whether the end was left out because the text was longer than the limit.
    pub shortened: bool,
}

/// The text of an EmpikPlace message body, plain or HTML, at most `limit_chars` characters long.
///
/// Nothing is cut as quoted history; quotations (`blockquote`) are marked with `> `.
pub fn from_marketplace(body: &str, limit_chars: usize) -> Clean {
    let rendered = render::render(body);
    let images = rendered.images;
    let (text, shortened) = shorten(rendered.lines.into_text(), limit_chars);
    Clean { text, images, shortened }
}

/// The text of an agent's reply, plain or HTML, without the quoted history under it.
///
/// History is cut only at the end and only when something of the agent's own remains; a reply with
/// answers between quoted lines is kept whole.
pub fn from_agent(body: &str) -> Clean {
    let rendered = render::render(body);
    let own = history::own_lines(&rendered.lines);
    let mut text = rendered.lines.into_text();
    if let Some((end, _)) = text.match_indices('\n').nth(own.saturating_sub(1)) {
        text.truncate(end);
    }
    Clean { text, images: rendered.images, shortened: false }
}

/// How far back a cut may move in order not to split a word, in characters.
const WORD_SEARCH: usize = 80;

fn shorten(mut text: String, limit: usize) -> (String, bool) {
    let Some((end, next)) = text.char_indices().nth(limit) else {
        return (text, false);
    };
    text.truncate(end);
    if !next.is_whitespace() {
        let word = text
            .char_indices()
            .rev()
            .take(WORD_SEARCH.min(limit / 2))
            .find(|(_, c)| c.is_whitespace())
            .map(|(at, _)| at);
        text.truncate(word.unwrap_or(end));
    }
    text.truncate(text.trim_end().len());
    (text, true)
}
