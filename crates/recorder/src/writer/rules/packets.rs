//! What a packet calls for: whether the open segment goes on with it, ends before it, or makes room for the
//! next.
//!
//! Pure, as all rules. Policy: a segment ends where something is missing; what came late but evenly by the
//! camera's own clock was only held up on the way.

use std::sync::Arc;

use camwall_media::{Delivery, ReorderDepth};
use jiff::Timestamp;

use super::Rules;
use crate::Cause;
use crate::clock::WallClock;
use crate::writer::segment::progress::SegmentProgress;

/// What a packet calls for before it is written.
#[derive(Clone, Copy, Debug)]
pub enum PacketAction {
    /// It goes into the open segment, if there is one.
    GoOn,
    /// The open segment can't go on with it.
    End(Cause),
    /// It begins the next segment.
    Rotate(Rotation),
}

/// Where one segment ends and the next begins.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// The clocks by which the next segment is timed.
    pub clock: WallClock,
    /// Whether the wall clock was set since the open one was begun; else the next joins that.
    pub set: bool,
    /// End of the segment that is open.
    pub end: Timestamp,
}

impl Rules {
    /// Whether pictures are missing before this one, which was not observed yet, because of a stall.
    pub fn is_late(&self, next: &Delivery) -> bool {
        let follows = next.number == self.unseen && self.same_session(next);
        next.is_picture() && follows && self.stall_detector.is_late(next.packet.arrived)
    }

    /// Learns from a packet, in whose order pictures are shown and how far apart they come. One that
    /// is read a second time teaches nothing.
    pub fn observe(&mut self, next: &Delivery) {
        if next.number < self.unseen {
            return;
        }
        let other = !self.same_session(next);
        if other {
            self.session = Some(next.session.clone());
            self.reorder = ReorderDepth::new();
        }
        if other || next.number > self.unseen {
            // What was not read says nothing of the camera's pace.
            self.stall_detector.restart();
        }
        self.unseen = next.number + 1;
        if next.is_picture() {
            self.reorder.observe(&next.packet);
            self.stall_detector.frame_arrived(next.packet.arrived);
        }
    }

    fn same_session(&self, next: &Delivery) -> bool {
        self.session.as_ref().is_some_and(|known| Arc::ptr_eq(known, &next.session))
    }

    /// A packet came, which was not observed yet. What it calls for where `open` is the open segment;
    /// at key frames alone it is asked whether its file `is_full`.
    pub fn packet(
        &self,
        next: &Delivery,
        open: &SegmentProgress,
        is_full: impl FnOnce() -> bool,
        now: &WallClock,
    ) -> PacketAction {
        if let Some(cause) = self.breaks(open, next) {
            return PacketAction::End(cause);
        }
        let is_key = next.is_key();
        let rotation = is_key.then(|| rotation(open, next, is_full(), now)).flatten();
        rotation.map_or(PacketAction::GoOn, PacketAction::Rotate)
    }

    /// Why the open segment can't go on with this packet, if so.
    fn breaks(&self, open: &SegmentProgress, next: &Delivery) -> Option<Cause> {
        if !open.same_session(next) {
            return Some(Cause::CameraOffline);
        }
        if !open.joins(next) {
            return Some(Cause::DiskSlow);
        }
        let late = next.packet.arrived.saturating_duration_since(open.last_video);
        let stall = self.stall_detector.stall();
        // What came late but evenly by its own clock was only held up on the way.
        (next.is_picture() && late > stall && open.skips(&next.packet, stall))
            .then_some(Cause::CameraStalled)
    }
}

/// Where the open segment ends because this key frame begins the next: it is time, the clock was set, or the
/// camera changed its parameters.
fn rotation(
    open: &SegmentProgress,
    key: &Delivery,
    is_full: bool,
    now: &WallClock,
) -> Option<Rotation> {
    let set = open.clock.was_set(now);
    let old = open.clock.wall(key.packet.arrived);
    if !(set || is_full || !open.fits(key) || old >= open.boundary) {
        return None;
    }
    let end = if set { old } else { now.wall(key.packet.arrived) };
    Some(Rotation { clock: *now, set, end: end.max(open.record.start) })
}
