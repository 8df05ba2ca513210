//! Retention beside a recording, in the same world: the loop of the thread `retention` in simulated time.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{LedgerEntry, Numbers, SimulatedRecorder, SimulatedSystem, numbers_in};
use crate::disk::DiskSpace;
use crate::keeper::trust::Moment;
use crate::keeper::{Retention, RetentionLimits};
use crate::ledger::history;
use crate::paths::{self, FileName, name_of};
use crate::system::RecorderSystem;

/// How often it looks.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// As long as reading days may take at once: they are few.
const READING: Duration = Duration::from_secs(60);

/// A segment that was removed.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Where it was.
    pub path: PathBuf,
    /// When, by both clocks.
    pub at: Instant,
    /// By the wall clock.
    pub wall: Timestamp,
    /// Bytes that were free before.
    pub free: u64,
    /// What was in it.
    pub numbers: Numbers,
}

/// The thread's own.
pub(super) struct SimulatedKeeper {
    retention: Retention<SimulatedSystem>,
    look_at: Instant,
    /// Files that it was told of.
    told: usize,
}

impl SimulatedRecorder {
    /// Goes round the loop of the thread where it is time; a program that was killed has none.
    pub(super) fn keep_house(&mut self) {
        let Some(limits) = self.limits.clone().filter(|_| self.writer.is_some()) else {
            self.keeper = None;
            return;
        };
        let now = self.world().now();
        // It has a thread of its own: what holds that up holds no camera up.
        let slowness = {
            let mut world = self.world();
            world.making_room = true;
            std::mem::take(&mut world.slowness)
        };
        let mut keeper = self.keeper.take().unwrap_or_else(|| self.begin_keeper(limits));
        let asked = std::mem::take(&mut self.world().asked);
        if keeper.look_at <= now || !asked.is_empty() {
            self.look(&mut keeper, &asked);
            keeper.look_at = now + LOOK;
        }
        let mut world = self.world();
        (world.slowness, world.making_room) = (slowness, false);
        drop(world);
        self.keeper = Some(keeper);
    }

    /// Once around.
    fn look(&self, keeper: &mut SimulatedKeeper, asked: &[PathBuf]) {
        let (closed, wrote) = {
            let mut world = self.world();
            (world.closed[keeper.told..].to_vec(), std::mem::take(&mut world.wrote_in))
        };
        keeper.told += closed.len();
        let retention = &mut keeper.retention;
        closed.iter().for_each(|path| retention.closed(path));
        wrote.iter().for_each(|(folder, bytes)| retention.wrote(folder, *bytes));
        asked.iter().for_each(|path| retention.no_space(path));
        let outcome = retention.look();
        while retention.read_days(READING) {}
        let barred = retention.found.barred.clone();
        let mut world = self.world();
        if outcome.is_err() || !barred.is_empty() {
            let now = world.now();
            world.full.push(now);
        }
        (world.room_for_all, world.barred) = (outcome, barred);
    }

    fn begin_keeper(&self, limits: RetentionLimits) -> SimulatedKeeper {
        let (archive, known) = (self.system.archive().clone(), [self.settings.folder.clone()]);
        let stop = Arc::new(AtomicBool::new(false));
        let system = self.system.clone();
        let clock = move || {
            let world = system.world();
            let (instant, wall) = (world.now(), world.wall());
            Moment { instant, wall, synchronised: world.synchronised }
        };
        let world = (self.system.clone(), Box::new(clock) as Box<_>);
        let mut retention = Retention::new(archive, limits, known, world, stop);
        retention.walk();
        while retention.read_days(READING) {}
        let world = self.world();
        SimulatedKeeper { retention, look_at: world.now(), told: world.closed.len() }
    }

    /// Writes the index of the archive, as retention does that lets all stay.
    #[cfg(test)]
    pub(crate) fn save_index(&self) {
        let marker = crate::disk::marker::Marker::make(&self.system, self.root(), self.at());
        let limits = RetentionLimits { age: None, total: None, per_camera: None, free: 0 };
        self.begin_keeper(limits).retention.save_index(&marker.unwrap().uuid);
    }

    /// What a camera's ledgers hold, in the order of each.
    pub fn lines(&self) -> Vec<LedgerEntry> {
        let folder = &self.settings.folder;
        let days = history::days(self.root(), folder).unwrap_or_default();
        let path = |day| paths::ledger_path(self.root(), folder, day);
        let texts = days.into_iter().filter_map(|day| std::fs::read(path(day)).ok());
        let lines = |text: Vec<u8>| {
            let lines = text.split(|byte| *byte == b'\n');
            lines.filter_map(|line| serde_json::from_slice(line).ok()).collect::<Vec<_>>()
        };
        texts.flat_map(lines).collect()
    }

    /// Segments that retention said it takes although they were kept then.
    pub fn taken_though_kept(&self) -> Vec<String> {
        let (mut kept, mut wrong) = (HashSet::new(), Vec::new());
        for line in self.lines() {
            match line {
                LedgerEntry::Keep { file, keep: true, .. } => drop(kept.insert(file)),
                LedgerEntry::Keep { file, .. } => drop(kept.remove(&file)),
                LedgerEntry::Removed { file, .. } if kept.contains(&file) => wrong.push(file),
                _ => {}
            }
        }
        wrong
    }

    /// The packets in a file, also in one that retention took.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn numbers_of(&self, path: &Path) -> std::io::Result<Numbers> {
        let taken = self.world().taken.iter().rfind(|it| it.path == path).cloned();
        taken.map_or_else(|| numbers_in(path), |it| Ok(it.numbers))
    }
}

impl SimulatedSystem {
    /// Room as the world has it, where it says; else that of the real disk.
    pub(super) fn room(&self, path: &Path) -> Option<DiskSpace> {
        let (root, size) = self.world().room.clone()?;
        path.strip_prefix(&root).ok()?;
        let files = walkdir::WalkDir::new(&root).into_iter().flatten();
        let lengths = files.filter_map(|it| it.metadata().ok().filter(std::fs::Metadata::is_file));
        let used: u64 = lengths.map(|it| it.len()).sum();
        let free = size.saturating_sub(used);
        Some(DiskSpace { free, size, files_free: None, read_only: false, device: 1 })
    }

    /// What is about to be removed, if it is a segment.
    pub(super) fn about_to_take(&self, path: &Path) -> Option<Taken> {
        let segment = FileName::parse(&name_of(path)).is_some()
            && !paths::is_part(path)
            && path.extension().is_none_or(|it| it != paths::SNAPSHOT);
        let numbers = numbers_in(path).ok().filter(|_| segment)?;
        let free = self.room(path).map_or(u64::MAX, |it| it.free);
        let world = self.world();
        Some(Taken { path: path.to_owned(), at: world.now(), wall: world.wall(), free, numbers })
    }
}
