//! A ledger in memory, for speed: the port's conditions and nothing of DynamoDB. That it agrees with
//! the real one step by step is tested on whole episodes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bridge::conversation::{Conversation, Delivery, DeliveryState, Key, Loaded};
use bridge::failure::{Failure, Side};
use bridge::helpdesk::TicketId;
use bridge::integration::{Cursor, Habits, Integration, Lease};
use bridge::ledger::{Buyer, Ledger, Row, Waiting, Write};
use bridge::marketplace::ThreadId;
use bridge::settings::{IntegrationId, Settings};
use jiff::Timestamp;

/// Something stored, and by whom.
type Written<T> = (T, String);

#[derive(Default)]
struct Shop {
    content: Option<Integration>,
    cursor: Option<Cursor>,
    lease: Option<Lease>,
    generation: u64,
    rests: [Option<Timestamp>; 2],
    conversations: BTreeMap<ThreadId, Written<Conversation>>,
    deliveries: BTreeMap<(ThreadId, u64, u64), Written<Delivery>>,
    buyers: BTreeMap<String, Buyer>,
}

/// The store.
#[derive(Default)]
pub struct Store {
    shops: Mutex<BTreeMap<String, Shop>>,
}

impl Store {
    /// A store with these integrations, enabled at `now`.
    pub fn new(integrations: &[&Settings], now: Timestamp) -> Store {
        let store = Store::default();
        for settings in integrations {
            let settings = Settings::clone(settings);
            let id = settings.id.to_string();
            let content = Integration { settings, enabled_at: Some(now), habits: Habits::default() };
            store.shops().entry(id).or_default().content = Some(content);
        }
        store
    }

    fn shops(&self) -> MutexGuard<'_, BTreeMap<String, Shop>> {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, id: &IntegrationId, work: impl FnOnce(&mut Shop) -> T) -> T {
        work(self.shops().entry(id.to_string()).or_default())
    }
}

impl Shop {
    fn row(&self, id: &str) -> Option<Row> {
        let content = self.content.clone()?;
        Some(Row { id: id.to_owned(), content: Ok(content) })
    }

    /// The cursor with the rests that were noted beside it.
    fn seen_cursor(&self) -> Cursor {
        let mut cursor = self.cursor.clone().unwrap_or_else(Cursor::start);
        cursor.empikplace_rests = cursor.empikplace_rests.max(self.rests[0]);
        cursor.thulium_rests = cursor.thulium_rests.max(self.rests[1]);
        cursor
    }

    fn waiting(&self, wanted: Wait) -> Vec<Waiting> {
        let mut found = Vec::new();
        for (thread, (conversation, _)) in &self.conversations {
            if let Some((at, since)) = waits(conversation, wanted) {
                found.push(Waiting { at, since, thread: thread.clone(), delivery: None });
            }
        }
        for ((thread, ticket, reply), (delivery, _)) in &self.deliveries {
            let at = match wanted {
                Wait::Due => delivery.due,
                Wait::Parked if matches!(delivery.state, DeliveryState::Parked | DeliveryState::Held) => {
                    delivery.due.is_none().then_some(delivery.at)
                }
                Wait::Parked | Wait::Watched => None,
            };
            let (since, delivery) = (delivery.since, Some((*ticket, *reply)));
            found.extend(at.map(|at| Waiting { at, since, thread: thread.clone(), delivery }));
        }
        found.sort();
        found
    }
}

/// What somebody may ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Due,
    Parked,
    Watched,
}

/// When a conversation is to be looked at for this, and since when it is unfinished.
fn waits(conversation: &Conversation, wanted: Wait) -> Option<(Timestamp, Timestamp)> {
    if let Some(trouble) = &conversation.trouble {
        return match (wanted, trouble.due) {
            (Wait::Due, Some(due)) => Some((due, trouble.since)),
            (Wait::Parked, None) => Some((trouble.since, trouble.since)),
            _ => None,
        };
    }
    conversation.ticket?;
    let reminder = conversation.reminder.as_ref().and_then(|reminder| reminder.due);
    let at = match wanted {
        Wait::Due => reminder,
        Wait::Watched if reminder.is_none() => conversation.watched_until,
        Wait::Watched | Wait::Parked => None,
    };
    at.map(|at| (at, at))
}

/// Puts something in place of what stands there, if that has the version before.
fn put<T: PartialEq + Clone>(
    stands: Option<&Written<T>>,
    (new, owner): (&T, &str),
    version: impl Fn(&T) -> u64,
) -> Write {
    let before = stands.map_or(0, |(stands, _)| version(stands));
    if before + 1 == version(new) || stands.is_some_and(|(stands, by)| stands == new && by == owner) {
        Write::Done
    } else {
        Write::Lost
    }
}

#[async_trait]
impl Ledger for Store {
    async fn integrations(&self) -> Result<Vec<Row>, Failure> {
        Ok(self.shops().iter().filter_map(|(id, shop)| shop.row(id)).collect())
    }

    async fn integration(&self, id: &IntegrationId) -> Result<Option<Row>, Failure> {
        Ok(self.with(id, |shop| shop.row(id.as_str())))
    }

    async fn save_habits(&self, id: &IntegrationId, habits: &Habits) -> Result<(), Failure> {
        self.with(id, |shop| {
            if let Some(content) = &mut shop.content {
                content.habits = habits.clone();
            }
        });
        Ok(())
    }

