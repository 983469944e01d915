//! Thread to ticket: which messages are missing, and putting them there once and in order.

use super::open::Facts;
use super::tell::is_final;
use super::{
    Halt, LARGEST_FILE, LONGEST_TEXT, MOST_FILE_ATTEMPTS, Progress, SETTLE, SKEW, Visit, Work, count,
};
use crate::conversation::{Act, Conversation, Delivery, DeliveryState, Intent, Loaded};
use crate::failure::{Class, Effect, Failure, Outcome, Side};
use crate::helpdesk::TicketId;
use crate::ledger::Write;
use crate::marketplace::{Attachment, Author, Message, Thread, ThreadId};
use crate::text;
use crate::words::FileTrouble;

/// A message made ready for the ticket.
pub(super) struct Prepared {
    /// Header, text and notes.
    pub text: String,
    /// Tokens of its files.
    pub files: Vec<String>,
}

impl Visit {
    /// Brings the ticket of a thread up to date. `loaded` was read after the thread was.
    pub(super) async fn carry(&self, thread: Thread, loaded: Loaded, facts: &Facts) -> Progress {
        let mut loaded = Some(loaded);
        // Losing a race, or a ticket that was deleted, means reading anew; a few times are enough.
        for _ in 0..3 {
            match self.carry_once(&thread, loaded.take(), facts).await {
                Err(Halt::Lost) => {}
                Err(Halt::Stop | Halt::Failed(_)) => return Progress::Unfinished,
                Ok(progress) => return progress,
            }
        }
        Progress::Unfinished
    }

    async fn carry_once(
        &self,
        thread: &Thread,
        loaded: Option<Loaded>,
        facts: &Facts,
    ) -> Result<Progress, Halt> {
        self.go_on()?;
        let loaded = match loaded {
            Some(loaded) => loaded,
            None => self.load(&thread.id).await?,
        };
        let mut work = match loaded.conversation.clone() {
            Some(conversation) => Work::new(conversation),
            None => Work::new(Conversation::new(self.key(&thread.id), self.now())),
        };
        if let Some(trouble) = &work.conversation.trouble
            && trouble.due.is_none_or(|due| due > self.now())
        {
            return Ok(Progress::Recorded);
        }
        let result = self.bring_up(&mut work, &loaded, thread, facts).await;
        match result {
            Err(Halt::Failed(failure)) => {
                if self.note(&failure, Some(&thread.id)) {
                    // The side is out for everybody; the cursor remembers this thread.
                    self.keep(&mut work).await?;
                    return Ok(Progress::Unfinished);
                }
                work.own_up(self.now());
                self.postpone(&mut work.conversation, &failure).await?;
                Ok(Progress::Recorded)
            }
            Err(Halt::Stop) => {
                self.keep(&mut work).await?;
                Err(Halt::Stop)
            }
            other => other,
        }
    }

    /// Writes what was done and is not in the ledger yet.
    pub(super) async fn keep(&self, work: &mut Work) -> Result<(), Halt> {
        work.own_up(self.now());
        if work.dirty {
            self.save(&mut work.conversation).await?;
            work.dirty = false;
        }
        Ok(())
    }

