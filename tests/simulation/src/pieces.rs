//! What an episode is made of and can do without.

/// A piece of an episode, by its number in the order in which they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// A setting of the shop.
    Setting(u64),
    /// Something that somebody does.
    Act(u64),
    /// Something that goes wrong.
    Fault(u64),
}
