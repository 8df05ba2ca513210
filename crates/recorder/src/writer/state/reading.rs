//! Reads packets into files, and says when there is something to read.
//!
//! Run by the thread `ID.record`. Policy: while a file is open, packets are read at each flush and not
//! one by one: one that waits in the hub is as safe as one that waits in the write buffer, and the
//! thread sleeps meanwhile. Reading is broken off to look at the clock, also where it never ends.

use std::time::Instant;

use camwall_media::{ConnectionState, Delivery, Subscription};
use crossbeam_channel::Receiver;

use super::{FINISH_TIMEOUT, Writer};
use crate::Cause;
use crate::clock::WallClock;
use crate::system::RecorderSystem;
use crate::writer::rules::PacketAction;

impl<S: RecorderSystem> Writer<S> {
    /// When, at the latest, [`Event::Read`](super::Event::Read) and [`Event::Tick`](super::Event::Tick)
    /// have something to do where nothing rings before; never where that is none. `now` is the time of
    /// the last tick or later.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        if self.unfinished {
            return Some(now);
        }
        let open = self.segment.is_some();
        let others = [
            Some(self.rules.flush_at()).filter(|at| open && *at > now),
            self.begin_at,
            self.name_at(),
            self.look_due(),
            self.timeline.next_due(),
        ];
        let others = others.into_iter().flatten().map(|due| self.rules.not_again(due));
        others.chain(self.rules.next_due(open, now)).min()
    }

    /// What rings when there is something to read, or when the connection's state changed; none where
    /// nobody has to come at once.
    pub fn bell(&self, now: Instant) -> Option<&Receiver<()>> {
        let sleeps = self.segment.is_some() && now < self.rules.flush_at();
        self.packets.bell().filter(|_| !sleeps)
    }

    /// Packets come from elsewhere.
    pub(super) fn connect(&mut self, source: Option<Subscription>) {
        // First what came from where they came before. A panic there costs that and no more.
        self.packets.announce(source);
        self.read(self.system.now().instant() + FINISH_TIMEOUT);
        self.packets.change_over();
        self.forget_old();
        self.rules.reconnected();
        if self.segment.is_some() {
            self.packets.unpark();
        }
    }

    /// While the camera is not connected, what is in memory may be of hours ago: nothing of it goes into
    /// a file that is begun from now on.
    pub(super) fn forget_old(&mut self) {
        if self.packets.connection() != ConnectionState::Up {
            self.packets.forget();
        }
    }

    /// Reads what came, up to then; begins a file where none is open.
    pub(super) fn read(&mut self, until: Instant) {
        self.packets.hear_bell();
        self.unfinished = false;
        while self.segment.is_some() || self.begin() {
            let Some(delivery) = self.packets.next() else {
                if self.packets.has_missed() {
                    // What follows comes with the next key frame; until then nothing is written.
                    self.end(Cause::DiskSlow);
                }
                return;
            };
            let now = self.system.now();
            self.take(&delivery, &now);
            if now.instant() >= until {
                self.unfinished = true;
                return;
            }
        }
    }

    /// Takes the next packet while a segment is open. Where that ends with it, the packet is read again
    /// for the next.
    fn take(&mut self, delivery: &Delivery, now: &WallClock) {
        let Some(open) = &self.segment else { return };
        let action = self.rules.packet(delivery, &open.progress, || open.is_full(), now);
        let late = self.rules.is_late(delivery);
        self.rules.observe(delivery);
        match action {
            PacketAction::GoOn => {}
            // Where packets were missed, whatever else came between these two, the disk was too slow.
            PacketAction::End(_) if self.packets.has_missed() => self.end(Cause::DiskSlow),
            PacketAction::End(cause) => self.end(cause),
            PacketAction::Rotate(rotation) => self.rotate(delivery, &rotation),
        }
        if late && self.segment.is_none() {
            // No file may begin before a stall and go on after it.
            self.packets.raise_floor(delivery.number);
        }
        self.write(delivery);
    }

    /// Writes a packet into the open segment, if there is one.
    pub(super) fn write(&mut self, delivery: &Delivery) {
        let Some(segment) = &mut self.segment else { return };
        match segment.write(delivery) {
            Ok(()) => {
                self.rules.wrote();
                self.live.wrote(delivery);
                self.packets.raise_floor(delivery.number + 1);
            }
            Err(failure) => self.abort_segment(failure),
        }
    }
}
