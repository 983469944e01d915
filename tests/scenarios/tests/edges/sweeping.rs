//! The daily sweep: where it ends, what it leaves to the ticks, and what it goes on with.

use bridge::engine::{Halted, days_back};
use bridge::settings::Settings;
use jiff::SignedDuration;
use local::Stack;
use scenarios::{Fault as Struck, Options, Place, Point, Rig, START};
use serde_json::{Value, json};
use twins::{Author, FaultRule, MessageKind, NewThread, Side, World, WorldOptions};

use crate::support::{asks, begun, fails, opens, stands, writes};

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

#[tokio::test]
async fn a_bad_thread_keeps_nothing_of_the_sweep_from_the_others() {
    let (rig, one, ticket) = begun(Options::default()).await;
    let other = NewThread::from_customer("C-2", "Ewa N.", "Czy są inne kolory?");
    let other = rig.world.open_thread(other).expect("a thread").thread_id;
    assert!(rig.settle().await);
    let another = rig.ticket_of(&other).await.expect("a ticket");
    rig.advance(60);
    writes(&rig, &one, Author::Customer, "Halo?");
    rig.advance(60);
    writes(&rig, &other, Author::Customer, "A rozmiary?");
    // The ticket of the thread that changed first cannot be read when it is looked at for replies.
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "GET tickets/:id", 2, fails(500)));
    let found = rig.reconcile(days_back(rig.world.now(), 2)).await.expect("alive");
    assert!(matches!(found.reason, Some(Halted::Failed(_))), "{found:?}");
    assert_eq!((found.next, found.threads, found.repaired), (None, 1, 1), "{found:?}");
    assert_eq!((stands(&rig, ticket, "Halo?"), stands(&rig, another, "A rozmiary?")), (1, 1));
    assert_eq!(rig.world.ticket(another).expect("a ticket").messages[0].kind, MessageKind::Mail);
}

#[tokio::test]
async fn a_sweep_that_could_not_list_all_begins_anew_where_it_began() {
    let rig = Rig::new(Options::default()).await;
    for n in 0..101 {
        let new = NewThread::from_customer(&format!("C-{n}"), "Jan K.", "Gdzie paczka?");
        rig.world.open_thread(NewThread { from: Some(Author::Shop), ..new }).expect("a thread");
        rig.advance(1);
    }
    let since = days_back(rig.world.now(), 2);
    // The first page holds the newest; the second is not given out.
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M11", 2, fails(500)));
    let found = rig.reconcile(since).await.expect("alive");
    assert!(matches!(found.reason, Some(Halted::Failed(_))), "{found:?}");
    assert_eq!(found.next, Some(since));
    let again = rig.reconcile(since).await.expect("alive");
    assert_eq!((again.reason, again.next), (None, None));
}
