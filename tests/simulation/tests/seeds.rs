//! Episodes that once broke a promise, or that hold much of what can go wrong. What happens in an episode
//! follows from its seed and from every call that the engine makes; so an old seed is a storm of the same
//! kind rather than the same story.

use simulation::{Plan, Shops, play};

/// Seeds, each with what it is kept for.
const KEPT: [(u64, &str); 8] = [
    (
        61351598479156,
        "tickets after one whose index read failed counted as looked at, and their replies were lost",
    ),
    (
        188417666792193,
        "an automatic reply goes out before one that an agent wrote earlier and that shows later",
    ),
    (232085462966125, "the same, twice"),
    (
        196279827498051,
        "of two automatic replies in the same words only the later one goes out, and is taken for the first",
    ),
    (
        72883428746576,
        "a conversation that had failed, and then waited for a reply of ours, was remembered by nobody; and a \
         reply came back that went out between reading the ledger and reading a long thread",
    ),
    (
        264071111524121,
        "a reply that waited for an earlier one was remembered by nobody once that one had gone out",
    ),
    (
        4857150318868,
        "the own automatic reply was delivered, its ticket deleted and replaced: that agents be told of it was \
         owed for ever",
    ),
    (
        77818331069742,
        "a person gave up a reply that had arrived in fact: it was not recognised any more, and came back as a \
         colleague's message",
    ),
];

#[test]
fn no_promise_is_broken_again() {
    for (seed, kept_for) in KEPT {
        // They are older than storms with two shops.
        let ended = play(&Plan { shops: Shops::One, ..Plan::new(seed, 4_000) });
        assert!(ended.is_clean(), "{seed} ({kept_for}): {:#?}", ended.findings().collect::<Vec<_>>());
    }
}
