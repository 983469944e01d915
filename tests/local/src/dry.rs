//! A dry run: reads go to the real systems, writes are told and remembered instead.
//!
//! What was "written" can be read back, so that the engine behaves as it would: tickets that it
//! opened stand in a shadow helpdesk, replies that it sent stand at the end of their threads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bridge::engine::Ports;
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::helpdesk::{
    Comment, Entry, EntryId, EntryKind, File, Helpdesk, NewCustomer, NewTicket, Status, Ticket, TicketId,
    TicketPage, TicketRow, TicketsBy,
};
use bridge::ledger::Clock;
use bridge::marketplace::{
    Author, Marketplace, Message, MessageId, Order, OutgoingReply, PageFrom, Reason, Thread, ThreadId,
    ThreadPage,
};
use jiff::tz::TimeZone;

/// The first id of a shadow ticket, customer or entry: far above what a helpdesk has given out.
const FIRST: u64 = 9_000_000_000;

/// Says what would have been done, on one line.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Everything that a dry run has "written". It outlives the visits of a process.
#[derive(Default)]
pub struct Shadow {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    /// Tickets that exist here only, with their fields.
    tickets: BTreeMap<TicketId, (Ticket, Vec<(String, String)>)>,
    /// What was added to tickets that are real.
    added: HashMap<TicketId, Vec<Entry>>,
    statuses: HashMap<TicketId, u64>,
    customers: HashMap<(String, String), u64>,
    /// What was sent into threads.
    replies: HashMap<ThreadId, Vec<Message>>,
    files: HashMap<String, (String, Vec<u8>)>,
}

impl State {
    fn next(&mut self) -> u64 {
        self.last += 1;
        FIRST + self.last
    }
}

