//! What is measured, one room for each group of figures.

pub mod backlog;
pub mod calls;
pub mod peer;
pub mod shops;
pub mod size;
pub mod start;
pub mod text;

use std::time::Duration;

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
