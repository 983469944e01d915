//! Promise 6: buyer, operator, colleague in the panel and agent are told apart at a glance.

use twins::{Author, MessageKind, NewMessage, ParticipantKind};

use scenarios::shop::{Shop, texts};

#[tokio::test]
async fn who_speaks_is_told_apart() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("pytanie");
    shop.later(1);
    let mut private = NewMessage::new(Author::Operator, "Proszę o pilną odpowiedź.");
    private.to = Some(vec![ParticipantKind::Shop]);
    shop.world().write(&thread, private).expect("a message");
    shop.later(1);
    let mut public = NewMessage::new(Author::Operator, "Przekazaliśmy sprawę.");
    public.to = Some(vec![ParticipantKind::Shop, ParticipantKind::Customer]);
    shop.world().write(&thread, public).expect("a message");
    shop.later(1);
    shop.writes(&thread, Author::Shop, "Odpisuję z panelu.");
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let mails = texts(&ticket, MessageKind::Mail);
    assert!(mails[0].starts_with("Jan K. (klient) · 23.11.2026 14:03 · #"), "{}", mails[0]);
    assert!(mails[1].starts_with("Empik (OPERATOR EMPIK, tylko do sklepu)"), "{}", mails[1]);
    assert!(mails[1].contains("Klient jej nie widzi"));
    assert!(mails[2].starts_with("Empik (OPERATOR EMPIK) ·"), "{}", mails[2]);
    assert!(mails[2].contains("Klient też ją widzi"));
    let comments = texts(&ticket, MessageKind::Comment);
    assert!(comments.iter().any(|c| c.contains("panel EmpikPlace") && c.ends_with("Odpisuję z panelu.")));
    assert!(texts(&ticket, MessageKind::Reply).is_empty(), "what came in never goes out again");
    assert!(shop.world().mails().is_empty(), "and nobody is e-mailed");
}
