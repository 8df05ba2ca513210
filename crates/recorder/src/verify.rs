//! Is what the ledger says on the disk, and is what is on the disk in the ledger?
//!
//! Any thread; reads every byte of every segment, writes nothing. Policy: files are listed before
//! the ledger is read, so that a running camwall, which tells the ledger first or at once, is not
//! caught between the two; every fault is told, and none ends the search.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    fs::{File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp, ToSpan};
use walkdir::WalkDir;

use super::ledger::history::{EntryPosition, History, RecordedSegment};
use super::storage::paths;
use super::storage::paths::FileName;

#[cfg(test)]
mod tests;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file that it is wrong with.
    pub path: PathBuf,
    /// The line in it, from 1, where the file is a ledger.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Whether a camwall that runs records into this folder.
#[must_use]
pub fn is_recording(root: &Path) -> bool {
    // Shared and given back at once: two that ask at the same time do not deceive each other.
    let lock = File::open(root.join(paths::LOCK)).map(|file| file.try_lock_shared());
    matches!(lock, Ok(Err(TryLockError::WouldBlock)))
}

/// Verifies one camera's folder; `progress` is told before each segment how many are done, and of
/// how many. With `running`, what a camwall at work may leave for a moment is no fault.
///
/// # Errors
/// Where a folder or a ledger can't be read; the error names it.
pub fn verify(
    root: &Path,
    folder: &str,
    running: bool,
    progress: &mut dyn FnMut(usize, usize),
) -> io::Result<(History, Vec<Fault>)> {
    let mut faults = Vec::new();
    let files = list(&root.join(folder), &mut faults);
    let history = History::read(root, folder)?;
    for bad in history.bad_lines() {
        faults.push(at_line(&history, bad.position, bad.why.clone()));
    }
    let mut known = HashSet::new();
    let count = history.segments().len();
    for (done, recorded) in history.segments().iter().enumerate() {
        progress(done, count);
        if !known.insert(recorded.path.as_path()) {
            let what = format!("says a second time what {} is", recorded.segment.file);
            faults.push(at_line(&history, recorded.position, what));
            continue;
        }
        let wrong = if recorded.removed {
            // Protected in the last moment, it stays after all.
            (!running && !recorded.kept && recorded.path.exists())
                .then(|| "is still there, but removed, says the ledger".to_owned())
        } else {
            compare(recorded).filter(|_| !(running && removed_since(root, folder, recorded)))
        };
        faults.extend(wrong.map(|what| Fault { path: recorded.path.clone(), line: None, what }));
    }
    progress(count, count);
    if !running {
        let gone = history.opens().iter().filter(|it| !it.path.exists() && !it.part().exists());
        faults.extend(gone.map(|it| {
            let what = "was begun, says the ledger, but is not there".to_owned();
            Fault { path: it.path.clone(), line: None, what }
        }));
    }
    let opens: HashSet<&Path> = history.opens().iter().map(|it| it.path.as_path()).collect();
    for path in files {
        let what = beside(&path, running, &known, &opens).map(str::to_owned);
        faults.extend(what.map(|what| Fault { path, line: None, what }));
    }
    turned(&history, &mut faults);
    timeline(&history, &mut faults);
    Ok((history, faults))
}

/// What is wrong with a file that lies there, as far as its name tells: whether the ledger closes
/// it (`known`) or only begins it (`opens`).
fn beside(
    path: &Path,
    running: bool,
    known: &HashSet<&Path>,
    opens: &HashSet<&Path>,
) -> Option<&'static str> {
    if path.extension().is_some_and(|it| it == paths::PART) {
        let waited_for = opens.contains(path.with_extension("").as_path());
        return (!running).then_some(if waited_for {
            "was left unfinished; camwall finishes it the next time it records this camera"
        } else {
            "was left unfinished, and no line of the ledger waits for it"
        });
    }
    let snapshot = path.extension().is_some_and(|it| it == paths::SNAPSHOT);
    if snapshot || known.contains(path) {
        return None;
    }
    if opens.contains(path) {
        return (!running).then_some(
            "is not closed in the ledger; camwall does it the next time it records this camera",
        );
    }
    Some("is not in the ledger")
}

/// Files below a folder that are named as camwall names them.
fn list(folder: &Path, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_str().and_then(FileName::parse);
                if name.is_some() && !entry.file_type().is_dir() {
                    files.push(entry.into_path());
                }
            }
            Err(error) => {
                let why = error.io_error().map(io::Error::kind);
                // Retention took the folder away just now.
                if why != Some(ErrorKind::NotFound) {
                    let path = error.path().unwrap_or(folder).to_owned();
                    faults.push(Fault {
                        path,
                        line: None,
                        what: format!("can't be read: {error}"),
                    });
                }
            }
        }
    }
    files
}

fn at_line(history: &History, position: EntryPosition, what: String) -> Fault {
    Fault { path: history.ledger(position.day), line: Some(position.line), what }
}

/// What is wrong with a segment's file.
fn compare(recorded: &RecordedSegment) -> Option<String> {
    let segment = &recorded.segment;
    let (bytes, hash) = match measure(&recorded.path) {
        Ok(measured) => measured,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some("is missing".to_owned());
        }
        Err(error) => return Some(format!("can't be read: {error}")),
    };
    if bytes != segment.bytes {
        return Some(format!("has {bytes} bytes; the ledger says {}", segment.bytes));
    }
    match blake3::Hash::from_hex(&segment.hash) {
        Ok(known) if known == hash => None,
        Ok(_) => Some(format!("has other content than the ledger says: its hash is {hash}")),
        Err(error) => Some(format!("has no sound hash in the ledger: {error}")),
    }
}

