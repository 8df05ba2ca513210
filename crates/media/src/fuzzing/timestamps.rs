//! What is computed from a camera's timestamps: distances of key frames, order of pictures, times of a
//! file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

use super::Bytes;
use crate::feed::key_distance::KeyDistance;
use crate::ffmpeg::CodecParams;
use crate::fixtures::{info, packet_of};
use crate::health::feed_health::FeedHealth;
use crate::media_type::MediaType;
use crate::mux::reorder_depth::ReorderDepth;
use crate::mux::timestamps::{DtsGenerator, MAX_DEPTH, PtsTracker, Track};
use crate::packet::{Packet, StreamInfo};

/// Ticks a second of what is written.
const FILE: (i32, i32) = (1, 1000);
/// Packets of one run at most; what matters needs fewer.
const PACKETS: usize = 300;

/// The first bytes are the stream's ticks and its order, then come packets: whatever a camera says the
/// time is, what is written is in order, and what is told of it is within bounds.
///
/// # Panics
/// Where that is not so.
pub fn timestamps(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let base = (i32::from(bytes.byte()), bytes.number() as i32);
    let depth = usize::from(bytes.byte()) % (MAX_DEPTH + 1);
    let params = CodecParams::new(MediaType::Video, ffmpeg::codec::Id::H264).expect("memory");
    let info = Arc::new(StreamInfo { time_base: base, ..info(params) });
    let (health, mut distance) = (FeedHealth::new(Duration::ZERO), KeyDistance::default());
    let mut order = ReorderDepth::new();
    let mut track =
        Track::new(PtsTracker::new(base, depth, 3600), DtsGenerator::new(depth, 1), FILE);
    let mut sound = PtsTracker::in_order(base, 1024);
    let (mut written, mut heard) = (None, None);
    let mut arrived = Instant::now();
    for packet in std::iter::from_fn(|| next(&mut bytes, &info, &mut arrived)).take(PACKETS) {
        distance.measure(&packet, &health);
        order.observe(&packet);
        assert!(order.depth() <= MAX_DEPTH, "{} pictures out of order", order.depth());
        assert!(packet.seconds().is_none_or(f64::is_finite));
        let pts = track.tracker.read((&*packet).into());
        if !track.has_begun() {
            track.begin(pts, pts);
        }
        let stamps = track.stamp(pts);
        assert!(stamps.pts >= stamps.dts && stamps.duration > 0, "{stamps:?}");
        assert!(written.is_none_or(|before| before < stamps.dts), "{written:?}, then {stamps:?}");
        assert!(track.tracker.frame() > 0 && track.tracker.length() >= 0);
        written = Some(stamps.dts);
        let pts = sound.read((&*packet).into());
        assert!(heard.is_none_or(|before| before < pts), "{heard:?}, then {pts}");
        heard = Some(pts);
    }
    let summary = health.summary().clone();
    assert!(summary.gop_ms.is_none_or(|distance| distance <= 3_600_000), "{:?}", summary.gop_ms);
    assert!(summary.fps.is_none_or(|fps| fps.is_finite() && fps > 0.0), "{:?}", summary.fps);
}

/// The next packet; its time is that of the one before and a step, or any.
fn next(
    bytes: &mut Bytes<'_>,
    info: &Arc<StreamInfo>,
    arrived: &mut Instant,
) -> Option<Arc<Packet>> {
    if bytes.is_empty() {
        return None;
    }
    let kind = bytes.byte();
    // Up to a minute.
    *arrived += Duration::from_millis(u64::from(bytes.byte()).pow(2));
    let pts = match kind & 3 {
        0 => i64::from(bytes.byte()) * 3600,
        1 => bytes.number() >> 20,
        _ => bytes.number(),
    };
    let packet = packet_of(info, &[0, 0, 1], pts, kind & 4 != 0, *arrived);
    let mut packet = Arc::into_inner(packet)?;
    if kind & 8 != 0 {
        packet.pts = None;
    }
    if kind & 16 != 0 {
        packet.dts = Some(pts.wrapping_sub(3600));
    }
    Some(Arc::new(packet))
}
