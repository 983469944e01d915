//! From Thulium to EmpikPlace.

use twins::{AgentReply, Author, MessageKind, NewComment, NewFile, NewMessage, NewThread, ParticipantKind};

use crate::support::{Shop, texts};

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
async fn a_hint_carries_a_reply_at_once_and_a_tick_does_not_repeat_it() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(ticket, "W drodze do Pana.");
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
    assert_eq!(shop.sent(&thread), ["W drodze do Pana."]);
    shop.settle_clean().await;
    assert_eq!(shop.requests("M12"), 1);
}

#[tokio::test]
async fn two_hints_and_a_tick_at_once_send_a_reply_once() {
    for _ in 0..5 {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "W drodze do Pana.");
        let (one, two, tick) = tokio::join!(
            shop.stack.hint(&shop.id, ticket),
            shop.stack.hint(&shop.id, ticket),
            shop.stack.tick()
        );
        assert_eq!((one.expect("an answer"), two.expect("an answer")), (204, 204));
        assert_eq!(tick.expect("a tick")["integrations"][0]["status"], "ok");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread).len(), 1);
    }
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

#[tokio::test]
async fn replies_keep_their_order_even_where_the_first_one_is_held_up() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().add_fault(
        serde_json::from_str(r#"{"side":"empikplace","operation":"M12","nth":1,"kind":"status","code":500}"#)
            .expect("a rule"),
    );
    shop.agent(ticket, "pierwsza odpowiedź");
    shop.agent(ticket, "druga odpowiedź");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["pierwsza odpowiedź", "druga odpowiedź"]);
}

#[tokio::test]
async fn a_reply_that_cannot_go_out_comes_back_to_the_agent() {
    for (body, why) in
        [("ok", "mniej niż 3 znaki"), ("", "mniej niż 3 znaki"), (&"ą".repeat(50_001), "50 000")]
    {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, body);
        shop.settle().await;
        assert!(shop.sent(&thread).is_empty());
        assert_eq!(shop.parked().await, 1);
        let ticket = shop.ticket();
        let told: Vec<String> =
            texts(&ticket, MessageKind::Comment).into_iter().filter(|c| c.contains(why)).collect();
        assert_eq!(told.len(), 1, "told once");
        assert_eq!(ticket.status_id, 1, "before the agents again");
        // What follows is not held back.
        shop.agent(ticket.ticket_id, "Dłuższa odpowiedź");
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Dłuższa odpowiedź"]);
    }
}

#[tokio::test]
async fn a_refusal_of_empikplace_is_told_in_its_own_words() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.world().switch(|s| s.empikplace.messages_per_thread = 1);
    shop.agent(shop.ticket().ticket_id, "Odpowiedź, która się nie zmieści");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert!(comments.iter().any(|c| c.contains("EmpikPlace odpowiada:")), "{comments:?}");
}

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

#[tokio::test]
async fn a_reply_in_a_ticket_that_was_moved_or_closed_still_goes_out() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.world().move_ticket(ticket, 8).expect("moved");
    shop.agent(ticket, "Z innej kolejki.");
    shop.world().close_ticket(ticket).expect("closed");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Z innej kolejki."]);
}

#[tokio::test]
async fn a_reply_rests_as_long_as_is_set_and_can_be_withdrawn_meanwhile() {
    let shop = Shop::with(|settings| settings.replies.settle_seconds = 150).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    let slip = shop.agent(ticket, "Wysłane przez pomyłkę.");
    shop.tick().await;
    shop.world().cancel_reply(ticket, slip).expect("withdrawn");
    shop.agent(ticket, "Właściwa odpowiedź.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Właściwa odpowiedź."]);
}

#[tokio::test]
async fn receipts_where_they_are_set() {
    let shop = Shop::with(|settings| settings.replies.receipts = true).await;
    shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle_clean().await;
    let comments = texts(&shop.ticket(), MessageKind::Comment);
    assert_eq!(comments.iter().filter(|c| c.contains("dostarczono na EmpikPlace")).count(), 1);
}
