//! Where the secrets are kept: Secrets Manager, or a local file that stands in for it.

use std::path::PathBuf;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use bridge::failure::{Effect, Failure, Outcome, Side};
use bridge::settings::IntegrationId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Operation of the failures of a read.
const GET: &str = "secretsmanager:GetSecretValue";
/// Operations of the failures of a write.
const PUT: &str = "secretsmanager:PutSecretValue";
const CREATE: &str = "secretsmanager:CreateSecret";
/// Operation of the failures of the local file.
const FILE: &str = "secrets file";

/// A place where every integration has one secret.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret's JSON; `None`: there is no such secret.
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure>;
    /// What the secret is called, for messages to an administrator.
    fn name(&self, id: &IntegrationId) -> String;
}

/// AWS Secrets Manager.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
}

impl SecretsManager {
    /// Secrets whose ids are `prefix` and the integration's id.
    pub fn new(client: Client, prefix: String) -> SecretsManager {
        SecretsManager { client, prefix }
    }

    /// Stores a secret as a new version, and makes it when it is not there yet.
    ///
    /// # Errors
    /// Failures of Secrets Manager.
    pub async fn store(&self, id: &IntegrationId, json: &SecretString) -> Result<(), Failure> {
        let put = self
            .client
            .put_secret_value()
            .secret_id(self.name(id))
            .secret_string(json.expose_secret())
            .send()
            .await;
        match put {
            Ok(_) => return Ok(()),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(PutSecretValueError::ResourceNotFoundException(_))
                ) => {}
            Err(error) => return Err(failure(PUT, Effect::Write, &error)),
        }
        let create =
            self.client.create_secret().name(self.name(id)).secret_string(json.expose_secret()).send().await;
        create.map(drop).map_err(|error| failure(CREATE, Effect::Write, &error))
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        match self.client.get_secret_value().secret_id(self.name(id)).send().await {
            // A binary secret holds no text, and is then told to be no JSON.
            Ok(output) => Ok(Some(output.secret_string.unwrap_or_default().into())),
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(failure(GET, Effect::Read, &error)),
            },
        }
    }

    fn name(&self, id: &IntegrationId) -> String {
        format!("{}{id}", self.prefix)
    }
}

/// A local JSON file, `{"shop-a": {"empik_api_key": "…", …}, …}`, read anew for every fetch.
#[derive(Debug, Clone)]
pub struct SecretsFile {
    path: PathBuf,
}

impl SecretsFile {
    /// The file at `path`.
    pub fn new(path: PathBuf) -> SecretsFile {
        SecretsFile { path }
    }
}

#[async_trait]
impl Secrets for SecretsFile {
    async fn fetch(&self, id: &IntegrationId) -> Result<Option<SecretString>, Failure> {
        let fail = |outcome, detail| Failure::new(Side::Secrets, FILE, Effect::Read, outcome).because(detail);
        let text = std::fs::read_to_string(&self.path)
            .map_err(|_| fail(Outcome::NotSent, "the file cannot be read"))?;
        let whole: Value =
            serde_json::from_str(&text).map_err(|_| fail(Outcome::Undecodable, "the file is not JSON"))?;
        Ok(whole.get(id.as_str()).map(|secret| secret.to_string().into()))
    }

    fn name(&self, id: &IntegrationId) -> String {
        format!("{id} in {}", self.path.display())
    }
}

