//! Promise 8: a reply goes to whom it is for, and to nobody else.

use twins::{Author, NewMessage, NewThread, ParticipantKind};

use scenarios::shop::Shop;

#[tokio::test]
async fn a_reply_to_a_private_message_of_the_operator_goes_to_the_operator_alone() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let mut private = NewMessage::new(Author::Operator, "Dlaczego klient czeka?");
    private.to = Some(vec![ParticipantKind::Shop]);
    shop.world().write(&thread, private).expect("a message");
    shop.tick().await;
    shop.agent(ticket, "Wyjaśniamy to wewnętrznie.");
    shop.tick().await;
    shop.writes(&thread, Author::Customer, "Halo?");
    shop.tick().await;
    shop.agent(ticket, "Paczka jest w drodze.");
    shop.settle().await;
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Operator], [ParticipantKind::Customer]]);
}

#[tokio::test]
async fn a_conversation_with_the_operator_alone_is_answered_to_the_operator() {
    let shop = Shop::open().await;
    let mut thread = NewThread::from_customer("", "", "Proszę uzupełnić ofertę.");
    thread.customer = None;
    let thread = shop.opens(thread);
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "Uzupełnione.");
    shop.settle_clean().await;
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Operator]]);
}

#[tokio::test]
async fn the_operator_reads_along_where_that_is_set() {
    let shop = Shop::with(|settings| settings.replies.operator_copy = true).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle_clean().await;
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Customer, ParticipantKind::Operator]]);
}
