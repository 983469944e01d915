//! From the options to the two tables and the secrets, with everything that can be missing named.

use std::path::{Path, PathBuf};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::ProvideCredentials;
use bridge::conversation::{Key, Loaded};
use bridge::failure::Failure;
use bridge::integration::Integration;
use bridge::ledger::Ledger;
use bridge::settings::{IntegrationId, Settings};
use ledger::{DynamoLedger, Table};
use runtime::{Credentials, Environment, Reach, Secrets, SecretsFile, SecretsManager};
use secrecy::ExposeSecret;

use crate::Options;
use crate::answer::Error;
use crate::local;
use crate::secrets::State;
use crate::words;
use crate::words::aws::Place;

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
        Error::failed(words::aws::failure(failure, &place))
    }
}

impl Tables {
    /// The settings of an integration and what was learnt about it.
    pub(crate) async fn integration(&self, id: &IntegrationId) -> Result<Integration, Error> {
        let row = self.ledger.integration(id).await;
        let row = row.map_err(|failure| self.failed(Table::Integrations, &failure))?;
        let row = row.ok_or_else(|| Error::failed(words::unknown(id)))?;
        row.content.map_err(|reason| Error::failed(words::unusable(id, &reason)))
    }

    /// A conversation; one that the ledger does not know is empty.
    pub(crate) async fn load(&self, key: &Key) -> Result<Loaded, Error> {
        self.ledger.load(key).await.map_err(|failure| self.failed(Table::Conversations, &failure))
    }
}

/// Both systems, as an integration signs in to them.
pub(crate) struct Live {
    pub(crate) shop: empikplace::Client,
    pub(crate) account: thulium::Client,
    pub(crate) credentials: Credentials,
}

impl Live {
    pub(crate) async fn of(options: &Options, settings: &Settings) -> Result<Live, Error> {
        let id = &settings.id;
        let store = Store::of(options, None).await?;
        let secret = store.secrets().fetch(id).await.map_err(|failure| store.failed(id, &failure))?;
        let secret = secret.ok_or_else(|| Error::failed(words::secrets::state(id, &State::Missing)))?;
        let credentials = Credentials::parse(&secret)
            .map_err(|wrong| Error::failed(words::secrets::state(id, &State::Unusable(wrong))))?;
        Live::with(settings, credentials)
    }

    /// The same with credentials that are not stored yet.
    pub(crate) fn with(settings: &Settings, credentials: Credentials) -> Result<Live, Error> {
        let http = http()?;
        let at = &settings.empikplace;
        let shop = empikplace::Client::new(
            http.clone(),
            address("empikplace.url", &at.url)?,
            credentials.empik_api_key.clone(),
            at.shop_id,
        );
        let account = thulium::Client::new(
            http,
            address("thulium.url", &settings.thulium.url)?,
            credentials.thulium_user.expose_secret().to_owned(),
            credentials.thulium_password.clone(),
        );
        Ok(Live { shop, account, credentials })
    }
}

/// The client of both systems.
pub(crate) fn http() -> Result<reqwest::Client, Error> {
    wire::client(reach()).map_err(|why| Error::failed(words::no_http(&why)))
}

/// A base URL that may be called.
pub(crate) fn address(key: &str, url: &str) -> Result<url::Url, Error> {
    wire::base_url(url, reach()).map_err(|problem| Error::failed(words::bad_address(key, &problem)))
}

/// Which addresses may be called: as for the functions, all of them with `ALLOW_HTTP=1`; a bridge on this
/// machine stands at one that is not public.
fn reach() -> Reach {
    let allowed = std::env::var("ALLOW_HTTP").is_ok_and(|value| value.trim() == "1");
    if allowed || local::is_meant() { Reach::Anywhere } else { Reach::Public }
}

/// Where the secrets are.
pub(crate) enum Store {
    Aws { manager: SecretsManager, region: String },
    File { file: SecretsFile, path: PathBuf },
}

impl Store {
    pub(crate) async fn of(options: &Options, file: Option<&Path>) -> Result<Store, Error> {
        if let Some(path) = file {
            return Ok(Store::File { file: SecretsFile::new(path.to_owned()), path: path.to_owned() });
        }
        let environment = environment(options);
        needed("SECRETS_PREFIX", "--secrets-prefix", &environment.secrets_prefix)?;
        let aws = aws().await?;
        Ok(Store::Aws { manager: environment.secrets(&aws), region: region(&aws) })
    }

    pub(crate) fn secrets(&self) -> &dyn Secrets {
        match self {
            Store::Aws { manager, .. } => manager,
            Store::File { file, .. } => file,
        }
    }

    /// What to say about a call that failed.
    pub(crate) fn failed(&self, id: &IntegrationId, failure: &Failure) -> Error {
        let name = self.secrets().name(id);
        let place = match self {
            Store::Aws { region, .. } => Place::Secret { name: &name, region },
            Store::File { .. } => Place::File { name: &name },
        };
        Error::failed(words::aws::failure(failure, &place))
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
pub(crate) async fn aws() -> Result<SdkConfig, Error> {
    let http = aws::http_client().map_err(|why| Error::failed(words::no_http(&why)))?;
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(aws::retries())
        .timeout_config(aws::timeouts());
    let sdk = match local::instead_of_aws() {
        None => sdk,
        // Requests cannot be signed without a region.
        Some((endpoint, key)) => {
            sdk.region(Region::from_static("local")).endpoint_url(endpoint).credentials_provider(
                aws_sdk_dynamodb::config::Credentials::new(&key, &key, None, None, "local"),
            )
        }
    };
    let aws = sdk.load().await;
    if aws.region().is_none() {
        return Err(Error::failed(words::aws::no_region()));
    }
    let known = match aws.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.is_ok(),
        None => false,
    };
    if known { Ok(aws) } else { Err(Error::failed(words::aws::no_credentials())) }
}

pub(crate) fn region(aws: &SdkConfig) -> String {
    aws.region().map(ToString::to_string).unwrap_or_default()
}
