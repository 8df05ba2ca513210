//! One disk's room: how much is to be made, when, and whether the disk is too full to record to.
//!
//! Owned by the thread `retention`, one for each disk that a camera's folder is on; asks neither clock nor
//! disk, and says in the log what an operator has to do something about. Policies:
//! - below the floor of free space the oldest go and recording goes on; below the hard floor nothing is
//!   recorded, until there is a little more than that;
//! - a write that failed although there is room met a quota: one segment goes; where three went and
//!   writes still fail, whosever they are, removing does not help, and none goes for any of them until one
//!   of them writes well again: for a while, or while as much is written as half of what went;
//! - room that a removal does not bring at once is waited for before the next segment is removed;
//! - files that can't be made because the file system has no number left for them (inodes) are not want
//!   of bytes: one segment goes at each look until there are some again, but where three went and there are
//!   no more than before, none until there are. It may be recorded to: what is open needs none.

use std::collections::BTreeMap;
use std::mem::{replace, take};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::RetentionLimits;
use super::report::size;
use crate::Cause;
use crate::disk::DiskSpace;

/// How long a removal may take to show in the free space. btrfs commits every 30 s.
pub(super) const LATE: Duration = Duration::from_secs(30);
/// Writes that fail within this time of a removal may have failed before it.
const AGAIN: Duration = Duration::from_secs(5);
/// Room made when a write failed, bytes: a second of sixteen cameras. At most a twentieth of the
/// disk.
const ROOM: u64 = 16 << 20;
/// How far above the hard floor a full disk must come: a twentieth of it, at most this, bytes.
const MARGIN: u64 = 100_000_000;
/// With fewer inodes than this segments go, until there are [`FILES`].
const FEW_FILES: u64 = 16;
const FILES: u64 = 64;
/// Removals after which writes that still fail show that removing does not help.
const VAIN: u8 = 3;
/// How long a camera that removing does not help is not recorded, before it is tried again; how long its
/// writes go well until it counts as helped.
const REFUSED: Duration = Duration::from_secs(30);

/// What is to be removed from a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// How many bytes at least.
    pub missing: u64,
    /// How many are to be free.
    pub wanted: u64,
    /// Whether a write failed.
    asked: bool,
    /// For whom it is removed although there is room: whose writes failed after the last removal.
    urgent: Vec<Arc<str>>,
}

/// A camera whose writes fail for want of room.
#[derive(Clone, Copy, Debug, Default)]
struct Plight {
    /// Whether one failed since the disk was looked at.
    asked: bool,
    /// Since when its writes go well again.
    well: Option<Instant>,
    /// Until when it is not recorded, or was not, because removing does not help.
    refused: Option<Instant>,
}

/// One disk.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// A folder on it.
    pub folder: PathBuf,
    /// Cameras whose writes fail for want of room.
    plights: BTreeMap<Arc<str>, Plight>,
    /// Removals for them although there was room, since one of them was helped by that.
    vain: u8,
    /// Bytes that are still to be written of the half of what these brought.
    owed: u64,
    /// How many bytes must be free before the disk counts as not full.
    full: Option<u64>,
    /// Where there are so few inodes that segments go for them: how many there were when the first of the
    /// last segments went, and how many of these went.
    few_files: Option<(u64, u8)>,
    /// Whether the floor can't be met, because what exceeds it can't be removed.
    pub unmet: bool,
    /// When segments were last removed for want of room.
    freed: Option<Instant>,
    /// Until when the room that they leave is waited for.
    patience: Option<Instant>,
}

impl Room {
    /// Nothing is known to be wrong with it.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// A write of that camera failed for want of room.
    pub fn ask(&mut self, camera: &Arc<str>) {
        let plight = self.plights.entry(camera.clone()).or_default();
        (plight.asked, plight.well) = (true, None);
    }

    /// Nobody is taken to ask.
    pub fn forget_asking(&mut self) {
        self.plights.values_mut().for_each(|plight| plight.asked = false);
    }

    /// What was written of that camera reached its disk, so many bytes of it this one.
    pub fn wrote(&mut self, camera: &str, bytes: u64, now: Instant) {
        self.owed = self.owed.saturating_sub(bytes);
        // Those whose folder could not be made, if there are any.
        self.plights.remove("");
        let Some(plight) = self.plights.get_mut(camera) else { return };
        let well = *plight.well.get_or_insert(now);
        if self.owed == 0 || now.duration_since(well) >= REFUSED {
            self.plights.remove(camera);
            (self.vain, self.owed) = (0, 0);
        }
    }

    /// Whether [`Room::wrote`] would be news.
    pub fn waits_for_writes(&self) -> bool {
        !self.plights.is_empty()
    }

    /// The cameras that are not recorded because removing does not help them.
    pub fn refused(&self, now: Instant) -> impl Iterator<Item = &Arc<str>> {
        let refused = move |plight: &Plight| plight.refused.is_some_and(|until| now < until);
        self.plights.iter().filter(move |(_, plight)| refused(plight)).map(|(camera, _)| camera)
    }

    /// Whether it is so full that it is to be looked at often.
    pub fn is_full(&self) -> bool {
        self.full.is_some() || self.few_files.is_some()
    }

