//! From EmpikPlace to Thulium.

use serde_json::json;
use twins::{Author, MessageKind, NewFile, NewMessage, NewThread, ParticipantKind};

use crate::support::{Shop, below_header, texts};

#[tokio::test]
async fn a_buyers_message_becomes_a_ticket_with_everything_beside_it() {
    let shop = Shop::open().await;
    shop.world()
        .put_order(json!({
            "order_id": "1-A", "order_state": "SHIPPED", "total_price": 173.5, "currency_iso_code": "PLN",
            "shipping_company": "InPost", "shipping_tracking": "62001", "has_incident": true,
            "customer": { "customer_id": "C-1", "firstname": "Jan", "lastname": "Kowalski" },
            "order_lines": [{ "product_title": "Kubek", "offer_sku": "KUB-1", "quantity": 2, "total_price": 173.5 }],
        }))
        .expect("an order");
    shop.buyer_opens("Gdzie <b>paczka</b>?");
    let row = shop.tick().await;
    assert_eq!(row["status"], "ok");
    assert_eq!(row["tickets_created"], 1);
    assert_eq!(row["messages_in"], 1);

    let ticket = shop.ticket();
    assert_eq!(ticket.ticket_queue_id, 7);
    assert_eq!(ticket.category_id, Some(3));
    assert_eq!(ticket.tags, ["empikplace"]);
    assert_eq!(ticket.subject, "EmpikPlace 1-A: Pytanie o zamówienie");
    assert_eq!(ticket.custom_fields["Empik zamówienie"], "1-A");
    assert_eq!(ticket.custom_fields["Empik produkty"], "2× Kubek");
    assert_eq!(below_header(&texts(&ticket, MessageKind::Mail)[0]), "Gdzie paczka?");
    let card = &texts(&ticket, MessageKind::Comment)[0];
    for fact in ["1-A (wysłane)", "2 × Kubek", "SKU KUB-1", "173,50 PLN", "InPost 62001", "incydent"] {
        assert!(card.contains(fact), "{fact} in {card}");
    }
    let customers = shop.world().customers();
    assert_eq!(customers.len(), 1);
    assert_eq!((customers[0].name.as_str(), customers[0].surname.as_str()), ("Jan", "Kowalski"));
    assert_eq!(customers[0].custom_fields["Empik ID"], "C-1");
    assert_eq!(ticket.customer_id, Some(customers[0].customer_id));
    shop.settle_clean().await;
}

#[tokio::test]
async fn later_messages_join_the_ticket_in_order_and_bring_it_back() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("jeden");
    shop.tick().await;
    let id = shop.ticket().ticket_id;
    shop.writes(&thread, Author::Customer, "dwa");
    shop.later(1);
    shop.writes(&thread, Author::Customer, "trzy");
    shop.world().close_ticket(id).expect("closed");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let mails = texts(&ticket, MessageKind::Mail);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["jeden", "dwa", "trzy"]);
    assert_eq!(ticket.status_id, 1, "the ticket stands before the agents");
}

#[tokio::test]
async fn who_speaks_is_told_apart() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("pytanie");
    shop.later(1);
    let mut private = NewMessage::new(Author::Operator, "Proszę o pilną odpowiedź.");
    private.to = Some(vec![ParticipantKind::Shop]);
    shop.world().write(&thread, private).expect("a message");
    shop.later(1);
    let mut public = NewMessage::new(Author::Operator, "Przekazaliśmy sprawę.");
    public.to = Some(vec![ParticipantKind::Shop, ParticipantKind::Customer]);
    shop.world().write(&thread, public).expect("a message");
    shop.later(1);
    shop.writes(&thread, Author::Shop, "Odpisuję z panelu.");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let mails = texts(&ticket, MessageKind::Mail);
    assert!(mails[0].starts_with("Jan K. (klient) · 23.11.2026 14:03 · #"), "{}", mails[0]);
    assert!(mails[1].starts_with("Empik (OPERATOR EMPIK, tylko do sklepu)"), "{}", mails[1]);
    assert!(mails[1].contains("Klient jej nie widzi"));
    assert!(mails[2].starts_with("Empik (OPERATOR EMPIK) ·"), "{}", mails[2]);
    assert!(mails[2].contains("Klient też ją widzi"));
    let comments = texts(&ticket, MessageKind::Comment);
    assert!(comments.iter().any(|c| c.contains("panel EmpikPlace") && c.ends_with("Odpisuję z panelu.")));
    assert!(texts(&ticket, MessageKind::Reply).is_empty(), "what came in never goes out again");
    assert!(shop.world().mails().is_empty(), "and nobody is e-mailed");
}

