//! The command line: verbs, arguments and options.

use std::path::PathBuf;

use bridge::settings::IntegrationId;
use clap::{ArgAction, Args, Parser, Subcommand};

use crate::tail::{Level, Since};
use crate::words::{Language, help};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "empikctl", version, about = help::EMPIKCTL, after_help = help::AFTER)]
#[command(propagate_version = true, disable_help_subcommand = true)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = help::GLOBAL)]
pub(crate) struct Options {
    #[arg(long, global = true, help = help::JSON)]
    pub(crate) json: bool,
    #[arg(long, global = true, help = help::LOCAL)]
    pub(crate) local: bool,
    #[arg(long, global = true, value_name = help::A_LANGUAGE, help = help::LANGUAGE)]
    pub(crate) language: Option<Language>,
    #[arg(long, global = true, env = "INTEGRATIONS_TABLE", hide_env_values = true, value_name = help::NAME,
        help = help::INTEGRATIONS_TABLE)]
    pub(crate) integrations_table: Option<String>,
    #[arg(long, global = true, env = "CONVERSATIONS_TABLE", hide_env_values = true, value_name = help::NAME,
        help = help::CONVERSATIONS_TABLE)]
    pub(crate) conversations_table: Option<String>,
    #[arg(long, global = true, env = "SECRETS_PREFIX", hide_env_values = true, value_name = help::PREFIX,
        help = help::SECRETS_PREFIX)]
    pub(crate) secrets_prefix: Option<String>,
    #[arg(short, long, global = true, action = ArgAction::Help, help = help::HELP)]
    pub(crate) help: Option<bool>,
    #[arg(short = 'V', long, global = true, action = ArgAction::Version, help = help::VERSION)]
    pub(crate) version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(about = help::TEMPLATE)]
    Template {
        #[arg(help = help::ID)]
        id: IntegrationId,
    },
    #[command(about = help::CHECK)]
    Check {
        #[arg(short, long, value_name = help::A_FILE, help = help::FILE)]
        file: PathBuf,
    },
    #[command(about = help::APPLY)]
    Apply {
        #[arg(short, long, value_name = help::A_FILE, help = help::FILE)]
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
        #[arg(long, default_value_t = 1000, value_name = help::NUMBER, help = help::LIMIT,
            value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    #[command(about = help::STATUS)]
    Status {
        #[arg(help = help::STATUS_ID)]
        id: Option<IntegrationId>,
        #[arg(long, help = help::TODAY)]
        today: bool,
        #[arg(long, value_name = help::SECONDS, num_args = 0..=1, default_missing_value = "5", help = help::WATCH,
            value_parser = clap::value_parser!(u32).range(1..=3600))]
        watch: Option<u32>,
    },
    #[command(about = help::TAIL)]
    Tail {
        #[arg(long, value_name = help::AN_INTEGRATION, help = help::STATUS_ID)]
        integration: Option<IntegrationId>,
        #[arg(long, value_name = help::A_THREAD, help = help::TAIL_THREAD)]
        thread: Option<String>,
        #[arg(long, value_name = help::A_TICKET, help = help::TAIL_TICKET)]
        ticket: Option<u64>,
        #[arg(long, default_value = "info", value_name = help::A_LEVEL, help = help::LEVEL)]
        level: Level,
        #[arg(long, default_value = "10m", value_name = help::A_TIME, help = help::SINCE)]
        since: Since,
        #[arg(long, help = help::NO_FOLLOW)]
        no_follow: bool,
        #[arg(long, env = "LOG_GROUPS", hide_env_values = true, value_delimiter = ',', value_name = help::NAME,
            help = help::LOG_GROUP)]
        log_group: Vec<String>,
    },
    #[command(about = help::CONVERSATIONS)]
    Conversations {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, default_value_t = 100, value_name = help::NUMBER, help = help::LIMIT_CONVERSATIONS,
            value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    #[command(about = help::EXPLAIN)]
    Explain {
        #[arg(value_name = help::SOMETHING, help = help::WHAT)]
        what: String,
        #[arg(long, value_name = help::AN_INTEGRATION, help = help::WHERE)]
        integration: Option<IntegrationId>,
        #[arg(long, help = help::LIVE)]
        live: bool,
        #[arg(long, help = help::SHOW_TEXT)]
        show_text: bool,
    },
    #[command(about = help::SETUP)]
    Setup {
        #[arg(help = help::SETUP_ID)]
        id: Option<IntegrationId>,
    },
    #[command(about = help::ENABLE, alias = "resume")]
    Enable {
        #[arg(help = help::ID)]
        id: IntegrationId,
    },
    #[command(about = help::DISABLE, alias = "pause")]
    Disable {
        #[arg(help = help::ID)]
        id: IntegrationId,
    },
    #[command(about = help::REMOVE)]
    Remove {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, help = help::YES)]
        yes: bool,
    },
    #[command(about = help::ERASE)]
    Erase {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, value_name = "ID", help = help::CUSTOMER)]
        customer: String,
        #[arg(long, help = help::YES)]
        yes: bool,
    },
    #[command(subcommand, about = help::HOOK)]
    Hook(HookCommand),
    #[command(about = help::COMPLETIONS)]
    Completions {
        #[arg(value_name = help::A_SHELL, help = help::SHELL)]
        shell: clap_complete::Shell,
    },
    #[command(about = help::MAN)]
    Man,
    #[command(about = help::DOCTOR)]
    Doctor {
        #[arg(help = help::STATUS_ID)]
        id: Option<IntegrationId>,
        #[arg(long, help = help::SELF_TEST)]
        self_test: bool,
        #[arg(long, env = "CALLBACK_URL", hide_env_values = true, value_name = "URL", help = help::CALLBACK_URL)]
        callback_url: Option<String>,
    },
    #[command(about = help::RECONCILE)]
    Reconcile {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, default_value_t = 2, value_name = help::NUMBER, help = help::DAYS,
            value_parser = clap::value_parser!(u32).range(1..=90))]
        days: u32,
    },
    #[command(about = help::RETRY)]
    Retry {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[command(flatten)]
        choice: Choice,
        #[arg(long, help = help::YES)]
        yes: bool,
    },
    #[command(about = help::DROP)]
    Drop {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(value_name = help::A_TICKET, help = help::TICKET)]
        ticket: u64,
        #[arg(value_name = help::A_REPLY, help = help::REPLY)]
        reply: u64,
        #[arg(long, help = help::DRY_RUN, conflicts_with = "yes")]
        dry_run: bool,
        #[arg(long, help = help::YES_DROP)]
        yes: bool,
    },
}

