//! FFmpeg's swscale with the four things ffmpeg-next does not offer: chroma positions, matrix and
//! range, output into a buffer of our own, and no fresh context for each picture.
//!
//! Owned and used by one thread: a decode thread, or whoever makes a still picture.
#![expect(
    unsafe_code,
    reason = "ffmpeg-next sets neither chroma positions nor matrices and scales into frames only"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};

use ffmpeg::ffi;
use ffmpeg::format::Pixel;
use ffmpeg::software::scaling::Flags;
use ffmpeg_next as ffmpeg;

use crate::frame::color::{ChromaSiting, ColorInfo, ColorMatrix};

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
        Self::with_flags(geometry, Flags::AREA)
    }

    /// Prepares linear interpolation, rounded as exactly as can be.
    fn exact(geometry: Geometry) -> Result<Self, ffmpeg::Error> {
        let whole_chroma = Flags::FULL_CHR_H_INT | Flags::FULL_CHR_H_INP;
        let exact = Flags::ACCURATE_RND | Flags::BITEXACT;
        Self::with_flags(geometry, Flags::BILINEAR | whole_chroma | exact)
    }

    fn with_flags(geometry: Geometry, flags: Flags) -> Result<Self, ffmpeg::Error> {
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
            (c"sws_flags", i64::from(flags.bits())),
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

    /// Sets the matrix and range of the input; the output is RGB of full range.
    fn read_as(&self, color: ColorInfo) -> Result<(), ffmpeg::Error> {
        let space = match color.matrix {
            ColorMatrix::Bt601 => ffi::SWS_CS_ITU601,
            ColorMatrix::Bt709 => ffi::SWS_CS_ITU709,
            ColorMatrix::Bt2020 => ffi::SWS_CS_BT2020,
        };
        let range = c_int::from(color.full_range);
        // Brightness, contrast and saturation as they are, in 16.16 fixed point.
        let (none, one) = (0, 1 << 16);
        // SAFETY: the context is initialised; the coefficients are FFmpeg's static tables.
        let result = unsafe {
            let table = ffi::sws_getCoefficients(space);
            let context = self.context.as_ptr();
            ffi::sws_setColorspaceDetails(context, table, range, table, 1, none, one, one)
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

    /// Converts a picture into a new one.
    fn convert(
        &mut self,
        video: &ffmpeg::frame::Video,
    ) -> Result<ffmpeg::frame::Video, ffmpeg::Error> {
        let Geometry { from, to, .. } = self.geometry;
        if (without_range(video.format()), video.width(), video.height()) != from {
            return Err(ffmpeg::Error::InvalidData);
        }
        let mut out = ffmpeg::frame::Video::new(to.0, to.1, to.2);
        // SAFETY: a frame is valid; its first plane is null where there was no memory for it.
        if unsafe { (*out.as_ptr()).data[0].is_null() } {
            return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
        }
        // SAFETY: the input was just checked to be what the context was made for; the output was
        // allocated by FFmpeg for its format and size, with the padding its own routines need.
        let rows = unsafe {
            let (from, to) = (&*video.as_ptr(), &mut *out.as_mut_ptr());
            ffi::sws_scale(
                self.context.as_ptr(),
                from.data.as_ptr().cast::<*const u8>(),
                from.linesize.as_ptr(),
                0,
                from.height,
                to.data.as_ptr(),
                to.linesize.as_ptr(),
            )
        };
        match u32::try_from(rows) {
            Ok(rows) if rows == to.2 => Ok(out),
            Ok(_) => Err(ffmpeg::Error::InvalidData),
            Err(_negative) => Err(rows.into()),
        }
    }
}

/// A picture in RGB, 8 bits each, at its own size: chroma is interpolated both ways, and every step
/// is rounded as exactly as swscale can.
pub(crate) fn to_rgb(
    video: &ffmpeg::frame::Video,
    color: ColorInfo,
) -> Result<ffmpeg::frame::Video, ffmpeg::Error> {
    let format = without_range(video.format());
    let sized = |format: Pixel| (format, video.width(), video.height());
    let sited = chroma(format, color.siting);
    let rgb = is_rgb(format);
    let shared_rows = format.descriptor().is_some_and(|desc| desc.log2_chroma_h() > 0);
    let full;
    let (source, from, chroma) = if shared_rows && !rgb {
        // On its way to RGB, swscale weighs two rows of chroma one to one or not at all (libswscale
        // 6, `yuv2rgb_full_1_c_template`); on its way to planes it weighs them as it should.
        let deep = sized(Pixel::YUV444P16LE);
        full = Sws::exact(Geometry { from: sized(format), to: deep, chroma: sited })?
            .convert(video)?;
        (&full, deep, (0, 0))
    } else {
        (video, sized(format), sited)
    };
    let mut sws = Sws::exact(Geometry { from, to: sized(Pixel::RGB24), chroma })?;
    if !rgb {
        sws.read_as(color)?;
    }
    sws.convert(source)
}

impl Drop for Sws {
    fn drop(&mut self) {
        // SAFETY: allocated by `sws_alloc_context`, freed once.
        unsafe { ffi::sws_freeContext(self.context.as_ptr()) }
    }
}

/// The same samples under the name that says nothing of their range. By their full-range names
/// swscale would squeeze them into limited range, or overrule what it is told.
pub(crate) fn without_range(format: Pixel) -> Pixel {
    match format {
        Pixel::YUVJ411P => Pixel::YUV411P,
        Pixel::YUVJ420P => Pixel::YUV420P,
        Pixel::YUVJ422P => Pixel::YUV422P,
        Pixel::YUVJ440P => Pixel::YUV440P,
        Pixel::YUVJ444P => Pixel::YUV444P,
        other => other,
    }
}

/// Where the first chroma sample sits, as [`Geometry::chroma`] counts.
fn chroma(format: Pixel, siting: ChromaSiting) -> (i64, i64) {
    let (across, down) =
        format.descriptor().map_or((0, 0), |desc| (desc.log2_chroma_w(), desc.log2_chroma_h()));
    // The middle of the luma samples that share it; of a direction that is not halved, the sample.
    let middle = |shift: u8| (128 << shift) - 128;
    (
        if siting == ChromaSiting::Center { middle(across) } else { 0 },
        if siting == ChromaSiting::TopLeft { 0 } else { middle(down) },
    )
}

/// Whether a format has no matrix to be undone.
fn is_rgb(format: Pixel) -> bool {
    let flags = (ffi::AV_PIX_FMT_FLAG_RGB | ffi::AV_PIX_FMT_FLAG_PAL) as u64;
    // SAFETY: FFmpeg's descriptions are static, and null for formats it does not know.
    format.descriptor().is_some_and(|desc| unsafe { (*desc.as_ptr()).flags } & flags != 0)
}
