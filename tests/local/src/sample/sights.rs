//! What people see after each step, for the reader of the output.

use std::fmt::Display;

use anyhow::Context;
use twins::{Author, Message, MessageKind, TicketMessage};

use super::{Shop, second};

/// Something that a person sees.
pub struct Sight {
    /// Which promise it shows, and where it stands.
    pub place: String,
    /// How it reads.
    pub text: String,
}

type Sights = anyhow::Result<Vec<Sight>>;

fn sight(promise: u8, place: impl Display, text: impl Into<String>) -> Sight {
    Sight { place: format!("promise {promise} · {place}"), text: text.into() }
}

impl Shop {
    pub(super) fn first_tickets(&self) -> Sights {
        let (ticket, complaint) = (self.ticket("paczka")?, self.ticket("rozbity")?);
        let id = ticket.ticket_id;
        let categories = self.world.options().thulium.categories;
        let category = |id: Option<u64>| {
            categories.iter().find(|c| Some(c.id) == id).map_or("none", |category| category.name.as_str())
        };
        let record = self.world.customers().into_iter().find(|c| Some(c.customer_id) == ticket.customer_id);
        let record = record.context("the buyer has no record")?;
        let empik_id = record.custom_fields.get("Empik ID").map_or("", String::as_str);
        let order = ticket.custom_fields.get("Empik zamówienie").map_or("", String::as_str);
        anyhow::ensure!(
            ["dawna", "automaty"].iter().all(|key| self.ticket(key).is_err()),
            "an old thread or one of automatic mails has a ticket"
        );
        Ok(vec![
            sight(1, format!("ticket {id}: {}", ticket.subject), self.first("paczka", MessageKind::Mail)?),
            sight(
                2,
                self.place("powraca", "what was said before")?,
                self.first("powraca", MessageKind::Mail)?,
            ),
            sight(
                3,
                format!("the categories of tickets {id} and {}", complaint.ticket_id),
                format!("{} · {}", category(ticket.category_id), category(complaint.category_id)),
            ),
            sight(
                4,
                format!("the buyer's record beside ticket {id}"),
                format!("{} {} · Empik ID {empik_id}", record.name, record.surname),
            ),
            sight(5, format!("ticket {id}, a comment"), self.first("paczka", MessageKind::Comment)?),
            sight(
                11,
                format!("ticket {id}, to filter by"),
                format!("tags {} · Empik zamówienie {order}", ticket.tags.join(", ")),
            ),
            sight(17, "no ticket", "for an old thread, and for one of the shop's automatic mails alone"),
        ])
    }

    pub(super) fn first_answers(&self) -> Sights {
        let files = self.last_sent("rozbity")?.attachments;
        let names: Vec<String> = files.into_iter().map(|file| file.name).collect();
        Ok(vec![
            sight(7, "EmpikPlace, a reply that had a footer and a quotation", self.sent("stopka")?),
            self.to(8, "a reply to a message of Empik", "empik-do-sklepu")?,
            sight(9, "EmpikPlace, the file of a reply", names.join(", ")),
        ])
    }

    pub(super) fn speakers(&self) -> Sights {
        let panel = self.texts("panel", MessageKind::Comment)?;
        let panel = panel.into_iter().rfind(|text| text.contains("Michał z magazynu"));
        Ok(vec![
            sight(
                6,
                self.place("empik-wlacza-sie", "a message of Empik")?,
                self.latest("empik-wlacza-sie", MessageKind::Mail)?,
            ),
            sight(
                6,
                self.place("panel", "a colleague's message, as a comment")?,
                panel.context("the colleague's message is missing")?,
            ),
        ])
    }

    pub(super) fn feedback(&self) -> Sights {
        Ok(vec![
            self.told(12, "krotka", "about the reply that was too short")?,
            self.told(12, "biblioteka", "about the reply to a full thread")?,
        ])
    }

    pub(super) fn queues_reply(&self) -> Sights {
        Ok(vec![sight(10, "EmpikPlace, the queue's automatic reply", self.sent("automatyczna")?)])
    }

    pub(super) fn one_record(&self) -> Sights {
        let (tea, cups) = (self.ticket("herbaty")?, self.ticket("filizanki")?);
        let record = tea.customer_id.context("the buyer has no record")?;
        anyhow::ensure!(cups.customer_id == Some(record), "one buyer has two records");
        let place = format!("tickets {} and {}", tea.ticket_id, cups.ticket_id);
        Ok(vec![sight(4, place, format!("both with record {record}"))])
    }

    pub(super) fn first_lines(&self) -> Sights {
        Ok(vec![
            self.to(8, "a reply that began with @operator", "empik-wlacza-sie")?,
            self.to(8, "a reply that began with @klient", "emoji")?,
            self.told(8, "krotka", "about a slip in the first line, with which nothing went out")?,
        ])
    }

