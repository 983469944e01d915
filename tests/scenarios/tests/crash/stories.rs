//! What happens: each story is played once without a fault, and then with every fault at every call.

use bridge::conversation::DeliveryState;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use scenarios::{Options, Rig};
use serde_json::json;
use twins::{
    AgentReply, Author, ClosedTicket, MessageKind, NewFile, NewMessage, NewThread, ParticipantKind,
    Undocumented,
};

/// Plays a story on a rig; `Err`: it could not go on.
pub type Play = for<'a> fn(&'a Rig) -> LocalBoxFuture<'a, Result<(), String>>;

/// A story.
pub struct Story {
    pub name: &'static str,
    pub options: Options,
    pub play: Play,
    /// Replies that the agent is told about instead.
    pub told: usize,
}

/// A story that runs on an ordinary rig and in which every reply arrives.
pub const fn story(name: &'static str, play: Play) -> Story {
    Story { name, options: Options { settings: |_| {}, switches: |_| {} }, play, told: 0 }
}

const LONG_AGO: &str = "2026-11-20T09:00:00Z";

fn open(rig: &Rig, files: Vec<NewFile>) -> String {
    let customer = json!({ "customer_id": "C-1", "firstname": "Jan", "lastname": "Kowalski" });
    rig.world.put_order(json!({ "order_id": "1-A", "customer": customer })).expect("an order");
    let mut thread =
        NewThread::from_customer("C-1", "Jan K.", "Gdzie jest <b>moja paczka</b>?").about_order("1-A");
    thread.attachments = files;
    rig.world.open_thread(thread).expect("a thread").thread_id
}

/// A conversation that stands; what follows is what the story is about.
async fn begun(rig: &Rig) -> Result<(String, u64), String> {
    let thread = open(rig, Vec::new());
    rig.tick().await;
    let ticket = ticket(rig, &thread).await?;
    rig.advance(60);
    rig.line.mark();
    Ok((thread, ticket))
}

/// The ticket of a thread, however long that takes.
async fn ticket(rig: &Rig, thread: &str) -> Result<u64, String> {
    for _ in 0..30 {
        if let Some(ticket) = rig.ticket_of(thread).await {
            return Ok(ticket);
        }
        rig.minute().await;
    }
    Err("no ticket within half an hour".to_owned())
}

fn write(rig: &Rig, thread: &str, from: Author, text: &str) {
    rig.world.write(thread, NewMessage::new(from, text)).expect("a message");
}

fn reply(rig: &Rig, ticket: u64, text: &str) {
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", text)).expect("a reply");
}

fn photo() -> NewFile {
    NewFile::new("zdjęcie.jpg", b"\xff\xd8\xff\xe0 not much of a photo")
}

pub fn opening(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let thread = open(rig, Vec::new());
        rig.tick().await;
        ticket(rig, &thread).await.map(drop)
    }
    .boxed_local()
}

/// Two threads of one new buyer, which must come to share one CRM record.
pub fn two_threads(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let first = open(rig, Vec::new());
        rig.advance(1);
        let again = NewThread::from_customer("C-1", "Jan K.", "A kiedy przyjdzie faktura?");
        let second = rig.world.open_thread(again).expect("a thread").thread_id;
        rig.tick().await;
        ticket(rig, &first).await?;
        ticket(rig, &second).await.map(drop)
    }
    .boxed_local()
}

pub fn follow_ups(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, _) = begun(rig).await?;
        write(rig, &thread, Author::Customer, "Halo, jest tam kto?");
        let mut private = NewMessage::new(Author::Operator, "Proszę pilnie odpisać klientowi.");
        private.to = Some(vec![ParticipantKind::Shop]);
        rig.advance(1);
        rig.world.write(&thread, private).expect("a message");
        rig.advance(1);
        write(rig, &thread, Author::Shop, "Dzień dobry, odpisuję z panelu.");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn history(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let now = rig.world.now();
        rig.world.set_time(LONG_AGO.parse().expect("a time"));
        let thread = open(rig, Vec::new());
        write(rig, &thread, Author::Shop, "Już sprawdzamy, proszę o cierpliwość.");
        rig.world.set_time(now);
        write(rig, &thread, Author::Customer, "I co z tą paczką?");
        rig.tick().await;
        ticket(rig, &thread).await.map(drop)
    }
    .boxed_local()
}

pub fn file_on_opening(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let thread = open(rig, vec![photo()]);
        rig.tick().await;
        ticket(rig, &thread).await.map(drop)
    }
    .boxed_local()
}

pub fn file_on_follow_up(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, _) = begun(rig).await?;
        let mut message = NewMessage::new(Author::Customer, "Tak wygląda uszkodzenie.");
        message.attachments.push(photo());
        rig.world.write(&thread, message).expect("a message");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

