//! A tick of many shops.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stage::{FIRST_SHOP, Function, NEXT_POLL, Stage};
use tokio::net::TcpListener;
use twins::{Author, NewMessage, NewThread};

use crate::figure::{Figure, figure};
use crate::program::Program;

/// Shops that a process works on at the same time.
const IMPORTING: u64 = 50;

/// Conversations of each, and messages of a conversation.
const THREADS: usize = 400;
const MESSAGES: usize = 20;

/// One tick of many idle shops; of every hundredth, EmpikPlace is as told.
pub async fn shops(count: u64, ill: Illness) -> Vec<Figure> {
    let stage = Stage::new(count).await;
    let trouble = ill.address().await;
    for n in 0..count {
        let sick = trouble.as_ref().filter(|_| n % 100 == 50);
        let empikplace = sick.cloned().unwrap_or_else(|| stage.twins.empikplace());
        let id = format!("shop-{n}");
        stage.put_settings(&id, FIRST_SHOP + n, &empikplace, &stage.twins.thulium()).await;
        stage.put_secret(&id);
    }
    stage.latency(100);
    let poller = Program::named("poller").start(&stage).await;
    let (_, first) = tick_all(&poller).await;
    tokio::time::sleep(NEXT_POLL).await;
    let made = stage.world.requests(0).len() as u64;
    let asked = stage.world.now();
    let spent = poller.used().cpu_ms;
    let (rows, took) = tick_all(&poller).await;
    let used = poller.used();
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

/// One tick of as many shops as are worked on at the same time, each with a long past to carry over.
pub async fn importing() -> Vec<Figure> {
    let stage = Stage::new(IMPORTING).await;
    for n in 0..IMPORTING {
        stage.add(&format!("shop-{n}"), FIRST_SHOP + n).await;
        for t in 0..THREADS {
            let asks =
                NewThread::from_customer(&format!("C-{n}-{t}"), "Jan K.", &"Gdzie paczka? ".repeat(25));
            let new = NewThread { shop_id: Some(FIRST_SHOP + n), ..asks };
            let thread = stage.world.open_thread(new).expect("a thread").thread_id;
            for m in 1..MESSAGES {
                let body = format!("{m} {}", "Halo, gdzie paczka? ".repeat(17));
                stage.world.write(&thread, NewMessage::new(Author::Customer, &body)).expect("a message");
            }
        }
    }
    let poller = Program::named("poller").start(&stage).await;
    let (rows, _) = tick_all(&poller).await;
    let behind = rows.iter().filter(|row| row["backlog"].as_u64() > Some(0)).count();
    assert!(2 * behind as u64 > IMPORTING, "the pasts are too short to fill the memory");
    let name = format!("{IMPORTING} shops with {THREADS} × {MESSAGES} messages each");
    vec![figure(format!("{name}: peak memory of a tick"), poller.used().peak, "MiB").target(256.0)]
}

async fn tick_all(poller: &Function) -> (Vec<Value>, Duration) {
    let begun = Instant::now();
    let result = poller.invoke(json!({ "shard": 0, "shards": 1 })).await.expect("a result");
    let rows = result["integrations"].as_array().expect("rows").clone();
    (rows, begun.elapsed())
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
