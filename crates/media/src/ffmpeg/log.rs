//! FFmpeg's own log lines, routed into `tracing` under the camera they belong to.
//!
//! [`init`] installs one callback for the process; FFmpeg logs on the thread that called it, and
//! `log_scope` knows for which camera that works.
//! Policy: FFmpeg's fatal lines are errors, its errors are warnings (damaged packets are
//! common), its warnings are informational, the rest is for debugging. There is a limit of lines for each
//! camera. Of addresses the origin is left, and what is known to be secret of the camera is taken out. Errors
//! are counted for the thread, logged or not: of what is wrong with H.265, FFmpeg 5.1 tells nothing
//! else.
#![expect(unsafe_code, reason = "FFmpeg's log callback is a C function with a va_list")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;
use std::time::Instant;

use ffmpeg_next::ffi;
use tracing::Level;

use crate::log_scope::{self, Verdict};
use crate::redact::redact;

thread_local! {
    /// What FFmpeg complained of on this thread since that was last taken.
    static COMPLAINTS: Cell<Complaints> = const { Cell::new(Complaints { errors: 0, garbled: 0 }) };
}

/// What FFmpeg complained of on a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaints {
    /// Errors.
    pub errors: u32,
    /// Those among them that are no missing reference: the contents make no sense.
    pub garbled: u32,
}

/// Errors that FFmpeg logged on this thread since this was last asked. What it says of SEI messages
/// and of a JPEG's EXIF data does not count: they are no part of the picture, and some cameras' are
/// malformed.
pub(crate) fn take_complaints() -> Complaints {
    COMPLAINTS.try_with(Cell::take).unwrap_or_default()
}

/// Whether a line of this format is of the picture: not that of SEI messages, nor, as
/// `libavcodec/mjpegdec.c` has it, of EXIF data.
fn is_of_picture(format: &[u8]) -> bool {
    !format.starts_with(b"SEI") && !format.trim_ascii_end().ends_with(b"EXIF data")
}

/// Counts a line of this level and format.
fn count_error(level: c_int, format: &[u8]) {
    if level & 0xff > ffi::AV_LOG_ERROR || !is_of_picture(format) {
        return;
    }
    let _gone = COMPLAINTS.try_with(|complaints| {
        let Complaints { errors, garbled } = complaints.get();
        // As `libavcodec/hevc_refs.c` has it.
        let missing = format.starts_with(b"Could not find ref");
        let garbled = garbled.saturating_add(u32::from(!missing));
        complaints.set(Complaints { errors: errors.saturating_add(1), garbled });
    });
}

/// Installs the callback, once.
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the callback is a function with the signature FFmpeg asks for, and lives for
        // ever.
        unsafe {
            ffi::av_log_set_callback(Some(callback));
        }
        // Elsewhere bindgen gives va_list another type; without the callback FFmpeg would print.
        #[cfg(not(target_arch = "x86_64"))]
        // SAFETY: stores one number.
        unsafe {
            ffi::av_log_set_level(ffi::AV_LOG_QUIET);
        }
    });
}

#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn callback(
    context: *mut c_void,
    level: c_int,
    format: *const c_char,
    arguments: *mut ffi::__va_list_tag,
) {
    if level & 0xff <= ffi::AV_LOG_ERROR {
        // SAFETY: FFmpeg's formats are C strings.
        count_error(level, unsafe { CStr::from_ptr(format) }.to_bytes());
    }
    let Some(level) = level_of(level) else { return };
    if !enabled(level) {
        return;
    }
    let mut line: [c_char; 1024] = [0; 1024];
    let mut prefix: c_int = 1;
    // SAFETY: FFmpeg hands in a context, a format and arguments that belong together; the line is
    // cut to the buffer's size and always ended by a zero.
    let text = unsafe {
        ffi::av_log_format_line2(
            context,
            0,
            format,
            arguments,
            line.as_mut_ptr(),
            line.len() as c_int,
            &mut prefix,
        );
        CStr::from_ptr(line.as_ptr())
    };
    emit(level, text.to_string_lossy().trim_end());
}

/// FFmpeg's level as ours; `None` for what is only of use to FFmpeg's developers.
fn level_of(level: c_int) -> Option<Level> {
    // The low byte; the rest is a color.
    Some(match level & 0xff {
        0..=8 => Level::ERROR,
        9..=16 => Level::WARN,
        17..=24 => Level::INFO,
        25..=32 => Level::DEBUG,
        33..=40 => Level::TRACE,
        _ => return None,
    })
}

fn enabled(level: Level) -> bool {
    match level {
        Level::ERROR => tracing::enabled!(target: "ffmpeg", Level::ERROR),
        Level::WARN => tracing::enabled!(target: "ffmpeg", Level::WARN),
        Level::INFO => tracing::enabled!(target: "ffmpeg", Level::INFO),
        Level::DEBUG => tracing::enabled!(target: "ffmpeg", Level::DEBUG),
        _ => tracing::enabled!(target: "ffmpeg", Level::TRACE),
    }
}

fn emit(level: Level, text: &str) {
    if text.is_empty() {
        return;
    }
    // Taken out while logging, so that a subscriber which calls FFmpeg does no harm.
    let mut scope = log_scope::take();
    let verdict = scope.as_mut().map(|scope| scope.ffmpeg.ask(Instant::now()));
    let id: &str = scope.as_ref().map_or("-", |scope| &scope.id);
    if let Some(Verdict::Pass { suppressed: suppressed @ 1.. }) = verdict {
        tracing::warn!(target: "ffmpeg", "{id}: {suppressed} lines suppressed");
    }
    if !matches!(verdict, Some(Verdict::Suppress)) {
        let text = match &scope {
            Some(scope) => scope.censor.clean(text),
            None => redact(text),
        };
        match level {
            Level::ERROR => tracing::error!(target: "ffmpeg", "{id}: {text}"),
            Level::WARN => tracing::warn!(target: "ffmpeg", "{id}: {text}"),
            Level::INFO => tracing::info!(target: "ffmpeg", "{id}: {text}"),
            Level::DEBUG => tracing::debug!(target: "ffmpeg", "{id}: {text}"),
            _ => tracing::trace!(target: "ffmpeg", "{id}: {text}"),
        }
    }
    log_scope::put_back(scope);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_until_they_are_taken_and_those_of_sei_and_exif_are_not() {
        take_complaints();
        count_error(ffi::AV_LOG_ERROR, b"The cu_qp_delta %d is outside the valid range");
        count_error(ffi::AV_LOG_FATAL, b"SEI type %d truncated");
        count_error(ffi::AV_LOG_ERROR, b"mjpeg: invalid TIFF header in EXIF data\n");
        count_error(ffi::AV_LOG_ERROR, b"mjpeg: error decoding EXIF data\n");
        count_error(ffi::AV_LOG_ERROR, b"Could not find ref with POC %d");
        count_error(ffi::AV_LOG_WARNING, b"cu_");
        count_error(ffi::AV_LOG_PANIC, b"");
        assert_eq!(take_complaints(), Complaints { errors: 3, garbled: 2 });
        assert_eq!(take_complaints(), Complaints::default());
    }

    #[test]
    fn levels() {
        assert_eq!(level_of(16), Some(Level::WARN));
        assert_eq!(level_of(24), Some(Level::INFO));
        assert_eq!(level_of(48), None);
    }
}
