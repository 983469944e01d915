//! What the threat model (`infra/SECURITY.md`) claims of the whole bundle: an attack on the running
//! stack (`make attack`), and canaries that must not come out anywhere.

#![expect(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod attack;
mod attacks;
mod canary;
mod claims;
mod hostile;
mod proxy;
mod support;
