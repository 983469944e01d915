//! Customers in Thulium's CRM.

use std::collections::BTreeMap;

use bridge::failure::{Effect, Failure};
use serde::Serialize;
use wire::Call;

use crate::client::{Client, UNASKABLE, ask_fields, shows_only, unsendable};
use crate::fields::CustomFields;
use crate::loose::{self, Fields, Page};

/// A customer as a list shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// Id.
    pub customer_id: u64,
    /// First name.
    pub name: String,
    /// Surname.
    pub surname: String,
    /// Custom fields, where the answer carries them.
    pub custom_fields: Option<CustomFields>,
}

shows_only!(Customer { customer_id });

impl Customer {
    /// The value of a custom field; `None` when it is empty or not shown.
    pub fn custom_field(&self, name: &str) -> Option<&str> {
        self.custom_fields.as_ref()?.get(name)
    }
}

/// A customer to create (doc page `crm/post_customers`).
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct NewCustomer {
    /// Surname; required.
    pub surname: String,
    /// First name; left out when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Custom fields by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, String>,
}

shows_only!(NewCustomer {});

impl Client {
    /// Customers whose custom field has this value, by ascending id (doc page `crm/get_customers`).
    ///
    /// What Thulium makes of an unknown field name is not documented and may be "no filter": check the
    /// field in the rows. A row that could not be read is counted, since it may be the one looked for.
    ///
    /// # Errors
    /// A classified [`Failure`]; one that cannot be sent when the field's name holds a bracket.
    pub async fn customers_by_field(&self, field: &str, value: &str) -> Result<Page<Customer>, Failure> {
        const OPERATION: &str = "GET customers";
        let mut url = self.url(&["customers"]);
        ask_fields(&mut url, &BTreeMap::from([(field.to_owned(), value.to_owned())]))
            .ok_or_else(|| unsendable(OPERATION, Effect::Read, UNASKABLE))?;
        url.query_pairs_mut().append_pair("include_custom_fields", "true");
        let call = Call::json(OPERATION, Effect::Read, self.get(url));
        let mut page = self.read(call, |answer| loose::page(answer, read_customer)).await?;
        page.rows.sort_by_key(|customer| customer.customer_id);
        Ok(page)
    }

    /// Creates a customer and gives its id (doc page `crm/post_customers`).
    ///
    /// # Errors
    /// A classified [`Failure`]; of class `Unknown` also when the answer does not tell the id.
    pub async fn create_customer(&self, customer: &NewCustomer) -> Result<u64, Failure> {
        let request = self.post(self.url(&["customers"]), customer);
        let call = Call::json("POST customers", Effect::Write, request);
        self.read(call, |answer| read_id(Fields::of(answer)?)).await
    }

    /// Deletes a customer (`DELETE customers/:id`).
    ///
    /// # Errors
    /// A classified [`Failure`]; [`Failure::is_gone`] when there is none.
    pub async fn delete_customer(&self, id: u64) -> Result<(), Failure> {
        let url = self.url(&["customers", &id.to_string()]);
        self.write("DELETE customers/:id", self.delete(url)).await
    }
}

fn read_id(customer: Fields<'_>) -> Option<u64> {
    customer.first(&["customer_id", "id"], Fields::id)
}

fn read_customer(row: Fields<'_>) -> Option<Customer> {
    Some(Customer {
        customer_id: read_id(row)?,
        name: row.text("name").unwrap_or_default(),
        surname: row.text("surname").unwrap_or_default(),
        custom_fields: CustomFields::read(row),
    })
}