impl Command {
    /// Whether it asks at the terminal, or writes to it until it is ended.
    pub(crate) fn holds_a_screen(&self) -> bool {
        matches!(
            self,
            Command::Setup { .. }
                | Command::Drop { .. }
                | Command::Secrets(SecretsCommand::Set { .. })
                | Command::Status { watch: Some(_), .. }
                | Command::Tail { .. }
        )
    }
}

/// What of the parked things is meant.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Choice {
    #[arg(value_name = help::A_TICKET, help = help::TICKET, conflicts_with_all = ["thread", "all"])]
    pub(crate) ticket: Option<u64>,
    #[arg(value_name = help::A_REPLY, help = help::REPLY, requires = "ticket")]
    pub(crate) reply: Option<u64>,
    #[arg(long, value_name = help::A_THREAD, help = help::THREAD, conflicts_with = "all")]
    pub(crate) thread: Option<String>,
    #[arg(long, help = help::ALL)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    #[command(about = help::SECRETS_SET)]
    Set {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, value_name = help::A_FILE, help = help::SECRETS_FILE)]
        file: Option<PathBuf>,
        #[arg(long, help = help::GENERATE_CALLBACK)]
        generate_callback: bool,
        #[arg(long, help = help::SHOW_CALLBACK_PASSWORD)]
        show_callback_password: bool,
    },
    #[command(about = help::SECRETS_CHECK)]
    Check {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(long, value_name = help::A_FILE, help = help::SECRETS_FILE)]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    #[command(about = help::HOOK_TRIGGER)]
    Trigger {
        #[arg(help = help::ID)]
        id: IntegrationId,
        #[arg(value_name = help::A_TICKET, help = help::TICKET)]
        ticket: u64,
        #[arg(long, env = "CALLBACK_URL", hide_env_values = true, value_name = "URL", help = help::CALLBACK_URL)]
        callback_url: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum TablesCommand {
    #[command(about = help::TABLES_CREATE)]
    Create,
    #[command(about = help::TABLES_CHECK)]
    Check,
}