    async fn bring_up(
        &self,
        work: &mut Work,
        loaded: &Loaded,
        listed: &Thread,
        facts: &Facts,
    ) -> Result<Progress, Halt> {
        let fetched = self.complete(listed, loaded).await?;
        let thread = fetched.as_ref().unwrap_or(listed);
        // A reply that went out meanwhile stands in the thread; only what is read after it knows it.
        let reloaded = match fetched {
            Some(_) => Some(self.load(&thread.id).await?),
            None => None,
        };
        let loaded = match &reloaded {
            Some(now) if now.conversation != loaded.conversation => return Err(Halt::Lost),
            Some(now) => now,
            None => loaded,
        };
        if thread.unreadable > 0 {
            self.report_unreadable(&thread.id, thread.unreadable);
        }
        if loaded.conversation.is_none() && !self.qualifies(thread) {
            return Ok(Progress::Complete);
        }
        let echoes_settled = self.claim_echoes(loaded, thread).await?;
        if let Some(intent) = work.conversation.intent.clone()
            && !self.settle_intent(work, thread, &intent).await?
        {
            return self.look_again(work).await;
        }
        self.remember_participants(&mut work.conversation, thread);

        let missing: Vec<&Message> =
            thread.messages.iter().filter(|m| self.is_missing(&work.conversation, loaded, m)).collect();
        let mut missing = missing.as_slice();
        if work.conversation.ticket.is_none() {
            // A ticket starts with an incoming message; what the shop wrote before follows it.
            let Some(first) = missing.iter().position(|m| m.author.is_incoming()) else {
                work.dirty |= work.conversation.trouble.take().is_some();
                self.keep(work).await?;
                return Ok(Progress::Complete);
            };
            self.go_on()?;
            if facts.are_worth_waiting_for(thread, self.now()) {
                return Ok(Progress::Unfinished);
            }
            self.open_ticket(work, thread, missing[first], facts).await?;
            for earlier in &missing[..first] {
                if echoes_settled {
                    self.go_on()?;
                    self.post(work, thread, earlier).await?;
                }
            }
            missing = &missing[first + 1..];
        }
        for message in missing {
            // A message of the shop may be a reply of ours that is still under way: wait for it.
            if message.author == Author::Shop && !echoes_settled {
                break;
            }
            self.go_on()?;
            self.post(work, thread, message).await?;
        }
        self.finish(work, thread).await?;
        let answered = self.answer(thread, &work.conversation, loaded).await;
        if !(echoes_settled && answered) {
            return Ok(Progress::Unfinished);
        }
        // Not earlier: the cursor may have passed a conversation that failed before, and then nothing
        // else remembers that something is left to do in it.
        work.dirty |= work.conversation.trouble.take().is_some();
        self.keep(work).await?;
        Ok(Progress::Complete)
    }

    /// Puts the ticket before the agents where that is due.
    async fn finish(&self, work: &mut Work, thread: &Thread) -> Result<(), Halt> {
        if work.raise
            && let Some(ticket) = work.conversation.ticket
        {
            if !matches!(work.conversation.intent, Some(Intent { act: Act::Raise, .. })) {
                self.announce(work, Act::Raise).await?;
            }
            self.raise(ticket).await?;
            work.raise = false;
            work.conversation.intent = None;
            work.dirty = true;
        }
        self.keep_clock(work, thread).await?;
        self.keep(work).await
    }

    /// The thread with all its messages (M10), where those that were listed may not be all that miss.
    async fn complete(&self, thread: &Thread, loaded: &Loaded) -> Result<Option<Thread>, Halt> {
        if thread.is_complete() {
            return Ok(None);
        }
        // Everything is carried in order: where the oldest listed one stands in the ticket, so do
        // those before it. Our own replies go their own way and tell nothing of what came before.
        let carried = |m: &Message| loaded.conversation.as_ref().is_some_and(|c| c.carried.contains(&m.id));
        if thread.messages.iter().find(|m| !loaded.is_ours(&m.id)).is_some_and(carried) {
            return Ok(None);
        }
        Ok(Some(self.ports.marketplace.thread(&thread.id).await?))
    }

    /// Whether a thread that the ledger does not know is carried over at all.
    pub(super) fn qualifies(&self, thread: &Thread) -> bool {
        let begun = |m: &Message| m.at.or(thread.updated).is_none_or(|at| at >= self.starts_at);
        thread.messages.iter().any(|m| m.author.is_incoming() && begun(m))
    }

    fn is_missing(&self, conversation: &Conversation, loaded: &Loaded, message: &Message) -> bool {
        let old = conversation.floor.is_some_and(|floor| message.at.is_some_and(|at| at < floor));
        !old && !conversation.carried.contains(&message.id) && !loaded.is_ours(&message.id)
    }

