//! What the operator's tool and the local stack need beyond the port.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use bridge::conversation::{DeliveryState, Key, Trouble};
use bridge::failure::{Effect, Failure};
use bridge::helpdesk::TicketId;
use bridge::ledger::Write;
use bridge::settings::{IntegrationId, Settings};
use jiff::Timestamp;

use crate::DynamoLedger;
use crate::failure::{failure, senseless};
use crate::integrations::SCAN;
use crate::item::{self, Item, Reader, Unreadable, begin, key_of, number, text, time};
use crate::schema::{BUYER, CONVERSATION, DELIVERY, INTEGRATION, ITEM, SCHEMA, SETTINGS};
use crate::store::{GET, PUT, Spot, Verdict, names, values_of};

const DELETE: &str = "dynamodb:DeleteItem";

/// A conversation in a listing; [`bridge::ledger::Ledger::load`] tells the rest, its deliveries too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its place.
    pub key: Key,
    /// Its ticket, once opened.
    pub ticket: Option<TicketId>,
    /// Why it waits, if it does.
    pub trouble: Option<Trouble>,
    /// The buyer's id on the marketplace, where it is known.
    pub buyer: Option<String>,
    /// When it was first written.
    pub opened: Timestamp,
}

/// What one reading of the table counts for an integration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Conversations opened since a moment.
    pub opened: u64,
    /// Replies delivered since then.
    pub delivered: u64,
}

impl DynamoLedger {
    /// Stores settings. `enabled_at` is set to `now` when they are enabled for the first time, and
    /// kept ever after. A row that cannot be read is replaced, one of a newer schema is not.
    ///
    /// [`Write::Lost`]: another operator stored settings at the same moment; read them again.
    ///
    /// # Errors
    /// Failures of the table, and a newer schema.
    pub async fn put_settings(&self, settings: &Settings, now: Timestamp) -> Result<Write, Failure> {
        let spot = self.integration_spot(&settings.id, SETTINGS);
        let stored = self.get(spot).await?;
        let (mut enabled_at, mut revision) = (None, 0);
        match stored.as_ref().map(Reader::of).transpose() {
            Err(error @ Unreadable::Newer) => return Err(error.during(GET)),
            Ok(Some(item)) => {
                enabled_at = item.time("enabled_at").ok().flatten();
                revision = item.number::<u64>("revision").ok().flatten().unwrap_or_default();
            }
            Ok(None) | Err(Unreadable::Malformed(_)) => {}
        }
        let enabled_at = enabled_at.or_else(|| settings.enabled.then_some(now));
        let json = settings.to_json().map_err(|_| senseless(PUT, "the settings cannot be stored"))?;
        let mut item = begin(INTEGRATION, settings.id.as_str(), SETTINGS);
        item.insert(SETTINGS.into(), text(json));
        item.insert("revision".into(), number(revision + 1));
        if let Some(at) = enabled_at {
            item.insert("enabled_at".into(), time(at));
        }
        let replaced = stored.as_ref().and_then(|item| item.get("revision")).cloned();
        let condition = match (&stored, &replaced) {
            (None, _) => "attribute_not_exists(#item)",
            (Some(_), None) => "attribute_not_exists(#revision)",
            (Some(_), Some(_)) => "#revision = :replaced",
        };
        let values: Vec<_> = replaced.clone().map(|revision| (":replaced", revision)).into_iter().collect();
        let judge = |found: Option<&Item>| match found {
            found if found == Some(&item) => Verdict::Ours,
            found if found == stored.as_ref() => Verdict::Untouched,
            _ => Verdict::Overtaken,
        };
        Ok(self.put(spot, item.clone(), condition, &values, judge).await?.into())
    }

    /// Fails where [`DynamoLedger::put_settings`] would refuse to replace what is stored: for a row of
    /// a newer schema. Writes nothing.
    ///
    /// # Errors
    /// Failures of the table, and a newer schema.
    pub async fn check_replaceable(&self, id: &IntegrationId) -> Result<(), Failure> {
        let stored = self.get(self.integration_spot(id, SETTINGS)).await?;
        match stored.as_ref().map(Reader::of) {
            Some(Err(error @ Unreadable::Newer)) => Err(error.during(GET)),
            _ => Ok(()),
        }
    }

    /// Removes the settings of an integration, and tells whether there were any. Its cursor, habits
    /// and conversations stay, so that nothing is carried over twice should it come back.
    ///
    /// # Errors
    /// Failures of the table, and a newer schema.
    pub async fn delete_settings(&self, id: &IntegrationId) -> Result<bool, Failure> {
        self.delete(self.integration_spot(id, SETTINGS)).await
    }

