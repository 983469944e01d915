//! The examples of Mirakl's published seller OpenAPI document, nulls and omissions included, as they
//! would come from EmpikPlace.

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use twins::MessageKind;

use crate::support::{Shop, texts};

const M10: &str = include_str!("../../../../functions/shared/empikplace/tests/fixtures/m10.json");
const M11: &str = include_str!("../../../../functions/shared/empikplace/tests/fixtures/m11.json");
const OR11: &str = include_str!("../../../../functions/shared/empikplace/tests/fixtures/or11.json");
const RE01: &str = include_str!("../../../../functions/shared/empikplace/tests/fixtures/re01.json");

async fn empikplace() -> String {
    let json = |body: &'static str| move || async move { ([("content-type", "application/json")], body) };
    let thread = |Path(id): Path<String>| async move {
        // The example's one thread under whatever id was asked for.
        let mut thread: serde_json::Value = serde_json::from_str(M10).expect("JSON");
        thread["id"] = id.into();
        thread.to_string().into_response()
    };
    let routes = Router::new()
        .route("/api/inbox/threads", get(json(M11)))
        .route("/api/inbox/threads/{id}", get(thread))
        .route("/api/inbox/threads/{id}/download", get(|| async { "a file" }))
        .route("/api/orders", get(json(OR11)))
        .route("/api/reasons", get(json(RE01)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

#[tokio::test]
async fn the_published_examples_become_tickets() {
    // The list's example names a next page; the same page again ends the walk.
    let url = empikplace().await;
    let shop = Shop::with(|settings| {
        settings.empikplace.url = url;
        settings.import.backfill = "2018-01-01".parse().expect("a date");
    })
    .await;
    let first = shop.tick().await;
    assert_ne!(first["status"], "failed", "{first}");
    assert!(first["tickets_created"].as_u64() >= Some(1), "{first}");
    let second = shop.tick().await;
    assert_eq!((&second["tickets_created"], &second["messages_in"]), (&0.into(), &0.into()), "{second}");
    for ticket in shop.tickets() {
        let mails = texts(&ticket, MessageKind::Mail);
        assert!(mails.iter().all(|mail| !mail.contains("null")), "{mails:?}");
        assert!(ticket.customer_id.is_some());
    }
}
