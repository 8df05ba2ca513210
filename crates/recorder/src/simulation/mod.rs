//! A camera recorded by the real recorder in simulated time, for tests of this crate and others.
//!
//! Rules, muxer, files, ledger and repair are the program's own; simulated are the camera, both
//! clocks, and what can go wrong with the disk. No thread: [`SimulatedRecorder::run`] is the loop of
//! the thread `ID.record`, whose time passes at once, and which sleeps as that does: it goes round only
//! where it is rung for or something is due. What a test wants beyond that, such as a file
//! that was tampered with, it does to the real files itself.

mod camera;
mod disk;
mod keeper;
#[cfg(test)]
mod left_behind;
mod mishaps;
mod page_cache;
#[cfg(test)]
mod power_cuts;
mod run;
#[cfg(test)]
pub(crate) mod seeds;
mod system;
mod thread;
#[cfg(test)]
mod traced;
mod world;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camwall_media::{ConnectionState, Container};
use jiff::{SignedDuration, Timestamp, civil};
use tempfile::TempDir;

pub use self::camera::{Numbers, SimulatedCamera, number_of, numbers_in};
use self::keeper::SimulatedKeeper;
pub use self::keeper::Taken;
pub use self::system::SimulatedSystem;
pub use self::world::{DiskFault, DiskOperation, Refusal, World};
use crate::camera::status::PublishedStatus;
pub use crate::keeper::RetentionLimits;
pub use crate::ledger::entry::{LedgerEntry, RetentionRule};
pub use crate::paths::{day_of, file_name, ledger_path, name_of};
use crate::reader::live::LiveEnd;
use crate::writer::rules::Intent;
use crate::writer::segment::SegmentSettings;
use crate::writer::state::Writer;
use crate::{Cause, RecorderStatus};

/// The camera's id and folder.
pub const GATE: &str = "gate";

/// How often something happens to the camera and to the world, if the thread does not wake before.
const TICK: Duration = Duration::from_millis(100);

/// A recorder, the camera that it records, and the world around them.
pub struct SimulatedRecorder {
    dir: Arc<TempDir>,
    system: SimulatedSystem,
    /// The camera.
    pub camera: SimulatedCamera,
    /// What all segments have in common, from the next start of the program on.
    pub settings: SegmentSettings,
    /// How far back a recording begins, from the next start of the program on.
    pub pre_roll: Duration,
    /// Bytes of packets that may be in memory, from the next start of the program on.
    pub memory: usize,
    /// How often packets arrive: rarely, where days are to pass.
    pub tick: Duration,
    /// Packets that are lost next because the memory is full.
    pub lose: u32,
    /// Whether a packet still waits at each tick.
    pub behind: bool,
    /// How often the thread woke.
    pub wakes: u64,
    /// Nothing that arrived before is recorded, from the next tick on.
    pub not_before: Option<Instant>,
    /// What the thread was told last.
    told_intent: Option<(Intent, Option<Instant>)>,
    writer: Option<Writer<SimulatedSystem>>,
    intent: Intent,
    published: PublishedStatus,
    /// What the thread said of itself before it went to sleep.
    said: RecorderStatus,
    /// What the recorder told.
    told: Arc<Mutex<Vec<Told>>>,
    /// Pictures that reached the recorder's hub.
    pub delivered: Vec<Delivered>,
    /// Where the archive goes on in memory.
    pub live: LiveEnd,
    /// What retention keeps to beside it, if anything is to go.
    pub limits: Option<RetentionLimits>,
    keeper: Option<SimulatedKeeper>,
}

/// A picture that reached the recorder's hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Its number in what the camera sent.
    pub number: u64,
    /// Whether it is a key frame.
    pub keyframe: bool,
    /// When it arrived.
    pub at: Instant,
}

/// Something that the recorder told its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing is recorded any more.
    Trouble(Cause),
    /// A file could not be closed.
    NotClosed(Cause),
    /// It is recorded again.
    Over(Cause),
    /// A whole file lacks its name.
    NotNamed(Cause),
    /// All have their names.
    Named(Cause),
}

/// Parses an RFC 3339 time.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A folder of its own, in memory where that can be: no test is about the speed of a disk.
pub fn new_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

impl Default for SimulatedRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl SimulatedRecorder {
    /// An empty folder at 2026-11-22T07:20:00; the camera is connected and nothing is recorded yet.
    pub fn new() -> Self {
        Self::starting_at(at("2026-11-22T07:20:00Z"))
    }

    /// The same at another time.
    pub fn starting_at(wall: Timestamp) -> Self {
        Self::in_folder(new_folder(), Instant::now(), wall)
    }

