//! Locks that a panic does not take away.
//!
//! Pure. Policy: what a mutex guards here is valid after every statement, so a thread that panicked
//! while it held the lock leaves nothing half done, and the other threads go on.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock, whether or not a thread panicked while it held it.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
