//! What needs no AWS: files, prompts, the local secrets file, and the help.

use std::io;

use clap::Parser;
use empikctl::{Answer, Cli, Console, Exit};
use runtime::{Credentials, Secrets, SecretsFile};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{SECRET, SETTINGS};

/// A person, or a pipe.
#[derive(Default)]
struct Desk {
    /// Standard input; none: a terminal.
    piped: Option<String>,
    /// What the person types.
    typed: Vec<&'static str>,
    prompts: Vec<String>,
    screen: bool,
}

impl Console for Desk {
    fn input(&mut self) -> io::Result<String> {
        self.piped.take().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn input_is_terminal(&self) -> bool {
        self.piped.is_none()
    }

    fn output_is_terminal(&self) -> bool {
        self.screen
    }

    fn width(&self) -> Option<usize> {
        self.screen.then_some(80)
    }

    fn draws(&self) -> bool {
        false
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn show(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn tell(&mut self, _: &str) {}

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.ask_hidden(prompt)
    }

    fn ask_hidden(&mut self, prompt: &str) -> io::Result<String> {
        self.prompts.push(prompt.to_owned());
        if self.typed.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.typed.remove(0).to_owned())
    }
}

fn piped(text: &str) -> Desk {
    Desk { piped: Some(text.to_owned()), ..Desk::default() }
}

async fn run(arguments: &[&str], desk: &mut Desk) -> Answer {
    let cli = Cli::try_parse_from([&["empikctl"], arguments].concat()).expect("a command line");
    empikctl::run(&cli, desk).await
}

#[test]
fn the_command_line_is_sound_and_explained() {
    for (language, name) in [("C.UTF-8", "help_en"), ("pl_PL.UTF-8", "help_pl")] {
        let mut whole = empikctl::command(|_| Some(language.to_owned()));
        whole.clone().debug_assert();
        whole.build();
        let mut all = String::new();
        explain(&whole, &[], language, &mut all);
        insta::assert_snapshot!(name, all);
    }
}

#[test]
fn what_is_wrong_with_a_command_line_is_said_in_its_language() {
    let polish = |name: &str| (name == "LANG").then(|| "pl_PL.UTF-8".to_owned());
    let refused = |line: &str| {
        let words = std::iter::once("empikctl").chain(line.split_whitespace()).map(Into::into);
        match empikctl::parse(words, polish) {
            Ok(cli) => panic!("{line}: {cli:?}"),
            Err(answer) => answer,
        }
    };
    let mut all = String::new();
    for line in [
        "",
        "explian",
        "status --wach",
        "status --watch 0",
        "export Sklep!",
        "check",
        "check -f",
        "drop shop-a x 1",
        "retry shop-a",
        "retry shop-a 1 --all",
        "apply -f a -f b",
        "completions dash",
        "status a b",
        "secrets",
        "conversations shop-a --limit",
        "status --today --today",
    ] {
        let answer = refused(line);
        assert_eq!((answer.exit, answer.stdout.as_str()), (Exit::Usage, ""), "{line}");
        all += &format!("$ empikctl {line}\n{}\n", answer.stderr);
    }
    insta::assert_snapshot!(all);
    let help = refused("apply --help");
    assert_eq!(help.exit, Exit::Ok);
    assert!(help.stdout.contains("Użycie: empikctl apply [OPCJE] --file <PLIK>"), "{}", help.stdout);
    let english = refused("--language en apply --help");
    assert!(english.stdout.contains("Usage: empikctl apply [OPTIONS] --file <FILE>"), "{}", english.stdout);
}

/// The help of every command, one after the other.
fn explain(command: &clap::Command, before: &[&str], language: &str, all: &mut String) {
    let words = [before, &[command.get_name()]].concat();
    let asked = words.iter().copied().chain(["--help"]).map(Into::into);
    let help = empikctl::parse(asked, |_| Some(language.to_owned())).expect_err("the help");
    *all += &format!("$ {} --help\n{}\n", words.join(" "), help.stdout);
    for command in command.get_subcommands() {
        explain(command, &words, language, all);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in [&["empikctl"][..], &["empikctl", "export", "Shop A"], &["empikctl", "check"]] {
        let error = Cli::try_parse_from(arguments).expect_err("a wrong command line");
        assert_eq!(error.exit_code(), Exit::Usage as i32, "{arguments:?}");
    }
}

#[tokio::test]
async fn every_problem_of_a_file_has_a_line_with_the_files_name() {
    let wrong = SETTINGS.replace("mailbox", "mailbx").replace("enabled = true", "enabled = 7");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.toml");
    std::fs::write(&path, &wrong).expect("written");
    let file = path.to_str().expect("UTF-8");
    let answer = run(&["check", "-f", file], &mut Desk::default()).await;
    assert_eq!((answer.exit, answer.stderr.as_str()), (Exit::Failed, ""));
    insta::assert_snapshot!(answer.stdout.replace(file, "shop.toml"));

    let answer = run(&["check", "-f", "-", "--json"], &mut piped(&wrong)).await;
    let checked: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!((&checked["file"], &checked["integration"]), (&json!("standard input"), &json!(null)));
    let problems = checked["problems"].as_array().expect("problems");
    let keys: Vec<_> = problems.iter().map(|p| (p["line"].as_u64(), p["key"].as_str())).collect();
    assert_eq!(keys, [(Some(3), Some("enabled")), (Some(10), Some("thulium.mailbx"))]);

    let answer = run(&["apply", "-f", file], &mut Desk::default()).await;
    assert_eq!((answer.exit, answer.stdout.as_str()), (Exit::Failed, ""));
    assert!(answer.stderr.starts_with(&format!("{file}: line 3: enabled: ")), "{}", answer.stderr);
    assert!(answer.stderr.ends_with("empikctl: nothing was stored: 2 problems\n"), "{}", answer.stderr);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    for verb in ["check", "apply"] {
        let answer = run(&[verb, "-f", "no-such.toml", "--json"], &mut Desk::default()).await;
        assert_eq!(answer.exit, Exit::Failed);
        let failed: Value = serde_json::from_str(&answer.stdout).expect("JSON");
        let words = failed["error"].as_str().expect("an error");
        assert!(words.starts_with("no-such.toml cannot be read: "), "{words}");
    }
}

#[tokio::test]
async fn local_secrets_are_kept_side_by_side_for_their_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let file = path.to_str().expect("UTF-8");
    let first = run(&["secrets", "set", "shop-a", "--file", file], &mut piped(SECRET)).await;
    assert_eq!(first.exit, Exit::Ok, "{}", first.stderr);
    let mut person = Desk { typed: vec!["key", "  user ", "", "pass", "cb", "cb-pass"], ..Desk::default() };
    let second = run(&["secrets", "set", "shop-b", "--file", file], &mut person).await;
    assert_eq!(second.exit, Exit::Ok, "{}", second.stderr);
    assert_eq!(person.prompts.len(), 6, "an empty line is asked for again");
    assert_eq!(person.prompts[2], person.prompts[3]);

    let secrets = SecretsFile::new(path.clone());
    for (id, key, user) in [("shop-a", "k-4711", "u-4711"), ("shop-b", "key", "user")] {
        let stored = secrets.fetch(&id.parse().expect("an id")).await.expect("an answer").expect("a secret");
        let stored = Credentials::parse(&stored).expect("credentials");
        assert_eq!(stored.empik_api_key.expose_secret(), key);
        assert_eq!(stored.thulium_user.expose_secret(), user);
        let check = run(&["secrets", "check", id, "--file", file], &mut Desk::default()).await;
        assert_eq!((check.exit, check.stdout), (Exit::Ok, format!("{id}: the secret is complete\n")));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let missing = run(&["secrets", "check", "shop-c", "--file", file], &mut Desk::default()).await;
    assert_eq!((missing.exit, missing.stdout.as_str()), (Exit::Findings, "shop-c: there is no secret\n"));
}

#[tokio::test]
async fn a_file_of_something_else_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear all").expect("written");
    let file = path.to_str().expect("UTF-8");
    let answer = run(&["secrets", "set", "shop-a", "--file", file], &mut piped(SECRET)).await;
    assert_eq!(answer.exit, Exit::Failed);
    assert!(answer.stderr.starts_with("empikctl: nothing was stored: "), "{}", answer.stderr);
    assert_eq!(std::fs::read_to_string(&path).expect("text"), "Dear all");
}

#[tokio::test]
async fn a_secret_that_is_not_complete_is_not_stored_and_not_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let file = path.to_str().expect("UTF-8");
    for (input, words) in [
        (
            r#"{"empik_api_key":"k-4711"}"#,
            "lacks thulium_user, thulium_password, callback_user, callback_password",
        ),
        (r#""k-4711""#, "is not a JSON object"),
        ("k-4711", "is not JSON (line 1, column 1)"),
        ("", "is not JSON"),
    ] {
        let answer = run(&["secrets", "set", "shop-a", "--file", file, "--json"], &mut piped(input)).await;
        assert_eq!(answer.exit, Exit::Failed);
        assert!(
            answer.stderr.starts_with(&format!("empikctl: nothing was stored: the secret {words}")),
            "{}",
            answer.stderr
        );
        assert!(!format!("{answer:?}").contains("4711"));
        assert!(!path.exists());
    }
    std::fs::write(&path, r#"{"shop-a":{"empik_api_key":"k-4711","callback_user":""}}"#).expect("written");
    let answer = run(&["secrets", "check", "shop-a", "--file", file, "--json"], &mut Desk::default()).await;
    assert_eq!(answer.exit, Exit::Findings);
    let checked: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!(checked["state"], "incomplete");
    let lacking = json!(["thulium_user", "thulium_password", "callback_user", "callback_password"]);
    assert_eq!(checked["lacking"], lacking);
}

#[tokio::test]
async fn a_made_up_password_is_shown_on_a_screen_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let file = path.to_str().expect("UTF-8");
    let wish =
        ["secrets", "set", "shop-a", "--file", file, "--generate-callback", "--show-callback-password"];
    let refused = run(&wish, &mut piped(SECRET)).await;
    assert_eq!(refused.exit, Exit::Usage);
    assert!(!path.exists(), "nothing happens before");

    let mut person = Desk { typed: vec!["key", "user", "pass"], screen: true, ..Desk::default() };
    let shown = run(&wish, &mut person).await;
    assert_eq!((shown.exit, person.prompts.len()), (Exit::Ok, 3), "{}", shown.stderr);
    let stored: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("text")).expect("JSON");
    let password = stored["shop-a"]["callback_password"].as_str().expect("a password");
    assert_eq!(password.len(), 32);
    let last = format!("callback path  /shop-a\ncallback user  thulium\npassword       {password}\n");
    assert!(shown.stdout.ends_with(&last), "{}", shown.stdout);
}
