//! The order of events, and which promise of the README each of them shows.

use super::{Shop, Step, Time};

/// What waits when the bridge is switched on.
pub const BACKLOG: Step = Step {
    title: "The bridge is switched on; conversations wait for it (promises 1 tickets, 2 from enabling, 3 categories, \
            4 CRM, 5 orders, 11 source, 17 noise)",
    act: Shop::backlog,
    time: Time::Settle,
    sees: Shop::first_tickets,
};

/// What happens once the first tickets are there, one step after the other.
pub const STEPS: [Step; 13] = [
    Step {
        title: "Agents answer the first tickets (promises 7 replies, 8 recipient, 9 files)",
        act: Shop::agents_answer,
        time: Time::Settle,
        sees: Shop::first_answers,
    },
    Step {
        title: "Buyers write back, a colleague uses the EmpikPlace panel, Empik joins in (promises 1 tickets, 6 who speaks)",
        act: Shop::others_write,
        time: Time::Settle,
        sees: Shop::speakers,
    },
    Step {
        title: "Agents send what EmpikPlace will not take, and comments that must stay inside (promises 7, 9, 12 feedback)",
        act: Shop::refusals,
        time: Time::Settle,
        sees: Shop::feedback,
    },
    Step {
        title: "A ticket is closed, others are moved and answered automatically (promise 10 automatic replies)",
        act: Shop::tidying,
        time: Time::Settle,
        sees: Shop::queues_reply,
    },
    Step {
        title: "A buyer writes to a closed ticket, a new one opens two threads at once (promises 1 tickets, 4 CRM)",
        act: Shop::newcomers,
        time: Time::Settle,
        sees: Shop::one_record,
    },
    Step {
        title: "Agents answer once more and choose the recipient by the first line (promises 7 replies, 8 recipient)",
        act: Shop::agents_finish,
        time: Time::Settle,
        sees: Shop::first_lines,
    },
    Step {
        title: "Buyers write to a second shop, whose agents read English; the bridge answers at once (promises 10 \
                automatic replies, 13 several shops, 14 words)",
        act: Shop::second_shop,
        time: Time::Settle,
        sees: Shop::both_languages,
    },
    Step {
        title: "A buyer of the second shop asks on, and EmpikPlace's clock runs (promise 16 reply clock)",
        act: Shop::clock_runs,
        time: Time::Ticks(4),
        sees: Shop::clock_shown,
    },
    Step {
        title: "An hour passes and nobody answers (promise 16 reply clock)",
        act: Shop::an_hour_passes,
        time: Time::Settle,
        sees: Shop::reminded,
    },
    Step {
        title: "An agent answers past a newer message of the buyer (promise 15 stale answer guard)",
        act: Shop::stale_answer,
        time: Time::Ticks(4),
        sees: Shop::held,
    },
    Step {
        title: "The agent has read it and writes @wyślij (promise 15 stale answer guard)",
        act: Shop::release,
        time: Time::Settle,
        sees: Shop::released,
    },
    Step {
        title: "EmpikPlace takes the second shop's key no more, while buyers write to both (promise 13 several shops)",
        act: Shop::key_fails,
        time: Time::Ticks(3),
        sees: Shop::one_waits,
    },
    Step {
        title: "The key is right again (promise 13 several shops)",
        act: Shop::key_mended,
        time: Time::Settle,
        sees: Shop::caught_up,
    },
];
