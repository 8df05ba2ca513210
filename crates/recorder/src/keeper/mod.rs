//! Retention decides which segments are removed, and when.
//!
//! Owned by the thread `retention` of the [`Storage`](self::storage::Storage), which calls
//! [`Retention::look`] whenever something changes and every few seconds. Policies:
//! - what it holds of the archive is a summary of each camera's day; only the day that something is
//!   removed from is opened;
//! - the oldest closed segment is removed first, by age, by bytes of its camera, by bytes of all, and to
//!   keep a floor of free space;
//! - never one that is being written or protected, and never a file that we did not make: its name
//!   must be one of ours at its place, and its ledger must have its line;
//! - days are read in the background, the newest first; until all are, what is known is too little, so
//!   that too little may go and never too much;
//! - who asks for room says where, and only that disk is cleared; how much goes when is
//!   [`Room`]'s to say.

pub(crate) mod storage;

mod aged;
mod days;
mod notes;
mod open_day;
mod remove;
mod report;
mod room;
mod rules;
mod survey;
#[cfg(test)]
mod tests;
pub(crate) mod trust;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use self::days::Days;
use self::open_day::OpenDay;
use self::report::RemovalReport;
#[cfg(test)]
use self::room::LATE;
use self::room::Room;
use self::trust::{Moment, Trust};
use super::Cause;
use super::ledger::archive::Archive;
use super::ledger::entry::{LedgerEntry, RetentionRule};
use super::ledger::index;
use super::paths;
use crate::disk::marker::note_own_disk;
use crate::disk::{Disk, DiskSpace};
use crate::ledger::day::DayId;

/// How often free space and age are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The same while the disk is full.
const LOOK_FULL: Duration = Duration::from_secs(1);

/// How long recordings are kept: the oldest closed segments are removed first, whichever limit is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionLimits {
    /// Age at which a segment is removed. None: at any age it stays.
    pub age: Option<Duration>,
    /// Bytes for all cameras together. None: what the disk holds.
    pub total: Option<u64>,
    /// Bytes for each camera. None: what the disk holds.
    pub per_camera: Option<u64>,
    /// Bytes that are to stay free on the disk: below it the oldest segments go, and recording goes on.
    pub free: u64,
}

impl RetentionLimits {
    /// Free bytes below which nothing is recorded: a quarter of `free`, at most 256 MB, so that what
    /// else lives on the disk still has room.
    #[must_use]
    pub fn hard_floor(&self) -> u64 {
        (self.free / 4).min(256_000_000)
    }
}

/// What a look finds, beside whether anything can be recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Cameras that can't be recorded although others can, because of their disk or a quota.
    pub barred: BTreeMap<Arc<str>, Cause>,
    /// The limit that can't be met with a camera's segments, because what exceeds it is protected or
    /// can't be removed: new ones go as soon as they are closed.
    pub unmet: BTreeMap<Arc<str>, RetentionRule>,
    /// Whether an operator should look at the clock.
    pub clock_doubted: bool,
    /// Whether anything hangs on [`Retention::wrote`].
    pub waits_for_writes: bool,
}

/// The rules, and all they need to know.
pub(super) struct Retention<D> {
    archive: Archive,
    root: PathBuf,
    limits: RetentionLimits,
    known: HashSet<String>,
    disk: D,
    clock: Box<dyn Fn() -> Moment>,
    stop: Arc<AtomicBool>,
    days: Days,
    /// Whether it was ever looked which days there are.
    walked: bool,
    /// Days that are to be read, the newest last.
    unread: Vec<DayId>,
    /// Days that were opened lately.
    open: HashMap<DayId, OpenDay>,
    /// Segments that could not be removed, until the next walk.
    stuck: HashSet<PathBuf>,
    report: RemovalReport,
    trust: Trust,
    /// Lines on removed segments for which there was no room, as they are noted.
    owed: Vec<LedgerEntry>,
    /// Bytes of removals that were finished late since a disk's room was looked at.
    finished: u64,
    /// Each disk that a camera's folder is on, by the number of its device.
    rooms: BTreeMap<u64, Room>,
    pub(crate) found: Findings,
    /// When it began, by the wall clock, as long as that was not held against what was recorded last.
    unbegun: Option<Timestamp>,
}

