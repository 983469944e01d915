//! What is wrong with settings, in words for the person who wrote them.

use std::fmt;

use crate::text::one_line;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `thulium.queue_id` or `thulium.category_rules[1].topic` (counted from 1);
    /// empty where the file as a whole is meant.
    pub path: String,
    /// The line of the file, counted from 1.
    pub line: Option<usize>,
    /// What is wrong. Addresses, URLs and other values that may be private are not repeated here.
    pub what: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// Longest line about one problem, in characters: keys of a damaged file can be of any length.
const LONGEST: usize = 600;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        let hint = self.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        // Keys stand in it as they were written, and a terminal would obey what they hold.
        f.write_str(&one_line(&format!("{line}{path}{}{hint}", self.what), LONGEST))
    }
}

/// Everything that is wrong with settings, in the order of the file; shown as a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong; at least one.
    pub problems: Vec<Problem>,
}

impl SettingsError {
    /// The same lines, each with the name of the file in front.
    pub fn in_file(&self, name: &str) -> String {
        let lines = self.problems.iter().map(|p| format!("{name}: {p}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The decoder's own words would repeat values, so only the place is told.
    pub(super) fn of_stored_form(error: Option<&serde_json::Error>) -> Self {
        let place = error.map(|e| format!("column {} of line {}", e.column(), e.line()));
        Self {
            problems: vec![Problem {
                path: String::new(),
                line: None,
                what: "this is not the stored form of settings".to_owned(),
                hint: place.map(|place| format!("it fails at {place}")),
            }],
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
