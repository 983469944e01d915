//! Stand-in for the runtime until it exists.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, atomic::{AtomicU64, Ordering}};
use bridge::engine::{Memory, Ports, Visit, Hinted};
use bridge::helpdesk::TicketId;
use bridge::ledger::{Clock, Ledger};
use bridge::integration::Integration;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use crate::host::Hook;

pub struct Runtime {
    pub ledger: Arc<dyn Ledger>,
    pub secrets: Arc<Mutex<HashMap<String, Value>>>,
    pub clock: Arc<dyn Clock>,
    pub hook: Option<Hook>,
    memory: Mutex<HashMap<String, Arc<Memory>>>,
    n: AtomicU64,
    http: reqwest::Client,
}
static RUN: AtomicU64 = AtomicU64::new(0);
impl Runtime {
    pub fn new(ledger: Arc<dyn Ledger>, secrets: Arc<Mutex<HashMap<String, Value>>>, clock: Arc<dyn Clock>, hook: Option<Hook>) -> Runtime {
        let n = AtomicU64::new(RUN.fetch_add(1, Ordering::Relaxed) * 1_000_000);
        Runtime { ledger, secrets, clock, hook, memory: Mutex::default(), n, http: wire::client(wire::Reach::Anywhere).unwrap() }
    }
    fn visit(&self, i: Integration) -> Visit {
        let id = i.settings.id.to_string();
        let s = self.secrets.lock().unwrap()[&id].clone();
        let t = |k: &str| SecretString::from(s[k].as_str().unwrap().to_owned());
        let u = |a: &str| wire::base_url(a, wire::Reach::Anywhere).unwrap();
        let e = &i.settings.empikplace;
        let shop = empikplace::Shop::new(empikplace::Client::new(self.http.clone(), u(&e.url), t("empik_api_key"), e.shop_id), e.locale.clone());
        let desk = thulium::Account::new(thulium::Client::new(self.http.clone(), u(&i.settings.thulium.url), s["thulium_user"].as_str().unwrap().into(), t("thulium_password")));
        let mut ports = Ports { marketplace: Arc::new(shop), helpdesk: Arc::new(desk), ledger: self.ledger.clone(), clock: self.clock.clone() };
        if let Some(h) = &self.hook { ports = h(ports); }
        let m = self.memory.lock().unwrap().entry(id).or_default().clone();
        let owner = format!("o{}", self.n.fetch_add(1, Ordering::Relaxed));
        Visit::new(i, ports, m, owner, self.clock.now() + SignedDuration::from_secs(55))
    }
    pub async fn tick(&self, event: &Value) -> anyhow::Result<Value> {
        let mut rows = vec![];
        for row in self.ledger.integrations().await? {
            if event["integration"].as_str().is_some_and(|x| x != row.id) { continue; }
            let i = row.content.map_err(|e| anyhow::anyhow!(e))?;
            rows.push(json!(self.visit(i).tick().await));
        }
        Ok(json!({"integrations": rows}))
    }
    pub async fn answer(&self, payload: Value) -> Value {
        use base64::Engine;
        let id = payload["rawPath"].as_str().unwrap().trim_matches('/').to_owned();
        let body = payload["body"].as_str().unwrap_or_default();
        let body = if payload["isBase64Encoded"] == true { String::from_utf8(base64::engine::general_purpose::STANDARD.decode(body).unwrap()).unwrap() } else { body.to_owned() };
        let secret = self.secrets.lock().unwrap().get(&id).cloned().unwrap_or_default();
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", secret["callback_user"].as_str().unwrap_or_default(), secret["callback_password"].as_str().unwrap_or_default())));
        if payload["headers"]["authorization"].as_str() != Some(&basic) { return json!({"statusCode": 401}); }
        let ticket = body.split('&').find_map(|p| p.strip_prefix("ticket_id=")).and_then(|t| t.parse().ok());
        let Some(ticket) = ticket else { return json!({"statusCode": 400}); };
        let Ok(Some(row)) = self.ledger.integration(&id.parse().unwrap()).await else { return json!({"statusCode": 401}); };
        match self.visit(row.content.unwrap()).hint(TicketId(ticket)).await {
            Hinted::Later => json!({"statusCode": 503}),
            _ => json!({"statusCode": 204}),
        }
    }
}
