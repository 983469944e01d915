//! Promise 15: a reply whose author cannot have seen what the buyer has written since is held back
//! until the agent decides.

use scenarios::shop::{Shop, texts};
use twins::{Author, Found, MessageKind, ThreadOrder};

/// A conversation with one answer given, under the guard.
async fn answered() -> (Shop, String, u64) {
    let shop = Shop::with(|settings| settings.replies.stale_guard = true).await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    let ticket = shop.ticket().ticket_id;
    shop.agent(ticket, "Sprawdzam.");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam."], "the opening message was seen");
    (shop, thread, ticket)
}

/// The same, with a reply held back: the buyer wrote while it was written.
async fn held() -> (Shop, String, u64) {
    let (shop, thread, ticket) = answered().await;
    shop.writes(&thread, Author::Customer, "Już nieaktualne, proszę anulować!");
    shop.agent(ticket, "Paczka będzie jutro.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam."], "held back");
    let ticket = shop.ticket();
    let told = texts(&ticket, MessageKind::Comment).into_iter().filter(|c| c.contains("WSTRZYMANO")).count();
    assert_eq!(told, 1, "told once");
    assert_eq!(ticket.status_id, 1, "before the agents again");
    assert_eq!(shop.parked().await, 1, "the operator of the bridge sees it too");
    (shop, thread, ticket.ticket_id)
}

#[tokio::test]
async fn the_word_releases_a_held_reply_as_it_is() {
    for word in ["<p>@wyślij</p>", "@SEND", "<div>@Wyslij</div><div>--<br>Anna Kowalska</div>"] {
        let (shop, thread, ticket) = held().await;
        shop.agent(ticket, word);
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Paczka będzie jutro."], "{word}");
        assert_eq!(shop.parked().await, 0);
        shop.assert_clean();
    }
}

#[tokio::test]
async fn a_second_reply_releases_the_first_and_both_go_out_in_order() {
    let (shop, thread, ticket) = held().await;
    shop.agent(ticket, "Anulowanie nie jest już możliwe, paczkę można odesłać.");
    shop.settle_clean().await;
    assert_eq!(
        shop.sent(&thread),
        ["Sprawdzam.", "Paczka będzie jutro.", "Anulowanie nie jest już możliwe, paczkę można odesłać."]
    );
    assert_eq!(shop.parked().await, 0);
}

#[tokio::test]
async fn the_word_for_cancelling_drops_it_and_what_follows_goes_out() {
    let (shop, thread, ticket) = held().await;
    shop.agent(ticket, "<p>@anuluj</p>");
    shop.agent(ticket, "Anulowaliśmy zamówienie.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Anulowaliśmy zamówienie."]);
    assert_eq!(shop.parked().await, 0);
    assert_eq!(shop.world().comparison().counts[&Found::ReplyTold], 1);
    shop.assert_clean();
}

#[tokio::test]
async fn replies_written_before_the_agent_was_told_wait_in_order() {
    let (shop, thread, ticket) = answered().await;
    shop.writes(&thread, Author::Customer, "Już nieaktualne!");
    shop.agent(ticket, "Paczka będzie jutro.");
    shop.agent(ticket, "Numer przesyłki: 123.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam."], "the second one decides nothing");
    shop.agent(ticket, "@wyślij");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Paczka będzie jutro.", "Numer przesyłki: 123."]);
}

#[tokio::test]
async fn a_message_that_the_agent_saw_holds_nothing() {
    let (shop, thread, ticket) = answered().await;
    shop.writes(&thread, Author::Customer, "A kiedy dojdzie?");
    shop.tick().await;
    shop.later(180);
    shop.agent(ticket, "Jutro.");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Jutro."]);
}

#[tokio::test]
async fn a_message_that_came_into_the_ticket_a_moment_ago_was_not_read() {
    for (minutes, sent) in [(2, 1), (0, 2)] {
        let shop = Shop::with(|settings| {
            settings.replies.stale_guard = true;
            settings.replies.stale_minutes = minutes;
        })
        .await;
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, "Sprawdzam.");
        shop.settle_clean().await;
        shop.writes(&thread, Author::Customer, "Już nieaktualne!");
        shop.stack.tick().await.expect("a tick");
        shop.later(5);
        shop.agent(ticket, "Paczka będzie jutro.");
        shop.settle().await;
        assert_eq!(shop.sent(&thread).len(), sent, "{minutes} minutes");
    }
}

#[tokio::test]
async fn without_the_setting_replies_go_out_at_once() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("Gdzie paczka?");
    shop.tick().await;
    shop.writes(&thread, Author::Customer, "Już nieaktualne!");
    shop.agent(shop.ticket().ticket_id, "Paczka będzie jutro.");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Paczka będzie jutro."]);
}

