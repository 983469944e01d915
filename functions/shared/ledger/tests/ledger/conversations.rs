//! Conversations, deliveries, the indexes and buyers.

use bridge::conversation::{
    Act, Carried, Conversation, Delivery, DeliveryState, Intent, OrderFacts, OrderMark, Reason, Reminder,
    Trouble,
};
use bridge::failure::{Class, Failure};
use bridge::helpdesk::{EntryId, TicketId};
use bridge::ledger::{Buyer, Ledger, Waiting, Write};
use bridge::marketplace::{MessageId, ThreadId};
use futures::future::join_all;
use jiff::Timestamp;
use ledger::{DynamoLedger, Listed};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Bench, CONVERSATIONS, Fate, at, carried, delivery, fresh, ids, key, n, next, s, shop};

async fn stored(ledger: &DynamoLedger, thread: &str) -> Option<Conversation> {
    ledger.load(&key(thread)).await.expect("loaded").conversation
}

fn class<T: std::fmt::Debug>(result: Result<T, Failure>) -> Class {
    result.expect_err("a failure").class
}

fn times() -> impl Strategy<Value = Timestamp> {
    (-62_000_000_000i64..250_000_000_000, 0..1_000_000_000i32)
        .prop_filter_map("no such time", |(seconds, nanos)| Timestamp::new(seconds, nanos).ok())
}

fn acts() -> impl Strategy<Value = Act> {
    (0..6, "[a-z0-9-]{1,36}", marks(), times()).prop_map(|(kind, id, orders, since)| {
        let message = MessageId(id.clone());
        match kind {
            0 => Act::Open { message },
            1 => Act::Post { message },
            2 => Act::Files { message },
            3 => Act::Orders { mark: id, orders },
            4 => Act::Remind { since },
            _ => Act::Raise,
        }
    })
}

fn marks() -> impl Strategy<Value = Vec<OrderMark>> {
    let told = (any::<u32>(), any::<u32>(), any::<bool>());
    let told = told.prop_map(|(state, parcel, incident)| OrderFacts { state, parcel, incident });
    vec(("\\PC{1,20}", option::of(told)).prop_map(|(id, told)| OrderMark { id, told }), 0..4)
}

fn conversations() -> impl Strategy<Value = Conversation> {
    let intent = (acts(), times(), any::<u32>());
    let trouble = ("[a-zA-Z0-9 ]{1,30}", any::<u32>(), times(), option::of(times()));
    let who = (any::<Option<u64>>(), any::<Option<u64>>(), option::of("\\PC{0,20}"));
    let flags = (any::<bool>(), any::<bool>(), vec("[0-9a-f]{8}", 0..4));
    let more = (option::of(times()), btree_set(any::<u64>(), 0..120), times());
    let watch = (marks(), option::of(times()), option::of((times(), option::of(times()))));
    (who, flags, more, option::of(intent), option::of(trouble), watch).prop_map(
        |(
            (ticket, customer, buyer),
            (buyer_authorised, operator_authorised, private),
            more,
            intent,
            trouble,
            watch,
        )| {
            Conversation {
                ticket: ticket.map(TicketId),
                customer,
                buyer,
                buyer_authorised,
                operator_authorised,
                private,
                floor: more.0,
                carried: Carried(more.1),
                opened: more.2,
                orders: watch.0,
                watched_until: watch.1,
                reminder: watch.2.map(|(since, due)| Reminder { since, due }),
                intent: intent.map(|(act, at, attempt)| Intent { act, at, attempt, raise: attempt % 2 == 0 }),
                trouble: trouble.map(|(reason, attempts, since, due)| Trouble {
                    reason,
                    attempts,
                    since,
                    due,
                }),
                ..fresh("any")
            }
        },
    )
}

const STATES: [DeliveryState; 8] = [
    DeliveryState::Queued,
    DeliveryState::Sending,
    DeliveryState::Refused,
    DeliveryState::Held,
    DeliveryState::Delivered,
    DeliveryState::Parked,
    DeliveryState::Dropped,
    DeliveryState::Skipped,
];

