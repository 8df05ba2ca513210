//! The program in simulated time: it starts, time passes, it ends or is killed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use camwall_media::{ConnectionState, Keep};

use super::{SimulatedRecorder, Told};
use crate::RecorderStatus;
use crate::camera::status::PublishedStatus;
use crate::events::{Note, RecorderEvent, RecorderHandler, Trouble};
use crate::reader::live::LiveWriter;
use crate::writer::packet_reader::PacketReader;
use crate::writer::state::{Event, Writer};

impl SimulatedRecorder {
    /// Starts the program, if it does not run, as a wall does that records the camera; it connects
    /// anew.
    pub fn start(&mut self) {
        if self.writer.is_some() {
            return;
        }
        self.keeper = None;
        // Nobody has it open any more, and who mends it looks at the disk and not at what the system
        // still has of it in memory.
        self.forget();
        self.world().revive();
        self.system.forget_mends();
        self.begin();
    }

    /// Another camera of a program that runs comes onto its wall.
    pub fn come(&mut self) {
        if self.writer.is_none() {
            // As at a start.
            self.forget();
            self.begin();
        }
    }

    /// The camera goes from the wall, and the program runs on.
    pub fn go(&mut self) {
        self.step(Event::Finish);
        self.writer = None;
    }

    fn begin(&mut self) {
        let told = self.told.clone();
        let handler: RecorderHandler = Arc::new(move |event: RecorderEvent<'_>| {
            let RecorderEvent::Told { what, error, .. } = event else { return };
            let word = match what {
                Trouble::NotRecording => Told::Trouble,
                Trouble::NotClosed => Told::NotClosed,
                Trouble::RecordedAgain => Told::Over,
                Trouble::NotNamed => Told::NotNamed,
                Trouble::NamedAgain => Told::Named,
                Trouble::NoSnapshot => return,
            };
            let word = word(error.cause());
            told.lock().unwrap_or_else(PoisonError::into_inner).push(word);
        });
        let packets = PacketReader::new(self.pre_roll);
        let system = self.system.clone();
        let mut writer = Writer::new(self.settings.clone(), system, handler, packets);
        writer.live = LiveWriter::new(self.live.clone());
        self.writer = Some(writer);
        self.told_intent = None;
        let now = self.world().now();
        self.published = PublishedStatus::new(now);
        let keep = Keep { span: self.pre_roll, bytes: self.memory };
        let source = self.camera.subscribe(keep);
        if self.camera.link == ConnectionState::Up {
            self.camera.connect(now);
        }
        self.step(Event::Open);
        self.step(Event::Source(Some(source)));
        self.said = RecorderStatus::default();
    }

    /// Another feed reads the camera, which connects anew.
    pub fn change_feed(&mut self) {
        let now = self.world().now();
        let source = self.camera.subscribe(Keep { span: self.pre_roll, bytes: self.memory });
        self.camera.connect(now);
        self.step(Event::Source(Some(source)));
    }

    /// Time passes, and what happens meanwhile happens; what comes at its very end does not yet. Starts the program where it does not run.
    pub fn run(&mut self, time: Duration) {
        self.run_with(&mut [], time);
    }

    /// The same with other cameras of the program, those of them that are on its wall.
    pub fn run_with(&mut self, others: &mut [Self], time: Duration) {
        self.start();
        let until = self.world().now() + time;
        while self.writer.is_some() {
            let now = self.world().now();
            if now >= until {
                return;
            }
            self.go_round();
            others.iter_mut().for_each(Self::go_round);
            self.keep_house();
            if self.world().is_dead() {
                // With one thread all end.
                others.iter_mut().chain([self]).for_each(|it| it.writer = None);
                return;
            }
            // An operation that hung took its time already.
            let now = self.world().now();
            let all = others.iter().chain([&*self]).filter_map(|it| it.writer.as_ref());
            let due = all.filter_map(|writer| writer.next_due(now)).min().unwrap_or(until);
            let due = due.saturating_duration_since(now);
            self.world().pass(due.min(self.tick).min(until.saturating_duration_since(now)));
        }
    }

    /// What arrived is there, and the thread goes round where something wakes it.
    fn go_round(&mut self) {
        if self.writer.is_none() {
            return;
        }
        self.arrive();
        if self.wakes() {
            self.turn();
        } else {
            self.check_sleep();
        }
    }

    /// Tells the recorder of the settings, the pre-roll and the memory as they are by now.
    pub fn reconfigure(&mut self) {
        let keep = Keep { span: self.pre_roll, bytes: self.memory };
        self.step(Event::Reconfigure(self.settings.clone(), keep));
        self.turn();
    }

    /// The protect key.
    pub fn protect(&mut self) -> Option<Note> {
        self.start();
        let note = self.step(Event::Protect);
        self.turn();
        note
    }

    /// The program ends in peace, with what still is on the way.
    pub fn finish(&mut self) {
        self.start();
        self.step(Event::Finish);
        self.writer = None;
    }

    /// The program is killed: nothing more reaches the disk.
    pub fn kill(&mut self) {
        self.world().kill();
        self.writer = None;
        self.forget();
    }

    /// Time passes while the program does not run.
    pub fn pass(&mut self, time: Duration) {
        assert!(!self.is_running(), "a program that runs does not stand still");
        self.world().pass(time);
    }
}
