//! A stage for the functions' own programs: each a process under a Lambda Runtime API, between the twins
//! of both systems, with an endpoint that is DynamoDB and Secrets Manager.

#![expect(clippy::expect_used, reason = "a stage that cannot be set up is a failed test")]

pub mod aws;
mod function;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bridge::ledger::Write;
use bridge::settings::{Reopens, Settings};
use ledger::DynamoLedger;
use serde_json::{Value, json};
use twins::{Latency, Running, ShopOptions, World, WorldOptions};

pub use aws::Aws;
pub use function::{Function, Outcome, Used};

/// The shop of EmpikPlace that a stage begins with; further ones follow its number.
pub const FIRST_SHOP: u64 = 2000;

/// How long a poll of EmpikPlace is not due again with the settings of a stage, and a little more.
pub const NEXT_POLL: Duration = Duration::from_millis(5_200);

/// A world, with where both sides and AWS listen.
pub struct Stage {
    /// What happens on both sides.
    pub world: World,
    /// Where both sides listen.
    pub twins: Running,
    /// Tables and secrets.
    pub aws: Aws,
    /// The ledger, as `empikctl` sees it.
    pub ledger: DynamoLedger,
}

impl Stage {
    /// A world with so many shops on EmpikPlace and no integration.
    pub async fn new(shops: u64) -> Stage {
        let shop = |n| ShopOptions::new(FIRST_SHOP + n, "empik-key", &format!("Sklep {n}"));
        let options = WorldOptions { shops: (0..shops).map(shop).collect(), ..WorldOptions::default() };
        let world = World::new(options).expect("a world");
        let twins = Running::start(world.clone()).await.expect("twins");
        let aws = Aws::start().await;
        let ledger =
            DynamoLedger::new(aws.dynamodb.clone(), aws::INTEGRATIONS.into(), aws::CONVERSATIONS.into());
        Stage { world, twins, aws, ledger }
    }

    /// A world with one sound integration, `shop-a`.
    pub async fn with_one() -> Stage {
        let stage = Stage::new(1).await;
        stage.add("shop-a", FIRST_SHOP).await;
        stage
    }

    /// Adds a sound integration of a shop.
    pub async fn add(&self, id: &str, shop: u64) {
        self.put_settings(id, shop, &self.twins.empikplace(), &self.twins.thulium()).await;
        self.put_secret(id);
    }

    /// Adds one whose settings know what the self-test of `empikctl setup` finds: that this Thulium brings
    /// closed tickets back by itself.
    pub async fn add_calibrated(&self, id: &str, shop: u64) {
        let mut settings = settings(id, shop, &self.twins.empikplace(), &self.twins.thulium());
        settings.calibration.reopens = Some(Reopens::Yes);
        self.put(&settings).await;
        self.put_secret(id);
    }

    /// Stores the settings of an integration of a shop, with both sides at these addresses.
    pub async fn put_settings(&self, id: &str, shop: u64, empikplace: &str, thulium: &str) {
        self.put(&settings(id, shop, empikplace, thulium)).await;
    }

    async fn put(&self, settings: &Settings) {
        assert_eq!(self.ledger.put_settings(settings, self.world.now()).await, Ok(Write::Done));
    }

    /// Stores the secret that opens every shop of the world and its Thulium.
    pub fn put_secret(&self, id: &str) {
        let secret = json!({
            "empik_api_key": "empik-key", "thulium_user": "api", "thulium_password": "thulium-pass",
            "callback_user": "thulium", "callback_password": "callback-pass",
        });
        self.aws.put_secret(id, &secret.to_string());
    }

    /// Gives every call to either side this latency, in milliseconds.
    pub fn latency(&self, ms: u64) {
        self.world.set_latency(Latency { empikplace_ms: ms, thulium_ms: ms });
    }
}

fn settings(id: &str, shop: u64, empikplace: &str, thulium: &str) -> Settings {
    let toml = format!(
        r#"
        id = "{id}"
        name = "Sklep A"
        [empikplace]
        url = "{empikplace}"
        shop_id = {shop}
        poll_seconds = 10
        calls_per_hour = 100000
        [thulium]
        url = "{thulium}"
        mailbox = "empik@shop.example"
        reply_address = "{{thread}}@noreply.shop.example"
        queue_id = 7
        category_id = 3
        customer_field = "Empik ID"
        thread_field = "Empik wątek"
        comment_login = "api"
        "#
    );
    Settings::from_toml(&toml).expect("settings")
}

/// A call as a Function URL passes it on (payload format 2.0), the body in base64 if `encoded`.
pub fn function_url(path: &str, credentials: Option<&str>, body: &[u8], encoded: bool) -> Value {
    let mut headers =
        json!({ "content-type": "application/x-www-form-urlencoded", "host": "abc.lambda-url" });
    if let Some(credentials) = credentials {
        headers["authorization"] = json!(format!("Basic {}", STANDARD.encode(credentials)));
    }
    let body = if encoded { STANDARD.encode(body) } else { String::from_utf8_lossy(body).into_owned() };
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "anonymous", "apiId": "abc", "domainName": "abc.lambda-url", "requestId": "r",
            "routeKey": "$default", "stage": "$default", "time": "23/Nov/2026:13:00:00 +0000",
            "timeEpoch": 1_795_438_800_000_u64,
            "http": {
                "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "t",
            },
        },
        "body": body, "isBase64Encoded": encoded,
    })
}

/// What Thulium's webhook about a ticket becomes, for `shop-a`.
pub fn hint(ticket: u64) -> Value {
    let body = format!("action=TICKET_CREATED&ticket_id={ticket}&customer_id=null");
    function_url("/shop-a", Some("thulium:callback-pass"), body.as_bytes(), true)
}
