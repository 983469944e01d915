//! The twins over HTTP: every trap of the two APIs, the faults, the control API, the comparison.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod comparison;
mod control;
mod empikplace;
mod faults;
mod thulium;

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use twins::{NewThread, Opened, Running, World, WorldOptions};

/// A world being served, and a client of it.
struct Twins {
    world: World,
    running: Running,
    http: reqwest::Client,
}

impl Twins {
    async fn start() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// The clock stands still at noon, so that dates can be predicted.
    async fn with(options: WorldOptions) -> Self {
        let world = World::new(options).unwrap();
        world.set_time("2026-11-23T12:00:00Z".parse().unwrap());
        let running = Running::start(world.clone()).await.unwrap();
        Self { world, running, http: wire::client(wire::Reach::Anywhere).unwrap() }
    }

    fn empik(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/{path}", self.running.empikplace());
        self.http.request(method, url).header("authorization", "empik-key")
    }

    async fn empik_get(&self, path: &str) -> (u16, Value) {
        read(self.empik(Method::GET, path).send().await.unwrap()).await
    }

    fn thulium(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/{path}", self.running.thulium());
        self.http.request(method, url).basic_auth("api", Some("thulium-pass"))
    }

    async fn thulium_get(&self, path: &str) -> (u16, Value) {
        read(self.thulium(Method::GET, path).send().await.unwrap()).await
    }

    async fn thulium_post(&self, path: &str, body: Value) -> (u16, Value) {
        read(self.thulium(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{path}", self.running.control());
        let request = self.http.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        read(request.send().await.unwrap()).await
    }

    fn thread(&self, body: &str) -> Opened {
        self.world.open_thread(NewThread::from_customer("C-1", "Jan K.", body)).unwrap()
    }

    /// M12 to the buyer.
    async fn m12(&self, thread: &str, body: &str) -> (u16, Value) {
        let input = json!({ "body": body, "to": [{ "type": "CUSTOMER" }] });
        self.m12_form(thread, reply_form(&input)).await
    }

    async fn m12_form(&self, thread: &str, form: Form) -> (u16, Value) {
        let path = format!("inbox/threads/{thread}/message?shop_id=2000");
        read(self.empik(Method::POST, &path).multipart(form).send().await.unwrap()).await
    }

    async fn m10(&self, thread: &str) -> Value {
        self.empik_get(&format!("inbox/threads/{thread}")).await.1
    }

    /// A ticket as the bridge would create it.
    async fn ticket(&self, body: &str) -> u64 {
        let (status, answer) = self.thulium_post("tickets", new_ticket(body)).await;
        assert_eq!(status, 201, "{answer}");
        answer["ticket_id"].as_u64().unwrap()
    }

    async fn read_ticket(&self, id: u64) -> Value {
        self.thulium_get(&format!("tickets/{id}?include_custom_fields=true")).await.1
    }

    async fn upload(&self, name: &str, bytes: &[u8]) -> String {
        let request = self.thulium(Method::POST, "temporary_files").query(&[("filename", name)]);
        let request = request.header("content-type", "application/octet-stream").body(bytes.to_vec());
        let (status, answer) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{answer}");
        assert_eq!(answer["filename"], name);
        answer["token"].as_str().unwrap().to_owned()
    }
}

/// Status and JSON body; null for an empty body.
async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    if body.is_empty() { (status, Value::Null) } else { (status, serde_json::from_slice(&body).unwrap()) }
}

fn json_part(input: &Value) -> Part {
    Part::text(input.to_string()).mime_str("application/json").unwrap()
}

fn reply_form(input: &Value) -> Form {
    Form::new().part("message_input", json_part(input))
}

fn new_ticket(body: &str) -> Value {
    json!({
        "to": "empik@shop.example", "from": "t1@noreply.shop.example", "subject": "EmpikPlace 1-A",
        "body": body, "source": "www", "ticket_queue_id": 7, "category_id": 3,
    })
}
