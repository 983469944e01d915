//! A person at a terminal: the binary on a pseudo-terminal of its own, which does not need one around
//! the tests. `setsid` of util-linux makes it the controlling one.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::shop::Shop;

/// The longest wait for a text: a busy machine is slow, and nothing waits longer than it must.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether the tests of this room can run; it says so where they cannot.
pub fn is_there() -> bool {
    let there = Command::new("setsid").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("skipped: setsid of util-linux is not installed");
    }
    there
}

pub struct Person {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// What has come and was not looked for yet.
    unread: String,
    pub keystrokes: usize,
}

impl Person {
    /// Starts the binary on a screen of so many columns.
    pub fn sits_down(shop: &Shop, columns: u16, arguments: &[&str], extra: &[(&str, &str)]) -> Person {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let controller = openpt(flags).expect("a pseudo-terminal");
        grantpt(&controller).expect("granted");
        unlockpt(&controller).expect("unlocked");
        let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).expect("a size");
        let terminal = File::from(ioctl_tiocgptpeer(&controller, flags).expect("its other end"));
        let end = || Stdio::from(terminal.try_clone().expect("another handle"));
        let child = Command::new("setsid")
            .arg("--ctty")
            .arg(env!("CARGO_BIN_EXE_empikctl"))
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("nobody"))
            .env("TERM", "xterm")
            .env("ALLOW_HTTP", "1")
            .envs(shop.aws.environment())
            .envs(extra.iter().copied())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the binary");
        drop(terminal);
        let keyboard = File::from(controller);
        let mut read = keyboard.try_clone().expect("another handle");
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end shows as an error once nobody holds the terminal any more.
            while let Ok(count @ 1..) = read.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Person { child, keyboard, screen, unread: String::new(), keystrokes: 0 }
    }

    /// Waits until a text is on the screen.
    pub fn reads(&mut self, text: &str) {
        self.reads_until(text);
    }

    /// The same; what was unread so far, up to the text.
    pub fn reads_until(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.unread.find(text) {
                return self.unread.drain(..at + text.len()).collect();
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.unread += &String::from_utf8_lossy(&bytes),
                Err(error) => panic!("{text:?} does not appear ({error}): {}", self.unread),
            }
        }
    }

    /// Waits for a question and answers it.
    pub fn answers(&mut self, question: &str, answer: &str) {
        self.reads(question);
        self.types(&format!("{answer}\n"));
        self.keystrokes += answer.chars().count() + 1;
    }

    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("typed");
    }

    /// Waits for a question and presses Ctrl-C.
    pub fn interrupts_at(&mut self, question: &str) {
        self.reads(question);
        self.types("\u{3}");
    }

    /// What is left on the screen once the program has ended, and whether it ended well.
    pub fn stands_up(mut self) -> (String, bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.screen.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.unread += &String::from_utf8_lossy(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.unread),
            }
        }
        let ended = self.child.wait().expect("its end");
        (std::mem::take(&mut self.unread), ended.success())
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // Already ended, as a rule.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
