//! What is paid for, measured on the functions' own programs: the cost table of the infrastructure is
//! computed from `infra/units.json`, which must be what is measured here.

use std::io::Write;

use stage::aws::Units;
use stage::{NEXT_POLL, hint};
use twins::RequestRecord;

use super::*;

/// Of every call to either side, in milliseconds: far more than lies between two that are made at once.
const LATENCY: u64 = 400;

/// What a piece of work cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    units: Units,
    /// Calls to both sides, one after the other.
    calls: usize,
}

impl Cost {
    /// What it cost beyond what is paid anyway.
    fn beyond(self, other: Cost) -> Cost {
        let (mine, others) = (self.units, other.units);
        let units = Units { read: mine.read - others.read, write: mine.write - others.write };
        Cost { units, calls: self.calls - other.calls }
    }
}

/// How many calls waited for another one's answer, and the first: those that are made at once count as one.
fn one_after_the_other(requests: &[RequestRecord]) -> usize {
    let mut answered = None;
    let begins = requests.iter().filter(|request| {
        let waited = answered.is_none_or(|answered| request.at >= answered);
        if waited {
            answered = Some(request.at + Duration::from_millis(LATENCY));
        }
        waited
    });
    begins.count()
}

/// Invokes a function, and tells what it cost.
async fn invoke(function: &Function, event: Value, stage: &Stage) -> (Value, Cost) {
    let before = stage.world.requests(0).len() as u64;
    let _ = stage.aws.units();
    let result = function.invoke(event).await.expect("a result");
    let calls = one_after_the_other(&stage.world.requests(before));
    (result, Cost { units: stage.aws.units(), calls })
}

/// A tick that asks both sides; what it found, and what it cost.
async fn tick(poller: &Function, stage: &Stage) -> (Value, Cost) {
    tokio::time::sleep(NEXT_POLL).await;
    let (result, cost) = invoke(poller, json!({ "shard": 0, "shards": 1 }), stage).await;
    let row = result["integrations"][0].clone();
    assert_eq!(row["status"], "ok", "{row}");
    assert!(row["calls"]["empikplace"] != 0, "{row}");
    (row, cost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_units_that_costs_are_computed_from_are_those_that_are_paid() {
    let (poller, callback) = binaries();
    let stage = Stage::with_one().await;
    let (world, aws) = (&stage.world, &stage.aws);
    stage.latency(LATENCY);
    let poller = Function::start(&poller, &aws.environment()).await;
    let callback = Function::start(&callback, &aws.environment()).await;

    tick(&poller, &stage).await;
    let _ = poller.logged("\"ParkedItems\"", 1).await;
    let (row, idle) = tick(&poller, &stage).await;
    assert_eq!(row["messages_in"], 0, "{row}");
    let lines = poller.logged("\"ParkedItems\"", 1).await;
    let log_bytes: usize = lines.iter().map(|line| line.len() + 1).sum();

    let opening = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("1-A");
    let thread = world.open_thread(opening).expect("a thread").thread_id;
    let (row, opened) = tick(&poller, &stage).await;
    assert_eq!((&row["tickets_created"], &row["messages_in"]), (&json!(1), &json!(1)), "{row}");
    world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("a message");
    let (row, message) = tick(&poller, &stage).await;
    assert_eq!(row["messages_in"], 1, "{row}");

    let ticket = world.tickets()[0].ticket_id;
    world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze.</p>")).expect("a reply");
    let (answer, reply) = invoke(&callback, hint(ticket), &stage).await;
    assert_eq!(answer["statusCode"], 204);
    let (answer, look) = invoke(&callback, hint(ticket), &stage).await;
    assert_eq!(answer["statusCode"], 204);
    let sent = world.thread(&thread).expect("the thread").messages;
    assert_eq!(sent.iter().filter(|message| message.author == Author::Api).count(), 1);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/units.json");
    let text = std::fs::read_to_string(path).expect("infra/units.json");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    let measured = [
        ("idle_tick", idle),
        ("new_conversation", opened.beyond(idle)),
        ("message_in", message.beyond(idle)),
        ("reply_out", reply),
        // Its units are not worth a figure.
        ("look", Cost { units: Units::default(), ..look }),
    ];
    let mut out = std::io::stdout();
    writeln!(out, "measured: {measured:#?}, {log_bytes} bytes of log a tick, {look:?}").expect("printed");
    for (what, Cost { units, calls }) in measured {
        let figure =
            |kind: &str| told[what].get(kind).map_or(0.0, |figure| figure.as_f64().expect("a number"));
        assert_eq!(units.write, figure("write_units"), "write units of {what}");
        // A look at the ticket that meets the message half-way reads the conversation once more.
        let half_way = what == "message_in" && units.read == figure("read_units") + 1.0;
        assert!(half_way || units.read == figure("read_units"), "{} read units of {what}", units.read);
        assert_eq!(calls as f64, figure("calls"), "calls of {what}, one after the other");
    }
    let figure = told["idle_tick"]["log_bytes"].as_f64().expect("a number");
    assert!((log_bytes as f64 - figure).abs() <= 0.1 * figure, "a tick logs {log_bytes} bytes");
}
