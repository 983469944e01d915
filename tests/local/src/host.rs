//! One process of the bridge: its database, the runtime that both functions share, and the address
//! of the callback.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, anyhow, bail};
use bridge::ledger::{Clock, Write};
use bridge::settings::Settings;
use jiff::SignedDuration;
use ledger::DynamoLedger;
use runtime::{Credentials, Deadline, LocalStack, Parts, PortsHook, Reach, Runtime};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cloud::{Aws, InMemory, LOG_GROUP, Logs, PREFIX};
use crate::database::{CONVERSATIONS, Database, INTEGRATIONS};
use crate::endpoint;

/// How long a tick may take, as the poller's time-out in AWS.
const TICK: SignedDuration = SignedDuration::from_secs(60);

/// How long a callback may take.
const CALL: SignedDuration = SignedDuration::from_secs(30);

/// How a process is set up.
pub struct HostOptions {
    /// File of the database; absent: in memory.
    pub file: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which addresses may be called.
    pub reach: Reach,
    /// Changes the ports of every visit.
    pub ports: Option<PortsHook>,
    /// Port of the callback; 0 takes a free one.
    pub port: u16,
    /// What `empikctl --local tail` shows.
    pub logs: Logs,
}

/// A running process. Dropping it ends everything in it; a file of the database stays.
pub struct Host {
    database: Database,
    aws: Aws,
    secrets: Arc<InMemory>,
    clock: Arc<dyn Clock>,
    reach: Reach,
    ports: Option<PortsHook>,
    process: Arc<RwLock<Process>>,
    deaths: watch::Sender<u64>,
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

/// What a cold start builds anew.
#[derive(Clone)]
struct Process {
    runtime: Arc<Runtime>,
    ledger: Arc<DynamoLedger>,
}

impl Host {
    /// Starts the database and the callback's server.
    ///
    /// # Errors
    /// A database that cannot be opened, or a port that is taken.
    pub async fn start(options: HostOptions) -> anyhow::Result<Host> {
        let HostOptions { file, clock, reach, ports, port, logs } = options;
        let database = Database::start(file.as_deref()).await?;
        let secrets = Arc::<InMemory>::default();
        let aws = Aws::start(database.endpoint().to_owned(), secrets.clone(), logs).await?;
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("the port {port} of the callback cannot be bound"))?;
        let address = listener.local_addr()?;
        let process = process(&database, &secrets, &clock, reach, ports.as_ref())?;
        let process = Arc::new(RwLock::new(process));
        let deaths = watch::Sender::new(0);
        let (current, time, lives) = (process.clone(), clock.clone(), deaths.clone());
        let answer: endpoint::Function = Arc::new(move |payload| {
            let (runtime, deadline) = (now(&current).runtime, Deadline::after(time.now(), CALL));
            let mut death = lives.subscribe();
            Box::pin(async move {
                tokio::select! {
                    answer = callback::answer(&runtime, &payload, deadline) => json!(answer),
                    // No answer: the endpoint makes a bad gateway of it.
                    _ = death.changed() => Value::Null,
                }
            })
        });
        let task = tokio::spawn(endpoint::serve(listener, answer));
        Ok(Host { database, aws, secrets, clock, reach, ports, process, deaths, address, task })
    }

    /// Base URL of the callback: append `/{integration}`.
    pub fn callback(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How `empikctl --local` reaches it.
    pub fn local(&self) -> LocalStack {
        LocalStack::new([
            ("AWS_ENDPOINT_URL", self.aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.aws.key().to_owned()),
            ("INTEGRATIONS_TABLE", INTEGRATIONS.to_owned()),
            ("CONVERSATIONS_TABLE", CONVERSATIONS.to_owned()),
            ("SECRETS_PREFIX", PREFIX.to_owned()),
            ("LOG_GROUPS", LOG_GROUP.to_owned()),
            ("CALLBACK_URL", self.callback()),
        ])
    }

    /// The runtime, until the next restart.
    pub fn runtime(&self) -> Arc<Runtime> {
        now(&self.process).runtime
    }

    /// The ledger, until the next restart.
    pub fn ledger(&self) -> Arc<DynamoLedger> {
        now(&self.process).ledger
    }

    /// One invocation of the poller.
    ///
    /// # Errors
    /// An event that is none, a database that cannot be read, or [`Host::kill`].
    pub async fn tick(&self, event: Value) -> anyhow::Result<Value> {
        let deadline = Deadline::after(self.clock.now(), TICK);
        let mut death = self.deaths.subscribe();
        let runtime = self.runtime();
        tokio::select! {
            result = poller::handle(&runtime, event, deadline) => Ok(result?),
            _ = death.changed() => bail!("the process was killed"),
        }
    }

    /// Stores settings and secret (JSON) of an integration.
    ///
    /// # Errors
    /// A secret that lacks something, or failures of the database.
    pub async fn add_integration(&self, settings: &Settings, secret: SecretString) -> anyhow::Result<()> {
        Credentials::parse(&secret).map_err(|malformed| anyhow!("the secret {malformed}"))?;
        self.secrets.lock().insert(settings.id.clone(), secret);
        match self.ledger().put_settings(settings, self.clock.now()).await? {
            Write::Done => Ok(()),
            Write::Lost => bail!("somebody else stored settings at the same moment"),
        }
    }

    /// Kills the process as a host that dies: whatever is under way stops where it stands, with its
    /// requests sent and their answers unread, and a new one begins as in [`Host::restart`].
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.deaths.send_modify(|deaths| *deaths += 1);
        self.restart()
    }

    /// Begins anew as after a cold start: same database and secrets, nothing else remembered.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn restart(&self) -> anyhow::Result<()> {
        let fresh = process(&self.database, &self.secrets, &self.clock, self.reach, self.ports.as_ref())?;
        *self.process.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn now(process: &RwLock<Process>) -> Process {
    process.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn process(
    database: &Database,
    secrets: &Arc<InMemory>,
    clock: &Arc<dyn Clock>,
    reach: Reach,
    ports: Option<&PortsHook>,
) -> anyhow::Result<Process> {
    let client = database.client();
    let ledger = Arc::new(DynamoLedger::new(client, INTEGRATIONS.into(), CONVERSATIONS.into()));
    let mut parts = Parts::new(ledger.clone(), secrets.clone(), clock.clone(), reach)?;
    parts.ports = ports.cloned();
    Ok(Process { runtime: Arc::new(Runtime::new(parts)), ledger })
}
