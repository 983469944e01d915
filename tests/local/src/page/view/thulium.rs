//! The right column: tickets as agents see them.

use maud::{Markup, html};
use twins::{Author, MessageKind, Named, Origin, Thread, Ticket, TicketMessage};

use super::View;
use super::parts::{body, file, foreign, peek, readable};
use crate::page::at::Pane;
use crate::page::model::changed;

/// Lines from which on a note of the bridge is folded, such as an order card, whose facts stand
/// beside the messages.
const FOLDED: usize = 6;

/// Who speaks in a ticket message, told apart at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The buyer.
    Buyer,
    /// The operator, Empik.
    Operator,
    /// A colleague in the EmpikPlace panel, as an internal comment.
    Panel,
    /// An agent, to the buyer.
    Agent,
    /// Thulium by itself, to the buyer.
    Automatic,
    /// An agent, to colleagues.
    Comment,
    /// The bridge, to agents: the order card, a refusal.
    Bridge,
    /// Thulium, to agents.
    System,
    /// A customer by e-mail, outside of EmpikPlace.
    Email,
}

impl Voice {
    #[cfg(test)]
    pub(crate) const ALL: [Voice; 9] = [
        Voice::Buyer,
        Voice::Operator,
        Voice::Panel,
        Voice::Agent,
        Voice::Automatic,
        Voice::Comment,
        Voice::Bridge,
        Voice::System,
        Voice::Email,
    ];

    fn class(self) -> &'static str {
        match self {
            Voice::Buyer => "buyer",
            Voice::Operator => "operator",
            Voice::Panel => "panel",
            Voice::Agent => "agent",
            Voice::Automatic => "automatic",
            Voice::Comment => "comment",
            Voice::Bridge => "bridge-note",
            Voice::System => "system",
            Voice::Email => "email",
        }
    }
}

fn name_of(all: &[Named], id: Option<u64>) -> &str {
    all.iter().find(|named| Some(named.id) == id).map_or("", |named| named.name.as_str())
}

