//! Thulium: the user, its permissions, the dictionaries that the settings name, and the webhook.

use std::time::Duration;

use bridge::failure::Failure;
use bridge::settings::{CommentParameter, Settings};
use secrecy::ExposeSecret;
use thulium::{BodyType, DictionaryItem, TicketChange, TicketFilter, Webhook};

use super::Finding;
use super::state::clock;
use crate::access::{Live, http};

const SYSTEM: &str = "Thulium";

/// No ticket has this number, so that what is asked of it can change nothing.
const NO_TICKET: u64 = 0;

/// A ticket that the callback looks for and does not find: no account comes near it.
const UNKNOWN_TICKET: u64 = 9_007_199_254_740_991;

/// How long the callback may take, cold start included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Checks the account; whether it can be used at all.
pub(super) async fn examine(live: &Live, settings: &Settings, found: &mut Vec<Finding>) -> bool {
    let account = &live.account;
    let thulium = &settings.thulium;
    let queues = match account.queues().await {
        Ok(queues) => Some(queues),
        Err(failure) if failure.status() == Some(403) => {
            found.push(Finding::UserRight { method: "GET ticket_queues" });
            None
        }
        Err(failure) => {
            found.push(match failure.status() {
                Some(401) => Finding::User,
                _ => Finding::Unreachable { system: SYSTEM, reason: failure.to_string() },
            });
            return false;
        }
    };
    let categories = listed("GET ticket_categories", account.categories().await, found);
    let statuses = listed("GET ticket_statuses", account.statuses().await, found);

    let has = |items: &Option<Vec<DictionaryItem>>, id: u64| {
        items.as_ref().is_none_or(|items| items.iter().any(|item| item.id == id))
    };
    let rules = &thulium.category_rules;
    let of_rules = |id: Option<u64>| id.map(|id| ("thulium.category_rules", id));
    let wanted = thulium.queue_id.map(|id| ("thulium.queue_id", id)).into_iter();
    for (key, id) in wanted.chain(rules.iter().filter_map(|rule| of_rules(rule.queue_id))) {
        if !has(&queues, id) {
            found.push(Finding::Queue { key, id });
        }
    }
    let wanted = thulium.category_id.map(|id| ("thulium.category_id", id)).into_iter();
    for (key, id) in wanted.chain(rules.iter().filter_map(|rule| of_rules(Some(rule.category_id)))) {
        if !has(&categories, id) {
            found.push(Finding::Category { key, id });
        }
    }
    if let Some(statuses) = &statuses {
        let new = |name: &str| matches!(name.to_lowercase().as_str(), "nowe" | "nowy" | "new");
        match thulium.reopen_status_id {
            Some(id) if statuses.iter().all(|status| status.id != id) => {
                found.push(Finding::Status { id: Some(id) });
            }
            None if statuses.iter().all(|status| !new(&status.name)) => {
                found.push(Finding::Status { id: None });
            }
            _ => {}
        }
    }

    let filter = TicketFilter { limit: Some(1), ..TicketFilter::default() };
    permission("GET tickets", account.tickets(&filter).await.err(), found);
    let nobody = account.customers_by_field(&thulium.customer_field, "empikctl doctor").await.err();
    match nobody.as_ref().and_then(Failure::status) {
        Some(400 | 404) => {
            let name = thulium.customer_field.clone();
            found.push(Finding::Field { key: "thulium.customer_field", name });
        }
        _ => permission("GET customers", nobody, found),
    }
    permission("GET tickets/:id", account.ticket(NO_TICKET).await.err(), found);
    let change = TicketChange::default();
    permission("PUT tickets/:id", account.update_ticket(NO_TICKET, &change).await.err(), found);
    let response = account.customer_response(NO_TICKET, "-", BodyType::Plain, &[], None).await.err();
    permission("POST tickets/:id/customer_response", response, found);
    let comment = account.comment(NO_TICKET, CommentParameter::Comment, "-", None, &[]).await.err();
    permission("POST tickets/:id/comment", comment, found);
    found.extend(clock(SYSTEM, &thulium.url).await);
    true
}

fn listed(
    method: &'static str,
    answer: Result<Vec<DictionaryItem>, Failure>,
    found: &mut Vec<Finding>,
) -> Option<Vec<DictionaryItem>> {
    match answer {
        Ok(items) => Some(items),
        Err(failure) => {
            permission(method, Some(failure), found);
            None
        }
    }
}

/// Notes a permission that is missing. Anything else that was refused was let through to be refused.
fn permission(method: &'static str, failure: Option<Failure>, found: &mut Vec<Finding>) {
    match failure.as_ref().and_then(Failure::status) {
        Some(401 | 403) => found.push(Finding::UserRight { method }),
        Some(_) => {}
        None => found.extend(
            failure.map(|failure| Finding::Unreachable { system: SYSTEM, reason: failure.to_string() }),
        ),
    }
}

/// The webhook: there, once, leading to the callback, and the callback answering to its credentials.
pub(super) async fn webhooks(live: &Live, settings: &Settings, callback: Option<&str>) -> Vec<Finding> {
    let page = match live.account.webhooks().await {
        Ok(page) => page,
        Err(failure) => {
            let mut found = Vec::new();
            permission("GET webhooks", Some(failure), &mut found);
            return found;
        }
    };
    let ours: Vec<&Webhook> = page.rows.iter().filter(|hook| is_ours(hook, settings)).collect();
    let base = callback.and_then(|url| url::Url::parse(url).ok());
    let there = |hook: &&&Webhook| match (&base, url::Url::parse(&hook.subscription_url)) {
        (Some(base), Ok(url)) => (base.host_str(), base.port()) == (url.host_str(), url.port()),
        _ => true,
    };
    let (right, astray): (Vec<&Webhook>, Vec<&Webhook>) = ours.iter().partition(|hook| there(hook));
    let mut found: Vec<Finding> = astray.iter().map(|hook| elsewhere(hook)).collect();
    match right.as_slice() {
        [] if astray.is_empty() => found.push(Finding::NoWebhook),
        [] => {}
        [one] => found.extend(answers(live, &one.subscription_url).await),
        several => {
            let ids = several.iter().map(|hook| hook.id).collect();
            found.push(Finding::Webhooks { ids });
        }
    }
    found
}

fn elsewhere(hook: &Webhook) -> Finding {
    let url = url::Url::parse(&hook.subscription_url).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    Finding::WebhookElsewhere { id: hook.id, host }
}

/// Whether a webhook's path ends like the callback's, with the integration's id, or a token behind it.
fn is_ours(hook: &Webhook, settings: &Settings) -> bool {
    let Ok(url) = url::Url::parse(&hook.subscription_url) else {
        return false;
    };
    let segments: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    segments.iter().rev().take(2).any(|segment| *segment == settings.id.as_str())
}

/// Calls the callback as Thulium would, about a ticket that does not exist.
async fn answers(live: &Live, url: &str) -> Option<Finding> {
    let credentials = &live.credentials;
    let sent = http()
        .ok()?
        .post(url)
        .timeout(PATIENCE)
        .basic_auth(
            credentials.callback_user.expose_secret(),
            Some(credentials.callback_password.expose_secret()),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("action=TICKET_CREATED&ticket_id={UNKNOWN_TICKET}&customer_id=null"))
        .send()
        .await;
    match sent.map(|answer| answer.status().as_u16()) {
        Ok(204) => None,
        Ok(status) => Some(Finding::Callback { status }),
        Err(_) => Some(Finding::Callback { status: 0 }),
    }
}
