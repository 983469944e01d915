//! A comparison of the two twins that knows nothing of the bridge's own opinion.
//!
//! Inbound, a ticket message stands for a marketplace message when its first line ends with that
//! message's [`marker`] and the letters and digits of the message run through its text. Outbound,
//! a reply counts as carried when a shop message sent through the API has the same letters and
//! digits; each such message is claimed by one reply only.

mod inbound;
mod outbound;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::empikplace::{Message, Thread};
use crate::text;
use crate::thulium::{Ticket, TicketMessage};
use crate::world::{State, hex};

/// How a marketplace message is marked in a ticket: `#` and the first 8 hex digits of the SHA-256
/// of its id.
#[must_use]
pub fn marker(message_id: &str) -> String {
    format!("#{}", &hex(&Sha256::digest(message_id))[..8])
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A buyer's or operator's message stands in no ticket.
    Lost,
    /// A buyer's or operator's message stands in tickets more than once.
    Doubled,
    /// A marked ticket message lacks letters of the message it stands for.
    Altered,
    /// A ticket holds messages of one thread in another order than the thread.
    Disordered,
    /// A ticket that was not merged holds messages of several threads.
    Mixed,
    /// A message stands in a ticket of another shop, into which nobody merged it.
    WrongShop,
    /// A colleague's panel message stands in tickets more than once.
    PanelDoubled,
    /// A colleague's panel message stands in a ticket as the customer's or as a reply.
    PanelAsMail,
    /// A buyer's or operator's message stands in a ticket as a reply, so it was e-mailed.
    InboundAsReply,
    /// What was sent to the marketplace through the API came back into a ticket.
    Echoed,
    /// A reply is in no thread, and no comment in its ticket says why.
    ReplyMissing,
    /// A reply is in a thread more than once.
    ReplyDoubled,
    /// A reply is in a thread its ticket does not belong to.
    ReplyMisdirected,
    /// Replies of a ticket are in its thread in another order.
    ReplyDisordered,
    /// A reply left out the buyer who takes part, or reached a buyer who does not.
    WrongRecipient,
    /// An internal or system comment is in a thread.
    CommentLeaked,
    /// An operator's message was sent on to the buyer.
    OperatorLeaked,
    /// A buyer's or colleague's message was sent back to the marketplace.
    Returned,
    /// A reply was e-mailed to a mailbox of the tenant itself.
    MailLoop,
    /// A colleague's panel message stands in no ticket, and there is one or must be. (Note.)
    PanelMissing,
    /// A thread's messages stand in several tickets that are neither merged nor deleted. (Note.)
    Split,
    /// A reply is in no thread, and a later comment by the API user is taken to say why. (Note.)
    ReplyTold,
    /// A reply is in no thread, and its ticket was deleted, so nobody could read it. (Note.)
    ReplyDeleted,
    /// An automatic reply is in no thread. (Note.)
    AutomaticMissing,
    /// A shop message sent through the API that is nobody's reply. (Note.)
    Unexplained,
    /// A file of a marketplace message is not in its ticket. (Note.)
    FileNotInTicket,
    /// A file of a reply is not in its thread. (Note.)
    FileNotInThread,
}

impl Found {
    const ALL: [Self; 27] = [
        Self::Lost,
        Self::Doubled,
        Self::Altered,
        Self::Disordered,
        Self::Mixed,
        Self::WrongShop,
        Self::PanelDoubled,
        Self::PanelAsMail,
        Self::InboundAsReply,
        Self::Echoed,
        Self::ReplyMissing,
        Self::ReplyDoubled,
        Self::ReplyMisdirected,
        Self::ReplyDisordered,
        Self::WrongRecipient,
        Self::CommentLeaked,
        Self::OperatorLeaked,
        Self::Returned,
        Self::MailLoop,
        Self::PanelMissing,
        Self::Split,
        Self::ReplyTold,
        Self::ReplyDeleted,
        Self::AutomaticMissing,
        Self::Unexplained,
        Self::FileNotInTicket,
        Self::FileNotInThread,
    ];

    /// Whether it may be right, depending on settings: a note for the reader, no fault.
    #[must_use]
    pub fn is_note(self) -> bool {
        self >= Self::PanelMissing
    }
}

/// One finding, with the ids that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was found.
    pub kind: Found,
    /// The shop of the thread.
    pub shop: Option<u64>,
    /// EmpikPlace thread.
    pub thread: Option<String>,
    /// EmpikPlace message or attachment.
    pub message: Option<String>,
    /// Thulium ticket.
    pub ticket: Option<u64>,
    /// Message in Thulium.
    pub ticket_message: Option<u64>,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Whether there is nothing but notes.
    pub clean: bool,
    /// Messages of buyers and operators that were to be carried.
    pub inbound: usize,
    /// Those found in tickets.
    pub inbound_carried: usize,
    /// Replies in tickets that belong to threads, automatic ones included.
    pub replies: usize,
    /// Those found in threads.
    pub replies_carried: usize,
    /// How often each kind was found; every kind is listed.
    pub counts: BTreeMap<Found, usize>,
    /// All findings.
    pub findings: Vec<Finding>,
}

impl Comparison {
    fn note(&mut self, kind: Found, place: Place<'_>) {
        *self.counts.entry(kind).or_default() += 1;
        self.findings.push(Finding {
            kind,
            shop: place.thread.map(|thread| thread.shop_id),
            thread: place.thread.map(|thread| thread.id.clone()),
            message: place.message.map(str::to_owned),
            ticket: place.ticket.map(|ticket| ticket.ticket_id),
            ticket_message: place.ticket_message,
        });
    }
}

/// Where a finding is.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    thread: Option<&'a Thread>,
    message: Option<&'a str>,
    ticket: Option<&'a Ticket>,
    ticket_message: Option<u64>,
}

impl<'a> Place<'a> {
    fn message(thread: &'a Thread, message: &'a Message) -> Self {
        Self { thread: Some(thread), message: Some(&message.id), ..Self::default() }
    }

    fn in_ticket(self, ticket: &'a Ticket, message: &TicketMessage) -> Self {
        Self { ticket: Some(ticket), ticket_message: Some(message.message_id), ..self }
    }
}

/// A ticket message that stands for a marketplace message.
#[derive(Clone, Copy)]
struct Carried<'a> {
    thread: &'a Thread,
    index: usize,
    ticket: &'a Ticket,
    message: &'a TicketMessage,
}

/// Letters and digits, or whatever is visible where there are none.
fn key(html: &str) -> String {
    let letters = text::letters(html);
    if letters.is_empty() { text::strip(html).split_whitespace().collect() } else { letters }
}

/// Letters of a text in which `<` is no markup.
fn plain_letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Compares the twins. A message written before `since` may be missing from the tickets.
pub(crate) fn compare(state: &State, since: Option<Timestamp>) -> Comparison {
    let mut result = Comparison {
        counts: Found::ALL.into_iter().map(|kind| (kind, 0)).collect(),
        ..Comparison::default()
    };
    let copies = inbound::copies(state, &mut result);
    inbound::count(state, since, &copies, &mut result);
    let joined = inbound::joined(state, &copies, &mut result);
    outbound::count(state, &joined, &mut result);
    for mail in state.thulium.mails.iter().filter(|mail| state.options.thulium.mailboxes.contains(&mail.to)) {
        let place = Place {
            ticket: state.thulium.tickets.get(&mail.ticket_id),
            ticket_message: Some(mail.message_id),
            ..Place::default()
        };
        result.note(Found::MailLoop, place);
    }
    result.clean = result.findings.iter().all(|finding| finding.kind.is_note());
    result
}
