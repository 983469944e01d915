//! The traps of the Mirakl seller API.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use twins::{
    Author, ForeignShop, LastPage, MessageOrder, NewFile, NewMessage, NewThread, ParticipantKind,
    ReplyEscaping, SeekAnchor, ShopOptions, ThreadOrder, WithoutShop, WorldOptions,
};

use super::{Twins, json_part, read, reply_form};

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|thread| thread["id"].as_str().unwrap().into()).collect()
}

/// Opens `count` threads, a minute apart, and returns their ids, oldest first.
fn threads(twins: &Twins, count: usize) -> Vec<String> {
    let open = |_| {
        twins.world.advance(SignedDuration::from_mins(1));
        twins.thread("Gdzie jest moja paczka?").thread_id
    };
    (0..count).map(open).collect()
}

#[tokio::test]
async fn only_the_bare_key_is_a_key() {
    let twins = Twins::start().await;
    let url = format!("{}/api/inbox/threads", twins.running.empikplace());
    for key in ["Bearer empik-key", "other", ""] {
        let (status, body) =
            read(twins.http.get(&url).header("authorization", key).send().await.unwrap()).await;
        assert_eq!((status, &body["code"]), (401, &json!(401)), "{key:?}");
    }
    assert_eq!(twins.http.get(format!("{url}?api_key=empik-key")).send().await.unwrap().status(), 401);
    assert_eq!(twins.empik_get("inbox/threads").await.0, 200);
    let version = format!("{}/api/version", twins.running.empikplace());
    assert_eq!(twins.http.get(version).send().await.unwrap().status(), 200);
    let doubled = format!("{}/api/api/inbox/threads", twins.running.empikplace());
    let doubled = twins.http.get(doubled).header("authorization", "empik-key");
    assert_eq!(doubled.send().await.unwrap().status(), 404);
    twins.world.revoke_key(2000, None).unwrap();
    assert_eq!(twins.empik_get("inbox/threads").await.0, 401);
}

#[tokio::test]
async fn several_shops_of_one_user_need_a_shop_id() {
    let shop = |shop_id, name: &str| ShopOptions::new(shop_id, "empik-key", name);
    let shops = vec![shop(2000, "A"), shop(3000, "B")];
    let twins = Twins::with(WorldOptions { shops, ..WorldOptions::default() }).await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let (status, page) = twins.empik_get("inbox/threads").await;
    assert_eq!((status, ids(&page).len()), (200, 0));
    assert_eq!(twins.empik_get(&format!("inbox/threads/{thread}")).await.0, 404);
    assert_eq!(ids(&twins.empik_get("inbox/threads?shop_id=2000").await.1), std::slice::from_ref(&thread));
    assert_eq!(ids(&twins.empik_get("inbox/threads?shop_id=3000").await.1).len(), 0);
    assert_eq!(twins.empik_get(&format!("inbox/threads/{thread}?shop_id=3000")).await.0, 404);
    assert_eq!(twins.empik_get("inbox/threads?shop_id=4000").await.0, 403);
    let newer = twins.thread("Drugi").thread_id;
    let (_, page) = twins.empik_get("inbox/threads?shop_id=2000&limit=1").await;
    assert_eq!(ids(&page), std::slice::from_ref(&newer));
    // The token knows its shop, whatever stands beside it.
    let token = page["next_page_token"].as_str().unwrap();
    let (_, page) = twins.empik_get(&format!("inbox/threads?shop_id=3000&page_token={token}")).await;
    assert_eq!(ids(&page), std::slice::from_ref(&thread));
    twins.world.switch(|switches| {
        switches.empikplace.without_shop = WithoutShop::FirstShop;
        switches.empikplace.foreign_shop = ForeignShop::Empty;
    });
    assert_eq!(ids(&twins.empik_get("inbox/threads").await.1), [newer, thread]);
    let (status, page) = twins.empik_get("inbox/threads?shop_id=4000").await;
    assert_eq!((status, ids(&page).len()), (200, 0));
}

