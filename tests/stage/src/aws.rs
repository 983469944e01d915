//! One endpoint that is DynamoDB and Secrets Manager, as `AWS_ENDPOINT_URL` names one. It counts what
//! DynamoDB would be paid for, and can refuse an action as IAM does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Name of the integrations table.
pub const INTEGRATIONS: &str = "stage-integrations";
/// Name of the conversations table.
pub const CONVERSATIONS: &str = "stage-conversations";
/// What the names of secrets begin with.
pub const SECRETS_PREFIX: &str = "stage/bridge/";

/// As the status of a refusal: no answer at all, ever.
pub const SILENT: u16 = 999;

/// The endpoint, with both tables in it.
pub struct Aws {
    /// Its address.
    pub endpoint: String,
    /// A client of the tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    secrets: Secrets,
    desk: Arc<Mutex<Desk>>,
}

/// What the tables were paid since somebody asked, indexes included.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

#[derive(Default)]
struct Desk {
    units: Units,
    /// What certain actions, e.g. `dynamodb:PutItem`, are answered instead.
    refusal: Option<Refusal>,
}

#[derive(Clone)]
struct Refusal {
    actions: Vec<String>,
    status: StatusCode,
    body: String,
}

type Secrets = Arc<Mutex<BTreeMap<String, String>>>;

#[derive(Clone)]
struct Front {
    database: String,
    http: reqwest::Client,
    secrets: Secrets,
    desk: Arc<Mutex<Desk>>,
}

impl Aws {
    /// Starts it, with empty tables and no secrets.
    pub async fn start() -> Aws {
        let (database, _) = database::in_memory().await;
        let secrets = Secrets::default();
        let desk = Arc::<Mutex<Desk>>::default();
        let http = wire::client(wire::Reach::Anywhere).expect("a client");
        let front = Front { database, http, secrets: secrets.clone(), desk: desk.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(answer).with_state(front);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let config = database::config(&endpoint).expect("an HTTP client").build();
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(config);
        ledger::schema::create_tables(&dynamodb, INTEGRATIONS, CONVERSATIONS).await.expect("tables");
        Aws { endpoint, dynamodb, secrets, desk }
    }

    /// What the tables were paid since the last call.
    pub fn units(&self) -> Units {
        std::mem::take(&mut self.desk.lock().expect("no panic").units)
    }

    /// From now on these actions are refused, as for a role that lacks the right.
    pub fn deny(&self, actions: &[&str]) {
        let message = format!("User: arn:aws:sts::0:x is not authorized to perform: {}", actions.join(" "));
        self.refuse(actions, 400, &error("AccessDeniedException", &message));
    }

    /// From now on these actions are answered with this status and body.
    pub fn refuse(&self, actions: &[&str], status: u16, body: &str) {
        let actions = actions.iter().map(|&action| action.to_owned()).collect();
        let status = StatusCode::from_u16(status).expect("a status");
        self.desk.lock().expect("no panic").refusal = Some(Refusal { actions, status, body: body.into() });
    }

    /// Stores an integration's secret, whatever it is.
    pub fn put_secret(&self, integration: &str, text: &str) {
        let name = format!("{SECRETS_PREFIX}{integration}");
        self.secrets.lock().expect("no panic").insert(name, text.to_owned());
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
    let (service, operation) = target.split_once('.').unwrap_or_default();
    let service = if service == "secretsmanager" { service } else { "dynamodb" };
    let action = format!("{service}:{operation}");
    let refusal = front.desk.lock().expect("no panic").refusal.clone();
    if let Some(refusal) = refusal.filter(|refusal| refusal.actions.contains(&action)) {
        if refusal.status.as_u16() == SILENT {
            std::future::pending::<()>().await;
        }
        return (refusal.status, refusal.body).into_response();
    }
    let mut asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if target == "secretsmanager.GetSecretValue" {
        let name = asked["SecretId"].as_str().unwrap_or_default().to_owned();
        return match front.secrets.lock().expect("no panic").get(&name) {
            Some(secret) => json!({ "Name": name, "SecretString": secret }).to_string().into_response(),
            None => (StatusCode::BAD_REQUEST, error("ResourceNotFoundException", "no such secret"))
                .into_response(),
        };
    }
    asked["ReturnConsumedCapacity"] = "INDEXES".into();
    let mut request = front.http.post(&front.database).body(asked.to_string());
    for (name, value) in &headers {
        if name != "host" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(response) => {
            let status = StatusCode::from_u16(response.status().as_u16()).expect("a status");
            let mut headers = response.headers().clone();
            for name in ["transfer-encoding", "content-length", "x-amz-crc32"] {
                headers.remove(name);
            }
            let bytes = response.bytes().await.unwrap_or_default();
            let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            if let Some(paid) = told["ConsumedCapacity"]["CapacityUnits"].as_f64() {
                let units = &mut front.desk.lock().expect("no panic").units;
                let reads = matches!(operation, "GetItem" | "Query" | "Scan");
                *(if reads { &mut units.read } else { &mut units.write }) += paid;
            }
            (status, headers, bytes).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The body in which AWS refuses.
pub fn error(code: &str, message: &str) -> String {
    json!({ "__type": code, "Message": message, "message": message }).to_string()
}
