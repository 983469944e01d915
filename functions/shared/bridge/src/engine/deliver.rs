//! Sending one reply to the marketplace, and telling the agent where that fails for good.

use jiff::SignedDuration;

use super::outbound::Recipient;
use super::{Halt, SETTLE, Visit, count};
use crate::conversation::{Conversation, Delivery, DeliveryState, Loaded, Reason};
use crate::failure::{Class, Failure};
use crate::helpdesk::{Entry, Ticket};
use crate::ledger::Write;
use crate::marketplace::OutgoingReply;
use crate::text;
use crate::words::{RefusedReply, ReplyFileTrouble};

/// Characters that a body must have at least and may have at most (M12 `message_input.body`).
const BODY_LENGTH: std::ops::RangeInclusive<usize> = 3..=50_000;

/// Files that one message may carry; the marketplace counts 50 for all threads of an order.
const MOST_FILES: usize = 50;

/// File types that the marketplace documents for orders (OR74); for messages it documents none.
const FILE_TYPES: [&str; 17] = [
    "csv", "doc", "gif", "jpg", "mov", "mp4", "odp", "ods", "odt", "pdf", "png", "ppt", "rtf", "txt", "xls",
    "xlsx", "zpl",
];

/// A reply made ready for the marketplace.
struct Composed {
    reply: OutgoingReply,
    fingerprint: String,
    missing: Vec<(String, ReplyFileTrouble)>,
}

