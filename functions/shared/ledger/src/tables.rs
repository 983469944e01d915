//! Whether the two tables are there and as they should be, and how one that is missing is made.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{KeySchemaElement, KeyType, TableDescription, TableStatus};
use bridge::failure::{Effect, Failure};

use crate::DynamoLedger;
use crate::failure::failure;
use crate::integrations::SCAN;
use crate::schema::{self, Plan};

const DESCRIBE: &str = "dynamodb:DescribeTable";
const CREATE: &str = "dynamodb:CreateTable";

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The table of integrations.
    Integrations,
    /// The table of conversations.
    Conversations,
}

impl Table {
    /// Both.
    pub const ALL: [Table; 2] = [Table::Integrations, Table::Conversations];

    fn plan(self) -> &'static Plan {
        match self {
            Table::Integrations => &Plan::INTEGRATIONS,
            Table::Conversations => &Plan::CONVERSATIONS,
        }
    }
}

/// How a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableState {
    /// As it should be.
    Ready,
    /// There is none of this name.
    Missing,
    /// It is being made or removed.
    Changing,
    /// It is there, and this is wrong with it.
    Different(Vec<Difference>),
}

/// What is wrong with a table. Keys cannot be changed: only a new table helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Its keys have other names or types.
    Keys,
    /// It lacks this index.
    NoIndex(&'static str),
    /// This index has keys of other names or types.
    IndexKeys(&'static str),
}

impl DynamoLedger {
    /// The name of a table.
    pub fn table_name(&self, table: Table) -> &str {
        match table {
            Table::Integrations => &self.integrations_table,
            Table::Conversations => &self.conversations_table,
        }
    }

    /// Compares a table with what it should be.
    ///
    /// # Errors
    /// Failures of DynamoDB; a missing table is none.
    pub async fn check_table(&self, table: Table) -> Result<TableState, Failure> {
        let described = self.client.describe_table().table_name(self.table_name(table)).send().await;
        let description = match described {
            Ok(output) => output.table.unwrap_or_else(|| TableDescription::builder().build()),
            Err(error) => match error.as_service_error() {
                Some(DescribeTableError::ResourceNotFoundException(_)) => return Ok(TableState::Missing),
                _ => return Err(failure(DESCRIBE, Effect::Read, &error)),
            },
        };
        if let Some(TableStatus::Creating | TableStatus::Deleting) = description.table_status {
            return Ok(TableState::Changing);
        }
        let differences = differences(&description, table.plan());
        Ok(if differences.is_empty() { TableState::Ready } else { TableState::Different(differences) })
    }

    /// Whether a table holds nothing at all.
    ///
    /// # Errors
    /// Failures of DynamoDB.
    pub async fn is_empty(&self, table: Table) -> Result<bool, Failure> {
        let first = self.client.scan().table_name(self.table_name(table)).limit(1).send().await;
        let first = first.map_err(|error| failure(SCAN, Effect::Read, &error))?;
        Ok(first.items().is_empty())
    }

    /// Makes a table, and tells whether it was missing. It can be used once [`Self::check_table`]
    /// finds it ready.
    ///
    /// # Errors
    /// Failures of DynamoDB; a table that is there already is none.
    pub async fn create_table(&self, table: Table) -> Result<bool, Failure> {
        match schema::create(&self.client, self.table_name(table), table.plan()).await {
            Ok(()) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(CreateTableError::ResourceInUseException(_)) => Ok(false),
                _ => Err(failure(CREATE, Effect::Write, &error)),
            },
        }
    }
}

fn differences(found: &TableDescription, plan: &Plan) -> Vec<Difference> {
    let are = |schema: &[KeySchemaElement], keys: &[&str]| {
        let as_planned = |(key, name, kind): (&KeySchemaElement, &str, KeyType)| {
            let of_kind = |name: &str| {
                let mut attributes = found.attribute_definitions().iter();
                attributes.any(|a| a.attribute_name() == name && *a.attribute_type() == schema::kind(name))
            };
            key.attribute_name() == name && *key.key_type() == kind && of_kind(name)
        };
        let mut pairs = schema.iter().zip(keys).zip([KeyType::Hash, KeyType::Range]);
        schema.len() == keys.len() && pairs.all(|((key, name), kind)| as_planned((key, name, kind)))
    };
    let mut differences = Vec::new();
    if !are(found.key_schema(), plan.keys) {
        differences.push(Difference::Keys);
    }
    for (name, keys) in plan.indexes {
        let mut indexes = found.global_secondary_indexes().iter();
        match indexes.find(|index| index.index_name() == Some(name)) {
            None => differences.push(Difference::NoIndex(name)),
            Some(index) if !are(index.key_schema(), keys) => differences.push(Difference::IndexKeys(name)),
            Some(_) => {}
        }
    }
    differences
}
