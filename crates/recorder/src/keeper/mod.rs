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

mod chain;
mod days;
mod entry;
mod index_file;
mod key;
mod limits;
mod open_day;
mod remove;
mod report;
mod room;
mod rules;
mod space;
mod system;
#[cfg(test)]
mod tests;
mod trust;
mod walk;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::days::Days;
use self::entry::{DayEntry, Stamp};
use self::key::SegmentKey;
pub use self::limits::RetentionLimits;
use self::open_day::OpenDay;
use self::report::RemovalReport;
#[cfg(test)]
use self::room::LATE;
use self::room::Room;
pub(super) use self::system::{RealSystem, System};
use self::trust::{Moment, Trust};
use self::walk::WarnOnce;
use super::Cause;
use super::ledger::entry::{LedgerEntry, RetentionRule};
use super::paths;
use crate::disk::{Disk, DiskSpace};
use crate::ledger::day::DayId;

/// How often free space and age are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The same while the disk is full.
const LOOK_FULL: Duration = Duration::from_secs(1);
/// Rows of opened days that are held, some 60 bytes each.
const ROWS: usize = 50_000;

/// The rules, and all they need to know.
pub(super) struct Retention<S> {
    root: PathBuf,
    limits: RetentionLimits,
    known: HashSet<String>,
    system: S,
    stop: Arc<AtomicBool>,
    days: Days,
    /// Days that are to be read, the newest last.
    unread: Vec<DayId>,
    /// Days that were opened lately.
    open: HashMap<DayId, OpenDay>,
    /// Segments that could not be removed, until the next walk.
    stuck: HashSet<(DayId, SegmentKey)>,
    warnings: WarnOnce,
    report: RemovalReport,
    trust: Trust,
    /// Lines for which there was no room.
    owed: Vec<(PathBuf, LedgerEntry)>,
    /// Each disk that a camera's folder is on, by the number of its device.
    rooms: BTreeMap<u64, Room>,
    /// Cameras that can't be recorded although others can, and why.
    barred: BTreeMap<Arc<str>, Cause>,
    /// The limit that can't be met with a camera's segments, because what exceeds it is protected or
    /// can't be removed.
    unmet: BTreeMap<Arc<str>, RetentionRule>,
    /// When it began, by the wall clock.
    started: Timestamp,
    /// Whether the clock was held against what was recorded last.
    begun: bool,
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
        let started = system.now();
        Self {
            root,
            limits,
            known: known.into_iter().collect(),
            system,
            stop,
            days: Days::default(),
            unread: Vec::new(),
            open: HashMap::new(),
            stuck: HashSet::new(),
            warnings: WarnOnce::default(),
            report: RemovalReport::default(),
            trust: Trust::default(),
            unmet: BTreeMap::new(),
            started,
            begun: false,
            owed: Vec::new(),
            rooms: BTreeMap::new(),
            barred: BTreeMap::new(),
        }
    }

    /// Whether recordings may begin before anything else is known, and if not, why.
    pub fn has_room(&self) -> Result<(), Cause> {
        match self.disk(&self.root)?.free >= self.limits.hard_floor() {
            true => Ok(()),
            false => Err(Cause::DiskFull),
        }
    }

    /// Takes what the index of an earlier run says of the archive with this UUID.
    pub fn load_index(&mut self, uuid: &str) {
        for (id, entry) in index_file::load(&self.root, uuid).into_iter().flatten() {
            self.days.put(&id, entry);
        }
    }

    /// Writes the index.
    pub fn save_index(&mut self, uuid: &str) {
        if let Err(error) = index_file::save(self.system.disk(), &self.root, uuid, &self.days) {
            let path = self.root.join(index_file::NAME);
            self.warnings.warn(&path, &format_args!("no index of the days: {error}"));
        }
    }

    /// Looks which days there are.
    pub fn walk(&mut self) {
        let stop = self.stop.clone();
        let stopped = || stop.load(Ordering::Relaxed);
        self.days.begin_walk();
        let days = &mut self.days;
        let found = |id, stamp| days.meet(id, stamp);
        if !walk::walk(&self.root, &mut self.warnings, stopped, found) {
            return;
        }
        self.days.end_walk();
        self.stuck.clear();
        self.open.clear();
        self.find_homes();
        self.unread = self.days.unread();
        self.unread.sort_by_key(|id| id.date);
        self.finish_days();
    }

    /// Reads days that were not read yet or changed since, for about that long; whether any are left.
    pub fn read_days(&mut self, time: Duration) -> bool {
        if self.unread.is_empty() {
            return false;
        }
        let until = Instant::now() + time;
        while !self.stopped() && Instant::now() < until {
            let Some(id) = self.unread.pop() else { break };
            if self.days.get(&id).is_some_and(|day| day.read.is_none()) {
                let opened = self.open_day(&id);
                self.open.remove(&id);
                if opened {
                    self.finish_day(&id);
                }
            }
        }
        if self.unread.is_empty() {
            let (segments, bytes) = self.days.unknown_cameras(&self.known);
            self.report.unknown_cameras(&self.root, segments, bytes);
            let total = report::size(self.days.total());
            tracing::debug!("{}: {total} in segments", self.root.display());
        }
        !self.unread.is_empty()
    }

    /// A segment was closed.
    pub fn closed(&mut self, path: &Path, bytes: u64) {
        let Some((id, key)) = key::of_path(&self.root, path) else {
            return tracing::debug!("{}: not named like a segment", path.display());
        };
        let id = DayId { folder: self.days.camera(&id.folder), ..id };
        let bytes = match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_file() => meta.len(),
            Err(error) if error.kind() != io::ErrorKind::NotFound => bytes,
            // Gone again before we came to it.
            _ => return,
        };
        if self.days.home_of(&id.folder).is_none() {
            self.find_home(&id.folder);
        }
        let now = self.system.now().as_millisecond();
        if !self.days.closed(&id, key, now, bytes) {
            self.open_day(&id);
        }
    }

    /// Opens a day, or looks what changed in it; false where it can't be read, and then its segments stay.
    fn open_day(&mut self, id: &DayId) -> bool {
        let opened = match self.open.remove(id) {
            Some(mut day) => day.refresh(&self.root, id).map(|()| day),
            None => OpenDay::read(&self.root, id),
        };
        let day = match opened {
            Ok(day) => day,
            Err(error) => {
                let ledger = paths::ledger_path(&self.root, &id.folder, id.date);
                self.warnings.warn(&ledger, &error);
                let parts = self.days.get(id).map(|day| day.parts.clone()).unwrap_or_default();
                // To be tried again at the next walk.
                let read = Some(Stamp::default());
                self.days.put(id, DayEntry { parts, read, ..DayEntry::default() });
                return false;
            }
        };
        let held: usize = self.open.values().map(OpenDay::len).sum();
        if held.saturating_add(day.len()) > ROWS {
            self.open.clear();
        }
        self.open.insert(id.clone(), day);
        self.finish_removals(id);
        self.note(id);
        true
    }

    /// Takes over what an opened day comes to.
    fn note(&mut self, id: &DayId) {
        if let Some(day) = self.open.get(id) {
            let (parts, newest, read) = (day.parts(), day.newest(), Some(day.stamp()));
            let entry =
                DayEntry { parts, thinned: day.thinned, newest, read, ..Default::default() };
            self.days.put(id, entry);
        }
    }

    /// Writing to `path`, or making it, failed for want of room.
    pub fn no_space(&mut self, path: &Path) {
        let camera = path.strip_prefix(&self.root).ok().and_then(|below| below.iter().next());
        let camera = self.days.camera(camera.and_then(|camera| camera.to_str()).unwrap_or(""));
        // Where it is not there, its folder is, or the one above.
        let found =
            path.ancestors().find_map(|path| Some((path, self.system.disk().space(path).ok()?)));
        if let Some((folder, disk)) = found {
            self.days.set_home(&camera, disk.device);
            let room = self.rooms.entry(disk.device);
            room.or_insert_with(|| Room::new(folder.to_owned())).ask(&camera);
        }
    }

    /// What was written in the camera's folder reached the disk.
    pub fn wrote(&mut self, folder: &str) {
        self.rooms.values_mut().for_each(|room| room.wrote(folder));
    }

    /// Whether anything hangs on [`Retention::wrote`].
    pub fn waits_for_writes(&self) -> bool {
        self.rooms.values().any(Room::waits_for_writes)
    }

    /// Removes what the limits ask for. The cause is why nothing can be recorded now.
    pub fn look(&mut self) -> Result<(), Cause> {
        let outcome = self.enforce();
        self.report.log_removals(self.system.instant(), &self.root);
        outcome
    }

    /// The limits that can't be met, by camera: those whose new segments go as soon as they are closed.
    pub fn unmet(&self) -> &BTreeMap<Arc<str>, RetentionRule> {
        &self.unmet
    }

    /// Whether an operator should look at the clock: nothing goes by age, or it is behind what the
    /// ledgers tell.
    pub fn doubts_clock(&self) -> bool {
        self.trust.is_odd()
    }

    /// An operator says that the clock is right.
    pub fn confirm_clock(&mut self) {
        self.trust.confirm();
    }

    /// Cameras that can't be recorded although others can, because of their disk or a quota.
    pub fn barred(&self) -> &BTreeMap<Arc<str>, Cause> {
        &self.barred
    }

    /// How long to wait before the next look.
    pub fn pause(&self) -> Duration {
        if self.rooms.values().any(Room::is_full) { LOOK_FULL } else { LOOK }
    }

    fn enforce(&mut self) -> Result<(), Cause> {
        let here = match self.disk(&self.root) {
            Ok(disk) => disk.device,
            Err(cause) => {
                // A write that fails on such a disk does not fail for want of room.
                self.rooms.values_mut().for_each(Room::forget_asking);
                return Err(cause);
            }
        };
        self.days.set_root_home(here);
        let room = self.rooms.entry(here).or_insert_with(|| Room::new(PathBuf::new()));
        room.folder.clone_from(&self.root);
        self.write_owed();
        self.look_at_clock();
        self.unmet.clear();
        self.limit_age();
        self.limit_cameras();
        self.limit_total();
        let (mut outcome, mut barred) = (Ok(()), BTreeMap::new());
        for device in self.rooms.keys().copied().collect::<Vec<_>>() {
            match self.make_room(device) {
                verdict if device == here => outcome = verdict,
                // Its folder is gone; the next scan finds where the camera's is by now.
                Err(Cause::NoFolder) => drop(self.rooms.remove(&device)),
                Err(cause) => {
                    let on_it = self.days.cameras_on(device);
                    barred.extend(on_it.map(|camera| (camera.clone(), cause)));
                }
                Ok(()) => {}
            }
        }
        let now = self.system.instant();
        let refused = self.rooms.values().flat_map(|room| room.refused(now));
        barred.extend(refused.map(|camera| (camera.clone(), Cause::DiskFull)));
        self.barred = barred;
        outcome
    }

    fn look_at_clock(&mut self) {
        let now = Moment {
            instant: self.system.instant(),
            wall: self.system.now(),
            synchronised: self.system.synchronised(),
        };
        let at = |millis| Timestamp::from_millisecond(millis).ok();
        self.trust.look(now, self.days.furthest().and_then(at));
        if !self.begun && self.days.are_newest_read() {
            let newest = self.days.newest_before(self.started.as_millisecond()).and_then(at);
            if let Some(newest) = newest {
                self.trust.begin(newest, now);
            }
            self.begun = true;
        }
    }

    /// Looks which disk a camera's folder is on.
    fn find_home(&mut self, camera: &Arc<str>) {
        let folder = self.root.join(&**camera);
        if let Ok(disk) = self.system.disk().space(&folder) {
            self.days.set_home(camera, disk.device);
            self.rooms.entry(disk.device).or_insert_with(|| Room::new(folder));
        }
    }

    /// Looks which disks there are.
    fn find_homes(&mut self) {
        let known: Vec<_> = self.known.iter().cloned().collect();
        known.iter().for_each(|camera| drop(self.days.camera(camera)));
        for camera in self.days.cameras() {
            self.find_home(&camera);
        }
    }

    fn disk(&self, folder: &Path) -> Result<DiskSpace, Cause> {
        match self.system.disk().space(folder) {
            Ok(disk) if disk.read_only => Err(Cause::DiskReadOnly),
            Ok(disk) => Ok(disk),
            Err(error) => Err(super::cause::cause_of(&error)),
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
