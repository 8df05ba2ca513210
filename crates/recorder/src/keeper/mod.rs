//! Retention decides which segments are removed, and when.
//!
//! Owned by the thread `retention` of the [`Storage`](self::storage::Storage), which calls
//! [`Retention::apply`] whenever something changes and every few seconds. Policies:
//! - the oldest closed segment is removed first, by age, by bytes of its camera, by bytes of all, and to
//!   keep a floor of free space;
//! - never one that is being written or protected, and never a file that we did not make: its name
//!   must be one of ours at its place, and its ledger must have its line;
//! - below the floor of free space the oldest go and recording goes on; below a quarter of it, the
//!   hard floor, nothing is recorded, so that what else lives on the disk has room;
//! - a disk that is full stays "full" until there is a little more than the hard floor, so that
//!   recordings do not start and stop every second;
//! - room that a removal does not bring at once (a file that is still read, a file system that
//!   frees late) is waited for before the next segment is removed.

pub(crate) mod storage;

mod index;
mod key;
mod limits;
mod remove;
mod report;
mod scan;
mod system;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use self::index::{IndexEntry, SegmentIndex};
use self::key::SegmentKey;
pub use self::limits::RetentionLimits;
use self::report::RemovalReport;
use self::scan::WarnOnce;
pub(super) use self::system::{RealSystem, System};
use super::Cause;
use super::ledger::entry::{LedgerEntry, RetentionRule};
use super::paths;
use crate::disk::DiskSpace;

/// How often free space and age are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The same while the disk is full.
const LOOK_FULL: Duration = Duration::from_secs(1);
/// How long a removal may take to show in the free space. btrfs commits every 30 s.
const LATE: Duration = Duration::from_secs(30);
/// Writes that fail within this time of a removal may have failed before it.
const AGAIN: Duration = Duration::from_secs(5);
/// Room made when a write failed, bytes: a second of sixteen cameras. At most a twentieth of the
/// disk.
const ROOM: u64 = 16 << 20;
/// How far above the hard floor a full disk must come: a twentieth of it, at most this, bytes.
const MARGIN: u64 = 100_000_000;

/// What a rule decides about a segment.
enum RuleOutcome {
    /// The segment is removed, if it is removable.
    Remove,
    /// The segment stays; the rule is asked about the next one.
    Skip,
    /// The rule is satisfied; no further segment is looked at.
    Satisfied,
}

/// The rules, and all they need to know.
pub(super) struct Retention<S> {
    root: PathBuf,
    limits: RetentionLimits,
    known: HashSet<String>,
    system: S,
    stop: Arc<AtomicBool>,
    index: SegmentIndex,
    warnings: WarnOnce,
    report: RemovalReport,
    /// Lines for which there was no room.
    owed: Vec<(PathBuf, LedgerEntry)>,
    /// How many bytes must be free before the disk counts as not full.
    full: Option<u64>,
    /// When segments were last removed for want of room.
    freed: Option<Instant>,
    /// Until when the room that they leave is waited for.
    patience: Option<Instant>,
}

