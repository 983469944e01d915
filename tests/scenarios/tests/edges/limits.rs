//! Where a rule ends: the last character, file, minute and call that it allows, and the first that it
//! does not; and two that look at the same thing at the same time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bridge::ledger::{Ledger, Write};
use bridge::settings::{AutoReplyWhen, Settings};
use jiff::{SignedDuration, Timestamp};
use scenarios::shop::Shop;
use scenarios::{Fault as Strike, Options, Place, Point, Rig, database};
use twins::{
    AgentReply, At, Author, ClosedTicket, Fault, FaultRule, MessageKind, NewComment, NewFile, NewMail,
    NewMessage, NewThread, ParticipantKind, Side,
};

use crate::support::{COMMENT, LOGIN, answers, fails, requests, sent, writes};

/// Asked for what is due at the beginning of a tick, and twice for what is watched.
const WAITING: &str = "Query waiting";

fn opens(rig: &Rig, buyer: &str, text: &str) -> String {
    rig.world.open_thread(NewThread::from_customer(buyer, "Jan K.", text)).expect("a thread").thread_id
}

/// A thread in which the shop has written and nobody else: it opens no ticket.
fn shop_writes(rig: &Rig, n: usize) {
    let new = NewThread::from_customer(&format!("S-{n}"), "Jan K.", "Paczka została wysłana.");
    rig.world.open_thread(NewThread { from: Some(Author::Shop), ..new }).expect("a thread");
}

/// A rig with one conversation and its ticket.
async fn begun(options: Options) -> (Rig, String, u64) {
    let rig = Rig::new(options).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    (rig, thread, ticket)
}

fn with(settings: fn(&mut Settings)) -> Options {
    Options { settings, ..Options::default() }
}

/// An agent's reply with files of these names and sizes.
fn answers_with(rig: &Rig, ticket: u64, files: &[(&str, usize)]) {
    let file = |(name, size): &(&str, usize)| NewFile {
        name: (*name).into(),
        size: Some(*size),
        ..NewFile::default()
    };
    let attachments = files.iter().map(file).collect();
    let reply = AgentReply { attachments, ..AgentReply::new(LOGIN, "W załączniku.") };
    rig.world.agent_reply(ticket, reply).expect("a reply");
}

/// Sizes of the files that the bridge has sent into a thread.
fn files_sent(rig: &Rig, thread: &str) -> Vec<u64> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    let ours = messages.into_iter().filter(|m| m.author == Author::Api);
    ours.flat_map(|m| m.attachments).map(|a| a.size).collect()
}

/// The comments of a ticket that hold a text.
fn comments(rig: &Rig, ticket: u64, text: &str) -> Vec<String> {
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    let comments = messages.iter().filter(|m| m.kind == MessageKind::Comment).map(|m| m.text().to_owned());
    comments.filter(|comment| comment.contains(text)).collect()
}

async fn cursor(rig: &Rig) -> Option<Timestamp> {
    rig.ledger().cursor(&rig.settings.id).await.expect("the ledger").and_then(|cursor| cursor.empikplace)
}

/// Until a rule has struck so many calls.
async fn struck(rig: &Rig, rule: u64, calls: u64) {
    while rig.world.faults().iter().any(|(id, _, seen)| *id == rule && *seen < calls) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_plain_reply_costs_its_two_writes_and_leaves_nothing_in_its_ticket() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let before = rig.world.ticket(ticket).expect("a ticket").messages.len();
    assert_eq!(comments(&rig, ticket, "Przypomnienie").len(), 0, "reminders are a setting");
    let written = || rig.line.calls().iter().filter(|c| c.point.operation == "PutItem delivery").count();
    answers(&rig, ticket, "Paczka jest w drodze.");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").messages.len(), before + 1, "the reply alone");
    assert_eq!(written(), 2, "announced and delivered");
    assert_eq!(requests(&rig, "PUT tickets/:id"), 0, "the reply clock has a field where that is set");
    let looked_up = requests(&rig, "GET customers");
    shop_writes(&rig, 1);
    assert!(rig.settle().await);
    assert_eq!(requests(&rig, "GET customers"), looked_up, "no ticket, nobody to look for");
}

