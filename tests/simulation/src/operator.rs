//! The person who looks after the bridge and retries what was set aside.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use bridge::conversation::Key;
use bridge::ledger::{Ledger, Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::IntegrationId;
use futures::executor::LocalPool;

use crate::shop::Shop;
use crate::sim::{Sim, count};

/// How many parked items a person looks at.
const MOST: usize = 100;

/// How often a person retries the same item in calm before giving it up.
const MOST_TIMES: u8 = 4;

/// What is parked: a reply of a conversation, or the conversation itself.
pub type Item = (IntegrationId, ThreadId, Option<(u64, u64)>);

/// A person who looks every few minutes, also while everything is under way.
pub async fn redrive(sim: Arc<Sim>) {
    while !sim.is_calm() {
        let pause = sim.pause(600_000);
        sim.timeline.sleep(pause).await;
        if sim.is_calm() {
            return;
        }
        let ledger = sim.tables.process();
        for shop in &sim.shops {
            let Ok(mut parked) = ledger.parked(&shop.settings.id, MOST).await else { return };
            parked.sort();
            for item in parked {
                // Time passes between looking and deciding; the conversation may go on meanwhile.
                let pause = sim.pause(2_000);
                sim.timeline.sleep(pause).await;
                match item.delivery {
                    Some(reply) if sim.chance(0.1) => {
                        drop_reply(&sim, shop, &*ledger, &item.thread, reply).await;
                    }
                    _ => {
                        retry(&sim, shop, &*ledger, &item).await;
                    }
                }
            }
        }
    }
}

/// As `empikctl drop` does it.
async fn drop_reply(sim: &Sim, shop: &Shop, ledger: &dyn Ledger, thread: &ThreadId, reply: (u64, u64)) {
    let key = Key { integration: shop.settings.id.clone(), thread: thread.clone() };
    let Ok(loaded) = ledger.load(&key).await else { return };
    let (owner, now) = (sim.visit(), sim.timeline.time());
    let mut deliveries = loaded.deliveries;
    let Some(at) = deliveries.iter().position(|d| (d.ticket.0, d.reply.0) == reply) else { return };
    let mut dropped = deliveries.remove(at);
    if !dropped.give_up(now) || ledger.save_delivery(&dropped, &owner).await != Ok(Write::Done) {
        return;
    }
    sim.note(|| format!("a person drops {reply:?} of {thread}"));
    shop.dropped.lock().unwrap_or_else(PoisonError::into_inner).insert(reply);
    for mut behind in deliveries.into_iter().filter(|delivery| delivery.ticket.0 == reply.0) {
        if behind.set_going(now) {
            let _done_or_lost = ledger.save_delivery(&behind, &owner).await;
        }
    }
}

/// Retries everything of these shops that is parked and was not retried too often; tells how much it was.
pub fn retry_all(
    sim: &Arc<Sim>,
    shops: &[Arc<Shop>],
    pool: &mut LocalPool,
    tried: &mut BTreeMap<Item, u8>,
) -> u64 {
    let ledger = sim.tables.process();
    let mut retried = 0;
    for shop in shops {
        let mut parked = pool.run_until(ledger.parked(&shop.settings.id, MOST)).unwrap_or_default();
        parked.sort();
        for item in parked {
            let same = (shop.settings.id.clone(), item.thread.clone(), item.delivery);
            let times = tried.entry(same).or_default();
            if *times < MOST_TIMES {
                *times += 1;
                retried += u64::from(pool.run_until(retry(sim, shop, &*ledger, &item)));
            }
        }
    }
    retried
}

/// As `empikctl retry` does it.
async fn retry(sim: &Sim, shop: &Shop, ledger: &dyn Ledger, item: &Waiting) -> bool {
    let key = Key { integration: shop.settings.id.clone(), thread: item.thread.clone() };
    let Ok(loaded) = ledger.load(&key).await else { return false };
    let (owner, now) = (sim.visit(), sim.timeline.time());
    let write = match item.delivery {
        None => {
            let Some(mut conversation) = loaded.conversation else { return false };
            if !conversation.take_up_again(now) {
                return false;
            }
            ledger.save(&conversation, &owner).await
        }
        Some((ticket, reply)) => {
            let mut deliveries = loaded.deliveries.into_iter();
            let same = deliveries.find(|d| (d.ticket.0, d.reply.0) == (ticket, reply));
            let Some(mut delivery) = same else { return false };
            if !delivery.queue_again(now) {
                return false;
            }
            ledger.save_delivery(&delivery, &owner).await
        }
    };
    sim.note(|| format!("a person retries {item:?}: {write:?}"));
    let done = write == Ok(Write::Done);
    if done {
        count(&sim.counts.retried);
        if let Some((ticket, _)) = item.delivery {
            // What was left behind comes after what went on meanwhile.
            shop.overtaken.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket);
        }
    }
    done
}

/// How often a person retried something.
pub fn retried(sim: &Sim) -> u64 {
    sim.counts.retried.load(Ordering::Relaxed)
}
