//! Questions at the terminal, each with a default, asked again until the answer will do.

use crate::answer::Error;
use crate::console::Console;
use crate::words;

/// Who asks.
pub(super) struct Asker<'a> {
    console: &'a mut dyn Console,
}

impl<'a> Asker<'a> {
    pub(super) fn new(console: &'a mut dyn Console) -> Asker<'a> {
        Asker { console }
    }

    /// Says something, line by line.
    pub(super) fn say(&mut self, text: &str) {
        for line in text.lines() {
            let line = words::clean(line);
            self.console.tell(&line);
        }
    }

    /// Asks for a line; an empty one is the default. Where there is none, it is asked again.
    pub(super) fn line(&mut self, question: &str, default: Option<&str>) -> Result<String, Error> {
        let prompt = match default {
            Some(default) if !default.is_empty() => format!("{question} [{}]: ", words::one_line(default)),
            _ => format!("{question}: "),
        };
        loop {
            let typed = self.console.ask(&prompt).map_err(|error| ended(&error))?;
            let typed = typed.trim();
            match (typed.is_empty(), default) {
                (false, _) => return Ok(typed.to_owned()),
                (true, Some(default)) => return Ok(default.to_owned()),
                (true, None) => self.say(&words::setup::needed()),
            }
        }
    }

    /// Asks until the answer can be read as what it should be; the error says what is wrong with it.
    pub(super) fn parsed<T>(
        &mut self,
        question: &str,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Error> {
        loop {
            let typed = self.line(question, default)?;
            match read(&typed) {
                Ok(value) => return Ok(value),
                Err(wrong) => self.say(&words::setup::wrong(&wrong)),
            }
        }
    }

    /// Asks for yes or no.
    pub(super) fn yes(&mut self, question: &str, default: bool) -> Result<bool, Error> {
        let default = if default { words::setup::yes() } else { words::setup::no() };
        self.parsed(question, Some(&default), |typed| match typed.to_lowercase().as_str() {
            "y" | "yes" | "t" | "tak" => Ok(true),
            "n" | "no" | "nie" => Ok(false),
            _ => Err(words::setup::yes_or_no()),
        })
    }

    /// Asks for a secret; an empty line keeps the one that is stored, where there is one.
    pub(super) fn hidden(&mut self, question: &str, kept: bool) -> Result<Option<String>, Error> {
        let prompt = if kept { words::setup::or_keep(question) } else { format!("{question}: ") };
        loop {
            let typed = self.console.ask_hidden(&prompt).map_err(|error| ended(&error))?;
            let typed = typed.trim();
            match (typed.is_empty(), kept) {
                (false, _) => return Ok(Some(typed.to_owned())),
                (true, true) => return Ok(None),
                (true, false) => self.say(&words::setup::needed()),
            }
        }
    }

    /// Asks to choose one of several, by its place in the list or its id; 0 or none chosen: `None`.
    pub(super) fn choice(
        &mut self,
        question: &str,
        items: &[(u64, String)],
        default: Option<u64>,
    ) -> Result<Option<u64>, Error> {
        for (id, name) in items {
            self.say(&format!("  {id:>6}  {}", words::one_line(name)));
        }
        let default = default.filter(|id| items.iter().any(|(item, _)| item == id)).unwrap_or_default();
        self.parsed(question, Some(&default.to_string()), |typed| match typed.parse::<u64>() {
            Ok(0) => Ok(None),
            Ok(id) if items.iter().any(|(item, _)| *item == id) => Ok(Some(id)),
            _ => Err(words::setup::not_listed()),
        })
    }
}

fn ended(error: &std::io::Error) -> Error {
    Error::failed(words::setup::ended(error))
}
