//! A wall whose file is changed while it runs, and the ways in which files are changed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use testkit::{Camsim, Camwall, ConfigLine, Run, SOON, StatusLine, WallFile};

/// How soon a file that was saved is taken over, or refused, however busy the computer is.
pub const SEEN: Duration = SOON;

/// How a file is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Save {
    /// Written over, in one go.
    Write,
    /// Another one takes its place.
    Rename,
    /// As vim does: the old one is set aside, a new one is made, the old one goes.
    SetAside,
    /// Emptied, and written a moment later.
    Slowly,
}

impl Save {
    /// All ways.
    pub const ALL: [Self; 4] = [Self::Write, Self::Rename, Self::SetAside, Self::Slowly];

    /// Saves `bytes` in `file`.
    pub fn save(self, file: &Path, bytes: &[u8]) {
        let beside = |name: &str| file.with_file_name(name);
        match self {
            Self::Write => fs::write(file, bytes).expect("written"),
            Self::Rename => {
                fs::write(beside("wall.new"), bytes).expect("written");
                fs::rename(beside("wall.new"), file).expect("renamed");
            }
            Self::SetAside => {
                fs::rename(file, beside("wall.ron~")).expect("set aside");
                std::thread::sleep(Duration::from_millis(30));
                fs::write(file, bytes).expect("written");
                fs::remove_file(beside("wall.ron~")).expect("removed");
            }
            Self::Slowly => {
                fs::write(file, "").expect("emptied");
                std::thread::sleep(Duration::from_millis(400));
                fs::write(file, bytes).expect("written");
            }
        }
    }
}

/// The text of a wall file: cameras by id and fields, and the rest.
pub fn text(cameras: &[(&str, String)], rest: &str) -> String {
    let line = |(id, fields): &(&str, String)| format!("    {id:?}: ({fields}),\n");
    let cameras: String = cameras.iter().map(line).collect();
    format!("(\n  cameras: {{\n{cameras}  }},\n  {rest}\n)\n")
}

/// Starts the wall of this text offscreen; status lines come ten times a second.
pub fn start(wall: &WallFile, size: &str) -> Camwall {
    run(wall, size).start()
}

fn run(wall: &WallFile, size: &str) -> Run {
    let run = Run::bare([wall.path()]).args(["--headless", "--for", "400s", "--size", size]);
    run.args(["--status-every", "100ms"]).status_file(wall.file("status.jsonl"))
}

/// What a wall has logged so far.
pub struct Log(Arc<Mutex<String>>);

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until these lines stand in it behind the first `from` bytes, each in a line of its own.
    pub fn expect(&self, lines: &str, from: usize) {
        let until = Instant::now() + SEEN;
        while !lines.lines().all(|line| self.text()[from..].contains(line)) {
            assert!(
                Instant::now() < until,
                "not logged in time:\n{lines}\n{}",
                &self.text()[from..]
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The same, and its log while it runs.
pub fn start_logged(wall: &WallFile, size: &str) -> (Camwall, Log) {
    let (camwall, stdout, stderr) = run(wall, size).start_unread();
    let log = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&log);
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = sink.lock().unwrap_or_else(PoisonError::into_inner);
            log.extend([line.as_str(), "\n"]);
        }
    });
    // Read, so that it never waits.
    std::thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).count());
    (camwall, Log(log))
}

/// What came of the wall file so far.
pub fn config(camwall: &Camwall) -> ConfigLine {
    camwall.lines().last().expect("a status line").config
}

/// Saves a file that is in order, and waits until it is taken over.
pub fn save_sound(camwall: &mut Camwall, wall: &WallFile, how: Save, text: &str) -> StatusLine {
    let generation = config(camwall).generation + 1;
    how.save(&wall.path(), text.as_bytes());
    let taken = |line: &StatusLine| line.config.generation == generation;
    let line = camwall.wait_for(&format!("taken over, saved by {how:?}"), SEEN, taken);
    assert_eq!(line.config.mistakes, 0, "{line:?}");
    line
}

/// Saves a file that is not, and waits until that is said.
pub fn save_wrong(camwall: &mut Camwall, wall: &WallFile, how: Save, bytes: &[u8]) -> StatusLine {
    let before = config(camwall);
    how.save(&wall.path(), bytes);
    let line = camwall.wait_for("refused", SEEN, |line| line.config.mistakes > 0);
    assert_eq!(line.config.generation, before.generation, "{line:?}");
    line
}

/// How often each stream was opened, by its path: `cam1/main`.
pub fn opened(server: &mut Camsim, path: &str) -> u64 {
    server.tell("stat")["opened"][path].as_u64().unwrap_or_default()
}
