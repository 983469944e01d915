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
//! Both indexes are sparse and hold keys only, `waiting` also [`SINCE`]: `by_ticket` leads from a ticket
//! to its conversation, `waiting` lists what is due, what is parked, and whose orders are watched.

use std::time::Duration;

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

/// When DynamoDB may delete an item of the conversations table by itself, a number: seconds since 1970.
/// [`KEPT`] after its last write. Enabled by the infrastructure code; nothing here reads it.
pub const EXPIRES: &str = "expires";
/// How long an item of the conversations table is kept after its last write: three years, and pages of
/// ids, which are written once, four times as long. A reply that is nearly as old is not begun any more, see `bridge::engine::OLDEST_REPLY`.
pub const KEPT: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

/// Index from a ticket to its conversation.
pub const BY_TICKET: &str = "by_ticket";
/// Partition key of [`BY_TICKET`], text: `{integration}#{ticket}`.
pub const TICKET_KEY: &str = "ticket_key";
/// Index over what is due, parked or watched.
pub const WAITING: &str = "waiting";
/// Partition key of [`WAITING`], text: `{integration}#due`, `{integration}#parked` or
/// `{integration}#watched`.
pub const WAITING_KEY: &str = "waiting_key";
/// Sort key of [`WAITING`], a number: milliseconds since 1970.
pub const WAITING_AT: &str = "waiting_at";

/// Since when something has been unfinished, a number as [`WAITING_AT`]; a part of [`WAITING`].
pub const SINCE: &str = "since";

/// What can go wrong when a table is made.
pub type CreateError = Box<SdkError<CreateTableError>>;

/// A table as it must be: its keys and those of its indexes, partition first.
pub(crate) struct Plan {
    pub(crate) keys: &'static [&'static str],
    pub(crate) indexes: &'static [(&'static str, &'static [&'static str])],
}

impl Plan {
    pub(crate) const INTEGRATIONS: Plan = Plan { keys: &[INTEGRATION, ITEM], indexes: &[] };
    pub(crate) const CONVERSATIONS: Plan = Plan {
        keys: &[CONVERSATION, ITEM],
        indexes: &[(BY_TICKET, &[TICKET_KEY]), (WAITING, &[WAITING_KEY, WAITING_AT])],
    };

    /// Every attribute that is part of a key.
    fn attributes(&self) -> impl Iterator<Item = &'static str> {
        let keys = self.indexes.iter().flat_map(|(_, keys)| keys.iter());
        self.keys.iter().chain(keys).copied()
    }
}

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
    create(client, integrations, &Plan::INTEGRATIONS).await?;
    create(client, conversations, &Plan::CONVERSATIONS).await
}

pub(crate) async fn create(client: &Client, name: &str, plan: &Plan) -> Result<(), CreateError> {
    let indexes: Vec<_> =
        plan.indexes.iter().map(|(name, keys)| index(name, keys)).collect::<Result<_, _>>()?;
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(plan.attributes().map(attribute).collect::<Result<_, _>>()?))
        .set_key_schema(Some(keys(plan.keys)?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .send()
        .await
        .map_err(Box::new)?;
    Ok(())
}

/// The type of an attribute that is part of a key.
pub(crate) fn kind(attribute: &str) -> ScalarAttributeType {
    match attribute {
        WAITING_AT => ScalarAttributeType::N,
        _ => ScalarAttributeType::S,
    }
}

fn attribute(name: &str) -> Result<AttributeDefinition, CreateError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind(name)).build().map_err(unbuilt)
}

fn keys(names: &[&str]) -> Result<Vec<KeySchemaElement>, CreateError> {
    let key = |(name, kind): (&&str, KeyType)| {
        let element = KeySchemaElement::builder().attribute_name(*name).key_type(kind);
        element.build().map_err(unbuilt)
    };
    names.iter().zip([KeyType::Hash, KeyType::Range]).map(key).collect()
}

fn index(name: &str, partition_and_sort: &[&str]) -> Result<GlobalSecondaryIndex, CreateError> {
    let projection = match name {
        WAITING => Projection::builder().projection_type(ProjectionType::Include).non_key_attributes(SINCE),
        _ => Projection::builder().projection_type(ProjectionType::KeysOnly),
    };
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(partition_and_sort)?))
        .projection(projection.build())
        .build()
        .map_err(unbuilt)
}

fn unbuilt(error: BuildError) -> CreateError {
    Box::new(SdkError::construction_failure(error))
}
