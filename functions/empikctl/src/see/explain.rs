//! The story of one conversation, from the ledger, and on wish from both systems as they are now.

use bridge::conversation::{Conversation, Delivery, Key, Loaded};
use bridge::helpdesk::TicketId;
use bridge::ledger::{Ledger, Row};
use bridge::marketplace::{MessageId, ThreadId};
use bridge::settings::IntegrationId;
use bridge::text;
use empikplace::model::{Message, Thread};
use empikplace::{Start, ThreadQuery};
use jiff::Timestamp;
use ledger::Table;
use serde_json::{Value, json};
use thulium::MessageType;

use crate::Options;
use crate::access::{Live, Tables};
use crate::answer::{Error, Exit, Report};
use crate::words;

/// The most conversations that are opened to find a message.
const MOST: usize = 2000;

/// Longest text of one message that is shown, in characters.
const LONGEST: usize = 2000;

/// How much is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// Read both systems.
    pub(crate) live: bool,
    /// Show names and texts.
    pub(crate) texts: bool,
}

/// One line of the story.
struct Event {
    at: Option<Timestamp>,
    /// A stable word.
    what: &'static str,
    line: String,
    /// Who wrote, unless it is nobody's business.
    name: Option<String>,
    text: Option<String>,
    id: Option<String>,
    state: Option<String>,
    reason: Option<String>,
}

impl Event {
    fn new(at: impl Into<Option<Timestamp>>, what: &'static str, line: String) -> Event {
        Event { at: at.into(), what, line, name: None, text: None, id: None, state: None, reason: None }
    }
}

pub(crate) async fn explain(
    options: &Options,
    what: &str,
    only: Option<&IntegrationId>,
    wish: Wish,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let ids = match only {
        Some(id) => vec![tables.integration(id).await?.settings.id],
        None => {
            let rows = tables.ledger.integrations().await;
            let rows = rows.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
            let settings = |row: Row| row.content.ok().map(|content| content.settings.id);
            rows.into_iter().filter_map(settings).collect()
        }
    };
    let mut talk = Vec::new();
    let Some((key, loaded)) = find(options, &tables, &ids, what.trim(), &mut talk).await? else {
        let nothing = words::see::nothing_known(&words::one_line(what));
        talk.push(nothing.clone());
        return Err(Error::failed(talk.join("; ")));
    };
    let Some(conversation) = loaded.conversation.clone() else {
        return Err(Error::failed(words::see::nothing_known(&words::one_line(what))));
    };
    tell(options, &tables, &key, &conversation, &loaded, wish, talk).await
}

/// Finds the conversation that is meant, in the first integration that knows it.
async fn find(
    options: &Options,
    tables: &Tables,
    ids: &[IntegrationId],
    what: &str,
    talk: &mut Vec<String>,
) -> Result<Option<(Key, Loaded)>, Error> {
    let key = |id: &IntegrationId, thread: ThreadId| Key { integration: id.clone(), thread };
    for id in ids {
        let mut threads = vec![ThreadId(what.to_owned())];
        if let Ok(ticket) = what.trim_start_matches('#').parse() {
            let thread = tables.ledger.thread_of(id, TicketId(ticket)).await;
            threads.extend(thread.map_err(|failure| tables.failed(Table::Conversations, &failure))?);
        }
        for thread in threads {
            let key = key(id, thread);
            let loaded = tables.load(&key).await?;
            if loaded.conversation.is_some() {
                return Ok(Some((key, loaded)));
            }
        }
    }
    for id in ids {
        if let Some(found) = with_message(tables, id, what).await? {
            return Ok(Some(found));
        }
    }
    // Only EmpikPlace knows which orders a thread is about.
    for id in ids {
        let settings = tables.integration(id).await?.settings;
        let live = match Live::of(options, &settings).await {
            Ok(live) => live,
            Err(error) => {
                talk.push(words::see::orders_need_the_secret(&error.to_string()));
                continue;
            }
        };
        let entity = Some(("MMP_ORDER".to_owned(), vec![what.to_owned()]));
        let query = ThreadQuery::Start(Start { entity, limit: Some(10), ..Start::default() });
        match live.shop.threads(&query).await {
            Ok(page) => {
                for thread in page.threads.into_iter().filter(|t| t.order_ids().contains(&what)) {
                    let key = key(id, ThreadId(thread.id));
                    let loaded = tables.load(&key).await?;
                    if loaded.conversation.is_some() {
                        return Ok(Some((key, loaded)));
                    }
                }
            }
            Err(failure) => talk.push(words::see::live_failed(&failure.to_string())),
        }
    }
    Ok(None)
}

