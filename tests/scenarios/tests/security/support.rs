//! What both share: a page that every log line is written to.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

/// Log lines, as the functions write them.
#[derive(Clone, Default)]
pub struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Page {
    /// Everything so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }
}

/// The page of this process: everything that the functions would log at their most talkative.
pub fn logs() -> Page {
    static PAGE: OnceLock<Page> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let page = Page::default();
        let writer = page.clone();
        // A test that fails says why, unlike a function.
        let hook = std::panic::take_hook();
        runtime::telemetry::init_to(move || writer.clone(), Some("TRACE"));
        std::panic::set_hook(hook);
        page
    });
    page.clone()
}