#[tokio::test]
async fn pages_go_from_new_to_old_and_a_token_carries_every_parameter() {
    let twins = Twins::start().await;
    let all = threads(&twins, 5);
    let (_, first) = twins.empik_get("inbox/threads?limit=2&with_messages=true").await;
    assert_eq!(ids(&first), [all[4].clone(), all[3].clone()]);
    let token = first["next_page_token"].as_str().unwrap();
    // Parameters beside the token are ignored, even impossible ones.
    let path = format!("inbox/threads?page_token={token}&limit=999&entity_id=1&updated_since=never");
    let (status, second) = twins.empik_get(&path).await;
    assert_eq!((status, ids(&second)), (200, vec![all[2].clone(), all[1].clone()]));
    assert_eq!(second["data"][0]["messages"].as_array().unwrap().len(), 1);
    let token = second["next_page_token"].as_str().unwrap();
    let (_, third) = twins.empik_get(&format!("inbox/threads?page_token={token}")).await;
    assert_eq!(ids(&third), [all[0].clone()]);
    assert!(third.get("next_page_token").is_none());
    assert_eq!(twins.empik_get("inbox/threads?page_token=bGltaXQ9NTA").await.0, 400);
    for (switch, shown) in [(LastPage::Null, Value::Null), (LastPage::Empty, json!(""))] {
        twins.world.switch(|switches| switches.empikplace.last_page = switch);
        assert_eq!(twins.empik_get("inbox/threads").await.1.get("next_page_token"), Some(&shown));
    }
    twins.world.switch(|switches| switches.empikplace.order = ThreadOrder::OldestFirst);
    assert_eq!(ids(&twins.empik_get("inbox/threads").await.1), all);
}

#[tokio::test]
async fn a_thread_updated_while_paging_is_missed_or_pages_begin_again() {
    for (anchor, expected) in [(SeekAnchor::DateAtIssue, [2, 0]), (SeekAnchor::ThreadIdNow, [4, 2])] {
        let twins = Twins::start().await;
        twins.world.switch(|switches| switches.empikplace.seek_anchor = anchor);
        let all = threads(&twins, 5);
        let (_, first) = twins.empik_get("inbox/threads?limit=2").await;
        let token = first["next_page_token"].as_str().unwrap();
        twins.world.advance(SignedDuration::from_mins(1));
        // With the date in the token, thread 1 jumps out of the second page; with the id alone,
        // the last thread of the first page takes the place to begin after along.
        let moved = match anchor {
            SeekAnchor::DateAtIssue => &all[1],
            SeekAnchor::ThreadIdNow => &all[3],
        };
        twins.world.write(moved, NewMessage::new(Author::Customer, "Halo?")).unwrap();
        let (_, second) = twins.empik_get(&format!("inbox/threads?page_token={token}")).await;
        assert_eq!(ids(&second), expected.map(|index| all[index].clone()), "{anchor:?}");
    }
}

#[tokio::test]
async fn a_repeated_token_repeats_for_ever() {
    let twins = Twins::start().await;
    threads(&twins, 3);
    twins.world.switch(|switches| switches.empikplace.repeat_page_token = true);
    let (_, first) = twins.empik_get("inbox/threads?limit=1").await;
    let token = first["next_page_token"].as_str().unwrap();
    let (_, second) = twins.empik_get(&format!("inbox/threads?page_token={token}")).await;
    assert_eq!(second["next_page_token"], token);
}

#[tokio::test]
async fn the_limit_is_50_by_default_and_100_at_most() {
    let twins = Twins::start().await;
    threads(&twins, 120);
    assert_eq!(ids(&twins.empik_get("inbox/threads").await.1).len(), 50);
    assert_eq!(ids(&twins.empik_get("inbox/threads?limit=100").await.1).len(), 100);
    for limit in ["101", "0", "x"] {
        assert_eq!(twins.empik_get(&format!("inbox/threads?limit={limit}")).await.0, 400, "{limit}");
    }
}

