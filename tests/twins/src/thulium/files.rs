//! Files: uploads that live for a day unless they are attached (`temporary_files`), and downloads.

use jiff::SignedDuration;
use serde_json::json;

use super::{Wrong, code};
use crate::faults::Side;
use crate::files::{NewFile, StoredFile};
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::world::{Refusal, State};

/// How long an upload lives.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// POST `temporary_files?filename=…`, raw bytes.
    pub(super) fn post_file(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let Some(name) = call.parameter("filename").map(str::to_owned) else {
            return Err(Wrong::new(400, code::EMPTY, "Parameter \"filename\" cannot be empty."));
        };
        if call.body.is_empty() {
            return Err(Wrong::new(400, code::EMPTY, "The file is empty"));
        }
        if call.body.len() > self.switches.thulium.upload_bytes {
            return Err(Wrong::new(400, code::TOO_LARGE, "The file is too large"));
        }
        let size = call.body.len();
        let file =
            StoredFile { name: name.clone(), bytes: call.body.clone(), stored_at: self.now(), owner: None };
        let token = self.token();
        self.thulium.files.insert(token.clone(), file);
        let answer = json!({ "filename": name, "token": token, "size": size });
        self.record(Event::new(Side::Thulium, Actor::Api, Kind::FileUploaded).data(answer.clone()));
        Ok(Reply::json(201, &answer))
    }

    /// GET `files/:token`.
    pub(super) fn get_file(&mut self, token: &str) -> Result<Reply, Wrong> {
        let file = self.live_file(token).ok_or_else(|| Wrong::missing("File"))?;
        let reply = Reply::file(&file.name, &file.bytes);
        let event = Event::new(Side::Thulium, Actor::Api, Kind::FileDownloaded);
        self.record(event.data(json!({ "token": token })));
        Ok(reply)
    }

    fn live_file(&self, token: &str) -> Option<&StoredFile> {
        let now = self.now();
        let alive = |file: &&StoredFile| file.owner.is_some() || now.duration_since(file.stored_at) < LIFE;
        self.thulium.files.get(token).filter(alive)
    }

    /// Whether every token names a file that is still there.
    pub(super) fn check_tokens(&self, tokens: &[String]) -> Result<(), Wrong> {
        match tokens.iter().all(|token| self.live_file(token).is_some()) {
            true => Ok(()),
            false => Err(Wrong::unknown("attachment token")),
        }
    }

    /// Stores what a person attaches in the user interface.
    pub(super) fn store_files(&mut self, ticket_id: u64, files: &[NewFile]) -> Result<Vec<String>, Refusal> {
        let stored_at = self.now();
        let mut tokens = Vec::new();
        for file in files {
            let bytes = file.bytes()?;
            let token = self.token();
            let owner = Some(ticket_id.to_string());
            self.thulium
                .files
                .insert(token.clone(), StoredFile { name: file.name.clone(), bytes, stored_at, owner });
            tokens.push(token);
        }
        Ok(tokens)
    }
}
