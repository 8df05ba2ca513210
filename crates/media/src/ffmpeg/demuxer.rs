//! An input of FFmpeg's libavformat.
//!
//! Owns one C object, freed by its `Drop` and used by one thread at a time. What ffmpeg-next lacks
//! and is wanted here: forcing a demuxer, and opening without `avformat_find_stream_info` (it held
//! the first RTSP picture for 5.6 s).
#![expect(
    unsafe_code,
    reason = "ffmpeg-next has no safe call for forced demuxers or opening without probing"
)]

use std::ffi::{CString, c_int};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, Ordering};
use std::{ptr, slice};

use ffmpeg::ffi;
use ffmpeg::util::interrupt::{self, InterruptGuard};
use ffmpeg_next as ffmpeg;

use super::CodecParams;
use crate::limits::{MAX_ACCESS_UNIT, MAX_SET_BYTES, MAX_STREAMS};
use crate::media_type::MediaType;

/// Bytes that may be read for one packet: a whole access unit, and what comes between its parts.
const MAX_READ: i64 = 2 * MAX_ACCESS_UNIT as i64;

/// One stream inside a [`Demuxer`].
pub(crate) struct StreamDesc {
    pub index: usize,
    pub media_type: MediaType,
    pub params: CodecParams,
    pub time_base: (i32, i32),
    pub fps: Option<f32>,
}

/// An open input.
pub(crate) struct Demuxer {
    context: *mut ffi::AVFormatContext,
    /// The interrupt callback, called by the context; freed after it.
    _interrupt: InterruptGuard,
    appetite: Arc<Appetite>,
}

/// What is read for the packet at hand. FFmpeg's parsers keep what they have of a packet without a limit, and
/// ask whether they are interrupted before each piece of it is read.
#[derive(Default)]
struct Appetite {
    /// Where bytes are counted, while a packet is read.
    input: AtomicPtr<ffi::AVIOContext>,
    /// At how many the packet is too large.
    most: AtomicI64,
    /// Whether it was.
    exceeded: AtomicBool,
}

impl Appetite {
    /// Whether reading is to end. Called while a packet is read, on the thread that reads it.
    fn is_exceeded(&self) -> bool {
        let input = self.input.load(Ordering::Relaxed);
        if input.is_null() {
            return false;
        }
        // SAFETY: `Demuxer::read` sets the input while it reads, on this thread, and it is valid meanwhile.
        let read = unsafe { (*input).bytes_read };
        let exceeded = read > self.most.load(Ordering::Relaxed);
        if exceeded {
            self.exceeded.store(true, Ordering::Relaxed);
        }
        exceeded
    }
}

// SAFETY: the context has no thread affinity and `&mut self` or ownership is needed for every use.
unsafe impl Send for Demuxer {}

