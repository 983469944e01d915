//! Which characters may stand in a text.

/// Characters that a text must not carry: controls other than `\n` and `\t`, characters that
/// reorder what is displayed, and Unicode's noncharacters.
pub(super) fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Invisible filling of mail bodies, of no meaning to a reader.
pub(super) fn is_filling(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// Characters without width, which can make two different names look the same. Joiners are among
/// them, so this is for names only: in a text they hold emoji together.
pub(super) fn is_zero_width(c: char) -> bool {
    is_filling(c)
        || matches!(c, '\u{61C}' | '\u{180E}' | '\u{200C}'..='\u{200F}' | '\u{2061}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Spaces that forbid a line break.
pub(super) fn is_hard_space(c: char) -> bool {
    matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}')
}

/// One kind of line break (`\n`), and no unsafe or filling characters.
pub(super) fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            c if is_unsafe(c) || is_filling(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// Makes hard spaces that only pad ordinary ones. A single one between two words is typography
/// (`w domu`, `10 zł`) and stays.
pub(super) fn soften_spaces(text: &str) -> String {
    let mut soft = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let glues = !before.is_whitespace() && chars.peek().is_some_and(|next| !next.is_whitespace());
        soft.push(if is_hard_space(c) && !glues { ' ' } else { c });
        before = c;
    }
    soft
}
