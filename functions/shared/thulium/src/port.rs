//! The client as the engine's helpdesk: Thulium's shapes in the domain's words, and nothing else.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::helpdesk::{
    Comment, Entry, EntryId, EntryKind, File, Helpdesk, NewCustomer, NewTicket, Status, Ticket, TicketId,
    TicketPage, TicketRow, TicketsBy,
};
use bridge::text::tagless;

use crate::client::Client;
use crate::tickets::{BodyType, MessageType, TicketChange, TicketFilter};

/// Rows a page: the most that the API gives (`tickets/get_tickets`, `limit`).
const PAGE: u32 = 100;

/// One Thulium account.
#[derive(Debug)]
pub struct Account {
    client: Client,
}

impl Account {
    /// An account.
    pub fn new(client: Client) -> Account {
        Account { client }
    }
}

#[async_trait]
impl Helpdesk for Account {
    async fn tickets(&self, by: &TicketsBy, offset: u64) -> Result<TicketPage, Failure> {
        let mut filter =
            TicketFilter { limit: Some(PAGE), offset: u32::try_from(offset).ok(), ..TicketFilter::default() };
        match by {
            TicketsBy::Changed { since, queue } => {
                filter.date_from = Some(since.clone());
                filter.ticket_queue_id = *queue;
            }
            TicketsBy::Created { since } => filter.create_date_from = Some(since.clone()),
            TicketsBy::Field { name, value } => {
                filter.custom_fields.insert(name.clone(), value.clone());
            }
        }
        let page = self.client.tickets(&filter).await?;
        let rows = page.rows.into_iter().map(|row| TicketRow {
            id: TicketId(row.ticket_id),
            from: row.from.filter(|from| !from.is_empty()),
            updated: row.updated_at.unwrap_or_default(),
        });
        Ok(TicketPage { rows: rows.collect(), count: page.count, unreadable: page.unreadable })
    }

    async fn ticket(&self, id: TicketId) -> Result<Ticket, Failure> {
        let ticket = self.client.ticket(id.0).await?;
        let entries = ticket.messages.into_iter().map(|message| {
            let kind = match message.message_type {
                MessageType::Mail => EntryKind::Mail,
                MessageType::Reply => EntryKind::Reply,
                MessageType::Comment | MessageType::Other(_) => EntryKind::Comment,
            };
            // The text of a comment is in `comment`, that of other messages in `body`. A reply's
            // `comment` is internal and never stands in for its body.
            let text = match kind {
                EntryKind::Comment if !message.comment.is_empty() => message.comment,
                _ => message.body,
            };
            Entry {
                id: EntryId(message.message_id),
                kind,
                login: message.user_login.unwrap_or_default(),
                text,
                created: message.created_at.unwrap_or_default(),
                files: message.attachments,
            }
        });
        Ok(Ticket {
            id: TicketId(ticket.ticket_id),
            from: ticket.from.unwrap_or_default(),
            status: ticket.status_id,
            status_name: ticket.full_status_name,
            closed: ticket.closed_at.unwrap_or_default(),
            entries: entries.collect(),
            unreadable: ticket.unreadable,
        })
    }

    async fn open(&self, ticket: &NewTicket) -> Result<TicketId, Failure> {
        let mut new = crate::tickets::NewTicket::new(&ticket.to, &ticket.subject, &ticket.body);
        new.from = Some(ticket.from.clone());
        new.customer_id = ticket.customer;
        new.ticket_queue_id = ticket.queue;
        new.category_id = ticket.category;
        new.source = ticket.source.clone();
        new.custom_fields = by_name(&ticket.fields);
        new.tags = ticket.tags.clone();
        // Comments have no documented type, and what a stranger wrote stands in them.
        new.comment = ticket.comment.as_deref().map(tagless);
        new.attachments = ticket.files.clone();
        self.client.create_ticket(&new).await.map(TicketId)
    }

    async fn post(&self, id: TicketId, text: &str, files: &[String]) -> Result<(), Failure> {
        self.client.customer_response(id.0, text, BodyType::Plain, files, None).await
    }

    async fn comment(&self, id: TicketId, comment: &Comment<'_>) -> Result<(), Failure> {
        let login = Some(comment.login).filter(|login| !login.is_empty());
        self.client.comment(id.0, comment.parameter, &tagless(comment.text), login, comment.files).await
    }

    async fn set_status(&self, id: TicketId, status: u64) -> Result<(), Failure> {
        let change = TicketChange { status_id: Some(status), ..TicketChange::default() };
        self.client.update_ticket(id.0, &change).await
    }

    async fn set_field(&self, id: TicketId, name: &str, value: &str) -> Result<(), Failure> {
        let custom_fields = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let change = TicketChange { custom_fields, ..TicketChange::default() };
        self.client.update_ticket(id.0, &change).await
    }

    async fn statuses(&self) -> Result<Vec<Status>, Failure> {
        let statuses = self.client.statuses().await?;
        let top = statuses.into_iter().filter(|status| status.parent.is_none());
        Ok(top.map(|status| Status { id: status.id, name: status.name }).collect())
    }

    async fn customers(&self, field: &str, value: &str) -> Result<Vec<u64>, Failure> {
        let found = self.client.customers_by_field(field, value).await?;
        // A filter that the account does not know may be ignored and list everybody: only a record
        // that shows the value is the buyer's.
        let mine =
            found.rows.iter().filter(|c| c.custom_field(field).is_some_and(|text| text.trim() == value));
        let ids: Vec<u64> = mine.map(|c| c.customer_id).collect();
        if ids.is_empty() && found.unreadable > 0 {
            let unreadable = Failure::new(Side::Thulium, "GET customers", Effect::Read, Outcome::Undecodable);
            return Err(
                unreadable.because("a customer could not be read, so that nobody can tell who is there")
            );
        }
        Ok(ids)
    }

    async fn create_customer(&self, customer: &NewCustomer) -> Result<u64, Failure> {
        let customer = crate::customers::NewCustomer {
            surname: customer.surname.clone(),
            name: customer.name.clone(),
            custom_fields: by_name(&customer.fields),
        };
        self.client.create_customer(&customer).await
    }

    async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
        self.client.upload(name, bytes).await
    }

    async fn file(&self, token: &str, limit: usize) -> Result<File, Failure> {
        let file = self.client.file(token, limit).await?;
        Ok(File { name: file.name, bytes: file.bytes })
    }

    fn calls(&self) -> u32 {
        self.client.calls()
    }
}

fn by_name(fields: &[(String, String)]) -> BTreeMap<String, String> {
    fields.iter().cloned().collect()
}