fn deliveries() -> impl Strategy<Value = Delivery> {
    let (states, reasons) = (proptest::sample::select(&STATES), proptest::sample::select(&Reason::ALL));
    let numbers = (any::<u64>(), any::<u64>(), any::<u32>(), any::<u64>());
    let flags = (any::<bool>(), any::<bool>(), option::of(reasons), option::of("\\PC{1,36}"));
    (numbers, states, (times(), times()), option::of(times()), "[0-9a-f]{0,32}", flags).prop_map(
        |((ticket, reply, attempt, file_bytes), state, (since, at), due, fingerprint, flags)| Delivery {
            ticket: TicketId(ticket),
            reply: EntryId(reply),
            attempt,
            file_bytes,
            state,
            since,
            at,
            due,
            fingerprint,
            doubtful: flags.0,
            automatic: flags.1,
            reason: flags.2,
            message: flags.3.map(MessageId),
            ..delivery("any", 1)
        },
    )
}

#[test]
fn everything_is_read_as_it_was_written() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let bench = runtime.block_on(Bench::new());
    let case = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 48, ..Config::default() });
    // Twice, so that carried ids are moved into pages where there are many.
    let cases = (conversations(), conversations(), deliveries());
    let outcome = runner.run(&cases, |(first, second, delivery)| {
        case.set(case.get() + 1);
        let key = key(&format!("#%{}", case.get()));
        let first = Conversation { key: key.clone(), ..first };
        let mut second = Conversation { key: key.clone(), version: 2, ..second };
        second.carried.0.extend(&first.carried.0);
        let delivery = Delivery { key: key.clone(), ..delivery };
        runtime.block_on(async {
            prop_assert_eq!(bench.ledger.save(&first, "a").await, Ok(Write::Done));
            prop_assert_eq!(bench.ledger.save_delivery(&delivery, "a").await, Ok(Write::Done));
            let loaded = bench.ledger.load(&key).await.expect("loaded");
            prop_assert_eq!(loaded.conversation.as_ref(), Some(&first));
            prop_assert_eq!(loaded.deliveries, vec![delivery]);
            prop_assert_eq!(bench.ledger.save(&second, "b").await, Ok(Write::Done));
            let loaded = bench.restarted().load(&key).await.expect("loaded");
            prop_assert_eq!(loaded.conversation.as_ref(), Some(&second));
            Ok(())
        })
    });
    outcome.expect("every case");
}

#[tokio::test]
async fn every_state_and_reason_is_read_as_it_was_written() {
    let ledger = Bench::new().await.ledger;
    for (reply, reason) in (1..).zip(Reason::ALL) {
        let one = Delivery { reason: Some(reason), ..delivery("reasons", reply) };
        assert_eq!(ledger.save_delivery(&one, "a").await, Ok(Write::Done));
    }
    for (reply, state) in (1..).zip(STATES) {
        let one = Delivery { state, ..delivery("states", reply) };
        assert_eq!(ledger.save_delivery(&one, "a").await, Ok(Write::Done));
    }
    let load = async |thread| ledger.load(&key(thread)).await.expect("loaded").deliveries;
    assert_eq!(load("reasons").await.iter().filter_map(|d| d.reason).collect::<Vec<_>>(), Reason::ALL);
    assert_eq!(load("states").await.iter().map(|d| d.state).collect::<Vec<_>>(), STATES);
}

