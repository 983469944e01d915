//! Canaries: words that occur nowhere else, as credentials, names, addresses, texts and file names,
//! through every path and past every kind of failure. None may come out where it does not belong.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bridge::settings::IntegrationId;
use jiff::{SignedDuration, Timestamp};
use local::{Data, Stack, StackOptions};
use runtime::{Deadline, Selection, metrics};
use serde_json::{Value, json};
use twins::{
    AgentReply, Author, Entity, MessageKind, NewComment, NewFile, NewMessage, NewThread, Topic, World,
    WorldOptions,
};

use crate::proxy::Proxy;
use crate::support::logs;

/// Every canary begins with this, in letters that survive any clean-up of texts and names.
const CANARY: &str = "kanarek7q";

fn word(what: &str) -> String {
    format!("{CANARY}{what}")
}

fn mail(what: &str) -> String {
    format!("{}@ptak.example", word(what))
}

/// Where a canary was found, in a text or in bytes: with what stands around it.
fn found(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let encoded: Vec<String> = (0..3)
        .map(|shift| {
            // Base64 of the word at each offset, less the ends that mix with what stands beside it.
            let encoded = BASE64_STANDARD.encode(format!("{}{CANARY}", "x".repeat(shift)));
            encoded[(shift * 8).div_ceil(6)..(shift + CANARY.len()) * 8 / 6].to_owned()
        })
        .collect();
    let plain = text.find(CANARY).map(|at| text[at..].chars().take(60).collect());
    plain.or_else(|| {
        let raw = String::from_utf8_lossy(bytes);
        encoded.into_iter().find(|word| raw.contains(word.as_str())).map(|word| format!("base64 {word}"))
    })
}

fn silent(where_: &str, bytes: impl AsRef<[u8]>) {
    if let Some(found) = found(bytes.as_ref()) {
        panic!("a canary sings in {where_}: {found}");
    }
}

