//! Learns from a camera's packets by how many pictures showing lags behind decoding.
//!
//! Pure; used by the thread that writes a recording. Over RTSP nothing announces B frames but the
//! presentation times of the packets themselves.
//! Policy: the depth only grows, until the camera's parameters change; a jump in its clock teaches
//! nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use super::timestamps::{MAX_DEPTH, rescale};
use crate::packet::{MediaType, Packet, StreamInfo};

/// Packets after which the depth is known even without a second key frame.
const ENOUGH: usize = 32;
/// Backwards by more is no reordering but another clock, seconds.
const JUMP: i64 = 5;

/// How far a camera's pictures are out of order.
#[derive(Debug, Default)]
pub struct ReorderDepth {
    info: Option<Arc<StreamInfo>>,
    /// The latest presentation times, in order of decoding.
    recent: VecDeque<i64>,
    depth: usize,
    packets: usize,
    keyframes: usize,
}

impl ReorderDepth {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns from the next packet, in order of decoding; sound is none of its business.
    pub fn observe(&mut self, packet: &Packet) {
        if packet.media_type() != MediaType::Video {
            return;
        }
        if !self.info.as_ref().is_some_and(|info| same(info, &packet.info)) {
            *self = Self { info: Some(packet.info.clone()), ..Self::default() };
        }
        self.packets += 1;
        self.keyframes += usize::from(packet.keyframe);
        if let Some(pts) = packet.pts {
            self.learn(pts, rescale(JUMP, (1, 1), packet.info.time_base));
        }
    }

    /// Pictures by which showing lags behind decoding, as far as is known.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether enough was seen to rely on the depth: a whole group of pictures, or many pictures.
    pub fn settled(&self) -> bool {
        self.keyframes > 1 || self.packets >= ENOUGH
    }

    fn learn(&mut self, pts: i64, jump: i64) {
        let later = self.recent.iter().filter(|seen| **seen > pts).count();
        let high = self.recent.iter().copied().max().unwrap_or(pts);
        if later > MAX_DEPTH || high.saturating_sub(pts) > jump {
            self.recent.clear();
        } else {
            self.depth = self.depth.max(later);
        }
        if self.recent.len() > MAX_DEPTH {
            self.recent.pop_front();
        }
        self.recent.push_back(pts);
    }
}

/// Whether what was learned from one holds for the other.
fn same(one: &Arc<StreamInfo>, other: &Arc<StreamInfo>) -> bool {
    Arc::ptr_eq(one, other)
        || (one.codec == other.codec
            && one.time_base == other.time_base
            && one.extradata() == other.extradata())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fake;

    /// The depth after pictures at these times, in frames of 25 a second.
    fn depth(frames: &[i64]) -> usize {
        let mut reorder = ReorderDepth::new();
        for (i, frame) in frames.iter().enumerate() {
            reorder.observe(&fake(frame * 3600, i == 0));
        }
        reorder.depth()
    }

    #[test]
    fn depth_is_how_many_came_too_early() {
        assert_eq!(depth(&[0, 1, 2, 3]), 0);
        assert_eq!(depth(&[0, 2, 1, 4, 3]), 1);
        assert_eq!(depth(&[0, 4, 2, 1, 3, 8, 6, 5, 7]), 2);
        assert_eq!(depth(&[8, 4, 2, 1, 3, 6, 5, 7]), 3);
        let backwards: Vec<i64> = (0..16).rev().collect();
        assert_eq!(depth(&backwards), 15);
    }

    #[test]
    fn a_clock_set_back_teaches_nothing() {
        let mut frames: Vec<i64> = (1000..1030).collect();
        frames.extend(0..30);
        assert_eq!(depth(&frames), 0);
        // By less than five seconds, but by more than any codec reorders.
        let mut frames: Vec<i64> = (1000..1030).collect();
        frames.extend(960..1020);
        assert_eq!(depth(&frames), 0);
    }

    #[test]
    fn settled_after_a_group_or_many_pictures() {
        let mut reorder = ReorderDepth::new();
        for i in 0..31 {
            reorder.observe(&fake(i * 3600, i == 0));
            assert!(!reorder.settled());
        }
        reorder.observe(&fake(31 * 3600, false));
        assert!(reorder.settled());
        let mut reorder = ReorderDepth::new();
        reorder.observe(&fake(0, true));
        reorder.observe(&fake(3600, true));
        assert!(reorder.settled());
    }
}
