//! Turns a body into lines of text.

use html5gum::{DefaultEmitter, Error, StartTag, State, Token, Tokenizer};

use super::characters::{is_filling, is_hard_space, is_unsafe, sanitize, soften_spaces};
use super::lines::{Lines, Mark};
use super::names::one_line;
use super::prepare::{Shape, decode_entities, prepare};

mod link;
mod table;

use link::Link;
use table::{Separator, Tables};

/// Deeper lists and quotations are shown at this depth, so that a line's prefix stays short.
const DEEPEST_LIST: usize = 6;
const DEEPEST_QUOTE: usize = 3;

/// The longest description of an image worth showing, in characters.
const LONGEST_DESCRIPTION: usize = 100;

/// A body as lines of text.
pub(super) struct Rendered {
    pub(super) lines: Lines,
    /// Images left out.
    pub(super) images: usize,
}

/// Renders a plain or HTML body.
pub(super) fn render(body: &str) -> Rendered {
    let (prepared, shape) = prepare(body);
    if shape == Shape::Plain {
        let text = soften_spaces(&sanitize(&decode_entities(&prepared)));
        let mut lines = Lines::new(false);
        for line in text.split('\n') {
            lines.add(line);
            lines.end(Mark::Own);
        }
        return Rendered { lines, images: 0 };
    }
    let mut renderer = Renderer { keep_lines: shape == Shape::Inline, ..Renderer::default() };
    renderer.read(&prepared);
    renderer.finish()
}

/// The space owed before the next word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    /// A single hard space, which stays one.
    Hard(char),
}

/// An open element that decides whose words the text in it is.
#[derive(Debug, Clone, Copy)]
struct Scope {
    blockquote: bool,
    mark: Mark,
    /// Quotations around the text, each shown as `> `.
    quotes: usize,
}

#[derive(Debug, Clone, Copy)]
struct List {
    /// The number of the next item; `None` for bullets.
    next: Option<i64>,
    /// Whether an item has begun.
    begun: bool,
}

#[derive(Debug, Default)]
struct Renderer {
    out: String,
    /// The mark of each line in `out`.
    marks: Vec<Mark>,
    /// Line breaks owed before the next word; 0 within a line.
    breaks: usize,
    gap: Gap,
    /// Whether the current line holds only hard spaces so far: a blank line that is meant.
    hollow: bool,
    /// Line breaks around the paragraph that was opened last.
    paragraph: usize,
    /// Whether line breaks in the source are meant.
    keep_lines: bool,
    /// Open `pre` elements.
    preformatted: usize,
    /// The element whose content is being dropped, and where that content starts in the source.
    dropping: Option<(Vec<u8>, usize)>,
    scopes: Vec<Scope>,
    /// How many of `scopes` are a `div`, and how many a `blockquote`.
    open_scopes: [usize; 2],
    /// The next line opens quoted history.
    header_next: bool,
    lists: Vec<List>,
    /// The marker of the list item that has begun and has no text yet.
    item: Option<String>,
    link: Option<Link>,
    tables: Tables,
    images: usize,
}

impl Renderer {
    fn read(&mut self, source: &str) {
        let mut tokenizer = Tokenizer::new_with_emitter(source, DefaultEmitter::<usize>::new_with_span());
        // Up to where the source has been understood, and whether it then broke off.
        let mut understood = 0;
        let mut broken_off = false;
        while let Some(Ok(token)) = tokenizer.next() {
            match token {
                Token::StartTag(tag) => {
                    understood = tag.span.end;
                    if let Some(state) = self.start(&tag) {
                        tokenizer.set_state(state);
                    }
                }
                Token::EndTag(tag) => {
                    understood = tag.span.end;
                    self.end(&tag.name);
                }
                Token::String(piece) => {
                    understood = piece.span.end;
                    if self.dropping.is_none() {
                        self.text(&String::from_utf8_lossy(&piece));
                    }
                }
                Token::Comment(comment) if !broken_off => understood = comment.span.end,
                Token::Error(error) => broken_off |= matches!(*error, Error::EofInTag | Error::EofInComment),
                Token::Comment(_) | Token::Doctype(_) => {}
            }
        }
        // Markup that is never closed hides all that follows it. The writer may have seen that as
        // text, so it is shown as it stands.
        let hidden = match self.dropping.take() {
            Some((_, start)) => Some(start),
            None => broken_off.then_some(understood),
        };
        if let Some(rest) = hidden.and_then(|start| source.get(start..)) {
            self.text(&decode_entities(rest));
        }
    }

