//! Whatever camera, operator, disk and clock do, in whatever order: what must always hold.
//!
//! Each sequence is made from a number, its seed; `CAMWALL_SEED=n` plays that one alone. What held
//! when is written down here as it is brought about, and asked of the archive afterwards; nothing
//! is asked of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use camwall_media::{ConnectionState, Container, inspect};
use jiff::{SignedDuration, Timestamp};

use super::truth::Truth;
use crate::Cause;
use crate::ledger::history::History;
use crate::recorder::rules::Intent;
use crate::simulation::{
    DiskFault, DiskOperation, GATE, Numbers, SimulatedRecorder, Told, numbers_in,
};
use crate::verify;

/// How many sequences are played.
const SEQUENCES: u64 = 1000;
const SECOND: Duration = Duration::from_secs(1);

/// A sequence as it is played.
struct Trial {
    random: fastrand::Rng,
    gate: SimulatedRecorder,
    truth: Truth,
    /// What was done, for the eyes of those who read a failure.
    story: Vec<String>,
    began: Instant,
    /// Whether what the recorder told starts anew: it was restarted, or not wanted.
    anew: bool,
    trouble: Option<Cause>,
    /// Kills: when, the newest picture of then, and the most that may be lost of it.
    kills: Vec<(Instant, u64, Duration)>,
    starts: Vec<Instant>,
    /// When it was told to end.
    ends: Vec<Instant>,
    /// When it was wished anew, which may be tried at once.
    wishes: Vec<Instant>,
    /// Whether packets were ever held up on the way.
    held_up: bool,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let mut gate = SimulatedRecorder::new();
        let now = gate.world().now();
        let mut random = fastrand::Rng::with_seed(seed);
        gate.camera.gop = random.u64(4..12);
        gate.camera.sound = random.bool();
        gate.camera.connect(now);
        let truth = Truth::new(now, gate.at());
        let mut this = Self {
            random,
            gate,
            truth,
            story: Vec::new(),
            began: now,
            anew: true,
            trouble: None,
            kills: Vec::new(),
            starts: Vec::new(),
            ends: Vec::new(),
            wishes: Vec::new(),
            held_up: false,
        };
        this.configure();
        this
    }

    /// What the wall file says at this start of the program.
    fn configure(&mut self) {
        let random = &mut self.random;
        self.gate.settings.length = Duration::from_secs(random.u64(4..30));
        self.gate.settings.size =
            if random.u8(..4) == 0 { random.u64(2000..9000) } else { 1 << 30 };
        self.gate.settings.container =
            if random.u8(..4) == 0 { Container::FragmentedMp4 } else { Container::Matroska };
        self.gate.pre_roll = Duration::from_secs(random.u64(..4));
    }

    fn now(&self) -> Instant {
        self.gate.world().now()
    }

    fn tell(&mut self, what: impl std::fmt::Display) {
        let after = self.now().duration_since(self.began).as_millis();
        self.story.push(format!("{after} ms: {what}"));
    }

    /// Up to so many milliseconds.
    fn time(&mut self, from: u64, most: u64) -> Duration {
        Duration::from_millis(self.random.u64(from..most))
    }

    /// Time passes, and the invariants of each moment are checked.
    fn run(&mut self, time: Duration) {
        let until = self.now() + time;
        while self.now() < until {
            if !self.gate.is_running() {
                self.starts.push(self.now());
                self.gate.start();
            }
            let step = (until - self.now()).min(SECOND / 10);
            self.gate.run(step);
            if !self.gate.is_running() {
                // It was killed at one of its operations.
                self.killed(Duration::MAX);
                return;
            }
            self.check_moment();
        }
    }

    fn check_moment(&mut self) {
        let (now, status) = (self.now(), self.gate.status());
        for told in self.gate.told() {
            match told {
                Told::Trouble(cause) => {
                    assert!(
                        self.anew || self.trouble != Some(cause),
                        "{cause:?} is told a second time"
                    );
                    self.trouble = Some(cause);
                    self.anew = false;
                }
                Told::Over(_) => self.trouble = None,
                Told::NotClosed(_) => {}
            }
        }
        if status.writing {
            let synced = self.gate.world().synced_at.expect("REC without a byte on the disk");
            let delivered = self.gate.delivered.iter().rev().map(|it| it.at);
            let oldest = delivered.take_while(|at| *at > synced).last();
            let unsynced = oldest.map_or(Duration::ZERO, |oldest| now.duration_since(oldest));
            let slow = self.gate.world().slowness;
            let most = if slow.is_zero() { SECOND } else { 3 * SECOND + 4 * slow };
            assert!(unsynced <= most, "REC, but for {unsynced:?} nothing was synced");
        }
    }

    /// The program is gone; at most `loss` of what it had may be lost.
    fn killed(&mut self, loss: Duration) {
        let now = self.now();
        self.tell("killed");
        if let Some(newest) = self.gate.delivered.last() {
            self.kills.push((now, newest.number, loss));
        }
        self.away(Cause::ProgramKilled);
    }

    /// The program does not run for a while.
    fn away(&mut self, cause: Cause) {
        let away = if self.random.u8(..4) == 0 { Duration::ZERO } else { self.time(1, 9000) };
        let from = self.now();
        self.gate.pass(away);
        self.truth.held(cause, from, self.now());
        (self.anew, self.trouble) = (true, None);
        self.gate.told();
        self.configure();
    }

    /// One of the things that happen, and then some time.
    fn happen(&mut self) {
        match self.random.u8(..24) {
            0..3 => self.camera_goes(),
            3 => self.camera_freezes(),
            4 => self.network_holds(),
            5 => {
                let now = self.now();
                self.tell("another session");
                self.gate.camera.sound = self.random.bool();
                self.gate.camera.connect(now);
                self.truth.held(Cause::CameraOffline, now, now);
            }
            6 => {
                self.tell("other parameters");
                self.gate.camera.change_parameters();
            }
            7 => self.queue_overflows(),
            8 => {
                let late = (0..7).map(|_| self.time(0, 300)).collect();
                self.tell("jitter");
                self.gate.camera.jitter = late;
            }
            9..11 => self.operator_stops(),
            11 => {
                self.tell("protect");
                self.gate.protect();
                if self.gate.world().is_dead() {
                    self.killed(Duration::MAX);
                }
            }
            12..14 => self.storage_is_lost(),
            14..18 => self.disk_fails(),
            18 => self.disk_is_slow(),
            19 => self.clock_is_set(),
            20 if !self.truth.went_back() => self.kill(),
            21 if !self.truth.went_back() => {
                let life = self.random.u32(..40);
                self.tell(format_args!("to be killed after {life} operations"));
                self.gate.world().life = Some(life);
            }
            22 => {
                self.tell("ends");
                self.ends.push(self.now());
                self.gate.finish();
                if self.gate.world().is_dead() {
                    self.killed(Duration::MAX);
                } else {
                    self.away(Cause::ProgramEnded);
                }
            }
            _ => {}
        }
        let time = self.time(100, 7000);
        self.run(time);
    }

    fn camera_goes(&mut self) {
        let (link, cause) = match self.random.u8(..4) {
            0 => (ConnectionState::LoginRefused, Cause::LoginRefused),
            1 => (ConnectionState::Ended, Cause::SourceEnded),
            2 => (ConnectionState::Connecting, Cause::CameraOffline),
            _ => (ConnectionState::Offline, Cause::CameraOffline),
        };
        let time = self.time(1, 9000);
        self.tell(format_args!("{link:?} for {time:?}"));
        let from = self.now();
        self.gate.camera.disconnect(link);
        self.run(time);
        let now = self.now();
        self.gate.camera.connect(now);
        self.truth.held(cause, from, now);
        // What comes next is another session.
        self.truth.held(Cause::CameraOffline, now, now);
    }

    fn camera_freezes(&mut self) {
        let time = self.time(500, 15_000);
        self.tell(format_args!("frozen for {time:?}"));
        self.gate.camera.frozen = true;
        self.run(time);
        self.gate.camera.frozen = false;
    }

    fn network_holds(&mut self) {
        let time = self.time(500, 13_000);
        self.tell(format_args!("held up for {time:?}"));
        self.held_up = true;
        self.gate.camera.held_until = Some(self.now() + time);
        self.run(time);
    }

    fn queue_overflows(&mut self) {
        self.gate.lose = self.random.u32(1..40);
        let (from, lose) = (self.now(), self.gate.lose);
        self.tell(format_args!("{lose} packets lost"));
        self.gate.behind = self.random.bool();
        self.run(6 * SECOND);
        (self.gate.behind, self.gate.lose) = (false, 0);
        self.truth.held(Cause::DiskSlow, from, self.now());
    }

    fn operator_stops(&mut self) {
        let cause = if self.random.bool() { Cause::StoppedByHand } else { Cause::NotScheduled };
        let (from, time) = (self.now(), self.time(1, 9000));
        self.tell(format_args!("{cause:?} for {time:?}"));
        self.gate.intend(Intent::Off(cause));
        self.run(time);
        self.truth.held(cause, from, self.now());
        self.gate.intend(Intent::On);
        self.wishes.push(self.now());
        (self.anew, self.trouble) = (true, None);
    }

    fn storage_is_lost(&mut self) {
        let causes = [Cause::DiskFull, Cause::DiskReadOnly, Cause::NoFolder, Cause::DiskError];
        let cause = causes[self.random.usize(..4)];
        let (from, time) = (self.now(), self.time(1, 9000));
        self.tell(format_args!("storage lost, {cause:?}, for {time:?}"));
        self.gate.world().ready = Err(cause);
        self.run(time);
        self.gate.world().ready = Ok(());
        self.truth.held(cause, from, self.now());
    }

    fn disk_fails(&mut self) {
        let codes = [
            (28, Cause::DiskFull),
            (5, Cause::DiskError),
            (30, Cause::DiskReadOnly),
            (13, Cause::NoFolder),
        ];
        let (code, cause) = codes[self.random.usize(..4)];
        let all = DiskOperation::ALL;
        let operations = match self.random.u8(..4) {
            0 => all.to_vec(),
            1 => all.into_iter().filter(|_| self.random.bool()).collect(),
            _ => vec![all[self.random.usize(..all.len())]],
        };
        let (from, time) = (self.now(), self.time(1, 12_000));
        let (mut operations, mut after): (Vec<_>, _) = (operations, self.random.u32(..4));
        if operations.contains(&DiskOperation::SyncFolder)
            || operations.contains(&DiskOperation::Remove)
        {
            // A file that was made although its folder can't be synced stays behind, empty, and is
            // taken for one that a kill left.
            operations.push(DiskOperation::Create);
            after = 0;
        }
        self.tell(format_args!("{cause:?} for {time:?} after {after} of {operations:?}"));
        self.gate.world().fault = Some(DiskFault { operations, code, after });
        self.run(time);
        self.gate.world().fault = None;
        self.truth.held(cause, from, self.now());
        self.truth.held(Cause::DiskError, from, self.now());
        self.tell("the disk is well");
    }

    fn disk_is_slow(&mut self) {
        let (slowness, time) = (self.time(10, 1500), self.time(100, 8000));
        self.tell(format_args!("each operation takes {slowness:?} for {time:?}"));
        self.gate.world().slowness = slowness;
        self.run(time);
        self.gate.world().slowness = Duration::ZERO;
    }

    /// Not back and forth with kills: what a kill left is joined with what begins next by the wall
    /// clock, and that may be what was recorded before the clock was set back.
    fn clock_is_set(&mut self) {
        let by = SignedDuration::from_millis(
            self.random.i64(if self.kills.is_empty() { -300_000 } else { 0 }..300_000),
        );
        self.tell(format_args!("clock set by {by}"));
        self.gate.set_clock(by);
        self.truth.clock_set(self.now(), by);
        if self.truth.went_back() {
            self.gate.world().life = None;
        }
    }

    fn kill(&mut self) {
        let power = self.random.bool();
        let calm = self.gate.status().writing;
        self.tell(if power { "the power is cut" } else { "to be killed" });
        if power {
            self.gate.cut_power();
        } else {
            self.gate.kill();
        }
        let loss = if power { 1300 } else { 1000 };
        self.killed(if calm { Duration::from_millis(loss) } else { Duration::MAX });
    }

    /// All is well again, and the program ends in peace.
    fn end(&mut self) {
        self.gate.world().life = None;
        self.run(12 * SECOND);
        if self.random.bool() && !self.truth.went_back() {
            self.kill();
            self.run(4 * SECOND);
        }
        self.gate.finish();
        self.tell("the end");
    }
}

