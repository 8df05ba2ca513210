//! Recordings for tests: what the record thread leaves on disk, with files of a few bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp, civil};
use tempfile::TempDir;

use super::Cause;
pub use super::disk::RealDisk;
pub use super::ledger::Ledger;
use super::ledger::entry::SegmentRecord;
pub use super::ledger::entry::{LedgerEntry, RetentionRule};
use super::ledger::history::last_state;
use super::paths;
pub use super::paths::{day_folder, day_of, file_name, ledger_path};

/// The camera's id and folder.
pub const GATE: &str = "gate";

/// A recording folder with one camera, and a clock that only the test moves on.
pub struct FixtureArchive {
    dir: TempDir,
    ledger: Ledger<RealDisk>,
    /// What the clock says.
    pub at: Timestamp,
    open: Option<(PathBuf, Timestamp)>,
    /// From when on nothing is recorded, and why.
    off: Option<(Timestamp, Cause)>,
    ever: bool,
}

/// Parses an RFC 3339 time.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Default for FixtureArchive {
    fn default() -> Self {
        Self::new()
    }
}

impl FixtureArchive {
    /// An empty folder; the clock is set to 2026-11-22T07:20:00.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(RealDisk, dir.path(), GATE, GATE);
        let at = at("2026-11-22T07:20:00Z");
        Self { dir, ledger, at, open: None, off: None, ever: false }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The ledger of a day.
    pub fn ledger(&self, day: civil::Date) -> PathBuf {
        paths::ledger_path(self.root(), GATE, day)
    }

    /// Moves the clock on by `ms` milliseconds.
    pub fn pass(&mut self, ms: i64) {
        self.at += SignedDuration::from_millis(ms);
    }

    /// Puts a line into the ledger of the day of `at`.
    pub fn write(&mut self, at: Timestamp, line: LedgerEntry) {
        self.ledger.write(paths::day_of(at), line);
        assert_eq!(self.ledger.pending(), 0);
    }

    /// Begins a segment now; what was off before becomes a gap. The `.part` file.
    pub fn begin(&mut self) -> PathBuf {
        let start = self.at;
        self.end_gap();
        let day = paths::day_folder(self.root(), GATE, paths::day_of(start));
        let path = (1..)
            .map(|number| day.join(paths::file_name(GATE, start, number, "mkv")))
            .find(|path| !path.exists() && !paths::part_of(path).exists())
            .unwrap();
        let file = name(&path);
        self.write(start, LedgerEntry::Open { file, start });
        let part = paths::part_of(&path);
        fs::write(&part, format!("pictures from {start} on")).unwrap();
        self.open = Some((path, start));
        self.ever = true;
        part
    }

    /// Writes the gap up to now, if there is one.
    pub fn end_gap(&mut self) {
        let end = self.at;
        if let Some((start, cause)) = self.off.take()
            && start < end
        {
            self.write(end, LedgerEntry::Gap { start, end, cause, detail: None });
        }
    }

    /// Closes the open segment now.
    pub fn close(&mut self) -> PathBuf {
        let (path, start) = self.open.take().unwrap();
        self.settle(&paths::part_of(&path), start, self.at, false)
    }

    /// A whole segment of so many milliseconds.
    pub fn segment(&mut self, ms: i64) -> PathBuf {
        self.begin();
        self.pass(ms);
        self.close()
    }

    /// From now on nothing is recorded, or still nothing, for another cause.
    pub fn stop(&mut self, cause: Cause) {
        self.end_gap();
        let at = self.at;
        self.write(at, LedgerEntry::Off { at, cause });
        self.off = Some((at, cause));
    }

    /// The program is gone without a word, and comes back after so many milliseconds: what it left
    /// is finished as the record thread does it. A segment recovered ends `lost` ms before the kill.
    pub fn kill(&mut self, ms: i64, lost: i64) {
        let killed = self.at;
        (self.open, self.off) = (None, None);
        self.pass(ms);
        let Some(state) = last_state(self.root(), GATE).unwrap() else {
            assert!(!self.ever);
            return;
        };
        let mut until = state.until;
        for (path, start) in state.open {
            assert_eq!(start, until);
            until = start.max(killed - SignedDuration::from_millis(lost));
            self.settle(&path, start, until, true);
        }
        self.off = Some((until, state.cause));
    }

    fn settle(
        &mut self,
        part: &Path,
        start: Timestamp,
        end: Timestamp,
        recovered: bool,
    ) -> PathBuf {
        let path = paths::whole_of(part);
        fs::rename(part, &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        let segment = SegmentRecord {
            file: name(&path),
            start,
            end,
            duration_ms: u64::try_from(end.duration_since(start).as_millis()).unwrap(),
            packets: 25,
            audio_packets: 0,
            bytes: u64::try_from(bytes.len()).unwrap(),
            keyframes: 1,
            lost: 0,
            hash: blake3::hash(&bytes).to_hex().to_string(),
            video: "h264 1920x1080".to_owned(),
            audio: None,
            recovered,
        };
        self.write(start, LedgerEntry::Segment(segment));
        path
    }
}

/// The name of a file.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
