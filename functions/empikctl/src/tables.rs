//! The two tables: check, and create where missing.

use std::time::Duration;

use ledger::{Difference, Table, TableState};
use serde_json::{Value, json};

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::words;

/// How often, and after which pause each time, a new table is looked at until it can be used.
const LOOKS: u32 = 60;
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) async fn check(options: &Options) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let mut found = Vec::new();
    for table in Table::ALL {
        let state = tables.ledger.check_table(table).await;
        let state = state.map_err(|failure| tables.failed(table, &failure))?;
        let empty = match state {
            TableState::Ready => {
                let empty = tables.ledger.is_empty(table).await;
                Some(empty.map_err(|failure| tables.failed(table, &failure))?)
            }
            _ => None,
        };
        found.push(Found { table, state, created: false, empty });
    }
    Ok(report(&tables, &found))
}

pub(crate) async fn create(options: &Options) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let mut found = Vec::new();
    for table in Table::ALL {
        let failed = |failure| tables.failed(table, &failure);
        let mut state = tables.ledger.check_table(table).await.map_err(failed)?;
        let mut created = false;
        if state == TableState::Missing {
            created = tables.ledger.create_table(table).await.map_err(failed)?;
            state = tables.ledger.check_table(table).await.map_err(failed)?;
        }
        for _ in 0..LOOKS {
            if state != TableState::Changing {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            state = tables.ledger.check_table(table).await.map_err(failed)?;
        }
        found.push(Found { table, state, created, empty: None });
    }
    Ok(report(&tables, &found))
}

/// A table as it was found.
struct Found {
    table: Table,
    state: TableState,
    created: bool,
    /// Whether it holds nothing; `None`: nobody looked.
    empty: Option<bool>,
}

fn report(tables: &Tables, found: &[Found]) -> Report {
    let all_ready = found.iter().all(|found| found.state == TableState::Ready);
    let any_missing = found.iter().any(|found| found.state == TableState::Missing);
    let mut lines = Vec::new();
    let mut listed = Vec::new();
    for Found { table, state, created, empty } in found {
        let name = tables.ledger.table_name(*table);
        let differences: Vec<String> = match state {
            TableState::Different(differences) => differences.iter().map(words::tables::difference).collect(),
            _ => Vec::new(),
        };
        lines.push([
            words::tables::role(*table),
            name.to_owned(),
            words::tables::state(state, *created),
            differences.join(", "),
        ]);
        listed.push(json!({
            "role": role(*table),
            "table": name,
            "state": word(state),
            "created": created,
            "empty": empty,
            "differences": differences_of(state),
        }));
    }
    let talk = if any_missing { vec![words::tables::next()] } else { Vec::new() };
    let exit = if all_ready { Exit::Ok } else { Exit::Findings };
    Report {
        text: words::columns(&words::tables::head(), &lines),
        json: json!({ "tables": listed }),
        talk,
        exit,
    }
}

fn role(table: Table) -> &'static str {
    match table {
        Table::Integrations => "integrations",
        Table::Conversations => "conversations",
    }
}

fn word(state: &TableState) -> &'static str {
    match state {
        TableState::Ready => "ready",
        TableState::Missing => "missing",
        TableState::Changing => "changing",
        TableState::Different(_) => "different",
    }
}

/// Stable words: `keys`, `no index by_ticket`, `keys of index waiting`.
fn differences_of(state: &TableState) -> Value {
    let TableState::Different(differences) = state else {
        return json!([]);
    };
    let word = |difference: &Difference| match difference {
        Difference::Keys => "keys".to_owned(),
        Difference::NoIndex(index) => format!("no index {index}"),
        Difference::IndexKeys(index) => format!("keys of index {index}"),
    };
    differences.iter().map(word).collect()
}
