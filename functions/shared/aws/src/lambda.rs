//! The SDK's configuration inside a Lambda function.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Time for a connection, TLS included.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Time-outs that leave room in an invocation: 1 s to connect, 3 s an attempt, 8 s for all of them.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// Three attempts at most.
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The configuration that Lambda's environment gives: region and credentials of the function's role
/// (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), which hold as long
/// as the environment lives; and, where they are set, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_DYNAMODB`,
/// `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_USE_FIPS_ENDPOINT`.
///
/// What is missing is told by the first call.
///
/// # Errors
/// When the TLS back end cannot be set up.
pub fn on_lambda() -> Result<SdkConfig, wire::ClientError> {
    read(|name| std::env::var(name).ok())
}

type Lookup = fn(&str) -> Option<String>;

fn read(lookup: Lookup) -> Result<SdkConfig, wire::ClientError> {
    let variables = Variables(lookup);
    let keys = variables.get("AWS_ACCESS_KEY_ID").zip(variables.get("AWS_SECRET_ACCESS_KEY"));
    let credentials = keys.map(|(key, secret)| {
        let token = variables.get("AWS_SESSION_TOKEN");
        SharedCredentialsProvider::new(Credentials::new(key, secret, token, None, "environment"))
    });
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(crate::http_client()?)
        .region(variables.get("AWS_REGION").map(Region::new))
        .retry_config(retries())
        .timeout_config(timeouts())
        .use_dual_stack(variables.is_true("AWS_USE_DUALSTACK_ENDPOINT"))
        .use_fips(variables.is_true("AWS_USE_FIPS_ENDPOINT"));
    config.set_credentials_provider(credentials);
    config.set_endpoint_url(variables.get("AWS_ENDPOINT_URL"));
    Ok(config.service_config(variables).build())
}

#[derive(Debug)]
struct Variables(Lookup);

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }
}

/// What a single service is told, such as `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        self.get(&format!("{}_{service}", key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::ProvideCredentials;

    fn function(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "key",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SESSION_TOKEN" => "token",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => "http://127.0.0.1:9",
            "AWS_USE_DUALSTACK_ENDPOINT" => "True",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[tokio::test]
    async fn a_functions_environment_is_all_that_is_needed() {
        let config = read(function).expect("a configuration");
        assert_eq!(config.region().map(AsRef::as_ref), Some("eu-central-1"));
        assert_eq!((config.use_dual_stack(), config.use_fips()), (Some(true), Some(false)));
        let provider = config.credentials_provider().expect("a provider");
        let credentials = provider.provide_credentials().await.expect("credentials");
        let told =
            (credentials.access_key_id(), credentials.secret_access_key(), credentials.session_token());
        assert_eq!(told, ("key", "secret", Some("token")));
    }

    #[test]
    fn a_service_may_have_an_address_of_its_own() {
        let address = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL");
            Variables(function).load_config(key.profile("endpoint_url").build().expect("a key"))
        };
        assert_eq!(address("Secrets Manager").as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(address("DynamoDB"), None);
    }

    #[test]
    fn nothing_is_made_up_where_nothing_is_set() {
        let config = read(|_| Some(" ".into())).expect("a configuration");
        assert!(config.region().is_none() && config.credentials_provider().is_none());
        assert_eq!(config.endpoint_url(), None);
    }
}
