//! What can go wrong with a call to another system, and the one place that decides what that means.
//!
//! The clients and the ledger report an [`Outcome`]: what was observed on the wire. [`Class::of`]
//! turns it into one of five classes, and the class alone decides whether the work is retried, the
//! log level, the metric and whether somebody is woken.

use std::fmt;
use std::time::Duration;

/// How long a side is left alone after a 429 that does not say how long.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(60);

/// The longest pause that a `Retry-After` can impose; a larger figure is a fault of the sender.
pub const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

/// Longest code or request id of another system that is kept, in bytes.
const LONGEST_WORD: usize = 64;

/// The system that a call went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// EmpikPlace, the Mirakl seller API.
    Empikplace,
    /// Thulium's REST API.
    Thulium,
    /// The DynamoDB tables.
    Ledger,
    /// Secrets Manager, or the local file that stands in for it.
    Secrets,
}

impl Side {
    /// The name used in logs, metrics and results.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Empikplace => "empikplace",
            Side::Thulium => "thulium",
            Side::Ledger => "ledger",
            Side::Secrets => "secrets",
        }
    }
}

/// Whether a call can change anything at the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Safe to repeat.
    Read,
    /// Never repeated while it may have been received.
    Write,
}

/// What was observed of a call, without judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request did not leave: no connection, name not resolved, address refused.
    NotSent,
    /// The other side answered with a status that is not 2xx.
    Refused {
        /// HTTP status code.
        status: u16,
        /// `Retry-After`, when the answer carried one.
        retry_after: Option<Duration>,
    },
    /// The request may have been received, and no whole answer came back.
    NoAnswer,
    /// A 2xx answer that could not be read: cut off, too large, or not of the documented shape.
    Undecodable,
}

/// What a failure means for the work at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing was changed; try again with back-off.
    Retry,
    /// Nothing was changed; the side asks to be left alone for this long.
    Wait(Duration),
    /// The credentials or rights were refused (401, 403): an administrator has to act.
    Rejected,
    /// Refused for good; the same request would be refused again.
    Permanent,
    /// A write that may or may not have been applied: look before doing anything else.
    Unknown,
}

impl Class {
    /// Decides the class of an outcome. Nothing else in the bridge interprets a status code.
    pub fn of(effect: Effect, outcome: Outcome) -> Class {
        let lost = match effect {
            Effect::Read => Class::Retry,
            Effect::Write => Class::Unknown,
        };
        match outcome {
            Outcome::NotSent => Class::Retry,
            Outcome::NoAnswer | Outcome::Undecodable => lost,
            Outcome::Refused { status, retry_after } => match status {
                401 | 403 => Class::Rejected,
                429 => Class::Wait(retry_after.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT)),
                // 408 and every 5xx can be sent by a proxy after the request reached the system.
                503 if effect == Effect::Read => match retry_after {
                    Some(pause) => Class::Wait(pause.min(LONGEST_WAIT)),
                    None => Class::Retry,
                },
                408 | 500..=599 => lost,
                _ => Class::Permanent,
            },
        }
    }

    /// The stable word for logs, metrics and stored states.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Retry => "retry",
            Class::Wait(_) => "wait",
            Class::Rejected => "rejected",
            Class::Permanent => "permanent",
            Class::Unknown => "unknown",
        }
    }

    /// The log level, as `tracing` writes it: `ERROR` only where a person must act.
    pub fn level(self) -> &'static str {
        match self {
            Class::Retry | Class::Wait(_) => "INFO",
            Class::Unknown => "WARN",
            Class::Rejected | Class::Permanent => "ERROR",
        }
    }

    /// The metric that counts this class.
    pub fn metric(self) -> &'static str {
        match self {
            Class::Retry => "FailuresRetry",
            Class::Wait(_) => "FailuresWait",
            Class::Rejected => "FailuresRejected",
            Class::Permanent => "FailuresPermanent",
            Class::Unknown => "FailuresUnknown",
        }
    }
}

