//! For which camera a thread or a task works, and how many lines are logged for it.
//!
//! Each thread of ours names its camera with [`scope`], each task with [`scoped`]. Policy: at most
//! [`FFMPEG_LINES`] of FFmpeg's lines per [`WINDOW`] and camera, then a count of what was left out; the same, of
//! [`OTHER_LINES`], for all else that is logged meanwhile ([`count_line`]): retina's lines and ours.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::redact::Censor;

/// FFmpeg's lines that are passed on per camera and [`WINDOW`].
const FFMPEG_LINES: u32 = 10;
/// The same of all others that are logged on behalf of a camera: ours and retina's.
const OTHER_LINES: u32 = 20;
/// The time over which lines are counted.
const WINDOW: Duration = Duration::from_secs(10);

thread_local! {
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// The camera a thread works for, and how many lines were logged for it lately.
pub(crate) struct Scope {
    pub id: Arc<str>,
    pub censor: Censor,
    /// FFmpeg's.
    pub ffmpeg: RateLimit,
    others: RateLimit,
}

impl Scope {
    fn new(id: Arc<str>, censor: Censor) -> Self {
        let now = Instant::now();
        let (ffmpeg, others) =
            (RateLimit::new(now, FFMPEG_LINES), RateLimit::new(now, OTHER_LINES));
        Self { id, censor, ffmpeg, others }
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

/// The thread's own, which is nobody's until it is [put back](put_back).
pub(crate) fn take() -> Option<Scope> {
    SCOPE.try_with(|scope| scope.borrow_mut().take()).ok().flatten()
}

/// See [`take`].
pub(crate) fn put_back(scope: Option<Scope>) {
    // At a thread's end the slot may be gone.
    let _gone = SCOPE.try_with(|slot| *slot.borrow_mut() = scope);
}

/// Changes the thread's scope for another.
fn swap(other: &mut Option<Scope>) {
    // At a thread's end the slot may be gone.
    let _gone = SCOPE.try_with(|scope| std::mem::swap(&mut *scope.borrow_mut(), other));
}

/// Counts lines in windows of time.
pub(crate) struct RateLimit {
    window: Instant,
    lines: u32,
    passed: u32,
    suppressed: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
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

    pub fn ask(&mut self, now: Instant) -> Verdict {
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
        let mut limit = RateLimit::new(start, FFMPEG_LINES);
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
    fn a_task_has_a_scope_of_its_own_whenever_it_runs_and_keeps_its_count() {
        fn seen() -> Option<(String, u32)> {
            SCOPE.with(|scope| {
                let mut scope = scope.borrow_mut();
                let scope = scope.as_mut()?;
                scope.ffmpeg.ask(Instant::now());
                Some((scope.id.to_string(), scope.ffmpeg.passed))
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
}