#[tokio::test]
async fn only_what_is_new_comes_over_with_its_history() {
    let shop = Shop::open().await;
    shop.world().set_time("2026-11-01T08:00:00Z".parse().expect("a time"));
    let old = shop.buyer_opens("dawno");
    shop.opens(NewThread::from_customer("C-2", "Ola", "nigdy nie wróci"));
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.tick().await;
    assert!(shop.tickets().is_empty(), "older conversations stay out");
    shop.writes(&old, Author::Customer, "wracam do sprawy");
    shop.settle().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    assert!(mails[0].contains("· wcześniejsza ·"), "{}", mails[0]);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["dawno", "wracam do sprawy"]);
}

#[tokio::test]
async fn a_backfill_and_no_history() {
    let shop = Shop::with(|settings| {
        settings.import.backfill = "5d".parse().expect("a backfill");
        settings.import.history = false;
    })
    .await;
    shop.world().set_time("2026-11-01T08:00:00Z".parse().expect("a time"));
    let thread = shop.buyer_opens("za dawno");
    shop.opens(NewThread::from_customer("C-2", "Ola", "zostaje"));
    shop.world().set_time("2026-11-20T08:00:00Z".parse().expect("a time"));
    shop.writes(&thread, Author::Customer, "trzy dni temu");
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.settle().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["trzy dni temu"]);
}

#[tokio::test]
async fn automatic_mails_of_the_shop_open_no_ticket_until_somebody_answers() {
    let shop = Shop::open().await;
    let mut mails = NewThread::from_customer("C-1", "Jan K.", "<p>Twoja faktura</p>");
    mails.from = Some(Author::Shop);
    let thread = shop.opens(mails);
    shop.settle().await;
    assert!(shop.tickets().is_empty());
    shop.writes(&thread, Author::Customer, "Dziękuję, ale to nie moja.");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!(texts(&ticket, MessageKind::Mail).len(), 1);
    assert!(texts(&ticket, MessageKind::Comment).iter().any(|c| c.ends_with("Twoja faktura")));
}

#[tokio::test]
async fn a_thread_of_more_than_100_messages_is_carried_whole() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("0");
    for n in 1..130 {
        shop.later(1);
        shop.writes(&thread, Author::Customer, &n.to_string());
    }
    shop.settle_clean().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    let expected: Vec<String> = (0..130).map(|n| n.to_string()).collect();
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), expected);
    assert_eq!(shop.requests("M10"), 1, "the list shows only the last 100");
}

#[tokio::test]
async fn hundreds_of_threads_over_many_pages_that_shift() {
    let shop = Shop::open().await;
    for n in 0..230 {
        shop.opens(NewThread::from_customer(&format!("C-{n}"), "Jan", &format!("pytanie {n}")));
        shop.later(1);
    }
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 230);
    assert_eq!(shop.world().customers().len(), 230);
}

#[tokio::test]
async fn two_threads_of_a_new_buyer_share_one_customer_although_the_search_lags() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.thulium.customer_search_lag_seconds = 150);
    shop.buyer_opens("pierwszy wątek");
    shop.opens(NewThread::from_customer("C-1", "Jan K.", "drugi wątek"));
    shop.tick().await;
    shop.stack.restart().expect("a fresh process");
    shop.opens(NewThread::from_customer("C-1", "Jan K.", "trzeci wątek, po chwili"));
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 3);
    assert_eq!(shop.world().customers().len(), 1);
}

#[tokio::test]
async fn a_crm_that_refuses_does_not_keep_the_message_away() {
    let shop = Shop::with(|settings| settings.thulium.customer_field = "Nie ma takiego pola".into()).await;
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!(ticket.customer_id, None);
    let card = &texts(&ticket, MessageKind::Comment)[0];
    assert!(card.contains("C-1") && card.contains("nie ma go w CRM"), "{card}");
}

