//! The calls to DynamoDB: conditional writes whose outcome is always settled, and consistent reads.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::ledger::Write;

use crate::DynamoLedger;
use crate::failure::{failure, may_stand};
use crate::item::{Item, Reader, number, text};
use crate::schema::{CARRIED, CONVERSATION, EXPIRES, ITEM, KEPT, SCHEMA};

/// Operation of the failures of a put.
pub(crate) const PUT: &str = "dynamodb:PutItem";
/// Operation of the failures of an update.
pub(crate) const UPDATE: &str = "dynamodb:UpdateItem";
/// Operation of the failures of a get.
pub(crate) const GET: &str = "dynamodb:GetItem";
/// Operation of the failures of a query.
pub(crate) const QUERY: &str = "dynamodb:Query";

/// Values that an expression names.
pub(crate) type Values<'a> = &'a [(&'static str, AttributeValue)];

/// Where an item stands.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub table: &'a str,
    pub partition: &'static str,
    pub key: &'a str,
    pub item: &'a str,
}

impl Spot<'_> {
    pub(crate) fn key(self) -> Item {
        [(self.partition.to_owned(), text(self.key)), (ITEM.to_owned(), text(self.item))].into()
    }
}

/// What the stored item says about a write whose condition failed or whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is what we wrote: an earlier attempt arrived.
    Ours,
    /// It is what we meant to replace.
    Untouched,
    /// Somebody else wrote.
    Overtaken,
}

/// What came of a write.
pub(crate) enum Settled {
    /// It stands; the item as it is now, where the call returns it.
    Done(Item),
    /// Somebody else wrote first; what stands there.
    Lost(Option<Item>),
}

impl From<Settled> for Write {
    fn from(settled: Settled) -> Write {
        match settled {
            Settled::Done(_) => Write::Done,
            Settled::Lost(_) => Write::Lost,
        }
    }
}

/// The answer to one conditional write.
enum Answer {
    Done(Item),
    Refused(Option<Item>),
}

