//! A bar on standard error, for what takes longer than a second. What a command says meanwhile stands
//! above it.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner needs no bar.
const SOON: Duration = Duration::from_secs(1);

/// How often it is drawn anew, so that a person sees that something happens.
const BEAT: Duration = Duration::from_millis(120);

tokio::task_local! {
    static BAR: ProgressBar;
}

/// Does some work, under a bar where one may be drawn.
pub(crate) async fn during<T>(drawn: bool, work: impl Future<Output = T>) -> T {
    if !drawn {
        return work.await;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.set_style(style("{spinner} {elapsed}"));
    let mut work = pin!(BAR.scope(bar.clone(), work));
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(SOON) => {}
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.enable_steady_tick(BEAT);
    let done = work.await;
    bar.finish_and_clear();
    done
}

/// There are so many steps to come, as far as is known now.
pub(crate) fn expect(steps: usize) {
    let expect = |bar: &ProgressBar| {
        bar.set_length(bar.position() + steps as u64);
        bar.set_style(style("{bar:30} {pos}/{len}  {elapsed}"));
    };
    // Without a bar nobody counts.
    let _ = BAR.try_with(expect);
}

/// One of them is done.
pub(crate) fn step() {
    let _ = BAR.try_with(|bar| bar.inc(1));
}

/// Writes something to the terminal beside the bar.
pub(crate) fn beside<T>(write: impl FnOnce() -> T) -> T {
    match BAR.try_with(ProgressBar::clone) {
        Ok(bar) => bar.suspend(write),
        Err(_) => write(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
