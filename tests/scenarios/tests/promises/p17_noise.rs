//! Promise 17: the shop's automatic mails open no ticket, and what needs no reply brings none back.

use twins::{Author, ClosedTicket, MessageKind, NewThread, ParticipantKind};

use scenarios::shop::{Shop, below_header, texts};

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
async fn a_thread_that_needs_no_reply_does_not_bring_its_ticket_back() {
    for closed in [ClosedTicket::Reopened, ClosedTicket::StaysClosed] {
        for bumps in [false, true] {
            let shop = Shop::open().await;
            shop.world().switch(|s| {
                s.thulium.closed_ticket = closed;
                s.empikplace.no_reply_needed_bumps = bumps;
            });
            let thread = shop.buyer_opens("Gdzie paczka?");
            shop.tick().await;
            let id = shop.ticket().ticket_id;
            shop.agent(id, "Doręczona.");
            shop.tick().await;
            shop.world().close_ticket(id).expect("closed");
            shop.writes(&thread, Author::Customer, "Dziękuję!");
            shop.later(5);
            shop.world().no_reply_needed(&thread, ParticipantKind::Shop).expect("a click");
            shop.settle_clean().await;
            let ticket = shop.ticket();
            assert_eq!(ticket.status_id, 4, "it stays closed");
            let comments = texts(&ticket, MessageKind::Comment);
            let thanks = comments.iter().filter(|c| below_header(c) == "Dziękuję!").collect::<Vec<_>>();
            assert_eq!(thanks.len(), 1);
            assert!(thanks[0].starts_with("Jan K. (klient)"), "{}", thanks[0]);
            shop.writes(&thread, Author::Customer, "A jednak nie dotarła.");
            shop.settle_clean().await;
            assert_eq!(shop.ticket().status_id, 1, "a question does");
        }
    }
}

#[tokio::test]
async fn no_reply_needed_on_an_open_ticket_changes_nothing() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.writes(&thread, Author::Customer, "Już jest, dziękuję!");
    shop.world().no_reply_needed(&thread, ParticipantKind::Shop).expect("a click");
    shop.settle_clean().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    assert_eq!(mails.len(), 2);
    assert_eq!(shop.ticket().status_id, 1);
}

#[tokio::test]
async fn a_closed_ticket_that_takes_no_comment_is_rather_brought_back_than_left_without_the_message() {
    // Refused for good; or accepted without an answer, and then no second time as something else.
    for (refusal, as_mail) in [(r#""code":403"#, 2), (r#""nth":1,"code":500,"at":"after""#, 1)] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let id = shop.ticket().ticket_id;
        shop.agent(id, "Doręczona.");
        shop.settle_clean().await;
        shop.world().close_ticket(id).expect("closed");
        let rule = format!(
            r#"{{"side":"thulium","operation":"POST tickets/:id/comment","kind":"status",{refusal}}}"#
        );
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        shop.writes(&thread, Author::Customer, "Dziękuję!");
        shop.later(5);
        shop.world().no_reply_needed(&thread, ParticipantKind::Shop).expect("a click");
        shop.settle_clean().await;
        assert_eq!(texts(&shop.ticket(), MessageKind::Mail).len(), as_mail, "{refusal}");
    }
}
