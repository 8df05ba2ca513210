//! Verifies a camera's folder: what the ledger says must be on the disk, and what is on the disk must
//! be in the ledger.
//!
//! Any thread; reads every byte of every segment, writes nothing. Policy: files are listed before
//! the ledger is read, so that a running camwall, which tells the ledger first or at once, is not
//! caught between the two; every fault is told, and none ends the search. Beside a camwall that records
//! it reads at a rate, and leaves in the system's memory nothing of what it read.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{File, TryLockError},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use walkdir::WalkDir;

use super::ledger::history::{EntryPosition, History, OpenSegment, RecordedSegment};
use super::pace::{self, Pace, Paced};
use super::paths::{self, FileName};

pub use self::fault::{Fault, FaultKind, IntervalName, format_length};

mod fault;
#[cfg(test)]
mod tests;
mod timeline;

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
/// how many. With `running`, what a camwall at work may leave for a moment is no fault. While one records
/// into the folder, no more than 50 MB a second is read.
///
/// # Errors
/// Where a folder or a ledger can't be read; the error names it.
pub fn verify(
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
        faults.extend(wrong.map(|kind| Fault::of_file(&recorded.path, kind)));
    }
    progress(count, count);
    if !running {
        let gone = history.opens().iter().filter(|it| is_gone(it) && !holds_no_time(&history, it));
        faults.extend(gone.map(|it| Fault::of_file(&it.path, FaultKind::BegunOnly)));
    }
    let opens: HashSet<&Path> = history.opens().iter().map(|it| it.path.as_path()).collect();
    for path in files {
        let kind = beside(&path, running, &known, &opens);
        faults.extend(kind.map(|kind| Fault::of_file(&path, kind)));
    }
    timeline::turned(&history, &mut faults);
    timeline::joins(&history, &mut faults);
    Ok((history, faults))
}

/// Whether nothing is there of a file that was begun.
fn is_gone(open: &OpenSegment) -> bool {
    !open.path.exists() && !open.part().exists()
}

/// Whether the next file was begun in the same millisecond: a kill came in the moment in which this one was
/// begun, and the next start in that moment, too. No time was in it, so none is missing where it is not.
fn holds_no_time(history: &History, open: &OpenSegment) -> bool {
    history.next_of(open).at == Some(open.start)
}

/// What is wrong with a file that was found, as far as its name tells: whether the ledger closes
/// it (`known`) or only begins it (`opens`).
fn beside(
    path: &Path,
    running: bool,
    known: &HashSet<&Path>,
    opens: &HashSet<&Path>,
) -> Option<FaultKind> {
    let snapshot = path.extension().is_some_and(|it| it == paths::SNAPSHOT);
    let left = match (paths::is_part(path), opens.contains(&*paths::whole_of(path))) {
        (true, true) => FaultKind::Unfinished,
        (true, false) => FaultKind::UnfinishedUnknown,
        (false, _) if snapshot || known.contains(path) => return None,
        (false, true) => FaultKind::NotClosed,
        (false, false) => return Some(FaultKind::Unknown),
    };
    (!running).then_some(left)
}

/// Files below a folder that are named as camwall names them.
fn list(folder: &Path, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let is_ours = |name: &OsStr| name.to_str().and_then(FileName::parse).is_some();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_ours(entry.file_name()) => {}
            Ok(entry) => files.push(entry.into_path()),
            // Retention took the folder away just now.
            Err(gone) if gone.io_error().is_some_and(|it| it.kind() == ErrorKind::NotFound) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                faults.push(Fault::of_file(path, FaultKind::Unreadable(error.to_string())));
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
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(FaultKind::Missing),
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
