//! The two tables: names of keys, indexes and attributes, and how the tables are made.
//!
//! Table `integrations`: partition `integration`, sort `item`, one of [`SETTINGS`], [`CURSOR`] and
//! [`HABITS`]. Table `conversations`: partition `conversation`, sort `item`:
//!
//! | partition                      | item                         | holds                            |
//! | ------------------------------ | ---------------------------- | -------------------------------- |
//! | `{integration}#{thread}`       | `carried#{name}`             | ids of messages moved out of it  |
//! | `{integration}#{thread}`       | `conversation`               | the conversation                 |
//! | `{integration}#{thread}`       | `delivery#{ticket}#{reply}`  | a reply; numbers padded to 20    |
//! | `{integration}##buyer#{hash}`  | `buyer`                      | the CRM record made for a buyer  |
//!
//! The sort order is used: everything from `conversation` on is read in one query without the pages.
//!
//! Both indexes hold keys only and are sparse: `by_ticket` leads from a ticket to its conversation,
//! `waiting` lists what is due or parked, oldest first.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

/// The schema of every item that this crate writes. An item of a higher one is refused.
pub const SCHEMA: u64 = 1;

/// Partition key of the integrations table; text.
pub const INTEGRATION: &str = "integration";
/// Partition key of the conversations table; text.
pub const CONVERSATION: &str = "conversation";
/// Sort key of both tables; text.
pub const ITEM: &str = "item";

/// The item of an integration's settings.
pub const SETTINGS: &str = "settings";
/// The item of an integration's cursor, lease, budget and health.
pub const CURSOR: &str = "cursor";
/// The item of what was learnt about an integration's helpdesk account.
pub const HABITS: &str = "habits";

/// Begin of the items that hold carried ids.
pub const CARRIED: &str = "carried#";
/// Begin of the items that hold deliveries.
pub const DELIVERY: &str = "delivery#";
/// The item of a buyer.
pub const BUYER: &str = "buyer";

/// Index from a ticket to its conversation.
pub const BY_TICKET: &str = "by_ticket";
/// Partition key of [`BY_TICKET`], text: `{integration}#{ticket}`.
pub const TICKET_KEY: &str = "ticket_key";
/// Index over what is due or parked.
pub const WAITING: &str = "waiting";
/// Partition key of [`WAITING`], text: `{integration}#due` or `{integration}#parked`.
pub const WAITING_KEY: &str = "waiting_key";
/// Sort key of [`WAITING`], a number: milliseconds since 1970.
pub const WAITING_AT: &str = "waiting_at";

/// What can go wrong when a table is made.
pub type CreateError = Box<SdkError<CreateTableError>>;

/// Makes both tables, with capacity on demand, for local work and tests; in AWS they are made by the
/// infrastructure code.
///
/// # Errors
/// Whatever the SDK reports, a table that exists already included.
pub async fn create_tables(
    client: &Client,
    integrations: &str,
    conversations: &str,
) -> Result<(), CreateError> {
    client
        .create_table()
        .table_name(integrations)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes(&[INTEGRATION, ITEM])?))
        .set_key_schema(Some(keys(INTEGRATION, Some(ITEM))?))
        .send()
        .await
        .map_err(Box::new)?;
    client
        .create_table()
        .table_name(conversations)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes(&[
            CONVERSATION,
            ITEM,
            TICKET_KEY,
            WAITING_KEY,
            WAITING_AT,
        ])?))
        .set_key_schema(Some(keys(CONVERSATION, Some(ITEM))?))
        .global_secondary_indexes(index(BY_TICKET, TICKET_KEY, None)?)
        .global_secondary_indexes(index(WAITING, WAITING_KEY, Some(WAITING_AT))?)
        .send()
        .await
        .map_err(Box::new)?;
    Ok(())
}

fn attributes(names: &[&str]) -> Result<Vec<AttributeDefinition>, CreateError> {
    let definition = |name: &&str| {
        let kind = match *name {
            WAITING_AT => ScalarAttributeType::N,
            _ => ScalarAttributeType::S,
        };
        let definition = AttributeDefinition::builder().attribute_name(*name).attribute_type(kind);
        definition.build().map_err(unbuilt)
    };
    names.iter().map(definition).collect()
}

fn keys(partition: &str, sort: Option<&str>) -> Result<Vec<KeySchemaElement>, CreateError> {
    let key = |(name, kind)| {
        let element = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        element.build().map_err(unbuilt)
    };
    let sort = sort.map(|name| (name, KeyType::Range));
    [(partition, KeyType::Hash)].into_iter().chain(sort).map(key).collect()
}

fn index(name: &str, partition: &str, sort: Option<&str>) -> Result<GlobalSecondaryIndex, CreateError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(partition, sort)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(unbuilt)
}

fn unbuilt(error: BuildError) -> CreateError {
    Box::new(SdkError::construction_failure(error))
}