#[tokio::test]
async fn a_write_names_the_version_it_replaces() {
    let ledger = Bench::new().await.ledger;
    let first = fresh("t");
    assert_eq!(ledger.save(&next(&first), "a").await, Ok(Write::Lost), "nothing to replace");
    assert_eq!(ledger.save(&first, "a").await, Ok(Write::Done));
    assert_eq!(ledger.save(&first, "a").await, Ok(Write::Done), "repeated by the same owner");
    assert_eq!(ledger.save(&first, "b").await, Ok(Write::Lost), "by another owner");
    let other = Conversation { customer: Some(1), ..first.clone() };
    assert_eq!(ledger.save(&other, "a").await, Ok(Write::Lost), "not the same content");
    let other = Conversation { carried: carried(0..1), ..first.clone() };
    assert_eq!(ledger.save(&other, "a").await, Ok(Write::Lost), "not the same ids");
    assert_eq!(ledger.save(&next(&next(&first)), "a").await, Ok(Write::Lost), "a version was left out");
    assert_eq!(ledger.save(&next(&first), "b").await, Ok(Write::Done));
    assert_eq!(ledger.save(&first, "a").await, Ok(Write::Lost), "overtaken");
    assert_eq!(class(ledger.save(&Conversation { version: 0, ..first }, "a").await), Class::Permanent);
    assert_eq!(stored(&ledger, "t").await.map(|c| c.version), Some(2));

    let first = delivery("t", 7);
    let second = Delivery { version: 2, state: DeliveryState::Delivered, ..first.clone() };
    assert_eq!(ledger.save_delivery(&second, "a").await, Ok(Write::Lost), "nothing to replace");
    assert_eq!(ledger.save_delivery(&first, "a").await, Ok(Write::Done));
    assert_eq!(ledger.save_delivery(&first, "a").await, Ok(Write::Done), "repeated by the same owner");
    assert_eq!(ledger.save_delivery(&first, "b").await, Ok(Write::Lost), "by another owner");
    assert_eq!(ledger.save_delivery(&second, "b").await, Ok(Write::Done));
    assert_eq!(ledger.save_delivery(&first, "a").await, Ok(Write::Lost), "overtaken");
    assert_eq!(ledger.load(&key("t")).await.expect("loaded").deliveries, vec![second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_one_wins() {
    let ledger = Bench::new().await.ledger;
    let mut conversation = fresh("t");
    conversation.carried = carried(0..60);
    for _ in 0..3 {
        let owners: Vec<String> = (0..32).map(|owner| format!("owner-{owner}")).collect();
        let writes = owners.iter().map(|owner| ledger.save(&conversation, owner));
        let done = join_all(writes).await.into_iter().filter(|write| *write == Ok(Write::Done));
        assert_eq!(done.count(), 1);
        assert_eq!(stored(&ledger, "t").await.as_ref(), Some(&conversation));
        conversation = next(&conversation);
    }
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_reading() {
    use Fate::{Arrives, Dies, LosesAnswer};
    let bench = Bench::new().await;
    let (ledger, wire) = (&bench.ledger, &bench.wire);
    let first = fresh("t");
    wire.fates(&[LosesAnswer]);
    assert_eq!(ledger.save(&first, "a").await, Ok(Write::Done));
    let second = next(&first);
    wire.fates(&[Dies]);
    assert_eq!(class(ledger.save(&second, "a").await), Class::Unknown, "not arrived, but it may");
    wire.fates(&[LosesAnswer, Dies]);
    assert_eq!(class(ledger.save(&second, "a").await), Class::Unknown, "nobody could look");
    assert_eq!(ledger.save(&second, "a").await, Ok(Write::Done), "it had arrived");
    wire.fates(&[Dies]);
    assert_eq!(ledger.save(&second, "b").await, Ok(Write::Lost), "somebody else's stands there");

    let reply = delivery("t", 1);
    wire.fates(&[LosesAnswer, Arrives]);
    assert_eq!(ledger.save_delivery(&reply, "a").await, Ok(Write::Done));
    wire.fates(&[Dies]);
    let later = Delivery { version: 2, ..reply };
    assert_eq!(class(ledger.save_delivery(&later, "a").await), Class::Unknown);
    wire.fates(&[Dies]);
    assert_eq!(class(ledger.save_delivery(&delivery("t", 2), "a").await), Class::Unknown);
    wire.fates(&[Dies]);
    let nowhere = Delivery { version: 2, ..delivery("t", 2) };
    assert_eq!(ledger.save_delivery(&nowhere, "a").await, Ok(Write::Lost), "there is none to replace");
}

#[tokio::test]
async fn ids_move_into_a_page_without_ever_being_lost() {
    let bench = Bench::new().await;
    let mut first = fresh("t");
    first.carried = carried(0..48);
    assert_eq!(bench.ledger.save(&first, "a").await, Ok(Write::Done));
    let mut second = next(&first);
    second.carried = carried(0..49);

    // Killed before the page, and between the page and the conversation.
    for fates in [&[Fate::Dies, Fate::Dies][..], &[Fate::Arrives, Fate::Dies, Fate::Dies][..]] {
        bench.wire.fates(fates);
        bench.ledger.save(&second, "a").await.expect_err("died");
        assert_eq!(stored(&bench.restarted(), "t").await.as_ref(), Some(&first));
    }
    assert_eq!(bench.all(CONVERSATIONS).await.len(), 2, "the page stands");

    // By a process that remembers nothing; its answer is lost, too.
    bench.wire.fates(&[Fate::Arrives, Fate::Arrives, Fate::LosesAnswer]);
    assert_eq!(bench.restarted().save(&second, "b").await, Ok(Write::Done));
    assert_eq!(bench.restarted().save(&second, "b").await, Ok(Write::Done), "repeated");
    assert_eq!(bench.restarted().save(&second, "a").await, Ok(Write::Lost));
    assert_eq!(bench.all(CONVERSATIONS).await.len(), 2, "the same page");
    assert_eq!(stored(&bench.ledger, "t").await.as_ref(), Some(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_move_while_they_are_read_are_met() {
    let bench = Bench::new().await;
    let mut conversation = fresh("t");
    for count in [48, 49, 96] {
        conversation.carried = carried(0..count);
        assert_eq!(bench.ledger.save(&conversation, "a").await, Ok(Write::Done));
        conversation = next(&conversation);
    }
    // Between the first request of a load and its second one, 48 ids move into a second page.
    conversation.carried = carried(0..97);
    let (writer, moved, runtime) =
        (bench.elsewhere(), conversation.clone(), tokio::runtime::Handle::current());
    bench.wire.after(1, move || {
        let write = async move { assert_eq!(writer.save(&moved, "b").await, Ok(Write::Done)) };
        std::thread::spawn(move || runtime.block_on(write)).join().expect("done");
    });
    let loaded = stored(&bench.ledger, "t").await.expect("there");
    assert_eq!((loaded.version, &loaded.carried), (3, &carried(0..96)));
    assert_eq!(bench.ledger.save(&next(&loaded), "a").await, Ok(Write::Lost));
    assert_eq!(stored(&bench.ledger, "t").await, Some(conversation));
}

#[tokio::test]
async fn the_page_of_a_loser_adds_nothing() {
    let bench = Bench::new().await;
    let mut first = fresh("t");
    first.carried = carried(0..48);
    assert_eq!(bench.ledger.save(&first, "a").await, Ok(Write::Done));
    let (winner, loser) = (bench.restarted(), bench.restarted());
    for ledger in [&winner, &loser] {
        assert_eq!(stored(ledger, "t").await.as_ref(), Some(&first));
    }
    let mut mine = next(&first);
    mine.carried = carried(0..49);
    let mut theirs = next(&first);
    theirs.carried.0.extend(ids(100..160));
    assert_eq!(winner.save(&mine, "w").await, Ok(Write::Done));
    assert_eq!(loser.save(&theirs, "l").await, Ok(Write::Lost));
    assert_eq!(stored(&bench.restarted(), "t").await.as_ref(), Some(&mine));
}

#[tokio::test]
async fn a_thousand_ids_at_once_are_kept_and_moved_later() {
    let bench = Bench::new().await;
    let mut conversation = fresh("t");
    conversation.carried = carried(0..1000);
    assert_eq!(bench.ledger.save(&conversation, "a").await, Ok(Write::Done));
    assert_eq!(bench.restarted().save(&conversation, "a").await, Ok(Write::Done), "repeated");
    for count in [1000, 1001, 1100, 1101] {
        conversation = next(&conversation);
        conversation.carried = carried(0..count);
        assert_eq!(bench.restarted().save(&conversation, "a").await, Ok(Write::Done));
        assert_eq!(stored(&bench.restarted(), "t").await.as_ref(), Some(&conversation));
    }
}

#[tokio::test]
async fn a_missing_page_is_noticed() {
    let bench = Bench::new().await;
    let mut conversation = fresh("t");
    for count in [48, 49] {
        conversation.carried = carried(0..count);
        assert_eq!(bench.ledger.save(&conversation, "a").await, Ok(Write::Done));
        conversation = next(&conversation);
    }
    let page = bench.all(CONVERSATIONS).await.into_iter().find(|item| item["item"] != s("conversation"));
    let mut key_of_page = page.expect("a page");
    key_of_page.retain(|name, _| ["conversation", "item"].contains(&name.as_str()));
    let delete = bench.client.delete_item().table_name(CONVERSATIONS).set_key(Some(key_of_page));
    delete.send().await.expect("deleted");
    assert_eq!(class(bench.ledger.load(&conversation.key).await), Class::Permanent);
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_refused_and_kept() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let (conversation, reply) = (fresh("t"), delivery("t", 1));
    assert_eq!(ledger.save(&conversation, "a").await, Ok(Write::Done));
    assert_eq!(ledger.save_delivery(&reply, "a").await, Ok(Write::Done));
    let place = ("conversation", "shop-a#t");
    let reply_item = format!("delivery#{:020}#{:020}", 41, 1);
    for item in ["conversation", &reply_item] {
        bench.set(CONVERSATIONS, place, item, "schema", n(2)).await;
    }
    let before = bench.all(CONVERSATIONS).await;
    let failure = ledger.load(&key("t")).await.expect_err("refused");
    assert_eq!(failure.class, Class::Permanent);
    assert!(failure.to_string().contains("newer version"), "{failure}");
    let later = Delivery { version: 2, ..reply };
    for refused in [
        ledger.save(&next(&conversation), "a").await,
        ledger.save(&conversation, "a").await,
        ledger.save_delivery(&later, "a").await,
    ] {
        assert_eq!(class(refused), Class::Permanent);
    }
    assert_eq!(bench.all(CONVERSATIONS).await, before);
}

fn waits(thread: &str, due: Option<Timestamp>) -> Conversation {
    let trouble = Trouble { reason: "retry M11".into(), attempts: 1, since: at(5), due };
    Conversation { trouble: Some(trouble), ticket: Some(TicketId(41)), ..fresh(thread) }
}

#[tokio::test]
async fn what_waits_is_found_oldest_first_until_it_is_done() {
    let ledger = Bench::new().await.ledger;
    let id = shop("shop-a");
    let due = waits("#due", Some(at(30)));
    assert_eq!(ledger.save(&due, "a").await, Ok(Write::Done));
    assert_eq!(ledger.save(&waits("parked", None), "a").await, Ok(Write::Done));
    let mut elsewhere = waits("due", Some(at(1)));
    elsewhere.key.integration = shop("shop-b");
    assert_eq!(ledger.save(&elsewhere, "a").await, Ok(Write::Done));
    let reply = Delivery { due: Some(at(20)), ..delivery("t", 3) };
    let parked = Delivery { due: None, state: DeliveryState::Parked, at: at(2), ..delivery("t", 4) };
    for delivery in [&reply, &parked] {
        assert_eq!(ledger.save_delivery(delivery, "a").await, Ok(Write::Done));
    }
    let waiting = |seconds, thread: &str, delivery: Option<(u64, u64)>| Waiting {
        at: at(seconds),
        since: at(if delivery.is_some() { 8 } else { 5 }),
        thread: ThreadId(thread.into()),
        delivery,
    };
    let all = vec![waiting(20, "t", Some((41, 3))), waiting(30, "#due", None)];
    assert_eq!(ledger.due(&id, at(30), 10).await, Ok(all.clone()));
    assert_eq!(ledger.due(&id, at(29), 10).await, Ok(all[..1].to_vec()));
    assert_eq!(ledger.due(&id, at(30), 1).await, Ok(all[..1].to_vec()));
    assert_eq!(ledger.due(&id, at(30), 0).await, Ok(vec![]));
    let set_aside = vec![waiting(2, "t", Some((41, 4))), waiting(5, "parked", None)];
    assert_eq!(ledger.parked(&id, 10).await, Ok(set_aside));

    let done = Delivery { version: 2, due: None, state: DeliveryState::Delivered, ..reply };
    assert_eq!(ledger.save_delivery(&done, "a").await, Ok(Write::Done));
    let done = Conversation { trouble: None, ..next(&due) };
    assert_eq!(ledger.save(&done, "a").await, Ok(Write::Done));
    assert_eq!(ledger.due(&id, at(99), 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_ticket_leads_to_its_thread() {
    let ledger = Bench::new().await.ledger;
    let conversation = waits("a#b%c", None);
    assert_eq!(ledger.save(&conversation, "a").await, Ok(Write::Done));
    assert_eq!(ledger.save(&fresh("none"), "a").await, Ok(Write::Done));
    let thread = ledger.thread_of(&shop("shop-a"), TicketId(41)).await;
    assert_eq!(thread, Ok(Some(conversation.key.thread.clone())));
    assert_eq!(ledger.thread_of(&shop("shop-b"), TicketId(41)).await, Ok(None));
    assert_eq!(ledger.thread_of(&shop("shop-a"), TicketId(4)).await, Ok(None));

    let listed = ledger.conversations(&shop("shop-a"), 10).await.expect("a list");
    assert_eq!(listed.len(), 2);
    let Conversation { key, ticket, trouble, buyer, opened, .. } = conversation;
    assert!(listed.contains(&Listed { key, ticket, trouble, buyer, opened }));
    assert_eq!(ledger.conversations(&shop("shop-a"), 1).await.expect("a list").len(), 1);
    assert_eq!(ledger.conversations(&shop("shop"), 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_buyer_is_announced_by_one_only() {
    let bench = Bench::new().await;
    let (ledger, id) = (&bench.ledger, shop("shop-a"));
    assert_eq!(ledger.buyer(&id, "b-1").await, Ok(None));
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(1), None).await, Ok(Write::Done));
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(1), None).await, Ok(Write::Lost), "the same moment");
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(9), Some(at(0))).await, Ok(Write::Lost));
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(9), Some(at(1))).await, Ok(Write::Done));
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(9), Some(at(1))).await, Ok(Write::Lost));
    assert_eq!(ledger.buyer(&id, "b-1").await, Ok(Some(Buyer { customer: None, at: at(9) })));
    bench.wire.fates(&[Fate::Dies]);
    assert_eq!(class(ledger.announce_buyer(&id, "b-1", at(20), Some(at(9))).await), Class::Unknown);
    bench.wire.fates(&[Fate::Dies]);
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(20), Some(at(1))).await, Ok(Write::Lost), "overtaken");
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(ledger.record_buyer(&id, "b-1", 77, at(12)).await, Ok(()));
    assert_eq!(ledger.buyer(&id, "b-1").await, Ok(Some(Buyer { customer: Some(77), at: at(9) })));
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(20), Some(at(9))).await, Ok(Write::Lost), "has one");
    bench.wire.fates(&[Fate::Dies]);
    assert_eq!(ledger.announce_buyer(&id, "b-1", at(20), Some(at(9))).await, Ok(Write::Lost), "has one");
    assert_eq!(ledger.record_buyer(&id, "b-2", 78, at(12)).await, Ok(()));
    assert_eq!(ledger.buyer(&id, "b-2").await, Ok(Some(Buyer { customer: Some(78), at: at(12) })));
    assert_eq!(ledger.buyer(&shop("shop-b"), "b-1").await, Ok(None));
    let rows = format!("{:?}", bench.all(CONVERSATIONS).await);
    assert!(!rows.contains("b-1"), "ids of buyers are hashed");
}

