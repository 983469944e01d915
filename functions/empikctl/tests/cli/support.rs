//! An emulated AWS per test, and the binary that talks to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use ledger::DynamoLedger;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

pub const INTEGRATIONS: &str = "bridge-integrations";
pub const CONVERSATIONS: &str = "bridge-conversations";

pub const SECRET: &str = r#"{"empik_api_key":"k-4711","thulium_user":"u-4711","thulium_password":"p-4711",
    "callback_user":"thulium","callback_password":"c-4711"}"#;

pub const SETTINGS: &str = r#"id = "shop-a"
name = "EmpikPlace – Sklep A"
enabled = true

[empikplace]
url = "https://marketplace.empik.com"

[thulium]
url = "https://acme.thulium.com"
mailbox = "empik@shop.example"
reply_address = "{thread}@noreply.shop.example"
customer_field = "Empik ID"
comment_login = "api"
"#;

/// What Secrets Manager holds, and with which code it refuses every call, if it does.
#[derive(Default)]
struct Vault {
    secrets: BTreeMap<String, String>,
    refusal: Option<&'static str>,
    calls: Vec<String>,
}

/// AWS on this machine, gone with the test.
pub struct Aws {
    endpoint: String,
    secrets_endpoint: String,
    vault: Arc<Mutex<Vault>>,
    pub client: aws_sdk_dynamodb::Client,
}

/// What a run of the binary has left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

impl Aws {
    /// Nothing is in it: no tables, no secrets.
    pub async fn empty() -> Aws {
        let (endpoint, client) = database::in_memory().await;
        let vault = Arc::<Mutex<Vault>>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let secrets_endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/", post(secrets_manager)).with_state(vault.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Aws { endpoint, secrets_endpoint, vault, client }
    }

    /// With both tables.
    pub async fn new() -> Aws {
        let aws = Aws::empty().await;
        ledger::schema::create_tables(&aws.client, INTEGRATIONS, CONVERSATIONS).await.expect("tables");
        aws
    }

    pub fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(self.client.clone(), INTEGRATIONS.to_owned(), CONVERSATIONS.to_owned())
    }

    /// The secret of this name.
    pub fn secret(&self, name: &str) -> Option<Value> {
        let vault = self.vault.lock().expect("no panic while held");
        vault.secrets.get(name).map(|secret| serde_json::from_str(secret).expect("JSON"))
    }

    /// Puts a text in place of a secret.
    pub fn put_secret(&self, name: &str, text: &str) {
        self.vault.lock().expect("no panic while held").secrets.insert(name.to_owned(), text.to_owned());
    }

    /// Removes a secret.
    pub fn remove_secret(&self, name: &str) {
        self.vault.lock().expect("no panic while held").secrets.remove(name);
    }

    /// Refuses every call about secrets with this code.
    pub fn refuse_secrets(&self, code: &'static str) {
        self.vault.lock().expect("no panic while held").refusal = Some(code);
    }

    /// The calls about secrets so far.
    pub fn secret_calls(&self) -> Vec<String> {
        self.vault.lock().expect("no panic while held").calls.clone()
    }

    /// Sets one attribute of the settings of `shop-a`.
    pub async fn spoil(&self, attribute: &str, value: AttributeValue) {
        self.client
            .update_item()
            .table_name(INTEGRATIONS)
            .key("integration", AttributeValue::S("shop-a".into()))
            .key("item", AttributeValue::S("settings".into()))
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", attribute)
            .expression_attribute_values(":value", value)
            .send()
            .await
            .expect("set");
    }

    /// The environment in which the binary finds it.
    pub fn environment(&self) -> BTreeMap<&'static str, String> {
        let fixed = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("INTEGRATIONS_TABLE", INTEGRATIONS),
            ("CONVERSATIONS_TABLE", CONVERSATIONS),
            ("SECRETS_PREFIX", "bridge/"),
        ];
        let mut all: BTreeMap<_, _> = fixed.map(|(name, value)| (name, value.to_owned())).into();
        all.insert("AWS_ENDPOINT_URL", self.endpoint.clone());
        all.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets_endpoint.clone());
        all
    }

    /// Runs the binary.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Run {
        run(&self.environment(), arguments, input).await
    }

    /// The same with `--json`; its exit code and the document.
    pub async fn json(&self, arguments: &[&str], input: &str) -> (i32, Value) {
        let run = self.run(&[arguments, &["--json"]].concat(), input).await;
        (run.code, run.json())
    }
}

/// Runs the binary in this environment and no other.
pub async fn run(environment: &BTreeMap<&'static str, String>, arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_empikctl"))
        .args(arguments)
        .env_clear()
        // No profile of this machine counts.
        .env("HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("nobody"))
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary");
    let mut stdin = child.stdin.take().expect("standard input");
    // A command that fails early does not read it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.expect("its end");
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// The three calls that are made, as Secrets Manager answers them.
async fn secrets_manager(
    State(vault): State<Arc<Mutex<Vault>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    // The SDK's media type is not the one that axum takes for JSON.
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let mut vault = vault.lock().expect("no panic while held");
    vault.calls.push(target.to_owned());
    let refused = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({ "__type": code, "message": "no" })));
    if let Some(code) = vault.refusal {
        return refused(code);
    }
    let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
    let done = |value| (StatusCode::OK, Json(value));
    match target {
        "secretsmanager.GetSecretValue" => match vault.secrets.get(&text("SecretId")) {
            Some(secret) => done(json!({ "SecretString": secret })),
            None => refused("ResourceNotFoundException"),
        },
        "secretsmanager.PutSecretValue" => match vault.secrets.get_mut(&text("SecretId")) {
            Some(secret) => {
                *secret = text("SecretString");
                done(json!({}))
            }
            None => refused("ResourceNotFoundException"),
        },
        "secretsmanager.CreateSecret" => match vault.secrets.insert(text("Name"), text("SecretString")) {
            None => done(json!({})),
            Some(_) => refused("ResourceExistsException"),
        },
        _ => refused("InvalidAction"),
    }
}
