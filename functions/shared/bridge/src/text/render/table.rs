//! Tables: which cells stand side by side.
//!
//! Mails use tables for data and, far more often, for layout. A row whose cells are all single
//! lines is shown as `a | b`; in any other row each cell begins a line.

/// The border between two cells that both hold text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Separator {
    /// Where it belongs in the text.
    pub(super) at: usize,
    /// Whether it is a line break, rather than ` | `.
    pub(super) breaks: bool,
}

/// An open table with its current row.
#[derive(Debug, Default)]
struct Table {
    /// Whether the row holds text.
    row_filled: bool,
    /// Whether the cell holds text.
    cell_filled: bool,
    /// Whether a cell of the row holds several lines.
    several_lines: bool,
    /// The row's separators, as indices.
    separators: Vec<usize>,
}

/// The open tables, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Tables {
    open: Vec<Table>,
    separators: Vec<Separator>,
}

impl Tables {
    pub(super) fn open(&mut self) {
        self.open.push(Table::default());
    }

    pub(super) fn close(&mut self) {
        self.end_row();
        self.open.pop();
    }

    /// Begins or ends a cell.
    pub(super) fn cell(&mut self) {
        if let Some(table) = self.open.last_mut() {
            table.cell_filled = false;
        }
    }

    /// Ends the row and says whether it held text.
    pub(super) fn end_row(&mut self) -> bool {
        let Some((table, outer)) = self.open.split_last_mut() else {
            return false;
        };
        for &index in &table.separators {
            if let Some(separator) = self.separators.get_mut(index) {
                separator.breaks = table.several_lines;
            }
        }
        if table.several_lines
            && let Some(around) = outer.last_mut()
        {
            around.several_lines = true;
        }
        let filled = table.row_filled;
        *table = Table::default();
        filled
    }

    /// Whether the innermost open cell holds no text yet.
    pub(super) fn in_empty_cell(&self) -> bool {
        self.open.last().is_some_and(|table| !table.cell_filled)
    }

    /// Called before text that begins a line or a cell at `at`: whether a separator of cells is
    /// owed there, which then stands for any line break.
    pub(super) fn separates(&mut self, at: usize, breaks: bool) -> bool {
        for table in self.open.iter_mut().rev() {
            if table.cell_filled {
                table.several_lines |= breaks;
                return false;
            }
            table.cell_filled = true;
            if table.row_filled {
                table.separators.push(self.separators.len());
                self.separators.push(Separator { at, breaks: true });
                return true;
            }
            table.row_filled = true;
        }
        false
    }

    /// All separators, in order.
    pub(super) fn finish(mut self) -> Vec<Separator> {
        while !self.open.is_empty() {
            self.close();
        }
        self.separators
    }
}
