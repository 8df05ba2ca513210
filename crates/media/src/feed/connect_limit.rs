//! Limits how many cameras connect at the same time in the whole process: eight.
//!
//! A wall of a hundred cameras that comes back after a power cut must neither flood the network
//! nor the cameras' own small servers. Demux threads wait for a permit; cancelling ends the wait.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::cancel::CancellationToken;
use crate::lock::lock;

/// Connections that may be in progress at once.
const MAX_CONNECTING: usize = 8;
/// How often a waiting thread polls its cancellation token.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The limit that all feeds of the process share.
pub(crate) static CONNECT_LIMIT: ConnectLimit = ConnectLimit::new(MAX_CONNECTING);

/// Counts the connections in progress.
pub(crate) struct ConnectLimit {
    max: usize,
    busy: Mutex<usize>,
    freed: Condvar,
}

/// The right to connect; given back when dropped.
pub(crate) struct ConnectPermit<'a>(&'a ConnectLimit);

impl ConnectLimit {
    /// For so many connections at once.
    pub const fn new(max: usize) -> Self {
        Self { max, busy: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits for a permit; `None` when cancelled.
    pub fn acquire(&self, cancellation: &CancellationToken) -> Option<ConnectPermit<'_>> {
        let mut busy = lock(&self.busy);
        loop {
            if cancellation.is_cancelled() {
                return None;
            }
            if *busy < self.max {
                *busy += 1;
                return Some(ConnectPermit(self));
            }
            busy = match self.freed.wait_timeout(busy, POLL_INTERVAL) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Connections in progress.
    #[cfg(test)]
    pub fn busy(&self) -> usize {
        *lock(&self.busy)
    }
}

impl Drop for ConnectPermit<'_> {
    fn drop(&mut self) {
        *lock(&self.0.busy) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_limit_connect_at_once_and_nobody_who_is_cancelled() {
        let (limit, cancellation) = (ConnectLimit::new(2), CancellationToken::default());
        let connect_often = || {
            for _ in 0..200 {
                let _permit = limit.acquire(&cancellation).expect("nobody is cancelled");
                assert!(limit.busy() <= 2);
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(connect_often);
            }
        });
        assert_eq!(limit.busy(), 0);
        cancellation.cancel();
        assert!(limit.acquire(&cancellation).is_none());
    }
}
