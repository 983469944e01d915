//! `setup` over a real pseudo-terminal, as a person types it.

use std::time::Instant;

use jiff::SignedDuration;
use serde_json::json;

use crate::person::{Person, is_there};
use crate::seeing::keys;
use crate::shop::Shop;

fn sits_down(shop: &Shop, language: &str) -> Person {
    Person::sits_down(shop, 80, &["setup", "--language", language], &[])
}

/// The questions in their order, with the answers of someone who mostly takes what is offered.
fn script(shop: &Shop, callback: &str) -> Vec<(&'static str, String)> {
    vec![
        ("Name of the integration", String::new()),
        ("Address of EmpikPlace", shop.twins.empikplace()),
        ("API key", "empik-key".into()),
        ("Address of Thulium", shop.twins.thulium()),
        ("API user", "api".into()),
        ("Password", "thulium-pass".into()),
        ("Queue", String::new()),
        ("Category", "3".into()),
        ("Word in the topic", "reklamacja".into()),
        ("Its category", "5".into()),
        ("Word in the topic", String::new()),
        ("Mailbox", "empik@shop.example".into()),
        ("Address of replies", String::new()),
        ("Customer field", String::new()),
        ("Ticket field for the thread", String::new()),
        ("Ticket field for the order", String::new()),
        ("Login that writes", String::new()),
        ("What people call", "Sklep A".into()),
        ("Take over", "2d".into()),
        ("Is that what you want", String::new()),
        ("Base URL of the callback", callback.to_owned()),
        ("Try that after writing", String::new()),
        ("Enable it at the end", String::new()),
        ("Write it?", "yes".into()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_the_first_ticket() {
    if !is_there() {
        return;
    }
    let shop = Shop::empty().await;
    let new = twins::NewThread::from_customer("c-1", "Jan Kowalski", "Gdzie jest moja paczka?");
    shop.world.open_thread(new).expect("a thread");
    let callback = shop.callback("");
    let steps = script(&shop, callback.trim_end_matches('/'));
    let begun = Instant::now();
    let mut person = sits_down(&shop, "en");
    let (keystrokes, screen) = tokio::task::spawn_blocking(move || {
        for (question, answer) in &steps {
            person.answers(question, answer);
        }
        person.reads("the settings are stored");
        let keystrokes = person.keystrokes;
        (keystrokes, person.stands_up().0)
    })
    .await
    .expect("the session");
    assert!(screen.contains("shop-a is enabled"), "{screen}");
    assert!(!screen.contains("thulium-pass") && !screen.contains("empik-key"), "{screen}");

    assert!(shop.world.tickets().iter().all(|ticket| ticket.deleted), "the self-test is gone");
    assert_eq!(shop.world.webhooks().len(), 1);
    let exported = shop.run(&["export", "shop-a", "--json"]).await.json();
    assert_eq!(exported["settings"]["enabled"], true);
    assert_eq!(exported["settings"]["calibration"]["reopens"], "yes", "learnt by the self-test");
    assert_eq!(exported["settings"]["empikplace"]["shop_id"], 2000);
    shop.deploy_secret();
    shop.world.advance(SignedDuration::from_secs(90));
    shop.tick().await;
    let tickets = shop.world.tickets();
    let tickets: Vec<_> = tickets.iter().filter(|ticket| !ticket.deleted).collect();
    assert_eq!(tickets.len(), 1, "the first ticket");
    eprintln!("setup: {keystrokes} keystrokes, {:?} to the first ticket", begun.elapsed());
    let doctor = shop.run(&["doctor", "--json"]).await;
    assert_eq!(doctor.json()["findings"], json!([]), "{doctor:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_wrong_first() {
    if !is_there() {
        return;
    }
    let shop = Shop::empty().await;
    let (empik, thulium) = (shop.twins.empikplace(), shop.twins.thulium());
    let begun = Instant::now();
    let mut person = Person::sits_down(&shop, 80, &["setup", "--language", "en", "--json"], &[]);
    let (keystrokes, screen) = tokio::task::spawn_blocking(move || {
        let steps: Vec<(&str, &str)> = vec![
            ("Name of the integration", "Shop A!"),
            ("Name of the integration", "shop-a"),
            ("Address of EmpikPlace", "marketplace"),
            ("Address of EmpikPlace", &empik),
            ("API key", "wrong-key"),
            ("Address of EmpikPlace", ""),
            ("API key", "empik-key"),
            ("Address of Thulium", "ftp://acme"),
            ("Address of Thulium", &thulium),
            ("API user", "api"),
            ("Password", "wrong-pass"),
            ("Address of Thulium", &thulium),
            ("API user", ""),
            ("Password", "thulium-pass"),
            ("Queue", "99"),
            ("Queue", "8"),
            ("Category", "x"),
            ("Category", "0"),
            ("Word in the topic", "-"),
            ("Mailbox", "no mailbox"),
            ("Mailbox", "empik@shop.example"),
            ("Address of replies", "nobody"),
            ("Address of replies", "{thread}@noreply.shop.example"),
            ("Customer field", "-"),
            ("Customer field", "Empik ID"),
            ("Ticket field for the thread", "-"),
            ("Ticket field for the order", "-"),
            ("Login that writes", "-"),
            ("Login that writes", "api"),
            ("What people call", "-"),
            ("What people call", "Sklep"),
            ("Take over", "yesterday"),
            ("Take over", "none"),
            ("Base URL of the callback", "nowhere"),
            ("Base URL of the callback", "-"),
            ("Try that after writing", "maybe"),
            ("Try that after writing", "no"),
            ("Enable it at the end", "perhaps"),
            ("Enable it at the end", "no"),
            ("Write it?", "what"),
            ("Write it?", "yes"),
        ];
        for (question, answer) in steps {
            person.answers(question, answer);
        }
        let keystrokes = person.keystrokes;
        (keystrokes, person.stands_up().0)
    })
    .await
    .expect("the session");
    let document = screen.lines().rev().find(|line| line.starts_with('{')).expect("a document");
    let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
    assert_eq!(
        (&document["integration"], &document["enabled"]),
        (&json!("shop-a"), &json!(false)),
        "{screen}"
    );
    insta::assert_snapshot!("setup_schema", keys(&document));
    eprintln!("setup, every answer wrong first: {keystrokes} keystrokes, {:?}", begun.elapsed());
    let exported = shop.run(&["export", "shop-a", "--json"]).await.json();
    assert_eq!(exported["settings"]["enabled"], false);
    assert_eq!((&exported["settings"]["thulium"]["queue_id"], shop.world.tickets().len()), (&json!(8), 0));
    assert_eq!(shop.run(&["secrets", "check", "shop-a"]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_at_any_question_nothing_is_written() {
    if !is_there() {
        return;
    }
    let shop = Shop::empty().await;
    let steps = script(&shop, "-");
    for until in 0..steps.len() {
        let steps = steps.clone();
        let mut person = sits_down(&shop, "en");
        tokio::task::spawn_blocking(move || {
            for (question, answer) in &steps[..until] {
                person.answers(question, answer);
            }
            person.interrupts_at(steps[until].0);
            person.stands_up().0
        })
        .await
        .expect("the session");
    }
    assert_eq!(shop.run(&["list", "--json"]).await.json(), json!({ "integrations": [] }));
    assert!(shop.aws.secret("bridge/shop-a").is_none());
    assert_eq!(shop.world.tickets().len() + shop.world.customers().len() + shop.world.webhooks().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_offered_the_second_time() {
    if !is_there() {
        return;
    }
    let shop = Shop::joined().await;
    let mut person = sits_down(&shop, "pl");
    let screen = tokio::task::spawn_blocking(move || {
        for question in [
            "Nazwa integracji",
            "Adres EmpikPlace",
            "Klucz API",
            "Adres Thulium",
            "Użytkownik API",
            "Hasło",
            "Kolejka",
            "Kategoria",
            "Słowo w temacie",
            "Skrzynka",
            "Adres odpowiedzi",
            "Pole klienta",
            "na wątek",
            "na zamówienie",
            "Login",
            "Jak ludzie",
            "Przejmij",
            "Czy o to",
            "Bazowy adres",
            "Sprawdzić tak",
            "Włączyć",
            "Zapisać?",
        ] {
            person.answers(question, "");
        }
        person.stands_up().0
    })
    .await
    .expect("the session");
    assert!(screen.contains("nic nie zapisano"), "the summary is not confirmed by an empty line: {screen}");
}

#[tokio::test]
async fn without_a_terminal_it_names_the_other_way() {
    let shop = Shop::empty().await;
    let run = shop.run(&["setup"]).await;
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("empikctl apply -f FILE"), "{run:?}");
}
