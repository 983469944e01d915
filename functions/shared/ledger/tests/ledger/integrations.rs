//! Rows, settings, habits, the lease and the cursor.

use bridge::failure::{Class, Side};
use bridge::helpdesk::CommentParameter;
use bridge::integration::{Budget, Cursor, Habits, Health, Lease, Sweep};
use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use ledger::{DynamoLedger, Table};

use crate::support::{Bench, Fate, INTEGRATIONS, at, n, s, shop};

fn settings(id: &str, enabled: bool) -> Settings {
    let text = format!(
        r#"
id = "{id}"
name = "EmpikPlace"
enabled = {enabled}
[empikplace]
url = "https://marketplace.empik.com"
[thulium]
url = "https://acme.thulium.com"
mailbox = "empik@shop.example"
reply_address = "{{thread}}@noreply.shop.example"
customer_field = "Empik ID"
comment_login = "api"
"#
    );
    Settings::from_toml(&text).expect("settings")
}

fn full_cursor() -> Cursor {
    let fine = SignedDuration::from_nanos(123_456_789);
    Cursor {
        empikplace: Some(at(1) + fine),
        thulium: Some(at(2)),
        thulium_held: Some(at(6)),
        next_poll: Some(at(3)),
        empikplace_rests: Some(at(4)),
        thulium_rests: Some(at(5)),
        budget: Some(Budget { millicalls: 239_500, at: at(6) + fine }),
        health: Health {
            last_success: Some(at(7)),
            failing_since: Some(at(8)),
            reason: Some("rejected M11".into()),
            caught_up: Some(at(40)),
            backlog: 12,
            version: Some("0.1.0".into()),
        },
        sweep: Some(Sweep { begun: at(41), next: Some(at(42)) }),
    }
}

