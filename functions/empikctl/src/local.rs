//! `--local`: the bridge that `make run` has started on this machine, in place of AWS. It says in a file
//! of its owner how it is reached; everything else is the same code.

use std::future::Future;
use std::net::TcpStream;
use std::time::Duration;

use aws_config::{ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use runtime::LocalStack;

use crate::Options;
use crate::answer::Error;
use crate::console::Console;
use crate::words;

/// How long a bridge on this machine may take to be there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Requests cannot be signed without one.
const REGION: &str = "local";

tokio::task_local! {
    static STACK: Option<LocalStack>;
}

/// The options that lead to the bridge that is meant, with the one on this machine where `--local` asks
/// for it.
pub(crate) fn find(options: &Options, console: &dyn Console) -> Result<(Option<LocalStack>, Options), Error> {
    if !options.local {
        return Ok((None, options.clone()));
    }
    let place = LocalStack::place(|name| console.variable(name));
    let place = place.ok_or_else(|| Error::failed(words::no_home()))?;
    let name = place.display().to_string();
    let stack =
        LocalStack::read(&place).map_err(|error| Error::failed(words::unreadable_file(&name, &error)))?;
    let stack = stack.filter(is_there).ok_or_else(|| Error::failed(words::nothing_local()))?;
    let of = |name| stack.variable(name).map(str::to_owned);
    let options = Options {
        integrations_table: of("INTEGRATIONS_TABLE"),
        conversations_table: of("CONVERSATIONS_TABLE"),
        secrets_prefix: of("SECRETS_PREFIX"),
        ..options.clone()
    };
    Ok((Some(stack), options))
}

/// A bridge that was killed leaves its file behind.
fn is_there(stack: &LocalStack) -> bool {
    let url = stack.variable("AWS_ENDPOINT_URL").and_then(|url| url::Url::parse(url).ok());
    let addresses = url.and_then(|url| url.socket_addrs(|| None).ok()).unwrap_or_default();
    addresses.iter().any(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok())
}

/// Does some work on the bridge on this machine, or on the one in AWS.
pub(crate) async fn on<T>(stack: Option<LocalStack>, work: impl Future<Output = T>) -> T {
    STACK.scope(stack, work).await
}

/// Whether the bridge on this machine is meant.
pub(crate) fn is_meant() -> bool {
    STACK.try_with(Option::is_some).unwrap_or_default()
}

/// A variable of the bridge that is meant.
pub(crate) fn variable(name: &str) -> Option<String> {
    let of = |stack: &Option<LocalStack>| stack.as_ref().map(|stack| stack.variable(name).map(str::to_owned));
    let value = STACK.try_with(of).ok().flatten();
    value.unwrap_or_else(|| std::env::var(name).ok()).filter(|value| !value.trim().is_empty())
}

/// The base URL of the callback: of the bridge on this machine, or the one that was given, or that of
/// the environment.
pub(crate) fn callback(given: Option<&str>) -> Option<String> {
    match given.filter(|_| !is_meant()) {
        Some(given) => Some(given.to_owned()),
        None => variable("CALLBACK_URL"),
    }
}

/// What stands for AWS on this machine, whatever the SDK's own variables say.
pub(crate) async fn aws(sdk: ConfigLoader) -> SdkConfig {
    let of = |name: &str| variable(name).unwrap_or_default();
    let key = of("AWS_ACCESS_KEY_ID");
    sdk.region(Region::from_static(REGION))
        .endpoint_url(of("AWS_ENDPOINT_URL"))
        .credentials_provider(Credentials::new(&*key, &*key, None, None, "local"))
        .load()
        .await
}
