//! Finished lines of a text, each with where it came from.

/// Where a line stood in the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mark {
    /// Outside any quotation.
    #[default]
    Own,
    /// In a `blockquote` that may as well be the writer's own (an indentation, a quoted rule).
    Block,
    /// In an element by which a mail program marks quoted history.
    History,
    /// The first line of the headers with which Outlook opens quoted history.
    Header,
}

/// Lines without trailing spaces and without blank lines at either end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    marks: Vec<Mark>,
    /// Where the line being written starts in `text`.
    start: usize,
    /// Whether several blank lines in a row become one.
    squeeze: bool,
}

impl Lines {
    pub(super) fn new(squeeze: bool) -> Self {
        Self { squeeze, ..Self::default() }
    }

    /// Adds to the line being written. `piece` holds no `\n`.
    pub(super) fn add(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Ends the line being written.
    pub(super) fn end(&mut self, mark: Mark) {
        let line = self.text.get(self.start..).unwrap_or_default().trim_end();
        let length = line.len();
        let blank_before = self.marks.is_empty()
            || (self.squeeze && self.text.get(..self.start).is_some_and(|t| t.ends_with("\n\n")));
        self.text.truncate(self.start + length);
        if length > 0 || !blank_before {
            self.text.push('\n');
            self.marks.push(mark);
        }
        self.start = self.text.len();
    }

    /// The lines with their marks.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Mark)> {
        self.text.lines().zip(self.marks.iter().copied())
    }

    /// The lines, separated by `\n`.
    pub(super) fn into_text(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}
