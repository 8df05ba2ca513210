//! Limits how many cameras connect at the same time in the whole process: eight places, which
//! a try holds for 2 s at most, and 32 tries.
//!
//! A wall of a hundred cameras that comes back after a power cut must neither flood the network
//! nor the cameras' own small servers. The feeds' tasks wait for a permit, in the order of
//! [`ConnectQueue`]; cancelling ends the wait.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::connect_queue::{Caller, ConnectQueue, Ticket};
use crate::best_effort::BestEffort;
use crate::lock::lock;

/// Places for cameras that connect.
const MAX_CONNECTING: usize = 8;
/// How often who waits looks whether somebody looks at its camera, and whether those that connect still
/// hold their places.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The limit that all feeds of the process share.
pub(crate) static CONNECT_LIMIT: ConnectLimit = ConnectLimit::new(MAX_CONNECTING);

/// The queue as tasks see it.
pub(crate) struct ConnectLimit {
    queue: Mutex<ConnectQueue>,
    changed: Notify,
}

/// The right to connect; given back when dropped. While it is waited for, a place in the queue.
pub(crate) struct ConnectPermit<'a> {
    limit: &'a ConnectLimit,
    ticket: Ticket,
}

impl ConnectLimit {
    /// With so many places.
    pub const fn new(places: usize) -> Self {
        Self { queue: Mutex::new(ConnectQueue::new(places)), changed: Notify::const_new() }
    }

    /// Waits for a permit; `None` when cancelled. `caller` is asked again while it is waited, with
    /// the queue locked, and must return at once.
    pub async fn acquire(
        &self,
        cancellation: &CancellationToken,
        caller: impl Fn() -> Caller,
    ) -> Option<ConnectPermit<'_>> {
        let ticket = lock(&self.queue).enter(caller(), Instant::now());
        let permit = ConnectPermit { limit: self, ticket };
        let admitted = async {
            loop {
                // Before it is looked, or a change in between would be missed.
                let changed = self.changed.notified();
                if lock(&self.queue).admits(ticket, caller(), Instant::now()) {
                    // Who is next may have room as well.
                    self.changed.notify_waiters();
                    return;
                }
                // Then it is looked anyway.
                timeout(POLL_INTERVAL, changed).await.best_effort();
            }
        };
        cancellation.run_until_cancelled(admitted).await.map(|()| permit)
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
        self.limit.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt;

    use super::*;
    use crate::runtime::block_on;

    const SEEN: Caller = Caller { hidden: false, dead: false };

    #[test]
    fn never_more_than_the_limit_connect_at_once_and_nobody_who_is_cancelled() {
        let (limit, cancellation) = (ConnectLimit::new(2), CancellationToken::default());
        let connect_often = || {
            for _ in 0..200 {
                let permit = block_on(limit.acquire(&cancellation, || SEEN));
                let _permit = permit.expect("nobody is cancelled");
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
        assert!(block_on(limit.acquire(&cancellation, || SEEN)).is_none());
    }

    #[test]
    fn who_waits_no_more_holds_up_nobody() {
        let (limit, closed) = (ConnectLimit::new(1), CancellationToken::default());
        let never = CancellationToken::default();
        let held = block_on(limit.acquire(&never, || SEEN)).expect("there is room");
        block_on(async {
            let mut closed_waits = pin!(limit.acquire(&closed, || SEEN));
            let mut dropped_waits = Box::pin(limit.acquire(&never, || SEEN));
            assert!(closed_waits.as_mut().now_or_never().is_none());
            assert!((&mut dropped_waits).now_or_never().is_none());
            closed.cancel();
            assert!(closed_waits.await.is_none());
            drop(dropped_waits);
            drop(held);
            assert!(limit.acquire(&never, || SEEN).now_or_never().flatten().is_some());
        });
    }

    #[test]
    fn the_dead_let_the_living_pass_after_two_seconds() {
        let (limit, cancellation) = (ConnectLimit::new(2), CancellationToken::default());
        let dead = Caller { hidden: false, dead: true };
        let started = Instant::now();
        let held = [dead, dead].map(|dead| block_on(limit.acquire(&cancellation, || dead)));
        block_on(async {
            let living = limit.acquire(&cancellation, || SEEN);
            let living = timeout(Duration::from_secs(5), living).await;
            assert!(living.expect("or a fault would make it wait for ever").is_some());
        });
        let after = started.elapsed();
        assert!(
            after >= Duration::from_secs(2) && after < Duration::from_millis(2500),
            "{after:?}"
        );
        drop(held);
        assert!(limit.connecting().is_empty());
    }
}
