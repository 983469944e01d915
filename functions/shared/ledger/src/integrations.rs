//! The integrations table: rows as the functions read them, habits, the lease and the cursor.
//!
//! A tick costs two write units: [`DynamoLedger::lease`] writes owner, end and generation in one
//! conditional update and [`DynamoLedger::release`] the cursor in another, which also ends the lease.
//! The generation fences off whoever was overtaken. What [`DynamoLedger::note_rest`] notes stands in
//! attributes of its own, so that the commit of a tick that began earlier cannot shorten it.
//!
//! The cursor is written as given: that it never moves backwards is the holder's duty, who has it
//! from the lease.

use std::collections::BTreeMap;

use bridge::failure::{Effect, Failure, Side};
use bridge::integration::{Cursor, Habits, Integration, Lease};
use bridge::ledger::{Row, Write};
use bridge::settings::{IntegrationId, Settings};
use jiff::Timestamp;

use crate::DynamoLedger;
use crate::failure::failure;
use crate::item::{self, Item, Reader, Unreadable, begin, number, text, time};
use crate::schema::{CURSOR, HABITS, INTEGRATION, ITEM, SETTINGS};
use crate::store::{GET, Settled, Spot, UPDATE, Verdict, names, values_of};

/// Operation of the failures of the scan.
pub(crate) const SCAN: &str = "dynamodb:Scan";

impl DynamoLedger {
    pub(crate) fn integration_spot<'a>(&'a self, id: &'a IntegrationId, item: &'a str) -> Spot<'a> {
        Spot { table: &self.integrations_table, partition: INTEGRATION, key: id.as_str(), item }
    }

    /// Reads the whole table, eventually consistent: half a unit per 4 KB, once a tick for all
    /// integrations together.
    pub(crate) async fn rows(&self) -> Result<Vec<Row>, Failure> {
        let filter = format!("#{ITEM} IN (:settings, :habits)");
        let values = [(":settings", text(SETTINGS)), (":habits", text(HABITS))];
        let items = self
            .client
            .scan()
            .table_name(&self.integrations_table)
            .filter_expression(&filter)
            .set_expression_attribute_names(Some(names(&[&filter])))
            .set_expression_attribute_values(Some(values_of(&values)))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<Item>, _>>()
            .await
            .map_err(|error| failure(SCAN, Effect::Read, &error))?;
        let mut parts: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for item in items {
            if let Some(id) = item.get(INTEGRATION).and_then(|id| id.as_s().ok()).cloned() {
                parts.entry(id).or_default().push(item);
            }
        }
        Ok(parts.into_iter().filter_map(|(id, items)| row(id, &items)).collect())
    }

    pub(crate) async fn row(&self, id: &IntegrationId) -> Result<Option<Row>, Failure> {
        // The cursor comes before both in the order of items, and is not needed.
        let condition = format!("#{INTEGRATION} = :id AND #{ITEM} >= :first");
        let values = [(":id", text(id.as_str())), (":first", text(HABITS))];
        let items = self.items(&self.integrations_table, &condition, &values).await?;
        Ok(row(id.as_str().to_owned(), &items))
    }

    pub(crate) async fn read_cursor(&self, id: &IntegrationId) -> Result<Option<Cursor>, Failure> {
        let item = self.get(self.integration_spot(id, CURSOR)).await?;
        let cursor = item.as_ref().map(item::read_cursor).transpose();
        cursor.map_err(|error| error.during(GET))
    }

    pub(crate) async fn write_habits(&self, id: &IntegrationId, habits: &Habits) -> Result<(), Failure> {
        let mut item = begin(INTEGRATION, id.as_str(), HABITS);
        let stored = serde_json::to_string(habits)
            .map_err(|_| Unreadable::Malformed(HABITS).during(crate::store::PUT))?;
        item.insert(HABITS.into(), text(stored));
        let judge = |found: Option<&Item>| match found == Some(&item) {
            true => Verdict::Ours,
            false => Verdict::Untouched,
        };
        self.put(self.integration_spot(id, HABITS), item.clone(), "", &[], judge).await?;
        Ok(())
    }

    pub(crate) async fn lease(
        &self,
        id: &IntegrationId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Cursor)>, Failure> {
        let spot = self.integration_spot(id, CURSOR);
        let held = |found: Option<&Item>| found.and_then(|item| item::read_lease(item).ok().flatten());
        let update = "SET #schema = :schema, #owner = :owner, #until = :until, \
                      #generation = if_not_exists(#generation, :none) + :one";
        let condition = "attribute_not_exists(#owner) OR #until <= :now";
        let values = [
            (":owner", text(owner)),
            (":now", time(now)),
            (":until", time(until)),
            (":none", number(0)),
            (":one", number(1)),
        ];
        let settled = self
            .update(spot, update, condition, &values, |found| match held(found) {
                Some(lease) if lease.until <= now => Verdict::Untouched,
                Some(lease) if lease.owner == owner => Verdict::Ours,
                Some(_) => Verdict::Overtaken,
                None => Verdict::Untouched,
            })
            .await?;
        let mut item = match settled {
            Settled::Done(item) => item,
            Settled::Lost(found) => {
                // A lease that cannot be read must not look like one that somebody holds for ever.
                let read = found.as_ref().map(item::read_lease).transpose();
                return read.map(|_| None).map_err(|error| error.during(UPDATE));
            }
        };
        // The same owner asks for more time: the same lease, prolonged.
        if let Some(lease) = held(Some(&item)).filter(|lease| lease.until < until) {
            let values =
                [(":owner", text(owner)), (":generation", number(lease.generation)), (":until", time(until))];
            let condition = "#owner = :owner AND #generation = :generation";
            let judge = |found: Option<&Item>| match held(found) {
                Some(now) if now.generation != lease.generation => Verdict::Overtaken,
                Some(now) if now.until == until => Verdict::Ours,
                Some(_) => Verdict::Untouched,
                None => Verdict::Overtaken,
            };
            match self.update(spot, "SET #until = :until", condition, &values, judge).await? {
                Settled::Done(prolonged) => item = prolonged,
                Settled::Lost(_) => return Ok(None),
            }
        }
        let read = || {
            let lease = item::need("owner", item::read_lease(&item)?)?;
            Ok(Some((lease, item::read_cursor(&item)?)))
        };
        read().map_err(|error: Unreadable| error.during(UPDATE))
    }

    pub(crate) async fn release(
        &self,
        id: &IntegrationId,
        lease: &Lease,
        cursor: &Cursor,
    ) -> Result<Write, Failure> {
        let attributes = item::cursor(cursor).map_err(|error| error.during(UPDATE))?;
        let generation = number(lease.generation);
        let owner = text(&lease.owner);
        let mut sets = vec!["#schema = :schema".to_owned(), "#released = :generation".to_owned()];
        let mut removes = vec!["#owner".to_owned(), "#until".to_owned()];
        let mut values = vec![(":generation", generation.clone()), (":owner", owner.clone())];
        const PLACEHOLDERS: [&str; item::CURSOR_ATTRIBUTES] =
            [":c0", ":c1", ":c2", ":c3", ":c4", ":c5", ":c6", ":c7", ":c8"];
        for ((name, value), placeholder) in attributes.into_iter().zip(PLACEHOLDERS) {
            match value {
                Some(value) => {
                    sets.push(format!("#{name} = {placeholder}"));
                    values.push((placeholder, value));
                }
                None => removes.push(format!("#{name}")),
            }
        }
        let update = format!("SET {} REMOVE {}", sets.join(", "), removes.join(", "));
        let condition = "#owner = :owner AND #generation = :generation";
        let settled = self
            .update(self.integration_spot(id, CURSOR), &update, condition, &values, |found| {
                let is = |name: &str, value| found.is_some_and(|item| item.get(name) == Some(value));
                match () {
                    // A generation was given to one owner only, so nobody else can have released it.
                    () if is("released", &generation) => Verdict::Ours,
                    () if is("generation", &generation) && is("owner", &owner) => Verdict::Untouched,
                    () => Verdict::Overtaken,
                }
            })
            .await?;
        Ok(settled.into())
    }

    pub(crate) async fn note_rest(
        &self,
        id: &IntegrationId,
        side: Side,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let name = match side {
            Side::Empikplace => "empikplace_rest_noted",
            Side::Thulium => "thulium_rest_noted",
            // Our own stores are not paced.
            Side::Ledger | Side::Secrets => return Ok(()),
        };
        let update = format!("SET #schema = :schema, #{name} = :until");
        let condition = format!("attribute_not_exists(#{name}) OR #{name} < :until");
        let judge = |found: Option<&Item>| {
            let noted = found.and_then(|item| Reader::of(item).ok()?.time(name).ok()?);
            match noted.is_some_and(|noted| noted >= until) {
                true => Verdict::Ours,
                false => Verdict::Untouched,
            }
        };
        let values = [(":until", time(until))];
        self.update(self.integration_spot(id, CURSOR), &update, &condition, &values, judge).await?;
        Ok(())
    }
}

