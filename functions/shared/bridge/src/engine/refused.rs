//! Opening a ticket that the helpdesk does not take as it is: finding out what it objects to, since a
//! message in the default queue is better than none, and telling who runs the bridge.

use jiff::{SignedDuration, Timestamp};

use super::{Visit, count, lock};
use crate::failure::Failure;
use crate::helpdesk::{NewTicket, TicketId};
use crate::marketplace::{Order, Thread};
use crate::words::{CustomerNote, Part};

/// How long a refusal is remembered: the next tickets do without the part at once, and it is tried
/// again soon after somebody has mended the settings or the account.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// How long nothing is tried out any more after nothing has helped.
const GIVEN_UP: SignedDuration = SignedDuration::from_mins(10);

/// What a process remembers of refusals.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    parts: Vec<(Part, Timestamp)>,
    gave_up: Option<Timestamp>,
}

/// What the card of a new ticket is made of.
pub(super) struct Opening<'a> {
    pub thread: &'a Thread,
    pub orders: &'a [Order],
    pub note: CustomerNote<'a>,
    pub buyer: Option<&'a str>,
}

impl Visit {
    /// Opens a ticket; where the helpdesk refuses it for good, without what it objects to: at first
    /// without each single part in turn, then without more and more of them. A refusal changes
    /// nothing, so trying again is safe. Returns what was left out.
    pub(super) async fn open_or_simpler(
        &self,
        ticket: &NewTicket,
        opening: &Opening<'_>,
    ) -> Result<(TicketId, Vec<Part>), Failure> {
        let mut out = self.refused_lately(ticket);
        let mut refusal = match self.open_without(ticket, &out, opening).await {
            Err(failure) if failure.status() == Some(400) => failure,
            result => return self.opened(result, out, opening),
        };
        self.note(&refusal, Some(&opening.thread.id));
        if lock(&self.memory.refusals).gave_up.is_some_and(|at| self.now() < at + GIVEN_UP) {
            return Err(refusal);
        }
        let mut rest = parts(ticket);
        rest.retain(|part| !out.contains(part));
        let (named, others): (Vec<Part>, Vec<Part>) =
            rest.iter().cloned().partition(|part| is_named(part, &refusal));
        for part in named.into_iter().chain(others) {
            let without = [out.as_slice(), &[part]].concat();
            match self.open_without(ticket, &without, opening).await {
                Err(failure) if failure.status() == Some(400) => {}
                result => return self.opened(result, without, opening),
            }
        }
        // Several are refused: those that the answers name go first.
        while !rest.is_empty() {
            let named = rest.iter().position(|part| is_named(part, &refusal));
            out.push(rest.remove(named.unwrap_or_default()));
            match self.open_without(ticket, &out, opening).await {
                Err(failure) if failure.status() == Some(400) => refusal = failure,
                result => return self.opened(result, out, opening),
            }
        }
        lock(&self.memory.refusals).gave_up = Some(self.now());
        Err(refusal)
    }

    /// The parts of a ticket that were refused a short while ago.
    fn refused_lately(&self, ticket: &NewTicket) -> Vec<Part> {
        let now = self.now();
        let mut refusals = lock(&self.memory.refusals);
        refusals.parts.retain(|(_, at)| now < *at + REMEMBERED);
        let parts = parts(ticket).into_iter();
        parts.filter(|part| refusals.parts.iter().any(|(refused, _)| refused == part)).collect()
    }

