//! The shops that the deployment of an episode serves: one, or two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use bridge::settings::Settings;
use fastrand::Rng;
use twins::World;

use crate::plight::Plight;
use crate::timeline::Millis;

/// Whom a deployment serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shops {
    /// One shop.
    One,
    /// Two shops on one Thulium account, each with a mailbox and a queue of its own, perhaps under one key
    /// of EmpikPlace, and perhaps with the same ids in use on both sides.
    OneDesk,
    /// Two shops with accounts of their own, in which everything bears the same ids.
    TwoDesks,
}

impl Shops {
    /// What an episode has unless it is said: two shops in a quarter of them. Drawn apart from all else, so
    /// that a storm of one shop is what it was before there were two.
    pub fn drawn(seed: u64) -> Shops {
        match apart(seed).u8(0..16) {
            0..3 => Shops::OneDesk,
            3 => Shops::TwoDesks,
            _ => Shops::One,
        }
    }
}

/// Dice for what only two shops need.
pub fn apart(seed: u64) -> Rng {
    Rng::with_seed(seed ^ 0x7368_6f70_2d62)
}

/// A shop, with the integration that serves it.
pub struct Shop {
    /// Its place among the shops of the episode.
    pub number: usize,
    /// The twins that it stands in.
    pub world: World,
    /// Which Thulium account: shops with the same number share it, and the twins.
    pub desk: usize,
    /// The integration.
    pub settings: Settings,
    /// Its key of EmpikPlace.
    pub api_key: String,
    /// What keeps it from working.
    pub plight: Mutex<Option<Plight>>,
    /// Requests and table writes for it that may have changed something.
    pub writes: AtomicU64,
    /// Answers of the indexes, for stale reads.
    pub indexed: Mutex<Vec<(Millis, Vec<bridge::ledger::Waiting>)>>,
    /// When a ticket was first tied to its conversation.
    pub tied: Mutex<BTreeMap<u64, Millis>>,
    /// The newest date that was seen of each thread; only sabotage keeps it.
    pub seen: Mutex<BTreeMap<String, String>>,
    /// Tickets in which a reply was retried, after later ones had gone out.
    pub overtaken: Mutex<BTreeSet<u64>>,
    /// Replies that a person gave up: ticket and reply.
    pub dropped: Mutex<BTreeSet<(u64, u64)>>,
    /// Whether its threads and orders bear the ids of another shop's, as on a marketplace of its own.
    pub borrows_ids: bool,
    /// Ids in the twins, with those under which its account knows them.
    borrowed: Mutex<Vec<(String, String)>>,
}

impl Shop {
    /// A shop at its beginning.
    pub fn new(number: usize, (desk, world): (usize, World), settings: Settings, api_key: &str) -> Shop {
        Shop {
            number,
            world,
            desk,
            settings,
            api_key: api_key.to_owned(),
            plight: Mutex::default(),
            writes: AtomicU64::new(0),
            indexed: Mutex::default(),
            tied: Mutex::default(),
            seen: Mutex::default(),
            overtaken: Mutex::default(),
            dropped: Mutex::default(),
            borrows_ids: false,
            borrowed: Mutex::default(),
        }
    }

    /// Its number on EmpikPlace.
    pub fn shop_id(&self) -> u64 {
        self.settings.empikplace.shop_id.unwrap_or_default().unsigned_abs()
    }

    /// What keeps it from working now.
    pub fn plight(&self) -> Option<Plight> {
        *self.plight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something of this shop go by the id of another shop's.
    pub fn borrow_id(&self, own: &str, other: &str) {
        let mut borrowed = self.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
        if !borrowed.iter().any(|(known, _)| known == own) {
            borrowed.push((own.to_owned(), other.to_owned()));
        }
    }

    /// Whether the id of another shop's is used here.
    pub fn borrows(&self, other: &str) -> bool {
        self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(_, known)| known == other)
    }

    /// A text of the twins with the ids that the shop's account knows.
    pub fn shown(&self, text: &str) -> String {
        let borrowed = self.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
        borrowed.iter().fold(text.to_owned(), |text, (own, other)| text.replace(own, other))
    }

    /// A text of the shop's account with the ids of the twins.
    pub fn meant(&self, text: &str) -> String {
        let borrowed = self.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
        borrowed.iter().fold(text.to_owned(), |text, (own, other)| text.replace(other, own))
    }
}
