//! Sending one reply to the marketplace, and telling the agent where that fails for good.

use jiff::SignedDuration;

use super::compose::{Composed, MOST_FILES};
use super::outbound::Recipient;
use super::{Halt, SETTLE, Visit, count};
use crate::conversation::{Conversation, Delivery, DeliveryState, Loaded, Reason};
use crate::failure::{Class, Failure};
use crate::helpdesk::{Entry, EntryKind, Ticket};
use crate::ledger::Write;
use crate::marketplace::{OutgoingReply, Thread, ThreadId};
use crate::text::{self, Addressee, Instructed};
use crate::words::{RefusedReply, ReplyFileTrouble};

impl Visit {
    /// Composes a reply and sends it, as far as its author and the settings want that.
    pub(super) async fn deliver(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        conversation: &Conversation,
        ticket: &Ticket,
        loaded: &Loaded,
    ) -> Result<DeliveryState, Halt> {
        let clean = text::from_agent(&entry.text);
        let said = match delivery.automatic {
            true => Instructed { text: clean.text, ..Instructed::default() },
            false => text::instructed(&clean.text),
        };
        if said.unknown.is_some() {
            return self.refuse(delivery, Some(entry), ticket, Reason::Instruction, "").await;
        }
        if let Some(command) = said.command {
            return self.obey(delivery, entry, ticket, loaded, command).await;
        }
        let mut thread = None;
        let recipient = match self.recipient(entry, said.to, conversation, ticket) {
            Ok(recipient) => recipient,
            // Who takes part may have changed since the thread was last read.
            Err(reason) => match self.ports.marketplace.thread(&delivery.key.thread).await {
                Ok(now) => {
                    let recipient = self.recipient_now(entry, said.to, conversation, ticket, &now);
                    thread = Some(now);
                    match recipient {
                        Some(recipient) => recipient,
                        None => return self.refuse(delivery, Some(entry), ticket, reason, "").await,
                    }
                }
                Err(failure) => return self.later(delivery, entry, ticket, failure).await,
            },
        };
        if delivery.automatic && recipient.buyer.is_none() {
            delivery.state = DeliveryState::Skipped;
            delivery.reason = Some(Reason::Automatic);
            delivery.due = None;
            return self.keep_delivery(delivery).await;
        }
        // Queued with this reason: it was held, and a person has let it go.
        let let_go = delivery.state == DeliveryState::Queued && delivery.reason == Some(Reason::Stale);
        let guarded =
            self.settings.replies.stale_guard && !let_go && !delivery.automatic && recipient.buyer.is_some();
        if guarded && self.decision(&delivery, ticket, loaded).is_none() {
            let thread = match thread {
                Some(thread) => thread,
                None => match self.ports.marketplace.thread(&delivery.key.thread).await {
                    Ok(thread) => thread,
                    Err(failure) => return self.later(delivery, entry, ticket, failure).await,
                },
            };
            if self.is_stale(entry, ticket, &thread, conversation, loaded) {
                return self.hold(delivery, Some(entry), ticket).await;
            }
        }
        let composed = match self.compose(entry, said.text, recipient, loaded).await {
            Ok(Ok(composed)) => composed,
            Ok(Err(reason)) => return self.refuse(delivery, Some(entry), ticket, reason, "").await,
            Err(failure) => return self.later(delivery, entry, ticket, failure).await,
        };
        let images = images_marker(ticket);
        let images_told = ticket.entries.iter().any(|e| text::carries_marker(&e.text, &images));
        let tell_of_images = clean.images > 0 && !images_told;
        if tell_of_images || !composed.missing.is_empty() {
            // Announced first, so that two workers do not both tell.
            delivery.due = Some(self.now() + SignedDuration::from_secs(60));
            delivery = self.write(delivery).await?;
        }
        if tell_of_images {
            let text = self.words.reply_images(&entry.created, clean.images, &images);
            self.comment_once(ticket, &images, &text).await?;
        }
        if !composed.missing.is_empty() {
            self.tell_of_files(entry, ticket, "files", &composed.missing).await?;
        }
        self.send(delivery, entry, ticket, composed).await
    }

    /// Whom a reply is for, by those who take part in the thread right now.
    fn recipient_now(
        &self,
        entry: &Entry,
        named: Option<Addressee>,
        conversation: &Conversation,
        ticket: &Ticket,
        thread: &Thread,
    ) -> Option<Recipient> {
        let mut conversation = conversation.clone();
        conversation.buyer = thread.buyer_id.clone().or(conversation.buyer);
        conversation.buyer_authorised = thread.buyer_authorised;
        conversation.operator_authorised = thread.operator_authorised;
        self.recipient(entry, named, &conversation, ticket).ok()
    }

    /// Puts a reply off that could not be made ready.
    async fn later(
        &self,
        mut delivery: Delivery,
        entry: &Entry,
        ticket: &Ticket,
        failure: Failure,
    ) -> Result<DeliveryState, Halt> {
        if failure.is_gone() && failure.side == crate::failure::Side::Empikplace {
            return self.failed(delivery, entry, ticket, failure).await;
        }
        delivery.attempt += 1;
        let halted = self.note(&failure, Some(&delivery.key.thread));
        let state = self.put_off(delivery, None).await?;
        if halted { Err(Halt::Stop) } else { Ok(state) }
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
            && is_refused(failure)
            && !reply.files.is_empty()
        {
            // Refused for good, perhaps for a file: the text must not wait for it.
            self.note(failure, Some(&thread));
            (result, reply) = self.send_with_fewer_files(entry, ticket, &thread, reply).await?;
            delivery.file_bytes = reply.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        }
        match result {
            Ok(id) => {
                delivery.message = id;
                delivery.state = DeliveryState::Delivered;
                self.delivered(delivery, entry, ticket).await
            }
            Err(failure) => self.failed(delivery, entry, ticket, failure).await,
        }
    }

