//! The settings of one integration: one EmpikPlace shop joined with one Thulium account.
//!
//! A seller's IT person writes them as a TOML file; [`Settings::from_toml`] checks it and reports
//! everything that is wrong with it at once. They are stored as JSON ([`Settings::to_json`],
//! [`Settings::from_json`]) and written out again as a commented file ([`Settings::to_toml`]).
//! Secrets are no part of them.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use crate::calendar::{BusinessHours, Holidays, Hours};
pub use crate::text::Escape;
pub use problem::{Problem, SettingsError};
pub use replies::{AutoReplyWhen, Replies};
pub use write::default_template;

mod found;
mod problem;
mod read;
mod replies;
mod schema;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod write;

/// The name of an integration, such as `shop-a`: 1 to 40 of the characters `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IntegrationId(String);

impl IntegrationId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IntegrationId {
    type Err = InvalidIntegrationId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if (1..=40).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIntegrationId)
        }
    }
}

impl TryFrom<String> for IntegrationId {
    type Error = InvalidIntegrationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IntegrationId> for String {
    fn from(id: IntegrationId) -> Self {
        id.0
    }
}

impl fmt::Display for IntegrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no [`IntegrationId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 of the characters a-z, 0-9 and -")]
pub struct InvalidIntegrationId;

/// Everything that is set for one integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The integration's id; it never changes.
    pub id: IntegrationId,
    /// What people call it, shown to operators; 1 to 100 characters.
    pub name: String,
    /// Whether anything is carried over. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The language of the words that the bridge writes into tickets. Default: Polish.
    #[serde(default)]
    pub language: Language,
    /// The shop.
    pub empikplace: Empikplace,
    /// The helpdesk.
    pub thulium: Thulium,
    /// What is taken over from the time before the integration was enabled.
    #[serde(default)]
    pub import: Import,
    /// How agents' replies are forwarded.
    #[serde(default)]
    pub replies: Replies,
    /// When the shop answers, for its automatic reply.
    #[serde(default)]
    pub business_hours: BusinessHours,
    /// How the live account behaves where the documentation does not say.
    #[serde(default)]
    pub calibration: Calibration,
}

impl Settings {
    /// The stored form.
    ///
    /// # Errors
    /// In practice none; a failure of the encoder is passed on rather than stored as something else.
    pub fn to_json(&self) -> Result<String, SettingsError> {
        serde_json::to_string(self).map_err(|_| SettingsError::of_stored_form(None))
    }

    /// Reads the stored form. Keys that it lacks get their default and keys that it alone knows are
    /// ignored, so that settings outlive an upgrade and a rollback; the values are checked as
    /// strictly as those of a file.
    ///
    /// # Errors
    /// Text that is not the stored form, or values that [`Settings::from_toml`] would refuse.
    pub fn from_json(text: &str) -> Result<Self, SettingsError> {
        let settings: Self =
            serde_json::from_str(text).map_err(|error| SettingsError::of_stored_form(Some(&error)))?;
        settings.checked()
    }
}

/// The language of the words that the bridge writes into tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Polish.
    #[default]
    Pl,
    /// English.
    En,
}

/// The shop on EmpikPlace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empikplace {
    /// Base URL of the marketplace, absolute, http or https, without credentials.
    pub url: String,
    /// The shop to act for, where the API key opens several. Absent: the key's default shop.
    #[serde(default)]
    pub shop_id: Option<i64>,
    /// Seconds between two reads of changed threads, 10 to 3600. Default: 60.
    #[serde(default = "defaults::poll_seconds")]
    pub poll_seconds: u32,
    /// The most calls to EmpikPlace in any hour, 12 to 100,000. Default: 240.
    #[serde(default = "defaults::calls_per_hour")]
    pub calls_per_hour: u32,
    /// Where agents find an order, with `{order_id}`; empty: no link. Default: EmpikPlace's panel.
    #[serde(default = "defaults::order_link")]
    pub order_link: String,
    /// Where agents find a thread, with `{thread_id}`; empty: the order is linked. Default: empty.
    #[serde(default)]
    pub conversation_link: String,
    /// Days after its opening in which a ticket is told of changes of its orders, 0 to 60; 0: never.
    /// Default: 14.
    #[serde(default = "defaults::order_watch_days")]
    pub order_watch_days: u32,
    /// Minutes between two looks at watched orders, 1 to 1440. Default: 15.
    #[serde(default = "defaults::order_watch_minutes")]
    pub order_watch_minutes: u32,
    /// The locale in which EmpikPlace's labels are asked for. Default: `pl_PL`.
    #[serde(default = "defaults::locale")]
    pub locale: String,
}

impl Empikplace {
    /// The link to an order, with the id percent-encoded; none where no link is set.
    pub fn link_to_order(&self, order_id: &str) -> Option<String> {
        link(&self.order_link, "order_id", order_id)
    }

    /// The link to a thread, with the id percent-encoded; none where no link is set.
    pub fn link_to_conversation(&self, thread_id: &str) -> Option<String> {
        link(&self.conversation_link, "thread_id", thread_id)
    }
}

/// The Thulium account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thulium {
    /// Base URL of the account, absolute, http or https, without credentials.
    pub url: String,
    /// `to` of every ticket: a mailbox that is defined in Thulium.
    pub mailbox: String,
    /// `from` of every ticket, with an optional `{thread}`. Thulium e-mails agents' replies there, so
    /// it must be an address whose mail is discarded and which never leads back to [`Self::mailbox`].
    pub reply_address: String,
    /// Where changed tickets are looked for. Default: everywhere.
    #[serde(default)]
    pub watch: Watch,
    /// The queue of new tickets. Absent: Thulium chooses. Required when [`Self::watch`] is a queue.
    #[serde(default)]
    pub queue_id: Option<u64>,
    /// The category of new tickets that no rule matches. Absent: none is set.
    #[serde(default)]
    pub category_id: Option<u64>,
    /// `source` of tickets; empty: not sent. Default: `www`.
    #[serde(default = "defaults::source")]
    pub source: String,
    /// Tags of new tickets. Default: `empikplace`.
    #[serde(default = "defaults::tags")]
    pub tags: Vec<String>,
    /// IANA name of the zone in which Thulium writes its dates. Default: `Europe/Warsaw`.
    #[serde(default = "defaults::time_zone")]
    pub time_zone: String,
    /// The text field of CRM customers that holds EmpikPlace's customer id.
    pub customer_field: String,
    /// Whether a customer who is not found in the CRM is created. Default: true.
    #[serde(default = "yes")]
    pub create_customers: bool,
    /// The text field of tickets that holds the thread id; empty: not written. Default: empty.
    #[serde(default)]
    pub thread_field: String,
    /// The text field of tickets that holds the order ids; empty: not written. Default: empty.
    #[serde(default)]
    pub order_field: String,
    /// The text field of tickets that names the products; empty: not written. Default: empty.
    #[serde(default)]
    pub products_field: String,
    /// The text field of tickets that holds the link to the conversation or the order; empty: not
    /// written. Default: empty.
    #[serde(default)]
    pub conversation_field: String,
    /// The text field of tickets that holds since when the shop owes an answer by EmpikPlace's clock,
    /// as `2026-11-23 14:03`; empty: not written. Default: empty.
    #[serde(default)]
    pub reply_needed_field: String,
    /// `user_login` of the comments that the bridge writes.
    pub comment_login: String,
    /// Rules that place new tickets; the first one that matches decides. Default: none.
    #[serde(default)]
    pub category_rules: Vec<CategoryRule>,
    /// The status given to a ticket that must stand before the agents again. Absent: found by name.
    #[serde(default)]
    pub reopen_status_id: Option<u64>,
}

impl Thulium {
    /// `from` of the ticket of one thread.
    pub fn reply_address_of(&self, thread_id: &str) -> String {
        template::fill(&self.reply_address, &[("thread", thread_id)])
    }

    /// The zone in which Thulium writes its dates.
    pub fn zone(&self) -> TimeZone {
        // The names are compiled in and were checked when the settings were read.
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Where a new ticket belongs: by the first rule that matches, else as set for all tickets.
    ///
    /// `labels` are the thread's topic and the label of its reason, as far as there are any;
    /// `entities` the types of what it is about (such as `MMP_ORDER`); `sender` who wrote first.
    pub fn category_for(&self, labels: &[&str], entities: &[&str], sender: Sender) -> Placement {
        let rule = self.category_rules.iter().find(|rule| rule.matches(labels, entities, sender));
        Placement {
            category_id: rule.map(|rule| rule.category_id).or(self.category_id),
            queue_id: rule.and_then(|rule| rule.queue_id).or(self.queue_id),
        }
    }
}

/// Where a new ticket belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Thulium's category; none: not sent.
    pub category_id: Option<u64>,
    /// Thulium's queue; none: not sent.
    pub queue_id: Option<u64>,
}

/// Where changed tickets are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watch {
    /// In the whole account, since agents move tickets between queues.
    #[default]
    All,
    /// Only in [`Thulium::queue_id`].
    Queue,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The buyer.
    Customer,
    /// EmpikPlace itself.
    Operator,
}

/// A rule that places new tickets. At least one condition is set; all that are set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRule {
    /// Part of the topic or of the label of the reason, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The type of what the thread is about, such as `MMP_OFFER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Who wrote first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Sender>,
    /// The category that the ticket gets.
    pub category_id: u64,
    /// The queue that the ticket gets. Absent: [`Thulium::queue_id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<u64>,
}

impl CategoryRule {
    fn matches(&self, labels: &[&str], entities: &[&str], sender: Sender) -> bool {
        let topic = self.topic.as_ref().is_none_or(|part| {
            let part = part.to_lowercase();
            labels.iter().any(|l| l.to_lowercase().contains(&part))
        });
        let entity =
            self.entity.as_ref().is_none_or(|wanted| entities.iter().any(|e| e.eq_ignore_ascii_case(wanted)));
        topic && entity && self.sender.is_none_or(|wanted| wanted == sender)
    }
}

/// What is taken over from the time before the integration was enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Import {
    /// From when on messages make a thread qualify. Default: from when it was enabled.
    pub backfill: Backfill,
    /// Whether the earlier messages of a qualifying thread are added to its ticket. Default: true.
    pub history: bool,
}

