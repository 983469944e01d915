//! What is measured, one function for each group of figures.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use twins::{AgentReply, Author, NewFile, NewMessage, NewThread};

use crate::figure::{Figure, figure, median};
use crate::function::Function;
use crate::stage::{Stage, program, row};

/// Messages of a conversation in the backlog.
const MESSAGES: usize = 5;

/// How long a poll is not due again with the stage's settings, and a little more.
const NEXT_POLL: Duration = Duration::from_millis(5_200);

fn everything() -> Value {
    json!({ "shard": 0, "shards": 1 })
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Process start to the first `invocation/next`, and to the end of the first tick.
pub async fn cold_start(starts: usize) -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let (mut bare, mut bridge, mut ticked) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bare_cpu, mut cpu, mut tick_cpu) = (Vec::new(), Vec::new(), Vec::new());
    let mut memory = Vec::new();
    for _ in 0..starts {
        let function = Function::start(&program("bare"), &[], &stage.aws.environment()).await;
        bare.push(ms(function.start));
        bare_cpu.push(function.used().cpu_ms);
        drop(function);
        let begun = Instant::now();
        let function = stage.function("poller").await;
        bridge.push(ms(function.start));
        cpu.push(function.used().cpu_ms);
        let (result, _) = function.invoke(everything()).await;
        assert_eq!(row(&result, 0)["status"], "ok", "{result}");
        ticked.push(ms(begun.elapsed()));
        let used = function.used();
        tick_cpu.push(used.cpu_ms);
        memory.push(used.memory);
    }
    let (bare, bare_cpu) = (median(bare), median(bare_cpu));
    vec![
        figure("cold start, until the first event is asked for", median(bridge), "ms").floor(bare, 1.3),
        figure("… its processor time", median(cpu), "ms").floor(bare_cpu, 1.3),
        figure("cold start, until the first tick is done", median(ticked), "ms"),
        figure("… its processor time", median(tick_cpu), "ms"),
        figure("memory after the first tick", median(memory), "MiB").target(30.0),
    ]
}

/// A tick of one integration at which nothing happened.
pub async fn idle_tick(program: &Function, stage: &Stage, who: &str) -> Vec<Figure> {
    for _ in 0..3 {
        program.invoke(everything()).await;
    }
    let (mut cpu, mut calls, mut units, mut wall) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        tokio::time::sleep(NEXT_POLL).await;
        let _ = stage.aws.units();
        let (spent, made) = (program.used().cpu_ms, stage.calls());
        let (result, took) = program.invoke(everything()).await;
        assert_eq!(row(&result, 0)["status"], "ok", "{result}");
        cpu.push(program.used().cpu_ms - spent);
        calls.push((stage.calls() - made) as f64);
        units.push(stage.aws.units().write);
        wall.push(ms(took));
    }
    vec![
        figure(format!("{who}idle tick: calls to both sides"), median(calls), "calls").floor(2.0, 1.0),
        figure(format!("{who}idle tick: write units"), median(units), "units").target(2.0),
        figure(format!("{who}idle tick: processor time"), median(cpu), "ms").target(3.0),
        figure(format!("{who}idle tick: wall time without latency"), median(wall), "ms"),
    ]
}

/// Calls that stand on the way of a new buyer's message with an order: the list, the order beside the
/// CRM's search, the customer, the ticket.
const CALLS_TO_TICKET: f64 = 4.0;

/// The same for the next message of a conversation: the list, the message.
const CALLS_TO_MESSAGE: f64 = 2.0;

/// Calls on the way of a reply after Thulium's hint: the ticket, the message.
const CALLS_TO_REPLY: f64 = 2.0;

