//! Links: their targets, made readable.

use crate::text::characters::{is_unsafe, is_zero_width};

/// The longest target shown, in bytes.
const LONGEST_TARGET: usize = 2_000;

/// An open link.
#[derive(Debug)]
pub(super) struct Link {
    /// An `http(s)` address, an e-mail address or a telephone number.
    pub(super) target: String,
    /// Where its text starts in the output, once it has any.
    pub(super) start: Option<usize>,
    /// Whether an image without a description stands in it.
    pub(super) holds_image: bool,
}

impl Link {
    /// A link to `href`; `None` when a reader must not or need not see that target.
    pub(super) fn to(href: &str) -> Option<Self> {
        // Entities are decoded by now, so that what was taken out of the body may be in it again.
        let shown = |c: &char| !matches!(c, '\n' | '\t') && !is_unsafe(*c) && !is_zero_width(*c);
        let href: String = href.trim().chars().filter(shown).collect();
        let (scheme, rest) = href.split_once(':')?;
        let target = match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => href.replace(' ', "%20"),
            "mailto" => rest.split('?').next().unwrap_or_default().trim().to_owned(),
            "tel" => rest.trim().to_owned(),
            _ => return None,
        };
        (!target.is_empty() && target.len() <= LONGEST_TARGET).then_some(Self {
            target,
            start: None,
            holds_image: false,
        })
    }

    /// Whether `text` shows the target already.
    pub(super) fn says(&self, text: &str) -> bool {
        let bare = |address: &str| {
            let address = address.trim().to_lowercase();
            let address = address.strip_prefix("mailto:").unwrap_or(&address);
            let address =
                address.strip_prefix("https://").or(address.strip_prefix("http://")).unwrap_or(address);
            let address = address.strip_prefix("www.").unwrap_or(address);
            address.trim_end_matches('/').to_owned()
        };
        let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
        let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "+-–() \u{a0}".contains(c));
        text.len() <= 2 * LONGEST_TARGET
            && (bare(text) == bare(&self.target)
                || (number(text)
                    && number(&self.target)
                    && digits(&self.target).ends_with(&digits(text))
                    && !digits(text).is_empty()))
    }
}
