//! Twins, tables and the bridge between them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use bridge::conversation::{Key, Loaded};
use bridge::engine::{Hinted, Memory, Ports, Reconciled, Report, Visit};
use bridge::helpdesk::TicketId;
use bridge::ledger::{Clock, Ledger, Waiting};
use bridge::marketplace::ThreadId;
use bridge::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use ledger::DynamoLedger;
use twins::{Running, Switches, World, WorldOptions};

use crate::Line;

/// When every world of a rig begins; the integration is enabled ten seconds earlier.
pub const START: &str = "2026-11-23T12:00:00Z";

const SETTINGS: &str = r#"
id = "shop-a"
name = "Sklep A"

[empikplace]
url = "EMPIKPLACE"
shop_id = 2000

[thulium]
url = "THULIUM"
mailbox = "empik@shop.example"
reply_address = "{thread}@noreply.shop.example"
queue_id = 7
category_id = 3
customer_field = "Empik ID"
thread_field = "Empik wątek"
order_field = "Empik zamówienie"
products_field = "Empik produkty"
conversation_field = "Empik rozmowa"
comment_login = "api"
"#;

/// How long a visit may work.
const VISIT: SignedDuration = SignedDuration::from_secs(50);

/// What differs from the ordinary.
#[derive(Clone, Copy)]
pub struct Options {
    /// Changes the settings of the integration.
    pub settings: fn(&mut Settings),
    /// Changes the behaviour of the twins.
    pub switches: fn(&mut Switches),
}

impl Default for Options {
    fn default() -> Options {
        Options { settings: |_| {}, switches: |_| {} }
    }
}

/// A client of an embedded database with the tables of the bridge, both empty, on the runtime of
/// the caller.
pub async fn database() -> Client {
    let (_, client) = database::in_memory().await;
    ledger::schema::create_tables(&client, "integrations", "conversations").await.expect("tables");
    client
}

struct WorldClock(World);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// What a process holds and loses when it dies.
#[derive(Clone)]
struct Process {
    memory: Arc<Memory>,
    ledger: Arc<DynamoLedger>,
}

/// The whole bundle: poller and callback as two processes, and the world around them.
pub struct Rig {
    /// The two twins and their clock.
    pub world: World,
    /// Where every call of the bridge passes.
    pub line: Line,
    /// The settings of the only integration.
    pub settings: Settings,
    running: Running,
    http: reqwest::Client,
    tables: Client,
    /// Sees the tables as they are.
    ledger: DynamoLedger,
    poller: RefCell<Process>,
    callback: RefCell<Process>,
    visits: Cell<u64>,
}

impl fmt::Debug for Rig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rig").finish_non_exhaustive()
    }
}

fn over(tables: &Client) -> DynamoLedger {
    DynamoLedger::new(tables.clone(), "integrations".to_owned(), "conversations".to_owned())
}

impl Rig {
    /// A rig of its own in every respect.
    pub async fn new(options: Options) -> Rig {
        let http = wire::client(wire::Reach::Anywhere).expect("an HTTP client");
        Rig::on(&database().await, http, "shop-a", options).await
    }

    /// A rig that shares database and HTTP client with others; `id` must be its own. Saves most of
    /// the time that setting one up takes.
    pub async fn on(tables: &Client, http: reqwest::Client, id: &str, options: Options) -> Rig {
        let world = World::new(WorldOptions::default()).expect("a world");
        let start: Timestamp = START.parse().expect("a time");
        world.set_time(start - SignedDuration::from_secs(10));
        world.switch(options.switches);
        let running = Running::start(world.clone()).await.expect("a free port");
        let toml =
            SETTINGS.replace("EMPIKPLACE", &running.empikplace()).replace("THULIUM", &running.thulium());
        let mut settings = Settings::from_toml(&toml).expect("settings");
        settings.id = id.parse().expect("an id");
        (options.settings)(&mut settings);
        let ledger = over(tables);
        let _ = ledger.put_settings(&settings, world.now()).await.expect("settings stored");
        world.set_time(start);
        let line = Line::new(&world);
        let config = tables.config().to_builder().interceptor(line.clone()).build();
        let tables = Client::from_conf(config);
        let process = || RefCell::new(Process { memory: Arc::default(), ledger: Arc::new(over(&tables)) });
        let (poller, callback) = (process(), process());
        Rig { world, line, settings, running, http, ledger, poller, callback, visits: Cell::new(0), tables }
    }

