//! `empikctl`, the operator's command line, as a library: [`run`] does what [`Cli`] says and returns
//! an [`Answer`] to print.
//!
//! Standard output carries data, standard error talk. With `--json` every run that is not refused as
//! a wrong command line writes exactly one JSON document to standard output, `{"error": "…"}` where
//! it failed; `tail` and `status --watch` write one a line as long as they run. Exit codes: see [`Exit`].

mod access;
mod answer;
mod command;
mod console;
mod doctor;
mod hook;
mod life;
mod local;
mod manual;
mod progress;
mod repair;
mod secrets;
mod see;
mod settings;
mod setup;
mod tables;
mod tail;
mod words;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

pub use answer::{Answer, Exit};
pub use command::Cli;
pub(crate) use command::Options;
use command::{Command, HookCommand, SecretsCommand, TablesCommand};
pub use console::{Console, Terminal};

/// The command line, in the language that the environment asks for.
pub fn command(variable: impl Fn(&str) -> Option<String>) -> clap::Command {
    words::speaking_now(words::Language::of(variable), || words::usage::in_language(Cli::command()))
}

/// Reads a command line.
///
/// # Errors
/// What is wrong with it, or the help that it asks for, in the language of the command line or else the
/// environment.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Cli, Answer> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let language = words::Language::given(&arguments).unwrap_or_else(|| words::Language::of(variable));
    words::speaking_now(language, || {
        let command = words::usage::in_language(Cli::command());
        let read = command.try_get_matches_from(arguments).and_then(|found| Cli::from_arg_matches(&found));
        read.map_err(|error| {
            let text = words::usage::refusal(&error);
            match error.use_stderr() {
                true => Answer { stdout: String::new(), stderr: text, exit: Exit::Usage },
                false => Answer { stdout: text, stderr: String::new(), exit: Exit::Ok },
            }
        })
    })
}

/// Does what the command line says. Nothing is printed yet, except for prompts, progress, and what
/// `--watch` shows.
pub async fn run(cli: &Cli, console: &mut dyn Console) -> Answer {
    let language = cli.options.language.unwrap_or_else(|| words::Language::of(|name| console.variable(name)));
    words::speaking(language, async {
        let drawn = console.draws() && !cli.command.holds_a_screen();
        let result = match local::find(&cli.options, console) {
            Ok((stack, options)) => {
                // On the heap: it holds every command's work, and is too large to be handed around.
                let work = Box::pin(obey(cli, &options, console));
                local::on(stack, progress::during(drawn, work)).await
            }
            Err(error) => Err(error),
        };
        Answer::of(result, cli.options.json)
    })
    .await
}

async fn obey(
    cli: &Cli,
    options: &Options,
    console: &mut dyn Console,
) -> Result<answer::Report, answer::Error> {
    match &cli.command {
        Command::Template { id } => Ok(settings::template(id)),
        Command::Check { file } => settings::check(file, console),
        Command::Apply { file, dry_run } => settings::apply(options, file, *dry_run, console).await,
        Command::Export { id } => settings::export(options, id).await,
        Command::List => settings::list(options).await,
        Command::Secrets(SecretsCommand::Set { id, file, generate_callback, show_callback_password }) => {
            let wish = secrets::Wish { generate: *generate_callback, show: *show_callback_password };
            secrets::set(options, id, file.as_deref(), wish, console).await
        }
        Command::Secrets(SecretsCommand::Check { id, file }) => {
            secrets::check(options, id, file.as_deref()).await
        }
        Command::Tables(TablesCommand::Create) => tables::create(options).await,
        Command::Tables(TablesCommand::Check) => tables::check(options).await,
        Command::Parked { id, limit } => repair::parked::parked(options, id, *limit, console).await,
        Command::Status { id, today, watch } => {
            let wish = see::status::Wish { only: id.as_ref(), today: *today };
            match watch {
                None => see::status::status(options, wish, console).await,
                Some(seconds) => see::status::watch(options, wish, *seconds, console).await,
            }
        }
        Command::Tail { integration, thread, ticket, level, since, no_follow, log_group } => {
            let wish = tail::Wish {
                integration: integration.as_ref(),
                thread: thread.as_deref(),
                ticket: *ticket,
                level: *level,
            };
            tail::tail(log_group, wish, (*since, !no_follow), options.json, console).await
        }
        Command::Conversations { id, limit } => see::conversations::list(options, id, *limit, console).await,
        Command::Explain { what, integration, live, show_text } => {
            let wish = see::explain::Wish { live: *live || *show_text, texts: *show_text };
            see::explain::explain(options, what, integration.as_ref(), wish).await
        }
        Command::Setup { id } => setup::setup(options, id.as_ref(), console).await,
        Command::Enable { id } => life::switch::switch(options, id, true).await,
        Command::Disable { id } => life::switch::switch(options, id, false).await,
        Command::Remove { id, yes } => life::remove::remove(options, id, *yes).await,
        Command::Erase { id, customer, yes } => life::erase::erase(options, id, customer, *yes).await,
        Command::Hook(HookCommand::Trigger { id, ticket, callback_url }) => {
            hook::trigger(options, id, *ticket, callback_url.as_deref()).await
        }
        Command::Completions { shell } => Ok(manual::completions(*shell)),
        Command::Man => manual::page(),
        Command::Doctor { id, self_test, callback_url } => {
            let callback = local::callback(callback_url.as_deref());
            let wish =
                doctor::Wish { only: id.as_ref(), self_test: *self_test, callback: callback.as_deref() };
            doctor::doctor(options, wish, console).await
        }
        Command::Reconcile { id, days } => repair::reconcile::reconcile(options, id, *days, console).await,
        Command::Retry { id, choice, yes } => repair::retry::retry(options, id, choice, *yes).await,
        Command::Drop { id, ticket, reply, dry_run, yes } => {
            let wish = repair::drop::Wish { dry_run: *dry_run, yes: *yes };
            repair::drop::drop(options, id, (*ticket, *reply), wish, console).await
        }
    }
}
