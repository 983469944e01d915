//! `make attack`: strangers, thieves of a password and hostile writers against the running stack, on
//! loopback, bounded in count and time, while a shop does its honest work. Prints what each attempt
//! has achieved; the history checker must stay at zero.

use std::time::{Duration, Instant};

use bridge::settings::IntegrationId;
use jiff::SignedDuration;
use local::Stack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use twins::{AgentReply, NewThread, World, WorldOptions};

use crate::attacks;
use crate::support::{Page, logs};

/// Time after which an attempt is left, whatever it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an attempt has achieved.
pub struct Achieved {
    /// Requests, messages or files that were sent.
    pub sent: usize,
    /// In words, for the table.
    pub what: String,
    /// Whether the threat model allows it.
    pub within: bool,
}

/// The target.
pub struct Target {
    pub stack: Stack,
    pub id: IntegrationId,
    pub page: Page,
}

impl Target {
    async fn open() -> Target {
        let page = logs();
        let world = World::new(WorldOptions::default()).expect("a world");
        world.set_time("2026-11-23T13:00:00Z".parse().expect("a time"));
        let stack = Stack::joined(world).await.expect("a stack");
        let id = stack.settings().id;
        stack.world().advance(SignedDuration::from_secs(30));
        Target { stack, id, page }
    }

    pub fn world(&self) -> &World {
        self.stack.world()
    }

    /// Host and port of the callback.
    pub fn address(&self) -> String {
        let url = self.stack.callback_url(&self.id);
        url.split('/').nth(2).expect("a host").to_owned()
    }

    /// Sends raw bytes to the callback, and nothing after them; the answer as it came.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        self.exchange(bytes, true).await
    }

    async fn exchange(&self, bytes: &[u8], hang_up: bool) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address()).await?;
            // A server that has read enough closes: that is an answer too.
            let _ = stream.write_all(bytes).await;
            if hang_up {
                let _ = stream.shutdown().await;
            }
            let mut answer = Vec::new();
            let _ = stream.take(64 << 10).read_to_end(&mut answer).await;
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = tokio::time::timeout(PATIENCE, exchange).await.expect("an end in time");
        answer.expect("a connection")
    }

    /// A POST with these header lines; the status, 0 for none, and the whole answer.
    pub async fn post(&self, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/plain\r\n\
             content-length: {}\r\n{headers}\r\n",
            body.len()
        );
        let answer = self.exchange(&[head.as_bytes(), body].concat(), false).await;
        (status(&answer), answer)
    }

    /// The header line of genuine Basic credentials.
    pub fn genuine(&self) -> String {
        basic("thulium", "callback-pass")
    }

    /// Requests that both sides have received so far.
    pub fn requests(&self) -> usize {
        self.world().requests(0).len()
    }

    /// Ticks until everything is carried.
    pub async fn settle(&self) {
        self.stack.settle(80).await.expect("settled");
    }
}

pub fn basic(user: &str, password: &str) -> String {
    use base64::Engine;
    let encoded = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("authorization: Basic {encoded}\r\n")
}

pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// An honest buyer and an honest agent; their conversation must cross whatever else goes on.
async fn honest_work(target: &Target, n: usize) {
    let thread = NewThread::from_customer("C-honest", "Anna Z.", &format!("Uczciwe pytanie numer {n}"));
    target.world().open_thread(thread).expect("a thread");
    target.stack.tick().await.expect("a tick");
    let ticket = target.world().tickets().last().map(|ticket| ticket.ticket_id).expect("a ticket");
    let reply = AgentReply::new("akowalska", &format!("<p>Uczciwa odpowiedź numer {n}</p>"));
    target.world().agent_reply(ticket, reply).expect("a reply");
    target.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_achieves_nothing_beyond_the_model() {
    let target = Target::open().await;
    let mut failed = Vec::new();
    println!("{:<34} {:>6}  achieved", "attempt", "sent");
    let mut show = |name: &str, achieved: &Achieved, took: Duration| {
        let mark = if achieved.within { "" } else { "  BEYOND THE MODEL" };
        println!("{name:<34} {:>6}  {} ({} ms){mark}", achieved.sent, achieved.what, took.as_millis());
        if !achieved.within {
            failed.push(format!("{name}: {}", achieved.what));
        }
    };
    honest_work(&target, 0).await;
    macro_rules! attempt {
        ($($name:literal => $attack:ident),* $(,)?) => {$(
            let began = Instant::now();
            let achieved = attacks::$attack(&target).await;
            show($name, &achieved, began.elapsed());
        )*};
    }
    attempt! {
        "forged credentials" => forged,
        "a replayed genuine call" => replayed,
        "oversized calls" => oversized,
        "slow calls" => slow,
        "malformed HTTP" => malformed,
        "malformed bodies, genuine password" => malformed_bodies,
        "path tricks" => paths,
        "header and log injection" => injection,
        "tickets of others" => others_tickets,
    }
    honest_work(&target, 1).await;
    attempt! {
        "hostile texts and names" => hostile_texts,
        "hostile files" => hostile_files,
        "an agent's hostile reply" => hostile_replies,
    }
    honest_work(&target, 2).await;
    target.settle().await;
    let comparison = target.world().comparison();
    println!(
        "history checker: {} findings, {} messages in, {} replies out",
        comparison.findings.iter().filter(|finding| !finding.kind.is_note()).count(),
        comparison.inbound_carried,
        comparison.replies_carried
    );
    for finding in comparison.findings.iter().filter(|finding| !finding.kind.is_note()) {
        let thread = finding.thread.as_ref().and_then(|id| target.world().thread(id));
        let messages = thread.into_iter().flat_map(|thread| thread.messages);
        let message = messages.into_iter().find(|message| Some(&message.id) == finding.message.as_ref());
        eprintln!("{:?}: {:?}", finding.kind, message.map(|message| message.written));
    }
    assert!(comparison.clean, "{:#?}", comparison.findings);
    assert!(comparison.replies_carried >= 3 && comparison.inbound_carried >= 3);
    assert!(failed.is_empty(), "{failed:#?}");
}