    /// Removes the record of a buyer's CRM customer, and tells whether there was one. A later message
    /// of the buyer finds the customer by searching the CRM.
    ///
    /// # Errors
    /// Failures of the table, and a newer schema.
    pub async fn delete_buyer(&self, id: &IntegrationId, buyer: &str) -> Result<bool, Failure> {
        let place = item::buyer_place(id, buyer);
        let table = &self.conversations_table;
        self.delete(Spot { table, partition: CONVERSATION, key: &place, item: BUYER }).await
    }

    /// Removes an item that is not of a newer schema, and tells whether there was one.
    async fn delete(&self, spot: Spot<'_>) -> Result<bool, Failure> {
        let condition = "attribute_not_exists(#schema) OR #schema <= :schema";
        let deleted = self
            .client
            .delete_item()
            .table_name(spot.table)
            .set_key(Some(spot.key()))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names(&[condition])))
            .set_expression_attribute_values(Some(values_of(&[(":schema", number(SCHEMA))])))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match deleted {
            Ok(output) => Ok(output.attributes.is_some_and(|item| !item.is_empty())),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Err(Unreadable::Newer.during(DELETE))
                }
                _ => Err(failure(DELETE, Effect::Write, &error)),
            },
        }
    }

    /// Counts what happened since a moment, for all integrations by one reading of the whole table,
    /// half a unit per 4 KB. Items that cannot be read are passed over.
    ///
    /// # Errors
    /// Failures of the table.
    pub async fn tally(&self, since: Timestamp) -> Result<BTreeMap<IntegrationId, Tally>, Failure> {
        let filter = format!("#{ITEM} = :item OR begins_with(#{ITEM}, :delivery)");
        let values = [(":item", text(CONVERSATION)), (":delivery", text(DELIVERY))];
        let mut items = self
            .client
            .scan()
            .table_name(&self.conversations_table)
            .filter_expression(&filter)
            .set_expression_attribute_names(Some(names(&[&filter])))
            .set_expression_attribute_values(Some(values_of(&values)))
            .into_paginator()
            .items()
            .send();
        let mut tallies: BTreeMap<IntegrationId, Tally> = BTreeMap::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failure(SCAN, Effect::Read, &error))?;
            let Ok(Some(key)) = Reader::of(&item).and_then(|r| Ok(r.text(CONVERSATION)?.and_then(key_of)))
            else {
                continue;
            };
            let tally = tallies.entry(key.integration.clone()).or_default();
            if item.get(ITEM).and_then(|name| name.as_s().ok()).is_some_and(|name| name == CONVERSATION) {
                let opened = item::read_conversation(&key, &item).ok().map(|c| c.conversation.opened);
                tally.opened += u64::from(opened.is_some_and(|at| at >= since));
            } else if let Ok(delivery) = item::read_delivery(&key, &item) {
                let counts = delivery.state == DeliveryState::Delivered && delivery.at >= since;
                tally.delivered += u64::from(counts);
            }
        }
        Ok(tallies)
    }

    /// Conversations of an integration, at most `limit`, in no order.
    ///
    /// No index serves this: it reads the table of all integrations, half a unit per 4 KB, until
    /// enough are found. It is meant for a person at a terminal.
    ///
    /// # Errors
    /// Failures of the table, and an item that cannot be read.
    pub async fn conversations(&self, id: &IntegrationId, limit: usize) -> Result<Vec<Listed>, Failure> {
        let filter = format!("begins_with(#{CONVERSATION}, :begin) AND #{ITEM} = :item");
        let values = [(":begin", text(format!("{id}#"))), (":item", text(CONVERSATION))];
        let mut items = self
            .client
            .scan()
            .table_name(&self.conversations_table)
            .filter_expression(&filter)
            .set_expression_attribute_names(Some(names(&[&filter])))
            .set_expression_attribute_values(Some(values_of(&values)))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while found.len() < limit {
            let Some(item) = items.next().await else { break };
            let item = item.map_err(|error| failure(SCAN, Effect::Read, &error))?;
            found.push(listed(&item).map_err(|error| error.during(SCAN))?);
        }
        Ok(found)
    }
}

fn listed(item: &Item) -> Result<Listed, Unreadable> {
    let key = Reader::of(item)?.text(CONVERSATION)?.and_then(key_of);
    let key = item::need(CONVERSATION, key)?;
    let conversation = item::read_conversation(&key, item)?.conversation;
    Ok(Listed {
        key,
        ticket: conversation.ticket,
        trouble: conversation.trouble,
        buyer: conversation.buyer,
        opened: conversation.opened,
    })
}
