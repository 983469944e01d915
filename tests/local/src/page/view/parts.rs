//! Small things that several columns show.

use bridge::conversation::{Delivery, DeliveryState};
use bridge::text;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::View;

/// Longest text of a message that is shown, in characters: more than either system takes.
const LONGEST: usize = 60_000;

/// Characters that are not seen but change how others are: they are shown by their number.
fn is_sly(letter: char) -> bool {
    matches!(letter,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
        || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// Text of a stranger: escaped, apart from its surroundings in direction, with nothing unseen in it.
pub(super) fn foreign(text: &str) -> Markup {
    html! {
        bdi {
            @for piece in text.split_inclusive(is_sly) {
                @match piece.char_indices().next_back().filter(|(_, letter)| is_sly(*letter)) {
                    None => (piece),
                    Some((end, letter)) => {
                        (&piece[..end])
                        span .sly { "U+" (format!("{:04X}", u32::from(letter))) }
                    }
                }
            }
        }
    }
}

/// The text of a body, plain or HTML, as the bridge reads it too.
pub(super) fn readable(body: &str, html: bool) -> String {
    if html { text::from_marketplace(body, LONGEST).text } else { body.trim().to_owned() }
}

/// A body that several lines may have.
pub(super) fn body(text: &str) -> Markup {
    html! { div .body dir="auto" { (foreign(text)) } }
}

/// The beginning of a text, in one line.
pub(super) fn peek(text: &str) -> Markup {
    foreign(&text::one_line(text, 110))
}

/// `812 B`, `14 KB`, `2.1 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A file that can be fetched.
pub(super) fn file(link: &str, name: &str, bytes: u64) -> Markup {
    html! {
        a .file href=(link) download {
            svg viewBox="0 0 11 14" aria-hidden="true" {
                path d="M1 1h6l3 3v9H1zM7 1v3h3" fill="none" stroke="currentColor" {}
            }
            (foreign(name)) small { (size(bytes)) }
        }
    }
}

impl View<'_> {
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.model.thulium.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// `14:03` today, `22.11 14:03` this year, `22.11.2025 14:03` before.
    pub(super) fn time(&self, at: Timestamp) -> Markup {
        let (then, now) = (at.to_zoned_datetime(self.zone()), self.model.now.to_zoned_datetime(self.zone()));
        let form = match (then.date() == now.date(), then.year() == now.year()) {
            (true, _) => "%H:%M",
            (false, true) => "%d.%m %H:%M",
            (false, false) => "%d.%m.%Y %H:%M",
        };
        html! { time datetime=(at) title=(then.strftime("%d.%m.%Y %H:%M:%S")) { (then.strftime(form)) } }
    }

    /// `14:03:27`.
    pub(super) fn second(&self, at: Timestamp) -> Markup {
        let then = at.to_zoned_datetime(self.zone());
        html! { time datetime=(at) title=(then.strftime("%d.%m.%Y %H:%M:%S")) { (then.strftime("%H:%M:%S")) } }
    }

    /// Where a reply stands.
    pub(super) fn delivery(&self, delivery: Option<&Delivery>) -> Markup {
        let w = self.words;
        let Some(delivery) = delivery else {
            return html! { p .state data-state="new" { span .dot .wait {} (w.not_seen_yet()) } };
        };
        let (class, mark) = match delivery.state {
            DeliveryState::Delivered => ("good", "✓"),
            DeliveryState::Parked | DeliveryState::Refused => ("bad", "!"),
            DeliveryState::Dropped | DeliveryState::Skipped => ("quiet", "–"),
            DeliveryState::Queued | DeliveryState::Sending | DeliveryState::Held => ("wait", ""),
        };
        html! {
            div .state data-state=(delivery.state.as_str()) {
                span .dot .(class) aria-hidden="true" { (mark) }
                span {
                    (w.delivery(delivery.state))
                    @if delivery.attempt > 1 { " · " (w.attempt(delivery.attempt)) }
                    @if let (Some(due), DeliveryState::Queued) = (delivery.due, delivery.state) {
                        " · " (w.again_at()) " " (self.second(due))
                    }
                    @if let Some(reason) = delivery.reason {
                        @if delivery.state != DeliveryState::Delivered { " · " (w.reason(reason)) }
                    }
                }
                @if delivery.waits_for_a_person() {
                    (self.retry(&delivery.key.thread.0, Some((delivery.ticket.0, delivery.reply.0)), "in"))
                }
            }
        }
    }

    /// The button that sets something going again. `place` keeps apart two that do the same.
    pub(super) fn retry(&self, thread: &str, reply: Option<(u64, u64)>, place: &str) -> Markup {
        let number = reply.map_or_else(String::new, |(ticket, reply)| format!("{ticket}/{reply}"));
        html! {
            form method="post" action=(self.at.link("/retry")) enctype="multipart/form-data" data-quiet {
                input type="hidden" name="thread" value=(thread);
                input type="hidden" name="reply" value=(number);
                button .small #{ "retry-" (place) "-" (thread) "-" (number) } { (self.words.retry()) }
            }
        }
    }

    /// A choice of one, as buttons in a row. What was typed wins over the first.
    pub(super) fn choice(&self, name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
        let typed = self.typed.get(name);
        let chosen = match options.iter().find(|(value, _)| Some(*value) == typed) {
            Some((value, _)) => value,
            None => options.first().map_or("", |(value, _)| value),
        };
        html! {
            fieldset .choice {
                legend { (label) }
                @for (value, text) in options {
                    label {
                        input type="radio" name=(name) value=(value) checked[*value == chosen];
                        span { (text) }
                    }
                }
            }
        }
    }

    /// The field for what is said, and the one for files.
    pub(super) fn message_fields(&self, id: &str, label: &str) -> Markup {
        html! {
            label .hidden for=(id) { (label) }
            textarea #(id) name="body" rows="2" placeholder=(label) { (self.typed.get("body").unwrap_or_default()) }
        }
    }

    pub(super) fn file_field(&self, id: &str) -> Markup {
        html! {
            label .hidden for=(id) { (self.words.attach()) }
            input .files #(id) type="file" name="files" multiple;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_named() {
        let shown = foreign("faktura\u{202E}fdp.exe\u{0}<b>").into_string();
        assert_eq!(
            shown,
            "<bdi>faktura<span class=\"sly\">U+202E</span>fdp.exe<span class=\"sly\">U+0000</span>&lt;b&gt;</bdi>"
        );
        assert_eq!(foreign("👩‍🚀 ążź\n").into_string(), "<bdi>👩‍🚀 ążź\n</bdi>", "joiners of emoji stay");
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 999, 1_000, 14_321, 2_150_000].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1 KB", "14 KB", "2.1 MB"]);
    }
}
