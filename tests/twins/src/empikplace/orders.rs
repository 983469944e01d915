//! Orders and what surrounds them: OR11, RE01 and A01.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error;
use crate::http::{Call, Reply};
use crate::world::State;

const DEFAULT_MAX: usize = 10;
const MAX_MAX: usize = 100;
const MAX_IDS: usize = 100;

impl State {
    /// OR11 `GET /api/orders`, sorted by creation.
    pub(super) fn or11(&mut self, shop: Option<u64>, call: &Call) -> Result<Reply, Reply> {
        let number = |name: &str, default: usize| match call.parameter(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| error(400, &format!("{name} must be a number"))),
        };
        let date = |name: &str| -> Result<Option<Timestamp>, Reply> {
            let parsed = call.parameter(name).map(str::parse).transpose();
            parsed.map_err(|_| error(400, &format!("{name} must be a date-time (ISO 8601)")))
        };
        let max = number("max", DEFAULT_MAX)?;
        if !(1..=MAX_MAX).contains(&max) {
            return Err(error(400, "max must be between 1 and 100"));
        }
        let offset = number("offset", 0)?;
        let ids = call.list("order_ids");
        if ids.len() > MAX_IDS {
            return Err(error(400, "order_ids must hold at most 100 ids"));
        }
        let states = call.list("order_state_codes");
        let (created_from, created_to) = (date("start_date")?, date("end_date")?);
        let (updated_from, updated_to) = (date("start_update_date")?, date("end_update_date")?);
        let incident = call.parameter("has_incident").map(|text| text == "true");
        let within = |at: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>| {
            from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to)
        };
        let mut found: Vec<_> = self
            .empikplace
            .orders
            .iter()
            .filter(|(id, order)| {
                let state = order.body["order_state"].as_str().unwrap_or_default();
                Some(order.shop_id) == shop
                    && (ids.is_empty() || ids.contains(id))
                    && (states.is_empty() || states.iter().any(|wanted| wanted == state))
                    && within(order.created, created_from, created_to)
                    && within(order.updated, updated_from, updated_to)
                    && incident.is_none_or(|wanted| order.body["has_incident"].as_bool() == Some(wanted))
            })
            .map(|(_, order)| order)
            .collect();
        found.sort_by_key(|order| order.created);
        if call.parameter("order") == Some("desc") {
            found.reverse();
        }
        let orders: Vec<&Value> = found.iter().skip(offset).take(max).map(|order| &order.body).collect();
        Ok(Reply::json(200, &json!({ "orders": orders, "total_count": found.len() })))
    }

    /// A01 `GET /api/account`.
    pub(super) fn a01(&mut self, shop: Option<u64>) -> Result<Reply, Reply> {
        let shop_id = shop.ok_or_else(|| error(404, "The shop was not found"))?;
        let account = json!({
            "shop_id": shop_id,
            "shop_name": self.empikplace.shop_name(shop_id),
            "shop_state": "OPEN",
            "suspension_type": null,
            "is_professional": true,
            "currency_iso_code": "PLN",
            "channels": ["PL"],
            "domains": ["PRODUCT"],
            "order_messages_response_delay": 76,
        });
        Ok(Reply::json(200, &account))
    }
}

/// RE01 `GET /api/reasons`, in Polish unless an English locale is asked for. There is no
/// `total_count`, although the specification requires one. A code is unique within its type only.
pub(super) fn reasons(call: &Call) -> Reply {
    let english = call.parameter("locale").is_some_and(|locale| locale.starts_with("en"));
    let reason = |code: &str, kind: &str, (pl, en): (&str, &str), right: bool| {
        let label = if english { en } else { pl };
        json!({ "code": code, "is_shop_right": right, "label": label, "type": kind })
    };
    let reasons = json!([
        reason("20", "INCIDENT_OPEN", ("Towar uszkodzony", "Item damaged"), false),
        reason("20", "ORDER_MESSAGING", ("Reklamacja towaru", "Complaint"), true),
        reason("21", "ORDER_MESSAGING", ("Pytanie o dostawę", "Question about delivery"), true),
        reason("26", "ORDER_MESSAGING", ("Inne pytanie", "Other question"), true),
        reason("30", "OFFER_MESSAGING", ("Pytanie o produkt", "Question about a product"), true),
        reason("40", "MMP_SELLER_MESSAGING", ("Pytanie do Empik", "Question to Empik"), true),
        reason("1", "INCIDENT_OPEN", ("Nie otrzymałem przesyłki", "Item not received"), false),
    ]);
    Reply::json(200, &json!({ "reasons": reasons }))
}
