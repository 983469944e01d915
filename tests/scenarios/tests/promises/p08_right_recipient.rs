//! Promise 8: a reply goes to whom it is for, and to nobody else.

use scenarios::shop::{Shop, texts};
use twins::{Author, MessageKind, NewMessage, NewThread, ParticipantKind, Ticket};

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
async fn an_agent_decides_for_one_reply_in_its_first_line() {
    use ParticipantKind::{Customer, Operator};
    for (body, to) in [
        ("@operator\nProsimy o pomoc.", vec![Operator]),
        ("<p>@Operator</p><p>Prosimy o pomoc.</p>", vec![Operator]),
        ("<div><b>@OPERATOR:</b></div><div>Prosimy o pomoc.</div>", vec![Operator]),
        ("&nbsp;<br>@operator Prosimy o pomoc.", vec![Operator]),
        ("<p>@klient</p><p>Prosimy o pomoc.</p>", vec![Customer]),
        ("@oboje<br>Prosimy o pomoc.", vec![Customer, Operator]),
        ("Prosimy o pomoc.", vec![Customer]),
    ] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, body);
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Prosimy o pomoc."], "{body}");
        assert_eq!(shop.recipients(&thread), [to], "{body}");
    }
}

#[tokio::test]
async fn the_first_line_wins_over_the_setting_and_over_who_asked() {
    let shop = Shop::with(|settings| settings.replies.operator_copy = true).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(ticket, "@klient\nTylko dla Pana.");
    shop.tick().await;
    let mut private = NewMessage::new(Author::Operator, "Dlaczego klient czeka?");
    private.to = Some(vec![ParticipantKind::Shop]);
    shop.world().write(&thread, private).expect("a message");
    shop.tick().await;
    shop.agent(ticket, "@klient\nPrzepraszamy za zwłokę.");
    shop.settle_clean().await;
    assert_eq!(shop.recipients(&thread), [[ParticipantKind::Customer], [ParticipantKind::Customer]]);
}

#[tokio::test]
async fn a_slip_in_the_first_line_reaches_nobody() {
    for body in ["@operatr\nKlient oszukuje, proszę sprawdzić.", "@klient\n@operator\nDo kogo to?"] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, body);
        shop.settle().await;
        assert!(shop.sent(&thread).is_empty(), "{body}");
        let told = texts(&shop.ticket(), MessageKind::Comment);
        assert!(told.iter().any(|c| c.contains("wygląda na polecenie dla mostu")), "{told:?}");
        assert_eq!(shop.parked().await, 1);
    }
}

#[tokio::test]
async fn a_reply_to_somebody_who_takes_no_part_is_parked_with_an_explanation() {
    for (body, why) in [
        ("@operator\nProsimy o pomoc.", "odbiorca wskazany w pierwszej linii"),
        ("@oboje\nProsimy o pomoc.", "odbiorca wskazany w pierwszej linii"),
    ] {
        let shop = Shop::open().await;
        let mut opening = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        opening.operator = false;
        let thread = shop.opens(opening);
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, body);
        shop.settle().await;
        assert!(shop.sent(&thread).is_empty(), "{body}");
        let ticket = shop.ticket();
        let told = texts(&ticket, MessageKind::Comment);
        assert!(told.iter().any(|c| c.contains(why) && c.contains("Co zrobić")), "{told:?}");
        assert_eq!((shop.parked().await, ticket.status_id), (1, 1));
    }
    let shop = Shop::open().await;
    let mut opening = NewThread::from_customer("", "", "Proszę uzupełnić ofertę.");
    opening.customer = None;
    let thread = shop.opens(opening);
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "@klient\nUzupełnione.");
    shop.settle().await;
    assert!(shop.sent(&thread).is_empty());
    assert_eq!(shop.parked().await, 1);
}

#[tokio::test]
async fn a_ticket_that_agents_merge_into_another_sends_nothing_of_its_replies_there() {
    let shop = Shop::open().await;
    let one = shop.buyer_opens("Gdzie paczka?");
    let other = shop.opens(NewThread::from_customer("C-2", "Ewa N.", "Czy są inne kolory?"));
    shop.settle().await;
    let of = |thread: &str| {
        let fits =
            |ticket: &Ticket| ticket.custom_fields.values().any(|value| value.to_string().contains(thread));
        shop.tickets().into_iter().find(fits).expect("its ticket").ticket_id
    };
    let (source, target) = (of(&one), of(&other));
    shop.agent(source, "Paczka jest w drodze.");
    shop.settle_clean().await;
    shop.agent(source, "Będzie jutro.");
    shop.world().merge_tickets(source, target).expect("merged");
    shop.settle().await;
    assert_eq!(shop.sent(&other), [""; 0], "nothing that was written for the other buyer");
    let told = |ticket: u64| {
        let ticket = shop.world().ticket(ticket).expect("a ticket");
        texts(&ticket, MessageKind::Comment).into_iter().filter(|c| c.contains("dołączono inne")).count()
    };
    assert_eq!((told(source), told(target)), (0, 1), "told once");

    shop.agent(target, "Tak, czerwony.");
    shop.settle().await;
    assert_eq!(shop.sent(&other), ["Tak, czerwony."]);
    assert_eq!(shop.sent(&one), ["Paczka jest w drodze."]);

    // The conversation whose ticket is merged goes on in it, before the agents.
    shop.writes(&one, Author::Customer, "Dziękuję!");
    shop.settle().await;
    let ticket = shop.world().ticket(source).expect("a ticket");
    assert!(texts(&ticket, MessageKind::Mail).iter().any(|mail| mail.contains("Dziękuję!")));
    assert_eq!(ticket.status_id, 1);
    shop.agent(source, "Proszę bardzo.");
    shop.settle().await;
    assert_eq!(shop.sent(&one), ["Paczka jest w drodze.", "Proszę bardzo."]);
    assert_eq!(told(target), 1);
}
