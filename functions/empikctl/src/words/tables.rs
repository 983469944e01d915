//! Words of `tables`.

use ledger::{Difference, Table, TableState};

use super::{heads, say};

pub(crate) fn head() -> [String; 4] {
    heads(["TABLE OF", "NAME", "STATE", "DIFFERENCES"], ["TABELA", "NAZWA", "STAN", "RÓŻNICE"])
}

pub(crate) fn role(table: Table) -> String {
    match table {
        Table::Integrations => say!("integrations", "integracje"),
        Table::Conversations => say!("conversations", "rozmowy"),
    }
}

pub(crate) fn state(state: &TableState, created: bool) -> String {
    match (state, created) {
        (TableState::Ready, true) => say!("created", "utworzona"),
        (TableState::Ready, false) => say!("ready", "gotowa"),
        (TableState::Missing, _) => say!("missing", "brak"),
        (TableState::Changing, _) => say!(
            "being made or removed; look again in a moment",
            "właśnie powstaje lub jest usuwana; sprawdź za chwilę"
        ),
        (TableState::Different(_), _) => {
            say!("DIFFERENT: remove it, or name another one", "INNA: usuń ją albo wskaż inną")
        }
    }
}

pub(crate) fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Keys => say!("other keys", "inne klucze"),
        Difference::NoIndex(index) => say!("no index {index}", "brak indeksu {index}"),
        Difference::IndexKeys(index) => say!("other keys of index {index}", "inne klucze indeksu {index}"),
    }
}

pub(crate) fn next() -> String {
    say!(
        "in AWS, Terraform makes the tables; on a local endpoint: empikctl tables create",
        "w AWS tabele tworzy Terraform; na lokalnym adresie: empikctl tables create"
    )
}
