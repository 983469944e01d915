//! The engine, run for one integration or many: each with its own clients, time-out and failure.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bridge::engine::{Halted, Hinted, Memory, Ports, Reconciled, Report, Visit};
use bridge::failure::Failure;
use bridge::helpdesk::TicketId;
use bridge::integration::Integration;
use bridge::ledger::{Clock, Ledger, Row};
use bridge::settings::{IntegrationId, Settings};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use wire::{AddressError, Reach};

use crate::allowance::{Looks, PerMinute};
use crate::cache::{Admission, SecretCache, Unusable};
use crate::credentials::{Credentials, Malformed};
use crate::deadline::Deadline;
use crate::environment::{Environment, EnvironmentError};
use crate::metrics;
use crate::secrets::Secrets;
use crate::selection::Selection;

/// Integrations that are worked on at the same time.
const CONCURRENCY: usize = 50;

/// How long a hint may go by settings that were read before.
const ROW_AGE: SignedDuration = SignedDuration::from_secs(30);

/// Rows that are kept for hints at most.
const MOST_ROWS: usize = 1_000;

/// Hints that are worked on at the same time; a further one is left to the poller at once.
const HINTS: usize = 16;

/// Refused calls that are logged in a minute. An alarm counts them, at ten in a quarter of an hour.
const REFUSALS_TOLD: u32 = 30;

/// How often a sweep asks again for a lease that a tick holds, once a second. A tick takes seconds.
const LEASE_WAITS: u32 = 20;

/// The time of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Changes the ports of an integration before a visit, e.g. to keep it from writing.
pub type PortsHook = Arc<dyn Fn(Ports) -> Ports + Send + Sync>;

/// What waits in an integration's ledger after a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queues {
    /// Age of the oldest conversation or reply that is unfinished and not parked, in seconds; 0
    /// without any.
    pub oldest_unfinished: u64,
    /// Conversations and replies that are parked, at most [`Queues::MOST`].
    pub parked: u64,
}

impl Queues {
    /// As far as anything is counted.
    pub const MOST: usize = 1_000;
}

/// One tick, as it is measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// What came of it.
    pub report: &'a Report,
    /// What it left waiting; `None`: that could not be read.
    pub queues: Option<Queues>,
    /// How long it took.
    pub took: Duration,
    /// When it ended.
    pub at: Timestamp,
}

/// Is told of each tick.
pub type Meter = Arc<dyn Fn(Measured<'_>) + Send + Sync>;

/// What a [`Runtime`] is made of.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub ledger: Arc<dyn Ledger>,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which addresses may be called.
    pub reach: Reach,
    /// The HTTP client of all integrations.
    pub http: reqwest::Client,
    /// Changes the ports of every visit; `None`: they stay as they are.
    pub ports: Option<PortsHook>,
    /// Where metrics go; `None`: nowhere.
    pub meter: Option<Meter>,
}

/// Why a process cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment is incomplete.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Http(#[from] wire::ClientError),
}

/// Why nothing can be done for one integration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// There is no such integration.
    #[error("no integration \"{0}\" in the table of integrations; empikctl apply adds it")]
    Unknown(IntegrationId),
    /// Its row cannot be used: what is wrong, and where.
    #[error("the stored settings cannot be used: {0}")]
    Settings(String),
    /// One of its base URLs cannot be used.
    #[error("the stored settings cannot be used: {key} {problem}")]
    Address {
        /// `empikplace.url` or `thulium.url`.
        key: &'static str,
        /// What is wrong with it.
        problem: AddressError,
    },
    /// It has no secret.
    #[error("no secret \"{name}\"; empikctl secrets set {id} adds it")]
    NoSecret {
        /// What the secret would be called.
        name: String,
        /// The integration.
        id: IntegrationId,
    },
    /// Its secret cannot be used.
    #[error("the secret \"{name}\" {problem}; empikctl secrets set {id} replaces it")]
    Secret {
        /// What the secret is called.
        name: String,
        /// The integration.
        id: IntegrationId,
        /// What is wrong with it.
        problem: Malformed,
    },
    /// What is needed to begin could not be read now.
    #[error("{0}")]
    Unavailable(Box<Failure>),
}

