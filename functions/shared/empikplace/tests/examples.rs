//! The examples from Mirakl's published seller `OpenAPI` document, which omit and null fields that the
//! document lists as required, and what is read from them.

#![allow(clippy::expect_used, reason = "helpers of tests")]

mod seller;

use empikplace::model::{OPERATOR, SHOP};
use empikplace::{Start, ThreadQuery};
use jiff::Timestamp;
use seller::{Seller, answer};
use serde_json::json;

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().expect("a time"))
}

async fn serving(body: &str) -> Seller {
    Seller::answering(answer(200, body)).await
}

#[tokio::test]
async fn m10() {
    let seller = serving(include_str!("fixtures/m10.json")).await;
    let thread = seller.client.thread("x").await.expect("a thread");
    assert_eq!(thread.id, "702c3e56-dcca-41e2-b6bd-72ba3fa809be");
    assert_eq!(thread.topic.value, "Questions about my order");
    assert!(!thread.topic.is_reason_code());
    assert_eq!(thread.entities.len(), 1);
    assert_eq!(thread.entities[0].kind, "Entity type");
    assert!(thread.order_ids().is_empty());
    assert_eq!(thread.authorized_participants.len(), 2);
    assert!(thread.authorized_participants[0].is_shop() && thread.authorized_participants[1].is_customer());
    assert_eq!(thread.authorized(SHOP).and_then(|p| p.id.as_deref()), Some("Shop id"));
    assert_eq!(thread.authorized(OPERATOR), None);
    assert_eq!(thread.current_participants, thread.authorized_participants);
    let organization = thread.customer_organization.as_ref().expect("an organization");
    assert_eq!(organization.id.as_deref(), Some("customer-org-id"));
    assert_eq!(thread.date_created, at("2018-10-02T08:36:36.479Z"));
    assert_eq!(thread.date_updated, at("2018-10-03T09:40:17.241Z"));
    assert_eq!(thread.metadata.total_count, Some(2));
    assert_eq!(thread.metadata.last_message_date, thread.date_updated);
    assert_eq!(thread.metadata.shop_reply_needed_since, None);
    assert!(thread.metadata.last_sender.as_ref().is_some_and(|s| s.is_shop()));

    assert_eq!(thread.messages.unreadable, 0);
    let [question, reply] = &thread.messages.items[..] else {
        panic!("two messages");
    };
    assert_eq!(question.id, "df4a3163-a44b-4c5f-8380-faebfa43ca68");
    assert!(question.body.starts_with("Hello, I have recently"));
    assert_eq!(question.date_created, thread.date_created);
    assert!(question.from.is_customer());
    assert_eq!(question.from.name(), "Customer display name");
    assert!(question.to[0].is_shop());
    assert!(question.attachments.is_empty());
    assert_eq!(reply.from.name(), "Shop display name");
    assert_eq!(reply.from.display_name, "Shop user display name");
    assert!(reply.to[0].is_customer());
    assert_eq!(reply.attachments.len(), 2);
    assert_eq!(reply.attachments[1].id, "983fd83f-0b39-4bdf-9932-bd774ab66ce4");
    assert_eq!(reply.attachments[1].name, "Tarif");
    assert_eq!(reply.attachments[1].size, Some(10));
}

#[tokio::test]
async fn m11() {
    let seller = serving(include_str!("fixtures/m11.json")).await;
    let query = ThreadQuery::Start(Start::default());
    let page = seller.client.threads(&query).await.expect("a page");
    assert_eq!((page.threads.len(), page.unreadable), (1, 0));
    let token = page.next.expect("a token");
    assert!(token.starts_with("bGltaXQ9NTAm") && token.ends_with("BTkuSY="));
    let thread = &page.threads[0];
    assert_eq!(thread.date_updated, at("2018-09-03T13:37:00Z"));
    assert_eq!(thread.metadata.total_count, Some(2));
    assert!(thread.messages.items.is_empty());
}

