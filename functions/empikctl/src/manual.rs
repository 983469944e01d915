//! Shell completions and the manual page, made from the command line itself.

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::Cli;
use crate::answer::{Error, Exit, Report};
use crate::words;

pub(crate) fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut words::usage::in_language(Cli::command()), "empikctl", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": shell.to_string(), "script": text });
    Report { text, json, talk: Vec::new(), exit: Exit::Ok }
}

pub(crate) fn page() -> Result<Report, Error> {
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(words::usage::in_language(Cli::command())).render(&mut page);
    made.map_err(|error| Error::failed(error.to_string()))?;
    let text = words::usage::manual(&String::from_utf8_lossy(&page));
    let json = json!({ "page": text });
    Ok(Report { text, json, talk: Vec::new(), exit: Exit::Ok })
}
