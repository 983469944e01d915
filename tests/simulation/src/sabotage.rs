//! Defects put in on purpose, to see that the checker finds them.
//!
//! None of them is in the bridge: they stand between the engine and what it calls, in this crate,
//! which no function, no library and no other program depends on. So no build of the functions can
//! reach them.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The cursor is moved to now before the work is done.
    EarlyCursor,
    /// Whoever writes last wins, also a worker that was overtaken.
    NoFence,
    /// A POST without an answer is sent again.
    RepeatedPost,
    /// What is about to be done is not written down first.
    NoIntent,
    /// What was carried is told by the newest date that was seen, not by ids.
    DateWatermark,
    /// The bridge does not know its own replies when they come back.
    NoEchoSuppression,
    /// An agent's internal comment is taken for a reply.
    CommentForwarded,
    /// Two shops go by one name in the ledger.
    OneName,
    /// What a process remembers of one shop counts for the other, too.
    SharedMemory,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Sabotage; 9] = [
        Sabotage::EarlyCursor,
        Sabotage::NoFence,
        Sabotage::RepeatedPost,
        Sabotage::NoIntent,
        Sabotage::DateWatermark,
        Sabotage::NoEchoSuppression,
        Sabotage::CommentForwarded,
        Sabotage::OneName,
        Sabotage::SharedMemory,
    ];

    /// Changes an answer of one of the systems. `seen` holds the newest date seen of each thread.
    pub fn tamper(self, answer: &mut Value, seen: &mut BTreeMap<String, String>) {
        match self {
            Sabotage::CommentForwarded => {
                for message in list(answer, "messages").into_iter().flatten() {
                    let by_agent =
                        message["user_login"].as_str().is_some_and(|l| !l.is_empty() && l != "api");
                    if message["type"] == "COMMENT" && by_agent {
                        message["type"] = "REPLY".into();
                        message["body"] = message["comment"].take();
                    }
                }
            }
            Sabotage::DateWatermark => match list(answer, "data") {
                Some(threads) => threads.iter_mut().for_each(|thread| only_newer(thread, seen)),
                None => only_newer(answer, seen),
            },
            _ => {}
        }
    }
}

fn list<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    value.get_mut(name)?.as_array_mut()
}

fn only_newer(thread: &mut Value, seen: &mut BTreeMap<String, String>) {
    let Some(id) = thread["id"].as_str().map(str::to_owned) else { return };
    let Some(messages) = list(thread, "messages") else { return };
    let date = |message: &Value| message["date_created"].as_str().unwrap_or_default().to_owned();
    let newest = messages.iter().map(date).max().unwrap_or_default();
    let before = seen.insert(id, newest).unwrap_or_default();
    messages.retain(|message| date(message) > before);
    let left = messages.len();
    if let Some(metadata) = thread.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("total_count".into(), left.into());
    }
}
