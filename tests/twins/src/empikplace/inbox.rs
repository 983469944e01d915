//! Reading threads: M10, M11 and M13.

use std::cmp::Reverse;

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Participant, ParticipantKind, Sender, Thread, error};
use crate::clock::utc;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::switches::{EmpikSwitches, LastPage, MessageOrder, SeekAnchor, ThreadOrder};
use crate::world::{State, hex};

/// M11 shows at most this many messages of a thread, the last ones.
const LISTED_MESSAGES: usize = 100;
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// The parameters of M11, all of which a page token carries.
#[derive(Debug, Default)]
struct Listing {
    shop_id: Option<u64>,
    limit: usize,
    entity_type: Option<String>,
    entity_ids: Vec<String>,
    updated_since: Option<Timestamp>,
    with_messages: bool,
    channels: Vec<String>,
    /// Last thread of the page before, and its date at that time.
    after: Option<(String, Timestamp)>,
}

impl Listing {
    fn from_query(shop_id: Option<u64>, call: &Call) -> Result<Self, Reply> {
        let limit = match call.parameter("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| error(400, "limit must be between 1 and 100"))?,
        };
        let updated_since = call
            .parameter("updated_since")
            .map(|text| text.parse().map_err(|_| error(400, "updated_since must be a date-time (ISO 8601)")))
            .transpose()?;
        let listing = Self {
            shop_id,
            limit,
            entity_type: call.parameter("entity_type").map(str::to_owned),
            entity_ids: call.list("entity_id"),
            updated_since,
            with_messages: call.flag("with_messages"),
            channels: call.list("channel_codes"),
            after: None,
        };
        if !listing.entity_ids.is_empty() && listing.entity_type.is_none() {
            return Err(error(400, "entity_type is required when entity_id is given"));
        }
        let types = ["MMP_ORDER", "MMP_OFFER", "MPS_ORDER", "MPS_SERVICE", "SELLER_OPERATOR"];
        if listing.entity_type.as_deref().is_some_and(|kind| !types.contains(&kind)) {
            return Err(error(400, "entity_type is not known"));
        }
        Ok(listing)
    }

    /// `limit=50&after=<thread>&sort=date,DESC&…` and a signature, in base64.
    fn token(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.limit.to_string());
        if let Some((thread, date)) = &self.after {
            query.append_pair("after", thread).append_pair("date", &date.to_string());
        }
        query.append_pair("sort", "date,DESC");
        let optional = [
            ("shop_id", self.shop_id.map(|id| id.to_string())),
            ("entity_type", self.entity_type.clone()),
            ("updated_since", self.updated_since.map(|since| since.to_string())),
        ];
        for (name, value) in optional {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        query.extend_pairs(self.entity_ids.iter().map(|id| ("entity_id", id)));
        query.extend_pairs(self.channels.iter().map(|code| ("channel_codes", code)));
        query.append_pair("with_messages", if self.with_messages { "true" } else { "false" });
        let query = query.finish();
        let signature = sign(&query);
        URL_SAFE_NO_PAD.encode(format!("{query}|{signature}"))
    }

    fn from_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (query, signature) = text.rsplit_once('|')?;
        if sign(query) != signature {
            return None;
        }
        let mut listing = Self::default();
        let mut date = None;
        let mut thread = None;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            match name.as_str() {
                "limit" => listing.limit = value.parse().ok()?,
                "after" => thread = Some(value),
                "date" => date = Some(value.parse().ok()?),
                "shop_id" => listing.shop_id = Some(value.parse().ok()?),
                "entity_type" => listing.entity_type = Some(value),
                "entity_id" => listing.entity_ids.push(value),
                "updated_since" => listing.updated_since = Some(value.parse().ok()?),
                "with_messages" => listing.with_messages = value == "true",
                "channel_codes" => listing.channels.push(value),
                _ => {}
            }
        }
        listing.after = thread.zip(date);
        Some(listing)
    }

    fn takes(&self, thread: &Thread) -> bool {
        let entity = |wanted: &str| {
            let mut found = thread.entities.iter().filter(|entity| entity.kind == wanted);
            found.any(|entity| self.entity_ids.is_empty() || self.entity_ids.contains(&entity.id))
        };
        let channel = || {
            thread.channel.as_ref().is_some_and(|code| self.channels.contains(code))
                && thread.entities.iter().any(|entity| entity.kind.ends_with("_ORDER"))
        };
        Some(thread.shop_id) == self.shop_id
            && self.updated_since.is_none_or(|since| thread.date_updated >= since)
            && thread.messages.iter().any(super::Message::visible_to_shop)
            && self.entity_type.as_deref().is_none_or(entity)
            && (self.channels.is_empty() || channel())
    }
}

