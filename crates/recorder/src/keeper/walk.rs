//! Walks the recording folder for the days that there are, without looking into them.
//!
//! Policy: links are not followed; names that are not ours are passed over without a word; what
//! can't be read is passed over with one line in the log, once.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::entry::Stamp;
use super::key::day_at;
use crate::ledger::day::DayId;
use crate::paths;

/// How many paths are remembered so as not to complain of them again.
const REMEMBERED: usize = 1000;
/// What changed so short before it was looked at may change again without another time, ms.
const FRESH: i64 = 2000;

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

/// Finds `DIR/CAMERA/YYYY/MM/DD`; false when told to stop before the end.
pub(super) fn walk(
    root: &Path,
    warnings: &mut WarnOnce,
    stopped: impl Fn() -> bool,
    mut found_day: impl FnMut(DayId, Stamp),
) -> bool {
    let tree = WalkDir::new(root).min_depth(1).max_depth(4).into_iter().filter_entry(fits);
    for found in tree {
        if stopped() {
            return false;
        }
        match found {
            Ok(found) if found.depth() == 4 => {
                if let Some(id) = day_at(root, found.path()) {
                    let stamp = stamp_of(root, &id);
                    found_day(id, stamp);
                }
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let what = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                warnings.warn(path, &format_args!("passed over by retention: {what}"));
            }
        }
    }
    true
}

/// What tells whether a day changed: what can't be looked at, or changed just now, is like nothing.
pub(super) fn stamp_of(root: &Path, id: &DayId) -> Stamp {
    let folder = fs::symlink_metadata(paths::day_folder(root, &id.folder, id.date));
    let ledger = fs::metadata(paths::ledger_path(root, &id.folder, id.date));
    let changed = folder.map_or(0, |meta| millis(meta.mtime(), meta.mtime_nsec()));
    let now = jiff::Timestamp::now().as_millisecond();
    let settled = now.saturating_sub(changed).abs() >= FRESH;
    Stamp {
        ledger: ledger.map_or(0, |meta| meta.len()),
        changed: if settled { changed } else { 0 },
    }
}

/// When a file was last written, renamed or put there, ms since 1970. Nobody can set this time.
pub(super) fn put_there(meta: &fs::Metadata) -> i64 {
    millis(meta.ctime(), meta.ctime_nsec())
}

fn millis(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1000).saturating_add(nanoseconds / 1_000_000)
}

/// Whether something has a name and a kind that fit its depth in the tree.
fn fits(found: &DirEntry) -> bool {
    let Some(name) = found.file_name().to_str() else { return false };
    let digits = |count| name.len() == count && name.bytes().all(|byte| byte.is_ascii_digit());
    match found.depth() {
        0 => true,
        depth if !found.file_type().is_dir() => depth == 0,
        1 => !name.starts_with('.'),
        2 => digits(4),
        _ => digits(2),
    }
}
