//! The middle column: what the bridge does, what it holds back, and the switches that break it.

use bridge::conversation::DeliveryState;
use jiff::SignedDuration;
use maud::{Markup, html};

use super::View;
use super::parts::foreign;
use crate::page::at::Pane;
use crate::page::driver::{Came, Tick};
use crate::page::faults::Switch;
use crate::page::feed::Moment;
use crate::page::model::{Item, What};

/// Lines of the feed that are shown.
const LINES: usize = 60;

impl View<'_> {
    pub(super) fn bridge(&self) -> Markup {
        let w = self.words;
        html! {
            section .column .bridge aria-labelledby="name-bridge" {
                header .head {
                    h2 #name-bridge { (w.pane(Pane::Bridge)) }
                    form method="post" action=(self.at.link("/tick")) enctype="multipart/form-data" data-quiet {
                        button .small #tick title=(w.tick_help()) { (w.tick()) }
                    }
                    form method="post" action=(self.at.link("/wait")) enctype="multipart/form-data" data-quiet {
                        button .small #wait title=(w.wait_help()) { (w.wait()) }
                    }
                }
                div .scroll tabindex="0" role="region" aria-label=(w.what_happens()) {
                    div #bridge-state data-live { (self.condition()) }
                    div #bridge-items data-live { (self.items()) }
                    h3 { (w.what_happens()) }
                    div #bridge-feed data-live { (self.feed()) }
                }
                div .faults { div #faults data-live { (self.switches()) } }
            }
        }
    }

    fn condition(&self) -> Markup {
        let (w, bridge) = (self.words, &self.model.bridge);
        let last = bridge.ticks.last();
        let (class, words) = match last.map(|tick| tick.came) {
            _ if bridge.broken => ("bad", w.ledger_broken()),
            None => ("wait", w.starting()),
            Some(Came::Failed) => ("bad", w.tick_failed()),
            Some(Came::Skipped) => ("wait", w.tick_skipped()),
            Some(_) if !bridge.waiting.is_empty() => ("wait", w.works()),
            Some(_) => ("good", w.at_rest()),
        };
        let cursor = bridge.cursor.as_ref();
        let budget = cursor
            .and_then(|cursor| cursor.budget)
            .map(|b| b.refilled(bridge.calls_per_hour, self.model.now));
        let lag = cursor.and_then(|c| c.health.last_success).map(|at| self.model.now.duration_since(at));
        let since = cursor.and_then(|cursor| cursor.health.failing_since);
        html! {
            p .condition data-condition=(class) {
                span .dot .(class) aria-hidden="true" {}
                b { (words) }
            }
            @if let Some(reason) = last.and_then(|tick| tick.reason.as_deref()) {
                p .why { (w.tick_reason(reason)) @if let Some(since) = since { " · " (w.since()) " " (self.second(since)) } }
            }
            (self.pulse(&bridge.ticks))
            dl .gauges {
                dt { (w.cursor_empikplace()) }
                dd { @match cursor.and_then(|c| c.empikplace) { Some(at) => (self.second(at)), None => "–" } }
                dt { (w.cursor_thulium()) }
                dd { @match cursor.and_then(|c| c.thulium) { Some(at) => (self.second(at)), None => "–" } }
                dt { (w.lag()) }
                dd title=(w.lag_help()) { @match lag { Some(lag) => (short(lag)), None => "–" } }
                dt { (w.backlog()) }
                dd { (last.map_or(0, |tick| tick.backlog)) }
                dt { (w.budget()) }
                dd title=(w.budget_help()) {
                    @let calls = budget.map_or(bridge.calls_per_hour, |budget| budget.calls());
                    meter min="0" max=(bridge.calls_per_hour) low=(bridge.calls_per_hour / 6) optimum=(bridge.calls_per_hour) value=(calls) {}
                    " " (calls) " / " (bridge.calls_per_hour)
                }
            }
        }
    }

    /// The last ticks, one stroke each.
    fn pulse(&self, ticks: &[Tick]) -> Markup {
        let w = self.words;
        let worked = ticks.iter().filter(|tick| tick.came == Came::Worked).count();
        let failed = ticks.iter().filter(|tick| tick.came == Came::Failed).count();
        html! {
            div .pulse role="img" aria-label=(w.pulse(ticks.len(), worked, failed)) title=(w.pulse(ticks.len(), worked, failed)) {
                @for tick in ticks {
                    i .(match tick.came {
                        Came::Quiet => "quiet",
                        Came::Worked => "worked",
                        Came::Skipped => "skipped",
                        Came::Failed => "failed",
                    }) {}
                }
            }
        }
    }

    fn items(&self) -> Markup {
        let (w, bridge) = (self.words, &self.model.bridge);
        html! {
            @if !bridge.parked.is_empty() {
                h3 { (w.parked()) " " span .badge .alarm { (bridge.parked.len()) } }
                ul .items { @for item in &bridge.parked { (self.item(item, true)) } }
            }
            @if !bridge.waiting.is_empty() {
                h3 { (w.waiting()) " " span .badge { (bridge.waiting.len()) } }
                ul .items { @for item in &bridge.waiting { (self.item(item, false)) } }
            }
            @if bridge.parked.is_empty() && bridge.waiting.is_empty() && !bridge.broken {
                p .calm { (w.nothing_waits()) }
            }
        }
    }

    fn item(&self, item: &Item, parked: bool) -> Markup {
        let w = self.words;
        let link = self.at.with(|at| {
            at.thread = Some(item.thread.clone());
            at.ticket = item.ticket;
            at.new = false;
            at.pane = if item.ticket.is_some() { Pane::Thulium } else { Pane::Empikplace };
        });
        let (reply, reason) = match &item.what {
            What::Reply(delivery) => {
                let reason = match delivery.reason.filter(|_| delivery.state != DeliveryState::Queued) {
                    Some(reason) => w.reason(reason).to_owned(),
                    None => w.delivery(delivery.state).to_owned(),
                };
                (Some((delivery.ticket.0, delivery.reply.0)), reason)
            }
            What::Conversation(conversation) => {
                let trouble = conversation.as_ref().and_then(|conversation| conversation.trouble.as_ref());
                (None, trouble.map(|trouble| w.trouble(&trouble.reason)).unwrap_or_default())
            }
        };
        let key = reply.map_or_else(|| item.thread.clone(), |(ticket, reply)| format!("{ticket}-{reply}"));
        html! {
            li data-key=(key) {
                span .way aria-hidden="true" { @if reply.is_some() { "←" } @else { "→" } }
                div {
                    a #{ "item-" (key) } href=(link) {
                        @match (reply, item.ticket) {
                            (Some(_), Some(ticket)) => (w.reply_of(ticket)),
                            (None, Some(ticket)) => (w.conversation_of(ticket)),
                            _ => (w.conversation()),
                        }
                    }
                    p .why {
                        (reason)
                        @if !parked { " · " (w.again_at()) " " (self.second(item.at)) }
                    }
                }
                @if parked { (self.retry(&item.thread, reply, "list")) }
            }
        }
    }

    fn feed(&self) -> Markup {
        let w = self.words;
        let lines: Vec<_> =
            self.model.bridge.feed.iter().filter_map(|m| Some((m, w.moment(m)?))).take(LINES).collect();
        html! {
            @if lines.is_empty() {
                p .calm { (w.nothing_happened()) }
            } @else {
                ol .feed {
                    @for (moment, words) in lines { (self.line(moment, &words)) }
                }
            }
        }
    }

    fn line(&self, moment: &Moment, words: &str) -> Markup {
        let ticket: Option<u64> = moment.get("ticket.id").parse().ok();
        let thread = Some(moment.get("thread.id")).filter(|id| !id.is_empty());
        let (class, arrow) = match moment.event.as_str() {
            "message.in" | "ticket.opened" | "customer.created" | "file.missing" => ("in", "→"),
            "reply.out" => ("out", "←"),
            _ if moment.bad => ("bad", "!"),
            _ => ("", "·"),
        };
        let link = thread.map(|thread| {
            self.at.with(|at| {
                at.thread = Some(thread.to_owned());
                at.ticket = ticket.or_else(|| self.model.ticket_of.get(thread).copied());
                at.new = false;
            })
        });
        let key = format!("{}-{}-{}", moment.at, moment.event, moment.get("message.id"));
        html! {
            li .(class) data-key=(key) {
                (self.second(moment.at))
                span .way aria-hidden="true" { (arrow) }
                span {
                    (foreign(words))
                    @if moment.times > 1 { " " span .times { "×" (moment.times) } }
                    @if let (Some(link), Some(ticket)) = (link, ticket) { " " a href=(link) { "#" (ticket) } }
                }
            }
        }
    }

    fn switches(&self) -> Markup {
        let w = self.words;
        let switches =
            Switch::ALL.map(|switch| (switch.as_str(), w.switch(switch), self.faults.on.contains(&switch)));
        html! {
            h3 { (w.break_it()) }
            div .switches {
                @for (name, label, on) in switches { (self.switch(name, label, on)) }
                (self.switch("kill", w.kill(), self.faults.armed))
            }
        }
    }

    fn switch(&self, name: &str, label: (&str, &str), on: bool) -> Markup {
        html! {
            form method="post" action=(self.at.link("/fault")) enctype="multipart/form-data" data-quiet {
                input type="hidden" name="name" value=(name);
                input type="hidden" name="on" value=(if on { "0" } else { "1" });
                button .switch #{ "fault-" (name) } role="switch" aria-checked=(on.to_string()) title=(label.1) {
                    span .knob aria-hidden="true" {} (label.0)
                }
            }
        }
    }
}

/// `4 s`, `3 min`, `2 h`.
fn short(lag: SignedDuration) -> String {
    match lag.as_secs().max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}