/// The conversation that holds a message, named by its id on EmpikPlace.
async fn with_message(
    tables: &Tables,
    id: &IntegrationId,
    what: &str,
) -> Result<Option<(Key, Loaded)>, Error> {
    let listed = tables.ledger.conversations(id, MOST).await;
    let listed = listed.map_err(|failure| tables.failed(Table::Conversations, &failure))?;
    let message = MessageId(what.to_owned());
    for listed in listed {
        let loaded = tables.load(&listed.key).await?;
        let carried = loaded.conversation.as_ref().is_some_and(|c| {
            let announced = c.intent.as_ref().and_then(|intent| intent.act.message()) == Some(&message);
            announced || c.carried.contains(&message) || c.private.iter().any(|marker| marker == what)
        });
        if carried || loaded.is_ours(&message) {
            return Ok(Some((listed.key, loaded)));
        }
    }
    Ok(None)
}

async fn tell(
    options: &Options,
    tables: &Tables,
    key: &Key,
    conversation: &Conversation,
    loaded: &Loaded,
    wish: Wish,
    mut talk: Vec<String>,
) -> Result<Report, Error> {
    let mut events = vec![Event::new(conversation.opened, "opened", words::see::first_seen())];
    let mut last = None;
    if wish.live {
        let settings = tables.integration(&key.integration).await?.settings;
        let live = Live::of(options, &settings).await?;
        match live.shop.thread(&key.thread.0).await {
            Ok(thread) => {
                last = thread.messages.items.last().map(|message| author(message));
                events.extend(thread_events(&thread, conversation, loaded, wish.texts));
            }
            Err(failure) => talk.push(words::see::live_failed(&failure.to_string())),
        }
        if let Some(ticket) = conversation.ticket {
            match live.account.ticket(ticket.0).await {
                Ok(ticket) => events.extend(ticket_events(&ticket, &settings.thulium.zone(), wish.texts)),
                Err(failure) => talk.push(words::see::live_failed(&failure.to_string())),
            }
        }
    } else {
        events.push(Event::new(None, "carried", words::see::carried(conversation.carried.0.len())));
    }
    if let Some(intent) = &conversation.intent {
        events.push(Event::new(intent.at, "intent", words::see::under_way(&intent.act, intent.attempt)));
    }
    if let Some(trouble) = &conversation.trouble {
        let mut event = Event::new(trouble.since, "trouble", words::see::troubled(trouble));
        event.reason = Some(trouble.reason.clone());
        events.push(event);
    }
    events.extend(loaded.deliveries.iter().map(delivery_event));
    events.sort_by_key(|event| event.at.unwrap_or(Timestamp::MAX));

    let parked: Vec<&Delivery> = loaded.deliveries.iter().filter(|d| d.waits_for_a_person()).collect();
    let open = loaded.deliveries.iter().any(|d| d.state.is_open());
    let reason = parked.first().and_then(|delivery| delivery.reason);
    let outlook = words::see::outlook(conversation, reason, open, last);
    let parked_at_all = conversation.is_parked() || !parked.is_empty();
    Ok(report(key, conversation, &events, outlook, parked_at_all, talk))
}

fn delivery_event(delivery: &Delivery) -> Event {
    let reply = delivery.reply.0;
    let mut line = words::see::reply_state(delivery.state, reply, delivery.attempt, delivery.due);
    if delivery.waits_for_a_person() {
        let advice = delivery.reason.map(words::see::advice).unwrap_or_default();
        line = format!("{line}: {advice}");
    }
    let mut event = Event::new(delivery.at, "reply", line);
    event.id = Some(reply.to_string());
    event.state = Some(delivery.state.as_str().to_owned());
    event.reason = delivery.reason.map(|reason| reason.as_str().to_owned());
    event
}

