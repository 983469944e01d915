//! A word that occurs nowhere else, in every place of a secret: no command prints it, whatever goes
//! wrong. The same word in everything that people wrote or are called: only the flag that asks for it
//! shows it.

use jiff::SignedDuration;
use serde_json::json;
use twins::{AgentReply, Author, Entity, NewComment, NewFile, NewMessage, NewThread, WorldOptions};

use crate::shop::Shop;
use crate::support::{Aws, Run, SETTINGS};

const CANARY: &str = "kanarek7q";

fn secret() -> String {
    let members = [
        "empik_api_key",
        "thulium_user",
        "thulium_password",
        "callback_password",
        "callback_user_before",
        "callback_password_before",
    ];
    let members: Vec<String> = members.iter().map(|name| format!("\"{name}\":\"{CANARY}-{name}\"")).collect();
    // The user is no secret: the operator is told what to type into Thulium.
    format!("{{\"callback_user\":\"thulium\",{}}}", members.join(","))
}

fn silent(arguments: &[&str], run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(CANARY), "{arguments:?} prints what it should not: {run:?}");
    }
}

#[tokio::test]
async fn no_command_prints_a_secret() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["apply", "-f", "-"], SETTINGS).await.code, 0);
    let set = aws.run(&["secrets", "set", "shop-a"], &secret()).await;
    assert_eq!(set.code, 0, "{set:?}");
    silent(&["secrets", "set"], &set);
    let stored = aws.secret("bridge/shop-a").expect("a secret");
    assert_eq!(stored["callback_password"], format!("{CANARY}-callback_password"), "it must be there");
    let commands: [&[&str]; 9] = [
        &["apply", "-f", "-"],
        &["export", "shop-a"],
        &["list"],
        &["secrets", "set", "shop-a"],
        &["secrets", "check", "shop-a"],
        &["secrets", "check", "shop-b"],
        &["tables", "check"],
        &["parked", "shop-a"],
        &["template", "shop-a"],
    ];
    // A secret that is cut off, lacks a member, is no object, or stands where settings belong.
    let whole = secret();
    let cut = whole.split_at(whole.len() - 3).0.to_owned();
    let lacking = whole.replace("empik_api_key", "empik_key");
    let inputs =
        [whole.clone(), cut, lacking, format!("[{whole}]"), format!("{CANARY}\n"), format!("\"{CANARY}")];
    for refusal in [None, Some("AccessDeniedException"), Some("InternalServiceError")] {
        if let Some(code) = refusal {
            aws.refuse_secrets(code);
        }
        for command in commands {
            for json in [&[][..], &["--json"]] {
                let arguments = [command, json].concat();
                for input in &inputs {
                    silent(&arguments, &aws.run(&arguments, input).await);
                    if !command.contains(&"-") && !command.contains(&"set") {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_secret_in_a_settings_file_is_refused_and_not_repeated() {
    let aws = Aws::new().await;
    for wrong in [
        SETTINGS.replace("https://acme", &format!("https://user:{CANARY}@acme")),
        SETTINGS.replace("comment_login", &format!("thulium_password = \"{CANARY}\"\ncomment_login")),
        SETTINGS.replace("[empikplace]", &format!("[empikplace]\nempik_api_key = \"{CANARY}\"")),
    ] {
        for arguments in [["apply", "-f", "-"], ["check", "-f", "-"]] {
            let run = aws.run(&arguments, &wrong).await;
            assert_ne!(run.code, 0, "{run:?}");
            silent(&arguments, &run);
        }
    }
}

/// A conversation in which every word of people is a canary; its thread, ticket and a parked reply.
async fn talk(shop: &Shop) -> (String, u64, u64) {
    let word = |what: &str| format!("{CANARY}{what}");
    let file = |name: &str| NewFile::new(&format!("{}.txt", word(name)), word("bytes").as_bytes());
    let body = format!("<p>{} {}@ptak.example</p>", word("tresc"), word("kupujacy"));
    let mut new = NewThread::from_customer("c-1", &format!("Jan {}", word("nazwisko")), &body);
    new.entities.push(Entity { kind: "MMP_ORDER".into(), id: "123456-A".into(), label: "123456-A".into() });
    new.attachments.push(file("plik"));
    let opened = shop.world.open_thread(new).expect("a thread");
    shop.world.advance(SignedDuration::from_secs(90));
    shop.tick().await;
    for author in [Author::Shop, Author::Operator] {
        shop.world.write(&opened.thread_id, NewMessage::new(author, &word("panel"))).expect("written");
    }
    let ticket = shop.world.tickets().last().expect("a ticket").ticket_id;
    let text = word("komentarz");
    let comment = NewComment { login: word("agent"), text, attachments: Vec::new() };
    shop.world.agent_comment(ticket, comment).expect("a comment");
    let mut reply = AgentReply::new(&word("agent"), &format!("<p>{}</p>", word("odpowiedz")));
    reply.attachments.push(file("zalacznik"));
    shop.world.agent_reply(ticket, reply).expect("a reply");
    let short = shop.world.agent_reply(ticket, AgentReply::new(&word("agent"), "ok")).expect("a reply");
    shop.world.advance(SignedDuration::from_secs(90));
    shop.tick().await;
    (opened.thread_id, ticket, short)
}

#[tokio::test]
async fn no_command_names_a_person_or_quotes_one_unless_it_is_asked_to() {
    let mut options = WorldOptions::default();
    options.thulium.agents.push(format!("{CANARY}agent"));
    let shop = Shop::of(options).await;
    shop.join(&shop.settings()).await;
    shop.register(&shop.callback("shop-a"));
    let (thread, ticket, reply) = talk(&shop).await;
    let (ticket, reply) = (ticket.to_string(), reply.to_string());
    let callback = shop.callback("shop-a");
    let base = callback.strip_suffix("/shop-a").expect("an address");
    let commands: [&[&str]; 14] = [
        &["status", "--today"],
        &["conversations", "shop-a"],
        &["explain", &thread],
        &["explain", &thread, "--live"],
        &["explain", &ticket, "--live"],
        &["explain", "123456-A"],
        &["parked", "shop-a"],
        &["retry", "shop-a", "--all"],
        &["drop", "shop-a", &ticket, &reply, "--dry-run"],
        &["doctor", "shop-a", "--callback-url", base],
        &["hook", "trigger", "shop-a", &ticket, "--callback-url", base],
        &["list"],
        &["export", "shop-a"],
        &["remove", "shop-a"],
    ];
    let mut answered = 0;
    for trouble in [None, Some("garbage_body"), Some("refuse")] {
        for side in trouble.iter().flat_map(|_| ["empikplace", "thulium"]) {
            let rule = json!({ "side": side, "operation": "*", "kind": trouble });
            shop.world.add_fault(serde_json::from_value(rule).expect("a rule"));
        }
        for command in commands {
            for more in [&[][..], &["--json"], &["--language", "pl"]] {
                let arguments = [command, more].concat();
                let run = shop.run(&arguments).await;
                silent(&arguments, &run);
                answered += usize::from(trouble.is_none() && matches!(run.code, 0 | 3));
            }
        }
        shop.world.clear_faults();
    }
    assert!(answered >= 36, "{answered} commands had an answer");

    let asked = shop.run(&["explain", &thread, "--show-text"]).await;
    for what in ["tresc", "nazwisko", "panel", "agent", "odpowiedz", "komentarz"] {
        assert!(asked.stdout.contains(&format!("{CANARY}{what}")), "{what} is asked for: {asked:?}");
    }
}