#[tokio::test]
async fn updated_since_is_inclusive_and_needs_a_real_date() {
    let twins = Twins::start().await;
    let all = threads(&twins, 3);
    let since = |text: &str| format!("inbox/threads?updated_since={text}");
    let (_, page) = twins.empik_get(&since("2026-11-23T12:02:00Z")).await;
    assert_eq!(ids(&page), [all[2].clone(), all[1].clone()]);
    let (_, page) = twins.empik_get(&since("2026-11-23T13:02:00.001%2B01:00")).await;
    assert_eq!(ids(&page), [all[2].clone()]);
    // An unescaped plus is a space.
    assert_eq!(twins.empik_get(&since("2026-11-23T13:02:00+01:00")).await.0, 400);
}

#[tokio::test]
async fn filters_by_entity_need_the_type() {
    let twins = Twins::start().await;
    let order = NewThread::from_customer("C-1", "Jan", "Pytanie").about_order("1-A");
    let order = twins.world.open_thread(order).unwrap().thread_id;
    let other = twins.thread("Bez zamówienia").thread_id;
    assert_eq!(twins.empik_get("inbox/threads?entity_id=1-A").await.0, 400);
    assert_eq!(twins.empik_get("inbox/threads?entity_type=ORDER").await.0, 400);
    let path = "inbox/threads?entity_type=MMP_ORDER&entity_id=1-A,2-A";
    assert_eq!(ids(&twins.empik_get(path).await.1), [order]);
    assert!(twins.m10(&other).await.get("entities").is_none());
}

#[tokio::test]
async fn the_list_shows_the_last_100_messages_and_only_on_demand() {
    let twins = Twins::start().await;
    let thread = twins.thread("wiadomość 0").thread_id;
    for number in 1..=120 {
        let body = format!("wiadomość {number}");
        twins.world.write(&thread, NewMessage::new(Author::Customer, &body)).unwrap();
    }
    let (_, page) = twins.empik_get("inbox/threads").await;
    assert!(page["data"][0].get("messages").is_none());
    assert!(page["data"][0].get("no_store_reply_needed").is_none());
    let (_, page) = twins.empik_get("inbox/threads?with_messages=true").await;
    let listed = page["data"][0]["messages"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["body"]), (100, &json!("wiadomość 21")));
    assert_eq!(page["data"][0]["metadata"]["total_count"], 121);
    assert_eq!(page["data"][0]["no_store_reply_needed"], json!([]));
    let whole = twins.m10(&thread).await;
    assert_eq!(whole["messages"].as_array().unwrap().len(), 121);
    twins.world.switch(|switches| switches.empikplace.message_order = MessageOrder::NewestFirst);
    assert_eq!(twins.m10(&thread).await["messages"][0]["body"], "wiadomość 120");
}

#[tokio::test]
async fn fields_are_null_or_absent_as_in_the_field() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    twins.world.write(&thread, NewMessage::new(Author::Operator, "Prosimy o odpowiedź")).unwrap();
    let before = twins.m10(&thread).await;
    assert_eq!(before["date_created"], "2026-11-23T12:00:00Z");
    assert_eq!(before["metadata"]["shop_reply_needed_since"], "2026-11-23T12:00:00Z");
    let buyer = &before["messages"][0];
    assert_eq!(buyer["from"], json!({ "type": "CUSTOMER_USER", "display_name": "Jan K." }));
    assert!(buyer.get("attachments").is_none());
    let operator = &before["authorized_participants"][2];
    assert_eq!(*operator, json!({ "type": "OPERATOR", "display_name": "Empik" }));
    twins.world.advance(SignedDuration::from_millis(1_070));
    assert_eq!(twins.m12(&thread, "Już sprawdzamy").await.0, 201);
    let after = twins.m10(&thread).await;
    assert_eq!(after["date_updated"], "2026-11-23T12:00:01.070Z");
    assert_eq!(after["metadata"]["last_message_date"], "2026-11-23T12:00:01.070Z");
    assert_eq!(after["metadata"]["shop_reply_needed_since"], Value::Null);
    let sender = &after["metadata"]["last_sender"];
    assert_eq!(
        (&sender["type"], &sender["organization_details"]["id"]),
        (&json!("SHOP_USER"), &json!("2000"))
    );
    twins.world.switch(|switches| switches.empikplace.participants_without_id = true);
    assert!(twins.m10(&thread).await["authorized_participants"][1].get("id").is_none());
}

