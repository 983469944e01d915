//! What a person sees, on a narrow and on a wide screen.

use crate::person::{Person, is_there};
use crate::shop::{Shop, steady};

/// Without the bar that a slow machine would show.
const PLAIN: (&str, &str) = ("NO_COLOR", "1");

async fn screen(shop: &Shop, columns: u16, arguments: &[&str], extra: &[(&str, &str)]) -> String {
    let person = Person::sits_down(shop, columns, arguments, extra);
    let (screen, _) = tokio::task::spawn_blocking(move || person.stands_up()).await.expect("the session");
    screen.replace('\r', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_fit_the_screen() {
    if !is_there() {
        return;
    }
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Czy jest wersja zielona?").await;
    let reply = shop.answer(ticket, "ok").await;
    let short: String = thread.chars().take(8).chain(['…']).collect();
    let words = [
        (short, "f0000000…"),
        (thread, "f0000000-0000-4000-8000-000000000000"),
        (format!("  {reply}  "), "  7  "),
    ];
    for columns in [80, 200] {
        for (name, arguments) in [
            ("conversations", &["conversations", "shop-a"][..]),
            ("parked", &["parked", "shop-a"]),
            ("parked_pl", &["parked", "shop-a", "--language", "pl"]),
        ] {
            let shown = screen(&shop, columns, arguments, &[PLAIN]).await;
            assert!(shown.lines().all(|line| line.chars().count() <= usize::from(columns)), "{shown}");
            assert!(!shown.contains('\u{1b}'), "no colours: {shown}");
            insta::assert_snapshot!(format!("{name}_{columns}"), steady(&shown, &words));
        }
        let status = screen(&shop, columns, &["status"], &[PLAIN]).await;
        assert!(status.lines().all(|line| line.chars().count() <= usize::from(columns)), "{status}");
        assert!(status.starts_with("INTEGRATION  STATE  LAST TICK"), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_without_utf_8_gets_ascii() {
    if !is_there() {
        return;
    }
    let shop = Shop::empty().await;
    let polish = screen(&shop, 80, &["status"], &[("LANG", "pl_PL.ISO-8859-2")]).await;
    assert!(polish.is_ascii() && polish.contains("nie ma jeszcze zadnej integracji"), "{polish}");
    let utf8 = screen(&shop, 80, &["status"], &[("LANG", "pl_PL.UTF-8")]).await;
    assert!(utf8.contains("żadnej"), "{utf8}");
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_goes_on_until_ctrl_c() {
    if !is_there() {
        return;
    }
    let shop = Shop::joined().await;
    let mut person = Person::sits_down(&shop, 80, &["status", "--watch", "1"], &[]);
    let well = tokio::task::spawn_blocking(move || {
        person.reads("shop-a");
        person.reads("shop-a");
        person.types("\u{3}");
        person.stands_up().1
    })
    .await
    .expect("the session");
    assert!(well, "Ctrl-C is how it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_is_confirmed_by_the_number_of_the_ticket() {
    if !is_there() {
        return;
    }
    let shop = Shop::joined().await;
    let (_, ticket) = shop.question("Czy jest wersja zielona?").await;
    let reply = shop.answer(ticket, "ok").await;
    let (ticket, reply) = (ticket.to_string(), reply.to_string());
    for (typed, well) in [("yes".to_owned(), false), (ticket.clone(), true)] {
        let mut person = Person::sits_down(&shop, 80, &["drop", "shop-a", &ticket, &reply], &[]);
        let ended = tokio::task::spawn_blocking(move || {
            person.answers("to confirm: ", &typed);
            person.stands_up().1
        })
        .await
        .expect("the session");
        assert_eq!(ended, well);
    }
    assert_eq!(shop.run(&["parked", "shop-a"]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_longer_than_a_second_shows_a_bar_where_one_can_be_drawn() {
    if !is_there() {
        return;
    }
    let shop = Shop::joined().await;
    let rule = serde_json::json!({ "operation": "A01", "kind": "slow", "ms": 1500 });
    shop.world.add_fault(serde_json::from_value(rule).expect("a rule"));
    let bar = screen(&shop, 80, &["doctor"], &[]).await;
    assert!(bar.contains("0/1") && bar.contains('\u{1b}'), "{bar:?}");
    for plain in [PLAIN, ("TERM", "dumb")] {
        let shown = screen(&shop, 80, &["doctor"], &[plain]).await;
        assert!(!shown.contains('\u{1b}') && shown.contains("checking shop-a"), "{plain:?}: {shown:?}");
    }
    let piped = shop.run(&["doctor"]).await;
    assert!(!format!("{piped:?}").contains("0/1"), "{piped:?}");
}
