//! Which integrations a tick is for.

use bridge::settings::IntegrationId;
use sha2::{Digest, Sha256};

/// The integrations that a tick is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those whose id falls to one of several shards.
    Shard {
        /// The shard, counted from 0.
        shard: u32,
        /// How many there are; at least 1.
        shards: u32,
    },
    /// One.
    One(IntegrationId),
}

impl Selection {
    /// Whether the integration stored under `id` is meant.
    pub fn contains(&self, id: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Shard { shard, shards } => shard_of(id, *shards) == *shard,
            Selection::One(one) => one.as_str() == id,
        }
    }
}

/// The shard of an integration: the first eight bytes of the SHA-256 of its id, read as a big-endian
/// number, modulo the number of shards (0 counts as 1). It never changes for a given number.
pub fn shard_of(id: &str, shards: u32) -> u32 {
    let digest = Sha256::digest(id.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    // Less than `shards`, which is a u32.
    (number % u64::from(shards.max(1))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_a_partition_and_roughly_even() {
        let ids: Vec<String> = (0..400).map(|n| format!("shop-{n}")).collect();
        for shards in [1, 2, 3, 7, 16] {
            let mut sizes = Vec::new();
            for id in &ids {
                let holders: Vec<u32> = (0..shards)
                    .filter(|shard| Selection::Shard { shard: *shard, shards }.contains(id))
                    .collect();
                assert_eq!(holders.len(), 1, "{id} in {shards}");
                sizes.push(holders[0]);
            }
            let mean = ids.len() / shards as usize;
            for shard in 0..shards {
                let size = sizes.iter().filter(|holder| **holder == shard).count();
                assert!(size > mean / 3 && size < mean * 3, "{size} of {mean} in {shard} of {shards}");
            }
        }
    }

    #[test]
    fn a_shard_never_changes() {
        // Computed with `sha256sum`.
        assert_eq!([1, 2, 4, 1000].map(|shards| shard_of("shop-a", shards)), [0, 0, 2, 234]);
    }
}
