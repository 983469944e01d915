//! Closed tickets that come back before the agents, and those that stay closed.

use scenarios::Options;
use twins::{Author, ClosedTicket, Fault, FaultRule, MessageKind, NewFile, NewMessage, Side};

use crate::support::{
    RESPONSE, asked, assert_clean, begun, fails, stands, stands_as, stays_closed, strikes, thanks, writes,
};

const CLOSED: u64 = 4;

/// A colleague's message follows, whose file is not given out for a while.
#[tokio::test]
async fn a_closed_ticket_comes_back_although_what_follows_the_buyers_message_fails() {
    let (rig, thread, ticket) = asked(stays_closed()).await;
    rig.world.close_ticket(ticket).expect("closed");
    rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    let attachments = vec![NewFile::new("skan.pdf", b"%PDF")];
    let from_panel =
        NewMessage { attachments, ..NewMessage::new(Author::Shop, "Wysłaliśmy, skan w załączniku.") };
    rig.world.write(&thread, from_panel).expect("a message");
    rig.minute().await;
    rig.restart();
    assert!(rig.settle().await);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, 1);
}

#[tokio::test]
async fn thanks_for_a_closed_ticket_wait_until_it_can_be_read_and_do_not_bring_it_back() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    rig.world.close_ticket(ticket).expect("closed");
    assert!(rig.settle().await);
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets/:id", fails(500)));
    thanks(&rig, &thread, "Dziękuję!");
    rig.minute().await;
    assert!(rig.world.remove_fault(down));
    assert!(rig.settle().await);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Dziękuję!"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_colleagues_message_leaves_a_closed_ticket_closed_and_a_buyers_brings_it_back() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    rig.world.close_ticket(ticket).expect("closed");
    writes(&rig, &thread, Author::Shop, "Zwrot wysłany.");
    assert!(rig.settle().await);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Comment, "Zwrot wysłany."), 1);
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
    writes(&rig, &thread, Author::Customer, "Nie dotarł.");
    assert!(rig.settle().await);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Mail, "Nie dotarł."), 1);
    assert_ne!(rig.world.ticket(ticket).expect("a ticket").status_id, CLOSED);
}

#[tokio::test]
async fn a_closed_ticket_comes_back_although_the_answer_to_the_message_was_lost() {
    for change in [None, Some(fails(500)), Some(fails(503))] {
        let (rig, thread, ticket) = begun(stays_closed()).await;
        rig.world.close_ticket(ticket).expect("closed");
        writes(&rig, &thread, Author::Customer, "Halo?");
        strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
        if let Some(fault) = change {
            strikes(&rig, Side::Thulium, "PUT tickets/:id", fault);
        }
        assert!(rig.settle().await);
        assert_eq!(stands(&rig, ticket, "Halo?"), 1);
        assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id, 1);
    }
}

#[tokio::test]
async fn a_status_that_thulium_does_not_let_the_bridge_set_holds_nothing_up() {
    let forbidden = Options {
        switches: |all| {
            all.thulium.closed_ticket = ClosedTicket::StaysClosed;
            all.thulium.forbidden.insert("PUT tickets/:id".into());
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(forbidden).await;
    rig.world.close_ticket(ticket).expect("closed");
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn a_ticket_that_is_gone_when_it_is_to_come_back_is_no_trouble() {
    for (code, comes_back) in [(404, false), (500, true)] {
        let (rig, thread, ticket) = begun(stays_closed()).await;
        rig.world.close_ticket(ticket).expect("closed");
        writes(&rig, &thread, Author::Customer, "Halo?");
        // Nothing else reads the ticket.
        strikes(&rig, Side::Thulium, "GET tickets", fails(500));
        strikes(&rig, Side::Thulium, "GET tickets/:id", fails(code));
        rig.minute().await;
        assert_eq!(rig.parked().await.len(), 0);
        assert!(rig.settle().await);
        assert_eq!(rig.world.ticket(ticket).expect("a ticket").status_id == 1, comes_back, "{code}");
    }
}
