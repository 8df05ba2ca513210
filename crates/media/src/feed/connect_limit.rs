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

static BUSY: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The right to connect; given back when dropped.
pub(crate) struct ConnectPermit(());

/// Waits for a permit; `None` when cancelled.
pub(crate) fn acquire(cancellation: &CancellationToken) -> Option<ConnectPermit> {
    let mut busy = lock(&BUSY);
    loop {
        if cancellation.is_cancelled() {
            return None;
        }
        if *busy < MAX_CONNECTING {
            *busy += 1;
            return Some(ConnectPermit(()));
        }
        busy = match FREED.wait_timeout(busy, POLL_INTERVAL) {
            Ok((guard, _)) => guard,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
}

impl Drop for ConnectPermit {
    fn drop(&mut self) {
        *lock(&BUSY) -= 1;
        FREED.notify_one();
    }
}
