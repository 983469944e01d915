//! The edges of what other scenarios show in the middle: moments, sizes and counts exactly at their bounds,
//! calls that fail in between, and what people do meanwhile. On the way into a ticket, opening it, watching
//! its orders, and sweeping.

use std::sync::Arc;

use bridge::engine::{Halted, days_back};
use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use local::Stack;
use scenarios::shop::Shop;
use scenarios::{Fault as Struck, Options, Place, Point, Rig, START};
use serde_json::{Value, json};
use twins::{
    AgentReply, At, Author, Fault, FaultDecision, FaultRule, MergedTicket, MessageKind, NewFile, NewMail,
    NewMessage, NewThread, ParticipantKind, Side, Switches, Undocumented, World, WorldOptions,
};

use crate::support::{COMMENT, RESPONSE, assert_clean, fails, requests, stands, writes};

const CLOSED: u64 = 4;
fn asks(buyer: &str, text: &str) -> NewThread {
    NewThread::from_customer(buyer, "Jan K.", text)
}

fn opens(rig: &Rig, thread: NewThread) -> String {
    rig.world.open_thread(thread).expect("a thread").thread_id
}

/// A rig with one conversation and its ticket.
async fn begun(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

fn writes_with(rig: &Rig, thread: &str, from: Author, text: &str, file: NewFile) {
    let new = NewMessage { attachments: vec![file], ..NewMessage::new(from, text) };
    rig.world.write(thread, new).expect("a message");
}

/// The same, with a click that it needs no answer.
fn thanks(rig: &Rig, thread: &str, text: &str) {
    writes(rig, thread, Author::Customer, text);
    rig.advance(5);
    rig.world.no_reply_needed(thread, ParticipantKind::Shop).expect("a click");
}

/// In how many entries of one kind a text stands.
fn stands_as(rig: &Rig, ticket: u64, kind: MessageKind, text: &str) -> usize {
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    entries.iter().filter(|entry| entry.kind == kind && entry.text().contains(text)).count()
}

#[tokio::test]
async fn a_message_of_the_very_moment_of_enabling_is_new() {
    for history in [|_: &mut _| {}, |settings: &mut Settings| settings.import.history = false] {
        let rig = Rig::new(Options { settings: history, ..Options::default() }).await;
        let start: Timestamp = START.parse().expect("a time");
        rig.world.set_time(start - SignedDuration::from_secs(10));
        let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.world.set_time(start);
        assert!(rig.settle().await);
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        assert_eq!(stands(&rig, ticket, "Gdzie paczka?"), 1);
        assert_eq!(stands(&rig, ticket, "wcześniejsza"), 0);
    }
}

#[tokio::test]
async fn an_older_question_that_only_a_colleague_answers_since_stays_out() {
    let rig = Rig::new(Options::default()).await;
    let start: Timestamp = START.parse().expect("a time");
    rig.world.set_time(start - SignedDuration::from_hours(24));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.world.set_time(start);
    writes(&rig, &thread, Author::Shop, "W drodze.");
    assert!(rig.settle().await);
    assert!(rig.world.tickets().is_empty());
    writes(&rig, &thread, Author::Customer, "Nadal nie dotarła.");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(stands(&rig, ticket, "wcześniejsza"), 1, "only what is older than the integration");
    assert_clean(&rig);
}

#[tokio::test]
async fn a_conversation_in_trouble_is_left_alone_until_it_is_due_and_no_longer() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    for _ in 0..4 {
        rig.minute().await;
    }
    let due = rig.waiting().await.first().map(|waits| waits.at).expect("it waits");
    assert!(due > rig.world.now() + SignedDuration::from_mins(1));
    let tries = requests(&rig, "M13");
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.restart();
    rig.minute().await;
    assert_eq!(requests(&rig, "M13"), tries, "not earlier, whatever else is written");
    assert!(rig.world.remove_fault(down));
    rig.world.set_time(due);
    rig.tick().await;
    assert_eq!((stands(&rig, ticket, "Zdjęcie."), stands(&rig, ticket, "Halo?")), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn what_a_deleted_ticket_leaves_undone_is_no_trouble_any_more() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M13", 1, fails(500)));
    writes_with(&rig, &thread, Author::Shop, "Etykieta.", NewFile::new("a.pdf", b"pdf"));
    rig.minute().await;
    assert_eq!(rig.waiting().await.len(), 1);
    rig.world.delete_ticket(ticket).expect("deleted");
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
}

#[tokio::test]
async fn a_buyer_who_repeats_our_words_is_no_echo_of_them() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(500)));
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "Paczka jest w drodze.")).expect("a reply");
    rig.minute().await;
    writes(&rig, &thread, Author::Customer, "Paczka jest w drodze.");
    assert!(rig.settle().await);
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Mail, "Paczka jest w drodze."), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn thanks_for_a_closed_ticket_wait_until_it_can_be_read_and_do_not_bring_it_back() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.close_ticket(ticket).expect("closed");
    assert!(rig.settle().await);
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets/:id", fails(500)));
    thanks(&rig, &thread, "Dziękuję!");
    rig.minute().await;
    assert!(rig.world.remove_fault(down));
    assert!(rig.settle().await);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Dziękuję!"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn thanks_for_a_deleted_ticket_stand_in_a_new_one() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.delete_ticket(ticket).expect("deleted");
    thanks(&rig, &thread, "Dziękuję!");
    assert!(rig.settle().await);
    let now = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!((now != ticket, stands(&rig, now, "Dziękuję!")), (true, 1));
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn a_file_of_untold_size_that_is_too_large_is_told_of_at_once() {
    let untold = |all: &mut Switches| all.empikplace.files_without_size = true;
    let rig = Rig::new(Options { switches: untold, ..Options::default() }).await;
    let file = |name: &str, size| NewFile { name: name.into(), size: Some(size), ..NewFile::default() };
    let files = vec![file("film.mp4", (25 << 20) + 1), file("a.jpg", 3)];
    let thread = opens(&rig, NewThread { attachments: files, ..asks("C-1", "Film.") });
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    let opening = rig.world.ticket(ticket).expect("a ticket").messages.remove(0);
    assert!(opening.text().contains("jest większy niż 25 MB"), "{}", opening.text());
    assert_eq!(opening.attachments.len(), 1);
}

