//! What people do on the page, by its forms, through the bridge and back.

use std::time::Duration;

use reqwest::StatusCode;
use twins::{Author, MessageKind};

use crate::site::{Site, count, form, with_file};

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_opens_a_thread_about_an_order_and_it_becomes_a_ticket() {
    let site = Site::sample().await;
    let filled = form(&[
        ("about", "order:2611-48151-A"),
        ("buyer", ""),
        ("topic", "Pytanie o pasek"),
        ("body", "Czy pasek pasuje\r\ndo starszego modelu?"),
    ]);
    let to = site.act("/open?lang=pl", with_file(filled, "pasek.txt", b"16 mm")).await;
    let page = site.read(&to).await;
    // The bridge is at work, and may have been faster than the page.
    let stands = page.contains("czeka na most") || page.contains("w zgłoszeniu");
    assert!(page.contains("Jan Kowalczyk") && stands, "{page}");
    site.settle().await;
    let ticket = site.world().tickets().pop().expect("a ticket");
    assert!(ticket.subject.contains("2611-48151-A") && ticket.subject.contains("Pytanie o pasek"));
    assert_eq!(count(&ticket, MessageKind::Mail, "do starszego modelu?"), 1);
    let carried = ticket.messages.iter().flat_map(|message| &message.attachments).next().expect("a file");
    assert_eq!(&site.world().file(carried).expect("a file").bytes[..], b"16 mm");
    assert!(site.read(&to).await.contains(&format!("w zgłoszeniu {}", ticket.ticket_id)));

    let offer =
        form(&[("about", "offer:9913027"), ("buyer", "Nowa Osoba"), ("topic", ""), ("body", "Dzień dobry")]);
    site.act("/open", offer).await;
    let thread = site.world().threads().pop().expect("a thread");
    assert_eq!(thread.entities[0].label, "Lampka biurkowa Nordlys, dąb");
    assert!(thread.authorized_participants.iter().any(|p| p.display_name == "Nowa Osoba"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_write_into_a_thread() {
    let site = Site::still().await;
    let (thread, _) = site.conversation().await;
    let path = format!("/write?thread={thread}");
    site.act(&path, form(&[("from", "customer"), ("body", "A kiedy?")])).await;
    site.act(&path, form(&[("from", "operator"), ("body", "Do wszystkich.")])).await;
    site.act(&path, form(&[("from", "operator"), ("private", "1"), ("body", "Do sklepu.")])).await;
    site.act(&path, form(&[("from", "shop"), ("body", "Z panelu.")])).await;
    let messages = site.world().thread(&thread).expect("a thread").messages;
    let seen: Vec<(Author, usize)> =
        messages[1..].iter().map(|message| (message.author, message.to.len())).collect();
    assert_eq!(
        seen,
        [(Author::Customer, 1), (Author::Operator, 2), (Author::Operator, 1), (Author::Shop, 1)]
    );
    site.settle().await;
    assert!(site.world().comparison().clean);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_replies_comments_closes_and_reopens() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let path = |act: &str| format!("/{act}?ticket={ticket}");
    let text = form(&[
        ("kind", "reply"),
        ("login", "jnowak"),
        ("format", "text"),
        ("body", "Cena < 10 zł\ni gratis"),
    ]);
    site.act(&path("answer"), with_file(text, "instrukcja.pdf", b"%PDF-1.4")).await;
    let html = [
        ("kind", "reply"),
        ("login", "akowalska"),
        ("format", "html"),
        ("body", "<p>Druga <b>odpowiedź</b></p>"),
    ];
    site.act(&path("answer"), form(&html)).await;
    let comment = [("kind", "comment"), ("login", "jnowak"), ("body", "Nikomu ani słowa <i>x</i>")];
    site.act(&path("answer"), form(&comment)).await;
    site.settle().await;
    let messages = site.world().thread(&thread).expect("a thread").messages;
    let sent: Vec<&str> =
        messages.iter().filter(|m| m.author == Author::Api).map(|m| m.body.as_str()).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0].contains("10 zł") && sent[1].contains("Druga odpowiedź"), "{sent:?}");
    assert_eq!(messages.iter().flat_map(|message| &message.attachments).count(), 1);
    assert_eq!(count(&site.ticket(ticket), MessageKind::Comment, "Nikomu ani słowa <i>x</i>"), 1);
    assert!(site.world().comparison().clean);

    site.act(&path("close"), form(&[])).await;
    assert_eq!(site.ticket(ticket).status_id, 4);
    assert!(site.read(&format!("/?ticket={ticket}")).await.contains("data-act=\"/reopen\""));
    site.act(&path("reopen"), form(&[])).await;
    assert_eq!(site.ticket(ticket).status_id, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_not_taken_says_why_and_keeps_what_was_typed() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let write = format!("/write?thread={thread}");
    let answer = format!("/answer?ticket={ticket}");
    let large =
        || with_file(form(&[("from", "customer"), ("body", "zostaje")]), "film.mp4", &vec![0; 8_400_000]);
    let many = (0..11).fold(form(&[("from", "customer")]), |form, _| with_file(form, "a.txt", b"a"));
    let cases = [
        (&write, form(&[("from", "customer"), ("body", "  ")]), 422, "The message is empty"),
        (&write, form(&[("from", "customer"), ("body", &"a".repeat(60_001))]), 422, "too long"),
        (&write, form(&[("from", "nobody"), ("body", "zostaje")]), 400, "zostaje"),
        (&write, large(), 413, "zostaje"),
        (&write, many, 413, "Too many files"),
        (
            &"/write?thread=none".to_owned(),
            form(&[("from", "customer"), ("body", "x")]),
            404,
            "not here any more",
        ),
        (
            &"/answer?ticket=99".to_owned(),
            form(&[("kind", "reply"), ("login", "jnowak"), ("body", "x")]),
            404,
            "",
        ),
        (
            &answer,
            form(&[("kind", "comment"), ("login", "jnowak"), ("body", "")]),
            422,
            "value=\"comment\" checked",
        ),
        (&"/open".to_owned(), form(&[("about", "order:none"), ("body", "x")]), 404, ""),
        (&"/nothing".to_owned(), form(&[]), 404, ""),
        (&"/retry".to_owned(), form(&[("thread", "none"), ("reply", "1/2")]), 404, ""),
    ];
    let before = (site.world().thread(&thread), site.world().ticket(ticket));
    for (path, form, status, text) in cases {
        let response = site.send(path, form).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        let page = response.text().await.expect("text");
        assert!(page.contains("role=\"alert\"") && page.contains(text), "{path}: {text} in {page}");
    }
    assert_eq!((site.world().thread(&thread), site.world().ticket(ticket)), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_goes_out_when_a_person_says_so() {
    let site = Site::still().await;
    let (thread, ticket) = site.parked().await;
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    assert!(page.contains("Set aside") && page.contains("EmpikPlace refused it"), "{page}");
    assert!(page.contains("data-state=\"parked\""));
    let value = page.split("name=\"reply\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let reply = value.expect("a button").to_owned();
    let retry = || form(&[("thread", &thread), ("reply", &reply)]);
    site.act(&format!("/retry?thread={thread}"), retry()).await;
    site.settle().await;
    let messages = site.world().thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|m| m.body.contains("Jutro rano.")).count(), 1);
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    assert!(page.contains("data-state=\"delivered\"") && !page.contains("data-state=\"parked\""));
    let again = site.send(&format!("/retry?thread={thread}"), retry()).await;
    assert_eq!(again.status(), StatusCode::CONFLICT, "it is not set aside any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_broken_on_purpose_nothing_is_lost_or_doubled() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let switch = |name: &str, on: &str| form(&[("name", name), ("on", on)]);
    let names = ["empikplace-500", "thulium-down", "lost-answers", "rate-limit"];
    for (number, name) in names.into_iter().enumerate() {
        site.act("/fault", switch(name, "1")).await;
        let page = site.read("/").await;
        assert_eq!(page.matches("aria-checked=\"true\"").count(), 1, "{name}");
        let said = form(&[("from", "customer"), ("body", &format!("Pytanie {number}"))]);
        site.act(&format!("/write?thread={thread}"), said).await;
        let answer =
            form(&[("kind", "reply"), ("login", "jnowak"), ("body", &format!("Odpowiedź {number}"))]);
        site.act(&format!("/answer?ticket={ticket}"), answer).await;
        site.stack.tick().await.expect("a tick");
        let page = site.read("/").await;
        for count in ["lost", "doubled", "leaked"] {
            assert!(page.contains(&format!("data-count=\"{count}\">{count} <b>0</b>")), "{name}: {count}");
        }
        site.act("/fault", switch(name, "0")).await;
        site.settle().await;
    }
    let found = site.world().comparison();
    assert!(found.clean, "{:?}", found.findings);
    assert_eq!((found.inbound_carried, found.replies_carried), (5, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_in_a_write_leaves_nothing_lost_or_doubled() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let kill = || form(&[("name", "kill"), ("on", "1")]);
    site.act("/fault", kill()).await;
    assert!(site.read("/").await.contains("id=\"fault-kill\" role=\"switch\" aria-checked=\"true\""));
    site.act(&format!("/write?thread={thread}"), form(&[("from", "customer"), ("body", "Pytanie")])).await;
    let died = site.stack.tick().await.expect_err("the tick dies");
    assert!(died.to_string().contains("killed"), "{died:#}");
    for _ in 0..200 {
        if count(&site.ticket(ticket), MessageKind::Mail, "Pytanie") > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count(&site.ticket(ticket), MessageKind::Mail, "Pytanie"), 1, "Thulium has done it");
    assert!(!site.read("/").await.contains("aria-checked=\"true\""), "it dies once");
    site.settle().await;
    assert_eq!(count(&site.ticket(ticket), MessageKind::Mail, "Pytanie"), 1);
    assert!(site.world().comparison().clean);
}
