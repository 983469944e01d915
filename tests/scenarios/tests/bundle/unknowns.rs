//! What nobody could verify on a live account, switched each way.

use twins::{
    Author, ClosedTicket, FieldMatch, MessageKind, NewThread, ReplyEscaping, SeekAnchor, ThreadOrder,
};

use crate::support::{Shop, texts};

/// A conversation with everything in it, both ways.
async fn converse(shop: &Shop) -> String {
    let thread = shop.buyer_opens("Czy a < b & c? „Tak” – <b>chyba</b>");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.writes(&thread, Author::Shop, "Odpisuję z panelu, proszę czekać");
    shop.agent(ticket, "<p>Tak: a &lt; b &amp; c &lt;br&gt;, „zawsze” – <i>pozdrawiam</i></p>");
    shop.tick().await;
    shop.world().close_ticket(ticket).expect("closed");
    shop.later(5);
    shop.writes(&thread, Author::Customer, "Dziękuję!");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread).len(), 1);
    let ticket = shop.ticket();
    assert_eq!(ticket.status_id, 1, "the ticket stands before the agents");
    let panel = texts(&ticket, MessageKind::Comment).into_iter().filter(|c| c.contains("Odpisuję z panelu"));
    assert_eq!(panel.count(), 1);
    thread
}

#[tokio::test]
async fn names_of_the_comment_parameter() {
    for name in ["comment", "content", "body", "text", "message"] {
        let shop = Shop::open().await;
        shop.world()
            .patch_switches(&serde_json::json!({"thulium": {"comment_parameter": name}}))
            .expect("a switch");
        converse(&shop).await;
        let asked = shop.requests("POST tickets/:id/comment");
        shop.agent(shop.ticket().ticket_id, "ok");
        shop.settle().await;
        assert_eq!(shop.requests("POST tickets/:id/comment"), asked + 1, "{name} is remembered");
    }
}

#[tokio::test]
async fn closed_tickets_reopened_or_not() {
    for closed in [ClosedTicket::Reopened, ClosedTicket::StaysClosed] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.thulium.closed_ticket = closed);
        converse(&shop).await;
    }
}

