//! What strangers write, and what other sites try.

use reqwest::{StatusCode, header};
use twins::{Author, NewFile, NewMessage, NewThread};

use crate::site::{Site, form, with_file};

const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>";

#[tokio::test(flavor = "multi_thread")]
async fn names_messages_and_file_names_show_as_text() {
    let site = Site::still().await;
    let name = "Ewa <b>\"Zła\"</b>\u{202E}nap";
    let mut asked = NewThread::from_customer("C-9", name, "<p>Zwykłe pytanie</p>");
    asked.topic = Some(twins::Topic { kind: "FREE_TEXT".into(), value: SCRIPT.into() });
    asked.attachments = vec![NewFile::new("rachunek\u{202E}fdp.<b>exe", b"x")];
    let thread = site.world().open_thread(asked).expect("a thread").thread_id;
    site.act(&format!("/write?thread={thread}"), form(&[("from", "customer"), ("body", SCRIPT)])).await;
    let raw = NewMessage::new(Author::Customer, &format!("<p>surowe</p>{SCRIPT}<style>*{{}}</style>"));
    site.world().write(&thread, raw).expect("written");
    site.settle().await;
    let ticket = site.world().tickets()[0].ticket_id;
    let comment = form(&[("kind", "comment"), ("login", "jnowak"), ("body", SCRIPT)]);
    site.act(&format!("/answer?ticket={ticket}"), with_file(comment, "\"><script>.txt", b"x")).await;
    let page = site.read(&format!("/?thread={thread}&ticket={ticket}")).await;
    let list = site.read("/").await;
    for page in [&page, &list] {
        assert_eq!(page.matches("<script").count(), 1, "only the page's own: {page}");
        for bad in ["<img", "onerror=alert(2)>", "<b>\"Z", "<style>", "\u{202E}", "<b>exe"] {
            assert!(!page.contains(bad), "{bad:?} in {page}");
        }
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "a text is shown as it was typed");
    assert!(
        page.contains("Ewa &lt;b&gt;&quot;Zła&quot;&lt;/b&gt;<span class=\"sly\">U+202E</span>nap"),
        "{page}"
    );
    assert!(page.contains("rachunek<span class=\"sly\">U+202E</span>fdp.&lt;b&gt;exe"), "{page}");
    let file = &site.world().thread(&thread).expect("a thread").messages[0].attachments[0];
    let response = site.get_in(&format!("/files/empikplace/{}", file.id), "en").await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/octet-stream");
    let disposition = response.headers()[header::CONTENT_DISPOSITION].to_str().expect("text");
    assert!(disposition.starts_with("attachment;") && disposition.is_ascii(), "{disposition}");
    assert_eq!(site.get_in("/files/thulium/none", "en").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_page_itself_changes_anything() {
    let site = Site::still().await;
    let (thread, _) = site.conversation().await;
    let path = format!("/write?thread={thread}");
    for origin in [None, Some("null"), Some("http://evil.example"), Some("http://127.0.0.1")] {
        let response = site.send_from(&path, form(&[("from", "customer"), ("body", "x")]), origin).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin:?}");
    }
    assert_eq!(site.world().thread(&thread).expect("a thread").messages.len(), 1);
    // A name of somebody else that leads here (DNS rebinding).
    let foreign = wire::client(wire::Reach::Anywhere).expect("a client").get(site.page.url());
    let response = foreign.header(header::HOST, "evil.example").send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(!response.text().await.expect("text").contains("Jan Kowalczyk"));
    assert!(site.page.url().starts_with("http://127.0.0.1:"), "on the loopback only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_runs_nothing_but_the_pages_own_files() {
    let site = Site::still().await;
    let (thread, ticket) = site.conversation().await;
    for path in
        [format!("/?thread={thread}&ticket={ticket}"), "/?new=1".into(), "/page.js".into(), "/none".into()]
    {
        let response = site.get_in(&path, "en").await;
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let page = response.text().await.expect("text");
        for inline in [" style=", " onclick", " onsubmit", "javascript:", "<script>"] {
            assert!(!page.contains(inline), "{inline} in {path}");
        }
    }
}
