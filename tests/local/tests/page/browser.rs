//! The page in a browser: what a person types on one side appears on the other.

use std::path::PathBuf;
use std::time::Duration;

use twins::{Author, Kind, MessageKind, NewMessage, NewThread, Side};

use crate::site::{Site, count};
use crate::webdriver::Browser;

/// A place for files that are attached, and for pictures; no two tests use the same name.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).expect("made");
    folder.join(name)
}

/// Opens a thread as the buyer and waits for its ticket; both are open then.
async fn asked(site: &Site, browser: &Browser) -> (String, u64) {
    let asked = NewThread::from_customer("C-1", "Jan Kowalczyk", "<p>Gdzie jest moja paczka?</p>");
    let thread = site.world().open_thread(asked).expect("a thread").thread_id;
    browser.open(&site.page.url()).await;
    browser.until("#tickets .row", "EmpikPlace: Pytanie o zamówienie").await;
    browser.click("#tickets .row").await;
    browser.until("#ticket .buyer", "Gdzie jest moja paczka?").await;
    let ticket = site.world().tickets().last().expect("a ticket").ticket_id;
    (thread, ticket)
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_files_and_replies_cross_and_comments_do_not() {
    let Some(browser) = Browser::start("en").await else { return };
    let site = Site::running().await;
    let (thread, ticket) = asked(&site, &browser).await;
    let (left, right) = (scratch("photo.txt"), scratch("label.txt"));
    std::fs::write(&left, "a photo").expect("written");
    std::fs::write(&right, "a label").expect("written");

    // Left to right, with a file.
    browser.enter("#write-body", "And here is a photo").await;
    browser.enter("#write-files", left.to_str().expect("text")).await;
    browser.click("#write .primary").await;
    browser.until("#ticket .buyer", "And here is a photo").await;
    browser.until("#ticket .file", "photo.txt").await;
    let history = site.world().history(0);
    let event = |side, kind, text: &str| {
        let found = history.iter().find(|event| {
            event.side == Some(side)
                && event.kind == kind
                && event.text.as_ref().is_some_and(|body| body.contains(text))
        });
        found.expect("an event").at
    };
    let written = event(Side::Empikplace, Kind::ThreadMessage, "And here is a photo");
    let arrived = event(Side::Thulium, Kind::TicketMessage, "And here is a photo");
    let requests = site.world().requests(0);
    let polls =
        requests.iter().filter(|r| r.operation == "M11" && r.at >= written && r.at <= arrived).count();
    assert!((1..=2).contains(&polls), "within two poll intervals, not {polls}");

    // An internal comment, then a reply with a file, which goes the other way.
    browser.click("#answer input[value=comment] + span").await;
    browser.enter("#answer-body", "Nobody else may read this").await;
    browser.click("#answer .primary").await;
    browser.until("#ticket .comment", "Nobody else may read this").await;
    browser.click("#answer input[value=reply] + span").await;
    browser.enter("#answer-body", "It comes tomorrow").await;
    browser.enter("#answer-files", right.to_str().expect("text")).await;
    // Control and Enter send what is being written.
    browser.enter("#answer-body", "\u{E009}\u{E007}").await;
    browser.until("#thread .agent", "It comes tomorrow").await;
    browser.until("#thread .file", "label.txt").await;
    browser.until("#ticket [data-state=delivered]", "delivered to EmpikPlace").await;
    let thread_texts = browser.texts("#thread").await.concat();
    assert!(!thread_texts.contains("Nobody else may read this"), "{thread_texts}");

    browser.until("#bridge-feed", "an agent's reply delivered").await;
    browser.until("#verdict", "lost 0doubled 0leaked 0").await;
    let messages = site.world().thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(count(&site.ticket(ticket), MessageKind::Mail, "And here is a photo"), 1);
    assert_eq!(browser.complaints().await, Vec::<String>::new(), "the policy stops nothing that is ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_thulium_down_and_up_again_everything_arrives_once() {
    let Some(browser) = Browser::start("en").await else { return };
    let site = Site::running().await;
    let (thread, ticket) = asked(&site, &browser).await;
    browser.click("#fault-thulium-down").await;
    browser.until("#fault-thulium-down[aria-checked=true]", "Thulium down").await;
    for text in ["First while it is down", "Second while it is down"] {
        browser.enter("#write-body", text).await;
        browser.click("#write .primary").await;
        browser.until("#thread .buyer", text).await;
    }
    browser.until("#bridge-state .condition", "The last tick failed").await;
    browser.until("#verdict", "lost 0doubled 0leaked 0").await;
    assert!(!browser.texts("#ticket").await.concat().contains("while it is down"));
    browser.click("#fault-thulium-down").await;
    browser.until("#fault-thulium-down[aria-checked=false]", "Thulium down").await;
    for _ in 0..3 {
        // Retries wait for longer and longer: the clock is moved, as a person does who watches.
        browser.click("#wait").await;
    }
    for text in ["First while it is down", "Second while it is down"] {
        browser.until("#ticket .buyer", text).await;
        assert_eq!(count(&site.ticket(ticket), MessageKind::Mail, text), 1, "{text}");
    }
    browser.until("#verdict", "lost 0doubled 0leaked 0").await;
    assert_eq!(site.world().tickets().len(), 1);
    assert_eq!(site.world().thread(&thread).expect("a thread").messages.len(), 3);
    assert!(site.world().comparison().clean, "{:?}", site.world().comparison().findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_retry_button_sends_what_was_set_aside() {
    let Some(browser) = Browser::start("en").await else { return };
    let site = Site::running().await;
    let (thread, ticket) = asked(&site, &browser).await;
    site.world().switch(|switches| switches.empikplace.messages_per_thread = 1);
    browser.enter("#answer-body", "It comes tomorrow").await;
    browser.click("#answer .primary").await;
    browser.until("#ticket [data-state=parked]", "EmpikPlace refused it").await;
    browser.until("#bridge-items", "Set aside").await;
    site.world().switch(|switches| switches.empikplace.messages_per_thread = 1_000);
    browser.click("#bridge-items .items button").await;
    browser
        .until_all("#bridge-items", "nothing set aside", |texts| !texts.concat().contains("Set aside"))
        .await;
    for _ in 0..4 {
        // What was sent once is looked for first, and sent again only when it surely is not there.
        browser.click("#wait").await;
    }
    browser.until("#thread .agent", "It comes tomorrow").await;
    browser.until("#ticket [data-state=delivered]", "delivered to EmpikPlace").await;
    browser.until("#bridge-items", "Nothing waits").await;
    let messages = site.world().thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(count(&site.ticket(ticket), MessageKind::Reply, "It comes tomorrow"), 1);
}

/// The main states, as pictures: name, address, width, height, colours.
const PICTURES: [(&str, &str, u32, u32, &str); 8] = [
    ("both-sides", "/?lang=en&thread={thread}&ticket={ticket}", 1280, 960, "light"),
    ("both-sides-dark", "/?lang=pl&thread={thread}&ticket={ticket}", 1280, 800, "dark"),
    ("lists", "/?lang=pl", 1280, 800, "light"),
    ("new-thread", "/?lang=en&new=1&queue=7", 1280, 800, "dark"),
    ("narrow-thread", "/?lang=pl&thread={thread}&ticket={ticket}", 390, 844, "light"),
    ("narrow-ticket", "/?lang=en&thread={thread}&ticket={ticket}&pane=thulium", 390, 844, "light"),
    ("narrow-bridge", "/?lang=pl&pane=bridge", 390, 844, "dark"),
    ("trouble", "/?lang=en&thread={thread}&ticket={ticket}", 1280, 800, "light"),
];

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_main_states() {
    let Some(browser) = Browser::start("pl").await else { return };
    let site = Site::sample_with(Duration::from_secs(2)).await;
    // Kept in the repository only when a person asks for it, to be looked at.
    let folder = match std::env::var_os("SCREENSHOTS") {
        Some(_) => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots"),
        None => scratch("screenshots"),
    };
    std::fs::create_dir_all(&folder).expect("made");
    let ticket =
        site.world().tickets().into_iter().find(|t| t.subject.contains("2611-48301-A")).expect("a ticket");
    let thread = ticket.custom_fields["Empik wątek"].clone();
    let ticket = ticket.ticket_id;
    let place = |path: &str| {
        let path = path.replace("{thread}", &thread).replace("{ticket}", &ticket.to_string());
        format!("{}{path}", site.origin())
    };
    // Something that has just crossed, both ways.
    browser.open(&place(PICTURES[0].1)).await;
    browser.enter("#write-body", "Dziękuję, to czekam do środy. A co z kuponem?").await;
    browser.click("#write .primary").await;
    browser.until("#ticket .buyer", "A co z kuponem?").await;
    browser.enter("#answer-body", "Kupon na 30 zł wysłaliśmy e-mailem.").await;
    browser.click("#answer .primary").await;
    browser.until("#thread .agent", "Kupon na 30 zł").await;
    browser.until("#bridge-state .condition", "Everything is across").await;
    for (name, path, width, height, scheme) in PICTURES {
        browser.look(width, height, scheme).await;
        browser.open(&place(path)).await;
        if name == "lists" {
            let asks = NewMessage::new(Author::Customer, "<p>Czy paczka już wyszła?</p>");
            let other = site.world().threads().into_iter().find(|other| other.id != thread);
            site.world().write(&other.expect("a thread").id, asks).expect("written");
            browser.until("#tickets .unread", "Czy paczka już wyszła?").await;
        }
        if name == "trouble" {
            browser.click("#fault-thulium-down").await;
            browser.enter("#write-body", "Czy mogę dostać też fakturę?").await;
            browser.click("#write .primary").await;
            browser.until("#bridge-state .condition", "The last tick failed").await;
            browser.until("#bridge-items", "On the way").await;
        }
        let fits = browser.run("return document.documentElement.scrollWidth <= window.innerWidth").await;
        assert_eq!(fits, true, "{name} is wider than its window");
        let picture = browser.screenshot().await;
        assert!(picture.starts_with(b"\x89PNG"), "{name}");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
    }
}
