//! What happens, one readable line each, and a bar while the first backlog drains.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::io::{IsTerminal, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bridge::ledger::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

const INWARD: &str = "EmpikPlace → Thulium   ";
const OUTWARD: &str = "Thulium    → EmpikPlace";
const NEITHER: &str = "                       ";

const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";
const CYAN: &str = "36";
const BOLD: &str = "1";

/// Writes to standard output; the bar goes to standard error, and only to a terminal. A clone writes
/// to the same place.
#[derive(Clone)]
pub struct Console {
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    colours: bool,
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Console {
    /// A console that dates its lines by `clock`, in `zone`.
    pub fn new(clock: Arc<dyn Clock>, zone: TimeZone) -> Console {
        // https://no-color.org: set and not empty means no colours.
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colours = !plain && std::io::stdout().is_terminal();
        Console { clock, zone, colours, bar: Arc::default() }
    }

    /// Turns the engine's events into lines.
    pub fn layer<S: Subscriber>(&self) -> impl Layer<S> + use<S> {
        Lines { console: self.clone() }
    }

    /// Writes a line as it is.
    pub fn say(&self, line: &str) {
        let write = || {
            // A closed pipe ends the reader's interest, not the work.
            writeln!(std::io::stdout().lock(), "{line}").ok();
        };
        match self.bar().as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Writes a heading.
    pub fn heading(&self, text: &str) {
        self.say("");
        self.say(&self.painted(BOLD, text));
    }

    /// Writes what a person sees somewhere: where, and below it how it reads.
    pub fn sight(&self, place: &str, text: &str) {
        self.say(&format!("  {}", self.painted(BOLD, place)));
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            self.say(&format!("    │ {}", harmless(line)));
        }
    }

    /// Writes a dated line about something that neither side did.
    pub fn note(&self, text: &str) {
        self.say(&format!("{}  {NEITHER}  {text}", self.time()));
    }

    /// Shows a bar: `waiting` more conversations are to come.
    pub fn backlog(&self, waiting: u64) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let mut bar = self.bar();
        match bar.as_ref() {
            Some(bar) => bar.set_length(bar.position() + waiting),
            None => {
                let style = ProgressStyle::with_template("{bar:30} {pos}/{len} conversations");
                let shown = ProgressBar::with_draw_target(Some(waiting), ProgressDrawTarget::stderr());
                *bar = Some(match style {
                    Ok(style) => shown.with_style(style),
                    Err(_) => shown,
                });
            }
        }
    }

    /// Takes the bar away.
    pub fn drained(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self) -> String {
        let now = self.clock.now().to_zoned_datetime(self.zone.clone());
        self.painted(DIM, &now.strftime("%H:%M:%S").to_string())
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

struct Lines {
    console: Console,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(name) = fields.0.get("event").cloned() else {
            return;
        };
        if name == "ticket.opened"
            && let Some(bar) = self.console.bar().as_ref()
        {
            bar.inc(1);
        }
        let level = *event.metadata().level();
        if level <= Level::INFO
            && let Some((colour, arrow, words)) = line(&name, &fields, level)
        {
            let arrow = self.console.painted(colour, arrow);
            self.console.say(&format!("{}  {arrow}  {words}", self.console.time()));
        }
    }
}

/// The fields of an event, as text.
#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// `shop-a  thread 3f2a91c0  ticket 12`, as far as the event names them.
    fn place(&self) -> String {
        let thread: String = self.get("thread.id").chars().take(8).collect();
        let (shop, ticket) = (self.get("integration.id"), self.get("ticket.id"));
        let mut place = String::new();
        if !shop.is_empty() {
            let _ = write!(place, "{shop}  ");
        }
        if !thread.is_empty() {
            let _ = write!(place, "thread {thread}  ");
        }
        if !ticket.is_empty() {
            let _ = write!(place, "ticket {ticket:<4} ");
        }
        place
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), harmless(&format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), harmless(value));
    }
}

/// Ids are what the other side says they are: nothing in them may act on a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Colour, arrow and words of an event; `None`: nothing that a person wants to read.
fn line(name: &str, fields: &Fields, level: Level) -> Option<(&'static str, &'static str, String)> {
    let place = fields.place();
    let said = |colour, arrow, words: &str| Some((colour, arrow, format!("{place}{words}")));
    match name {
        "message.in" => {
            let whose = match fields.get("author") {
                "buyer" => "a buyer's message is in the ticket",
                "shop" => "a message from the EmpikPlace panel is in the ticket, as a comment",
                _ => "a message from Empik is in the ticket",
            };
            said(CYAN, INWARD, whose)
        }
        "ticket.opened" => said(CYAN, INWARD, "a ticket was opened"),
        "customer.created" => said(DIM, INWARD, "the buyer is in the CRM"),
        "file.missing" => said(YELLOW, INWARD, "a file could not be copied; the agent is told"),
        "reply.out" => {
            let again = match fields.get("attempt") {
                "" | "1" => String::new(),
                attempt => format!(" (attempt {attempt})"),
            };
            said(GREEN, OUTWARD, &format!("the agent's reply is on EmpikPlace{again}"))
        }
        "reply.parked" => {
            let why = match fields.get("reason") {
                "too_short" => "too short",
                "too_long" => "too long",
                "no_recipient" => "nobody to send it to",
                "refused" => "EmpikPlace refused it",
                "thread_gone" => "the thread is gone",
                "ticket_gone" => "the ticket is gone",
                "unclear" => "it may have arrived",
                "exhausted" => "tried for too long",
                other => other,
            };
            said(YELLOW, OUTWARD, &format!("a reply was set aside: {why}; the agent is told"))
        }
        "conversation.parked" => {
            said(RED, INWARD, &format!("the conversation was set aside: {}", fields.get("reason")))
        }
        "failure" => {
            let arrow = if fields.get("side") == "thulium" { INWARD } else { OUTWARD };
            let colour = if level == Level::INFO { DIM } else { YELLOW };
            said(colour, arrow, fields.get("message"))
        }
        "tick" if level < Level::INFO => {
            said(RED, NEITHER, &format!("the tick failed: {}", fields.get("reason")))
        }
        // What the functions log of themselves, every minute.
        _ if level == Level::INFO => None,
        _ => said(if level == Level::ERROR { RED } else { YELLOW }, NEITHER, fields.get("message")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_id_acts_on_a_terminal() {
        assert_eq!(harmless("t-1\u{1b}[2J\u{7}\r\n\u{9b}x"), "t-1 [2J    x");
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_line_names_the_direction_and_short_ids() {
        let fields = fields(&[
            ("integration.id", "shop-a"),
            ("thread.id", "3f2a91c0-aaaa-bbbb"),
            ("ticket.id", "12"),
            ("attempt", "2"),
        ]);
        let (_, arrow, words) = line("reply.out", &fields, Level::INFO).expect("a line");
        assert_eq!(arrow, OUTWARD);
        assert_eq!(
            words,
            "shop-a  thread 3f2a91c0  ticket 12   the agent's reply is on EmpikPlace (attempt 2)"
        );
    }

    #[test]
    fn unknown_events_show_only_when_something_is_wrong() {
        let fields = fields(&[("message", "the list was cut")]);
        assert!(line("list.cut", &fields, Level::INFO).is_none());
        let (_, _, words) = line("list.cut", &fields, Level::ERROR).expect("a line");
        assert_eq!(words, "the list was cut");
    }
}
