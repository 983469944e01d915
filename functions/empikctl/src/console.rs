//! The terminal: standard input and hidden prompts.

use std::io::{self, IsTerminal, Read};

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

    /// Asks the person for a line, which is not shown while it is typed.
    ///
    /// # Errors
    /// No terminal, or its end.
    fn ask_hidden(&mut self, prompt: &str) -> io::Result<String>;
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

    fn ask_hidden(&mut self, prompt: &str) -> io::Result<String> {
        rpassword::prompt_password(prompt)
    }
}
