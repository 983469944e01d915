//! What can be wrong, in stable words. What it means and what mends it is said in `words::doctor`.

use serde_json::{Value, json};

use crate::words;

/// Something that a person should mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A table is missing or not as it should be.
    Table { name: String, state: &'static str },
    /// The stored settings cannot be used.
    Settings { reason: String },
    /// There is no secret.
    NoSecret,
    /// The secret cannot be used.
    Secret { problem: String },
    /// It could not be read.
    SecretUnreadable { reason: String },
    /// A base URL must not be called.
    Address { reason: String },
    /// One of the systems does not answer, or answers with something unexpected.
    Unreachable { system: &'static str, reason: String },
    /// EmpikPlace refuses the key.
    Key,
    /// The key may do everything but this, for which it lacks the right.
    KeyRight { operation: &'static str },
    /// The shop does not belong to the key.
    Shop { shop: Option<i64> },
    /// The shop is closed or suspended.
    ShopState { state: String },
    /// Thulium refuses the API user.
    User,
    /// The API user lacks the permission for a method.
    UserRight { method: &'static str },
    /// A queue of the settings does not exist.
    Queue { key: &'static str, id: u64 },
    /// A category of the settings does not exist.
    Category { key: &'static str, id: u64 },
    /// The status of the settings does not exist, or none is called "Nowe".
    Status { id: Option<u64> },
    /// A custom field of tickets or customers does not exist.
    Field { key: &'static str, name: String },
    /// The mailbox does not exist.
    Mailbox { name: String },
    /// No known parameter holds the text of a comment.
    Comment,
    /// What the self-test has made could not be removed.
    LeftBehind { what: &'static str, id: u64 },
    /// No webhook leads to the callback.
    NoWebhook,
    /// Several webhooks lead to the callback.
    Webhooks { ids: Vec<u64> },
    /// The webhook leads to another address.
    WebhookElsewhere { id: u64, host: String },
    /// The callback answers with something else than it should; 0: not at all.
    Callback { status: u16 },
    /// The clock of a system and that of this machine differ.
    Clock { system: &'static str, seconds: i64 },
    /// No tick went well for too long.
    Stale { since: Option<jiff::Timestamp>, reason: Option<String> },
    /// The last tick failed.
    Failing { reason: String },
    /// The functions are another version than this program; `None`: one that does not tell.
    Version { theirs: Option<String> },
    /// Something is parked.
    Parked { count: usize },
    /// Another integration serves the same shop.
    Twice { other: String },
}

impl Finding {
    /// The stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Finding::Table { .. } => "table",
            Finding::Settings { .. } => "settings_malformed",
            Finding::NoSecret => "secret_missing",
            Finding::Secret { .. } => "secret_malformed",
            Finding::SecretUnreadable { .. } => "secret_unreadable",
            Finding::Address { .. } => "address",
            Finding::Unreachable { .. } => "unreachable",
            Finding::Key => "empikplace_key",
            Finding::KeyRight { .. } => "empikplace_right",
            Finding::Shop { .. } => "empikplace_shop",
            Finding::ShopState { .. } => "empikplace_shop_state",
            Finding::User => "thulium_user",
            Finding::UserRight { .. } => "thulium_right",
            Finding::Queue { .. } => "thulium_queue",
            Finding::Category { .. } => "thulium_category",
            Finding::Status { .. } => "thulium_status",
            Finding::Field { .. } => "thulium_field",
            Finding::Mailbox { .. } => "thulium_mailbox",
            Finding::Comment => "thulium_comment",
            Finding::LeftBehind { .. } => "self_test_left_behind",
            Finding::NoWebhook => "webhook_missing",
            Finding::Webhooks { .. } => "webhook_duplicate",
            Finding::WebhookElsewhere { .. } => "webhook_elsewhere",
            Finding::Callback { .. } => "callback",
            Finding::Clock { .. } => "clock",
            Finding::Stale { .. } => "tick_stale",
            Finding::Failing { .. } => "tick_failing",
            Finding::Version { .. } => "version",
            Finding::Parked { .. } => "parked",
            Finding::Twice { .. } => "shop_twice",
        }
    }

    pub(crate) fn json(&self, integration: &str) -> Value {
        let said = words::doctor::say_of(self, integration);
        json!({
            "integration": integration,
            "finding": self.code(),
            "what": said.what,
            "why": said.why,
            "fix": said.fix,
        })
    }
}