impl Import {
    /// The instant from which on a buyer's or the operator's message makes its thread qualify, for
    /// an integration that was enabled at `enabled_at`.
    pub fn starts_at(&self, enabled_at: Timestamp) -> Timestamp {
        match self.backfill {
            Backfill::None => enabled_at,
            Backfill::Days(days) => enabled_at
                .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
                .unwrap_or(Timestamp::MIN),
            Backfill::Since(instant) => instant,
        }
    }
}

impl Default for Import {
    fn default() -> Self {
        Self { backfill: Backfill::None, history: true }
    }
}

/// From when on messages make a thread qualify; written `none`, `30d`, or as an RFC 3339 date
/// (midnight UTC) or timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Backfill {
    /// From when the integration was enabled.
    #[default]
    None,
    /// From this many days of 24 hours before it was enabled, 1 to 3650.
    Days(u32),
    /// From this instant.
    Since(Timestamp),
}

impl FromStr for Backfill {
    type Err = InvalidBackfill;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self::None);
        }
        if let Some(days) = text.strip_suffix('d') {
            return match days.parse() {
                Ok(days @ 1..=3650) => Ok(Self::Days(days)),
                _ => Err(InvalidBackfill),
            };
        }
        let date = |text: &str| {
            let date: jiff::civil::Date = text.parse().ok()?;
            Some(date.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
        };
        let instant = match text.len() {
            10 => date(text),
            _ => text.parse().ok(),
        };
        instant.map(Self::Since).ok_or(InvalidBackfill)
    }
}

