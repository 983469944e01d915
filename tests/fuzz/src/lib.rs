//! What must hold whatever bytes a stranger sends: one function for each way in.
//!
//! Each takes any bytes, drives the code that reads them in a running function, and panics where a
//! promise is broken. Three things feed them: the inputs kept in `inputs/`, at every test run; drawn
//! ones, likewise; and libFuzzer, which looks for new ones (`make fuzz TARGET=html SECONDS=1800`; the
//! programs for it are in `libfuzzer/`, outside the workspace).

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a broken promise stops here")]

mod answers;
mod texts;

pub use answers::{empikplace, thulium};
pub use texts::{callback, html, names, settings};

/// A way in.
pub type Target = fn(&[u8]);

/// All ways in, by the names of their folders in `inputs/`.
pub const TARGETS: [(&str, Target); 6] = [
    ("callback", callback),
    ("empikplace", empikplace),
    ("html", html),
    ("names", names),
    ("settings", settings),
    ("thulium", thulium),
];

/// The first byte, and the rest.
fn split(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}