    /// Handles a start tag and says in which state the tokenizer must go on.
    fn start(&mut self, tag: &StartTag<usize>) -> Option<State> {
        let name: &[u8] = &tag.name;
        if self.dropping.is_some() {
            return None;
        }
        match name {
            b"style" | b"script" | b"iframe" | b"noembed" | b"noframes" => {
                self.dropping = Some((name.to_vec(), tag.span.end));
                return Some(State::RawText);
            }
            b"title" => {
                self.dropping = Some((name.to_vec(), tag.span.end));
                return Some(State::RcData);
            }
            b"xml" if !tag.self_closing => self.dropping = Some((name.to_vec(), tag.span.end)),
            b"textarea" => return Some(State::RcData),
            b"br" => self.line_break(),
            b"hr" => self.block(2),
            b"img" => self.image(tag),
            b"a" => {
                self.end_link();
                self.link = attribute(tag, "href").and_then(|href| Link::to(&href));
            }
            b"p" => {
                // The paragraphs of Word are lines: it writes blank ones as empty paragraphs.
                let word = attribute(tag, "class").is_some_and(|class| class.starts_with("Mso"));
                self.paragraph = if word { 1 } else { 2 };
                self.block(self.paragraph);
            }
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"dl" => self.block(2),
            b"pre" => {
                self.block(2);
                self.preformatted += 1;
            }
            b"ul" | b"ol" | b"menu" | b"dir" => {
                self.block(if self.lists.is_empty() { 2 } else { 1 });
                let first = attribute(tag, "start").and_then(|number| number.parse().ok()).unwrap_or(1);
                self.lists.push(List { next: (name == b"ol").then_some(first), begun: false });
            }
            b"li" => self.list_item(tag),
            b"blockquote" => {
                self.block(2);
                self.open_scope(tag, true);
            }
            b"div" => {
                self.block(1);
                self.open_scope(tag, false);
            }
            b"table" => {
                self.block(1);
                self.tables.open();
            }
            b"tr" => self.row(),
            b"td" | b"th" => self.tables.cell(),
            b"q" => self.text("„"),
            _ if is_line(name) => self.block(1),
            _ => {}
        }
        None
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((dropped, _)) = &self.dropping {
            if dropped == name {
                self.dropping = None;
            }
            return;
        }
        match name {
            // Browsers read it as `<br>`.
            b"br" => self.line_break(),
            b"p" => self.block(self.paragraph.max(1)),
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"dl" => self.block(2),
            b"pre" => {
                self.block(2);
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            b"ul" | b"ol" | b"menu" | b"dir" => {
                self.lists.pop();
                self.item = None;
                self.block(if self.lists.is_empty() { 2 } else { 1 });
            }
            b"li" => {
                self.item = None;
                self.block(1);
            }
            b"a" => self.end_link(),
            b"blockquote" => {
                self.block(2);
                self.close_scope(true);
            }
            b"div" => {
                self.block(1);
                self.close_scope(false);
            }
            b"table" => {
                self.block(1);
                self.tables.close();
            }
            b"tr" => self.row(),
            b"td" | b"th" => self.tables.cell(),
            b"q" => self.text("”"),
            _ if is_line(name) => self.block(1),
            _ => {}
        }
    }

    /// The border of a block: the next word stands on another line (1) or in another paragraph (2).
    fn block(&mut self, breaks: usize) {
        let breaks = if self.item.is_some() || self.tables.in_empty_cell() { 1 } else { breaks };
        if self.hollow {
            self.breaks += 1;
            self.hollow = false;
        }
        self.breaks = self.breaks.max(breaks);
        self.gap = Gap::None;
    }

    fn line_break(&mut self) {
        self.breaks += 1;
        self.hollow = false;
        self.gap = Gap::None;
    }

    fn row(&mut self) {
        self.block(1);
        if self.tables.end_row() {
            // Paragraphs in cells do not set rows apart.
            self.breaks = 1;
        }
    }

    fn list_item(&mut self, tag: &StartTag<usize>) {
        self.block(1);
        let marker = match self.lists.last_mut() {
            Some(list) => {
                if list.begun {
                    self.breaks = 1;
                }
                list.begun = true;
                list.next.as_mut().map(|next| {
                    let number =
                        attribute(tag, "value").and_then(|value| value.parse().ok()).unwrap_or(*next);
                    *next = number.saturating_add(1);
                    format!("{number}. ")
                })
            }
            None => None,
        };
        self.item = Some(marker.unwrap_or_else(|| "- ".to_owned()));
    }

    fn image(&mut self, tag: &StartTag<usize>) {
        let alt = attribute(tag, "alt").map(|alt| one_line(&alt, LONGEST_DESCRIPTION)).unwrap_or_default();
        // Mail programs send emoji as images.
        if !alt.is_empty()
            && alt.chars().count() <= 8
            && !alt.chars().any(|c| c.is_alphanumeric() || c.is_ascii())
        {
            self.text(&alt);
            return;
        }
        self.images += 1;
        if let Some(link) = &mut self.link {
            link.holds_image = true;
        }
        let pixel = ["width", "height"].iter().any(|side| {
            attribute(tag, side).is_some_and(|size| matches!(size.trim_end_matches("px"), "0" | "1"))
        });
        if !pixel && is_description(&alt) {
            self.text(&format!("[{alt}]"));
        }
    }

    fn open_scope(&mut self, tag: &StartTag<usize>, blockquote: bool) {
        let outer = self.scopes.last().copied();
        let (outer_mark, quotes) = outer.map_or((Mark::Own, 0), |scope| (scope.mark, scope.quotes));
        let (mark, quoted) = quotation(tag, blockquote);
        if mark == Mark::Header {
            self.header_next = true;
        }
        self.scopes.push(Scope {
            blockquote,
            mark: match (outer_mark, mark) {
                (Mark::History, _) | (_, Mark::History) => Mark::History,
                (Mark::Block, _) | (_, Mark::Block) => Mark::Block,
                _ => Mark::Own,
            },
            quotes: quotes + usize::from(quoted),
        });
        self.open_scopes[usize::from(blockquote)] += 1;
    }

    /// Closes the innermost open element of that name and all in it, as browsers do.
    fn close_scope(&mut self, blockquote: bool) {
        if self.open_scopes[usize::from(blockquote)] == 0 {
            return;
        }
        while let Some(scope) = self.scopes.pop() {
            self.open_scopes[usize::from(scope.blockquote)] -= 1;
            if scope.blockquote == blockquote {
                break;
            }
        }
    }

    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        match link.start {
            Some(start) => {
                let text = self.out.get(start..).unwrap_or_default();
                if !link.says(text) {
                    self.out.push_str(" (");
                    self.out.push_str(&link.target);
                    self.out.push(')');
                }
            }
            None if link.holds_image => {
                self.text(&link.target);
            }
            None => {}
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.keep_lines || self.preformatted > 0 => self.line_break(),
                '\t' | ' ' if self.preformatted > 0 => self.put(c),
                c if is_hard_space(c) => {
                    self.gap = if self.gap == Gap::None { Gap::Hard(c) } else { Gap::Space };
                    self.hollow |= self.breaks > 0;
                }
                c if c.is_whitespace() => self.gap = Gap::Space,
                c if is_unsafe(c) || is_filling(c) => {}
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.breaks > 0 || self.gap != Gap::None || self.out.is_empty() || self.tables.in_empty_cell() {
            self.separate();
        }
        if let Some(link) = &mut self.link
            && link.start.is_none()
        {
            link.start = Some(self.out.len());
        }
        self.out.push(c);
    }

    /// Writes what is owed between the last word and the next.
    fn separate(&mut self) {
        let mark = match self.scopes.last() {
            _ if self.header_next => Mark::Header,
            Some(scope) => scope.mark,
            None => Mark::Own,
        };
        let breaks = std::mem::take(&mut self.breaks).min(2);
        let gap = std::mem::take(&mut self.gap);
        self.hollow = false;
        let next_cell = self.tables.separates(self.out.len(), breaks > 0);
        if self.out.is_empty() {
            self.marks.push(mark);
            self.prefix();
        } else if next_cell {
            self.out.push_str(&self.item.take().unwrap_or_default());
        } else if breaks > 0 {
            for _ in 0..breaks {
                self.out.push('\n');
                self.marks.push(mark);
            }
            self.prefix();
        } else {
            match gap {
                Gap::None => return,
                Gap::Space => self.out.push(' '),
                Gap::Hard(space) => self.out.push(space),
            }
            return;
        }
        self.header_next = false;
    }

    /// Begins a line: signs of quotation, indentation and list marker.
    fn prefix(&mut self) {
        let quotes = self.scopes.last().map_or(0, |scope| scope.quotes);
        for _ in 0..quotes.min(DEEPEST_QUOTE) {
            self.out.push_str("> ");
        }
        let depth = self.lists.len().min(DEEPEST_LIST);
        let indentation = if self.item.is_some() { depth.saturating_sub(1) } else { depth };
        for _ in 0..indentation {
            self.out.push_str("  ");
        }
        self.out.push_str(&self.item.take().unwrap_or_default());
    }

    fn finish(mut self) -> Rendered {
        self.end_link();
        let mut lines = Lines::new(true);
        let separators = self.tables.finish();
        let mut separators = separators.iter().peekable();
        let mut at = 0;
        for (line, mark) in self.out.split('\n').zip(self.marks) {
            let end = at + line.len();
            let mut start = at;
            while let Some(&Separator { at: cut, breaks }) =
                separators.next_if(|separator| separator.at <= end)
            {
                lines.add(self.out.get(start..cut).unwrap_or_default());
                if breaks {
                    lines.end(mark);
                } else {
                    lines.add(" | ");
                }
                start = cut;
            }
            lines.add(self.out.get(start..end).unwrap_or_default());
            lines.end(mark);
            at = end + 1;
        }
        Rendered { lines, images: self.images }
    }
}

/// What a `div` or `blockquote` says about the text in it, and whether it is shown as quoted.
fn quotation(tag: &StartTag<usize>, blockquote: bool) -> (Mark, bool) {
    let class = attribute(tag, "class").unwrap_or_default();
    let id = attribute(tag, "id").unwrap_or_default();
    let named = |names: &[&str]| names.iter().any(|name| class.contains(name) || id.contains(name));
    if blockquote {
        let cited = attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
            || named(&["gmail_quote", "protonmail_quote", "moz-cite"]);
        // Gmail's indentation is a blockquote with a margin and no border.
        let style = attribute(tag, "style").unwrap_or_default().replace(' ', "");
        let indented = style.contains("border:none");
        return match (cited, indented) {
            (true, _) => (Mark::History, true),
            (false, true) => (Mark::Own, false),
            (false, false) => (Mark::Block, true),
        };
    }
    // Outlook puts the prefix `x_` before the ids of mails it quotes.
    if named(&["divRplyFwdMsg"]) {
        (Mark::Header, false)
    } else if named(&[
        "gmail_attr",
        "moz-cite-prefix",
        "yahoo_quoted",
        "mail-editor-reference-message-container",
    ]) {
        (Mark::History, false)
    } else {
        (Mark::Own, false)
    }
}

/// Whether the text of an image tells a reader something. File names and the guesses of Office
/// do not.
fn is_description(alt: &str) -> bool {
    let lower = alt.to_lowercase();
    let file = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".heic", ".svg"];
    let guess = ["opis wygenerowany automatycznie", "description automatically generated"];
    lower.chars().any(char::is_alphanumeric)
        && !file.iter().any(|ending| lower.ends_with(ending))
        && !guess.iter().any(|words| lower.contains(words))
        && !matches!(lower.as_str(), "image" | "obraz" | "inline image" | "obraz w treści")
}

/// Elements that stand on lines of their own and need nothing else.
fn is_line(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"body"
            | b"caption"
            | b"center"
            | b"dd"
            | b"details"
            | b"dialog"
            | b"dt"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"head"
            | b"header"
            | b"hgroup"
            | b"html"
            | b"legend"
            | b"main"
            | b"nav"
            | b"optgroup"
            | b"option"
            | b"section"
            | b"summary"
            | b"tbody"
            | b"textarea"
            | b"tfoot"
            | b"thead"
    )
}

fn attribute(tag: &StartTag<usize>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).trim().to_owned())
}
