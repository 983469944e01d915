//! Texts as the twins need them: escaped, stripped, and reduced to letters and digits.

/// Escapes `&`, `<`, `>` and `"`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Escapes everything but line breaks written as `<br>`, `<br/>` or `<br />`.
pub(crate) fn escape_but_breaks(text: &str) -> String {
    let breaks = ["&lt;br /&gt;", "&lt;br/&gt;", "&lt;br&gt;"];
    breaks.iter().fold(escape(text), |out, escaped| out.replace(escaped, "<br />"))
}

/// Plain text as a helpdesk shows it in HTML: escaped, newlines as `<br />`.
pub(crate) fn plain_as_html(text: &str) -> String {
    escape(text).replace("\r\n", "\n").replace('\n', "<br />\n")
}

/// HTML as plain text: tags gone, breaks and block ends as newlines, entities decoded once,
/// the contents of `script`, `style`, `head` and comments dropped.
///
/// A `<` that does not begin a tag stays what it is.
pub(crate) fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&decode(&rest[..start]));
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let begins_tag =
            rest[1..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '/' || next == '!');
        let Some(end) = rest.find('>').filter(|_| begins_tag) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        let tag = rest[1..end].to_ascii_lowercase();
        rest = &rest[end + 1..];
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        match name.as_str() {
            "script" | "style" | "head" if !tag.starts_with('/') && !tag.ends_with('/') => {
                let lower = rest.to_ascii_lowercase();
                rest = lower.find(&format!("</{name}")).map_or("", |at| &rest[at..]);
            }
            "br" => out.push('\n'),
            "p" | "div" | "tr" | "li" | "ul" | "ol" | "table" | "blockquote" | "h1" | "h2" | "h3"
                if tag.starts_with('/') =>
            {
                out.push('\n');
            }
            _ => {}
        }
    }
    out.push_str(&decode(rest));
    out
}

/// What stands above the first `<blockquote`: a reply without the history a mail program quotes below.
pub(crate) fn unquoted(html: &str) -> &str {
    let quote = html.to_ascii_lowercase().find("<blockquote");
    quote.map_or(html, |start| &html[..start])
}

/// Decodes the entities that occur in messages, once.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest[1..].split_once(';').map(|(name, _)| name).filter(|name| name.len() <= 10);
        let letter = entity.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            "oacute" => Some('ó'),
            "Oacute" => Some('Ó'),
            "middot" => Some('·'),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        match (letter, entity) {
            (Some(letter), Some(name)) => {
                out.push(letter);
                rest = &rest[name.len() + 2..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What two texts must share to be the same message: letters and digits, lower case, markup gone.
pub(crate) fn letters(html: &str) -> String {
    strip(html).chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the letters of `part` occur in `whole` in order, possibly with others between them.
pub(crate) fn runs_through(part: &str, whole: &str) -> bool {
    let mut all = whole.chars();
    part.chars().all(|letter| all.any(|other| other == letter))
}

/// The first line that holds anything, as text.
pub(crate) fn first_line(body: &str) -> String {
    strip(body).lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_survive_markup_and_escaping() {
        for same in [
            "a < b & c\nŻółw 1",
            "a &lt; b &amp; c<br />Żółw 1",
            "<html><head><style>p {}</style></head><p>a &lt; b</p><p>&amp; c Ż&oacute;łw&nbsp;1</p>",
            "<!-- x > y --><b>A</b> < B & C &#379;ółw 1",
        ] {
            assert_eq!(letters(same), "abcżółw1", "{same}");
        }
    }

    #[test]
    fn breaks_survive_escaping() {
        assert_eq!(escape_but_breaks("a < b<br />c <i>"), "a &lt; b<br />c &lt;i&gt;");
    }

    #[test]
    fn the_first_line_ends_where_the_reader_sees_it_end() {
        assert_eq!(first_line("Jan · #a1b2c3d4\ntekst"), "Jan · #a1b2c3d4");
        assert_eq!(first_line("<p>Jan &middot; #a1b2c3d4</p><p>tekst</p>"), "Jan · #a1b2c3d4");
        assert_eq!(first_line("<div>Jan #a1b2c3d4<br>tekst</div>"), "Jan #a1b2c3d4");
    }
}