/// The row of an integration out of its items; none where there are no settings.
fn row(id: String, items: &[Item]) -> Option<Row> {
    let part = |name: &str| items.iter().find(|item| item.get(ITEM) == Some(&text(name)));
    let settings = part(SETTINGS)?;
    let content = content(&id, settings, part(HABITS));
    Some(Row { id, content })
}

fn content(id: &str, settings: &Item, habits: Option<&Item>) -> Result<Integration, String> {
    let wrong =
        |item: &str, what: &dyn std::fmt::Display| format!("integration `{id}`, item `{item}`: {what}");
    let in_settings = |error: Unreadable| wrong(SETTINGS, &error);
    let id: IntegrationId = id.parse().map_err(|error| wrong(SETTINGS, &error))?;
    let item = Reader::of(settings).map_err(in_settings)?;
    let enabled_at = item.time("enabled_at").map_err(in_settings)?;
    let text = item.text(SETTINGS).and_then(|text| item::need(SETTINGS, text)).map_err(in_settings)?;
    let settings = Settings::from_json(text).map_err(|error| wrong(SETTINGS, &error))?;
    if settings.id != id {
        return Err(wrong(SETTINGS, &"the settings are of another integration"));
    }
    let habits = match habits {
        None => Habits::default(),
        Some(item) => {
            let read = || item::need(HABITS, Reader::of(item)?.json(HABITS)?);
            read().map_err(|error: Unreadable| wrong(HABITS, &error))?
        }
    };
    Ok(Integration { settings, enabled_at, habits })
}
