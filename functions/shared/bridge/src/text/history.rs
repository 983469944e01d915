//! Finds the quoted history under an agent's reply.
//!
//! Two kinds are told apart. Outlook's way opens history with a block of headers and quotes nothing
//! visibly, so all that follows is history. Everybody else marks the quoted lines themselves; such
//! history is cut only where it is the end of the text. Whenever a quoted line is followed by words
//! that are not quoted, they may be answers between the lines, and the whole text is kept.

use super::lines::{Lines, Mark};

/// An attribution may be wrapped over this many lines …
const ATTRIBUTION_LINES: usize = 4;
/// … and be this long, in bytes.
const ATTRIBUTION_LENGTH: usize = 400;

/// The lines among which the headers of a quoted mail are looked for.
const HEADER_LINES: usize = 10;

/// How many of the first lines are the agent's own; all of them when nothing is surely history.
pub(super) fn own_lines(lines: &Lines) -> usize {
    let lines: Vec<Line<'_>> = lines.iter().map(|(text, mark)| Line { text: text.trim(), mark }).collect();
    let end = history_start(&lines);
    let kept = lines.get(..end).unwrap_or_default();
    let own = kept.iter().rposition(|line| !line.is_decoration()).map_or(0, |last| last + 1);
    if end == lines.len() || own == 0 { lines.len() } else { own }
}

#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    mark: Mark,
}

