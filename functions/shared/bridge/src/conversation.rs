//! What the ledger remembers of one conversation: ids, hashes, times and states; no text, no names.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::helpdesk::{EntryId, TicketId};
use crate::marketplace::{MessageId, Order, ThreadId};
use crate::settings::IntegrationId;

/// The names of a conversation's place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The integration.
    pub integration: IntegrationId,
    /// The thread.
    pub thread: ThreadId,
}

/// Ids of messages that stand in the ticket, as 64-bit hashes.
///
/// Eight bytes an id keep a conversation of 1,000 messages in a few KB; two of them collide with a
/// probability below 10⁻¹³.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried(pub BTreeSet<u64>);

impl Carried {
    /// The hash that stands for an id.
    pub fn hash(id: &MessageId) -> u64 {
        let digest = Sha256::digest(id.0.as_bytes());
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }

    /// Whether the message was carried over.
    pub fn contains(&self, id: &MessageId) -> bool {
        self.0.contains(&Self::hash(id))
    }

    /// Whether a message with this marker (see [`crate::text::marker`]) was carried over. A marker is the
    /// beginning of the hash.
    pub fn contains_marker(&self, marker: &str) -> bool {
        self.0.iter().any(|hash| format!("#{:08x}", hash >> 32) == marker)
    }

    /// Notes that it was.
    pub fn insert(&mut self, id: &MessageId) {
        self.0.insert(Self::hash(id));
    }
}

/// A step that changes the ticket and cannot be repeated blindly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Open the ticket with this message.
    Open {
        /// The message in the ticket's body.
        message: MessageId,
    },
    /// Put a message into the ticket.
    Post {
        /// The message.
        message: MessageId,
    },
    /// Bring the files of a message that the helpdesk left out of it.
    Files {
        /// The message.
        message: MessageId,
    },
    /// Tell the agents in a comment how orders stand.
    Orders {
        /// What the comment's marker is derived from.
        mark: String,
        /// The orders as the comment tells them.
        orders: Vec<OrderMark>,
    },
    /// Remind the agents in a comment that the shop owes an answer.
    Remind {
        /// Since when.
        since: Timestamp,
    },
    /// See that the ticket stands before the agents. Safe to repeat.
    Raise,
}

impl Act {
    /// The message that is being carried, if any.
    pub fn message(&self) -> Option<&MessageId> {
        match self {
            Act::Open { message } | Act::Post { message } | Act::Files { message } => Some(message),
            Act::Orders { .. } | Act::Remind { .. } | Act::Raise => None,
        }
    }
}

/// An act that was announced. Found without a result, its outcome is unknown until somebody looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What is being done.
    #[serde(flatten)]
    pub act: Act,
    /// When it was announced.
    pub at: Timestamp,
    /// How often it was announced.
    pub attempt: u32,
    /// Whether a message of the customer was carried since the ticket was last seen before the
    /// agents: [`Act::Raise`] is owed, whatever becomes of this act.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raise: bool,
}

/// How an order stood when the agents were last told: its id and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMark {
    /// The order.
    pub id: String,
    /// What was told of it; `None`: the marketplace did not give it out, and its card is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<OrderFacts>,
}

/// What makes a change of an order worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Hash of its state.
    pub state: u32,
    /// Hash of carrier, tracking number and tracking link.
    pub parcel: u32,
    /// Whether an incident is open.
    pub incident: bool,
}

impl OrderFacts {
    /// The facts of an order as it is now.
    pub fn of(order: &Order) -> OrderFacts {
        let hash = |parts: &[&str]| {
            let digest = Sha256::digest(parts.join("\n").as_bytes());
            digest.iter().take(4).fold(0, |hash, byte| hash << 8 | u32::from(*byte))
        };
        OrderFacts {
            state: hash(&[&order.state]),
            parcel: hash(&[&order.carrier, &order.tracking, &order.tracking_url]),
            incident: order.has_incident,
        }
    }
}

/// The marketplace's clock on a conversation: a comment is due once it has run for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Since when the shop owes an answer.
    pub since: Timestamp,
    /// When the agents are reminded; `None`: they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// Why a conversation waits, in stable words for the ledger, logs and `empikctl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// A word such as `retry`, `unknown`, `permanent`, with the operation: `permanent POST tickets`.
    pub reason: String,
    /// Failed attempts so far.
    pub attempts: u32,
    /// When it began.
    pub since: Timestamp,
    /// When to look again; `None`: parked, until a person retries it.
    pub due: Option<Timestamp>,
}

