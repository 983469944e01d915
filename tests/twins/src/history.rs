//! The history of a world: everything that was said and done, in order, for independent checkers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::faults::Side;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The buyer.
    Buyer,
    /// The marketplace operator.
    Operator,
    /// A colleague in the seller's panel of EmpikPlace.
    ShopPanel,
    /// A client of one of the APIs.
    Api,
    /// An agent in Thulium's user interface.
    Agent,
    /// A twin by itself: automatic replies, webhook calls.
    System,
    /// The person who runs the test.
    Control,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A thread was opened; its first message follows as its own event.
    ThreadOpened,
    /// A message was added to a thread.
    ThreadMessage,
    /// "No reply needed" was set on a thread.
    NoReplyNeeded,
    /// An attachment of a thread was downloaded.
    AttachmentDownloaded,
    /// An order was created or changed.
    OrderChanged,
    /// A key was revoked or replaced.
    KeyRevoked,
    /// A ticket was created; its first message follows as its own event.
    TicketCreated,
    /// A `MAIL`, `REPLY` or `COMMENT` was added to a ticket; `data.type` tells which.
    TicketMessage,
    /// Fields of a ticket were changed; `data` names them.
    TicketChanged,
    /// A ticket was merged; `data.into` is the other ticket.
    TicketMerged,
    /// A ticket was deleted.
    TicketDeleted,
    /// A reply was cancelled before it was sent.
    ReplyCancelled,
    /// An e-mail left Thulium; `data.to` is its address.
    MailSent,
    /// A CRM customer was created.
    CustomerCreated,
    /// A CRM customer was changed.
    CustomerChanged,
    /// A CRM customer was deleted.
    CustomerDeleted,
    /// A file was uploaded.
    FileUploaded,
    /// A file was downloaded.
    FileDownloaded,
    /// A webhook was registered or removed.
    WebhookChanged,
    /// A webhook call became due; `data` holds its parameters.
    WebhookQueued,
    /// A webhook call was answered (`data.status`), failed (0) or was lost on purpose (`data.lost`).
    WebhookCalled,
    /// Faults, switches, options or the clock were changed.
    WorldChanged,
}

/// One event. Ids are present where they apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Place in the order of the world, from 1, without gaps.
    pub sequence: u64,
    /// Time on the world's clock.
    pub at: Timestamp,
    /// Which twin; absent for the world as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub kind: Kind,
    /// EmpikPlace thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// EmpikPlace message, attachment or order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Thulium ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    /// Message within Thulium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_message: Option<u64>,
    /// Thulium customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<u64>,
    /// Text as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

impl Event {
    /// An event without ids; the history numbers and dates it.
    pub(crate) fn new(side: impl Into<Option<Side>>, actor: Actor, kind: Kind) -> Self {
        Self {
            sequence: 0,
            at: Timestamp::UNIX_EPOCH,
            side: side.into(),
            actor,
            kind,
            thread: None,
            message: None,
            ticket: None,
            ticket_message: None,
            customer: None,
            text: None,
            data: Value::Null,
        }
    }

    pub(crate) fn thread(mut self, id: &str) -> Self {
        self.thread = Some(id.into());
        self
    }

    pub(crate) fn message(mut self, id: &str) -> Self {
        self.message = Some(id.into());
        self
    }

    pub(crate) fn ticket(mut self, id: u64) -> Self {
        self.ticket = Some(id);
        self
    }

    pub(crate) fn ticket_message(mut self, id: u64) -> Self {
        self.ticket_message = Some(id);
        self
    }

    pub(crate) fn customer(mut self, id: u64) -> Self {
        self.customer = Some(id);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text = Some(text.into());
        self
    }

    pub(crate) fn data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// One request to either API, whatever became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Number of the request, from 1, over both sides.
    pub number: u64,
    /// Time on the world's clock.
    pub at: Timestamp,
    /// Which twin.
    pub side: Side,
    /// Name of the operation, e.g. `M11` or `POST tickets`.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Path under `/empikplace` or `/thulium`.
    pub path: String,
    /// Query string as it arrived.
    pub query: String,
    /// Status of the answer; absent while it is on its way and when none was given.
    pub status: Option<u16>,
    /// Whether the twin acted on it (also when the answer was then lost).
    pub applied: bool,
    /// The fault that struck it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<crate::faults::Fault>,
}
