//! The corner of FFmpeg's C interface that ffmpeg-next does not cover safely.
//!
//! A file for each subject: codec parameters, the decoder and the room of its pictures, the
//! demuxer, the muxer, parsers, the scaler and FFmpeg's log; the limits of the whole process are here. What a file allocates in C,
//! that file frees. No thread of its own: each file says who uses it.
#![expect(unsafe_code, reason = "ffmpeg-next has no safe call for the limit of allocations")]

pub(crate) mod allocator;
mod codec_params;
mod decoder;
mod demuxer;
pub(crate) mod log;
pub(crate) mod muxer;
pub(crate) mod parser;
mod picture_room;
pub(crate) mod swscale;

use ffmpeg_next::ffi;

pub(crate) use self::codec_params::CodecParams;
pub(crate) use self::decoder::{OpenDecoder, decode_packet, open_decoder, reduce, take_pictures};
pub(crate) use self::demuxer::{Demuxer, StreamDesc};

/// Largest single allocation FFmpeg may make, bytes.
const MAX_ALLOC: usize = 512 << 20;

/// Limits that hold for the whole process.
pub(crate) fn limit_allocations() {
    // SAFETY: stores one number; callable at any time.
    unsafe { ffi::av_max_alloc(MAX_ALLOC) }
}