/// The pair of a thread and its ticket, with what has been carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Where it stands in the ledger.
    pub key: Key,
    /// Grows by one with every write; a write names the version it replaces.
    pub version: u64,
    /// The ticket; absent until it is opened.
    pub ticket: Option<TicketId>,
    /// The CRM customer, where found or created.
    pub customer: Option<u64>,
    /// The buyer's id on the marketplace, as the recipient of replies.
    pub buyer: Option<String>,
    /// Whether the buyer may be written to.
    pub buyer_authorised: bool,
    /// Whether the operator may be written to.
    pub operator_authorised: bool,
    /// Markers of the operator's messages that the buyer cannot see, newest last, at most
    /// [`Conversation::MOST_PRIVATE`]: a reply to one of them goes to the operator alone.
    pub private: Vec<String>,
    /// Messages older than this stay out, where history is not wanted.
    pub floor: Option<Timestamp>,
    /// Its orders as the agents know them, at most [`Conversation::MOST_ORDERS`].
    pub orders: Vec<OrderMark>,
    /// Until when changes of its orders are told.
    pub watched_until: Option<Timestamp>,
    /// When the agents are reminded that the shop owes an answer.
    pub reminder: Option<Reminder>,
    /// What stands in the ticket.
    pub carried: Carried,
    /// The act under way.
    pub intent: Option<Intent>,
    /// Why it waits, if it does.
    pub trouble: Option<Trouble>,
    /// When the conversation was first written to the ledger.
    pub opened: Timestamp,
}

impl Conversation {
    /// Private messages that are remembered.
    pub const MOST_PRIVATE: usize = 20;

    /// Orders whose changes are told.
    pub const MOST_ORDERS: usize = 3;

    /// A conversation that is not in the ledger yet.
    pub fn new(key: Key, now: Timestamp) -> Conversation {
        Conversation {
            key,
            version: 0,
            ticket: None,
            customer: None,
            buyer: None,
            buyer_authorised: false,
            operator_authorised: false,
            private: Vec::new(),
            floor: None,
            orders: Vec::new(),
            watched_until: None,
            reminder: None,
            carried: Carried::default(),
            intent: None,
            trouble: None,
            opened: now,
        }
    }

    /// Whether only a person can set it going again.
    pub fn is_parked(&self) -> bool {
        self.trouble.as_ref().is_some_and(|t| t.due.is_none())
    }

    /// Sets a parked conversation going again at `now`, with a fresh count of attempts, as a person
    /// decided; the reason stays until the next attempt. `false`: it is not parked, nothing changed.
    ///
    /// An announced act stays announced, so that whoever takes it up looks before acting.
    pub fn take_up_again(&mut self, now: Timestamp) -> bool {
        let Some(trouble) = self.trouble.as_mut().filter(|trouble| trouble.due.is_none()) else {
            return false;
        };
        trouble.attempts = 0;
        trouble.due = Some(now);
        self.version += 1;
        true
    }
}

/// Where a reply of an agent stands on its way to the marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits until it is due; nothing of it is under way.
    Queued,
    /// Announced: it may be under way or delivered.
    Sending,
    /// It is not delivered; the agent is being told.
    Refused,
    /// Held back until the agent, who was told, decides.
    Held,
    /// On the marketplace.
    Delivered,
    /// Set aside; the agent was told, and a person decides.
    Parked,
    /// Given up by a person: by the operator of the bridge, or by the agent who was asked.
    Dropped,
    /// Never meant to go out, e.g. the second automatic reply of a day, or a command to the bridge.
    Skipped,
}

impl DeliveryState {
    /// Whether a later reply has to wait for this one.
    pub fn is_open(self) -> bool {
        use DeliveryState::{Held, Queued, Refused, Sending};
        matches!(self, Queued | Sending | Refused | Held)
    }

    /// The stable word for logs and results.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Queued => "queued",
            DeliveryState::Sending => "sending",
            DeliveryState::Refused => "refused",
            DeliveryState::Held => "held",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Parked => "parked",
            DeliveryState::Dropped => "dropped",
            DeliveryState::Skipped => "skipped",
        }
    }
}

