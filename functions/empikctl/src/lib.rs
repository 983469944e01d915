//! `empikctl`, the operator's command line, as a library: [`run`] does what [`Cli`] says and returns
//! an [`Answer`] to print.
//!
//! Standard output carries data, standard error talk. With `--json` every run that is not refused as
//! a wrong command line writes exactly one JSON document to standard output, `{"error": "…"}` where
//! it failed. Exit codes: see [`Exit`].

mod access;
mod answer;
mod console;
mod parked;
mod secrets;
mod settings;
mod tables;
mod words;

use std::path::PathBuf;

use bridge::settings::IntegrationId;
use clap::{Args, Parser, Subcommand};

pub use answer::{Answer, Exit};
pub use console::{Console, Terminal};
use words::help;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "empikctl", version, about = help::EMPIKCTL, after_help = help::AFTER)]
#[command(propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = help::GLOBAL)]
pub(crate) struct Options {
    #[arg(long, global = true, help = help::JSON)]
    json: bool,
    #[arg(long, global = true, env = "INTEGRATIONS_TABLE", hide_env_values = true, value_name = "NAME",
        help = help::INTEGRATIONS_TABLE)]
    integrations_table: Option<String>,
    #[arg(long, global = true, env = "CONVERSATIONS_TABLE", hide_env_values = true, value_name = "NAME",
        help = help::CONVERSATIONS_TABLE)]
    conversations_table: Option<String>,
    #[arg(long, global = true, env = "SECRETS_PREFIX", hide_env_values = true, value_name = "PREFIX",
        help = help::SECRETS_PREFIX)]
    secrets_prefix: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(about = help::TEMPLATE)]
    Template {
        #[arg(help = help::ID)]
        id: IntegrationId,
    },
    #[command(about = help::CHECK)]
    Check {
        #[arg(short, long, help = help::FILE)]
        file: PathBuf,
    },
    #[command(about = help::APPLY)]
    Apply {
        #[arg(short, long, help = help::FILE)]
        file: PathBuf,
        #[arg(long, help = help::DRY_RUN)]
        dry_run: bool,
    },
    #[command(about = help::EXPORT)]
    Export {
        #[arg(help = help::ID)]
        id: IntegrationId,
    },
    #[command(about = help::LIST)]
    List,
    #[command(subcommand, about = help::SECRETS)]
    Secrets(SecretsCommand),
    #[command(subcommand, about = help::TABLES)]
    Tables(TablesCommand),
    #[command(about = help::PARKED)]
    Parked {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, default_value_t = 1000, value_name = "NUMBER", help = help::LIMIT,
            value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    #[command(about = help::SECRETS_SET)]
    Set {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, value_name = "FILE", help = help::LOCAL)]
        local: Option<PathBuf>,
        #[arg(long, help = help::GENERATE_CALLBACK)]
        generate_callback: bool,
        #[arg(long, help = help::SHOW_CALLBACK_PASSWORD)]
        show_callback_password: bool,
    },
    #[command(about = help::SECRETS_CHECK)]
    Check {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, value_name = "FILE", help = help::LOCAL)]
        local: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum TablesCommand {
    #[command(about = help::TABLES_CREATE)]
    Create,
    #[command(about = help::TABLES_CHECK)]
    Check,
}

/// Does what the command line says. Nothing is printed yet, except for prompts.
pub async fn run(cli: &Cli, console: &mut dyn Console) -> Answer {
    let options = &cli.options;
    let result = match &cli.command {
        Command::Template { id } => Ok(settings::template(id)),
        Command::Check { file } => settings::check(file, console),
        Command::Apply { file, dry_run } => settings::apply(options, file, *dry_run, console).await,
        Command::Export { id } => settings::export(options, id).await,
        Command::List => settings::list(options).await,
        Command::Secrets(SecretsCommand::Set { id, local, generate_callback, show_callback_password }) => {
            let wish = secrets::Wish { generate: *generate_callback, show: *show_callback_password };
            secrets::set(options, id, local.as_deref(), wish, console).await
        }
        Command::Secrets(SecretsCommand::Check { id, local }) => {
            secrets::check(options, id, local.as_deref()).await
        }
        Command::Tables(TablesCommand::Create) => tables::create(options).await,
        Command::Tables(TablesCommand::Check) => tables::check(options).await,
        Command::Parked { id, limit } => parked::parked(options, id, *limit).await,
    };
    Answer::of(result, options.json)
}
