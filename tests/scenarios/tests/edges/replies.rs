//! Replies: what just fits, how long they rest, whom they are for, and what waits behind them.

use bridge::conversation::Reason;
use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use jiff::SignedDuration;
use scenarios::{Fault as Strike, Options, Place, Point, Rig};
use twins::{
    AgentReply, At, Author, Fault, FaultRule, NewFile, NewMessage, NewThread, ParticipantKind, Side,
};

use crate::support::{
    COMMENT, LOGIN, answers, answers_with, asked, asks, begun, comments_with, delivery, fails, files_sent,
    keeps, kills, opens, requests, sent, shop_writes, stands, struck, with,
};

/// To whom the bridge has sent into a thread.
fn recipients(rig: &Rig, thread: &str) -> Vec<Vec<ParticipantKind>> {
    let messages = rig.world.thread(thread).expect("a thread").messages;
    let sent = messages.into_iter().filter(|m| m.author == Author::Api);
    sent.map(|m| m.to.into_iter().map(|p| p.kind).collect()).collect()
}

#[tokio::test]
async fn a_plain_reply_costs_its_two_writes_and_leaves_nothing_in_its_ticket() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    let before = rig.world.ticket(ticket).expect("a ticket").messages.len();
    assert_eq!(comments_with(&rig, ticket, "Przypomnienie").len(), 0, "reminders are a setting");
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
        let (rig, thread, ticket) = asked(Options::default()).await;
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
        assert_eq!(comments_with(&rig, ticket, told).len(), 1, "{told}");
        assert_eq!(sent(&rig, &thread).len(), usize::from(text != "ok"));
    }
}

/// The ledger knows who took part when the thread was read last.
#[tokio::test]
async fn who_takes_part_is_asked_again_before_a_reply_is_refused() {
    let (rig, thread, ticket) = asked(Options::default()).await;
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
        let (rig, thread, ticket) = asked(with(settings)).await;
        rig.world.add_fault(FaultRule::always(Side::Empikplace, gone, fails(404)));
        answers(&rig, ticket, "Paczka jest w drodze.");
        rig.minute().await;
        assert_eq!(comments_with(&rig, ticket, "tej rozmowy nie ma już na EmpikPlace").len(), 1, "{gone}");
        assert_eq!((sent(&rig, &thread).len(), rig.parked().await.len()), (0, 1), "{gone}");
    }
}

#[tokio::test]
async fn the_shortest_and_the_longest_reply_go_out() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    let longest = "ą".repeat(50_000);
    answers(&rig, ticket, "Tak");
    answers(&rig, ticket, &longest);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Tak", longest.as_str()]);
}

#[tokio::test]
async fn a_file_that_just_fits_goes_along_and_the_next_one_stays() {
    const MB: usize = 1 << 20;
    let (rig, _, _) = asked(with(|settings| settings.replies.attachment_limit_mb = 1)).await;
    let cases: [(&[usize], &[u64]); 3] =
        [(&[MB], &[1 << 20]), (&[MB + 1], &[]), (&[600_000, 500_000, 400_000], &[600_000, 400_000])];
    for (n, (given, wanted)) in cases.into_iter().enumerate() {
        let thread = opens(&rig, asks(&format!("B-{n}"), "Proszę o skan."));
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
    let (rig, thread, ticket) = asked(Options {
        switches: |switches| switches.thulium.upload_bytes = 27 << 20,
        ..Options::default()
    })
    .await;
    answers_with(&rig, ticket, &[("film.mp4", 26 << 20), ("skan.pdf", 1_000)]);
    rig.minute().await;
    assert_eq!((sent(&rig, &thread).len(), files_sent(&rig, &thread)), (1, vec![1_000]));
    assert_eq!(comments_with(&rig, ticket, "limit 10 MB").len(), 1);
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
        assert_eq!(comments_with(&rig, ticket, "zdjecie.heic").len(), 1);
        assert_eq!(requests(&rig, "M12"), calls, "{present} files are there");
    }
}

#[tokio::test]
async fn a_receipt_names_the_reply_that_it_is_for() {
    let (rig, _, ticket) = asked(with(|settings| settings.replies.receipts = true)).await;
    for text in ["Paczka jest w drodze.", "Paczka jest w Łodzi."] {
        answers(&rig, ticket, text);
        assert!(rig.settle().await);
        rig.advance(600);
    }
    let receipts = comments_with(&rig, ticket, "dostarczono na EmpikPlace");
    let written: Vec<_> = receipts.iter().filter_map(|r| Some(r.split_once(" dostarczono")?.0)).collect();
    assert_eq!(written.len(), 2, "{receipts:?}");
    assert_ne!(written[0], written[1], "each names the minute in which its reply was written");
}

