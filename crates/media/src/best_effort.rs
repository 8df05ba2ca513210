//! A named way of saying that a call may fail and that nothing is lost if it does.
//!
//! Pure. Policy: a comment at each call says why the failure is harmless.

/// For results whose error is deliberately ignored.
pub trait BestEffort {
    /// Ignores the error. `let _ =` would hide from a reader that somebody thought about it.
    fn best_effort(self);
}

impl<E> BestEffort for Result<(), E> {
    #[inline]
    fn best_effort(self) {
        drop(self);
    }
}
