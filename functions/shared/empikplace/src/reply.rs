//! A reply on its way out: the multipart body of M12.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use serde::{Deserialize, Serialize};

use crate::tolerant;

/// Longest file name that is sent, in bytes of UTF-8; common file systems allow 255.
const LONGEST_NAME: usize = 200;

/// The name of a file whose own name holds nothing that can be sent.
const NAMELESS: &str = "file";

/// A reply to a thread (M12). The thread keeps its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The body, 3 to 50,000 characters. Sent as it stands.
    pub body: String,
    /// Who is to read it; each must be among the thread's authorised participants.
    pub to: Vec<Recipient>,
    /// Files: at most 50 over all threads of an order.
    pub files: Vec<File>,
}

/// A reader of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// [`CUSTOMER`](crate::model::CUSTOMER), [`OPERATOR`](crate::model::OPERATOR) or
    /// [`SHOP`](crate::model::SHOP).
    #[serde(rename = "type")]
    pub kind: String,
    /// The participant's id; left out for the operator, which has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, in any script. What could break out of a header or a folder is taken away.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The marketplace accepted a reply (M12).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Posted {
    /// Id of the new message. `None` where the answer did not tell: the reply was accepted all the
    /// same and must not be sent again.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub message_id: Option<String>,
    /// Id of its thread, where the answer told it.
    #[serde(default, deserialize_with = "tolerant::word")]
    pub thread_id: Option<String>,
}

#[derive(Serialize)]
struct MessageInput<'a> {
    body: &'a str,
    to: &'a [Recipient],
}

impl Reply {
    /// The parts: `message_input` as JSON, then one `files` part per file.
    pub(crate) fn form(&self) -> serde_json::Result<Form> {
        let input = serde_json::to_vec(&MessageInput { body: &self.body, to: &self.to })?;
        let mut form = Form::new().part("message_input", part(input, "application/json"));
        for file in &self.files {
            // reqwest writes the name into `filename=` as raw UTF-8. That is what browsers send and
            // so what Spring reads; RFC 7578 forbids `filename*=` in form data.
            let content = part(file.bytes.clone(), "application/octet-stream");
            form = form.part("files", content.file_name(safe_name(&file.name)));
        }
        Ok(form)
    }
}

fn part(bytes: Vec<u8>, content_type: &'static str) -> Part {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Part::bytes(bytes).headers(headers)
}

/// A name that cannot leave its header or its folder: no control or invisible formatting characters,
/// `_` for quotes, path separators and what Windows forbids, no leading dots, and a bounded length
/// that keeps the extension.
fn safe_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !c.is_control() && !is_formatting(*c))
        .map(|c| match c {
            // `?` also keeps Spring from reading `=?…?=` as an encoded word.
            '"' | ';' | '/' | '\\' | '<' | '>' | ':' | '|' | '?' | '*' => '_',
            _ => c,
        })
        .collect();
    let clean = clean.trim().trim_start_matches('.').trim_start();
    if clean.is_empty() {
        return NAMELESS.into();
    }
    if clean.len() <= LONGEST_NAME {
        return clean.into();
    }
    let extension = clean
        .rfind('.')
        .map(|dot| &clean[dot..])
        .filter(|extension| extension.len() <= 16)
        .unwrap_or_default();
    let end = clean.floor_char_boundary(LONGEST_NAME - extension.len());
    format!("{}{extension}", &clean[..end])
}

/// Line separators, and marks that are not seen or turn the direction of writing, so that a name
/// ends otherwise than it looks.
fn is_formatting(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_readable_and_cannot_break_out() {
        for (given, expected) in [
            ("Zażółć gęślą jaźń.pdf", "Zażółć gęślą jaźń.pdf"),
            ("a\"; filename=\"b.exe", "a__ filename=_b.exe"),
            ("a.pdf\"\r\nX-Evil: 1\r\n\r\nbody", "a.pdf_X-Evil_ 1body"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Users\\x\\umowa.docx", "C__Users_x_umowa.docx"),
            ("=?UTF-8?B?Li4v?=", "=_UTF-8_B_Li4v_="),
            ("faktura\u{202e}fdp.exe", "fakturafdp.exe"),
            ("a\u{0}\u{7f}\u{85}\u{2028}b", "ab"),
            ("  .htaccess ", "htaccess"),
            ("", "file"),
            ("\r\n", "file"),
            ("..", "file"),
        ] {
            assert_eq!(safe_name(given), expected, "{given:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension_and_whole_letters() {
        let name = safe_name(&format!("{}.jpeg", "ż".repeat(300)));
        assert!(name.len() <= LONGEST_NAME && name.len() > LONGEST_NAME - 4, "{}", name.len());
        assert!(name.ends_with("ż.jpeg"));
        assert_eq!(safe_name(&"x".repeat(500)).len(), LONGEST_NAME);
        assert_eq!(safe_name(&format!("a.{}", "x".repeat(500))).len(), LONGEST_NAME);
    }
}