/// A buyer's message to its ticket, and an agent's reply to EmpikPlace, at a latency.
pub async fn paths(latency: u64, repeats: usize) -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let poller = stage.function("poller").await;
    let callback = stage.function("callback").await;
    poller.invoke(everything()).await;
    stage.latency(latency);
    let (mut opened, mut posted, mut replied) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..repeats {
        let thread = stage
            .world
            .open_thread(
                NewThread::from_customer(&format!("C-{n}"), "Jan K.", "Gdzie paczka?")
                    .about_order(&format!("{n}-A")),
            )
            .expect("a thread")
            .thread_id;
        opened.push(until_arrived(&stage, &poller).await);
        stage.world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("a message");
        posted.push(until_arrived(&stage, &poller).await);
        let ticket = *stage.world.ticket_ids().last().expect("a ticket");
        let reply = AgentReply::new("akowalska", "<p>W drodze.</p>");
        stage.world.agent_reply(ticket, reply).expect("a reply");
        let (answer, took) = callback.invoke(hint(ticket)).await;
        assert_eq!(answer["statusCode"], 204, "{answer}");
        let messages = stage.world.thread(&thread).expect("the thread").messages;
        assert!(messages.iter().any(|message| message.author == Author::Api), "the reply has arrived");
        replied.push(ms(took));
    }
    let floor = |calls: f64| calls * latency as f64;
    vec![
        figure(format!("a new buyer's message to a ticket at {latency} ms"), median(opened), "ms")
            .floor(floor(CALLS_TO_TICKET), 1.15),
        figure(format!("the next message to its ticket at {latency} ms"), median(posted), "ms")
            .floor(floor(CALLS_TO_MESSAGE), 1.15),
        figure(format!("a reply to EmpikPlace at {latency} ms"), median(replied), "ms")
            .floor(floor(CALLS_TO_REPLY), 1.15),
    ]
}

/// The time of the tick that brings one message.
async fn until_arrived(stage: &Stage, poller: &Function) -> f64 {
    for _ in 0..5 {
        tokio::time::sleep(NEXT_POLL).await;
        let begun = stage.world.now();
        let (result, _) = poller.invoke(everything()).await;
        if row(&result, 0)["messages_in"] == 1 {
            let arrived = stage.world.tickets().iter().flat_map(|t| &t.messages).map(|m| m.written_at).max();
            return arrived.map_or(f64::NAN, |at| at.duration_since(begun).as_secs_f64() * 1e3);
        }
    }
    panic!("the message never arrived");
}

/// What a Function URL passes on for Thulium's call about a ticket.
fn hint(ticket: u64) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/shop-0/callback-pass", "rawQueryString": "",
        "headers": { "content-type": "application/x-www-form-urlencoded", "host": "abc.lambda-url" },
        "requestContext": {
            "accountId": "anonymous", "apiId": "abc", "domainName": "abc.lambda-url", "requestId": "r",
            "routeKey": "$default", "stage": "$default", "time": "23/Nov/2026:13:00:00 +0000",
            "timeEpoch": 1_795_438_800_000_u64,
            "http": {
                "method": "POST", "path": "/shop-0/callback-pass", "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "t",
            },
        },
        "body": format!("ticket_id={ticket}"), "isBase64Encoded": false,
    })
}

/// Calls per conversation that nobody could save, one after the other: the CRM's search and customer,
/// the ticket, the further messages; and the file of every tenth, read and handed over.
const CALLS_A_CONVERSATION: f64 = 2.0 + MESSAGES as f64 + 0.2;