/// What is in a file, and what the ledger says of it.
struct Filed {
    start: Timestamp,
    end: Timestamp,
    recovered: bool,
    numbers: Numbers,
}

impl Trial {
    /// What must hold of the archive in the end.
    fn check(&self) {
        let (history, mut faults) = verify(self.gate.root(), GATE, false, &mut |_, _| {}).unwrap();
        faults.retain(|fault| !self.stays_as_it_is(&fault.path));
        assert_eq!(faults, [], "the archive has faults");
        let mut filed = self.check_files(&history);
        filed.sort_by_key(|it| it.numbers.pictures[0]);
        self.check_pictures(&filed);
        self.check_retries();
        for gap in history.gaps() {
            // A file that had to be repaired ends by the camera's clock, and the next may have begun
            // a moment before.
            let moment = gap.end.duration_since(gap.start).abs() < SignedDuration::from_secs(1);
            let repaired = gap.cause == Cause::ClockChanged && moment && self.refused();
            let explained = repaired || self.truth.explains(gap, &self.gate.delivered);
            assert!(explained, "a gap for a cause that did not hold: {gap:?}");
        }
    }

    /// Whether the disk refused to let a file be repaired, removed where nothing is in it, or named
    /// when the program was started: it stays as it is then.
    fn stays_as_it_is(&self, part: &Path) -> bool {
        use DiskOperation::{Mend, Remove, Rename, Sync};
        let whole = crate::paths::whole_of(part);
        self.gate.world().refusals.iter().any(|it| match it.operation {
            Mend | Sync | Remove => it.path == part,
            Rename => it.path == whole && self.starts.contains(&it.at),
            _ => false,
        })
    }

