//! Retention decides which segments are removed, and when.
//!
//! Owned by the thread `retention` of the [`Storage`](self::storage::Storage), which calls
//! [`Retention::apply`] whenever something changes and every few seconds. Policies:
//! - the oldest closed segment is removed first, by age, by bytes of its camera, by bytes of all, and to
//!   keep a floor of free space;
//! - never one that is being written or protected, and never a file that we did not make: its name
//!   must be one of ours at its place, and its ledger must have its line;
//! - who asks for room says where, and only that disk is cleared; how much goes when is
//!   [`Room`]'s to say.

pub(crate) mod storage;

mod index;
mod key;
mod limits;
mod remove;
mod report;
mod room;
mod scan;
mod system;
#[cfg(test)]
mod tests;
mod trust;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::civil::Date;

use self::index::{IndexEntry, SegmentIndex};
use self::key::SegmentKey;
pub use self::limits::RetentionLimits;
use self::report::RemovalReport;
#[cfg(test)]
use self::room::LATE;
use self::room::{Room, RoomNews};
use self::scan::WarnOnce;
pub(super) use self::system::{RealSystem, System};
use self::trust::{Moment, Trust};
use super::Cause;
use super::ledger::entry::{LedgerEntry, RetentionRule};
use super::paths;
use crate::disk::DiskSpace;

/// How often free space and age are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The same while the disk is full.
const LOOK_FULL: Duration = Duration::from_secs(1);
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
        Self {
            root,
            limits,
            known: known.into_iter().collect(),
            system,
            stop,
            index: SegmentIndex::default(),
            warnings: WarnOnce::default(),
            report: RemovalReport::default(),
            trust: Trust::default(),
            unmet: BTreeMap::new(),
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

    /// Looks at the whole folder, and finishes what a kill interrupted.
    pub fn scan(&mut self) {
        let stop = self.stop.clone();
        let stopped = || stop.load(Ordering::Relaxed);
        if !scan::walk(&self.root, &mut self.index, &mut self.warnings, stopped) {
            return;
        }
        self.find_homes();
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
        if self.index.home_of(key.camera()).is_none() {
            self.find_home(key.camera());
        }
        self.read_ledger(key.camera(), key.day());
    }

    /// Writing to `path`, or making it, failed for want of room.
    pub fn no_space(&mut self, path: &Path) {
        let camera = path.strip_prefix(&self.root).ok().and_then(|below| below.iter().next());
        let camera = self.index.camera(camera.and_then(|camera| camera.to_str()).unwrap_or(""));
        // Where it is not there, its folder is, or the one above.
        let found = path.ancestors().find_map(|path| Some((path, self.system.disk(path).ok()?)));
        if let Some((folder, disk)) = found {
            self.index.set_home(&camera, disk.device);
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

    /// Whether the clock is not believed, so that nothing goes by age.
    pub fn doubts_clock(&self) -> bool {
        self.trust.is_doubted()
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
        self.index.set_root_home(here);
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
                    let on_it = self.index.cameras_on(device);
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
        match self.index.newest_end() {
            Some(newest) if !self.begun => self.trust.begin(newest, now),
            _ => self.trust.look(now),
        }
        self.begun = true;
    }

    /// Looks which disk a camera's folder is on.
    fn find_home(&mut self, camera: &Arc<str>) {
        let folder = self.root.join(&**camera);
        if let Ok(disk) = self.system.disk(&folder) {
            self.index.set_home(camera, disk.device);
            self.rooms.entry(disk.device).or_insert_with(|| Room::new(folder));
        }
    }

    /// Looks which disks there are.
    fn find_homes(&mut self) {
        let known: Vec<_> = self.known.iter().cloned().collect();
        known.iter().for_each(|camera| drop(self.index.camera(camera)));
        for camera in self.index.cameras() {
            self.find_home(&camera);
        }
    }

    fn limit_age(&mut self) {
        let Some(age) = self.limits.age.filter(|_| !self.trust.is_doubted()) else { return };
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let oldest = self.system.now().as_millisecond().saturating_sub(age);
        let now = self.system.instant();
        let trust = RefCell::new(std::mem::take(&mut self.trust));
        self.pass(RetentionRule::Age, |_, key, entry, _| {
            if key.start().as_millisecond() >= oldest {
                return RuleOutcome::Satisfied;
            }
            let length = entry.end().saturating_sub(key.start().as_millisecond());
            let length = SignedDuration::from_millis(length);
            let goes = entry.end() < oldest
                && entry.is_removable()
                && trust.borrow_mut().may_age(key.camera(), length, now);
            if goes { RuleOutcome::Remove } else { RuleOutcome::Skip }
        });
        self.trust = trust.into_inner();
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
        for camera in self.index.cameras_above(limit) {
            self.unmet.insert(camera, RetentionRule::PerCamera);
        }
    }

    fn limit_total(&mut self) {
        let Some(limit) = self.limits.total else { return };
        self.pass(RetentionRule::Total, |index, _, _, _| {
            if index.total() > limit { RuleOutcome::Remove } else { RuleOutcome::Satisfied }
        });
        if self.index.total() > limit {
            let all = self.index.cameras().into_iter();
            self.unmet.extend(all.map(|camera| (camera, RetentionRule::Total)));
        }
    }

    /// Keeps the floor of free space of a disk.
    fn make_room(&mut self, device: u64) -> Result<(), Cause> {
        let Some(mut room) = self.rooms.remove(&device) else { return Ok(()) };
        let outcome = self.make_room_in(device, &mut room);
        self.rooms.insert(device, room);
        outcome
    }

    fn make_room_in(&mut self, device: u64, room: &mut Room) -> Result<(), Cause> {
        let (disk, now) = (self.disk(&room.folder)?, self.system.instant());
        let (demand, news) = room.demand(&self.limits, disk, now);
        self.tell(room, disk, news);
        let Some(demand) = demand else { return room.verdict() };
        self.refresh_latest();
        let removed = self.pass(RetentionRule::Free, |index, key, _, removed| {
            if removed >= demand.missing {
                RuleOutcome::Satisfied
            } else if index.home_of(key.camera()) == Some(device) {
                RuleOutcome::Remove
            } else {
                RuleOutcome::Skip
            }
        });
        if removed > 0 {
            self.report.making_room(&room.folder, disk.free, demand.wanted);
        }
        let disk = self.disk(&room.folder)?;
        let tried = !self.stopped();
        if tried && removed < demand.missing && disk.free < self.limits.free {
            let on_it = self.index.cameras_on(device).cloned();
            self.unmet.extend(on_it.map(|camera| (camera, RetentionRule::Free)));
        }
        let news = room.freed(&self.limits, &demand, (removed, tried), disk, now);
        self.tell(room, disk, news);
        room.verdict()
    }

    fn tell(&self, room: &Room, disk: DiskSpace, news: Option<RoomNews>) {
        match news {
            Some(RoomNews::Full(wanted)) => report::full(&room.folder, disk.free, wanted),
            Some(RoomNews::InVain(camera)) => {
                report::in_vain(&self.root.join(&*camera), disk.free);
            }
            Some(RoomNews::Enough) => report::enough(&room.folder, disk.free),
            None => {}
        }
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

    fn disk(&self, folder: &Path) -> Result<DiskSpace, Cause> {
        match self.system.disk(folder) {
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
