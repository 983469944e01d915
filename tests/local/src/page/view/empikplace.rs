//! The left column: conversations as they stand on EmpikPlace.

use maud::{Markup, html};
use serde_json::Value;
use twins::{Author, Message, ParticipantKind, Thread};

use super::View;
use super::parts::{body, file, foreign, peek, readable};
use crate::page::acts::offers;
use crate::page::at::Pane;

/// The buyer's name, or the operator's where no buyer takes part.
fn partner(thread: &Thread) -> &str {
    let of = |kind| thread.authorized_participants.iter().find(|participant| participant.kind == kind);
    of(ParticipantKind::Customer)
        .or_else(|| of(ParticipantKind::Operator))
        .map_or("", |participant| participant.display_name.as_str())
}

fn has(thread: &Thread, kind: ParticipantKind) -> bool {
    thread.authorized_participants.iter().any(|participant| participant.kind == kind)
}

impl View<'_> {
    pub(super) fn empikplace(&self) -> Markup {
        let open = self.at.thread.as_deref().and_then(|id| self.model.thread(id));
        html! {
            section .column .empikplace aria-labelledby="name-empikplace" {
                @match (open, self.at.new) {
                    (_, true) => (self.new_thread()),
                    (Some(thread), false) => (self.one_thread(thread)),
                    (None, false) => (self.all_threads()),
                }
            }
        }
    }

    fn all_threads(&self) -> Markup {
        let w = self.words;
        html! {
            header .head {
                h2 #name-empikplace { "EmpikPlace" }
                a .button #new-thread href=(self.at.with(|at| { at.new = true; at.pane = Pane::Empikplace; })) {
                    (w.new_thread())
                }
            }
            div .scroll tabindex="0" role="region" aria-label=(w.threads()) {
                div #threads data-live {
                    @if self.model.threads.is_empty() {
                        p .empty { b { (w.no_threads()) } (w.no_threads_hint()) }
                    } @else {
                        ul .rows { @for thread in &self.model.threads { (self.thread_row(thread)) } }
                    }
                }
            }
        }
    }

    fn thread_row(&self, thread: &Thread) -> Markup {
        let w = self.words;
        let unread = self.model.unread.threads.contains(&thread.id);
        let link = self.at.with(|at| {
            at.thread = Some(thread.id.clone());
            at.ticket = self.model.ticket_of.get(&thread.id).copied();
            at.pane = Pane::Empikplace;
        });
        let last = thread.messages.last().map(|message| readable(&message.body, true)).unwrap_or_default();
        html! {
            li data-key=(thread.id) {
                a .row .unread[unread] #{ "t-" (thread.id) } href=(link) {
                    span .line {
                        span .name { (foreign(partner(thread))) }
                        @if unread { span .mark { (w.unread()) } }
                        (self.time(thread.date_updated))
                    }
                    span .subject { (self.topic(thread)) }
                    span .line {
                        span .peek { (peek(&last)) }
                        @if thread.shop_reply_needed_since.is_some() { span .due title=(w.awaits_help()) { (w.awaits()) } }
                    }
                }
            }
        }
    }

    /// What a thread is about, in one line.
    fn topic(&self, thread: &Thread) -> Markup {
        let ticket = self.model.ticket_of.get(&thread.id).and_then(|id| self.model.ticket(*id));
        // The ticket's subject has the words of a reason; the thread has only its code.
        let reason = ticket.and_then(|ticket| ticket.subject.split_once(": ")).map(|(_, topic)| topic);
        html! {
            @if thread.topic.kind == "FREE_TEXT" { (foreign(&thread.topic.value)) }
            @else if let Some(reason) = reason { (foreign(reason)) }
            @else { (self.words.topic_code(&thread.topic.value)) }
            @for entity in thread.entities.iter().filter(|e| e.kind != "SELLER_OPERATOR") {
                " · " (foreign(&entity.label))
            }
        }
    }

    fn one_thread(&self, thread: &Thread) -> Markup {
        let w = self.words;
        html! {
            header .head .open {
                a .back #back-threads href=(self.at.with(|at| { at.thread = None; at.pane = Pane::Empikplace; })) {
                    span aria-hidden="true" { "‹ " } (w.threads())
                }
                h2 #name-empikplace { (foreign(partner(thread))) }
                p .subject { (self.topic(thread)) }
            }
            div .scroll .latest tabindex="0" role="region" aria-label=(w.messages()) {
                ol #thread .messages data-live {
                    @for message in &thread.messages { (self.message(thread, message)) }
                }
            }
            (self.write_form(thread))
        }
    }

    fn message(&self, thread: &Thread, message: &Message) -> Markup {
        let w = self.words;
        let class = match message.author {
            Author::Customer => "buyer",
            Author::Operator => "operator",
            Author::Shop => "panel",
            Author::Api => "agent",
        };
        let private = message.author == Author::Operator
            && has(thread, ParticipantKind::Customer)
            && !message.to.iter().any(|to| to.kind == ParticipantKind::Customer);
        html! {
            li .message .(class) data-key=(message.id) data-who=(class) {
                p .meta {
                    b { (w.author(message.author)) }
                    @if matches!(message.author, Author::Customer | Author::Operator) {
                        " " (foreign(&message.from.display_name))
                    }
                    @if private { " · " em { (w.shop_only()) } }
                    (self.time(message.date_created))
                }
                (body(&readable(&message.body, true)))
                @for attached in &message.attachments {
                    (file(&format!("/files/empikplace/{}", attached.id), &attached.name, attached.size))
                }
                @if message.author != Author::Api { (self.whereabouts(thread, message)) }
            }
        }
    }

    /// Where a message that is to cross has got to.
    fn whereabouts(&self, thread: &Thread, message: &Message) -> Markup {
        let w = self.words;
        match self.model.stands_in(thread, message) {
            Some(ticket) => html! {
                p .state data-state="carried" {
                    span .dot .good aria-hidden="true" { "✓" }
                    a #{ "in-" (message.id) } href=(self.at.with(|at| { at.ticket = Some(ticket); at.pane = Pane::Thulium; })) {
                        (w.in_ticket(ticket))
                    }
                }
            },
            // What was said before the bridge was there need not cross.
            None if message.date_created < self.model.since => html! {},
            // The shop's own automatic mails make no ticket.
            None if message.author == Author::Shop && !self.model.ticket_of.contains_key(&thread.id) => {
                html! {}
            }
            None => html! {
                p .state data-state="waiting" { span .dot .wait {} (w.waits_for_bridge()) }
            },
        }
    }

    fn write_form(&self, thread: &Thread) -> Markup {
        let w = self.words;
        let mut authors = Vec::new();
        if has(thread, ParticipantKind::Customer) {
            authors.push(("customer", w.as_buyer()));
        }
        if has(thread, ParticipantKind::Operator) {
            authors.push(("operator", w.as_operator()));
        }
        authors.push(("shop", w.as_colleague()));
        let both = has(thread, ParticipantKind::Customer) && has(thread, ParticipantKind::Operator);
        html! {
            form .compose #write method="post" action=(self.at.link("/write")) enctype="multipart/form-data" data-quiet {
                (self.choice("from", w.write_as(), &authors))
                (self.message_fields("write-body", w.message_text()))
                @if both {
                    label .check .for-operator {
                        input type="checkbox" name="private" value="1" checked[self.typed.get("private").is_some()];
                        span { (w.operator_private()) }
                    }
                }
                div .send {
                    (self.file_field("write-files"))
                    button .primary { (w.send()) }
                }
            }
        }
    }

    fn new_thread(&self) -> Markup {
        let w = self.words;
        let about = self.typed.get("about").unwrap_or_default();
        html! {
            header .head .open {
                a .back #back-threads href=(self.at.with(|at| at.new = false)) {
                    span aria-hidden="true" { "‹ " } (w.threads())
                }
                h2 #name-empikplace { (w.new_thread_title()) }
            }
            div .scroll {
                form .compose .tall #open method="post" action=(self.at.link("/open")) enctype="multipart/form-data" {
                    label for="about" { (w.about()) }
                    select #about name="about" {
                        optgroup label=(w.orders()) {
                            @for order in &self.model.orders {
                                @let id = order["order_id"].as_str().unwrap_or_default();
                                @let value = format!("order:{id}");
                                option value=(value) selected[value == about] {
                                    (order_label(id, order))
                                }
                            }
                        }
                        optgroup label=(w.offers()) {
                            @for offer in offers(&self.model.threads) {
                                @let value = format!("offer:{}", offer.id);
                                option value=(value) selected[value == about] { (offer.label) }
                            }
                        }
                        option value="" selected[self.typed.get("about") == Some("")] { (w.about_nothing()) }
                    }
                    label for="buyer" { (w.buyer_name()) }
                    input #buyer name="buyer" maxlength="80" autocomplete="off" placeholder="Anna Nowak"
                        value=(self.typed.get("buyer").unwrap_or_default());
                    p .hint { (w.buyer_hint()) }
                    label for="topic" { (w.topic()) }
                    input #topic name="topic" maxlength="120" autocomplete="off" placeholder=(w.topic_default())
                        value=(self.typed.get("topic").unwrap_or_default());
                    label for="open-body" { (w.message_text()) }
                    textarea #open-body name="body" rows="6" { (self.typed.get("body").unwrap_or_default()) }
                    div .send {
                        (self.file_field("open-files"))
                        button .primary { (w.open_thread()) }
                    }
                }
            }
        }
    }
}

/// `2611-48151-A · Jan Kowalczyk · Zegarek`.
fn order_label(id: &str, order: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let customer = &order["customer"];
    let name = format!("{} {}", text(&customer["firstname"]), text(&customer["lastname"]));
    let title = text(&order["order_lines"][0]["product_title"]);
    [id, name.trim(), &title].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
