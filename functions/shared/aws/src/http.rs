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