    /// That what the disk refuses is not tried again too soon.
    fn check_retries(&self) {
        let times = |operation| -> Vec<Instant> {
            let world = self.gate.world();
            let found = world.refusals.iter().filter(|it| it.operation == operation);
            let mut times: Vec<_> = found.map(|it| it.at).collect();
            times.dedup();
            times
        };
        let anew = |from: Instant, until: Instant| {
            self.starts.iter().chain(&self.wishes).any(|at| (from..=until).contains(at))
        };
        for pair in times(DiskOperation::Create).windows(2) {
            let pause = pair[1] - pair[0];
            assert!(pause >= 2 * SECOND || anew(pair[0], pair[1]), "begun again after {pause:?}");
        }
        // The first may be tried again at once.
        for three in times(DiskOperation::Append).windows(3) {
            let pause = three[2] - three[0];
            let ends = self.ends.iter().any(|at| (three[0]..=three[2]).contains(at));
            let anew = anew(three[0], three[2]) || ends;
            assert!(pause >= SECOND || anew, "the ledger is tried again after {pause:?}");
        }
    }

    /// Whether the disk ever refused anything.
    fn refused(&self) -> bool {
        !self.gate.world().refusals.is_empty()
    }

    /// That files hold what the ledger says, each without a hole.
    fn check_files(&self, history: &History) -> Vec<Filed> {
        let mut filed = Vec::new();
        for recorded in history.segments() {
            let (path, segment) = (&recorded.path, &recorded.segment);
            let numbers = numbers_in(path).unwrap();
            let held = inspect(path).unwrap();
            let counts = [segment.packets, segment.audio_packets];
            assert_eq!([held.packets, held.audio_packets], counts, "{segment:?}");
            let found = [numbers.pictures.len() as u64, numbers.sounds.len() as u64];
            assert_eq!(found, counts, "{segment:?}");
            for kind in [&numbers.pictures, &numbers.sounds] {
                let whole = kind.windows(2).all(|pair| pair[0] + 1 == pair[1]);
                assert!(whole, "a hole in {}, or doubled: {kind:?}", segment.file);
            }
            let (start, end, recovered) = (segment.start, segment.end, segment.recovered);
            filed.push(Filed { start, end, recovered, numbers });
        }
        filed
    }

