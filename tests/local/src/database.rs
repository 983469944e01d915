//! DynamoDB on this machine: an emulator inside the process, and the real SDK client against it.

use std::path::Path;

use anyhow::{Context, anyhow};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use tokio::net::TcpListener;
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
                dynoxide::Database::new(path).map_err(|error| anyhow!("{path}: {error}"))?
            }
            None => dynoxide::Database::memory().map_err(|error| anyhow!("the database: {error}"))?,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(dynoxide::server::serve_on(listener, database));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws::http_client()?)
            .region(Region::new("eu-central-1"))
            .endpoint_url(&endpoint)
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .build();
        let database = Database { client: Client::from_conf(config), endpoint, task };
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
