//! What writes cost, in write units, index entries included.

use bridge::conversation::{Act, DeliveryState, Intent, OrderFacts, OrderMark};
use bridge::helpdesk::TicketId;
use bridge::integration::{Budget, Cursor, Health};
use bridge::ledger::{Ledger, Write};
use bridge::marketplace::MessageId;

use crate::support::{Bench, at, carried, delivery, fresh, next, shop};

const THREAD: &str = "5f0c7a54-6d0b-4a3c-9b0e-0d9c7f4f1a2b";
const OWNER: &str = "6a1f6c1e-0000-4000-8000-3b1d2c4e5f60";

fn intent() -> Intent {
    let message = MessageId("0b9e9a0c-1111-4222-8333-444455556666".into());
    Intent { act: Act::Post { message }, at: at(5), attempt: 1, raise: true }
}

#[tokio::test]
async fn an_idle_tick_costs_two() {
    let bench = Bench::new().await;
    let id = shop("shop-a");
    for tick in 0..3 {
        let now = at(60 * tick);
        let taken = bench.ledger.take_lease(&id, OWNER, now, at(60 * tick + 55)).await.expect("an answer");
        let (lease, cursor) = taken.expect("free");
        let cursor = Cursor {
            empikplace: Some(now),
            thulium: Some(now),
            next_poll: Some(at(60 * tick + 60)),
            budget: Some(Budget { millicalls: 239_000, at: now }),
            health: Health { last_success: Some(now), ..Health::default() },
            ..cursor
        };
        assert_eq!(bench.ledger.commit(&id, &lease, &cursor).await, Ok(Write::Done));
        assert_eq!(bench.wire.units(), 2.0);
    }
}

#[tokio::test]
async fn a_conversation_costs_one_and_a_new_ticket_one_more() {
    let bench = Bench::new().await;
    let mut conversation = fresh(THREAD);
    conversation.buyer = Some("c7b4f8e0-2222-4333-8444-555566667777".into());
    conversation.customer = Some(1_234_567);
    conversation.intent = Some(intent());
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    assert_eq!(bench.wire.units(), 1.0, "announced");

    conversation = next(&conversation);
    conversation.ticket = Some(TicketId(7_654_321));
    conversation.intent = None;
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    assert_eq!(bench.wire.units(), 2.0, "opened");

    // As full as it becomes.
    conversation.orders = (0..3).map(|n| mark(&format!("123456789-{n}"))).collect();
    conversation.private = (0..20).map(|marker| format!("{marker:08x}")).collect();
    for count in [1, 30, 40] {
        conversation = next(&conversation);
        conversation.carried = carried(0..count);
        conversation.intent = Some(intent());
        assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
        assert_eq!(bench.wire.units(), 1.0, "{count} ids");
    }
}

fn mark(id: &str) -> OrderMark {
    let told = OrderFacts { state: u32::MAX, parcel: u32::MAX, incident: true };
    OrderMark { id: id.into(), told: Some(told) }
}

#[tokio::test]
async fn a_new_ticket_whose_order_is_watched_costs_one_more_and_nothing_later() {
    let bench = Bench::new().await;
    let mut conversation = fresh(THREAD);
    conversation.orders = vec![mark("123456789-A")];
    conversation.watched_until = Some(at(3600));
    conversation.intent = Some(intent());
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    assert_eq!(bench.wire.units(), 1.0, "announced");
    conversation = next(&conversation);
    conversation.ticket = Some(TicketId(7_654_321));
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    assert_eq!(bench.wire.units(), 3.0, "opened, and watched");
    conversation = next(&conversation);
    conversation.carried = carried(0..30);
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    assert_eq!(bench.wire.units(), 1.0, "a further message");
}

#[tokio::test]
async fn a_reply_out_costs_at_most_four() {
    let bench = Bench::new().await;
    let sending = delivery(THREAD, 9_876_543);
    assert_eq!(bench.ledger.save_delivery(&sending, OWNER).await, Ok(Write::Done));
    let announced = bench.wire.units();
    let mut delivered = sending.clone();
    delivered.version = 2;
    delivered.state = DeliveryState::Delivered;
    delivered.due = None;
    delivered.message = Some(MessageId(THREAD.into()));
    assert_eq!(bench.ledger.save_delivery(&delivered, OWNER).await, Ok(Write::Done));
    assert_eq!((announced, bench.wire.units()), (2.0, 2.0));
}

#[tokio::test]
async fn a_thousand_messages_cost_one_each_and_a_page_now_and_then() {
    let bench = Bench::new().await;
    let mut conversation = fresh(THREAD);
    conversation.ticket = Some(TicketId(7_654_321));
    conversation.carried = carried(0..1000);
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    // Empties the large first item into a page.
    conversation = next(&conversation);
    conversation.carried = carried(0..1001);
    assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
    bench.wire.units();
    bench.wire.requests();
    for count in 1002..=1100 {
        conversation = next(&conversation);
        conversation.carried = carried(0..count);
        assert_eq!(bench.ledger.save(&conversation, OWNER).await, Ok(Write::Done));
        // 1001 stood inline alone: 41 would from 1041 on, and again 40 later.
        let spills = matches!(count, 1041 | 1081);
        assert_eq!(bench.wire.units(), if spills { 2.0 } else { 1.0 }, "{count} ids");
        assert_eq!(bench.wire.requests(), if spills { 2 } else { 1 }, "nothing is read");
    }
    let loaded = bench.restarted().load(&conversation.key).await.expect("loaded");
    assert_eq!(loaded.conversation, Some(conversation));
}
