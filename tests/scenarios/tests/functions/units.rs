//! What is paid for, measured on the functions' own programs: the cost table of the infrastructure is
//! computed from `infra/units.json`, which must be what is measured here.

use std::io::Write;

use stage::aws::Units;
use stage::{Aws, hint};

use super::*;

/// A tick, with what it cost.
async fn tick(poller: &Function, aws: &Aws) -> (Value, Units) {
    let _ = aws.units();
    let result = poller.invoke(json!({ "shard": 0, "shards": 1 })).await.expect("a result");
    (result["integrations"][0].clone(), aws.units())
}

/// Ticks until EmpikPlace was polled and `done` says so. Only the tick that did it counts.
async fn tick_until(poller: &Function, aws: &Aws, done: impl Fn(&Value) -> bool) -> Units {
    for _ in 0..60 {
        let (row, units) = tick(poller, aws).await;
        if done(&row) {
            return units;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("it never came to that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_units_that_costs_are_computed_from_are_those_that_are_paid() {
    let (poller, callback) = binaries();
    let stage = Stage::with_one().await;
    let (world, aws) = (&stage.world, &stage.aws);
    let poller = Function::start(&poller, &aws.environment()).await;
    let callback = Function::start(&callback, &aws.environment()).await;

    tick(&poller, aws).await;
    poller.logged("\"ParkedItems\"", 1).await;
    let (row, idle) = tick(&poller, aws).await;
    assert_eq!((&row["status"], &row["messages_in"]), (&json!("ok"), &json!(0)));
    let lines = poller.logged("\"ParkedItems\"", 1).await;
    let log_bytes: usize = lines.iter().map(|line| line.len() + 1).sum();

    let arrived = |row: &Value| row["messages_in"] == 1;
    let opening = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("1-A");
    let thread = world.open_thread(opening).expect("a thread").thread_id;
    let opened = tick_until(&poller, aws, arrived).await;
    world.write(&thread, NewMessage::new(Author::Customer, "Halo?")).expect("a message");
    let message = tick_until(&poller, aws, arrived).await;

    let ticket = world.tickets()[0].ticket_id;
    world.agent_reply(ticket, AgentReply::new("akowalska", "<p>W drodze.</p>")).expect("a reply");
    let _ = aws.units();
    assert_eq!(callback.invoke(hint(ticket)).await.expect("an answer")["statusCode"], 204);
    let reply = aws.units();

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/units.json");
    let text = std::fs::read_to_string(path).expect("infra/units.json");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    let less = |one: Units| Units { read: one.read - idle.read, write: one.write - idle.write };
    let measured = [
        ("idle_tick", idle),
        ("new_conversation", less(opened)),
        ("message_in", less(message)),
        ("reply_out", reply),
    ];
    let mut out = std::io::stdout();
    writeln!(out, "measured: {measured:?}, {log_bytes} bytes of log a tick").expect("printed");
    for (what, units) in measured {
        let figure = |kind: &str| told[what][kind].as_f64().expect("a number");
        assert_eq!(units.write, figure("write_units"), "write units of {what}");
        // Half a unit is paid for a read that may lag.
        assert!((units.read - figure("read_units")).abs() <= 1.0, "read units of {what}: {}", units.read);
    }
    let figure = told["idle_tick"]["log_bytes"].as_f64().expect("a number");
    assert!((log_bytes as f64 - figure).abs() <= 0.1 * figure, "a tick logs {log_bytes} bytes");
}
