//! The one slot between a camera's decode thread and the renderer: newest wins.
//!
//! Written by the decode thread, taken by the render world. Live video wants the newest picture,
//! so a picture nobody took is replaced, and that is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::frame::Frame;

/// A single slot for the newest decoded picture.
#[derive(Default, Debug)]
pub struct Mailbox {
    slot: Mutex<Option<Frame>>,
    fresh: AtomicBool,
    written: AtomicU64,
    replaced: AtomicU64,
    taken: AtomicU64,
}

impl Mailbox {
    /// Takes the newest picture, if one came since the last call.
    pub fn take(&self) -> Option<Frame> {
        if !self.has_new() {
            return None;
        }
        let frame = {
            let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
            self.fresh.store(false, Ordering::Release);
            slot.take()
        };
        if frame.is_some() {
            self.taken.fetch_add(1, Ordering::Relaxed);
        }
        frame
    }

    /// Whether [`take`](Self::take) would return a picture. Does not lock.
    pub fn has_new(&self) -> bool {
        self.fresh.load(Ordering::Acquire)
    }

    /// Pictures put in since the feed was opened.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Pictures that a newer one replaced before anybody took them.
    pub fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Pictures taken out.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Puts a picture in, replacing one that nobody took.
    pub(crate) fn put(&self, frame: Frame) {
        self.written.fetch_add(1, Ordering::Relaxed);
        let old = {
            let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
            self.fresh.store(true, Ordering::Release);
            slot.replace(frame)
        };
        if old.is_some() {
            self.replaced.fetch_add(1, Ordering::Relaxed);
        }
        // `old` returns its buffers here, outside the lock.
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::frame::tests::grey;

    #[test]
    fn the_newest_wins_and_everything_is_counted() {
        let mailbox = Mailbox::default();
        assert!(mailbox.take().is_none());
        mailbox.put(grey(16, 16, 1));
        mailbox.put(grey(16, 16, 2));
        assert!(mailbox.has_new());
        let frame = mailbox.take().expect("a picture");
        assert_eq!(frame.plane(0).expect("luma").data[0], 2);
        assert!(!mailbox.has_new() && mailbox.take().is_none());
        mailbox.put(grey(16, 16, 3));
        assert_eq!((mailbox.written(), mailbox.replaced(), mailbox.taken()), (3, 1, 1));
    }
}
