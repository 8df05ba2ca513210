//! FFmpeg's own log lines, routed into `tracing` under the camera they belong to.
//!
//! [`init`] installs one callback for the process; each of our threads names its camera with
//! [`scope`], each task with [`scoped`], and FFmpeg logs on the thread that called it.
//! Policy: FFmpeg's fatal lines are errors, its errors are warnings (damaged packets are
//! common), its warnings are informational, the rest is for debugging. At most [`LINES`] lines per
//! [`WINDOW`] and camera, then a count of what was left out; the same, of [`OTHER_LINES`], for all else that
//! is logged while a thread works for a camera ([`count_line`]): retina's lines and ours. Of addresses the origin is
//! left, and what is known to be secret of the camera is taken out. Errors are
//! counted for the thread, logged or not: of what is wrong with H.265, FFmpeg 5.1 tells nothing
//! else.
#![expect(unsafe_code, reason = "FFmpeg's log callback is a C function with a va_list")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ffmpeg_next::ffi;
use tracing::Level;

use crate::redact::{Censor, redact};

/// Lines passed on per camera and [`WINDOW`].
const LINES: u32 = 10;
/// The same of all others that are logged on behalf of a camera: ours and retina's.
const OTHER_LINES: u32 = 20;
/// The time over which lines are counted.
const WINDOW: Duration = Duration::from_secs(10);

thread_local! {
    /// What FFmpeg complained of on this thread since that was last taken.
    static COMPLAINTS: Cell<Complaints> = const { Cell::new(Complaints { errors: 0, garbled: 0 }) };
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// The camera a thread works for, and how many lines were logged for it lately.
struct Scope {
    id: Arc<str>,
    censor: Censor,
    limit: RateLimit,
    others: RateLimit,
}

impl Scope {
    fn new(id: Arc<str>, censor: Censor) -> Self {
        let now = Instant::now();
        let (limit, others) = (RateLimit::new(now, LINES), RateLimit::new(now, OTHER_LINES));
        Self { id, censor, limit, others }
    }
}

/// What is to become of a line that is about to be logged on this thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineVerdict {
    /// It is written.
    Pass,
    /// It is written behind a line that says how many of a camera's were left out.
    PassAfter {
        /// The camera.
        id: Arc<str>,
        /// How many.
        left_out: u32,
    },
    /// It is left out: there were too many of its camera's lately.
    LeaveOut,
}

/// Counts a line that is about to be logged on this thread against those of the camera that the thread works
/// for. FFmpeg's are counted before.
pub fn count_line() -> LineVerdict {
    let judge = |scope: &RefCell<Option<Scope>>| {
        let mut scope = scope.try_borrow_mut().ok()?;
        let scope = scope.as_mut()?;
        Some(match scope.others.ask(Instant::now()) {
            Verdict::Pass { suppressed: 0 } => LineVerdict::Pass,
            Verdict::Pass { suppressed: left_out } => {
                LineVerdict::PassAfter { id: scope.id.clone(), left_out }
            }
            Verdict::Suppress => LineVerdict::LeaveOut,
        })
    };
    // At a thread's end the slot may be gone.
    SCOPE.try_with(judge).ok().flatten().unwrap_or(LineVerdict::Pass)
}

/// Ends the naming when dropped.
pub struct ScopeGuard(());

/// FFmpeg's lines on this thread belong to this camera from now on.
pub fn scope(id: Arc<str>) -> ScopeGuard {
    scope_of(id, Censor::default())
}

/// The same, for a thread that FFmpeg knows the camera's address on.
pub(crate) fn scope_of(id: Arc<str>, censor: Censor) -> ScopeGuard {
    SCOPE.with(|scope| *scope.borrow_mut() = Some(Scope::new(id, censor)));
    ScopeGuard(())
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        // At a thread's end the slot may be gone before the guard.
        let _gone = SCOPE.try_with(|scope| scope.borrow_mut().take());
    }
}

/// FFmpeg's lines belong to this camera while the future runs, on whichever thread.
pub(crate) fn scoped<F: Future>(id: Arc<str>, future: F) -> Scoped<F> {
    let scope = Some(Scope::new(id, Censor::default()));
    Scoped { scope, future: Box::pin(future) }
}

/// See [`scoped`].
pub(crate) struct Scoped<F> {
    /// The thread's own scope while the future runs.
    scope: Option<Scope>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        /// Swaps both ways, also where the future panics.
        struct Swapped<'a>(&'a mut Option<Scope>);
        impl<'a> Swapped<'a> {
            fn new(scope: &'a mut Option<Scope>) -> Self {
                swap(scope);
                Self(scope)
            }
        }
        impl Drop for Swapped<'_> {
            fn drop(&mut self) {
                swap(self.0);
            }
        }
        let Self { scope, future } = &mut *self;
        let _swapped = Swapped::new(scope);
        future.as_mut().poll(cx)
    }
}

