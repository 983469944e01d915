//! The help texts of the command line.

pub(crate) const EMPIKCTL: &str = "Sets up and watches integrations of EmpikPlace with Thulium";
pub(crate) const AFTER: &str = "\
Exit codes:
  0  done, and nothing to look at
  1  failed, or a settings file has problems
  2  the command line is wrong, or a variable that it needs is not set
  3  done, and found something to look at: a malformed row, a secret that is missing or not complete,
     a table that is missing or different, something parked, what doctor finds, an integration that is
     late, failing or never ran

AWS is found by the usual variables: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and so on.

A first integration, by questions: empikctl setup. The same without questions:
  empikctl template shop-a > shop-a.toml     then fill it in
  empikctl check -f shop-a.toml
  empikctl apply -f shop-a.toml
  empikctl secrets set shop-a --generate-callback
  empikctl list";
pub(crate) const GLOBAL: &str = "Everywhere";
pub(crate) const JSON: &str = "Write one JSON document to standard output";
pub(crate) const INTEGRATIONS_TABLE: &str = "DynamoDB table of integrations";
pub(crate) const CONVERSATIONS_TABLE: &str = "DynamoDB table of conversations";
pub(crate) const SECRETS_PREFIX: &str = "What stands before the integration's id in the name of its secret";
pub(crate) const ID: &str = "The integration, such as shop-a";
pub(crate) const FILE: &str = "The settings file; - reads standard input";
pub(crate) const TEMPLATE: &str = "Print a commented settings file to fill in";
pub(crate) const CHECK: &str = "Check a settings file; touches nothing";
pub(crate) const APPLY: &str = "Check a settings file and store it";
pub(crate) const DRY_RUN: &str = "Only say what would change";
pub(crate) const EXPORT: &str = "Print the stored settings as a settings file";
pub(crate) const LIST: &str = "List the integrations";
pub(crate) const SECRETS: &str = "The API key and passwords of an integration";
pub(crate) const SECRETS_SET: &str =
    "Store the secret: JSON from standard input, or asked for at the terminal";
pub(crate) const SECRETS_CHECK: &str = "Tell whether the secret is there and complete; never its values";
pub(crate) const LOCAL: &str = "Use this file (read by its owner only) instead of Secrets Manager";
pub(crate) const GENERATE_CALLBACK: &str =
    "Make up the callback password (and the user, where none is given)";
pub(crate) const SHOW_CALLBACK_PASSWORD: &str = "Show the callback password; only on a terminal";
pub(crate) const TABLES: &str = "The two DynamoDB tables";
pub(crate) const TABLES_CREATE: &str =
    "Make the tables where they are missing: for local endpoints; in AWS, Terraform makes them";
pub(crate) const TABLES_CHECK: &str = "Tell whether the tables are there, with the right keys and indexes";
pub(crate) const PARKED: &str = "List what was set aside and waits for a person";
pub(crate) const LIMIT: &str = "List at most so many, oldest first";
pub(crate) const LANGUAGE: &str =
    "Language of what is shown; by default the one of LC_ALL, LC_MESSAGES or LANG";
pub(crate) const STATUS: &str = "Show how the integrations fare";
pub(crate) const STATUS_ID: &str = "Only this integration";
pub(crate) const TODAY: &str =
    "Count what crossed since midnight UTC; reads the whole table of conversations";
pub(crate) const WATCH: &str = "Show it again every so many seconds (5) until Ctrl-C";
pub(crate) const CONVERSATIONS: &str = "List conversations, those that wait for somebody first";
pub(crate) const LIMIT_CONVERSATIONS: &str = "List at most so many";
pub(crate) const EXPLAIN: &str =
    "Tell the story of one conversation: what came, what became of it, who waits for whom";
pub(crate) const WHAT: &str =
    "A thread's id, a ticket's number, a message's id or marker (#a1b2c3d4), or an order's id";
pub(crate) const WHERE: &str = "Look in this integration only";
pub(crate) const LIVE: &str = "Read the thread and the ticket too: who wrote when, without a text";
pub(crate) const SHOW_TEXT: &str = "The same with names and texts; they are read now and kept nowhere";
pub(crate) const RECONCILE: &str =
    "Hold what changed in the last days against the ledger, and carry what is missing";
pub(crate) const DAYS: &str = "Look back so many days, at most 90";
pub(crate) const RETRY: &str =
    "Try parked things again; says what would happen unless --yes is given, since it can reach a customer";
pub(crate) const DROP: &str = "Give up a parked reply for good; it asks before, and the ticket is told";
pub(crate) const TICKET: &str = "The ticket";
pub(crate) const REPLY: &str = "The reply in that ticket, as parked lists it";
pub(crate) const THREAD: &str = "A parked conversation, by its thread's id";
pub(crate) const ALL: &str = "Everything that is parked";
pub(crate) const YES: &str = "Do it; without it, nothing is changed";
pub(crate) const YES_DROP: &str = "Do not ask";
pub(crate) const DOCTOR: &str = "Find what keeps integrations from working, and say what mends it";
pub(crate) const SELF_TEST: &str =
    "Also open a ticket and a customer in Thulium and remove both: shows a missing mailbox or field";
pub(crate) const CALLBACK_URL: &str = "Base URL of the callback, as terraform output shows it";
pub(crate) const SETUP: &str = "Set up an integration by questions, each tried on the live accounts; nothing is written before the summary";
pub(crate) const SETUP_ID: &str = "The integration; asked for where it is missing";
pub(crate) const ENABLE: &str = "Switch an integration on; what came meanwhile is carried";
pub(crate) const DISABLE: &str = "Switch an integration off until it is enabled again; nothing is lost";
pub(crate) const REMOVE: &str =
    "Remove an integration; says what becomes of its tickets, and does it only with --yes";
pub(crate) const ERASE: &str = "Remove what the ledger holds on a buyer; does it only with --yes";
pub(crate) const CUSTOMER: &str = "The buyer's id on EmpikPlace";
pub(crate) const HOOK: &str = "The callback that Thulium calls";
pub(crate) const HOOK_TRIGGER: &str =
    "Call it as Thulium does, with the right credentials: look at this ticket now";
pub(crate) const COMPLETIONS: &str = "Print the completions of a shell";
pub(crate) const SHELL: &str = "The shell";
pub(crate) const MAN: &str = "Print the manual page";