impl From<Failure> for Unready {
    fn from(failure: Failure) -> Unready {
        Unready::Unavailable(Box::new(failure))
    }
}

impl Parts {
    /// Parts without hook and metrics, and with the HTTP client for `reach`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(
        ledger: Arc<dyn Ledger>,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        reach: Reach,
    ) -> Result<Parts, StartError> {
        let http = wire::client(reach)?;
        Ok(Parts { ledger, secrets, clock, reach, http, ports: None, meter: None })
    }

    /// The parts that the environment names: DynamoDB, Secrets Manager and the machine's clock.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn of(environment: &Environment) -> Result<Parts, StartError> {
        let aws = aws::on_lambda()?;
        Parts::new(
            Arc::new(environment.ledger(&aws)),
            Arc::new(environment.secrets(&aws)),
            Arc::new(SystemClock),
            environment.reach,
        )
    }
}

/// How many secrets are read before anybody asks: of a shop or a few, all.
const WARM_SECRETS: usize = 8;

/// What both functions keep from one invocation to the next.
pub struct Runtime {
    parts: Parts,
    secrets: SecretCache,
    memories: Mutex<HashMap<IntegrationId, Arc<Memory>>>,
    rows: Mutex<HashMap<IntegrationId, (Timestamp, Row)>>,
    owners: Owners,
    looks: Looks<(IntegrationId, TicketId)>,
    refusals: PerMinute,
    hints: tokio::sync::Semaphore,
}

/// Names that no two visits share, in this process or another.
struct Owners {
    process: String,
    given: AtomicU64,
}

impl Owners {
    fn new() -> Owners {
        // Each of these states is seeded by the operating system; two of them make 128 bits.
        let random = || RandomState::new().hash_one(SystemTime::now());
        Owners { process: format!("{:016x}{:016x}", random(), random()), given: AtomicU64::new(0) }
    }

    fn next(&self) -> String {
        format!("{}-{}", self.process, self.given.fetch_add(1, Ordering::Relaxed))
    }
}

