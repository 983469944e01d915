//! What is wrong in the twins once everything has come to rest.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use twins::{Author, Finding, Found, World};

use crate::episode::{Broken, Ended};
use crate::options;
use crate::shop::Shop;
use crate::sim::Sim;

/// How long two integrations on one account may not see each other's new CRM records.
const UNSEEN: SignedDuration = SignedDuration::from_mins(5);

/// Holds the twins of these shops against each other.
pub fn check(sim: &Sim, shops: &[Arc<Shop>], ended: &mut Ended) {
    ended.messages = 0;
    for desk in 0..sim.shops.len() {
        let there: Vec<&Arc<Shop>> = sim.shops.iter().filter(|shop| shop.desk == desk).collect();
        let Some(first) = there.first() else { continue };
        let comparison = first.world.comparison();
        ended.messages += (comparison.inbound + comparison.replies) as u64;
        for finding in &comparison.findings {
            let of = |shop: &&&Arc<Shop>| finding.shop == Some(shop.shop_id());
            let shop = there.iter().find(of).unwrap_or(&there[0]);
            if shops.iter().any(|looked_at| looked_at.number == shop.number) {
                note(shop, &there, finding, ended);
            }
        }
        customers(&first.world, there.len(), ended);
    }
}

/// Notes a finding about a shop. `there`: those on the same account.
fn note(shop: &Shop, there: &[&Arc<Shop>], finding: &Finding, ended: &mut Ended) {
    use Found::{
        Altered, AutomaticMissing, CommentLeaked, Disordered, Doubled, Echoed, FileNotInThread,
        FileNotInTicket, InboundAsReply, Lost, MailLoop, Mixed, OperatorLeaked, PanelAsMail, PanelDoubled,
        PanelMissing, ReplyDeleted, ReplyDisordered, ReplyDoubled, ReplyMisdirected, ReplyMissing, ReplyTold,
        Returned, Split, Unexplained, WrongRecipient, WrongShop,
    };
    let list = match finding.kind {
        // A reply that a person retried comes after those that did not wait for it.
        ReplyDisordered if was_overtaken(there, finding) => return,
        ReplyTold | ReplyMissing if is_let_go(there, finding) => return,
        Unexplained if is_own_reply(shop, finding) => return,
        Lost | ReplyMissing | PanelMissing | ReplyTold => &mut ended.lost,
        Doubled | ReplyDoubled | PanelDoubled | Split => &mut ended.doubled,
        CommentLeaked | OperatorLeaked | Echoed | Returned | InboundAsReply | PanelAsMail
        | WrongRecipient | ReplyMisdirected | MailLoop | WrongShop => &mut ended.leaked,
        Altered | Disordered | Mixed | ReplyDisordered | Unexplained => &mut ended.wrong,
        // Told in the ticket, or left out by setting.
        AutomaticMissing | ReplyDeleted | FileNotInThread | FileNotInTicket => return,
    };
    let message = finding.message.iter().map(|message| format!(", message {message}"));
    let entry = finding.ticket_message.iter().map(|entry| format!(", entry {entry}"));
    let broken = Broken {
        promise: format!("{:?}", finding.kind),
        shop: Some(shop.settings.id.to_string()),
        thread: finding.thread.as_deref().map(|thread| shop.shown(thread)),
        ticket: finding.ticket,
        place: message.chain(entry).collect(),
    };
    if !list.contains(&broken) {
        list.push(broken);
    }
}

/// Looks for buyers with several CRM records. Each shop on an account may have made one where neither
/// could see the other's.
fn customers(world: &World, shops: usize, ended: &mut Ended) {
    let mut records: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for customer in world.customers() {
        if let Some(buyer) = customer.custom_fields.get("Empik ID") {
            records.entry(format!("{buyer:?}")).or_default().push(customer.created_at);
        }
    }
    for (buyer, mut made) in records {
        made.sort();
        let late = made.iter().any(|at| at.duration_since(made[0]) > UNSEEN);
        let broken =
            Broken { place: format!(": {} of {buyer}", made.len()), ..Broken::overall("CRM records") };
        if (made.len() > shops || late) && !ended.doubled.contains(&broken) {
            ended.doubled.push(broken);
        }
    }
}

/// Whether a reply in the ticket was retried by a person.
fn was_overtaken(there: &[&Arc<Shop>], finding: &Finding) -> bool {
    let of = |shop: &&Arc<Shop>, ticket| {
        shop.overtaken.lock().unwrap_or_else(PoisonError::into_inner).contains(&ticket)
    };
    finding.ticket.is_some_and(|ticket| there.iter().any(|shop| of(shop, ticket)))
}

/// Whether a person gave a reply up, or it stands in a ticket into which another was merged.
fn is_let_go(there: &[&Arc<Shop>], finding: &Finding) -> bool {
    let (Some(ticket), Some(reply)) = (finding.ticket, finding.ticket_message) else { return false };
    let dropped = |shop: &&Arc<Shop>| {
        shop.dropped.lock().unwrap_or_else(PoisonError::into_inner).contains(&(ticket, reply))
    };
    let tickets = there.first().map(|shop| shop.world.tickets()).unwrap_or_default();
    there.iter().any(dropped) || tickets.iter().any(|other| other.merged_into == Some(ticket))
}

/// Whether a message is the bridge's own automatic reply, and the only one in its thread.
fn is_own_reply(shop: &Shop, finding: &Finding) -> bool {
    let thread = finding.thread.as_deref().and_then(|id| shop.world.thread(id));
    let messages = thread.map(|thread| thread.messages).unwrap_or_default();
    let mut own = messages.iter().filter(|m| m.author == Author::Api && m.written == options::OWN_REPLY);
    own.next().is_some_and(|own| finding.message.as_deref() == Some(&own.id)) && own.next().is_none()
}
