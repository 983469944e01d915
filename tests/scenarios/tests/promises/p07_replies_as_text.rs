//! Promise 7: an agent's answer reaches the buyer as clean text, and comments stay inside.

use twins::{NewComment, ParticipantKind};

use scenarios::shop::Shop;

#[tokio::test]
async fn an_agents_reply_reaches_the_buyer_once_as_text() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(
        ticket,
        "<p>Dzień dobry,</p><ul><li>wysłana</li><li>w drodze</li></ul><p>Pozdrawiam<br>Anna</p>",
    );
    shop.settle_clean().await;
    assert_eq!(
        shop.sent(&thread),
        ["Dzień dobry,<br /><br />- wysłana<br />- w drodze<br /><br />Pozdrawiam<br />Anna"]
    );
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Customer]]);
    assert_eq!(shop.requests("M12"), 1);
}

#[tokio::test]
async fn internal_comments_stay_inside() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let comment = NewComment {
        login: "akowalska".into(),
        text: "Klient jest trudny, uwaga.".into(),
        attachments: Vec::new(),
    };
    shop.world().agent_comment(ticket, comment).expect("a comment");
    shop.settle_clean().await;
    assert!(shop.sent(&thread).is_empty());
}
