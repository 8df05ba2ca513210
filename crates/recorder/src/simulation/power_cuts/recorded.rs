//! A recording in which much happens, to the disk too.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use camwall_media::{ConnectionState, Container};
use jiff::{SignedDuration, Timestamp};

use crate::disk::replay::{DiskModel, Image, read_image};
use crate::simulation::keeper::LOOK;
use crate::simulation::{DiskFault, DiskOperation, RetentionLimits, SimulatedRecorder, at};
use crate::writer::rules::Intent;
use crate::{Cause, paths};

/// What can be read or not, bytes.
const BLOCK: u64 = 4096;

/// When what the disk refused is tried again at the latest, and has reached it.
const RETRY: Duration = Duration::from_secs(3);

/// What was recorded, and each call by which it was.
pub(in crate::simulation) struct Recorded {
    pub gate: SimulatedRecorder,
    pub random: fastrand::Rng,
    /// What was there before, and when its files were written last.
    pub first: Image,
    dates: BTreeMap<PathBuf, SystemTime>,
    pub began: (Instant, Timestamp),
    /// When the wall clock was set, and by how much.
    pub set: Vec<(Instant, SignedDuration)>,
    /// Kills and trouble with the disk: since when, until when, and when it was over for certain.
    pub troubles: Vec<[Instant; 3]>,
    /// When nobody wanted a recording.
    pub stops: Vec<(Instant, Instant)>,
    /// What happened, for the eyes of those who read a failure.
    pub story: Vec<String>,
}

impl Recorded {
    pub fn new(gate: SimulatedRecorder, first: Image, random: fastrand::Rng) -> Self {
        let now = gate.world().now();
        let wall = gate.at();
        gate.system.real().begin(now);
        let date = |path: &PathBuf| Some((path.clone(), modified(&gate.root().join(path))?));
        let dates = first.keys().filter_map(date).collect();
        let (set, troubles, stops, story) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { gate, random, first, dates, began: (now, wall), set, troubles, stops, story }
    }

    /// Files that a power cut left in a folder are as old as the clock says of when they were written.
    pub fn date_files(&self, left: &Path, model: &DiskModel, random: &mut fastrand::Rng) {
        for path in
            read_image(left).unwrap().into_iter().filter_map(|(path, it)| it.and(Some(path)))
        {
            let names = [path.clone(), paths::whole_of(&path), paths::part_of(&path)];
            let written = names.iter().find_map(|it| model.written(it, random));
            let date = written.map(|at| SystemTime::from(self.wall(at)));
            let date = date.or_else(|| names.iter().find_map(|it| self.dates.get(it).copied()));
            let file = std::fs::File::options().write(true).open(left.join(path)).unwrap();
            date.into_iter().for_each(|date| file.set_modified(date).unwrap());
        }
    }

    /// A recording in which much happens, to the disk too.
    pub fn play(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut gate = SimulatedRecorder::starting_at(at("2126-11-22T23:59:40Z"));
        gate.camera.gop = random.u64(4..12);
        gate.camera.sound = random.bool();
        gate.settings.length = Duration::from_secs(random.u64(3..9));
        if random.u8(..3) == 0 {
            // Of several blocks.
            gate.settings.length *= 5;
        }
        if random.u8(..4) == 0 {
            gate.settings.size = random.u64(2000..9000);
        }
        if random.u8(..4) == 0 {
            gate.settings.container = Container::FragmentedMp4;
        }
        gate.pre_roll = Duration::from_secs(random.u64(..4));
        limit(&mut gate, seed);
        let mut this = Self::new(gate, Image::new(), random);
        let now = this.now();
        this.gate.camera.connect(now);
        this.run(500, 5000);
        for _ in 0..this.random.u8(3..8) {
            this.happen();
        }
        if this.random.bool() {
            this.tell("ends");
            this.gate.finish();
        }
        this.count_full();
        this
    }

    /// While the disk is full what comes waits in memory, until retention has looked again and the file is
    /// tried again.
    pub fn count_full(&mut self) {
        let full = std::mem::take(&mut self.gate.world().full);
        let until = |at: Instant| at + LOOK + RETRY;
        let trouble = |at| [at, until(at), until(at)];
        self.troubles.extend(full.into_iter().map(trouble));
    }

    pub fn now(&self) -> Instant {
        self.gate.world().now()
    }

    fn tell(&mut self, what: impl std::fmt::Display) {
        let after = self.now().duration_since(self.began.0).as_millis();
        self.story.push(format!("{after} ms: {what}"));
    }

    fn run(&mut self, from: u64, most: u64) {
        let time = Duration::from_millis(self.random.u64(from..most));
        self.gate.run(time);
    }

    fn happen(&mut self) {
        match self.random.u8(..14) {
            0 | 1 => {
                self.tell("killed");
                let killed = self.now();
                self.gate.kill();
                self.spoil();
                self.pass();
                self.gate.start();
                self.mender_is_busy();
                self.run(4000, 5000);
                self.troubles.push([killed, killed, self.now()]);
            }
            2 => {
                self.tell("ends");
                self.gate.finish();
                self.pass();
            }
            3 | 4 => {
                self.tell("protect");
                self.gate.protect();
            }
            5 => {
                self.tell("other parameters");
                self.gate.camera.change_parameters();
            }
            6 => {
                self.tell("offline");
                self.gate.camera.disconnect(ConnectionState::Offline);
                self.run(1, 3000);
                let now = self.now();
                self.gate.camera.connect(now);
            }
            7 => {
                self.tell("stopped");
                let from = self.now();
                self.gate.intend(Intent::Off(Cause::StoppedByHand));
                self.run(1, 3000);
                self.stops.push((from, self.now()));
                self.gate.intend(Intent::On);
            }
            8 => self.set_clock(),
            9..12 => self.syncs_are_lost(),
            12 => self.disk_fails(),
            _ => {
                self.gate.camera.jitter =
                    (0..7).map(|_| self.random.u64(..200)).map(Duration::from_millis).collect()
            }
        }
        self.run(500, 6000);
    }