impl Runtime {
    /// The runtime of a function: everything from the environment, metrics to standard output.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub fn from_environment() -> Result<Runtime, StartError> {
        let mut parts = Parts::of(&Environment::from_env()?)?;
        parts.meter = Some(Arc::new(metrics::print));
        Ok(Runtime::new(parts))
    }

    /// A runtime of the given parts.
    pub fn new(parts: Parts) -> Runtime {
        Runtime {
            secrets: SecretCache::new(parts.secrets.clone(), parts.clock.clone()),
            memories: Mutex::default(),
            rows: Mutex::default(),
            owners: Owners::new(),
            looks: Looks::default(),
            refusals: PerMinute::new(REFUSALS_TOLD),
            hints: tokio::sync::Semaphore::new(HINTS),
            parts,
        }
    }

    /// Opens the connections to AWS and reads the first secrets, while Lambda is still on its way with
    /// the first event. What fails is left to that event, which tells of it.
    pub async fn warm_up(&self) {
        let rows = self.parts.ledger.integrations().await.unwrap_or_default();
        let enabled = rows.into_iter().filter_map(|row| content(row).ok()).filter(|row| row.settings.enabled);
        let read = |integration: Integration| async move {
            let _ = self.secrets.get(&integration.settings.id).await;
        };
        stream::iter(enabled.take(WARM_SECRETS)).for_each_concurrent(WARM_SECRETS, read).await;
    }

    /// The store.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.parts.ledger
    }

    /// The time that may be used of an invocation that is killed at `ends`.
    pub fn deadline(&self, ends: SystemTime) -> Deadline {
        let now = self.parts.clock.now();
        Deadline::of_invocation(now, Timestamp::try_from(ends).unwrap_or(now))
    }

    /// The credentials of an integration, at most 15 minutes old.
    ///
    /// # Errors
    /// Without a secret, with one that cannot be used, and when it could not be read.
    pub async fn credentials(&self, id: &IntegrationId) -> Result<Arc<Credentials>, Unready> {
        self.secrets.get(id).await.map_err(|why| self.unready(id, why))
    }

    /// Whether what a stranger shows opens the integration that he names, if he names one. The only
    /// thing that is done for him is a read of that secret, bounded and kept: see [`SecretCache`].
    ///
    /// # Errors
    /// When a secret could not be read just now.
    pub async fn challenge(
        &self,
        id: Option<&IntegrationId>,
        opens: impl Fn(Option<&Credentials>) -> bool,
    ) -> Result<Admission, Box<Failure>> {
        self.secrets.challenge(id, opens).await.map_err(Box::new)
    }

    /// Whether one more refused call may be logged: some a minute are enough to see and to count.
    pub fn may_tell_refusal(&self) -> bool {
        self.refusals.take(self.parts.clock.now())
    }

    /// Whether a ticket may be looked at because of a call: three times at once, and then once in
    /// five seconds. The poller looks at it all the same.
    pub fn may_look(&self, id: &IntegrationId, ticket: TicketId) -> bool {
        self.looks.take((id.clone(), ticket), self.parts.clock.now())
    }

    fn unready(&self, id: &IntegrationId, why: Unusable) -> Unready {
        let (name, id) = (self.secrets.name(id), id.clone());
        match why {
            Unusable::Missing => Unready::NoSecret { name, id },
            Unusable::Malformed(problem) => Unready::Secret { name, id, problem },
            Unusable::Unavailable(failure) => failure.into(),
        }
    }

    /// The two clients of an integration.
    ///
    /// # Errors
    /// [`Unready::Address`], when a base URL must not be called.
    pub fn clients(
        &self,
        settings: &Settings,
        credentials: &Credentials,
    ) -> Result<(empikplace::Client, thulium::Client), Unready> {
        let address = |key, url: &str| {
            wire::base_url(url, self.parts.reach).map_err(|problem| Unready::Address { key, problem })
        };
        let http = &self.parts.http;
        let shop = empikplace::Client::new(
            http.clone(),
            address("empikplace.url", &settings.empikplace.url)?,
            credentials.empik_api_key.clone(),
            settings.empikplace.shop_id,
        );
        let account = thulium::Client::new(
            http.clone(),
            address("thulium.url", &settings.thulium.url)?,
            credentials.thulium_user.expose_secret().to_owned(),
            credentials.thulium_password.clone(),
        );
        Ok((shop, account))
    }

    /// A visit that starts nothing new after `stop`, by an owner that no other visit has, in this
    /// process or another.
    ///
    /// # Errors
    /// As [`Runtime::clients`].
    pub fn visit(
        &self,
        integration: Integration,
        credentials: &Credentials,
        stop: Timestamp,
    ) -> Result<Visit, Unready> {
        let (shop, account) = self.clients(&integration.settings, credentials)?;
        let locale = integration.settings.empikplace.locale.clone();
        let ports = Ports {
            marketplace: Arc::new(empikplace::Shop::new(shop, locale)),
            helpdesk: Arc::new(thulium::Account::new(account)),
            ledger: self.parts.ledger.clone(),
            clock: self.parts.clock.clone(),
        };
        let ports = match &self.parts.ports {
            Some(hook) => hook(ports),
            None => ports,
        };
        let memory = lock(&self.memories).entry(integration.settings.id.clone()).or_default().clone();
        Ok(Visit::new(integration, ports, memory, self.owners.next(), stop))
    }

    /// Runs a tick for every selected integration, many at a time, and reports on each, by id.
    /// Whatever keeps one from working stands in its row and leaves the others alone.
    ///
    /// # Errors
    /// Only when the rows could not be read at all.
    pub async fn tick_all(&self, selection: &Selection, deadline: Deadline) -> Result<Vec<Report>, Failure> {
        let rows = match self.rows(selection).await? {
            Ok(rows) => rows,
            Err(id) => {
                let reason = Unready::Unknown(id.clone()).to_string();
                return Ok(vec![Report::idle(id.as_str(), "failed", reason)]);
            }
        };
        let among = rows.len().min(CONCURRENCY);
        // Boxed, here and below: all that is inlined shares one frame, and each wake walked through 400 KB.
        let ticks = stream::iter(rows).map(|row| self.tick_row(row, among, deadline).boxed());
        let mut reports: Vec<Report> = ticks.buffer_unordered(CONCURRENCY).collect().await;
        reports.sort_by(|a, b| a.integration.cmp(&b.integration));
        Ok(reports)
    }

    /// Runs the daily sweep of every selected integration, or goes on with it, and tells of each, by
    /// id; see [`Visit::reconcile_daily`]. Where a tick holds the lease, it is waited for.
    ///
    /// # Errors
    /// Only when the rows could not be read at all.
    pub async fn reconcile_all(
        &self,
        selection: &Selection,
        days: u32,
        deadline: Deadline,
    ) -> Result<Vec<Reconciled>, Failure> {
        let rows = match self.rows(selection).await? {
            Ok(rows) => rows,
            Err(id) => {
                let reason = Unready::Unknown(id.clone()).to_string();
                return Ok(vec![Reconciled::failed(id.as_str(), reason)]);
            }
        };
        let among = rows.len().min(CONCURRENCY);
        let sweeps = stream::iter(rows).map(|row| self.reconcile_row(row, days, among, deadline).boxed());
        let mut all: Vec<Reconciled> = sweeps.buffer_unordered(CONCURRENCY).collect().await;
        all.sort_by(|a, b| a.integration.cmp(&b.integration));
        Ok(all)
    }

    async fn reconcile_row(&self, row: Row, days: u32, among: usize, deadline: Deadline) -> Reconciled {
        let id = row.id.clone();
        let found =
            match self.guarded(self.reconcile(row, days, among, deadline.stop).boxed(), deadline).await {
                Ok(found) => found,
                Err(reason) => Reconciled::failed(&id, reason),
            };
        log_sweep(&found);
        found
    }

    async fn reconcile(
        &self,
        row: Row,
        days: u32,
        among: usize,
        stop: Timestamp,
    ) -> Result<Reconciled, Unready> {
        let integration = content(row)?;
        let credentials = self.credentials(&integration.settings.id).await?;
        let mut waits = 0;
        loop {
            let visit = self.visit(integration.clone(), &credentials, stop)?.among(among);
            let found = visit.reconcile_daily(days).await;
            if found.reason != Some(Halted::Held) || waits == LEASE_WAITS || self.parts.clock.now() >= stop {
                return Ok(found);
            }
            waits += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The rows of a selection, beginning with another one each minute; or the id that is unknown.
    async fn rows<'a>(
        &self,
        selection: &'a Selection,
    ) -> Result<Result<Vec<Row>, &'a IntegrationId>, Failure> {
        let mut rows = match selection {
            Selection::One(id) => match self.parts.ledger.integration(id).await? {
                Some(row) => vec![row],
                None => return Ok(Err(id)),
            },
            _ => self.parts.ledger.integrations().await?,
        };
        rows.retain(|row| selection.contains(&row.id));
        if !rows.is_empty() {
            // Should time run out, it is not always the same ones that go without.
            let minute = self.parts.clock.now().as_second().unsigned_abs() / 60;
            let first = minute % rows.len() as u64;
            rows.rotate_left(first as usize);
        }
        Ok(Ok(rows))
    }

    /// Work for one integration: what it comes to, or why not, also where it panics or takes too long.
    async fn guarded<T>(
        &self,
        work: BoxFuture<'_, Result<T, Unready>>,
        deadline: Deadline,
    ) -> Result<T, String> {
        if self.parts.clock.now() >= deadline.stop {
            return Err("no time was left for it in this invocation; more shards would help".into());
        }
        let work = AssertUnwindSafe(work).catch_unwind();
        match tokio::time::timeout(deadline.left(&*self.parts.clock), work).await {
            Ok(Ok(done)) => done.map_err(|unready| unready.to_string()),
            Ok(Err(_)) => Err("it stopped at an error of the program; see the log".into()),
            Err(_) => Err("a call did not come back before the time was up".into()),
        }
    }

    async fn tick_row(&self, row: Row, among: usize, deadline: Deadline) -> Report {
        let id = row.id.clone();
        let begun = Instant::now();
        let done = self.guarded(self.tick(row, among, deadline.stop).boxed(), deadline).await;
        let report = done.unwrap_or_else(|reason| Report::idle(&id, "failed", reason));
        let took = begun.elapsed();
        log(&report, took);
        if let Some(meter) = &self.parts.meter {
            let queues = match id.parse() {
                Ok(id) if report.status != "skipped" => self.queues(&id, deadline).await,
                _ => None,
            };
            meter(Measured { report: &report, queues, took, at: self.parts.clock.now() });
        }
        report
    }

    /// Two reads of an index. What cannot be read leaves a gap in a metric and no trace elsewhere: the
    /// tick itself tells of a ledger that is out of reach.
    async fn queues(&self, id: &IntegrationId, deadline: Deadline) -> Option<Queues> {
        let (ledger, now) = (&self.parts.ledger, self.parts.clock.now());
        let reads = async {
            futures::try_join!(ledger.due(id, Timestamp::MAX, Queues::MOST), ledger.parked(id, Queues::MOST))
        };
        let read = tokio::time::timeout(deadline.left(&*self.parts.clock), reads).await;
        let (unfinished, parked) = read.ok()?.ok()?;
        let oldest = unfinished.iter().map(|waiting| now.duration_since(waiting.since).as_secs()).max();
        Some(Queues {
            oldest_unfinished: oldest.unwrap_or(0).max(0).unsigned_abs(),
            parked: parked.len() as u64,
        })
    }

    async fn tick(&self, row: Row, among: usize, stop: Timestamp) -> Result<Report, Unready> {
        let integration = content(row)?;
        let id = integration.settings.id.clone();
        if !integration.settings.enabled {
            return Ok(Report::idle(id.as_str(), "skipped", "disabled".into()));
        }
        let credentials = self.credentials(&id).await?;
        let visit = self.visit(integration.clone(), &credentials, stop)?.among(among);
        let report = visit.tick().await;
        if !visit.credentials_refused() {
            return Ok(report);
        }
        match self.renewed(&id, &credentials).await {
            Some(renewed) => {
                let second = self.visit(integration, &renewed, stop)?.among(among).tick().await;
                Ok(together(&report, second))
            }
            None => Ok(report),
        }
    }

    /// Looks at one ticket, because an authenticated caller said so. [`Hinted::Later`] also when the
    /// time was up, and at once while as many others are at work as may be.
    ///
    /// # Errors
    /// Without a usable integration, and when it could not be read.
    pub async fn hint(
        &self,
        id: &IntegrationId,
        ticket: TicketId,
        deadline: Deadline,
    ) -> Result<Hinted, Unready> {
        let Ok(_place) = self.hints.try_acquire() else {
            return Ok(Hinted::Later);
        };
        let work = self.look(id, ticket, deadline.stop).boxed();
        match tokio::time::timeout(deadline.left(&*self.parts.clock), work).await {
            Ok(hinted) => hinted,
            Err(_) => Ok(Hinted::Later),
        }
    }

    async fn look(&self, id: &IntegrationId, ticket: TicketId, stop: Timestamp) -> Result<Hinted, Unready> {
        let integration = content(self.row(id).await?)?;
        let credentials = self.credentials(id).await?;
        let visit = self.visit(integration.clone(), &credentials, stop)?;
        let hinted = visit.hint(ticket).await;
        if !visit.credentials_refused() {
            return Ok(hinted);
        }
        match self.renewed(id, &credentials).await {
            Some(renewed) => Ok(self.visit(integration, &renewed, stop)?.hint(ticket).await),
            None => Ok(hinted),
        }
    }

    /// The credentials as they are now, if they are others than the refused ones.
    async fn renewed(&self, id: &IntegrationId, refused: &Credentials) -> Option<Arc<Credentials>> {
        self.secrets.invalidate(id);
        self.secrets.get(id).await.ok().filter(|now| !now.opens_the_same(refused))
    }

    /// A row, read now or a moment ago.
    async fn row(&self, id: &IntegrationId) -> Result<Row, Unready> {
        let now = self.parts.clock.now();
        let is_young = |at: Timestamp| now.duration_since(at) < ROW_AGE;
        let kept = lock(&self.rows).get(id).filter(|(at, _)| is_young(*at)).map(|(_, row)| row.clone());
        if let Some(row) = kept {
            return Ok(row);
        }
        let row = self.parts.ledger.integration(id).await?.ok_or_else(|| Unready::Unknown(id.clone()))?;
        let mut rows = lock(&self.rows);
        if rows.len() >= MOST_ROWS {
            rows.clear();
        }
        rows.insert(id.clone(), (now, row.clone()));
        Ok(row)
    }
}