    /// The same in a folder in which there may be recordings already, by both clocks.
    pub fn in_folder(dir: TempDir, now: Instant, wall: Timestamp) -> Self {
        camwall_media::init();
        let system = SimulatedSystem::at(dir.path(), now, wall);
        Self::in_world(Arc::new(dir), system, GATE)
    }

    /// Another camera of the same program, which has this one's folder beside its own.
    pub fn beside(&self, folder: &str) -> Self {
        Self::in_world(self.dir.clone(), self.system.clone(), folder)
    }

    fn in_world(dir: Arc<TempDir>, system: SimulatedSystem, folder: &str) -> Self {
        let now = system.world().now();
        let settings = SegmentSettings {
            id: folder.into(),
            title: folder.to_owned(),
            root: dir.path().to_owned(),
            folder: folder.to_owned(),
            container: Container::Matroska,
            length: Duration::from_secs(600),
            size: 1 << 30,
        };
        Self {
            dir,
            camera: SimulatedCamera::new(now),
            system,
            settings,
            pre_roll: Duration::ZERO,
            memory: 64 << 20,
            tick: TICK,
            lose: 0,
            behind: false,
            wakes: 0,
            not_before: None,
            told_intent: None,
            writer: None,
            intent: Intent::On,
            published: PublishedStatus::new(now),
            said: RecorderStatus::default(),
            told: Arc::default(),
            delivered: Vec::new(),
            live: LiveEnd::default(),
            limits: None,
            keeper: None,
        }
    }

    /// The recording folder.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The folder as all who write into it have it.
    #[cfg(test)]
    pub(crate) fn archive(&self) -> &crate::ledger::archive::Archive {
        crate::system::RecorderSystem::archive(&self.system)
    }

    /// Its disk, and it as all see it who write into it.
    #[cfg(test)]
    pub(crate) fn system(&self) -> &SimulatedSystem {
        &self.system
    }

    /// The ledger of a day.
    pub fn ledger(&self, day: civil::Date) -> PathBuf {
        ledger_path(self.root(), GATE, day)
    }

    /// What the wall clock says.
    pub fn at(&self) -> Timestamp {
        self.world().wall()
    }

    /// Clocks and disk.
    pub fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.system.world()
    }

    /// Takes what the program told since it was asked last: troubles begun, over, and not closed.
    pub fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the program runs.
    pub fn is_running(&self) -> bool {
        self.writer.is_some()
    }

    /// What the wall shows of the recording now.
    pub fn status(&self) -> RecorderStatus {
        let mut published = self.published;
        published.wanted = self.intent == Intent::On;
        published.read(self.world().now())
    }

    /// Whether the camera was being recorded when an earlier run was killed.
    pub fn was_interrupted(&self) -> bool {
        self.status().interrupted.is_some()
    }

    /// Adds a line to the ledger of the day of `at`, as retention does.
    pub fn write(&self, at: Timestamp, line: LedgerEntry) {
        let path = self.ledger(day_of(at));
        let real = self.system.real().clone();
        crate::ledger::append_in(&real, self.root(), &path, &[&line])
            .expect("the real disk takes it");
    }

    /// Files of the folder that are named as segments, open or not, by their names.
    pub fn files(&self) -> Vec<PathBuf> {
        let named = |path: &PathBuf| crate::paths::FileName::parse(&name_of(path)).is_some();
        let found = walkdir::WalkDir::new(self.root()).sort_by_file_name().into_iter();
        found.map(|entry| entry.unwrap().into_path()).filter(named).collect()
    }

    /// All files by their names, and the ledgers' lines, for the eyes of those who read a failure.
    pub fn told_in_ledgers(&self) -> String {
        let found = walkdir::WalkDir::new(self.root()).sort_by_file_name().into_iter().flatten();
        let files = found.filter(|found| found.file_type().is_file()).map(|found| {
            let path = found.path();
            let text = match path.extension() {
                Some(extension) if extension == "jsonl" => std::fs::read(path).unwrap(),
                _ => Vec::new(),
            };
            format!("{}\n{}", path.display(), String::from_utf8_lossy(&text))
        });
        files.collect()
    }

    /// The file being written, or left so; the newest of several.
    pub fn part(&self) -> PathBuf {
        let files = self.files();
        files.into_iter().rfind(|path| crate::paths::is_part(path)).unwrap()
    }

    /// Whether the camera is to be recorded, from the next tick on.
    pub fn intend(&mut self, intent: Intent) {
        self.intent = intent;
    }

    /// Records a camera for so long in one segment, or in those that the settings cut.
    pub fn record(&mut self, time: Duration) {
        if self.camera.link != ConnectionState::Up {
            let now = self.world().now();
            self.camera.connect(now);
        }
        self.intent = Intent::On;
        self.world().ready = Ok(());
        self.run(time);
    }

    /// Sets the wall clock.
    pub fn set_clock(&self, by: SignedDuration) {
        self.world().set_clock(by);
    }
}
