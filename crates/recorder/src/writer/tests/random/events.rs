//! What may happen in a sequence: to the camera, the network, the disk, the clock and the program.

use std::path::Path;
use std::time::Duration;

use camwall_media::ConnectionState;
use jiff::SignedDuration;

use super::{SECOND, Trial};
use crate::Cause;
use crate::ledger::history;
use crate::simulation::{DiskFault, DiskOperation, GATE, name_of};
use crate::writer::rules::Intent;

impl Trial {
    /// One of the things that happen, and then some time.
    pub(super) fn happen(&mut self) {
        match self.random.u8(..30) {
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
            // All cameras have one time here: a slow disk would hold up each by the others' operations.
            18 if self.others.is_empty() => self.disk_is_slow(),
            19 => self.clock_is_set(),
            20 => self.kill(),
            21 => {
                let life = self.random.u32(..40);
                self.tell(format_args!("to be killed after {life} operations"));
                self.gate.world().life = Some(life);
            }
            22 => self.program_ends(),
            23 => self.feed_is_closed(),
            24 => self.mender_hangs(),
            25 => self.another_comes_or_goes(),
            26 => self.wall_file_changes(),
            27 => self.camera_is_taken_off(),
            28 => self.clock_is_wrong_at_a_start(),
            29 => self.ledgers_cannot_be_read_at_a_start(),
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

    fn feed_is_closed(&mut self) {
        let time = self.time(0, 5000);
        self.tell(format_args!("the feed is closed, another one in {time:?}"));
        let from = self.now();
        self.gate.camera.close_feed();
        self.run(time);
        self.gate.change_feed();
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
        }
        self.truth.held(Cause::CameraOffline, from, self.now());
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
        if operations.contains(&DiskOperation::Remove) {
            // A file whose head can't be written stays behind where it can't be removed either, and
            // is taken for one that a kill left.
            operations.push(DiskOperation::Create);
            after = 0;
        }
        self.tell(format_args!("{cause:?} for {time:?} after {after} of {operations:?}"));
        // The system tells once of what it could not write, and what is written next gets there.
        let lost = if operations == [DiskOperation::Sync] { after } else { 0 };
        self.gate.world().lost_syncs = lost;
        let fault = DiskFault { operations, code, after };
        self.gate.world().fault = (lost == 0).then_some(fault);
        self.run(time);
        self.gate.world().fault = None;
        self.gate.world().lost_syncs = 0;
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

    fn mender_hangs(&mut self) {
        let time = self.time(1, 9000);
        self.tell(format_args!("nothing is mended for {time:?}"));
        self.gate.world().mends = false;
        if self.random.bool() {
            self.kill();
        }
        self.run(time);
        self.gate.world().mends = true;
    }

    /// Files are to be others from now on.
    fn wall_file_changes(&mut self) {
        self.configure();
        let settings = self.gate.settings.clone();
        self.tell(format_args!("{:?} of {:?}", settings.container, settings.length));
        if self.gate.is_running() {
            self.gate.reconfigure();
        }
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
        }
    }

    fn another_comes_or_goes(&mut self) {
        let running = self.gate.is_running();
        let Some(other) = self.random.choice(&mut self.others).filter(|_| running) else { return };
        if other.is_running() {
            other.go();
        } else {
            other.come();
        }
        self.tell("another camera comes or goes");
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
        }
    }

    /// The wall file no longer has the camera, and has it again a while later; the program runs on.
    fn camera_is_taken_off(&mut self) {
        let (from, time) = (self.now(), self.time(0, 9000));
        self.tell(format_args!("off the wall for {time:?}"));
        self.ends.push(from);
        if self.gate.is_running() {
            self.gate.go();
        }
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
            // It may have told that already.
            return self.truth.held(Cause::ProgramEnded, from, self.now());
        }
        self.gate.pass(time);
        self.truth.held(Cause::ProgramEnded, from, self.now());
        (self.anew, self.trouble) = (true, None);
        self.gate.told();
        self.starts.push(self.now());
        self.gate.come();
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
        }
    }

    /// The clock is set while the program does not run.
    fn clock_is_wrong_at_a_start(&mut self) {
        if self.random.bool() {
            self.kill();
        } else {
            self.program_ends();
        }
        self.clock_is_set();
    }

    /// Nor written, while a folder is in the place of each.
    fn ledgers_cannot_be_read_at_a_start(&mut self) {
        if self.gate.limits.is_some() {
            // Which names retention took only they know, and a clock that is set back may give one again.
            return;
        }
        self.clock_is_wrong_at_a_start();
        let gate = self.gate.root().join(GATE);
        let days = history::days(self.gate.root(), GATE).unwrap_or_default();
        let ledgers = days.into_iter().map(|day| self.gate.ledger(day));
        let ledgers: Vec<_> = ledgers.filter(|ledger| ledger.exists()).collect();
        let time = self.time(1, 9000);
        self.tell(format_args!("{} ledgers can't be read for {time:?}", ledgers.len()));
        let aside = |ledger: &Path| gate.join(name_of(ledger));
        for ledger in &ledgers {
            std::fs::rename(ledger, aside(ledger)).unwrap();
            std::fs::create_dir(ledger).unwrap();
        }
        self.gate.world().life = None;
        self.run(time);
        for ledger in &ledgers {
            std::fs::remove_dir(ledger).unwrap();
            std::fs::rename(aside(ledger), ledger).unwrap();
        }
        // Tried again after 2, 4 and 8 s.
        self.run(10 * SECOND);
    }

    fn program_ends(&mut self) {
        self.tell("ends");
        self.ends.push(self.now());
        let from = self.now();
        self.finish();
        if self.gate.world().is_dead() {
            self.killed(Duration::MAX);
            // It may have told that already.
            self.truth.held(Cause::ProgramEnded, from, self.now());
        } else {
            self.away(Cause::ProgramEnded);
        }
    }

    fn clock_is_set(&mut self) {
        let off = self.set.iter().fold(SignedDuration::ZERO, |sum, (_, by)| sum + *by);
        // Often what was wrong is set right.
        let by = if !off.is_zero() && self.random.bool() {
            -off
        } else {
            SignedDuration::from_millis(self.random.i64(-300_000..300_000))
        };
        self.tell(format_args!("clock set by {by}"));
        self.gate.set_clock(by);
        self.set.push((self.now(), by));
        self.truth.clock_set(self.now(), by);
    }

    pub(super) fn kill(&mut self) {
        let power = self.random.bool();
        let calm = self.gate.status().writing;
        self.tell(if power { "the power is cut" } else { "to be killed" });
        if power {
            self.gate.cut_power();
        } else {
            self.gate.kill();
        }
        self.killed(if calm { SECOND } else { Duration::MAX });
    }
}