#[tokio::test]
async fn what_the_operator_tells_the_buyer_alone_is_hidden_from_the_shop() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let mut secret = NewMessage::new(Author::Operator, "Proszę nie odpowiadać sklepowi");
    secret.to = Some(vec![ParticipantKind::Customer]);
    twins.world.write(&thread, secret).unwrap();
    let shown = twins.m10(&thread).await;
    assert_eq!(shown["metadata"]["total_count"], 1);
    assert_eq!(shown["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn no_reply_needed_is_logged_and_moves_the_date_by_switch() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dziękuję").thread_id;
    for (bumps, date) in [(false, "2026-11-23T12:00:00Z"), (true, "2026-11-23T12:02:00Z")] {
        twins.world.switch(|switches| switches.empikplace.no_reply_needed_bumps = bumps);
        twins.world.advance(SignedDuration::from_mins(1));
        twins.world.no_reply_needed(&thread, ParticipantKind::Shop).unwrap();
        assert_eq!(twins.m10(&thread).await["date_updated"], date);
    }
    let clicks = &twins.m10(&thread).await["no_store_reply_needed"];
    assert_eq!(clicks[0], json!({ "date": "2026-11-23T12:01:00Z", "user_type": "SHOP" }));
}

#[tokio::test]
async fn m12_takes_nothing_but_multipart_with_a_json_part() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let input = json!({ "body": "Odpowiedź", "to": [{ "type": "CUSTOMER", "id": "C-1" }] });
    let path = format!("inbox/threads/{thread}/message");
    let as_json = twins.empik(Method::POST, &path).json(&input).send().await.unwrap();
    assert_eq!(as_json.status(), 415);
    let flattened =
        Form::new().text("message_input.body", "Odpowiedź").text("message_input.to[0].type", "CUSTOMER");
    let (status, error) = twins.m12_form(&thread, flattened).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("Required part 'message_input'"), "{error}");
    let unlabelled = || Form::new().text("message_input", input.to_string());
    assert_eq!(twins.m12_form(&thread, unlabelled()).await.0, 415);
    assert_eq!(twins.m10(&thread).await["metadata"]["total_count"], 1);
    twins.world.switch(|switches| switches.empikplace.json_part_required = false);
    let (status, answer) = twins.m12_form(&thread, unlabelled()).await;
    assert_eq!((status, &answer["thread_id"]), (201, &json!(thread)));
    let written = &twins.m10(&thread).await["messages"][1];
    assert_eq!((&written["id"], &written["body"]), (&answer["message_id"], &json!("Odpowiedź")));
    assert_eq!(twins.m12("00000000-0000-4000-8000-000000000000", "Odpowiedź").await.0, 404);
}

#[tokio::test]
async fn m12_checks_length_in_characters_and_recipients() {
    let twins = Twins::start().await;
    let alone = NewThread { operator: false, ..NewThread::from_customer("C-1", "Jan", "Dzień dobry") };
    let thread = twins.world.open_thread(alone).unwrap().thread_id;
    for (body, status) in [
        ("ok".to_owned(), 400),
        ("żół".to_owned(), 201),
        ("ż".repeat(50_000), 201),
        ("ż".repeat(50_001), 400),
    ] {
        assert_eq!(twins.m12(&thread, &body).await.0, status, "{} letters", body.chars().count());
    }
    for (to, status) in [
        (json!([]), 400),
        (Value::Null, 400),
        (json!([{ "type": "CUSTOMER_USER" }]), 400),
        (json!([{ "type": "OPERATOR" }]), 400),
        (json!([{ "type": "CUSTOMER", "id": "C-2" }]), 400),
        (json!([{ "type": "CUSTOMER", "id": "C-1" }, { "type": "SHOP" }]), 201),
    ] {
        let form = reply_form(&json!({ "body": "Odpowiedź", "to": to }));
        let (answered, error) = twins.m12_form(&thread, form).await;
        assert_eq!(answered, status, "{to}: {error}");
    }
    let (_, error) = twins.m12(&thread, "ok").await;
    assert_eq!(error["errors"][0]["field"], "body");
}

