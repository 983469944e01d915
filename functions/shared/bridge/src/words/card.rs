//! The order card: what an agent wants to know of an order, as an internal comment.

use std::fmt::Write;

use super::{Words, plural};
use crate::marketplace::{Order, Thread};
use crate::settings::{Empikplace, Language};
use crate::text;

/// Lines of an order that are listed; the rest is counted.
const LONGEST_ORDER: usize = 30;

/// Longest text of an order's field, in characters.
pub(super) const LONGEST_FIELD: usize = 120;

impl Words {
    /// The card for a thread: its orders, links, the buyer's id, and what could not be read.
    ///
    /// `None` where there is nothing to tell.
    pub fn card(
        &self,
        thread: &Thread,
        orders: &[Order],
        customer: CustomerNote<'_>,
        places: &Empikplace,
    ) -> Option<String> {
        let mut card = String::new();
        for id in thread.order_ids() {
            match orders.iter().find(|order| order.id == id) {
                Some(order) => self.order(&mut card, order, places),
                None => {
                    let id = text::one_line(id, LONGEST_FIELD);
                    self.line(&mut card, self.say("Zamówienie", "Order"), &id);
                    let note = self.say(
                        "(danych zamówienia nie udało się odczytać z EmpikPlace)",
                        "(the order could not be read from EmpikPlace)",
                    );
                    let _ = writeln!(card, "{note}");
                    self.link(&mut card, places.link_to_order(&id));
                }
            }
            card.push('\n');
        }
        for offer in thread.entities.iter().filter(|e| e.kind == "MMP_OFFER") {
            let label =
                text::one_line(if offer.label.is_empty() { &offer.id } else { &offer.label }, LONGEST_FIELD);
            self.line(&mut card, self.say("Oferta", "Offer"), &label);
        }
        if let Some(link) = places.link_to_conversation(&thread.id.0) {
            self.line(&mut card, self.say("Rozmowa", "Conversation"), &link);
        }
        self.customer(&mut card, customer);
        let card = card.trim_end();
        (!card.is_empty()).then(|| format!("{}\n\n{card}", self.say("Karta EmpikPlace", "EmpikPlace card")))
    }

    pub(super) fn order(&self, card: &mut String, order: &Order, places: &Empikplace) {
        let tidy = |text: &str| text::one_line(text, LONGEST_FIELD);
        self.line(
            card,
            self.say("Zamówienie", "Order"),
            &format!("{} ({})", tidy(&order.id), self.order_state(&tidy(&order.state))),
        );
        self.link(card, places.link_to_order(&order.id));
        match order.has_incident {
            true => {
                let _ = writeln!(card, "{}", self.say("! Otwarty incydent", "! An incident is open"));
            }
            false => self.line(card, self.say("Incydent", "Incident"), self.say("brak", "none")),
        }
        for line in order.lines.iter().take(LONGEST_ORDER) {
            let quantity = line.quantity.map(|q| format!("{q} × ")).unwrap_or_default();
            let mut facts = vec![format!("- {quantity}{}", product(&line.title))];
            if !line.sku.is_empty() {
                facts.push(format!("SKU {}", tidy(&line.sku)));
            }
            if let Some(price) = &line.price {
                facts.push(format!("{} {}", self.amount(&tidy(price)), tidy(&order.currency)));
            }
            if !line.state.is_empty() && line.state != order.state {
                facts.push(self.order_state(&tidy(&line.state)));
            }
            let _ = writeln!(card, "{}", facts.join(" · "));
        }
        if let Some(more) = order.lines.len().checked_sub(LONGEST_ORDER).filter(|more| *more > 0) {
            let _ = match self.language {
                Language::Pl => {
                    writeln!(card, "… i jeszcze {}", plural(more, "1 pozycja", "{} pozycje", "{} pozycji"))
                }
                Language::En => writeln!(card, "… and {more} more"),
            };
        }
        if let Some(total) = &order.total {
            self.line(
                card,
                self.say("Razem", "Total"),
                &format!("{} {}", self.amount(&tidy(total)), tidy(&order.currency)),
            );
        }
        self.line(card, self.say("Dostawa", "Shipping"), &tidy(&order.shipping_method));
        self.line(card, self.say("Przesyłka", "Parcel"), &parcel(order));
        if let Some(ship_by) = order.ship_by {
            self.line(card, self.say("Termin wysyłki", "To be shipped by"), &self.date(ship_by));
        }
        if let Some(deliver_by) = order.deliver_by {
            self.line(card, self.say("Termin dostawy", "To be delivered by"), &self.date(deliver_by));
        }
    }

