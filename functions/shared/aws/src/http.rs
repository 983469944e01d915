//! The SDK's HTTP client on top of [`reqwest`].

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::lambda::CONNECT_TIMEOUT;

/// An HTTP client for every client of the SDK: HTTP/1.1, no redirects, no proxy from the environment,
/// 1 s for a connection. How long an attempt may take is the SDK's matter.
///
/// # Errors
/// When the TLS back end cannot be set up.
pub fn http_client() -> Result<SharedHttpClient, wire::ClientError> {
    let client = wire::builder()?.connect_timeout(CONNECT_TIMEOUT).build()?;
    Ok(SharedHttpClient::new(Connections { connector: SharedHttpConnector::new(Connector(client)) }))
}

#[derive(Debug)]
struct Connections {
    connector: SharedHttpConnector,
}

impl HttpClient for Connections {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.connector.clone()
    }
}

#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap))
                .map_err(|error| ConnectorError::user(error.into()))?;
            let response = client.execute(request).await.map_err(observed)?;
            let response = http::Response::<reqwest::Body>::from(response).map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK may try again: everything but a request that could never have been sent.
fn observed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::retry::RetryConfig;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
    use wiremock::matchers::{body_string, header};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn client(endpoint: &str) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(super::http_client().expect("an HTTP client"))
            .region(Region::new("eu-central-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(std::time::Duration::from_millis(1)),
            )
            .build();
        Client::from_conf(config)
    }

    #[tokio::test]
    async fn requests_and_answers_go_through_whole() {
        let server = MockServer::start().await;
        Mock::given(header("x-amz-target", "DynamoDB_20120810.ListTables"))
            .and(body_string(r#"{"Limit":7}"#))
            .respond_with(ResponseTemplate::new(200).set_body_string(r#"{"TableNames":["żółw"]}"#))
            .expect(1)
            .mount(&server)
            .await;
        let answer = client(&server.uri()).list_tables().limit(7).send().await.expect("an answer");
        assert_eq!(answer.table_names(), ["żółw"]);
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_code_and_a_server_that_stumbles_is_asked_again() {
        let server = MockServer::start().await;
        let stumble = ResponseTemplate::new(500);
        Mock::given(wiremock::matchers::any()).respond_with(stumble).up_to_n_times(2).mount(&server).await;
        let refusal = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#;
        let refused = ResponseTemplate::new(400).set_body_string(refusal);
        Mock::given(wiremock::matchers::any()).respond_with(refused).expect(1).mount(&server).await;
        let error = client(&server.uri()).list_tables().send().await.expect_err("refused");
        assert_eq!(error.code(), Some("ResourceNotFoundException"));
    }

    #[tokio::test]
    async fn a_connection_that_breaks_is_a_failure_that_may_be_tried_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let attempts = tokio::spawn(async move {
            let mut attempts = 0;
            while let Ok(Ok(_)) =
                tokio::time::timeout(std::time::Duration::from_secs(1), listener.accept()).await
            {
                attempts += 1;
            }
            attempts
        });
        let error = client(&endpoint).list_tables().send().await.expect_err("nobody answers");
        assert!(matches!(&error, SdkError::DispatchFailure(why) if why.is_io()), "{error:?}");
        assert_eq!(attempts.await.expect("counted"), 3);
    }
}
