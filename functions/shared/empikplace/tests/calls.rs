//! Every call's request, byte by byte where it matters, and what its answers become.

#![allow(clippy::expect_used, reason = "helpers of tests")]

mod seller;

use bridge::failure::Class;
use empikplace::{File, Posted, Recipient, Reply, Start, ThreadQuery};
use seller::{Seller, answer};
use serde_json::json;

fn page(token: &str) -> ThreadQuery {
    ThreadQuery::Page(token.into())
}

fn reply(files: Vec<File>) -> Reply {
    Reply {
        body: "Dzień dobry,<br />paczka \"wyszła\" & jedzie.".into(),
        to: vec![
            Recipient { kind: "CUSTOMER".into(), id: Some("Customer_id_001".into()) },
            Recipient { kind: "OPERATOR".into(), id: None },
        ],
        files,
    }
}

#[tokio::test]
async fn m11_asks_for_what_the_query_says() {
    let seller = Seller::answering(answer(200, r#"{"data":[]}"#)).await;
    let query = ThreadQuery::Start(Start {
        updated_since: Some("2018-10-02T08:36:36.479999Z".parse().expect("a time")),
        with_messages: true,
        limit: Some(100),
        entity: Some(("MMP_ORDER".into(), vec!["A-1".into(), "B&2".into()])),
    });
    seller.client.threads(&query).await.expect("a page");

    let request = seller.only_request().await;
    assert_eq!(request.method.as_str(), "GET");
    assert_eq!(request.url.path(), "/api/inbox/threads");
    assert_eq!(
        seller::query(&request),
        [
            ("updated_since", "2018-10-02T08:36:36.479Z"),
            ("with_messages", "true"),
            ("limit", "100"),
            ("entity_type", "MMP_ORDER"),
            ("entity_id", "A-1,B&2"),
            ("shop_id", "2000"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(seller::header(&request, "authorization"), seller::KEY);
    assert_eq!(seller::header(&request, "accept"), "application/json");
    assert_eq!(seller.client.calls(), 1);
}

#[tokio::test]
async fn m11_writes_whole_seconds_with_milliseconds_and_leaves_out_what_is_not_asked() {
    let seller = Seller::answering(answer(200, r#"{"data":[]}"#)).await;
    let query = ThreadQuery::Start(Start {
        updated_since: Some("2018-10-02T10:36:36+02:00".parse().expect("a time")),
        ..Start::default()
    });
    seller.client.threads(&query).await.expect("a page");
    assert_eq!(
        seller.only_request().await.url.query(),
        Some("updated_since=2018-10-02T08%3A36%3A36.000Z&shop_id=2000")
    );
}

#[tokio::test]
async fn m11_sends_a_token_as_it_came_and_nothing_else_but_the_shop() {
    let seller = Seller::answering(answer(200, r#"{"data":[]}"#)).await;
    seller.client.threads(&page("bGlt+/=.jF_-&x")).await.expect("a page");
    assert_eq!(
        seller.only_request().await.url.query(),
        Some("page_token=bGlt%2B%2F%3D.jF_-%26x&shop_id=2000")
    );
}

#[tokio::test]
async fn m11_ends_where_no_token_is_given() {
    for (body, next) in [
        (json!({"data": [], "next_page_token": "abc"}), Some("abc")),
        (json!({"data": [], "next_page_token": null}), None),
        (json!({"data": [], "next_page_token": ""}), None),
        (json!({"data": []}), None),
        (json!({"data": null}), None),
        (json!({}), None),
    ] {
        let seller = Seller::answering(answer(200, &body.to_string())).await;
        let page = seller.client.threads(&page("t")).await.expect("a page");
        assert_eq!(page.next.as_deref(), next, "{body}");
        assert_eq!((page.threads.len(), page.unreadable), (0, 0), "{body}");
    }
}

#[tokio::test]
async fn m11_counts_what_it_cannot_read_and_keeps_the_rest() {
    let body = json!({"data": [
        {"id": "a", "messages": [{"id": "m1"}, {"body": "without an id"}, 7, {"id": "m2", "body": {}}]},
        {"topic": {"value": "without an id"}},
        null,
        {"id": "b", "messages": "none"},
        {"id": "c"},
    ]});
    let seller = Seller::answering(answer(200, &body.to_string())).await;
    let page = seller.client.threads(&page("t")).await.expect("a page");
    let ids: Vec<&str> = page.threads.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(page.unreadable, 3);
    assert_eq!(page.threads[0].messages.items.len(), 1);
    assert_eq!(page.threads[0].messages.unreadable, 3);
}

#[tokio::test]
async fn m10_encodes_an_opaque_id_into_one_segment() {
    for (id, path) in [
        ("702c3e56-dcca-41e2-b6bd-72ba3fa809be", "/api/inbox/threads/702c3e56-dcca-41e2-b6bd-72ba3fa809be"),
        ("a/../b?c#d;e%2F", "/api/inbox/threads/a%2F..%2Fb%3Fc%23d%3Be%252F"),
        ("ż +", "/api/inbox/threads/%C5%BC%20%2B"),
        ("...", "/api/inbox/threads/..."),
    ] {
        let seller = Seller::answering(answer(200, r#"{"id":"x"}"#)).await;
        seller.client.thread(id).await.expect("a thread");
        let request = seller.only_request().await;
        assert_eq!(request.method.as_str(), "GET");
        assert_eq!(request.url.path(), path);
        assert_eq!(request.url.query(), Some("shop_id=2000"));
    }
}

#[tokio::test]
async fn an_id_that_would_address_something_else_is_refused_unsent() {
    let seller = Seller::answering(answer(201, "{}")).await;
    for id in ["", ".", ".."] {
        let failures = [
            seller.client.thread(id).await.expect_err("refused"),
            seller.client.reply(id, &reply(vec![])).await.expect_err("refused"),
            seller.client.attachment(id, 1).await.expect_err("refused"),
        ];
        for failure in failures {
            assert_eq!(failure.class, Class::Permanent, "{id:?} {failure}");
        }
    }
    assert_eq!(seller.client.calls(), 0);
    assert!(seller.requests().await.is_empty());
}

#[tokio::test]
async fn without_a_shop_no_shop_is_named_and_a_path_in_the_base_is_kept() {
    let seller = Seller::built("/empik", None, answer(200, r#"{"id":"x"}"#)).await;
    seller.client.thread("x").await.expect("a thread");
    let request = seller.only_request().await;
    assert_eq!(request.url.path(), "/empik/api/inbox/threads/x");
    assert_eq!(request.url.query(), None);
}

#[tokio::test]
async fn m12_is_multipart_even_without_files() {
    let seller = Seller::answering(answer(201, r#"{"message_id":"m","thread_id":"t"}"#)).await;
    let posted = seller.client.reply("t", &reply(vec![])).await.expect("accepted");
    assert_eq!(posted, Posted { message_id: Some("m".into()), thread_id: Some("t".into()) });

    let request = seller.only_request().await;
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/api/inbox/threads/t/message");
    assert_eq!(request.url.query(), Some("shop_id=2000"));
    assert_eq!(seller::header(&request, "authorization"), seller::KEY);
    assert_eq!(seller::header(&request, "accept"), "application/json");
    assert_eq!(seller::header(&request, "content-length"), request.body.len().to_string());
    assert_eq!(
        seller::form(&request),
        concat!(
            "--BOUNDARY\r\n",
            "Content-Disposition: form-data; name=\"message_input\"\r\n",
            "content-type: application/json\r\n",
            "\r\n",
            r#"{"body":"Dzień dobry,<br />paczka \"wyszła\" & jedzie.","#,
            r#""to":[{"type":"CUSTOMER","id":"Customer_id_001"},{"type":"OPERATOR"}]}"#,
            "\r\n--BOUNDARY--\r\n",
        )
    );
}

#[tokio::test]
async fn m12_sends_every_file_with_a_name_that_stays_in_its_place() {
    let seller = Seller::answering(answer(201, r#"{"message_id":"m"}"#)).await;
    let files = vec![
        File { name: "Zażółć gęślą.pdf".into(), bytes: b"%PDF\r\n--".to_vec() },
        File { name: "a\"\r\nContent-Type: text/html\r\n\r\n../x.png".into(), bytes: Vec::new() },
    ];
    seller.client.reply("t", &reply(files)).await.expect("accepted");

    let form = seller::form(&seller.only_request().await);
    let (_, files) = form.split_once("}]}\r\n").expect("the input part");
    assert_eq!(
        files,
        concat!(
            "--BOUNDARY\r\n",
            "Content-Disposition: form-data; name=\"files\"; filename=\"Zażółć gęślą.pdf\"\r\n",
            "content-type: application/octet-stream\r\n",
            "\r\n",
            "%PDF\r\n--\r\n",
            "--BOUNDARY\r\n",
            "Content-Disposition: form-data; name=\"files\"; ",
            "filename=\"a_Content-Type_ text_html.._x.png\"\r\n",
            "content-type: application/octet-stream\r\n",
            "\r\n",
            "\r\n",
            "--BOUNDARY--\r\n",
        )
    );
}

#[tokio::test]
async fn a_201_is_accepted_whatever_its_body_says() {
    for body in ["", "{}", "null", "<html>", r#"{"message_id":null}"#, r#"{"message_id":{}}"#, "{\"mess"] {
        let seller = Seller::answering(answer(201, body)).await;
        let posted = seller.client.reply("t", &reply(vec![])).await;
        assert_eq!(posted, Ok(Posted::default()), "{body}");
    }
}

#[tokio::test]
async fn another_2xx_is_accepted_only_with_a_message_id() {
    let seller = Seller::answering(answer(200, r#"{"message_id":"m"}"#)).await;
    let posted = seller.client.reply("t", &reply(vec![])).await.expect("accepted");
    assert_eq!(posted.message_id.as_deref(), Some("m"));
    for (status, body) in [(200, "<html>maintenance</html>"), (200, "{}"), (202, ""), (204, "")] {
        let seller = Seller::answering(answer(status, body)).await;
        let failure = seller.client.reply("t", &reply(vec![])).await.expect_err("unknown");
        assert_eq!(failure.class, Class::Unknown, "{status} {body}");
    }
}

#[tokio::test]
async fn m13_takes_any_type_and_at_most_the_limit() {
    let file = b"\x89PNG\r\n\0\xff";
    let seller = Seller::answering(answer(200, "").set_body_bytes(file.to_vec())).await;
    assert_eq!(seller.client.attachment("f/1", file.len()).await.as_deref(), Ok(&file[..]));
    let request = seller.only_request().await;
    assert_eq!(request.url.path(), "/api/inbox/threads/f%2F1/download");
    assert_eq!(request.url.query(), Some("shop_id=2000"));
    assert_eq!(seller::header(&request, "accept"), "*/*");

    let failure = seller.client.attachment("f/1", file.len() - 1).await.expect_err("too large");
    assert_eq!(failure.detail, Some(wire::TOO_LARGE));
}

#[tokio::test]
async fn or11_names_at_most_a_hundred_orders_per_request() {
    let body = json!({"orders": [{"order_id": "A-1"}, {"order_state": "SHIPPED"}], "total_count": 2});
    let seller = Seller::answering(answer(200, &body.to_string())).await;
    let ids: Vec<String> = (0..101).map(|n| format!("O-{n}")).collect();
    let found = seller.client.orders(&ids).await.expect("orders");
    assert_eq!((found.items.len(), found.unreadable), (2, 2));

    let requests = seller.requests().await;
    let expected = [ids[..100].join(","), ids[100].clone()];
    assert_eq!(requests.len(), 2);
    for (request, ids) in requests.iter().zip(expected) {
        assert_eq!(request.url.path(), "/api/orders");
        assert_eq!(
            seller::query(request),
            [("order_ids", ids.as_str()), ("max", "100"), ("shop_id", "2000")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}

#[tokio::test]
async fn or11_without_ids_asks_nothing() {
    let seller = Seller::answering(answer(500, "")).await;
    for ids in [vec![], vec![" ".to_owned(), String::new()]] {
        assert_eq!(seller.client.orders(&ids).await.map(|found| found.items), Ok(vec![]));
    }
    assert_eq!(seller.client.calls(), 0);
}

#[tokio::test]
async fn re01_and_a01_name_the_shop() {
    let seller = Seller::answering(answer(200, "{}")).await;
    seller.client.reasons(Some("pl_PL")).await.expect("reasons");
    seller.client.reasons(None).await.expect("reasons");
    seller.client.account().await.expect("an account");
    let asked: Vec<String> = seller.requests().await.iter().map(seller::path_and_query).collect();
    assert_eq!(
        asked,
        ["/api/reasons?locale=pl_PL&shop_id=2000", "/api/reasons?shop_id=2000", "/api/account?shop_id=2000",]
    );
    assert_eq!(seller.client.calls(), 3);
}