#[tokio::test]
async fn or11() {
    let seller = serving(include_str!("fixtures/or11.json")).await;
    let found = seller.client.orders(&["Order_00010-A".to_owned()]).await.expect("orders");
    assert_eq!((found.items.len(), found.unreadable), (1, 0));
    let order = &found.items[0];
    assert_eq!(order.order_id, "Order_00010-A");
    assert_eq!(order.commercial_id, "Order_00010");
    assert_eq!(order.order_state, "RECEIVED");
    assert_eq!(order.created_date, at("2019-04-02T14:18:43Z"));
    assert_eq!(order.last_updated_date, at("2019-04-02T14:59:58Z"));
    assert_eq!(order.total_price.as_deref(), Some("173"));
    assert_eq!(order.currency_iso_code, "USD");
    assert!(!order.has_incident && !order.has_invoice);
    assert_eq!(order.customer.customer_id.as_deref(), Some("Customer_id_001"));
    assert_eq!(order.customer.firstname, "Smith");
    assert_eq!(order.customer.lastname, "Taylor");
    assert_eq!(order.customer.locale, "en_US");
    assert_eq!(order.shipping_type_label, "Standard");
    assert_eq!(order.shipping_company, "UPS");
    assert_eq!(order.shipping_tracking, "2344");
    assert!(order.shipping_tracking_url.ends_with("trackNums=2344"));
    assert_eq!(order.shipping_deadline, at("2019-09-01T23:59:59.999Z"));
    assert_eq!(order.delivery_date.earliest, at("2019-09-02T08:07:22.326Z"));
    assert_eq!(order.delivery_date.latest, at("2019-09-03T08:07:22.326Z"));
    assert_eq!(order.order_lines.len(), 1);
    let line = &order.order_lines[0];
    assert_eq!(line.order_line_id, "Order_00010-A-1");
    assert_eq!(line.order_line_state, "RECEIVED");
    assert_eq!(line.order_line_state_reason_label, "");
    assert!(line.product_title.starts_with("Breville Cafe Roma"));
    assert_eq!(line.offer_sku, "S2000");
    assert_eq!(line.quantity, Some(3));
    assert_eq!(line.price_unit.as_deref(), Some("55"));
    assert_eq!(line.total_price.as_deref(), Some("173"));
}

#[tokio::test]
async fn re01() {
    let seller = serving(include_str!("fixtures/re01.json")).await;
    let reasons = seller.client.reasons(None).await.expect("reasons");
    assert_eq!((reasons.items.len(), reasons.unreadable), (8, 0));
    let reason = &reasons.items[3];
    assert_eq!(reason.code, "26");
    assert_eq!(reason.label, "Other question");
    assert_eq!(reason.kind, "ORDER_MESSAGING");
    assert!(reason.is_shop_right && !reasons.items[0].is_shop_right);
}

#[tokio::test]
async fn a01() {
    let seller = serving(include_str!("fixtures/a01.json")).await;
    let account = seller.client.account().await.expect("an account");
    assert_eq!(account.shop_id, Some(2000));
    assert_eq!(account.shop_name, "ACME SHOP");
    assert_eq!(account.shop_state, "OPEN");
    assert_eq!(account.suspension_type, None);
    assert_eq!(account.currency_iso_code, "USD");
}

#[tokio::test]
async fn a_thread_of_nulls_is_a_thread() {
    let body = json!({
        "id": 7, "topic": null, "entities": null, "authorized_participants": null,
        "current_participants": [null], "customer_organization": null, "date_created": null,
        "date_updated": "soon", "no_store_reply_needed": null,
        "metadata": {"total_count": "3", "last_message_date": null, "last_sender": null},
        "messages": [{"id": "m", "body": null, "date_created": null, "from": null, "to": null,
                      "attachments": [{"id": null, "name": null, "size": "12"}]}],
    });
    let thread = serving(&body.to_string()).await.client.thread("7").await.expect("a thread");
    assert_eq!(thread.id, "7");
    assert_eq!(thread.date_updated, None);
    assert_eq!(thread.metadata.total_count, Some(3));
    let message = &thread.messages.items[0];
    assert_eq!((message.body.as_str(), message.from.name()), ("", ""));
    assert!(!message.from.is_customer() && !message.from.is_shop() && !message.from.is_operator());
    assert_eq!((message.attachments[0].id.as_str(), message.attachments[0].size), ("", Some(12)));
}

#[tokio::test]
async fn messages_are_sorted_by_date_then_id() {
    let body = json!({"id": "t", "messages": [
        {"id": "e"},
        {"id": "d", "date_created": "2018-10-03T09:40:17Z"},
        {"id": "b", "date_created": "2018-10-02T10:36:36.000+02:00"},
        {"id": "c", "date_created": "2018-10-02T08:36:36.479Z"},
        {"id": "a", "date_created": "2018-10-02T08:36:36Z"},
    ]});
    let thread = serving(&body.to_string()).await.client.thread("t").await.expect("a thread");
    let ids: Vec<&str> = thread.messages.items.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn the_order_need_not_come_first() {
    let body = json!({"id": "t", "entities": [
        {"type": "MMP_OFFER", "id": "9"},
        {"type": "MMP_ORDER", "id": ""},
        {"type": "MMP_ORDER", "id": "A-1", "label": "A"},
        {"type": "MMP_ORDER", "id": "A-1"},
        {"type": "MMP_ORDER", "id": 12},
    ]});
    let thread = serving(&body.to_string()).await.client.thread("t").await.expect("a thread");
    assert_eq!(thread.order_ids(), ["A-1", "12"]);
}

#[tokio::test]
async fn a_blank_party_name_does_not_hide_the_persons() {
    let body = json!({"id": "t", "messages": [{"id": "m", "from": {
        "type": "OPERATOR_USER", "display_name": "Anna", "organization_details": {"display_name": " "},
    }}]});
    let thread = serving(&body.to_string()).await.client.thread("t").await.expect("a thread");
    let sender = &thread.messages.items[0].from;
    assert!(sender.is_operator());
    assert_eq!(sender.name(), "Anna");
}
