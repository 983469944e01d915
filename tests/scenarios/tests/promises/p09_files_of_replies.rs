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

/// A reply with so many files of a few bytes.
fn with_files(count: usize) -> AgentReply {
    let file = |n: usize| NewFile::new(&format!("skan {n}.pdf"), b"%PDF");
    AgentReply {
        attachments: (1..=count).map(file).collect(),
        ..AgentReply::new("akowalska", "W załączniku.")
    }
}

#[tokio::test]
async fn fifty_files_an_order_and_the_agent_is_told_of_the_rest() {
    // More than an order takes, at once.
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Proszę o skany");
    shop.tick().await;
    shop.world().agent_reply(shop.ticket().ticket_id, with_files(52)).expect("a reply");
    shop.settle_clean().await;
    let sent = |shop: &Shop, thread: &str| {
        let messages = shop.thread(thread).messages.into_iter().filter(|m| m.author == Author::Api);
        messages.map(|m| m.attachments.len()).collect::<Vec<_>>()
    };
    assert_eq!(sent(&shop, &thread), [50]);
    let told = texts(&shop.ticket(), MessageKind::Comment);
    let told: Vec<_> = told.iter().filter(|c| c.contains("najwyżej 50 plików na zamówienie")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("skan 51.pdf") && told[0].contains("skan 52.pdf"), "{}", told[0]);

    // Little by little, and in another thread of the same order.
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Proszę o skany");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    for _ in 0..2 {
        shop.world().agent_reply(ticket, with_files(30)).expect("a reply");
        shop.settle_clean().await;
    }
    assert_eq!(sent(&shop, &thread), [30, 20], "as many as there is room for");
    let other = shop.buyer_opens("I jeszcze jedna sprawa");
    shop.tick().await;
    let ticket = shop.tickets().last().expect("a ticket").ticket_id;
    shop.world().agent_reply(ticket, with_files(1)).expect("a reply");
    shop.settle_clean().await;
    assert_eq!((shop.sent(&other).len(), sent(&shop, &other)), (1, vec![0]), "the text goes out");
    let told = texts(shop.tickets().last().expect("a ticket"), MessageKind::Comment);
    assert!(told.iter().any(|c| c.contains("skan")), "{told:?}");
}

#[tokio::test]
async fn the_limit_counts_for_the_conversation_and_names_the_file() {
    let shop = Shop::with(|settings| settings.replies.attachment_limit_mb = 1).await;
    let thread = shop.buyer_opens("Proszę o zdjęcia");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    for name in ["zdjęcie żółwia 1.jpg", "zdjęcie żółwia 2.jpg", "zdjęcie żółwia 3.jpg"] {
        let file = NewFile { name: name.into(), size: Some(400 << 10), ..NewFile::default() };
        let reply = AgentReply { attachments: vec![file], ..AgentReply::new("akowalska", "Zdjęcie.") };
        shop.world().agent_reply(ticket, reply).expect("a reply");
        shop.settle_clean().await;
    }
    let sent: usize = shop.thread(&thread).messages.iter().map(|m| m.attachments.len()).sum();
    assert_eq!((shop.sent(&thread).len(), sent), (3, 2));
    let told = texts(&shop.ticket(), MessageKind::Comment);
    let told: Vec<_> = told.iter().filter(|c| c.contains("limit 1 MB na rozmowę")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("zdjęcie żółwia 3.jpg"), "by the name it has in the ticket: {}", told[0]);
}

#[tokio::test]
async fn hostile_names_arrive_harmless_and_any_type_where_empikplace_takes_any() {
    for strict in [true, false] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.empikplace.strict_file_names = strict;
            if !strict {
                s.empikplace.allowed_file_types = None;
            }
        });
        let thread = shop.buyer_opens("Proszę o pliki");
        shop.tick().await;
        let names = ["../../etc/passwd.txt", "a\"; filename=\"b.pdf", "CON.txt", "zażółć\u{202e}gpj.pdf"];
        let files = names.map(|name| NewFile::new(name, name.as_bytes())).to_vec();
        let reply = AgentReply { attachments: files, ..AgentReply::new("akowalska", "Pliki.") };
        shop.world().agent_reply(shop.ticket().ticket_id, reply).expect("a reply");
        shop.settle_clean().await;
        let sent =
            shop.thread(&thread).messages.into_iter().rfind(|m| m.author == Author::Api).expect("a reply");
        assert_eq!(sent.attachments.len(), names.len());
        for name in sent.attachments.iter().map(|a| a.name.as_str()) {
            assert!(
                name.is_ascii() && !name.contains(['/', '\\', '"', ';']) && !name.starts_with('.'),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_thulium_does_not_give_out_never_blocks_the_text() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Proszę o fakturę");
    shop.tick().await;
    let rule = r#"{"side":"thulium","operation":"GET files/:token","nth":1,"kind":"status","code":404}"#;
    shop.world().add_fault(serde_json::from_str(rule).expect("a rule"));
    shop.world().agent_reply(shop.ticket().ticket_id, with_files(2)).expect("a reply");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["W załączniku."]);
    let told = texts(&shop.ticket(), MessageKind::Comment);
    assert!(told.iter().any(|c| c.contains("Thulium nie udostępniło pliku")), "{told:?}");
}

#[tokio::test]
async fn the_types_that_go_along_are_a_setting() {
    let documented = bridge::settings::Replies::default().file_types;
    for (types, taken, sent) in [
        (documented.clone(), documented.clone(), vec!["skan.pdf", "zdjecie.jpg"]),
        (vec![".PDF".into(), "heic".into()], vec!["pdf".into(), "heic".into()], vec!["skan.pdf", "z.heic"]),
        (Vec::new(), Vec::new(), vec!["skan.pdf", "zdjecie.jpeg", "z.heic"]),
        // The account takes less than the setting says.
        (Vec::new(), documented, vec![]),
    ] {
        let shop = Shop::with(|settings| settings.replies.file_types = types.clone()).await;
        let allowed = (!taken.is_empty()).then(|| taken.into_iter().collect());
        shop.world().switch(|s| s.empikplace.allowed_file_types = allowed);
        let thread = shop.buyer_opens("Proszę o pliki");
        shop.tick().await;
        let names = ["skan.pdf", "zdjecie.jpeg", "z.heic"];
        let files = names.map(|name| NewFile::new(name, name.as_bytes())).to_vec();
        let reply = AgentReply { attachments: files, ..AgentReply::new("akowalska", "Pliki.") };
        shop.world().agent_reply(shop.ticket().ticket_id, reply).expect("a reply");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Pliki."], "{types:?}");
        let message = shop.thread(&thread).messages.into_iter().rfind(|m| m.author == Author::Api);
        let arrived: Vec<String> = message.into_iter().flat_map(|m| m.attachments).map(|a| a.name).collect();
        assert_eq!(arrived, sent, "{types:?}");
        let told = texts(&shop.ticket(), MessageKind::Comment);
        let left = names.iter().filter(|name| told.iter().any(|comment| comment.contains(**name))).count();
        assert_eq!(left, names.len() - sent.len(), "{types:?}: {told:?}");
    }
}