    async fn cursor(&self, id: &IntegrationId) -> Result<Option<Cursor>, Failure> {
        let known = |shop: &Shop| shop.generation > 0 || shop.rests.iter().any(Option::is_some);
        Ok(self.with(id, |shop| known(shop).then(|| shop.seen_cursor())))
    }

    async fn take_lease(
        &self,
        id: &IntegrationId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Cursor)>, Failure> {
        Ok(self.with(id, |shop| {
            let lease = match &shop.lease {
                Some(held) if held.until > now && held.owner != owner => return None,
                Some(held) if held.until > now => Lease { until: held.until.max(until), ..held.clone() },
                _ => {
                    shop.generation += 1;
                    Lease { owner: owner.to_owned(), until, generation: shop.generation }
                }
            };
            shop.lease = Some(lease.clone());
            Some((lease, shop.seen_cursor()))
        }))
    }

    async fn commit(&self, id: &IntegrationId, lease: &Lease, cursor: &Cursor) -> Result<Write, Failure> {
        Ok(self.with(id, |shop| {
            let ours = |held: &Lease| held.owner == lease.owner && held.generation == lease.generation;
            if !shop.lease.as_ref().is_some_and(ours) {
                return Write::Lost;
            }
            shop.lease = None;
            shop.cursor = Some(cursor.clone());
            Write::Done
        }))
    }

    async fn rest(&self, id: &IntegrationId, side: Side, until: Timestamp) -> Result<(), Failure> {
        let place = match side {
            Side::Empikplace => 0,
            Side::Thulium => 1,
            Side::Ledger | Side::Secrets => return Ok(()),
        };
        self.with(id, |shop| shop.rests[place] = shop.rests[place].max(Some(until)));
        Ok(())
    }

    async fn load(&self, key: &Key) -> Result<Loaded, Failure> {
        Ok(self.with(&key.integration, |shop| {
            let from = (key.thread.clone(), 0, 0);
            let deliveries =
                shop.deliveries.range(from..).take_while(|((thread, ..), _)| *thread == key.thread);
            Loaded {
                conversation: shop.conversations.get(&key.thread).map(|(stands, _)| stands.clone()),
                deliveries: deliveries.map(|(_, (stands, _))| stands.clone()).collect(),
            }
        }))
    }

    async fn save(&self, conversation: &Conversation, owner: &str) -> Result<Write, Failure> {
        let key = &conversation.key;
        Ok(self.with(&key.integration, |shop| {
            let stands = shop.conversations.get(&key.thread);
            let write = put(stands, (conversation, owner), |c| c.version);
            if write == Write::Done {
                shop.conversations.insert(key.thread.clone(), (conversation.clone(), owner.to_owned()));
            }
            write
        }))
    }

    async fn save_delivery(&self, delivery: &Delivery, owner: &str) -> Result<Write, Failure> {
        let place = (delivery.key.thread.clone(), delivery.ticket.0, delivery.reply.0);
        Ok(self.with(&delivery.key.integration, |shop| {
            let write = put(shop.deliveries.get(&place), (delivery, owner), |d| d.version);
            if write == Write::Done {
                shop.deliveries.insert(place, (delivery.clone(), owner.to_owned()));
            }
            write
        }))
    }

    async fn thread_of(&self, id: &IntegrationId, ticket: TicketId) -> Result<Option<ThreadId>, Failure> {
        Ok(self.with(id, |shop| {
            let found = shop.conversations.iter().find(|(_, (stands, _))| stands.ticket == Some(ticket));
            found.map(|(thread, _)| thread.clone())
        }))
    }

    async fn due(&self, id: &IntegrationId, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, Failure> {
        Ok(self.with(id, |shop| {
            shop.waiting(Wait::Due).into_iter().filter(|waits| waits.at <= now).take(limit).collect()
        }))
    }

    async fn watched(
        &self,
        id: &IntegrationId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ThreadId>, Failure> {
        Ok(self.with(id, |shop| {
            let youngest_first = |wait| shop.waiting(wait).into_iter().rev();
            let both = [Wait::Due, Wait::Watched].into_iter().flat_map(youngest_first);
            let later = both.filter(|waits| waits.at > now && waits.delivery.is_none());
            later.map(|waits| waits.thread).take(limit).collect()
        }))
    }

    async fn parked(&self, id: &IntegrationId, limit: usize) -> Result<Vec<Waiting>, Failure> {
        Ok(self.with(id, |shop| shop.waiting(Wait::Parked).into_iter().take(limit).collect()))
    }

    async fn buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Option<Buyer>, Failure> {
        Ok(self.with(id, |shop| shop.buyers.get(buyer).copied()))
    }

    async fn announce_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        now: Timestamp,
        stale: Option<Timestamp>,
    ) -> Result<Write, Failure> {
        Ok(self.with(id, |shop| {
            let free = match shop.buyers.get(buyer) {
                None => true,
                Some(stands) => stands.customer.is_none() && Some(stands.at) == stale,
            };
            if !free {
                return Write::Lost;
            }
            shop.buyers.insert(buyer.to_owned(), Buyer { customer: None, at: now });
            Write::Done
        }))
    }

    async fn record_buyer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        customer: u64,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.with(id, |shop| {
            let stands = shop.buyers.entry(buyer.to_owned()).or_insert(Buyer { customer: None, at: now });
            stands.customer = Some(customer);
        });
        Ok(())
    }
}
