//! Codec parameters: what a stream tells decoders and muxers besides its packets.
//!
//! Owns one C object, freed by its `Drop`; shared between threads and never changed after it is
//! made.
#![expect(unsafe_code, reason = "ffmpeg-next has no safe call for codec parameters from scratch")]

use std::ffi::CStr;
use std::ptr::{self, NonNull};
use std::slice;

use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;

use crate::media_type::MediaType;

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
    pub(super) fn copy_of(source: *const ffi::AVCodecParameters) -> Result<Self, ffmpeg::Error> {
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
