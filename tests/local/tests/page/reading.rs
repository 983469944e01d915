//! What the page shows to somebody who reads it without a script.

use std::time::Duration;

use jiff::SignedDuration;
use local::Stack;
use twins::{AgentReply, Author, NewComment, NewMessage, NewThread, ParticipantKind, World, WorldOptions};

use crate::site::{Site, form};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_shop_says_how_to_begin_in_both_languages() {
    let site = Site::still().await;
    let polish = site.get_in("/", "pl-PL,pl;q=0.9,en;q=0.5").await.text().await.expect("text");
    assert!(polish.contains("<html lang=\"pl\">"), "{polish}");
    assert!(polish.contains("Nikt jeszcze nie napisał.") && polish.contains("Nie ma jeszcze zgłoszeń."));
    let english = site.get_in("/", "de").await.text().await.expect("text");
    assert!(english.contains("<html lang=\"en\">") && english.contains("Nobody has written yet."));
    let chosen = site.get_in("/?lang=pl", "en").await.text().await.expect("text");
    assert!(chosen.contains("<html lang=\"pl\">"), "what was chosen wins over what the browser likes");
    assert!(chosen.contains("href=\"/?new=1&amp;lang=pl\""), "and stays with every link: {chosen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_and_the_bridge_stand_on_one_page() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    for part in ["id=\"thread\"", "id=\"ticket\"", "id=\"facts\"", "id=\"bridge-state\"", "id=\"faults\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(page.matches("Gdzie jest moja paczka?").count(), 2, "on the left and on the right: {page}");
    assert!(page.contains("in ticket 1") && page.contains("Jan Kowalczyk"));
    for count in ["lost", "doubled", "leaked"] {
        assert!(page.contains(&format!("data-count=\"{count}\">{count} <b>0</b>")), "{count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn speakers_are_told_apart_on_both_sides() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    let world = site.world();
    world.write(&thread, NewMessage::new(Author::Shop, "<p>Z panelu.</p>")).expect("written");
    let private = NewMessage {
        to: Some(vec![ParticipantKind::Shop]),
        ..NewMessage::new(Author::Operator, "<p>Poufnie.</p>")
    };
    world.write(&thread, private).expect("written");
    let comment = NewComment { login: "jnowak".into(), text: "Sprawdzam.".into(), attachments: Vec::new() };
    world.agent_comment(ticket, comment).expect("written");
    world.agent_reply(ticket, AgentReply::new("jnowak", "<p>Odpowiedź agenta.</p>")).expect("written");
    site.settle().await;
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    let (left, right) = page.split_once("id=\"ticket\"").expect("both columns");
    for who in ["buyer", "panel", "operator", "agent"] {
        assert!(left.contains(&format!("data-who=\"{who}\"")), "{who} on the left: {left}");
        assert!(right.contains(&format!("data-who=\"{who}\"")), "{who} on the right: {right}");
    }
    assert!(left.contains("to the shop only"));
    for who in ["comment", "system"] {
        assert!(right.contains(&format!("data-who=\"{who}\"")), "{who} on the right only");
        assert!(!left.contains(&format!("data-who=\"{who}\"")), "{who} on the right only");
    }
    assert!(right.contains("data-state=\"delivered\"") && right.contains("delivered to EmpikPlace"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_marked_until_it_was_open() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    assert!(site.read("/").await.contains("row unread"), "a thread that came after the page is new");
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    assert!(page.contains("<title>EmpikPlace ⇄ Thulium</title>"), "what is open is not new: {page}");
    assert!(!site.read("/").await.contains("row unread"));
    site.world().write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("written");
    let page = site.read("/").await;
    assert!(page.contains("row unread") && page.contains("<title>(1) "), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_filtered() {
    let site = Site::still().await;
    let (_, first) = site.conversation().await;
    let (_, second) = site.conversation().await;
    site.world().move_ticket(second, 8).expect("moved");
    site.world().close_ticket(first).expect("closed");
    let both = site.read("/").await;
    let shows = |page: &str, ticket: u64| page.contains(&format!("id=\"k-{ticket}\""));
    assert!(shows(&both, first) && shows(&both, second));
    for (filter, has_first, has_second) in [
        ("queue=8", false, true),
        ("status=4", true, false),
        ("tag=empikplace", true, true),
        ("source=www", true, true),
        ("category=5", false, false),
        ("queue=8&status=4", false, false),
    ] {
        let page = site.read(&format!("/?{filter}")).await;
        assert_eq!((shows(&page, first), shows(&page, second)), (has_first, has_second), "{filter}");
        assert_eq!(page.contains("No ticket passes the filters."), !has_first && !has_second, "{filter}");
        assert!(page.contains("class=\"filters\" open"), "a filter in force is in sight");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_section_beside_a_ticket_has_order_products_and_customer() {
    let site = Site::sample().await;
    let of = |subject: &str| {
        let found = site.world().tickets().into_iter().find(|ticket| ticket.subject.contains(subject));
        found.expect("a ticket").ticket_id
    };
    let page = site.read(&format!("/?lang=pl&ticket={}", of("2611-48151-A"))).await;
    let facts = page.split("id=\"facts\"").nth(1).expect("the section");
    for fact in [
        "Jan Kowalczyk",
        "1048211",
        "2611-48151-A",
        "wysłane",
        "InPost",
        "2 × <bdi>Pasek zapasowy, 16 mm</bdi>",
        "razem 119,97 zł",
        "rozmowa w EmpikPlace",
        "Empik wątek",
    ] {
        assert!(facts.contains(fact), "{fact} in {facts}");
    }
    assert!(page.contains("Odłożone") && page.contains("Ponów"), "two replies are set aside");
    assert!(page.contains("data-who=\"bridge-note\""), "the order card");
    let offer = site.read(&format!("/?lang=pl&ticket={}", of("Pytanie o produkt"))).await;
    let facts = offer.split("id=\"facts\"").nth(1).expect("the section");
    assert!(facts.contains("Lampka biurkowa Nordlys, dąb") && facts.contains("Marta Wiśniewska"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_that_something_changed() {
    let site = Site::still().await;
    site.settle().await;
    let mut stream = site.get_in("/live?since=0", "en").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first = stream.chunk().await.expect("read").expect("an event");
    assert!(String::from_utf8_lossy(&first).contains("event: changed"), "{first:?}");
    site.act("/wait", form(&[])).await;
    let second = stream.chunk().await.expect("read").expect("an event");
    assert!(String::from_utf8_lossy(&second).contains("data: "), "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_across_is_on_the_way_first_and_lost_when_the_bridge_is_done() {
    let world = World::new(WorldOptions::default()).expect("a world");
    world.set_time("2026-11-23T13:00:00Z".parse().expect("a time"));
    let since = world.now();
    // Something that the checker asks for and the bridge does not carry: it was not there yet.
    world.open_thread(NewThread::from_customer("C-1", "Ewa Dawna", "<p>Dawno temu</p>")).expect("a thread");
    world.advance(SignedDuration::from_hours(1));
    let site = Site::since(Stack::joined(world).await.expect("a stack"), Some(since)).await;
    let lost = |page: &str, count: usize| page.contains(&format!("data-count=\"lost\">lost <b>{count}</b>"));
    let mut waited = false;
    for _ in 0..200 {
        let page = site.read("/").await;
        if lost(&page, 1) {
            assert!(waited, "it was given time first");
            assert!(page.contains("class=\"count some\""), "a loss is in another colour");
            return;
        }
        assert!(lost(&page, 0) && page.contains("1 on the way"), "{page}");
        waited = true;
        site.act("/tick", form(&[])).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing is lost: {}", site.read("/").await);
}
