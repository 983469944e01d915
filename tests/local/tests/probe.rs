//! scratch
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout)]
use local::*;
use twins::*;
use bridge::ledger::Ledger;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
#[tokio::test(flavor = "multi_thread")]
async fn rejected() {
    let w = World::new(WorldOptions::default()).unwrap();
    w.set_time("2026-11-23T13:00:00Z".parse().unwrap());
    let c = local::console::Console::new(clock_of(&w), jiff::tz::TimeZone::UTC);
    tracing_subscriber::registry().with(c.layer()).init();
    w.patch_switches(&serde_json::json!({"thulium":{"response_attachments":"rejected","comment_attachments":"rejected"}})).unwrap();
    let s = Stack::joined(w.clone()).await.unwrap();
    let o = w.open_thread(NewThread::from_customer("C-1", "Jan Kowalczyk", "<p>Gdzie jest moja paczka?</p>")).unwrap();
    s.settle(60).await.unwrap();
    w.advance(jiff::SignedDuration::from_secs(5));
    w.agent_comment(1, NewComment{login:"jnowak".into(), text:"x".into(), attachments: vec![]}).unwrap();
    w.write(&o.thread_id, NewMessage{attachments: vec![NewFile::new("a.txt", b"abc")], ..NewMessage::new(Author::Customer, "<p>Oto plik.</p>")}).unwrap();
    let r = s.settle(60).await.map(|x| x.ticks).map_err(|e| e.to_string());
    println!("{r:?}");
    w.advance(jiff::SignedDuration::from_secs(5));
    w.write(&o.thread_id, NewMessage::new(Author::Customer, "<p>Halo, jest tam kto?</p>")).unwrap();
    let r = s.settle(60).await.map(|x| x.ticks).map_err(|e| e.to_string());
    println!("{r:?} {:?} {:?}", s.parked(&"shop-a".parse().unwrap()).await.unwrap(), w.comparison().findings);
    println!("{:?}", s.ledger().integrations().await.unwrap()[0].content.as_ref().unwrap().habits);
    for m in w.ticket(1).unwrap().messages { println!("{:?} {:?}", m.kind, m.text().lines().next()); }
}
