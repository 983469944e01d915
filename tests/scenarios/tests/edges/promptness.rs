//! The reply clock and its reminder.

use bridge::settings::Settings;
use jiff::SignedDuration;
use scenarios::Rig;
use twins::{Author, Fault, FaultRule, NewThread, Side};

use crate::support::{
    COMMENT, answers, asked, asks, comments_with, fails, opens, requests, stands, strikes, with, writes,
};

fn clocked(settings: &mut Settings) {
    settings.thulium.reply_needed_field = "Empik czeka od".into();
    settings.replies.remind_after_hours = 1;
}

/// The second one waits for an answer of its own, and is not found in the first.
#[tokio::test]
async fn a_reminder_comes_at_its_time_and_one_without_an_answer_is_looked_for() {
    let rig = Rig::new(with(clocked)).await;
    let asked = rig.world.now();
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.tick().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    for (seconds, told) in [(3_599, 0), (3_600, 1)] {
        rig.world.set_time(asked + SignedDuration::from_secs(seconds));
        rig.tick().await;
        assert_eq!(comments_with(&rig, ticket, "Przypomnienie").len(), told, "after {seconds} s");
    }
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(
        comments_with(&rig, ticket, "Przypomnienie").len(),
        1,
        "once as long as the shop owes an answer"
    );
    answers(&rig, ticket, "Sprawdzamy.");
    assert!(rig.settle().await);
    writes(&rig, &thread, Author::Customer, "A kiedy?");
    for _ in 0..5 {
        rig.minute().await;
    }
    assert_eq!(comments_with(&rig, ticket, "Przypomnienie").len(), 1, "not before its time");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, fails(500)));
    rig.advance(3_600);
    for _ in 0..10 {
        rig.minute().await;
    }
    assert_eq!(comments_with(&rig, ticket, "Przypomnienie").len(), 2);
}

#[tokio::test]
async fn a_field_that_could_not_be_written_is_written_later() {
    let (rig, thread, ticket) = asked(with(clocked)).await;
    let shown = || rig.world.ticket(ticket).and_then(|t| t.custom_fields.get("Empik czeka od").cloned());
    assert_eq!(shown().as_deref(), Some("2026-11-23 13:00"));
    opens(&rig, asks("C-2", "A moja?"));
    assert!(rig.settle().await);
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(requests(&rig, "PUT tickets/:id"), 0, "it shows that already");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "PUT tickets/:id", 1, fails(500)));
    writes(&rig, &thread, Author::Shop, "Jutro, z panelu.");
    assert!(rig.settle().await);
    assert_eq!(shown().unwrap_or_default(), "");
}

#[tokio::test]
async fn a_reminder_comes_once_although_the_answer_was_lost() {
    let reminds = with(|settings| settings.replies.remind_after_hours = 2);
    let rig = Rig::new(reminds).await;
    let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
    let thread = rig.world.open_thread(new).expect("a thread").thread_id;
    rig.tick().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    strikes(&rig, Side::Thulium, COMMENT, Fault::LostAnswer);
    rig.advance(2 * 3_600);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Przypomnienie"), 1);
}
