//! What may have arrived and may not have: when it is looked for, and when it is done again.

use bridge::conversation::DeliveryState;
use jiff::SignedDuration;
use scenarios::{Fault as Strike, Options, Place, Point, Rig};
use twins::{AgentReply, At, Author, Fault, FaultRule, MessageKind, NewFile, Side};

use crate::support::{
    RESPONSE, answers, answers_with, asked, asks, assert_clean, begun, comments_with, fails, files_sent,
    kills, mails, notes, opens, sent, stands, stands_as, state, strikes, two_hints, with, writes,
};

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

/// The callback sends what waits, once it may, and dies before it can record that. The poller goes on.
async fn goes_out_unrecorded(rig: &Rig, ticket: u64) {
    kills(rig, Place::Empikplace, "M12", Strike::KilledAfter);
    let mut died = false;
    for _ in 0..60 {
        rig.advance(30);
        died = rig.hint(ticket).await.is_none();
        if died {
            break;
        }
    }
    assert!(died, "nothing was sent");
    for _ in 0..6 {
        rig.minute().await;
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
        let (rig, thread, ticket) = asked(Options::default()).await;
        rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fault.clone()));
        answers_with(&rig, ticket, &[("skan.pdf", 1_000)]);
        assert!(rig.settle().await);
        assert_eq!((sent(&rig, &thread).len(), files_sent(&rig, &thread)), (1, vec![1_000]), "{fault:?}");
        assert_eq!(comments_with(&rig, ticket, "skan.pdf").len(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_under_way_is_looked_for_when_it_may_be_found_and_not_before() {
    for (fault, seconds) in [(Strike::KilledAfter, 120), (Strike::AnswerLost, 60)] {
        let (rig, thread, ticket) = asked(Options::default()).await;
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
async fn a_late_reply_that_is_recognised_in_its_thread_has_its_receipt() {
    let (rig, _, ticket) = asked(with(|settings| settings.replies.receipts = true)).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET files/:token", fails(500)));
    let attachments = vec![NewFile::new("a.pdf", b"pdf")];
    let reply = AgentReply { attachments, ..AgentReply::new("akowalska", "W drodze.") };
    rig.world.agent_reply(ticket, reply).expect("a reply");
    rig.minute().await;
    other_tickets_change(&rig).await;
    assert!(rig.world.remove_fault(down));
    goes_out_unrecorded(&rig, ticket).await;
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "dostarczono"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_late_reply_of_our_own_that_is_recognised_in_its_thread_is_told_of() {
    let rig = Rig::new(with(|settings| settings.replies.auto_reply = "Odpowiemy wkrótce.".into())).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M12", fails(500)));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    other_tickets_change(&rig).await;
    assert!(rig.world.remove_fault(down));
    goes_out_unrecorded(&rig, ticket).await;
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Klient dostał"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn what_waits_behind_a_reply_that_may_have_arrived_goes_out_as_soon_as_that_is_known() {
    // Nothing but the ledger remembers the second reply.
    let quiet = Options {
        settings: |settings| settings.empikplace.poll_seconds = 3_600,
        switches: |all| all.thulium.reply_bumps_updated_at = false,
    };
    let (rig, thread, ticket) = begun(quiet).await;
    rig.advance(600);
    assert!(rig.settle().await);
    answers(&rig, ticket, "Jeden.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    rig.tick().await;
    answers(&rig, ticket, "Dwa.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jeden."]);
    rig.minute().await;
    assert_eq!(sent(&rig, &thread), ["Jeden.", "Dwa."]);
}

#[tokio::test]
async fn a_reply_that_may_have_arrived_is_left_to_its_sender_for_half_a_minute() {
    let receipts = with(|settings| settings.replies.receipts = true);
    let (rig, thread, ticket) = begun(receipts).await;
    answers(&rig, ticket, "Jutro.");
    two_hints(&rig, ticket, Side::Empikplace, "M12", At::After).await;
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1);
    let reply = answers(&rig, ticket, "Albo pojutrze.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
    rig.hint(ticket).await;
    for (seconds, known) in [(29, DeliveryState::Sending), (1, DeliveryState::Delivered)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(state(&rig, &thread, reply).await, Some(known));
    }
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 2);
}

#[tokio::test]
async fn a_reply_that_did_not_arrive_is_sent_again_after_two_minutes_whatever_others_write() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    // A colleague's words stand in the ticket, and the agent's are the same.
    writes(&rig, &thread, Author::Shop, "Jutro.");
    rig.minute().await;
    answers(&rig, ticket, "Jutro.");
    kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    writes(&rig, &thread, Author::Shop, "Z panelu: proszę czekać.");
    writes(&rig, &thread, Author::Customer, "Jutro.");
    for (seconds, all) in [(31, 0), (88, 0), (1, 1)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(sent(&rig, &thread).len(), all, "after {seconds} more seconds");
    }
}

#[tokio::test]
async fn a_thread_that_cannot_be_read_is_not_one_that_is_gone() {
    for (code, at_last) in [(500, DeliveryState::Delivered), (404, DeliveryState::Parked)] {
        let (rig, thread, ticket) = begun(Options::default()).await;
        let reply = answers(&rig, ticket, "Jutro.");
        kills(&rig, Place::Empikplace, "M12", scenarios::Fault::KilledAfter);
        rig.hint(ticket).await;
        rig.advance(40);
        strikes(&rig, Side::Empikplace, "M10", fails(code));
        rig.hint(ticket).await;
        rig.advance(1);
        rig.hint(ticket).await;
        assert_eq!(state(&rig, &thread, reply).await, Some(at_last), "{code}");
    }
}

#[tokio::test]
async fn a_receipt_is_owed_where_the_answer_was_lost_and_then_no_more() {
    let receipts = with(|settings| settings.replies.receipts = true);
    let (rig, thread, ticket) = begun(receipts).await;
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Empikplace, "M12", Fault::LostAnswer);
    rig.hint(ticket).await;
    assert!(rig.settle().await, "{:?}", rig.waiting().await);
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
    assert_eq!(stands(&rig, ticket, "dostarczono na EmpikPlace"), 1);
}

#[tokio::test]
async fn a_message_that_may_not_have_arrived_is_repeated_after_two_minutes() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    strikes(&rig, Side::Thulium, RESPONSE, fails(500));
    rig.minute().await;
    for times in [0, 1] {
        rig.minute().await;
        assert_eq!(stands(&rig, ticket, "Halo?"), times);
    }
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
}

#[tokio::test]
async fn a_message_that_is_found_is_settled_beside_comments_that_cannot_be_read() {
    let nameless = Options { switches: |all| all.thulium.comments_without_id = true, ..Options::default() };
    let (rig, thread, ticket) = begun(nameless).await;
    notes(&rig, ticket, "Proszę sprawdzić magazyn.");
    writes(&rig, &thread, Author::Customer, "Halo?");
    strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
}

#[tokio::test]
async fn a_reply_that_may_be_the_message_that_cannot_be_read_is_not_sent_again() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    strikes(&rig, Side::Empikplace, "M12", Fault::LostAnswer);
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.minute().await;
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    let arrived = messages.into_iter().find(|m| m.author == Author::Api).expect("it arrived").id;
    rig.world.switch(|s| {
        s.empikplace.unreadable_messages.insert(arrived);
    });
    for _ in 0..30 {
        rig.minute().await;
    }
    assert_eq!(sent(&rig, &thread).len(), 1, "whether it stands there cannot be told");
    rig.world.switch(|s| s.empikplace.unreadable_messages.clear());
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Paczka jest w drodze."]);
}
