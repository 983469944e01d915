//! The helpdesk as the engine sees it: tickets, their messages, customers, files, and the port.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
pub use crate::settings::CommentParameter;

/// Id of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub u64);

/// Id of a message in a ticket; grows with time within one helpdesk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub u64);

impl std::fmt::Display for TicketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a message in a ticket is (`tickets/get_tickets_id`, `type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// From the customer (`MAIL`).
    Mail,
    /// To the customer (`REPLY`).
    Reply,
    /// A comment, internal or of the system (`COMMENT`), and everything that is not documented.
    Comment,
}

/// One message of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// What it is.
    pub kind: EntryKind,
    /// The agent's login; empty for customers and, perhaps, for automatic messages.
    pub login: String,
    /// `body` or `comment`, whichever holds the text.
    pub text: String,
    /// `YYYY-MM-DD HH:MM`, in the helpdesk's zone.
    pub created: String,
    /// Tokens of its files.
    pub files: Vec<String>,
}

/// A ticket with its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Where the helpdesk e-mails replies; unique to a thread by the template of the settings.
    pub from: String,
    /// Status id.
    pub status: Option<u64>,
    /// Status in words, as the account names it.
    pub status_name: String,
    /// When it was closed; empty while it is open.
    pub closed: String,
    /// Messages by ascending id.
    pub entries: Vec<Entry>,
    /// Messages that could not be decoded.
    pub unreadable: usize,
}

/// A row of the ticket list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// Where the helpdesk e-mails replies, where the row tells.
    pub from: Option<String>,
    /// Last change, `YYYY-MM-DD HH:MM` in the helpdesk's zone; empty where the row does not tell.
    pub updated: String,
}

/// A page of the ticket list, last changed first (`tickets/get_tickets`).
#[derive(Debug, Clone, Default)]
pub struct TicketPage {
    /// The rows.
    pub rows: Vec<TicketRow>,
    /// Rows there are in all, where told.
    pub count: Option<u64>,
    /// Rows that could not be decoded.
    pub unreadable: usize,
}

/// Which tickets to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketsBy {
    /// Changed at or after a minute, `YYYY-MM-DD HH:MM` in the helpdesk's zone.
    Changed {
        /// The minute.
        since: String,
        /// Only this queue.
        queue: Option<u64>,
    },
    /// Created at or after a minute.
    Created {
        /// The minute.
        since: String,
    },
    /// With this text in a custom field.
    Field {
        /// The field's name.
        name: String,
        /// Its text.
        value: String,
    },
}

/// A ticket to open (`tickets/post_tickets`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTicket {
    /// A mailbox of the helpdesk.
    pub to: String,
    /// Where the helpdesk will e-mail replies.
    pub from: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Internal comment added with it.
    pub comment: Option<String>,
    /// CRM customer.
    pub customer: Option<u64>,
    /// Queue.
    pub queue: Option<u64>,
    /// Category.
    pub category: Option<u64>,
    /// Source, e.g. `www`.
    pub source: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Custom fields by name.
    pub fields: Vec<(String, String)>,
    /// File tokens.
    pub files: Vec<String>,
}

/// A comment for the agents.
#[derive(Debug, Clone)]
pub struct Comment<'a> {
    /// Parameter that holds the text.
    pub parameter: CommentParameter,
    /// Plain text.
    pub text: &'a str,
    /// `user_login`; empty: not sent.
    pub login: &'a str,
    /// File tokens.
    pub files: &'a [String],
}

/// A CRM customer to create (`crm/post_customers`).
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// First name, where known.
    pub name: String,
    /// Last name; required by the helpdesk.
    pub surname: String,
    /// Custom fields by name.
    pub fields: Vec<(String, String)>,
}

/// A ticket status (`ticket_statuses`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its id.
    pub id: u64,
    /// Its name, as the account has it.
    pub name: String,
}

/// A file of a message.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name, where the helpdesk told it.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The helpdesk's API.
///
/// No method repeats a request that may have been received.
#[async_trait]
pub trait Helpdesk: Send + Sync {
    /// A page of tickets, last changed first.
    async fn tickets(&self, by: &TicketsBy, offset: u64) -> Result<TicketPage, Failure>;
    /// One ticket with messages and custom fields.
    async fn ticket(&self, id: TicketId) -> Result<Ticket, Failure>;
    /// Opens a ticket in the customer's name.
    async fn open(&self, ticket: &NewTicket) -> Result<TicketId, Failure>;
    /// Adds a message from the customer, as plain text.
    async fn post(&self, id: TicketId, text: &str, files: &[String]) -> Result<(), Failure>;
    /// Adds an internal comment.
    async fn comment(&self, id: TicketId, comment: &Comment<'_>) -> Result<(), Failure>;
    /// Sets the status.
    async fn set_status(&self, id: TicketId, status: u64) -> Result<(), Failure>;
    /// Sets the text of a custom field; empty: clears it.
    async fn set_field(&self, id: TicketId, name: &str, value: &str) -> Result<(), Failure>;
    /// The statuses of the account.
    async fn statuses(&self) -> Result<Vec<Status>, Failure>;
    /// Ids of customers with this text in a custom field, lowest first.
    async fn customers(&self, field: &str, value: &str) -> Result<Vec<u64>, Failure>;
    /// Creates a customer.
    async fn create_customer(&self, customer: &NewCustomer) -> Result<u64, Failure>;
    /// Uploads a file; the token lives 24 hours.
    async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, Failure>;
    /// Downloads a file of a message, at most `limit` bytes.
    async fn file(&self, token: &str, limit: usize) -> Result<File, Failure>;
    /// Requests sent so far.
    fn calls(&self) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_as_the_numbers_they_are() {
        assert_eq!(format!("{} {}", TicketId(41), EntryId(7)), "41 7");
    }
}
