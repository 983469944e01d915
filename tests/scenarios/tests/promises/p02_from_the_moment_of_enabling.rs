//! Promise 2: what is new comes over with its history, marked as such; a backfill can be chosen; off and
//! on again loses nothing and repeats nothing.

use twins::{Author, MessageKind, NewThread};

use scenarios::shop::{Shop, below_header, texts};

#[tokio::test]
async fn only_what_is_new_comes_over_with_its_history_marked() {
    let shop = Shop::open().await;
    shop.world().set_time("2026-11-01T08:00:00Z".parse().expect("a time"));
    let old = shop.buyer_opens("dawno");
    shop.later(60);
    shop.writes(&old, Author::Shop, "Odpisaliśmy wtedy z panelu.");
    shop.opens(NewThread::from_customer("C-2", "Ola", "nigdy nie wróci"));
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.tick().await;
    assert!(shop.tickets().is_empty(), "older conversations stay out");
    shop.writes(&old, Author::Customer, "wracam do sprawy");
    shop.settle().await;
    let ticket = shop.ticket();
    let mails = texts(&ticket, MessageKind::Mail);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["dawno", "wracam do sprawy"]);
    assert!(mails[0].contains("· wcześniejsza ·"), "{}", mails[0]);
    assert!(!mails[1].contains("wcześniejsza"), "{}", mails[1]);
    let comments = texts(&ticket, MessageKind::Comment);
    let panel = comments.iter().find(|c| c.ends_with("Odpisaliśmy wtedy z panelu.")).expect("the reply");
    assert!(panel.contains("· wcześniejsza ·"), "{panel}");
}

#[tokio::test]
async fn a_backfill_and_no_history() {
    let shop = Shop::with(|settings| {
        settings.import.backfill = "5d".parse().expect("a backfill");
        settings.import.history = false;
    })
    .await;
    shop.world().set_time("2026-11-01T08:00:00Z".parse().expect("a time"));
    let thread = shop.buyer_opens("za dawno");
    shop.opens(NewThread::from_customer("C-2", "Ola", "zostaje"));
    shop.world().set_time("2026-11-20T08:00:00Z".parse().expect("a time"));
    shop.writes(&thread, Author::Customer, "trzy dni temu");
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.settle().await;
    let mails = texts(&shop.ticket(), MessageKind::Mail);
    assert_eq!(mails.iter().map(|m| below_header(m)).collect::<Vec<_>>(), ["trzy dni temu"]);
}

#[tokio::test]
async fn conversations_older_than_the_backfill_stay_out() {
    let shop = Shop::with(|settings| settings.import.backfill = "5d".parse().expect("a backfill")).await;
    shop.world().set_time("2026-11-10T08:00:00Z".parse().expect("a time"));
    shop.opens(NewThread::from_customer("C-2", "Ola", "za stare"));
    shop.world().set_time("2026-11-20T08:00:00Z".parse().expect("a time"));
    shop.opens(NewThread::from_customer("C-1", "Jan K.", "mieści się"));
    shop.world().set_time("2026-11-23T13:10:00Z".parse().expect("a time"));
    shop.settle().await;
    assert_eq!(below_header(&texts(&shop.ticket(), MessageKind::Mail)[0]), "mieści się");
}

#[tokio::test]
async fn switching_off_and_on_again_loses_nothing_and_repeats_nothing() {
    let shop = Shop::open().await;
    let thread = shop.buyer_opens("jeden");
    shop.settle().await;
    let mut settings = shop.stack.settings();
    settings.enabled = false;
    shop.stack.add_integration(&settings, shop.stack.secret()).await.expect("off");
    let row = shop.tick().await;
    assert_eq!((row["status"].as_str(), row["reason"].as_str()), (Some("skipped"), Some("disabled")));
    shop.writes(&thread, Author::Customer, "dwa");
    shop.opens(NewThread::from_customer("C-2", "Ola", "w międzyczasie"));
    shop.tick().await;
    assert_eq!(shop.tickets().len(), 1);
    settings.enabled = true;
    shop.stack.add_integration(&settings, shop.stack.secret()).await.expect("on");
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 2);
}
