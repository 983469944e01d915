//! The switches with which a person breaks things on purpose.

use twins::{At, Fault, FaultRule, Side, World};

/// Seconds that EmpikPlace asks to be left alone for under [`Switch::RateLimit`].
const RETRY_AFTER: u64 = 30;

/// The writing calls whose answers [`Switch::LostAnswers`] loses.
const WRITES: [(Side, &str); 4] = [
    (Side::Empikplace, "M12"),
    (Side::Thulium, "POST tickets"),
    (Side::Thulium, "POST tickets/:id/customer_response"),
    (Side::Thulium, "POST tickets/:id/comment"),
];

/// Something that goes wrong for as long as it is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    /// EmpikPlace answers everything with 500.
    EmpikFails,
    /// Thulium takes no connection.
    ThuliumDown,
    /// Both sides do what they are told, and the answer never arrives.
    LostAnswers,
    /// EmpikPlace answers everything with 429.
    RateLimit,
}

impl Switch {
    /// All of them.
    pub(crate) const ALL: [Switch; 4] =
        [Switch::EmpikFails, Switch::ThuliumDown, Switch::LostAnswers, Switch::RateLimit];

    /// Its name in forms.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Switch::EmpikFails => "empikplace-500",
            Switch::ThuliumDown => "thulium-down",
            Switch::LostAnswers => "lost-answers",
            Switch::RateLimit => "rate-limit",
        }
    }

    /// The switch of this name.
    pub(crate) fn named(name: &str) -> Option<Switch> {
        Switch::ALL.into_iter().find(|switch| switch.as_str() == name)
    }

    fn rules(self) -> Vec<FaultRule> {
        let status = |code, retry_after| Fault::Status { code, retry_after, at: At::Before };
        match self {
            Switch::EmpikFails => vec![FaultRule::always(Side::Empikplace, "*", status(500, None))],
            Switch::ThuliumDown => vec![FaultRule::always(Side::Thulium, "*", Fault::Refuse)],
            Switch::LostAnswers => {
                WRITES.map(|(side, call)| FaultRule::always(side, call, Fault::LostAnswer)).into()
            }
            Switch::RateLimit => {
                vec![FaultRule::always(Side::Empikplace, "*", status(429, Some(RETRY_AFTER)))]
            }
        }
    }

    /// Whether its rules are in force.
    pub(crate) fn is_on(self, world: &World) -> bool {
        let set = world.faults();
        self.rules().iter().all(|rule| set.iter().any(|(_, other, _)| other == rule))
    }

    /// Switches it.
    pub(crate) fn set(self, world: &World, on: bool) {
        let rules = self.rules();
        for (id, rule, _) in world.faults() {
            if rules.contains(&rule) {
                world.remove_fault(id);
            }
        }
        if on {
            for rule in rules {
                world.add_fault(rule);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_do_not_touch_each_other() {
        let world = World::new(twins::WorldOptions::default()).expect("a world");
        for switch in Switch::ALL {
            assert_eq!(Switch::named(switch.as_str()), Some(switch));
            switch.set(&world, true);
            switch.set(&world, true);
        }
        assert_eq!(world.faults().len(), 7, "set twice is set once");
        Switch::LostAnswers.set(&world, false);
        let on: Vec<bool> = Switch::ALL.iter().map(|switch| switch.is_on(&world)).collect();
        assert_eq!(on, [true, true, false, true]);
    }
}
