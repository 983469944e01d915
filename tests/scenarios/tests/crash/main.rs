//! Crash-point enumeration: every story is played with every fault at every call, and must end as
//! if nothing had happened: nothing lost, doubled, swapped or leaked, nothing left hanging.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and it tells its runs"
)]

mod stories;
mod sweep;

use stories::{Story, story};
use sweep::Stage;

/// Runs of each pair sweep.
const PAIRS: usize = 180;

async fn sweep(story: &Story) {
    let mut stage = Stage::new().await;
    stage.sweep(story).await;
    stage.end();
}

async fn sweep_pairs(story: &Story, most: usize) {
    let mut stage = Stage::new().await;
    stage.sweep_pairs(story, most).await;
    stage.end();
}

macro_rules! sweeps {
    ($($name:ident: $story:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            sweep(&$story).await;
        })*
    };
}

#[tokio::test]
async fn pairs_on_opening() {
    sweep_pairs(&Story { options: stories::LAGGING, ..story("opening", stories::opening) }, PAIRS).await;
}

#[tokio::test]
async fn pairs_on_files() {
    sweep_pairs(&story("file taken nowhere", stories::file_on_follow_up), PAIRS).await;
}

#[tokio::test]
async fn pairs_on_replies() {
    sweep_pairs(&story("reply and follow-up", stories::reply_and_follow_up), PAIRS).await;
}

#[tokio::test]
async fn pairs_on_an_auto_reply() {
    let story = Story { options: stories::AUTO_REPLY, ..story("auto-reply", stories::opening) };
    sweep_pairs(&story, PAIRS / 2).await;
}

#[tokio::test]
async fn pairs_on_a_held_reply() {
    let story = Story { options: stories::GUARD, ..story("held and released", stories::held_and_released) };
    sweep_pairs(&story, PAIRS / 2).await;
}

#[tokio::test]
async fn pairs_on_an_order_change() {
    let story = Story { options: stories::WATCHING, ..story("order change", stories::order_change) };
    sweep_pairs(&story, PAIRS).await;
}

#[tokio::test]
async fn pairs_on_a_refusal() {
    let story =
        Story { told: 1, options: stories::FULL_THREAD, ..story("reply refused", stories::reply_by_tick) };
    sweep_pairs(&story, PAIRS).await;
}

sweeps! {
    opening: story("opening", stories::opening);
    opening_while_searches_lag:
        Story { options: stories::LAGGING, ..story("opening while searches lag", stories::opening) };
    two_threads_of_a_new_buyer: Story {
        options: stories::LAGGING, ..story("two threads of a new buyer", stories::two_threads)
    };
    follow_ups: story("follow-ups", stories::follow_ups);
    history: story("history", stories::history);
    file_on_opening: story("file on opening", stories::file_on_opening);
    file_taken_nowhere:
        Story { options: stories::NO_FILES, ..story("file taken nowhere", stories::file_on_follow_up) };
    file_on_follow_up:
        Story { options: stories::FILES, ..story("file on follow-up", stories::file_on_follow_up) };
    file_in_comment: Story {
        options: stories::FILES_IN_COMMENTS, ..story("file in comment", stories::file_on_follow_up)
    };
    file_refused_everywhere:
        Story { options: stories::FILES_REFUSED, ..story("file refused", stories::file_on_follow_up) };
    files_of_a_colleague: story("files of a colleague", stories::files_of_a_colleague);
    reply_by_tick: story("reply by tick", stories::reply_by_tick);
    reply_by_hint: story("reply by hint", stories::reply_by_hint);
    reply_and_follow_up: story("reply and follow-up", stories::reply_and_follow_up);
    reply_with_file: story("reply with file", stories::reply_with_file);
    reply_with_files_left_out: story("reply with files left out", stories::reply_with_files_left_out);
    reply_too_short: Story { told: 1, ..story("reply too short", stories::reply_too_short) };
    reply_refused: Story {
        told: 1, options: stories::FULL_THREAD, ..story("reply refused", stories::reply_by_tick)
    };
    two_replies: story("two replies", stories::two_replies);
    equal_replies: story("equal replies", stories::equal_replies);
    closed_ticket: story("closed ticket", stories::closed_ticket);
    closed_ticket_that_stays_closed: Story {
        options: stories::STAYS_CLOSED, ..story("closed ticket that stays closed", stories::closed_ticket)
    };
    receipt: Story { options: stories::RECEIPTS, ..story("receipt", stories::reply_by_tick) };
    auto_reply: Story { options: stories::AUTO_REPLY, ..story("auto-reply", stories::opening) };
    held_and_released: Story { options: stories::GUARD, ..story("held and released", stories::held_and_released) };
    held_and_cancelled: Story {
        told: 1, options: stories::GUARD, ..story("held and cancelled", stories::held_and_cancelled)
    };
    order_change: Story { options: stories::WATCHING, ..story("order change", stories::order_change) };
    order_card_owed:
        Story { options: stories::WATCHING, ..story("order card owed", stories::order_card_owed) };
    reply_clock: Story { options: stories::CLOCK, ..story("reply clock", stories::reply_clock) };
    no_reply_needed: story("no reply needed", stories::no_reply_needed);
    no_reply_needed_and_a_file: Story {
        options: stories::FILES_IN_COMMENTS,
        ..story("no reply needed, and a file", stories::no_reply_needed)
    };
    tick_and_hint_at_once: story("tick and hint at once", stories::tick_and_hint);
}
