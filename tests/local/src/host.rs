//! One process of the bridge: its database, the runtime that both functions share, and the address
//! of the callback.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Context, bail};
use bridge::engine::Ports;
use bridge::ledger::{Clock, Write};
use bridge::settings::Settings;
use jiff::Timestamp;
use ledger::DynamoLedger;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::database::{CONVERSATIONS, Database, INTEGRATIONS};
use crate::endpoint;
use crate::interim::Runtime;

/// Changes the ports of a visit before it begins.
pub type Hook = Arc<dyn Fn(Ports) -> Ports + Send + Sync>;

/// A hook from a function.
pub fn hook(change: impl Fn(Ports) -> Ports + Send + Sync + 'static) -> Hook {
    Arc::new(change)
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// How a process is set up.
pub struct HostOptions {
    /// File of the database; absent: in memory.
    pub file: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether any address may be called; otherwise only public https ones.
    pub anywhere: bool,
    /// Wraps the ports of every visit.
    pub hook: Option<Hook>,
    /// Port of the callback; 0 takes a free one.
    pub port: u16,
}

/// What a cold start builds anew.
struct Process {
    runtime: Runtime,
    ledger: Arc<DynamoLedger>,
}

/// A running process. Dropping it ends everything in it but a file of the database.
pub struct Host {
    database: Database,
    secrets: Arc<Mutex<HashMap<String, Value>>>,
    clock: Arc<dyn Clock>,
    hook: Option<Hook>,
    process: Arc<RwLock<Arc<Process>>>,
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Host {
    pub async fn start(options: HostOptions) -> anyhow::Result<Host> {
        let HostOptions { file, clock, anywhere: _, hook, port } = options;
        let database = Database::start(file.as_deref()).await?;
        let secrets: Arc<Mutex<HashMap<String, Value>>> = Arc::default();
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("the port {port} of the callback cannot be bound"))?;
        let address = listener.local_addr()?;
        let process = Arc::new(RwLock::new(process(&database, &secrets, &clock, &hook)));
        let current = process.clone();
        let task = tokio::spawn(endpoint::serve(
            listener,
            Arc::new(move |payload| {
                let process = now(&current);
                Box::pin(async move { process.runtime.answer(payload).await })
            }),
        ));
        Ok(Host { database, secrets, clock, hook, process, address, task })
    }

    pub fn callback(&self) -> String {
        format!("http://{}", self.address)
    }
    pub fn ledger(&self) -> Arc<DynamoLedger> {
        now(&self.process).ledger.clone()
    }
    pub async fn tick(&self, event: Value) -> anyhow::Result<Value> {
        let process = now(&self.process);
        process.runtime.tick(&event).await
    }
    pub async fn add_integration(&self, settings: &Settings, secret: &str) -> anyhow::Result<()> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(settings.id.to_string(), serde_json::from_str(secret)?);
        match self.ledger().put_settings(settings, self.clock.now()).await? {
            Write::Done => Ok(()),
            Write::Lost => bail!("somebody else stored settings at the same moment"),
        }
    }
    pub fn restart(&self) {
        let fresh = process(&self.database, &self.secrets, &self.clock, &self.hook);
        *self.process.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

fn now(process: &RwLock<Arc<Process>>) -> Arc<Process> {
    process.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn process(database: &Database, secrets: &Arc<Mutex<HashMap<String, Value>>>, clock: &Arc<dyn Clock>, hook: &Option<Hook>) -> Arc<Process> {
    let ledger = Arc::new(DynamoLedger::new(database.client(), INTEGRATIONS.into(), CONVERSATIONS.into()));
    let runtime = Runtime::new(ledger.clone(), secrets.clone(), clock.clone(), hook.clone());
    Arc::new(Process { runtime, ledger })
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}
