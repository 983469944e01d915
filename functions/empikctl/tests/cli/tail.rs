//! `tail` on a CloudWatch Logs of the tests' own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::seeing::keys;
use crate::support::{Run, run};

const LATER: &str = r#"{"timestamp":"2026-11-23T13:00:02Z","level":"WARN","event":"reply.parked","message":"a reply was set aside; the agent is told where there is still a ticket","integration.id":"shop-b","thread.id":"t-2","ticket.id":8,"reason":"too_short","target":"bridge::engine"}"#;
const SOONER: &str = r#"{"timestamp":"2026-11-23T13:00:01Z","level":"INFO","event":"reply.out","message":"a reply is on the marketplace","integration.id":"shop-a","thread.id":"t-1","ticket.id":7,"attempt":1}"#;
const TIMEOUT: &str = "2026-11-23T13:00:03Z 5a1c Task timed out after 55.00 seconds\n";

/// What was asked for, and a code that every call is refused with.
#[derive(Default)]
struct Cloud {
    requests: Vec<(String, Value)>,
    refusal: Option<&'static str>,
    throttles: u32,
}

type Shared = Arc<Mutex<Cloud>>;

async fn filter_log_events(
    State(cloud): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let mut cloud = cloud.lock().expect("no panic while held");
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(text("x-amz-target"), "Logs_20140328.FilterLogEvents");
    assert_eq!(text("content-type"), "application/x-amz-json-1.1");
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    cloud.requests.push((text("authorization"), request.clone()));
    let refused = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({ "__type": code, "message": "no" })));
    if cloud.throttles > 0 {
        cloud.throttles -= 1;
        return refused("ThrottlingException");
    }
    if let Some(code) = cloud.refusal {
        return refused(code);
    }
    let event = |id: &str, at: i64, message: &str| json!({ "eventId": id, "timestamp": 1_795_438_800_000_i64 + at, "message": message, "logStreamName": "s" });
    let (events, next) = match (request["logGroupName"].as_str(), request["nextToken"].as_str()) {
        // The second page repeats a line, as a group does whose lines come late.
        (Some("/aws/lambda/x-poller"), None) => (vec![event("2", 2000, LATER)], json!("more")),
        (Some("/aws/lambda/x-poller"), Some("more")) => (
            vec![event("2", 2000, LATER), event("3", 3000, TIMEOUT), event("4", 4000, "START RequestId: 1")],
            Value::Null,
        ),
        (Some("/aws/lambda/x-callback"), None) => (vec![event("1", 1000, SOONER)], Value::Null),
        other => panic!("{other:?}"),
    };
    (StatusCode::OK, Json(json!({ "events": events, "nextToken": next })))
}

async fn cloud() -> (Shared, BTreeMap<&'static str, String>) {
    let cloud = Shared::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/", post(filter_log_events)).with_state(cloud.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "kanarek7q"),
        ("AWS_SESSION_TOKEN", "session"),
        ("LOG_GROUPS", "/aws/lambda/x-poller, /aws/lambda/x-callback"),
    ];
    let mut environment: BTreeMap<_, _> = environment.map(|(name, value)| (name, value.to_owned())).into();
    environment.insert("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", endpoint);
    (cloud, environment)
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn lines_of_both_functions_come_once_and_in_order() {
    let (cloud, environment) = cloud().await;
    cloud.lock().expect("no panic while held").throttles = 1;
    let tail = ["tail", "--json", "--no-follow", "--since", "2026-11-23T12:59:00Z"];
    let all = run(&environment, &tail, "").await;
    assert_eq!(all.code, 0, "{all:?}");
    let told = lines(&all);
    let events: Vec<_> = told.iter().map(|line| (line["event"].as_str(), line["level"].as_str())).collect();
    let expected =
        [(Some("reply.out"), Some("INFO")), (Some("reply.parked"), Some("WARN")), (None, Some("ERROR"))];
    assert_eq!(events, expected, "{all:?}");
    assert_eq!(
        (&told[1]["integration"], &told[1]["thread"], &told[1]["ticket"], &told[1]["line"]["reason"]),
        (&json!("shop-b"), &json!("t-2"), &json!(8), &json!("too_short"))
    );
    insta::assert_snapshot!("tail_schema", keys(&told[1]));

    let requests = std::mem::take(&mut cloud.lock().expect("no panic while held").requests);
    let (signature, request) = &requests[0];
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signature}");
    assert!(
        signature.contains("/eu-central-1/logs/aws4_request") && signature.contains("x-amz-target"),
        "{signature}"
    );
    assert_eq!(request["startTime"], json!(1_795_438_740_000_i64));
    assert!(!format!("{all:?}{requests:?}").contains("kanarek7q"));

    for (filter, count) in [
        (&["--integration", "shop-a"][..], 1),
        (&["--thread", "t-2"], 1),
        (&["--ticket", "7"], 1),
        (&["--level", "warn"], 2),
        (&["--level", "error"], 1),
        (&["--ticket", "7", "--level", "warn"], 0),
    ] {
        let some = run(&environment, &[&tail[..], filter].concat(), "").await;
        assert_eq!((some.code, lines(&some).len()), (0, count), "{filter:?}: {some:?}");
    }
}