/// One of the two is slow to tell, and has announced that it does.
#[tokio::test]
async fn what_is_left_out_or_refused_is_told_once_where_two_look_at_it_at_the_same_time() {
    let image = r#"<p>Jak na rysunku.</p><img src="cid:1">"#;
    for (text, file, told) in [
        (image, None, "bez obrazów"),
        ("W załączniku.", Some("skrypt.exe"), "bez części plików"),
        ("ok", None, "mniej niż 3 znaki"),
    ] {
        let (rig, thread, ticket) = begun(Options::default()).await;
        let attachments = file.map(|name| NewFile::new(name, b"x")).into_iter().collect();
        let reply = AgentReply { attachments, ..AgentReply::new(LOGIN, text) };
        rig.world.agent_reply(ticket, reply).expect("a reply");
        rig.advance(60);
        let slow = Fault::Slow { ms: 1_500, at: At::Before };
        let rule = rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, slow));
        let other = async {
            struck(&rig, rule, 1).await;
            rig.hint(ticket).await
        };
        tokio::join!(rig.tick(), other);
        assert!(rig.settle().await);
        assert_eq!(comments(&rig, ticket, told).len(), 1, "{told}");
        assert_eq!(sent(&rig, &thread).len(), usize::from(text != "ok"));
    }
}

/// The ledger knows who took part when the thread was read last.
#[tokio::test]
async fn who_takes_part_is_asked_again_before_a_reply_is_refused() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let mut conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    conversation.operator_authorised = false;
    conversation.version += 1;
    assert_eq!(rig.ledger().save(&conversation, "somebody").await.expect("an answer"), Write::Done);
    answers(&rig, ticket, "@operator<br>Proszę o pomoc.");
    rig.hint(ticket).await;
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    let to: Vec<_> = messages.into_iter().filter(|m| m.author == Author::Api).flat_map(|m| m.to).collect();
    assert_eq!(to.iter().map(|p| p.kind).collect::<Vec<_>>(), [ParticipantKind::Operator]);
}

#[tokio::test]
async fn a_reply_into_a_conversation_that_is_gone_says_so() {
    // It is gone when the reply is sent, and when the thread is read for the guard.
    for (gone, settings) in [
        ("M12", (|_| {}) as fn(&mut Settings)),
        ("M10", |settings: &mut Settings| settings.replies.stale_guard = true),
    ] {
        let (rig, thread, ticket) = begun(with(settings)).await;
        rig.world.add_fault(FaultRule::always(Side::Empikplace, gone, fails(404)));
        answers(&rig, ticket, "Paczka jest w drodze.");
        rig.minute().await;
        assert_eq!(comments(&rig, ticket, "tej rozmowy nie ma już na EmpikPlace").len(), 1, "{gone}");
        assert_eq!((sent(&rig, &thread).len(), rig.parked().await.len()), (0, 1), "{gone}");
    }
}

#[tokio::test]
async fn a_thread_that_cannot_be_read_for_the_guard_is_asked_for_ever_more_rarely_and_then_given_up() {
    let (rig, thread, ticket) = begun(with(|settings| settings.replies.stale_guard = true)).await;
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M10", fails(500)));
    answers(&rig, ticket, "Paczka jest w drodze.");
    for _ in 0..60 {
        rig.minute().await;
    }
    let looks = requests(&rig, "M10");
    assert!((4..=8).contains(&looks), "{looks} looks in an hour");
    for _ in 0..30 {
        rig.advance(3_600);
        rig.tick().await;
    }
    assert_eq!((sent(&rig, &thread).len(), rig.waiting().await.len(), rig.parked().await.len()), (0, 0, 1));
    assert_eq!(comments(&rig, ticket, "od dłuższego czasu nie przyjmuje").len(), 1);
}

#[tokio::test]
async fn the_shortest_and_the_longest_reply_go_out() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let longest = "ą".repeat(50_000);
    answers(&rig, ticket, "Tak");
    answers(&rig, ticket, &longest);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Tak", longest.as_str()]);
}

#[tokio::test]
async fn a_file_that_just_fits_goes_along_and_the_next_one_stays() {
    const MB: usize = 1 << 20;
    let (rig, _, _) = begun(with(|settings| settings.replies.attachment_limit_mb = 1)).await;
    let cases: [(&[usize], &[u64]); 3] =
        [(&[MB], &[1 << 20]), (&[MB + 1], &[]), (&[600_000, 500_000, 400_000], &[600_000, 400_000])];
    for (n, (given, wanted)) in cases.into_iter().enumerate() {
        let thread = opens(&rig, &format!("B-{n}"), "Proszę o skan.");
        assert!(rig.settle().await);
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        let names: Vec<String> = (0..given.len()).map(|n| format!("skan {n}.pdf")).collect();
        let files: Vec<_> = names.iter().map(String::as_str).zip(given.iter().copied()).collect();
        answers_with(&rig, ticket, &files);
        assert!(rig.settle().await);
        assert_eq!(
            (files_sent(&rig, &thread).as_slice(), sent(&rig, &thread).len()),
            (wanted, 1),
            "{given:?}"
        );
    }
}