    async fn visit(&self, process: &RefCell<Process>) -> Visit {
        let row = self.ledger.integration(&self.settings.id).await.expect("the row is read");
        let integration = row.expect("an integration").content.expect("a sound integration");
        let base = |url: &str| wire::base_url(url, wire::Reach::Anywhere).expect("a base URL");
        let shop = empikplace::Client::new(
            self.http.clone(),
            base(&self.running.empikplace()),
            "empik-key".to_owned().into(),
            self.settings.empikplace.shop_id,
        );
        let account = thulium::Client::new(
            self.http.clone(),
            base(&self.running.thulium()),
            "api".to_owned(),
            "thulium-pass".to_owned().into(),
        );
        let Process { memory, ledger } = process.borrow().clone();
        let ports = Ports {
            marketplace: Arc::new(empikplace::Shop::new(shop, "pl_PL".to_owned())),
            helpdesk: Arc::new(thulium::Account::new(account)),
            ledger,
            clock: Arc::new(WorldClock(self.world.clone())),
        };
        self.visits.set(self.visits.get() + 1);
        let owner = format!("visit-{}", self.visits.get());
        Visit::new(integration, ports, memory, owner, self.world.now() + VISIT)
    }

    /// Lets a visit work unless its process dies; then a new one stands in its place.
    async fn unless_killed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.line.death() => {}
            done = work => return Some(done),
        }
        self.restart();
        None
    }

    /// New processes, which remember nothing.
    pub fn restart(&self) {
        for process in [&self.poller, &self.callback] {
            *process.borrow_mut() = Process { memory: Arc::default(), ledger: Arc::new(over(&self.tables)) };
        }
        self.line.revive();
    }

    /// One tick. `None`: the process died at it.
    pub async fn tick(&self) -> Option<Report> {
        let visit = self.visit(&self.poller).await;
        self.unless_killed(visit.tick()).await
    }

    /// One hint. `None`: the process died at it.
    pub async fn hint(&self, ticket: u64) -> Option<Hinted> {
        let visit = self.visit(&self.callback).await;
        self.unless_killed(visit.hint(TicketId(ticket))).await
    }

    /// A sweep over what changed since a time. `None`: the process died at it.
    pub async fn reconcile(&self, since: Timestamp) -> Option<Reconciled> {
        let visit = self.visit(&self.poller).await;
        self.unless_killed(visit.reconcile(since)).await
    }

    /// The tables as they are, for whoever does something to them.
    pub fn ledger(&self) -> &DynamoLedger {
        &self.ledger
    }

    /// A tick and a hint at the same time, in two processes that die together.
    pub async fn tick_and_hint(&self, ticket: u64) {
        let (poller, callback) = (self.visit(&self.poller).await, self.visit(&self.callback).await);
        self.unless_killed(async { tokio::join!(poller.tick(), callback.hint(TicketId(ticket))) }).await;
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.world.advance(SignedDuration::from_secs(seconds));
    }

    /// A minute later, a tick.
    pub async fn minute(&self) -> Option<Report> {
        self.advance(60);
        self.tick().await
    }

    /// Ticks every minute until nothing is left to do: three quiet ticks in a row that went well,
    /// and nothing that waits in the ledger. `false`: not within three hours.
    pub async fn settle(&self) -> bool {
        let mut quiet = 0;
        for _ in 0..180 {
            let before = self.line.changes();
            let report = self.minute().await;
            let well = report.is_some_and(|report| report.status == "ok");
            let still = well && self.line.changes() == before && self.waiting().await.is_empty();
            quiet = if still { quiet + 1 } else { 0 };
            if quiet == 3 {
                return true;
            }
        }
        false
    }

    /// What the ledger will look at again, today or later.
    pub async fn waiting(&self) -> Vec<Waiting> {
        let later = self.world.now() + SignedDuration::from_hours(24 * 365);
        self.ledger.due(&self.settings.id, later, 1000).await.expect("the index is read")
    }

    /// What was set aside.
    pub async fn parked(&self) -> Vec<Waiting> {
        self.ledger.parked(&self.settings.id, 1000).await.expect("the index is read")
    }

    /// What the ledger knows of a thread.
    pub async fn loaded(&self, thread: &str) -> Loaded {
        let key = Key { integration: self.settings.id.clone(), thread: ThreadId(thread.to_owned()) };
        self.ledger.load(&key).await.expect("the conversation is read")
    }

    /// The ticket of a thread, as the ledger knows it.
    pub async fn ticket_of(&self, thread: &str) -> Option<u64> {
        self.loaded(thread).await.conversation?.ticket.map(|ticket| ticket.0)
    }
}