/// A colleague's files, once before and once after it is known what becomes of files in comments.
pub fn files_of_a_colleague(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, _) = begun(rig).await?;
        for text in ["Odsyłam zdjęcie.", "I jeszcze jedno zdjęcie."] {
            let mut message = NewMessage::new(Author::Shop, text);
            message.attachments.push(photo());
            rig.world.write(&thread, message).expect("a message");
            rig.advance(1);
        }
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn reply_by_tick(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dzień dobry,</p><p>paczka jedzie &amp; będzie jutro.</p>");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn reply_by_hint(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dzień dobry, paczka będzie jutro.</p>");
        rig.hint(ticket).await;
        Ok(())
    }
    .boxed_local()
}

/// A reply while the buyer writes on, so that the echo is met on the way in.
pub fn reply_and_follow_up(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dzień dobry, paczka będzie jutro.</p>");
        rig.hint(ticket).await;
        rig.advance(20);
        write(rig, &thread, Author::Customer, "Dziękuję bardzo!");
        rig.advance(20);
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn reply_with_file(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        let mut answer = AgentReply::new("akowalska", "<p>Faktura w załączniku.</p>");
        answer.attachments.push(NewFile::new("faktura.pdf", b"%PDF-1.4 not much of an invoice"));
        rig.world.agent_reply(ticket, answer).expect("a reply");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

/// One file of two is of a type that the marketplace does not take.
pub fn reply_with_files_left_out(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        let mut answer = AgentReply::new("akowalska", "<p>Pliki w załączniku.</p>");
        answer.attachments.push(NewFile::new("faktura.pdf", b"%PDF-1.4 not much of an invoice"));
        answer.attachments.push(NewFile::new("program.exe", b"MZ"));
        rig.world.agent_reply(ticket, answer).expect("a reply");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn reply_too_short(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        reply(rig, ticket, "ok");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn two_replies(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dzień dobry, już sprawdzam.</p>");
        reply(rig, ticket, "<p>Sprawdziłam: paczka będzie jutro.</p>");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

/// The same words twice: two replies, not one.
pub fn equal_replies(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dziękujemy za wiadomość.</p>");
        rig.tick().await;
        rig.advance(30);
        reply(rig, ticket, "<p>Dziękujemy za wiadomość.</p>");
        rig.hint(ticket).await;
        Ok(())
    }
    .boxed_local()
}

/// The buyer writes while the agent does: the reply is held, and released by the word for it.
pub fn held_and_released(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    held(rig, "<p>@wyślij</p>").boxed_local()
}

/// The same, and the agent drops it.
pub fn held_and_cancelled(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    held(rig, "<p>@anuluj</p>").boxed_local()
}

async fn held(rig: &Rig, decision: &str) -> Result<(), String> {
    let (thread, ticket) = begun(rig).await?;
    write(rig, &thread, Author::Customer, "Już nieaktualne!");
    reply(rig, ticket, "<p>Dzień dobry, paczka będzie jutro.</p>");
    rig.hint(ticket).await;
    for _ in 0..30 {
        rig.minute().await;
        let deliveries = rig.loaded(&thread).await.deliveries;
        let held = deliveries.iter().any(|delivery| delivery.state == DeliveryState::Held);
        // Decided once the buyer's message can be read, whatever was in its way.
        let messages = rig.world.ticket(ticket).map(|ticket| ticket.messages).unwrap_or_default();
        if held && messages.iter().filter(|message| message.kind == MessageKind::Mail).count() == 2 {
            rig.advance(180);
            reply(rig, ticket, decision);
            rig.hint(ticket).await;
            return Ok(());
        }
    }
    Err("the reply was not held within half an hour".to_owned())
}

pub fn closed_ticket(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, ticket) = begun(rig).await?;
        rig.world.close_ticket(ticket).expect("closed");
        write(rig, &thread, Author::Customer, "Jednak nadal nie działa.");
        rig.advance(1);
        write(rig, &thread, Author::Shop, "Dzień dobry, odpisuję z panelu.");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

pub fn tick_and_hint(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, ticket) = begun(rig).await?;
        reply(rig, ticket, "<p>Dzień dobry, paczka będzie jutro.</p>");
        write(rig, &thread, Author::Customer, "Halo, jest tam kto?");
        rig.tick_and_hint(ticket).await;
        Ok(())
    }
    .boxed_local()
}

/// Deliveries are confirmed in the ticket.
pub const RECEIPTS: Options =
    Options { settings: |settings| settings.replies.receipts = true, switches: |_| {} };

/// The bridge answers by itself.
pub const AUTO_REPLY: Options = Options {
    settings: |settings| settings.replies.auto_reply = "{name}, dziękujemy! Odpowiemy wkrótce.".to_owned(),
    switches: |_| {},
};

/// Stale answers are held back.
pub const GUARD: Options =
    Options { settings: |settings| settings.replies.stale_guard = true, switches: |_| {} };

/// Waits for a comment that begins like this.
async fn told(rig: &Rig, ticket: u64, begin: &str) -> Result<(), String> {
    for _ in 0..30 {
        let ticket = rig.world.ticket(ticket).ok_or("the ticket is gone")?;
        if ticket.messages.iter().any(|message| message.comment.starts_with(begin)) {
            return Ok(());
        }
        rig.minute().await;
    }
    Err(format!("nothing that begins with {begin:?} within half an hour"))
}

/// The order changes while the ticket is open.
pub fn order_change(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (_, ticket) = begun(rig).await?;
        let order = json!({ "order_id": "1-A", "order_state": "SHIPPED", "has_incident": true });
        rig.world.put_order(order).expect("an order");
        told(rig, ticket, "Zmiana zamówienia").await
    }
    .boxed_local()
}

/// The order becomes readable only after the ticket was opened.
pub fn order_card_owed(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let opening = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("2-B");
        let thread = rig.world.open_thread(opening).expect("a thread").thread_id;
        rig.tick().await;
        let ticket = ticket(rig, &thread).await?;
        rig.line.mark();
        rig.world.put_order(json!({ "order_id": "2-B" })).expect("an order");
        told(rig, ticket, "Karta zamówienia").await
    }
    .boxed_local()
}

