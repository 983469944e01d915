//! What the simulation is worth: every defect put in on purpose is found, one seed gives one run, and
//! the tables in memory agree with the real ledger.

use simulation::{Ended, Piece, Plan, Sabotage, Shops, play, shortest};

/// Episodes that a defect may hide in before it counts as not found.
const MOST: u64 = 60;

/// A storm shows what the defect does to people; without the defect nothing happens in the same storm.
fn does(sabotage: Sabotage, shops: impl Fn(u64) -> Shops, shown: impl Fn(&Ended) -> bool) {
    let plan = |seed| Plan { sabotage: Some(sabotage), shops: shops(seed), ..Plan::new(seed, 3_000) };
    let seed = (1..=MOST).find(|&seed| shown(&play(&plan(seed))));
    let seed = seed.unwrap_or_else(|| panic!("{sabotage:?} did not show in {MOST} episodes"));
    let sound = play(&Plan { sabotage: None, ..plan(seed) });
    assert!(sound.is_clean(), "episode {seed} without a defect: {:#?}", sound.findings().collect::<Vec<_>>());
}

fn loses(ended: &Ended) -> bool {
    !ended.lost.is_empty()
}

fn doubles(ended: &Ended) -> bool {
    !ended.doubled.is_empty()
}

fn leaks(ended: &Ended) -> bool {
    !ended.leaked.is_empty()
}

#[test]
fn a_cursor_that_moves_before_the_work_is_done_loses_messages() {
    does(Sabotage::EarlyCursor, Shops::drawn, loses);
}

#[test]
fn a_writer_that_was_overtaken_does_damage_without_the_fence() {
    does(Sabotage::NoFence, Shops::drawn, |ended| doubles(ended) || loses(ended));
}

#[test]
fn a_post_that_is_repeated_doubles() {
    does(Sabotage::RepeatedPost, Shops::drawn, doubles);
}

#[test]
fn an_act_without_an_intent_doubles() {
    does(Sabotage::NoIntent, Shops::drawn, doubles);
}

#[test]
fn a_watermark_by_date_loses_messages() {
    does(Sabotage::DateWatermark, Shops::drawn, loses);
}

#[test]
fn own_replies_that_are_not_recognised_come_back() {
    does(Sabotage::NoEchoSuppression, Shops::drawn, leaks);
}

#[test]
fn a_comment_that_is_forwarded_leaks() {
    does(Sabotage::CommentForwarded, Shops::drawn, leaks);
}

#[test]
fn two_shops_under_one_name_in_the_ledger_lose_messages_or_bring_them_into_each_other_s_tickets() {
    does(
        Sabotage::OneName,
        |_| Shops::OneDesk,
        |ended| ended.leaked.iter().any(|b| b.promise == "WrongShop"),
    );
    does(Sabotage::OneName, |_| Shops::TwoDesks, loses);
}

#[test]
fn a_memory_that_two_shops_share_loses_messages() {
    does(Sabotage::SharedMemory, |_| Shops::OneDesk, loses);
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
