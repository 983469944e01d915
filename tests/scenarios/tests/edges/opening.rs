//! Opening a ticket: the buyer's CRM record, parts that Thulium refuses, and creations that gave no answer.

use std::sync::Arc;

use bridge::ledger::{Ledger, Write};
use bridge::settings::Settings;
use scenarios::shop::Shop;
use scenarios::{Options, Place, Rig};
use serde_json::json;
use twins::{Author, Fault, FaultDecision, FaultRule, MergedTicket, NewThread, Side, Switches};

use crate::support::{asked, asks, fails, kills, mails, opens, requests, stands, strikes, writes};

/// A thread whose ticket was opened without an answer.
async fn opened_without_an_answer(rig: &Rig) -> String {
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, Fault::LostAnswer));
    let thread = opens(rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    assert_eq!(requests(rig, "POST tickets"), 1);
    thread
}

#[tokio::test]
async fn a_buyer_whom_the_crm_knows_once_is_not_told_of_as_several() {
    let shop = Shop::open().await;
    let customer = json!({ "surname": "Kowalski", "custom_fields": { "Empik ID": "C-1" } });
    let client = wire::client(wire::Reach::Anywhere).expect("a client");
    let request = client.post(format!("{}/api/customers", shop.stack.twins().thulium()));
    let request = request.basic_auth("api", Some("thulium-pass")).header("content-type", "application/json");
    let answer = request.body(customer.to_string()).send().await.expect("an answer");
    assert!(answer.status().is_success());
    shop.buyer_opens("Gdzie paczka?");
    shop.settle_clean().await;
    let known = shop.world().customers().remove(0).customer_id;
    assert_eq!(shop.ticket().customer_id, Some(known));
    assert!(shop.ticket().messages.iter().all(|entry| !entry.text().contains("kilka kart")));
}

#[tokio::test]
async fn a_crm_record_that_was_announced_is_made_as_soon_as_it_is_surely_missing() {
    let rig = Rig::new(Options::default()).await;
    let announced = rig.world.now();
    let id = &rig.settings.id;
    let written = rig.ledger().announce_buyer(id, "C-1", announced, None).await.expect("an answer");
    assert_eq!(written, Write::Done);
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.world.set_time(announced + bridge::engine::SETTLE_TICKET);
    rig.tick().await;
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn the_clock_that_thulium_refuses_in_a_new_ticket_is_shown_in_it_all_the_same() {
    const FIELD: &str = "Empik czeka od";
    let options = Options {
        settings: |settings| settings.thulium.reply_needed_field = FIELD.into(),
        switches: |all| all.thulium.refused_ticket_parts = [FIELD.to_owned()].into(),
    };
    let (rig, _, ticket) = asked(options).await;
    let fields = rig.world.ticket(ticket).expect("a ticket").custom_fields;
    assert_eq!(fields.get(FIELD).map(String::as_str), Some("2026-11-23 13:00"));
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_behind_hundreds_of_others() {
    let no_field: fn(&mut Settings) = |settings| settings.thulium.thread_field = String::new();
    // By the field however many came in since; without it among the last five hundred.
    for (settings, others) in [(Options::default().settings, 510), (no_field, 250)] {
        let rig = Rig::new(Options { settings, ..Options::default() }).await;
        let thread = opened_without_an_answer(&rig).await;
        mails(&rig, others);
        assert!(rig.settle().await);
        assert_eq!(rig.world.tickets().len(), others + 1);
        assert!(rig.ticket_of(&thread).await.is_some());
    }
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_waited_for_while_none_can_be_listed() {
    let rig = Rig::new(Options::default()).await;
    let thread = opened_without_an_answer(&rig).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Thulium, "GET tickets", fails(500)));
    for _ in 0..8 {
        rig.minute().await;
    }
    assert!(rig.world.remove_fault(down));
    assert!(rig.settle().await);
    assert_eq!(rig.world.tickets().len(), 1);
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_by_an_account_that_does_not_search_by_field() {
    let rig = Rig::new(Options::default()).await;
    let thread = opened_without_an_answer(&rig).await;
    rig.world.set_interceptor(Some(Arc::new(|operation| {
        match operation.query.iter().any(|(name, _)| name.starts_with("custom_fields")) {
            true => FaultDecision::Inject(fails(400)),
            false => FaultDecision::Pass,
        }
    })));
    assert!(rig.settle().await);
    assert_eq!((rig.world.tickets().len(), rig.parked().await.len()), (1, 0));
    assert!(rig.ticket_of(&thread).await.is_some());
}

#[tokio::test]
async fn a_ticket_opened_without_an_answer_is_found_beside_one_that_cannot_be_read_any_more() {
    let merged = |all: &mut Switches| all.thulium.merged_ticket = MergedTicket::NotFound;
    let (rig, thread, ticket) = asked(Options { switches: merged, ..Options::default() }).await;
    let other = opens(&rig, asks("C-1", "Czy są inne kolory?"));
    assert!(rig.settle().await);
    let into = rig.ticket_of(&other).await.expect("a ticket");
    rig.world.merge_tickets(ticket, into).expect("merged");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, Fault::LostAnswer));
    writes(&rig, &thread, Author::Customer, "Halo?");
    assert!(rig.settle().await);
    assert_eq!((rig.world.tickets().len(), rig.parked().await.len()), (3, 0));
    let now = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!((now != ticket, stands(&rig, now, "Halo?")), (true, 1));
}

