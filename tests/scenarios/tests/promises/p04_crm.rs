//! Promise 4: the buyer is found or created in the CRM, once, and a CRM that refuses keeps no message
//! away.

use serde_json::json;
use twins::{MessageKind, NewThread, UnknownName};

use scenarios::shop::{Shop, texts};

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
async fn a_field_that_the_crm_ignores_ties_nobody_to_a_stranger() {
    let shop = Shop::with(|settings| settings.thulium.customer_field = "Nie ma takiego pola".into()).await;
    shop.world().switch(|s| s.thulium.unknown_customer_field = UnknownName::Ignored);
    shop.buyer_opens("pytanie");
    shop.opens(NewThread::from_customer("C-2", "Ola", "inne"));
    shop.settle_clean().await;
    let ids: Vec<_> = shop.tickets().iter().map(|ticket| ticket.customer_id).collect();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn without_creation_the_ticket_shows_the_id_and_says_who_is_not_in_the_crm() {
    let shop = Shop::with(|settings| settings.thulium.create_customers = false).await;
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    assert!(shop.world().customers().is_empty());
    let ticket = shop.ticket();
    assert_eq!(ticket.customer_id, None);
    let card = &texts(&ticket, MessageKind::Comment)[0];
    assert!(card.contains("C-1") && card.contains("nie ma go w CRM"), "{card}");
}

#[tokio::test]
async fn a_crm_without_permission_shows_the_id_too() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.thulium.forbidden = ["POST customers".to_owned()].into());
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let card = &texts(&shop.ticket(), MessageKind::Comment)[0];
    assert!(card.contains("C-1") && card.contains("nie ma go w CRM"), "{card}");
}

#[tokio::test]
async fn of_several_records_the_oldest_is_taken_with_a_warning() {
    let shop = Shop::open().await;
    let url = format!("{}/api/customers", shop.stack.twins().thulium());
    for name in ["Pierwsza", "Druga"] {
        let customer = json!({ "surname": name, "custom_fields": { "Empik ID": "C-1" } });
        let request = wire::client(wire::Reach::Anywhere)
            .expect("a client")
            .post(&url)
            .basic_auth("api", Some("thulium-pass"));
        let request = request.header("content-type", "application/json").body(customer.to_string());
        assert!(request.send().await.expect("an answer").status().is_success());
    }
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let customers = shop.world().customers();
    assert_eq!(customers.len(), 2, "none is created");
    let ticket = shop.ticket();
    assert_eq!(ticket.customer_id, customers.iter().map(|customer| customer.customer_id).min());
    let card = &texts(&ticket, MessageKind::Comment)[0];
    assert!(card.contains("W CRM jest kilka kart tego klienta"), "{card}");
}

#[tokio::test]
async fn a_record_that_was_deleted_meanwhile_keeps_no_message_away() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.thulium.refused_ticket_parts = ["customer_id".to_owned()].into());
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!((ticket.customer_id, ticket.ticket_queue_id, ticket.category_id), (None, 7, Some(3)));
    let card = &texts(&ticket, MessageKind::Comment)[0];
    assert!(card.contains("C-1") && card.contains("nie ma go w CRM"), "{card}");
}
