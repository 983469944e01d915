//! Promise 10: automatic replies, of Thulium's queues and of the bridge's own.

use twins::NewThread;

use scenarios::shop::Shop;

#[tokio::test]
async fn automatic_replies_go_out_once_a_day_and_never_to_the_operator() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
    shop.tick().await;
    shop.world().automatic_reply(ticket, "Nadal pracujemy nad odpowiedzią.", "").expect("a reply");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Odpowiemy w ciągu 24 godzin."]);

    let mut private = NewThread::from_customer("", "", "Wiadomość od Empik");
    private.customer = None;
    let private = shop.opens(private);
    shop.tick().await;
    let ticket = shop.tickets().last().expect("a ticket").ticket_id;
    shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
    shop.settle().await;
    assert!(shop.sent(&private).is_empty());
}

#[tokio::test]
async fn automatic_replies_stay_inside_where_that_is_set() {
    let shop = Shop::with(|settings| settings.replies.automatic = false).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world()
        .automatic_reply(shop.ticket().ticket_id, "Odpowiemy w ciągu 24 godzin.", "")
        .expect("a reply");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
}
