//! The life of an integration after it was set up: switched on and off, removed, a buyer erased.

pub(crate) mod erase;
pub(crate) mod remove;
pub(crate) mod switch;