/// Where Thulium lets agents attach more than it shows in its own window.
#[tokio::test]
async fn a_file_that_is_too_large_to_be_read_does_not_hold_up_the_text() {
    let (rig, thread, ticket) = begun(Options {
        switches: |switches| switches.thulium.upload_bytes = 27 << 20,
        ..Options::default()
    })
    .await;
    answers_with(&rig, ticket, &[("film.mp4", 26 << 20), ("skan.pdf", 1_000)]);
    rig.minute().await;
    assert_eq!((sent(&rig, &thread).len(), files_sent(&rig, &thread)), (1, vec![1_000]));
    assert_eq!(comments(&rig, ticket, "limit 10 MB").len(), 1);
}

/// What EmpikPlace refuses is tried with fewer files where that is any use, and whoever reads the ticket
/// knows of every file before the text goes without it.
#[tokio::test]
async fn files_that_an_order_has_no_room_for_stay_and_are_told_of_first() {
    // Room for one more, of a type that is refused; and no room at all.
    for (present, calls) in [(49, 2), (50, 3)] {
        let rig = Rig::new(with(|settings| settings.replies.file_types = Vec::new())).await;
        let attachments = (0..present).map(|n| NewFile::new(&format!("{n}.png"), b"x")).collect();
        let new = NewThread::from_customer("C-1", "Jan K.", "Zdjęcia w załączniku.");
        let new = NewThread { attachments, ..new };
        let thread = rig.world.open_thread(new).expect("a thread").thread_id;
        assert!(rig.settle().await);
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        answers_with(&rig, ticket, &[("zdjecie.heic", 1_000)]);
        if present == 50 {
            // The process dies before it can tell; nothing may have gone by then.
            let nth = 1 + rig.line.calls().iter().filter(|c| c.point.operation == COMMENT).count();
            let tells = Point { place: Place::Thulium, operation: COMMENT.to_owned(), nth };
            rig.line.plan([(tells, Strike::KilledBefore)]);
            assert!(rig.minute().await.is_none(), "killed");
            assert_eq!(sent(&rig, &thread).len(), 0);
        }
        assert!(rig.settle().await);
        assert_eq!((sent(&rig, &thread).len(), files_sent(&rig, &thread).len()), (1, 0));
        assert_eq!(comments(&rig, ticket, "zdjecie.heic").len(), 1);
        assert_eq!(requests(&rig, "M12"), calls, "{present} files are there");
    }
}

