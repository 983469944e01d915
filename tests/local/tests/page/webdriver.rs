//! Chromium without a window, driven by chromedriver over HTTP (W3C `WebDriver`).
//!
//! A machine without them, or on which they do not start, has no browser tests: [`Browser::start`]
//! then says why and gives nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The longest that anything may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What Chromium needs as root and without a screen, a network or a past.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// The key under which `WebDriver` gives elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    driver: Driver,
    session: String,
    http: reqwest::Client,
    profile: PathBuf,
}

/// A running chromedriver; dropping it ends it and what it has started.
struct Driver {
    child: Child,
    address: SocketAddr,
}

/// An element of the page.
pub struct Element(String);

impl Driver {
    /// Starts chromedriver on a port of its own choice.
    fn start() -> Result<Driver, String> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("chromedriver is not here ({error})"))?;
        let output = child.stdout.take().ok_or("chromedriver has no output")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|length| length > 0) {
                if let Some(port) =
                    line.trim().strip_suffix('.').and_then(|line| line.rsplit(' ').next()?.parse().ok())
                    && line.contains("on port")
                {
                    tell.send(port).ok();
                }
                line.clear();
            }
            // What else it says must go somewhere.
            output.read_to_end(&mut Vec::new()).ok();
        });
        let driver = Driver { child, address: ([127, 0, 0, 1], 0).into() };
        let port: u16 = told.recv_timeout(PATIENCE).map_err(|_| "chromedriver does not start".to_owned())?;
        let mut driver = driver;
        driver.address.set_port(port);
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().ok();
        // Where there is no such program, at least itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Browser {
    /// A browser that likes this language; `None`, with a word why, where there is none.
    pub async fn start(language: &str) -> Option<Browser> {
        let mut why = String::new();
        for _ in 0..2 {
            match Browser::try_start(language).await {
                Ok(browser) => return Some(browser),
                Err(error) => why = error,
            }
        }
        eprintln!("SKIPPED: no browser on this machine: {why}");
        None
    }

    async fn try_start(language: &str) -> Result<Browser, String> {
        let driver = Driver::start()?;
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "chromium-{}-{}",
            std::process::id(),
            driver.address.port()
        ));
        std::fs::remove_dir_all(&profile).ok();
        std::fs::create_dir_all(&profile).map_err(|error| error.to_string())?;
        let mut arguments: Vec<String> = ARGUMENTS.iter().map(|argument| (*argument).to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let options = json!({
            "args": arguments,
            "prefs": { "intl.accept_languages": language },
        });
        let http = wire::builder()
            .map_err(|e| e.to_string())?
            .timeout(PATIENCE)
            .build()
            .map_err(|e| e.to_string())?;
        let mut browser = Browser { driver, session: String::new(), http, profile };
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let session = browser.call("POST", "/session", Some(wanted)).await?;
        browser.session = session["sessionId"].as_str().ok_or("chromedriver gives no session")?.to_owned();
        browser.look(1280, 800, "light").await;
        Ok(browser)
    }

    /// One command; the error is the browser's own.
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let url = format!("http://{}{path}", self.driver.address);
        let method = method.parse().map_err(|_| "no method".to_owned())?;
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let taken = response.status().is_success();
        let answer: Value = response.json().await.map_err(|error| error.to_string())?;
        let value = answer["value"].clone();
        if taken { Ok(value) } else { Err(value["message"].as_str().unwrap_or("no answer").to_owned()) }
    }

    async fn command(&self, path: &str, body: Value) -> Result<Value, String> {
        self.call("POST", &format!("/session/{}{path}", self.session), Some(body)).await
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.command("/url", json!({ "url": url })).await.expect("a page");
    }

    /// What a script in the page gives.
    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({ "script": script, "args": [] })).await.expect("a script runs")
    }

    async fn find(&self, selector: &str) -> Result<Element, String> {
        let found = self.command("/element", json!({ "using": "css selector", "value": selector })).await?;
        Ok(Element(found[ELEMENT].as_str().ok_or("no element")?.to_owned()))
    }

    async fn on(&self, element: &Element, act: &str, body: Value) -> Result<Value, String> {
        self.command(&format!("/element/{}/{act}", element.0), body).await
    }

    /// Clicks on something. What is replaced at that moment is looked for again.
    pub async fn click(&self, selector: &str) {
        self.insist(selector, |element| async move { self.on(&element, "click", json!({})).await }).await;
    }

    /// Types into a field; into one for files, the path of a file.
    pub async fn enter(&self, selector: &str, text: &str) {
        self.insist(
            selector,
            |element| async move { self.on(&element, "value", json!({ "text": text })).await },
        )
        .await;
    }

    async fn insist<F: Future<Output = Result<Value, String>>>(
        &self,
        selector: &str,
        act: impl Fn(Element) -> F,
    ) {
        let begun = Instant::now();
        loop {
            let done = match self.find(selector).await {
                Ok(element) => act(element).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(_) => return,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{selector}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The text of everything that a selector finds, whether it can be seen or not.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({})].map((element) => element.textContent)",
            json!(selector)
        );
        let texts = self.run(&script).await;
        let texts = texts.as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }

    /// Waits until something with this text is in the page.
    pub async fn until(&self, selector: &str, text: &str) {
        self.until_all(selector, &format!("{text:?}"), |texts| texts.iter().any(|t| t.contains(text))).await;
    }

    /// Waits until what a selector finds is as wished.
    pub async fn until_all(&self, selector: &str, wish: &str, is_so: impl Fn(&[String]) -> bool) {
        let begun = Instant::now();
        loop {
            let texts = self.texts(selector).await;
            if is_so(&texts) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{selector} never had {wish}, but {texts:#?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Makes the window so wide and high, in light or dark, without anything that moves.
    pub async fn look(&self, width: u32, height: u32, scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("/goog/cdp/execute", body).await.expect("a command of the developer tools");
    }

    /// What the window shows, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let shot = self.call("GET", &format!("/session/{}/screenshot", self.session), None).await;
        STANDARD.decode(shot.expect("a screenshot").as_str().unwrap_or_default()).expect("base64")
    }

    /// Errors in the browser's log: scripts that failed or were kept from running.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.command("/se/log", json!({ "type": "browser" })).await.expect("a log");
        let entries = log.as_array().into_iter().flatten();
        let severe = entries.filter(|entry| entry["level"] == "SEVERE");
        severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium is not in chromedriver's process group: it ends when its session does.
        if !self.session.is_empty()
            && let Ok(mut stream) = TcpStream::connect_timeout(&self.driver.address, Duration::from_secs(5))
        {
            stream.set_read_timeout(Some(Duration::from_secs(20))).ok();
            let request = format!(
                "DELETE /session/{} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
                self.session, self.driver.address
            );
            stream.write_all(request.as_bytes()).ok();
            // The beginning of the answer: the session has ended.
            stream.read_exact(&mut [0; 12]).ok();
        }
        std::fs::remove_dir_all(&self.profile).ok();
    }
}