#[tokio::test]
async fn watched_are_the_youngest_until_their_time_is_over_also_those_that_wait_for_a_reminder() {
    let bench = Bench::new().await;
    let id = shop("shop-a");
    for (thread, until) in [("old", 50), ("first", 100), ("second", 200)] {
        let watched_until = Some(at(until));
        let conversation = Conversation { ticket: Some(TicketId(1)), watched_until, ..fresh(thread) };
        assert_eq!(bench.ledger.save(&conversation, "a").await, Ok(Write::Done));
    }
    let reminded = Conversation {
        ticket: Some(TicketId(4)),
        watched_until: Some(at(100)),
        reminder: Some(Reminder { since: at(0), due: Some(at(90)) }),
        ..fresh("reminded")
    };
    assert_eq!(bench.ledger.save(&reminded, "a").await, Ok(Write::Done));
    let unopened = Conversation { watched_until: Some(at(300)), ..fresh("unopened") };
    assert_eq!(bench.ledger.save(&unopened, "a").await, Ok(Write::Done));
    let waiting = delivery("waits", 1);
    assert_eq!(bench.ledger.save_delivery(&waiting, "a").await, Ok(Write::Done));
    let threads = |found: Vec<ThreadId>| found.into_iter().map(|thread| thread.0).collect::<Vec<_>>();
    let found = bench.ledger.watched(&id, at(60), 10).await.expect("an answer");
    assert_eq!(threads(found), ["reminded", "second", "first"]);
    let found = bench.ledger.watched(&id, at(60), 2).await.expect("an answer");
    assert_eq!(threads(found), ["reminded", "second"]);
    let due = bench.ledger.due(&id, at(95), 10).await.expect("an answer");
    assert!(due.iter().any(|due| due.thread.0 == "reminded" && due.delivery.is_none()));
}

