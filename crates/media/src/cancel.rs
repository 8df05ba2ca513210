//! Ends a feed's threads, wherever they wait.
//!
//! The [`Feed`](super::Feed) owns the token and shares it with its threads. The token can be polled
//! (FFmpeg's interrupt callback), slept on (backoff, file pacing) and awaited (the retina runtime),
//! so that no wait outlives the feed. Policy: a token that is cancelled stays cancelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Whether the feed is being closed.
#[derive(Debug, Default)]
pub(crate) struct CancellationToken {
    cancelled: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
    notify: tokio::sync::Notify,
}

impl CancellationToken {
    /// Cancels, and wakes every thread that waits on the token.
    pub fn cancel(&self) {
        {
            // Held so that a sleeper is either before its check or already waiting.
            let _guard = lock(&self.lock);
            self.cancelled.store(true, Ordering::SeqCst);
        }
        self.changed.notify_all();
        self.notify.notify_waiters();
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Sleeps for `time`; true as soon as the token is cancelled.
    pub fn sleep(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut guard = lock(&self.lock);
        loop {
            if self.is_cancelled() {
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

    /// Resolves when the token is cancelled.
    pub async fn cancelled(&self) {
        let notified = self.notify.notified();
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_sleep_ends_when_the_token_is_cancelled() {
        let cancellation = Arc::new(CancellationToken::default());
        assert!(!cancellation.sleep(Duration::from_millis(1)));
        let other = cancellation.clone();
        let started = Instant::now();
        let sleeper = std::thread::spawn(move || other.sleep(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(20));
        cancellation.cancel();
        assert!(sleeper.join().expect("no panic"));
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(cancellation.sleep(Duration::from_secs(60)), "cancelled stays cancelled");
    }
}
