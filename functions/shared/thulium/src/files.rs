//! Files: uploaded ahead of the message that carries them, and downloaded by token.

use bridge::failure::{Effect, Failure};
use wire::{Call, JSON_LIMIT};

use crate::client::{Client, shows_only, unsendable};
use crate::loose::Fields;

/// A downloaded file.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, where the answer tells; as the other side wrote it, so not fit for a path.
    pub name: Option<String>,
    /// Its content.
    pub bytes: Vec<u8>,
}

shows_only!(File {});

impl Client {
    /// Uploads a file and gives its token (doc page `temporary_files/post_temporary_files`).
    ///
    /// Thulium keeps the file for 24 hours; within that, a message has to take it. A file that no
    /// message takes is seen by nobody, so a failed upload may be repeated: its class is never
    /// `Unknown`.
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn upload(&self, filename: &str, bytes: Vec<u8>) -> Result<String, Failure> {
        let mut url = self.url(&["temporary_files"]);
        url.query_pairs_mut().append_pair("filename", filename);
        let request = self.post_bytes(url, bytes);
        let call = Call::file("POST temporary_files", Effect::Read, request, JSON_LIMIT);
        self.read(call, |answer| Fields::of(answer)?.word("token")).await
    }

    /// Downloads a file of at most `limit` bytes (`GET files/:token`).
    ///
    /// # Errors
    /// A classified [`Failure`]; its detail is [`wire::TOO_LARGE`] when the file exceeds the limit.
    pub async fn file(&self, token: &str, limit: usize) -> Result<File, Failure> {
        const OPERATION: &str = "GET files/:token";
        // URLs have no way to write these as the name of a thing.
        if matches!(token, "" | "." | "..") {
            return Err(unsendable(OPERATION, Effect::Read, "the token cannot be part of an address"));
        }
        let request = self.get(self.url(&["files", token]));
        let answer = self.send(Call::file(OPERATION, Effect::Read, request, limit)).await?;
        Ok(File { name: wire::file_name(&answer.headers), bytes: answer.body })
    }
}
