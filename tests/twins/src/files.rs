//! Files as people attach them and as the twins keep them.

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::Refusal;

/// A file a person attaches: its bytes as `base64`, or as `text`, or `size` bytes of filling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// File name.
    pub name: String,
    /// The bytes in standard base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The bytes as UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Number of filling bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

impl NewFile {
    /// A file with these bytes.
    #[must_use]
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.into(), base64: Some(STANDARD.encode(bytes)), ..Self::default() }
    }

    pub(crate) fn bytes(&self) -> Result<Bytes, Refusal> {
        match (&self.base64, &self.text, self.size) {
            (Some(base64), None, None) => STANDARD
                .decode(base64)
                .map(Bytes::from)
                .map_err(|_| Refusal::new(format!("attachment {:?} is not base64", self.name))),
            (None, Some(text), None) => Ok(Bytes::copy_from_slice(text.as_bytes())),
            (None, None, Some(size)) if size <= crate::http::BODY_LIMIT => Ok(Bytes::from(vec![b'x'; size])),
            _ => Err(Refusal::new(format!(
                "attachment {:?} needs exactly one of base64, text and size (at most 64 MiB)",
                self.name
            ))),
        }
    }
}

/// A file in one of the twins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// File name.
    pub name: String,
    /// The bytes; written as their number.
    #[serde(rename = "size", serialize_with = "length")]
    pub bytes: Bytes,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// Thread (EmpikPlace) or ticket (Thulium) it belongs to; absent for temporary files.
    pub owner: Option<String>,
}

fn length<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(bytes.len() as u64)
}