fn author(message: &Message) -> &'static str {
    let from = &message.from;
    match (from.is_customer(), from.is_shop(), from.is_operator()) {
        (true, ..) => "buyer",
        (_, true, _) => "shop",
        (_, _, true) => "operator",
        _ => "unknown",
    }
}

fn thread_events(thread: &Thread, conversation: &Conversation, loaded: &Loaded, texts: bool) -> Vec<Event> {
    let event = |message: &Message| {
        let id = MessageId(message.id.clone());
        let became = if conversation.carried.contains(&id) {
            "ticket"
        } else if loaded.is_ours(&id) {
            "reply"
        } else if conversation.floor.zip(message.date_created).is_some_and(|(floor, at)| at < floor) {
            "before"
        } else {
            "missing"
        };
        let author = words::see::author(author(message));
        let marker = text::marker(&message.id);
        let files = message.attachments.len();
        let line = words::see::wrote(&author, &marker, files, &words::see::became(became));
        let mut event = Event::new(message.date_created, "message", line);
        event.id = Some(message.id.clone());
        event.state = Some(became.to_owned());
        if texts {
            event.name = Some(words::one_line(message.from.name()));
            event.text = Some(text::from_marketplace(&message.body, LONGEST).text);
        }
        event
    };
    thread.messages.items.iter().map(event).collect()
}

fn ticket_events(ticket: &thulium::Ticket, zone: &jiff::tz::TimeZone, texts: bool) -> Vec<Event> {
    let event = |message: &thulium::Message| {
        let (kind, body) = match message.message_type {
            MessageType::Mail => ("MAIL", &message.body),
            MessageType::Reply => ("REPLY", &message.body),
            MessageType::Comment | MessageType::Other(_) => ("COMMENT", &message.comment),
        };
        let login = message.user_login.as_deref().unwrap_or_default();
        let written = message.created_at.as_deref().and_then(|at| moment(at, zone));
        let line = words::see::entry(kind, message.message_id, login);
        let mut event = Event::new(written, "entry", line);
        event.id = Some(message.message_id.to_string());
        event.state = Some(kind.to_lowercase());
        if texts {
            event.name = message.user_login.as_deref().map(words::one_line);
            event.text = Some(text::from_agent(body).text).filter(|text| !text.is_empty());
        }
        event
    };
    ticket.messages.iter().map(event).collect()
}

/// Thulium's dates are `YYYY-MM-DD HH:MM` in the account's zone.
fn moment(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let at = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", text.get(..16)?).ok()?;
    Some(at.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

fn report(
    key: &Key,
    conversation: &Conversation,
    events: &[Event],
    outlook: String,
    parked: bool,
    talk: Vec<String>,
) -> Report {
    let ticket = conversation.ticket.map(|ticket| ticket.0);
    let thread = words::one_line(&key.thread.0);
    let mut shown = words::see::headline(key.integration.as_str(), &thread, ticket) + "\n\n";
    for event in events {
        let at = event.at.map(words::date).unwrap_or_else(|| " ".repeat(20));
        let name = event.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        shown += &format!("  {at}  {}{name}\n", words::one_line(&event.line));
        for line in event.text.iter().flat_map(|text| text.lines()) {
            shown += &format!("      | {}\n", words::clean(line));
        }
    }
    shown += &format!("\n{outlook}\n");
    let item = |event: &Event| -> Value {
        json!({
            "at": event.at,
            "what": event.what,
            "id": event.id,
            "state": event.state,
            "reason": event.reason,
            "name": event.name,
            "text": event.text,
        })
    };
    let items: Vec<Value> = events.iter().map(item).collect();
    let json = json!({
        "integration": key.integration,
        "thread": key.thread,
        "ticket": ticket,
        "carried": conversation.carried.0.len(),
        "events": items,
        "outlook": outlook,
        "parked": parked,
    });
    Report { text: shown, json, talk, exit: if parked { Exit::Findings } else { Exit::Ok } }
}
