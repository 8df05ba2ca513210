//! Leaves packets out where this computer can't keep up.
//!
//! Part of the decoder; the decode thread runs it. Policies:
//! - what is left out on purpose is neither an error nor damage, and a picture that is old for it is
//!   not stale;
//! - what the decoder held back takes a turn as a packet does: its pictures are scaled and looked at.

use std::time::Instant;

use super::{Decoder, Job, Outputs};
use crate::ffmpeg::take_pictures;
use crate::overload::effort::Effort;
use crate::overload::thinning::{Share, Unit};

impl Decoder {
    /// Whether a packet is left out of decoding. What the decoder held back until then is published.
    pub(super) fn is_left_out(&mut self, job: &Job, out: &Outputs) -> bool {
        if job.restart {
            self.thinning.restart(job.first);
        }
        if job.first {
            self.tell_gap(out, Instant::now());
        }
        // What began just now shows its first picture before anything is left out.
        self.begins |= job.first;
        let begins = if job.silent { self.begins } else { std::mem::take(&mut self.begins) };
        let effort = out.health.load.effort();
        let effort = if begins { effort.min(Effort::NoFilter) } else { effort };
        let packet = &job.packet;
        let (key, endless) = (packet.keyframe, job.gradual || job.blind);
        let unit = Unit { key, endless, arrived: packet.arrived };
        let share = self.thinning.next(effort, unit);
        if self.gap < self.thinning.gap(effort) {
            self.tell_gap(out, Instant::now());
        }
        match share {
            Share::Decode { reduced, sparse } => {
                (self.reduced, self.sparse) = (reduced, sparse);
                return false;
            }
            Share::Drain => self.drain(packet.arrived, out),
            Share::LeaveOut => {}
        }
        true
    }

    /// Publishes what the decoder holds back up to a packet that arrived then. After that it begins
    /// anew.
    fn drain(&mut self, arrived: Instant, out: &Outputs) {
        let Some(_work) = out.health.load.begin(arrived) else { return };
        let Some((mut decoder, info)) = self.open.take() else { return };
        let mut spare = self.spare.take();
        if decoder.send_eof().is_ok() {
            take_pictures(&mut decoder, &mut spare, |video| {
                if let Ok(video) = video {
                    self.publish(video, &info, out);
                }
            });
        }
        decoder.flush();
        self.spare = spare;
        self.open = Some((decoder, info));
    }

    /// Says how far apart pictures are now: more before they are, less once one is there.
    pub(super) fn tell_gap(&mut self, out: &Outputs, now: Instant) {
        let gap = self.thinning.gap(out.health.load.effort());
        if gap != self.gap {
            self.gap = gap;
            out.health.thinned(gap, now);
        }
    }
}
