//! Verifies a camera's folder: what the ledger says must be on the disk, and what is on the disk must
//! be in the ledger.
//!
//! Any thread; reads every byte of every segment, writes nothing. Policy: files are listed before
//! the ledger is read, so that a running camwall, which tells the ledger first or at once, is not
//! caught between the two; every fault is told, and none ends the search. Beside a camwall that records
//! it reads at a rate, and leaves in the system's memory nothing of what it read.

use std::{
    collections::{HashMap, HashSet},
    fs::{File, TryLockError},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use jiff::{Timestamp, ToSpan};
use walkdir::WalkDir;

use super::ledger::history::{EntryPosition, History, RecordedSegment};
use super::pace::{self, Pace, Paced, Unpaced};
use super::paths;
use super::paths::FileName;

pub use self::fault::{Fault, FaultKind, IntervalName, format_length};

mod fault;
#[cfg(test)]
mod tests;

/// Read at once for a hash.
const PIECE: usize = 1 << 20;
/// How often is asked whether a camwall records.
const ASK: Duration = Duration::from_secs(5);

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
    verify_at(root, folder, running, &mut Unpaced, progress)
}

/// The same, no faster than 50 MB a second while a camwall records into the folder.
///
/// # Errors
/// As [`verify`].
pub fn verify_beside(
    root: &Path,
    folder: &str,
    running: bool,
    progress: &mut dyn FnMut(usize, usize),
) -> io::Result<(History, Vec<Fault>)> {
    let mut asked: Option<(Instant, bool)> = None;
    let is_busy = move || {
        let (at, busy) = asked.unwrap_or_else(|| (Instant::now(), is_recording(root)));
        asked = (at.elapsed() < ASK).then_some((at, busy));
        busy
    };
    verify_at(root, folder, running, &mut Paced::new(is_busy, || false), progress)
}

/// The same at this pace.
fn verify_at(
    root: &Path,
    folder: &str,
    running: bool,
    pace: &mut dyn Pace,
    progress: &mut dyn FnMut(usize, usize),
) -> io::Result<(History, Vec<Fault>)> {
    let mut faults = Vec::new();
    let files = list(&root.join(folder), &mut faults);
    let history = History::read(root, folder)?;
    for bad in history.bad_lines() {
        faults.push(at_line(&history, bad.position, FaultKind::BadEntry(bad.why.clone())));
    }
    let mut known = HashSet::new();
    let count = history.segments().len();
    for (done, recorded) in history.segments().iter().enumerate() {
        progress(done, count);
        if !known.insert(recorded.path.as_path()) {
            let file = recorded.segment.file.clone();
            faults.push(at_line(&history, recorded.position, FaultKind::Repeated { file }));
            continue;
        }
        let wrong = if recorded.removed {
            // Protected in the last moment, it stays after all.
            (!running && !recorded.kept && recorded.path.exists()).then_some(FaultKind::NotRemoved)
        } else {
            compare(recorded, pace).filter(|_| !(running && removed_since(root, folder, recorded)))
        };
        faults.extend(wrong.map(|kind| Fault { path: recorded.path.clone(), line: None, kind }));
    }
    progress(count, count);
    if !running {
        let gone = history.opens().iter().filter(|it| !it.path.exists() && !it.part().exists());
        faults.extend(gone.map(|it| Fault {
            path: it.path.clone(),
            line: None,
            kind: FaultKind::BegunOnly,
        }));
    }
    let opens: HashSet<&Path> = history.opens().iter().map(|it| it.path.as_path()).collect();
    for path in files {
        let kind = beside(&path, running, &known, &opens);
        faults.extend(kind.map(|kind| Fault { path, line: None, kind }));
    }
    turned(&history, &mut faults);
    timeline(&history, &mut faults);
    Ok((history, faults))
}

