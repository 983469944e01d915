//! Writing: M12 and OR43, both `multipart/form-data` with one JSON part and any number of files.

use std::collections::BTreeSet;

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Attachment, Author, Entity, Message, Participant, ParticipantKind, Sender, Thread, Topic, error, invalid,
};
use crate::faults::Side;
use crate::files::StoredFile;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::switches::ReplyEscaping;
use crate::text;
use crate::world::State;

/// A message about to be added to a thread.
pub(super) struct Draft {
    pub(super) author: Author,
    pub(super) body: String,
    pub(super) to: Vec<Participant>,
    pub(super) files: Vec<(String, Bytes)>,
}

impl State {
    /// M12 `POST /api/inbox/threads/{thread_id}/message`.
    pub(super) fn m12(&mut self, shop: Option<u64>, id: &str, call: &Call) -> Result<Reply, Reply> {
        self.thread_for(shop, id)?;
        let (input, files) = self.read_parts(call, "message_input")?;
        let thread = self.thread_for(shop, id)?;
        let body = body_of(&input)?;
        let to = match input.get("to").and_then(Value::as_array) {
            Some(to) if !to.is_empty() => {
                to.iter().map(|to| recipient(thread, to)).collect::<Result<Vec<_>, _>>()?
            }
            _ => return Err(invalid("to", "to must not be empty")),
        };
        let topic = input.get("topic").filter(|topic| !topic.is_null()).map(topic_of).transpose()?;
        if thread.messages.len() >= self.switches.empikplace.messages_per_thread {
            return Err(error(400, "The thread has reached its maximum number of messages"));
        }
        self.check_room(&thread.entities.clone(), id, files.len())?;
        let message = self.add_message(id, Draft { author: Author::Api, body, to, files });
        if let Some((thread, topic)) = self.empikplace.thread_mut(id).zip(topic) {
            thread.topic = topic;
        }
        Ok(Reply::json(201, &json!({ "message_id": message, "thread_id": id })))
    }

    /// OR43 `POST /api/orders/{order_id}/threads`: `to` is a list of types here.
    pub(super) fn or43(&mut self, shop: Option<u64>, order_id: &str, call: &Call) -> Result<Reply, Reply> {
        let order = self.empikplace.orders.get(order_id).filter(|order| Some(order.shop_id) == shop);
        let Some(order) = order.cloned() else {
            return Err(error(404, "The order was not found"));
        };
        let (input, files) = self.read_parts(call, "thread_input")?;
        let body = body_of(&input)?;
        let topic = topic_of(input.get("topic").unwrap_or(&Value::Null))?;
        let customer = &order.body["customer"];
        let name =
            ["firstname", "lastname"].map(|part| customer[part].as_str().unwrap_or_default()).join(" ");
        let participants = vec![
            Participant {
                kind: ParticipantKind::Shop,
                id: Some(order.shop_id.to_string()),
                display_name: self.empikplace.shop_name(order.shop_id),
            },
            Participant {
                kind: ParticipantKind::Customer,
                id: customer["customer_id"].as_str().map(str::to_owned),
                display_name: name,
            },
            Participant { kind: ParticipantKind::Operator, id: None, display_name: "Empik".into() },
        ];
        let entity = Entity { kind: "MMP_ORDER".into(), id: order_id.into(), label: order_id.into() };
        let number = self.empikplace.threads.len() as u64 + 1;
        let now = self.now();
        let thread = Thread {
            id: self.uuid(),
            number,
            shop_id: order.shop_id,
            topic,
            entities: vec![entity],
            authorized_participants: participants,
            customer_organization: None,
            channel: None,
            date_created: now,
            date_updated: now,
            shop_reply_needed_since: None,
            no_store_reply_needed: Vec::new(),
            messages: Vec::new(),
        };
        let to = match input.get("to").and_then(Value::as_array) {
            Some(to) if !to.is_empty() => to
                .iter()
                .map(|kind| recipient(&thread, &json!({ "type": kind })))
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err(invalid("to", "to must not be empty")),
        };
        self.check_room(&thread.entities.clone(), &thread.id, files.len())?;
        let id = self.open(thread, Actor::Api);
        let message = self.add_message(&id, Draft { author: Author::Api, body, to, files });
        Ok(Reply::json(201, &json!({ "message_id": message, "thread_id": id })))
    }