#[tokio::test]
async fn what_a_reply_looks_like_when_it_is_read_back() {
    for escaping in [ReplyEscaping::AsIs, ReplyEscaping::EscapeHtml, ReplyEscaping::StripTags] {
        for fault in ["lost_answer", "garbage_body"] {
            let shop = Shop::open().await;
            shop.world().switch(|s| s.empikplace.reply_escaping = escaping);
            let rule = format!(r#"{{"side":"empikplace","operation":"M12","nth":1,"kind":"{fault}"}}"#);
            shop.world().add_fault(serde_json::from_str(&rule).expect("a rule"));
            converse(&shop).await;
        }
    }
}

#[tokio::test]
async fn plain_text_shown_back_as_html_and_lists_in_other_orders() {
    let shop = Shop::open().await;
    shop.world().switch(|s| {
        s.thulium.plain_shown_as_html = true;
        s.empikplace.order = ThreadOrder::OldestFirst;
        s.empikplace.message_order = twins::MessageOrder::NewestFirst;
        s.thulium.message_order = twins::MessageOrder::OldestFirst;
        s.empikplace.seek_anchor = SeekAnchor::ThreadIdNow;
    });
    let rule = r#"{"side":"thulium","operation":"POST tickets","nth":1,"kind":"lost_answer"}"#;
    shop.world().add_fault(serde_json::from_str(rule).expect("a rule"));
    converse(&shop).await;
}

#[tokio::test]
async fn a_ticket_whose_creation_gave_no_answer_is_found_again() {
    for (matching, lag) in [(FieldMatch::Exact, 0), (FieldMatch::Exact, 100), (FieldMatch::Ignored, 0)] {
        for field in ["Empik wątek", ""] {
            let shop = Shop::with(|settings| settings.thulium.thread_field = field.into()).await;
            shop.world().switch(|s| {
                s.thulium.field_match = matching;
                s.thulium.ticket_search_lag_seconds = lag;
            });
            shop.opens(NewThread::from_customer("C-9", "Ola", "inny wątek"));
            shop.tick().await;
            let rule = r#"{"side":"thulium","operation":"POST tickets","nth":1,"kind":"lost_answer"}"#;
            shop.world().add_fault(serde_json::from_str(rule).expect("a rule"));
            shop.buyer_opens("Gdzie paczka?");
            shop.settle_clean().await;
            assert_eq!(shop.tickets().len(), 2, "{matching:?} {lag} {field:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_whose_creation_gave_no_answer_is_found_among_many_and_once_it_can_be_read() {
    let shop = Shop::with(|settings| settings.thulium.thread_field = String::new()).await;
    let lost = r#"{"side":"thulium","operation":"POST tickets","nth":2,"kind":"lost_answer"}"#;
    shop.world().add_fault(serde_json::from_str(lost).expect("a rule"));
    for n in 0..104 {
        shop.opens(NewThread::from_customer("C-1", "Jan K.", &format!("pytanie {n}")));
    }
    shop.tick().await;
    let unread = r#"{"side":"thulium","operation":"GET tickets/:id","kind":"status","code":500}"#;
    let unread = shop.world().add_fault(serde_json::from_str(unread).expect("a rule"));
    for _ in 0..8 {
        shop.tick().await;
    }
    assert!(shop.world().remove_fault(unread));
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 104);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_waits_for_its_ticket_unless_that_is_gone() {
    for gone in [false, true] {
        let shop = Shop::open().await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        let fault = |rule: &str| shop.world().add_fault(serde_json::from_str(rule).expect("a rule"));
        fault(
            r#"{"side":"thulium","operation":"POST tickets/:id/customer_response","nth":1,"kind":"lost_answer"}"#,
        );
        let unread = fault(r#"{"side":"thulium","operation":"GET tickets/:id","kind":"status","code":500}"#);
        shop.writes(&thread, Author::Customer, "Halo?");
        for _ in 0..8 {
            shop.tick().await;
        }
        assert!(shop.world().remove_fault(unread));
        if gone {
            shop.world().delete_ticket(ticket).expect("deleted");
        }
        shop.settle_clean().await;
        let ticket_now = shop.ticket();
        assert_eq!(ticket_now.ticket_id == ticket, !gone);
        assert!(texts(&ticket_now, MessageKind::Mail).iter().any(|mail| mail.ends_with("Halo?")));
    }
}

#[tokio::test]
async fn replies_that_become_visible_late_under_either_date() {
    for date in [twins::DelayedReplyDate::Visible, twins::DelayedReplyDate::Written] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.reply_visible_after_seconds = 100;
            s.thulium.delayed_reply_date = date;
        });
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "W drodze.");
        assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
        assert!(shop.sent(&thread).is_empty());
        for _ in 0..6 {
            shop.tick().await;
        }
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["W drodze."]);
    }
}

#[tokio::test]
async fn automatic_replies_with_and_without_a_login() {
    for login in ["", "akowalska"] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.autoresponder.enabled = true;
            s.thulium.autoresponder.user_login = login.into();
            s.thulium.autoresponder.body = "Dziękujemy, odpowiemy wkrótce.".into();
        });
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Dziękujemy, odpowiemy wkrótce."]);
    }
}

#[tokio::test]
async fn buyers_without_an_id() {
    let shop = Shop::open().await;
    shop.world().switch(|s| s.empikplace.participants_without_id = true);
    converse(&shop).await;
}

#[tokio::test]
async fn a_search_that_ignores_its_filter_ties_nobody_to_a_stranger() {
    let shop = Shop::open().await;
    shop.opens(NewThread::from_customer("C-7", "Ktoś Inny", "pytanie"));
    shop.settle().await;
    shop.world().switch(|s| s.thulium.field_match = FieldMatch::Ignored);
    shop.buyer_opens("Gdzie paczka?");
    shop.settle_clean().await;
    let customers = shop.world().customers();
    assert_eq!(customers.len(), 2);
    let ids: Vec<_> = shop.tickets().iter().map(|t| t.customer_id).collect();
    assert_ne!(ids[0], ids[1]);
}