/// What is wrong with a file that was found, as far as its name tells: whether the ledger closes
/// it (`known`) or only begins it (`opens`).
fn beside(
    path: &Path,
    running: bool,
    known: &HashSet<&Path>,
    opens: &HashSet<&Path>,
) -> Option<FaultKind> {
    if paths::is_part(path) {
        let waited_for = opens.contains(paths::whole_of(path).as_path());
        return (!running).then_some(if waited_for {
            FaultKind::Unfinished
        } else {
            FaultKind::UnfinishedUnknown
        });
    }
    let snapshot = path.extension().is_some_and(|it| it == paths::SNAPSHOT);
    if snapshot || known.contains(path) {
        return None;
    }
    if opens.contains(path) {
        return (!running).then_some(FaultKind::NotClosed);
    }
    Some(FaultKind::Unknown)
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
                        kind: FaultKind::Unreadable(error.to_string()),
                    });
                }
            }
        }
    }
    files
}

fn at_line(history: &History, position: EntryPosition, kind: FaultKind) -> Fault {
    Fault { path: history.ledger(position.day), line: Some(position.line), kind }
}

/// What is wrong with a segment's file.
fn compare(recorded: &RecordedSegment, pace: &mut dyn Pace) -> Option<FaultKind> {
    let segment = &recorded.segment;
    let (bytes, hash) = match measure(&recorded.path, pace) {
        Ok(measured) => measured,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(FaultKind::Missing);
        }
        Err(error) => return Some(FaultKind::Unreadable(error.to_string())),
    };
    if bytes != segment.bytes {
        return Some(FaultKind::Size { found: bytes, expected: segment.bytes });
    }
    match blake3::Hash::from_hex(&segment.hash) {
        Ok(known) if known == hash => None,
        Ok(_) => Some(FaultKind::Content(hash.to_string())),
        Err(error) => Some(FaultKind::BadHash(error.to_string())),
    }
}

/// Size and hash of a file, read once from its beginning to its end, and not kept in memory.
fn measure(path: &Path, pace: &mut dyn Pace) -> io::Result<(u64, blake3::Hash)> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    pace::in_sequence(&file);
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; PIECE];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher.count(), hasher.finalize())),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        pace::forget(&file, hasher.count(), count as u64);
        hasher.update(&buffer[..count]);
        pace.took(count as u64)?;
    }
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
    what: IntervalName,
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
        what: IntervalName::Segment(it.segment.file.clone()),
        position: &it.position,
    });
    let gaps = history.gaps().iter().map(|gap| Interval {
        start: gap.start,
        end: Some(gap.end),
        what: IntervalName::Gap(gap.cause),
        position: &gap.position,
    });
    let opens = history.opens().iter().map(|it| Interval {
        start: it.start,
        end: None,
        what: IntervalName::Segment(paths::name_of(&it.path)),
        position: &it.position,
    });
    let mut all: Vec<_> = segments.chain(gaps).chain(opens).collect();
    all.sort_by_key(|it| (it.start, it.end.is_none(), it.end, it.position));
    all
}

/// What is wrong where a stretch begins that joins no other.
fn joint(it: &Interval<'_>, all: &[Interval<'_>]) -> FaultKind {
    let (what, start) = (it.what.clone(), it.start);
    let over = |other: &&Interval<'_>| {
        other.position != it.position
            && other.start <= start
            && other.end.is_some_and(|end| start < end)
    };
    let before = || all.iter().filter_map(|other| other.end).filter(|end| *end <= start).max();
    match (all.iter().find(over), before()) {
        (Some(Interval { end: Some(end), what: last, .. }), _) => {
            let by = end.duration_since(start);
            FaultKind::Overlap { what, start, by, last: last.clone() }
        }
        (_, Some(end)) => FaultKind::Hole { from: end, to: start },
        _ => FaultKind::Loose { what, start },
    }
}

/// What ends before it begins.
fn turned(history: &History, faults: &mut Vec<Fault>) {
    for it in history.segments().iter().filter(|it| it.segment.end < it.segment.start) {
        let what = it.segment.file.clone();
        faults.push(at_line(history, it.position, FaultKind::Reversed { what }));
    }
    for gap in history.gaps().iter().filter(|gap| gap.end < gap.start && !gap.is_backward()) {
        let what = "the gap".to_owned();
        faults.push(at_line(history, gap.position, FaultKind::Reversed { what }));
    }
}
