//! What the page shows, gathered at one moment from the twins, the checker and the ledger.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use bridge::conversation::{Conversation, Delivery, Key};
use bridge::integration::Cursor;
use bridge::ledger::{Ledger, Waiting};
use bridge::marketplace::ThreadId;
use bridge::text;
use jiff::Timestamp;
use serde_json::Value;
use twins::{Customer, Found, Message, Thread, ThuliumOptions, Ticket, TicketMessage};

use super::Inner;
use super::at::At;
use super::driver::Tick;
use super::feed::Moment;
use crate::play;

/// Waiting and parked items that are shown.
const MOST_ITEMS: usize = 30;

/// Clean ticks after which a message that is not across counts as lost.
const PATIENCE: usize = 3;

/// Everything at one moment.
pub(crate) struct Model {
    pub(crate) now: Timestamp,
    /// When the bridge was switched on.
    pub(crate) since: Timestamp,
    pub(crate) version: u64,
    /// Threads, the one that changed last first.
    pub(crate) threads: Vec<Thread>,
    /// Tickets, the one that changed last first; without deleted ones.
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) orders: Vec<Value>,
    pub(crate) customers: Vec<Customer>,
    /// Name and size of the files of the ticket that is open, by token.
    pub(crate) files: HashMap<String, (String, u64)>,
    pub(crate) thulium: ThuliumOptions,
    /// The ticket of each thread, as the ticket's own field says.
    pub(crate) ticket_of: HashMap<String, u64>,
    /// The thread of each ticket.
    pub(crate) thread_of: HashMap<u64, String>,
    pub(crate) verdict: Verdict,
    pub(crate) bridge: Bridge,
    /// What was written since it was last open here: threads and tickets.
    pub(crate) unread: Unread,
}

/// The checker's word on everything that was to be carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) leaked: usize,
    /// Arrived in another form, order or place.
    pub(crate) garbled: usize,
    /// Not across yet, and the bridge is not done.
    pub(crate) under_way: usize,
    /// Messages and replies that are across.
    pub(crate) carried: usize,
}

/// What the bridge knows and does.
#[derive(Default)]
pub(crate) struct Bridge {
    pub(crate) cursor: Option<Cursor>,
    pub(crate) calls_per_hour: u32,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) feed: Vec<Moment>,
    /// What waits, oldest first.
    pub(crate) waiting: Vec<Item>,
    /// What was set aside, oldest first.
    pub(crate) parked: Vec<Item>,
    /// The deliveries of the conversation that is open, by ticket and reply.
    pub(crate) deliveries: BTreeMap<(u64, u64), Delivery>,
    /// The ledger could not be read.
    pub(crate) broken: bool,
}

/// Something that waits or was set aside.
pub(crate) struct Item {
    pub(crate) thread: String,
    pub(crate) at: Timestamp,
    pub(crate) ticket: Option<u64>,
    pub(crate) what: What,
}

/// What it is.
pub(crate) enum What {
    /// A reply on its way to EmpikPlace.
    Reply(Delivery),
    /// A conversation on its way to Thulium.
    Conversation(Option<Box<Conversation>>),
}

/// Ids of what has something new in it.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    pub(crate) threads: Vec<String>,
    pub(crate) tickets: Vec<u64>,
}

/// How many messages of each thread and ticket have been on this page.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<(HashMap<String, usize>, HashMap<u64, usize>)>);

impl Seen {
    /// Takes everything as read: the page opens without a mark.
    pub(crate) fn all(&self, threads: &[Thread], tickets: &[Ticket]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0 = threads.iter().map(|thread| (thread.id.clone(), thread.messages.len())).collect();
        seen.1 = tickets.iter().map(|ticket| (ticket.ticket_id, ticket.messages.len())).collect();
    }

    /// Notes what is open, and tells what is unread.
    fn look(&self, threads: &[Thread], tickets: &[Ticket], at: &At) -> Unread {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = threads.iter().find(|thread| Some(&thread.id) == at.thread.as_ref()) {
            seen.0.insert(thread.id.clone(), thread.messages.len());
        }
        if let Some(ticket) = tickets.iter().find(|ticket| Some(ticket.ticket_id) == at.ticket) {
            seen.1.insert(ticket.ticket_id, ticket.messages.len());
        }
        let new_in = |seen: Option<&usize>, now: usize| seen.copied().unwrap_or_default() < now;
        Unread {
            threads: threads
                .iter()
                .filter(|thread| new_in(seen.0.get(&thread.id), thread.messages.len()))
                .map(|thread| thread.id.clone())
                .collect(),
            tickets: tickets
                .iter()
                .filter(|ticket| new_in(seen.1.get(&ticket.ticket_id), ticket.messages.len()))
                .map(|ticket| ticket.ticket_id)
                .collect(),
        }
    }
}

