//! What the agents are told while a ticket is open: how its orders changed, that an answer is due, and
//! what the helpdesk did not take when it was opened.

use jiff::Timestamp;

use super::card::{LONGEST_FIELD, parcel};
use super::{Language, Words};
use crate::conversation::OrderFacts;
use crate::marketplace::Order;
use crate::settings::Empikplace;
use crate::text;

/// An order that stands otherwise than the agents know.
#[derive(Debug, Clone, Copy)]
pub struct OrderChange<'a> {
    /// As it is now.
    pub order: &'a Order,
    /// As they were told; `None`: nothing yet, the whole card is owed.
    pub told: Option<OrderFacts>,
}

/// A part of a new ticket that the helpdesk may refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The custom field of this name.
    Field(String),
    /// The queue.
    Queue(u64),
    /// The category.
    Category(u64),
    /// The CRM customer.
    Customer,
    /// The source.
    Source,
    /// The tags.
    Tags,
    /// The files.
    Files,
    /// The comment with the order card.
    Card,
}

impl Words {
    /// Comment about orders that changed, or whose card was owed.
    pub fn orders_changed(
        &self,
        changes: &[OrderChange<'_>],
        at: Timestamp,
        marker: &str,
        places: &Empikplace,
    ) -> String {
        let head = match changes.iter().all(|change| change.told.is_none()) {
            true => self.say("Karta zamówienia", "Order card"),
            false => self.say("Zmiana zamówienia", "Order changed"),
        };
        let mut parts = vec![format!("{head} · {} · {marker}", self.date(at))];
        parts.extend(changes.iter().map(|change| self.order_change(change, places)));
        parts.join("\n\n")
    }

    fn order_change(&self, change: &OrderChange<'_>, places: &Empikplace) -> String {
        let OrderChange { order, told } = change;
        let mut lines = String::new();
        let Some(told) = told else {
            self.order(&mut lines, order, places);
            return lines.trim_end().to_owned();
        };
        let tidy = |text: &str| text::one_line(text, LONGEST_FIELD);
        let now = OrderFacts::of(order);
        self.line(&mut lines, self.say("Zamówienie", "Order"), &tidy(&order.id));
        if now.state != told.state {
            self.line(&mut lines, self.say("Stan", "State"), &self.order_state(&tidy(&order.state)));
        }
        if now.parcel != told.parcel {
            let parcel = match parcel(order) {
                parcel if parcel.is_empty() => self.say("brak danych", "no data").to_owned(),
                parcel => parcel,
            };
            self.line(&mut lines, self.say("Przesyłka", "Parcel"), &parcel);
        }
        match (told.incident, now.incident) {
            (false, true) => lines += self.say("! Otwarto incydent", "! An incident was opened"),
            (true, false) => lines += self.say("Incydent zamknięto", "The incident was closed"),
            _ => {}
        }
        lines.trim_end().to_owned()
    }

    /// Comment that reminds the agents of the marketplace's clock.
    pub fn remind(&self, since: Timestamp, now: Timestamp, marker: &str) -> String {
        let (since, now) = (self.date(since), self.date(now));
        match self.language {
            Language::Pl => format!(
                "Przypomnienie · {now} · {marker}\n\nEmpikPlace czeka na odpowiedź sklepu od {since}. Jeśli odpowiedź nie jest potrzebna, zaznacz to w panelu EmpikPlace."
            ),
            Language::En => format!(
                "Reminder · {now} · {marker}\n\nEmpikPlace has been waiting for the shop's answer since {since}. If none is needed, say so in the EmpikPlace panel."
            ),
        }
    }

    /// The time since when an answer is due, for a ticket field: it sorts as a text.
    pub fn clock(&self, since: Timestamp) -> String {
        since.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Note in the card of a ticket that the helpdesk took only without some of its parts.
    pub fn left_out(&self, parts: &[Part]) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.part(part)).collect();
        let parts = parts.join(", ");
        match self.language {
            Language::Pl => format!(
                "! Do administratora: Thulium nie przyjęło części tego zgłoszenia ({parts}). Trzeba poprawić ustawienia integracji albo konto Thulium."
            ),
            Language::En => format!(
                "! To the administrator: Thulium refused a part of this ticket ({parts}). The settings of the integration or the Thulium account need mending."
            ),
        }
    }

    fn part(&self, part: &Part) -> String {
        let (pl, en) = match part {
            Part::Field(name) => {
                let name = text::one_line(name, LONGEST_FIELD);
                return match self.language {
                    Language::Pl => format!("pole „{name}”"),
                    Language::En => format!("the field “{name}”"),
                };
            }
            Part::Queue(id) => (format!("kolejka {id}"), format!("queue {id}")),
            Part::Category(id) => (format!("kategoria {id}"), format!("category {id}")),
            Part::Customer => ("klient w CRM".to_owned(), "the CRM customer".to_owned()),
            Part::Source => ("źródło".to_owned(), "the source".to_owned()),
            Part::Tags => ("tagi".to_owned(), "the tags".to_owned()),
            Part::Files => ("pliki".to_owned(), "the files".to_owned()),
            Part::Card => ("komentarz z kartą".to_owned(), "the comment with the card".to_owned()),
        };
        self.say(&pl, &en).to_owned()
    }
}
