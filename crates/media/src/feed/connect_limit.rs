//! Limits how many cameras connect at the same time in the whole process: eight places, which
//! a try holds for 2 s at most, and 32 tries.
//!
//! A wall of a hundred cameras that comes back after a power cut must neither flood the network
//! nor the cameras' own small servers. Demux threads wait for a permit, in the order of
//! [`ConnectQueue`]; cancelling ends the wait.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::connect_queue::{Caller, ConnectQueue, Ticket};
use crate::cancel::CancellationToken;
use crate::lock::lock;

/// Places for cameras that connect.
const MAX_CONNECTING: usize = 8;
/// How often a waiting thread looks whether it is cancelled, whether somebody looks at its camera, and
/// whether the dead no longer count.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The limit that all feeds of the process share.
pub(crate) static CONNECT_LIMIT: ConnectLimit = ConnectLimit::new(MAX_CONNECTING);

/// The queue as threads see it.
pub(crate) struct ConnectLimit {
    queue: Mutex<ConnectQueue>,
    changed: Condvar,
}

/// The right to connect; given back when dropped. While it is waited for, a place in the queue.
pub(crate) struct ConnectPermit<'a> {
    limit: &'a ConnectLimit,
    ticket: Ticket,
}

impl ConnectLimit {
    /// With so many places.
    pub const fn new(places: usize) -> Self {
        Self { queue: Mutex::new(ConnectQueue::new(places)), changed: Condvar::new() }
    }

    /// Waits for a permit; `None` when cancelled. `caller` is asked again while it is waited, with
    /// the queue locked, and must return at once.
    pub fn acquire(
        &self,
        cancellation: &CancellationToken,
        caller: impl Fn() -> Caller,
    ) -> Option<ConnectPermit<'_>> {
        let mut queue = lock(&self.queue);
        let ticket = queue.enter(caller(), Instant::now());
        loop {
            if cancellation.is_cancelled() {
                queue.leave(ticket);
                self.changed.notify_all();
                return None;
            }
            if queue.admits(ticket, caller(), Instant::now()) {
                // Who is next may have room as well.
                self.changed.notify_all();
                return Some(ConnectPermit { limit: self, ticket });
            }
            queue = match self.changed.wait_timeout(queue, POLL_INTERVAL) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Who connects.
    #[cfg(test)]
    pub fn connecting(&self) -> Vec<Caller> {
        lock(&self.queue).connecting()
    }
}

impl Drop for ConnectPermit<'_> {
    fn drop(&mut self) {
        lock(&self.limit.queue).leave(self.ticket);
        self.limit.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Caller = Caller { hidden: false, dead: false };

    #[test]
    fn never_more_than_the_limit_connect_at_once_and_nobody_who_is_cancelled() {
        let (limit, cancellation) = (ConnectLimit::new(2), CancellationToken::default());
        let connect_often = || {
            for _ in 0..200 {
                let _permit = limit.acquire(&cancellation, || SEEN).expect("nobody is cancelled");
                assert!(lock(&limit.queue).held(Instant::now()) <= 2);
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(connect_often);
            }
        });
        assert!(limit.connecting().is_empty());
        cancellation.cancel();
        assert!(limit.acquire(&cancellation, || SEEN).is_none());
    }

    #[test]
    fn the_dead_let_the_living_pass_after_two_seconds() {
        let limit = ConnectLimit::new(2);
        // Or a fault would make the test wait for ever.
        let cancellation = std::sync::Arc::new(CancellationToken::default());
        let patience = cancellation.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(5));
            patience.cancel();
        });
        let dead = Caller { hidden: false, dead: true };
        let started = Instant::now();
        let held = [dead, dead].map(|dead| limit.acquire(&cancellation, || dead));
        assert!(limit.acquire(&cancellation, || SEEN).is_some());
        let after = started.elapsed();
        assert!(
            after >= Duration::from_secs(2) && after < Duration::from_millis(2500),
            "{after:?}"
        );
        drop(held);
        assert!(limit.connecting().is_empty());
    }
}