/// Many conversations at once.
pub async fn backlog(conversations: usize, latency: u64) -> Vec<Figure> {
    let stage = Stage::with_one().await;
    let poller = stage.function("poller").await;
    poller.invoke(everything()).await;
    for n in 0..conversations {
        let mut new = NewThread::from_customer(&format!("C-{n}"), "Jan K.", "Gdzie <b>paczka</b>?");
        if n % 10 == 0 {
            new.attachments = vec![NewFile::new("zdjecie.png", &[137; 20_000])];
        }
        let thread = stage.world.open_thread(new).expect("a thread").thread_id;
        for m in 1..MESSAGES {
            let message = NewMessage::new(Author::Customer, &format!("Halo, to już wiadomość {m}."));
            stage.world.write(&thread, message).expect("a message");
        }
    }
    stage.latency(latency);
    let (messages, before) = ((conversations * MESSAGES) as u64, poller.used().cpu_ms);
    let (mut arrived, mut wall) = (0, Duration::ZERO);
    while arrived < messages {
        let (result, took) = poller.invoke(everything()).await;
        let row = row(&result, 0);
        assert_eq!(row["status"], "ok", "{result}");
        let brought = row["messages_in"].as_u64().unwrap_or_default();
        arrived += brought;
        if brought > 0 {
            wall += took;
        } else {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    let used = poller.used();
    let name = format!("backlog of {conversations} × {MESSAGES} at {latency} ms");
    let (count, seconds) = (messages as f64, wall.as_secs_f64());
    let mut figures = vec![
        figure(format!("{name}: processor time a message"), (used.cpu_ms - before) / count, "ms"),
        figure(format!("{name}: peak memory"), used.peak, "MiB").target(200.0),
        figure(format!("{name}: messages a second"), count / seconds, "/s"),
    ];
    if latency > 0 {
        let each = CALLS_A_CONVERSATION * latency as f64 / 1e3 / bridge::engine::CONCURRENCY as f64;
        figures
            .push(figure(format!("{name}: wall time"), seconds, "s").floor(conversations as f64 * each, 1.3));
    }
    figures
}

/// One tick of many idle shops; of every hundredth, EmpikPlace is as told.
pub async fn shops(count: u64, ill: Illness) -> Vec<Figure> {
    let stage = Stage::new(count).await;
    let trouble = ill.address().await;
    for n in 0..count {
        let sick = trouble.as_ref().filter(|_| n % 100 == 50);
        stage.integrate(n, sick.unwrap_or(&stage.twins.empikplace())).await;
    }
    stage.latency(100);
    let poller = stage.function("poller").await;
    let (_, first) = poller.invoke(everything()).await;
    tokio::time::sleep(NEXT_POLL).await;
    let made = stage.world.requests(0).len() as u64;
    let asked = stage.world.now();
    let spent = poller.used().cpu_ms;
    let (result, took) = poller.invoke(everything()).await;
    let used = poller.used();
    let rows = result["integrations"].as_array().expect("rows");
    let healthy = rows.iter().filter(|row| row["status"] == "ok").count() as f64;
    let last = stage.world.requests(made).iter().map(|request| request.at).max();
    let last = last.map_or(0.0, |at| at.duration_since(asked).as_secs_f64());
    let name = format!("{count} shops{}", ill.words());
    let of_all = count as f64;
    let mut figures = vec![
        figure(format!("{name}: the last call of the tick leaves after"), last, "s").target(20.0),
        figure(format!("{name}: peak memory"), used.peak, "MiB").target(256.0),
        figure(format!("{name}: processor time a shop"), (used.cpu_ms - spent) / of_all, "ms"),
        figure(format!("{name}: wall time of the tick"), took.as_secs_f64(), "s"),
        figure(format!("{name}: wall time of the first tick"), first.as_secs_f64(), "s"),
    ];
    if trouble.is_some() {
        figures.push(figure(format!("{name}: served"), healthy, "shops"));
    }
    figures
}

/// What is wrong with EmpikPlace for one shop in a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Illness {
    /// Nothing.
    None,
    /// It refuses connections.
    Refuses,
    /// It takes them and never answers.
    Hangs,
}

impl Illness {
    fn words(self) -> &'static str {
        match self {
            Illness::None => "",
            Illness::Refuses => ", 1 % failing",
            Illness::Hangs => ", 1 % hanging",
        }
    }

    async fn address(self) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        match self {
            Illness::None => return None,
            Illness::Refuses => drop(listener),
            Illness::Hangs => {
                tokio::spawn(async move {
                    let mut held = Vec::new();
                    while let Ok((stream, _)) = listener.accept().await {
                        held.push(stream);
                    }
                });
            }
        }
        Some(address)
    }
}

