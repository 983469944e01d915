//! Our own side: the schedule, what is parked, the clocks, and a second integration on the same shop.

use std::time::Duration;

use bridge::VERSION;
use bridge::integration::Integration;
use bridge::ledger::Ledger;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ledger::Table;

use super::Finding;
use crate::access::{Tables, address, http};
use crate::answer::Error;
use crate::see::status::is_late;

/// The most parked things that are counted.
const MOST: usize = 1000;

/// How far two clocks may differ: half of what the engine allows for.
const SKEW: i64 = 150;

pub(super) async fn examine(
    tables: &Tables,
    integration: &Integration,
    now: Timestamp,
) -> Result<Vec<Finding>, Error> {
    let settings = &integration.settings;
    let mut found = Vec::new();
    if settings.enabled {
        let cursor = tables.ledger.cursor(&settings.id).await;
        let cursor = cursor.map_err(|failure| tables.failed(Table::Integrations, &failure))?;
        // What never ran tells nothing of its version.
        if let Some(cursor) = &cursor
            && cursor.health.version.as_deref() != Some(VERSION)
        {
            found.push(Finding::Version { theirs: cursor.health.version.clone() });
        }
        match cursor {
            None => found.push(Finding::Stale { since: None, reason: None }),
            Some(cursor) if is_late(integration, &cursor, now) => {
                let health = cursor.health;
                found.push(Finding::Stale { since: health.last_success, reason: health.reason });
            }
            Some(cursor) => found.extend(
                cursor
                    .health
                    .failing_since
                    .and(cursor.health.reason)
                    .map(|reason| Finding::Failing { reason }),
            ),
        }
    }
    let parked = tables.ledger.parked(&settings.id, MOST).await;
    let count = parked.map_err(|failure| tables.failed(Table::Conversations, &failure))?.len();
    if count > 0 {
        found.push(Finding::Parked { count });
    }
    Ok(found)
}

/// Other enabled integrations of the same shop.
pub(super) fn twice(integration: &Integration, all: &[Integration]) -> Vec<Finding> {
    let shop = |of: &Integration| {
        let url = address("empikplace.url", &of.settings.empikplace.url).ok().map(String::from);
        (url, of.settings.empikplace.shop_id)
    };
    // A key without a shop id may open the very shop that another one names.
    let same = |other: &&Integration| {
        let (ours, theirs) = (shop(integration), shop(other));
        let same_shop = ours.1 == theirs.1 || ours.1.is_none() || theirs.1.is_none();
        other.settings.id != integration.settings.id
            && other.settings.enabled
            && integration.settings.enabled
            && ours.0 == theirs.0
            && same_shop
    };
    let twice = |other: &Integration| Finding::Twice { other: other.settings.id.to_string() };
    all.iter().filter(same).map(twice).collect()
}

/// The clock of a system, by the date of an answer, whatever it is.
pub(super) async fn clock(system: &'static str, url: &str) -> Option<Finding> {
    let mut url = address("", url).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(["api", "version"]);
    let answer = http().ok()?.get(url).timeout(Duration::from_secs(10)).send().await.ok()?;
    let date = answer.headers().get("date")?.to_str().ok()?;
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    let seconds = theirs.as_second() - Timestamp::now().as_second();
    (seconds.abs() > SKEW).then_some(Finding::Clock { system, seconds })
}
