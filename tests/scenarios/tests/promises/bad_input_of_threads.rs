//! Threads, buyers and accounts that are not as they should be: nothing lost, and the message comes.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bridge::settings::Settings;
use serde_json::{Value, json};
use twins::{Author, MessageKind, NewThread, UnknownName};

use scenarios::shop::{Shop, below_header, texts};

#[tokio::test]
async fn each_part_of_a_ticket_may_be_refused_alone() {
    let parts =
        ["Empik wątek", "Empik produkty", "ticket_queue_id", "category_id", "source", "tags", "comment"];
    for part in parts {
        for named in [true, false] {
            let shop = Shop::open().await;
            shop.world().switch(|s| {
                s.thulium.refused_ticket_parts = [part.to_owned()].into();
                s.thulium.refusals_name_the_part = named;
            });
            let lines = json!([{ "product_title": "Kubek", "quantity": 1 }]);
            shop.world().put_order(json!({ "order_id": "1-A", "order_lines": lines })).expect("an order");
            shop.buyer_opens("pytanie");
            shop.settle_clean().await;
            let ticket = shop.ticket();
            assert_eq!(below_header(&texts(&ticket, MessageKind::Mail)[0]), "pytanie");
            let stands = [
                ("Empik wątek", ticket.custom_fields.contains_key("Empik wątek")),
                ("Empik produkty", ticket.custom_fields.contains_key("Empik produkty")),
                ("category_id", ticket.category_id == Some(3)),
                ("source", ticket.source == "www"),
                ("tags", ticket.tags == ["empikplace"]),
            ];
            for (other, stands) in stands {
                assert_eq!(stands, other != part, "{other} where {part} is refused");
            }
            assert!(ticket.customer_id.is_some());
            let comments = texts(&ticket, MessageKind::Comment);
            let told = comments.iter().any(|comment| comment.contains("Do administratora"));
            assert_eq!(told, part != "comment", "{part}: {comments:?}");
            let tries = shop.requests("POST tickets");
            assert!(tries <= if named { 2 } else { 11 }, "{part}: {tries}");
        }
    }
}

#[tokio::test]
async fn an_account_that_takes_no_ticket_at_all_is_not_asked_for_ever() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.thulium.refused_ticket_parts = ["subject".to_owned()].into());
    shop.buyer_opens("jeden");
    shop.tick().await;
    let tries = shop.requests("POST tickets");
    assert!(tries <= 30, "{tries}");
    shop.opens(NewThread::from_customer("C-2", "Ola", "dwa"));
    shop.tick().await;
    assert_eq!(shop.requests("POST tickets"), tries + 1, "nothing more is tried out for a while");
    assert_eq!(shop.parked().await, 2, "set aside, for a person");
}

#[tokio::test]
async fn a_custom_field_that_does_not_exist_is_left_out_alone() {
    for unknown in [UnknownName::Error, UnknownName::Ignored] {
        let shop =
            Shop::with(|settings| settings.thulium.products_field = "Nie ma takiego pola".into()).await;
        shop.world().switch(|s| s.thulium.unknown_ticket_field = unknown);
        let lines = json!([{ "product_title": "Kubek", "quantity": 1 }]);
        shop.world().put_order(json!({ "order_id": "1-A", "order_lines": lines })).expect("an order");
        let thread = shop.buyer_opens("pytanie");
        shop.settle_clean().await;
        let ticket = shop.ticket();
        assert_eq!(ticket.custom_fields["Empik wątek"], thread);
        assert_eq!(ticket.custom_fields["Empik zamówienie"], "1-A");
        assert_eq!(ticket.ticket_queue_id, 7);
    }
}

#[tokio::test]
async fn a_buyer_without_a_name_and_an_anonymised_one() {
    let shop = Shop::open().await;
    shop.opens(NewThread::from_customer("C-1", "", "bez nazwy"));
    shop.settle_clean().await;
    shop.world().switch(|s| s.empikplace.participants_without_id = true);
    shop.opens(NewThread::from_customer("C-2", " ", "anonim"));
    shop.settle_clean().await;
    let customers = shop.world().customers();
    assert_eq!(customers.len(), 1, "nobody is created without an id");
    assert_eq!(customers[0].surname, "Klient EmpikPlace");
    let tickets = shop.tickets();
    assert!(texts(&tickets[0], MessageKind::Mail)[0].starts_with("bez nazwy (klient)"));
    assert_eq!(tickets[1].customer_id, None);
    let card = &texts(&tickets[1], MessageKind::Comment)[0];
    assert!(card.contains("EmpikPlace nie podaje identyfikatora klienta"), "{card}");
}

#[tokio::test]
async fn a_thread_of_a_thousand_messages_is_carried_whole_and_in_order() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("0");
    for n in 1..1000 {
        shop.later(1);
        shop.writes(&thread, Author::Customer, &n.to_string());
    }
    for _ in 0..3 {
        shop.tick().await;
    }
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    let expected: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), expected);
    shop.writes(&thread, Author::Customer, "i jeszcze jedna");
    shop.tick().await;
    shop.assert_clean();
}

/// What the functions log, line by line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_operator_of_the_bridge_is_told_what_thulium_refuses_without_names_and_values() {
    let log = Log::default();
    let writer = log.clone();
    runtime::telemetry::init_to(move || writer.clone(), Some("debug"));
    // A panic is to show in the test's output, not in the log.
    drop(std::panic::take_hook());
    type Case = (&'static str, fn(&mut Settings));
    let cases: [Case; 3] = [
        ("queue 99", |settings| settings.thulium.queue_id = Some(99)),
        ("category 98", |settings| settings.thulium.category_id = Some(98)),
        ("custom field \"Nie ma takiego pola\"", |settings| {
            settings.thulium.products_field = "Nie ma takiego pola".into();
        }),
    ];
    for (left_out, change) in cases {
        log.0.lock().expect("no panic").clear();
        let shop = Shop::with(change).await;
        let lines = json!([{ "product_title": "Sekretnik", "quantity": 1 }]);
        shop.world().put_order(json!({ "order_id": "1-A", "order_lines": lines })).expect("an order");
        let buyer = NewThread::from_customer("C-1", "Hieronim Brzęczyk", "Chrząszcz brzmi w trzcinie");
        shop.opens(buyer.about_order("1-A"));
        shop.settle_clean().await;
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let told: Vec<&Value> = lines.iter().filter(|line| line["event"] == "ticket.simplified").collect();
        assert_eq!(told.len(), 1, "{left_out}: {log}");
        assert_eq!((&told[0]["level"], &told[0]["left_out"]), (&json!("ERROR"), &json!(left_out)));
        assert_eq!(
            (&told[0]["integration.id"], &told[0]["ticket.id"]),
            (&json!("shop-a"), &json!(shop.ticket().ticket_id))
        );
        for private in ["Hieronim", "Brzęczyk", "Chrząszcz", "Sekretnik"] {
            assert!(!log.contains(private), "{private} in {log}");
        }
    }
}