    /// The JSON part and the files, checked as far as that needs no thread.
    fn read_parts(&self, call: &Call, name: &str) -> Result<(Value, Vec<(String, Bytes)>), Reply> {
        let switches = &self.switches.empikplace;
        let parts = match &call.parts {
            None => {
                return Err(error(415, "Content-Type is not supported, multipart/form-data is expected"));
            }
            Some(Err(_)) => return Err(error(400, "The multipart body could not be read")),
            Some(Ok(parts)) => parts,
        };
        let Some(input) = parts.iter().find(|part| part.name == name) else {
            return Err(error(400, &format!("Required part '{name}' is not present.")));
        };
        let labelled = input.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/json"));
        if switches.json_part_required && !labelled {
            return Err(error(415, &format!("Content-Type of part '{name}' is not supported")));
        }
        let json = serde_json::from_slice::<Value>(&input.bytes)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| error(400, "The JSON part could not be read"))?;
        let mut files = Vec::new();
        let mut names = BTreeSet::new();
        for part in parts.iter().filter(|part| part.name == "files") {
            let Some(file_name) = part.file_name.clone().filter(|name| !name.is_empty()) else {
                return Err(invalid("files", "a file has no name"));
            };
            let ending =
                file_name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
            if switches.allowed_file_types.as_ref().is_some_and(|types| !types.contains(&ending)) {
                return Err(invalid("files", "the file type is not allowed"));
            }
            let twice = !names.insert(file_name.clone());
            if switches.strict_file_names && (twice || !file_name.is_ascii()) {
                return Err(invalid("files", "file names must be distinct and US-ASCII"));
            }
            files.push((file_name, part.bytes.clone()));
        }
        let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        if size + input.bytes.len() > switches.message_bytes {
            return Err(error(400, "The message is too large"));
        }
        Ok((json, files))
    }

    /// Whether `more` attachments fit: the limit spans all threads of an entity.
    fn check_room(&self, entities: &[Entity], thread_id: &str, more: usize) -> Result<(), Reply> {
        let count = |thread: &Thread| -> usize {
            thread.messages.iter().map(|message| message.attachments.len()).sum()
        };
        let related = |thread: &&Thread| {
            thread.id == thread_id
                || thread
                    .entities
                    .iter()
                    .any(|one| entities.iter().any(|other| one.kind == other.kind && one.id == other.id))
        };
        let present: usize = self.empikplace.threads.values().filter(related).map(count).sum();
        if more > 0 && present + more > self.switches.empikplace.attachments_per_entity {
            return Err(error(400, "The maximum number of attachments is reached"));
        }
        Ok(())
    }

    pub(super) fn open(&mut self, thread: Thread, actor: Actor) -> String {
        let id = thread.id.clone();
        let data = json!({ "topic": thread.topic, "entities": thread.entities, "shop_id": thread.shop_id });
        self.empikplace.insert(thread);
        self.record(Event::new(Side::Empikplace, actor, Kind::ThreadOpened).thread(&id).data(data));
        id
    }

    /// Adds a message to an existing thread and returns its id.
    pub(super) fn add_message(&mut self, thread_id: &str, draft: Draft) -> String {
        let now = self.now();
        let id = self.uuid();
        let mut attachments = Vec::new();
        for (name, bytes) in draft.files {
            let file = Attachment { id: self.uuid(), name: name.clone(), size: bytes.len() as u64 };
            let stored = StoredFile { name, bytes, stored_at: now, owner: Some(thread_id.into()) };
            self.empikplace.files.insert(file.id.clone(), stored);
            attachments.push(file);
        }
        let body = match (draft.author, self.switches.empikplace.reply_escaping) {
            (Author::Api, ReplyEscaping::EscapeHtml) => text::escape_but_breaks(&draft.body),
            (Author::Api, ReplyEscaping::StripTags) => text::strip(&draft.body),
            _ => draft.body.clone(),
        };
        let actor = match draft.author {
            Author::Customer => Actor::Buyer,
            Author::Operator => Actor::Operator,
            Author::Shop => Actor::ShopPanel,
            Author::Api => Actor::Api,
        };
        let shown: Vec<Value> = attachments.iter().map(|file| json!(file)).collect();
        let event = Event::new(Side::Empikplace, actor, Kind::ThreadMessage)
            .thread(thread_id)
            .message(&id)
            .text(&draft.body)
            .data(json!({ "to": draft.to, "attachments": shown }));
        if let Some(thread) = self.empikplace.thread_mut(thread_id) {
            let message = Message {
                id: id.clone(),
                body,
                written: draft.body,
                date_created: now,
                from: sender(thread, draft.author),
                to: draft.to,
                attachments,
                author: draft.author,
            };
            settle_need(thread, &message, now);
            thread.date_updated = now;
            thread.messages.push(message);
        }
        self.record(event);
        id
    }
}