/// Files of customers' messages are ignored, those of comments arrive.
fn files_in_comments() -> Options {
    let switches = |all: &mut Switches| {
        all.thulium.response_attachments = Undocumented::Ignored;
        all.thulium.comment_attachments = Undocumented::Accepted;
    };
    Options { switches, ..Options::default() }
}

#[tokio::test]
async fn files_that_no_comment_brings_are_told_of() {
    let (rig, thread, ticket) = begun(files_in_comments()).await;
    // With the files and without them.
    let refused = FaultRule { count: Some(2), ..FaultRule::nth(Side::Thulium, COMMENT, 1, fails(400)) };
    writes(&rig, &thread, Author::Shop, "Sprawdzamy.");
    assert!(rig.settle().await, "how comments are written is known");
    rig.world.add_fault(refused);
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 1);
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn files_whose_comment_gave_no_answer_come_once_and_nothing_else_is_said() {
    let (rig, thread, ticket) = begun(files_in_comments()).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    assert_eq!(entries.iter().filter(|entry| !entry.attachments.is_empty()).count(), 1);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 0);
}

#[tokio::test]
async fn a_message_with_files_whose_answer_was_lost_stands_once_with_them() {
    let accepted = |all: &mut Switches| all.thulium.response_attachments = Undocumented::Accepted;
    let (rig, thread, ticket) = begun(Options { switches: accepted, ..Options::default() }).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    let shown = entries.iter().filter(|entry| entry.text().contains("Zdjęcie.")).collect::<Vec<_>>();
    assert_eq!((shown.len(), shown[0].attachments.len()), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn the_largest_file_that_thulium_takes_comes_along() {
    let rig = Rig::new(Options::default()).await;
    let largest = NewFile { name: "film.mp4".into(), size: Some(25 << 20), ..NewFile::default() };
    let thread = opens(&rig, NewThread { attachments: vec![largest], ..asks("C-1", "Film.") });
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").messages[0].attachments.len(), 1);
}

#[tokio::test]
async fn what_thulium_would_not_do_yet_is_done_at_the_next_tick() {
    let rig = Rig::new(Options::default()).await;
    let wait = Fault::Status { code: 429, retry_after: Some(30), at: At::Before };
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, wait.clone()));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, wait));
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_clean(&rig);
}