/// Why a reply did not reach the marketplace, in stable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fewer than 3 characters are left once it is text.
    TooShort,
    /// More than 50,000 characters.
    TooLong,
    /// Nobody that the reply is for is an authorised participant.
    NoRecipient,
    /// The recipient that the agent named is no authorised participant.
    NotParticipant,
    /// Its first line is no known instruction; or it is one, and nothing else.
    Instruction,
    /// The agent decided about a reply held back, and there is none.
    NothingHeld,
    /// The buyer wrote what its author cannot have seen.
    Stale,
    /// The marketplace refused it for good.
    Refused,
    /// The thread is not there any more.
    ThreadGone,
    /// The ticket is not there any more, or the reply is not in it.
    TicketGone,
    /// It may have been delivered, and looking could not tell.
    Unclear,
    /// Temporary failures for too long.
    Exhausted,
    /// Automatic replies are switched off, or one went out today already.
    Automatic,
}

impl Reason {
    /// Every one.
    pub const ALL: [Reason; 13] = [
        Reason::TooShort,
        Reason::TooLong,
        Reason::NoRecipient,
        Reason::NotParticipant,
        Reason::Instruction,
        Reason::NothingHeld,
        Reason::Stale,
        Reason::Refused,
        Reason::ThreadGone,
        Reason::TicketGone,
        Reason::Unclear,
        Reason::Exhausted,
        Reason::Automatic,
    ];

    /// The stable word for logs and results.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::TooShort => "too_short",
            Reason::TooLong => "too_long",
            Reason::NoRecipient => "no_recipient",
            Reason::NotParticipant => "not_participant",
            Reason::Instruction => "instruction",
            Reason::NothingHeld => "nothing_held",
            Reason::Stale => "stale",
            Reason::Refused => "refused",
            Reason::ThreadGone => "thread_gone",
            Reason::TicketGone => "ticket_gone",
            Reason::Unclear => "unclear",
            Reason::Exhausted => "exhausted",
            Reason::Automatic => "automatic",
        }
    }
}

/// One reply of an agent on its way to the marketplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The conversation it belongs to.
    pub key: Key,
    /// The ticket it was written in.
    pub ticket: TicketId,
    /// The reply in that ticket; [`Delivery::OWN`]: the bridge's own.
    pub reply: EntryId,
    /// Grows by one with every write; a write names the version it replaces. This is the fence that
    /// keeps a stale owner out.
    pub version: u64,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was sent, or tried to be.
    pub attempt: u32,
    /// When the ledger first took it in, or a person set it going again or gave it up.
    pub since: Timestamp,
    /// When the last attempt was announced.
    pub at: Timestamp,
    /// When to look at it again; `None` when nothing is left to do.
    pub due: Option<Timestamp>,
    /// Normal form of the text that was sent, to find it in the thread.
    pub fingerprint: String,
    /// Bytes of files that went with it.
    pub file_bytes: u64,
    /// Whether an attempt ended without a known outcome, so that looking comes before sending.
    pub doubtful: bool,
    /// Whether it was an automatic reply.
    pub automatic: bool,
    /// Why it is not delivered.
    pub reason: Option<Reason>,
    /// Its id on the marketplace.
    pub message: Option<MessageId>,
}

impl Delivery {
    /// Stands for the bridge's own automatic reply, of which a conversation has at most one: no
    /// message of a ticket has this id.
    pub const OWN: EntryId = EntryId(0);

    /// Queues a parked or held reply again at `now`, with a fresh count of attempts, as a person decided.
    /// `false`: it is neither, nothing changed.
    ///
    /// A reply that was sent before, however that ended, is looked for in the thread first: what
    /// arrived after all is recorded instead of sent again.
    pub fn queue_again(&mut self, now: Timestamp) -> bool {
        if !self.waits_for_a_person() {
            return false;
        }
        self.doubtful |= self.attempt > 0 && !self.fingerprint.is_empty();
        self.state = DeliveryState::Queued;
        // Only what counts as tried once is looked for.
        self.attempt = u32::from(self.doubtful);
        self.since = now;
        self.due = Some(now);
        self.version += 1;
        true
    }

    /// Gives a parked or held reply up for good at `now`, as a person decided: it will never go out, and what
    /// follows it no longer depends on it. The reason stays. `false`: it is neither.
    pub fn give_up(&mut self, now: Timestamp) -> bool {
        if !self.waits_for_a_person() {
            return false;
        }
        self.state = DeliveryState::Dropped;
        // `at` stays: by it the reply is recognised in the thread, should it have arrived after all.
        self.since = now;
        self.due = None;
        self.version += 1;
        true
    }

    /// Whether only a person can set it going again: the operator of the bridge, or the agent.
    pub fn waits_for_a_person(&self) -> bool {
        matches!(self.state, DeliveryState::Parked | DeliveryState::Held)
    }

