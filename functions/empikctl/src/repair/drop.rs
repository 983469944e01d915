//! A parked reply is given up for good. That is asked for first, kept in the ledger, and told in the
//! ticket where Thulium can be reached.

use bridge::conversation::Key;
use bridge::helpdesk::{EntryKind, Helpdesk, TicketId};
use bridge::integration::Integration;
use bridge::ledger::{Ledger, Write};
use bridge::settings::IntegrationId;
use bridge::text;
use bridge::words::Words;
use jiff::Timestamp;
use ledger::Table;
use serde_json::json;
use thulium::Account;

use crate::Options;
use crate::access::{Live, Tables};
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;

/// How it is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) dry_run: bool,
    pub(crate) yes: bool,
}

pub(crate) async fn drop(
    options: &Options,
    id: &IntegrationId,
    (ticket, reply): (u64, u64),
    wish: Wish,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let failed = |failure| tables.failed(Table::Conversations, &failure);
    let integration = tables.integration(id).await?;
    let not_parked = || Error::failed(words::repair::not_parked(id.as_str()));
    let thread = tables.ledger.thread_of(id, TicketId(ticket)).await.map_err(failed)?;
    let key = Key { integration: id.clone(), thread: thread.ok_or_else(not_parked)? };
    let loaded = tables.load(&key).await?;
    let mut deliveries = loaded.deliveries;
    let at = deliveries.iter().position(|d| (d.ticket.0, d.reply.0) == (ticket, reply));
    let mut delivery = deliveries.remove(at.ok_or_else(not_parked)?);
    if !delivery.give_up(Timestamp::now()) {
        return Err(not_parked());
    }
    let json = |outcome: &str, comment: bool| {
        json!({ "integration": id, "thread": key.thread, "ticket": ticket, "reply": reply,
            "outcome": outcome, "comment": comment })
    };
    if wish.dry_run {
        let text = words::repair::would_drop(ticket, reply) + "\n";
        return Ok(Report { text, json: json("would_drop", false), talk: Vec::new(), exit: Exit::Ok });
    }
    if !wish.yes {
        if !console.input_is_terminal() {
            return Err(Error::usage(words::repair::cannot_ask()));
        }
        let typed = console.ask(&words::repair::ask_drop(ticket, reply)).unwrap_or_default();
        if typed.trim() != ticket.to_string() {
            return Err(Error::failed(words::repair::not_confirmed()));
        }
    }
    match tables.ledger.save_delivery(&delivery, &super::owner()?).await.map_err(failed)? {
        Write::Done => {}
        Write::Lost => {
            return Err(Error::failed(words::repair::overtaken(&format!("{ticket}/{reply}"))));
        }
    }
    let behind = deliveries.into_iter().filter(|delivery| delivery.ticket.0 == ticket);
    for mut delivery in behind {
        if delivery.set_going(Timestamp::now()) {
            // Lost: it is going already.
            let _done_or_lost: Write =
                tables.ledger.save_delivery(&delivery, &super::owner()?).await.map_err(failed)?;
        }
    }
    let told = tell(options, &integration, ticket, reply).await;
    let comment = told.is_ok();
    let talk = match told {
        Ok(()) => words::repair::agent_told(),
        Err(why) => words::repair::agent_not_told(&why),
    };
    let text = words::repair::dropped(ticket, reply) + "\n";
    Ok(Report { text, json: json("dropped", comment), talk: vec![talk], exit: Exit::Ok })
}

/// Tells the agents in the ticket, once.
async fn tell(options: &Options, integration: &Integration, id: u64, reply: u64) -> Result<(), String> {
    let settings = &integration.settings;
    let parameter = settings.calibration.comment_parameter.or(integration.habits.comment_parameter);
    let parameter = parameter.ok_or_else(words::repair::parameter_unknown)?;
    let live = Live::of(options, settings).await.map_err(|error| error.to_string())?;
    let account = Account::new(live.account);
    let ticket = account.ticket(TicketId(id)).await.map_err(|failure| failure.to_string())?;
    let marker = text::marker(&format!("dropped/{id}/{reply}"));
    if ticket.entries.iter().any(|entry| text::carries_marker(&entry.text, &marker)) {
        return Ok(());
    }
    let mut replies = ticket.entries.iter().filter(|entry| entry.kind == EntryKind::Reply);
    let written = replies.find(|entry| entry.id.0 == reply).map(|entry| entry.created.as_str());
    let words = Words::new(settings.language, settings.thulium.zone());
    let text = words.given_up(written.unwrap_or_default(), &marker);
    let login = settings.thulium.comment_login.as_str();
    let comment = bridge::helpdesk::Comment { parameter, text: &text, login, files: &[] };
    account.comment(ticket.id, &comment).await.map_err(|failure| failure.to_string())
}