impl View<'_> {
    pub(super) fn thulium(&self) -> Markup {
        let open = self.at.ticket.and_then(|id| self.model.ticket(id));
        html! {
            section .column .thulium .opened[open.is_some()] aria-labelledby="name-thulium" {
                @match open {
                    Some(ticket) => (self.one_ticket(ticket)),
                    None => (self.all_tickets()),
                }
            }
        }
    }

    fn status(&self, id: u64) -> &str {
        let found = self.model.thulium.statuses.iter().find(|status| status.id == id);
        found.map_or("", |status| status.name.as_str())
    }

    fn is_closed(&self, ticket: &Ticket) -> bool {
        let options = &self.model.thulium;
        [options.status_closed, options.status_merged].contains(&ticket.status_id)
    }

    fn passes(&self, ticket: &Ticket) -> bool {
        let filter = &self.at.filter;
        let same = |wanted: Option<u64>, has: Option<u64>| wanted.is_none() || wanted == has;
        same(filter.queue, Some(ticket.ticket_queue_id))
            && same(filter.category, ticket.category_id)
            && same(filter.status, Some(ticket.status_id))
            && (filter.tag.is_empty() || ticket.tags.contains(&filter.tag))
            && (filter.source.is_empty() || ticket.source == filter.source)
    }

    fn all_tickets(&self) -> Markup {
        let w = self.words;
        let shown: Vec<&Ticket> = self.model.tickets.iter().filter(|ticket| self.passes(ticket)).collect();
        html! {
            header .head {
                h2 #name-thulium { "Thulium" }
                (self.filters())
            }
            div .scroll tabindex="0" role="region" aria-label=(w.tickets()) {
                div #tickets data-live {
                    @if self.model.tickets.is_empty() {
                        p .empty { b { (w.no_tickets()) } (w.no_tickets_hint()) }
                    } @else if shown.is_empty() {
                        p .empty { b { (w.none_pass()) }
                            a #all-tickets href=(self.at.with(|at| at.filter = <_>::default())) { (w.show_all()) }
                        }
                    } @else {
                        ul .rows { @for ticket in shown { (self.ticket_row(ticket)) } }
                    }
                }
            }
        }
    }

    fn filters(&self) -> Markup {
        let (w, filter, options) = (self.words, &self.at.filter, &self.model.thulium);
        let mut tags: Vec<&String> = self.model.tickets.iter().flat_map(|ticket| &ticket.tags).collect();
        let mut sources: Vec<&String> = self.model.tickets.iter().map(|ticket| &ticket.source).collect();
        for list in [&mut tags, &mut sources] {
            list.sort();
            list.dedup();
        }
        let active = self.at.pairs().iter().filter(|(name, _)| is_filter(name)).count();
        let named =
            |all: &[Named]| all.iter().map(|n| (n.id.to_string(), n.name.clone())).collect::<Vec<_>>();
        let same = |all: Vec<&String>| all.into_iter().map(|t| (t.clone(), t.clone())).collect::<Vec<_>>();
        let number = |id: Option<u64>| id.map(|id| id.to_string()).unwrap_or_default();
        let statuses = options.statuses.iter().map(|s| (s.id.to_string(), s.name.clone())).collect();
        let fields = [
            ("queue", w.queue(), number(filter.queue), named(&options.queues)),
            ("category", w.category(), number(filter.category), named(&options.categories)),
            ("status", w.status(), number(filter.status), statuses),
            ("tag", w.tag(), filter.tag.clone(), same(tags)),
            ("source", w.source(), filter.source.clone(), same(sources)),
        ];
        html! {
            details .filters open[active > 0] {
                summary { (w.filters()) @if active > 0 { " " span .badge { (active) } } }
                form #filters method="get" action="/" data-follow {
                    @for (name, value) in self.at.pairs().iter().filter(|(name, _)| !is_filter(name)) {
                        input type="hidden" name=(name) value=(value);
                    }
                    @for (name, label, chosen, all) in fields {
                        label {
                            span { (label) }
                            select name=(name) id={ "filter-" (name) } {
                                option value="" { (w.any()) }
                                @for (value, text) in all {
                                    option value=(value) selected[value == chosen] { (text) }
                                }
                            }
                        }
                    }
                    button .small .without-script { (w.apply()) }
                }
            }
        }
    }

    fn ticket_row(&self, ticket: &Ticket) -> Markup {
        let w = self.words;
        let id = ticket.ticket_id;
        let unread = self.model.unread.tickets.contains(&id);
        let link = self.at.with(|at| {
            at.ticket = Some(id);
            at.thread = self.model.thread_of.get(&id).cloned();
            at.new = false;
            at.pane = Pane::Thulium;
        });
        let last = ticket.messages.iter().rfind(|m| m.kind != MessageKind::Comment);
        let last = last.map(|message| self.said(message)).unwrap_or_default();
        html! {
            li data-key=(id) {
                a .row .unread[unread] .done[self.is_closed(ticket)] #{ "k-" (id) } href=(link) {
                    span .line {
                        span .name { (foreign(&ticket.subject)) }
                        @if unread { span .mark { (w.unread()) } }
                        (self.time(changed(ticket)))
                    }
                    span .line {
                        span .peek { (peek(&last)) }
                    }
                    span .chips {
                        span .number { "#" (id) }
                        (self.status_chip(ticket))
                        span .chip { (name_of(&self.model.thulium.queues, Some(ticket.ticket_queue_id))) }
                        span .chip { (name_of(&self.model.thulium.categories, ticket.category_id)) }
                    }
                }
            }
        }
    }

    fn status_chip(&self, ticket: &Ticket) -> Markup {
        let options = &self.model.thulium;
        let class = match ticket.status_id {
            id if id == options.status_new => "fresh",
            _ if self.is_closed(ticket) => "closed",
            _ => "open",
        };
        html! { span .chip .status .(class) data-status=(ticket.status_id) { (self.status(ticket.status_id)) } }
    }

    fn one_ticket(&self, ticket: &Ticket) -> Markup {
        let w = self.words;
        let thread = self.model.thread_of.get(&ticket.ticket_id).and_then(|id| self.model.thread(id));
        html! {
            header .head .open {
                div .between {
                    a .back #back-tickets href=(self.at.with(|at| { at.ticket = None; at.pane = Pane::Thulium; })) {
                        span aria-hidden="true" { "‹ " } (w.tickets())
                    }
                    div #ticket-acts data-live { (self.close_or_reopen(ticket)) }
                }
                h2 #name-thulium { span .number { "#" (ticket.ticket_id) } " " (foreign(&ticket.subject)) }
                div #ticket-chips .chips data-live {
                    (self.status_chip(ticket))
                    span .chip { (name_of(&self.model.thulium.queues, Some(ticket.ticket_queue_id))) }
                    span .chip { (name_of(&self.model.thulium.categories, ticket.category_id)) }
                    @for tag in &ticket.tags { span .chip .tag { (foreign(tag)) } }
                    span .chip .tag title=(w.source()) { (foreign(&ticket.source)) }
                }
            }
            div .beside {
                div .scroll .latest tabindex="0" role="region" aria-label=(w.messages()) {
                    ol #ticket .messages data-live {
                        @for message in &ticket.messages { (self.entry(ticket, thread, message)) }
                    }
                }
                aside .facts aria-label=(w.details()) { div #facts data-live { (self.facts(ticket, thread)) } }
            }
            (self.answer_form())
        }
    }

    fn close_or_reopen(&self, ticket: &Ticket) -> Markup {
        let w = self.words;
        let (path, label) =
            if self.is_closed(ticket) { ("/reopen", w.reopen()) } else { ("/close", w.close()) };
        html! {
            @if ticket.merged_into.is_none() {
                form method="post" action=(self.at.link(path)) enctype="multipart/form-data" data-quiet {
                    button .small #close-or-reopen data-act=(path) { (label) }
                }
            }
        }
    }

    /// The text of a message without the bridge's header line, which is shown in another way.
    fn said(&self, message: &TicketMessage) -> String {
        let text = readable(message.text(), message.html && message.kind != MessageKind::Comment);
        match text.split_once('\n') {
            Some((first, rest)) if is_header(first) => rest.trim().to_owned(),
            None if is_header(&text) => String::new(),
            _ => text,
        }
    }

    fn voice(&self, thread: Option<&Thread>, message: &TicketMessage) -> Voice {
        let original = thread.and_then(|thread| self.model.stands_for(thread, message));
        match (message.kind, message.origin) {
            (MessageKind::Reply, Origin::Automatic) => Voice::Automatic,
            (MessageKind::Reply, _) => Voice::Agent,
            (_, Origin::System) => Voice::System,
            (MessageKind::Comment, Origin::Api) => match original {
                Some(original) if original.author == Author::Shop => Voice::Panel,
                _ => Voice::Bridge,
            },
            (MessageKind::Comment, _) => Voice::Comment,
            (MessageKind::Mail, Origin::Email) => Voice::Email,
            (MessageKind::Mail, _) => match original.map(|original| original.author) {
                Some(Author::Operator) => Voice::Operator,
                _ => Voice::Buyer,
            },
        }
    }

    fn entry(&self, ticket: &Ticket, thread: Option<&Thread>, message: &TicketMessage) -> Markup {
        let w = self.words;
        let voice = self.voice(thread, message);
        let original = thread.and_then(|thread| self.model.stands_for(thread, message));
        let key = (ticket.ticket_id, message.message_id);
        let said = self.said(message);
        let with_name = matches!(voice, Voice::Buyer | Voice::Operator);
        let to_buyer = matches!(voice, Voice::Agent | Voice::Automatic) && thread.is_some();
        html! {
            @if voice == Voice::System {
                li .note data-key=(message.message_id) data-who="system" {
                    (foreign(&message.system_comment)) " " (self.time(message.written_at))
                }
            } @else {
                li .message .(voice.class()) data-key=(message.message_id) data-who=(voice.class()) {
                    p .meta {
                        b { (w.voice(voice)) }
                        @if let Some(original) = original.filter(|_| with_name) {
                            " " (foreign(&original.from.display_name))
                        }
                        @if matches!(voice, Voice::Agent | Voice::Comment) { " " (foreign(&message.user_login)) }
                        (self.time(original.map_or(message.written_at, |original| original.date_created)))
                    }
                    @if voice == Voice::Bridge && said.lines().count() > FOLDED {
                        details {
                            summary { (peek(said.lines().next().unwrap_or_default())) }
                            (body(&said))
                        }
                    } @else if !said.is_empty() {
                        (body(&said))
                    }
                    @for token in &message.attachments { (self.attached(token)) }
                    @if to_buyer { (self.delivery(self.model.bridge.deliveries.get(&key))) }
                }
                @if !message.system_comment.is_empty() {
                    li .note data-key={ (message.message_id) "s" } data-who="system" { (foreign(&message.system_comment)) }
                }
            }
        }
    }

    fn attached(&self, token: &str) -> Markup {
        match self.model.files.get(token) {
            Some((name, size)) => file(&format!("/files/thulium/{token}"), name, *size),
            None => html! {},
        }
    }

    /// The section beside the messages.
    fn facts(&self, ticket: &Ticket, thread: Option<&Thread>) -> Markup {
        let w = self.words;
        let customer = self.model.customers.iter().find(|c| Some(c.customer_id) == ticket.customer_id);
        let orders: Vec<_> = thread
            .iter()
            .flat_map(|thread| &thread.entities)
            .filter(|entity| entity.kind == "MMP_ORDER")
            .filter_map(|entity| {
                self.model.orders.iter().find(|order| order["order_id"] == entity.id.as_str())
            })
            .collect();
        let offers: Vec<_> = thread
            .iter()
            .flat_map(|thread| &thread.entities)
            .filter(|entity| entity.kind == "MMP_OFFER")
            .collect();
        html! {
            h3 { (w.customer()) }
            @match customer {
                Some(customer) => {
                    p { (foreign(&format!("{} {}", customer.name, customer.surname))) }
                    @for (name, value) in customer.custom_fields.iter().filter(|(_, value)| !value.is_empty()) {
                        p .pair { span { (foreign(name)) } " " (foreign(value)) }
                    }
                    @for mail in &customer.email { p { (foreign(mail)) } }
                }
                None => { p .none { (w.no_customer()) } }
            }
            @for order in orders {
                h3 { (w.order()) }
                p { (foreign(order["order_id"].as_str().unwrap_or_default())) }
                p .pair { (w.order_state(order["order_state"].as_str().unwrap_or_default())) }
                @if let Some(carrier) = order["shipping_company"].as_str() {
                    p .pair { (foreign(carrier)) " " (foreign(order["shipping_tracking"].as_str().unwrap_or_default())) }
                }
                h3 { (w.products()) }
                ul {
                    @for line in order["order_lines"].as_array().into_iter().flatten() {
                        li { (line["quantity"]) " × " (foreign(line["product_title"].as_str().unwrap_or_default())) }
                    }
                }
                p .pair { (w.total()) " " (amount(&order["total_price"])) " zł" }
            }
            @for offer in offers {
                h3 { (w.offer()) }
                p { (foreign(&offer.label)) }
                p .pair { (foreign(&offer.id)) }
            }
            @if let Some(thread) = thread {
                h3 { (w.links()) }
                p {
                    a #to-thread href=(self.at.with(|at| { at.thread = Some(thread.id.clone()); at.new = false; at.pane = Pane::Empikplace; })) {
                        (w.open_in_empikplace())
                    }
                }
            }
            @let fields: Vec<_> = ticket.custom_fields.iter().filter(|(_, value)| !value.is_empty()).collect();
            @if !fields.is_empty() {
                details {
                    summary { (w.fields()) }
                    @for (name, value) in fields {
                        p .pair {
                            span { (foreign(name)) } " "
                            @if is_address(value) {
                                // Under its own address, so that nobody is led elsewhere.
                                a href=(value) rel="noopener noreferrer" target="_blank" { (foreign(value)) }
                            } @else {
                                (foreign(value))
                            }
                        }
                    }
                }
            }
        }
    }

    fn answer_form(&self) -> Markup {
        let w = self.words;
        let agents: Vec<&str> = self.model.thulium.agents.iter().map(String::as_str).collect();
        let login = self.typed.get("login").unwrap_or_default();
        html! {
            form .compose #answer method="post" action=(self.at.link("/answer")) enctype="multipart/form-data" data-quiet {
                (self.choice("kind", w.what_to_write(), &[("reply", w.reply()), ("comment", w.internal_comment())]))
                (self.message_fields("answer-body", w.message_text()))
                div .send {
                    label .pick { span { (w.agent()) }
                        select name="login" { @for agent in agents { option selected[agent == login] { (agent) } } }
                    }
                    label .pick .for-reply { span { (w.format()) }
                        select name="format" {
                            option value="text" { (w.as_text()) }
                            option value="html" selected[self.typed.get("format") == Some("html")] { "HTML" }
                        }
                    }
                    (self.file_field("answer-files"))
                    button .primary { (w.send()) }
                }
            }
        }
    }
}

fn is_filter(name: &str) -> bool {
    ["queue", "category", "status", "tag", "source"].contains(&name)
}

/// Whether a value is nothing but a web address.
fn is_address(value: &str) -> bool {
    value.starts_with("https://")
        && url::Url::parse(value).is_ok()
        && value.chars().all(|c| c.is_ascii_graphic())
}

/// Whether a line is the header that the bridge writes: it ends with a marker.
fn is_header(line: &str) -> bool {
    let marker = line.trim_end().rsplit(' ').next().unwrap_or_default();
    let digits = marker.strip_prefix('#').unwrap_or_default();
    line.contains(" · ") && digits.len() == 8 && digits.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// `107,50`, as people write it.
fn amount(number: &serde_json::Value) -> String {
    format!("{:.2}", number.as_f64().unwrap_or_default()).replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bridges_own_line_is_a_header() {
        assert!(is_header("Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4"));
        assert!(!is_header("Proszę o #a1b2c3d4"));
        assert!(!is_header("a · #a1b2c3d"));
        assert!(!is_header(""));
    }
}