/// The shop answers, is asked again, and owes an answer for long.
pub fn reply_clock(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, ticket) = begun(rig).await?;
        write(rig, &thread, Author::Shop, "Dzień dobry, odpisuję z panelu.");
        rig.minute().await;
        write(rig, &thread, Author::Customer, "Halo, jest tam kto?");
        rig.minute().await;
        rig.advance(3600);
        told(rig, ticket, "Przypomnienie").await
    }
    .boxed_local()
}

/// A word of thanks in a closed ticket that must not bring it back, with a file.
pub fn no_reply_needed(rig: &Rig) -> LocalBoxFuture<'_, Result<(), String>> {
    async move {
        let (thread, ticket) = begun(rig).await?;
        rig.world.close_ticket(ticket).expect("closed");
        let mut message = NewMessage::new(Author::Customer, "Dziękuję, wszystko dotarło!");
        message.attachments.push(photo());
        rig.world.write(&thread, message).expect("a message");
        rig.advance(1);
        rig.world.no_reply_needed(&thread, ParticipantKind::Shop).expect("a click");
        rig.tick().await;
        Ok(())
    }
    .boxed_local()
}

/// Watched orders are looked at in every tick.
pub const WATCHING: Options =
    Options { settings: |settings| settings.empikplace.order_watch_minutes = 1, switches: |_| {} };

/// The marketplace's clock is shown in a field, and told of after an hour.
pub const CLOCK: Options = Options {
    settings: |settings| {
        settings.thulium.reply_needed_field = "Empik czeka od".to_owned();
        settings.replies.remind_after_hours = 1;
    },
    switches: |_| {},
};

/// Thulium takes files neither with a follow-up nor with a comment.
pub const NO_FILES: Options = Options { settings: |_| {}, switches: |_| {} };

/// Thulium takes files with a follow-up.
pub const FILES: Options = Options {
    settings: |_| {},
    switches: |switches| switches.thulium.response_attachments = Undocumented::Accepted,
};

/// Thulium refuses a follow-up with files, and takes them with a comment.
pub const FILES_IN_COMMENTS: Options = Options {
    settings: |_| {},
    switches: |switches| {
        switches.thulium.response_attachments = Undocumented::Rejected;
        switches.thulium.comment_attachments = Undocumented::Accepted;
    },
};

/// Thulium refuses files with a comment and with a follow-up.
pub const FILES_REFUSED: Options = Options {
    settings: |_| {},
    switches: |switches| {
        switches.thulium.response_attachments = Undocumented::Rejected;
        switches.thulium.comment_attachments = Undocumented::Rejected;
    },
};

/// The searches show what is new a minute late.
pub const LAGGING: Options = Options {
    settings: |_| {},
    switches: |switches| {
        switches.thulium.ticket_search_lag_seconds = 60;
        switches.thulium.customer_search_lag_seconds = 60;
    },
};

/// The marketplace takes no further message.
pub const FULL_THREAD: Options =
    Options { settings: |_| {}, switches: |switches| switches.empikplace.messages_per_thread = 1 };

/// A customer's message leaves a closed ticket closed, and only the parameter `text` holds a comment.
pub const STAYS_CLOSED: Options = Options {
    settings: |_| {},
    switches: |switches| {
        switches.thulium.closed_ticket = ClosedTicket::StaysClosed;
        switches.thulium.comment_parameter = "text".to_owned();
    },
};
