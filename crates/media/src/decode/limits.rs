//! Keeps from the decoder what it would allocate too much for, and says so.
//!
//! Part of the decoder; the decode thread runs it. Policy: what is refused here or by the decoder's own
//! limits counts as failed and is said at once, with its size; the packets stay in the hub, where a recorder
//! has them.

use std::time::Instant;

use super::{Decoder, Outputs};
use crate::limits::Refusal;
use crate::packet::picture_limits::PictureLimits;
use crate::packet::{Packet, StreamInfo};
use crate::undecodable::Undecodable;

impl Decoder {
    /// Begins to look at a stream for which a decoder is to be opened. False where it is refused.
    pub(super) fn admits_stream(&mut self, info: &StreamInfo, out: &Outputs) -> bool {
        self.limits = PictureLimits::new(out.largest_side);
        let known = self.limits.begin(info.codec, info.extradata());
        if matches!(info.codec, "h264" | "h265" | "mjpeg") && known != Err(Refusal::ParameterSets) {
            // Each packet tells its size, and the stream may go on with another one.
            return true;
        }
        let sized = self.limits.size(info.width, info.height);
        self.tell_refusal(known.and(sized).err().map(Some), out)
    }

    /// Whether the decoder is given this packet.
    pub(super) fn admits(&mut self, packet: &Packet, out: &Outputs) -> bool {
        let info = &packet.info;
        let known = self.limits.packet(info.codec, packet.data(), info.length_prefixed());
        self.tell_refusal(known.err().map(Some), out)
    }

    /// Says what was refused: a refusal of ours, or none of a size where the decoder keeps too many pictures.
    /// True where nothing was.
    pub(super) fn tell_refusal(&mut self, refused: Option<Option<Refusal>>, out: &Outputs) -> bool {
        let Some(refusal) = refused else { return true };
        let why = match refusal {
            Some(Refusal::Size { width, height }) => {
                Undecodable::TooLarge { width, height, side: out.largest_side }
            }
            Some(Refusal::ParameterSets) => Undecodable::ParameterSets,
            None => Undecodable::TooManyPictures,
        };
        if self.refusal != Some(why) {
            self.refusal = Some(why);
            tracing::error!("{}: the pictures are not decoded: {why}", out.id);
        }
        out.health.undecodable(why, Instant::now());
        false
    }
}
