//! The traps of the Thulium API.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use twins::{
    AgentReply, ClosedTicket, DelayedReplyDate, Envelope, FieldMatch, FieldsShape, MergedTicket,
    MessageOrder, NewComment, NewFile, NewMail, Undocumented, UnknownName, UnknownParameter, Webhook,
};

use super::{Twins, new_ticket, read};

fn messages(ticket: &Value) -> &Vec<Value> {
    ticket["messages"].as_array().unwrap()
}

fn found(page: &Value) -> Vec<u64> {
    page["result"].as_array().unwrap().iter().map(|row| row["ticket_id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn errors_bear_a_request_id_and_codes() {
    let twins = Twins::start().await;
    let url = format!("{}/api/tickets", twins.running.thulium());
    let (status, error) =
        read(twins.http.get(&url).basic_auth("api", Some("wrong")).send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(error["request_id"].is_string() && error["errors"][0]["code"].is_u64(), "{error}");
    twins.world.switch(|switches| {
        switches.thulium.forbidden.insert("POST tickets/:id/comment".into());
    });
    let id = twins.ticket("Treść").await;
    let (status, _) = twins.thulium_post(&format!("tickets/{id}/comment"), json!({ "comment": "x" })).await;
    assert_eq!(status, 403);
    assert_eq!(twins.thulium_get("nothing").await.0, 404);
}

#[tokio::test]
async fn a_ticket_reads_back_as_in_the_documented_example() {
    let twins = Twins::start().await;
    let mut new = new_ticket("Dzień dobry <b>");
    new["custom_fields"] = json!({ "Empik wątek": "t-1" });
    let (_, made) = twins.thulium_post("tickets", new).await;
    let id = made["ticket_id"].as_u64().unwrap();
    let ticket = twins.read_ticket(id).await;
    assert_eq!((&ticket["status_id"], &ticket["category_id"]), (&json!("1"), &json!("3")));
    assert_eq!((&ticket["ticket_queue_id"], &ticket["customer_id"]), (&json!(7), &Value::Null));
    assert_eq!(
        (&ticket["created_at"], &ticket["full_status_name"]),
        (&json!("2026-11-23 13:00"), &json!("Nowe"))
    );
    assert_eq!(ticket["custom_fields"], json!({ "Empik wątek": "t-1" }));
    let mail = &messages(&ticket)[0];
    assert_eq!(
        (&mail["type"], &mail["user_login"], &mail["body"]),
        (&json!("MAIL"), &json!(""), &json!("Dzień dobry <b>"))
    );
    assert!(twins.thulium_get(&format!("tickets/{id}")).await.1.get("custom_fields").is_none());
    twins.world.switch(|switches| {
        switches.thulium.plain_shown_as_html = true;
        switches.thulium.fields_shape = FieldsShape::List;
    });
    let ticket = twins.read_ticket(id).await;
    assert_eq!(messages(&ticket)[0]["body"], "Dzień dobry &lt;b&gt;");
    assert_eq!(ticket["custom_fields"], json!([{ "name": "Empik wątek", "value": "t-1" }]));
}

#[tokio::test]
async fn a_new_ticket_is_validated() {
    let twins = Twins::start().await;
    for (field, value) in [
        ("to", Value::Null),
        ("to", json!("other@shop.example")),
        ("subject", json!("")),
        ("body", Value::Null),
        ("body_type", json!("TEXT")),
        ("direction", json!("in")),
        ("ticket_queue_id", json!(99)),
        ("category_id", json!("99")),
        ("status_id", json!(99)),
        ("customer_id", json!(99)),
        ("user_login", json!("nobody")),
        ("source", json!("empik")),
        ("from", json!("no address")),
        ("custom_fields", json!({ "Inne": "x" })),
        ("attachments", json!(["0123456789abcdef012345"])),
    ] {
        let mut new = new_ticket("Treść");
        new[field] = value.clone();
        let (status, error) = twins.thulium_post("tickets", new).await;
        assert_eq!(status, 400, "{field}: {value}");
        assert!(error["errors"][0]["message"].is_string());
    }
    assert!(twins.world.tickets().is_empty());
    let request = twins.thulium(Method::POST, "tickets").header("accept-language", "pl").json(&json!({
        "to": "empik@shop.example", "subject": "x",
    }));
    let (_, error) = read(request.send().await.unwrap()).await;
    assert_eq!(error["errors"][0]["message"], "Pole \"body\" nie może być puste.");
    let mut new = new_ticket("Treść");
    new["queue_id"] = json!(1);
    new["custom_fields"] = json!({ "Inne": "x" });
    twins.world.switch(|switches| switches.thulium.unknown_ticket_field = UnknownName::Ignored);
    assert_eq!(twins.thulium_post("tickets", new.clone()).await.0, 201);
    twins.world.switch(|switches| switches.thulium.unknown_parameters = UnknownParameter::Error);
    assert_eq!(twins.thulium_post("tickets", new).await.0, 400);
}

#[tokio::test]
async fn the_list_is_newest_first_in_minutes_of_warsaw() {
    let twins = Twins::start().await;
    let first = twins.ticket("Pierwszy").await;
    twins.world.advance(SignedDuration::from_secs(90));
    let second = twins.ticket("Drugi").await;
    let (_, page) = twins.thulium_get("tickets?limit=1").await;
    assert_eq!((found(&page), &page["count"]), (vec![second], &json!(2)));
    assert!(page["result"][0].get("messages").is_none());
    twins.world.advance(SignedDuration::from_secs(60));
    twins.world.agent_reply(first, AgentReply::new("jnowak", "Odpowiadam")).unwrap();
    let (_, page) = twins.thulium_get("tickets").await;
    assert_eq!(
        (found(&page), &page["result"][0]["updated_at"]),
        (vec![first, second], &json!("2026-11-23 13:02"))
    );
    assert_eq!(found(&twins.thulium_get("tickets?date_from=2026-11-23+13:02").await.1), [first]);
    twins.world.switch(|switches| switches.thulium.date_from_inclusive = false);
    assert_eq!(found(&twins.thulium_get("tickets?date_from=2026-11-23+13:02").await.1).len(), 0);
    assert_eq!(found(&twins.thulium_get("tickets?date_from=2026-11-23&date_to=2026-11-23").await.1).len(), 2);
    assert_eq!(found(&twins.thulium_get("tickets?status_id[]=2&status_id[]=4").await.1), [first]);
    assert_eq!(twins.thulium_get("tickets?status_id=2").await.0, 500);
    assert_eq!(twins.thulium_get("tickets?limit=101").await.0, 400);
    assert_eq!(found(&twins.thulium_get("tickets?ticket_queue_id=8").await.1).len(), 0);
}

#[tokio::test]
async fn the_search_by_custom_fields_lags_and_compares_by_switch() {
    let twins = Twins::start().await;
    twins.world.switch(|switches| switches.thulium.ticket_search_lag_seconds = 30);
    let mut new = new_ticket("Treść");
    new["custom_fields"] = json!({ "Empik wątek": "t-1" });
    twins.thulium_post("tickets", new).await;
    let search = async |value: &str| {
        let query = [("custom_fields[Empik wątek]", value)];
        let (_, page) = read(twins.thulium(Method::GET, "tickets").query(&query).send().await.unwrap()).await;
        found(&page).len()
    };
    assert_eq!(search("t-1").await, 0);
    twins.world.advance(SignedDuration::from_secs(30));
    assert_eq!((search("t-1").await, search("t-").await), (1, 0));
    twins.world.switch(|switches| switches.thulium.field_match = FieldMatch::Contains);
    assert_eq!(search("t-").await, 1);
    twins.world.switch(|switches| switches.thulium.field_match = FieldMatch::Ignored);
    assert_eq!(search("anything").await, 1);
}

#[tokio::test]
async fn customer_responses_reopen_or_not_and_drop_files_or_not() {
    let twins = Twins::start().await;
    let id = twins.ticket("Pierwsza").await;
    let path = format!("tickets/{id}/customer_response");
    twins.world.close_ticket(id).unwrap();
    twins.world.switch(|switches| switches.thulium.closed_ticket = ClosedTicket::StaysClosed);
    assert_eq!(twins.thulium_post(&path, json!({ "body": "Druga" })).await, (201, Value::Null));
    assert_eq!(twins.read_ticket(id).await["status_id"], "4");
    twins.world.switch(|switches| switches.thulium.closed_ticket = ClosedTicket::Reopened);
    twins.world.advance(SignedDuration::from_mins(1));
    twins.thulium_post(&path, json!({ "body": "Trzecia", "date": "2026-11-20 08:15" })).await;
    let ticket = twins.read_ticket(id).await;
    assert_eq!((&ticket["status_id"], &ticket["closed_at"]), (&json!("1"), &Value::Null));
    // Ordered by the date they bear, not by id: newest first, the backdated one last.
    assert_eq!(messages(&ticket).last().unwrap()["body"], "Trzecia");
    assert_eq!(ticket["updated_at"], "2026-11-23 13:01");
    assert_eq!(twins.thulium_post(&path, json!({ "text": "x" })).await.0, 400);
    let token = twins.upload("a.pdf", b"%PDF").await;
    let body = json!({ "body": "Plik", "attachments": [token] });
    let attached = async || {
        let status = twins.thulium_post(&path, body.clone()).await.0;
        (status, twins.world.ticket(id).unwrap().messages.last().unwrap().attachments.len())
    };
    assert_eq!(attached().await, (201, 0));
    twins.world.switch(|switches| switches.thulium.response_attachments = Undocumented::Accepted);
    assert_eq!(attached().await, (201, 1));
    twins.world.switch(|switches| switches.thulium.response_attachments = Undocumented::Rejected);
    assert_eq!(attached().await.0, 400);
}

#[tokio::test]
async fn comments_take_the_text_under_one_name() {
    let twins = Twins::start().await;
    let id = twins.ticket("Treść").await;
    let path = format!("tickets/{id}/comment");
    for name in ["comment", "content", "body", "text", "message"] {
        twins.world.switch(|switches| switches.thulium.comment_parameter = name.into());
        for given in ["comment", "content", "body", "text", "message"] {
            let (status, _) = twins.thulium_post(&path, json!({ given: "Uwaga", "user_login": "api" })).await;
            assert_eq!(status, if given == name { 201 } else { 400 }, "{given} for {name}");
        }
    }
    assert_eq!(twins.thulium_post(&path, json!({ "message": "x", "user_login": "nobody" })).await.0, 400);
    let ticket = twins.read_ticket(id).await;
    let comment = &messages(&ticket)[0];
    assert_eq!(
        (&comment["type"], &comment["comment"], &comment["body"]),
        (&json!("COMMENT"), &json!("Uwaga"), &json!(""))
    );
    twins.world.switch(|switches| switches.thulium.comment_login_required = true);
    assert_eq!(twins.thulium_post(&path, json!({ "message": "x" })).await.0, 400);
    assert!(twins.world.mails().is_empty());
}

#[tokio::test]
async fn agent_responses_are_mailed_and_need_an_agent() {
    let twins = Twins::start().await;
    let id = twins.ticket("Treść").await;
    let path = format!("tickets/{id}/agent_response");
    assert_eq!(twins.thulium_post(&path, json!({ "body": "x", "user_login": "api" })).await.0, 400);
    assert_eq!(twins.thulium_post(&path, json!({ "body": "x" })).await.0, 400);
    assert_eq!(twins.thulium_post(&path, json!({ "body": {}, "user_login": "jnowak" })).await.0, 400);
    let (status, answer) = twins.thulium_post(&path, json!({ "body": "Tak", "user_login": "jnowak" })).await;
    assert_eq!((status, answer), (201, json!([])));
    let mails = twins.world.mails();
    assert_eq!(
        (mails.len(), mails[0].to.as_str(), mails[0].body.as_str()),
        (1, "t1@noreply.shop.example", "Tak")
    );
    let ticket = twins.read_ticket(id).await;
    assert_eq!(ticket["status_id"], "2");
    assert_eq!(messages(&ticket)[0]["system_comment"], "Changed status from [Nowe] to [Oczekuje na klienta]");
}

#[tokio::test]
async fn replies_of_agents_may_show_later_under_either_date() {
    for (date, shown) in [(DelayedReplyDate::Visible, "13:02"), (DelayedReplyDate::Written, "13:00")] {
        let twins = Twins::start().await;
        twins.world.switch(|switches| {
            switches.thulium.reply_visible_after_seconds = 120;
            switches.thulium.delayed_reply_date = date;
        });
        let id = twins.ticket("Treść").await;
        twins.world.agent_reply(id, AgentReply::new("jnowak", "<p>Tak</p>")).unwrap();
        assert_eq!(messages(&twins.read_ticket(id).await).len(), 1);
        assert_eq!(twins.read_ticket(id).await["updated_at"], "2026-11-23 13:00");
        twins.world.advance(SignedDuration::from_mins(3));
        let ticket = twins.read_ticket(id).await;
        let reply = messages(&ticket).iter().find(|message| message["type"] == "REPLY").unwrap();
        let expected = json!(format!("2026-11-23 {shown}"));
        assert_eq!((&reply["created_at"], &ticket["updated_at"]), (&expected, &expected));
        twins.world.switch(|switches| switches.thulium.reply_bumps_updated_at = false);
        assert_eq!(twins.read_ticket(id).await["updated_at"], "2026-11-23 13:00");
    }
}

#[tokio::test]
async fn a_cancelled_reply_is_gone() {
    let twins = Twins::start().await;
    let id = twins.ticket("Treść").await;
    let reply = twins.world.agent_reply(id, AgentReply::new("jnowak", "Pomyłka")).unwrap();
    twins.world.cancel_reply(id, reply).unwrap();
    assert_eq!(messages(&twins.read_ticket(id).await).len(), 1);
    assert!(twins.world.mails().is_empty());
}

#[tokio::test]
async fn put_edits_what_is_given() {
    let twins = Twins::start().await;
    let id = twins.ticket("Treść").await;
    let put = async |body: Value| {
        let request = twins.thulium(Method::PUT, &format!("tickets/{id}")).json(&body);
        read(request.send().await.unwrap()).await.0
    };
    let change = json!({ "status_id": "4", "substatus_id": 41, "category_id": 5, "ticket_queue_id": null,
        "custom_fields": { "Empik zamówienie": "1-A" }, "tags": ["a"] });
    assert_eq!(put(change).await, 204);
    let ticket = twins.read_ticket(id).await;
    assert_eq!(ticket["full_status_name"], "Zamknięte - wygrany");
    assert_eq!((&ticket["category_id"], &ticket["ticket_queue_id"]), (&json!("5"), &json!(7)));
    let note = &messages(&ticket)[0];
    assert_eq!((&note["type"], &note["comment"]), (&json!("COMMENT"), &json!("")));
    assert_eq!(note["system_comment"], "Changed status from [Nowe] to [Zamknięte - wygrany]");
    assert_eq!(put(json!({ "status_id": 99 })).await, 400);
    assert_eq!(put(json!({ "substatus_id": 99 })).await, 400);
    twins.world.switch(|switches| switches.thulium.message_order = MessageOrder::OldestFirst);
    assert_eq!(messages(&twins.read_ticket(id).await)[0]["type"], "MAIL");
}

#[tokio::test]
async fn deleted_and_merged_tickets_answer_by_switch() {
    let twins = Twins::start().await;
    let (one, two) = (twins.ticket("Pierwszy").await, twins.ticket("Drugi").await);
    twins.world.merge_tickets(one, two).unwrap();
    let source = twins.read_ticket(one).await;
    assert_eq!(source["full_status_name"], "Połączone");
    assert_eq!(messages(&source).len(), 1);
    let target = twins.read_ticket(two).await;
    assert!(messages(&target).iter().any(|message| message["body"] == "Pierwszy"));
    twins.world.switch(|switches| switches.thulium.merged_ticket = MergedTicket::Target);
    assert_eq!(twins.read_ticket(one).await["ticket_id"], two);
    twins.world.switch(|switches| switches.thulium.merged_ticket = MergedTicket::NotFound);
    assert_eq!(twins.thulium_get(&format!("tickets/{one}")).await.0, 404);
    twins.world.delete_ticket(two).unwrap();
    assert_eq!(twins.thulium_get(&format!("tickets/{two}")).await.0, 410);
    twins.world.switch(|switches| switches.thulium.deleted_ticket_status = 404);
    assert_eq!(twins.thulium_get(&format!("tickets/{two}")).await.0, 404);
    let path = format!("tickets/{two}/customer_response");
    assert_eq!(twins.thulium_post(&path, json!({ "body": "x" })).await.0, 404);
    assert_eq!(found(&twins.thulium_get("tickets").await.1), [one]);
}

#[tokio::test]
async fn customers_are_found_by_field_identifier_and_mail() {
    let twins = Twins::start().await;
    twins.world.switch(|switches| switches.thulium.customer_search_lag_seconds = 10);
    assert_eq!(twins.thulium_post("customers", json!({ "name": "Jan" })).await.0, 400);
    let strange = json!({ "surname": "K.", "custom_fields": { "Inne": "x" } });
    assert_eq!(twins.thulium_post("customers", strange).await.0, 400);
    let new = json!({ "surname": "K.", "name": "Jan", "identifier": "empik:C-1", "email": ["a@b.example"],
        "custom_fields": { "Empik ID": "C-1" } });
    let (status, made) = twins.thulium_post("customers", new.clone()).await;
    assert_eq!((status, &made), (201, &json!({ "customer_id": 1 })));
    let search = async |name: &str, value: &str| {
        let query = [(name, value), ("include_custom_fields", "true")];
        read(twins.thulium(Method::GET, "customers").query(&query).send().await.unwrap()).await.1
    };
    assert_eq!(search("custom_fields[Empik ID]", "C-1").await["count"], 0);
    twins.world.advance(SignedDuration::from_secs(10));
    for (name, value, count) in [
        ("custom_fields[Empik ID]", "C-1", 1),
        ("custom_fields[Empik ID][0]", "C-1", 1),
        ("custom_fields[Empik ID]", "C-2", 0),
        ("identifier", "empik:C-1", 1),
        ("identifier", "", 0),
        ("email", "a@b.example", 1),
        ("phone_number", "", 1),
    ] {
        assert_eq!(search(name, value).await["count"], count, "{name}={value}");
    }
    twins.world.switch(|switches| switches.thulium.customers_envelope = Envelope::Array);
    let row = &search("identifier", "empik:C-1").await[0];
    assert_eq!((&row["customer_id"], &row["custom_fields"]["Empik ID"]), (&json!(1), &json!("C-1")));
    assert_eq!(twins.thulium_post("customers", new.clone()).await.0, 201);
    twins.world.switch(|switches| switches.thulium.unique_identifier = true);
    assert_eq!(twins.thulium_post("customers", new).await.0, 400);
    let put = twins.thulium(Method::PUT, "customers/1").json(&json!({ "phone_number": "600" }));
    assert_eq!(put.send().await.unwrap().status(), 204);
    assert_eq!(twins.thulium_get("customers/1").await.1["phone_number"], "600");
    assert_eq!(twins.thulium(Method::DELETE, "customers/1").send().await.unwrap().status(), 204);
    assert_eq!(twins.thulium_get("customers/1").await.0, 404);
}

#[tokio::test]
async fn uploads_live_for_a_day_unless_attached() {
    let twins = Twins::start().await;
    let kept = twins.upload("faktura ż.pdf", b"%PDF 1").await;
    let dropped = twins.upload("b.pdf", b"%PDF 2").await;
    let mut new = new_ticket("Treść");
    new["attachments"] = json!([kept]);
    assert_eq!(twins.thulium_post("tickets", new.clone()).await.0, 201);
    assert_eq!(messages(&twins.read_ticket(1).await)[0]["attachments"], json!([kept]));
    twins.world.advance(SignedDuration::from_hours(24));
    let answer = twins.thulium(Method::GET, &format!("files/{kept}")).send().await.unwrap();
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.ends_with("UTF-8''faktura%20%C5%BC.pdf"), "{name}");
    assert_eq!(&answer.bytes().await.unwrap()[..], b"%PDF 1");
    assert_eq!(twins.thulium_get(&format!("files/{dropped}")).await.0, 404);
    new["attachments"] = json!([dropped]);
    assert_eq!(twins.thulium_post("tickets", new).await.0, 400);
    twins.world.switch(|switches| switches.thulium.upload_bytes = 4);
    let upload = |name: &str, body: &'static str| {
        twins.thulium(Method::POST, &format!("temporary_files{name}")).body(body).send()
    };
    for (name, body, status) in [("?filename=a", "12345", 400), ("", "1", 400), ("?filename=a", "1234", 201)]
    {
        assert_eq!(upload(name, body).await.unwrap().status(), status, "{name} {body}");
    }
    let path = format!("tickets/1/attachments/{kept}");
    assert_eq!(twins.thulium(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(twins.thulium_get(&format!("files/{kept}")).await.0, 404);
}

#[tokio::test]
async fn dictionaries_and_tags_answer() {
    let twins = Twins::start().await;
    let (_, queues) = twins.thulium_get("ticket_queues").await;
    assert_eq!(queues[0], json!({ "id": 7, "name": "EmpikPlace" }));
    twins.world.switch(|switches| switches.thulium.dictionary_envelope = Envelope::Result);
    let (_, statuses) = twins.thulium_get("ticket_statuses").await;
    assert_eq!(statuses["result"][3]["substatuses"][0]["id"], 41);
    assert_eq!(twins.thulium_get("ticket_categories").await.1["result"][0]["name"], "Pytania");
    assert_eq!(twins.thulium_post("tags", json!({ "tags": ["empikplace"] })).await.0, 201);
}

#[tokio::test]
async fn people_reply_comment_and_write_mails() {
    let twins = Twins::start().await;
    let id = twins.ticket("Treść").await;
    let mut reply = AgentReply::new("akowalska", "<p>W załączniku</p>");
    reply.attachments.push(NewFile::new("etykieta.pdf", b"%PDF"));
    assert!(twins.world.agent_reply(id, AgentReply::new("api", "x")).is_err());
    twins.world.agent_reply(id, reply).unwrap();
    let comment =
        NewComment { login: "jnowak".into(), text: "Uwaga na tego".into(), attachments: Vec::new() };
    twins.world.agent_comment(id, comment).unwrap();
    twins.world.automatic_reply(id, "Dziękujemy", "").unwrap();
    twins.world.move_ticket(id, 8).unwrap();
    let ticket = twins.world.ticket(id).unwrap();
    let kinds: Vec<Value> = ticket.messages.iter().map(|message| json!(message.kind)).collect();
    assert_eq!(kinds, ["MAIL", "REPLY", "COMMENT", "REPLY", "COMMENT"]);
    let token = &ticket.messages[1].attachments[0];
    assert_eq!(twins.thulium(Method::GET, &format!("files/{token}")).send().await.unwrap().status(), 200);
    let mail = NewMail {
        from: "a@b.example".into(),
        subject: "Inne".into(),
        body: "x".into(),
        ticket_queue_id: None,
    };
    let other = twins.world.receive_mail(mail).unwrap();
    assert_eq!(twins.read_ticket(other).await["from"], "a@b.example");
}

#[tokio::test]
async fn the_autoresponder_answers_new_tickets() {
    let twins = Twins::start().await;
    twins.world.switch(|switches| switches.thulium.autoresponder.enabled = true);
    let id = twins.ticket("Treść").await;
    let ticket = twins.read_ticket(id).await;
    let reply = messages(&ticket).iter().find(|message| message["type"] == "REPLY").unwrap();
    assert_eq!((&reply["user_login"], &ticket["status_id"]), (&json!(""), &json!("1")));
    assert_eq!(twins.world.mails().len(), 1);
    let mut out = new_ticket("Wychodząca");
    out["direction"] = json!("out");
    twins.thulium_post("tickets", out).await;
    assert_eq!(twins.world.mails().len(), 2, "its own mail and no automatic reply");
}

/// Form bodies with their `Authorization`, as they arrive.
async fn receiver() -> (String, Arc<Mutex<Vec<(String, String)>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let handler = async move |headers: axum::http::HeaderMap, body: String| {
        let authorization = headers["authorization"].to_str().unwrap().to_owned();
        keep.lock().unwrap().push((authorization, body));
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/hook", axum::routing::post(handler));
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

#[tokio::test]
async fn webhooks_are_registered_called_lost_and_repeated() {
    let twins = Twins::start().await;
    let (url, seen) = receiver().await;
    let new = json!({ "actions": ["TICKET_CREATED"], "subscription_url": url,
        "http_auth_user": "u", "http_auth_password": "p" });
    assert_eq!(twins.thulium_post("webhooks", json!({ "actions": [] })).await.0, 400);
    let (status, made) = twins.thulium_post("webhooks", new).await;
    assert_eq!((status, &made["id"]), (201, &json!(1)));
    assert_eq!(twins.thulium_get("webhooks").await.1[0]["http_auth_password"], "p");
    let arrived = async |count: usize| {
        for _ in 0..100 {
            if seen.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // What is one too many would come at once.
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        seen.lock().unwrap().clone()
    };
    let id = twins.ticket("Treść").await;
    let calls = arrived(1).await;
    let expected = "action=TICKET_CREATED&ticket_id=1&customer_id=null&agent_login=null\
        &direction=in_behalf_of&date=2026-11-23+13%3A00%3A00";
    assert_eq!(calls, [("Basic dTpw".to_owned(), expected.to_owned())]);
    twins.world.agent_reply(id, AgentReply::new("jnowak", "Tak")).unwrap();
    assert_eq!(arrived(1).await.len(), 1, "no event about replies is documented");
    twins.world.switch(|switches| {
        switches.thulium.reply_webhooks = true;
        switches.thulium.webhook_delay_seconds = 5;
        switches.thulium.webhook_repeats = 1;
    });
    twins.world.agent_reply(id, AgentReply::new("jnowak", "Nie")).unwrap();
    assert_eq!(arrived(1).await.len(), 1, "not due yet");
    twins.world.advance(SignedDuration::from_secs(5));
    let calls = arrived(3).await;
    assert_eq!(calls.len(), 3);
    assert!(calls[2].1.starts_with("action=TICKET_MESSAGE_ADDED&ticket_id=1&"), "{calls:?}");
    twins.world.switch(|switches| {
        switches.thulium.webhook_delay_seconds = 0;
        switches.thulium.webhook_lose_every = 1;
    });
    twins.ticket("Zgubiony").await;
    assert_eq!(arrived(4).await.len(), 3);
    assert_eq!(twins.thulium(Method::DELETE, "webhooks/1").send().await.unwrap().status(), 204);
    assert_eq!(twins.world.webhooks(), Vec::<Webhook>::new());
}
