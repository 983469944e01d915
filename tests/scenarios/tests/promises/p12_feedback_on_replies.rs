//! Promise 12: an agent learns what became of a reply.

use bridge::conversation::Key;
use bridge::ledger::{Ledger, Write};
use twins::{Author, MessageKind};

use scenarios::shop::{Shop, texts};

#[tokio::test]
async fn a_reply_that_cannot_go_out_comes_back_to_the_agent() {
    for (body, why) in
        [("ok", "mniej niż 3 znaki"), ("", "mniej niż 3 znaki"), (&"ą".repeat(50_001), "50 000")]
    {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, body);
        shop.settle().await;
        assert!(shop.sent(&thread).is_empty());
        assert_eq!(shop.parked().await, 1);
        let ticket = shop.ticket();
        let told: Vec<String> =
            texts(&ticket, MessageKind::Comment).into_iter().filter(|c| c.contains(why)).collect();
        assert_eq!(told.len(), 1, "told once");
        assert_eq!(ticket.status_id, 1, "before the agents again");
        // What follows is not held back.
        shop.agent(ticket.ticket_id, "Dłuższa odpowiedź");
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Dłuższa odpowiedź"]);
    }
}

#[tokio::test]
async fn a_refusal_of_empikplace_is_told_in_its_own_words() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world().switch(|s| s.empikplace.messages_per_thread = 1);
    shop.agent(shop.ticket().ticket_id, "Odpowiedź, która się nie zmieści");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert!(comments.iter().any(|c| c.contains("EmpikPlace odpowiada:")), "{comments:?}");
}

#[tokio::test]
async fn receipts_where_they_are_set() {
    let shop = Shop::with(|settings| settings.replies.receipts = true).await;
    shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle_clean().await;
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert_eq!(comments.iter().filter(|c| c.contains("dostarczono na EmpikPlace")).count(), 1);
}

#[tokio::test]
async fn a_receipt_comes_once_whatever_becomes_of_the_calls() {
    for (side, operation, fault) in [
        ("empikplace", "M12", "lost_answer"),
        ("empikplace", "M12", "garbage_body"),
        ("thulium", "POST tickets/:id/comment", "lost_answer"),
        ("thulium", "POST tickets/:id/comment", "refuse"),
    ] {
        let shop = Shop::with(|settings| settings.replies.receipts = true).await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.settle_clean().await;
        let rule = format!(r#"{{"side":"{side}","operation":"{operation}","nth":1,"kind":"{fault}"}}"#);
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        shop.agent(shop.ticket().ticket_id, "W drodze.");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["W drodze."]);
        let comments = texts(&shop.ticket(), MessageKind::Comment);
        let receipts = comments.iter().filter(|c| c.contains("dostarczono na EmpikPlace 23.11.2026 14:"));
        assert_eq!(receipts.count(), 1, "{operation} {fault}: {comments:?}");
    }
}

#[tokio::test]
async fn every_name_of_the_comment_parameter_brings_the_reason_to_the_agent() {
    for name in ["comment", "content", "body", "text", "message"] {
        let shop = Shop::open().await;
        shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.world().switch(|s| s.thulium.comment_parameter = name.into());
        shop.agent(shop.ticket().ticket_id, "ok");
        shop.settle().await;
        let told = texts(&shop.ticket(), MessageKind::Comment);
        let told = told.iter().filter(|c| c.contains("Powód:") && c.contains("Co zrobić:")).count();
        assert_eq!(told, 1, "{name}");
    }
}

#[tokio::test]
async fn every_refusal_is_told_however_often_a_person_tries_again() {
    let shop = Shop::open().await;
    shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world().switch(|s| s.empikplace.messages_per_thread = 1);
    shop.agent(shop.ticket().ticket_id, "Odpowiedź, która się nie zmieści");
    shop.settle().await;
    for times in 1..=4 {
        let told = texts(&shop.ticket(), MessageKind::Comment);
        assert_eq!(told.iter().filter(|c| c.contains("NIE dotarła")).count(), times);
        let parked = shop.stack.parked(&shop.id).await.expect("the ledger");
        let key = Key { integration: shop.id.clone(), thread: parked[0].thread.clone() };
        let loaded = shop.stack.ledger().load(&key).await.expect("the ledger");
        let mut delivery = loaded.deliveries.into_iter().next().expect("a delivery");
        assert!(delivery.queue_again(shop.world().now()));
        let written = shop.stack.ledger().save_delivery(&delivery, "a person").await.expect("the ledger");
        assert_eq!(written, Write::Done);
        shop.settle().await;
    }
}

#[tokio::test]
async fn a_reply_under_way_from_a_ticket_that_was_replaced_is_not_forgotten() {
    // Looked for every minute, or put off for longer and longer: beside the new ticket, or after it.
    for fault in [r#""kind":"status","code":503"#, r#""kind":"refuse""#] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let rule = format!(r#"{{"side":"empikplace","operation":"M12",{fault}}}"#);
        let down = shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "W drodze.");
        for _ in 0..12 {
            shop.tick().await;
        }
        assert_eq!(shop.stack.waiting(&shop.id).await.expect("the ledger").len(), 1, "it is under way");
        shop.world().delete_ticket(ticket).expect("deleted");
        shop.writes(&thread, Author::Customer, "Halo?");
        shop.tick().await;
        assert_eq!(shop.tickets().len(), 1, "another ticket");
        assert!(shop.world().remove_fault(down));
        shop.settle().await;
        assert_eq!(shop.parked().await, 1, "set aside where a person sees it");
    }
}
