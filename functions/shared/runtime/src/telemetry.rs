//! Logs: one line of JSON per event, the event's fields at its top level under their dotted names.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Crates whose own events would drown ours, or could quote requests.
const OTHERS: [&str; 8] = ["aws", "h2", "hyper", "lambda_runtime", "reqwest", "rustls", "tower", "html5gum"];

/// Logs to standard output, where Lambda collects them.
///
/// `AWS_LAMBDA_LOG_LEVEL` sets the level (default: info); other crates never say more than
/// warnings. A panic is logged with its place and without its message, which could quote data. Only
/// the first call in a process counts.
pub fn init() {
    init_to(std::io::stdout, from_environment().as_deref());
}

/// The same to standard error, for a tool whose output is read by people or other programs.
pub fn init_to_stderr() {
    init_to(std::io::stderr, from_environment().as_deref());
}

fn from_environment() -> Option<String> {
    std::env::var("AWS_LAMBDA_LOG_LEVEL").ok()
}

/// The same to any writer, at a level as Lambda writes it (`None`: info).
pub fn init_to<W>(writer: W, level_name: Option<&str>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let started = subscriber(writer, level(level_name)).try_init();
    if started.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(event = "panic", place, "the program stopped at a place where it should not");
        }));
    }
}

fn subscriber<W>(writer: W, level: LevelFilter) -> impl SubscriberInitExt + tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(targets(level)).with(lines(writer))
}

/// Writes each event as a line of JSON. What is worth a line is for a [`filter`] to say.
pub fn lines<S, W>(writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer)
}

/// What the functions log at a level as Lambda writes it (`None`: info).
pub fn filter(level_name: Option<&str>) -> Targets {
    targets(level(level_name))
}

fn targets(level: LevelFilter) -> Targets {
    let quiet = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(level)
        .with_targets(OTHERS.map(|name| (name, quiet)))
        // It repeats every error that a function returns, and those are logged where they arise.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
}

fn level(name: Option<&str>) -> LevelFilter {
    let name = name.unwrap_or_default().trim();
    match name.parse::<Level>() {
        Ok(level) => level.into(),
        // Lambda knows one more.
        Err(_) if name.eq_ignore_ascii_case("fatal") => LevelFilter::ERROR,
        Err(_) => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn fields_stand_at_the_top_under_their_dotted_names() {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = subscriber(move || writer.clone(), LevelFilter::INFO);
        tracing::subscriber::with_default(subscriber, || {
            let _entered = tracing::info_span!("invocation", request.id = "r-1").entered();
            tracing::info!(event = "tick", integration.id = "shop-a", "done");
            tracing::debug!("too much");
            tracing::info!(target: "aws_config::profile", "noise");
            tracing::info!(target: "hyper_util::client", "noise");
        });
        let text = String::from_utf8(page.0.lock().expect("no panic").clone()).expect("text");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!(lines[0]["integration.id"], "shop-a");
        assert_eq!((&lines[0]["event"], &lines[0]["message"]), (&"tick".into(), &"done".into()));
        assert_eq!(lines[0]["span"]["request.id"], "r-1");
        assert!(lines[0]["timestamp"].is_string() && lines[0]["level"] == "INFO");
    }

    #[test]
    fn the_level_is_read_as_lambda_writes_it() {
        for (name, expected) in [
            (None, LevelFilter::INFO),
            (Some("DEBUG"), LevelFilter::DEBUG),
            (Some("warn"), LevelFilter::WARN),
            (Some("FATAL"), LevelFilter::ERROR),
            (Some("loud"), LevelFilter::INFO),
        ] {
            assert_eq!(level(name), expected, "{name:?}");
        }
    }
}
