//! What stands in the tickets, counted against the threads.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::{Carried, Comparison, Found, Place, marker, plain_letters};
use crate::empikplace::{Author, Message, Thread};
use crate::switches::MergedTicket;
use crate::text;
use crate::thulium::{MessageKind, Origin};
use crate::world::State;

/// All marked ticket messages with what they stand for, by ticket and message id.
pub(super) fn copies<'a>(state: &'a State, result: &mut Comparison) -> Vec<Carried<'a>> {
    let mut marked: HashMap<String, Vec<(&Thread, usize)>> = HashMap::new();
    for thread in state.empikplace.threads.values() {
        for (index, message) in thread.messages.iter().enumerate() {
            marked.entry(marker(&message.id)).or_default().push((thread, index));
        }
    }
    let mut copies = Vec::new();
    for ticket in state.thulium.tickets.values() {
        for message in ticket.messages.iter().filter(|message| message.origin == Origin::Api) {
            let html = message.html && message.kind != MessageKind::Comment;
            let line = match html {
                true => text::first_line(message.text()),
                false => message.text().lines().next().unwrap_or_default().trim().to_owned(),
            };
            let Some(start) = line.rfind('#') else { continue };
            let Some(candidates) = marked.get(&line[start..]) else {
                continue;
            };
            let carried = if html { text::letters(message.text()) } else { plain_letters(message.text()) };
            let whole = |(thread, index): &&(&Thread, usize)| {
                text::runs_through(&text::letters(&thread.messages[*index].body), &carried)
            };
            let found = candidates.iter().find(whole);
            let Some((thread, index)) = found.or(candidates.first()).copied() else {
                continue;
            };
            let copy = Carried { thread, index, ticket, message };
            if found.is_none() {
                let place = Place::message(thread, &thread.messages[index]).in_ticket(ticket, message);
                result.note(Found::Altered, place);
            }
            copies.push(copy);
        }
    }
    copies
}