fn content(row: Row) -> Result<Integration, Unready> {
    let integration = row.content.map_err(Unready::Settings)?;
    if integration.settings.id.as_str() == row.id {
        Ok(integration)
    } else {
        Err(Unready::Settings("they are those of another integration".into()))
    }
}

/// What two ticks of the same invocation have done, as the second left it.
fn together(first: &Report, second: Report) -> Report {
    let mut both = second;
    both.threads_read += first.threads_read;
    both.tickets_created += first.tickets_created;
    both.simplified += first.simplified;
    both.messages_in += first.messages_in;
    both.replies_out += first.replies_out;
    both.parked += first.parked;
    both.calls.empikplace += first.calls.empikplace;
    both.calls.thulium += first.calls.thulium;
    both
}

fn log(report: &Report, took: Duration) {
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                event = "tick",
                integration.id = report.integration,
                status = report.status,
                reason = report.reason,
                threads.read = report.threads_read,
                tickets.created = report.tickets_created,
                messages.in = report.messages_in,
                replies.out = report.replies_out,
                parked = report.parked,
                backlog = report.backlog,
                calls.empikplace = report.calls.empikplace,
                calls.thulium = report.calls.thulium,
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "the tick is over"
            )
        };
    }
    if report.status == "failed" { event!(warn) } else { event!(info) }
}

/// What was missing and could be carried needs nobody, but somebody may want to know why; what stands
/// twice, or is still missing, has an ERROR line of its own in the engine.
fn log_sweep(found: &Reconciled) {
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                event = "reconciled",
                integration.id = found.integration,
                reason = found.reason.as_ref().map(tracing::field::display),
                threads = found.threads,
                missing = found.missing,
                doubled = found.doubled,
                repaired = found.repaired,
                next = found.next.map(tracing::field::display),
                calls.empikplace = found.calls.empikplace,
                calls.thulium = found.calls.thulium,
                "threads and tickets were held against the ledger"
            )
        };
    }
    let failed = matches!(found.reason, Some(Halted::Failed(_)));
    if failed || found.missing + found.doubled > 0 { event!(warn) } else { event!(info) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_visits_share_an_owner() {
        let processes: Vec<Owners> = (0..50).map(|_| Owners::new()).collect();
        let names: std::collections::HashSet<String> =
            processes.iter().flat_map(|process| [process.next(), process.next()]).collect();
        assert_eq!(names.len(), 100);
    }
}
