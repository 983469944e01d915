//! Looking inside: how integrations fare, and the story of one conversation.

pub(crate) mod conversations;
pub(crate) mod explain;
pub(crate) mod status;
