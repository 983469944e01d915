//! Promise 5: the order beside the conversation, and its changes while the ticket is open.

use serde_json::{Value, json};
use twins::{ClosedTicket, Entity, MessageKind, NewThread};

use scenarios::shop::{Shop, below_header, texts};

fn order(shop: &Shop, order: Value) {
    shop.world().put_order(order).expect("an order");
}

async fn minutes(shop: &Shop, count: usize) {
    for _ in 0..count {
        shop.tick().await;
    }
}

/// Quarters of an hour, with a look at the watched orders in each.
async fn looks(shop: &Shop, count: usize) {
    for _ in 0..count {
        shop.later(14 * 60);
        shop.tick().await;
    }
}

/// Comments about orders that changed, or whose card was owed.
fn told(shop: &Shop) -> Vec<String> {
    let comments = texts(&shop.ticket(), MessageKind::Comment).into_iter();
    comments.filter(|c| c.starts_with("Zmiana zamówienia") || c.starts_with("Karta zamówienia")).collect()
}

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
async fn everything_an_agent_asks_for_stands_in_the_card() {
    let shop = Shop::with(|settings| {
        settings.empikplace.conversation_link = "https://marketplace.empik.com/rozmowa/{thread_id}".into();
    })
    .await;
    order(
        &shop,
        json!({
            "order_id": "1-A", "order_state": "SHIPPED", "total_price": 40, "currency_iso_code": "PLN",
            "shipping_type_label": "Paczkomat", "shipping_company": "InPost", "shipping_tracking": "62001",
            "shipping_tracking_url": "https://inpost.pl/62001", "shipping_deadline": "2026-11-25T22:59:00Z",
            "delivery_date": { "latest": "2026-11-27T22:59:00Z" },
            "order_lines": [
                { "product_title": "<b>Kubek</b> &amp; spodek ☕", "offer_sku": "KUB-1", "quantity": 2, "total_price": 30, "order_line_state": "SHIPPED" },
                { "product_title": "Łyżka", "offer_sku": "LYZ", "quantity": 1, "total_price": 10, "order_line_state": "REFUNDED" },
            ],
        }),
    );
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let card = &texts(&ticket, MessageKind::Comment)[0];
    for fact in [
        "Zamówienie: 1-A (wysłane)",
        "https://marketplace.empik.com/mmp/shop/order/1-A",
        "- 2 × Kubek & spodek ☕ · SKU KUB-1 · 30,00 PLN",
        "- 1 × Łyżka · SKU LYZ · 10,00 PLN · zwrócono pieniądze",
        "Razem: 40,00 PLN",
        "Incydent: brak",
        "Dostawa: Paczkomat",
        "Przesyłka: InPost 62001 https://inpost.pl/62001",
        "Termin wysyłki: 25.11.2026 23:59",
        "Termin dostawy: 27.11.2026 23:59",
        &format!("Rozmowa: https://marketplace.empik.com/rozmowa/{thread}"),
    ] {
        assert!(card.contains(fact), "{fact} in {card}");
    }
    assert_eq!(ticket.custom_fields["Empik produkty"], "2× Kubek & spodek ☕; 1× Łyżka");
    assert!(ticket.custom_fields["Empik rozmowa"].ends_with(&thread));
}

#[tokio::test]
async fn several_orders_and_one_that_cannot_be_read() {
    let shop = Shop::open().await;
    order(&shop, json!({ "order_id": "1-A", "order_lines": [{ "product_title": "Kubek", "quantity": 1 }] }));
    order(&shop, json!({ "order_id": "1-B", "order_lines": [{ "product_title": "Talerz", "quantity": 6 }] }));
    let thread = NewThread::from_customer("C-1", "Jan K.", "Oba zamówienia");
    shop.opens(thread.about_order("1-A").about_order("1-B").about_order("1-C"));
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!(ticket.custom_fields["Empik zamówienie"], "1-A, 1-B, 1-C");
    assert_eq!(ticket.subject, "EmpikPlace 1-A, 1-B: Pytanie o zamówienie");
    let card = &texts(&ticket, MessageKind::Comment)[0];
    for fact in ["1 × Kubek", "6 × Talerz", "Zamówienie: 1-C", "nie udało się odczytać", "order/1-C"] {
        assert!(card.contains(fact), "{fact} in {card}");
    }
    assert_eq!(shop.requests("OR11"), 1, "all in one call");
}

#[tokio::test]
async fn an_offer_in_place_of_an_order() {
    let shop = Shop::open().await;
    let mut thread = NewThread::from_customer("C-1", "Jan K.", "Czy jest czerwony?");
    thread.entities = vec![Entity { kind: "MMP_OFFER".into(), id: "77".into(), label: "Czajnik".into() }];
    shop.opens(thread);
    shop.settle_clean().await;
    let card = &texts(&shop.ticket(), MessageKind::Comment)[0];
    assert!(card.contains("Oferta: Czajnik"), "{card}");
    assert_eq!(shop.requests("OR11"), 0);
}

