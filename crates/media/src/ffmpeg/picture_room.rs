//! How large a decoder's pictures may be, and how many bytes of them there may be at once.
//!
//! A decoder asks for each picture's buffer here, on the thread that uses it; a picture's bytes count until
//! its last reference is gone, on whichever thread that is (decoder, frame queue, renderer).
//! Policy: a stream that wants more gets no buffer, and so no picture; what it has is left alone.
#![expect(unsafe_code, reason = "FFmpeg asks for a decoder's buffers through a C function")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use ffmpeg_next::ffi;

use crate::limits::{Refusal, fits};

/// Bytes of pictures that one decoder may keep, with those of it that wait to be drawn: forty of 3840×2160,
/// ten of 7680×4320. H.264 and H.265 allow 16 references, and need six of the largest size.
pub(super) const MAX_HELD: usize = 512 << 20;

/// What one decoder's pictures take.
#[derive(Debug)]
pub(super) struct PictureRoom {
    /// The longest side in pixels.
    side: u32,
    /// Bytes that may be kept, and that are.
    most: usize,
    held: AtomicUsize,
    /// Width and height of a picture that was refused, 0 for none; whether one was for want of room.
    size: AtomicU64,
    full: AtomicBool,
}

/// Bytes of one picture; they count until this is dropped.
struct Held {
    room: Arc<PictureRoom>,
    bytes: usize,
}

impl Held {
    fn new(room: Arc<PictureRoom>, bytes: usize) -> Self {
        room.held.fetch_add(bytes, Ordering::Relaxed);
        Self { room, bytes }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl PictureRoom {
    pub fn new(side: u32, most: usize) -> Arc<Self> {
        Arc::new(Self {
            side,
            most,
            held: AtomicUsize::new(0),
            size: AtomicU64::new(0),
            full: AtomicBool::new(false),
        })
    }

    /// The longest side of a picture, in pixels.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Why a picture got no buffer since this was last asked: its size, or else for want of room.
    pub fn take_refused(&self) -> Option<Option<Refusal>> {
        let size = self.size.swap(0, Ordering::Relaxed);
        let full = self.full.swap(false, Ordering::Relaxed);
        let (width, height) = ((size >> 32) as u32, size as u32);
        if size != 0 {
            return Some(Some(Refusal::Size { width, height }));
        }
        full.then_some(None)
    }

    /// Bytes of pictures that are kept.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Has a decoder that is not yet open ask here.
    ///
    /// # Safety
    /// `context` is valid, and `self` outlives it.
    pub unsafe fn attach(self: &Arc<Self>, context: *mut ffi::AVCodecContext) {
        // SAFETY: the caller's.
        unsafe {
            (*context).opaque = Arc::as_ptr(self).cast_mut().cast::<c_void>();
            (*context).get_buffer2 = Some(get_buffer);
        }
    }

    /// Whether a picture of this size gets a buffer now.
    fn admits(&self, width: c_int, height: c_int) -> bool {
        let (width, height) =
            (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
        if !fits(width, height, self.side) {
            self.size.store(u64::from(width) << 32 | u64::from(height), Ordering::Relaxed);
            return false;
        }
        let room = self.held.load(Ordering::Relaxed) < self.most;
        if !room {
            self.full.store(true, Ordering::Relaxed);
        }
        room
    }
}

/// Gives a picture its buffers, as FFmpeg does by itself, and counts them.
unsafe extern "C" fn get_buffer(
    context: *mut ffi::AVCodecContext,
    frame: *mut ffi::AVFrame,
    flags: c_int,
) -> c_int {
    // SAFETY: FFmpeg calls this with the context that it was set in, whose `opaque` is the room, which
    // outlives it ([`PictureRoom::attach`]); the frame is valid. The count that is added here is given
    // back when `held` below is dropped.
    let room = unsafe {
        let room = (*context).opaque.cast::<PictureRoom>().cast_const();
        Arc::increment_strong_count(room);
        Arc::from_raw(room)
    };
    // SAFETY: as above.
    unsafe {
        if !room.admits((*frame).width, (*frame).height) {
            return ffi::AVERROR(libc::ENOMEM);
        }
        let result = ffi::avcodec_default_get_buffer2(context, frame, flags);
        if result < 0 {
            return result;
        }
        let buffers = (*frame).buf.iter().filter(|buffer| !buffer.is_null());
        let bytes = buffers.map(|buffer| (**buffer).size).sum();
        let held = Box::into_raw(Box::new(Held::new(room, bytes)));
        // Its data is never read: it is there to be freed with the picture's last reference.
        let size = size_of::<Held>();
        let reference =
            ffi::av_buffer_create(held.cast::<u8>(), size, Some(release), ptr::null_mut(), 0);
        if reference.is_null() {
            drop(Box::from_raw(held));
            return ffi::AVERROR(libc::ENOMEM);
        }
        ffi::av_buffer_unref(&raw mut (*frame).opaque_ref);
        (*frame).opaque_ref = reference;
        0
    }
}

unsafe extern "C" fn release(_opaque: *mut c_void, data: *mut u8) {
    // SAFETY: the data of the buffer that `get_buffer` made, which is freed once.
    drop(unsafe { Box::from_raw(data.cast::<Held>()) });
}
