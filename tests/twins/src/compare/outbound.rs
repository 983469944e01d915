//! What stands in the threads, counted against the tickets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Comparison, Found, Place, key, marker, plain_letters};
use crate::empikplace::{Author, Message, ParticipantKind, Thread};
use crate::text;
use crate::thulium::{MessageKind, Origin, Ticket, TicketMessage};
use crate::world::State;

/// Texts shorter than this are too common to prove a leak, in letters and digits.
const TELLING: usize = 8;

/// A shop message sent through the API, claimed by at most one reply.
struct Sent<'a> {
    thread: &'a Thread,
    index: usize,
    key: String,
    claimed: bool,
}

impl Sent<'_> {
    fn message(&self) -> &Message {
        &self.thread.messages[self.index]
    }
}

/// Counts replies against the threads, and what is in the threads against everything else.
pub(super) fn count(state: &State, joined: &BTreeMap<u64, BTreeMap<u64, &Thread>>, result: &mut Comparison) {
    let mut sent: BTreeMap<u64, Vec<Sent<'_>>> = BTreeMap::new();
    for thread in state.empikplace.threads.values() {
        let by_api = thread.messages.iter().enumerate().filter(|(_, one)| one.author == Author::Api);
        let by_api = by_api
            .map(|(index, message)| Sent { thread, index, key: key(&message.written), claimed: false })
            .collect();
        sent.insert(thread.number, by_api);
    }
    let now = state.now();
    let is_reply = |message: &&TicketMessage| message.kind == MessageKind::Reply && message.visible_at <= now;
    let tickets = joined.iter().filter_map(|(id, threads)| Some((state.thulium.tickets.get(id)?, threads)));
    let mut tickets: Vec<_> = tickets.collect();
    // Of replies in the same words, those that nobody could read go without.
    tickets.sort_by_key(|(ticket, _)| ticket.deleted);
    for (ticket, threads) in tickets {
        let mut before: Vec<(u64, (u64, usize))> = Vec::new();
        // Only what was written earlier and could be seen earlier must come earlier.
        let mut replies: Vec<_> = ticket.messages.iter().filter(is_reply).collect();
        replies.sort_by_key(|reply| (reply.visible_at, reply.message_id));
        for reply in replies {
            let said = Said::of(reply);
            if said.command {
                continue;
            }
            result.replies += 1;
            let wanted = said.keys(&reply.body);
            let place = Place { thread: threads.values().next().copied(), ..Place::default() };
            let place = place.in_ticket(ticket, reply);
            let after = |sent: &Sent<'_>| sent.message().date_created >= reply.visible_at;
            let fits = |sent: &Sent<'_>| !sent.claimed && after(sent) && wanted.contains(&sent.key);
            let fitting = threads.keys().filter_map(|number| {
                let index = sent.get(number)?.iter().position(fits)?;
                Some((*number, index))
            });
            // The earliest one, so that replies of a merged ticket in the same words leave none over.
            let found = fitting.min_by_key(|(number, index)| sent[number][*index].message().date_created);
            let found = found.and_then(|(number, index)| sent.get_mut(&number)?.get_mut(index));
            let automatic = reply.origin == Origin::Automatic || reply.user_login.is_empty();
            let Some(found) = found else {
                let kind = match automatic {
                    true => Found::AutomaticMissing,
                    false if ticket.deleted => Found::ReplyDeleted,
                    false if is_told(state, ticket, reply) => Found::ReplyTold,
                    false => Found::ReplyMissing,
                };
                result.note(kind, place);
                continue;
            };
            found.claimed = true;
            result.replies_carried += 1;
            let place = Place::message(found.thread, found.message()).in_ticket(ticket, reply);
            if said.to.map_or_else(|| wrong_recipient(found), |to| to != recipients(found.message())) {
                result.note(Found::WrongRecipient, place);
            }
            let order = (found.thread.number, found.index);
            let overtakes = |(id, other): &(u64, _)| *id < reply.message_id && order < *other;
            // Automatic replies are alike and most stay away: which of them went cannot be told.
            if !automatic {
                if threads.len() == 1 && before.iter().any(overtakes) {
                    result.note(Found::ReplyDisordered, place);
                }
                before.push((reply.message_id, order));
            }
            for token in &reply.attachments {
                let Some(original) = state.thulium.files.get(token) else {
                    continue;
                };
                let attached = found.message().attachments.iter();
                let mut attached = attached.filter_map(|file| state.empikplace.files.get(&file.id));
                if !attached.any(|file| file.bytes == original.bytes) {
                    result.note(Found::FileNotInThread, place);
                }
            }
        }
    }
    let texts = Texts::of(state, joined);
    for sent in sent.values().flatten().filter(|sent| !sent.claimed) {
        result.note(texts.explain(sent), Place::message(sent.thread, sent.message()));
    }
}

/// Whether a comment of the API user that marks no marketplace message follows the reply.
fn is_told(state: &State, ticket: &Ticket, reply: &TicketMessage) -> bool {
    let user = &state.options.thulium.user;
    let messages = || state.empikplace.threads.values().flat_map(|thread| &thread.messages);
    let marks = |line: &str| {
        let tail = line.trim().rsplit_once('#').map(|(_, tail)| format!("#{tail}"));
        tail.is_some_and(|tail| messages().any(|message| marker(&message.id) == tail))
    };
    ticket.messages.iter().any(|message| {
        message.message_id > reply.message_id
            && message.kind == MessageKind::Comment
            && message.origin == Origin::Api
            && (message.user_login == *user || message.user_login.is_empty())
            && !message.comment.lines().next().is_some_and(marks)
    })
}

