//! The decode threads that hang on one stream, and were left behind.
//!
//! Such a thread can't be ended, and may keep a CPU busy. Clones share the list; it is kept beside
//! the stream's [`RouteMemory`](crate::RouteMemory), so that a feed that is closed and opened again
//! does not begin anew. Policies:
//! - while [`MOST`] threads are left behind, no other is started for the stream;
//! - a thread that is told to end, because its feed is hidden, may be at work on a packet or wait for its
//!   turn. It hangs only if it is still there after [`GRACE`]; while [`MOST_ENDING`] of them end, another
//!   one has to wait;
//! - a thread that comes back after all ends, and gives its place back;
//! - they are forgotten where a decoder of the stream works for long, because what they hung on is
//!   gone; [`Health`](crate::health::Health) decides that.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Threads of one stream that may be left behind.
pub(crate) const MOST: usize = 2;
/// How long a thread may take to end: it waits 0.5 s at most for its turn, and decodes one packet.
const GRACE: Duration = Duration::from_secs(2);
/// Threads of one stream that may be ending: who hides and shows it so often so quickly waits.
const MOST_ENDING: usize = 4;

/// Whether another thread may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It may.
    Free,
    /// Not before one that ends is gone.
    Soon,
    /// Too many hang.
    None,
}

/// A thread's place, held by it up to its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(Arc<()>);

/// The threads that are left behind, and those that end.
#[derive(Clone, Debug, Default)]
pub(crate) struct HungDecoders(Arc<Mutex<Vec<Left>>>);

#[derive(Debug)]
struct Left {
    thread: Weak<()>,
    /// From when on it hangs; before that it ends.
    hangs_at: Option<Instant>,
}

impl HungDecoders {
    /// A thread that hangs is left behind.
    pub fn leave(&self, place: &Place) {
        self.add(place, None);
    }

    /// A thread is told to end at `now`.
    pub fn end(&self, place: &Place, now: Instant) {
        self.add(place, Some(now + GRACE));
    }

    fn add(&self, place: &Place, hangs_at: Option<Instant>) {
        lock(&self.0).push(Left { thread: Arc::downgrade(&place.0), hangs_at });
    }

    /// Threads that hang at `now` and are not forgotten, and threads that end.
    fn counts(&self, now: Instant) -> (usize, usize) {
        let mut left = lock(&self.0);
        left.retain(|left| left.thread.strong_count() > 0);
        let hang = left.iter().filter(|left| left.hangs_at.is_none_or(|at| now >= at)).count();
        (hang, left.len() - hang)
    }

    /// Threads that are there at `now`, hang or end, and are not forgotten.
    #[cfg(test)]
    pub fn count(&self, now: Instant) -> usize {
        let (hang, end) = self.counts(now);
        hang + end
    }

    /// Whether another thread may be started at `now`.
    pub fn room(&self, now: Instant) -> Room {
        match self.counts(now) {
            (MOST.., _) => Room::None,
            (_, MOST_ENDING..) => Room::Soon,
            _ => Room::Free,
        }
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
        let (hung, now) = (HungDecoders::default(), Instant::now());
        let places: [Place; 3] = Default::default();
        hung.leave(&places[0]);
        assert_eq!(hung.room(now), Room::Free);
        hung.leave(&places[1]);
        assert_eq!(hung.clone().room(now), Room::None, "clones share it");
        let [first, second, third] = places;
        drop(first);
        assert_eq!(hung.room(now), Room::Free);
        hung.leave(&third);
        assert_eq!(hung.room(now), Room::None);
        hung.forget();
        assert_eq!(hung.count(now), 0);
        drop((second, third));
        assert_eq!(hung.count(now), 0);
    }

    #[test]
    fn who_is_told_to_end_hangs_only_after_two_seconds_and_not_too_many_end_at_once() {
        let (hung, now) = (HungDecoders::default(), Instant::now());
        let mut places: Vec<Place> = Vec::new();
        for room in [Room::Free, Room::Free, Room::Free, Room::Soon] {
            let place = Place::default();
            hung.end(&place, now);
            places.push(place);
            assert_eq!(hung.room(now), room);
        }
        let later = now + GRACE;
        assert_eq!(hung.room(later - Duration::from_millis(1)), Room::Soon);
        assert_eq!(hung.room(later), Room::None);
        places.truncate(1);
        assert_eq!((hung.room(later), hung.count(later)), (Room::Free, 1));
    }
}
