//! The tables on this machine.

use std::path::Path;

use anyhow::{Context, anyhow};
use aws_sdk_dynamodb::Client;
use tokio::task::JoinHandle;

/// Name of the integrations table.
pub const INTEGRATIONS: &str = "bridge-integrations";
/// Name of the conversations table.
pub const CONVERSATIONS: &str = "bridge-conversations";

/// A running database; dropping it ends the service, a file stays.
#[derive(Debug)]
pub struct Database {
    client: Client,
    endpoint: String,
    task: JoinHandle<()>,
}

impl Database {
    /// Starts a database in memory, or in this file, with both tables.
    ///
    /// # Errors
    /// A file that cannot be opened or is no database, or no free port.
    pub async fn start(file: Option<&Path>) -> anyhow::Result<Database> {
        let database = match file {
            Some(file) => {
                let path = file.to_str().context("the path of the database is not UTF-8")?;
                database::Database::new(path).map_err(|error| anyhow!("{path}: {error}"))?
            }
            None => database::Database::memory().map_err(|error| anyhow!("the database: {error}"))?,
        };
        let (endpoint, task) = database::serve(database).await?;
        let client = Client::from_conf(database::config(&endpoint)?.build());
        let database = Database { client, endpoint, task };
        let tables = database.client.list_tables().send().await?;
        if !tables.table_names().iter().any(|name| name == CONVERSATIONS) {
            ledger::schema::create_tables(&database.client, INTEGRATIONS, CONVERSATIONS).await?;
        }
        Ok(database)
    }

    /// Its base URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.task.abort();
    }
}
