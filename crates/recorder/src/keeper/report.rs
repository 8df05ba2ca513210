//! What retention says in the log, and how often.
//!
//! Policy: what it removes is one line a minute at most, however many files; what an operator has
//! to do something about is said at once, when it begins and when it is over.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytesize::ByteSize;

use crate::ledger::entry::RetentionRule;

/// Time between two lines on what was removed.
const PACE: Duration = Duration::from_secs(60);
/// How many paths are remembered so as not to complain of them again.
const REMEMBERED: usize = 1000;

/// A size for people.
pub(super) fn size(bytes: u64) -> impl std::fmt::Display {
    ByteSize::b(bytes).display().si()
}

/// Counts what was removed until it is said.
#[derive(Debug, Default)]
pub(super) struct RemovalReport {
    /// Segments, by the name of the rule.
    counts: BTreeMap<&'static str, u64>,
    bytes: u64,
    said: Option<Instant>,
    warned_of_room: bool,
    told_unknown_cameras: bool,
    /// What was complained of.
    warned: HashSet<PathBuf>,
}

impl RemovalReport {
    /// One line in the log for each path, the first time.
    pub fn warn(&mut self, path: &Path, what: &dyn std::fmt::Display) {
        if self.warned.contains(path) || self.warned.len() >= REMEMBERED {
            return tracing::debug!("{}: {what}", path.display());
        }
        self.warned.insert(path.to_owned());
        tracing::warn!("{}: {what}", path.display());
    }

    /// A segment was removed.
    pub fn count(&mut self, rule: RetentionRule, bytes: u64) {
        let name = match rule {
            RetentionRule::Age => "age",
            RetentionRule::PerCamera => "per_camera",
            RetentionRule::Total => "total",
            RetentionRule::Free => "free",
        };
        *self.counts.entry(name).or_default() += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Says what was removed, if it is time to.
    pub fn log_removals(&mut self, now: Instant, root: &Path) {
        let waits = self.said.is_some_and(|said| now.duration_since(said) < PACE);
        if self.counts.is_empty() || waits {
            return;
        }
        let (segments, bytes) = (self.counts.values().sum::<u64>(), size(self.bytes));
        let rules = self.counts.iter().map(|(name, count)| format!("keep.{name} {count}"));
        let rules = rules.collect::<Vec<_>>().join(", ");
        tracing::info!("{}: removed {segments} old segments, {bytes} ({rules})", root.display());
        self.counts.clear();
        (self.bytes, self.said) = (0, Some(now));
    }

    /// Segments begin to be removed because the disk is too full.
    pub fn making_room(&mut self, root: &Path, free: u64, floor: u64) {
        if !std::mem::replace(&mut self.warned_of_room, true) {
            tracing::warn!(
                "{}: {} free on its disk, {} wanted (keep.free): the oldest segments go",
                root.display(),
                size(free),
                size(floor)
            );
        }
    }

    /// Segments of so many bytes are of cameras that the wall file does not have.
    pub fn unknown_cameras(&mut self, root: &Path, bytes: u64) {
        if bytes > 0 && !std::mem::replace(&mut self.told_unknown_cameras, true) {
            tracing::info!(
                "{}: segments of cameras that are not in the wall file, {}, are kept and removed like \
                 the others",
                root.display(),
                size(bytes)
            );
        }
    }
}
