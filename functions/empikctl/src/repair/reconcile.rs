//! The sweep at once: what changed in the last days, held against the ledger message by message. What
//! is missing is carried, as the poller's daily sweep does.

use std::sync::Arc;
use std::time::Duration;

use bridge::engine::{Halted, Memory, Ports, Reconciled, Visit, days_back};
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};
use runtime::SystemClock;
use serde_json::json;

use crate::Options;
use crate::access::{Live, Tables};
use crate::answer::{Error, Exit, Report};
use crate::console::Console;
use crate::words;

/// How long the lease is held at a time.
const TURN: SignedDuration = SignedDuration::from_secs(45);

/// How long it is free then, so that a tick, one a minute, gets its turn.
const REST: Duration = Duration::from_secs(65);

/// How often a lease that a tick holds is asked for again, once a second.
const WAITS: u32 = 10;

pub(crate) async fn reconcile(
    options: &Options,
    id: &IntegrationId,
    days: u32,
    console: &mut dyn Console,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let integration = tables.integration(id).await?;
    let mut credentials = Live::of(options, &integration.settings).await?.credentials;
    let locale = integration.settings.empikplace.locale.clone();
    let (memory, ledger) = (Arc::<Memory>::default(), Arc::new(tables.ledger));
    let mut all = Reconciled { next: Some(days_back(Timestamp::now(), days)), ..Reconciled::default() };
    let mut waits = 0;
    while let Some(since) = all.next {
        // Clients count their own calls, so that each turn has fresh ones.
        let live = Live::with(&integration.settings, credentials)?;
        credentials = live.credentials;
        let ports = Ports {
            marketplace: Arc::new(empikplace::Shop::new(live.shop, locale.clone())),
            helpdesk: Arc::new(thulium::Account::new(live.account)),
            ledger: ledger.clone(),
            clock: Arc::new(SystemClock),
        };
        let stop = Timestamp::now() + TURN;
        let visit = Visit::new(integration.clone(), ports, memory.clone(), super::owner()?, stop);
        let found = visit.reconcile(since).await;
        if found.reason == Some(Halted::Held) && waits < WAITS {
            if waits == 0 {
                console.tell(&words::repair::sweep_waits());
            }
            waits += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        waits = 0;
        add(&mut all, &found);
        let stuck = found.next == Some(since);
        let goes_on = !stuck && matches!(found.reason, None | Some(Halted::Time));
        if !goes_on {
            let halted = found.reason.unwrap_or(Halted::Time);
            let advice = words::repair::sweep_halted(id, days, &halted);
            if all.threads == 0 {
                return Err(Error::failed(advice));
            }
            return Ok(report(id, days, &all, Some((halted, advice))));
        }
        if all.next.is_some() {
            console.tell(&words::repair::sweep_goes_on(all.threads));
            tokio::time::sleep(REST).await;
        }
    }
    Ok(report(id, days, &all, None))
}

fn add(all: &mut Reconciled, found: &Reconciled) {
    all.threads += found.threads;
    all.missing += found.missing;
    all.doubled += found.doubled;
    all.repaired += found.repaired;
    all.calls.empikplace += found.calls.empikplace;
    all.calls.thulium += found.calls.thulium;
    // A turn that could not begin leaves it where it was.
    if found.reason.is_none() || found.next.is_some() {
        all.next = found.next;
    }
}

fn report(id: &IntegrationId, days: u32, all: &Reconciled, halted: Option<(Halted, String)>) -> Report {
    let json = json!({
        "integration": id,
        "days": days,
        "reason": halted.as_ref().map(|(halted, _)| halted),
        "threads": all.threads,
        "missing": all.missing,
        "doubled": all.doubled,
        "repaired": all.repaired,
        "next": all.next,
        "calls": all.calls,
    });
    let line = [
        id.to_string(),
        all.threads.to_string(),
        all.missing.to_string(),
        all.doubled.to_string(),
        all.repaired.to_string(),
    ];
    let text = words::columns(&words::repair::sweep_head(), &[line]);
    let clean = all.missing == 0 && all.doubled == 0 && halted.is_none();
    let mut talk = Vec::new();
    if all.doubled > 0 {
        talk.push(words::repair::sweep_doubled());
    }
    if all.missing > all.repaired {
        talk.push(words::repair::sweep_lacks(all.missing - all.repaired));
    }
    talk.extend(halted.map(|(_, next)| next));
    Report { text, json, talk, exit: if clean { Exit::Ok } else { Exit::Findings } }
}