impl TryFrom<String> for Backfill {
    type Error = InvalidBackfill;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Backfill> for String {
    fn from(backfill: Backfill) -> Self {
        backfill.to_string()
    }
}

impl fmt::Display for Backfill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Days(days) => write!(f, "{days}d"),
            Self::Since(instant) => instant.fmt(f),
        }
    }
}

/// The text is no [`Backfill`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be \"none\", a number of days from \"1d\" to \"3650d\", or a date such as \"2026-11-01\" or \"2026-11-01T08:00:00+01:00\""
)]
pub struct InvalidBackfill;

/// How the live account behaves where the documentation of the two systems does not say. `None`
/// (`auto` in the file) leaves the matter to the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// The parameter that carries the text in `POST tickets/:id/comment`.
    #[serde(with = "auto")]
    pub comment_parameter: Option<CommentParameter>,
    /// Whether `POST tickets/:id/customer_response` takes attachments.
    #[serde(with = "auto")]
    pub follow_up_attachments: Option<FollowUpAttachments>,
    /// Whether `POST tickets/:id/customer_response` brings a closed ticket back.
    #[serde(with = "auto")]
    pub reopens: Option<Reopens>,
    /// How `<` and `&` are written in the replies sent to EmpikPlace.
    #[serde(with = "auto")]
    pub escape: Option<Escape>,
}

