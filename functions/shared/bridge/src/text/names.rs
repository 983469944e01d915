//! Names: of people, subjects, topics and files.

use super::characters::{is_unsafe, is_zero_width};

/// The longest file name, in characters.
const LONGEST_FILE_NAME: usize = 120;
/// The longest ending kept when a file name is cut, in characters.
const LONGEST_ENDING: usize = 12;

/// `text` on one line: white space collapsed, invisible and reordering characters removed, nothing
/// interpreted, and cut to `max_chars` characters, the last of which is then `…`.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(char::is_whitespace) {
        let mut visible = word.chars().filter(|&c| !is_unsafe(c) && !is_zero_width(c)).peekable();
        if visible.peek().is_none() {
            continue;
        }
        let gap = (length > 0).then_some(' ');
        for c in gap.into_iter().chain(visible) {
            if length == max_chars {
                return cut(line);
            }
            line.push(c);
            length += 1;
        }
    }
    line
}

/// Makes room for `…` in a line that is full.
fn cut(mut line: String) -> String {
    if line.pop().is_some() {
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

/// `name` as a file name that is safe on every system: no path, no quotes, no reserved device, no
/// leading dot; at most 120 characters with its ending kept; `plik` when nothing is left.
pub fn file_name(name: &str) -> String {
    // What is cut off can leave another ending, or none: tidied until it stays as it is.
    let mut name = tidy(name);
    for _ in 0..LONGEST_ENDING {
        let tidied = tidy(&name);
        if tidied == name {
            break;
        }
        name = tidied;
    }
    name
}

fn tidy(name: &str) -> String {
    let unsafe_here =
        |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '\'' | '`' | '<' | '>' | '|');
    let line = one_line(name, usize::MAX).replace(unsafe_here, "_");
    let name = line.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    let is_ending =
        |ending: &str| ending.chars().count() <= LONGEST_ENDING && ending.chars().all(char::is_alphanumeric);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && is_ending(ending) => (stem, Some(ending)),
        _ => (name, None),
    };
    let reserved = if is_device(name) { "_" } else { "" };
    let room = LONGEST_FILE_NAME - reserved.len() - ending.map_or(0, |ending| ending.chars().count() + 1);
    let stem: String = stem.chars().take(room).collect();
    let stem = stem.trim_end_matches(['.', ' ']);
    if stem.chars().all(|c| matches!(c, '_' | ' ' | '.')) {
        return match ending {
            Some(ending) => format!("plik.{ending}"),
            None => "plik".to_owned(),
        };
    }
    match ending {
        Some(ending) => format!("{reserved}{stem}.{ending}"),
        None => format!("{reserved}{stem}"),
    }
}

/// [`file_name`] in US-ASCII: `zdjęcie.jpg` as `zdjecie.jpg`. EmpikPlace asks for such names of order
/// documents (OR74) and says nothing of messages.
pub fn ascii_file_name(name: &str) -> String {
    file_name(&deunicode::deunicode(&file_name(name)))
}

/// Names that Windows gives to devices, whatever ending follows.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(one_line("  Jan\r\n\tKowalski\u{202E}\u{200B} \0 ", 40), "Jan Kowalski");
        assert_eq!(one_line("<b>Jan</b> &amp; Ola", 40), "<b>Jan</b> &amp; Ola");
        assert_eq!(one_line("Pytanie o zamówienie", 10), "Pytanie o…");
        assert_eq!(one_line("Zażółć", 6), "Zażółć");
        assert_eq!(one_line("Zażółć", 5), "Zażó…");
        assert_eq!(one_line("ab", 1), "…");
        assert_eq!(one_line("ab", 0), "");
        assert_eq!(one_line(" \u{200B} \n", 5), "");
    }

    #[test]
    fn file_names_in_ascii_stay_readable() {
        for (name, ascii) in [
            ("zażółć gęślą jaźń.png", "zazolc gesla jazn.png"),
            ("ŻÓŁW — skan №1.PDF", "ZOLW -- skan No1.PDF"),
            ("договор.pdf", "dogovor.pdf"),
            ("☕.txt", "coffee.txt"),
            ("", "plik"),
        ] {
            assert_eq!(ascii_file_name(name), ascii, "{name}");
        }
    }

    #[test]
    fn file_names_stay_within_their_length() {
        for name in ["x".repeat(130), format!("con.{}", "x".repeat(130)), format!("{}.pdf", "x".repeat(130))]
        {
            assert_eq!(file_name(&name).chars().count(), LONGEST_FILE_NAME, "{name}");
        }
    }

    #[test]
    fn what_is_cut_off_leaves_a_tidy_name() {
        let name = "a".repeat(115);
        assert_eq!(file_name(&format!("{name} .pdf-zzz")), format!("{name}.pdf"));
    }

    #[test]
    fn file_names_are_safe() {
        for (name, safe) in [
            ("faktura 1/2.pdf", "faktura 1_2.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            (r"C:\Users\Jan\zdjęcie.JPG", "C__Users_Jan_zdjęcie.JPG"),
            ("zażółć gęślą jaźń.png", "zażółć gęślą jaźń.png"),
            (".htaccess", "htaccess"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("COM10.txt", "COM10.txt"),
            ("a\u{202E}gpj.exe", "agpj.exe"),
            ("\"a\"; x=\r\n'b'.pdf", "_a_; x= _b_.pdf"),
            ("", "plik"),
            ("...", "plik"),
            ("???", "plik"),
            ("???.pdf", "plik.pdf"),
            ("a. ", "a"),
            (".pdf", "pdf"),
        ] {
            assert_eq!(file_name(name), safe, "{name:?}");
        }
        let long = file_name(&format!("{}.jpeg", "ż".repeat(500)));
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with("żż.jpeg"));
    }

    proptest! {
        #[test]
        fn lines_keep_their_limit(text in any::<String>(), limit in 0usize..50) {
            let line = one_line(&text, limit);
            prop_assert!(line.chars().count() <= limit);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_unsafe(c)));
            prop_assert_eq!(one_line(&line, limit), line);
        }

        #[test]
        fn file_names_stay_as_they_are(name in r#"[./\\ a-zżCON"1_:\x00\u{202E}]{0,12}|\PC{0,200}"#) {
            let safe = file_name(&name);
            prop_assert!(!safe.is_empty() && safe.chars().count() <= 120);
            prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '"']));
            prop_assert_eq!(file_name(&safe), safe);
        }
    }
}