impl<S: System> Retention<S> {
    /// Knows nothing yet; `stop` ends what takes long.
    pub fn new(
        root: PathBuf,
        limits: RetentionLimits,
        known: impl IntoIterator<Item = String>,
        system: S,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            root,
            limits,
            known: known.into_iter().collect(),
            system,
            stop,
            index: SegmentIndex::default(),
            warnings: WarnOnce::default(),
            report: RemovalReport::default(),
            owed: Vec::new(),
            full: None,
            freed: None,
            patience: None,
        }
    }

    /// Whether recordings may begin before anything else is known, and if not, why.
    pub fn has_room(&self) -> Result<(), Cause> {
        match self.disk()?.free >= self.limits.hard_floor() {
            true => Ok(()),
            false => Err(Cause::DiskFull),
        }
    }

    /// Looks at the whole folder, and finishes what a kill interrupted.
    pub fn scan(&mut self) {
        let stop = self.stop.clone();
        let stopped = || stop.load(Ordering::Relaxed);
        if !scan::walk(&self.root, &mut self.index, &mut self.warnings, stopped) {
            return;
        }
        let days: Vec<_> = self.index.days().map(|(at, _)| at.clone()).collect();
        for (camera, day) in days {
            if self.stopped() {
                return;
            }
            self.read_ledger(&camera, day);
        }
        self.finish_removals();
        self.finish_days();
        let (segments, bytes) = self.index.unknown_cameras(&self.known);
        self.report.unknown_cameras(&self.root, segments, bytes);
        let total = report::size(self.index.total());
        tracing::debug!("{}: {total} in segments", self.root.display());
    }

    /// A segment was closed.
    pub fn closed(&mut self, path: &Path, bytes: u64) {
        let Some(key) = scan::key_of(&self.root, path, &mut self.index) else {
            return tracing::debug!("{}: not named like a segment", path.display());
        };
        let bytes = match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_file() => meta.len(),
            Err(error) if error.kind() != io::ErrorKind::NotFound => bytes,
            // Gone again before we came to it.
            _ => return,
        };
        self.index.insert_file(&key, bytes);
        self.read_ledger(key.camera(), key.day());
    }

    /// Removes what the limits ask for. `no_space` says that a write failed for want of room. The cause is
    /// why nothing can be recorded now.
    pub fn apply(&mut self, no_space: bool) -> Result<(), Cause> {
        let outcome = self.enforce(no_space);
        self.report.log_removals(self.system.instant(), &self.root);
        outcome
    }

    /// How long to wait before the next look.
    pub fn pause(&self) -> Duration {
        if self.full.is_some() { LOOK_FULL } else { LOOK }
    }

    fn enforce(&mut self, no_space: bool) -> Result<(), Cause> {
        self.disk()?;
        self.write_owed();
        self.limit_age();
        self.limit_cameras();
        self.limit_total();
        self.make_room(no_space)
    }

    fn limit_age(&mut self) {
        let Some(age) = self.limits.age else { return };
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let oldest = self.system.now().as_millisecond().saturating_sub(age);
        self.pass(RetentionRule::Age, |_, key, entry, _| {
            if key.start().as_millisecond() >= oldest {
                return RuleOutcome::Satisfied;
            }
            if entry.end() < oldest { RuleOutcome::Remove } else { RuleOutcome::Skip }
        });
    }

    fn limit_cameras(&mut self) {
        let Some(limit) = self.limits.per_camera else { return };
        self.pass(RetentionRule::PerCamera, |index, key, _, _| {
            if index.of_camera(key.camera()) > limit {
                RuleOutcome::Remove
            } else if index.camera_above(limit).is_some() {
                RuleOutcome::Skip
            } else {
                RuleOutcome::Satisfied
            }
        });
        let above = self.index.camera_above(limit).filter(|_| !self.stopped());
        self.report.unmet(&self.root, RetentionRule::PerCamera, above.map(|camera| &**camera));
    }

    fn limit_total(&mut self) {
        let Some(limit) = self.limits.total else { return };
        self.pass(RetentionRule::Total, |index, _, _, _| {
            if index.total() > limit { RuleOutcome::Remove } else { RuleOutcome::Satisfied }
        });
        let above = self.index.total() > limit && !self.stopped();
        self.report.unmet(&self.root, RetentionRule::Total, above.then_some("all cameras"));
    }

    /// Keeps the floor of free space.
    fn make_room(&mut self, no_space: bool) -> Result<(), Cause> {
        let (disk, now) = (self.disk()?, self.system.instant());
        let wanted = self.wanted(disk, no_space);
        let lately = self.freed.is_some_and(|at| now.duration_since(at) < AGAIN);
        let urgent = no_space && !lately;
        let missing = match wanted.saturating_sub(disk.free) {
            // There is room, and yet a write failed: a quota. One segment at a time.
            0 if urgent => 1,
            missing => missing,
        };
        if missing == 0 {
            return self.enough(disk);
        }
        if self.patience.is_some_and(|until| now < until) && !urgent {
            self.judge(disk, false);
            return self.told();
        }
        self.refresh_latest();
        let removed = self.pass(RetentionRule::Free, |_, _, _, removed| {
            if removed < missing { RuleOutcome::Remove } else { RuleOutcome::Satisfied }
        });
        if removed > 0 {
            self.freed = Some(now);
            self.report.making_room(&self.root, disk.free, wanted);
        }
        let after = self.disk()?;
        if after.free >= wanted {
            return self.enough(after);
        }
        if removed >= missing {
            self.patience = now.checked_add(LATE);
        }
        self.judge(after, no_space && removed < missing && !self.stopped());
        self.told()
    }

    /// Whether a disk with less room than is wanted is too full to record to: below the hard floor,
    /// or where a write failed and `nothing` can be done about it.
    fn judge(&mut self, disk: DiskSpace, nothing: bool) {
        let hard = self.limits.hard_floor();
        let room = if nothing { ROOM.min(disk.size / 20) } else { 0 };
        let enough = self.full.unwrap_or(hard).max(room);
        if disk.free >= enough {
            self.full = None;
            self.report.enough(&self.root, disk.free);
            return;
        }
        let again = enough.max(hard.saturating_add(MARGIN.min(hard / 20)));
        self.report.full(&self.root, disk.free, again);
        self.full = Some(again);
    }

    /// Reads the ledgers of the days that are still written. On a full disk a segment's line waits
    /// for room, and comes later than the segment.
    fn refresh_latest(&mut self) {
        let today = paths::day_of(self.system.now());
        let from = today.yesterday().unwrap_or(today);
        let latest = self.index.days().map(|(at, _)| at).filter(|(_, day)| *day >= from);
        let latest: Vec<_> = latest.cloned().collect();
        for (camera, day) in latest {
            self.read_ledger(&camera, day);
        }
    }

    fn read_ledger(&mut self, camera: &Arc<str>, day: Date) {
        if let Err(error) = scan::catch_up(&self.root, &mut self.index, camera, day) {
            let ledger = paths::ledger_path(&self.root, camera, day);
            self.warnings.warn(&ledger, &error);
        }
    }

    /// How many bytes are to be free.
    fn wanted(&self, disk: DiskSpace, no_space: bool) -> u64 {
        let room = if no_space { ROOM.min(disk.size / 20) } else { 0 };
        self.limits.free.max(self.full.unwrap_or(0)).max(room)
    }

    fn enough(&mut self, disk: DiskSpace) -> Result<(), Cause> {
        (self.full, self.patience) = (None, None);
        self.report.enough(&self.root, disk.free);
        Ok(())
    }

    fn told(&self) -> Result<(), Cause> {
        if self.full.is_some() { Err(Cause::DiskFull) } else { Ok(()) }
    }

    fn disk(&self) -> Result<DiskSpace, Cause> {
        match self.system.disk(&self.root) {
            Ok(disk) if disk.read_only => Err(Cause::DiskReadOnly),
            Ok(disk) => Ok(disk),
            Err(error) => Err(super::cause::cause_of(&error)),
        }
    }

    /// Asks a rule about each segment from the oldest on and removes what it takes; the bytes
    /// removed so far are its last argument, and the result.
    fn pass(
        &mut self,
        rule: RetentionRule,
        verdict: impl Fn(&SegmentIndex, &SegmentKey, &IndexEntry, u64) -> RuleOutcome,
    ) -> u64 {
        let mut removed = 0;
        let mut last: Option<SegmentKey> = None;
        while !self.stopped() {
            let asked = self.index.after(last.as_ref()).find_map(|(key, entry)| {
                match verdict(&self.index, key, entry, removed) {
                    RuleOutcome::Satisfied => Some(None),
                    RuleOutcome::Remove if entry.is_removable() => Some(Some(key.clone())),
                    RuleOutcome::Remove | RuleOutcome::Skip => None,
                }
            });
            let Some(Some(key)) = asked else { break };
            if let Some(bytes) = self.remove(&key, rule) {
                self.report.count(rule, bytes);
                removed += bytes;
            }
            last = Some(key);
        }
        removed
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
