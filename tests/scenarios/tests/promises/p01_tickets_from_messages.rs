//! Promise 1: one ticket per conversation, later messages in order, a closed ticket comes back.

use twins::{Author, ClosedTicket, MessageKind};

use scenarios::shop::{Shop, below_header, texts};

#[tokio::test]
async fn later_messages_join_the_ticket_in_order_and_bring_it_back() {
    for closed in [ClosedTicket::Reopened, ClosedTicket::StaysClosed] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.thulium.closed_ticket = closed);
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