#[tokio::test]
async fn a_refused_ticket_whose_simpler_form_gave_no_answer_is_opened_once() {
    // One part is refused, and then three: the last try is the one that is taken.
    for parts in [&["tags"] as &[&str], &["tags", "source", "category_id"]] {
        let refused = |rig: &Rig| {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            rig.world.switch(|all| all.thulium.refused_ticket_parts = parts);
        };
        let rig = Rig::new(Options::default()).await;
        refused(&rig);
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        assert!(rig.settle().await);
        let tries = requests(&rig, "POST tickets") as u64;
        assert!(tries > 1 && rig.world.tickets()[0].tags.is_empty());

        let rig = Rig::new(Options::default()).await;
        refused(&rig);
        rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", tries, Fault::LostAnswer));
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        assert!(rig.settle().await);
        assert_eq!((rig.world.tickets().len(), requests(&rig, "POST tickets") as u64), (1, tries));
    }
}

#[tokio::test]
async fn an_hour_after_a_refusal_the_part_is_tried_again() {
    for (seconds, tags) in [(3599, 0), (3600, 1)] {
        let rig = Rig::new(Options::default()).await;
        rig.world.switch(|all| all.thulium.refused_ticket_parts = ["tags".to_owned()].into());
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.tick().await;
        assert_eq!(rig.world.tickets()[0].tags.len(), 0);
        rig.world.switch(|all| all.thulium.refused_ticket_parts.clear());
        rig.advance(seconds);
        opens(&rig, asks("C-2", "Czy są inne kolory?"));
        rig.tick().await;
        assert_eq!(rig.world.tickets()[1].tags.len(), tags, "after {seconds} s");
    }
}

#[tokio::test]
async fn ten_minutes_after_nothing_has_helped_simpler_tickets_are_tried_again() {
    for (seconds, at_once) in [(599, true), (600, false)] {
        let rig = Rig::new(Options::default()).await;
        rig.world.switch(|all| all.thulium.refused_ticket_parts = ["subject".to_owned()].into());
        opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.tick().await;
        let before = requests(&rig, "POST tickets");
        rig.advance(seconds);
        opens(&rig, asks("C-2", "Czy są inne kolory?"));
        rig.tick().await;
        assert_eq!(requests(&rig, "POST tickets") - before == 1, at_once, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_ticket_that_may_not_have_been_opened_is_opened_after_four_minutes() {
    for crash in [true, false] {
        let rig = Rig::new(Options::default()).await;
        let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        rig.world.open_thread(new).expect("a thread");
        match crash {
            // The lease of the dead process lapses first.
            true => kills(&rig, Place::Thulium, "POST tickets", scenarios::Fault::KilledBefore),
            false => strikes(&rig, Side::Thulium, "POST tickets", fails(500)),
        }
        rig.tick().await;
        for tickets in [0, 0, 0, 1] {
            rig.minute().await;
            assert_eq!(rig.world.tickets().len(), tickets);
        }
    }
}
