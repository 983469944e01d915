//! Making a reply ready for the marketplace: its text within the limits, and its files.

use super::outbound::Recipient;
use super::{LARGEST_FILE, Visit};
use crate::conversation::{Loaded, Reason};
use crate::failure::{Class, Failure, Outcome};
use crate::helpdesk::Entry;
use crate::marketplace::OutgoingReply;
use crate::text;
use crate::words::ReplyFileTrouble;

/// Characters that a body must have at least and may have at most (M12 `message_input.body`).
const BODY_LENGTH: std::ops::RangeInclusive<usize> = 3..=50_000;

/// Files that the marketplace takes for an order, over all its threads (M12).
pub(super) const MOST_FILES: usize = 50;

/// A reply made ready for the marketplace.
pub(super) struct Composed {
    /// The reply.
    pub reply: OutgoingReply,
    /// How its text is recognised in the thread.
    pub fingerprint: String,
    /// Files that do not go with it.
    pub missing: Vec<(String, ReplyFileTrouble)>,
}

impl Visit {
    /// A reply with this text and the files of its entry; or why it can never go out.
    pub(super) async fn compose(
        &self,
        entry: &Entry,
        mut text: String,
        recipient: Recipient,
        loaded: &Loaded,
    ) -> Result<Result<Composed, Reason>, Failure> {
        let (files, missing) = self.collect_files(entry, loaded).await?;
        if text.is_empty() && !files.is_empty() {
            text = self.words.files_only().to_owned();
        }
        let escape = self.settings.calibration.escape.unwrap_or_default();
        let body = text::for_marketplace(&text, escape);
        if text.chars().count() < *BODY_LENGTH.start() {
            return Ok(Err(Reason::TooShort));
        }
        if body.chars().count() > *BODY_LENGTH.end() {
            return Ok(Err(Reason::TooLong));
        }
        let Recipient { buyer: to_buyer, operator: to_operator } = recipient;
        let reply = OutgoingReply { body, to_buyer, to_operator, files };
        Ok(Ok(Composed { reply, fingerprint: text::fingerprint(&text), missing }))
    }

    /// The files of a reply that can go along, and those that cannot.
    async fn collect_files(&self, entry: &Entry, loaded: &Loaded) -> Result<(Files, Missing), Failure> {
        let used: u64 = loaded.deliveries.iter().filter(|d| d.reply != entry.id).map(|d| d.file_bytes).sum();
        let limit_mb = self.settings.replies.attachment_limit_mb;
        let types = &self.settings.replies.file_types;
        let mut room = (u64::from(limit_mb) << 20).saturating_sub(used);
        let (mut files, mut missing) = (Files::new(), Missing::new());
        for token in &entry.files {
            // The name comes with the bytes, so that a file is read although there is no room for it.
            let file = match self.ports.helpdesk.file(token, LARGEST_FILE).await {
                Ok(file) => file,
                Err(failure) => {
                    let why = match (failure.class, failure.outcome) {
                        (_, Outcome::Undecodable) => ReplyFileTrouble::Limit { limit_mb },
                        (Class::Permanent, _) => ReplyFileTrouble::Unavailable,
                        _ => return Err(failure),
                    };
                    missing.push((token.chars().take(12).collect(), why));
                    continue;
                }
            };
            let given = file.name.unwrap_or_default();
            let name = distinct(with_known_type(&text::ascii_file_name(&given), types), &files);
            let size = file.bytes.len() as u64;
            // The agent knows the file by the name it bears in the ticket.
            if !has_known_type(&name, types) {
                missing.push((given, ReplyFileTrouble::Type));
            } else if size > room {
                missing.push((given, ReplyFileTrouble::Limit { limit_mb }));
            } else if files.len() >= MOST_FILES {
                missing.push((given, ReplyFileTrouble::Count { most: MOST_FILES }));
            } else {
                room -= size;
                files.push((name, file.bytes));
            }
        }
        Ok((files, missing))
    }
}

type Files = Vec<(String, Vec<u8>)>;
type Missing = Vec<(String, ReplyFileTrouble)>;

/// Whether the ending of a name is one of these; where none are given, every one is.
fn has_known_type(name: &str, types: &[String]) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end);
    types.is_empty() || end.is_some_and(|end| is_listed(end, types))
}

fn is_listed(end: &str, types: &[String]) -> bool {
    types.iter().any(|known| known.trim().trim_start_matches('.').eq_ignore_ascii_case(end))
}

/// A name that none of the files bears: `scan.pdf`, `scan-2.pdf`. The marketplace asks for distinct
/// names (OR74).
fn distinct(name: String, files: &[(String, Vec<u8>)]) -> String {
    let taken = |name: &str| files.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    if !taken(&name) {
        return name;
    }
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let numbered = (2..).map(|n| format!("{stem}-{n}.{end}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// `photo.jpeg` as `photo.jpg` where only that form is listed.
fn with_known_type(name: &str, types: &[String]) -> String {
    match name.rsplit_once('.') {
        Some((stem, end))
            if end.eq_ignore_ascii_case("jpeg") && is_listed("jpg", types) && !is_listed(end, types) =>
        {
            format!("{stem}.jpg")
        }
        _ => name.to_owned(),
    }
}