/// Changes the thread's scope for another.
fn swap(other: &mut Option<Scope>) {
    // At a thread's end the slot may be gone.
    let _gone = SCOPE.try_with(|scope| std::mem::swap(&mut *scope.borrow_mut(), other));
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
    let Ok(mut scope) = SCOPE.try_with(|scope| scope.borrow_mut().take()) else { return };
    let verdict = scope.as_mut().map(|scope| scope.limit.ask(Instant::now()));
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
    let _gone = SCOPE.try_with(|slot| *slot.borrow_mut() = scope);
}

/// Counts lines in windows of time.
struct RateLimit {
    window: Instant,
    lines: u32,
    passed: u32,
    suppressed: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Pass {
        /// Lines left out in the window before.
        suppressed: u32,
    },
    Suppress,
}

impl RateLimit {
    fn new(now: Instant, lines: u32) -> Self {
        Self { window: now, lines, passed: 0, suppressed: 0 }
    }

    fn ask(&mut self, now: Instant) -> Verdict {
        let mut before = 0;
        if now.saturating_duration_since(self.window) >= WINDOW {
            before = self.suppressed;
            *self = Self::new(now, self.lines);
        }
        if self.passed < self.lines {
            self.passed += 1;
            Verdict::Pass { suppressed: before }
        } else {
            self.suppressed += 1;
            Verdict::Suppress
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lines_pass_then_a_count() {
        let start = Instant::now();
        let mut limit = RateLimit::new(start, LINES);
        for _ in 0..10 {
            assert_eq!(limit.ask(start), Verdict::Pass { suppressed: 0 });
        }
        for _ in 0..7 {
            assert_eq!(limit.ask(start), Verdict::Suppress);
        }
        assert_eq!(limit.ask(start + WINDOW), Verdict::Pass { suppressed: 7 });
        assert_eq!(limit.ask(start + WINDOW), Verdict::Pass { suppressed: 0 });
    }

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
    fn a_task_has_a_scope_of_its_own_whenever_it_runs_and_keeps_its_count() {
        fn seen() -> Option<(String, u32)> {
            SCOPE.with(|scope| {
                let mut scope = scope.borrow_mut();
                let scope = scope.as_mut()?;
                scope.limit.ask(Instant::now());
                Some((scope.id.to_string(), scope.limit.passed))
            })
        }
        let mut task = scoped("task".into(), std::future::poll_fn(|_| Poll::<()>::Pending));
        let mut polls = Vec::new();
        let mut other = scoped(
            "other".into(),
            std::future::poll_fn(|_| {
                polls.push(seen());
                if polls.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
            }),
        );
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let _scope = scope("thread".into());
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        assert!(Pin::new(&mut other).poll(&mut cx).is_pending());
        assert_eq!(seen(), Some(("thread".to_owned(), 1)));
        assert!(Pin::new(&mut other).poll(&mut cx).is_ready());
        assert_eq!(seen(), Some(("thread".to_owned(), 2)));
        drop(other);
        assert_eq!(polls, [1, 2].map(|count| Some(("other".to_owned(), count))));
        let mut broken = scoped("broken".into(), async { panic!("on purpose") });
        let poll = std::panic::AssertUnwindSafe(|| Pin::new(&mut broken).poll(&mut cx));
        assert!(std::panic::catch_unwind(poll).is_err());
        assert_eq!(seen(), Some(("thread".to_owned(), 3)));
    }

    #[test]
    fn lines_of_a_camera_are_counted_and_those_of_nobody_are_not() {
        let verdicts = || (0..OTHER_LINES + 5).map(|_| count_line()).collect::<Vec<_>>();
        assert!(verdicts().iter().all(|verdict| *verdict == LineVerdict::Pass));
        let _scope = scope("gate".into());
        let counted = verdicts();
        let (passed, left_out) = counted.split_at(OTHER_LINES as usize);
        assert!(passed.iter().all(|verdict| *verdict == LineVerdict::Pass));
        assert!(left_out.iter().all(|verdict| *verdict == LineVerdict::LeaveOut));
        SCOPE.with(|scope| {
            let mut scope = scope.borrow_mut();
            let others = scope.as_mut().map(|scope| &mut scope.others).expect("a scope");
            others.window = others.window.checked_sub(WINDOW).expect("a time");
        });
        let told = LineVerdict::PassAfter { id: "gate".into(), left_out: 5 };
        assert_eq!(count_line(), told);
        assert_eq!(count_line(), LineVerdict::Pass);
    }

    #[test]
    fn levels() {
        assert_eq!(level_of(16), Some(Level::WARN));
        assert_eq!(level_of(24), Some(Level::INFO));
        assert_eq!(level_of(48), None);
    }
}
