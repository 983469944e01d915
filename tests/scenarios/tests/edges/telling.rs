//! What agents must see stands before them in the end, though Thulium takes it late or not at all.

use scenarios::shop::{Shop, texts};
use twins::{Author, ClosedTicket, MessageKind};

const OPEN: u64 = 1;

fn fault(shop: &Shop, operation: &str, kind: &str) {
    let rule = format!(r#"{{"side":"thulium","operation":"{operation}",{kind}}}"#);
    shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
}

/// Failures that pass, and one that does not.
const PASSING: &str = r#""count":2,"kind":"status","code":500"#;

const FORBIDDEN: &str = r#""kind":"status","code":403"#;

/// Comments on a reply that is too short.
fn told(shop: &Shop) -> usize {
    texts(&shop.ticket(), MessageKind::Comment).iter().filter(|c| c.contains("mniej niż 3 znaki")).count()
}

#[tokio::test]
async fn why_a_reply_stays_out_is_told_after_failures_and_holds_up_nothing_where_it_may_not_be() {
    for (fails, expected) in [(PASSING, 1), (FORBIDDEN, 0)] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.world().close_ticket(ticket).expect("closed");
        fault(&shop, "POST tickets/:id/comment", fails);
        shop.agent(ticket, "ok");
        shop.settle().await;
        assert_eq!(told(&shop), expected, "{fails}");
        assert_eq!(shop.parked().await, 1, "{fails}: the reply waits for a person");
        assert_eq!(shop.ticket().status_id, OPEN, "{fails}: before the agents again");
        shop.agent(ticket, "Dłuższa odpowiedź");
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Dłuższa odpowiedź"], "{fails}");
    }
}

#[tokio::test]
async fn a_closed_ticket_is_brought_back_after_failures_and_holds_up_nothing_where_it_may_not_be() {
    for (operation, fails, status) in [
        ("GET tickets/:id", PASSING, Some(OPEN)),
        ("PUT tickets/:id", PASSING, Some(OPEN)),
        ("PUT tickets/:id", FORBIDDEN, None),
    ] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.thulium.closed_ticket = ClosedTicket::StaysClosed);
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.later(3600);
        shop.tick().await;
        shop.world().close_ticket(ticket).expect("closed");
        let closed = shop.ticket().status_id;
        fault(&shop, operation, fails);
        shop.writes(&thread, Author::Customer, "Halo?");
        shop.settle_clean().await;
        assert_eq!(shop.ticket().status_id, status.unwrap_or(closed), "{operation} {fails}");
        assert_eq!(texts(&shop.ticket(), MessageKind::Mail).len(), 2, "{operation} {fails}");
        assert_eq!(shop.parked().await, 0, "{operation} {fails}");
    }
}

#[tokio::test]
async fn a_ticket_is_known_to_be_closed_in_whatever_way_it_says_so() {
    for (named, by_id) in [(true, true), (true, false), (false, true), (false, false)] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.closed_ticket = ClosedTicket::StaysClosed;
            s.thulium.tickets_name_their_status = named;
            s.thulium.tickets_bear_their_status = by_id;
        });
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.writes(&thread, Author::Customer, "Halo?");
        shop.settle_clean().await;
        assert_eq!(shop.requests("PUT tickets/:id"), 0, "{named} {by_id}: it is open");
        shop.world().close_ticket(shop.ticket().ticket_id).expect("closed");
        shop.writes(&thread, Author::Customer, "Jest tam kto?");
        shop.settle_clean().await;
        assert_eq!(shop.ticket().status_id, OPEN, "{named} {by_id}");
    }
}

#[tokio::test]
async fn a_comment_that_is_taken_without_its_text_is_made_under_the_next_name() {
    for name in ["comment", "message"] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.comments_may_be_blank = true;
            s.thulium.comment_parameter = name.into();
        });
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        for n in 1..=2 {
            shop.writes(&thread, Author::Shop, &format!("Odpisuję z panelu {n}"));
            shop.settle().await;
            let comments = texts(&shop.ticket(), MessageKind::Comment);
            let told = comments.iter().filter(|comment| comment.contains("z panelu")).count();
            assert_eq!(told, n, "{name}: {comments:?}");
            let blank = comments.iter().filter(|comment| comment.is_empty()).count();
            assert!(blank < 5, "{name}: each name once, then the one that holds a text: {blank}");
        }
    }
}