    /// That each picture is in one file at most, and in one where no gap tells why not.
    fn check_pictures(&self, filed: &[Filed]) {
        let delivered: BTreeMap<u64, Instant> =
            self.gate.delivered.iter().map(|it| (it.number, it.at)).collect();
        for pair in filed.windows(2) {
            let (last, first) =
                (*pair[0].numbers.pictures.last().unwrap(), pair[1].numbers.pictures[0]);
            assert!(last < first, "pictures {first} to {last} are in two files");
            let missing = delivered.range(last + 1..first).count();
            let time = delivered[&first].saturating_duration_since(delivered[&last]);
            // What came in a burst is longer by the camera's clock than the time in which it came,
            // and of a recovered file only the camera's clock is known.
            let guessed = pair[0].recovered && self.held_up;
            let told = pair[0].end != pair[1].start || guessed;
            assert!(
                missing == 0 || told || time < SECOND,
                "{missing} pictures after {last} are missing without a gap"
            );
            // And a gap is not longer than what is missing.
            let gap = pair[1].start.duration_since(pair[0].end);
            let longest = SignedDuration::try_from(time).unwrap() + SignedDuration::from_secs(1);
            assert!(self.truth.was_set() || gap <= longest, "{gap} for {time:?} after {last}");
        }
        let saved: BTreeSet<u64> =
            filed.iter().flat_map(|it| it.numbers.pictures.iter().copied()).collect();
        let end = self.now() - 3 * SECOND / 2;
        let lost: Vec<_> =
            delivered.iter().filter(|(number, at)| **at > end && !saved.contains(number)).collect();
        assert!(lost.is_empty(), "all is well at the end, but {lost:?} are lost");
        for (at, newest, most) in &self.kills {
            let Some(kept) = saved.range(..=newest).next_back() else { continue };
            let loss = delivered[newest].saturating_duration_since(delivered[kept]);
            assert!(loss <= *most, "{loss:?} lost by the kill after {:?}", *at - self.began);
        }
    }
}

