//! What retention says in the log, and how often.
//!
//! Policy: what it removes is one line a minute at most, however many files; what an operator has
//! to do something about is said at once, when it begins and when it is over.

use std::path::Path;
use std::time::{Duration, Instant};

use bytesize::ByteSize;

use crate::ledger::entry::RetentionRule;

/// Time between two lines on what was removed.
const PACE: Duration = Duration::from_secs(60);
const RULES: [(RetentionRule, &str); 4] = [
    (RetentionRule::Age, "age"),
    (RetentionRule::PerCamera, "per_camera"),
    (RetentionRule::Total, "total"),
    (RetentionRule::Free, "free"),
];

/// A size for people.
pub(super) fn size(bytes: u64) -> impl std::fmt::Display {
    ByteSize::b(bytes).display().si()
}

/// Counts what was removed until it is said.
#[derive(Debug, Default)]
pub(super) struct RemovalReport {
    /// Segments and bytes by rule, in the order of [`RULES`].
    counts: [(u64, u64); 4],
    said: Option<Instant>,
    warned_of_room: bool,
    told_unknown_cameras: bool,
}

impl RemovalReport {
    /// A segment was removed.
    pub fn count(&mut self, rule: RetentionRule, bytes: u64) {
        let (segments, sum) = &mut self.counts[index(rule)];
        *segments += 1;
        *sum = sum.saturating_add(bytes);
    }

    /// Says what was removed, if it is time to.
    pub fn log_removals(&mut self, now: Instant, root: &Path) {
        let segments: u64 = self.counts.iter().map(|(segments, _)| segments).sum();
        if segments == 0 || self.said.is_some_and(|said| now.duration_since(said) < PACE) {
            return;
        }
        let bytes = self.counts.iter().map(|(_, bytes)| bytes).sum();
        let counted = RULES.iter().zip(&self.counts).filter(|(_, (segments, _))| *segments > 0);
        let rules: Vec<String> =
            counted.map(|((_, name), (segments, _))| format!("keep.{name} {segments}")).collect();
        tracing::info!(
            "{}: removed {segments} old segments, {} ({})",
            root.display(),
            size(bytes),
            rules.join(", ")
        );
        self.counts = Default::default();
        self.said = Some(now);
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

    /// Segments of cameras that the wall file does not have.
    pub fn unknown_cameras(&mut self, root: &Path, segments: u64, bytes: u64) {
        if segments > 0 && !std::mem::replace(&mut self.told_unknown_cameras, true) {
            tracing::info!(
                "{}: {segments} segments, {}, are of cameras that are not in the wall file; they \
                 are kept and removed like the others",
                root.display(),
                size(bytes)
            );
        }
    }
}

/// A disk is below its hard floor.
pub(super) fn full(folder: &Path, free: u64, wanted: u64) {
    tracing::error!(
        "{}: disk full: {} free, so nothing is recorded until {} are free: remove other files, \
         release protected segments, or lower keep.free",
        folder.display(),
        size(free),
        size(wanted)
    );
}

/// Segments went, and writes fail as before.
pub(super) fn in_vain(folder: &Path, free: u64) {
    tracing::error!(
        "{}: writing fails for want of room, {} are free, and removing old segments does not help: \
         look for a quota; no more are removed for it",
        folder.display(),
        size(free)
    );
}

/// There is room again.
pub(super) fn enough(folder: &Path, free: u64) {
    tracing::info!("{}: {} free again: recording goes on", folder.display(), size(free));
}

fn index(rule: RetentionRule) -> usize {
    RULES.iter().position(|(known, _)| *known == rule).unwrap_or(0)
}
