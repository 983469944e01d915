//! CRM customers (`crm/get_customers`, `crm/post_customers`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Customer, Input, Wrong, envelope, search};
use crate::faults::Side;
use crate::history::{Actor, Event, Kind};
use crate::http::{Call, Reply};
use crate::switches::{FieldMatch, FieldsShape};
use crate::world::State;

const KNOWN: [&str; 24] = [
    "surname",
    "name",
    "email",
    "phone_number",
    "company_id",
    "type",
    "group",
    "identifier",
    "gender",
    "homepage",
    "birthdate",
    "nip",
    "note",
    "pesel",
    "job",
    "job_title",
    "account_manager",
    "vip",
    "custom_fields",
    "fill_read_only_custom_fields",
    "address",
    "invoice_address",
    "mail_drop_address",
    "customer_id",
];

impl State {
    /// GET `customers`.
    pub(super) fn list_customers(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let (limit, offset) = search::window(call)?;
        let fields = search::custom_fields(call);
        let switches = &self.switches.thulium;
        let now = self.now();
        // An empty filter finds those without a value; an absent one finds all.
        let filter = |name: &str| {
            let found = call.query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        let (identifier, email, phone) = (filter("identifier"), filter("email"), filter("phone_number"));
        let among = |wanted: &Option<String>, values: &[String]| match wanted {
            None => true,
            Some(wanted) if wanted.is_empty() => values.is_empty(),
            Some(wanted) => values.contains(wanted),
        };
        let searched = !fields.is_empty() || identifier.is_some() || email.is_some() || phone.is_some();
        let customers = &self.thulium.customers;
        let candidates: Vec<&Customer> = match fields.values().next() {
            Some(values)
                if switches.field_match == FieldMatch::Exact && !values.iter().any(String::is_empty) =>
            {
                let bearers = values.iter().filter_map(|value| self.thulium.bearers.get(value)).flatten();
                bearers.collect::<BTreeSet<_>>().into_iter().filter_map(|id| customers.get(id)).collect()
            }
            _ => customers.values().collect(),
        };
        let found: Vec<&Customer> = candidates
            .into_iter()
            .filter(|customer| {
                (!searched || customer.indexed_at <= now)
                    && identifier.as_ref().is_none_or(|wanted| *wanted == customer.identifier)
                    && among(&email, &customer.email)
                    && among(&phone, &customer.phone_number)
                    && search::found_by_fields(&customer.custom_fields, &fields, switches.field_match)
            })
            .collect();
        let count = found.len();
        let with_fields = call.flag("include_custom_fields");
        let rows = found.into_iter().skip(offset).take(limit);
        let rows = rows.map(|customer| self.customer_row(customer, with_fields)).collect();
        Ok(Reply::json(200, &envelope(switches.customers_envelope, count, rows)))
    }

    fn customer_row(&self, customer: &Customer, with_fields: bool) -> Value {
        let first = |values: &[String]| values.first().cloned().unwrap_or_default();
        let mut row = json!({
            "customer_id": customer.customer_id,
            "name": customer.name,
            "surname": customer.surname,
            "identifier": customer.identifier,
            "phone_number": first(&customer.phone_number),
            "email": first(&customer.email),
        });
        if with_fields {
            let fields = &customer.custom_fields;
            row["custom_fields"] = match self.switches.thulium.fields_shape {
                FieldsShape::Object => json!(fields),
                FieldsShape::List => {
                    fields.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
                }
            };
        }
        row
    }

    /// GET `customers/:id`.
    pub(super) fn get_customer(&mut self, id: u64) -> Result<Reply, Wrong> {
        let customer = self.thulium.customers.get(&id).ok_or_else(|| Wrong::missing("Customer"))?;
        Ok(Reply::json(200, &self.customer_row(customer, true)))
    }

    /// POST `customers`.
    pub(super) fn post_customer(&mut self, call: &Call) -> Result<Reply, Wrong> {
        let input = Input::read(call)?;
        let surname = input.required("surname")?;
        let now = self.now();
        let blank = Customer {
            customer_id: self.thulium.last_customer + 1,
            name: String::new(),
            surname,
            identifier: String::new(),
            email: Vec::new(),
            phone_number: Vec::new(),
            custom_fields: std::collections::BTreeMap::new(),
            created_at: now,
            indexed_at: now,
        };
        let customer = self.fill(blank, &input)?;
        let id = customer.customer_id;
        self.thulium.last_customer = id;
        self.keep(customer, Kind::CustomerCreated);
        Ok(Reply::json(201, &json!({ "customer_id": id })))
    }

    /// PUT `customers/:id`; a list given replaces the one before, custom fields are merged by name.
    pub(super) fn put_customer(&mut self, id: u64, call: &Call) -> Result<Reply, Wrong> {
        let customer = self.thulium.customers.get(&id).cloned().ok_or_else(|| Wrong::missing("Customer"))?;
        let customer = self.fill(customer, &Input::read(call)?)?;
        self.keep(customer, Kind::CustomerChanged);
        Ok(Reply::empty(204))
    }

    /// DELETE `customers/:id`.
    pub(super) fn delete_customer(&mut self, id: u64) -> Result<Reply, Wrong> {
        self.thulium.customers.remove(&id).ok_or_else(|| Wrong::missing("Customer"))?;
        self.record(Event::new(Side::Thulium, Actor::Api, Kind::CustomerDeleted).customer(id));
        Ok(Reply::empty(204))
    }

    fn fill(&self, mut customer: Customer, input: &Input) -> Result<Customer, Wrong> {
        let switches = &self.switches.thulium;
        input.check_names(&KNOWN, switches.unknown_parameters)?;
        if let Some(surname) = input.text("surname")? {
            customer.surname = surname;
        }
        if let Some(name) = input.text("name")? {
            customer.name = name;
        }
        if let Some(identifier) = input.text("identifier")? {
            let taken = |other: &Customer| {
                other.identifier == identifier && other.customer_id != customer.customer_id
            };
            if switches.unique_identifier
                && !identifier.is_empty()
                && self.thulium.customers.values().any(taken)
            {
                return Err(Wrong::invalid("Field \"identifier\" must be unique"));
            }
            customer.identifier = identifier;
        }
        if input.get("email").is_some() {
            customer.email = input.texts("email")?;
        }
        if input.get("phone_number").is_some() {
            customer.phone_number = input.texts("phone_number")?;
        }
        let defined = &self.options.thulium.customer_fields;
        customer.custom_fields.extend(input.custom_fields(defined, switches.unknown_customer_field)?);
        customer.indexed_at = self.indexed_at(switches.customer_search_lag_seconds);
        Ok(customer)
    }

    fn keep(&mut self, customer: Customer, kind: Kind) {
        let event = Event::new(Side::Thulium, Actor::Api, kind).customer(customer.customer_id);
        self.record(event.data(json!(customer)));
        for value in customer.custom_fields.values() {
            self.thulium.bearers.entry(value.clone()).or_default().insert(customer.customer_id);
        }
        self.thulium.customers.insert(customer.customer_id, customer);
    }
}
