//! `empikctl`, the operator's command line, as a library: [`run`] does what [`Cli`] says and returns
//! an [`Answer`] to print.
//!
//! Standard output carries data, standard error talk. With `--json` every run that is not refused as
//! a wrong command line writes exactly one JSON document to standard output, `{"error": "…"}` where
//! it failed. Exit codes: see [`Exit`].

mod access;
mod answer;
mod command;
mod console;
mod doctor;
mod hook;
mod life;
mod manual;
mod repair;
mod secrets;
mod see;
mod settings;
mod setup;
mod tables;
mod words;

pub use answer::{Answer, Exit};
pub use command::Cli;
pub(crate) use command::Options;
use command::{Command, HookCommand, SecretsCommand, TablesCommand};
pub use console::{Console, Terminal};

/// Does what the command line says. Nothing is printed yet, except for prompts, progress, and what
/// `--watch` shows.
pub async fn run(cli: &Cli, console: &mut dyn Console) -> Answer {
    let language = cli.options.language.unwrap_or_else(|| words::Language::of(|name| console.variable(name)));
    words::speaking(language, async {
        let result = obey(cli, console).await;
        Answer::of(result, cli.options.json)
    })
    .await
}

async fn obey(cli: &Cli, console: &mut dyn Console) -> Result<answer::Report, answer::Error> {
    let options = &cli.options;
    match &cli.command {
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
        Command::Parked { id, limit } => repair::parked::parked(options, id, *limit, console).await,
        Command::Status { id, today, watch } => {
            let wish = see::status::Wish { only: id.as_ref(), today: *today };
            match watch {
                None => see::status::status(options, wish, console).await,
                Some(seconds) => see::status::watch(options, wish, *seconds, console).await,
            }
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
            hook::trigger(options, id, *ticket, callback_url).await
        }
        Command::Completions { shell } => Ok(manual::completions(*shell)),
        Command::Man => manual::page(),
        Command::Doctor { id, self_test, callback_url } => {
            let callback = callback_url.as_deref();
            let wish = doctor::Wish { only: id.as_ref(), self_test: *self_test, callback };
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