    /// What is to be removed now, if anything.
    pub fn demand(
        &mut self,
        limits: &RetentionLimits,
        disk: DiskSpace,
        now: Instant,
    ) -> Option<Demand> {
        let asking = self.plights.iter_mut();
        let asking = asking.filter_map(|(camera, it)| take(&mut it.asked).then_some(camera));
        let mut urgent: Vec<_> = asking.cloned().collect();
        let asked = !urgent.is_empty();
        let lately = self.freed.is_some_and(|at| now.duration_since(at) < AGAIN);
        if lately || disk.free < room_of(disk) || disk.files_free == Some(0) {
            urgent.clear();
        }
        if self.vain >= VAIN && !urgent.is_empty() {
            urgent.iter().for_each(|camera| self.refuse(camera, disk, now));
            return None;
        }
        self.count_files(disk);
        let floor = limits.free.max(self.full.unwrap_or(0));
        let for_files = self.few_files.is_some_and(|(_, gone)| gone < VAIN);
        let room = if asked { room_of(disk) } else { 0 };
        let wanted = floor.max(room);
        let missing = match wanted.saturating_sub(disk.free) {
            // No file can be made, or there is room, and yet a write failed: a quota. One at a time.
            0 if for_files || !urgent.is_empty() => 1,
            missing => missing,
        };
        if missing == 0 {
            self.enough(disk);
            return None;
        }
        let patient = self.patience.is_some_and(|until| now < until);
        if patient && urgent.is_empty() && !for_files {
            self.judge(limits, disk, 0);
            return None;
        }
        Some(Demand { missing, wanted, asked, urgent })
    }

    /// So many bytes were removed for that, and the disk is like this now; `tried` where all that may
    /// go was asked for.
    pub fn freed(
        &mut self,
        limits: &RetentionLimits,
        demand: &Demand,
        (removed, tried): (u64, bool),
        disk: DiskSpace,
        now: Instant,
    ) {
        if removed > 0 {
            self.freed = Some(now);
            self.count_vain_files();
            if !demand.urgent.is_empty() {
                self.vain = self.vain.saturating_add(1);
                self.owed = self.owed.saturating_add(removed / 2);
            }
        }
        self.count_files(disk);
        self.unmet = tried && removed < demand.missing && disk.free < limits.free;
        if disk.free >= demand.wanted {
            if removed == 0 && tried {
                demand.urgent.iter().for_each(|camera| self.refuse(camera, disk, now));
            }
            return self.enough(disk);
        }
        if removed >= demand.missing {
            self.patience = now.checked_add(LATE);
        }
        let nothing = demand.asked && removed < demand.missing && tried;
        self.judge(limits, disk, if nothing { room_of(disk) } else { 0 });
    }

    /// Whether it may be recorded to: not without room.
    pub fn verdict(&self) -> Result<(), Cause> {
        if self.full.is_some() { Err(Cause::DiskFull) } else { Ok(()) }
    }

    fn count_files(&mut self, disk: DiskSpace) {
        let enough = if self.few_files.is_some() { FILES } else { FEW_FILES };
        self.few_files = disk.files_free.filter(|free| *free < enough).map(|free| {
            // As many as there were before the first went: those that are gone brought none.
            let in_vain = self.few_files.filter(|(before, _)| free <= *before);
            in_vain.unwrap_or((free, 0))
        });
    }

    /// A segment went while there were few inodes.
    fn count_vain_files(&mut self) {
        let Some((before, gone)) = &mut self.few_files else { return };
        *gone = gone.saturating_add(1);
        if *gone == VAIN {
            tracing::error!(
                "{}: {before} inodes are free, and removing old segments brings no more: look who uses \
                 them; no more segments are removed for them",
                self.folder.display(),
            );
        }
    }

    /// Whether a disk with less room than is wanted is too full to record to: below the hard floor,
    /// or below `room`, which a write needed and nothing could bring.
    fn judge(&mut self, limits: &RetentionLimits, disk: DiskSpace, room: u64) {
        let hard = limits.hard_floor();
        let enough = self.full.unwrap_or(hard).max(room);
        if disk.free >= enough {
            return self.is_enough(disk);
        }
        let again = enough.max(hard.saturating_add(MARGIN.min(hard / 20)));
        if self.full.replace(again).is_none() {
            tracing::error!(
                "{}: disk full: {} free, so nothing is recorded until {} are free: remove other \
                 files, release protected segments, or lower keep.free",
                self.folder.display(),
                size(disk.free),
                size(again)
            );
        }
    }

    fn enough(&mut self, disk: DiskSpace) {
        self.patience = None;
        self.is_enough(disk);
    }

    fn is_enough(&mut self, disk: DiskSpace) {
        if self.full.take().is_some() {
            let (folder, free) = (self.folder.display(), size(disk.free));
            tracing::info!("{folder}: {free} free again: recording goes on");
        }
    }

    fn refuse(&mut self, camera: &Arc<str>, disk: DiskSpace, now: Instant) {
        let plight = self.plights.entry(camera.clone()).or_default();
        if replace(&mut plight.refused, now.checked_add(REFUSED)).is_none() {
            tracing::error!(
                "{camera}: writing into {} fails for want of room, {} are free, and removing old \
                 segments does not help: look for a quota; no more are removed for it",
                self.folder.display(),
                size(disk.free)
            );
        }
    }
}

fn room_of(disk: DiskSpace) -> u64 {
    ROOM.min(disk.size / 20)
}