#[tokio::test]
async fn an_order_of_300_lines_is_cut_and_says_so() {
    let shop = Shop::open().await;
    let line =
        |n| json!({ "product_title": format!("Produkt {n}"), "offer_sku": format!("S-{n}"), "quantity": 1 });
    order(&shop, json!({ "order_id": "1-A", "order_lines": (0..300).map(line).collect::<Vec<_>>() }));
    shop.buyer_opens("Gdzie reszta?");
    shop.settle_clean().await;
    let card = &texts(&shop.ticket(), MessageKind::Comment)[0];
    assert_eq!(card.matches("- 1 × Produkt").count(), 30);
    assert!(card.contains("… i jeszcze 270 pozycji"), "{card}");
}

#[tokio::test]
async fn a_change_of_state_parcel_or_incident_is_told_once() {
    for parameter in ["comment", "text"] {
        let shop = Shop::open().await;
        shop.world()
            .patch_switches(&json!({ "thulium": { "comment_parameter": parameter } }))
            .expect("a switch");
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
        shop.buyer_opens("Gdzie paczka?");
        looks(&shop, 2).await;
        assert!(told(&shop).is_empty(), "nothing changed");
        order(
            &shop,
            json!({ "order_id": "1-A", "order_state": "SHIPPED", "shipping_company": "InPost", "shipping_tracking": "62001" }),
        );
        looks(&shop, 3).await;
        let first = told(&shop);
        assert_eq!(first.len(), 1, "{first:?}");
        for fact in ["Zamówienie: 1-A", "Stan: wysłane", "Przesyłka: InPost 62001"] {
            assert!(first[0].contains(fact), "{fact} in {}", first[0]);
        }
        assert!(!first[0].contains("ncydent"), "{}", first[0]);
        order(&shop, json!({ "order_id": "1-A", "has_incident": true }));
        shop.stack.restart().expect("a fresh process");
        looks(&shop, 1).await;
        assert!(below_header(&told(&shop)[1]).ends_with("! Otwarto incydent"), "{:?}", told(&shop));
        order(&shop, json!({ "order_id": "1-A", "has_incident": false, "total_price": 12 }));
        looks(&shop, 1).await;
        assert!(below_header(&told(&shop)[2]).ends_with("Incydent zamknięto"), "{:?}", told(&shop));
        shop.settle_clean().await;
        assert_eq!(told(&shop).len(), 3);
        let calls = shop.requests("OR11");
        minutes(&shop, 14).await;
        assert!(shop.requests("OR11") <= calls + 1, "a look every quarter of an hour");
    }
}

#[tokio::test]
async fn a_closed_ticket_is_told_once_it_is_open_again() {
    for closed in [ClosedTicket::Reopened, ClosedTicket::StaysClosed] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.thulium.closed_ticket = closed);
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
        let thread = shop.buyer_opens("Gdzie paczka?");
        minutes(&shop, 2).await;
        shop.world().close_ticket(shop.ticket().ticket_id).expect("closed");
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPED" }));
        looks(&shop, 4).await;
        assert!(told(&shop).is_empty(), "the ticket is closed");
        assert_eq!(shop.ticket().status_id, 4);
        shop.writes(&thread, twins::Author::Customer, "Jest tu kto?");
        looks(&shop, 2).await;
        assert_eq!(told(&shop).len(), 1);
        shop.settle_clean().await;
    }
}

#[tokio::test]
async fn a_card_that_had_to_stay_bare_is_completed() {
    let shop = Shop::open().await;
    let rule = json!({ "side": "empikplace", "operation": "OR11", "kind": "status", "code": 500 });
    let down = shop.world().add_fault(serde_json::from_value(rule).expect("a rule"));
    order(&shop, json!({ "order_id": "1-A", "order_lines": [{ "product_title": "Kubek", "quantity": 2 }] }));
    shop.buyer_opens("Gdzie paczka?");
    minutes(&shop, 6).await;
    assert!(texts(&shop.ticket(), MessageKind::Comment)[0].contains("nie udało się odczytać"));
    assert!(shop.world().remove_fault(down));
    looks(&shop, 2).await;
    let told = told(&shop);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Karta zamówienia") && told[0].contains("2 × Kubek"), "{}", told[0]);
    shop.settle_clean().await;
}

#[tokio::test]
async fn watching_ends_after_the_days_that_are_set_and_can_be_switched_off() {
    for days in [0, 1] {
        let shop = Shop::with(|settings| settings.empikplace.order_watch_days = days).await;
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
        shop.buyer_opens("Gdzie paczka?");
        minutes(&shop, 2).await;
        shop.later(24 * 3600);
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPED" }));
        let calls = shop.requests("OR11");
        looks(&shop, 3).await;
        assert!(told(&shop).is_empty());
        assert_eq!(shop.requests("OR11"), calls, "nothing is asked for");
    }
}

