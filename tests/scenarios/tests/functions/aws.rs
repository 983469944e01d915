//! One endpoint that is DynamoDB and Secrets Manager, as `AWS_ENDPOINT_URL` names one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const INTEGRATIONS: &str = "stage-integrations";
pub const CONVERSATIONS: &str = "stage-conversations";
pub const SECRETS_PREFIX: &str = "stage/bridge/";

/// The endpoint, with both tables in it.
pub struct Aws {
    pub endpoint: String,
    pub dynamodb: aws_sdk_dynamodb::Client,
    secrets: Secrets,
}

type Secrets = Arc<Mutex<BTreeMap<String, String>>>;

#[derive(Clone)]
struct Front {
    database: String,
    http: reqwest::Client,
    secrets: Secrets,
}

impl Aws {
    pub async fn start() -> Aws {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let database = format!("http://{}", listener.local_addr().expect("an address"));
        let engine = dynoxide::Database::memory().expect("a database");
        tokio::spawn(dynoxide::server::serve_on(listener, engine));
        let secrets = Secrets::default();
        let front = Front { database, http: reqwest::Client::new(), secrets: secrets.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(answer).with_state(front);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&endpoint)
            .build();
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(config);
        ledger::schema::create_tables(&dynamodb, INTEGRATIONS, CONVERSATIONS).await.expect("tables");
        Aws { endpoint, dynamodb, secrets }
    }

    pub fn put_secret(&self, integration: &str, secret: &Value) {
        let name = format!("{SECRETS_PREFIX}{integration}");
        self.secrets.lock().expect("no panic").insert(name, secret.to_string());
    }

    /// The environment that the README documents, and nothing else.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("INTEGRATIONS_TABLE", INTEGRATIONS.into()),
            ("CONVERSATIONS_TABLE", CONVERSATIONS.into()),
            ("SECRETS_PREFIX", SECRETS_PREFIX.into()),
            ("AWS_REGION", "eu-central-1".into()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("ALLOW_HTTP", "1".into()),
        ]
    }
}

async fn answer(State(front): State<Front>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok()).unwrap_or_default().to_owned();
    if target == "secretsmanager.GetSecretValue" {
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let name = asked["SecretId"].as_str().unwrap_or_default().to_owned();
        return match front.secrets.lock().expect("no panic").get(&name) {
            Some(secret) => json!({ "Name": name, "SecretString": secret }).to_string().into_response(),
            None => {
                let error = json!({ "__type": "ResourceNotFoundException", "Message": "no such secret" });
                (StatusCode::BAD_REQUEST, error.to_string()).into_response()
            }
        };
    }
    let mut request = front.http.post(&front.database).body(body);
    for (name, value) in &headers {
        if name != "host" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(response) => {
            let status = StatusCode::from_u16(response.status().as_u16()).expect("a status");
            let mut headers = response.headers().clone();
            headers.remove("transfer-encoding");
            headers.remove("content-length");
            (status, headers, response.bytes().await.unwrap_or_default()).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