#[tokio::test]
async fn a_reply_with_a_file_goes_out_once_whatever_becomes_of_the_call() {
    for fault in [
        Fault::LostAnswer,
        Fault::GarbageBody,
        Fault::Status { code: 500, retry_after: None, at: At::After },
        Fault::Status { code: 429, retry_after: Some(60), at: At::Before },
        fails(503),
    ] {
        let (rig, thread, ticket) = begun(Options::default()).await;
        rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fault.clone()));
        answers_with(&rig, ticket, &[("skan.pdf", 1_000)]);
        assert!(rig.settle().await);
        assert_eq!((sent(&rig, &thread).len(), files_sent(&rig, &thread)), (1, vec![1_000]), "{fault:?}");
        assert_eq!(comments(&rig, ticket, "skan.pdf").len(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_under_way_is_looked_for_when_it_may_be_found_and_not_before() {
    for (fault, seconds) in [(Strike::KilledAfter, 120), (Strike::AnswerLost, 60)] {
        let (rig, thread, ticket) = begun(Options::default()).await;
        let sends = Point { place: Place::Empikplace, operation: "M12".to_owned(), nth: 1 };
        rig.line.plan([(sends, fault)]);
        answers(&rig, ticket, "Paczka jest w drodze.");
        rig.minute().await;
        let due: Vec<_> = rig.waiting().await.iter().map(|waits| waits.at).collect();
        assert_eq!(due, [rig.world.now() + SignedDuration::from_secs(seconds)], "{fault:?}");
        assert!(rig.settle().await);
        assert_eq!(sent(&rig, &thread).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_receipt_names_the_reply_that_it_is_for() {
    let (rig, _, ticket) = begun(with(|settings| settings.replies.receipts = true)).await;
    for text in ["Paczka jest w drodze.", "Paczka jest w Łodzi."] {
        answers(&rig, ticket, text);
        assert!(rig.settle().await);
        rig.advance(600);
    }
    let receipts = comments(&rig, ticket, "dostarczono na EmpikPlace");
    let written: Vec<_> = receipts.iter().filter_map(|r| Some(r.split_once(" dostarczono")?.0)).collect();
    assert_eq!(written.len(), 2, "{receipts:?}");
    assert_ne!(written[0], written[1], "each names the minute in which its reply was written");
}

/// It answers outside of business hours; the day begins within them.
fn closed(settings: &mut Settings) {
    settings.replies.auto_reply = "Dziękujemy, {name}.".into();
    settings.replies.auto_reply_when = AutoReplyWhen::Closed;
}

#[tokio::test]
async fn the_own_reply_follows_an_agents_answer_of_the_day_and_no_automatic_one() {
    for automatic in [false, true] {
        let (rig, thread, ticket) = begun(with(closed)).await;
        match automatic {
            true => rig.world.automatic_reply(ticket, "Odpowiemy jutro.", "").expect("a reply"),
            false => answers(&rig, ticket, "Odpowiemy jutro.").0,
        };
        assert!(rig.settle().await);
        assert_eq!(sent(&rig, &thread), ["Odpowiemy jutro."]);
        // Eight in the evening.
        rig.advance(7 * 3_600);
        writes(&rig, &thread, Author::Customer, "Halo?");
        assert!(rig.settle().await);
        assert_eq!(sent(&rig, &thread).len(), if automatic { 1 } else { 2 });
    }
}

#[tokio::test]
async fn the_own_reply_comes_within_twelve_hours_or_not_at_all_and_names_nobody_it_does_not_know() {
    for (seconds, wanted) in [(12 * 3_600 - 1, &["Dziękujemy, Klient EmpikPlace."][..]), (12 * 3_600, &[])] {
        let rig = Rig::new(with(|settings| settings.replies.auto_reply = "Dziękujemy, {name}.".into())).await;
        let new = NewThread::from_customer("C-1", "", "Gdzie paczka?");
        let thread = rig.world.open_thread(new).expect("a thread").thread_id;
        rig.advance(seconds);
        assert!(rig.tick().await.is_some());
        assert_eq!(
            rig.waiting().await.len(),
            0,
            "what the agents are told of it was written in the same tick"
        );
        assert!(rig.settle().await);
        assert_eq!(sent(&rig, &thread), wanted, "{seconds} s later");
    }
}

/// Its thread is read again for what it says, and says whether it is still wanted.
#[tokio::test]
async fn an_own_reply_that_waits_is_not_given_up_for_a_thread_that_cannot_be_read() {
    let rig = Rig::new(with(|settings| settings.replies.auto_reply = "Dziękujemy.".into())).await;
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    let pause = Fault::Status { code: 429, retry_after: Some(60), at: At::Before };
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, pause));
    let unread = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M10", fails(500)));
    for _ in 0..5 {
        rig.minute().await;
    }
    assert_eq!((sent(&rig, &thread).len(), rig.waiting().await.len()), (0, 1));
    assert!(rig.world.remove_fault(unread));
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Dziękujemy."]);
}

#[tokio::test]
async fn a_list_that_breaks_off_gives_what_was_read_and_one_that_gave_nothing_is_asked_for_at_once() {
    let rig = Rig::new(with(|settings| settings.empikplace.poll_seconds = 300)).await;
    for n in 0..100 {
        shop_writes(&rig, n);
    }
    rig.advance(1);
    opens(&rig, "C-1", "Gdzie paczka?");
    let rule = FaultRule { count: Some(1), ..FaultRule::nth(Side::Empikplace, "M11", 1, fails(500)) };
    rig.world.add_fault(rule);
    let report = rig.tick().await.expect("alive");
    assert_eq!((report.status, rig.world.tickets().len()), ("failed", 0));
    // The second page of two.
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M11", 2, fails(500)));
    rig.minute().await;
    assert_eq!((rig.world.tickets().len(), cursor(&rig).await), (1, None), "the cursor stays");
    rig.advance(300);
    rig.tick().await;
    let first = cursor(&rig).await.expect("the list was read to its end");
    rig.advance(1_200);
    opens(&rig, "C-2", "A moja?");
    rig.tick().await;
    assert!(cursor(&rig).await.is_some_and(|now| now > first), "it follows what changes");
}

#[tokio::test]
async fn no_more_pages_are_read_than_there_are_calls_and_there_is_time() {
    let (rig, ..) = begun(Options::default()).await;
    for n in 0..501 {
        shop_writes(&rig, n);
    }
    // The time of the visit is up while the second page is under way.
    let slow = Fault::Slow { ms: 2_000, at: At::After };
    let rule = rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M11", 2, slow));
    rig.advance(60);
    let before = requests(&rig, "M11");
    let time_is_up = async {
        struck(&rig, rule, 2).await;
        rig.advance(55);
    };
    tokio::join!(rig.tick(), time_is_up);
    assert_eq!(requests(&rig, "M11") - before, 2, "pages in time");
    rig.world.clear_faults();

    let few = Rig::new(with(|settings| {
        settings.empikplace.calls_per_hour = 12;
        settings.empikplace.poll_seconds = 300;
    }))
    .await;
    for n in 0..1_301 {
        shop_writes(&few, n);
    }
    // A call flows back every five minutes; the list is due half a minute before.
    for (seconds, calls) in [(0, 12), (270, 12), (30, 13)] {
        few.advance(seconds);
        few.tick().await;
        assert_eq!(requests(&few, "M11"), calls, "pages that may be read");
    }
}

/// All of them changed within the minutes that every list is read again for.
#[tokio::test]
async fn more_threads_than_one_tick_holds_are_worked_off_although_they_are_listed_again() {
    let rig = Rig::new(Options::default()).await;
    for n in 0..450 {
        shop_writes(&rig, n);
    }
    rig.advance(1);
    opens(&rig, "C-1", "Gdzie paczka?");
    for _ in 0..3 {
        rig.minute().await;
    }
    assert_eq!(rig.world.tickets().len(), 1);
}

/// Four conversations are worked on at the same time; those may have asked already.
#[tokio::test]
async fn a_side_that_is_out_is_not_asked_for_every_conversation() {
    let shop = Shop::open().await;
    let threads = (0..8).map(|n| shop.opens(NewThread::from_customer(&format!("C-{n}"), "Jan K.", "Halo?")));
    let threads: Vec<String> = threads.collect();
    shop.settle_clean().await;
    let tickets: Vec<u64> = shop.tickets().iter().map(|t| t.ticket_id).collect();
    assert_eq!(tickets.len(), 8);
    for ticket in &tickets {
        shop.agent(*ticket, "Paczka jest w drodze.");
    }
    let pause = Fault::Status { code: 429, retry_after: Some(60), at: At::Before };
    let rule = shop.world().add_fault(FaultRule::always(Side::Empikplace, "M12", pause));
    shop.tick().await;
    assert!((1..=4).contains(&shop.requests("M12")), "{} calls", shop.requests("M12"));
    assert!(shop.world().remove_fault(rule));
    shop.settle_clean().await;

    // Nobody listens there at all.
    let settings = shop.stack.settings();
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nowhere = format!("http://{}", port.local_addr().expect("an address"));
    drop(port);
    let mut away = settings.clone();
    away.empikplace.url = nowhere;
    shop.stack.add_integration(&away, shop.stack.secret()).await.expect("stored");
    for ticket in &tickets {
        shop.agent(*ticket, "Paczka jest w Łodzi.");
    }
    let row = shop.tick().await;
    let calls = row["calls"]["empikplace"].as_u64().unwrap_or_default();
    assert!((1..=5).contains(&calls), "the list and four replies: {row}");
    shop.stack.add_integration(&settings, shop.stack.secret()).await.expect("stored");
    shop.settle_clean().await;
    assert!(threads.iter().all(|thread| shop.sent(thread).len() == 2));
}

/// The tables are out once the threads are loaded.
#[tokio::test]
async fn no_orders_are_asked_for_by_a_tick_that_has_stopped() {
    let (rig, ..) = begun(Options::default()).await;
    rig.restart();
    let nth = 2 + rig.line.calls().iter().filter(|c| c.point.operation == WAITING).count();
    let watched = Point { place: Place::Ledger, operation: WAITING.to_owned(), nth };
    rig.line.plan([(watched, Strike::ErrorBefore)]);
    let new = NewThread::from_customer("C-2", "Jan K.", "Gdzie paczka?").about_order("1-A");
    rig.world.open_thread(new).expect("a thread");
    rig.minute().await;
    assert!(rig.line.calls().iter().any(|c| c.point.operation == WAITING && c.fault.is_some()));
    assert_eq!((requests(&rig, "OR11"), rig.world.tickets().len()), (0, 1));
    assert!(rig.settle().await);
    assert_eq!(rig.world.tickets().len(), 2);
}

/// A colleague's message follows, whose file is not given out for a while.
#[tokio::test]
async fn a_closed_ticket_comes_back_although_what_follows_the_buyers_message_fails() {
    let (rig, thread, ticket) = begun(Options {
        switches: |switches| switches.thulium.closed_ticket = ClosedTicket::StaysClosed,
        ..Options::default()
    })
    .await;
    rig.world.close_ticket(ticket).expect("closed");
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    let attachments = vec![NewFile::new("skan.pdf", b"%PDF")];
    let from_panel =
        NewMessage { attachments, ..NewMessage::new(Author::Shop, "Wysłaliśmy, skan w załączniku.") };
    rig.world.write(&thread, from_panel).expect("a message");
    rig.minute().await;
    rig.restart();
    assert!(rig.settle().await);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, 1);
}

#[tokio::test]
async fn what_a_tick_has_carried_is_written_down_by_it() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").messages[0].kind, MessageKind::Mail);
    let conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    assert_eq!(conversation.intent, None, "nothing is left to look up");
}

/// The thread whose look is due is read although others are listed, once where it is listed itself, and
/// ever more rarely where it cannot be read.
#[tokio::test]
async fn a_thread_that_is_due_is_read_whatever_is_listed() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let other = opens(&rig, "C-2", "Czy są inne kolory?");
    assert!(rig.settle().await);
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    let attachments = vec![NewFile::new("paczka.png", b"x")];
    let damaged = NewMessage { attachments, ..NewMessage::new(Author::Customer, "Uszkodzona!") };
    rig.world.write(&thread, damaged).expect("a message");
    rig.minute().await;
    let due = rig.waiting().await.first().map(|waits| waits.at).expect("it waits");
    rig.world.set_time(due);
    writes(&rig, &thread, Author::Customer, "Halo?");
    let read = requests(&rig, "M10");
    rig.tick().await;
    assert_eq!(requests(&rig, "M10"), read, "it is listed anyway");
    let busy = async |count: usize| {
        for n in 0..count {
            writes(&rig, &other, Author::Customer, &format!("A może {n}?"));
            rig.minute().await;
        }
    };
    busy(8).await;
    rig.world.clear_faults();
    let unread = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M10", fails(500)));
    let read = requests(&rig, "M10");
    busy(60).await;
    let looks = requests(&rig, "M10") - read;
    assert!((1..=4).contains(&looks), "{looks} looks in an hour");
    assert!(rig.world.remove_fault(unread));
    busy(61).await;
    let messages = rig.world.ticket(ticket).expect("a ticket").messages;
    assert_eq!(messages.iter().filter(|m| m.text().contains("Uszkodzona!")).count(), 1);
}