/// Words of the other system about a refusal.
///
/// They can quote a customer, so they never appear in `Debug` or `Display`; only a comment to the
/// agent may [`reveal`](Remark::reveal) them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Remark(String);

impl Remark {
    /// Longest remark kept, in characters.
    pub const LONGEST: usize = 300;

    /// Keeps the first [`Remark::LONGEST`] characters, on one line and without control characters.
    pub fn new(text: &str) -> Remark {
        let clean: String =
            text.chars().take(Self::LONGEST * 2).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words: Vec<&str> = clean.split_whitespace().collect();
        Remark(words.join(" ").chars().take(Self::LONGEST).collect())
    }

    /// The words, for a person who may see the conversation.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "***" })
    }
}

/// A failed call: where, which operation, and what it means.
///
/// `Display` holds no text of a request or an answer, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {operation}: {}{}{}", side.as_str(), what(outcome), request(request_id), advice(detail))]
pub struct Failure {
    /// The system that was called.
    pub side: Side,
    /// The endpoint code or method and path pattern, e.g. `M12` or `POST tickets`.
    pub operation: &'static str,
    /// What was observed.
    pub outcome: Outcome,
    /// What it means.
    pub class: Class,
    /// Error codes of the other system, e.g. Thulium's numeric `code`; never its free text.
    pub codes: Vec<String>,
    /// The other system's id of the request, which its support asks for.
    pub request_id: Option<String>,
    /// What is known beyond the status, in our own words.
    pub detail: Option<&'static str>,
    /// The other system's words; not printed.
    pub remark: Remark,
}

impl Failure {
    /// A failure of the given call, classified.
    pub fn new(side: Side, operation: &'static str, effect: Effect, outcome: Outcome) -> Failure {
        Failure {
            side,
            operation,
            outcome,
            class: Class::of(effect, outcome),
            codes: Vec::new(),
            request_id: None,
            detail: None,
            remark: Remark::default(),
        }
    }

    /// Adds what is known, in our own words.
    pub fn because(mut self, detail: &'static str) -> Failure {
        self.detail = Some(detail);
        self
    }

    /// Takes over the other side's codes and its id of the request, as far as each is one plain word:
    /// what else stands there may be words about a person.
    pub fn naming(mut self, codes: impl IntoIterator<Item = String>, request_id: Option<String>) -> Failure {
        self.codes.extend(codes.into_iter().filter(|code| is_plain_word(code)));
        self.request_id = request_id.filter(|id| is_plain_word(id));
        self
    }

    /// The HTTP status, when the other side answered with one that is not 2xx.
    pub fn status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether the addressed object is not there (404) or no longer there (410).
    pub fn is_gone(&self) -> bool {
        matches!(self.status(), Some(404 | 410))
    }
}

fn is_plain_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_WORD).contains(&text.len()) && text.bytes().all(plain)
}

fn what(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotSent => "could not be reached".into(),
        Outcome::Refused { status, .. } => format!("answered {status}"),
        Outcome::NoAnswer => "gave no answer".into(),
        Outcome::Undecodable => "gave an answer that could not be read".into(),
    }
}

fn request(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default()
}

