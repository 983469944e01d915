//! The metrics of a tick: one line of JSON in CloudWatch's embedded metric format, which CloudWatch
//! turns into metrics without a call. The alarms name them, so the names are a contract.

use std::io::Write;
use std::time::Duration;

use bridge::engine::Report;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The namespace.
pub const NAMESPACE: &str = "EmpikThuliumBridge";
/// The only dimension: the integration's id.
pub const INTEGRATION: &str = "Integration";

/// Ticks, whatever came of them.
pub const TICKS: &str = "Ticks";
/// Ticks that failed.
pub const TICK_FAILED: &str = "TickFailed";
/// Messages that were carried into tickets.
pub const MESSAGES_IN: &str = "MessagesIn";
/// Replies that were delivered.
pub const REPLIES_OUT: &str = "RepliesOut";
/// Tickets that were opened.
pub const TICKETS_CREATED: &str = "TicketsCreated";
/// Tickets that Thulium took only without some of their parts.
pub const TICKETS_SIMPLIFIED: &str = "TicketsSimplified";
/// Conversations and replies that were parked.
pub const PARKED: &str = "Parked";
/// Threads that wait.
pub const BACKLOG: &str = "Backlog";
/// Requests to EmpikPlace.
pub const CALLS_EMPIKPLACE: &str = "CallsEmpikplace";
/// Requests to Thulium.
pub const CALLS_THULIUM: &str = "CallsThulium";
/// How long the tick took, in milliseconds.
pub const DURATION_MS: &str = "DurationMs";

/// The line of one tick.
pub fn line(report: &Report, took: Duration, at: Timestamp) -> Value {
    let values = [
        (TICKS, 1),
        (TICK_FAILED, u64::from(report.status == "failed")),
        (MESSAGES_IN, report.messages_in),
        (REPLIES_OUT, report.replies_out),
        (TICKETS_CREATED, report.tickets_created),
        (TICKETS_SIMPLIFIED, report.simplified),
        (PARKED, report.parked),
        (BACKLOG, report.backlog),
        (CALLS_EMPIKPLACE, report.calls.empikplace.into()),
        (CALLS_THULIUM, report.calls.thulium.into()),
        (DURATION_MS, u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
    ];
    let unit = |name| if name == DURATION_MS { "Milliseconds" } else { "Count" };
    let metrics: Vec<Value> =
        values.iter().map(|(name, _)| json!({ "Name": name, "Unit": unit(*name) })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [[INTEGRATION]], "Metrics": metrics }
            ],
        },
        INTEGRATION: report.integration,
    });
    for (name, value) in values {
        line[name] = value.into();
    }
    line
}

/// Writes the line of one tick to standard output, where Lambda collects it.
pub fn print(report: &Report, took: Duration, at: Timestamp) {
    let mut text = line(report, took, at).to_string();
    text.push('\n');
    // One write, so that no log line gets in between; without an output there is nobody to tell.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_is_declared_has_its_value() {
        let mut report = Report::idle("shop-a", "failed", "x".into());
        report.replies_out = 3;
        let line = line(&report, Duration::from_millis(1500), Timestamp::UNIX_EPOCH);
        let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().expect("a list");
        assert_eq!(declared.len(), 11);
        for metric in declared {
            let name = metric["Name"].as_str().expect("a name");
            assert!(line[name].is_u64(), "{name}");
        }
        assert_eq!(line["Integration"], "shop-a");
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Integration"]]));
        assert_eq!((&line["TickFailed"], &line["RepliesOut"]), (&json!(1), &json!(3)));
        assert_eq!((&line["DurationMs"], &line["_aws"]["Timestamp"]), (&json!(1500), &json!(0)));
        assert!(line.get("reason").is_none());
    }
}