/// Two conversations with their tickets.
async fn two_begun() -> (Rig, [String; 2], [u64; 2]) {
    let (rig, one, ticket) = begun(Options::default()).await;
    let other = opens(&rig, "C-2", "Czy są inne kolory?");
    assert!(rig.settle().await);
    let another = rig.ticket_of(&other).await.expect("a ticket");
    (rig, [one, other], [ticket, another])
}

#[tokio::test]
async fn a_ticket_whose_look_failed_is_looked_at_again_although_the_other_ones_went_well() {
    for which in [1, 2] {
        let (rig, threads, tickets) = two_begun().await;
        for ticket in tickets {
            // The second one brings a list that does not hold the first one any more.
            rig.advance(600);
            answers(&rig, ticket, "Paczka jest w drodze.");
        }
        // Long enough for a change to be taken for settled.
        rig.advance(300);
        rig.world.add_fault(FaultRule::nth(Side::Thulium, "GET tickets/:id", which, fails(500)));
        rig.tick().await;
        assert_eq!(threads.iter().map(|thread| sent(&rig, thread).len()).sum::<usize>(), 1);
        assert!(rig.settle().await);
        assert!(threads.iter().all(|thread| sent(&rig, thread).len() == 1), "number {which}");
    }
}

/// Thulium's dates have the grain of a minute.
#[tokio::test]
async fn a_reply_in_the_minute_of_the_last_look_is_found() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let now = rig.world.now();
    rig.advance(600 - now.as_second() % 60);
    answers(&rig, ticket, "Jeden.");
    rig.advance(10);
    rig.tick().await;
    rig.advance(10);
    answers(&rig, ticket, "Dwa.");
    rig.advance(600);
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."]);
}

