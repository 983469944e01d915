//! Promise 13: several shops and several Thulium accounts in one deployment, failing independently.

use bridge::settings::Language;
use jiff::SignedDuration;
use local::{Stack, StackOptions};
use serde_json::{Value, json};
use twins::{MessageKind, NewThread, Running, ShopOptions, World, WorldOptions};

use scenarios::shop::texts;

/// Three integrations: two shops on one Thulium account, and a third shop on another.
struct Deployment {
    stack: Stack,
    /// The second account, with a shop of its own.
    other: World,
    _running: Running,
}

impl Deployment {
    async fn open() -> Deployment {
        let now = "2026-11-23T13:03:00Z".parse().expect("a time");
        let mut options = WorldOptions::default();
        options.shops.push(ShopOptions::new(2001, "empik-key-b", "Sklep B"));
        let world = World::new(options).expect("a world");
        let other = World::new(WorldOptions::default()).expect("a world");
        for world in [&world, &other] {
            world.set_time(now);
        }
        let running = Running::start(other.clone()).await.expect("a free port");
        let stack = Stack::start(StackOptions::new(world)).await.expect("a stack");
        let a = stack.settings();
        let mut b = a.clone();
        b.id = "shop-b".parse().expect("an id");
        b.language = Language::En;
        b.empikplace.shop_id = Some(2001);
        b.thulium.queue_id = Some(8);
        b.thulium.category_id = Some(5);
        b.thulium.tags = vec!["sklep-b".into()];
        let mut c = a.clone();
        c.id = "shop-c".parse().expect("an id");
        c.empikplace.url = running.empikplace();
        c.thulium.url = running.thulium();
        let mut key_of_b = stack.secret();
        key_of_b["empik_api_key"] = "empik-key-b".into();
        for (settings, secret) in [(a, stack.secret()), (b, key_of_b), (c, stack.secret())] {
            stack.add_integration(&settings, secret).await.expect("an integration");
        }
        let deployment = Deployment { stack, other, _running: running };
        deployment.later(30);
        deployment
    }

    fn later(&self, seconds: i64) {
        for world in [self.stack.world(), &self.other] {
            world.advance(SignedDuration::from_secs(seconds));
        }
    }

    /// A buyer of each shop writes.
    fn everybody_writes(&self, body: &str) {
        for (world, shop) in [(self.stack.world(), 2000), (self.stack.world(), 2001), (&self.other, 2000)] {
            let mut thread = NewThread::from_customer(&format!("C-{shop}"), "Jan K.", body);
            thread.shop_id = Some(shop);
            world.open_thread(thread).expect("a thread");
        }
        self.later(1);
    }

    /// One tick; the statuses of the three. A minute passes.
    async fn tick(&self) -> Vec<(String, Value)> {
        let result = self.stack.tick().await.expect("a tick");
        self.later(60);
        let rows = result["integrations"].as_array().expect("rows").iter();
        let row =
            |row: &Value| (row["integration"].as_str().unwrap_or_default().to_owned(), row["status"].clone());
        let mut rows: Vec<_> = rows.map(row).collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows
    }

    fn assert_clean(&self) {
        for world in [self.stack.world(), &self.other] {
            let comparison = world.comparison();
            assert!(comparison.clean, "{:#?}", comparison.findings);
        }
    }
}

fn rows(a: &str, b: &str, c: &str) -> Vec<(String, Value)> {
    [("shop-a", a), ("shop-b", b), ("shop-c", c)].map(|(id, status)| (id.to_owned(), status.into())).into()
}

#[tokio::test]
async fn each_shop_has_its_own_settings_account_and_customers() {
    let deployment = Deployment::open().await;
    deployment.everybody_writes("Gdzie paczka?");
    assert_eq!(deployment.tick().await, rows("ok", "ok", "ok"));
    for _ in 0..4 {
        deployment.tick().await;
    }
    let mut tickets = deployment.stack.world().tickets();
    tickets.sort_by_key(|ticket| ticket.ticket_queue_id);
    let seen: Vec<_> = tickets
        .iter()
        .map(|t| (t.ticket_queue_id, t.category_id, t.tags.clone(), texts(t, MessageKind::Mail)[0].clone()))
        .collect();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].0, seen[0].1, seen[0].2[0].as_str()), (7, Some(3), "empikplace"));
    assert!(seen[0].3.starts_with("Jan K. (klient)"), "{}", seen[0].3);
    assert_eq!((seen[1].0, seen[1].1, seen[1].2[0].as_str()), (8, Some(5), "sklep-b"));
    assert!(seen[1].3.starts_with("Jan K. (buyer)"), "{}", seen[1].3);
    assert_eq!(deployment.stack.world().customers().len(), 2);
    assert_eq!(deployment.other.tickets().len(), 1);
    assert_eq!(deployment.other.customers().len(), 1);
    // A buyer of the first shop writes to the second one: the account has the record already.
    let mut thread = NewThread::from_customer("C-2000", "Jan K.", "A u was?");
    thread.shop_id = Some(2001);
    deployment.stack.world().open_thread(thread).expect("a thread");
    deployment.later(1);
    deployment.tick().await;
    assert_eq!(deployment.stack.world().tickets().len(), 3);
    assert_eq!(deployment.stack.world().customers().len(), 2, "one buyer, one account, one record");
    deployment.assert_clean();
}

#[tokio::test]
async fn one_that_fails_leaves_the_others_alone_and_catches_up() {
    let deployment = Deployment::open().await;
    let rule = json!({ "side": "thulium", "operation": "*", "kind": "status", "code": 500 });
    let down = deployment.other.add_fault(serde_json::from_value(rule).expect("a rule"));
    deployment.everybody_writes("pierwsze");
    assert_eq!(deployment.tick().await, rows("ok", "ok", "failed"));
    assert_eq!(deployment.stack.world().tickets().len(), 2);

    deployment.stack.world().revoke_key(2001, None).expect("revoked");
    deployment.everybody_writes("drugie");
    assert_eq!(deployment.tick().await, rows("ok", "failed", "failed"));
    assert_eq!(deployment.stack.world().tickets().len(), 3);

    deployment.stack.world().revoke_key(2001, Some("empik-key-b")).expect("a key");
    assert!(deployment.other.remove_fault(down));
    for _ in 0..12 {
        deployment.tick().await;
    }
    assert_eq!(deployment.tick().await, rows("ok", "ok", "ok"));
    assert_eq!(deployment.stack.world().tickets().len(), 4);
    assert_eq!(deployment.other.tickets().len(), 2);
    deployment.assert_clean();
}
