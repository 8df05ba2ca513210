//! What a wall tells while it runs: its status lines and its log, added up as they come.
//!
//! Two threads, which end with the pipes that they read.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{ChildStderr, ChildStdout},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use testkit::{SECOND, StatusLine};

/// Has the log tell what it tells by default, and each further try of an outage as well.
pub const FILTER: &str = "warn,camwall=info,camwall_media::feed=debug,\
    wgpu_hal=error,naga=error,bevy_render=error,winit=error";

/// Milliseconds; all older frames count as these.
const OLDEST: usize = 60_000;

/// What the status lines told of one camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfCamera {
    /// Status lines by state.
    pub states: BTreeMap<String, u64>,
    /// As the last line had it.
    pub reconnects: u64,
}

/// What was told so far.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// By id.
    pub cameras: BTreeMap<String, OfCamera>,
    /// How many frames of live cameras were so many milliseconds old.
    pub ages: Vec<u64>,
    /// Why connections ended or failed, and how often.
    pub causes: BTreeMap<String, u64>,
    /// Errors of other kinds in the log.
    pub errors: BTreeMap<String, u64>,
}

/// The threads that listen.
pub struct Heard {
    told: Arc<Mutex<Told>>,
    threads: [JoinHandle<()>; 2],
}

impl Heard {
    /// Listens to these pipes; the log is also written to `copy`.
    pub fn start(lines: ChildStdout, log: ChildStderr, copy: &Path) -> Self {
        let told = Arc::new(Mutex::new(Told { ages: vec![0; OLDEST + 1], ..Told::default() }));
        let mut copy = File::create(copy).expect("a file for the log");
        let (for_lines, for_log) = (Arc::clone(&told), Arc::clone(&told));
        let lines = thread::spawn(move || {
            each_line(lines, |line| status(&mut lock(&for_lines), line));
        });
        let log = thread::spawn(move || {
            each_line(log, |line| {
                writeln!(copy, "{line}").expect("room for the log");
                logged(&mut lock(&for_log), line);
            });
        });
        Self { told, threads: [lines, log] }
    }

    /// Waits until these cameras were live once.
    ///
    /// # Panics
    /// Where they are not: there is nothing to measure.
    pub fn until_live(&self, ids: &[&str], within: Duration) {
        let end = Instant::now() + within;
        let live = |told: &Told, id: &str| {
            told.cameras.get(id).is_some_and(|camera| camera.states.contains_key("live"))
        };
        while !ids.iter().all(|id| live(&lock(&self.told), id)) {
            assert!(Instant::now() < end, "{ids:?} become live: {:#?}", lock(&self.told).cameras);
            thread::sleep(SECOND / 5);
        }
        // What was before is not counted.
        lock(&self.told).cameras.clear();
    }

    /// All that was told, once the wall has ended.
    pub fn finish(self) -> Told {
        for thread in self.threads {
            thread.join().expect("whoever listens understands what is said");
        }
        lock(&self.told).clone()
    }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

fn each_line(pipe: impl Read, mut hear: impl FnMut(&str)) {
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        hear(&String::from_utf8_lossy(&line));
    }
}

fn status(told: &mut Told, line: &str) {
    for camera in StatusLine::parse(line).cameras {
        let of = told.cameras.entry(camera.id).or_default();
        *of.states.entry(camera.state.clone()).or_default() += 1;
        of.reconnects = camera.reconnects;
        if let Some(age) = camera.frame_age_ms.filter(|_| camera.state == "live") {
            let age = usize::try_from(age).unwrap_or(OLDEST).min(OLDEST);
            told.ages[age] += 1;
        }
    }
}

/// "2026-11-26T04:20:57.1Z  WARN camwall_media::feed: rst: the connection broke: …; next try in 1 s (…)".
fn logged(told: &mut Told, line: &str) {
    let is_error = line.contains(" ERROR ");
    let Some((_, text)) = line.split_once(": ") else { return };
    // What follows the id, where there is a module before it as well.
    let text = text.split_once(": ").map_or(text, |(_, text)| text);
    let cause = text.split_once("; next try in ").map(|(cause, _)| cause);
    let cause =
        cause.or_else(|| text.split_once(" late: connecting anew").map(|_| "pictures came late"));
    let cause = cause.or_else(|| text.strip_suffix("; trying anew"));
    if let Some(cause) = cause {
        *told.causes.entry(without_numbers(cause)).or_default() += 1;
    } else if is_error {
        *told.errors.entry(without_numbers(text)).or_default() += 1;
    }
}

/// Addresses, ports and times make no other cause.
fn without_numbers(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if short.ends_with('#') => {}
            '0'..='9' => short.push('#'),
            c => short.push(c),
        }
    }
    short
}
