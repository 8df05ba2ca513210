//! The corner of FFmpeg's C interface that ffmpeg-next does not cover safely.
//!
//! Owns two C objects, each freed by the one `Drop` here: codec parameters, shared between threads
//! and never changed after they are made, and the demuxer, used by one thread at a time.
//! What ffmpeg-next lacks and is wanted here: forcing a demuxer, opening without
//! `avformat_find_stream_info` (it held the first RTSP picture for 5.6 s), building parameters
//! from SDP, and decoder limits.
#![expect(
    unsafe_code,
    reason = "ffmpeg-next has no safe call for codec parameters from scratch, forced demuxers, \
              opening without probing, or decoder limits"
)]

pub(crate) mod log;
pub(crate) mod muxer;
pub(crate) mod parser;
pub(crate) mod swscale;

use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};
use std::slice;

use ffmpeg::ffi;
use ffmpeg::util::interrupt::{self, InterruptGuard};
use ffmpeg_next as ffmpeg;

use super::media_type::MediaType;

/// Largest picture decoded, in pixels: 8192x8192 is beyond any camera, and a forged header must
/// not make us allocate more.
const MAX_PIXELS: i64 = 8192 * 8192;
/// Largest single allocation FFmpeg may make, bytes.
const MAX_ALLOC: usize = 512 << 20;

/// Limits that hold for the whole process.
pub(crate) fn limit_allocations() {
    // SAFETY: stores one number; callable at any time.
    unsafe { ffi::av_max_alloc(MAX_ALLOC) }
}

/// Codec parameters; immutable once shared.
pub(crate) struct CodecParams(NonNull<ffi::AVCodecParameters>);

// SAFETY: owned by this object alone, plain data without thread affinity, and no method changes
// it through a shared reference.
unsafe impl Send for CodecParams {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for CodecParams {}

impl std::fmt::Debug for CodecParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CodecParams({}, {} bytes of extradata)", self.name(), self.extradata().len())
    }
}

impl CodecParams {
    /// Empty parameters for a codec.
    pub fn new(media_type: MediaType, id: ffmpeg::codec::Id) -> Result<Self, ffmpeg::Error> {
        let params = Self::alloc()?;
        // SAFETY: the pointer is valid and not shared yet.
        unsafe {
            (*params.0.as_ptr()).codec_type = match media_type {
                MediaType::Video => ffi::AVMediaType::AVMEDIA_TYPE_VIDEO,
                MediaType::Audio => ffi::AVMediaType::AVMEDIA_TYPE_AUDIO,
            };
            (*params.0.as_ptr()).codec_id = id.into();
        }
        Ok(params)
    }

    fn alloc() -> Result<Self, ffmpeg::Error> {
        // SAFETY: returns a fresh object or null.
        let ptr = unsafe { ffi::avcodec_parameters_alloc() };
        NonNull::new(ptr).map(Self).ok_or(ffmpeg::Error::Other { errno: libc::ENOMEM })
    }

    /// A copy of a stream's parameters.
    fn copy_of(source: *const ffi::AVCodecParameters) -> Result<Self, ffmpeg::Error> {
        let params = Self::alloc()?;
        // SAFETY: both pointers are valid; the call copies deeply.
        match unsafe { ffi::avcodec_parameters_copy(params.0.as_ptr(), source) } {
            error if error < 0 => Err(error.into()),
            _ => Ok(params),
        }
    }

    /// A copy that can be changed.
    pub fn duplicate(&self) -> Result<Self, ffmpeg::Error> {
        Self::copy_of(self.as_ptr())
    }

    /// For the calls that ffmpeg-next lacks. Valid as long as `self`; only to be read.
    pub fn as_ptr(&self) -> *const ffi::AVCodecParameters {
        self.0.as_ptr()
    }

    /// Sets the codec's out-of-band data, copied and padded as FFmpeg wants it.
    pub fn with_extradata(self, data: &[u8]) -> Result<Self, ffmpeg::Error> {
        if data.is_empty() {
            return Ok(self);
        }
        let padding = ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
        let size = i32::try_from(data.len()).map_err(|_too_long| ffmpeg::Error::InvalidData)?;
        // SAFETY: `av_mallocz` gives `len + padding` zeroed bytes or null; the old extradata is
        // null or was allocated by FFmpeg, and is freed before it is forgotten; FFmpeg frees the
        // new one with the parameters.
        unsafe {
            let copy = ffi::av_mallocz(data.len() + padding).cast::<u8>();
            if copy.is_null() {
                return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
            }
            ptr::copy_nonoverlapping(data.as_ptr(), copy, data.len());
            ffi::av_freep((&raw mut (*self.0.as_ptr()).extradata).cast());
            (*self.0.as_ptr()).extradata = copy;
            (*self.0.as_ptr()).extradata_size = size;
        }
        Ok(self)
    }