impl DynamoLedger {
    /// Puts an item if `condition` holds and what it replaces is not of a newer schema.
    pub(crate) async fn put(
        &self,
        spot: Spot<'_>,
        mut item: Item,
        condition: &str,
        values: Values<'_>,
        judge: impl Fn(Option<&Item>) -> Verdict + Send,
    ) -> Result<Settled, Failure> {
        let condition = guarded(condition);
        if spot.partition == CONVERSATION {
            item.insert(EXPIRES.to_owned(), expires(spot.item));
        }
        let sent = self
            .client
            .put_item()
            .table_name(spot.table)
            .set_item(Some(item))
            .set_expression_attribute_names(Some(names(&[&condition])))
            .set_expression_attribute_values(Some(all(values)))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let answer = match sent {
            Ok(_) => Ok(Answer::Done(Item::new())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Answer::Refused(refused.item().cloned()))
                }
                _ => Err(failure(PUT, Effect::Write, &error)),
            },
        };
        self.settle(spot, PUT, answer, judge).await
    }

    /// Updates an item if `condition` holds and it is not of a newer schema; returns it whole.
    pub(crate) async fn update(
        &self,
        spot: Spot<'_>,
        update: &str,
        condition: &str,
        values: Values<'_>,
        judge: impl Fn(Option<&Item>) -> Verdict + Send,
    ) -> Result<Settled, Failure> {
        let condition = guarded(condition);
        let sent = self
            .client
            .update_item()
            .table_name(spot.table)
            .set_key(Some(spot.key()))
            .set_expression_attribute_names(Some(names(&[&condition, update])))
            .set_expression_attribute_values(Some(all(values)))
            .update_expression(update)
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let answer = match sent {
            Ok(output) => Ok(Answer::Done(output.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Answer::Refused(refused.item().cloned()))
                }
                _ => Err(failure(UPDATE, Effect::Write, &error)),
            },
        };
        self.settle(spot, UPDATE, answer, judge).await
    }

    async fn settle(
        &self,
        spot: Spot<'_>,
        operation: &'static str,
        answer: Result<Answer, Failure>,
        judge: impl Fn(Option<&Item>) -> Verdict + Send,
    ) -> Result<Settled, Failure> {
        let (found, unknown) = match answer {
            Ok(Answer::Done(item)) => return Ok(Settled::Done(item)),
            Ok(Answer::Refused(found)) => (found, None),
            Err(failure) if !may_stand(&failure) => return Err(failure),
            Err(failure) => {
                // Whatever the last attempt met, an earlier one may have been applied.
                let mut unknown = Failure::new(Side::Ledger, operation, Effect::Write, Outcome::NoAnswer);
                unknown.codes = failure.codes;
                unknown.detail = failure.detail;
                unknown.request_id = failure.request_id;
                match self.get(spot).await {
                    Ok(found) => (found, Some(unknown)),
                    Err(_) => return Err(unknown),
                }
            }
        };
        // It says when an item was written, not what was written.
        let found = found.map(|mut found| {
            found.remove(EXPIRES);
            found
        });
        if let Some(found) = &found {
            Reader::of(found).map_err(|error| error.during(operation))?;
        }
        match (judge(found.as_ref()), unknown) {
            (Verdict::Ours, _) => Ok(Settled::Done(found.unwrap_or_default())),
            // It has not arrived so far, but still may.
            (Verdict::Untouched, Some(unknown)) => Err(unknown),
            (Verdict::Untouched, None) | (Verdict::Overtaken, _) => Ok(Settled::Lost(found)),
        }
    }

    /// One item, by a consistent read.
    pub(crate) async fn get(&self, spot: Spot<'_>) -> Result<Option<Item>, Failure> {
        let output = self
            .client
            .get_item()
            .table_name(spot.table)
            .set_key(Some(spot.key()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure(GET, Effect::Read, &error))?;
        Ok(output.item)
    }

    /// The items of one partition that fulfil `condition`, in order, by consistent reads.
    pub(crate) async fn items(
        &self,
        table: &str,
        condition: &str,
        values: Values<'_>,
    ) -> Result<Vec<Item>, Failure> {
        self.client
            .query()
            .table_name(table)
            .set_expression_attribute_names(Some(names(&[condition])))
            .set_expression_attribute_values(Some(values_of(values)))
            .key_condition_expression(condition)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<Item>, _>>()
            .await
            .map_err(|error| failure(QUERY, Effect::Read, &error))
    }

    /// At most `limit` keys of an index, in order; may lag behind the table.
    pub(crate) async fn indexed(
        &self,
        index: &str,
        condition: &str,
        values: Values<'_>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, Failure> {
        let mut found: Vec<Item> = Vec::new();
        let mut start = None;
        while found.len() < limit {
            let rest = i32::try_from(limit - found.len()).unwrap_or(i32::MAX);
            let output = self
                .client
                .query()
                .table_name(&self.conversations_table)
                .index_name(index)
                .set_expression_attribute_names(Some(names(&[condition])))
                .set_expression_attribute_values(Some(values_of(values)))
                .key_condition_expression(condition)
                .scan_index_forward(order == Order::Ascending)
                .set_exclusive_start_key(start)
                .limit(rest)
                .send()
                .await
                .map_err(|error| failure(QUERY, Effect::Read, &error))?;
            found.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// In which order an index is read, by its sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// What [`EXPIRES`] is for an item that is written now.
pub(crate) fn expires(item: &str) -> AttributeValue {
    // A page is never written again, and its conversation cannot be read without it.
    let kept = if item.starts_with(CARRIED) { KEPT * 4 } else { KEPT };
    // The clock by which DynamoDB deletes is the real one, whatever clock the bridge lives by.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    number((now + kept).as_secs())
}

fn guarded(condition: &str) -> String {
    const GUARD: &str = "(attribute_not_exists(#schema) OR #schema <= :schema)";
    match condition {
        "" => GUARD.to_owned(),
        _ => format!("{GUARD} AND ({condition})"),
    }
}

/// Every `#name` of the expressions stands for the attribute of that name, so that no reserved word
/// of DynamoDB's is ever met.
pub(crate) fn names(expressions: &[&str]) -> HashMap<String, String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    expressions
        .iter()
        .flat_map(|expression| expression.split('#').skip(1))
        .filter_map(|rest| rest.split(word).next())
        .map(|name| (format!("#{name}"), name.to_owned()))
        .collect()
}

pub(crate) fn values_of(values: Values<'_>) -> Item {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn all(values: Values<'_>) -> Item {
    let mut all = values_of(values);
    all.insert(":schema".to_owned(), number(SCHEMA));
    all
}
