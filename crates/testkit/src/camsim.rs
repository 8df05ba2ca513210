//! The camera simulator as a child of the test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{SECOND, SOON};

/// A running simulator; ends when dropped.
pub struct Camsim {
    child: Child,
    stdin: ChildStdin,
    events: Arc<Events>,
    /// Where it listens.
    pub port: u16,
    /// What it said when it was ready.
    pub(crate) ready: Value,
}

/// What it has said and nobody has asked for yet.
#[derive(Default)]
struct Events {
    list: Mutex<Vec<(Instant, Value)>>,
    more: Condvar,
}

impl Events {
    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, Value)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Camsim {
    /// Starts one on a free port, where `args` name none, with the clips of this repository.
    pub fn start(args: &[&str]) -> Self {
        let clips = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips");
        Self::start_with_clips(Path::new(clips), args)
    }

    /// The same with the clips of another folder.
    pub fn start_with_clips(clips: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(super::program("camsim"))
            .args((!args.contains(&"--port")).then_some(["--port", "0"]).into_iter().flatten())
            .arg("--exit-with-parent")
            .arg("--clips")
            .arg(clips)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the camera simulator starts");
        let stdin = child.stdin.take().expect("stdin is a pipe");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let events = Arc::new(Events::default());
        let sink = Arc::clone(&events);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("camsim speaks JSON");
                sink.lock().push((Instant::now(), event));
                sink.more.notify_all();
            }
        });
        let mut this = Self { child, stdin, events, port: 0, ready: Value::Null };
        (_, this.ready) = this.take("ready", SOON, |event| event["event"] == "ready");
        this.port = this.ready["port"].as_u64().and_then(|p| p.try_into().ok()).expect("a port");
        this
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The URL of a stream, for example of `cam1/sub`.
    pub fn url(&self, path: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{path}", self.port)
    }

    /// Gives a command such as `freeze cam1` and waits until it is obeyed.
    pub fn tell(&mut self, command: &str) -> Value {
        self.order(command);
        self.obeyed(command)
    }

    /// Gives a command and does not wait.
    pub fn order(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").expect("the simulator listens");
    }

    /// Waits until a command that was given is obeyed.
    pub fn obeyed(&self, command: &str) -> Value {
        let answers = |event: &Value| event["command"] == command || event["event"] == "stat";
        let (_, answer) = self.take(command, SOON, answers);
        assert_ne!(answer["event"], "error", "{answer}");
        answer
    }

    /// Waits until `event` (`play`, `teardown`, …) has happened to `camera`; says when. Each event
    /// is told once.
    pub fn expect(&self, event: &str, camera: &str, within: Duration) -> Instant {
        let what = format!("{event} of {camera}");
        self.take(&what, within, |e| e["event"] == event && e["camera"] == camera).0
    }

    /// Waits until nobody is connected any more.
    pub fn expect_nobody(&mut self, within: Duration) {
        let until = Instant::now() + within;
        loop {
            let stat = self.tell("stat");
            if stat["clients"] == 0 && stat["sessions"] == 0 {
                return;
            }
            assert!(Instant::now() < until, "somebody stays connected: {stat}");
            std::thread::sleep(SECOND / 20);
        }
    }

    /// All that fits and has not been told.
    pub(crate) fn drain(&self, wanted: impl Fn(&Value) -> bool) -> Vec<(Instant, Value)> {
        self.events.lock().extract_if(.., |(_, event)| wanted(event)).collect()
    }

    /// Waits for an event and takes it off the list.
    pub(crate) fn take(
        &self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> (Instant, Value) {
        let until = Instant::now() + within;
        let mut list = self.events.lock();
        loop {
            if let Some(at) = list.iter().position(|(_, event)| wanted(event)) {
                return list.remove(at);
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} of camsim in time, but {list:#?}");
            let more = &self.events.more;
            list = more.wait_timeout(list, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Camsim {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