    /// Sets the picture size in pixels.
    pub fn with_size(self, width: u32, height: u32) -> Self {
        // SAFETY: the pointer is valid and not shared yet.
        unsafe {
            (*self.0.as_ptr()).width = i32::try_from(width).unwrap_or(0);
            (*self.0.as_ptr()).height = i32::try_from(height).unwrap_or(0);
        }
        self
    }

    /// Sets samples per second, channels and bits per coded sample (0: the codec's own).
    pub fn with_audio(self, rate: u32, channels: u16, bits: u8) -> Self {
        // SAFETY: the pointer is valid and not shared yet; the layout is plain data of no order,
        // which owns nothing that would have to be freed first.
        unsafe {
            let params = &mut *self.0.as_ptr();
            params.sample_rate = i32::try_from(rate).unwrap_or(0);
            params.bits_per_coded_sample = bits.into();
            ffi::av_channel_layout_default(&mut params.ch_layout, channels.into());
        }
        self
    }

    /// Sets samples per packet, where unknown; lets a muxer choose its own name for the codec, and
    /// forgets what is to be skipped at the start of a file that is not this one.
    pub fn for_muxer(self, frame_size: Option<u16>) -> Self {
        // SAFETY: the pointer is valid and not shared yet.
        unsafe {
            let params = &mut *self.0.as_ptr();
            params.codec_tag = 0;
            params.initial_padding = 0;
            if let Some(samples) = frame_size.filter(|_| params.frame_size == 0) {
                params.frame_size = samples.into();
            }
        }
        self
    }

    /// The codec.
    pub fn id(&self) -> ffmpeg::codec::Id {
        // SAFETY: the pointer is valid.
        unsafe { (*self.0.as_ptr()).codec_id }.into()
    }

    /// FFmpeg's name of the codec, but "h265" for HEVC as cameras call it.
    pub fn name(&self) -> &'static str {
        match self.id() {
            ffmpeg::codec::Id::HEVC => "h265",
            // SAFETY: always returns a static string.
            _ => unsafe { CStr::from_ptr(ffi::avcodec_get_name((*self.0.as_ptr()).codec_id)) }
                .to_str()
                .unwrap_or("unknown"),
        }
    }

    /// The codec's out-of-band data.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: FFmpeg keeps pointer and size in step; they live as long as `self`.
        unsafe {
            let params = &*self.0.as_ptr();
            match usize::try_from(params.extradata_size) {
                Ok(size) if !params.extradata.is_null() => {
                    slice::from_raw_parts(params.extradata, size)
                }
                _ => &[],
            }
        }
    }

    /// The picture size in pixels, 0 where unknown.
    pub fn size(&self) -> (u32, u32) {
        // SAFETY: the pointer is valid.
        let params = unsafe { &*self.0.as_ptr() };
        (u32::try_from(params.width).unwrap_or(0), u32::try_from(params.height).unwrap_or(0))
    }

    /// Samples per second and channels.
    pub fn audio_format(&self) -> (u32, u16) {
        // SAFETY: the pointer is valid.
        let params = unsafe { &*self.0.as_ptr() };
        (
            u32::try_from(params.sample_rate).unwrap_or(0),
            u16::try_from(params.ch_layout.nb_channels).unwrap_or(0),
        )
    }
}

impl Drop for CodecParams {
    fn drop(&mut self) {
        let mut ptr = self.0.as_ptr();
        // SAFETY: allocated by `avcodec_parameters_alloc`, freed once.
        unsafe { ffi::avcodec_parameters_free(&mut ptr) }
    }
}

/// A decoder at work.
pub(crate) type OpenDecoder = ffmpeg::codec::decoder::Opened;

/// Opens a decoder on one thread that gives out each picture as soon as it can.
///
/// One thread: frame threads would hold back a picture each, and there are as many cameras as
/// cores to keep busy anyway.
pub(crate) fn open_decoder(
    params: &CodecParams,
    time_base: (i32, i32),
) -> Result<OpenDecoder, ffmpeg::Error> {
    let codec = ffmpeg::codec::decoder::find(params.id()).ok_or(ffmpeg::Error::DecoderNotFound)?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    // SAFETY: the context was just made and is not open yet; the call copies the parameters.
    unsafe {
        let context = context.as_mut_ptr();
        match ffi::avcodec_parameters_to_context(context, params.0.as_ptr()) {
            error if error < 0 => return Err(error.into()),
            _ => {}
        }
        (*context).thread_count = 1;
        (*context).flags |= ffi::AV_CODEC_FLAG_LOW_DELAY as i32;
        (*context).max_pixels = MAX_PIXELS;
        (*context).pkt_timebase = ffi::AVRational { num: time_base.0, den: time_base.1.max(1) };
    }
    context.decoder().open_as(codec)
}

