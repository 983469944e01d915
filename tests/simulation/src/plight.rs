//! What keeps one of two shops from working for a while, and must not keep the other one.

use std::sync::{Arc, PoisonError};

use bridge::settings::Settings;
use fastrand::Rng;

use crate::sim::{Sim, pause};

/// What keeps a shop from working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plight {
    /// Somebody has switched it off.
    Paused,
    /// Its stored settings cannot be read.
    Unreadable,
    /// EmpikPlace does not know its key.
    WrongKey,
    /// Thulium does not know its password.
    WrongPassword,
    /// Its tickets are to go to a mailbox that does not exist.
    WrongMailbox,
    /// Its tickets are to go to a queue that does not exist.
    WrongQueue,
    /// Its calls take nearly as long as they may.
    Slow,
}

const ALL: [Plight; 7] = [
    Plight::Paused,
    Plight::Unreadable,
    Plight::WrongKey,
    Plight::WrongPassword,
    Plight::WrongMailbox,
    Plight::WrongQueue,
    Plight::Slow,
];

impl Plight {
    /// What becomes of the settings.
    pub fn spoil(self, settings: &mut Settings) {
        match self {
            Plight::Paused => settings.enabled = false,
            Plight::WrongMailbox => settings.thulium.mailbox = "nowhere@shop.example".to_owned(),
            Plight::WrongQueue => settings.thulium.queue_id = Some(99),
            Plight::Unreadable | Plight::WrongKey | Plight::WrongPassword | Plight::Slow => {}
        }
    }
}

/// Now one shop is struck, now the other, until the storm is over. Who is struck then stays so.
pub async fn strike(sim: Arc<Sim>) {
    let mut dice = sim.draw(Rng::fork);
    loop {
        sim.timeline.sleep(pause(&mut dice, 300_000)).await;
        let (Some(shop), Some(plight)) = (dice.choice(&sim.shops), dice.choice(&ALL)) else { return };
        let lasts = pause(&mut dice, 600_000);
        if sim.is_calm() {
            return;
        }
        if sim.goes_wrong(1.0) {
            sim.note(|| format!("{} is {plight:?}", shop.settings.id));
            *shop.plight.lock().unwrap_or_else(PoisonError::into_inner) = Some(*plight);
        }
        sim.timeline.sleep(lasts).await;
        if sim.is_calm() {
            return;
        }
        heal(&sim);
    }
}

/// Every shop is well again.
pub fn heal(sim: &Sim) {
    for shop in &sim.shops {
        let healed = shop.plight.lock().unwrap_or_else(PoisonError::into_inner).take();
        if healed.is_some() {
            sim.note(|| format!("{} is well again", shop.settings.id));
        }
    }
}
