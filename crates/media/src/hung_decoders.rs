//! The decode threads that hang on one stream, and were left behind.
//!
//! Such a thread can't be ended, and may keep a CPU busy. Clones share the list; it is kept beside
//! the stream's [`RouteMemory`](crate::RouteMemory), so that a feed that is closed and opened again
//! does not begin anew. Policies:
//! - while [`MOST`] threads are left behind, no other is started for the stream;
//! - a thread that comes back after all ends, and gives its place back;
//! - they are forgotten where a decoder of the stream works for long, because what they hung on is
//!   gone; [`Health`](crate::health::Health) decides that.

use std::sync::{Arc, Mutex, Weak};

use crate::lock::lock;

/// Threads of one stream that may be left behind.
pub(crate) const MOST: usize = 2;

/// A thread's place, held by it up to its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(Arc<()>);

/// The threads that are left behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct HungDecoders(Arc<Mutex<Vec<Weak<()>>>>);

impl HungDecoders {
    /// A thread is left behind.
    pub fn leave(&self, place: &Place) {
        let mut left = lock(&self.0);
        left.retain(|thread| thread.strong_count() > 0);
        left.push(Arc::downgrade(&place.0));
    }

    /// Threads that are left behind and not forgotten.
    pub fn count(&self) -> usize {
        let mut left = lock(&self.0);
        left.retain(|thread| thread.strong_count() > 0);
        left.len()
    }

    /// Whether another thread may be started.
    pub fn has_room(&self) -> bool {
        self.count() < MOST
    }

    /// Those that are left behind count no more.
    pub fn forget(&self) {
        lock(&self.0).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_by_who_ends_or_is_forgotten() {
        let hung = HungDecoders::default();
        let places: [Place; 3] = Default::default();
        hung.leave(&places[0]);
        assert!(hung.has_room());
        hung.leave(&places[1]);
        assert!(!hung.clone().has_room(), "clones share it");
        let [first, second, third] = places;
        drop(first);
        assert!(hung.has_room());
        hung.leave(&third);
        assert!(!hung.has_room());
        hung.forget();
        assert_eq!(hung.count(), 0);
        drop((second, third));
        assert_eq!(hung.count(), 0);
    }
}
