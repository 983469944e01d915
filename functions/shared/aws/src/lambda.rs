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
    let credentials =
        variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY")).map(|(key, secret)| {
            let credentials =
                Credentials::new(key, secret, variable("AWS_SESSION_TOKEN"), None, "environment");
            SharedCredentialsProvider::new(credentials)
        });
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(crate::http_client()?)
        .region(variable("AWS_REGION").map(Region::new))
        .retry_config(retries())
        .service_config(Variables)
        .timeout_config(timeouts())
        .use_dual_stack(switched_on("AWS_USE_DUALSTACK_ENDPOINT"))
        .use_fips(switched_on("AWS_USE_FIPS_ENDPOINT"));
    config.set_credentials_provider(credentials);
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    Ok(config.build())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn switched_on(name: &str) -> bool {
    variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

/// What a single service is told: its variable, such as `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        variable(&format!("{}_{}", key.env(), key.service_id().to_uppercase().replace([' ', '-'], "_")))
    }
}
