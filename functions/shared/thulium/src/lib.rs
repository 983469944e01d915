//! A typed client of the Thulium helpdesk's REST API: tickets, CRM customers, files, dictionaries and
//! webhooks.
//!
//! It knows requests, answers and what can go wrong with them, and no policy. Doc pages named here
//! are those of `https://api.thulium.com/docs/api/`; what no page documents is said to be so.

mod client;
mod customers;
mod dictionaries;
mod fields;
mod files;
mod loose;
mod port;
mod tickets;
mod webhooks;

pub use client::Client;
pub use customers::{Customer, NewCustomer};
pub use dictionaries::DictionaryItem;
pub use fields::CustomFields;
pub use files::File;
pub use loose::Page;
pub use port::Account;
pub use tickets::{
    BodyType, CommentParameter, Direction, Message, MessageType, NewTicket, Ticket, TicketChange,
    TicketFilter, TicketPage, TicketRow,
};
pub use webhooks::{NewWebhook, Webhook, WebhookCredentials};