    /// Whether it waits and nothing of it was ever sent.
    pub fn is_untried(&self) -> bool {
        self.state == DeliveryState::Queued && self.attempt == 0
    }

    /// Makes what waited behind a held reply due at `now`, as that one is out of the way. `false`: it
    /// waits for nothing of that kind.
    pub fn set_going(&mut self, now: Timestamp) -> bool {
        if !self.is_untried() || self.due.is_some() {
            return false;
        }
        self.due = Some(now);
        self.version += 1;
        true
    }

    /// Whether a message of the shop in the thread may be this reply.
    pub fn may_be(&self, at: Option<Timestamp>, fingerprint: &str, skew: SignedDuration) -> bool {
        let unsettled = self.message.is_none()
            && self.attempt > 0
            && !matches!(self.state, DeliveryState::Skipped | DeliveryState::Queued if !self.doubtful);
        unsettled && self.fingerprint == fingerprint && at.is_none_or(|at| at >= self.at - skew)
    }
}

/// A conversation as loaded, with all its deliveries by reply id.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The conversation, if the ledger knows it.
    pub conversation: Option<Conversation>,
    /// Its deliveries, by ticket and reply.
    pub deliveries: Vec<Delivery>,
}

impl Loaded {
    /// Whether a message of the thread is one of our own replies.
    pub fn is_ours(&self, id: &MessageId) -> bool {
        self.deliveries.iter().any(|d| d.message.as_ref() == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a timestamp")
    }

    fn key() -> Key {
        Key { integration: "shop-a".parse().expect("an id"), thread: ThreadId("t".into()) }
    }

    fn parked(attempt: u32, fingerprint: &str) -> Delivery {
        Delivery {
            key: key(),
            ticket: TicketId(41),
            reply: EntryId(7),
            version: 3,
            state: DeliveryState::Parked,
            attempt,
            since: at(0),
            at: at(0),
            due: None,
            fingerprint: fingerprint.into(),
            file_bytes: 0,
            doubtful: false,
            automatic: false,
            reason: Some(Reason::Unclear),
            message: None,
        }
    }

    #[test]
    fn a_reply_that_was_sent_is_looked_for_when_it_is_queued_again() {
        let mut sent = parked(30, "dzieńdobry");
        assert!(sent.queue_again(at(60)));
        assert_eq!((sent.state, sent.due, sent.version), (DeliveryState::Queued, Some(at(60)), 4));
        assert_eq!(sent.since, at(60), "its age as something unfinished begins anew");
        assert!(sent.doubtful && sent.may_be(Some(at(5)), "dzieńdobry", SignedDuration::ZERO));
        assert!(!sent.queue_again(at(61)), "it is not parked any more");

        let mut never_sent = parked(0, "");
        assert!(never_sent.queue_again(at(60)));
        assert_eq!((never_sent.doubtful, never_sent.attempt), (false, 0));
    }

    #[test]
    fn what_was_tried_and_never_sent_is_sent_again_without_looking() {
        let mut never_sent = parked(30, "");
        assert!(never_sent.queue_again(at(60)));
        assert_eq!((never_sent.doubtful, never_sent.attempt), (false, 0));
    }

    #[test]
    fn a_message_of_the_shop_may_be_a_reply_that_was_sent_and_is_not_settled() {
        let skew = SignedDuration::from_secs(120);
        let sent = Delivery { state: DeliveryState::Sending, ..parked(1, "x") };
        let may_be = |delivery: &Delivery| delivery.may_be(Some(at(0)), "x", skew);
        assert!(may_be(&sent) && may_be(&parked(1, "x")));
        assert!(sent.may_be(Some(at(-120)), "x", skew), "the clocks differ");
        assert!(!sent.may_be(Some(at(-121)), "x", skew), "older than the attempt");
        assert!(sent.may_be(None, "x", skew), "undated");
        assert!(!sent.may_be(Some(at(0)), "y", skew), "other words");

        assert!(!may_be(&Delivery { message: Some(MessageId("m".into())), ..sent.clone() }), "settled");
        assert!(!may_be(&Delivery { attempt: 0, ..sent.clone() }), "never sent");
        for state in [DeliveryState::Queued, DeliveryState::Skipped] {
            let delivery = Delivery { state, ..sent.clone() };
            assert!(!may_be(&delivery), "{state:?}: surely not under way");
            assert!(may_be(&Delivery { doubtful: true, ..delivery }), "{state:?} and doubtful");
        }
    }

    /// The ledger keeps these: other hashes would carry everything over once more.
    #[test]
    fn hashes_stay_as_they_are_stored() {
        let message = MessageId("m-1".into());
        assert_eq!(Carried::hash(&message), 0xa461_b472_cb41_a9ec);
        let mut carried = Carried::default();
        assert!(!carried.contains_marker("#a461b472"));
        carried.insert(&message);
        assert_eq!(crate::text::marker(&message.0), "#a461b472");
        assert!(carried.contains_marker("#a461b472") && !carried.contains_marker("#a461b473"));
        let order = Order {
            state: "SHIPPING".into(),
            carrier: "InPost".into(),
            tracking: "123".into(),
            has_incident: true,
            ..Order::default()
        };
        let facts = OrderFacts { state: 0xd151_fa5a, parcel: 0x0d7d_e8d8, incident: true };
        assert_eq!(OrderFacts::of(&order), facts);
    }

    #[test]
    fn a_held_reply_can_be_released_or_given_up() {
        let held = Delivery { state: DeliveryState::Held, reason: Some(Reason::Stale), ..parked(0, "") };
        let mut released = held.clone();
        assert!(released.queue_again(at(60)));
        assert_eq!((released.state, released.reason), (DeliveryState::Queued, Some(Reason::Stale)));
        assert!(held.clone().give_up(at(60)));
    }

    #[test]
    fn what_waits_behind_a_held_reply_can_be_set_going() {
        let waits = Delivery { state: DeliveryState::Queued, reason: None, ..parked(0, "") };
        let mut going = waits.clone();
        assert!(going.set_going(at(60)));
        assert_eq!(going, Delivery { due: Some(at(60)), version: 4, ..waits.clone() });
        assert!(!going.set_going(at(61)), "it is due already");
        for mut other in [parked(0, ""), Delivery { attempt: 1, ..waits }] {
            let before = other.clone();
            assert!(!other.set_going(at(60)));
            assert_eq!(other, before);
        }
    }

    #[test]
    fn only_what_is_parked_can_be_given_up() {
        let mut delivery = parked(1, "x");
        assert!(delivery.give_up(at(9)));
        assert_eq!((delivery.state, delivery.since, delivery.due), (DeliveryState::Dropped, at(9), None));
        assert!(delivery.may_be(Some(at(0)), "x", SignedDuration::ZERO), "it may have arrived all the same");
        assert_eq!(delivery.reason, Some(Reason::Unclear));
        assert!(!delivery.give_up(at(10)) && !delivery.queue_again(at(10)));
        assert_eq!(delivery.version, 4);
    }

    #[test]
    fn what_is_open_holds_back_later_replies_and_states_are_called_as_they_are_stored() {
        use DeliveryState::{Delivered, Dropped, Held, Parked, Queued, Refused, Sending, Skipped};
        for state in [Queued, Sending, Refused, Held] {
            assert!(state.is_open(), "{state:?}");
        }
        for state in [Delivered, Parked, Dropped, Skipped] {
            assert!(!state.is_open(), "{state:?}");
        }
        for state in [Queued, Sending, Refused, Held, Delivered, Parked, Dropped, Skipped] {
            assert_eq!(serde_json::to_value(state).expect("a word"), state.as_str());
        }
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("a word"), reason.as_str());
        }
    }

    #[test]
    fn a_message_is_ours_once_a_delivery_names_it() {
        let delivered = Delivery { message: Some(MessageId("m".into())), ..parked(1, "x") };
        let loaded = Loaded { conversation: None, deliveries: vec![parked(1, "y"), delivered] };
        assert!(loaded.is_ours(&MessageId("m".into())));
        assert!(!loaded.is_ours(&MessageId("n".into())));
    }

    #[test]
    fn a_parked_conversation_starts_with_a_fresh_count() {
        let mut conversation = Conversation::new(key(), at(0));
        assert!(!conversation.take_up_again(at(1)));
        let trouble = |due| Trouble { reason: "permanent".into(), attempts: 30, since: at(0), due };
        conversation.trouble = Some(trouble(Some(at(5))));
        assert!(!conversation.is_parked());
        assert!(!conversation.take_up_again(at(1)), "it waits, and is not parked");
        conversation.trouble = Some(trouble(None));
        assert!(conversation.is_parked());
        assert!(conversation.take_up_again(at(1)));
        assert_eq!(conversation.version, 1);
        assert_eq!(conversation.trouble.map(|t| (t.attempts, t.due)), Some((0, Some(at(1)))));
    }
}