#[tokio::test]
async fn m12_files_are_bounded_in_type_name_number_and_size() {
    let twins = Twins::start().await;
    let about = |body: &str| {
        let thread = NewThread::from_customer("C-1", "Jan", body).about_order("1-A");
        twins.world.open_thread(thread).unwrap().thread_id
    };
    let (one, two) = (about("Pierwszy"), about("Drugi"));
    let input = json!({ "body": "Załączam", "to": [{ "type": "CUSTOMER" }] });
    let with = |files: &[&str]| {
        files.iter().fold(reply_form(&input), |form, name| {
            form.part("files", Part::bytes(b"%PDF".to_vec()).file_name((*name).to_owned()))
        })
    };
    for (files, status) in [
        (&["a.pdf", "b.PNG"][..], 201),
        (&["a.heic"][..], 400),
        (&["bez-koncowki"][..], 400),
        (&["żółw.pdf"][..], 400),
        (&["a.pdf", "a.pdf"][..], 400),
    ] {
        assert_eq!(twins.m12_form(&one, with(files)).await.0, status, "{files:?}");
    }
    let message = &twins.m10(&one).await["messages"][1];
    assert_eq!(
        (&message["attachments"][1]["name"], &message["attachments"][1]["size"]),
        (&json!("b.PNG"), &json!(4))
    );
    // 2 are there; the limit spans both threads of the order.
    let names: Vec<String> = (0..49).map(|number| format!("{number}.pdf")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(twins.m12_form(&two, with(&names)).await.0, 400);
    assert_eq!(twins.m12_form(&two, with(&names[..48])).await.0, 201);
    assert_eq!(twins.m12_form(&one, with(&["c.pdf"])).await.0, 400);
    let big = Part::bytes(vec![0; 30 << 20]).file_name("big.pdf");
    let other = twins.thread("Inny").thread_id;
    assert_eq!(twins.m12_form(&other, reply_form(&input).part("files", big)).await.0, 400);
    twins.world.switch(|switches| switches.empikplace.allowed_file_types = None);
    assert_eq!(twins.m12_form(&other, with(&["a.heic"])).await.0, 201);
}

#[tokio::test]
async fn a_full_thread_takes_no_message() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    twins.world.switch(|switches| switches.empikplace.messages_per_thread = 2);
    assert_eq!(twins.m12(&thread, "druga").await.0, 201);
    assert_eq!(twins.m12(&thread, "trzecia").await.0, 400);
}

#[tokio::test]
async fn replies_read_back_as_the_switch_says() {
    let sent = "a < b & c<br />d <i>e</i>";
    for (switch, back) in [
        (ReplyEscaping::AsIs, sent),
        (ReplyEscaping::EscapeHtml, "a &lt; b &amp; c<br />d &lt;i&gt;e&lt;/i&gt;"),
        (ReplyEscaping::StripTags, "a < b & c\nd e"),
    ] {
        let twins = Twins::start().await;
        twins.world.switch(|switches| switches.empikplace.reply_escaping = switch);
        let thread = twins.thread("Dzień dobry").thread_id;
        assert_eq!(twins.m12(&thread, sent).await.0, 201);
        assert_eq!(twins.m10(&thread).await["messages"][1]["body"], back, "{switch:?}");
    }
}