/// The list of changed tickets goes on, later than it reaches back.
async fn other_tickets_change(rig: &Rig) {
    for _ in 0..2 {
        rig.advance(10 * 60);
        mails(rig, 1);
        for _ in 0..4 {
            rig.minute().await;
        }
    }
}

/// The callback sends what waits, once it may, and dies before it can record that.
async fn dies_after_sending(rig: &Rig, ticket: u64) {
    let sending =
        Point { place: Place::Empikplace, operation: "M12".to_owned(), nth: requests(rig, "M12") + 1 };
    rig.line.plan([(sending, Struck::KilledAfter)]);
    for _ in 0..60 {
        rig.advance(30);
        if rig.hint(ticket).await.is_none() {
            return;
        }
    }
    panic!("nothing was sent");
}

#[tokio::test]
async fn a_late_reply_that_is_recognised_in_its_thread_has_its_receipt() {
    let receipts = |settings: &mut Settings| settings.replies.receipts = true;
    let (rig, _, ticket) = begun(Options { settings: receipts, ..Options::default() }).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET files/:token", fails(500)));
    let attachments = vec![NewFile::new("a.pdf", b"pdf")];
    let reply = AgentReply { attachments, ..AgentReply::new("akowalska", "W drodze.") };
    rig.world.agent_reply(ticket, reply).expect("a reply");
    rig.minute().await;
    other_tickets_change(&rig).await;
    assert!(rig.world.remove_fault(down));
    dies_after_sending(&rig, ticket).await;
    for _ in 0..6 {
        rig.minute().await;
    }
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "dostarczono"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_late_reply_of_our_own_that_is_recognised_in_its_thread_is_told_of() {
    let own = |settings: &mut Settings| settings.replies.auto_reply = "Odpowiemy wkrótce.".into();
    let rig = Rig::new(Options { settings: own, ..Options::default() }).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M12", fails(500)));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    other_tickets_change(&rig).await;
    assert!(rig.world.remove_fault(down));
    dies_after_sending(&rig, ticket).await;
    for _ in 0..6 {
        rig.minute().await;
    }
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Klient dostał"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_colleagues_message_leaves_a_closed_ticket_closed_and_a_buyers_brings_it_back() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    rig.world.close_ticket(ticket).expect("closed");
    writes(&rig, &thread, Author::Shop, "Zwrot wysłany.");
    assert!(rig.settle().await);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Zwrot wysłany."), 1);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
    writes(&rig, &thread, Author::Customer, "Nie dotarł.");
    assert!(rig.settle().await);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Mail, "Nie dotarł."), 1);
    assert_ne!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
}

#[tokio::test]
async fn files_come_in_comments_after_messages_with_and_without_them() {
    let (rig, thread, ticket) = begun(files_in_comments()).await;
    writes(&rig, &thread, Author::Customer, "Bez zdjęcia.");
    assert!(rig.settle().await);
    let comments = |rig: &Rig| {
        let entries = rig.world.ticket(ticket).expect("a ticket").messages.into_iter();
        entries.filter(|entry| entry.kind == MessageKind::Comment).collect::<Vec<_>>()
    };
    let before = comments(&rig).len();
    assert_eq!(stands(&rig, ticket, "Pliki"), 0, "there are none to tell of");
    for n in 1..=2 {
        let text = format!("Zdjęcie {n}.");
        writes_with(&rig, &thread, Author::Customer, &text, NewFile::new("a.jpg", b"jpg"));
        assert!(rig.settle().await);
        let comments = comments(&rig);
        assert_eq!(comments.len(), before + n);
        assert_eq!(comments.iter().filter(|entry| entry.attachments.len() == 1).count(), n);
    }
    assert_eq!(rig.parked().await.len(), 0);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_for_a_moment_comes_along_and_images_are_told_of() {
    let rig = Rig::new(Options::default()).await;
    let twice = FaultRule { count: Some(2), ..FaultRule::nth(Side::Empikplace, "M13", 1, fails(500)) };
    rig.world.add_fault(twice);
    let file = NewFile::new("a.jpg", b"jpg");
    let opening = asks("C-1", "Zdjęcie: <img src=\"https://shop.example/a.png\">").about_order("1-A");
    let thread = opens(&rig, NewThread { attachments: vec![file], ..opening });
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    let ticket = rig.world.ticket(ticket).expect("a ticket");
    assert_eq!(ticket.messages[0].attachments.len(), 1);
    assert!(ticket.messages[0].text().contains("Pominięto obraz"), "{}", ticket.messages[0].text());
    assert!(ticket.custom_fields["Empik rozmowa"].ends_with("order/1-A"), "{:?}", ticket.custom_fields);
}

#[tokio::test]
async fn an_ordinary_ticket_tells_an_administrator_nothing() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, NewThread::from_customer("C-1", "Ola", "Gdzie paczka?").about_order("1-A"));
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(stands(&rig, ticket, "Do administratora"), 0);
    assert_eq!(requests(&rig, "POST tickets"), 1);
    assert_eq!(rig.world.customers()[0].surname, "Ola");
}

