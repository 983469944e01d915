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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, GlobalSecondaryIndexDescription as Index, ScalarAttributeType,
    };

    use super::*;
    use crate::schema::{BY_TICKET, CONVERSATION, ITEM, TICKET_KEY, WAITING, WAITING_AT, WAITING_KEY};

    type Key = (&'static str, KeyType);

    const TABLE: [Key; 2] = [(CONVERSATION, KeyType::Hash), (ITEM, KeyType::Range)];
    const TICKETS: [Key; 1] = [(TICKET_KEY, KeyType::Hash)];
    const WAITS: [Key; 2] = [(WAITING_KEY, KeyType::Hash), (WAITING_AT, KeyType::Range)];

    fn keys(keys: &[Key]) -> Vec<KeySchemaElement> {
        let key = |(name, kind): &Key| {
            KeySchemaElement::builder().attribute_name(*name).key_type(kind.clone()).build().expect("a key")
        };
        keys.iter().map(key).collect()
    }

    fn found(table: &[Key], indexes: &[(&str, &[Key])], texts: &[&str], numbers: &[&str]) -> Vec<Difference> {
        let attribute = |name: &&str, kind: ScalarAttributeType| {
            let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(kind);
            attribute.build().expect("an attribute")
        };
        let texts = texts.iter().map(|name| attribute(name, ScalarAttributeType::S));
        let numbers = numbers.iter().map(|name| attribute(name, ScalarAttributeType::N));
        let index = |(name, of): &(&str, &[Key])| {
            Index::builder().index_name(*name).set_key_schema(Some(keys(of))).build()
        };
        let description = TableDescription::builder()
            .set_key_schema(Some(keys(table)))
            .set_attribute_definitions(Some(texts.chain(numbers).collect()))
            .set_global_secondary_indexes(Some(indexes.iter().map(index).collect()))
            .build();
        differences(&description, &Plan::CONVERSATIONS)
    }

    const TEXTS: [&str; 4] = [CONVERSATION, ITEM, TICKET_KEY, WAITING_KEY];

    #[test]
    fn a_table_as_planned_has_no_differences_in_whatever_order_it_is_described() {
        let indexes: [(&str, &[Key]); 2] = [(WAITING, &WAITS), (BY_TICKET, &TICKETS)];
        assert_eq!(found(&TABLE, &indexes, &TEXTS, &[WAITING_AT]), []);
    }

    #[test]
    fn keys_of_other_names_kinds_types_or_numbers_are_seen() {
        let indexes: [(&str, &[Key]); 2] = [(BY_TICKET, &TICKETS), (WAITING, &WAITS)];
        let tables: [&[Key]; 5] = [
            &[("id", KeyType::Hash), (ITEM, KeyType::Range)],
            &[(CONVERSATION, KeyType::Hash), ("id", KeyType::Range)],
            &[(CONVERSATION, KeyType::Range), (ITEM, KeyType::Hash)],
            &[(CONVERSATION, KeyType::Hash)],
            &[],
        ];
        for table in tables {
            let texts = [&TEXTS[..], &["id"]].concat();
            assert_eq!(found(table, &indexes, &texts, &[WAITING_AT]), [Difference::Keys], "{table:?}");
        }
        assert_eq!(found(&TABLE, &indexes, &TEXTS[1..], &[WAITING_AT, CONVERSATION]), [Difference::Keys]);
        assert_eq!(found(&TABLE, &indexes, &TEXTS[1..], &[WAITING_AT]), [Difference::Keys]);
    }

    #[test]
    fn indexes_that_lack_or_have_other_keys_are_seen() {
        let texts = [&TEXTS[..], &["id"]].concat();
        let other: [&[Key]; 3] = [
            &[("id", KeyType::Hash), (WAITING_AT, KeyType::Range)],
            &[(WAITING_KEY, KeyType::Hash)],
            &[(WAITING_KEY, KeyType::Hash), (WAITING_AT, KeyType::Hash)],
        ];
        for keys in other {
            let differences = found(&TABLE, &[(BY_TICKET, &TICKETS), (WAITING, keys)], &texts, &[WAITING_AT]);
            assert_eq!(differences, [Difference::IndexKeys(WAITING)], "{keys:?}");
        }
        let indexes: [(&str, &[Key]); 2] = [(BY_TICKET, &TICKETS), (WAITING, &WAITS)];
        let all_text = [&TEXTS[..], &[WAITING_AT]].concat();
        assert_eq!(found(&TABLE, &indexes, &all_text, &[]), [Difference::IndexKeys(WAITING)]);
        assert_eq!(
            found(&TABLE, &[(WAITING, &WAITS)], &TEXTS, &[WAITING_AT]),
            [Difference::NoIndex(BY_TICKET)]
        );
        assert_eq!(
            found(&TABLE, &[("other", &TICKETS), (WAITING, &WAITS)], &TEXTS, &[WAITING_AT]),
            [Difference::NoIndex(BY_TICKET)]
        );
    }
}
