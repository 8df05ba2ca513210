//! The loop of the thread `ID.record` in simulated time: when it wakes, and what it does then.

use std::time::{Duration, Instant};

use camwall_media::MediaType;
use crossbeam_channel::TryRecvError;

use super::camera::number_of;
use super::{Delivered, SimulatedRecorder};
use crate::RecorderStatus;
use crate::clock::WallClock;
use crate::events::Note;
use crate::system::RecorderSystem;
use crate::writer::state::Event;

impl SimulatedRecorder {
    /// What has arrived by now reaches the hub.
    pub(super) fn arrive(&mut self) {
        if self.lose > 0 {
            // What came before was read.
            self.turn();
        }
        let (now, held) = (self.world().now(), usize::from(self.behind));
        self.arrive_but(now, held);
    }

    fn arrive_but(&mut self, now: Instant, held: usize) {
        for packet in self.camera.arrive(now, held, &mut self.lose) {
            if let Some(number) = number_of(packet.data(), MediaType::Video) {
                let (keyframe, at) = (packet.keyframe, packet.arrived);
                self.delivered.push(Delivered { number, keyframe, at });
            }
        }
    }

    /// Time passes while the thread hangs in a call to the disk: what arrives waits in the hub.
    pub fn hang(&mut self, time: Duration) {
        let until = self.world().now() + time;
        while self.world().now() < until {
            let step = self.tick.min(until - self.world().now());
            self.world().pass(step);
            let now = self.world().now();
            self.arrive_but(now, 0);
        }
    }

    /// The thread reads what came, and hangs before it hands that to the system.
    pub fn read_only(&mut self) {
        self.step(Event::Read);
    }

    /// Whether something wakes the thread now.
    pub(super) fn wakes(&self) -> bool {
        let now = self.world().now();
        self.writer.as_ref().is_some_and(|writer| {
            self.told_intent != Some((self.intent, self.not_before))
                // One that is hung up rings for ever.
                || writer.bell(now).is_some_and(|bell| bell.try_recv() != Err(TryRecvError::Empty))
                || writer.next_due(now).is_some_and(|due| due <= now)
        })
    }

    /// That nothing it said has become untrue while the thread sleeps.
    pub(super) fn check_sleep(&self) {
        let Some(writer) = &self.writer else { return };
        let true_now = writer.status(&self.system.now());
        // Causes may change by the storage's word, which is looked for each second.
        let shown = |status: RecorderStatus| (status.wanted, status.writing, status.kept);
        assert_eq!(shown(true_now), shown(self.said), "the thread sleeps too long");
    }

    /// Once around the loop of the thread.
    pub(super) fn turn(&mut self) {
        self.wakes += 1;
        let wish = (self.intent, self.not_before);
        if self.told_intent != Some(wish) {
            self.told_intent = Some(wish);
            self.step(Event::Intend(wish.0, wish.1));
        }
        self.system.step_mender();
        self.step(Event::Read);
        // What came while the disk held the thread up waits in the hub.
        let now = self.world().now();
        self.arrive_but(now, 0);
        self.step(Event::Tick);
        if let Some(writer) = &self.writer {
            let clock = self.system.now();
            self.said = writer.status(&clock);
            // The program is told of each change; nobody counts them here.
            let _changed: bool = self.published.publish(self.said, clock.instant());
        }
    }

    pub(super) fn step(&mut self, event: Event) -> Option<Note> {
        let now: WallClock = self.system.now();
        let note = self.writer.as_mut().and_then(|writer| writer.step(event, &now));
        if self.world().is_dead() {
            self.writer = None;
        }
        note
    }
}
