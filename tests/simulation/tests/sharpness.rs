//! What the simulation is worth: every defect put in on purpose is found, one seed gives one run, and
//! the tables in memory agree with the real ledger.

use simulation::{Ended, Piece, Plan, Sabotage, Shops, play, shortest};

/// Episodes that a defect may hide in before it counts as not found.
const MOST: u64 = 60;

/// The first storm that shows the defect; without the defect nothing happens in the same storm.
fn sabotaged(sabotage: Sabotage) -> Ended {
    sabotaged_in(sabotage, Shops::drawn)
}

/// The same among storms with these shops.
fn sabotaged_in(sabotage: Sabotage, shops: impl Fn(u64) -> Shops) -> Ended {
    let plan = |seed| Plan { sabotage: Some(sabotage), shops: shops(seed), ..Plan::new(seed, 3_000) };
    let mut found = (1..=MOST).map(|seed| (seed, play(&plan(seed)))).filter(|(_, ended)| !ended.is_clean());
    let (seed, ended) =
        found.next().unwrap_or_else(|| panic!("{sabotage:?} was not found in {MOST} episodes"));
    let sound = play(&Plan { sabotage: None, ..plan(seed) });
    assert!(sound.is_clean(), "episode {seed} without a defect: {:#?}", sound.findings().collect::<Vec<_>>());
    ended
}

#[test]
fn a_cursor_that_moves_before_the_work_is_done_loses_messages() {
    assert!(!sabotaged(Sabotage::EarlyCursor).lost.is_empty());
}

#[test]
fn a_writer_that_was_overtaken_does_damage_without_the_fence() {
    let ended = sabotaged(Sabotage::NoFence);
    assert!(!ended.doubled.is_empty() || !ended.lost.is_empty(), "{:?}", ended.wrong);
}

#[test]
fn a_post_that_is_repeated_doubles() {
    assert!(!sabotaged(Sabotage::RepeatedPost).doubled.is_empty());
}

#[test]
fn an_act_without_an_intent_doubles() {
    assert!(!sabotaged(Sabotage::NoIntent).doubled.is_empty());
}

#[test]
fn a_watermark_by_date_loses_messages() {
    assert!(!sabotaged(Sabotage::DateWatermark).lost.is_empty());
}

#[test]
fn own_replies_that_are_not_recognised_come_back() {
    assert!(!sabotaged(Sabotage::NoEchoSuppression).leaked.is_empty());
}

#[test]
fn a_comment_that_is_forwarded_leaks() {
    let ended = sabotaged(Sabotage::CommentForwarded);
    assert!(!ended.leaked.is_empty(), "{ended:?}");
}

#[test]
fn two_shops_under_one_name_in_the_ledger_lose_messages_on_one_account_and_on_two() {
    for shops in [Shops::OneDesk, Shops::TwoDesks] {
        let ended = sabotaged_in(Sabotage::OneName, |_| shops);
        assert!(!ended.lost.is_empty(), "{shops:?}: {ended:?}");
    }
}

#[test]
fn a_memory_that_two_shops_share_loses_messages() {
    let ended = sabotaged_in(Sabotage::SharedMemory, |_| Shops::OneDesk);
    assert!(!ended.lost.is_empty(), "{ended:?}");
}

#[test]
fn the_shortest_story_holds_little_but_what_breaks_the_promise() {
    let plan = |seed| Plan { sabotage: Some(Sabotage::CommentForwarded), ..Plan::new(seed, 1_500) };
    let story = (1..=MOST).find_map(|seed| shortest(&plan(seed))).expect("a broken promise");
    assert_eq!(story.broken.promise, "CommentLeaked");
    // A message that opens a ticket, and a comment in it.
    let acts = story.pieces.iter().filter(|piece| matches!(piece, Piece::Act(_))).count();
    assert!((2..=4).contains(&acts) && story.pieces.len() <= 5, "{:?}", story.pieces);
    let said = |what: &str| story.lines.iter().any(|line| line.contains(what));
    assert!(said("somebody opens thread") && said("/message"), "{:#?}", story.lines);
    // It is one run that can be played again.
    assert_eq!(play(&story.plan).findings().next(), Some(&story.broken));
}

#[test]
fn one_seed_gives_one_run() {
    let plan = Plan { trace: true, ..Plan::new(7, 2_000) };
    let (one, other) = (play(&plan), play(&plan));
    assert!(one.trace.len() > 1_000);
    assert_eq!(one.trace, other.trace);
    assert_ne!(one.trace, play(&Plan { seed: 8, ..plan }).trace);
}

/// The same storms with the tables in memory and in the real ledger on the embedded database.
#[test]
fn the_tables_in_memory_agree_with_the_real_ones_step_by_step() {
    for (seed, shops) in [(11, Shops::One), (12, Shops::OneDesk), (13, Shops::TwoDesks)] {
        let plan = Plan { trace: true, shops, ..Plan::new(seed, 1_000) };
        let (memory, real) = (play(&plan), play(&Plan { embedded: true, ..plan.clone() }));
        for (step, (memory, real)) in memory.trace.iter().zip(&real.trace).enumerate() {
            assert_eq!(memory, real, "seed {seed}, step {step}");
        }
        assert_eq!(memory.trace.len(), real.trace.len());
        assert!(real.is_clean(), "{:?}", real.findings().collect::<Vec<_>>());
    }
}
