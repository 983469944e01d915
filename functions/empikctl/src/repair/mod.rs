//! What is parked: to list, to try again, to give up.

pub(crate) mod drop;
pub(crate) mod parked;
pub(crate) mod reconcile;
pub(crate) mod retry;

use crate::answer::Error;
use crate::words;

/// Marks the writes of this run, so that a repeated one is told from somebody else's.
pub(crate) fn owner() -> Result<String, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| Error::failed(words::no_randomness()))?;
    Ok(format!("empikctl-{:016x}", u64::from_be_bytes(bytes)))
}
