//! From the options to the two tables and the secrets, with everything that can be missing named.

use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials;
use bridge::failure::Failure;
use bridge::settings::IntegrationId;
use ledger::{DynamoLedger, Table};
use runtime::{Environment, Reach, Secrets, SecretsFile, SecretsManager};

use crate::Options;
use crate::answer::Error;
use crate::words::{self, Place};

/// The two tables.
pub(crate) struct Tables {
    pub(crate) ledger: DynamoLedger,
    region: String,
}

impl Tables {
    pub(crate) async fn of(options: &Options) -> Result<Tables, Error> {
        let environment = environment(options);
        needed("INTEGRATIONS_TABLE", "--integrations-table", &environment.integrations_table)?;
        needed("CONVERSATIONS_TABLE", "--conversations-table", &environment.conversations_table)?;
        let aws = aws().await?;
        Ok(Tables { ledger: environment.ledger(&aws), region: region(&aws) })
    }

    /// What to say about a call to one of them that failed.
    pub(crate) fn failed(&self, table: Table, failure: &Failure) -> Error {
        let place = Place::Table { name: self.ledger.table_name(table), region: &self.region };
        Error::failed(words::failure(failure, &place))
    }
}

/// Where the secrets are.
pub(crate) enum Store {
    Aws { manager: SecretsManager, region: String },
    Local { file: SecretsFile, path: PathBuf },
}

impl Store {
    pub(crate) async fn of(options: &Options, local: Option<&Path>) -> Result<Store, Error> {
        if let Some(path) = local {
            return Ok(Store::Local { file: SecretsFile::new(path.to_owned()), path: path.to_owned() });
        }
        let environment = environment(options);
        needed("SECRETS_PREFIX", "--secrets-prefix", &environment.secrets_prefix)?;
        let aws = aws().await?;
        Ok(Store::Aws { manager: environment.secrets(&aws), region: region(&aws) })
    }

    pub(crate) fn secrets(&self) -> &dyn Secrets {
        match self {
            Store::Aws { manager, .. } => manager,
            Store::Local { file, .. } => file,
        }
    }

    /// What to say about a call that failed.
    pub(crate) fn failed(&self, id: &IntegrationId, failure: &Failure) -> Error {
        let name = self.secrets().name(id);
        let place = match self {
            Store::Aws { region, .. } => Place::Secret { name: &name, region },
            Store::Local { .. } => Place::File { name: &name },
        };
        Error::failed(words::failure(failure, &place))
    }
}

/// Only what a command needs is asked for, so a value may be empty here.
fn environment(options: &Options) -> Environment {
    let given = |option: &Option<String>| option.as_deref().unwrap_or_default().trim().to_owned();
    Environment {
        integrations_table: given(&options.integrations_table),
        conversations_table: given(&options.conversations_table),
        secrets_prefix: given(&options.secrets_prefix),
        reach: Reach::Public,
    }
}

fn needed(variable: &str, option: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() { Err(Error::usage(words::not_set(variable, option))) } else { Ok(()) }
}

/// The SDK's configuration. Without a region or credentials it would only fail later, in words about
/// requests that could not be built.
async fn aws() -> Result<SdkConfig, Error> {
    let aws = Environment::aws().await;
    if aws.region().is_none() {
        return Err(Error::failed(words::NO_REGION));
    }
    let known = match aws.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.is_ok(),
        None => false,
    };
    if known { Ok(aws) } else { Err(Error::failed(words::NO_CREDENTIALS)) }
}

fn region(aws: &SdkConfig) -> String {
    aws.region().map(ToString::to_string).unwrap_or_default()
}
