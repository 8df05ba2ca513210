//! An FFmpeg muxer at work: the calls that ffmpeg-next lacks.
//!
//! Owned by whoever writes the file. Policy: packets are handed over by reference, and after each
//! of them everything that FFmpeg has let go of is out of its buffer.
#![expect(
    unsafe_code,
    reason = "ffmpeg-next makes no stream from parameters, writes no packet by reference, and flushes no muxer"
)]

use std::ptr;

use ffmpeg::ffi;
use ffmpeg::format::context::Output;
use ffmpeg::packet::{Mut, Ref};
use ffmpeg_next as ffmpeg;

use super::CodecParams;

/// Adds a stream with a copy of these parameters; `time_base` is the length of
/// a unit of its times in seconds, as numerator and denominator.
pub(crate) fn add_stream(
    output: &mut Output,
    params: &CodecParams,
    time_base: (i32, i32),
) -> Result<(), ffmpeg::Error> {
    let mut stream = output.add_stream(None::<ffmpeg::Codec>)?;
    stream.set_time_base(time_base);
    // SAFETY: both are valid; the call copies deeply.
    let result =
        unsafe { ffi::avcodec_parameters_copy((*stream.as_mut_ptr()).codecpar, params.as_ptr()) };
    checked(result)
}

/// A file whose header is written.
pub(crate) struct OpenFile(Output);

impl OpenFile {
    /// Writes the header of an output whose streams were added, with these options.
    pub fn begin(
        mut output: Output,
        options: ffmpeg::Dictionary<'_>,
    ) -> Result<Self, ffmpeg::Error> {
        output.write_header_with(options)?;
        Ok(Self(output))
    }

    /// The units of a stream's times.
    pub fn time_base(&self, stream: usize) -> Option<ffmpeg::Rational> {
        self.0.stream(stream).map(|stream| stream.time_base())
    }

    /// Gives FFmpeg a packet, which stays the caller's.
    pub fn write(&mut self, packet: &mut ffmpeg::Packet) -> Result<(), ffmpeg::Error> {
        self.put(packet.as_mut_ptr())
    }

    /// Has FFmpeg write what it holds back: a cluster, a fragment, or a delayed header.
    pub fn flush(&mut self) -> Result<(), ffmpeg::Error> {
        self.put(ptr::null_mut())
    }

    /// The same for Matroska, but the cluster's CRC-32 is not made: an empty Void of its size is left
    /// in its place. A muxer that knows no such option makes it.
    pub fn flush_without_crc(&mut self) -> Result<(), ffmpeg::Error> {
        self.set_crc(false);
        let flushed = self.flush();
        self.set_crc(true);
        flushed
    }

    /// Read when a cluster begins, to leave room, and when it ends, to fill it.
    fn set_crc(&mut self, on: bool) {
        let name = c"write_crc32".as_ptr();
        // SAFETY: the header is written, so the muxer is initialised; `priv_data` of a muxer with
        // options is an AVOptions object.
        unsafe { ffi::av_opt_set_int((*self.0.as_mut_ptr()).priv_data, name, i64::from(on), 0) };
    }

    fn put(&mut self, packet: *mut ffi::AVPacket) -> Result<(), ffmpeg::Error> {
        // SAFETY: the header is written, the trailer not; the packet is null or valid, and stays
        // the caller's; the sink lives as long as the context.
        let result = unsafe {
            let context = self.0.as_mut_ptr();
            let result = ffi::av_write_frame(context, packet);
            ffi::avio_flush((*context).pb);
            result
        };
        checked(result)
    }

    /// Tells the MP4 muxer that the next fragment's times are to be believed; taken note of with
    /// the next packet.
    pub fn expect_gap(&mut self) {
        let (name, value) = (c"movflags".as_ptr(), c"+frag_discont".as_ptr());
        // SAFETY: the header is written, so the muxer is initialised; `priv_data` of a muxer with
        // options is an AVOptions object. The option exists, or the header had failed.
        unsafe { ffi::av_opt_set((*self.0.as_mut_ptr()).priv_data, name, value, 0) };
    }

    /// Writes the trailer.
    pub fn finish(&mut self) -> Result<(), ffmpeg::Error> {
        self.0.write_trailer()
    }
}

/// Makes `av` a reference to the payload of `packet` without its first `skipped` bytes.
pub(crate) fn refer(
    av: &mut ffmpeg::Packet,
    packet: &ffmpeg::Packet,
    skipped: usize,
) -> Result<(), ffmpeg::Error> {
    // SAFETY: both are valid; what `av` held is released first. The payload is counted and not
    // copied; a shorter view of it stays within. Side data is for decoders, not for files.
    let result = unsafe {
        let av = av.as_mut_ptr();
        ffi::av_packet_unref(av);
        let result = ffi::av_packet_ref(av, packet.as_ptr());
        ffi::av_packet_free_side_data(av);
        if result >= 0 && skipped < packet.size() {
            (*av).data = (*av).data.add(skipped);
            (*av).size -= skipped as i32;
        }
        result
    };
    checked(result)
}

fn checked(result: i32) -> Result<(), ffmpeg::Error> {
    if result < 0 { Err(result.into()) } else { Ok(()) }
}
