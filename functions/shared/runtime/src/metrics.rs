//! The metrics of a tick: one line of JSON in CloudWatch's embedded metric format, which CloudWatch
//! turns into metrics without a call. The alarms name them, so the names are a contract.
//!
//! CloudWatch is paid by the number of metrics, so a line declares only those that are worth seeing for
//! each integration, by one dimension. The other figures stand in the line all the same: the
//! infrastructure counts some of them over all integrations, and Logs Insights finds all.

use std::io::Write;

use serde_json::{Value, json};

use crate::visits::Measured;

/// The namespace.
pub const NAMESPACE: &str = "EmpikThuliumBridge";
/// The only dimension: the integration's id.
pub const INTEGRATION: &str = "Integration";

/// Ticks, whatever came of them.
pub const TICKS: &str = "Ticks";
/// Ticks that failed.
pub const TICK_FAILED: &str = "TickFailed";
/// Seconds since the last tick that did all it set out to do.
pub const SINCE_SUCCESS: &str = "SinceSuccess";
/// Everything that EmpikPlace changed longer ago than this many seconds is carried or recorded.
pub const CURSOR_LAG: &str = "CursorLag";
/// Age in seconds of the oldest conversation or reply that is unfinished and not parked.
pub const OLDEST_UNFINISHED: &str = "OldestUnfinished";
/// Conversations and replies that are parked now.
pub const PARKED_ITEMS: &str = "ParkedItems";
/// Conversations and replies that this tick parked.
pub const PARKED: &str = "Parked";
/// Threads that wait.
pub const BACKLOG: &str = "Backlog";
/// Messages that were carried into tickets.
pub const MESSAGES_IN: &str = "MessagesIn";
/// Replies that were delivered.
pub const REPLIES_OUT: &str = "RepliesOut";
/// Tickets that were opened.
pub const TICKETS_CREATED: &str = "TicketsCreated";
/// Tickets that Thulium took only without some of their parts.
pub const TICKETS_SIMPLIFIED: &str = "TicketsSimplified";
/// Requests to EmpikPlace.
pub const CALLS_EMPIKPLACE: &str = "CallsEmpikplace";
/// Requests to Thulium.
pub const CALLS_THULIUM: &str = "CallsThulium";
/// How long the tick took, in milliseconds.
pub const DURATION_MS: &str = "DurationMs";

/// What a line declares as metrics of its integration, with the units.
const DECLARED: [(&str, &str); 6] = [
    (SINCE_SUCCESS, "Seconds"),
    (CURSOR_LAG, "Seconds"),
    (OLDEST_UNFINISHED, "Seconds"),
    (PARKED_ITEMS, "Count"),
    (MESSAGES_IN, "Count"),
    (REPLIES_OUT, "Count"),
];

/// The line of one tick. What is not known, such as the lag of an integration that has never run, is
/// left out.
pub fn line(tick: &Measured<'_>) -> Value {
    let (report, queues) = (tick.report, tick.queues);
    let values = [
        (TICKS, Some(1)),
        (TICK_FAILED, Some(u64::from(report.status == "failed"))),
        (SINCE_SUCCESS, report.gauges.since_success),
        (CURSOR_LAG, report.gauges.cursor_lag),
        (OLDEST_UNFINISHED, queues.map(|queues| queues.oldest_unfinished)),
        (PARKED_ITEMS, queues.map(|queues| queues.parked)),
        (PARKED, Some(report.parked)),
        (BACKLOG, Some(report.backlog)),
        (MESSAGES_IN, Some(report.messages_in)),
        (REPLIES_OUT, Some(report.replies_out)),
        (TICKETS_CREATED, Some(report.tickets_created)),
        (TICKETS_SIMPLIFIED, Some(report.simplified)),
        (CALLS_EMPIKPLACE, Some(report.calls.empikplace.into())),
        (CALLS_THULIUM, Some(report.calls.thulium.into())),
        (DURATION_MS, Some(u64::try_from(tick.took.as_millis()).unwrap_or(u64::MAX))),
    ];
    let is_known = |name: &str| values.iter().any(|(known, value)| *known == name && value.is_some());
    let metrics: Vec<Value> = DECLARED
        .iter()
        .filter(|(name, _)| is_known(name))
        .map(|(name, unit)| json!({ "Name": name, "Unit": unit }))
        .collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": tick.at.as_millisecond(),
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [[INTEGRATION]], "Metrics": metrics }
            ],
        },
        INTEGRATION: report.integration,
    });
    for (name, value) in values {
        if let Some(value) = value {
            line[name] = value.into();
        }
    }
    line
}

/// Writes the line of one tick to standard output, where Lambda collects it.
pub fn print(tick: Measured<'_>) {
    let mut text = line(&tick).to_string();
    text.push('\n');
    // One write, so that no log line gets in between; without an output there is nobody to tell.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bridge::engine::Report;
    use jiff::Timestamp;

    use super::*;
    use crate::visits::Queues;

    fn names(line: &Value) -> Vec<&str> {
        let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().expect("a list");
        declared.iter().map(|metric| metric["Name"].as_str().expect("a name")).collect()
    }

    #[test]
    fn every_metric_that_is_declared_has_its_value() {
        let mut report = Report::idle("shop-a", "failed", "x".into());
        report.replies_out = 3;
        report.gauges.since_success = Some(61);
        report.gauges.cursor_lag = Some(62);
        let queues = Some(Queues { oldest_unfinished: 63, parked: 4 });
        let (took, at) = (Duration::from_millis(1500), Timestamp::UNIX_EPOCH);
        let line = line(&Measured { report: &report, queues, took, at });
        assert_eq!(names(&line), DECLARED.map(|(name, _)| name));
        for name in names(&line) {
            assert!(line[name].is_u64(), "{name}");
        }
        assert_eq!(line["Integration"], "shop-a");
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Integration"]]));
        assert_eq!((&line["TickFailed"], &line["RepliesOut"]), (&json!(1), &json!(3)));
        assert_eq!((&line["SinceSuccess"], &line["CursorLag"]), (&json!(61), &json!(62)));
        assert_eq!((&line["OldestUnfinished"], &line["ParkedItems"]), (&json!(63), &json!(4)));
        assert_eq!((&line["DurationMs"], &line["_aws"]["Timestamp"]), (&json!(1500), &json!(0)));
        assert!(line.get("reason").is_none());
    }

    #[test]
    fn what_is_not_known_is_neither_declared_nor_zero() {
        let report = Report::idle("shop-a", "failed", "x".into());
        let (took, at) = (Duration::ZERO, Timestamp::UNIX_EPOCH);
        let line = line(&Measured { report: &report, queues: None, took, at });
        assert_eq!(names(&line), [MESSAGES_IN, REPLIES_OUT]);
        for name in [SINCE_SUCCESS, CURSOR_LAG, OLDEST_UNFINISHED, PARKED_ITEMS] {
            assert!(line.get(name).is_none(), "{name}");
        }
        assert_eq!(line[TICK_FAILED], 1);
    }
}
