//! The bridge's own reply, and what Thulium answers by itself.

use bridge::conversation::{Delivery, DeliveryState};
use bridge::settings::{AutoReplyWhen, Settings};
use scenarios::{Options, Rig};
use twins::{At, Author, Fault, FaultRule, NewThread, Side};

use crate::support::{answers, asked, asks, begun, fails, opens, sent, state, strikes, with, writes};

/// It answers outside of business hours; the day begins within them.
fn closed(settings: &mut Settings) {
    settings.replies.auto_reply = "Dziękujemy, {name}.".into();
    settings.replies.auto_reply_when = AutoReplyWhen::Closed;
}

fn always(settings: &mut Settings) {
    settings.replies.auto_reply = "Odpowiemy jutro.".into();
    settings.replies.auto_reply_when = AutoReplyWhen::Always;
}

#[tokio::test]
async fn the_own_reply_follows_an_agents_answer_of_the_day_and_no_automatic_one() {
    for automatic in [false, true] {
        let (rig, thread, ticket) = asked(with(closed)).await;
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
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
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
async fn an_agents_reply_that_is_tried_again_is_not_taken_for_the_bridges_own() {
    let (rig, thread, ticket) = begun(with(always)).await;
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    answers(&rig, ticket, "Jest w drodze.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Odpowiemy jutro.", "Jest w drodze."]);
}

#[tokio::test]
async fn of_automatic_replies_that_wait_one_goes_out() {
    let (rig, thread, ticket) = begun(Options::default()).await;
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Empikplace, "M12", fails(503));
    for _ in 0..2 {
        rig.world.automatic_reply(ticket, "Jesteśmy zamknięci.", "").expect("a reply");
    }
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jutro.", "Jesteśmy zamknięci."]);
}

#[tokio::test]
async fn the_own_reply_is_not_sent_any_more_once_somebody_has_answered() {
    let rig = Rig::new(with(always)).await;
    strikes(&rig, Side::Empikplace, "M12", fails(429));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.tick().await;
    assert_eq!(state(&rig, &thread, Delivery::OWN).await, Some(DeliveryState::Queued));
    writes(&rig, &thread, Author::Shop, "Już sprawdzamy.");
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(state(&rig, &thread, Delivery::OWN).await, Some(DeliveryState::Skipped));
    assert_eq!(rig.parked().await.len(), 0, "nobody has to do anything about it");
}
