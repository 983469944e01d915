//! Promise 9, inbound: files come with their message, or the agent is told where they are.

use twins::{Author, MessageKind, NewFile, NewMessage, NewThread};

use scenarios::shop::{Shop, below_header, texts};

#[tokio::test]
async fn files_come_along_on_the_first_and_on_later_messages() {
    for (response, comment) in [
        (twins::Undocumented::Accepted, twins::Undocumented::Ignored),
        (twins::Undocumented::Ignored, twins::Undocumented::Accepted),
        (twins::Undocumented::Rejected, twins::Undocumented::Accepted),
        (twins::Undocumented::Ignored, twins::Undocumented::Ignored),
        (twins::Undocumented::Rejected, twins::Undocumented::Rejected),
    ] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.response_attachments = response;
            s.thulium.comment_attachments = comment;
        });
        let mut opening = NewThread::from_customer("C-1", "Jan K.", "Zdjęcie w załączniku");
        opening.attachments =
            vec![NewFile::new("zdjęcie paczki.jpg", b"jpg"), NewFile::new("puste.txt", b"")];
        let thread = shop.opens(opening);
        shop.settle().await;
        let mut later = NewMessage::new(Author::Customer, "I jeszcze jedno");
        later.attachments = vec![NewFile::new("../../drugie \"zdjęcie\".png", b"png")];
        shop.world().write(&thread, later).expect("a message");
        shop.settle_clean().await;

        let ticket = shop.ticket();
        let tokens = ticket.messages.iter().flat_map(|m| &m.attachments);
        let names: Vec<String> = tokens.filter_map(|t| shop.world().file(t)).map(|f| f.name).collect();
        assert!(names.contains(&"zdjęcie paczki.jpg".to_owned()), "{names:?}");
        let arrived = names.iter().any(|name| name.ends_with(".png"));
        let told =
            texts(&ticket, MessageKind::Comment).iter().any(|c| c.contains("Są w rozmowie na EmpikPlace"));
        let possible = response == twins::Undocumented::Accepted || comment == twins::Undocumented::Accepted;
        assert_eq!((arrived, told), (possible, !possible), "{response:?} {comment:?}: {names:?}");
    }
}

#[tokio::test]
async fn a_ticket_that_thulium_takes_only_without_files_says_so() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.thulium.refused_ticket_parts = ["attachments".to_owned()].into());
    let mut opening = NewThread::from_customer("C-1", "Jan K.", "Zdjęcie w załączniku").about_order("1-A");
    opening.attachments = vec![NewFile::new("zdjęcie.jpg", b"jpg")];
    shop.opens(opening);
    shop.settle_clean().await;
    let ticket = shop.ticket();
    let mail = &texts(&ticket, MessageKind::Mail)[0];
    assert!(below_header(mail).starts_with("Zdjęcie w załączniku"), "{mail}");
    assert!(mail.contains("Thulium nie przyjęło plików do tej wiadomości"), "{mail}");
    assert_eq!(ticket.tags, ["empikplace"], "only the files are left out");
    assert!(texts(&ticket, MessageKind::Comment)[0].contains("(pliki)"));
}

#[tokio::test]
async fn a_file_that_one_side_refuses_never_blocks_the_text() {
    for (side, operation) in [("empikplace", "M13"), ("thulium", "POST temporary_files")] {
        let shop = Shop::open().await;
        let rule = format!(r#"{{"side":"{side}","operation":"{operation}","kind":"status","code":400}}"#);
        shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        let mut opening = NewThread::from_customer("C-1", "Jan K.", "Z plikiem").about_order("1-A");
        opening.attachments = vec![NewFile::new("zażółć.jpg", b"jpg")];
        let thread = shop.opens(opening);
        shop.tick().await;
        let mut later = NewMessage::new(Author::Customer, "Jeszcze raz");
        later.attachments = vec![NewFile::new("zażółć.jpg", b"jpg")];
        shop.world().write(&thread, later).expect("a message");
        shop.settle().await;
        let mails = texts(&shop.ticket(), MessageKind::Mail);
        assert_eq!(mails.len(), 2, "{operation}");
        for mail in mails {
            assert!(mail.contains("„zażółć.jpg” nie został przeniesiony"), "{operation}: {mail}");
        }
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_waited_for_and_left_out_at_last() {
    for (side, operation) in [("empikplace", "M13"), ("thulium", "POST temporary_files")] {
        let shop = Shop::open().await;
        let rule = format!(r#"{{"side":"{side}","operation":"{operation}","kind":"status","code":500}}"#);
        let down = shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
        let open = |buyer: &str| {
            let mut opening = NewThread::from_customer(buyer, "Jan K.", "Z plikiem");
            opening.attachments = vec![NewFile::new("zażółć.jpg", b"jpg")];
            shop.opens(opening)
        };
        open("C-1");
        for _ in 0..10 {
            shop.tick().await;
        }
        assert!(shop.tickets().is_empty(), "{operation}: it is waited for");
        shop.settle().await;
        let mail = &texts(&shop.ticket(), MessageKind::Mail)[0];
        assert!(mail.contains("„zażółć.jpg” nie został przeniesiony"), "{operation}: {mail}");

        open("C-2");
        shop.tick().await;
        assert!(shop.world().remove_fault(down));
        shop.settle().await;
        assert!(shop.tickets().iter().any(|ticket| ticket.messages[0].attachments.len() == 1), "{operation}");
    }
}