/// How fast bodies are read, and whether anything makes that slow.
pub fn texts() -> Vec<Figure> {
    let paragraph = "<p>Dzień dobry,<br>gdzie jest moja <b>paczka</b>? Pozdrawiam &amp; dziękuję.</p>\
        <table><tr><td>Zamówienie</td><td>123456-A</td></tr></table><blockquote>Wcześniej</blockquote>";
    let mail = format!(
        "<html><head><style>p{{margin:0}}</style></head><body>{}</body></html>",
        paragraph.repeat(100)
    );
    let page = page(100, 100);
    let mut figures = vec![
        speed("HTML to text of a mail", &mail, |text| drop(bridge::text::from_marketplace(text, 60_000))),
        speed("M11 page of 100 threads with 100 messages", &page, |text| assert_eq!(threads_of(text), 100)),
    ];
    let (worst, piece) = slowest();
    figures.push(
        figure(format!("slowest input, at 4 times the length ({piece:?}): times the time"), worst, "×")
            .target(6.0),
    );
    figures
}

/// How many threads of a page are read.
fn threads_of(page: &str) -> usize {
    let page: Result<BTreeMap<String, Vec<empikplace::model::Thread>>, _> = serde_json::from_str(page);
    page.map_or(0, |page| page.values().map(Vec::len).sum())
}

fn page(threads: usize, messages: usize) -> String {
    let message = |n: usize| {
        json!({
            "id": format!("0b9e9a0c-1111-4222-8333-{n:012}"), "body": "Dzień dobry, gdzie jest <b>paczka</b>?",
            "date_created": "2026-11-23T12:00:00Z", "attachments": [],
            "from": { "type": "CUSTOMER_USER", "display_name": "Jan K." },
            "to": [{ "type": "SHOP_USER", "display_name": "Sklep A" }],
        })
    };
    let thread = |n: usize| {
        json!({
            "id": format!("5f0c7a54-6d0b-4a3c-9b0e-{n:012}"), "date_created": "2026-11-23T12:00:00Z",
            "date_updated": "2026-11-23T12:00:00Z", "entities": [], "topic": { "type": "FREE_TEXT", "value": "x" },
            "authorized_participants": [], "current_participants": [],
            "metadata": { "total_count": messages }, "messages": (0..messages).map(message).collect::<Vec<_>>(),
        })
    };
    json!({ "data": (0..threads).map(thread).collect::<Vec<_>>() }).to_string()
}

fn speed(name: &str, text: &str, read: impl Fn(&str)) -> Figure {
    let (begun, mut times) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(1) {
        read(text);
        times += 1;
    }
    let megabytes = text.len() as f64 * f64::from(times) / 1e6;
    figure(name, megabytes / begun.elapsed().as_secs_f64(), "MB/s")
}

/// Repeats pieces of markup and looks for the one with which four times the length takes longest, as a
/// multiple of the time: 4 is linear, 16 is quadratic.
fn slowest() -> (f64, &'static str) {
    const PIECES: [&str; 20] = [
        "<",
        ">",
        "&",
        "&#",
        "<a href=\"x\">",
        "</a>",
        "<b>",
        "</b>",
        "<table><tr><td>",
        "<blockquote>",
        "<ul><li>",
        "<!--",
        "<p>",
        "\n",
        " ",
        "\"",
        "<style>",
        "-- \n",
        "&gt; ",
        "@klient ",
    ];
    let time = |piece: &str, bytes: usize| {
        let text = piece.repeat(bytes / piece.len());
        let tries = (0..3).map(|_| {
            let begun = Instant::now();
            drop(bridge::text::from_marketplace(&text, 60_000));
            drop(bridge::text::from_agent(&text));
            begun.elapsed().as_secs_f64()
        });
        tries.fold(f64::INFINITY, f64::min)
    };
    let ratios = PIECES.map(|piece| (time(piece, 400_000) / time(piece, 100_000), piece));
    ratios.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::NAN, ""))
}

/// Sizes of the programs and of their archives' contents.
pub fn sizes() -> Vec<Figure> {
    ["poller", "callback"]
        .map(|name| {
            let bytes = std::fs::metadata(program(name)).expect("a program").len();
            figure(format!("size of {name}"), bytes as f64 / 1_048_576.0, "MiB").target(7.0)
        })
        .into()
}
