//! A visit of the bridge: the real engine with the real clients, on a host of the simulation.

use std::sync::{Arc, OnceLock, PoisonError};

use bridge::engine::{Ports, Visit};
use bridge::helpdesk::TicketId;
use futures::FutureExt;
use futures::future::{AbortHandle, Abortable};
use jiff::SignedDuration;

use crate::calls::Way;
use crate::sim::{Host, HostClock, Life, Sim};
use crate::tables::{Shaky, Unsure};

/// How long a visit may start new work.
const VISIT: SignedDuration = SignedDuration::from_secs(50);

/// What a visit is for.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A tick of the poller.
    Tick,
    /// A callback about a ticket.
    Hint(u64),
}

/// The one HTTP client of all episodes; it never opens a connection.
fn http() -> Option<reqwest::Client> {
    static HTTP: OnceLock<Option<reqwest::Client>> = OnceLock::new();
    HTTP.get_or_init(|| wire::client(wire::Reach::Anywhere).ok()).clone()
}

/// Starts a visit on a host.
pub fn visit(sim: &Arc<Sim>, host: &Arc<Host>, kind: Kind) {
    let (abort, registration) = AbortHandle::new_pair();
    let life = Arc::new(Life { abort, host: host.clone(), owner: sim.visit() });
    let work = work(sim.clone(), life, kind);
    sim.timeline.spawn(Abortable::new(work, registration).map(|_done_or_killed| ()));
}

async fn work(sim: Arc<Sim>, life: Arc<Life>, kind: Kind) {
    let host = life.host.clone();
    let (memory, tables) = host.process.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let tables = Shaky { sim: sim.clone(), life: life.clone(), inner: tables };
    let ledger: Arc<dyn bridge::ledger::Ledger> = Arc::new(Unsure(tables));
    let Ok(Some(row)) = ledger.integration(&sim.settings.id).await else { return };
    let Ok(integration) = row.content else { return };
    let way = Arc::new(Way { sim: sim.clone(), life: life.clone() });
    let base = |url: &str| wire::base_url(url, wire::Reach::Anywhere).ok();
    let (Some(http), Some(shop), Some(account)) =
        (http(), base(&sim.settings.empikplace.url), base(&sim.settings.thulium.url))
    else {
        return;
    };
    let shop = empikplace::Client::new(
        http.clone(),
        shop,
        "empik-key".to_owned().into(),
        sim.settings.empikplace.shop_id,
    )
    .over(way.clone());
    let account =
        thulium::Client::new(http, account, "api".to_owned(), "thulium-pass".to_owned().into()).over(way);
    let clock = Arc::new(HostClock { world: sim.world.clone(), skew: host.skew });
    let deadline = bridge::ledger::Clock::now(&*clock) + VISIT;
    let ports = Ports {
        marketplace: Arc::new(empikplace::Shop::new(shop, "pl_PL".to_owned())),
        helpdesk: Arc::new(thulium::Account::new(account)),
        ledger,
        clock,
    };
    let visit = Visit::new(integration, ports, memory, life.owner.clone(), deadline);
    match kind {
        Kind::Tick => {
            let report = visit.tick().await;
            sim.note(|| format!("{} {} {report:?}", host.name, life.owner));
        }
        Kind::Hint(ticket) => {
            let hinted = visit.hint(TicketId(ticket)).await;
            sim.note(|| format!("{} {} hint {ticket} {hinted:?}", host.name, life.owner));
        }
    }
}
