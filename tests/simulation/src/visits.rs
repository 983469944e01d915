//! A visit of the bridge: the real engine with the real clients, on a host of the simulation.

use std::sync::{Arc, OnceLock, PoisonError};

use bridge::engine::{Memory, Ports, Visit};
use bridge::helpdesk::TicketId;
use bridge::integration::Integration;
use bridge::ledger::Ledger;
use futures::FutureExt;
use futures::future::{AbortHandle, Abortable, join_all};
use jiff::SignedDuration;

use crate::calls::Way;
use crate::plight::Plight;
use crate::sabotage::Sabotage;
use crate::shop::Shop;
use crate::sim::{Host, HostClock, Life, Process, Sim};
use crate::tables::{Shaky, Unsure};

/// How long a visit may start new work.
const VISIT: SignedDuration = SignedDuration::from_secs(50);

/// What a visit is for.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A tick of the poller: of every shop, or of the one in its shard.
    Tick(Option<usize>),
    /// A callback of a shop about a ticket.
    Hint(usize, u64),
}

/// The one HTTP client of all episodes; it never opens a connection.
fn http() -> Option<reqwest::Client> {
    static HTTP: OnceLock<Option<reqwest::Client>> = OnceLock::new();
    HTTP.get_or_init(|| wire::client(wire::Reach::Anywhere).ok()).clone()
}

/// Starts a visit on a host.
pub fn visit(sim: &Arc<Sim>, host: &Arc<Host>, kind: Kind) {
    let (abort, registration) = AbortHandle::new_pair();
    let life = |shop: &Arc<Shop>| {
        Arc::new(Life { abort: abort.clone(), host: host.clone(), owner: sim.visit(), shop: shop.clone() })
    };
    let lives = match kind {
        Kind::Tick(None) => sim.shops.iter().map(life).collect(),
        Kind::Tick(Some(shop)) | Kind::Hint(shop, _) => vec![life(&sim.shops[shop])],
    };
    let work = invocation(sim.clone(), lives, kind);
    sim.timeline.spawn(Abortable::new(work, registration).map(|_done_or_killed| ()));
}

/// One invocation in a process: the rows are read once, and its shops are visited side by side.
async fn invocation(sim: Arc<Sim>, lives: Vec<Arc<Life>>, kind: Kind) {
    let Some(first) = lives.first() else { return };
    let Process { memories, ledger: tables } =
        first.host.process.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let ledger = |life: &Arc<Life>| -> Arc<dyn Ledger> {
        Arc::new(Unsure(Shaky { sim: sim.clone(), life: life.clone(), inner: tables.clone() }))
    };
    let rows = match kind {
        Kind::Tick(_) => ledger(first).integrations().await,
        Kind::Hint(..) => {
            let row = ledger(first).integration(&first.shop.settings.id).await;
            row.map(|row| row.into_iter().collect())
        }
    };
    let Ok(rows) = rows else { return };
    join_all(lives.iter().map(|life| async {
        let row = rows.iter().find(|row| row.id == life.shop.settings.id.as_str());
        if let Some(Ok(integration)) = row.map(|row| row.content.clone()) {
            let shared = sim.sabotage == Some(Sabotage::SharedMemory);
            let memory = memories[if shared { 0 } else { life.shop.number }].clone();
            work(&sim, life, integration, (memory, ledger(life)), kind).await;
        }
    }))
    .await;
}

async fn work(
    sim: &Arc<Sim>,
    life: &Arc<Life>,
    mut integration: Integration,
    (memory, ledger): (Arc<Memory>, Arc<dyn Ledger>),
    kind: Kind,
) {
    let (host, shop) = (&life.host, &life.shop);
    let plight = shop.plight();
    if plight == Some(Plight::Unreadable) {
        return;
    }
    if let Some(plight) = plight {
        plight.spoil(&mut integration.settings);
    }
    if sim.sabotage == Some(Sabotage::OneName) {
        integration.settings.id = sim.shops[0].settings.id.clone();
    }
    let unless = |wrong: Plight, right: &str| {
        if plight == Some(wrong) { "wrong".to_owned() } else { right.to_owned() }
    };
    let (key, password) =
        (unless(Plight::WrongKey, &shop.api_key), unless(Plight::WrongPassword, "thulium-pass"));
    let way = Arc::new(Way { sim: sim.clone(), life: life.clone() });
    let base = |url: &str| wire::base_url(url, wire::Reach::Anywhere).ok();
    let (Some(http), Some(marketplace), Some(helpdesk)) =
        (http(), base(&shop.settings.empikplace.url), base(&shop.settings.thulium.url))
    else {
        return;
    };
    let shop_id = shop.settings.empikplace.shop_id;
    let marketplace =
        empikplace::Client::new(http.clone(), marketplace, key.into(), shop_id).over(way.clone());
    let helpdesk = thulium::Client::new(http, helpdesk, "api".to_owned(), password.into()).over(way);
    let clock = Arc::new(HostClock { timeline: sim.timeline.clone(), skew: host.skew });
    let deadline = bridge::ledger::Clock::now(&*clock) + VISIT;
    let ports = Ports {
        marketplace: Arc::new(empikplace::Shop::new(marketplace, "pl_PL".to_owned())),
        helpdesk: Arc::new(thulium::Account::new(helpdesk)),
        ledger,
        clock,
    };
    let visit = Visit::new(integration, ports, memory, life.owner.clone(), deadline);
    match kind {
        Kind::Tick(_) => {
            let report = visit.tick().await;
            sim.note(|| format!("{} {} {report:?}", host.name, life.owner));
        }
        Kind::Hint(_, ticket) => {
            let hinted = visit.hint(TicketId(ticket)).await;
            sim.note(|| format!("{} {} hint {ticket} {hinted:?}", host.name, life.owner));
        }
    }
}