impl Line<'_> {
    /// Whether the line is surely quoted.
    fn is_quoted(&self) -> bool {
        self.mark == Mark::History || (self.mark != Mark::Block && self.text.starts_with('>'))
    }

    /// Whether the line says nothing: blank, or a ruler.
    fn is_decoration(&self) -> bool {
        self.text.chars().all(|c| matches!(c, '-' | '_' | '=' | '*' | '—' | '–'))
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

/// The index of the first line of history; the number of lines when there is none to cut.
fn history_start(lines: &[Line<'_>]) -> usize {
    let headers = (0..lines.len()).find(|&at| opens_history(lines, at));
    if let Some(start) = headers {
        let (own, history) = lines.split_at(start);
        let says_something = own.iter().any(|line| !line.is_decoration() && !line.is_quoted());
        return if says_something && !answers_between(own) && !answers_between(history) {
            start
        } else {
            lines.len()
        };
    }
    // The lines at the end that are quoted, or blank, or in a quotation that may be the agent's.
    let tail = lines
        .iter()
        .rposition(|line| !line.is_quoted() && !line.is_blank() && line.mark != Mark::Block)
        .map_or(0, |last| last + 1);
    let start = match attribution(lines, tail) {
        Some(start) => start,
        None => {
            // Without an attribution one line with a `>` may be anything.
            let quoted = |line: &&Line<'_>| line.is_quoted();
            let tail_lines = lines.get(tail..).unwrap_or_default();
            let marked = tail_lines.iter().any(|line| line.mark == Mark::History);
            let first = tail_lines.iter().position(Line::is_quoted).map(|at| tail + at);
            match first {
                Some(first) if marked || tail_lines.iter().filter(quoted).count() > 1 => first,
                _ => return lines.len(),
            }
        }
    };
    let own = lines.get(..start).unwrap_or_default();
    if own.iter().any(Line::is_quoted) { lines.len() } else { start }
}

/// Whether words that are not quoted follow a quoted line.
fn answers_between(lines: &[Line<'_>]) -> bool {
    lines.iter().skip_while(|line| !line.is_quoted()).any(|line| !line.is_quoted() && !line.is_decoration())
}

/// Whether quoted history without visible marks begins at line `at`.
fn opens_history(lines: &[Line<'_>], at: usize) -> bool {
    let Some(line) = lines.get(at) else { return false };
    if line.is_quoted() || line.mark == Mark::Block {
        return false;
    }
    line.mark == Mark::Header
        || is_separator(line.text)
        || is_own_header(line.text)
        || is_header_block(lines, at)
}

/// `-----Original Message-----` and the like.
fn is_separator(line: &str) -> bool {
    const NAMES: [&str; 7] = [
        "original message",
        "oryginalna wiadomość",
        "wiadomość oryginalna",
        "wiadomość pierwotna",
        "pierwotna wiadomość",
        "originalnachricht",
        "original-nachricht",
    ];
    let words = line.trim_matches('-');
    // At least two dashes on each side: this is not a heading of the agent's.
    line.len() < 120
        && line.starts_with("--")
        && line.ends_with("--")
        && NAMES.contains(&words.trim().to_lowercase().as_str())
}

/// The header line of a message that the bridge itself put into the ticket:
/// `Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4`.
fn is_own_header(line: &str) -> bool {
    let Some((before, marker)) = line.trim_end().rsplit_once(" · #") else { return false };
    !before.is_empty() && marker.len() == 8 && marker.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Headers of a mail, as in `Od: … / Wysłano: … / Do: … / Temat: …`, beginning at line `at`.
fn is_header_block(lines: &[Line<'_>], at: usize) -> bool {
    const SENDER: [&str; 2] = ["od", "from"];
    const SENT: [&str; 5] = ["wysłano", "wysłane", "data", "sent", "date"];
    const RECIPIENT: [&str; 2] = ["do", "to"];
    const SUBJECT: [&str; 3] = ["temat", "subject", "tytuł"];
    let label = |line: &Line<'_>| {
        let (label, _) = line.text.trim_start_matches('*').split_once(':')?;
        (label.len() < 16).then(|| label.trim_matches(['*', ' ', '\u{a0}']).to_lowercase())
    };
    let Some(first) = lines.get(at).and_then(label) else {
        return false;
    };
    if !SENDER.contains(&first.as_str()) {
        return false;
    }
    let labels: Vec<String> = lines.iter().skip(at).take(HEADER_LINES).filter_map(label).collect();
    let has = |names: &[&str]| labels.iter().any(|label| names.contains(&label.as_str()));
    has(&SENT) && (has(&RECIPIENT) || has(&SUBJECT)) || has(&RECIPIENT) && has(&SUBJECT)
}

/// The first line of an attribution (`W dniu … Jan Kowalski pisze:`) that ends right above line
/// `below`.
fn attribution(lines: &[Line<'_>], below: usize) -> Option<usize> {
    // Nothing quoted follows: `pisze:` is then the agent's own last word.
    if below >= lines.len() {
        return None;
    }
    let last = lines.get(..below)?.iter().rposition(|line| !line.is_blank())?;
    let mut words = String::new();
    for first in (0..=last).rev().take(ATTRIBUTION_LINES) {
        let line = lines.get(first)?.text;
        if words.len() + line.len() > ATTRIBUTION_LENGTH {
            return None;
        }
        words = format!("{line} {words}");
        let lower = words.trim().to_lowercase();
        if opens_attribution(&lower) && ends_attribution(&lower) {
            return Some(first);
        }
    }
    None
}

fn opens_attribution(words: &str) -> bool {
    const OPENINGS: [&str; 20] = [
        "w dniu ",
        "dnia ",
        "on ",
        "am ",
        "użytkownik ",
        "wiadomość napisana przez ",
        "pon.",
        "wt.",
        "śr.",
        "czw.",
        "pt.",
        "sob.",
        "niedz.",
        "nd.",
        "poniedziałek",
        "wtorek",
        "środa",
        "czwartek",
        "piątek",
        "sobota",
    ];
    words.starts_with(|c: char| c.is_ascii_digit())
        || words.starts_with("niedziela")
        || OPENINGS.iter().any(|opening| words.starts_with(opening))
}

fn ends_attribution(words: &str) -> bool {
    const VERBS: [&str; 4] = [" pisze", " napisa", " wrote", " schrieb"];
    let verb = VERBS.iter().any(|verb| words.contains(verb)) || words.starts_with("wiadomość napisana");
    words.ends_with(':') && verb && words.contains(|c: char| c.is_ascii_digit())
}