#[tokio::test]
async fn replies_to_the_operator_and_automatic_ones_are_not_held() {
    let (shop, thread, ticket) = answered().await;
    shop.writes(&thread, Author::Customer, "Już nieaktualne!");
    shop.agent(ticket, "@operator\nProsimy o pomoc z tym klientem.");
    shop.world().automatic_reply(ticket, "Odpowiemy w ciągu 24 godzin.", "").expect("a reply");
    shop.settle_clean().await;
    assert_eq!(
        shop.sent(&thread),
        ["Sprawdzam.", "Prosimy o pomoc z tym klientem.", "Odpowiemy w ciągu 24 godzin."]
    );
}

#[tokio::test]
async fn a_word_without_anything_held_comes_back_to_the_agent() {
    for word in ["@wyślij", "@anuluj"] {
        let (shop, thread, ticket) = answered().await;
        shop.agent(ticket, &format!("<p>{word}</p><p>I jeszcze jedno pytanie.</p>"));
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Sprawdzam."]);
        let told = texts(&shop.ticket(), MessageKind::Comment);
        assert!(told.iter().any(|c| c.contains("żadna odpowiedź nie czeka na decyzję")), "{told:?}");
    }
}

#[tokio::test]
async fn late_and_shuffled_answers_of_both_systems_change_nothing() {
    for date in [twins::DelayedReplyDate::Visible, twins::DelayedReplyDate::Written] {
        let (shop, thread, ticket) = answered().await;
        shop.world().switch(|s| {
            s.thulium.reply_visible_after_seconds = 70;
            s.thulium.delayed_reply_date = date;
            s.thulium.message_order = twins::MessageOrder::OldestFirst;
            s.thulium.comment_parameter = "content".into();
            s.empikplace.order = ThreadOrder::OldestFirst;
            s.empikplace.message_order = twins::MessageOrder::NewestFirst;
        });
        shop.agent(ticket, "Paczka będzie jutro.");
        shop.later(5);
        shop.writes(&thread, Author::Customer, "Już nieaktualne!");
        for _ in 0..4 {
            shop.tick().await;
        }
        shop.settle().await;
        assert_eq!(shop.sent(&thread), ["Sprawdzam."], "{date:?}");
        shop.agent(ticket, "@wyślij");
        for _ in 0..4 {
            shop.tick().await;
        }
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Paczka będzie jutro."], "{date:?}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_ticket_yet_was_not_seen() {
    let (shop, thread, ticket) = answered().await;
    shop.writes(&thread, Author::Customer, "Już nieaktualne, proszę anulować!");
    shop.agent(ticket, "Paczka będzie jutro.");
    assert_eq!(shop.stack.hint(&shop.id, ticket).await.expect("an answer"), 204);
    assert_eq!(shop.sent(&thread), ["Sprawdzam."], "held back");
}

#[tokio::test]
async fn what_was_written_before_the_bridge_came_and_stays_out_holds_nothing() {
    let shop = Shop::with(|settings| {
        settings.replies.stale_guard = true;
        settings.import.history = false;
    })
    .await;
    shop.world().set_time("2026-11-01T08:00:00Z".parse().expect("a time"));
    let thread = shop.buyer_opens("za dawno");
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.writes(&thread, Author::Customer, "Gdzie paczka?");
    shop.tick().await;
    shop.agent(shop.ticket().ticket_id, "W drodze.");
    shop.settle().await;
    assert_eq!(shop.sent(&thread), ["W drodze."]);
}

#[tokio::test]
async fn only_an_agents_reply_decides_and_only_once() {
    let (shop, thread, ticket) = held().await;
    let comment =
        twins::NewComment {
            login: "jnowak".into(), text: "Klient dzwonił.".into(), attachments: Vec::new()
        };
    shop.world().agent_comment(ticket, comment).expect("a comment");
    shop.agent(ticket, "@wyślij");
    shop.settle_clean().await;
    assert_eq!(shop.sent(&thread), ["Sprawdzam.", "Paczka będzie jutro."]);
    let nothing_held = || {
        let told = texts(&shop.ticket(), MessageKind::Comment);
        told.iter().filter(|c| c.contains("żadna odpowiedź nie czeka na decyzję")).count()
    };
    assert_eq!(nothing_held(), 0, "a comment is no decision");
    shop.agent(ticket, "@anuluj");
    shop.settle().await;
    assert_eq!(nothing_held(), 1, "it was decided already");
    assert_eq!(shop.sent(&thread).len(), 2);
}