#[tokio::test]
async fn a_buyer_whom_the_crm_knows_once_is_not_told_of_as_several() {
    let shop = Shop::open().await;
    let customer = json!({ "surname": "Kowalski", "custom_fields": { "Empik ID": "C-1" } });
    let client = wire::client(wire::Reach::Anywhere).expect("a client");
    let request = client.post(format!("{}/api/customers", shop.stack.twins().thulium()));
    let request = request.basic_auth("api", Some("thulium-pass")).header("content-type", "application/json");
    let answer = request.body(customer.to_string()).send().await.expect("an answer");
    assert!(answer.status().is_success());
    shop.buyer_opens("Gdzie paczka?");
    shop.settle_clean().await;
    let known = shop.world().customers().remove(0).customer_id;
    assert_eq!(shop.ticket().customer_id, Some(known));
    assert!(shop.ticket().messages.iter().all(|entry| !entry.text().contains("kilka kart")));
}

#[tokio::test]
async fn a_crm_record_that_was_announced_is_made_as_soon_as_it_is_surely_missing() {
    let rig = Rig::new(Options::default()).await;
    let announced = rig.world.now();
    let id = &rig.settings.id;
    let written = rig.ledger().announce_buyer(id, "C-1", announced, None).await.expect("an answer");
    assert_eq!(written, Write::Done);
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.world.set_time(announced + bridge::engine::SETTLE_TICKET);
    rig.tick().await;
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn the_clock_that_thulium_refuses_in_a_new_ticket_is_shown_in_it_all_the_same() {
    const FIELD: &str = "Empik czeka od";
    let options = Options {
        settings: |settings| settings.thulium.reply_needed_field = FIELD.into(),
        switches: |all| all.thulium.refused_ticket_parts = [FIELD.to_owned()].into(),
    };
    let (rig, _, ticket) = begun(options).await;
    let fields = rig.world.ticket(ticket).expect("a ticket").custom_fields;
    assert_eq!(fields.get(FIELD).map(String::as_str), Some("2026-11-23 13:00"));
}

/// Mails that have nothing to do with the marketplace.
fn mails(rig: &Rig, count: usize) {
    for n in 0..count {
        let mail = NewMail {
            from: format!("ktos-{n}@example.org"),
            subject: "Pytanie".into(),
            body: "Dzień dobry".into(),
            ticket_queue_id: None,
        };
        rig.world.receive_mail(mail).expect("a ticket");
    }
}

/// A thread whose ticket was opened without an answer.
async fn opened_without_an_answer(rig: &Rig) -> String {
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, Fault::LostAnswer));
    let thread = opens(rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    assert_eq!(requests(rig, "POST tickets"), 1);
    thread
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_behind_hundreds_of_others() {
    let no_field: fn(&mut Settings) = |settings| settings.thulium.thread_field = String::new();
    // By the field however many came in since; without it among the last five hundred.
    for (settings, others) in [(Options::default().settings, 510), (no_field, 250)] {
        let rig = Rig::new(Options { settings, ..Options::default() }).await;
        let thread = opened_without_an_answer(&rig).await;
        mails(&rig, others);
        assert!(rig.settle().await);
        assert_eq!(rig.world.tickets().len(), others + 1);
        assert!(rig.ticket_of(&thread).await.is_some());
    }
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_waited_for_while_none_can_be_listed() {
    let rig = Rig::new(Options::default()).await;
    let thread = opened_without_an_answer(&rig).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets", fails(500)));
    for _ in 0..8 {
        rig.minute().await;
    }
    assert!(rig.world.remove_fault(down));
    assert!(rig.settle().await);
    assert_eq!(rig.world.tickets().len(), 1);
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_by_an_account_that_does_not_search_by_field() {
    let rig = Rig::new(Options::default()).await;
    let thread = opened_without_an_answer(&rig).await;
    rig.world.set_interceptor(Some(Arc::new(|operation| {
        match operation.query.iter().any(|(name, _)| name.starts_with("custom_fields")) {
            true => FaultDecision::Inject(fails(400)),
            false => FaultDecision::Pass,
        }
    })));
    assert!(rig.settle().await);
    assert_eq!((rig.world.tickets().len(), rig.parked().await.len()), (1, 0));
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_beside_one_that_cannot_be_read_any_more() {
    let merged = |all: &mut Switches| all.thulium.merged_ticket = MergedTicket::NotFound;
    let (rig, thread, ticket) = begun(Options { switches: merged, ..Options::default() }).await;
    let other = opens(&rig, asks("C-1", "Czy są inne kolory?"));
    assert!(rig.settle().await);
    let into = rig.ticket_of(&other).await.expect("a ticket");
    rig.world.merge_tickets(ticket, into).expect("merged");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, Fault::LostAnswer));
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!((rig.world.tickets().len(), rig.parked().await.len()), (3, 0));
    let now = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!((now != ticket, stands(&rig, now, "Halo?")), (true, 1));
}

#[tokio::test]
async fn after_a_restart_only_tickets_that_changed_lately_are_read() {
    let (rig, _, _) = begun(Options::default()).await;
    rig.advance(3600);
    opens(&rig, asks("C-2", "Czy są inne kolory?"));
    assert!(rig.settle().await);
    rig.restart();
    let before = requests(&rig, "GET tickets/:id");
    rig.minute().await;
    assert_eq!(requests(&rig, "GET tickets/:id"), before + 1);
}

/// Threads about so many orders each.
fn open_about(rig: &Rig, threads: usize, orders: usize) {
    for n in 0..threads {
        let ids = (0..orders).map(|order| format!("{n}-{order}"));
        let thread = ids.fold(asks("C-1", "Gdzie paczka?"), |thread, id| thread.about_order(&id));
        opens(rig, thread);
    }
}

/// Sets the state of the orders of so many threads.
fn set_orders(rig: &Rig, threads: usize, orders: usize, state: &str) {
    for (n, order) in (0..threads).flat_map(|n| (0..orders).map(move |order| (n, order))) {
        let order = json!({ "order_id": format!("{n}-{order}"), "order_state": state });
        rig.world.put_order(order).expect("an order");
    }
}

/// Comments that tell of a change.
fn changes_told(rig: &Rig) -> usize {
    let tickets = rig.world.tickets().into_iter().flat_map(|ticket| ticket.messages);
    tickets.filter(|entry| entry.text().starts_with("Zmiana zamówienia")).count()
}

/// A quarter of an hour later, a look at the watched orders.
async fn look(rig: &Rig) {
    rig.advance(14 * 60);
    rig.minute().await;
}

#[tokio::test]
async fn as_many_orders_as_one_call_gives_are_looked_at_in_one_look_and_more_in_two() {
    for (threads, orders, looks) in [(50, 2, 1), (50, 3, 2)] {
        let rig = Rig::new(Options::default()).await;
        set_orders(&rig, threads, orders, "SHIPPING");
        open_about(&rig, threads, orders);
        rig.minute().await;
        // What did not fit into the call that the tickets were opened with.
        for _ in 0..3 {
            look(&rig).await;
        }
        set_orders(&rig, threads, orders, "SHIPPED");
        for _ in 0..looks {
            look(&rig).await;
        }
        assert_eq!(changes_told(&rig), threads, "{orders} orders each");
    }
}

#[tokio::test]
async fn watching_that_is_switched_off_ends_for_tickets_that_were_opened_before() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let mut settings = rig.settings.clone();
    settings.empikplace.order_watch_days = 0;
    let written = rig.ledger().put_settings(&settings, rig.world.now()).await.expect("an answer");
    assert_eq!(written, Write::Done);
    set_orders(&rig, 1, 1, "SHIPPED");
    let asked = requests(&rig, "OR11");
    look(&rig).await;
    look(&rig).await;
    assert_eq!((changes_told(&rig), requests(&rig, "OR11")), (0, asked));
}

#[tokio::test]
async fn a_change_that_may_not_have_been_told_is_remembered() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    set_orders(&rig, 1, 1, "SHIPPED");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, Fault::LostAnswer));
    look(&rig).await;
    assert_eq!((changes_told(&rig), rig.waiting().await.len()), (1, 1));
    assert!(rig.settle().await);
    look(&rig).await;
    assert_eq!(changes_told(&rig), 1);
}

