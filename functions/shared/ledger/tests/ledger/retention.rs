//! How long things are kept.

use std::time::{SystemTime, UNIX_EPOCH};

use bridge::conversation::Conversation;
use bridge::ledger::{Ledger, Write};
use ledger::schema::{EXPIRES, KEPT};

use crate::support::{Bench, CONVERSATIONS, INTEGRATIONS, at, carried, delivery, fresh, next, shop};

fn of(buyer: &str, thread: &str) -> Conversation {
    Conversation { buyer: Some(buyer.to_owned()), ..fresh(thread) }
}

async fn keep(bench: &Bench, conversation: &Conversation) {
    assert_eq!(bench.ledger.save(conversation, "o").await, Ok(Write::Done));
}

async fn fill(bench: &Bench) {
    for (buyer, thread) in [("b-1", "t-1"), ("b-1", "t-2"), ("b-2", "t-3")] {
        let mut conversation = of(buyer, thread);
        keep(bench, &conversation).await;
        // Enough messages for a page of its own.
        for messages in [40, 60, 90] {
            conversation = next(&conversation);
            conversation.carried = carried(0..messages);
            keep(bench, &conversation).await;
        }
        for reply in 1..=3 {
            assert_eq!(bench.ledger.save_delivery(&delivery(thread, reply), "o").await, Ok(Write::Done));
        }
    }
    for buyer in ["b-1", "b-2"] {
        bench.ledger.record_buyer(&shop("shop-a"), buyer, 7, at(0)).await.expect("recorded");
    }
    // The same buyer's id at another shop is another person.
    let mut other = of("b-1", "t-9");
    other.key.integration = shop("shop-b");
    keep(bench, &other).await;
}

#[tokio::test]
async fn everything_but_the_integrations_own_items_expires_three_years_after_it_was_written() {
    let bench = Bench::new().await;
    let before = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + KEPT;
    fill(&bench).await;
    let after = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + KEPT;
    let items = bench.all(CONVERSATIONS).await;
    assert!(items.len() > 15, "{}", items.len());
    for item in items {
        let expires: u64 = item[EXPIRES].as_n().expect("a number").parse().expect("seconds");
        let is_page = item["item"].as_s().expect("a text").starts_with("carried#");
        let more = if is_page { KEPT.as_secs() * 3 } else { 0 };
        assert!((before.as_secs() + more..=after.as_secs() + more).contains(&expires), "{item:?}");
    }
    assert!(bench.all(INTEGRATIONS).await.iter().all(|item| !item.contains_key(EXPIRES)));
    // A reply is begun only while its delivery, had there been one, would surely be kept.
    let margin = KEPT.as_secs() - bridge::engine::OLDEST_REPLY.as_secs().unsigned_abs();
    assert!(margin > 300 * 24 * 3600);
}