async fn take(
    ledger: &DynamoLedger,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Option<(Lease, Cursor)> {
    ledger.take_lease(&shop("shop-a"), owner, now, until).await.expect("an answer")
}

#[tokio::test]
async fn a_lease_is_held_by_one_until_it_lapses() {
    let ledger = Bench::new().await.ledger;
    let (first, cursor) = take(&ledger, "a", at(0), at(60)).await.expect("free");
    assert_eq!(first, Lease { owner: "a".into(), until: at(60), generation: 1 });
    assert_eq!(cursor, Cursor::start());
    assert_eq!(take(&ledger, "b", at(59), at(99)).await, None, "held");
    let (again, _) = take(&ledger, "a", at(1), at(60)).await.expect("ours");
    assert_eq!(again, first, "our own, asked for again");
    let (longer, _) = take(&ledger, "a", at(1), at(80)).await.expect("ours");
    assert_eq!(longer, Lease { until: at(80), ..first.clone() }, "prolonged");
    let (second, _) = take(&ledger, "b", at(80), at(140)).await.expect("lapsed");
    assert_eq!(second, Lease { owner: "b".into(), until: at(140), generation: 2 });

    let id = shop("shop-a");
    assert_eq!(ledger.commit(&id, &longer, &full_cursor()).await, Ok(Write::Lost), "stale");
    assert_eq!(ledger.cursor(&id).await, Ok(Some(Cursor::start())), "nothing was changed");
    assert_eq!(ledger.commit(&id, &second, &full_cursor()).await, Ok(Write::Done));
    assert_eq!(ledger.commit(&id, &second, &full_cursor()).await, Ok(Write::Done), "repeated");
    assert_eq!(ledger.cursor(&id).await, Ok(Some(full_cursor())));
    let (third, cursor) = take(&ledger, "c", at(81), at(141)).await.expect("given back");
    assert_eq!((third.generation, cursor), (3, full_cursor()));
    assert_eq!(ledger.commit(&id, &third, &Cursor::start()).await, Ok(Write::Done));
    assert_eq!(ledger.cursor(&id).await, Ok(Some(Cursor::start())), "what is none is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_takers_one_gets_it() {
    let ledger = Bench::new().await.ledger;
    let owners: Vec<String> = (0..32).map(|owner| format!("owner-{owner}")).collect();
    let taken = join_all(owners.iter().map(|owner| take(&ledger, owner, at(0), at(60)))).await;
    assert_eq!(taken.iter().flatten().count(), 1);
}

#[tokio::test]
async fn lost_answers_do_not_cost_the_lease() {
    let bench = Bench::new().await;
    let (ledger, id) = (&bench.ledger, shop("shop-a"));
    bench.wire.fates(&[Fate::LosesAnswer]);
    let (lease, _) = take(ledger, "a", at(0), at(60)).await.expect("ours");
    assert_eq!(lease.generation, 1);
    bench.wire.fates(&[Fate::Dies]);
    let failure = ledger.commit(&id, &lease, &full_cursor()).await.expect_err("not arrived");
    assert_eq!(failure.class, Class::Unknown);
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(ledger.commit(&id, &lease, &full_cursor()).await, Ok(Write::Done));
    let (next, _) = take(ledger, "b", at(1), at(61)).await.expect("free");
    assert_eq!(ledger.commit(&id, &lease, &full_cursor()).await, Ok(Write::Done), "known as done");
    assert_eq!(ledger.commit(&id, &next, &full_cursor()).await, Ok(Write::Done), "and harmless");
    bench.wire.fates(&[Fate::Dies]);
    ledger.take_lease(&id, "c", at(2), at(62)).await.expect_err("not arrived");

    let (mut stale, _) = take(ledger, "d", at(2), at(62)).await.expect("free");
    bench.wire.fates(&[Fate::Dies]);
    ledger.take_lease(&id, "e", at(62), at(99)).await.expect_err("it lapsed, and may be ours by now");
    for next in ["d", "e"] {
        let (lease, _) = take(ledger, next, stale.until, stale.until + SignedDuration::from_secs(60))
            .await
            .expect("lapsed");
        bench.wire.fates(&[Fate::Dies]);
        assert_eq!(ledger.commit(&id, &stale, &full_cursor()).await, Ok(Write::Lost), "by {next}");
        stale = lease;
    }
}

/// The second of its two requests meets each fate, and once somebody else comes between.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_prolonged_whatever_becomes_of_the_answer_unless_it_was_lost() {
    let bench = Bench::new().await;
    let (ledger, id) = (&bench.ledger, shop("shop-a"));
    let (lease, _) = take(ledger, "a", at(0), at(60)).await.expect("free");
    bench.wire.fates(&[Fate::Arrives, Fate::LosesAnswer]);
    let (longer, _) = take(ledger, "a", at(1), at(80)).await.expect("ours");
    assert_eq!(longer, Lease { until: at(80), ..lease });
    bench.wire.fates(&[Fate::Arrives, Fate::Dies]);
    let failure = ledger.take_lease(&id, "a", at(2), at(90)).await.expect_err("not arrived");
    assert_eq!(failure.class, Class::Unknown);

    let (other, runtime) = (bench.elsewhere(), tokio::runtime::Handle::current());
    bench.wire.requests();
    bench.wire.after(1, move || {
        let taken = async move { assert!(take(&other, "b", at(81), at(140)).await.is_some()) };
        std::thread::spawn(move || runtime.block_on(taken)).join().expect("done");
    });
    bench.wire.fates(&[Fate::Arrives, Fate::Dies]);
    // By a clock that is behind.
    assert_eq!(take(ledger, "a", at(3), at(140)).await, None, "it lapsed, and is somebody else's");
}

#[tokio::test]
async fn a_rest_is_never_shortened() {
    let bench = Bench::new().await;
    let (ledger, id) = (&bench.ledger, shop("shop-a"));
    let rests = async || {
        let cursor = ledger.cursor(&id).await.expect("read").expect("there");
        (cursor.empikplace_rests, cursor.thulium_rests)
    };
    assert_eq!(ledger.rest(&id, Side::Empikplace, at(100)).await, Ok(()));
    assert_eq!(rests().await, (Some(at(100)), None));
    let (lease, cursor) = take(ledger, "a", at(0), at(60)).await.expect("a rest is no lease");
    assert_eq!(cursor.empikplace_rests, Some(at(100)));
    assert_eq!(ledger.rest(&id, Side::Empikplace, at(50)).await, Ok(()));
    assert_eq!(ledger.rest(&id, Side::Thulium, at(200)).await, Ok(()));
    assert_eq!(rests().await, (Some(at(100)), Some(at(200))));
    assert_eq!(ledger.rest(&id, Side::Empikplace, at(150)).await, Ok(()));
    // By who took the lease before these rests were noted.
    assert_eq!(ledger.commit(&id, &lease, &cursor).await, Ok(Write::Done));
    assert_eq!(rests().await, (Some(at(150)), Some(at(200))));
    assert_eq!(ledger.rest(&id, Side::Ledger, at(900)).await, Ok(()));
    assert_eq!(rests().await, (Some(at(150)), Some(at(200))));
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(ledger.rest(&id, Side::Thulium, at(300)).await, Ok(()), "found written");
    bench.wire.fates(&[Fate::Dies]);
    let failure = ledger.rest(&id, Side::Thulium, at(400)).await.expect_err("not arrived");
    assert_eq!(failure.class, Class::Unknown);
}

#[tokio::test]
async fn settings_and_habits_come_back() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let id = shop("shop-a");
    assert!(ledger.integration(&id).await.expect("read").is_none());
    let habits = Habits {
        comment_parameter: Some(CommentParameter::Content),
        response_files: Some(false),
        comment_files: None,
    };
    bench.wire.fates(&[Fate::LosesAnswer]);
    assert_eq!(ledger.save_habits(&id, &habits).await, Ok(()), "found written");
    bench.wire.fates(&[Fate::Dies]);
    let failure = ledger.save_habits(&id, &Habits::default()).await.expect_err("not arrived");
    assert_eq!(failure.class, Class::Unknown);
    assert!(ledger.integration(&id).await.expect("read").is_none(), "no settings, no integration");
    assert_eq!(ledger.put_settings(&settings("shop-a", false), at(1)).await, Ok(Write::Done));
    let read = async || {
        let row = ledger.integration(&id).await.expect("read").expect("there");
        let all = ledger.integrations().await.expect("read");
        assert_eq!(format!("{all:?}"), format!("{:?}", [&row]));
        assert_eq!(row.id, "shop-a");
        row.content.expect("good")
    };
    assert_eq!(read().await.enabled_at, None);
    for (enabled, now) in [(true, 2), (false, 3), (true, 4)] {
        let written = settings("shop-a", enabled);
        assert_eq!(ledger.put_settings(&written, at(now)).await, Ok(Write::Done));
        let read = read().await;
        assert_eq!((read.settings, read.enabled_at), (written, Some(at(2))), "the first time counts");
        assert_eq!(read.habits, habits);
    }
    assert_eq!(ledger.delete_settings(&id).await, Ok(true));
    assert_eq!(ledger.delete_settings(&id).await, Ok(false));
    assert!(ledger.integrations().await.expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_do_not_overwrite_each_other() {
    let bench = Bench::new().await;
    let written: Vec<Settings> = (0..8)
        .map(|number| Settings { name: format!("Shop {number}"), ..settings("shop-a", true) })
        .collect();
    let writes = join_all(written.iter().map(|settings| bench.ledger.put_settings(settings, at(1)))).await;
    let done = writes.iter().filter(|write| **write == Ok(Write::Done)).count();
    let items = bench.all(INTEGRATIONS).await;
    assert!(done >= 1);
    assert_eq!(items[0]["revision"], n(done as u64), "every accepted write replaced the one it had read");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_stored_whatever_becomes_of_the_answer_unless_somebody_else_was_faster() {
    let bench = Bench::new().await;
    let named = |name: &str| Settings { name: name.to_owned(), ..settings("shop-a", true) };
    bench.wire.fates(&[Fate::Arrives, Fate::LosesAnswer]);
    assert_eq!(bench.ledger.put_settings(&named("one"), at(1)).await, Ok(Write::Done));
    bench.wire.fates(&[Fate::Arrives, Fate::Dies]);
    let failure = bench.ledger.put_settings(&named("two"), at(2)).await.expect_err("not arrived");
    assert_eq!(failure.class, Class::Unknown);
    let (other, theirs, runtime) = (bench.elsewhere(), named("three"), tokio::runtime::Handle::current());
    bench.wire.requests();
    bench.wire.after(1, move || {
        let write = async move { assert_eq!(other.put_settings(&theirs, at(3)).await, Ok(Write::Done)) };
        std::thread::spawn(move || runtime.block_on(write)).join().expect("done");
    });
    bench.wire.fates(&[Fate::Arrives, Fate::Dies]);
    assert_eq!(bench.ledger.put_settings(&named("two"), at(4)).await, Ok(Write::Lost));
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_not_deleted() {
    let bench = Bench::new().await;
    bench.put(INTEGRATIONS, &[("integration", s("shop-a")), ("item", s("settings")), ("schema", n(2))]).await;
    let failure = bench.ledger.delete_settings(&shop("shop-a")).await.expect_err("kept");
    assert!(failure.to_string().contains("newer version"), "{failure}");
    assert_eq!(bench.all(INTEGRATIONS).await.len(), 1);
}

#[tokio::test]
async fn a_malformed_row_says_what_is_wrong_and_spoils_no_other() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    assert_eq!(ledger.put_settings(&settings("good", true), at(1)).await, Ok(Write::Done));
    let json = settings("good", true).to_json().expect("stored form");
    let row = |id, settings, schema| {
        [("integration", s(id)), ("item", s("settings")), ("settings", settings), ("schema", n(schema))]
    };
    bench.put(INTEGRATIONS, &row("broken", s("{"), 1)).await;
    bench.put(INTEGRATIONS, &row("number", n(1), 1)).await;
    bench.put(INTEGRATIONS, &row("newer", s(&json), 2)).await;
    bench.put(INTEGRATIONS, &row("moved", s(&json), 1)).await;
    bench.put(INTEGRATIONS, &row("Not An Id", s(&json), 1)).await;
    bench.put(INTEGRATIONS, &[("integration", s("bare")), ("item", s("settings"))]).await;
    let mut wrong = Vec::new();
    for row in ledger.integrations().await.expect("read") {
        match row.content {
            Ok(integration) => assert_eq!((row.id.as_str(), integration.settings.id), ("good", shop("good"))),
            Err(what) => {
                assert!(what.contains(&row.id) && what.contains("item `settings`"), "{what}");
                wrong.push((row.id, what));
            }
        }
    }
    let told = |id: &str, part: &str| wrong.iter().any(|(row, what)| row == id && what.contains(part));
    assert_eq!(wrong.len(), 6);
    assert!(told("number", "`settings`"));
    assert!(told("newer", "newer version"));
    assert!(told("moved", "another integration"));
    assert!(told("bare", "`schema`"));

    let newer = ledger.put_settings(&settings("newer", true), at(1)).await;
    assert_eq!(newer.expect_err("kept").class, Class::Permanent);
    assert_eq!(ledger.delete_settings(&shop("newer")).await.expect_err("kept").class, Class::Permanent);
    for id in ["broken", "bare"] {
        assert_eq!(ledger.put_settings(&settings(id, true), at(1)).await, Ok(Write::Done), "repaired");
        let row = ledger.integration(&shop(id)).await.expect("read").expect("there");
        assert_eq!(row.content.expect("good").enabled_at, Some(at(1)));
    }
}

#[tokio::test]
async fn a_cursor_of_a_newer_version_is_left_alone() {
    let bench = Bench::new().await;
    let (ledger, id) = (&bench.ledger, shop("shop-a"));
    let (lease, _) = take(ledger, "a", at(0), at(60)).await.expect("free");
    bench.set(INTEGRATIONS, ("integration", "shop-a"), "cursor", "schema", n(2)).await;
    let before = bench.all(INTEGRATIONS).await;
    let failures = [
        ledger.take_lease(&id, "b", at(99), at(160)).await.map(|_| ()),
        ledger.commit(&id, &lease, &full_cursor()).await.map(|_| ()),
        ledger.rest(&id, Side::Thulium, at(5)).await,
        ledger.cursor(&id).await.map(|_| ()),
    ];
    for failure in failures {
        let failure = failure.expect_err("refused");
        assert_eq!(failure.class, Class::Permanent);
        assert!(failure.to_string().contains("newer version"), "{failure}");
    }
    assert_eq!(bench.all(INTEGRATIONS).await, before);
}

#[tokio::test]
async fn a_malformed_lease_is_no_held_one() {
    let bench = Bench::new().await;
    take(&bench.ledger, "a", at(0), at(60)).await.expect("free");
    bench.set(INTEGRATIONS, ("integration", "shop-a"), "cursor", "until", s("later")).await;
    let failure = bench.ledger.take_lease(&shop("shop-a"), "b", at(99), at(160)).await.expect_err("told");
    assert_eq!((failure.class, failure.codes), (Class::Permanent, vec!["until".to_owned()]));
}

#[tokio::test]
async fn failures_say_what_to_do() {
    let bench = Bench::new().await;
    let nowhere = DynamoLedger::new(bench.client.clone(), "absent".into(), "absent".into());
    let failure = nowhere.integrations().await.expect_err("no table");
    assert_eq!((failure.status(), failure.class), (Some(404), Class::Permanent));
    assert_eq!(failure.to_string(), {
        let request = failure.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
        format!("ledger dynamodb:Scan: answered 404{request}: the table does not exist")
    });
    let write = nowhere.take_lease(&shop("shop-a"), "a", at(0), at(1)).await.expect_err("no table");
    assert_eq!((write.operation, write.class), ("dynamodb:UpdateItem", Class::Permanent));

    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("one");
    let closed = bench.client.config().to_builder().endpoint_url(format!("http://{port}")).build();
    let unreachable = DynamoLedger::new(aws_sdk_dynamodb::Client::from_conf(closed), "i".into(), "c".into());
    let failure = unreachable.integrations().await.expect_err("nobody listens");
    assert_eq!(failure.outcome, bridge::failure::Outcome::NotSent);
    assert_eq!(failure.class, Class::Retry);
    let failure = unreachable.rest(&shop("shop-a"), Side::Thulium, at(1)).await.expect_err("nobody listens");
    assert_eq!(failure.class, Class::Unknown, "an earlier attempt may have arrived");
}

#[tokio::test]
async fn a_table_that_is_there_is_not_made_again() {
    let ledger = Bench::new().await.ledger;
    assert_eq!(ledger.create_table(Table::Integrations).await, Ok(false));
}