#[tokio::test]
async fn what_keeps_it_from_reading_is_said() {
    let (cloud, mut environment) = cloud().await;
    for (code, words) in [
        (
            "AccessDeniedException",
            "this AWS identity lacks the right logs:FilterLogEvents on the log group \
                                   /aws/lambda/x-poller in eu-central-1",
        ),
        (
            "ResourceNotFoundException",
            "there is no log group /aws/lambda/x-poller in eu-central-1; terraform \
                                       output next names those of a deployment",
        ),
        ("ExpiredTokenException", "CloudWatch Logs refused the AWS credentials; renew them"),
    ] {
        cloud.lock().expect("no panic while held").refusal = Some(code);
        let run = run(&environment, &["tail"], "").await;
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert!(run.stderr.starts_with(&format!("empikctl: {words}")), "{run:?}");
    }
    environment.insert("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1".into());
    let nobody = run(&environment, &["tail"], "").await;
    assert!(nobody.stderr.starts_with("empikctl: CloudWatch Logs could not be reached"), "{nobody:?}");
    environment.remove("LOG_GROUPS");
    let unnamed = run(&environment, &["tail"], "").await;
    assert_eq!(
        (unnamed.code, unnamed.stderr.as_str()),
        (2, "empikctl: LOG_GROUPS is not set; set it, or use --log-group\n")
    );
    let since = run(&environment, &["tail", "--since", "yesterday"], "").await;
    assert_eq!(since.code, 2);
    assert!(since.stderr.contains("30s, 10m, 2h, 1d"), "{since:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_readable_lines_until_ctrl_c() {
    use crate::person::{Person, is_there};
    use crate::shop::Shop;

    if !is_there() {
        return;
    }
    let (_cloud, environment) = cloud().await;
    let shop = Shop::empty().await;
    let of = |name: &str| environment[name].clone();
    for language in ["en", "pl"] {
        let extra = ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "LOG_GROUPS"].map(|name| (name, of(name)));
        let extra = extra.each_ref().map(|(name, value)| (*name, value.as_str()));
        let extra = [&extra[..], &[("NO_COLOR", "1")]].concat();
        let tail = ["tail", "--since", "2026-11-23T12:59:00Z", "--language", language];
        let mut person = Person::sits_down(&shop, 200, &tail, &extra);
        let (screen, well) = tokio::task::spawn_blocking(move || {
            let seen = person.reads_until("after 55.00 seconds");
            person.types("\u{3}");
            (seen, person.stands_up().1)
        })
        .await
        .expect("the session");
        assert!(well, "Ctrl-C is how it ends");
        insta::assert_snapshot!(format!("tail_screen_{language}"), screen.replace('\r', ""));
    }
}