    fn remember_participants(&self, conversation: &mut Conversation, thread: &Thread) {
        conversation.buyer = thread.buyer_id.clone().or(conversation.buyer.take());
        conversation.buyer_authorised = thread.buyer_authorised;
        conversation.operator_authorised = thread.operator_authorised;
        let private = thread.messages.iter().filter(|m| m.author.is_incoming() && m.is_private());
        conversation.private = private.map(|m| text::marker(&m.id.0)).collect();
        let surplus = conversation.private.len().saturating_sub(Conversation::MOST_PRIVATE);
        conversation.private.drain(..surplus);
        if conversation.version == 0 && !self.settings.import.history {
            conversation.floor = Some(self.starts_at);
        }
    }

    fn report_unreadable(&self, thread: &ThreadId, messages: usize) {
        tracing::error!(
            event = "message.unreadable",
            integration.id = %self.id(),
            thread.id = %thread,
            messages,
            "messages of the thread could not be decoded and are not in the ticket"
        );
    }

    /// Recognises our own replies among the shop's messages by their text, where the answer with
    /// their id was lost. `false`: one of them is still under way and may yet appear.
    async fn claim_echoes(&self, loaded: &Loaded, thread: &Thread) -> Result<bool, Halt> {
        let Some(conversation) = &loaded.conversation else {
            return Ok(true);
        };
        let mut open: Vec<_> =
            loaded.deliveries.iter().filter(|d| d.message.is_none() && d.attempt > 0).collect();
        if open.is_empty() {
            return Ok(true);
        }
        let mut unclaimed = false;
        for message in &thread.messages {
            if message.author != Author::Shop || !self.is_missing(conversation, loaded, message) {
                continue;
            }
            let fingerprint = text::fingerprint(&message.body);
            let Some(at) = open.iter().position(|d| d.may_be(message.at, &fingerprint, SKEW)) else {
                unclaimed = true;
                continue;
            };
            let mut delivery = open.remove(at).clone();
            delivery.version += 1;
            delivery.state = DeliveryState::Delivered;
            delivery.message = Some(message.id.clone());
            let owed = self.settings.replies.receipts || delivery.reply == Delivery::OWN;
            delivery.due = owed.then(|| delivery.at + SETTLE);
            delivery.reason = None;
            // Whoever sends it right now records the same; the conversation is read anew either way.
            let _lost_or_done: Write = self.ports.ledger.save_delivery(&delivery, &self.owner).await?;
            return Err(Halt::Lost);
        }
        let under_way = open.iter().any(|d| d.state == DeliveryState::Sending);
        Ok(!(unclaimed && under_way))
    }

    /// Puts one message into the ticket.
    async fn post(&self, work: &mut Work, thread: &Thread, message: &Message) -> Result<(), Halt> {
        let Some(ticket) = work.conversation.ticket else {
            return Ok(());
        };
        let prepared = self.prepare(&work.conversation, thread, message).await?;
        let stays_closed = self.stays_closed(ticket, thread, message).await?;
        self.announce(work, Act::Post { message: message.id.clone() }).await?;
        let sent = match message.author {
            Author::Shop => self.comment(ticket, &prepared.text, &prepared.files).await,
            _ if stays_closed => match self.comment(ticket, &prepared.text, &prepared.files).await {
                // Better brought back than lost.
                Err(failure) if is_final(&failure) => {
                    self.post_from_customer(ticket, message, &prepared).await
                }
                sent => sent,
            },
            _ => self.post_from_customer(ticket, message, &prepared).await,
        };
        match sent {
            Ok(files_lost) => {
                self.carried(work, message);
                work.raise |= self.may_stay_closed_after(thread, message);
                self.may_be_open_again(&thread.id);
                if files_lost {
                    self.bring_files(work, thread, message, ticket, &prepared.files).await?;
                }
            }
            Err(failure) if failure.is_gone() => {
                // The ticket was deleted: the conversation goes on in a new one.
                self.note(&failure, Some(&thread.id));
                work.conversation.ticket = None;
                work.conversation.intent = None;
                self.save(&mut work.conversation).await?;
                return Err(Halt::Lost);
            }
            Err(failure) => {
                self.forget_unless_unknown(work, &failure);
                return Err(failure.into());
            }
        }
        Ok(())
    }