#[tokio::test]
async fn the_first_look_after_a_closed_ticket_came_back_tells_what_changed() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let thread = rig.world.threads().remove(0).id;
    rig.world.close_ticket(rig.ticket_of(&thread).await.expect("a ticket")).expect("closed");
    set_orders(&rig, 1, 1, "SHIPPED");
    look(&rig).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    assert_eq!(changes_told(&rig), 0, "it was closed at the last look");
    rig.advance(13 * 60);
    rig.minute().await;
    assert_eq!(changes_told(&rig), 1);
}

#[tokio::test]
async fn a_closed_ticket_is_read_once_in_half_an_hour_for_its_orders() {
    let rig = Rig::new(Options::default()).await;
    set_orders(&rig, 1, 1, "SHIPPING");
    open_about(&rig, 1, 1);
    assert!(rig.settle().await);
    let thread = rig.world.threads().remove(0).id;
    rig.world.close_ticket(rig.ticket_of(&thread).await.expect("a ticket")).expect("closed");
    assert!(rig.settle().await);
    set_orders(&rig, 1, 1, "SHIPPED");
    let mut reads = Vec::new();
    for _ in 0..5 {
        let before = requests(&rig, "GET tickets/:id");
        look(&rig).await;
        reads.push(requests(&rig, "GET tickets/:id") - before);
    }
    assert_eq!(reads, [1, 0, 1, 0, 1]);
}