fn advice(detail: &Option<&'static str>) -> String {
    detail.map(|d| format!(": {d}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_of_the_other_side_are_kept() {
        let failure = || Failure::new(Side::Thulium, "GET users", Effect::Read, Outcome::NoAnswer);
        let long = "x".repeat(LONGEST_WORD + 1);
        let told = ["111111", "E-2", "a.b_c", "Jan Kowalski", "jan@ptak.example", "zły", "", &long];
        let named = failure().naming(told.map(str::to_owned), Some("0ddc-1".to_owned()));
        assert_eq!(named.codes, ["111111", "E-2", "a.b_c"]);
        assert_eq!(named.request_id.as_deref(), Some("0ddc-1"));
        assert_eq!(failure().naming([], Some("Jan Kowalski".to_owned())).request_id, None);
    }

    fn refused(status: u16) -> Outcome {
        Outcome::Refused { status, retry_after: None }
    }

    #[test]
    fn a_write_that_may_have_arrived_is_unknown() {
        for outcome in
            [Outcome::NoAnswer, Outcome::Undecodable, refused(500), refused(502), refused(503), refused(408)]
        {
            assert_eq!(Class::of(Effect::Write, outcome), Class::Unknown, "{outcome:?}");
            assert_eq!(Class::of(Effect::Read, outcome), Class::Retry, "{outcome:?}");
        }
        assert_eq!(Class::of(Effect::Write, Outcome::NotSent), Class::Retry);
    }

    #[test]
    fn retry_after_is_honoured_and_bounded() {
        let of = |seconds| Class::of(Effect::Write, Outcome::Refused { status: 429, retry_after: seconds });
        assert_eq!(of(None), Class::Wait(DEFAULT_WAIT));
        assert_eq!(of(Some(Duration::from_secs(7))), Class::Wait(Duration::from_secs(7)));
        assert_eq!(of(Some(Duration::from_secs(u64::MAX))), Class::Wait(LONGEST_WAIT));
    }

    #[test]
    fn a_pause_is_asked_for_by_503_too_unless_a_write_may_have_arrived() {
        let asks =
            |seconds| Outcome::Refused { status: 503, retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(Class::of(Effect::Read, asks(7)), Class::Wait(Duration::from_secs(7)));
        assert_eq!(Class::of(Effect::Read, asks(u64::MAX)), Class::Wait(LONGEST_WAIT));
        assert_eq!(Class::of(Effect::Write, asks(7)), Class::Unknown);
    }

    #[test]
    fn classes_have_stable_words() {
        let classes =
            [Class::Retry, Class::Wait(DEFAULT_WAIT), Class::Rejected, Class::Permanent, Class::Unknown];
        let words = classes.map(|class| [class.as_str(), class.level(), class.metric()].join(" "));
        let expected = [
            "retry INFO FailuresRetry",
            "wait INFO FailuresWait",
            "rejected ERROR FailuresRejected",
            "permanent ERROR FailuresPermanent",
            "unknown WARN FailuresUnknown",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn refusals_are_told_apart() {
        assert_eq!(Class::of(Effect::Write, refused(401)), Class::Rejected);
        assert_eq!(Class::of(Effect::Read, refused(403)), Class::Rejected);
        for status in [301, 400, 404, 410, 413, 415, 422] {
            assert_eq!(Class::of(Effect::Write, refused(status)), Class::Permanent, "{status}");
        }
    }

    #[test]
    fn only_404_and_410_say_that_something_is_gone() {
        let failure = |outcome| Failure::new(Side::Thulium, "GET tickets", Effect::Read, outcome);
        for status in [404, 410] {
            let failure = failure(refused(status));
            assert_eq!((failure.is_gone(), failure.status()), (true, Some(status)));
        }
        for outcome in [refused(400), refused(403), refused(500), Outcome::NoAnswer, Outcome::NotSent] {
            assert!(!failure(outcome).is_gone(), "{outcome:?}");
        }
    }

    #[test]
    fn words_of_the_other_side_are_not_printed() {
        let mut failure = Failure::new(Side::Empikplace, "M12", Effect::Write, refused(400));
        failure.remark = Remark::new("Pani Nowak\r\nnapisała  \u{7}za mało");
        failure.request_id = Some("53678450401cf".into());
        assert_eq!(failure.to_string(), "empikplace M12: answered 400 (request 53678450401cf)");
        assert!(!format!("{failure:?}").contains("Nowak"));
        assert_eq!([failure.remark.clone(), Remark::default()].map(|r| format!("{r:?}")), ["***", "\"\""]);
        assert_eq!(failure.remark.reveal(), "Pani Nowak napisała za mało");
        let advised = failure.because("too short");
        assert_eq!(advised.to_string(), "empikplace M12: answered 400 (request 53678450401cf): too short");
    }
}