    /// Sends a reply that was refused with all its files: with as many as its order still has room
    /// for, else without any.
    async fn send_with_fewer_files(
        &self,
        entry: &Entry,
        ticket: &Ticket,
        thread: &ThreadId,
        mut reply: OutgoingReply,
    ) -> Result<(Sent, OutgoingReply), Halt> {
        let present = match self.ports.marketplace.thread(thread).await {
            Ok(thread) => thread.messages.iter().map(|m| m.attachments.len()).sum(),
            Err(failure) => {
                self.note(&failure, Some(thread));
                0
            }
        };
        let room = MOST_FILES.saturating_sub(present);
        let mut left_out = Vec::new();
        if room < reply.files.len() {
            let why = ReplyFileTrouble::Count { most: MOST_FILES };
            left_out.extend(reply.files.drain(room..).map(|(name, _)| (name, why)));
            if room > 0 {
                let result = self.ports.marketplace.reply(thread, &reply).await;
                if !result.as_ref().is_err_and(is_refused) {
                    self.tell_of_files(entry, ticket, "refused-files", &left_out).await?;
                    return Ok((result, reply));
                }
            }
        }
        left_out.extend(reply.files.drain(..).map(|(name, _)| (name, ReplyFileTrouble::Refused)));
        self.tell_of_files(entry, ticket, "refused-files", &left_out).await?;
        Ok((self.ports.marketplace.reply(thread, &reply).await, reply))
    }

    /// Tells the agent which files do not go with a reply, unless the ticket says so already.
    async fn tell_of_files(
        &self,
        entry: &Entry,
        ticket: &Ticket,
        when: &str,
        files: &[(String, ReplyFileTrouble)],
    ) -> Result<(), Halt> {
        let marker = text::marker(&format!("{when}/{}/{}", ticket.id, entry.id));
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
        delivery.reason = None;
        // The own reply stands nowhere in the ticket: that it is told of is owed until it is done.
        // A receipt is not worth the write; see [`Visit::confirm_late`].
        delivery.due = delivery.due.filter(|_| delivery.reply == Delivery::OWN);
        self.record(&mut delivery).await?;
        match self.confirm(&delivery, ticket).await {
            Err(Halt::Failed(failure)) => {
                self.note(&failure, Some(&delivery.key.thread));
            }
            Ok(()) if delivery.due.take().is_some() => self.record(&mut delivery).await?,
            other => other?,
        }
        Ok(DeliveryState::Delivered)
    }

    /// Writes a delivery that is done. That the write is lost means that somebody else, a tick that
    /// has seen it in the thread, has recorded the same.
    pub(super) async fn record(&self, delivery: &mut Delivery) -> Result<(), Halt> {
        delivery.version += 1;
        let _done_or_lost: Write = self.ports.ledger.save_delivery(delivery, &self.owner).await?;
        Ok(())
    }

    /// Confirms a delivery in the ticket, once: that of the bridge's own reply, which the agents see
    /// nowhere else, and any other where receipts are set.
    pub(super) async fn confirm(&self, delivery: &Delivery, ticket: &Ticket) -> Result<(), Halt> {
        let marker = text::marker(&format!("receipt/{}/{}", ticket.id, delivery.reply));
        if delivery.reply == Delivery::OWN {
            let text = self.words.own_reply_sent(delivery.at, &marker);
            return self.comment_once(ticket, &marker, &text).await;
        }
        let entry = ticket.entries.iter().find(|e| e.id == delivery.reply && e.kind == EntryKind::Reply);
        match entry {
            Some(entry) if self.settings.replies.receipts => {
                let text = self.words.receipt(&entry.created, delivery.at, &marker);
                self.comment_once(ticket, &marker, &text).await
            }
            _ => Ok(()),
        }
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
        // The count of attempts begins anew where a person sets a reply going again, and so does `since`.
        let told = (ticket.id, delivery.reply, delivery.since.as_millisecond(), delivery.attempt);
        let marker = text::marker(&format!("refused/{}/{}/{}/{}", told.0, told.1, told.2, told.3));
        let written = entry.map(|e| e.created.as_str()).unwrap_or_default();
        let own = delivery.reply == Delivery::OWN;
        let text = self.words.refused(&RefusedReply { written, own, marker: &marker, reason, remark });
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
    pub(super) async fn write(&self, mut delivery: Delivery) -> Result<Delivery, Halt> {
        delivery.version += 1;
        match self.ports.ledger.save_delivery(&delivery, &self.owner).await? {
            Write::Done => Ok(delivery),
            Write::Lost => Err(Halt::Lost),
        }
    }
}

/// What came of sending a reply.
type Sent = Result<Option<crate::marketplace::MessageId>, Failure>;

/// Whether the marketplace refused a message for what is in it.
fn is_refused(failure: &Failure) -> bool {
    matches!(failure.status(), Some(400 | 413 | 415 | 422))
}

/// Marks the comment that tells, once a ticket, that images are not sent.
fn images_marker(ticket: &Ticket) -> String {
    text::marker(&format!("images/{}", ticket.id))
}