/// The ticket of the older change stands outside of what is listed again.
#[tokio::test]
async fn a_ticket_whose_conversation_could_not_be_looked_up_is_not_passed_over() {
    let (rig, threads, tickets) = two_begun().await;
    rig.advance(600);
    answers(&rig, tickets[0], "Paczka jest w drodze.");
    rig.advance(1_200);
    answers(&rig, tickets[1], "Tylko czerwony.");
    rig.advance(60);
    let looked_up = "Query by_ticket";
    let nth = 1 + rig.line.calls().iter().filter(|c| c.point.operation == looked_up).count();
    let first = Point { place: Place::Ledger, operation: looked_up.to_owned(), nth };
    rig.line.plan([(first, Strike::ErrorBefore)]);
    rig.tick().await;
    assert!(rig.line.calls().iter().any(|c| c.point.operation == looked_up && c.fault.is_some()));
    assert!(rig.settle().await);
    assert!(threads.iter().all(|thread| sent(&rig, thread).len() == 1));
}

#[tokio::test]
async fn replies_are_found_on_every_page_of_changed_tickets() {
    let (rig, threads, tickets) = two_begun().await;
    rig.advance(600);
    answers(&rig, tickets[0], "Paczka jest w drodze.");
    rig.advance(5);
    for n in 0..210 {
        let mail = NewMail {
            from: format!("buyer-{n}@mail.example"),
            subject: "Pytanie".into(),
            body: "Czy są Państwo jutro?".into(),
            ticket_queue_id: None,
        };
        rig.world.receive_mail(mail).expect("a ticket");
    }
    rig.advance(5);
    answers(&rig, tickets[1], "Tylko czerwony.");
    let before = requests(&rig, "GET tickets");
    rig.tick().await;
    assert!(threads.iter().all(|thread| sent(&rig, thread).len() == 1));
    assert_eq!(requests(&rig, "GET tickets") - before, 3, "pages of a hundred");
    // Whose the other tickets are not is remembered once they have settled.
    rig.advance(230);
    rig.tick().await;
    let looked_up = || rig.line.calls().iter().filter(|c| c.point.operation == "Query by_ticket").count();
    let before = looked_up();
    rig.minute().await;
    assert_eq!(looked_up(), before);
    // And what changed long ago is not listed again.
    rig.advance(1_800);
    answers(&rig, tickets[0], "Paczka jest w Łodzi.");
    rig.minute().await;
    rig.restart();
    let before = looked_up();
    rig.minute().await;
    assert!(looked_up() - before <= 1);
}

