//! FFmpeg's swscale with the three things ffmpeg-next does not offer: chroma positions, output
//! into a buffer of our own, and no fresh context for each picture.
//!
//! Owned and used by one decode thread.
#![expect(unsafe_code, reason = "ffmpeg-next sets no chroma positions and scales into frames only")]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};

use ffmpeg::ffi;
use ffmpeg::format::Pixel;
use ffmpeg_next as ffmpeg;

/// Everything a context is made for; a picture that differs needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub from: (Pixel, u32, u32),
    pub to: (Pixel, u32, u32),
    /// Place of the first chroma sample right of and below the first luma sample, in 256ths of
    /// the distance between two luma samples; 128 is the middle between two.
    pub chroma: (i64, i64),
}

/// Where a plane lies in the output buffer, bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    pub offset: usize,
    pub stride: usize,
}

/// A swscale context.
pub(crate) struct Sws {
    context: NonNull<ffi::SwsContext>,
    geometry: Geometry,
}

impl Sws {
    /// Prepares area averaging (down) and linear interpolation (up, for chroma).
    pub fn new(geometry: Geometry) -> Result<Self, ffmpeg::Error> {
        // SAFETY: returns a fresh context or null.
        let context = NonNull::new(unsafe { ffi::sws_alloc_context() })
            .ok_or(ffmpeg::Error::Other { errno: libc::ENOMEM })?;
        // From here on `Drop` frees the context.
        let this = Self { context, geometry };
        let (from, to) = (geometry.from, geometry.to);
        let format = |pixel: Pixel| ffi::AVPixelFormat::from(pixel) as i64;
        for (name, value) in [
            (c"srcw", from.1.into()),
            (c"srch", from.2.into()),
            (c"src_format", format(from.0)),
            (c"dstw", to.1.into()),
            (c"dsth", to.2.into()),
            (c"dst_format", format(to.0)),
            (c"sws_flags", i64::from(ffmpeg::software::scaling::Flags::AREA.bits())),
            (c"src_h_chr_pos", geometry.chroma.0),
            (c"src_v_chr_pos", geometry.chroma.1),
        ] {
            this.set(name, value)?;
        }
        // SAFETY: the context is valid and not yet initialised; no filters.
        let result =
            unsafe { ffi::sws_init_context(context.as_ptr(), ptr::null_mut(), ptr::null_mut()) };
        if result < 0 { Err(result.into()) } else { Ok(this) }
    }

    fn set(&self, name: &CStr, value: i64) -> Result<(), ffmpeg::Error> {
        // SAFETY: a context is an AVOptions object; the name ends with a zero.
        let result = unsafe {
            ffi::av_opt_set_int(self.context.as_ptr().cast::<c_void>(), name.as_ptr(), value, 0)
        };
        if result < 0 { Err(result.into()) } else { Ok(()) }
    }

    /// What this was made for.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Scales a picture into `out`; false if it is not what this was made for, or does not fit.
    /// `height` are the rows of every output plane. swscale may write up to 64 bytes more than a
    /// row's width: strides must have room for that, and so must the end of the buffer.
    pub fn scale(
        &mut self,
        video: &ffmpeg::frame::Video,
        slots: &[Slot; 3],
        height: usize,
        out: &mut [u8],
    ) -> bool {
        let from = self.geometry.from;
        if (video.width(), video.height()) != (from.1, from.2) {
            return false;
        }
        let used = |slot: &Slot| slot.offset + slot.stride * height;
        let width = self.geometry.to.1 as usize;
        if slots
            .iter()
            .any(|slot| slot.stride > 0 && (used(slot) + 64 > out.len() || slot.stride < width))
        {
            return false;
        }
        let mut planes = [ptr::null_mut::<u8>(); 4];
        let mut strides: [c_int; 4] = [0; 4];
        for (i, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.stride > 0) {
            planes[i] = out[slot.offset..].as_mut_ptr();
            strides[i] = c_int::try_from(slot.stride).unwrap_or(0);
        }
        // SAFETY: the input is a decoder's frame of the size and format the context was made for
        // (the caller picks the context by them); the output planes were just checked to lie in
        // `out`, each with room for all rows and 64 bytes behind.
        let rows = unsafe {
            let frame = &*video.as_ptr();
            ffi::sws_scale(
                self.context.as_ptr(),
                frame.data.as_ptr().cast::<*const u8>(),
                frame.linesize.as_ptr(),
                0,
                frame.height,
                planes.as_ptr(),
                strides.as_ptr(),
            )
        };
        usize::try_from(rows) == Ok(height)
    }
}

impl Drop for Sws {
    fn drop(&mut self) {
        // SAFETY: allocated by `sws_alloc_context`, freed once.
        unsafe { ffi::sws_freeContext(self.context.as_ptr()) }
    }
}