    fn customer(&self, card: &mut String, customer: CustomerNote<'_>) {
        match customer {
            CustomerNote::Known => {}
            CustomerNote::Several => {
                let _ = writeln!(
                    card,
                    "{}",
                    self.say(
                        "! W CRM jest kilka kart tego klienta; zgłoszenie jest przy najstarszej.",
                        "! The CRM holds several records of this buyer; the ticket is tied to the oldest."
                    )
                );
            }
            CustomerNote::Missing(Some(id)) => {
                let id = text::one_line(id, LONGEST_FIELD);
                self.line(card, self.say("Klient EmpikPlace", "EmpikPlace buyer"), &id);
                let _ = writeln!(card, "{}", self.say("(nie ma go w CRM)", "(not in the CRM)"));
            }
            CustomerNote::Missing(None) => {
                let _ = writeln!(
                    card,
                    "{}",
                    self.say(
                        "EmpikPlace nie podaje identyfikatora klienta.",
                        "EmpikPlace gives no id of the buyer."
                    )
                );
            }
        }
    }

    /// An amount as people write it: `19.9` as `19,90`; what is no plain number stays as it is.
    fn amount(&self, amount: &str) -> String {
        let (whole, cents) = amount.split_once('.').unwrap_or((amount, "00"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(cents) || cents.len() > 2 {
            return amount.to_owned();
        }
        format!("{whole}{}{cents:0<2}", self.say(",", "."))
    }

    /// A state of an order or a line, in words; an unknown one stays as it is.
    pub(super) fn order_state(&self, state: &str) -> String {
        let words = match state {
            "STAGING" => ("w przygotowaniu", "staging"),
            "WAITING_ACCEPTANCE" => ("czeka na akceptację", "waiting for acceptance"),
            "WAITING_DEBIT" | "WAITING_DEBIT_PAYMENT" => ("czeka na płatność", "waiting for payment"),
            "SHIPPING" => ("do wysłania", "to be shipped"),
            "SHIPPED" => ("wysłane", "shipped"),
            "TO_COLLECT" => ("do odbioru", "to be collected"),
            "RECEIVED" => ("dostarczone", "received"),
            "CLOSED" => ("zamknięte", "closed"),
            "REFUSED" => ("odrzucone", "refused"),
            "CANCELED" => ("anulowane", "cancelled"),
            "INCIDENT_OPEN" => ("otwarty incydent", "incident open"),
            "REFUNDED" => ("zwrócono pieniądze", "refunded"),
            "" => ("stan nieznany", "state unknown"),
            other => return other.to_owned(),
        };
        self.say(words.0, words.1).to_owned()
    }

    /// The products of orders on one line, for a ticket field.
    pub fn products(&self, orders: &[Order]) -> String {
        let lines = orders.iter().flat_map(|order| &order.lines);
        let names: Vec<String> = lines
            .take(LONGEST_ORDER)
            .map(|line| {
                let quantity = line.quantity.map(|q| format!("{q}× ")).unwrap_or_default();
                format!("{quantity}{}", product(&line.title))
            })
            .collect();
        text::one_line(&names.join("; "), 250)
    }

    pub(super) fn line(&self, card: &mut String, label: &str, value: &str) {
        if !value.is_empty() {
            let _ = writeln!(card, "{label}: {value}");
        }
    }

    fn link(&self, card: &mut String, link: Option<String>) {
        if let Some(link) = link {
            let _ = writeln!(card, "{link}");
        }
    }
}

/// The title of a product, without the markup that some shops put into it.
fn product(title: &str) -> String {
    let plain = text::from_marketplace(title, usize::MAX).text;
    text::one_line(&plain, LONGEST_FIELD)
}

/// Carrier, tracking number and tracking link.
pub(super) fn parcel(order: &Order) -> String {
    let parts = [&order.carrier, &order.tracking, &order.tracking_url];
    let parts = parts.map(|part| text::one_line(part, LONGEST_FIELD));
    parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the card says about the buyer's CRM record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerNote<'a> {
    /// The ticket is tied to it.
    Known,
    /// It is tied to the oldest of several.
    Several,
    /// There is none; the buyer's id, if the marketplace gives one.
    Missing(Option<&'a str>),
}