/// Since when a ticket is as it is.
pub(crate) fn changed(ticket: &Ticket) -> Timestamp {
    ticket.messages.iter().map(|message| message.written_at).max().unwrap_or(ticket.created_at)
}

impl Model {
    /// Gathers it: one shop, even where the world has several.
    pub(crate) async fn gather(inner: &Inner, at: &At) -> Model {
        // Before everything else: what changes from here on is another version.
        let version = inner.live.version();
        let world = inner.stack.world();
        let bridge = Bridge::gather(inner, at).await;
        let shop = inner.settings.empikplace.shop_id;
        let of_shop = |thread: &Thread| shop.is_none_or(|shop| u64::try_from(shop) == Ok(thread.shop_id));
        let (mut threads, others): (Vec<Thread>, Vec<Thread>) =
            world.threads().into_iter().partition(of_shop);
        let field = &inner.settings.thulium.thread_field;
        let of_others = |ticket: &Ticket| {
            let thread = ticket.custom_fields.get(field);
            thread.is_some_and(|thread| others.iter().any(|other| other.id == *thread))
        };
        threads.sort_by_key(|thread| std::cmp::Reverse((thread.date_updated, thread.number)));
        let mut tickets = world.tickets();
        tickets.retain(|ticket| !ticket.deleted && !of_others(ticket));
        tickets.sort_by_key(|ticket| std::cmp::Reverse((changed(ticket), ticket.ticket_id)));
        let mut ticket_of = HashMap::new();
        let mut thread_of = HashMap::new();
        for ticket in tickets.iter().rev().filter(|ticket| ticket.merged_into.is_none()) {
            if let Some(thread) = ticket.custom_fields.get(field).filter(|thread| !thread.is_empty()) {
                ticket_of.insert(thread.clone(), ticket.ticket_id);
                thread_of.insert(ticket.ticket_id, thread.clone());
            }
        }
        let open = tickets.iter().find(|ticket| Some(ticket.ticket_id) == at.ticket);
        let tokens = open.iter().flat_map(|ticket| &ticket.messages).flat_map(|message| &message.attachments);
        let files = tokens
            .filter_map(|token| {
                let file = world.file(token)?;
                Some((token.clone(), (file.name, file.bytes.len() as u64)))
            })
            .collect();
        let unread = inner.seen.look(&threads, &tickets, at);
        let mut model = Model {
            now: world.now(),
            since: inner.since,
            version,
            threads,
            tickets,
            orders: world.orders(),
            customers: world.customers(),
            files,
            thulium: world.options().thulium,
            ticket_of,
            thread_of,
            verdict: Verdict::default(),
            bridge,
            unread,
        };
        model.verdict = model.judge(inner);
        model
    }

    /// The checker's findings. What is not across counts as lost only once the bridge had time for it
    /// and does not itself say that it waits or was set aside.
    fn judge(&self, inner: &Inner) -> Verdict {
        let found = inner.stack.world().comparison_since(inner.since);
        let tally = play::tally(&found);
        let clean: Vec<Timestamp> =
            self.bridge.ticks.iter().filter(|t| t.is_clean()).map(|t| t.began).collect();
        let pending = |thread: &Option<String>, ticket: Option<u64>, written: Option<Timestamp>| {
            let items = self.bridge.waiting.iter().chain(&self.bridge.parked);
            let listed = items.into_iter().any(|item| {
                Some(&item.thread) == thread.as_ref() || (ticket.is_some() && item.ticket == ticket)
            });
            let looked =
                clean.iter().filter(|began| written.is_some_and(|written| **began > written)).count();
            listed || looked < PATIENCE
        };
        let missing = found.findings.iter().filter(|f| matches!(f.kind, Found::Lost | Found::ReplyMissing));
        let under_way = missing
            .filter(|finding| {
                let written = match (&finding.message, finding.ticket_message) {
                    (_, Some(reply)) => self.reply(reply).map(|reply| reply.written_at),
                    (Some(id), None) => self.message(id).map(|message| message.date_created),
                    (None, None) => None,
                };
                pending(&finding.thread, finding.ticket, written)
            })
            .count();
        Verdict {
            lost: tally.lost - under_way.min(tally.lost),
            doubled: tally.doubled,
            leaked: tally.leaked,
            garbled: tally.garbled,
            under_way,
            carried: found.inbound_carried + found.replies_carried,
        }
    }

