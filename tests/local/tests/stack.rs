//! The stack, the dry run, the sample and the mode for real accounts, each between the twins.

#![allow(clippy::expect_used, reason = "the helpers of tests are tests too")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bridge::settings::IntegrationId;
use jiff::tz::TimeZone;
use local::account::{self, Account};
use local::console::Console;
use local::dry::Shadow;
use local::page::Feed;
use local::play::{self, Play};
use local::{Data, Logs, Stack, StackOptions, clock_of};
use serde_json::json;
use twins::{AgentReply, MessageKind, NewThread, Opened, Running, World, WorldOptions};

/// A world whose clock stands still.
fn world() -> World {
    let world = World::new(WorldOptions::default()).expect("a world");
    world.set_time("2026-11-23T13:00:00Z".parse().expect("a time"));
    world
}

fn ask(world: &World) -> Opened {
    let thread = NewThread::from_customer("C-1", "Jan Kowalczyk", "<p>Gdzie jest moja paczka?</p>");
    world.open_thread(thread).expect("a thread")
}

fn shop() -> IntegrationId {
    "shop-a".parse().expect("an id")
}

/// A folder of its own under the target directory, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    folder
}

fn console(world: &World) -> Console {
    Console::new(clock_of(world), TimeZone::UTC)
}

async fn until(what: &str, fulfilled: impl Fn() -> bool) {
    for _ in 0..200 {
        if fulfilled() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not happen within five seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_crosses_by_a_tick_and_its_answer_by_a_webhook() {
    let stack = Stack::joined(world()).await.expect("a stack");
    let opened = ask(stack.world());
    let result = stack.tick().await.expect("a tick");
    let row = &result["integrations"][0];
    assert_eq!((&row["status"], &row["tickets_created"]), (&json!("ok"), &json!(1)), "{row}");
    let ticket = &stack.world().tickets()[0];
    assert!(ticket.messages[0].text().contains("Gdzie jest moja paczka?"));

    stack
        .world()
        .agent_reply(ticket.ticket_id, AgentReply::new("jnowak", "<p>Jutro rano.</p>"))
        .expect("a reply");
    let answered =
        || stack.world().thread(&opened.thread_id).is_some_and(|thread| thread.messages.len() == 2);
    until("the answer", answered).await;

    let settled = stack.settle(20).await.expect("settled");
    assert!(settled.ticks >= 2);
    let found = stack.world().comparison();
    assert!(found.clean, "{:?}", found.findings);
    assert_eq!((found.inbound_carried, found.replies_carried), (1, 1));
    assert_eq!(stack.parked(&shop()).await.expect("read"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_is_answered_over_http() {
    let stack = Stack::joined(world()).await.expect("a stack");
    ask(stack.world());
    stack.tick().await.expect("a tick");
    assert_eq!(stack.hint(&shop(), 1).await.expect("an answer"), 204);
    assert_eq!(stack.hint(&shop(), 999).await.expect("an answer"), 204);
    let unsigned = wire::client(wire::Reach::Anywhere)
        .expect("a client")
        .post(stack.callback_url(&shop()))
        .body("ticket_id=1")
        .send();
    assert_eq!(unsigned.await.expect("an answer").status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_remembers_what_was_carried() {
    let (world, folder) = (world(), folder("remembers"));
    let options = || StackOptions { data: Data::Folder(folder.clone()), ..StackOptions::new(world.clone()) };
    let opened = ask(&world);
    for round in 1..=3 {
        let stack = Stack::start(options()).await.expect("a stack");
        let mut settings = stack.settings();
        settings.import.backfill = bridge::settings::Backfill::Days(1);
        stack.add_integration(&settings, stack.secret()).await.expect("stored");
        stack.settle(20).await.expect("settled");
        stack.restart().expect("restarted");
        world
            .write(
                &opened.thread_id,
                twins::NewMessage::new(twins::Author::Customer, &format!("Pytam raz {round}.")),
            )
            .expect("written");
        stack.settle(20).await.expect("settled");
    }
    assert_eq!(world.tickets().len(), 1);
    let found = world.comparison();
    assert!(found.clean, "{:?}", found.findings);
    assert_eq!(found.inbound_carried, 4);
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_works_on_with_what_it_did_not_write() {
    let world = world();
    let shadow = Arc::new(Shadow::default());
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell: local::dry::Tell = {
        let told = told.clone();
        Arc::new(move |words: &str| told.lock().expect("no panic").push(words.to_owned()))
    };
    let ports: local::PortsHook = Arc::new(move |ports| shadow.over(ports, tell.clone()));
    let options = StackOptions { ports: Some(ports), ..StackOptions::new(world.clone()) };
    let stack = Stack::start(options).await.expect("a stack");
    stack.add_integration(&stack.settings(), stack.secret()).await.expect("stored");
    let opened = ask(&world);
    stack.settle(20).await.expect("settled");
    let again = twins::NewMessage::new(twins::Author::Customer, "<p>Halo?</p>");
    world.write(&opened.thread_id, again).expect("written");
    stack.settle(20).await.expect("settled");

    let writes: Vec<_> = world.requests(0).into_iter().filter(|request| request.method != "GET").collect();
    assert_eq!(writes, []);
    assert_eq!(world.tickets().len(), 0);
    let told = told.lock().expect("no panic").clone();
    let count = |what: &str| told.iter().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("would open a ticket"), count("would create a CRM customer"), count("customer's message")),
        (1, 1, 1),
        "{told:?}"
    );
    assert!(!told.iter().any(|line| line.contains("Halo") || line.contains("Kowalczyk")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_comes_out_clean() {
    let world = play::world().expect("a world");
    let feed = Feed::new(clock_of(&world));
    let options =
        Play { once: true, port: 0, page_port: 0, poll_seconds: 10, folder: None, logs: Logs::default() };
    let summary = play::play(&options, world.clone(), &console(&world), &feed).await.expect("played");
    assert!(play::is_clean(&summary), "{summary}");
    assert!(summary["conversations"].as_u64() >= Some(20), "{summary}");
    assert_eq!(
        summary["parked"], 3,
        "the reply that is too short, the one for the full thread, and the slip in a first line: {summary}"
    );
    // One thread is old, another holds nothing but the shop's own mails.
    assert_eq!(
        summary["tickets"],
        json!(summary["conversations"].as_u64().expect("a number") - 2),
        "{summary}"
    );
    let mails = world
        .tickets()
        .iter()
        .flat_map(|t| t.messages.clone())
        .filter(|m| m.kind == MessageKind::Mail)
        .count();
    assert_eq!(summary["messages_in"], mails, "{summary}");
}

#[test]
fn the_transcript_names_every_promise_and_ends_with_the_summary() {
    let folder = folder("transcript");
    std::fs::create_dir_all(&folder).expect("made");
    let mut run = Command::new(env!("CARGO_BIN_EXE_local"));
    let ran = run.env("ONCE", "1").current_dir(&folder).output().expect("it runs");
    let told = String::from_utf8(ran.stdout).expect("text");
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    for promise in 1..=17 {
        let seen = format!("\n  promise {promise} · ");
        assert!(told.contains(&seen), "promise {promise} is not shown:\n{told}");
    }
    let summary: serde_json::Value =
        serde_json::from_str(told.lines().last().unwrap_or_default()).expect("JSON in the last line");
    assert!(play::is_clean(&summary), "{summary}");
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// Ends with the test.
#[cfg(target_os = "linux")]
struct Program(std::process::Child);

#[cfg(target_os = "linux")]
impl Program {
    /// Whether it has said what it does at Ctrl-C; before, that would simply end it.
    fn awaits_its_end(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask & (1 << 1) != 0)
    }
}

#[cfg(target_os = "linux")]
impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_empikctl_finds_the_program_is_its_owners_secret_and_forgotten_at_its_end() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder("announced");
    std::fs::create_dir_all(&folder).expect("made");
    let mut run = Command::new(env!("CARGO_BIN_EXE_local"));
    run.env("HOME", folder.join("home")).current_dir(&folder).stdout(std::process::Stdio::null());
    let mut program = Program(run.spawn().expect("it starts"));
    let place = folder.join("home/.local/state/empik-thulium-bridge/local.env");
    // It plays the sample first.
    while !(place.exists() && program.awaits_its_end()) {
        assert_eq!(program.0.try_wait().expect("its state"), None, "it stays");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mode = std::fs::metadata(&place).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let found = runtime::LocalStack::read(&place).expect("read").expect("the file");
    assert!(found.variable("AWS_ENDPOINT_URL").is_some(), "{:?}", std::fs::read_to_string(&place));

    let interrupt = Command::new("kill").args(["-INT", &program.0.id().to_string()]).status();
    assert!(interrupt.expect("kill runs").success());
    assert!(program.0.wait().expect("its end").success());
    assert!(!place.exists());
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_joins_accounts_and_outlives_a_run() {
    let world = World::new(WorldOptions::default()).expect("a world");
    let (twins, folder) = (Running::start(world.clone()).await.expect("a port"), folder("accounts"));
    std::fs::create_dir_all(&folder).expect("made");
    let stack = Stack::start(StackOptions::new(world.clone())).await.expect("a stack");
    let mut settings = stack.settings();
    settings.empikplace.url = twins.empikplace();
    settings.thulium.url = twins.thulium();
    settings.empikplace.poll_seconds = 10;
    let (config, secrets) = (folder.join("shop-a.toml"), folder.join("secret.json"));
    std::fs::write(&config, settings.to_toml()).expect("written");
    std::fs::write(&secrets, stack.secret().to_string()).expect("written");
    drop(stack);
    let account = |dry_run| Account {
        config: config.clone(),
        secrets: Some(secrets.clone()),
        dry_run,
        once: true,
        port: 0,
        poll_seconds: 1,
        folder: folder.clone(),
        anywhere: true,
        logs: Logs::default(),
    };
    let refused = account::run(&Account { anywhere: false, ..account(true) }, &console(&world)).await;
    assert!(refused.expect_err("http is refused").to_string().contains("must start with https://"));
    account::run(&account(true), &console(&world)).await.expect("a dry run");
    assert!(!folder.join("shop-a.db").exists());
    account::run(&account(false), &console(&world)).await.expect("a run");
    assert!(folder.join("shop-a.db").exists());
    // What comes in between two runs is found by the next, since it remembers when all began.
    ask(&world);
    account::run(&account(false), &console(&world)).await.expect("a second run");
    assert_eq!(world.tickets().len(), 1);
    assert!(world.comparison().clean);
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_bad_settings_file_is_told_with_its_name_and_every_mistake() {
    let folder = folder("mistakes");
    std::fs::create_dir_all(&folder).expect("made");
    let file = folder.join("shop.toml");
    std::fs::write(&file, "id = \"shop-a\"\nname = \"A\"\nenabld = true\n[empikplace]\nurl = 5\n")
        .expect("written");
    let error = account::settings(&file).expect_err("bad").to_string();
    assert!(error.lines().all(|line| line.starts_with(file.to_str().expect("text"))), "{error}");
    assert!(
        error.contains("enabld") && error.contains("empikplace.url") && error.contains("thulium"),
        "{error}"
    );
    let missing = account::settings(&folder.join("none.toml")).expect_err("missing");
    assert!(format!("{missing:#}").contains("CONFIG"), "{missing:#}");
    std::fs::remove_dir_all(&folder).expect("removed");
}
