//! What calls cost: in calls to tables and secrets, which are paid for and take time. Clocks are not
//! compared: how long a call takes is what it does.

use std::time::Duration;

use crate::support::{Bench, PASSWORD, basic, post, right};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

/// The ways not to be let in.
fn refused() -> [(&'static str, Value); 6] {
    let padded = basic("caller", &"x".repeat(100_000));
    [
        ("wrong password", post("/shop-a", &basic("caller", "wrong"), "ticket_id=5")),
        ("wrong token", post("/shop-a/wrong", "", "ticket_id=5")),
        ("unknown integration", post("/shop-b", &basic("caller", PASSWORD), "ticket_id=5")),
        ("unusable secret", post("/shop-bad", &basic("caller", PASSWORD), "ticket_id=5")),
        ("malformed path", post("/../shop-a", &basic("caller", PASSWORD), "ticket_id=5")),
        ("oversized header", post("/shop-a", &padded, "ticket_id=5")),
    ]
}

#[tokio::test]
async fn a_refused_call_does_the_same_work_whatever_is_wrong_with_it() {
    for warm in [false, true] {
        for (what, event) in refused() {
            let bench = Bench::new().await;
            if warm {
                assert_eq!(bench.status(right("ticket_id=5")).await, 204);
                bench.wait(30);
            }
            bench.work();
            let mut work = Vec::new();
            for seconds in [0, 0, 59, 1] {
                bench.wait(seconds);
                assert_eq!(bench.status(event.clone()).await, 401, "{what}");
                work.push(bench.work());
            }
            // No table at all, and one secret a minute.
            assert_eq!(work, [(0, 1), (0, 0), (0, 0), (0, 1)], "{what}, {warm}");
        }
    }
}

#[tokio::test]
async fn what_needs_no_credentials_to_be_refused_does_no_work() {
    let bench = Bench::new().await;
    for _ in 0..100 {
        assert_eq!(bench.status(right(&"x".repeat(1 << 20))).await, 413);
        let mut get = right("ticket_id=5");
        get["requestContext"]["http"]["method"] = "GET".into();
        assert_eq!(bench.status(get).await, 405);
    }
    assert_eq!(bench.work(), (0, 0));
}

#[tokio::test]
async fn a_call_that_is_repeated_costs_one_look_an_interval() {
    let bench = Bench::new().await;
    assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    let once = bench.work();
    assert_eq!(once, (2, 1), "the settings, the index, the secret");
    for _ in 0..1000 {
        assert_eq!(bench.status(right("ticket_id=5")).await, 204);
    }
    assert_eq!(bench.work(), (2, 0), "two more at once");
    for seconds in 1..=20 {
        bench.wait(1);
        for _ in 0..50 {
            assert_eq!(bench.status(right("ticket_id=5")).await, 204, "{seconds}");
        }
    }
    assert_eq!(bench.work(), (4, 0), "one in five seconds");
    assert_eq!(bench.status(right("ticket_id=6")).await, 204);
    assert_eq!(bench.work().0, 1, "another ticket is looked at, by settings of less than 30 s before");
}

/// The call of this number.
type Flood = fn(u32) -> Value;

/// What this process has had of processors: its runtime has one thread, and it runs one test.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).expect("a clock runs forward")
}

const TICKET: &str = "ticket_id=5";

/// Floods of a thousand refused calls, all within a minute of the function's clock. The figures are
/// printed (`--no-capture`); the time is of this machine and this build, and nothing depends on it.
#[tokio::test]
async fn a_flood_of_refused_calls_costs_bounded_work() {
    const CALLS: u32 = 1000;
    println!("per {CALLS} refused calls      tables  secrets  processor");
    let floods: [(&str, Flood, usize); 5] = [
        ("guessed passwords", |n| post("/shop-a", &basic("caller", &n.to_string()), TICKET), 1),
        ("guessed tokens", |n| post(&format!("/shop-a/{n}"), "", TICKET), 1),
        ("invented integrations", |n| post(&format!("/shop-{n}"), &basic("caller", "x"), TICKET), 100),
        ("malformed paths", |n| post(&format!("/.{n}/shop-a"), "", TICKET), 1),
        ("bodies of 1 MiB", |_| post("/shop-a", &basic("caller", "x"), &"x".repeat(1 << 20)), 0),
    ];
    for (what, event, most) in floods {
        let bench = Bench::new().await;
        assert_eq!(bench.status(right("ticket_id=5")).await, 204);
        bench.work();
        let began = processor();
        for n in 0..CALLS {
            assert!(matches!(bench.status(event(n)).await, 401 | 413), "{what}");
        }
        let took = processor() - began;
        let (tables, secrets) = bench.work();
        println!("{what:<26} {tables:>7}  {secrets:>7}  {:>6} ms", took.as_millis());
        assert!(tables == 0 && secrets <= most, "{what}: {tables} calls to tables, {secrets} to secrets");
        // Those who may call are not shut out by those who may not.
        assert_eq!(bench.status(right("ticket_id=6")).await, 204, "{what}");
    }
}
