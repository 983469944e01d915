//! The guard against stale answers: what was seen, what was told, and what a decision is about.

use bridge::conversation::DeliveryState;
use jiff::{SignedDuration, Timestamp};
use scenarios::{Options, Place, START};
use twins::{At, Author, FaultRule, Side};

use crate::support::{
    COMMENT, answers, asked, begun, comments_with, delivery, fails, guarded, keeps, kills, requests, sent,
    stands, state, strikes, two_hints, with, writes,
};

#[tokio::test]
async fn a_thread_that_cannot_be_read_for_the_guard_is_asked_for_ever_more_rarely_and_then_given_up() {
    let (rig, thread, ticket) = asked(with(|settings| settings.replies.stale_guard = true)).await;
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
    assert_eq!(comments_with(&rig, ticket, "od dłuższego czasu nie przyjmuje").len(), 1);
}

#[tokio::test]
async fn whoever_was_told_of_a_hold_knows_what_was_written_before_it_and_nothing_later() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    // It is not even in the ticket yet, but the agent was told of it.
    answers(&rig, ticket, "Naprawdę jutro.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jutro.", "Naprawdę jutro."]);

    // Dates of the helpdesk have the grain of a minute.
    rig.advance(60);
    writes(&rig, &thread, Author::Customer, "Proszę anulować!");
    answers(&rig, ticket, "Paczka jest w drodze.");
    rig.hint(ticket).await;
    rig.advance(60);
    writes(&rig, &thread, Author::Customer, "Albo jednak nie!");
    let last = answers(&rig, ticket, "Anulowaliśmy.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread)[2..], ["Paczka jest w drodze."], "the agent has decided about that one");
    assert_eq!(state(&rig, &thread, last).await, Some(DeliveryState::Held));
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 3, "each hold is told of");
}

#[tokio::test]
async fn a_message_of_the_very_time_of_enabling_counts() {
    let options = Options {
        settings: |settings| {
            settings.replies.stale_guard = true;
            settings.import.history = false;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(options).await;
    let now = rig.world.now();
    let start: Timestamp = START.parse().expect("a time");
    // The clock of the marketplace is behind.
    rig.world.set_time(start - SignedDuration::from_secs(10));
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    rig.world.set_time(now);
    answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
}

#[tokio::test]
async fn a_message_that_came_into_the_ticket_after_the_reply_was_not_seen() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    // The message is carried, and whether there are replies cannot be told.
    strikes(&rig, Side::Thulium, "GET tickets", fails(500));
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "nieaktualne"), 1);
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), [""; 0]);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
}

#[tokio::test]
async fn a_hold_that_could_not_be_told_of_ends_with_any_later_word() {
    let (rig, thread, ticket) = guarded().await;
    rig.world.switch(|all| _ = all.thulium.forbidden.insert(COMMENT.into()));
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let held = answers(&rig, ticket, "Jutro.");
    rig.hint(ticket).await;
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Held));
    answers(&rig, ticket, "@wyślij");
    rig.hint(ticket).await;
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
}

#[tokio::test]
async fn cancelling_is_about_the_held_reply_and_lets_nothing_behind_it_slip_through() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let held = answers(&rig, ticket, "Jutro.");
    let behind = answers(&rig, ticket, "Albo pojutrze.");
    rig.hint(ticket).await;
    answers(&rig, ticket, "@anuluj");
    rig.hint(ticket).await;
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Dropped));
    assert_eq!(state(&rig, &thread, behind).await, Some(DeliveryState::Held), "it is as old as the other");
    assert_eq!(sent(&rig, &thread), [""; 0]);
}

#[tokio::test]
async fn two_workers_tell_of_a_hold_and_of_the_decision_once() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    two_hints(&rig, ticket, Side::Thulium, COMMENT, At::Before).await;
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    answers(&rig, ticket, "@wyślij");
    let before = rig.world.ticket(ticket).expect("a ticket").messages.len();
    two_hints(&rig, ticket, Side::Thulium, COMMENT, At::Before).await;
    assert!(rig.settle().await);
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
    let after = rig.world.ticket(ticket).expect("a ticket").messages.len();
    assert_eq!(after - before, 2, "the message, and one comment about the decision");
}

#[tokio::test]
async fn a_reply_that_a_person_lets_go_does_not_rest_again() {
    let resting = Options {
        settings: |settings| {
            settings.replies.stale_guard = true;
            settings.replies.settle_seconds = 90;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(resting).await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let (held, behind) = (answers(&rig, ticket, "Jutro."), answers(&rig, ticket, "Albo pojutrze."));
    rig.hint(ticket).await;
    assert!(rig.settle().await, "what waits behind it costs nothing");
    assert_eq!(state(&rig, &thread, held).await, Some(DeliveryState::Held));
    assert_eq!(delivery(&rig, &thread, behind).await.due, None);
    let mut held = delivery(&rig, &thread, held).await;
    assert!(held.queue_again(rig.world.now()));
    keeps(&rig, &held).await;
    rig.tick().await;
    assert_eq!(sent(&rig, &thread), ["Jutro."]);
}

#[tokio::test]
async fn a_hold_that_a_crash_left_half_told_is_told_once_it_is_due() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    let reply = answers(&rig, ticket, "Jutro.");
    kills(&rig, Place::Thulium, COMMENT, scenarios::Fault::KilledBefore);
    rig.hint(ticket).await;
    for (seconds, told) in [(119, 0), (1, 1)] {
        rig.advance(seconds);
        rig.hint(ticket).await;
        assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), told);
    }
    assert_eq!(state(&rig, &thread, reply).await, Some(DeliveryState::Held));
}

#[tokio::test]
async fn a_hold_that_could_not_be_told_of_at_once_is_told_of_later() {
    let (rig, thread, ticket) = guarded().await;
    writes(&rig, &thread, Author::Customer, "Już nieaktualne!");
    answers(&rig, ticket, "Jutro.");
    strikes(&rig, Side::Thulium, COMMENT, fails(500));
    rig.hint(ticket).await;
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "WSTRZYMANO"), 1);
    assert_eq!(sent(&rig, &thread), [""; 0]);
}