impl<D: Disk> Retention<D> {
    /// Knows nothing yet; `stop` ends what takes long.
    pub fn new(
        archive: Archive,
        limits: RetentionLimits,
        known: impl IntoIterator<Item = String>,
        (disk, clock): (D, Box<dyn Fn() -> Moment>),
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            root: archive.root().to_owned(),
            archive,
            limits,
            known: known.into_iter().collect(),
            disk,
            unbegun: Some(clock().wall),
            clock,
            stop,
            days: Days::default(),
            walked: false,
            unread: Vec::new(),
            open: HashMap::new(),
            stuck: HashSet::new(),
            report: RemovalReport::default(),
            trust: Trust::default(),
            owed: Vec::new(),
            finished: 0,
            rooms: BTreeMap::new(),
            found: Findings::default(),
        }
    }

    /// Whether recordings may begin before anything else is known, and if not, why; which cameras' may not,
    /// because of a disk of their own, is found.
    pub fn has_room(&mut self) -> Result<(), Cause> {
        let floor = self.limits.hard_floor();
        let judge = |disk: DiskSpace| if disk.free < floor { Err(Cause::DiskFull) } else { Ok(()) };
        let root = self.space(&self.root)?;
        for folder in &self.known {
            let own = self.space(&self.root.join(folder));
            let verdict =
                own.and_then(|own| if own.device == root.device { Ok(()) } else { judge(own) });
            // One that is not there is on the root's.
            if let Err(cause) = verdict
                && cause != Cause::NoFolder
            {
                self.found.barred.insert(folder.as_str().into(), cause);
            }
        }
        self.bar_lost();
        judge(root)
    }

    /// Takes what the index of an earlier run says of the archive with this UUID; none is missing where it
    /// `is_new`.
    pub fn load_index(&mut self, uuid: &str, is_new: bool) {
        let index = index::load(&self.root, uuid);
        let index = if is_new { Some(index.unwrap_or_default()) } else { index };
        let (memory, days) = index.unzip();
        self.trust.recall(memory, (self.clock)().instant);
        let days: Vec<_> = days.unwrap_or_default();
        days.into_iter().for_each(|(id, entry)| self.days.put(&id, entry));
    }

    /// Writes the index, unless the folder's disk was taken away, or it would hide that there was none.
    pub fn save_index(&mut self, uuid: &str) {
        if self.archive.check().is_err() || self.trust.is_blind((self.clock)().instant) {
            return;
        }
        let memory = self.trust.memory((self.clock)().instant);
        if let Err(error) = index::save(&self.disk, &self.root, uuid, (memory, self.days.iter())) {
            let path = self.root.join(index::NAME);
            self.report.warn(&path, &format_args!("no index of the days: {error}"));
        }
    }

    /// Writing to `path`, or making it, failed for want of room.
    pub fn no_space(&mut self, path: &Path) {
        let camera = path.strip_prefix(&self.root).ok().and_then(|below| below.iter().next());
        let camera = self.days.camera(camera.and_then(|camera| camera.to_str()).unwrap_or(""));
        // Where it is not there, its folder is, or the one above.
        for folder in path.ancestors() {
            if let Some(room) = self.meet_disk(&camera, folder) {
                return room.ask(&camera);
            }
        }
    }

    /// So many bytes in the camera's folder reached the disk.
    pub fn wrote(&mut self, folder: &str, bytes: u64) {
        let (home, now) = (self.days.home_of(folder), (self.clock)().instant);
        for (device, room) in &mut self.rooms {
            room.wrote(folder, if home == Some(*device) { bytes } else { 0 }, now);
        }
    }

    fn waits_for_writes(&self) -> bool {
        self.rooms.values().any(Room::waits_for_writes)
    }

    /// How long to wait before the next look.
    pub fn pause(&self) -> Duration {
        if self.rooms.values().any(Room::is_full) { LOOK_FULL } else { LOOK }
    }

    /// Removes what the limits ask for. The cause is why nothing can be recorded now.
    pub fn look(&mut self) -> Result<(), Cause> {
        let outcome = self.enforce();
        self.found.clock_doubted = self.trust.is_odd();
        self.found.waits_for_writes = self.waits_for_writes();
        self.report.log_removals((self.clock)().instant, &self.root);
        outcome
    }

    fn enforce(&mut self) -> Result<(), Cause> {
        // Also while the disk can't be asked: a clock that jumps meanwhile has jumped.
        self.look_at_clock();
        let here = match self.space(&self.root) {
            Ok(disk) => disk.device,
            Err(cause) => {
                // A write that fails on such a disk does not fail for want of room.
                self.rooms.values_mut().for_each(Room::forget_asking);
                return Err(cause);
            }
        };
        self.days.root_home = Some(here);
        self.rooms.entry(here).or_default().folder.clone_from(&self.root);
        self.write_owed();
        self.found.unmet.clear();
        self.limit_age();
        self.limit_cameras();
        self.limit_total();
        let (mut outcome, now) = (Ok(()), (self.clock)().instant);
        self.found.barred.clear();
        for (device, mut room) in std::mem::take(&mut self.rooms) {
            match self.make_room(device, &mut room) {
                verdict if device == here => outcome = verdict,
                // Its folder is gone; the next scan finds where the camera's is by now.
                Err(Cause::NoFolder) => continue,
                Err(cause) => {
                    let on_it = self.days.cameras_on(device).cloned();
                    self.found.barred.extend(on_it.map(|camera| (camera, cause)));
                }
                Ok(()) => {}
            }
            let refused = room.refused(now).cloned();
            self.found.barred.extend(refused.map(|camera| (camera, Cause::DiskFull)));
            self.rooms.insert(device, room);
        }
        self.bar_lost();
        self.note_disks();
        outcome
    }

    /// Bars cameras whose own disks were taken away.
    fn bar_lost(&mut self) {
        for camera in self.known.iter().cloned().chain(self.archive.apart()) {
            if let Err(error) = self.archive.check_folder(&camera) {
                self.found.barred.insert(camera.into(), super::cause::cause_of(&error));
            }
        }
    }

    /// Notes for the next start whose folders are on disks of their own.
    fn note_disks(&mut self) {
        for camera in self.archive.apart() {
            if let Err(error) = note_own_disk(&self.disk, &self.root, &camera) {
                let folder = self.root.join(&camera);
                self.report.warn(&folder, &format_args!("not noted as a disk of its own: {error}"));
            }
        }
    }

    fn look_at_clock(&mut self) {
        let now = (self.clock)();
        let at = |millis| Timestamp::from_millisecond(millis).ok();
        self.trust.look(now, self.days.furthest().and_then(at));
        if let Some(started) = self.unbegun
            && self.walked
            && self.days.are_newest_read()
        {
            let newest = self.days.newest_before(started.as_millisecond()).and_then(at);
            let sure = self.trust.sure.map(paths::day_of);
            let jumped = self.days.jumped(sure, paths::day_of(now.wall));
            self.trust.begin(newest, jumped, now);
            self.unbegun = None;
        }
        if self.unbegun.is_none() {
            self.trust.settle(now);
        }
    }

    fn space(&self, folder: &Path) -> Result<DiskSpace, Cause> {
        match self.disk.space(folder) {
            Ok(disk) if disk.read_only => Err(Cause::DiskReadOnly),
            Ok(disk) => Ok(disk),
            Err(error) => Err(super::cause::cause_of(&error)),
        }
    }

    fn ledger(&self, id: &DayId) -> PathBuf {
        paths::ledger_path(&self.root, &id.folder, id.date)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
