//! The terminal: standard input and hidden prompts.

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::progress;

/// The most that is read from standard input, in bytes; a secret may have 64 KiB at most, and no
/// settings file comes near it.
const MOST: u64 = 1 << 20;

/// Where input comes from.
pub trait Console {
    /// Everything on standard input.
    ///
    /// # Errors
    /// Input that cannot be read, is too long, or is not UTF-8.
    fn input(&mut self) -> io::Result<String>;

    /// Whether a person sits at standard input.
    fn input_is_terminal(&self) -> bool;

    /// Whether standard output goes to a person's screen.
    fn output_is_terminal(&self) -> bool;

    /// How many columns standard output shows; none where it is no person's screen.
    fn width(&self) -> Option<usize>;

    /// Whether a bar may be drawn on standard error: it is a screen on which lines can be drawn anew, and
    /// nobody asked for plain text.
    fn draws(&self) -> bool;

    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// Writes to standard output at once, before the run is over.
    ///
    /// # Errors
    /// A pipe that was closed, or a disk that is full.
    fn show(&mut self, text: &str) -> io::Result<()>;

    /// Says a line on standard error at once.
    fn tell(&mut self, line: &str);

    /// Asks the person for a line.
    ///
    /// # Errors
    /// The end of the input, or a line that is no text.
    fn ask(&mut self, prompt: &str) -> io::Result<String>;

    /// Asks the person for a line, which is not shown while it is typed.
    ///
    /// # Errors
    /// No terminal, or its end.
    fn ask_hidden(&mut self, prompt: &str) -> io::Result<String>;
}

/// A text as a terminal of this environment can show it: in ASCII where the first of `LC_ALL`,
/// `LC_CTYPE` and `LANG` that is set names another character set than UTF-8.
pub(crate) fn fitting(text: &str) -> Cow<'_, str> {
    let variable = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(variable);
    match locale.is_none_or(|locale| is_utf8(&locale)) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(deunicode::deunicode(text)),
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8") || locale.contains("utf-8@")
}

/// The terminal of this process.
#[derive(Debug)]
pub struct Terminal;

impl Console for Terminal {
    fn input(&mut self) -> io::Result<String> {
        let mut text = String::new();
        io::stdin().take(MOST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(text)
    }

    fn input_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn output_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn width(&self) -> Option<usize> {
        let screen = console::Term::stdout();
        screen.is_term().then(|| screen.size_checked().map_or(80, |(_, columns)| usize::from(columns)))
    }

    fn draws(&self) -> bool {
        let set = |name| self.variable(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_none_or(|term| term == "dumb");
        io::stderr().is_terminal() && !dumb && set("NO_COLOR").is_none()
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let shown = if stdout.is_terminal() { fitting(text) } else { Cow::Borrowed(text) };
        stdout.write_all(shown.as_bytes())?;
        stdout.flush()
    }

    fn tell(&mut self, line: &str) {
        // Talk that nobody can hear changes nothing about what is done.
        let _ = progress::beside(|| writeln!(io::stderr(), "{}", fitting(line)));
    }

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        let mut stderr = io::stderr();
        stderr.write_all(fitting(prompt).as_bytes())?;
        stderr.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line)
    }

    fn ask_hidden(&mut self, prompt: &str) -> io::Result<String> {
        rpassword::prompt_password(fitting(prompt))
    }
}