#[tokio::test]
async fn an_unreadable_ticket_holds_the_others_to_the_last_second_of_its_day() {
    let (rig, _, tickets) = two_begun().await;
    let now = rig.world.now();
    rig.advance(600 - now.as_second() % 60);
    let changed = rig.world.now();
    answers(&rig, tickets[0], "Paczka jest w drodze.");
    rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets/:id", fails(500)));
    let watermark = async || {
        let cursor = rig.ledger().cursor(&rig.settings.id).await.expect("the ledger");
        cursor.and_then(|cursor| cursor.thulium).expect("a watermark")
    };
    rig.advance(600);
    rig.world
        .agent_comment(
            tickets[1],
            NewComment { login: LOGIN.into(), text: "Sprawdzić.".into(), attachments: Vec::new() },
        )
        .expect("a comment");
    rig.tick().await;
    let tried = rig.world.now();
    for (seconds, passes) in [(24 * 3_600, false), (24 * 3_600 + 1, true)] {
        rig.world.set_time(tried + SignedDuration::from_secs(seconds));
        rig.tick().await;
        assert_eq!(watermark().await > changed, passes, "{seconds} s after the first look");
    }
}

fn clocked(settings: &mut Settings) {
    settings.thulium.reply_needed_field = "Empik czeka od".into();
    settings.replies.remind_after_hours = 1;
}

/// The second one waits for an answer of its own, and is not found in the first.
#[tokio::test]
async fn a_reminder_comes_at_its_time_and_one_without_an_answer_is_looked_for() {
    let rig = Rig::new(with(clocked)).await;
    let asked = rig.world.now();
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    rig.tick().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    for (seconds, told) in [(3_599, 0), (3_600, 1)] {
        rig.world.set_time(asked + SignedDuration::from_secs(seconds));
        rig.tick().await;
        assert_eq!(comments(&rig, ticket, "Przypomnienie").len(), told, "after {seconds} s");
    }
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(comments(&rig, ticket, "Przypomnienie").len(), 1, "once as long as the shop owes an answer");
    answers(&rig, ticket, "Sprawdzamy.");
    assert!(rig.settle().await);
    writes(&rig, &thread, Author::Customer, "A kiedy?");
    for _ in 0..5 {
        rig.minute().await;
    }
    assert_eq!(comments(&rig, ticket, "Przypomnienie").len(), 1, "not before its time");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, fails(500)));
    rig.advance(3_600);
    for _ in 0..10 {
        rig.minute().await;
    }
    assert_eq!(comments(&rig, ticket, "Przypomnienie").len(), 2);
}

#[tokio::test]
async fn a_field_that_could_not_be_written_is_written_later() {
    let (rig, thread, ticket) = begun(with(clocked)).await;
    let shown = || rig.world.ticket(ticket).and_then(|t| t.custom_fields.get("Empik czeka od").cloned());
    assert_eq!(shown().as_deref(), Some("2026-11-23 13:00"));
    opens(&rig, "C-2", "A moja?");
    assert!(rig.settle().await);
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(requests(&rig, "PUT tickets/:id"), 0, "it shows that already");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "PUT tickets/:id", 1, fails(500)));
    writes(&rig, &thread, Author::Shop, "Jutro, z panelu.");
    assert!(rig.settle().await);
    assert_eq!(shown().unwrap_or_default(), "");
}

