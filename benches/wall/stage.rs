//! A camwall under measurement, on a screen of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use testkit::{Camwall, Process, Run, SECOND, StatusLine, WallFile};

use super::screen::Screen;

/// More than the last two status lines of the largest wall.
const TAIL: u64 = 512 * 1024;

/// A running wall; ends when dropped, before its screen.
pub struct Stage {
    camwall: Camwall,
    /// Where it is shown.
    pub screen: Screen,
    status: PathBuf,
}

impl Stage {
    /// Opens a wall of 1920×1080.
    pub fn open(wall: &WallFile) -> Self {
        Self::open_through(wall, &[])
    }

    /// The same, started by another program: `["taskset", "-c", "0"]`.
    pub fn open_through(wall: &WallFile, words: &[&str]) -> Self {
        let screen = Screen::start();
        let status = wall.file("status.jsonl");
        let run = Run::bare([wall.path()])
            .args(["--size", "1920x1080"])
            .status_file(status.clone())
            .env("DISPLAY", &screen.display);
        let run = if words.is_empty() { run } else { run.through(words) };
        Self { camwall: run.start(), screen, status }
    }

    /// What it uses.
    pub fn process(&self) -> Process {
        Process(self.camwall.pid())
    }

    /// The newest whole status line.
    pub fn line(&self) -> Option<StatusLine> {
        let mut file = File::open(&self.status).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let whole = &text[..text.rfind('\n')?];
        // What stands before the first end of line may be half a line.
        let last = whole.rsplit_once('\n').map(|(_, last)| last);
        let last = last.or_else(|| (length <= TAIL).then_some(whole))?;
        Some(StatusLine::parse(last))
    }

    /// Waits for a status line that is as wanted.
    ///
    /// # Panics
    /// Where none comes: what is to be measured is not there.
    pub fn until(&self, what: &str, within: Duration, wanted: impl Fn(&StatusLine) -> bool) {
        let end = Instant::now() + within;
        while !self.line().is_some_and(|line| wanted(&line)) {
            assert!(self.process().runs(), "camwall ended before: {what}");
            assert!(Instant::now() < end, "not in time: {what}; last: {:#?}", self.line());
            thread::sleep(SECOND / 5);
        }
    }

    /// Hands each status line later than `from` (seconds since the start) to `hear`.
    pub fn lines(&self, from: f64, mut hear: impl FnMut(&StatusLine)) {
        let file = File::open(&self.status).expect("status lines");
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&line);
            // The last may be being written.
            if text.ends_with('}') {
                let line = StatusLine::parse(&text);
                if line.t > from {
                    hear(&line);
                }
            }
        }
    }

    /// Waits for `span` and says how many cores were used meanwhile, and of which status lines that
    /// can be told: those later than this, in seconds since the start.
    pub fn cores(&self, span: Duration) -> (f64, f64) {
        let from = self.line().map_or(0.0, |line| line.t);
        let (before, start) = (self.process().cpu_seconds(), Instant::now());
        thread::sleep(span);
        ((self.process().cpu_seconds() - before) / start.elapsed().as_secs_f64(), from)
    }
}

/// Frames shown a second by each camera, over the status lines later than `from`; in the order of
/// the cameras.
pub fn shown(stage: &Stage, from: f64) -> Vec<f64> {
    let (mut sums, mut count) = (Vec::new(), 0.0);
    stage.lines(from, |line| {
        sums.resize(line.cameras.len(), 0.0);
        sums.iter_mut().zip(&line.cameras).for_each(|(sum, camera)| *sum += camera.fps_shown);
        count += 1.0;
    });
    assert!(count > 0.0, "there are status lines of the time that was measured");
    sums.iter().map(|sum| sum / count).collect()
}

/// The least of some figures.
pub fn least(figures: impl IntoIterator<Item = f64>) -> f64 {
    figures.into_iter().fold(f64::INFINITY, f64::min)
}
