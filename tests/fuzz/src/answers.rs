//! What either system answers, read by the real clients and turned into the domain's words.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use axum::http::Response as Built;
use bridge::failure::{Failure, Outcome};
use bridge::helpdesk::{Helpdesk, TicketId, TicketsBy};
use bridge::marketplace::{Marketplace, MessageId, OutgoingReply, PageFrom, ThreadId};
use futures::executor::block_on;
use jiff::Timestamp;
use reqwest::{Request, Response};
use wire::{Carrier, Reach};

use crate::split;

/// Longest word that is kept of an error, in bytes.
const LONGEST: usize = 64;

/// Made once: that takes far longer than a call.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| wire::client(Reach::Anywhere).expect("a client"));

/// Answers everything alike.
struct Same {
    status: u16,
    body: Vec<u8>,
}

#[async_trait]
impl Carrier for Same {
    async fn carry(&self, _: Request) -> Result<Response, Outcome> {
        let built = Built::builder().status(self.status).body(self.body.clone());
        built.map(Response::from).map_err(|_| Outcome::NoAnswer)
    }
}

/// The status that a byte stands for; mostly success, so that bodies are read.
fn status(byte: u8) -> u16 {
    match byte >> 4 {
        0 => 400,
        1 => 429,
        2 => 500,
        3 => 404,
        _ => 200,
    }
}

/// Nothing that a stranger wrote gets into what is logged of a failure.
fn discreet<T>(answer: Result<T, Failure>) -> Option<T> {
    let failure = match answer {
        Ok(answer) => return Some(answer),
        Err(failure) => failure,
    };
    let plain = |word: &str| {
        (1..=LONGEST).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    assert!(failure.codes.iter().all(|code| plain(code)), "{:?}", failure.codes);
    assert!(failure.request_id.as_deref().is_none_or(plain));
    let told = failure.to_string();
    assert!(told.len() < 400 && !told.contains(char::is_control), "{told}");
    None
}

/// An answer of EmpikPlace's: the first byte says to which call, and with which status.
pub fn empikplace(bytes: &[u8]) {
    let (first, body) = split(bytes);
    let base = wire::base_url("http://127.0.0.1", Reach::Anywhere).expect("an address");
    let carrier = Arc::new(Same { status: status(first), body: body.to_vec() });
    let client = empikplace::Client::new(HTTP.clone(), base, "key".into(), None).over(carrier);
    let account = first % 8 == 7;
    if account {
        discreet(block_on(client.account()));
        return;
    }
    let shop = empikplace::Shop::new(client, "pl_PL".to_owned());
    match first % 8 {
        0 | 1 => {
            let page = discreet(block_on(shop.threads(&PageFrom::Since(Timestamp::UNIX_EPOCH))));
            let elements = body.iter().filter(|byte| **byte == b'{').count();
            assert!(page.is_none_or(|page| page.threads.len() + page.unreadable <= elements));
        }
        2 | 3 => {
            let thread = discreet(block_on(shop.thread(&ThreadId("t".into()))));
            let Some(thread) = thread else { return };
            assert!(thread.messages.iter().all(|message| message.id != MessageId(String::new())));
        }
        4 => drop(discreet(block_on(shop.orders(&["1-A".to_owned()])))),
        5 => drop(discreet(block_on(shop.reasons()))),
        _ => {
            let reply = OutgoingReply {
                body: "Dzień dobry".to_owned(),
                to_buyer: Some(None),
                to_operator: false,
                files: Vec::new(),
            };
            drop(discreet(block_on(shop.reply(&ThreadId("t".into()), &reply))));
        }
    }
}

/// An answer of Thulium's: the first byte says to which call, and with which status.
pub fn thulium(bytes: &[u8]) {
    let (first, body) = split(bytes);
    let base = wire::base_url("http://127.0.0.1", Reach::Anywhere).expect("an address");
    let carrier = Arc::new(Same { status: status(first), body: body.to_vec() });
    let client = thulium::Client::new(HTTP.clone(), base, "user".into(), "password".into()).over(carrier);
    match first % 16 {
        8 => return drop(discreet(block_on(client.webhooks()))),
        9 => return drop(discreet(block_on(client.queues()))),
        10 => return drop(discreet(block_on(client.categories()))),
        _ => {}
    }
    let account = thulium::Account::new(client);
    match first % 16 {
        0..=3 => {
            drop(discreet(block_on(account.ticket(TicketId(1)))));
        }
        4 => {
            let since = "2026-11-23 14:03".to_owned();
            drop(discreet(block_on(account.tickets(&TicketsBy::Created { since }, 0))));
        }
        5 => drop(discreet(block_on(account.customers("Empik ID", "C-1")))),
        6 => drop(discreet(block_on(account.statuses()))),
        7 => drop(discreet(block_on(account.upload("a.txt", b"a".to_vec())))),
        _ => {
            let file = discreet(block_on(account.file("token", 1000)));
            assert!(file.is_none_or(|file| file.bytes.len() <= 1000));
        }
    }
}