fn world() -> World {
    let mut options = WorldOptions::default();
    options.shops[0].api_key = word("klucz");
    options.shops[0].name = format!("Sklep {}", word("sklep"));
    options.thulium.user = word("login");
    options.thulium.password = word("haslo");
    options.thulium.mailboxes = vec![mail("skrzynka")];
    let world = World::new(options).expect("a world");
    world.set_time("2026-11-23T13:00:00Z".parse().expect("a time"));
    world
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("canary-{}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    folder
}

fn secret(stack: &Stack) -> Value {
    let mut secret = stack.secret();
    secret["callback_user"] = word("oddzwania").into();
    secret["callback_password"] = word("token").into();
    secret["callback_password_before"] = word("dawniej").into();
    secret
}

fn file(name: &str, ending: &str) -> NewFile {
    NewFile::new(&format!("{}.{ending}", word(name)), word("zawartosc").as_bytes())
}

/// A buyer's letter with everything that a person could write.
fn letter(n: usize) -> NewThread {
    let body = format!(
        "<p>Nr {n}: {} pisze z {}, <b>tel. 600 {}</b></p>",
        word("tresc"),
        mail("kupujacy"),
        word("tel")
    );
    let mut thread = NewThread::from_customer(&format!("C-{n}"), &format!("Jan {}", word("nazwisko")), &body);
    thread.topic = Some(Topic { kind: "FREE_TEXT".into(), value: format!("Temat {}", word("temat")) });
    let id = format!("4711-{n}-A");
    thread.entities.push(Entity { kind: "MMP_ORDER".into(), id: id.clone(), label: id });
    thread.attachments.push(file("plik", "pdf"));
    thread
}

fn order(n: usize) -> Value {
    json!({
        "order_id": format!("4711-{n}-A"), "order_state": "SHIPPING", "shop_id": 2000,
        "customer": {
            "customer_id": format!("C-{n}"), "firstname": word("imie"), "lastname": word("nazwisko"),
            "shipping_address": { "street_1": word("ulica"), "city": word("miasto") },
        },
        "customer_notification_email": mail("zamowienie"),
        "order_lines": [{ "product_title": word("towar"), "offer_sku": "S-1", "quantity": 1, "price": 10.0 }],
    })
}

/// A ticket's whole life: everything that people do on either side.
async fn live(stack: &Stack, n: usize) {
    let world = stack.world();
    world.put_order(order(n)).ok();
    let opened = world.open_thread(letter(n)).expect("a thread");
    stack.tick().await.ok();
    world.advance(SignedDuration::from_secs(60));
    for (author, what) in
        [(Author::Customer, "dalej"), (Author::Operator, "operator"), (Author::Shop, "panel")]
    {
        let mut message = NewMessage::new(author, &format!("<p>{} {}</p>", word(what), mail(what)));
        message.attachments.push(file("drugi", "txt"));
        world.write(&opened.thread_id, message).expect("written");
    }
    stack.tick().await.ok();
    if let Some(ticket) = world.tickets().iter().rev().find(|ticket| !ticket.deleted) {
        let id = ticket.ticket_id;
        let reply = format!("<p>Dzień dobry, {} {}</p>", word("odpowiedz"), mail("agent"));
        let mut reply = AgentReply::new("jnowak", &reply);
        reply.attachments.push(file("zalacznik", "png"));
        world.agent_reply(id, reply).expect("a reply");
        let comment = NewComment { login: "jnowak".into(), text: word("komentarz"), attachments: Vec::new() };
        world.agent_comment(id, comment).expect("a comment");
        world.automatic_reply(id, &word("automat"), "").ok();
    }
    world.advance(SignedDuration::from_secs(60));
}

/// Callbacks with credentials in every wrong and right place.
async fn call(stack: &Stack, id: &IntegrationId) -> Vec<String> {
    let http = wire::client(wire::Reach::Anywhere).expect("a client");
    let url = stack.callback_url(id);
    let base = url.strip_suffix(id.as_str()).expect("an id").to_owned();
    let (user, password) = (word("oddzwania"), word("token"));
    let mut answers = Vec::new();
    let bodies = [
        "ticket_id=1".to_owned(),
        format!("ticket_id={}", mail("cialo")),
        format!("{{\"{}\":1}}", word("pole")),
    ];
    for body in bodies {
        for path in [
            url.clone(),
            format!("{url}/{password}"),
            format!("{url}/{}", word("dawniej")),
            format!("{url}/{}", word("zly")),
            format!("{url}/{password}/{password}"),
            format!("{base}{password}"),
            format!("{base}{password}/{id}"),
        ] {
            for shown in [Some((&user, &password)), Some((&password, &user)), None] {
                let mut request = http.post(&path).header("x-canary", word("naglowek")).body(body.clone());
                if let Some((user, password)) = shown {
                    request = request.basic_auth(user, Some(password));
                }
                let answer = request.send().await.expect("an answer");
                let headers = format!("{:?}", answer.headers());
                answers.push(format!("{} {headers} {}", answer.status(), answer.text().await.expect("text")));
            }
        }
    }
    answers
}

fn files(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    // The database tidies its own up meanwhile.
    files.flat_map(|file| std::fs::read(file).unwrap_or_default()).collect()
}

#[test]
fn a_canary_is_heard() {
    for text in [
        format!("x{}", word("abc").to_uppercase()),
        BASE64_STANDARD.encode(format!("user:{}", word("haslo"))),
        BASE64_STANDARD.encode(format!("us:{}", word("haslo"))),
        BASE64_STANDARD.encode(format!("u:{}", word("haslo"))),
    ] {
        assert!(found(text.as_bytes()).is_some(), "{text}");
    }
    assert_eq!(found("kanarek".as_bytes()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_sings_where_it_does_not_belong() {
    let (page, folder, world) = (logs(), folder(), world());
    let options = StackOptions { data: Data::Folder(folder.clone()), ..StackOptions::new(world.clone()) };
    let stack = Stack::start(options).await.expect("a stack");
    let words = ["odpowiedzi", "nazwisko"].map(word).to_vec();
    let words = [words, vec![mail("odpowiedzi"), "Jan Kowalski".to_owned()]].concat();
    let target = stack.twins().empikplace().strip_suffix("/empikplace").expect("a tree").to_owned();
    let proxy = Proxy::start(target, words).await;
    let mut settings = stack.settings();
    settings.empikplace.url = format!("{}/empikplace", proxy.address);
    settings.thulium.url = format!("{}/thulium", proxy.address);
    // What an operator writes into the settings is kept in the table of settings: no canary of his.
    settings.name = "Sklep A".to_owned();
    settings.thulium.comment_login = "jnowak".to_owned();
    settings.replies.receipts = true;
    let id = settings.id.clone();
    // The mailbox is the operator's too, and is taken out of the ledger's bytes below.
    stack.add_integration(&settings, secret(&stack)).await.expect("an integration");
    world.advance(SignedDuration::from_secs(30));

    live(&stack, 0).await;
    stack.settle(40).await.expect("settled");
    assert!(world.tickets()[0].messages.iter().any(|message| message.text().contains(&word("tresc"))));
    let sent = world.threads().iter().flat_map(|thread| thread.messages.clone()).collect::<Vec<_>>();
    assert!(sent.iter().any(|message| message.written.contains(&word("odpowiedz"))), "it must fly");
    let files_in = world.tickets()[0].messages.iter().any(|message| message.kind == MessageKind::Mail);
    assert!(files_in);

    proxy.spoil_one_in(4);
    let mut told = Vec::new();
    for n in 1..=16 {
        if n == 8 {
            stack.restart().expect("restarted");
        }
        live(&stack, n).await;
        told.extend(call(&stack, &id).await.into_iter().filter(|_| n % 8 == 0));
        for _ in 0..3 {
            let deadline = Deadline::after(world.now(), SignedDuration::from_secs(60));
            let reports = stack.runtime().tick_all(&Selection::All, deadline).await.expect("reports");
            for report in reports {
                let line = metrics::line(&runtime::Measured {
                    report: &report,
                    queues: None,
                    took: std::time::Duration::ZERO,
                    at: Timestamp::UNIX_EPOCH,
                });
                told.push(format!("{} {line}", serde_json::to_string(&report).expect("JSON")));
                told.push(format!("{report:?}"));
            }
            world.advance(SignedDuration::from_mins(20));
        }
    }
    assert!(proxy.spoilt() > 40, "{} requests were spoilt", proxy.spoilt());
    for parked in stack.parked(&id).await.expect("the ledger") {
        told.push(format!("{parked:?}"));
    }

    let log = page.text();
    assert!(log.lines().count() > 100 && log.contains("\"shop-a\""), "the log is not listened to");
    for level in ["INFO", "WARN", "ERROR"] {
        assert!(log.contains(&format!("\"level\":\"{level}\"")), "no line of level {level}");
    }
    // The embedded database writes to the same page, and stands where AWS does.
    for line in log.lines().filter(|line| !line.contains("\"target\":\"dynoxide")) {
        silent("a log line", line);
    }
    for text in &told {
        silent("an answer, result, metric or error", text);
    }
    let thread = world.threads()[0].id.clone();
    let stored = files(&folder);
    let stored = String::from_utf8_lossy(&stored).replace(&mail("skrzynka"), "");
    assert!(stored.contains(&thread), "the ledger is not looked into");
    silent("the ledger", stored);
    std::fs::remove_dir_all(&folder).ok();
}
