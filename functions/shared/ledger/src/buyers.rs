//! Buyers whose CRM record was announced or made, so that nobody gets two.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use bridge::failure::Failure;
use bridge::ledger::{Buyer, Write};
use bridge::settings::IntegrationId;
use jiff::Timestamp;

use crate::DynamoLedger;
use crate::item::{Item, Reader, Unreadable, begin, buyer_place, need, number, text, time};
use crate::schema::{BUYER, CONVERSATION};
use crate::store::{GET, Spot, Verdict, expires};

/// Marks each announcement, so that its repetition by the SDK is told from somebody else's of the
/// same moment.
#[derive(Debug, Default)]
pub(crate) struct Announcements {
    seed: RandomState,
    count: AtomicU64,
}

impl Announcements {
    fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let word = |part: u64| self.seed.hash_one((count, part));
        format!("{:016x}{:016x}", word(0), word(1))
    }
}

impl DynamoLedger {
    fn buyer_spot<'a>(&'a self, place: &'a str) -> Spot<'a> {
        Spot { table: &self.conversations_table, partition: CONVERSATION, key: place, item: BUYER }
    }

    pub(crate) async fn read_buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Option<Buyer>, Failure> {
        let place = buyer_place(id, buyer);
        let Some(item) = self.get(self.buyer_spot(&place)).await? else {
            return Ok(None);
        };
        let read = || {
            let item = Reader::of(&item)?;
            Ok(Buyer { customer: item.number("customer")?, at: need("at", item.time("at")?)? })
        };
        read().map(Some).map_err(|error: Unreadable| error.during(GET))
    }

    pub(crate) async fn write_announcement(
        &self,
        id: &IntegrationId,
        buyer: &str,
        now: Timestamp,
        stale: Option<Timestamp>,
    ) -> Result<Write, Failure> {
        let place = buyer_place(id, buyer);
        let spot = self.buyer_spot(&place);
        let mark = text(self.announcements.next());
        let mut item = begin(CONVERSATION, &place, BUYER);
        item.insert("at".into(), time(now));
        item.insert("writer".into(), mark.clone());
        let stale = stale.map(time);
        let condition = match stale {
            None => "attribute_not_exists(#item)",
            Some(_) => "attribute_not_exists(#item) OR (attribute_not_exists(#customer) AND #at = :stale)",
        };
        let values: Vec<_> = stale.clone().map(|at| (":stale", at)).into_iter().collect();
        let settled = self
            .put(spot, item, condition, &values, |found| match found {
                None => Verdict::Untouched,
                Some(found) if found.get("writer") == Some(&mark) => Verdict::Ours,
                Some(found) if !found.contains_key("customer") && found.get("at") == stale.as_ref() => {
                    Verdict::Untouched
                }
                Some(_) => Verdict::Overtaken,
            })
            .await?;
        Ok(settled.into())
    }

    pub(crate) async fn write_customer(
        &self,
        id: &IntegrationId,
        buyer: &str,
        customer: u64,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let place = buyer_place(id, buyer);
        let customer = number(customer);
        let values = [(":customer", customer.clone()), (":now", time(now)), (":expires", expires(BUYER))];
        let update = "SET #schema = :schema, #customer = :customer, #at = if_not_exists(#at, :now), \
                      #expires = :expires";
        let judge =
            |found: Option<&Item>| match found.and_then(|found| found.get("customer")) == Some(&customer) {
                true => Verdict::Ours,
                false => Verdict::Untouched,
            };
        // It cannot be lost: its only condition is the schema, and a newer one is a failure.
        self.update(self.buyer_spot(&place), update, "", &values, judge).await?;
        Ok(())
    }
}