#[tokio::test]
async fn a_page_whose_answer_was_lost_is_found() {
    let bench = Bench::new().await;
    let first = Conversation { carried: carried(0..40), ..fresh("t") };
    assert_eq!(bench.ledger.save(&first, "a").await, Ok(Write::Done));
    let second = Conversation { carried: carried(0..41), ..next(&first) };
    bench.wire.fates(&[Fate::Dies]);
    assert_eq!(class(bench.ledger.save(&second, "a").await), Class::Retry, "nothing was begun");
    assert_eq!(stored(&bench.restarted(), "t").await, Some(first), "and nothing points to it");
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(bench.ledger.save(&second, "a").await, Ok(Write::Done));
    assert_eq!(stored(&bench.restarted(), "t").await, Some(second));
}

#[tokio::test]
async fn who_has_read_a_conversation_need_not_read_it_again_to_move_its_ids() {
    let bench = Bench::new().await;
    for thread in ["t", "u"] {
        let first = Conversation { carried: carried(0..40), ..fresh(thread) };
        assert_eq!(bench.ledger.save(&first, "a").await, Ok(Write::Done));
    }
    let ledger = bench.restarted();
    let read = [stored(&ledger, "t").await.expect("there"), stored(&ledger, "u").await.expect("there")];
    bench.wire.requests();
    for first in read {
        let second = Conversation { carried: carried(0..41), ..next(&first) };
        assert_eq!(ledger.save(&second, "a").await, Ok(Write::Done));
        assert_eq!(bench.wire.requests(), 2, "a page and the conversation");
    }
}