/// Counts what buyers, operators and colleagues wrote against the tickets.
pub(super) fn count(
    state: &State,
    since: Option<Timestamp>,
    copies: &[Carried<'_>],
    result: &mut Comparison,
) {
    let mut by_message: HashMap<&str, Vec<&Carried<'_>>> = HashMap::new();
    for copy in copies {
        by_message.entry(&copy.thread.messages[copy.index].id).or_default().push(copy);
    }
    let lives = |copy: &Carried<'_>| !copy.ticket.deleted && copy.ticket.merged_into.is_none();
    // What was moved out of a ticket that is not shown any more has no place that its number leads to.
    let hidden = state.switches.thulium.merged_ticket == MergedTicket::NotFound;
    let has_ticket = |copy: &&Carried<'_>| lives(copy) && !(hidden && copy.message.moved);
    let with_ticket: BTreeSet<u64> = copies.iter().filter(has_ticket).map(|c| c.thread.number).collect();
    for thread in state.empikplace.threads.values() {
        let asks = |message: &Message| matches!(message.author, Author::Customer | Author::Operator);
        let asked = thread.messages.iter().rposition(asks);
        for (index, message) in thread.messages.iter().enumerate() {
            if !message.visible_to_shop() {
                continue;
            }
            let copies = by_message.get(message.id.as_str()).map_or(&[][..], Vec::as_slice);
            let expected = since.is_none_or(|since| message.date_created >= since);
            // What stood in a ticket an agent deleted, or merged into another, was carried; once more
            // elsewhere is no fault.
            let count = |moved: bool| copies.iter().filter(|c| lives(c) && c.message.moved == moved).count();
            let doubled = count(true) > 1 || count(false) > 1;
            let place = Place::message(thread, message);
            let first = copies.first().map_or(place, |copy| place.in_ticket(copy.ticket, copy.message));
            match message.author {
                Author::Api => {
                    if !copies.is_empty() {
                        result.note(Found::Echoed, first);
                    }
                    continue;
                }
                Author::Shop => {
                    // Where no ticket is, none is opened for what the shop writes.
                    let has_place = with_ticket.contains(&thread.number) || asked > Some(index);
                    if copies.is_empty() && expected && has_place {
                        result.note(Found::PanelMissing, place);
                    }
                    if doubled {
                        result.note(Found::PanelDoubled, first);
                    }
                    if copies.iter().any(|copy| copy.message.kind != MessageKind::Comment) {
                        result.note(Found::PanelAsMail, first);
                    }
                }
                Author::Customer | Author::Operator => {
                    if expected || !copies.is_empty() {
                        result.inbound += 1;
                        result.inbound_carried += usize::from(!copies.is_empty());
                    }
                    if copies.is_empty() && expected {
                        result.note(Found::Lost, place);
                    }
                    if doubled {
                        result.note(Found::Doubled, first);
                    }
                    if copies.iter().any(|copy| copy.message.kind == MessageKind::Reply) {
                        result.note(Found::InboundAsReply, first);
                    }
                }
            }
            files_in_tickets(state, copies, message, result);
        }
    }
}

/// Each file must be in one of the tickets the message stands in, at whichever of its messages.
fn files_in_tickets(state: &State, copies: &[&Carried<'_>], message: &Message, result: &mut Comparison) {
    let Some(first) = copies.first() else { return };
    let messages = copies.iter().flat_map(|copy| &copy.ticket.messages);
    let tokens = messages.flat_map(|message| &message.attachments);
    let files: Vec<_> = tokens.filter_map(|token| state.thulium.files.get(token)).collect();
    for attachment in &message.attachments {
        let Some(original) = state.empikplace.files.get(&attachment.id) else {
            continue;
        };
        if !files.iter().any(|file| file.bytes == original.bytes) {
            let place = Place { message: Some(&attachment.id), ..Place::message(first.thread, message) };
            result.note(Found::FileNotInTicket, place.in_ticket(first.ticket, first.message));
        }
    }
}

/// The threads each ticket belongs to, by what stands in it; a merged one belongs where its
/// target does.
pub(super) fn joined<'a>(
    state: &'a State,
    copies: &[Carried<'a>],
    result: &mut Comparison,
) -> BTreeMap<u64, BTreeMap<u64, &'a Thread>> {
    let targets: BTreeSet<u64> =
        state.thulium.tickets.values().filter_map(|ticket| ticket.merged_into).collect();
    let mut joined: BTreeMap<u64, BTreeMap<u64, &Thread>> = BTreeMap::new();
    let mut tickets: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut first: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    let mut last: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for copy in copies {
        let (ticket, thread) = (copy.ticket.ticket_id, copy.thread.number);
        let mailbox = state.empikplace.mailbox_of(copy.thread.shop_id);
        let brought = copy.message.moved || targets.contains(&ticket);
        if !mailbox.is_empty() && copy.ticket.to != mailbox && !brought {
            let place = Place::message(copy.thread, &copy.thread.messages[copy.index]);
            result.note(Found::WrongShop, place.in_ticket(copy.ticket, copy.message));
        }
        joined.entry(ticket).or_default().insert(thread, copy.thread);
        if !copy.ticket.deleted && copy.ticket.merged_into.is_none() && !copy.message.moved {
            tickets.entry(thread).or_default().insert(ticket);
        }
        // A ticket begins with a buyer or the operator, also one that follows a deleted one; what the
        // shop wrote before comes after that.
        let opening = *first.entry((ticket, thread)).or_insert(copy.index);
        if copy.index < opening && copy.thread.messages[copy.index].author == Author::Shop {
            continue;
        }
        let merged = targets.contains(&ticket);
        let before = last.insert((ticket, thread), copy.index);
        if before.is_some_and(|before| before > copy.index) && !merged {
            let place = Place::message(copy.thread, &copy.thread.messages[copy.index]);
            result.note(Found::Disordered, place.in_ticket(copy.ticket, copy.message));
        }
    }
    for (id, threads) in joined.iter().filter(|(id, threads)| threads.len() > 1 && !targets.contains(*id)) {
        let place = Place {
            ticket: state.thulium.tickets.get(id),
            thread: threads.values().next().copied(),
            ..Place::default()
        };
        result.note(Found::Mixed, place);
    }
    for number in tickets.iter().filter(|(_, tickets)| tickets.len() > 1).map(|(number, _)| number) {
        let thread = state.empikplace.threads.get(number);
        result.note(Found::Split, Place { thread, ..Place::default() });
    }
    for ticket in state.thulium.tickets.values() {
        let target = ticket.merged_into.and_then(|into| joined.get(&into).cloned());
        joined.entry(ticket.ticket_id).or_default().extend(target.unwrap_or_default());
    }
    joined.retain(|_, threads| !threads.is_empty());
    joined
}
