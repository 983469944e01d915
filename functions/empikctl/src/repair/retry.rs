//! Parked things are taken up again. Since that can reach a customer, nothing happens without `--yes`.

use bridge::conversation::{DeliveryState, Key, Loaded};
use bridge::ledger::{Ledger, Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use jiff::Timestamp;
use ledger::Table;
use serde_json::{Value, json};

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::command::Choice;
use crate::words;

/// The most that is taken up at once.
const MOST: usize = 10_000;

/// What became of one parked thing.
struct Step {
    waiting: Waiting,
    ticket: Option<u64>,
    /// `would_retry`, `retried`, `overtaken`.
    outcome: &'static str,
    lines: Vec<String>,
}

pub(crate) async fn retry(
    options: &Options,
    id: &IntegrationId,
    choice: &Choice,
    yes: bool,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    tables.integration(id).await?;
    let parked = tables.ledger.parked(id, MOST).await;
    let parked = parked.map_err(|failure| tables.failed(Table::Conversations, &failure))?;
    let owner = super::owner()?;
    let mut steps = Vec::new();
    for waiting in parked.into_iter().filter(|waiting| is_meant(waiting, choice)) {
        let key = Key { integration: id.clone(), thread: waiting.thread.clone() };
        let loaded = tables.load(&key).await?;
        steps.extend(step(&tables, waiting, &loaded, yes, &owner).await?);
    }
    if steps.is_empty() && !choice.all {
        return Err(Error::failed(words::repair::not_parked(id.as_str())));
    }
    Ok(report(id, choice, &steps, yes))
}

fn is_meant(waiting: &Waiting, choice: &Choice) -> bool {
    if let Some(thread) = &choice.thread {
        return waiting.delivery.is_none() && waiting.thread == ThreadId(thread.clone());
    }
    match (choice.ticket, waiting.delivery) {
        (None, _) => choice.all,
        (Some(ticket), Some((of, reply))) => {
            ticket == of && choice.reply.is_none_or(|wanted| wanted == reply)
        }
        (Some(_), None) => false,
    }
}

async fn step(
    tables: &Tables,
    waiting: Waiting,
    loaded: &Loaded,
    yes: bool,
    owner: &str,
) -> Result<Option<Step>, Error> {
    let now = Timestamp::now();
    let failed = |failure| tables.failed(Table::Conversations, &failure);
    let mut lines = Vec::new();
    let (what, ticket, write) = match waiting.delivery {
        None => {
            let Some(mut conversation) = loaded.conversation.clone() else { return Ok(None) };
            if !conversation.take_up_again(now) {
                return Ok(None);
            }
            let thread = words::one_line(&waiting.thread.0);
            lines.push(words::repair::retry_conversation(&thread, yes));
            let write = match yes {
                true => tables.ledger.save(&conversation, owner).await.map_err(failed)?,
                false => Write::Done,
            };
            (thread, conversation.ticket.map(|ticket| ticket.0), write)
        }
        Some((ticket, reply)) => {
            let mut deliveries = loaded.deliveries.iter();
            let found = deliveries.find(|d| (d.ticket.0, d.reply.0) == (ticket, reply)).cloned();
            let Some(mut delivery) = found else { return Ok(None) };
            let reason = delivery.reason;
            if !delivery.queue_again(now) {
                return Ok(None);
            }
            lines.push(words::repair::retry_reply(ticket, reply, yes));
            if delivery.doubtful {
                lines.push(words::repair::looked_for_first());
            }
            let later = |d: &&bridge::conversation::Delivery| {
                d.ticket.0 == ticket && d.reply.0 > reply && d.state == DeliveryState::Delivered
            };
            let later = loaded.deliveries.iter().filter(later).count();
            if later > 0 {
                lines.push(words::repair::out_of_order(later));
            }
            lines.extend(reason.and_then(words::repair::hopeless));
            let write = match yes {
                true => tables.ledger.save_delivery(&delivery, owner).await.map_err(failed)?,
                false => Write::Done,
            };
            (format!("{ticket}/{reply}"), Some(ticket), write)
        }
    };
    let outcome = match (yes, write) {
        (_, Write::Lost) => {
            lines = vec![words::repair::overtaken(&what)];
            "overtaken"
        }
        (true, Write::Done) => "retried",
        (false, Write::Done) => "would_retry",
    };
    Ok(Some(Step { waiting, ticket, outcome, lines }))
}

fn report(id: &IntegrationId, choice: &Choice, steps: &[Step], yes: bool) -> Report {
    let mut text = String::new();
    for step in steps {
        for (at, line) in step.lines.iter().enumerate() {
            text += &format!("{}{line}\n", if at == 0 { "" } else { "    " });
        }
    }
    let item = |step: &Step| -> Value {
        json!({
            "what": if step.waiting.delivery.is_some() { "reply" } else { "conversation" },
            "thread": step.waiting.thread,
            "ticket": step.ticket,
            "reply": step.waiting.delivery.map(|(_, reply)| reply),
            "outcome": step.outcome,
        })
    };
    let items: Vec<Value> = steps.iter().map(item).collect();
    let mut talk = Vec::new();
    if steps.is_empty() {
        talk.push(words::repair::nothing_parked(id));
    } else if !yes {
        let mut command = format!("empikctl retry {id}");
        for number in choice.ticket.into_iter().chain(choice.reply) {
            command += &format!(" {number}");
        }
        if let Some(thread) = &choice.thread {
            command += &format!(" --thread {}", words::one_line(thread));
        }
        if choice.all {
            command += " --all";
        }
        talk.push(words::repair::only_said(&format!("{command} --yes")));
    }
    let lost = steps.iter().any(|step| step.outcome == "overtaken");
    let json = json!({ "integration": id, "dry_run": !yes, "retried": items });
    Report { text, json, talk, exit: if lost { Exit::Findings } else { Exit::Ok } }
}
