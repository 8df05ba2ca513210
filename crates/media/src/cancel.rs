//! The way a feed's threads are told to end, wherever they are.
//!
//! Owned by the [`Feed`](super::Feed), shared with its threads. One flag with three ways to hear
//! of it: polled (FFmpeg's interrupt callback), slept on (backoff, file pacing) and awaited (the
//! retina runtime), so that no wait outlives the feed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A one-way switch.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    set: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
    notify: tokio::sync::Notify,
}

impl Stop {
    /// Sets the switch and wakes everyone who waits for it.
    pub fn set(&self) {
        {
            // Held so that a sleeper is either before its check or already waiting.
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.set.store(true, Ordering::SeqCst);
        }
        self.changed.notify_all();
        self.notify.notify_waiters();
    }

    /// Whether the switch is set.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Sleeps for `time`; true as soon as the switch is set.
    pub fn sleep(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.is_set() {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            guard = match self.changed.wait_timeout(guard, left) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Resolves when the switch is set.
    pub async fn wait(&self) {
        let notified = self.notify.notified();
        if !self.is_set() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_sleep_ends_when_the_switch_is_set() {
        let stop = Arc::new(Stop::default());
        assert!(!stop.sleep(Duration::from_millis(1)));
        let other = stop.clone();
        let started = Instant::now();
        let sleeper = std::thread::spawn(move || other.sleep(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(20));
        stop.set();
        assert!(sleeper.join().expect("no panic"));
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(stop.sleep(Duration::from_secs(60)), "set stays set");
    }
}