/// The parameter that carries the text of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each stands for the parameter of its name")]
pub enum CommentParameter {
    Comment,
    Content,
    Body,
    Text,
    Message,
}

impl CommentParameter {
    /// All of them, the likeliest first.
    pub const ALL: [Self; 5] = [Self::Comment, Self::Content, Self::Body, Self::Text, Self::Message];

    /// The parameter's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Content => "content",
            Self::Body => "body",
            Self::Text => "text",
            Self::Message => "message",
        }
    }
}

/// Whether further customer messages of a ticket can carry attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FollowUpAttachments {
    /// They can.
    Accepted,
    /// They cannot.
    Refused,
}

/// Whether a further customer message brings a closed ticket back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reopens {
    /// It does.
    Yes,
    /// It does not: the status must be set.
    No,
}

/// `None` written as `auto`.
mod auto {
    use serde::de::value::StringDeserializer;
    use serde::de::{Deserialize, Deserializer, IntoDeserializer};
    use serde::ser::{Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_str("auto"),
        }
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "auto" {
            return Ok(None);
        }
        let inner: StringDeserializer<D::Error> = text.into_deserializer();
        T::deserialize(inner).map(Some)
    }
}

mod defaults {
    pub(super) fn poll_seconds() -> u32 {
        60
    }

    pub(super) fn calls_per_hour() -> u32 {
        240
    }

    pub(super) fn order_link() -> String {
        "https://marketplace.empik.com/mmp/shop/order/{order_id}".to_owned()
    }

    pub(super) fn order_watch_days() -> u32 {
        14
    }

    pub(super) fn order_watch_minutes() -> u32 {
        15
    }

    pub(super) fn locale() -> String {
        "pl_PL".to_owned()
    }

    pub(super) fn source() -> String {
        "www".to_owned()
    }

    pub(super) fn tags() -> Vec<String> {
        vec!["empikplace".to_owned()]
    }

    pub(super) fn time_zone() -> String {
        "Europe/Warsaw".to_owned()
    }
}

fn yes() -> bool {
    true
}

fn link(pattern: &str, placeholder: &str, id: &str) -> Option<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let encoded = encoded.replace('+', "%20");
    (!pattern.is_empty()).then(|| template::fill(pattern, &[(placeholder, &encoded)]))
}
