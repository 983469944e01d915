//! What a world consists of when it starts: shops, the Thulium tenant, its dictionaries.

use serde::{Deserialize, Serialize};

/// One shop of EmpikPlace. Two shops with the same key belong to one user with several shops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopOptions {
    /// `shop_id` of the API.
    pub shop_id: u64,
    /// The bare API key.
    pub api_key: String,
    /// The name buyers see.
    pub name: String,
    /// The mailbox of Thulium that its tickets stand under; empty: whichever. The comparison holds them to it.
    #[serde(default)]
    pub mailbox: String,
}

impl ShopOptions {
    /// A shop whose tickets may stand under any mailbox.
    #[must_use]
    pub fn new(shop_id: u64, api_key: &str, name: &str) -> Self {
        Self { shop_id, api_key: api_key.into(), name: name.into(), mailbox: String::new() }
    }
}

/// A dictionary entry of Thulium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The id used by the API.
    pub id: u64,
    /// The name people read.
    pub name: String,
}

/// A ticket status with its sub-statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusOptions {
    /// The id used by the API.
    pub id: u64,
    /// The name people read.
    pub name: String,
    /// Sub-statuses, whose ids are `substatus_id`.
    #[serde(default)]
    pub substatuses: Vec<Named>,
}

/// The Thulium tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThuliumOptions {
    /// User name of the API user; also its login in tickets.
    pub user: String,
    /// Password of the API user.
    pub password: String,
    /// Mailboxes defined in the tenant; `to` of a new ticket must be one of them.
    pub mailboxes: Vec<String>,
    /// Ticket queues. The first one takes tickets created without a queue.
    pub queues: Vec<Named>,
    /// Ticket categories.
    pub categories: Vec<Named>,
    /// Ticket statuses.
    pub statuses: Vec<StatusOptions>,
    /// Status of a ticket in which the customer wrote last.
    pub status_new: u64,
    /// Status after an agent's reply.
    pub status_waiting: u64,
    /// Status of a closed ticket.
    pub status_closed: u64,
    /// Status of a ticket merged into another.
    pub status_merged: u64,
    /// Names of the special fields of CRM customers.
    pub customer_fields: Vec<String>,
    /// Names of the special fields of tickets.
    pub ticket_fields: Vec<String>,
    /// Logins of agents.
    pub agents: Vec<String>,
    /// IANA name of the zone all dates are written in.
    pub time_zone: String,
}

impl Default for ThuliumOptions {
    fn default() -> Self {
        let named = |id, name: &str| Named { id, name: name.into() };
        let status = |id, name: &str| StatusOptions { id, name: name.into(), substatuses: Vec::new() };
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        Self {
            user: "api".into(),
            password: "thulium-pass".into(),
            mailboxes: texts(&["empik@shop.example"]),
            queues: vec![named(7, "EmpikPlace"), named(8, "Ogólna")],
            categories: vec![named(3, "Pytania"), named(5, "Reklamacje")],
            statuses: vec![
                status(1, "Nowe"),
                status(2, "Oczekuje na klienta"),
                status(3, "W realizacji"),
                StatusOptions {
                    id: 4,
                    name: "Zamknięte".into(),
                    substatuses: vec![named(41, "wygrany"), named(42, "przegrany")],
                },
                status(5, "Odłożone"),
                status(6, "Połączone"),
            ],
            status_new: 1,
            status_waiting: 2,
            status_closed: 4,
            status_merged: 6,
            customer_fields: texts(&["Empik ID"]),
            ticket_fields: texts(&[
                "Empik wątek",
                "Empik zamówienie",
                "Empik produkty",
                "Empik rozmowa",
                "Empik czeka od",
            ]),
            agents: texts(&["akowalska", "jnowak"]),
            time_zone: "Europe/Warsaw".into(),
        }
    }
}

/// A world at its beginning. Deserialises with every member optional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldOptions {
    /// The shops of EmpikPlace.
    pub shops: Vec<ShopOptions>,
    /// The tenant of Thulium.
    pub thulium: ThuliumOptions,
    /// Seed of every generated id and token: equal seeds and equal acts give equal ids.
    pub seed: u64,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            shops: vec![ShopOptions::new(2000, "empik-key", "Sklep A")],
            thulium: ThuliumOptions::default(),
            seed: 1,
        }
    }
}