fn sign(query: &str) -> String {
    hex(&Sha256::digest(format!("page token: {query}"))[..8])
}

impl State {
    /// M11 `GET /api/inbox/threads`.
    pub(super) fn m11(&mut self, shop: Option<u64>, call: &Call) -> Result<Reply, Reply> {
        let switches = &self.switches.empikplace;
        let token = call.parameter("page_token");
        let mut listing = match token {
            // Everything else in the query is ignored beside a token.
            Some(token) => Listing::from_token(token)
                .filter(|listing| listing.shop_id.is_none_or(|id| self.shops_of_key(call).contains(&id)))
                .ok_or_else(|| error(400, "page_token is not valid"))?,
            None => Listing::from_query(shop, call)?,
        };
        let newest_first = switches.order == ThreadOrder::NewestFirst;
        let mut threads: Vec<&Thread> =
            self.empikplace.threads.values().filter(|thread| listing.takes(thread)).collect();
        let place = |thread: &Thread| (thread.date_updated, thread.number);
        if newest_first {
            threads.sort_by_key(|thread| Reverse(place(thread)));
        } else {
            threads.sort_by_key(|thread| place(thread));
        }
        if let Some((id, date)) = &listing.after {
            let anchor = self.empikplace.thread(id).ok_or_else(|| error(400, "page_token is not valid"))?;
            let anchor = match switches.seek_anchor {
                SeekAnchor::DateAtIssue => (*date, anchor.number),
                SeekAnchor::ThreadIdNow => place(anchor),
            };
            threads.retain(|thread| match newest_first {
                true => place(thread) < anchor,
                false => place(thread) > anchor,
            });
        }
        let more = threads.len() > listing.limit;
        threads.truncate(listing.limit);
        let listed = listing.with_messages.then_some(LISTED_MESSAGES);
        let data: Vec<Value> = threads.iter().map(|thread| show(thread, listed, switches)).collect();
        let mut answer = json!({ "data": data });
        listing.after = threads.last().map(|last| (last.id.clone(), last.date_updated));
        let next = match token {
            Some(token) if switches.repeat_page_token => Some(json!(token)),
            _ if more => Some(json!(listing.token())),
            _ => match switches.last_page {
                LastPage::Absent => None,
                LastPage::Null => Some(Value::Null),
                LastPage::Empty => Some(json!("")),
            },
        };
        if let Some(next) = next {
            answer["next_page_token"] = next;
        }
        Ok(Reply::json(200, &answer))
    }

    /// M10 `GET /api/inbox/threads/{thread_id}`.
    pub(super) fn m10(&mut self, shop: Option<u64>, id: &str) -> Result<Reply, Reply> {
        let thread = self.thread_for(shop, id)?;
        Ok(Reply::json(200, &show(thread, Some(usize::MAX), &self.switches.empikplace)))
    }

    /// M13 `GET /api/inbox/threads/{attachment_id}/download`.
    pub(super) fn m13(&mut self, shop: Option<u64>, id: &str, call: &Call) -> Result<Reply, Reply> {
        let accepts = call.header(header::ACCEPT).unwrap_or("*/*");
        if !["*/*", "application/*", "application/octet-stream"].iter().any(|kind| accepts.contains(kind)) {
            return Err(error(406, "Not acceptable"));
        }
        let found = self.empikplace.files.get(id).filter(|file| {
            file.owner.as_deref().and_then(|thread| self.thread_for(shop, thread).ok()).is_some_and(
                |thread| {
                    let mut visible = thread.messages.iter().filter(|message| message.visible_to_shop());
                    visible.any(|message| message.attachments.iter().any(|attachment| attachment.id == id))
                },
            )
        });
        let file = found.cloned().ok_or_else(|| error(404, "The attachment was not found"))?;
        let event = Event::new(call.side, Actor::Api, Kind::AttachmentDownloaded).message(id);
        self.record(event.thread(file.owner.as_deref().unwrap_or_default()));
        Ok(Reply::file(&file.name, &file.bytes))
    }