#[tokio::test]
async fn attachments_download_under_their_name() {
    let twins = Twins::start().await;
    let mut new = NewThread::from_customer("C-1", "Jan", "Zdjęcie w załączniku");
    new.attachments.push(NewFile::new("zdjęcie 1.jpg", &[0xff, 0xd8, 0]));
    let thread = twins.world.open_thread(new).unwrap().thread_id;
    let id = twins.m10(&thread).await["messages"][0]["attachments"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("inbox/threads/{id}/download");
    let answer = twins.empik(Method::GET, &path).send().await.unwrap();
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.contains("filename*=UTF-8''zdj%C4%99cie%201.jpg"), "{name}");
    assert_eq!(answer.bytes().await.unwrap()[..], [0xff, 0xd8, 0]);
    let wrong = twins.empik(Method::GET, &path).header("accept", "application/json");
    assert_eq!(wrong.send().await.unwrap().status(), 406);
    assert_eq!(twins.empik_get("inbox/threads/unknown/download").await.0, 404);
}

#[tokio::test]
async fn orders_come_by_ids_in_pages() {
    let twins = Twins::start().await;
    for number in 1..=12 {
        let order = json!({
            "order_id": format!("{number}-A"), "total_price": 49.9,
            "customer": { "customer_id": "C-1", "firstname": "Jan", "lastname": "Kos" },
        });
        twins.world.put_order(order).unwrap();
    }
    let (_, page) = twins.empik_get("orders").await;
    assert_eq!((page["orders"].as_array().unwrap().len(), &page["total_count"]), (10, &json!(12)));
    let (_, page) = twins.empik_get("orders?order_ids=3-A,99-A,1-A&max=100&shop_id=2000").await;
    assert_eq!(page["total_count"], 2);
    assert_eq!(page["orders"][0]["commercial_id"], "1");
    assert_eq!(page["orders"][0]["customer"]["customer_id"], "C-1");
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    assert_eq!(twins.empik_get(&format!("orders?order_ids={}", many.join(","))).await.0, 400);
    assert_eq!(twins.empik_get("orders?max=101").await.0, 400);
    assert_eq!(twins.empik_get("orders/1-A").await.0, 410);
}

#[tokio::test]
async fn or43_opens_a_thread_each_time() {
    let twins = Twins::start().await;
    twins.world.put_order(json!({ "order_id": "1-A", "customer": { "customer_id": "C-1" } })).unwrap();
    let input = |to: Value| {
        let topic = json!({ "type": "REASON_CODE", "value": "26" });
        let input = json!({ "body": "Dzień dobry", "to": to, "topic": topic });
        Form::new().part("thread_input", json_part(&input))
    };
    let open = async |to| {
        let request = twins.empik(Method::POST, "orders/1-A/threads").multipart(input(to));
        read(request.send().await.unwrap()).await
    };
    // Types alone here, not objects as in M12.
    assert_eq!(open(json!([{ "type": "CUSTOMER" }])).await.0, 400);
    let mut opened = BTreeSet::new();
    for _ in 0..2 {
        let (status, answer) = open(json!(["CUSTOMER"])).await;
        assert_eq!(status, 201, "{answer}");
        opened.insert(answer["thread_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(opened.len(), 2);
}

#[tokio::test]
async fn account_and_reasons_answer() {
    let twins = Twins::start().await;
    let (_, account) = twins.empik_get("account?shop_id=2000").await;
    assert_eq!((&account["shop_id"], &account["suspension_type"]), (&json!(2000), &Value::Null));
    let (_, reasons) = twins.empik_get("reasons?locale=pl_PL").await;
    assert!(reasons["reasons"].as_array().unwrap().iter().any(|reason| reason["type"] == "ORDER_MESSAGING"));
}

#[tokio::test]
async fn a_quota_answers_429_with_the_seconds_to_wait() {
    let twins = Twins::start().await;
    twins.world.switch(|switches| {
        switches.empikplace.calls_per_hour.insert("M11".into(), 2);
        switches.empikplace.forbidden.insert("OR11".into());
    });
    twins.empik_get("inbox/threads").await;
    twins.world.advance(SignedDuration::from_mins(10));
    twins.empik_get("inbox/threads").await;
    let refused = twins.empik(Method::GET, "inbox/threads").send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
        (429, "3000")
    );
    twins.world.advance(SignedDuration::from_mins(50));
    assert_eq!(twins.empik_get("inbox/threads").await.0, 200);
    assert_eq!(twins.empik_get("orders").await.0, 403);
}
