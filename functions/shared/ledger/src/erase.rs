//! Forgetting one buyer, because he asks for it or because the time is up.

use aws_sdk_dynamodb::types::AttributeValue;
use bridge::conversation::Key;
use bridge::failure::{Effect, Failure};
use bridge::settings::IntegrationId;

use crate::DynamoLedger;
use crate::failure::failure;
use crate::integrations::SCAN;
use crate::item::{Item, buyer_place, key_of, place, text};
use crate::schema::{BUYER, CONVERSATION, ITEM};
use crate::store::{names, values_of};

/// Operation of the failures of a removal.
const DELETE: &str = "dynamodb:DeleteItem";

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    /// The conversations, by their threads.
    pub conversations: Vec<Key>,
    /// Items that were removed: conversations, replies, pages of message ids, the buyer's record.
    pub items: usize,
}

impl DynamoLedger {
    /// Removes everything that the ledger holds of a buyer, by the customer id of the marketplace.
    /// Doing it again removes what came up meanwhile, and nothing else.
    ///
    /// Afterwards the bridge knows his threads no more: should he write in one again, a new ticket is
    /// opened for it, and a reply in the old ticket stays there. The tickets and the messages stand on
    /// the two sides and are erased there. No tick may be at work on his conversations meanwhile, or
    /// it writes one again.
    ///
    /// It reads the table of all integrations, half a unit per 4 KB, and is meant for a person at a
    /// terminal.
    ///
    /// # Errors
    /// Failures of the table; what was removed before stays removed, and another call goes on.
    pub async fn erase_buyer(&self, id: &IntegrationId, buyer: &str) -> Result<Erased, Failure> {
        let mut erased = Erased::default();
        for key in self.threads_of(id, buyer).await? {
            // The conversation goes last: until then another call finds it again.
            let partition = place(&key);
            let condition = format!("#{CONVERSATION} = :place");
            let mut items = self
                .items(&self.conversations_table, &condition, &[(":place", text(&partition))])
                .await?
                .into_iter()
                .filter_map(|item| item.get(ITEM)?.as_s().ok().cloned())
                .collect::<Vec<_>>();
            items.sort_by_key(|item| item == CONVERSATION);
            for item in &items {
                erased.items += usize::from(self.remove(&partition, item).await?);
            }
            erased.conversations.push(key);
        }
        erased.items += usize::from(self.remove(&buyer_place(id, buyer), BUYER).await?);
        Ok(erased)
    }

    async fn threads_of(&self, id: &IntegrationId, buyer: &str) -> Result<Vec<Key>, Failure> {
        let filter = format!("#{ITEM} = :item AND begins_with(#{CONVERSATION}, :begin) AND #buyer = :buyer");
        let values =
            [(":item", text(CONVERSATION)), (":begin", text(format!("{id}#"))), (":buyer", text(buyer))];
        let items: Vec<Item> = self
            .client
            .scan()
            .table_name(&self.conversations_table)
            .filter_expression(&filter)
            .set_expression_attribute_names(Some(names(&[&filter])))
            .set_expression_attribute_values(Some(values_of(&values)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| failure(SCAN, Effect::Read, &error))?;
        let partition = |item: &Item| key_of(item.get(CONVERSATION)?.as_s().ok()?);
        Ok(items.iter().filter_map(partition).collect())
    }

    /// Whether there was something to remove.
    async fn remove(&self, partition: &str, item: &str) -> Result<bool, Failure> {
        let key: [(String, AttributeValue); 2] =
            [(CONVERSATION.to_owned(), text(partition)), (ITEM.to_owned(), text(item))];
        let removed = self
            .client
            .delete_item()
            .table_name(&self.conversations_table)
            .set_key(Some(key.into()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| failure(DELETE, Effect::Write, &error))?;
        Ok(removed.attributes.is_some_and(|old| !old.is_empty()))
    }
}
