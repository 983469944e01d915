//! How large the programs are.

use crate::figure::{Figure, figure};
use crate::program::Program;

/// Sizes of the programs.
pub fn sizes() -> Vec<Figure> {
    ["poller", "callback"]
        .map(|name| {
            let bytes = Program::named(name).size();
            figure(format!("size of {name}"), bytes as f64 / 1_048_576.0, "MiB").target(7.0)
        })
        .into()
}
