//! Promise 7: an agent's answer reaches the buyer as clean text, and comments stay inside.

use scenarios::shop::{Shop, texts};
use twins::{DelayedReplyDate, MessageKind, NewComment, ParticipantKind, ReplyEscaping};

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

/// A reply as an agent's editor writes it, with a footer in HTML and the buyer's message quoted.
const WITH_FOOTER: &str = r#"<div><p>Dzień dobry,</p><p>zwrot: <a href="https://sklep.example/zwroty?a=1&amp;b=2">formularz</a>
lub e-mail <a href="mailto:zwroty@sklep.example">zwroty@sklep.example</a>.</p>
<ol><li>wypełnić</li><li>nadać w&nbsp;paczkomacie</li></ol>
<p>„Lalka” – 16½&nbsp;×&nbsp;24&nbsp;cm… 5&nbsp;zł</p></div>
<table><tr><td><img src="cid:logo"><b>Anna Kowalska</b><br>Sklep A</td></tr></table>
<blockquote type="cite"><div>W dniu 23.11.2026 o 14:03, Jan K. pisze:</div><p>Jak zwrócić?</p></blockquote>"#;

#[tokio::test]
async fn an_editors_markup_becomes_readable_text_with_links_lists_and_polish_typography() {
    for escaping in [ReplyEscaping::AsIs, ReplyEscaping::EscapeHtml, ReplyEscaping::StripTags] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.empikplace.reply_escaping = escaping);
        let thread = shop.buyer_opens("Jak zwrócić?");
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, WITH_FOOTER);
        shop.settle_clean().await;
        let sent = shop.sent(&thread).concat().replace("<br />", "\n");
        insta::assert_snapshot!("an_editors_markup", sent);
    }
}

#[tokio::test]
async fn images_are_left_out_with_a_note_the_first_time() {
    for name in ["comment", "message"] {
        let shop = Shop::open().await;
        shop.world().switch(|s| s.thulium.comment_parameter = name.into());
        let thread = shop.buyer_opens("Jak to podłączyć?");
        shop.tick().await;
        let ticket = shop.ticket().ticket_id;
        shop.agent(ticket, r#"<p>Jak na rysunku:</p><img src="cid:1"><img src="cid:2"><p>Powodzenia!</p>"#);
        shop.settle_clean().await;
        shop.agent(ticket, r#"<p>I jeszcze jeden.</p><img src="cid:3">"#);
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread).len(), 2);
        assert!(shop.sent(&thread).iter().all(|body| !body.contains("img") && !body.contains("cid")));
        let notes = texts(&shop.ticket(), MessageKind::Comment);
        let notes: Vec<_> =
            notes.iter().filter(|c| c.contains("sam tekst odpowiedzi, bez obrazów")).collect();
        assert_eq!(notes.len(), 1, "once a ticket");
        assert!(notes[0].contains("pominięto 2 obrazy"), "{}", notes[0]);
    }
}

#[tokio::test]
async fn a_reply_that_becomes_visible_late_goes_out_as_well() {
    for date in [DelayedReplyDate::Visible, DelayedReplyDate::Written] {
        let shop = Shop::open().await;
        shop.world().switch(|s| {
            s.thulium.reply_visible_after_seconds = 100;
            s.thulium.delayed_reply_date = date;
        });
        let thread = shop.buyer_opens("Gdzie paczka?");
        shop.tick().await;
        shop.agent(shop.ticket().ticket_id, "<p>W&nbsp;drodze.</p>");
        for _ in 0..6 {
            shop.tick().await;
        }
        shop.settle_clean().await;
        assert_eq!(shop.sent(&thread), ["W\u{a0}drodze."], "{date:?}");
    }
}