/// The shop owes an answer from the first message addressed to it until it writes itself.
fn settle_need(thread: &mut Thread, message: &Message, now: Timestamp) {
    if matches!(message.author, Author::Shop | Author::Api) {
        thread.shop_reply_needed_since = None;
    } else if message.visible_to_shop() && thread.shop_reply_needed_since.is_none() {
        thread.shop_reply_needed_since = Some(now);
    }
}

fn sender(thread: &Thread, author: Author) -> Sender {
    let (kind, participant) = match author {
        Author::Customer => ("CUSTOMER_USER", ParticipantKind::Customer),
        Author::Operator => ("OPERATOR_USER", ParticipantKind::Operator),
        Author::Shop | Author::Api => ("SHOP_USER", ParticipantKind::Shop),
    };
    let participant = thread.participant(participant).cloned();
    let name = participant.as_ref().map(|participant| participant.display_name.clone()).unwrap_or_default();
    Sender {
        kind: kind.into(),
        display_name: name,
        organization_details: participant.filter(|_| author != Author::Customer),
    }
}

fn body_of(input: &Value) -> Result<String, Reply> {
    let body = input.get("body").and_then(Value::as_str).unwrap_or_default();
    if (3..=50_000).contains(&body.chars().count()) {
        Ok(body.to_owned())
    } else {
        Err(invalid("body", "body must have between 3 and 50000 characters"))
    }
}

fn topic_of(topic: &Value) -> Result<Topic, Reply> {
    let text = |name: &str| topic.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let topic = Topic { kind: text("type"), value: text("value") };
    let fits = match topic.kind.as_str() {
        "FREE_TEXT" => (3..=200).contains(&topic.value.chars().count()),
        "REASON_CODE" => (1..=200).contains(&topic.value.chars().count()),
        _ => false,
    };
    if fits { Ok(topic) } else { Err(invalid("topic", "topic is not valid")) }
}

/// The authorised participant a member of `to` means; the id may be left out.
fn recipient(thread: &Thread, to: &Value) -> Result<Participant, Reply> {
    let kind = match to.get("type").and_then(Value::as_str) {
        Some("OPERATOR") => ParticipantKind::Operator,
        Some("SHOP") => ParticipantKind::Shop,
        Some("CUSTOMER") => ParticipantKind::Customer,
        _ => return Err(invalid("to", "type must be OPERATOR, SHOP or CUSTOMER")),
    };
    let id = to.get("id").and_then(Value::as_str);
    thread
        .authorized_participants
        .iter()
        .find(|someone| someone.kind == kind && (id.is_none() || id == someone.id.as_deref()))
        .cloned()
        .ok_or_else(|| invalid("to", "the recipient is not an authorized participant of the thread"))
}
