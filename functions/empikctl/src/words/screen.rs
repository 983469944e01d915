//! How words stand on a screen: dates, clean lines, tables.

use jiff::Timestamp;

use super::Language;

/// `2026-11-23 14:03 UTC`.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// On one line, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    clean(&lines.join("; "))
}

/// Without anything that could steer a terminal or turn the order of what is read: control
/// characters become blanks, marks of direction and of no width go.
pub(crate) fn clean(text: &str) -> String {
    let steers = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().filter(|c| !steers(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The heads of a table, in English and in Polish.
pub(crate) fn heads<const N: usize>(english: [&str; N], polish: [&str; N]) -> [String; N] {
    let heads = match Language::now() {
        Language::En => english,
        Language::Pl => polish,
    };
    heads.map(str::to_owned)
}

/// On a screen of so many columns aligned cells below their heads, the last of a line cut where it
/// does not fit; elsewhere (`None`) lines of cells between tabs. Nothing where there are no lines.
pub(crate) fn table<const N: usize>(
    heads: &[String; N],
    lines: &[[String; N]],
    width: Option<usize>,
) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let Some(width) = width else {
        let all = std::iter::once(heads).chain(lines);
        return all.map(|line| line.join("\t") + "\n").collect();
    };
    let cut = |line: &str| {
        let fits = line.chars().count() <= width;
        if fits {
            line.to_owned()
        } else {
            line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
    };
    columns(heads, lines).lines().map(|line| cut(line) + "\n").collect()
}

/// As [`table`], but the last cell of a line is never cut: on a screen it is wrapped beside the others,
/// or below them where they leave too little room.
pub(crate) fn wrapped_table<const N: usize>(
    heads: &[String; N],
    lines: &[[String; N]],
    width: Option<usize>,
) -> String {
    /// Fewer columns make a tower of words.
    const ROOM: usize = 30;
    const INDENT: usize = 4;
    let Some(width) = width.filter(|_| N > 0 && !lines.is_empty()) else {
        return table(heads, lines, width);
    };
    let without_last = |line: &[String; N]| {
        let mut line = line.clone();
        let last = line.last_mut().map(std::mem::take).unwrap_or_default();
        (line, last)
    };
    let (short, lasts): (Vec<_>, Vec<_>) = std::iter::once(heads).chain(lines).map(without_last).unzip();
    let begins = columns(&short[0], &short[1..]);
    let start = begins.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 2;
    let beside = start + ROOM <= width;
    let mut text = String::new();
    for (at, (begin, last)) in begins.lines().zip(lasts).enumerate() {
        let cut: String = begin.chars().take(width).collect();
        if beside {
            let mut parts = wrap(&last, width - start).into_iter();
            text += format!("{begin:<start$}{}", parts.next().unwrap_or_default()).trim_end();
            text.push('\n');
            text.extend(parts.map(|part| format!("{:start$}{part}\n", "")));
        } else {
            text += &cut;
            text.push('\n');
            // Below the lines it speaks for itself.
            let parts = if at == 0 { Vec::new() } else { wrap(&last, width.saturating_sub(INDENT)) };
            text.extend(parts.into_iter().map(|part| format!("{:INDENT$}{part}\n", "")));
        }
    }
    text
}

/// Whole words on lines of at most so many columns; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Lines of cells below their heads; nothing where there are no lines.
pub(crate) fn columns<const N: usize>(heads: &[String; N], lines: &[[String; N]]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let all: Vec<&[String; N]> = std::iter::once(heads).chain(lines).collect();
    let width = |column: usize| all.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in all {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