#[tokio::test]
async fn settings_that_no_longer_fit_the_account_do_not_keep_the_message_away() {
    let shop = Shop::with(|settings| {
        settings.thulium.queue_id = Some(99);
        settings.thulium.category_id = Some(98);
        settings.thulium.thread_field = "Nie ma takiego pola".into();
    })
    .await;
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!(ticket.ticket_queue_id, 7, "the default queue of the mailbox");
    assert_eq!(ticket.tags, ["empikplace"], "only what was refused is left out");
}

#[tokio::test]
async fn files_come_along_on_the_first_and_on_later_messages() {
    for (response, comment) in [
        (twins::Undocumented::Accepted, twins::Undocumented::Ignored),
        (twins::Undocumented::Ignored, twins::Undocumented::Accepted),
        (twins::Undocumented::Rejected, twins::Undocumented::Accepted),
        (twins::Undocumented::Ignored, twins::Undocumented::Ignored),
        (twins::Undocumented::Rejected, twins::Undocumented::Rejected),
    ] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.response_attachments = response;
            s.thulium.comment_attachments = comment;
        });
        let mut opening = NewThread::from_customer("C-1", "Jan K.", "Zdjęcie w załączniku");
        opening.attachments =
            vec![NewFile::new("zdjęcie paczki.jpg", b"jpg"), NewFile::new("puste.txt", b"")];
        let thread = shop.opens(opening);
        shop.settle().await;
        let mut later = NewMessage::new(Author::Customer, "I jeszcze jedno");
        later.attachments = vec![NewFile::new("../../drugie \"zdjęcie\".png", b"png")];
        shop.world().write(&thread, later).expect("a message");
        shop.settle_clean().await;

        let ticket = shop.ticket();
        let tokens = ticket.messages.iter().flat_map(|m| &m.attachments);
        let names: Vec<String> = tokens.filter_map(|t| shop.world().file(t)).map(|f| f.name).collect();
        assert!(names.contains(&"zdjęcie paczki.jpg".to_owned()), "{names:?}");
        let arrived = names.iter().any(|name| name.ends_with(".png"));
        let told =
            texts(&ticket, MessageKind::Comment).iter().any(|c| c.contains("Są w rozmowie na EmpikPlace"));
        let possible = response == twins::Undocumented::Accepted || comment == twins::Undocumented::Accepted;
        assert_eq!((arrived, told), (possible, !possible), "{response:?} {comment:?}: {names:?}");
    }
}

#[tokio::test]
async fn a_ticket_that_thulium_takes_only_without_files_says_so() {
    let shop = Shop::open().await;
    let rule =
        json!({"side": "thulium", "operation": "POST tickets", "count": 4, "kind": "status", "code": 400});
    shop.world().add_fault(serde_json::from_value(rule).expect("a rule"));
    let mut opening = NewThread::from_customer("C-1", "Jan K.", "Zdjęcie w załączniku").about_order("1-A");
    opening.attachments = vec![NewFile::new("zdjęcie.jpg", b"jpg")];
    shop.opens(opening);
    shop.settle_clean().await;
    let mail = &texts(&shop.ticket(), MessageKind::Mail)[0];
    assert!(mail.contains("Thulium nie przyjęło plików do tej wiadomości"), "{mail}");
}

#[tokio::test]
async fn a_deleted_ticket_is_followed_by_a_new_one() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("jeden");
    shop.tick().await;
    shop.world().delete_ticket(shop.ticket().ticket_id).expect("deleted");
    shop.writes(&thread, Author::Customer, "dwa");
    shop.settle().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["dwa"]);
}

#[tokio::test]
async fn switching_off_and_on_again_loses_nothing_and_repeats_nothing() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("jeden");
    shop.settle().await;
    let mut settings = shop.stack.settings();
    settings.enabled = false;
    shop.stack.add_integration(&settings, shop.stack.secret()).await.expect("off");
    let row = shop.tick().await;
    assert_eq!((row["status"].as_str(), row["reason"].as_str()), (Some("skipped"), Some("disabled")));
    shop.writes(&thread, Author::Customer, "dwa");
    shop.opens(NewThread::from_customer("C-2", "Ola", "w międzyczasie"));
    shop.tick().await;
    assert_eq!(shop.tickets().len(), 1);
    settings.enabled = true;
    shop.stack.add_integration(&settings, shop.stack.secret()).await.expect("on");
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 2);
}