    /// Whether a message goes into a closed ticket that it must not bring back: somebody has said that
    /// it needs no answer. A comment leaves the status alone, a customer's message may not.
    async fn stays_closed(&self, id: TicketId, thread: &Thread, message: &Message) -> Result<bool, Halt> {
        if !message.author.is_incoming() || !thread.waives(message) {
            return Ok(false);
        }
        match self.ports.helpdesk.ticket(id).await {
            Ok(ticket) => Ok(self.is_closed(&ticket).await?),
            // The message itself meets the same.
            Err(failure) if failure.is_gone() => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) fn may_stay_closed_after(&self, thread: &Thread, message: &Message) -> bool {
        message.author.is_incoming() && self.may_stay_closed() && !thread.waives(message)
    }

    /// Withdraws the intent of an act that surely was not done.
    pub(super) fn forget_unless_unknown(&self, work: &mut Work, failure: &Failure) {
        if failure.class != Class::Unknown {
            work.conversation.intent = None;
            work.dirty = true;
        }
    }

    /// Notes a message as carried over; the next write to the ledger makes it durable.
    pub(super) fn carried(&self, work: &mut Work, message: &Message) {
        work.conversation.carried.insert(&message.id);
        work.conversation.intent = None;
        work.dirty = true;
        count(&self.counts.messages_in);
        tracing::info!(
            event = "message.in",
            integration.id = %self.id(),
            thread.id = %work.conversation.key.thread,
            ticket.id = work.conversation.ticket.map(|t| t.0),
            message.id = %message.id,
            author = message.author.as_str(),
            "a message of the thread stands in the ticket"
        );
    }

    /// Posts as the customer. `true`: the files did not arrive with it.
    async fn post_from_customer(
        &self,
        ticket: TicketId,
        message: &Message,
        prepared: &Prepared,
    ) -> Result<bool, Failure> {
        let known = self.response_takes_files();
        if prepared.files.is_empty() || known == Some(false) {
            self.ports.helpdesk.post(ticket, &prepared.text, &[]).await?;
            return Ok(!prepared.files.is_empty());
        }
        match self.ports.helpdesk.post(ticket, &prepared.text, &prepared.files).await {
            Ok(()) => {}
            // Refused for good: perhaps for the files, which are not documented there.
            Err(failure) if failure.status() == Some(400) && known.is_none() => {
                self.ports.helpdesk.post(ticket, &prepared.text, &[]).await?;
                self.learn(|habits| habits.response_files = Some(false)).await;
                return Ok(true);
            }
            Err(failure) => return Err(failure),
        }
        if known == Some(true) {
            return Ok(false);
        }
        let taken = self.took_files(ticket, &text::marker(&message.id.0), prepared.files.len()).await;
        let taken = taken.ok_or_else(|| unseen("POST tickets/:id/customer_response"))?;
        self.learn(|habits| habits.response_files = Some(taken)).await;
        Ok(!taken)
    }

    /// Whether the message with this marker has its files. `None`: it could not be seen, so that
    /// whether the files are there has to be looked up again.
    pub(super) async fn took_files(&self, ticket: TicketId, marker: &str, files: usize) -> Option<bool> {
        let ticket = self.ports.helpdesk.ticket(ticket).await.ok()?;
        let entry = ticket.entries.iter().rev().find(|e| text::carries_marker(&e.text, marker))?;
        Some(entry.files.len() >= files)
    }

    fn response_takes_files(&self) -> Option<bool> {
        use crate::settings::FollowUpAttachments::{Accepted, Refused};
        match self.settings.calibration.follow_up_attachments {
            Some(Accepted) => Some(true),
            Some(Refused) => Some(false),
            None => self.habits().response_files,
        }
    }

    /// Brings files in a comment, or says where they are.
    pub(super) async fn bring_files(
        &self,
        work: &mut Work,
        thread: &Thread,
        message: &Message,
        ticket: TicketId,
        files: &[String],
    ) -> Result<(), Halt> {
        self.announce(work, Act::Files { message: message.id.clone() }).await?;
        let link = self.link(thread);
        let mut brought = false;
        if self.habits().comment_files != Some(false) {
            match self.comment(ticket, &self.words.files(message), files).await {
                Ok(lost) => brought = !lost,
                // Refused for good, perhaps for the files: the comment below goes without them.
                Err(failure) if failure.status() == Some(400) => {
                    self.note(&failure, Some(&thread.id));
                    self.learn(|habits| habits.comment_files = Some(false)).await;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        if !brought {
            let elsewhere = self.words.files_elsewhere(message, link.as_deref());
            self.comment(ticket, &elsewhere, &[]).await?;
        }
        work.conversation.intent = None;
        work.dirty = true;
        Ok(())
    }

    /// Text and files of a message, made ready for the ticket.
    pub(super) async fn prepare(
        &self,
        conversation: &Conversation,
        thread: &Thread,
        message: &Message,
    ) -> Result<Prepared, Halt> {
        let clean = text::from_marketplace(&message.body, LONGEST_TEXT);
        let link = self.link(thread);
        let mut notes = Vec::new();
        if clean.shortened {
            notes.push(self.words.shortened(link.as_deref()));
        }
        if clean.images > 0 {
            notes.push(self.words.images(clean.images, link.as_deref()));
        }
        let give_up = conversation.trouble.as_ref().is_some_and(|t| t.attempts >= MOST_FILE_ATTEMPTS);
        let mut files = Vec::new();
        for attachment in &message.attachments {
            match self.copy(&thread.id, attachment, give_up).await? {
                Ok(token) => files.push(token),
                Err(trouble) => {
                    tracing::warn!(
                        event = "file.missing",
                        integration.id = %self.id(),
                        thread.id = %thread.id,
                        message.id = %message.id,
                        reason = ?trouble,
                        "a file of a message is not copied; the agent is told"
                    );
                    notes.push(self.words.file_missing(&attachment.name, trouble, link.as_deref()));
                }
            }
        }
        let history = message.at.is_some_and(|at| at < self.starts_at);
        Ok(Prepared { text: self.words.entry(message, history, &clean.text, &notes), files })
    }

    /// Copies a file to the helpdesk: its token, or why it is not there.
    async fn copy(
        &self,
        thread: &ThreadId,
        attachment: &Attachment,
        give_up: bool,
    ) -> Result<Result<String, FileTrouble>, Halt> {
        let too_large = FileTrouble::TooLarge { limit_mb: (LARGEST_FILE >> 20) as u64 };
        if attachment.size.is_some_and(|size| size > LARGEST_FILE as u64) {
            return Ok(Err(too_large));
        }
        let bytes = match self.ports.marketplace.attachment(&attachment.id, LARGEST_FILE).await {
            Ok(bytes) => bytes,
            Err(failure) if failure.outcome == Outcome::Undecodable => return Ok(Err(too_large)),
            Err(failure) if failure.class == Class::Permanent || give_up => {
                self.note(&failure, Some(thread));
                return Ok(Err(FileTrouble::Unavailable));
            }
            Err(failure) => return Err(failure.into()),
        };
        match self.ports.helpdesk.upload(&text::file_name(&attachment.name), bytes).await {
            Ok(token) => Ok(Ok(token)),
            Err(failure) if failure.class == Class::Permanent || give_up => {
                self.note(&failure, Some(thread));
                Ok(Err(FileTrouble::Refused))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Where an agent finds the conversation on the marketplace.
    pub(super) fn link(&self, thread: &Thread) -> Option<String> {
        let places = &self.settings.empikplace;
        places
            .link_to_conversation(&thread.id.0)
            .or_else(|| thread.order_ids().next().and_then(|id| places.link_to_order(id)))
    }
}

/// A write that was accepted and could not be seen in its ticket.
fn unseen(operation: &'static str) -> Failure {
    Failure::new(Side::Thulium, operation, Effect::Write, Outcome::NoAnswer)
}