impl Shadow {
    /// The ports of an integration with their writes turned into words.
    pub fn over(self: &Arc<Self>, ports: Ports, tell: Tell) -> Ports {
        let clock = ports.clock.clone();
        Ports {
            marketplace: Arc::new(DryMarketplace {
                real: ports.marketplace,
                shadow: self.clone(),
                tell: tell.clone(),
                clock: clock.clone(),
            }),
            helpdesk: Arc::new(DryHelpdesk { real: ports.helpdesk, shadow: self.clone(), tell, clock }),
            ..ports
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct DryMarketplace {
    real: Arc<dyn Marketplace>,
    shadow: Arc<Shadow>,
    tell: Tell,
    clock: Arc<dyn Clock>,
}

impl DryMarketplace {
    fn with_replies(&self, mut thread: Thread) -> Thread {
        if let Some(replies) = self.shadow.lock().replies.get(&thread.id) {
            thread.messages.extend(replies.iter().cloned());
            thread.total = thread.total.map(|total| total + replies.len() as u64);
        }
        thread
    }
}

#[async_trait]
impl Marketplace for DryMarketplace {
    async fn threads(&self, from: &PageFrom) -> Result<ThreadPage, Failure> {
        let mut page = self.real.threads(from).await?;
        page.threads = page.threads.into_iter().map(|thread| self.with_replies(thread)).collect();
        Ok(page)
    }

    async fn thread(&self, id: &ThreadId) -> Result<Thread, Failure> {
        self.real.thread(id).await.map(|thread| self.with_replies(thread))
    }

    async fn reply(&self, thread: &ThreadId, reply: &OutgoingReply) -> Result<Option<MessageId>, Failure> {
        let to = match (&reply.to_buyer, reply.to_operator) {
            (Some(_), true) => "the buyer and Empik",
            (Some(_), false) => "the buyer",
            (None, _) => "Empik",
        };
        let (letters, files) = (reply.body.chars().count(), reply.files.len());
        (self.tell)(&format!(
            "would send a reply of {letters} characters and {files} files to {to}, thread {thread}"
        ));
        let mut state = self.shadow.lock();
        let id = MessageId(format!("dry-run-{}", state.next()));
        state.replies.entry(thread.clone()).or_default().push(Message {
            id: id.clone(),
            author: Author::Shop,
            name: String::new(),
            at: Some(self.clock.now()),
            to_buyer: reply.to_buyer.is_some(),
            to_operator: reply.to_operator,
            body: reply.body.clone(),
            attachments: Vec::new(),
        });
        Ok(Some(id))
    }

    async fn attachment(&self, id: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        self.real.attachment(id, limit).await
    }

    async fn orders(&self, ids: &[String]) -> Result<Vec<Order>, Failure> {
        self.real.orders(ids).await
    }

    async fn reasons(&self) -> Result<Vec<Reason>, Failure> {
        self.real.reasons().await
    }

    fn calls(&self) -> u32 {
        self.real.calls()
    }
}

struct DryHelpdesk {
    real: Arc<dyn Helpdesk>,
    shadow: Arc<Shadow>,
    tell: Tell,
    clock: Arc<dyn Clock>,
}

impl DryHelpdesk {
    /// A date as the helpdesk writes it. Nothing compares the dates of shadow entries, so the zone
    /// does not matter.
    fn minute(&self) -> String {
        self.clock.now().to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Adds to a ticket; `false`: there is no such ticket.
    fn add(&self, id: TicketId, kind: EntryKind, login: &str, text: &str, files: &[String]) -> bool {
        let created = self.minute();
        let mut state = self.shadow.lock();
        let entry = Entry {
            id: EntryId(state.next()),
            kind,
            login: login.to_owned(),
            text: text.to_owned(),
            created,
            files: files.to_vec(),
        };
        let entries = match state.tickets.get_mut(&id) {
            Some((ticket, _)) => Some(&mut ticket.entries),
            None if id.0 <= FIRST => Some(state.added.entry(id).or_default()),
            None => None,
        };
        entries.map(|entries| entries.push(entry)).is_some()
    }
}

/// As the helpdesk answers about a ticket that it does not have.
fn gone(operation: &'static str) -> Failure {
    Failure::new(Side::Thulium, operation, Effect::Read, Outcome::Refused { status: 404, retry_after: None })
}

#[async_trait]
impl Helpdesk for DryHelpdesk {
    async fn tickets(&self, by: &TicketsBy, offset: u64) -> Result<TicketPage, Failure> {
        let mut page = self.real.tickets(by, offset).await?;
        // Only the search for a ticket by its field must find what was opened here; nobody writes
        // into shadow tickets, so none of them ever changes.
        if let (TicketsBy::Field { name, value }, 0) = (by, offset) {
            let state = self.shadow.lock();
            let bears = |fields: &[(String, String)]| fields.iter().any(|(n, v)| n == name && v == value);
            let found = state.tickets.values().filter(|(_, fields)| bears(fields));
            page.rows.extend(found.map(|(ticket, _)| TicketRow {
                id: ticket.id,
                from: Some(ticket.from.clone()),
                updated: String::new(),
            }));
        }
        Ok(page)
    }

    async fn ticket(&self, id: TicketId) -> Result<Ticket, Failure> {
        if id.0 > FIRST {
            let state = self.shadow.lock();
            return state
                .tickets
                .get(&id)
                .map(|(ticket, _)| ticket.clone())
                .ok_or_else(|| gone("GET tickets/:id"));
        }
        let mut ticket = self.real.ticket(id).await?;
        let state = self.shadow.lock();
        ticket.entries.extend(state.added.get(&id).into_iter().flatten().cloned());
        ticket.status = state.statuses.get(&id).copied().or(ticket.status);
        Ok(ticket)
    }

    async fn open(&self, ticket: &NewTicket) -> Result<TicketId, Failure> {
        let created = self.minute();
        let mut state = self.shadow.lock();
        let id = TicketId(state.next());
        let shown = |id: Option<u64>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
        (self.tell)(&format!(
            "would open a ticket (queue {}, category {}, customer {}, {} fields, {} files)",
            shown(ticket.queue),
            shown(ticket.category),
            ticket.customer.map_or("none", |_| "set"),
            ticket.fields.len(),
            ticket.files.len(),
        ));
        let mut entries = vec![Entry {
            id: EntryId(state.next()),
            kind: EntryKind::Mail,
            login: String::new(),
            text: ticket.body.clone(),
            created: created.clone(),
            files: ticket.files.clone(),
        }];
        if let Some(comment) = &ticket.comment {
            let id = EntryId(state.next());
            let (text, files) = (comment.clone(), Vec::new());
            entries.push(Entry { id, kind: EntryKind::Comment, login: String::new(), text, created, files });
        }
        let opened = Ticket {
            id,
            from: ticket.from.clone(),
            status: None,
            status_name: "Nowe".to_owned(),
            closed: String::new(),
            entries,
            unreadable: 0,
        };
        state.tickets.insert(id, (opened, ticket.fields.clone()));
        Ok(id)
    }

    async fn post(&self, id: TicketId, text: &str, files: &[String]) -> Result<(), Failure> {
        let letters = text.chars().count();
        (self.tell)(&format!(
            "would add a customer's message of {letters} characters and {} files, ticket {id}",
            files.len()
        ));
        let found = self.add(id, EntryKind::Mail, "", text, files);
        found.then_some(()).ok_or_else(|| gone("POST tickets/:id/customer_response"))
    }

    async fn comment(&self, id: TicketId, comment: &Comment<'_>) -> Result<(), Failure> {
        let letters = comment.text.chars().count();
        (self.tell)(&format!("would add an internal comment of {letters} characters, ticket {id}"));
        let found = self.add(id, EntryKind::Comment, comment.login, comment.text, comment.files);
        found.then_some(()).ok_or_else(|| gone("POST tickets/:id/comment"))
    }

    async fn set_status(&self, id: TicketId, status: u64) -> Result<(), Failure> {
        (self.tell)(&format!("would set the status {status}, ticket {id}"));
        self.shadow.lock().statuses.insert(id, status);
        Ok(())
    }

    async fn set_field(&self, id: TicketId, name: &str, value: &str) -> Result<(), Failure> {
        let letters = value.chars().count();
        (self.tell)(&format!("would set the custom field {name:?} to {letters} characters, ticket {id}"));
        Ok(())
    }

    async fn statuses(&self) -> Result<Vec<Status>, Failure> {
        self.real.statuses().await
    }

    async fn customers(&self, field: &str, value: &str) -> Result<Vec<u64>, Failure> {
        let mut found = self.real.customers(field, value).await?;
        found.extend(self.shadow.lock().customers.get(&(field.to_owned(), value.to_owned())));
        Ok(found)
    }

    async fn create_customer(&self, customer: &NewCustomer) -> Result<u64, Failure> {
        (self.tell)("would create a CRM customer");
        let mut state = self.shadow.lock();
        let id = state.next();
        for field in &customer.fields {
            state.customers.insert(field.clone(), id);
        }
        Ok(id)
    }

    async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
        (self.tell)(&format!("would upload a file of {} bytes", bytes.len()));
        let mut state = self.shadow.lock();
        let token = format!("dry-run-{}", state.next());
        state.files.insert(token.clone(), (name.to_owned(), bytes));
        Ok(token)
    }

    async fn file(&self, token: &str, limit: usize) -> Result<File, Failure> {
        if let Some((name, bytes)) = self.shadow.lock().files.get(token).cloned() {
            return Ok(File { name: Some(name), bytes });
        }
        self.real.file(token, limit).await
    }

    fn calls(&self) -> u32 {
        self.real.calls()
    }
}