/// A call that failed, as observed. The SDK's own words are left out.
fn failure<E>(operation: &'static str, effect: Effect, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata,
{
    let (outcome, detail) = match error {
        SdkError::ConstructionFailure(_) => (Outcome::NotSent, Some("the request could not be built")),
        SdkError::ServiceError(service) => {
            let (status, detail) = meaning(error.code(), service.raw().status().as_u16());
            (Outcome::Refused { status, retry_after: None }, detail)
        }
        _ => (Outcome::NoAnswer, None),
    };
    let mut failure = Failure::new(Side::Secrets, operation, effect, outcome);
    failure.detail = detail;
    failure.naming(error.code().map(str::to_owned), error.request_id().map(str::to_owned))
}

/// The status that a code stands for: Secrets Manager answers almost every refusal with 400.
fn meaning(code: Option<&str>, status: u16) -> (u16, Option<&'static str>) {
    match code.unwrap_or_default() {
        "AccessDeniedException" => (403, Some("the role lacks the right to this call on the secret")),
        "UnrecognizedClientException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException" => (403, Some("the AWS credentials were refused")),
        "DecryptionFailure" => (403, Some("the secret's key cannot be used")),
        "InvalidRequestException" => (400, Some("the secret is perhaps marked for deletion")),
        "ThrottlingException" | "Throttling" => (429, Some("Secrets Manager is being throttled")),
        "InternalServiceError" => (500, None),
        _ => (status, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
    use wiremock::matchers::{body_json, header, method};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    async fn manager(server: &MockServer) -> SecretsManager {
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws::http_client().expect("an HTTP client"))
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .endpoint_url(server.uri())
            .build();
        SecretsManager::new(Client::from_conf(config), "bridge/".into())
    }

    async fn answers(status: u16, body: Value) -> (MockServer, SecretsManager) {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method("POST"))
            .and(header("x-amz-target", "secretsmanager.GetSecretValue"))
            .and(body_json(serde_json::json!({ "SecretId": "bridge/shop-a" })))
            .respond_with(answer)
            .mount(&server)
            .await;
        let manager = manager(&server).await;
        (server, manager)
    }

    fn shop() -> IntegrationId {
        "shop-a".parse().expect("an id")
    }

    #[tokio::test]
    async fn a_secret_is_read_by_its_prefixed_id() {
        let (_server, manager) = answers(200, serde_json::json!({ "SecretString": "{}" })).await;
        let found = manager.fetch(&shop()).await.expect("an answer").expect("a secret");
        assert_eq!(found.expose_secret(), "{}");
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_no_failure() {
        let body = serde_json::json!({ "__type": "ResourceNotFoundException", "message": "x" });
        let (_server, manager) = answers(400, body).await;
        assert!(manager.fetch(&shop()).await.expect("an answer").is_none());
    }

    #[tokio::test]
    async fn a_missing_right_is_told_as_such() {
        let body = serde_json::json!({ "__type": "AccessDeniedException", "Message": "arn:aws:x is not" });
        let (_server, manager) = answers(400, body).await;
        let failure = manager.fetch(&shop()).await.expect_err("refused");
        assert_eq!((failure.operation, failure.status()), (GET, Some(403)));
        assert_eq!(
            failure.to_string(),
            "secrets secretsmanager:GetSecretValue: answered 403: the role lacks the right to this call on \
             the secret"
        );
    }

    #[tokio::test]
    async fn a_secret_is_made_when_it_is_stored_for_the_first_time() {
        let server = MockServer::start().await;
        let missing = serde_json::json!({ "__type": "ResourceNotFoundException" });
        let target = |name: &str| header("x-amz-target", format!("secretsmanager.{name}").as_str());
        Mock::given(target("PutSecretValue"))
            .respond_with(ResponseTemplate::new(400).set_body_json(missing))
            .mount(&server)
            .await;
        Mock::given(target("CreateSecret"))
            .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({})))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(manager(&server).await.store(&shop(), &"{}".into()).await, Ok(()));
        let requests = server.received_requests().await.expect("recorded");
        let made: Value = requests[1].body_json().expect("JSON");
        assert_eq!((&made["Name"], &made["SecretString"]), (&"bridge/shop-a".into(), &"{}".into()));
    }

    #[tokio::test]
    async fn the_file_holds_a_secret_for_each_integration() {
        let path = std::env::temp_dir().join(format!("secrets-{}.json", std::process::id()));
        let file = SecretsFile::new(path.clone());
        assert_eq!(file.fetch(&shop()).await.expect_err("no file").operation, FILE);
        std::fs::write(&path, r#"{"shop-a":{"thulium_user":"u"}}"#).expect("written");
        let found = file.fetch(&shop()).await.expect("an answer").expect("a secret");
        assert_eq!(found.expose_secret(), r#"{"thulium_user":"u"}"#);
        let other = "shop-b".parse().expect("an id");
        assert!(file.fetch(&other).await.expect("an answer").is_none());
        std::fs::remove_file(&path).expect("removed");
    }
}