fn play(seed: u64) {
    let mut trial = Trial::new(seed);
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..trial.random.usize(3..20) {
            trial.happen();
        }
        trial.end();
        trial.check();
    }));
    if let Err(panic) = played {
        let story = trial.story.join("\n  ");
        let ledgers = ledgers(&trial.gate);
        panic!(
            "CAMWALL_SEED={seed}: {}\n  {story}\n{ledgers}",
            camwall_media::panic_message(&*panic)
        );
    }
}

fn ledgers(gate: &SimulatedRecorder) -> String {
    let found = walkdir::WalkDir::new(gate.root()).sort_by_file_name().into_iter().flatten();
    let files = found.filter(|found| found.file_type().is_file()).map(|found| {
        let path = found.path();
        let text = match path.extension() {
            Some(extension) if extension == "jsonl" => std::fs::read_to_string(path).unwrap(),
            _ => String::new(),
        };
        format!("{}\n{text}", path.display())
    });
    files.collect()
}

#[test]
fn whatever_happens_the_archive_is_sound() {
    if let Ok(seed) = std::env::var("CAMWALL_SEED") {
        return play(seed.parse().unwrap());
    }
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    std::thread::scope(|scope| {
        let share = |first| (first..SEQUENCES).step_by(threads as usize).for_each(play);
        let shares: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
        for share in shares {
            share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}