#[tokio::test]
async fn a_refused_ticket_whose_simpler_form_gave_no_answer_is_opened_once() {
    // One part is refused, and then three: the last try is the one that is taken.
    for parts in [&["tags"] as &[&str], &["tags", "source", "category_id"]] {
        let refused = |rig: &Rig| {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            rig.world.switch(|all| all.thulium.refused_ticket_parts = parts);
        };
        let rig = Rig::new(Options::default()).await;
        refused(&rig);
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        assert!(rig.settle().await);
        let tries = requests(&rig, "POST tickets") as u64;
        assert!(tries > 1 && rig.world.tickets()[0].tags.is_empty());

        let rig = Rig::new(Options::default()).await;
        refused(&rig);
        rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", tries, Fault::LostAnswer));
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        assert!(rig.settle().await);
        assert_eq!((rig.world.tickets().len(), requests(&rig, "POST tickets") as u64), (1, tries));
    }
}

#[tokio::test]
async fn an_hour_after_a_refusal_the_part_is_tried_again() {
    for (seconds, tags) in [(3599, 0), (3600, 1)] {
        let rig = Rig::new(Options::default()).await;
        rig.world.switch(|all| all.thulium.refused_ticket_parts = ["tags".to_owned()].into());
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.tick().await;
        assert_eq!(rig.world.tickets()[0].tags.len(), 0);
        rig.world.switch(|all| all.thulium.refused_ticket_parts.clear());
        rig.advance(seconds);
        opens(&rig, asks("C-2", "Czy są inne kolory?"));
        rig.tick().await;
        assert_eq!(rig.world.tickets()[1].tags.len(), tags, "after {seconds} s");
    }
}