    /// The thread, if it belongs to the shop and the shop can see anything in it.
    pub(super) fn thread_for(&self, shop: Option<u64>, id: &str) -> Result<&Thread, Reply> {
        self.empikplace
            .thread(id)
            .filter(|thread| Some(thread.shop_id) == shop)
            .filter(|thread| thread.messages.iter().any(super::Message::visible_to_shop))
            .ok_or_else(|| error(404, "The thread was not found"))
    }
}

/// A thread as the API gives it, with at most `listed` of its last messages, or without any.
fn show(thread: &Thread, listed: Option<usize>, switches: &EmpikSwitches) -> Value {
    let visible: Vec<&super::Message> =
        thread.messages.iter().filter(|message| message.visible_to_shop()).collect();
    let participant = |participant: &Participant| {
        let mut shown = json!({ "type": participant.kind, "display_name": participant.display_name });
        let hidden = switches.participants_without_id && participant.kind == ParticipantKind::Customer;
        if let Some(id) = participant.id.as_ref().filter(|_| !hidden) {
            shown["id"] = json!(id);
        }
        shown
    };
    let takes_part = |someone: &&Participant| {
        visible.iter().any(|message| {
            let sends = match someone.kind {
                ParticipantKind::Operator => message.from.kind == "OPERATOR_USER",
                ParticipantKind::Shop => message.from.kind == "SHOP_USER",
                ParticipantKind::Customer => message.from.kind == "CUSTOMER_USER",
            };
            sends || message.to.iter().any(|to| to.kind == someone.kind)
        })
    };
    let sender = |sender: &Sender| {
        let mut shown = json!({ "type": sender.kind, "display_name": sender.display_name });
        if let Some(organization) = &sender.organization_details {
            shown["organization_details"] = participant(organization);
        }
        shown
    };
    let mut shown = Map::new();
    shown.insert("id".into(), json!(thread.id));
    shown.insert("topic".into(), json!(thread.topic));
    if !thread.entities.is_empty() {
        shown.insert("entities".into(), json!(thread.entities));
    }
    let authorized = &thread.authorized_participants;
    let current: Vec<Value> = authorized.iter().filter(takes_part).map(participant).collect();
    let authorized: Vec<Value> = authorized.iter().map(participant).collect();
    shown.insert("authorized_participants".into(), json!(authorized));
    shown.insert("current_participants".into(), json!(current));
    if let Some(organization) = &thread.customer_organization {
        shown.insert("customer_organization".into(), organization.clone());
    }
    shown.insert("date_created".into(), json!(utc(thread.date_created)));
    shown.insert("date_updated".into(), json!(utc(thread.date_updated)));
    let metadata = json!({
        "total_count": visible.len(),
        "last_message_date": visible.last().map(|message| utc(message.date_created)),
        "last_sender": visible.last().map(|message| sender(&message.from)),
        "shop_reply_needed_since": thread.shop_reply_needed_since.map(utc),
    });
    shown.insert("metadata".into(), metadata);
    let Some(listed) = listed else {
        return Value::Object(shown);
    };
    let clicks = thread.no_store_reply_needed.iter();
    let clicks: Vec<Value> =
        clicks.map(|click| json!({ "date": utc(click.date), "user_type": click.user_type })).collect();
    shown.insert("no_store_reply_needed".into(), json!(clicks));
    let mut messages: Vec<Value> = visible[visible.len().saturating_sub(listed)..]
        .iter()
        .map(|message| {
            let mut shown = json!({
                "id": message.id,
                "body": message.body,
                "date_created": utc(message.date_created),
                "from": sender(&message.from),
                "to": message.to.iter().map(participant).collect::<Vec<_>>(),
            });
            if !message.attachments.is_empty() {
                let mut files = json!(message.attachments);
                for file in files.as_array_mut().into_iter().flatten() {
                    if let (true, Some(file)) = (switches.files_without_size, file.as_object_mut()) {
                        file.remove("size");
                    }
                }
                shown["attachments"] = files;
            }
            if let (true, Some(shown)) =
                (switches.unreadable_messages.contains(&message.id), shown.as_object_mut())
            {
                shown.remove("id");
            }
            shown
        })
        .collect();
    if switches.message_order == MessageOrder::NewestFirst {
        messages.reverse();
    }
    shown.insert("messages".into(), json!(messages));
    Value::Object(shown)
}
