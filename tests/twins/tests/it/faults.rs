//! What goes wrong on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use twins::{At, Fault, FaultDecision, FaultRule, Side};

use super::{Twins, reply_form};

async fn try_m12(twins: &Twins, thread: &str) -> Result<u16, reqwest::Error> {
    let form = reply_form(&json!({ "body": "Odpowiedź", "to": [{ "type": "CUSTOMER" }] }));
    let path = format!("inbox/threads/{thread}/message");
    twins.empik(Method::POST, &path).multipart(form).send().await.map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_refused_call_has_no_effect_and_a_lost_answer_has() {
    for (fault, messages) in [(Fault::Refuse, 1), (Fault::LostAnswer, 2)] {
        let twins = Twins::start().await;
        let thread = twins.thread("Dzień dobry").thread_id;
        // On a connection that was used before: no client may take that for a reason to repeat.
        twins.m10(&thread).await;
        twins.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fault.clone()));
        let error = try_m12(&twins, &thread).await.unwrap_err();
        assert!(error.status().is_none() && !error.is_builder(), "{error:?}");
        assert_eq!(twins.world.thread(&thread).unwrap().messages.len(), messages, "{fault:?}");
        let record = twins.world.requests(0).pop().unwrap();
        assert_eq!((record.status, record.applied), (None, messages == 2));
        assert_eq!(record.fault, Some(fault));
        assert_eq!(try_m12(&twins, &thread).await.unwrap(), 201);
    }
}

#[tokio::test]
async fn a_status_strikes_before_or_after() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let count = || twins.world.thread(&thread).unwrap().messages.len();
    let fault = |at| Fault::Status { code: 503, retry_after: Some(7), at };
    twins.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fault(At::Before)));
    twins.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 2, fault(At::After)));
    assert_eq!((try_m12(&twins, &thread).await.unwrap(), count()), (503, 1));
    assert_eq!((try_m12(&twins, &thread).await.unwrap(), count()), (503, 2));
    twins.world.clear_faults();
    twins.world.add_fault(FaultRule::always(Side::Thulium, "*", fault(At::Before)));
    let answer = twins.thulium(Method::GET, "tickets").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"7".parse().unwrap()));
}

#[tokio::test]
async fn garbage_is_no_json_under_the_usual_status() {
    let twins = Twins::start().await;
    twins.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, Fault::GarbageBody));
    let answer =
        twins.thulium(Method::POST, "tickets").json(&super::new_ticket("Treść")).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text().await.unwrap()).is_err());
    assert_eq!(twins.world.tickets().len(), 1);
}

#[tokio::test]
async fn a_slow_call_takes_effect_although_the_client_gave_up() {
    for (at, messages) in [(At::Before, 1), (At::After, 2)] {
        let twins = Twins::start().await;
        let thread = twins.thread("Dzień dobry").thread_id;
        twins.world.add_fault(FaultRule::always(Side::Empikplace, "M12", Fault::Slow { ms: 400, at }));
        let late = tokio::time::timeout(Duration::from_millis(200), try_m12(&twins, &thread)).await;
        assert!(late.is_err());
        assert_eq!(twins.world.thread(&thread).unwrap().messages.len(), messages, "{at:?}");
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(twins.world.thread(&thread).unwrap().messages.len(), 2, "{at:?}");
    }
}

#[tokio::test]
async fn an_interceptor_decides_call_by_call() {
    let twins = Twins::start().await;
    let thread = twins.thread("Dzień dobry").thread_id;
    let world = twins.world.clone();
    twins.world.set_interceptor(Some(Arc::new(move |operation| {
        // It may look at the world it decides about.
        let nothing_yet = world.threads().iter().all(|thread| thread.messages.len() == 1);
        match operation.name.as_str() {
            "M12" if nothing_yet => FaultDecision::Inject(Fault::LostAnswer),
            _ => FaultDecision::Pass,
        }
    })));
    assert!(try_m12(&twins, &thread).await.is_err());
    assert_eq!(try_m12(&twins, &thread).await.unwrap(), 201);
    assert_eq!(twins.world.thread(&thread).unwrap().messages.len(), 3);
}

#[tokio::test]
async fn latency_slows_one_side() {
    let twins = Twins::start().await;
    twins.world.set_latency(twins::Latency { empikplace_ms: 150, thulium_ms: 0 });
    let start = Instant::now();
    twins.empik_get("inbox/threads").await;
    assert!(start.elapsed() >= Duration::from_millis(150));
}