    fn reply(&self, id: u64) -> Option<&TicketMessage> {
        self.tickets.iter().flat_map(|ticket| &ticket.messages).find(|message| message.message_id == id)
    }

    fn message(&self, id: &str) -> Option<&Message> {
        self.threads.iter().flat_map(|thread| &thread.messages).find(|message| message.id == id)
    }

    /// A thread.
    pub(crate) fn thread(&self, id: &str) -> Option<&Thread> {
        self.threads.iter().find(|thread| thread.id == id)
    }

    /// A ticket.
    pub(crate) fn ticket(&self, id: u64) -> Option<&Ticket> {
        self.tickets.iter().find(|ticket| ticket.ticket_id == id)
    }

    /// The message of a thread that a ticket message stands for, by its marker.
    pub(crate) fn stands_for<'a>(
        &'a self,
        thread: &'a Thread,
        message: &TicketMessage,
    ) -> Option<&'a Message> {
        let body = message.text();
        thread.messages.iter().find(|m| text::carries_marker(body, &text::marker(&m.id)))
    }

    /// The ticket in which a message of a thread stands.
    pub(crate) fn stands_in(&self, thread: &Thread, message: &Message) -> Option<u64> {
        let ticket = self.ticket(*self.ticket_of.get(&thread.id)?)?;
        let marker = text::marker(&message.id);
        let carried = ticket.messages.iter().any(|m| text::carries_marker(m.text(), &marker));
        carried.then_some(ticket.ticket_id)
    }
}

impl Bridge {
    async fn gather(inner: &Inner, at: &At) -> Bridge {
        match Bridge::read(inner, at).await {
            Ok(bridge) => bridge,
            Err(_) => Bridge { broken: true, ..Bridge::told(inner) },
        }
    }

    /// What is known without the ledger.
    fn told(inner: &Inner) -> Bridge {
        Bridge {
            calls_per_hour: inner.settings.empikplace.calls_per_hour,
            ticks: inner.driver.ticks(),
            feed: inner.feed.latest(),
            ..Bridge::default()
        }
    }

    async fn read(inner: &Inner, at: &At) -> anyhow::Result<Bridge> {
        let (ledger, id) = (inner.stack.ledger(), &inner.settings.id);
        let key = |thread: &ThreadId| Key { integration: id.clone(), thread: thread.clone() };
        let mut bridge = Bridge::told(inner);
        bridge.cursor = ledger.cursor(id).await?;
        let open = at.thread.clone().or_else(|| inner.thread_of(at.ticket?));
        if let Some(thread) = open {
            let loaded = ledger.load(&key(&ThreadId(thread))).await?;
            bridge.deliveries = loaded.deliveries.into_iter().map(|d| ((d.ticket.0, d.reply.0), d)).collect();
        }
        let mut lists = Vec::new();
        for list in [inner.stack.waiting(id).await?, inner.stack.parked(id).await?] {
            let mut items = Vec::new();
            for waiting in list.into_iter().take(MOST_ITEMS) {
                items.extend(item(&*ledger, &key(&waiting.thread), waiting).await?);
            }
            lists.push(items);
        }
        bridge.parked = lists.pop().unwrap_or_default();
        bridge.waiting = lists.pop().unwrap_or_default();
        Ok(bridge)
    }
}

/// An item as the ledger has it; `None`: the list lagged, and it is gone.
async fn item(ledger: &dyn Ledger, key: &Key, waiting: Waiting) -> anyhow::Result<Option<Item>> {
    let loaded = ledger.load(key).await?;
    let ticket = loaded.conversation.as_ref().and_then(|conversation| conversation.ticket).map(|id| id.0);
    let what = match waiting.delivery {
        None => What::Conversation(loaded.conversation.map(Box::new)),
        Some((ticket, reply)) => {
            let delivery = loaded.deliveries.into_iter().find(|d| d.ticket.0 == ticket && d.reply.0 == reply);
            match delivery {
                Some(delivery) => What::Reply(delivery),
                None => return Ok(None),
            }
        }
    };
    Ok(Some(Item { thread: waiting.thread.0, at: waiting.at, ticket, what }))
}
