//! DynamoDB inside a process: an emulator behind HTTP, and the real SDK against it. It knows nothing of
//! the bridge's tables, so that the tests of every crate can stand on it.

use std::io;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Config, Credentials, Region};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use dynoxide::Database;

/// Puts a database behind a base URL, as long as the task runs.
///
/// # Errors
/// No free port.
pub async fn serve(database: Database) -> io::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    Ok((endpoint, tokio::spawn(dynoxide::server::serve_on(listener, database))))
}

/// What a client of DynamoDB behind this URL is made from.
///
/// # Errors
/// No HTTP client could be set up.
pub fn config(endpoint: &str) -> Result<Builder, wire::ClientError> {
    Ok(Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws::http_client()?)
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("local", "local", None, None, "local")))
}

/// An empty database for a test, on the runtime of the caller: its base URL, and a client that asks once.
#[expect(clippy::expect_used, reason = "a test stops where its ground is missing")]
pub async fn in_memory() -> (String, Client) {
    let (endpoint, _) = serve(Database::memory().expect("a database")).await.expect("a free port");
    let config = config(&endpoint).expect("an HTTP client").retry_config(RetryConfig::disabled());
    (endpoint, Client::from_conf(config.build()))
}