#[tokio::test]
async fn ten_minutes_after_nothing_has_helped_simpler_tickets_are_tried_again() {
    for (seconds, at_once) in [(599, true), (600, false)] {
        let rig = Rig::new(Options::default()).await;
        rig.world.switch(|all| all.thulium.refused_ticket_parts = ["subject".to_owned()].into());
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.tick().await;
        let before = requests(&rig, "POST tickets");
        rig.advance(seconds);
        opens(&rig, asks("C-2", "Czy są inne kolory?"));
        rig.tick().await;
        assert_eq!(requests(&rig, "POST tickets") - before == 1, at_once, "after {seconds} s");
    }
}

/// What the poller's daily sweep says of the only shop.
async fn swept(stack: &Stack) -> Value {
    let event = json!({ "shard": 0, "shards": 1, "reconcile": { "days": 2 } });
    stack.tick_event(event).await.expect("a result")["integrations"][0].clone()
}

#[tokio::test]
async fn a_sweep_that_was_interrupted_counts_from_when_it_began() {
    let world = World::new(WorldOptions::default()).expect("a world");
    world.set_time(START.parse().expect("a time"));
    let stack = Stack::joined(world).await.expect("a stack");
    let later = |minutes: i64| stack.world().advance(SignedDuration::from_mins(minutes));
    stack.world().add_fault(FaultRule::nth(Side::Empikplace, "M11", 1, fails(500)));
    let first = swept(&stack).await;
    assert!(!first["next"].is_null(), "{first}");
    later(12 * 60);
    let on = swept(&stack).await;
    assert_eq!((&on["integration"], &on["reason"]), (&json!("shop-a"), &Value::Null), "{on}");
    later(11 * 60 + 29);
    assert_eq!(swept(&stack).await["reason"], "the sweep of this day is through");
    later(1);
    assert_eq!(swept(&stack).await["reason"], Value::Null, "half an hour less than a day later");
}

#[tokio::test]
async fn a_sweep_leaves_half_of_the_calls_to_the_ticks() {
    let settings = |settings: &mut Settings| settings.empikplace.calls_per_hour = 20;
    let rig = Rig::new(Options { settings, ..Options::default() }).await;
    for n in 0..15 {
        opens(&rig, asks(&format!("C-{n}"), "Gdzie paczka?").about_order(&format!("{n}-A")));
    }
    let found = rig.reconcile(days_back(rig.world.now(), 2)).await.expect("alive");
    assert_eq!((found.integration.as_str(), found.reason), ("shop-a", Some(Halted::Calls)));
    assert_eq!(found.calls.empikplace, 10);
}

#[tokio::test]
async fn a_sweep_goes_on_behind_the_threads_that_it_could_hold() {
    let rig = Rig::new(Options::default()).await;
    for n in 0..400 {
        let mail = asks(&format!("C-{n}"), "Państwa paczka jest w drodze.");
        opens(&rig, NewThread { from: Some(Author::Shop), ..mail });
        rig.advance(1);
    }
    let thread = opens(&rig, asks("C-1000", "A moja?"));
    let found = rig.reconcile(days_back(rig.world.now(), 2)).await.expect("alive");
    assert_eq!((found.reason, rig.ticket_of(&thread).await), (None, None));
    let next = found.next.expect("there is more");
    let found = rig.reconcile(next).await.expect("alive");
    assert_eq!((found.next, rig.ticket_of(&thread).await.is_some()), (None, true));
}

#[tokio::test]
async fn the_lease_of_a_sweep_outlives_the_call_that_it_may_have_under_way() {
    let rig = Rig::new(Options::default()).await;
    let first = Point { place: Place::Empikplace, operation: "M11".to_owned(), nth: 1 };
    rig.line.plan([(first, Struck::KilledBefore)]);
    assert!(rig.reconcile(days_back(rig.world.now(), 2)).await.is_none(), "killed");
    for (seconds, status) in [(60, "skipped"), (79, "skipped"), (1, "ok")] {
        rig.advance(seconds);
        assert_eq!(rig.tick().await.expect("alive").status, status);
    }
}