#[tokio::test]
async fn every_reply_has_its_own_rest_to_the_second() {
    let resting = with(|settings| settings.replies.settle_seconds = 120);
    let (rig, thread, ticket) = begun(resting).await;
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    rig.advance(100);
    answers(&rig, ticket, "Albo pojutrze.");
    rig.hint(ticket).await;
    for (seconds, all) in [(19, 0), (1, 1), (99, 1), (1, 2)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(sent(&rig, &thread).len(), all);
    }
}

#[tokio::test]
async fn a_reply_that_is_taken_back_while_it_rests_stays_inside() {
    let resting = with(|settings| settings.replies.settle_seconds = 120);
    let (rig, thread, ticket) = begun(resting).await;
    let reply = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    rig.world.cancel_reply(ticket, reply.0).expect("taken back");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(delivery(&rig, &thread, reply).await.reason, Some(Reason::TicketGone));
    assert_eq!(rig.parked().await.len(), 1, "a person sees it");
}

#[tokio::test]
async fn a_reply_of_two_years_is_not_begun_any_more() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let two_years = 2 * 366 * 24 * 3_600;
    answers(&rig, ticket, "Jeden.");
    rig.advance(60);
    answers(&rig, ticket, "Dwa.");
    rig.advance(two_years);
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Dwa."]);
}

#[tokio::test]
async fn what_went_out_does_not_become_due_behind_what_a_person_tries_again() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    let first = answers(&rig, ticket, "ok");
    rig.hint(ticket).await;
    let second = answers(&rig, ticket, "Dzień dobry.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Dzień dobry."]);
    let mut again = delivery(&rig, &thread, first).await;
    assert!(again.queue_again(rig.world.now()));
    again.due = Some(rig.world.now() + SignedDuration::from_mins(5));
    keeps(&rig, &again).await;
    rig.hint(ticket).await;
    assert_eq!(delivery(&rig, &thread, second).await.due, None);
}

#[tokio::test]
async fn receipts_that_a_crash_left_out_are_written_once_within_a_day() {
    let receipts = with(|settings| settings.replies.receipts = true);
    let (rig, _, ticket) = begun(receipts).await;
    // Too short: it is delivered to nobody.
    answers(&rig, ticket, "ok");
    rig.hint(ticket).await;
    rig.advance(200);
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 0);
    for (seconds, told) in [(119, 0), (1, 1), (1, 1)] {
        if told == 0 {
            answers(&rig, ticket, "Jutro.");
            kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
            rig.hint(ticket).await;
        }
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), told);
    }
    answers(&rig, ticket, "Albo pojutrze.");
    kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    rig.advance(24 * 3_600);
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1, "it would come oddly late");
}

#[tokio::test]
async fn a_buyer_who_may_be_written_to_again_is_the_one_who_is_answered() {
    let copies = with(|settings| settings.replies.operator_copy = true);
    let (rig, thread, ticket) = begun(copies).await;
    // When the thread was last read, the buyer could not be written to.
    let mut conversation = rig.loaded(&thread).await.conversation.expect("a conversation");
    conversation.buyer_authorised = false;
    conversation.version += 1;
    assert_eq!(rig.ledger().save(&conversation, "somebody").await.expect("an answer"), Write::Done);
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(recipients(&rig, &thread), [[ParticipantKind::Customer, ParticipantKind::Operator]]);
}

#[tokio::test]
async fn a_reply_to_the_buyer_does_not_turn_to_the_operator_who_writes_while_it_rests() {
    let resting = with(|settings| settings.replies.settle_seconds = 120);
    let (rig, thread, ticket) = begun(resting).await;
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    let private =
        NewMessage { to: Some(vec![ParticipantKind::Shop]), ..NewMessage::new(Author::Operator, "Pilne!") };
    rig.world.write(&thread, private).expect("a message");
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Pilne!"), 1);
    assert_eq!(recipients(&rig, &thread), [[ParticipantKind::Customer]]);
}

#[tokio::test]
async fn what_waits_behind_a_reply_is_written_down_before_that_one_goes_out() {
    let quiet = Options {
        settings: |settings| settings.replies.settle_seconds = 60,
        switches: |all| all.thulium.reply_bumps_updated_at = false,
    };
    let (rig, thread, ticket) = begun(quiet).await;
    // The lists of both sides have gone on; nothing but the ledger remembers this ticket.
    for _ in 0..2 {
        rig.advance(600);
        let other = NewThread::from_customer("C-9", "Ewa N.", "Czy są inne kolory?");
        rig.world.open_thread(other).expect("a thread");
        for _ in 0..4 {
            rig.minute().await;
        }
    }
    answers(&rig, ticket, "Jeden.");
    rig.hint(ticket).await;
    rig.advance(60);
    answers(&rig, ticket, "Dwa.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."]);
}
