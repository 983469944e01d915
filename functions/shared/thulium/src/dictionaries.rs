//! Queues, categories and statuses. The shapes of these answers are not documented.

use bridge::failure::{Effect, Failure};
use serde_json::Value;
use wire::Call;

use crate::client::Client;
use crate::loose::{self, Fields};

/// An entry of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DictionaryItem {
    /// Id. Among statuses, an item with a parent is a sub-status, and its id a `substatus_id`, which
    /// can equal the id of a status.
    pub id: u64,
    /// Name as agents see it; empty when the answer does not tell.
    pub name: String,
    /// The item that this one stands under.
    pub parent: Option<u64>,
}

/// Where an item keeps what, the likeliest first.
struct Keys {
    id: &'static [&'static str],
    name: &'static [&'static str],
    /// Fields that name the item's parent.
    parent: &'static [&'static str],
    /// Fields that list the items under this one.
    children: &'static [&'static str],
}

const QUEUES: Keys = Keys {
    id: &["id", "ticket_queue_id", "queue_id"],
    name: &["name", "label", "ticket_queue_name", "title"],
    parent: &[],
    children: &[],
};

const CATEGORIES: Keys = Keys {
    id: &["id", "category_id", "ticket_category_id"],
    name: &["name", "label", "category_name", "title"],
    parent: &["parent_id"],
    children: &["children", "categories", "subcategories"],
};

const STATUSES: Keys = Keys {
    // A sub-status may name its status in `status_id`.
    id: &["id", "substatus_id", "status_id"],
    name: &["name", "label", "substatus_name", "status_name", "title"],
    parent: &["parent_id"],
    children: &["substatuses", "sub_statuses", "children"],
};

impl Client {
    /// The ticket queues (`GET ticket_queues`).
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn queues(&self) -> Result<Vec<DictionaryItem>, Failure> {
        self.dictionary("GET ticket_queues", "ticket_queues", &QUEUES).await
    }

    /// The ticket categories (`GET ticket_categories`).
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn categories(&self) -> Result<Vec<DictionaryItem>, Failure> {
        self.dictionary("GET ticket_categories", "ticket_categories", &CATEGORIES).await
    }

    /// The ticket statuses, each followed by its sub-statuses (`GET ticket_statuses`).
    ///
    /// # Errors
    /// A classified [`Failure`].
    pub async fn statuses(&self) -> Result<Vec<DictionaryItem>, Failure> {
        self.dictionary("GET ticket_statuses", "ticket_statuses", &STATUSES).await
    }

    async fn dictionary(
        &self,
        operation: &'static str,
        path: &str,
        keys: &Keys,
    ) -> Result<Vec<DictionaryItem>, Failure> {
        let call = Call::json(operation, Effect::Read, self.get(self.url(&[path])));
        self.read(call, |answer| read_dictionary(answer, keys)).await
    }
}

/// Entries without an id are passed over; a dictionary of nothing else is not one.
fn read_dictionary(answer: &Value, keys: &Keys) -> Option<Vec<DictionaryItem>> {
    let entries = loose::listed(answer)?;
    let mut items = Vec::new();
    for entry in &entries {
        gather(entry, None, keys, &mut items);
    }
    (!items.is_empty() || entries.is_empty()).then_some(items)
}

fn gather(entry: &Value, under: Option<u64>, keys: &Keys, items: &mut Vec<DictionaryItem>) {
    let Some(fields) = Fields::of(entry) else {
        return;
    };
    let id = fields.first(keys.id, Fields::number);
    if let Some(id) = id {
        let own_status =
            fields.number("substatus_id").filter(|sub| *sub == id).and(fields.number("status_id"));
        items.push(DictionaryItem {
            id,
            name: fields.first(keys.name, Fields::word).unwrap_or_default(),
            parent: under.or_else(|| fields.first(keys.parent, Fields::id)).or(own_status),
        });
    }
    let children = fields.first(keys.children, |fields, key| fields.get(key).and_then(loose::list));
    for child in children.unwrap_or_default() {
        gather(child, id.or(under), keys, items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(id: u64, name: &str, parent: Option<u64>) -> DictionaryItem {
        DictionaryItem { id, name: name.into(), parent }
    }

    #[test]
    fn queues_are_read_from_every_shape() {
        for answer in [
            json!([{"id": 7, "name": "EmpikPlace"}, {"id": "8", "name": "Sklep"}]),
            json!({"result": [{"ticket_queue_id": "7", "label": "EmpikPlace"}, {"id": 8, "name": "Sklep"}]}),
            json!({"data": [{"ticket_queue_id": 7, "name": "EmpikPlace"}, 5, {"id": 8, "title": "Sklep"}]}),
        ] {
            assert_eq!(
                read_dictionary(&answer, &QUEUES),
                Some(vec![item(7, "EmpikPlace", None), item(8, "Sklep", None)]),
                "{answer}"
            );
        }
    }

    #[test]
    fn a_reference_is_not_taken_for_the_id() {
        let answer = json!([{"ticket_category_id": 3, "ticket_queue_id": 7, "name": "Reklamacje"},
                            {"category_id": 4, "parent_id": 3, "name": "Zwroty"}]);
        assert_eq!(
            read_dictionary(&answer, &CATEGORIES),
            Some(vec![item(3, "Reklamacje", None), item(4, "Zwroty", Some(3))])
        );
    }

    #[test]
    fn sub_statuses_know_their_status() {
        let expected = vec![item(1, "Nowe", None), item(6, "Zamknięte", None), item(1, "wygrany", Some(6))];
        for answer in [
            json!([{"id": 1, "name": "Nowe", "substatuses": []},
                   {"id": 6, "name": "Zamknięte", "substatuses": [{"id": 1, "name": "wygrany"}]}]),
            json!({"result": [{"status_id": "1", "name": "Nowe", "sub_statuses": null},
                   {"status_id": "6", "name": "Zamknięte",
                    "sub_statuses": {"4": {"substatus_id": "1", "status_id": "6", "name": "wygrany"}}}]}),
            json!([{"status_id": 1, "substatus_id": null, "name": "Nowe"},
                   {"status_id": 6, "substatus_id": "", "name": "Zamknięte"},
                   {"status_id": 6, "substatus_id": 1, "name": "wygrany"}]),
        ] {
            assert_eq!(read_dictionary(&answer, &STATUSES), Some(expected.clone()), "{answer}");
        }
    }

    #[test]
    fn a_dictionary_of_nothing_readable_is_refused() {
        assert_eq!(read_dictionary(&json!([]), &QUEUES), Some(vec![]));
        assert_eq!(read_dictionary(&json!([{"kod": 7}]), &QUEUES), None);
        assert_eq!(read_dictionary(&json!({"errors": []}), &QUEUES), None);
    }
}