/// Size and hash of a file, read once from its beginning to its end.
fn measure(path: &Path) -> io::Result<(u64, blake3::Hash)> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok((hasher.count(), hasher.finalize()))
}

/// Whether retention took a segment away since the ledger was read.
fn removed_since(root: &Path, folder: &str, recorded: &RecordedSegment) -> bool {
    let again = History::read_days(root, folder, &[recorded.position.day]);
    again
        .is_ok_and(|again| again.segments().iter().any(|it| it.path == recorded.path && it.removed))
}

/// Something that covers time, as the timeline sees it.
struct Interval<'a> {
    start: Timestamp,
    /// None where only a later start of camwall will know it.
    end: Option<Timestamp>,
    what: String,
    position: &'a EntryPosition,
}

/// Whether segments and gaps join from the first to the last: all starts but the first are ends of
/// others. A clock that was set back joins like the rest, by a gap that ends before it starts.
fn timeline(history: &History, faults: &mut Vec<Fault>) {
    let all = stretches(history);
    let mut ends: HashMap<Timestamp, usize> = HashMap::new();
    for end in all.iter().filter_map(|it| it.end) {
        *ends.entry(end).or_default() += 1;
    }
    let mut loose = Vec::new();
    for it in &all {
        match ends.get_mut(&it.start) {
            Some(left) if *left > 0 => *left -= 1,
            _ => loose.push(it),
        }
    }
    // Something has to be the first, and what follows an open one may well join it.
    let mut unknown: Vec<Timestamp> =
        all.iter().filter(|it| it.end.is_none()).map(|it| it.start).collect();
    for it in loose.into_iter().skip(1) {
        match unknown.iter().position(|open| *open < it.start) {
            Some(at) => {
                unknown.remove(at);
            }
            None if forgotten(history, it, &all) => {}
            None => faults.push(at_line(history, *it.position, joint(it, &all))),
        }
    }
}

/// Whether retention took the ledger of a day between this stretch and what ends before it: only a
/// kept segment outlives the days after it.
fn forgotten(history: &History, it: &Interval<'_>, all: &[Interval<'_>]) -> bool {
    let before = all.iter().filter_map(|other| other.end).filter(|end| *end <= it.start).max();
    let kept = |recorded: &RecordedSegment| recorded.kept && recorded.segment.start < it.start;
    before.filter(|_| history.segments().iter().any(kept)).is_some_and(|end| {
        let mut days =
            paths::day_of(end).series(1.day()).take_while(|day| *day <= paths::day_of(it.start));
        days.any(|day| !history.ledger(day).exists())
    })
}

/// Segments, gaps and what is open, by their starts.
fn stretches(history: &History) -> Vec<Interval<'_>> {
    let segments = history.segments().iter().map(|it| Interval {
        start: it.segment.start,
        end: Some(it.segment.end),
        what: it.segment.file.clone(),
        position: &it.position,
    });
    let gaps = history.gaps().iter().map(|gap| Interval {
        start: gap.start,
        end: Some(gap.end),
        what: format!("the gap ({})", gap.cause.words()),
        position: &gap.position,
    });
    let opens = history.opens().iter().map(|it| Interval {
        start: it.start,
        end: None,
        what: it.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        position: &it.position,
    });
    let mut all: Vec<_> = segments.chain(gaps).chain(opens).collect();
    all.sort_by_key(|it| (it.start, it.end.is_none(), it.end, it.position));
    all
}

/// What is wrong where a stretch begins that joins no other.
fn joint(it: &Interval<'_>, all: &[Interval<'_>]) -> String {
    let (what, start) = (&it.what, it.start);
    let over = |other: &&Interval<'_>| {
        other.position != it.position
            && other.start <= start
            && other.end.is_some_and(|end| start < end)
    };
    let before = || all.iter().filter_map(|other| other.end).filter(|end| *end <= start).max();
    match (all.iter().find(over), before()) {
        (Some(Interval { end: Some(end), what: last, .. }), _) => {
            let by = format_length(end.duration_since(start));
            format!("{what} begins at {start:.3}, {by} before {last} ends")
        }
        (_, Some(end)) => {
            let by = format_length(start.duration_since(end));
            format!("nothing tells what was from {end:.3} to {start:.3} ({by})")
        }
        _ => format!("{what} begins at {start:.3}, where nothing ends"),
    }
}

/// What ends before it begins.
fn turned(history: &History, faults: &mut Vec<Fault>) {
    for it in history.segments().iter().filter(|it| it.segment.end < it.segment.start) {
        let what = format!("{} ends before it begins", it.segment.file);
        faults.push(at_line(history, it.position, what));
    }
    for gap in history.gaps().iter().filter(|gap| gap.end < gap.start && !gap.is_backward()) {
        let what = "the gap ends before it begins".to_owned();
        faults.push(at_line(history, gap.position, what));
    }
}

/// A length as 1:02:03.456.
#[must_use]
pub fn format_length(length: SignedDuration) -> String {
    let (ms, sign) =
        (length.unsigned_abs().as_millis(), if length.is_negative() { "-" } else { "" });
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{sign}{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}
