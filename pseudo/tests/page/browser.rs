//! Drives a browser without a window, over the pipe of its DevTools protocol: messages are JSON with a zero behind each.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long an answer may take: much longer than on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(90);

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ARGUMENTS: [&str; 18] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-field-trial-config",
    "--disable-lcd-text",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
];

/// A browser with one page.
pub struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last: u64,
    profile: PathBuf,
    complaints: Vec<String>,
    requests: Vec<String>,
    loaded: bool,
}

/// The path of a browser, if one is installed.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|file| file.is_file())
}

impl Browser {
    /// Starts a browser with a profile of its own, below a folder.
    pub fn start(program: &Path, folder: &Path, name: &str) -> Browser {
        let profile = folder.join(format!("browser-{name}-{}", std::process::id()));
        // The protocol is spoken on the descriptors 3 and 4, which a shell can make of the usual two.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh"])
            .arg(program)
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let commands = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in answers.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("messages are JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Browser {
            process,
            commands,
            messages,
            session: None,
            last: 0,
            profile,
            complaints: Vec::new(),
            requests: Vec::new(),
            loaded: false,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.ask("Target.attachToTarget", attach)["sessionId"].as_str().map(str::to_string);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        // Time that the thread computes, not time that passes.
        browser.ask("Performance.enable", json!({"timeDomain": "threadTicks"}));
        browser.size(1500, 900);
        browser
    }

    /// The size of what is seen, in pixels.
    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Whether the system asks for dark colours.
    pub fn dark(&mut self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.ask("Emulation.setEmulatedMedia", features);
    }

    /// Opens a file and waits until it is loaded and its script has run.
    pub fn open(&mut self, file: &Path, hash: &str) {
        // By way of another page: a page that is open already would not be loaded anew.
        self.navigate("about:blank");
        self.navigate(&format!("file://{}{hash}", file.display()));
        self.wait("window.page?.tookMs !== undefined");
    }

    fn navigate(&mut self, address: &str) {
        self.loaded = false;
        let opened = self.ask("Page.navigate", json!({"url": address}));
        assert!(opened["errorText"].is_null(), "{opened}");
        let began = Instant::now();
        while !self.loaded {
            let message = self.receive(began);
            self.note(&message);
        }
    }

    /// The value of an expression in the page. An exception fails the test.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let answer = self.ask(
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true}),
        );
        assert!(answer["exceptionDetails"].is_null(), "{expression}\n{answer:#}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn wait(&mut self, expression: &str) {
        let began = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            assert!(began.elapsed() < PATIENCE, "never: {expression}\n{:#?}", self.complaints);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until what has changed was painted.
    pub fn settle(&mut self) {
        self.value(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))",
        );
    }

    /// Presses a key, by its name or the character that it writes.
    pub fn key(&mut self, key: &str) {
        let text = match key {
            "Enter" => "\r",
            _ if key.chars().count() == 1 => key,
            _ => "",
        };
        let code = match key.chars().next() {
            Some(digit @ '0'..='9') if key.len() == 1 => format!("Digit{digit}"),
            _ => String::new(),
        };
        let virtual_code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": virtual_code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.ask("Input.dispatchKeyEvent", event);
        }
        self.settle();
    }

    /// Types a text, key by key.
    pub fn write(&mut self, text: &str) {
        for key in text.chars() {
            self.key(&key.to_string());
        }
    }

    /// Moves the mouse onto the first element of a selector.
    #[track_caller]
    pub fn hover(&mut self, selector: &str) {
        let (x, y) = self.place(selector);
        self.ask("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
        self.settle();
    }

    /// Clicks on the first element of a selector.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let (x, y) = self.place(selector);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            self.ask(
                "Input.dispatchMouseEvent",
                json!({"type": kind, "x": x, "y": y, "button": button, "clickCount": 1}),
            );
        }
        self.settle();
    }

    /// The middle of what is seen of an element.
    #[track_caller]
    fn place(&mut self, selector: &str) -> (f64, f64) {
        let text = json!(selector);
        let place = self.value(&format!(
            "(() => {{ const element = document.querySelector({text}); if (!element) return null;
               element.scrollIntoView({{block: 'nearest', inline: 'nearest'}});
               const box = element.getBoundingClientRect();
               return [box.left + Math.min(box.width, innerWidth - box.left) / 2, box.top + box.height / 2]; }})()"
        ));
        match (place[0].as_f64(), place[1].as_f64()) {
            (Some(x), Some(y)) => (x, y),
            _ => panic!("there is no {selector}"),
        }
    }

    /// A picture of what is seen, as PNG.
    pub fn picture(&mut self) -> Vec<u8> {
        self.settle();
        let answer = self.ask("Page.captureScreenshot", json!({"format": "png", "optimizeForSpeed": false}));
        decode_base64(answer["data"].as_str().expect("a picture"))
    }

    /// How long the page's thread has computed up to now, in milliseconds.
    pub fn computed_ms(&mut self) -> f64 {
        let answer = self.ask("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("metrics");
        let all = metrics.iter().find(|metric| metric["name"] == "TaskDuration").expect("the time of all tasks");
        all["value"].as_f64().expect("a number") * 1000.0
    }

    /// Nothing was written to the console, nothing was thrown, and nothing was asked of a network.
    #[track_caller]
    pub fn has_no_complaints(&mut self) {
        self.value("1");
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
        assert!(self.requests.is_empty(), "the page asks for {:#?}", self.requests);
    }

    #[track_caller]
    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("the browser runs");
        let began = Instant::now();
        loop {
            let answer = self.receive(began);
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer:#}");
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    fn receive(&mut self, began: Instant) -> Value {
        let left = PATIENCE.saturating_sub(began.elapsed());
        self.messages.recv_timeout(left).expect("the browser answers")
    }

    /// Keeps what is to be known of an event.
    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        match event["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded") => {
                self.complaints.push(format!("{parameters:#}"));
            }
            Some("Network.requestWillBeSent") => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                if !["file:", "data:", "about:"].iter().any(|kind| url.starts_with(kind)) {
                    self.requests.push(url.to_string());
                }
            }
            _ => {}
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = json!({"id": 0, "method": "Browser.close"}).to_string() + "\0";
        let _ = self.commands.write_all(close.as_bytes());
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if began.elapsed() > Duration::from_secs(5) {
                let _ = self.process.kill();
                let _ = self.process.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn decode_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0u32, |bits, &byte| bits << 6 | u32::from(digit(byte))) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
