//! The command line in Polish: what clap says by itself, it says in English.

use std::error::Error as _;

use bridge::settings::InvalidIntegrationId;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::Language;

const HELP: &str = "{before-help}{about-with-newline}\nUżycie: {usage}\n\n{all-args}{after-help}";
const COMMANDS: &str = "Polecenia";

/// A command line as clap shows it in the language of the run.
pub(crate) fn in_language(command: Command) -> Command {
    match Language::now() {
        Language::En => command,
        Language::Pl => polish(command),
    }
}

fn polish(command: Command) -> Command {
    command
        .help_template(HELP)
        .subcommand_help_heading(COMMANDS)
        .subcommand_value_name("POLECENIE")
        .mut_args(argument)
        .mut_subcommands(polish)
}

/// An argument under a Polish heading, with Polish words for what clap puts in brackets behind its help.
fn argument(argument: Arg) -> Arg {
    let mut help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some(variable) = argument.get_env() {
        help += &format!(" [zmienna: {}]", variable.display());
    }
    // A switch has values too, which nobody needs to know.
    if argument.get_action().takes_values() {
        let defaults = argument.get_default_values().iter().map(|value| value.display().to_string());
        let possible = argument.get_possible_values();
        let possible = possible.iter().map(|value| value.get_name().to_owned());
        for (word, values) in [("domyślnie", defaults.collect()), ("możliwe", possible.collect::<Vec<_>>())]
        {
            if !values.is_empty() {
                help += &format!(" [{word}: {}]", values.join(", "));
            }
        }
    }
    let heading = if argument.is_positional() { "Argumenty" } else { "Opcje" };
    let argument = match argument.get_help_heading() {
        Some(_) => argument,
        None => argument.help_heading(heading),
    };
    let valued = argument.get_action().takes_values();
    argument.help(help).hide_env(true).hide_default_value(valued).hide_possible_values(valued)
}

/// The manual page under headings in the language of the run.
pub(crate) fn manual(page: &str) -> String {
    if Language::now() == Language::En {
        return page.to_owned();
    }
    let headings = [
        ("NAME", "NAZWA"),
        ("SYNOPSIS", "SKŁADNIA"),
        ("DESCRIPTION", "OPIS"),
        (COMMANDS, "POLECENIA"),
        ("EXTRA", "WIĘCEJ"),
        ("VERSION", "WERSJA"),
    ];
    headings.iter().fold(page.to_owned(), |page, (before, after)| {
        page.replace(&format!("\n.SH {before}\n"), &format!("\n.SH {after}\n"))
    })
}

/// What clap refuses, or the help that was asked for, in the language of the run.
pub(crate) fn refusal(error: &clap::Error) -> String {
    let english = error.render().to_string();
    match (Language::now(), error.use_stderr()) {
        (Language::En, _) => english,
        (Language::Pl, false) => placeholders(&english),
        (Language::Pl, true) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            placeholders(&english)
        }
        (Language::Pl, true) => refused(error),
    }
}

/// clap has no setting for the word that stands for all options.
fn placeholders(text: &str) -> String {
    text.replace("[OPTIONS]", "[OPCJE]")
}

fn refused(error: &clap::Error) -> String {
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let (command, prior) = (of(ContextKind::InvalidSubcommand), of(ContextKind::PriorArg));
    let mut text = match error.kind() {
        ErrorKind::ArgumentConflict if prior == argument => format!("„{argument}” można podać tylko raz"),
        ErrorKind::ArgumentConflict => format!("„{argument}” nie można łączyć z: {prior}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("„{argument}” wymaga wartości"),
        ErrorKind::InvalidValue => format!("nieprawidłowa wartość „{value}” dla „{argument}”"),
        ErrorKind::ValueValidation => {
            format!("nieprawidłowa wartość „{value}” dla „{argument}”: {}", why(error))
        }
        ErrorKind::InvalidSubcommand => format!("nieznane polecenie „{command}”"),
        ErrorKind::MissingSubcommand => format!("„{command}” wymaga polecenia"),
        ErrorKind::MissingRequiredArgument => format!("brakuje: {argument}"),
        ErrorKind::UnknownArgument => format!("nieznany argument „{argument}”"),
        ErrorKind::TooManyValues => format!("zbędna wartość „{value}” dla „{argument}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("zła liczba wartości dla „{argument}”")
        }
        ErrorKind::InvalidUtf8 => "argument nie jest tekstem UTF-8".to_owned(),
        _ => error.render().to_string(),
    };
    let possible = [ContextKind::ValidValue, ContextKind::ValidSubcommand].map(of).concat();
    if !possible.is_empty() {
        text += &format!("\n  [możliwe: {possible}]");
    }
    let like = [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand];
    let like = like.map(of).concat();
    if !like.is_empty() {
        text += &format!("\n\n  wskazówka: podobne jest „{like}”");
    }
    let usage = of(ContextKind::Usage);
    if !usage.is_empty() {
        text += &format!("\n\n{}", placeholders(&usage).replace("Usage:", "Użycie:"));
    }
    format!("błąd: {text}\n\nWięcej: --help\n")
}

/// Why a value could not be taken.
fn why(error: &clap::Error) -> String {
    match error.source() {
        Some(source) if source.is::<InvalidIntegrationId>() => {
            "dozwolone są litery a-z, cyfry i -, od 1 do 40 znaków".to_owned()
        }
        Some(source) if source.is::<std::num::ParseIntError>() => "to nie jest liczba".to_owned(),
        Some(source) => source.to_string().replace(" is not in ", " nie mieści się w "),
        None => String::new(),
    }
}
