//! Promise 11: tickets from EmpikPlace can be filtered by tag, by source and by custom field.

use scenarios::shop::Shop;

#[tokio::test]
async fn tag_source_and_custom_field_tell_where_a_ticket_comes_from() {
    let shop = Shop::with(|settings| {
        settings.thulium.tags = vec!["empikplace".into(), "sklep-a".into()];
        settings.thulium.source = "chat".into();
    })
    .await;
    let thread = shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!(ticket.tags, ["empikplace", "sklep-a"]);
    assert_eq!(ticket.source, "chat");
    assert_eq!(ticket.custom_fields["Empik wątek"], thread);
    assert_eq!(ticket.custom_fields["Empik zamówienie"], "1-A");
}

#[tokio::test]
async fn a_source_that_the_account_does_not_know_is_left_out_alone() {
    let shop = Shop::with(|settings| settings.thulium.source = "empikplace".into()).await;
    shop.buyer_opens("pytanie");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    assert_eq!((ticket.source.as_str(), ticket.category_id), ("email", Some(3)));
    assert_eq!(ticket.custom_fields.len(), 3, "every field that has a value");
}