impl Demuxer {
    /// Opens `url`, with `demuxer` forced if given. `interrupted` is polled at least every 100 ms
    /// while FFmpeg waits for the network; true makes it give up. Options nobody took are returned.
    pub fn open(
        url: &str,
        demuxer: Option<&str>,
        options: ffmpeg::Dictionary,
        probe: bool,
        mut interrupted: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(Self, Vec<String>), ffmpeg::Error> {
        let url = CString::new(url).map_err(|_nul| ffmpeg::Error::InvalidData)?;
        let format = find_demuxer(demuxer)?;
        let appetite = Arc::new(Appetite::default());
        let asked = appetite.clone();
        let interrupt = interrupt::new(Box::new(move || interrupted() || asked.is_exceeded()));
        // SAFETY: the context is fresh; `avformat_open_input` frees it when it fails and sets the
        // pointer to null; the callback's closure outlives the context in `Self` or this frame;
        // the dictionary is handed over and taken back.
        unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
            }
            (*context).interrupt_callback = interrupt.interrupt;
            (*context).max_streams = MAX_STREAMS as c_int;
            let mut raw = options.disown();
            let result = ffi::avformat_open_input(&mut context, url.as_ptr(), format, &mut raw);
            let left = ffmpeg::Dictionary::own(raw);
            if result < 0 {
                return Err(result.into());
            }
            let this = Self { context, _interrupt: interrupt.guard, appetite };
            if probe {
                let result = ffi::avformat_find_stream_info(context, ptr::null_mut());
                if result < 0 {
                    return Err(result.into());
                }
            }
            Ok((this, left.iter().map(|(key, _)| key.to_owned()).collect()))
        }
    }

    /// The first video stream, of one of these codecs where any are named, and the first sound. All others
    /// are thrown away from here on.
    pub fn pick_streams(
        &mut self,
        codecs: Option<&[&str]>,
    ) -> Result<(Option<StreamDesc>, Option<StreamDesc>), ffmpeg::Error> {
        let (mut video, mut audio) = (None, None);
        for desc in self.streams()? {
            let slot = match desc.media_type {
                MediaType::Video => &mut video,
                MediaType::Audio => &mut audio,
            };
            let known = match desc.media_type {
                MediaType::Video => codecs.is_none_or(|all| all.contains(&desc.params.name())),
                MediaType::Audio => true,
            };
            let none = desc.params.id() == ffmpeg::codec::Id::None;
            if slot.is_some() || none || !known {
                self.discard(desc.index);
            } else {
                *slot = Some(desc);
            }
        }
        Ok((video, audio))
    }

    /// The streams of the input that carry pictures or sound.
    pub fn streams(&self) -> Result<Vec<StreamDesc>, ffmpeg::Error> {
        // SAFETY: FFmpeg keeps `streams` and `nb_streams` in step, and every stream has parameters.
        let streams = unsafe {
            match usize::try_from((*self.context).nb_streams) {
                Ok(count) if count > 0 => slice::from_raw_parts((*self.context).streams, count),
                _ => &[],
            }
        };
        let mut found = Vec::new();
        for (index, &stream) in streams.iter().enumerate() {
            // SAFETY: as above.
            let (stream, kind) = unsafe { (&*stream, (*(*stream).codecpar).codec_type) };
            let media_type = match kind {
                ffi::AVMediaType::AVMEDIA_TYPE_VIDEO => MediaType::Video,
                ffi::AVMediaType::AVMEDIA_TYPE_AUDIO => MediaType::Audio,
                _ => continue,
            };
            found.push(StreamDesc {
                index,
                media_type,
                params: CodecParams::copy_of(stream.codecpar)?,
                time_base: (stream.time_base.num, stream.time_base.den),
                fps: (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0)
                    .then(|| stream.avg_frame_rate.num as f32 / stream.avg_frame_rate.den as f32),
            });
        }
        Ok(found)
    }

    /// Tells FFmpeg to throw a stream's packets away.
    fn discard(&mut self, index: usize) {
        // SAFETY: the index is checked.
        unsafe {
            if index < (*self.context).nb_streams as usize {
                (**(*self.context).streams.add(index)).discard = ffi::AVDiscard::AVDISCARD_ALL;
            }
        }
    }

    /// Waits for the next packet of any stream. What is beside its payload is dropped where it is too much.
    pub fn read(&mut self, packet: &mut ffmpeg::Packet) -> Result<(), ffmpeg::Error> {
        use ffmpeg::packet::Mut;
        // SAFETY: both are valid; the packet is blank or holds what is replaced. Its side data are as many as
        // it says. The input is forgotten before anybody could free it.
        unsafe {
            ffi::av_packet_unref(packet.as_mut_ptr());
            let input = (*self.context).pb;
            if !input.is_null() {
                self.appetite.most.store((*input).bytes_read + MAX_READ, Ordering::Relaxed);
            }
            self.appetite.input.store(input, Ordering::Relaxed);
            let result = ffi::av_read_frame(self.context, packet.as_mut_ptr());
            self.appetite.input.store(ptr::null_mut(), Ordering::Relaxed);
            if result < 0 {
                return Err(result.into());
            }
            let read = &*packet.as_mut_ptr();
            let count = usize::try_from(read.side_data_elems).unwrap_or(0);
            if count > 0 {
                let beside = slice::from_raw_parts(read.side_data, count);
                if beside.iter().map(|data| data.size).sum::<usize>() > MAX_SET_BYTES {
                    ffi::av_packet_free_side_data(packet.as_mut_ptr());
                }
            }
        }
        Ok(())
    }

    /// Whether reading ended because a packet was too large, or had no end.
    pub fn is_glutted(&self) -> bool {
        self.appetite.exceeded.load(Ordering::Relaxed)
    }

    /// Goes back to the start of a file; by bytes where it has no timestamps to seek by.
    pub fn rewind(&mut self) -> Result<(), ffmpeg::Error> {
        let by_time = (i64::MIN, i64::MAX, 0);
        let by_bytes = (0, 0, ffi::AVSEEK_FLAG_BYTE);
        let mut outcome = Ok(());
        for (earliest, latest, flags) in [by_time, by_bytes] {
            // SAFETY: the context is valid.
            match unsafe { ffi::avformat_seek_file(self.context, -1, earliest, 0, latest, flags) } {
                error if error < 0 => outcome = Err(error.into()),
                _ => return Ok(()),
            }
        }
        outcome
    }
}

impl Drop for Demuxer {
    fn drop(&mut self) {
        // SAFETY: opened by `avformat_open_input`, closed once, before the interrupt closure goes.
        // For RTSP this sends TEARDOWN.
        unsafe { ffi::avformat_close_input(&mut self.context) }
    }
}

fn find_demuxer(name: Option<&str>) -> Result<*const ffi::AVInputFormat, ffmpeg::Error> {
    let Some(name) = name else { return Ok(ptr::null()) };
    let name = CString::new(name).map_err(|_nul| ffmpeg::Error::DemuxerNotFound)?;
    // SAFETY: looks a name up in FFmpeg's static tables.
    let format = unsafe { ffi::av_find_input_format(name.as_ptr()) };
    if format.is_null() { Err(ffmpeg::Error::DemuxerNotFound) } else { Ok(format) }
}