    pub(super) fn both_languages(&self) -> Sights {
        let ticket = self.ticket("kawa")?;
        Ok(vec![
            sight(10, "EmpikPlace, the bridge's own reply", self.sent("kawa")?),
            sight(
                13,
                self.place("kawa", "by the second shop's settings")?,
                format!("queue {} · tags {}", ticket.ticket_queue_id, ticket.tags.join(", ")),
            ),
            sight(14, self.place("paczka", "in Polish")?, head(&self.first("paczka", MessageKind::Comment)?)),
            sight(14, self.place("kawa", "in English")?, head(&self.first("kawa", MessageKind::Comment)?)),
        ])
    }

    pub(super) fn clock_shown(&self) -> Sights {
        let ticket = self.ticket("kawa")?;
        let since = ticket.custom_fields.get(second::CLOCK).filter(|since| !since.is_empty());
        let since = since.context("the clock does not run")?;
        Ok(vec![sight(16, self.place("kawa", "a field to sort by")?, format!("{}: {since}", second::CLOCK))])
    }

    pub(super) fn reminded(&self) -> Sights {
        Ok(vec![self.told(16, "kawa", "that reminds the agents")?])
    }

    pub(super) fn held(&self) -> Sights {
        Ok(vec![self.told(15, "czajnik", "about the reply that is held back")?])
    }

    pub(super) fn released(&self) -> Sights {
        Ok(vec![sight(15, "EmpikPlace, the reply that was held back", self.sent("czajnik")?)])
    }

    pub(super) fn one_waits(&self) -> Sights {
        anyhow::ensure!(self.ticket("dzbanek").is_err(), "threads were read without a key");
        Ok(vec![
            sight(
                13,
                self.place("paczka", "the first shop goes on")?,
                self.latest("paczka", MessageKind::Mail)?,
            ),
            sight(13, "the second shop", "no ticket yet; the message waits on EmpikPlace"),
        ])
    }

    pub(super) fn caught_up(&self) -> Sights {
        let place = self.place("dzbanek", "the second shop has caught up")?;
        Ok(vec![sight(13, place, self.first("dzbanek", MessageKind::Mail)?)])
    }

    /// The last comment in a ticket.
    fn told(&self, promise: u8, key: &str, about: &str) -> anyhow::Result<Sight> {
        let place = self.place(key, &format!("a comment {about}"))?;
        // Others are what colleagues wrote in the panel.
        let told =
            self.texts(key, MessageKind::Comment)?.into_iter().rfind(|text| !text.contains("(sklep, panel"));
        Ok(sight(promise, place, told.with_context(|| format!("no comment in {key:?}"))?))
    }

    /// The last message that the bridge has sent, with its recipients.
    fn to(&self, promise: u8, what: &str, key: &str) -> anyhow::Result<Sight> {
        let sent = self.last_sent(key)?;
        let to: Vec<String> = sent.to.iter().map(|to| format!("{:?}", to.kind).to_lowercase()).collect();
        let place = format!("EmpikPlace, {what}, to the {}", to.join(" and the "));
        Ok(sight(promise, place, self.sent(key)?))
    }

    fn place(&self, key: &str, what: &str) -> anyhow::Result<String> {
        Ok(format!("ticket {}, {what}", self.ticket(key)?.ticket_id))
    }

    fn texts(&self, key: &str, kind: MessageKind) -> anyhow::Result<Vec<String>> {
        let ticket = self.ticket(key)?;
        let of_kind = ticket.messages.iter().filter(|message| message.kind == kind);
        Ok(of_kind.map(TicketMessage::text).filter(|text| !text.is_empty()).map(str::to_owned).collect())
    }

    fn first(&self, key: &str, kind: MessageKind) -> anyhow::Result<String> {
        self.texts(key, kind)?.into_iter().next().with_context(|| format!("no {kind:?} in {key:?}"))
    }

    fn latest(&self, key: &str, kind: MessageKind) -> anyhow::Result<String> {
        self.texts(key, kind)?.pop().with_context(|| format!("no {kind:?} in {key:?}"))
    }

    fn last_sent(&self, key: &str) -> anyhow::Result<Message> {
        let thread = self.world.thread(self.thread(key));
        let sent = thread.and_then(|t| t.messages.into_iter().rfind(|message| message.author == Author::Api));
        sent.with_context(|| format!("nothing was sent into {key:?}"))
    }

    fn sent(&self, key: &str) -> anyhow::Result<String> {
        Ok(self.last_sent(key)?.written.replace("<br />", "\n"))
    }
}

/// The first lines of a long text.
fn head(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).take(4).collect::<Vec<_>>().join("\n")
}
