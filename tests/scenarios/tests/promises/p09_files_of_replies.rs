//! Promise 9, outbound: files go with a reply, and never hold up its text.

use twins::{AgentReply, Author, MessageKind, NewFile};

use scenarios::shop::{Shop, texts};

#[tokio::test]
async fn files_go_along_within_the_limits() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Proszę o fakturę");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let file = |name: &str, size| NewFile { name: name.into(), size: Some(size), ..NewFile::default() };
    let reply = AgentReply {
        login: "akowalska".into(),
        body: "W załączniku.".into(),
        attachments: vec![
            file("faktura żółta.pdf", 1000),
            file("faktura żółta.pdf", 2000),
            file("skrypt.exe", 10),
            file("zdjęcie.jpeg", 3000),
            file("film.mp4", 11 << 20),
        ],
    };
    shop.world().agent_reply(ticket, reply).expect("a reply");
    shop.settle_clean().await;
    let sent = shop.thread(&thread).messages.into_iter().rfind(|m| m.author == Author::Api).expect("a reply");
    let names: Vec<(&str, u64)> = sent.attachments.iter().map(|a| (a.name.as_str(), a.size)).collect();
    assert_eq!(names, [("faktura zolta.pdf", 1000), ("faktura zolta-2.pdf", 2000), ("zdjecie.jpg", 3000)]);
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    let told: Vec<&String> = comments.iter().filter(|c| c.contains("bez części plików")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("skrypt.exe: EmpikPlace nie przyjmuje plików tego typu"), "{}", told[0]);
    assert!(told[0].contains("limit 10 MB"), "{}", told[0]);
}

#[tokio::test]
async fn files_that_empikplace_refuses_do_not_hold_up_the_text() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Proszę o fakturę");
    shop.tick().await;
    shop.world().switch(|s| s.empikplace.allowed_file_types = Some(["zpl".to_owned()].into()));
    let reply = AgentReply {
        login: "akowalska".into(),
        body: "W załączniku.".into(),
        attachments: vec![NewFile::new("faktura.pdf", b"%PDF")],
    };
    shop.world().agent_reply(shop.ticket().ticket_id, reply).expect("a reply");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["W załączniku."]);
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert!(comments.iter().any(|c| c.contains("faktura.pdf: EmpikPlace odrzuciło wiadomość z plikami")));
}
