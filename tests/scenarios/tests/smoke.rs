//! smoke
use std::sync::Arc;
use bridge::engine::{Memory, Ports, Visit};
use bridge::ledger::{Clock, Ledger};
use bridge::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use twins::*;

struct WorldClock(World);
impl Clock for WorldClock {
    fn now(&self) -> Timestamp { self.0.now() }
}

struct Rig { world: World, run: Running, ledger: Arc<ledger::DynamoLedger>, settings: Settings, n: std::cell::Cell<u32>, memory: Arc<Memory> }

impl Rig {
    async fn new() -> Rig {
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let world = World::new(WorldOptions::default()).unwrap();
        world.set_time("2026-11-23T12:00:00Z".parse().unwrap());
        let run = Running::start(world.clone()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
        let conf = aws_sdk_dynamodb::Config::builder().behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .endpoint_url(endpoint).region(aws_sdk_dynamodb::config::Region::new("eu-central-1"))
            .credentials_provider(aws_sdk_dynamodb::config::Credentials::new("a","b",None,None,"t")).build();
        let client = aws_sdk_dynamodb::Client::from_conf(conf);
        ledger::schema::create_tables(&client, "integrations", "conversations").await.unwrap();
        let ledger = Arc::new(ledger::DynamoLedger::new(client, "integrations".into(), "conversations".into()));
        let toml = format!(r#"
id = "shop-a"
name = "A"
[empikplace]
url = "{}"
shop_id = 2000
[thulium]
url = "{}"
mailbox = "empik@shop.example"
reply_address = "{{thread}}@noreply.shop.example"
queue_id = 7
category_id = 3
customer_field = "Empik ID"
thread_field = "Empik wątek"
order_field = "Empik zamówienie"
products_field = "Empik produkty"
conversation_field = "Empik rozmowa"
comment_login = "api"
"#, run.empikplace(), run.thulium());
        let settings = Settings::from_toml(&toml).unwrap();
        let _ = ledger.put_settings(&settings, world.now()).await.unwrap();
        Rig { world, run, ledger, settings, n: 0.into(), memory: Arc::default() }
    }
    async fn visit(&self) -> Visit {
        let http = wire::client(wire::Reach::Anywhere).unwrap();
        let base = |u: &str| wire::base_url(u, wire::Reach::Anywhere).unwrap();
        let shop = empikplace::Shop::new(empikplace::Client::new(http.clone(), base(&self.run.empikplace()), "empik-key".to_owned().into(), Some(2000)), "pl_PL".into());
        let acc = thulium::Account::new(thulium::Client::new(http, base(&self.run.thulium()), "api".into(), "thulium-pass".to_owned().into()));
        let row = self.ledger.integration(&self.settings.id).await.unwrap().unwrap();
        self.n.set(self.n.get()+1);
        Visit::new(row.content.unwrap(), Ports { marketplace: Arc::new(shop), helpdesk: Arc::new(acc), ledger: self.ledger.clone(), clock: Arc::new(WorldClock(self.world.clone())) }, self.memory.clone(), format!("o{}", self.n.get()), self.world.now()+SignedDuration::from_secs(50))
    }
    async fn tick(&self) {
        let r = self.visit().await.tick().await;
        println!("{}", serde_json::to_string(&r).unwrap());
        self.world.advance(SignedDuration::from_secs(60));
    }
}

#[tokio::test]
async fn smoke() {
    let rig = Rig::new().await;
    rig.world.advance(SignedDuration::from_secs(10));
    let t = rig.world.open_thread(NewThread::from_customer("C-1", "Jan K.", "Gdzie <b>paczka</b>?").about_order("1-A")).unwrap();
    rig.tick().await;
    let ticket = rig.world.tickets()[0].clone();
    println!("{}", serde_json::to_string_pretty(&ticket).unwrap());
    rig.world.write(&t.thread_id, NewMessage::new(Author::Customer, "halo?")).unwrap();
    rig.world.write(&t.thread_id, NewMessage::new(Author::Shop, "z panelu, dzień dobry")).unwrap();
    rig.world.agent_reply(ticket.ticket_id, AgentReply::new("akowalska", "<p>Dzień dobry,</p><p>wysłaliśmy &amp; jedzie</p>")).unwrap();
    rig.tick().await;
    rig.world.close_ticket(ticket.ticket_id).unwrap();
    rig.world.agent_reply(ticket.ticket_id, AgentReply::new("akowalska", "ok")).unwrap();
    rig.tick().await;
    rig.tick().await;
    rig.tick().await;
    println!("{}", serde_json::to_string_pretty(&rig.world.ticket(ticket.ticket_id).unwrap()).unwrap());
    println!("{}", serde_json::to_string_pretty(&rig.world.comparison()).unwrap());
    assert!(rig.world.comparison().clean);
}