/// After more than a day at rest, such as a weekend on which the integration is switched off.
#[tokio::test]
async fn replies_that_a_tick_had_no_time_for_go_out_although_they_are_more_than_a_day_old() {
    for hours in [20, 30] {
        let rig = Rig::new(Options::default()).await;
        let threads: Vec<String> = (0..8).map(|n| opens(&rig, &format!("C-{n}"), "Gdzie paczka?")).collect();
        assert!(rig.settle().await);
        let tickets = rig.world.ticket_ids();
        rig.advance(600);
        for ticket in &tickets[1..] {
            answers(&rig, *ticket, "Paczka jest w drodze.");
        }
        rig.advance(hours * 3_600);
        answers(&rig, tickets[0], "Paczka jest w drodze.");
        rig.advance(60);
        // EmpikPlace asks for a pause, so that the tick stops before it has looked at all of them.
        let pause = Fault::Status { code: 429, retry_after: Some(60), at: At::Before };
        let rule = FaultRule { count: Some(4), ..FaultRule::nth(Side::Empikplace, "M12", 1, pause) };
        rig.world.add_fault(rule);
        rig.tick().await;
        rig.world.clear_faults();
        assert!(rig.settle().await);
        let sent: Vec<usize> = threads.iter().map(|thread| sent(&rig, thread).len()).collect();
        assert_eq!(sent, [1; 8], "{hours} hours later, {} parked", rig.parked().await.len());
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_warns_of_what_fails_by_what_it_means_and_of_nothing_else() {
    let log = Log::default();
    let writer = log.clone();
    runtime::telemetry::init_to(move || writer.clone(), Some("info"));
    // A panic is to show in the test's output, not in the log.
    drop(std::panic::take_hook());
    // Tests of the same process write to the same log.
    let http = wire::client(wire::Reach::Anywhere).expect("an HTTP client");
    let rig = Rig::on(&database().await, http, "shop-log", Options::default()).await;
    let lines = || {
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["integration.id"] == "shop-log").collect::<Vec<_>>()
    };
    let warnings = || lines().into_iter().filter(|line| line["level"] != "INFO").collect::<Vec<_>>();
    let thread = opens(&rig, "C-1", "Gdzie paczka?");
    assert!(rig.settle().await);
    assert!(!lines().is_empty(), "it is listened to");
    assert_eq!(warnings(), Vec::<serde_json::Value>::new());

    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    for code in [500, 404] {
        rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(code)));
        answers(&rig, ticket, "Paczka jest w drodze.");
        assert!(rig.settle().await);
    }
    let failures: Vec<_> = warnings().into_iter().filter(|line| line["event"] == "failure").collect();
    let levels: Vec<_> = failures.iter().filter_map(|line| line["level"].as_str()).collect();
    assert_eq!(levels, ["WARN", "ERROR"], "it may have arrived; it never will: {failures:?}");
}

/// `empikctl explain` tells the number.
#[tokio::test]
async fn an_act_that_is_announced_again_is_counted_and_another_one_begins_anew() {
    let (rig, thread, ticket) = begun(Options {
        switches: |switches| switches.thulium.closed_ticket = ClosedTicket::StaysClosed,
        ..Options::default()
    })
    .await;
    let attempt = async || rig.loaded(&thread).await.conversation.and_then(|c| c.intent).map(|i| i.attempt);
    let with_file = |from, text| {
        let attachments = vec![NewFile::new("skan.pdf", b"%PDF")];
        rig.world
            .write(&thread, NewMessage { attachments, ..NewMessage::new(from, text) })
            .expect("a message");
    };
    // Its file did not come with the message, and the comment that is to bring it fails.
    rig.world.add_fault(FaultRule::always(Side::Thulium, COMMENT, fails(500)));
    with_file(Author::Customer, "Uszkodzona!");
    rig.minute().await;
    assert_eq!(attempt().await, Some(1));
    for _ in 0..3 {
        rig.minute().await;
    }
    assert_eq!(attempt().await, Some(2));
    rig.world.clear_faults();
    assert!(rig.settle().await);
    assert_eq!(attempt().await, None);

    // The ticket is owed to the agents while a colleague's file is not given out.
    rig.world.close_ticket(ticket).expect("closed");
    let unread = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    with_file(Author::Shop, "Skan w załączniku.");
    rig.minute().await;
    assert!(rig.world.remove_fault(unread));
    rig.world.add_fault(FaultRule::always(Side::Thulium, COMMENT, fails(500)));
    rig.minute().await;
    assert_eq!(attempt().await, Some(1), "another act");
}
