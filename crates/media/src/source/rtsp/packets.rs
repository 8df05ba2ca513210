//! Makes packets of the pictures and the sound that retina hands out.
//!
//! The feed's task runs it.

use std::sync::Arc;
use std::time::Instant;

use ffmpeg_next as ffmpeg;
use retina::codec::{AudioFrame, VideoFrame};

use crate::packet::nal;
use crate::packet::{Packet, StreamInfo};

/// A picture as a packet.
pub(super) fn video_packet(frame: VideoFrame, info: &Arc<StreamInfo>) -> Packet {
    let (loss, arrived) = (frame.loss(), frame.end_ctx().received());
    let pts = frame.timestamp().elapsed();
    let data = frame.into_data();
    let keyframe = nal::is_keyframe(info.codec, &data, false);
    packet(&data, info, pts, keyframe, loss, arrived)
}

/// A piece of sound as a packet.
pub(super) fn audio_packet(frame: &AudioFrame, info: &Arc<StreamInfo>) -> Packet {
    let pts = frame.timestamp().elapsed();
    packet(frame.data(), info, pts, true, frame.loss(), frame.ctx().received())
}

/// Puts a payload into an FFmpeg packet: one copy of compressed data, some 40 kB a picture, for
/// the padding FFmpeg's decoders need behind it.
fn packet(
    data: &[u8],
    info: &Arc<StreamInfo>,
    pts: i64,
    keyframe: bool,
    loss: u16,
    arrived: Instant,
) -> Packet {
    let mut av = ffmpeg::Packet::copy(data);
    av.set_pts(Some(pts));
    if keyframe {
        av.set_flags(ffmpeg::packet::Flags::KEY);
    }
    Packet {
        av,
        info: info.clone(),
        pts: Some(pts),
        dts: None,
        keyframe,
        loss_before: loss.into(),
        arrived,
    }
}
