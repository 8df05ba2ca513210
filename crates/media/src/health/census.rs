//! How many cameras of the process are connected and shown, and how many of them late.
//!
//! Every feed tells what it is by counting itself in and out; no lock. The rule is pure: where most
//! cameras are late at once, the cause is this computer or its network, and connecting them anew
//! would make it worse.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// Fewer cameras prove nothing.
const ENOUGH: usize = 3;

/// Counts connected and late cameras.
#[derive(Debug, Default)]
pub(crate) struct Census {
    connected: AtomicUsize,
    late: AtomicUsize,
}

/// What one camera is counted as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub connected: bool,
    pub late: bool,
}

impl Census {
    /// That of the process.
    pub fn of_the_process() -> Arc<Self> {
        static CENSUS: LazyLock<Arc<Census>> = LazyLock::new(Arc::default);
        CENSUS.clone()
    }

    /// A camera was counted as `before` and is now something else.
    pub(super) fn change(&self, before: Counted, after: Counted) {
        let change = |counter: &AtomicUsize, before: bool, after: bool| {
            if after && !before {
                counter.fetch_add(1, Ordering::Relaxed);
            } else if before && !after {
                counter.fetch_sub(1, Ordering::Relaxed);
            }
        };
        change(&self.connected, before.connected, after.connected);
        change(&self.late, before.late, after.late);
    }

    /// Whether the cause of lateness is ours.
    pub fn is_ours(&self) -> bool {
        is_ours(self.connected.load(Ordering::Relaxed), self.late.load(Ordering::Relaxed))
    }
}

/// Whether more than half of the cameras being late is to be blamed on us.
fn is_ours(connected: usize, late: usize) -> bool {
    connected >= ENOUGH && late > connected / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_three_cameras_or_more() {
        let ours: Vec<_> = [(0, 0), (2, 2), (3, 1), (3, 2), (4, 2), (4, 3), (100, 50), (100, 51)]
            .map(|(connected, late)| is_ours(connected, late))
            .into();
        assert_eq!(ours, [false, false, false, true, false, true, false, true]);
        let census = Census::default();
        let counted = Counted { connected: true, late: true };
        for _ in 0..3 {
            census.change(Counted::default(), counted);
        }
        assert!(census.is_ours());
        census.change(counted, Counted { late: false, ..counted });
        census.change(counted, Counted::default());
        assert!(!census.is_ours());
    }
}
