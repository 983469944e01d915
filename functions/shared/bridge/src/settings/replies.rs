//! How replies are forwarded.

use serde::{Deserialize, Serialize};

use super::template;

/// File types that EmpikPlace documents for orders (OR74); for messages (M12) it documents none.
pub const FILE_TYPES: [&str; 17] = [
    "csv", "doc", "gif", "jpg", "mov", "mp4", "odp", "ods", "odt", "pdf", "png", "ppt", "rtf", "txt", "xls",
    "xlsx", "zpl",
];

/// How agents' replies are forwarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Replies {
    /// Seconds that a reply rests before it is forwarded, 0 to 3600. Default: 0.
    pub settle_seconds: u32,
    /// Whether Thulium's automatic replies are forwarded. Default: true.
    pub automatic: bool,
    /// Logins under which Thulium writes automatic replies, beside the empty one. Default: none.
    pub automatic_logins: Vec<String>,
    /// Our own reply, sent once per conversation, with `{order}`, `{name}` and `{opening}`, the time
    /// from which somebody answers; empty: none is sent. Default: empty.
    pub auto_reply: String,
    /// At what time the buyer must have written for it. Default: any.
    pub auto_reply_when: AutoReplyWhen,
    /// Whether the operator receives the replies to buyers too. Default: false.
    pub operator_copy: bool,
    /// Whether a comment in the ticket confirms each delivery. Default: false.
    pub receipts: bool,
    /// Whether a reply is held back where the buyer wrote what the agent cannot have seen; one call
    /// to EmpikPlace more per reply. Default: false.
    pub stale_guard: bool,
    /// Minutes that a buyer's message must have stood in the ticket to count as seen, 0 to 60.
    /// Default: 2.
    pub stale_minutes: u32,
    /// The most megabytes of attachments per conversation, 1 to 30. Default: 10.
    pub attachment_limit_mb: u32,
    /// Endings of files that EmpikPlace takes from the shop, without the dot, in any case; others stay
    /// behind and the agent is told. Empty: any. Default: `FILE_TYPES`.
    pub file_types: Vec<String>,
    /// Hours that the shop may owe an answer by EmpikPlace's clock before a comment reminds the
    /// agents, 0 to 720; 0: never. Default: 0.
    pub remind_after_hours: u32,
}

impl Replies {
    /// Our own reply for a conversation about `order` (empty where there is none) with the customer
    /// `name`, where somebody answers from `opening` on; none where no reply is set.
    pub fn auto_reply_for(&self, order: &str, name: &str, opening: &str) -> Option<String> {
        let values = [("order", order), ("name", name), ("opening", opening)];
        (!self.auto_reply.is_empty()).then(|| template::fill(&self.auto_reply, &values))
    }
}

impl Default for Replies {
    fn default() -> Self {
        Self {
            settle_seconds: 0,
            automatic: true,
            automatic_logins: Vec::new(),
            auto_reply: String::new(),
            auto_reply_when: AutoReplyWhen::Always,
            operator_copy: false,
            receipts: false,
            stale_guard: false,
            stale_minutes: 2,
            attachment_limit_mb: 10,
            file_types: FILE_TYPES.map(str::to_owned).to_vec(),
            remind_after_hours: 0,
        }
    }
}

/// At what time a buyer must have written for our own automatic reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoReplyWhen {
    /// At any time.
    #[default]
    Always,
    /// Within the business hours.
    Open,
    /// Outside of them.
    Closed,
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::tests::{problems, with};

    const EMPTY: &str =
        "auto_reply = \"\"\noperator_copy = false\nreceipts = false\nattachment_limit_mb = 10\n";

    fn wrong(more: &str) -> String {
        problems(EMPTY, more)
    }

    #[test]
    fn automatic_replies_and_hours_are_read() {
        let more = r#"
auto_reply = "{name}, {order}: odpowiemy od {opening}."
auto_reply_when = "closed"
automatic_logins = ["autoresponder"]
stale_guard = true
stale_minutes = 5
[business_hours]
hours = ["mon-thu 08:00-16:00", "fri 08:00-14:00"]
holidays = "none"
closed = ["2026-12-31"]
[calibration]"#;
        let settings = with(
            "auto_reply = \"\"\noperator_copy = false\nreceipts = false\nattachment_limit_mb = 10\n",
            more,
        )
        .expect("settings");
        let replies = &settings.replies;
        let text = replies.auto_reply_for("1-A", "{order}", "24.11.2026 08:00").expect("a text");
        assert_eq!(text, "{order}, 1-A: odpowiemy od 24.11.2026 08:00.");
        assert!(replies.stale_guard && replies.stale_minutes == 5);
        assert_eq!(replies.automatic_logins, ["autoresponder"]);
        let opening = settings.business_hours.next_opening("2026-12-30T17:00:00".parse().expect("a time"));
        assert_eq!(opening.map(|at| at.to_string()).as_deref(), Some("2027-01-01T08:00:00"));
        let again = super::super::Settings::from_toml(&settings.to_toml()).expect("its own file");
        assert_eq!(again, settings);
    }

    #[test]
    fn mistakes_are_told_with_what_would_be_right() {
        assert_snapshot!(wrong("auto_reply_wen = \"open\""), @r#"line 44: replies.auto_reply_wen: unknown key; did you mean "auto_reply_when"?"#);
        assert_snapshot!(wrong("auto_reply_when = \"later\""), @r#"line 44: replies.auto_reply_when: must be one of "always", "open", "closed""#);
        assert_snapshot!(wrong("auto_reply = \"Od {open}.\""), @r#"line 44: replies.auto_reply: unknown placeholder {open}; allowed here: {order}, {name}, {opening}"#);
        assert_snapshot!(wrong("stale_minutes = 61"), @r#"line 44: replies.stale_minutes: must be from 0 to 60"#);
        assert_snapshot!(wrong("[business_hours]\nhours = [\"9-17\"]\n[calibration]"), @r#"line 45: business_hours.hours: in the list: "9-17" must be days and hours such as "mon-fri 09:00-17:00" or "sat 10:00-14:00", opening before closing"#);
        assert_snapshot!(wrong("[business_hours]\nhours = \"mon 09:00-17:00\"\n[calibration]"), @r#"line 45: business_hours.hours: found a text, expected a list of texts; such as hours = ["mon-fri 09:00-17:00"]"#);
        assert_snapshot!(wrong("[business_hours]\nclosed = [\"31.12.2026\"]\n[calibration]"), @r#"line 45: business_hours.closed: in the list: "31.12.2026" is not a day; such as "2026-12-31""#);
        assert_snapshot!(wrong("auto_reply = \"Od {opening}.\"\n[business_hours]\nhours = []\n[calibration]"), @r#"line 44: replies.auto_reply: {opening} needs to know when somebody answers; add hours under [business_hours]"#);
    }
}
