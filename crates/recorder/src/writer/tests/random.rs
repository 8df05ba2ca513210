//! Whatever camera, operator, disk and clock do, in whatever order: what must always hold.
//!
//! Each sequence is made from a number, its seed; `CAMWALL_SEED=n` plays that one alone. What held
//! when is written down here as it is brought about, and asked of the archive afterwards; nothing
//! is asked of the rules.

mod checks;
mod events;
mod removals;

use std::time::{Duration, Instant};

use camwall_media::Container;
use jiff::SignedDuration;

use super::truth::Truth;
use crate::Cause;
use crate::simulation::seeds::play_each;
use crate::simulation::{SimulatedRecorder, Told, at};

/// How many sequences are played; `CAMWALL_SEQUENCES=first..end` plays others.
const SEQUENCES: std::ops::Range<u64> = 0..1000;
const SECOND: Duration = Duration::from_secs(1);

/// A sequence as it is played.
struct Trial {
    random: fastrand::Rng,
    gate: SimulatedRecorder,
    /// Other cameras of the same wall, which come and go.
    others: Vec<SimulatedRecorder>,
    /// Whether they are all to come.
    all_come: bool,
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
    /// Size of the disk, where that is made up.
    size: u64,
    /// When the clock was set, and by how much.
    set: Vec<(Instant, SignedDuration)>,
}

impl Trial {
    fn new(seed: u64) -> Self {
        // Ahead of the files' own times, which are the system's: what a ledger says here is later.
        let mut gate = SimulatedRecorder::starting_at(at("2126-11-22T07:20:00Z"));
        let now = gate.world().now();
        let mut random = fastrand::Rng::with_seed(seed);
        gate.camera.gop = random.u64(4..12);
        gate.camera.sound = random.bool();
        gate.camera.connect(now);
        let truth = Truth::new(now, gate.at());
        let others = if random.u8(..4) == 0 { ["door", "yard"].as_slice() } else { &[] };
        let others = others.iter().map(|folder| gate.beside(folder)).collect();
        let mut this = Self {
            random,
            gate,
            others,
            all_come: true,
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
            size: 0,
            set: Vec::new(),
        };
        this.limit(seed);
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
            if std::mem::take(&mut self.all_come) {
                self.others.iter_mut().for_each(SimulatedRecorder::come);
            }
            let step = (until - self.now()).min(SECOND / 10);
            self.gate.run_with(&mut self.others, step);
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
        let lacks_room = self.gate.world().lacks_room();
        if let Err(cause) = lacks_room {
            self.truth.held(cause, now - SECOND / 10, now);
        }
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
                Told::NotClosed(_) | Told::NotNamed(_) | Told::Named(_) => {}
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
        self.others.iter_mut().chain([&mut self.gate]).for_each(SimulatedRecorder::kill);
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
        (self.anew, self.trouble, self.all_come) = (true, None, true);
        self.gate.told();
        self.configure();
    }

    /// The program ends in peace.
    fn finish(&mut self) {
        self.others.iter_mut().filter(|it| it.is_running()).for_each(SimulatedRecorder::finish);
        self.gate.finish();
    }

    /// All is well again, and the program ends in peace.
    fn end(&mut self) {
        self.gate.world().life = None;
        // What is kept may fill the disk.
        self.gate.world().room = None;
        self.all_come = true;
        self.run(12 * SECOND);
        if self.gate.limits.is_some() {
            // Where removing was in vain, nothing is recorded for a while.
            self.run(30 * SECOND);
        }
        // Files that the disk refused to mend are tried again rarely, but by a start at once.
        if self.random.bool() {
            self.kill();
        } else {
            self.ends.push(self.now());
            self.finish();
            self.away(Cause::ProgramEnded);
        }
        self.run(4 * SECOND);
        self.finish();
        self.tell("the end");
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
        let ledgers = trial.gate.told_in_ledgers();
        panic!(
            "CAMWALL_SEED={seed}: {}\n  {story}\n{ledgers}",
            camwall_media::panic_message(&*panic)
        );
    }
}

#[test]
fn whatever_happens_the_archive_is_sound() {
    if let Ok(seed) = std::env::var("CAMWALL_SEED") {
        return play(seed.parse().unwrap());
    }
    play_each("CAMWALL_SEQUENCES", SEQUENCES, play);
}