#[tokio::test]
async fn more_watched_orders_than_one_call_gives_are_looked_at_in_turn() {
    let shop = Shop::open().await;
    let state = |state: &str| {
        for n in 0..52 {
            for part in ["A", "B"] {
                order(&shop, json!({ "order_id": format!("{n}-{part}"), "order_state": state }));
            }
        }
    };
    state("SHIPPING");
    for n in 0..52 {
        let thread = NewThread::from_customer("C-1", "Jan", "pytanie");
        shop.opens(thread.about_order(&format!("{n}-A")).about_order(&format!("{n}-B")));
    }
    shop.tick().await;
    // Four orders did not fit into the call that the tickets were opened with.
    looks(&shop, 2).await;
    let owed = |ticket: &twins::Ticket| {
        texts(ticket, MessageKind::Comment).iter().filter(|c| c.starts_with("Karta zamówienia")).count()
    };
    assert_eq!(shop.tickets().iter().map(owed).sum::<usize>(), 2);
    state("SHIPPED");
    let calls = shop.requests("OR11");
    looks(&shop, 2).await;
    let changes = |ticket: &twins::Ticket| {
        texts(ticket, MessageKind::Comment).iter().filter(|c| c.starts_with("Zmiana zamówienia")).count()
    };
    assert_eq!(shop.tickets().iter().map(changes).collect::<Vec<_>>(), [1; 52]);
    assert_eq!(shop.requests("OR11") - calls, 2, "one call a look");
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_for_a_while_is_told_later_and_a_deleted_one_is_let_go() {
    let shop = Shop::open().await;
    order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
    shop.buyer_opens("Gdzie paczka?");
    looks(&shop, 1).await;
    order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPED" }));
    let rule = json!({ "side": "thulium", "operation": "GET tickets/:id", "kind": "status", "code": 500 });
    let down = shop.world().add_fault(serde_json::from_value(rule).expect("a rule"));
    looks(&shop, 2).await;
    assert!(shop.world().remove_fault(down));
    looks(&shop, 2).await;
    assert_eq!(told(&shop).len(), 1);

    shop.world().delete_ticket(shop.ticket().ticket_id).expect("deleted");
    order(&shop, json!({ "order_id": "1-A", "order_state": "RECEIVED" }));
    looks(&shop, 2).await;
    let (reads, orders) = (shop.requests("GET tickets/:id"), shop.requests("OR11"));
    looks(&shop, 3).await;
    assert_eq!((shop.requests("GET tickets/:id"), shop.requests("OR11")), (reads, orders));
}

#[tokio::test]
async fn a_comment_that_fails_is_tried_again_and_one_that_is_refused_is_not() {
    for (fault, comments) in [(r#""count":3,"kind":"refuse""#, 1), (r#""kind":"status","code":403"#, 0)] {
        let shop = Shop::open().await;
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
        shop.buyer_opens("Gdzie paczka?");
        looks(&shop, 1).await;
        let rule = format!(r#"{{"side":"thulium","operation":"POST tickets/:id/comment",{fault}}}"#);
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPED" }));
        looks(&shop, 8).await;
        let asked = shop.requests("POST tickets/:id/comment");
        looks(&shop, 3).await;
        assert_eq!(told(&shop).len(), comments, "{fault}");
        assert_eq!(shop.requests("POST tickets/:id/comment"), asked, "{fault}: no more than it takes");
        assert_eq!(shop.parked().await, 0);
    }
}

#[tokio::test]
async fn a_comment_that_may_have_arrived_is_looked_for_before_it_is_written_again() {
    for (at, gone) in [("before", false), ("after", false), ("after", true)] {
        let shop = Shop::open().await;
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPING" }));
        shop.buyer_opens("Gdzie paczka?");
        looks(&shop, 1).await;
        let fault = |rule: Value| shop.world().add_fault(serde_json::from_value(rule).expect("a rule"));
        fault(json!({
            "side": "thulium", "operation": "POST tickets/:id/comment", "nth": 1, "kind": "status", "code": 500, "at": at,
        }));
        order(&shop, json!({ "order_id": "1-A", "order_state": "SHIPPED" }));
        looks(&shop, 1).await;
        let rule =
            json!({ "side": "thulium", "operation": "GET tickets/:id", "kind": "status", "code": 500 });
        let unread = fault(rule);
        looks(&shop, 2).await;
        assert!(shop.world().remove_fault(unread));
        if gone {
            shop.world().delete_ticket(shop.ticket().ticket_id).expect("deleted");
            shop.settle().await;
            assert_eq!(shop.parked().await, 0, "nobody is left to be told");
        } else {
            looks(&shop, 3).await;
            assert_eq!(told(&shop).len(), 1, "{at}");
        }
    }
}