/// Hands a packet to a decoder and takes out all pictures that are ready. `each` is given every
/// picture, and the error that ended the taking where it is none of waiting for more. `spare` keeps
/// an empty frame from one call to the next.
pub(crate) fn decode_packet(
    decoder: &mut OpenDecoder,
    packet: &ffmpeg::Packet,
    spare: &mut Option<ffmpeg::frame::Video>,
    mut each: impl FnMut(Result<ffmpeg::frame::Video, ffmpeg::Error>),
) -> Result<(), ffmpeg::Error> {
    // A decoder that is full takes the packet again once its pictures are taken out.
    for _ in 0..2 {
        let sent = decoder.send_packet(packet);
        take_pictures(decoder, spare, &mut each);
        if sent != Err(ffmpeg::Error::Other { errno: libc::EAGAIN }) {
            return sent;
        }
    }
    Ok(())
}

/// Takes out all pictures that are ready, as [`decode_packet`] does.
pub(crate) fn take_pictures(
    decoder: &mut OpenDecoder,
    spare: &mut Option<ffmpeg::frame::Video>,
    mut each: impl FnMut(Result<ffmpeg::frame::Video, ffmpeg::Error>),
) {
    loop {
        let mut video = spare.take().unwrap_or_else(ffmpeg::frame::Video::empty);
        match decoder.receive_frame(&mut video) {
            Ok(()) => each(Ok(video)),
            Err(ffmpeg::Error::Other { errno: libc::EAGAIN } | ffmpeg::Error::Eof) => {
                *spare = Some(video);
                return;
            }
            Err(error) => return each(Err(error)),
        }
    }
}

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
        interrupted: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(Self, Vec<String>), ffmpeg::Error> {
        let url = CString::new(url).map_err(|_nul| ffmpeg::Error::InvalidData)?;
        let format = find_demuxer(demuxer)?;
        let interrupt = interrupt::new(Box::new(interrupted));
        // SAFETY: the context is fresh; `avformat_open_input` frees it when it fails and sets the
        // pointer to null; the callback's closure outlives the context in `Self` or this frame;
        // the dictionary is handed over and taken back.
        unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
            }
            (*context).interrupt_callback = interrupt.interrupt;
            (*context).max_streams = 8;
            let mut raw = options.disown();
            let result = ffi::avformat_open_input(&mut context, url.as_ptr(), format, &mut raw);
            let left = ffmpeg::Dictionary::own(raw);
            if result < 0 {
                return Err(result.into());
            }
            let this = Self { context, _interrupt: interrupt.guard };
            if probe {
                let result = ffi::avformat_find_stream_info(context, ptr::null_mut());
                if result < 0 {
                    return Err(result.into());
                }
            }
            Ok((this, left.iter().map(|(key, _)| key.to_owned()).collect()))
        }
    }

    /// The first video and the first sound stream of a known codec. All others are thrown away from
    /// here on.
    pub fn pick_streams(
        &mut self,
    ) -> Result<(Option<StreamDesc>, Option<StreamDesc>), ffmpeg::Error> {
        let (mut video, mut audio) = (None, None);
        for desc in self.streams()? {
            let slot = match desc.media_type {
                MediaType::Video => &mut video,
                MediaType::Audio => &mut audio,
            };
            if slot.is_some() || desc.params.id() == ffmpeg::codec::Id::None {
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

    /// Waits for the next packet of any stream.
    pub fn read(&mut self, packet: &mut ffmpeg::Packet) -> Result<(), ffmpeg::Error> {
        use ffmpeg::packet::Mut;
        // SAFETY: both are valid; the packet is blank or holds what is replaced.
        match unsafe {
            ffi::av_packet_unref(packet.as_mut_ptr());
            ffi::av_read_frame(self.context, packet.as_mut_ptr())
        } {
            error if error < 0 => Err(error.into()),
            _ => Ok(()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_what_they_are_given() {
        let params = CodecParams::new(MediaType::Video, ffmpeg::codec::Id::HEVC)
            .and_then(|params| params.with_extradata(&[1, 2, 3]))
            .expect("parameters")
            .with_size(640, 360);
        assert_eq!((params.name(), params.size()), ("h265", (640, 360)));
        assert_eq!(params.extradata(), [1, 2, 3]);
        let audio = CodecParams::new(MediaType::Audio, ffmpeg::codec::Id::PCM_ALAW)
            .expect("parameters")
            .with_audio(8000, 1, 8);
        assert_eq!(audio.audio_format(), (8000, 1));
    }
}
