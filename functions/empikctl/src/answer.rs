//! What a command has to say, and the exit code.

use std::borrow::Cow;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use bridge::settings::{Problem, SettingsError};
use serde_json::{Value, json};

use crate::console::fitting;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and nothing to look at.
    Ok = 0,
    /// 1: it could not be done, or a settings file has problems.
    Failed = 1,
    /// 2: the command line, or an environment variable that stands for an option, is wrong or missing.
    Usage = 2,
    /// 3: done, and it found something that a person should look at.
    Findings = 3,
}

/// A run's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Data, for standard output.
    pub stdout: String,
    /// Talk, for standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: Exit,
}

/// What a command found or did, in both forms.
#[derive(Debug)]
pub(crate) struct Report {
    /// The data for a person, whole lines.
    pub(crate) text: String,
    /// The same for a program.
    pub(crate) json: Value,
    /// Lines beside the data.
    pub(crate) talk: Vec<String>,
    pub(crate) exit: Exit,
}

/// Why a command did not do what it should.
#[derive(Debug)]
pub(crate) struct Error {
    /// One line.
    message: String,
    /// What is wrong with a settings file: its name and the problems.
    settings: Option<(String, SettingsError)>,
    exit: Exit,
}

impl Error {
    pub(crate) fn failed(message: impl Into<String>) -> Error {
        Error { message: message.into(), settings: None, exit: Exit::Failed }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error { exit: Exit::Usage, ..Error::failed(message) }
    }

    pub(crate) fn of_settings(message: String, file: &str, error: SettingsError) -> Error {
        Error { settings: Some((file.to_owned(), error)), ..Error::failed(message) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Problems of a settings file as JSON.
pub(crate) fn problems(problems: &[Problem]) -> Value {
    let problem = |p: &Problem| json!({ "line": p.line, "key": p.path, "problem": p.what, "hint": p.hint });
    problems.iter().map(problem).collect()
}

impl Answer {
    pub(crate) fn of(result: Result<Report, Error>, as_json: bool) -> Answer {
        let (text, json, talk, exit) = match result {
            Ok(report) => (report.text, report.json, report.talk, report.exit),
            Err(error) => {
                let mut json = json!({ "error": error.message });
                let mut talk = Vec::new();
                if let Some((file, error)) = &error.settings {
                    json["problems"] = problems(&error.problems);
                    talk.push(error.in_file(file));
                }
                talk.push(format!("empikctl: {}", error.message));
                (String::new(), json, talk, error.exit)
            }
        };
        let mut stderr = talk.join("\n");
        if !stderr.is_empty() {
            stderr.push('\n');
        }
        // What was shown while it ran leaves nothing to say.
        let stdout = match as_json {
            true if json.is_null() => String::new(),
            true => format!("{json}\n"),
            false => text,
        };
        Answer { stdout, stderr, exit }
    }

    /// Prints it and tells the exit code.
    pub fn print(&self) -> ExitCode {
        // Talk that nobody can hear changes nothing about what was done.
        let _ = std::io::stderr().write_all(fitting(&self.stderr).as_bytes());
        let mut stdout = std::io::stdout().lock();
        // What a program reads is UTF-8 everywhere.
        let data = if stdout.is_terminal() { fitting(&self.stdout) } else { Cow::Borrowed(&*self.stdout) };
        match stdout.write_all(data.as_bytes()).and_then(|()| stdout.flush()) {
            // Whoever closes the pipe early, such as `head`, has read enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                ExitCode::from(Exit::Failed as u8)
            }
            _ => ExitCode::from(self.exit as u8),
        }
    }
}
