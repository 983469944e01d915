//! What is listed: lists that break off or have many pages, and ticks that stop.

use bridge::ledger::Ledger;
use jiff::{SignedDuration, Timestamp};
use scenarios::shop::Shop;
use scenarios::{Fault as Strike, Options, Place, Point, Rig};
use twins::{
    At, Author, Fault, FaultRule, MessageKind, NewComment, NewFile, NewMail, NewMessage, NewThread, Side,
};

use crate::support::{
    LOGIN, answers, asked, asks, begun, fails, opens, requests, sent, shop_writes, struck, with, writes,
};

/// Asked for what is due at the beginning of a tick, and twice for what is watched.
const WAITING: &str = "Query waiting";

async fn cursor(rig: &Rig) -> Option<Timestamp> {
    rig.ledger().cursor(&rig.settings.id).await.expect("the ledger").and_then(|cursor| cursor.empikplace)
}

/// Two conversations with their tickets.
async fn two_begun() -> (Rig, [String; 2], [u64; 2]) {
    let (rig, one, ticket) = asked(Options::default()).await;
    let other = opens(&rig, asks("C-2", "Czy są inne kolory?"));
    assert!(rig.settle().await);
    let another = rig.ticket_of(&other).await.expect("a ticket");
    (rig, [one, other], [ticket, another])
}

#[tokio::test]
async fn a_list_that_breaks_off_gives_what_was_read_and_one_that_gave_nothing_is_asked_for_at_once() {
    let rig = Rig::new(with(|settings| settings.empikplace.poll_seconds = 300)).await;
    for n in 0..100 {
        shop_writes(&rig, n);
    }
    rig.advance(1);
    opens(&rig, asks("C-1", "Gdzie paczka?"));
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
    opens(&rig, asks("C-2", "A moja?"));
    rig.tick().await;
    assert!(cursor(&rig).await.is_some_and(|now| now > first), "it follows what changes");
}

#[tokio::test]
async fn no_more_pages_are_read_than_there_are_calls_and_there_is_time() {
    let (rig, ..) = asked(Options::default()).await;
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
    opens(&rig, asks("C-1", "Gdzie paczka?"));
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
    let (rig, ..) = asked(Options::default()).await;
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

#[tokio::test]
async fn what_a_tick_has_carried_is_written_down_by_it() {
    let (rig, thread, ticket) = asked(Options::default()).await;
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
    let (rig, thread, ticket) = asked(Options::default()).await;
    let other = opens(&rig, asks("C-2", "Czy są inne kolory?"));
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
    let (rig, thread, ticket) = asked(Options::default()).await;
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

/// After more than a day at rest, such as a weekend on which the integration is switched off.
#[tokio::test]
async fn replies_that_a_tick_had_no_time_for_go_out_although_they_are_more_than_a_day_old() {
    for hours in [20, 30] {
        let rig = Rig::new(Options::default()).await;
        let threads: Vec<String> =
            (0..8).map(|n| opens(&rig, asks(&format!("C-{n}"), "Gdzie paczka?"))).collect();
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

#[tokio::test]
async fn after_a_restart_only_tickets_that_changed_lately_are_read() {
    let (rig, _, _) = asked(Options::default()).await;
    rig.advance(3600);
    opens(&rig, asks("C-2", "Czy są inne kolory?"));
    assert!(rig.settle().await);
    rig.restart();
    let before = requests(&rig, "GET tickets/:id");
    rig.minute().await;
    assert_eq!(requests(&rig, "GET tickets/:id"), before + 1);
}

#[tokio::test]
async fn tickets_whose_rows_cannot_be_read_keep_no_other_from_being_looked_at() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    for n in 2..=4 {
        let new = NewThread::from_customer(&format!("C-{n}"), "Ola N.", "A moja?");
        rig.world.open_thread(new).expect("a thread");
    }
    assert!(rig.settle().await);
    let others = rig.world.ticket_ids().into_iter().filter(|id| *id != ticket).collect();
    rig.world.switch(|s| s.thulium.unreadable_rows = others);
    answers(&rig, ticket, "Paczka jest w drodze.");
    for _ in 0..3 {
        rig.minute().await;
    }
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
}
