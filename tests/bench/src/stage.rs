//! Both systems, the database and the secrets, in the process of the bench; the functions run in their
//! own.

use std::path::{Path, PathBuf};

use bridge::ledger::Write;
use bridge::settings::Settings;
use ledger::DynamoLedger;
use serde_json::{Value, json};
use twins::{Latency, Running, ShopOptions, World, WorldOptions};

use crate::aws::{self, Aws};
use crate::function::Function;

/// A shop's number on EmpikPlace; further shops follow it.
const FIRST_SHOP: u64 = 2000;

/// A world with its endpoint for AWS.
pub struct Stage {
    /// What happens on both sides.
    pub world: World,
    /// Tables and secrets.
    pub aws: Aws,
    /// Where both sides listen.
    pub twins: Running,
    ledger: DynamoLedger,
}

impl Stage {
    /// A world with so many shops on EmpikPlace and no integration.
    pub async fn new(shops: u64) -> Stage {
        let shop = |n| ShopOptions {
            shop_id: FIRST_SHOP + n,
            api_key: "empik-key".into(),
            name: format!("Sklep {n}"),
        };
        let options = WorldOptions { shops: (0..shops).map(shop).collect(), ..WorldOptions::default() };
        let world = World::new(options).expect("a world");
        let twins = Running::start(world.clone()).await.expect("twins");
        let aws = Aws::start().await;
        let ledger =
            DynamoLedger::new(aws.dynamodb.clone(), aws::INTEGRATIONS.into(), aws::CONVERSATIONS.into());
        Stage { world, aws, twins, ledger }
    }

    /// A world with one integration, `shop-0`.
    pub async fn with_one() -> Stage {
        let stage = Stage::new(1).await;
        stage.integrate(0, &stage.twins.empikplace()).await;
        stage
    }

    /// Stores an integration of the n-th shop, with EmpikPlace at this address.
    pub async fn integrate(&self, n: u64, empikplace: &str) {
        let toml = format!(
            r#"
            id = "shop-{n}"
            name = "Sklep {n}"
            [empikplace]
            url = "{empikplace}"
            shop_id = {}
            poll_seconds = 10
            calls_per_hour = 100000
            [thulium]
            url = "{}"
            mailbox = "empik@shop.example"
            reply_address = "{{thread}}@noreply.shop.example"
            queue_id = 7
            category_id = 3
            customer_field = "Empik ID"
            thread_field = "Empik wątek"
            comment_login = "api"
            "#,
            FIRST_SHOP + n,
            self.twins.thulium()
        );
        let settings = Settings::from_toml(&toml).expect("settings");
        assert_eq!(self.ledger.put_settings(&settings, self.world.now()).await, Ok(Write::Done));
        self.aws.put_secret(
            &format!("shop-{n}"),
            &json!({
                "empik_api_key": "empik-key", "thulium_user": "api", "thulium_password": "thulium-pass",
                "callback_user": "thulium", "callback_password": "callback-pass",
            }),
        );
    }

    /// Gives every call to either side this latency, in milliseconds.
    pub fn latency(&self, ms: u64) {
        self.world.set_latency(Latency { empikplace_ms: ms, thulium_ms: ms });
    }

    /// Starts one of the bridge's functions, `poller` or `callback`.
    pub async fn function(&self, name: &str) -> Function {
        Function::start(&program(name), &[], &self.aws.environment()).await
    }

    /// Calls that both sides have received so far.
    pub fn calls(&self) -> usize {
        self.world.requests(0).len()
    }
}

/// The row of an integration in a poller's result.
pub fn row(result: &Value, n: u64) -> &Value {
    let id = format!("shop-{n}");
    let rows = result["integrations"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().find(|row| row["integration"] == id.as_str()).unwrap_or(&Value::Null)
}

/// A program beside this one, or in the folder that `FUNCTIONS` names.
pub fn program(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("FUNCTIONS") {
        return Path::new(&folder).join(name);
    }
    let own = std::env::current_exe().expect("a path");
    own.with_file_name(name)
}
