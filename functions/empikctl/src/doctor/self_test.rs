//! A ticket and a customer are opened in Thulium and removed again: what no dictionary tells shows
//! itself then, and the account's behaviour is learnt.

use std::collections::BTreeMap;

use bridge::failure::Failure;
use bridge::settings::{CommentParameter, Reopens, Settings};
use bridge::text;
use jiff::Timestamp;
use thulium::{BodyType, NewCustomer, NewTicket, TicketChange};

use super::Finding;
use crate::access::Live;
use crate::words;

/// What a self-test has shown.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    pub(crate) findings: Vec<Finding>,
    /// The parameter that carries the text of a comment.
    pub(crate) comment_parameter: Option<CommentParameter>,
    /// Whether a customer's message brings a closed ticket back.
    pub(crate) reopens: Option<Reopens>,
}

/// What was made, and is to be removed whatever happens.
#[derive(Debug, Default)]
struct Made {
    ticket: Option<u64>,
    customer: Option<u64>,
}

/// Runs it; Ctrl-C ends it early and still removes what was made.
pub(crate) async fn run(live: &Live, settings: &Settings) -> Learnt {
    let (mut learnt, mut made) = (Learnt::default(), Made::default());
    tokio::select! {
        () = try_out(live, settings, &mut learnt, &mut made) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    remove(live, &made, &mut learnt).await;
    learnt
}

async fn try_out(live: &Live, settings: &Settings, learnt: &mut Learnt, made: &mut Made) {
    customer(live, settings, learnt, made).await;
    let Some(ticket) = ticket(live, settings, learnt, made).await else {
        return;
    };
    comment(live, settings, ticket, learnt).await;
    reopening(live, settings, ticket, learnt).await;
}

/// A value that nothing else has, and that is no thread's or customer's id.
fn value() -> String {
    format!("empikctl-{}", Timestamp::now().as_millisecond())
}

async fn customer(live: &Live, settings: &Settings, learnt: &mut Learnt, made: &mut Made) {
    const KEY: &str = "thulium.customer_field";
    let field = settings.thulium.customer_field.clone();
    let value = value();
    let missing = || Finding::Field { key: KEY, name: field.clone() };
    let new = NewCustomer {
        surname: words::doctor::self_test_name(),
        name: String::new(),
        custom_fields: BTreeMap::from([(field.clone(), value.clone())]),
    };
    match live.account.create_customer(&new).await {
        Ok(id) => made.customer = Some(id),
        Err(failure) => {
            match failure.status() {
                Some(403) => learnt.findings.push(Finding::UserRight { method: "POST customers" }),
                Some(400) => learnt.findings.push(missing()),
                _ => learnt.findings.push(unreachable(&failure)),
            }
            return;
        }
    }
    // A search may lag, so that only a customer that shows other fields says something.
    if let Ok(page) = live.account.customers_by_field(&field, &value).await
        && let Some(row) = page.rows.iter().find(|row| Some(row.customer_id) == made.customer)
        && row.custom_field(&field) != Some(value.as_str())
    {
        learnt.findings.push(missing());
    }
}

async fn ticket(live: &Live, settings: &Settings, learnt: &mut Learnt, made: &mut Made) -> Option<u64> {
    let thulium = &settings.thulium;
    let name = words::doctor::self_test_name();
    let plain = || {
        let mut new = NewTicket::new(&thulium.mailbox, &name, words::doctor::self_test_body());
        new.from = Some(thulium.reply_address_of("empikctl"));
        new.ticket_queue_id = thulium.queue_id;
        new.category_id = thulium.category_id;
        new.source = Some(thulium.source.clone()).filter(|source| !source.is_empty());
        new.customer_id = made.customer;
        new
    };
    let id = match live.account.create_ticket(&plain()).await {
        Ok(id) => id,
        Err(failure) => {
            learnt.findings.push(match failure.status() {
                Some(403) => Finding::UserRight { method: "POST tickets" },
                // Queue and category were found in the dictionaries before.
                Some(400) => Finding::Mailbox { name: thulium.mailbox.clone() },
                _ => unreachable(&failure),
            });
            return None;
        }
    };
    made.ticket = Some(id);
    // One field after the other, so that the missing one can be named.
    let fields = [
        ("thulium.thread_field", &thulium.thread_field),
        ("thulium.order_field", &thulium.order_field),
        ("thulium.products_field", &thulium.products_field),
        ("thulium.conversation_field", &thulium.conversation_field),
    ];
    let mut written = Vec::new();
    for (key, name) in fields.into_iter().filter(|(_, name)| !name.is_empty()) {
        let value = value();
        let change = TicketChange {
            custom_fields: BTreeMap::from([(name.clone(), value.clone())]),
            ..TicketChange::default()
        };
        match live.account.update_ticket(id, &change).await {
            Ok(()) => written.push((key, name.clone(), value)),
            Err(failure) if failure.status() == Some(403) => {
                learnt.findings.push(Finding::UserRight { method: "PUT tickets/:id" });
                break;
            }
            Err(failure) if failure.status() == Some(400) => {
                learnt.findings.push(Finding::Field { key, name: name.clone() });
            }
            Err(failure) => learnt.findings.push(unreachable(&failure)),
        }
    }
    if let Ok(ticket) = live.account.ticket(id).await
        && ticket.custom_fields.is_some()
    {
        let lost = written.into_iter().filter(|(_, name, value)| ticket.custom_field(name) != Some(value));
        learnt.findings.extend(lost.map(|(key, name, _)| Finding::Field { key, name }));
    }
    Some(id)
}

async fn comment(live: &Live, settings: &Settings, ticket: u64, learnt: &mut Learnt) {
    let login = Some(settings.thulium.comment_login.as_str());
    let known = settings.calibration.comment_parameter;
    let candidates: Vec<CommentParameter> =
        known.map_or_else(|| CommentParameter::ALL.to_vec(), |known| vec![known]);
    for parameter in candidates {
        let marker = text::marker(&format!("self-test/{ticket}/{}", parameter.as_str()));
        let body = format!("{} {marker}", words::doctor::self_test_body());
        match live.account.comment(ticket, parameter, &body, login, &[]).await {
            Ok(()) => {}
            Err(failure) if failure.status() == Some(403) => {
                let method = "POST tickets/:id/comment";
                return learnt.findings.push(Finding::UserRight { method });
            }
            Err(_) => continue,
        }
        let Ok(now) = live.account.ticket(ticket).await else { continue };
        if now.messages.iter().any(|message| text::carries_marker(&message.comment, &marker)) {
            learnt.comment_parameter = Some(parameter);
            return;
        }
    }
    learnt.findings.push(Finding::Comment);
}

/// Closes the ticket, writes as the customer, and looks whether it stands before the agents again.
async fn reopening(live: &Live, settings: &Settings, ticket: u64, learnt: &mut Learnt) {
    if settings.calibration.reopens.is_some() {
        return;
    }
    let Ok(statuses) = live.account.statuses().await else { return };
    let closed = statuses.iter().find(|status| {
        let name = status.name.to_lowercase();
        status.parent.is_none() && (name.starts_with("zamkni") || name.starts_with("closed"))
    });
    let Some(closed) = closed.map(|status| status.id) else { return };
    let change = TicketChange { status_id: Some(closed), ..TicketChange::default() };
    if live.account.update_ticket(ticket, &change).await.is_err() {
        return;
    }
    match live.account.ticket(ticket).await {
        Ok(now) if now.status_id == Some(closed) => {}
        _ => return,
    }
    let body = words::doctor::self_test_body();
    if live.account.customer_response(ticket, &body, BodyType::Plain, &[], None).await.is_err() {
        return;
    }
    if let Ok(now) = live.account.ticket(ticket).await
        && let Some(status) = now.status_id
    {
        learnt.reopens = Some(if status == closed { Reopens::No } else { Reopens::Yes });
    }
}

async fn remove(live: &Live, made: &Made, learnt: &mut Learnt) {
    if let Some(id) = made.ticket
        && let Err(failure) = live.account.delete_ticket(id).await
        && !failure.is_gone()
    {
        learnt.findings.push(Finding::LeftBehind { what: "ticket", id });
    }
    if let Some(id) = made.customer
        && let Err(failure) = live.account.delete_customer(id).await
        && !failure.is_gone()
    {
        learnt.findings.push(Finding::LeftBehind { what: "customer", id });
    }
}

fn unreachable(failure: &Failure) -> Finding {
    Finding::Unreachable { system: "Thulium", reason: failure.to_string() }
}
