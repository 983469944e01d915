//! EmpikPlace: the key, the shop, the rights, the clock.

use bridge::failure::Failure;
use bridge::settings::Settings;
use empikplace::{Start, ThreadQuery};

use super::Finding;
use super::state::clock;
use crate::access::Live;

const SYSTEM: &str = "EmpikPlace";

pub(super) async fn examine(live: &Live, settings: &Settings) -> Vec<Finding> {
    let shop = settings.empikplace.shop_id;
    let mut found = Vec::new();
    match live.shop.account().await {
        Ok(account) => {
            if account.shop_id.is_some_and(|id| shop.is_some_and(|wanted| wanted != id)) {
                found.push(Finding::Shop { shop });
            }
            if !matches!(account.shop_state.as_str(), "" | "OPEN") {
                found.push(Finding::ShopState { state: account.shop_state });
            }
        }
        Err(failure) => match failure.status() {
            Some(401) => return vec![Finding::Key],
            // The documented answers where the shop is none of the key's.
            Some(403 | 404) => return vec![Finding::Shop { shop }],
            // A01 may be called once a day; it says nothing else then.
            Some(429) => {}
            _ => return vec![unreachable(&failure)],
        },
    }
    let first = ThreadQuery::Start(Start { limit: Some(1), ..Start::default() });
    found.extend(right("M11", live.shop.threads(&first).await.err()));
    let no_order = [String::from("0")];
    found.extend(right("OR11", live.shop.orders(&no_order).await.err()));
    found.extend(right("RE01", live.shop.reasons(None).await.err()));
    found.extend(clock(SYSTEM, &settings.empikplace.url).await);
    found
}

fn right(operation: &'static str, failure: Option<Failure>) -> Option<Finding> {
    let failure = failure?;
    match failure.status() {
        Some(401 | 403) => Some(Finding::KeyRight { operation }),
        Some(429) => None,
        _ => Some(unreachable(&failure)),
    }
}

fn unreachable(failure: &Failure) -> Finding {
    Finding::Unreachable { system: SYSTEM, reason: failure.to_string() }
}
