//! Notices what changes by the clock alone: that a picture is stale.
//!
//! The feed's task runs it, while it waits for something else.

use std::pin::pin;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::connection_policy::StateWatch;
use super::system::System;
use crate::health::feed_health::FeedHealth;
use crate::source::TICK;

/// Looks at a feed's state every [`TICK`].
pub(super) struct ClockWatch<'a> {
    system: &'a dyn System,
    health: &'a FeedHealth,
    wake: &'a Arc<dyn Fn() + Send + Sync>,
    state: StateWatch,
    due: BoxFuture<'a, ()>,
}

impl<'a> ClockWatch<'a> {
    /// Begins with the state as it is; `wake` is called when it is another.
    pub fn new(
        system: &'a dyn System,
        health: &'a FeedHealth,
        wake: &'a Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let now = system.now();
        let state = StateWatch::new(&health.state(now));
        Self { system, health, wake, state, due: system.tick_at(now + TICK) }
    }

    /// Waits for `other`, and asks it again after each look.
    pub async fn beside<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        loop {
            tokio::select! {
                biased;
                outcome = &mut other => return outcome,
                () = &mut self.due => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let now = self.system.now();
        if self.state.changes_to(&self.health.state(now)) {
            (self.wake)();
        }
        self.due = self.system.tick_at(now + TICK);
    }
}