    async fn open_without(
        &self,
        ticket: &NewTicket,
        out: &[Part],
        opening: &Opening<'_>,
    ) -> Result<TicketId, Failure> {
        let mut ticket = ticket.clone();
        for part in out {
            match part {
                Part::Field(name) => ticket.fields.retain(|(field, _)| field != name),
                Part::Queue(_) => ticket.queue = None,
                Part::Category(_) => ticket.category = None,
                Part::Customer => ticket.customer = None,
                Part::Source => ticket.source = None,
                Part::Tags => ticket.tags.clear(),
                Part::Files => {
                    ticket.files.clear();
                    ticket.body += "\n\n";
                    ticket.body += &self.words.files_left_out(self.link(opening.thread).as_deref());
                }
                Part::Card => ticket.comment = None,
            }
        }
        if !out.is_empty() && !out.contains(&Part::Card) {
            let note = match out.contains(&Part::Customer) {
                true => CustomerNote::Missing(opening.buyer),
                false => opening.note,
            };
            let card = self.words.card(opening.thread, opening.orders, note, &self.settings.empikplace);
            let told = [card, Some(self.words.left_out(out))];
            ticket.comment = Some(told.into_iter().flatten().collect::<Vec<_>>().join("\n\n"));
        }
        self.ports.helpdesk.open(&ticket).await
    }

    fn opened(
        &self,
        result: Result<TicketId, Failure>,
        out: Vec<Part>,
        opening: &Opening<'_>,
    ) -> Result<(TicketId, Vec<Part>), Failure> {
        let id = result?;
        if !out.is_empty() {
            count(&self.counts.simplified);
            tracing::error!(
                event = "ticket.simplified",
                integration.id = %self.id(),
                thread.id = %opening.thread.id,
                ticket.id = id.0,
                left_out = out.iter().map(name).collect::<Vec<_>>().join("; "),
                "Thulium refused part of the ticket; check the settings against the account"
            );
            let now = self.now();
            let lasting = out.iter().filter(|part| !matches!(part, Part::Customer | Part::Files));
            let mut refusals = lock(&self.memory.refusals);
            for part in lasting {
                if !refusals.parts.iter().any(|(refused, _)| refused == part) {
                    refusals.parts.push((part.clone(), now));
                }
            }
        }
        Ok((id, out))
    }
}

/// The parts that a ticket can do without, those that are missed least first.
fn parts(ticket: &NewTicket) -> Vec<Part> {
    let mut parts: Vec<Part> = ticket.fields.iter().map(|(name, _)| Part::Field(name.clone())).collect();
    parts.extend(ticket.queue.map(Part::Queue));
    parts.extend(ticket.category.map(Part::Category));
    parts.extend(ticket.source.is_some().then_some(Part::Source));
    parts.extend((!ticket.tags.is_empty()).then_some(Part::Tags));
    parts.extend(ticket.customer.is_some().then_some(Part::Customer));
    parts.extend((!ticket.files.is_empty()).then_some(Part::Files));
    parts.extend(ticket.comment.is_some().then_some(Part::Card));
    parts
}

/// Whether the helpdesk's own words seem to speak of a part. They only decide what is tried first.
fn is_named(part: &Part, refusal: &Failure) -> bool {
    let remark = refusal.remark.reveal().to_lowercase();
    let speaks = |words: &[&str]| words.iter().any(|word| remark.contains(word));
    match part {
        Part::Field(name) => speaks(&[&name.to_lowercase()]),
        Part::Queue(_) => speaks(&["queue", "kolejk"]),
        Part::Category(_) => speaks(&["categor", "kategori"]),
        Part::Customer => speaks(&["customer_id", "unknown customer", "klient"]),
        Part::Source => speaks(&["source", "źródł"]),
        Part::Tags => speaks(&["tag"]),
        Part::Files => speaks(&["attachment", "załącznik"]),
        Part::Card => speaks(&["comment", "komentarz"]),
    }
}

/// The name of a part in log lines.
fn name(part: &Part) -> String {
    match part {
        Part::Field(name) => format!("custom field {name:?}"),
        Part::Queue(id) => format!("queue {id}"),
        Part::Category(id) => format!("category {id}"),
        Part::Customer => "customer".to_owned(),
        Part::Source => "source".to_owned(),
        Part::Tags => "tags".to_owned(),
        Part::Files => "files".to_owned(),
        Part::Card => "comment".to_owned(),
    }
}
