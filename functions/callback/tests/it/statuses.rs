//! Every status.

use std::sync::atomic::Ordering;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use callback::LARGEST_BODY;
use serde_json::{Value, json};

use crate::support::{Bench, PASSWORD, basic, post, right};

#[tokio::test]
async fn what_is_understood_is_answered_with_204_and_nothing_else() {
    let bench = Bench::new().await;
    let understood = bench.call(right("ticket_id=5")).await;
    assert_eq!(
        serde_json::to_value(&understood).expect("JSON"),
        json!({ "statusCode": 204, "headers": {}, "body": "", "isBase64Encoded": false })
    );
    let encoded = percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC);
    for path in [format!("/shop-a/{encoded}"), format!("/shop-a/{PASSWORD}")] {
        assert_eq!(bench.status(post(&path, "", r#"{"ticket_id":"5"}"#)).await, 204, "{path}");
    }
    let mut event = right(&BASE64_STANDARD.encode("ticket_id=5"));
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 204);
}

#[tokio::test]
async fn who_may_not_call_learns_nothing() {
    let bench = Bench::new().await;
    let wrong = [
        post("/shop-a", "", "ticket_id=5"),
        post("/shop-a", &basic("caller", "wrong"), "ticket_id=5"),
        post("/shop-a", &basic("other", PASSWORD), "ticket_id=5"),
        post("/shop-a", &basic("", ""), "ticket_id=5"),
        post("/shop-a", &basic("nobody", "nothing"), "ticket_id=5"),
        post("/shop-a", "Basic", "ticket_id=5"),
        post("/shop-a", "Basic %%%", "ticket_id=5"),
        post("/shop-a", &format!("Bearer {PASSWORD}"), "ticket_id=5"),
        post("/shop-a/wrong", "", "ticket_id=5"),
        post("/shop-a/nothing", "", "ticket_id=5"),
        post("/shop-a/", "", "ticket_id=5"),
        post("/nobody", &basic("nobody", "nothing"), "ticket_id=5"),
        post("/nobody/nothing", "", "ticket_id=5"),
        post("/shop-bad", &basic("", ""), "ticket_id=5"),
        post("/shop-bad/", &basic("caller", PASSWORD), "not even a ticket"),
        post("/shop-gone", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/", &basic("caller", PASSWORD), "ticket_id=5"),
        post("", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/prod/shop-a", &basic("caller", PASSWORD), "ticket_id=5"),
        post("/SHOP-A", &basic("caller", PASSWORD), "ticket_id=5"),
        json!({ "requestContext": { "http": { "method": "POST" } } }),
    ];
    let first = bench.call(wrong[0].clone()).await;
    assert_eq!(first.status_code, 401);
    for event in wrong {
        assert_eq!(bench.call(event.clone()).await, first, "{event}");
    }
}

#[tokio::test]
async fn a_body_without_a_ticket_is_answered_with_the_reason_and_no_echo() {
    let bench = Bench::new().await;
    for (body, reason) in [
        ("", "the body is empty; ticket_id is expected, form-encoded or in a JSON object"),
        ("null", "the body is JSON but not an object; ticket_id is expected at its top level"),
        ("ticket_id=null", "ticket_id is empty"),
        ("ticket_id=jan@example.com", "ticket_id is not a positive whole number"),
        ("x=1", "the body has no ticket_id at its top level, neither form-encoded nor in a JSON object"),
    ] {
        let answer = bench.call(right(body)).await;
        assert_eq!((answer.status_code, answer.body.as_str()), (400, reason), "{body}");
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    let mut event = right("ticket_id=5");
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 400);
    let mut event = right("");
    event["body"] = Value::Null;
    assert_eq!(bench.status(event).await, 400);
}

#[tokio::test]
async fn size_comes_before_method_and_method_before_credentials() {
    let bench = Bench::new().await;
    let padded = |length: usize| format!("ticket_id=5&x={}", "y".repeat(length - 14));
    assert_eq!(bench.status(right(&padded(LARGEST_BODY))).await, 204);
    assert_eq!(bench.status(right(&padded(LARGEST_BODY + 1))).await, 413);
    assert_eq!(bench.status(right(&padded(1 << 20))).await, 413);
    let mut event = right(&BASE64_STANDARD.encode(padded(LARGEST_BODY + 1)));
    event["isBase64Encoded"] = true.into();
    assert_eq!(bench.status(event).await, 413);

    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", ""] {
        let mut event = post("/nobody", "", "ticket_id=5");
        event["requestContext"]["http"]["method"] = method.into();
        let answer = bench.call(event.clone()).await;
        assert_eq!((answer.status_code, answer.headers["allow"]), (405, "POST"), "{method}");
        event["body"] = padded(1 << 20).into();
        assert_eq!(bench.status(event).await, 413, "{method}");
    }
    for event in [json!(null), json!([]), json!({})] {
        assert_eq!(bench.status(event).await, 405);
    }
}

#[tokio::test]
async fn what_passes_is_told_from_what_needs_an_administrator() {
    let bench = Bench::new().await;
    bench.safe.fails.store(500, Ordering::Relaxed);
    let passing = bench.call(right("ticket_id=5")).await;
    assert_eq!((passing.status_code, passing.headers["retry-after"]), (503, "60"));
    assert_eq!(bench.status(post("/nobody", "", "")).await, 503);
    bench.safe.fails.store(403, Ordering::Relaxed);
    assert_eq!(bench.status(right("ticket_id=5")).await, 503, "what was found is kept for moments");
    bench.wait(5);
    assert_eq!(bench.status(right("ticket_id=5")).await, 500);
    bench.safe.fails.store(0, Ordering::Relaxed);
    bench.wait(5);

    bench.client.delete_table().table_name("conversations").send().await.expect("deleted");
    assert_eq!(bench.status(right("ticket_id=5")).await, 503, "the ticket could not be looked up");
    bench.client.delete_table().table_name("integrations").send().await.expect("deleted");
    let fresh = bench.status(post("/shop-gone", &basic("caller", PASSWORD), "ticket_id=5")).await;
    assert_eq!(fresh, 500, "the table does not exist");
}

#[tokio::test]
async fn a_password_that_was_changed_opens_within_a_minute() {
    let bench = Bench::new().await;
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    assert_eq!(bench.status(post("/shop-a/guess", "", "ticket_id=5")).await, 401);
    bench.safe.changed.store(true, Ordering::Relaxed);
    // Not at once: a guesser must not make the function read the secret at will.
    assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=5")).await, 401);
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    bench.wait(61);
    assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=5")).await, 204);
    assert_eq!(bench.status(right("ticket_id=5")).await, 401);
}

#[tokio::test]
async fn what_opened_before_opens_on_while_both_stand_in_the_secret() {
    let bench = Bench::new().await;
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    bench.safe.changed.store(true, Ordering::Relaxed);
    bench.safe.overlaps.store(true, Ordering::Relaxed);
    bench.wait(61);
    let new = || post("/shop-a", &basic("new caller", "changed"), "ticket_id=6");
    // Whichever side of the change a caller is on, at whatever moment, he is let in.
    for seconds in [0, 1, 30, 1000] {
        bench.wait(seconds);
        assert_eq!(bench.status(new()).await, 204);
        assert_eq!(bench.status(right("ticket_id=7")).await, 204);
        assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=8")).await, 204);
    }
    // A user of one pair does not open with the password of the other.
    for (user, password) in [("caller", "changed"), ("new caller", PASSWORD)] {
        assert_eq!(bench.status(post("/shop-a", &basic(user, password), "ticket_id=5")).await, 401);
    }
    bench.safe.overlaps.store(false, Ordering::Relaxed);
    bench.wait(1000);
    assert_eq!(bench.status(post("/shop-a/changed", "", "ticket_id=9")).await, 204);
    assert_eq!(bench.status(right("ticket_id=5")).await, 401);
}