/// The buyer must be addressed where they take part, and must not be where they do not.
fn wrong_recipient(sent: &Sent<'_>) -> bool {
    let to_buyer = |message: &Message| message.to.iter().any(|to| to.kind == ParticipantKind::Customer);
    let before = &sent.thread.messages[..sent.index];
    // A later message of the buyer does not make an earlier reply wrong.
    let takes_part = before.iter().any(|message| {
        message.author == Author::Customer || (message.author != Author::Api && to_buyer(message))
    });
    // Whoever was asked by the operator in private may answer in private.
    let asked_in_private = before.iter().any(|m| m.author == Author::Operator && !to_buyer(m));
    match (to_buyer(sent.message()), takes_part) {
        (true, takes_part) => !takes_part && !before.is_empty(),
        (false, takes_part) => takes_part && !asked_in_private,
    }
}

/// The buyer, the operator: whom a message addresses.
fn recipients(message: &Message) -> (bool, bool) {
    let addressed = |kind| message.to.iter().any(|to| to.kind == kind);
    (addressed(ParticipantKind::Customer), addressed(ParticipantKind::Operator))
}

/// What an agent tells the bridge in the first line of a reply; as README promises it to agents.
#[derive(Default)]
struct Said {
    /// The buyer, the operator.
    to: Option<(bool, bool)>,
    /// The reply decides about another one, and is none itself.
    command: bool,
    /// The line.
    line: String,
}

impl Said {
    fn of(reply: &TicketMessage) -> Self {
        let text = text::strip(&reply.body);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let (to, command) = match line.to_lowercase().as_str() {
            _ if reply.user_login.is_empty() => (None, false),
            "@klient" | "@buyer" => (Some((true, false)), false),
            "@operator" => (Some((false, true)), false),
            "@oboje" | "@both" => (Some((true, true)), false),
            "@wyślij" | "@send" | "@anuluj" | "@cancel" => (None, true),
            _ => (None, false),
        };
        Self { to, command, line: line.to_owned() }
    }

    /// Keys of the reply, without the line if it was for the bridge.
    fn keys(&self, reply: &str) -> [String; 2] {
        let [all, unquoted] = keys(reply);
        let line = plain_letters(&self.line);
        match self.to {
            Some(_) => [all, unquoted].map(|key| key.strip_prefix(&line).unwrap_or(&key).to_owned()),
            None => [all, unquoted],
        }
    }
}

/// Keys of a reply: all of it, and without quoted history, which need not go out.
fn keys(reply: &str) -> [String; 2] {
    [key(reply), key(text::unquoted(reply))]
}

/// Everything a shop message could have been taken from.
struct Texts<'a> {
    /// Key of a reply to the threads of its tickets.
    replies: HashMap<String, BTreeSet<u64>>,
    comments: Vec<String>,
    threads: &'a BTreeMap<u64, Thread>,
}

impl<'a> Texts<'a> {
    fn of(state: &'a State, joined: &BTreeMap<u64, BTreeMap<u64, &Thread>>) -> Self {
        let mut replies: HashMap<String, BTreeSet<u64>> = HashMap::new();
        let mut comments = Vec::new();
        for ticket in state.thulium.tickets.values() {
            for message in &ticket.messages {
                if message.kind == MessageKind::Reply {
                    let threads =
                        joined.get(&ticket.ticket_id).into_iter().flatten().map(|(number, _)| *number);
                    for key in keys(&message.body) {
                        replies.entry(key).or_default().extend(threads.clone());
                    }
                }
                for comment in [&message.comment, &message.system_comment] {
                    // With its markup, if it is none, and without.
                    let [plain, stripped] = [plain_letters(comment), key(comment)];
                    let forms = [(plain != stripped).then_some(plain), Some(stripped)];
                    comments.extend(forms.into_iter().flatten().filter(|c| c.chars().count() >= TELLING));
                }
            }
        }
        Self { replies, comments, threads: &state.empikplace.threads }
    }

    fn explain(&self, sent: &Sent<'_>) -> Found {
        if let Some(threads) = self.replies.get(&sent.key) {
            return match threads.contains(&sent.thread.number) {
                true => Found::ReplyDoubled,
                false => Found::ReplyMisdirected,
            };
        }
        if self.comments.iter().any(|comment| sent.key.contains(comment)) {
            return Found::CommentLeaked;
        }
        let tells = |author: Author| {
            let mut messages = self.threads.values().flat_map(|thread| &thread.messages);
            messages.any(|message| {
                let text = if message.author == author { key(&message.body) } else { String::new() };
                text.chars().count() >= TELLING && sent.key.contains(&text)
            })
        };
        let to_buyer = sent.message().to.iter().any(|to| to.kind == ParticipantKind::Customer);
        if to_buyer && tells(Author::Operator) {
            return Found::OperatorLeaked;
        }
        if tells(Author::Customer) || tells(Author::Shop) {
            return Found::Returned;
        }
        Found::Unexplained
    }
}
