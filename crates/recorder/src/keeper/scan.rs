//! Scans the recording folder: walks the tree, and reads each ledger on from the byte up to which it
//! was read before.
//!
//! Policy: links are not followed; names that are not ours are passed over without a word; what
//! can't be read is passed over with one line in the log, once.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use walkdir::{DirEntry, WalkDir};

use super::index::SegmentIndex;
use super::key::SegmentKey;
use crate::ledger::entry::LedgerEntry;
use crate::paths;

/// Longest line of a ledger, bytes; ours are below 1 kB. What is longer is damage.
const LONGEST_LINE: u64 = 64 << 10;
/// How a line begins.
const HEAD: &[u8] = b"{\"type\":";
/// How many paths are remembered so as not to complain of them again.
const REMEMBERED: usize = 1000;

/// Complains of each path once.
#[derive(Debug, Default)]
pub(super) struct WarnOnce(HashSet<PathBuf>);

impl WarnOnce {
    /// One line in the log, the first time.
    pub fn warn(&mut self, path: &Path, what: &dyn std::fmt::Display) {
        if self.0.contains(path) || self.0.len() >= REMEMBERED {
            tracing::debug!("{}: {what}", path.display());
            return;
        }
        self.0.insert(path.to_owned());
        tracing::warn!("{}: {what}", path.display());
    }
}

/// Walks `DIR/CAMERA/YYYY/MM/DD`; false when told to stop before the end.
pub(super) fn walk(
    root: &Path,
    index: &mut SegmentIndex,
    warnings: &mut WarnOnce,
    stopped: impl Fn() -> bool,
) -> bool {
    index.begin_scan();
    let tree = WalkDir::new(root).min_depth(1).max_depth(5).into_iter().filter_entry(fits);
    for found in tree {
        if stopped() {
            return false;
        }
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let what = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                warnings.warn(path, &format_args!("passed over by retention: {what}"));
                continue;
            }
        };
        match found.depth() {
            4 => {
                if let Some((camera, day)) = day_at(root, found.path()) {
                    let camera = index.camera(camera);
                    index.mark_seen(&camera, day);
                }
            }
            5 => {
                if let Some(key) = key_of(root, found.path(), index)
                    && let Ok(meta) = found.metadata()
                {
                    index.insert_file(&key, meta.len());
                }
            }
            _ => {}
        }
    }
    index.end_scan();
    true
}

/// Whether something has a name and a kind that fit its depth in the tree.
fn fits(found: &DirEntry) -> bool {
    let Some(name) = found.file_name().to_str() else { return false };
    let digits = |count| name.len() == count && name.bytes().all(|byte| byte.is_ascii_digit());
    let kind = found.file_type();
    match found.depth() {
        0 => true,
        1 => kind.is_dir() && !name.starts_with('.'),
        2 => kind.is_dir() && digits(4),
        3 | 4 => kind.is_dir() && digits(2),
        _ => kind.is_file(),
    }
}

/// The segment that a path names, if the path can be one.
pub(super) fn key_of(root: &Path, path: &Path, index: &mut SegmentIndex) -> Option<SegmentKey> {
    let (camera, day) = day_at(root, path.parent()?)?;
    let camera = index.camera(camera);
    SegmentKey::parse(&camera, day, path.file_name()?.to_str()?)
}

/// The camera and day of a day's folder.
fn day_at<'a>(root: &Path, folder: &'a Path) -> Option<(&'a str, Date)> {
    let mut parts = folder.strip_prefix(root).ok()?.iter();
    let camera = parts.next()?.to_str()?;
    let mut number = || parts.next()?.to_str()?.parse::<i16>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    let day = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    (paths::day_folder(root, camera, day) == folder).then_some((camera, day))
}

/// Reads what was added to a day's ledger since it was read last.
pub(super) fn catch_up(
    root: &Path,
    index: &mut SegmentIndex,
    camera: &Arc<str>,
    day: Date,
) -> io::Result<()> {
    let mut from = index.day(camera, day).read_to;
    let mut file = match File::open(paths::ledger_path(root, camera, day)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            index.forget_lines(camera, day);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    // An append that fails takes its line back, and another may have been written there by now.
    if size < from || !begins_a_line(&file, from)? {
        index.forget_lines(camera, day);
        from = 0;
    }
    if size == from {
        return Ok(());
    }
    file.seek(SeekFrom::Start(from))?;
    let read = read_lines(&mut BufReader::new(file), |line| index.apply(camera, day, &line))?;
    index.day(camera, day).read_to = from + read;
    Ok(())
}

fn begins_a_line(file: &File, at: u64) -> io::Result<bool> {
    let Some(before) = at.checked_sub(1) else { return Ok(true) };
    let mut last = [0];
    file.read_exact_at(&mut last, before)?;
    Ok(last == *b"\n")
}

/// Reads whole lines, in bounded memory; the number of bytes up to the end of the last one.
fn read_lines(from: &mut impl BufRead, mut each: impl FnMut(LedgerEntry)) -> io::Result<u64> {
    let (mut whole, mut begun) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if line.last() == Some(&b'\n') {
            if begun == 0 {
                parse(&line).into_iter().for_each(&mut each);
            }
            whole += begun + read;
            begun = 0;
        } else if read == LONGEST_LINE {
            begun += read;
        } else {
            return Ok(whole);
        }
    }
}

/// A line; where one was torn by a kill, what was written behind it.
fn parse(line: &[u8]) -> Option<LedgerEntry> {
    serde_json::from_slice(line).ok().or_else(|| {
        let last = line.windows(HEAD.len()).rposition(|part| part == HEAD)?;
        serde_json::from_slice(&line[last..]).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (u64, Vec<LedgerEntry>) {
        let mut lines = Vec::new();
        let whole = read_lines(&mut text.as_bytes(), |line| lines.push(line)).unwrap();
        (whole, lines)
    }

    fn keep(file: &str) -> (LedgerEntry, String) {
        let at = "2026-11-22T07:20:00Z".parse().unwrap();
        let line = LedgerEntry::Keep { file: file.into(), keep: true, at };
        let text = serde_json::to_string(&line).unwrap();
        (line, text)
    }

    #[test]
    fn damage_costs_no_line_but_its_own() {
        let ((first, a), (second, b)) = (keep("a"), keep("b"));
        let zeros = "\0".repeat(200_000);
        let torn = &a[..20];
        for damage in ["\n", "{}\n", "\u{fffd}\n", torn, &format!("{zeros}\n")] {
            let text = format!("{a}\n{damage}{b}\n");
            let (whole, lines) = read(&text);
            assert_eq!(
                lines,
                [first.clone(), second.clone()],
                "{:?}",
                &damage[..4.min(damage.len())]
            );
            assert_eq!(whole, text.len() as u64);
        }
    }

    #[test]
    fn a_line_counts_when_it_is_whole() {
        let (_, text) = keep("a");
        assert_eq!(read(&text), (0, vec![]));
        assert_eq!(read(&format!("{text}\n{}", &text[..9])).0, text.len() as u64 + 1);
        assert_eq!(read(""), (0, vec![]));
    }

    #[test]
    fn places_are_strict() {
        let root = Path::new("/r");
        let day = |path: &'static str| day_at(root, Path::new(path));
        assert_eq!(day("/r/gate/2026/11/22"), Some(("gate", jiff::civil::date(2026, 11, 22))));
        for other in
            ["/r/gate/2026/11", "/r/gate/2026/11/22/x", "/x/gate/2026/11/22", "/r/gate/2026/2/3"]
        {
            assert_eq!(day(other), None, "{other}");
        }
    }
}
