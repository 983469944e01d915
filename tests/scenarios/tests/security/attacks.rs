//! The attempts, each with what the model allows it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use twins::{AgentReply, Author, MessageKind, NewFile, NewThread, Origin, Topic};

use crate::attack::{Achieved, Target, basic, status};
use crate::hostile::{BODIES, FILES, NAMES, acts, contents};

const TICKET: &[u8] = b"ticket_id=1";

/// Statuses, counted.
#[derive(Default)]
struct Statuses(BTreeMap<u16, usize>);

impl Statuses {
    fn note(&mut self, status: u16) {
        *self.0.entry(status).or_default() += 1;
    }

    fn only(&self, allowed: &[u16]) -> bool {
        self.0.keys().all(|status| allowed.contains(status))
    }

    fn sent(&self) -> usize {
        self.0.values().sum()
    }

    fn words(&self) -> String {
        let word = |(status, count): (&u16, &usize)| match status {
            0 => format!("{count} closed without an answer"),
            _ => format!("{count} × {status}"),
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

/// Requests that both sides received while something went on.
fn reads(target: &Target, before: usize) -> usize {
    target.requests() - before
}

fn only(target: &Target, before: usize, statuses: &Statuses, allowed: &[u16]) -> Achieved {
    let reads = reads(target, before);
    Achieved {
        sent: statuses.sent(),
        what: format!("{}; {reads} requests to either side", statuses.words()),
        within: statuses.only(allowed) && reads == 0,
    }
}

/// Without the password: nothing is let in, nobody is asked, and every answer is the same.
pub async fn forged(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    let mut answers = std::collections::BTreeSet::new();
    for n in 0..40 {
        for (path, header) in [
            ("/shop-a".to_owned(), String::new()),
            ("/shop-a".to_owned(), basic("thulium", &format!("callback-pas{n}"))),
            ("/shop-a".to_owned(), basic(&format!("thulium{n}"), "callback-pass")),
            ("/shop-a".to_owned(), "authorization: Bearer callback-pass\r\n".to_owned()),
            ("/shop-a".to_owned(), "authorization: Basic !!!!\r\n".to_owned()),
            (format!("/shop-a/guess-{n}"), String::new()),
            (format!("/shop-{n}"), target.genuine()),
            (format!("/shop-{n}/callback-pass"), String::new()),
        ] {
            let (status, answer) = target.post(&path, &header, TICKET).await;
            statuses.note(status);
            let lines = answer.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
            answers.insert(lines.collect::<Vec<_>>().join("\n"));
        }
    }
    let mut achieved = only(target, before, &statuses, &[401]);
    achieved.what = format!("{}; {} kinds of answer", achieved.what, answers.len());
    achieved.within &= answers.len() == 1;
    achieved
}

/// A captured call, again and again: it says what was said, and reads the ticket a few times.
pub async fn replayed(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    for _ in 0..300 {
        statuses.note(target.post("/shop-a", &target.genuine(), TICKET).await.0);
    }
    let reads = reads(target, before);
    Achieved {
        sent: statuses.sent(),
        what: format!("{}; {reads} requests to either side", statuses.words()),
        // Three looks at once, of a ticket's row and its messages, and those of a reply on its way.
        within: statuses.only(&[204]) && reads <= 15,
    }
}

pub async fn oversized(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    for size in [(64 << 10) + 1, 1 << 20, 7 << 20] {
        let body = vec![b'x'; size];
        for header in [target.genuine(), String::new()] {
            statuses.note(target.post("/shop-a", &header, &body).await.0);
        }
    }
    for size in [2_000, 100_000, 1_000_000] {
        let long = "x".repeat(size);
        statuses.note(target.post(&format!("/shop-a/{long}"), "", TICKET).await.0);
        statuses.note(target.post("/shop-a", &basic("thulium", &long), TICKET).await.0);
        statuses.note(target.post("/shop-a", &format!("x-long: {long}\r\n"), TICKET).await.0);
    }
    let many: String = (0..5_000).map(|n| format!("x-{n}: y\r\n")).collect();
    statuses.note(target.post("/shop-a", &many, TICKET).await.0);
    only(target, before, &statuses, &[0, 400, 401, 413, 414, 431])
}

/// Connections that dribble, while a genuine call is answered.
pub async fn slow(target: &Target) -> Achieved {
    const CONNECTIONS: usize = 60;
    let before = target.requests();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(target.address()).await.expect("a connection");
        let _ = stream.write_all(b"POST /shop-a HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n").await;
        connections.push(stream);
    }
    let mut answered = 0;
    for ticket in 900..905 {
        for stream in &mut connections {
            let _ = stream.write_all(b"x").await;
        }
        let body = format!("ticket_id={ticket}");
        answered += usize::from(target.post("/shop-a", &target.genuine(), body.as_bytes()).await.0 == 204);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let reads = reads(target, before);
    Achieved {
        sent: CONNECTIONS,
        what: format!(
            "{answered} of 5 genuine calls were answered meanwhile; {reads} requests to either side"
        ),
        within: answered == 5 && reads == 0,
    }
}

pub async fn malformed(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    let genuine = target.genuine();
    let smuggled =
        format!("POST /shop-a HTTP/1.1\r\nhost: x\r\n{genuine}content-length: 11\r\n\r\nticket_id=1");
    let raw: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"POST /shop-a\r\n\r\n".to_vec(),
        b"POST /shop-a HTTP/9.9\r\nhost: x\r\n\r\n".to_vec(),
        b"POST /shop-a HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"POST /shop-a HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n".to_vec(),
        b"POST /shop-a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nticket_id=1\r\n0\r\n\r\n".to_vec(),
        // Two lengths, and a genuine request hidden behind the shorter one.
        format!(
            "POST /shop-b HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n\
             0\r\n\r\n{}",
            smuggled.replace("callback-pass", "wrong")
        )
        .into_bytes(),
        b"POST /shop-a HTTP/1.1\r\nhost: x\r\nauthorization: \xff\xfe\0\r\n\r\n".to_vec(),
        b"POST /shop\0-a HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /shop-a/callback-pass HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(),
        b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"TRACE /shop-a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(),
    ];
    for bytes in raw {
        statuses.note(status(&target.raw(&bytes).await));
    }
    only(target, before, &statuses, &[0, 400, 401, 404, 405, 413, 414, 431, 501, 505])
}

/// Who has the password may say nonsense: he is told so, and nothing is read.
pub async fn malformed_bodies(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    let deep = "[".repeat(60_000);
    let nested = format!("{}1{}", "{\"ticket_id\":".repeat(5_000), "}".repeat(5_000));
    let long = format!("ticket_id={}", "9".repeat(60_000));
    let bodies: [&[u8]; 16] = [
        b"",
        b"null",
        b"[]",
        b"ticket_id=",
        b"ticket_id=-1",
        b"ticket_id=1e3",
        b"ticket_id=0x10",
        b"ticket_id=1;ticket_id=2",
        b"ticket_id=1&ticket_id=2",
        b"{\"ticket_id\":{\"$gt\":0}}",
        b"{\"ticket_id\":1.5}",
        b"ticket_id=1' OR '1'='1",
        b"\xff\xfe\0\x01",
        deep.as_bytes(),
        nested.as_bytes(),
        long.as_bytes(),
    ];
    for body in bodies {
        statuses.note(target.post("/shop-a", &target.genuine(), body).await.0);
    }
    only(target, before, &statuses, &[400, 413])
}

pub async fn paths(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    for path in [
        "/",
        "//shop-a",
        "/./shop-a",
        "/../shop-a",
        "/x/../shop-a",
        "/shop-a/../shop-a",
        "/shop-a/..%2fshop-a",
        "/%73hop-a",
        "/shop-a%00",
        "/shop-a%20",
        "/shop-a;x=1",
        "/SHOP-A",
        "/shop-a\\",
        "/shop-a//callback-pass",
        "/shop-a/callback-pass/",
        "/shop-a/callback-pass/x",
        "/shop-a/callback-pass%00",
        "/shop-a/Callback-pass",
        "/shop-a/callback-pas%",
        "/nobody",
        "http://169.254.169.254/shop-a",
        "/shop-a#callback-pass",
        "/integrations",
        "/.env",
        "*",
    ] {
        statuses.note(target.post(path, "", TICKET).await.0);
        // A query is no part of the path, and no password.
        statuses.note(target.post("/shop-a?token=callback-pass", "", TICKET).await.0);
    }
    only(target, before, &statuses, &[0, 400, 401])
}

/// Line breaks wherever they could end a header or a line of the log.
pub async fn injection(target: &Target) -> Achieved {
    let mut statuses = Statuses::default();
    let mut injected = 0;
    let evil = "%0d%0aset-cookie:%20owned=1%0d%0a%0d%0a<script>";
    for (path, header, body) in [
        (format!("/shop-a/{evil}"), String::new(), "ticket_id=1".to_owned()),
        (format!("/{evil}"), String::new(), "ticket_id=1".to_owned()),
        ("/shop-a".to_owned(), basic("x\r\nset-cookie: owned=1", "y"), "ticket_id=1".to_owned()),
        ("/shop-a".to_owned(), target.genuine(), format!("ticket_id={evil}")),
        ("/shop-a".to_owned(), target.genuine(), format!("ticket_id=901&action={evil}")),
        (
            "/shop-a".to_owned(),
            target.genuine(),
            "{\"ticket_id\":902,\"action\":\"A\\r\\nowned\\u001b[2J\"}".to_owned(),
        ),
        ("/shop-a".to_owned(), target.genuine(), "{\"ticket_id\":\"1\\r\\nowned\"}".to_owned()),
    ] {
        let (status, answer) = target.post(&path, &header, body.as_bytes()).await;
        statuses.note(status);
        injected += usize::from(answer.contains("owned") || answer.contains("<script>"));
    }
    let log = target.page.text();
    let lines = log.lines().filter(|line| {
        serde_json::from_str::<Value>(line).is_err() || line.contains("owned") || line.chars().any(acts)
    });
    let spoilt = lines.count();
    Achieved {
        sent: statuses.sent(),
        what: format!("{}; {injected} answers and {spoilt} log lines spoilt", statuses.words()),
        within: injected == 0 && spoilt == 0 && statuses.only(&[0, 204, 400, 401]),
    }
}

/// Who has the password of one shop names tickets of others: each is looked up in the ledger, and
/// neither side is asked.
pub async fn others_tickets(target: &Target) -> Achieved {
    let before = target.requests();
    let mut statuses = Statuses::default();
    for ticket in (1_000..1_100).chain([u64::MAX]) {
        let body = format!("ticket_id={ticket}");
        statuses.note(target.post("/shop-a", &target.genuine(), body.as_bytes()).await.0);
    }
    only(target, before, &statuses, &[204])
}

/// Every text and name that a stranger could write, into tickets.
pub async fn hostile_texts(target: &Target) -> Achieved {
    let world = target.world();
    let mut sent = 0;
    for (n, body) in BODIES.iter().enumerate() {
        let name = NAMES[n % NAMES.len()];
        let order = format!("9{n:03}-A");
        let order_of_it = json!({
            "order_id": order, "order_state": name, "shipping_company": name, "shipping_tracking": name,
            "shipping_tracking_url": "javascript:alert(1)",
            "customer": { "customer_id": format!("H-{n}"), "firstname": name, "lastname": name },
            "order_lines": [{ "product_title": name, "offer_sku": name, "quantity": 1, "price": 1.0 }],
        });
        world.put_order(order_of_it).expect("an order");
        let mut thread = NewThread::from_customer(&format!("H-{n}"), name, body).about_order(&order);
        thread.topic = Some(Topic { kind: "FREE_TEXT".into(), value: name.to_owned() });
        world.open_thread(thread).expect("a thread");
        sent += 1;
    }
    target.settle().await;
    let (mut html, mut tags, mut controls, mut lines) = (0, 0, 0, 0);
    let begins_tag = |text: &str| {
        text.match_indices('<').any(|(at, _)| {
            text[at + 1..].starts_with(|next: char| next.is_alphabetic() || matches!(next, '/' | '!'))
        })
    };
    let tickets = world.tickets();
    for ticket in &tickets {
        lines += usize::from(ticket.subject.contains(['\n', '\r']));
        controls += usize::from(ticket.subject.chars().any(acts));
        for message in ticket.messages.iter().filter(|message| message.origin == Origin::Api) {
            controls += usize::from(message.text().chars().any(acts));
            html += usize::from(message.kind != MessageKind::Comment && message.html);
            // A comment has no type, so nothing in it may look like a tag.
            tags += usize::from(message.kind == MessageKind::Comment && begins_tag(message.text()));
        }
    }
    let opened =
        tickets.iter().filter(|ticket| ticket.messages.iter().any(|m| m.origin == Origin::Api)).count();
    Achieved {
        sent,
        what: format!(
            "{opened} tickets; {html} messages as HTML, {tags} comments with tags, {controls} texts with \
             controls, {lines} subjects of several lines"
        ),
        within: opened >= sent && html + tags + controls + lines == 0,
    }
}

/// Files that are not what they are called, under names that are no names.
pub async fn hostile_files(target: &Target) -> Achieved {
    let world = target.world();
    let contents = contents();
    let mut sent = Vec::new();
    for (n, name) in FILES
        .iter()
        .map(|name| (*name).to_owned())
        .chain(contents.iter().map(|(name, _)| (*name).to_owned()))
        .enumerate()
    {
        let bytes = contents[n % contents.len()].1.clone();
        let mut thread = NewThread::from_customer("H-files", "Plik", &format!("plik {n}"));
        thread.attachments.push(NewFile::new(&name, &bytes));
        if world.open_thread(thread).is_ok() {
            sent.push(bytes);
        }
    }
    target.settle().await;
    let (mut carried, mut altered, mut names) = (0, 0, 0);
    for ticket in world.tickets() {
        for token in ticket.messages.iter().flat_map(|message| &message.attachments) {
            let Some(file) = world.file(token) else { continue };
            carried += 1;
            altered += usize::from(!sent.iter().any(|bytes| bytes.as_slice() == file.bytes.as_ref()));
            let unsafe_here =
                |c: char| acts(c) || c == '\n' || matches!(c, '/' | '\\' | '"' | '<' | '>' | ':');
            names += usize::from(file.name.contains(unsafe_here) || file.name.starts_with('.'));
        }
    }
    Achieved {
        sent: sent.len(),
        what: format!("{carried} carried as bytes, {altered} of them altered, {names} under unsafe names"),
        within: carried > 0 && altered == 0 && names == 0,
    }
}

/// What an agent (or who took an agent's place) writes, on its way to the buyer.
pub async fn hostile_replies(target: &Target) -> Achieved {
    let world = target.world();
    let thread =
        world.open_thread(NewThread::from_customer("H-reply", "Jan K.", "Pytanie")).expect("a thread");
    target.settle().await;
    let ticket = world.tickets().last().map(|ticket| ticket.ticket_id).expect("a ticket");
    // The checker takes whatever bears a marker for a message that came back; agents have none.
    let bodies: Vec<&str> = BODIES.into_iter().filter(|body| !body.contains("#0000")).collect();
    for (n, body) in bodies.iter().enumerate() {
        let mut reply = AgentReply::new("akowalska", &format!("<p>Odpowiedź {n}</p>{body}"));
        reply
            .attachments
            .push(NewFile::new(&format!("{n} {}", FILES[n % FILES.len()]), format!("plik {n}").as_bytes()));
        world.agent_reply(ticket, reply).expect("a reply");
        world.advance(SignedDuration::from_secs(60));
    }
    target.settle().await;
    let messages = world.thread(&thread.thread_id).expect("the thread").messages;
    let sent: Vec<_> = messages.iter().filter(|message| message.author == Author::Api).collect();
    let strip = |text: &str| text.replace("<br />", "");
    let tags =
        sent.iter().filter(|m| strip(&m.written).contains("<s") || strip(&m.written).contains("<i")).count();
    let controls = sent.iter().filter(|m| m.written.chars().any(acts)).count();
    let named = |name: &str| name.is_ascii() && !name.contains(['/', '\\', '"', '\r', '\n', '<']);
    let names = sent.iter().flat_map(|m| &m.attachments).filter(|file| !named(&file.name)).count();
    Achieved {
        sent: bodies.len(),
        what: format!(
            "{} messages; {tags} with tags, {controls} with controls, {names} files under unsafe names",
            sent.len()
        ),
        within: sent.len() == bodies.len() && tags + controls + names == 0,
    }
}