    /// Every other time who mends has another camera's file to do first, after a start.
    pub fn mender_is_busy(&mut self) {
        // What else happens stays what it was without.
        let mut random = fastrand::Rng::with_seed(self.gate.camera.sent()[0]);
        if random.bool() {
            let busy = Duration::from_millis(random.u64(..3000));
            self.tell(format_args!("nothing is mended for {busy:?}"));
            self.gate.world().mends = false;
            self.gate.run(busy);
            self.gate.world().mends = true;
        }
    }

    /// Blocks of what a kill left can't be read any more, the first apart, without which nothing is done; a
    /// power cut heals them.
    fn spoil(&mut self) {
        // What else happens stays what it was without.
        let mut random = fastrand::Rng::with_seed(self.gate.camera.sent()[0]);
        let parts = self.gate.files().into_iter().filter(|path| paths::is_part(path));
        for found in parts.filter_map(|path| std::fs::metadata(path).ok()) {
            if found.len() > BLOCK {
                let from = BLOCK * random.u64(1..found.len().div_ceil(BLOCK));
                self.tell(format_args!("a block can't be read, at {from} of {}", found.len()));
                let mut world = self.gate.world();
                world.clears = random.u8(..4) > 0;
                world.spoil(found.ino(), from..from + 1);
            }
        }
    }

    /// The system tells of some syncs that what it had to write is lost.
    fn syncs_are_lost(&mut self) {
        let (lost, from) = (self.random.u32(1..4), self.now());
        self.tell(format_args!("{lost} syncs are lost"));
        self.gate.world().lost_syncs = lost;
        self.run(500, 4000);
        self.gate.world().lost_syncs = 0;
        self.recover(from);
    }

    /// The disk refuses something for a while.
    fn disk_fails(&mut self) {
        use DiskOperation::{Append, Create, Mend, Rename, Sync, SyncFolder, Write};
        let all = [Append, Create, Mend, Rename, Sync, SyncFolder, Write];
        let operations: Vec<_> = all.into_iter().filter(|_| self.random.u8(..3) == 0).collect();
        let (from, after) = (self.now(), self.random.u32(..4));
        let code = [28, 5, 30][self.random.usize(..3)];
        self.tell(format_args!("{operations:?} fail after {after} of them: {code}"));
        self.gate.world().fault = Some(DiskFault { operations, code, after });
        self.run(500, 4000);
        self.gate.world().fault = None;
        self.recover(from);
    }

    /// The disk is well, and what failed is tried again two seconds later; what came meanwhile waits in memory.
    fn recover(&mut self, from: Instant) {
        let until = self.now() + RETRY;
        self.tell("the disk is well");
        self.run(6000, 8000);
        self.troubles.push([from, until, self.now()]);
    }

    fn pass(&mut self) {
        let away = self.random.u64(..3000);
        self.gate.pass(Duration::from_millis(away));
        if self.random.u8(..4) == 0 {
            self.set_clock();
        }
    }

    /// Somebody sets the wall clock, ahead or back.
    pub fn set_clock(&mut self) {
        let by = SignedDuration::from_millis(self.random.i64(-100_000..100_000));
        self.tell(format_args!("clock set by {by}"));
        self.gate.set_clock(by);
        self.set.push((self.now(), by));
    }

    /// Since when a picture is to be on the disk that arrived then: what the pre-roll reaches back to
    /// waits in memory until somebody wants it.
    pub fn wanted(&self, arrived: Instant) -> Instant {
        let stop = self.stops.iter().find(|(from, until)| (*from..*until).contains(&arrived));
        stop.map_or(arrived, |(_, until)| *until)
    }

    /// What the wall clock said.
    pub fn wall(&self, now: Instant) -> Timestamp {
        let (began, wall) = self.began;
        let set = self.set.iter().filter(|(at, _)| *at <= now).map(|(_, by)| *by);
        set.fold(wall + now.duration_since(began), |wall, by| wall + by)
    }

    /// How often it had been set back.
    pub fn era(&self, now: Instant) -> usize {
        self.set.iter().filter(|(at, by)| *at <= now && by.is_negative()).count()
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    let found = std::fs::metadata(path).ok()?;
    found.is_file().then(|| found.modified().ok())?
}

/// In every other sequence something is to go. What else happens stays what it was without.
fn limit(gate: &mut SimulatedRecorder, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed ^ 0x6b65_6570);
    if random.bool() {
        return;
    }
    let free = random.u64(2000..10_000);
    gate.limits = Some(RetentionLimits {
        age: random.bool().then(|| Duration::from_secs(random.u64(5..20))),
        total: None,
        per_camera: random.bool().then(|| random.u64(3000..20_000)),
        free,
    });
    gate.world().room = Some((gate.root().to_owned(), free + random.u64(10_000..40_000)));
}