impl Visit {
    /// Composes a reply and sends it.
    pub(super) async fn deliver(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> Result<DeliveryState, Halt> {
        let Some(recipient) = self.recipient(entry, conversation, ticket) else {
            return self.refuse(delivery, Some(entry), ticket, Reason::NoRecipient, "").await;
        };
        let composed = match self.compose(entry, recipient, loaded).await {
            Ok(Ok(composed)) => composed,
            Ok(Err(reason)) => return self.refuse(delivery, Some(entry), ticket, reason, "").await,
            Err(failure) => {
                delivery.attempt += 1;
                let halted = self.note(&failure, Some(&delivery.key.thread));
                let state = self.put_off(delivery, None).await?;
                return if halted { Err(Halt::Stop) } else { Ok(state) };
            }
        };
        if !composed.missing.is_empty() {
            // Announced first, so that two workers do not both tell.
            delivery.due = Some(self.now() + SignedDuration::from_secs(60));
            delivery = self.write(delivery).await?;
            self.tell_of_files(entry, ticket, &composed.missing).await?;
        }
        self.send(delivery, entry, ticket, composed).await
    }

    async fn send(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        ticket: &Ticket,
        composed: Composed,
    ) -> Result<DeliveryState, Halt> {
        let now = self.now();
        delivery.state = DeliveryState::Sending;
        delivery.attempt += 1;
        delivery.at = now;
        delivery.due = Some(now + SETTLE);
        delivery.fingerprint = composed.fingerprint;
        delivery.file_bytes = composed.reply.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        delivery.doubtful = false;
        let mut delivery = self.write(delivery).await?;

        let thread = delivery.key.thread.clone();
        let mut reply = composed.reply;
        let mut result = self.ports.marketplace.reply(&thread, &reply).await;
        if let Err(failure) = &result
            && matches!(failure.status(), Some(400 | 413 | 415 | 422))
            && !reply.files.is_empty()
        {
            // Refused for good, perhaps for a file: the text must not wait for it.
            self.note(failure, Some(&thread));
            let files: Vec<_> =
                reply.files.drain(..).map(|(name, _)| (name, ReplyFileTrouble::Refused)).collect();
            self.tell_of_files(entry, ticket, &files).await?;
            delivery.file_bytes = 0;
            result = self.ports.marketplace.reply(&thread, &reply).await;
        }
        match result {
            Ok(id) => {
                delivery.message = id;
                delivery.state = DeliveryState::Delivered;
                delivery.due = None;
                self.delivered(delivery, entry, ticket).await
            }
            Err(failure) => self.failed(delivery, entry, ticket, failure).await,
        }
    }

    /// Tells the agent which files do not go with a reply, unless the ticket says so already.
    async fn tell_of_files(
        &self,
        entry: &Entry,
        ticket: &Ticket,
        files: &[(String, ReplyFileTrouble)],
    ) -> Result<(), Halt> {
        let marker = text::marker(&format!("files/{}/{}", ticket.id, entry.id));
        let text = self.words.reply_files(&entry.created, &marker, files);
        self.comment_once(ticket, &marker, &text).await
    }

    async fn delivered(
        &self,
        delivery: Delivery,
        entry: &Entry,
        ticket: &Ticket,
    ) -> Result<DeliveryState, Halt> {
        count(&self.counts.replies_out);
        tracing::info!(
            event = "reply.out",
            integration.id = %self.id(),
            thread.id = %delivery.key.thread,
            ticket.id = ticket.id.0,
            reply.id = entry.id.0,
            message.id = delivery.message.as_ref().map(|m| m.0.as_str()),
            attempt = delivery.attempt,
            "a reply is on the marketplace"
        );
        let mut delivery = delivery;
        delivery.version += 1;
        // Lost: a tick has seen it in the thread and recorded the same.
        let _done_or_lost: Write = self.ports.ledger.save_delivery(&delivery, &self.owner).await?;
        if self.settings.replies.receipts {
            let marker = text::marker(&format!("receipt/{}/{}", ticket.id, entry.id));
            let receipt = self.words.receipt(&entry.created, self.now(), &marker);
            if let Err(failure) = self.comment(ticket.id, &receipt, &[]).await {
                self.note(&failure, Some(&delivery.key.thread));
            }
        }
        Ok(DeliveryState::Delivered)
    }

    async fn failed(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        ticket: &Ticket,
        failure: Failure,
    ) -> Result<DeliveryState, Halt> {
        let halted = self.note(&failure, Some(&delivery.key.thread));
        let state = match failure.class {
            Class::Permanent if failure.is_gone() => {
                self.refuse(delivery, Some(entry), ticket, Reason::ThreadGone, failure.remark.reveal())
                    .await?
            }
            Class::Permanent => {
                self.refuse(delivery, Some(entry), ticket, Reason::Refused, failure.remark.reveal()).await?
            }
            Class::Unknown => {
                delivery.doubtful = true;
                delivery.due = Some(self.now() + SignedDuration::from_secs(60));
                self.keep_delivery(delivery).await?
            }
            Class::Wait(pause) => self.put_off(delivery, SignedDuration::try_from(pause).ok()).await?,
            Class::Retry | Class::Rejected => self.put_off(delivery, None).await?,
        };
        if halted { Err(Halt::Stop) } else { Ok(state) }
    }

    /// Decides that a reply will not go out by itself, and tells the agent.
    pub(super) async fn refuse(
        &self,
        mut delivery: Delivery,
        entry: Option<&Entry>,
        ticket: &Ticket,
        reason: Reason,
        remark: &str,
    ) -> Result<DeliveryState, Halt> {
        delivery.state = DeliveryState::Refused;
        delivery.reason = Some(reason);
        self.tell(delivery, entry, ticket, remark).await
    }

    /// Tells the agent why a reply is set aside, once, and brings the ticket forward.
    pub(super) async fn tell(
        &self,
        mut delivery: Delivery,
        entry: Option<&Entry>,
        ticket: &Ticket,
        remark: &str,
    ) -> Result<DeliveryState, Halt> {
        let reason = delivery.reason.unwrap_or(Reason::Refused);
        // The write claims the telling; whoever comes next looks for the comment first.
        delivery.due = Some(self.now() + SETTLE);
        let delivery = self.write(delivery).await?;
        let marker = text::marker(&format!("refused/{}/{}/{}", ticket.id, delivery.reply, delivery.attempt));
        let written = entry.map(|e| e.created.as_str()).unwrap_or_default();
        let text = self.words.refused(&RefusedReply { written, marker: &marker, reason, remark });
        self.comment_once(ticket, &marker, &text).await?;
        self.bring_forward(ticket.id).await?;
        self.set_aside(delivery, reason).await?;
        Ok(DeliveryState::Parked)
    }

    /// Parks a delivery.
    pub(super) async fn set_aside(&self, mut delivery: Delivery, reason: Reason) -> Result<(), Halt> {
        delivery.state = DeliveryState::Parked;
        delivery.reason = Some(reason);
        delivery.due = None;
        let delivery = self.write(delivery).await?;
        count(&self.counts.parked);
        tracing::error!(
            event = "reply.parked",
            integration.id = %self.id(),
            thread.id = %delivery.key.thread,
            ticket.id = delivery.ticket.0,
            reply.id = delivery.reply.0,
            reason = reason.as_str(),
            "a reply was set aside; the agent is told where there is still a ticket"
        );
        Ok(())
    }

    /// Writes a delivery and returns its state.
    pub(super) async fn keep_delivery(&self, delivery: Delivery) -> Result<DeliveryState, Halt> {
        self.write(delivery).await.map(|d| d.state)
    }

    /// Writes a delivery, as the next version.
    async fn write(&self, mut delivery: Delivery) -> Result<Delivery, Halt> {
        delivery.version += 1;
        match self.ports.ledger.save_delivery(&delivery, &self.owner).await? {
            Write::Done => Ok(delivery),
            Write::Lost => Err(Halt::Lost),
        }
    }

    /// Text and files of a reply; or why it can never go out.
    async fn compose(
        &self,
        entry: &Entry,
        recipient: Recipient,
        loaded: &Loaded,
    ) -> Result<Result<Composed, Reason>, Failure> {
        let mut text = text::from_agent(&entry.text).text;
        let used: u64 = loaded.deliveries.iter().filter(|d| d.reply != entry.id).map(|d| d.file_bytes).sum();
        let limit_mb = self.settings.replies.attachment_limit_mb;
        let mut room = (u64::from(limit_mb) << 20).saturating_sub(used);
        let (mut files, mut missing) = (Vec::new(), Vec::new());
        for token in entry.files.iter().take(MOST_FILES) {
            let limit = usize::try_from(room).unwrap_or(usize::MAX);
            let file = match self.ports.helpdesk.file(token, limit.max(1)).await {
                Ok(file) => file,
                Err(failure) => {
                    use crate::failure::Outcome;
                    let why = match (failure.class, failure.outcome) {
                        (_, Outcome::Undecodable) => ReplyFileTrouble::Limit { limit_mb },
                        (Class::Permanent, _) => ReplyFileTrouble::Unavailable,
                        _ => return Err(failure),
                    };
                    missing.push((token.chars().take(12).collect(), why));
                    continue;
                }
            };
            let name = text::ascii_file_name(file.name.as_deref().unwrap_or_default());
            let name = distinct(with_known_type(&name), &files);
            let size = file.bytes.len() as u64;
            if !has_known_type(&name) {
                missing.push((name, ReplyFileTrouble::Type));
            } else if size > room {
                missing.push((name, ReplyFileTrouble::Limit { limit_mb }));
            } else {
                room -= size;
                files.push((name, file.bytes));
            }
        }
        if text.is_empty() && !files.is_empty() {
            text = self.words.files_only().to_owned();
        }
        let escape = self.settings.calibration.escape.unwrap_or_default();
        let body = text::for_marketplace(&text, escape);
        if text.chars().count() < *BODY_LENGTH.start() {
            return Ok(Err(Reason::TooShort));
        }
        if body.chars().count() > *BODY_LENGTH.end() {
            return Ok(Err(Reason::TooLong));
        }
        let (to_buyer, to_operator) = match recipient {
            Recipient::Buyer { id, operator } => (Some(id), operator),
            Recipient::Operator => (None, true),
        };
        let reply = OutgoingReply { body, to_buyer, to_operator, files };
        Ok(Ok(Composed { reply, fingerprint: text::fingerprint(&text), missing }))
    }
}

fn has_known_type(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| FILE_TYPES.contains(&end.to_ascii_lowercase().as_str()))
}

/// A name that none of the files bears: `scan.pdf`, `scan-2.pdf`. The marketplace asks for distinct
/// names (OR74).
fn distinct(name: String, files: &[(String, Vec<u8>)]) -> String {
    let taken = |name: &str| files.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    if !taken(&name) {
        return name;
    }
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let numbered = (2..).map(|n| format!("{stem}-{n}.{end}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// `photo.jpeg` as `photo.jpg`, the form that the marketplace lists.
fn with_known_type(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, end)) if end.eq_ignore_ascii_case("jpeg") => format!("{stem}.jpg"),
        _ => name.to_owned(),
    }
}
