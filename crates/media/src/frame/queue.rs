//! The frame queue between a camera's decode thread and the renderer: the newest picture, and at
//! most one before it.
//!
//! The decode thread puts frames in, the render world takes them. Live video wants the newest
//! picture, but a wall that is drawn at the cameras' own rate meets some of them just as a picture
//! arrives: jitter then puts two pictures between one pair of draws and none between the next. So
//! one older picture may wait its turn; where that becomes a habit it is only delay, and is
//! dropped. A picture nobody took is counted, unless nobody looks: then the newest are kept for whoever
//! will.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Frame;

use crate::lock::lock;

/// Pictures that may wait.
const DEPTH: usize = 2;

/// How many takes in a row may leave a picture waiting; after that the reader is behind, and the
/// older picture is dropped. Half a
/// second at 25 Hz: jitter evens out within that by itself, and no picture is lost to it.
const HABIT: u32 = 12;

/// The newest decoded picture, and at most one before it.
#[derive(Default, Debug)]
pub struct FrameQueue {
    waiting: Mutex<Waiting>,
    fresh: AtomicBool,
    replaced: AtomicU64,
    /// Whether nobody takes pictures, and nobody misses them.
    unwatched: AtomicBool,
}

#[derive(Default, Debug)]
struct Waiting {
    frames: VecDeque<Frame>,
    /// Takes in a row that left a picture behind.
    behind: u32,
    /// Whether nobody wants pictures.
    closed: bool,
}

impl FrameQueue {
    /// Takes the next picture, if one is waiting.
    pub fn take(&self) -> Option<Frame> {
        if !self.has_new() {
            return None;
        }
        let mut skipped = None;
        let frame = {
            let mut waiting = lock(&self.waiting);
            if waiting.frames.len() < DEPTH {
                waiting.behind = 0;
            } else if waiting.behind >= HABIT {
                skipped = waiting.frames.pop_front();
                waiting.behind = 0;
            } else {
                waiting.behind += 1;
            }
            let frame = waiting.frames.pop_front();
            self.fresh.store(!waiting.frames.is_empty(), Ordering::Release);
            frame
        };
        self.replaced.fetch_add(u64::from(skipped.is_some()), Ordering::Relaxed);
        // `skipped` returns its buffers here, outside the lock.
        frame
    }

    /// Whether [`take`](Self::take) would return a picture. Does not lock.
    pub fn has_new(&self) -> bool {
        self.fresh.load(Ordering::Acquire)
    }

    /// Pictures that were dropped before anybody took them.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Whether somebody looks at the pictures: those that nobody is to see are replaced without being
    /// counted.
    pub fn set_watched(&self, watched: bool) {
        self.unwatched.store(!watched, Ordering::Relaxed);
    }

    /// Drops the pictures that wait, and takes none in until it is opened.
    pub(crate) fn close(&self) {
        let old = {
            let mut waiting = lock(&self.waiting);
            waiting.closed = true;
            self.fresh.store(false, Ordering::Release);
            std::mem::take(&mut waiting.frames)
        };
        // `old` returns its buffers here, outside the lock.
        drop(old);
    }

    /// Takes pictures in again.
    pub(crate) fn open(&self) {
        lock(&self.waiting).closed = false;
    }

    /// Puts a picture in; the oldest that waits makes room. How many did that somebody misses.
    pub(crate) fn put(&self, frame: Frame) -> u64 {
        let old = {
            let mut waiting = lock(&self.waiting);
            if waiting.closed {
                return 0;
            }
            let full = waiting.frames.len() >= DEPTH;
            let old = if full { waiting.frames.pop_front() } else { None };
            waiting.frames.push_back(frame);
            self.fresh.store(true, Ordering::Release);
            old
        };
        let replaced = u64::from(old.is_some() && !self.unwatched.load(Ordering::Relaxed));
        self.replaced.fetch_add(replaced, Ordering::Relaxed);
        // `old` returns its buffers here, outside the lock.
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::gray;

    fn shade(frame_queue: &FrameQueue) -> Option<u8> {
        frame_queue.take().map(|frame| frame.plane(0).expect("luma").data[0])
    }

    #[test]
    fn one_may_wait_and_the_oldest_makes_room() {
        let frame_queue = FrameQueue::default();
        assert!(frame_queue.take().is_none());
        for shade in 1..=3 {
            frame_queue.put(gray(16, 16, shade));
        }
        assert!(frame_queue.has_new());
        assert_eq!(
            (shade(&frame_queue), shade(&frame_queue), shade(&frame_queue)),
            (Some(2), Some(3), None)
        );
        assert!(!frame_queue.has_new());
        assert_eq!(frame_queue.replaced(), 1);
    }

    #[test]
    fn nobody_misses_what_nobody_is_to_see() {
        let frame_queue = FrameQueue::default();
        frame_queue.set_watched(false);
        let replaced: u64 = (1..=9).map(|shade| frame_queue.put(gray(16, 16, shade))).sum();
        assert_eq!((replaced, frame_queue.replaced()), (0, 0));
        frame_queue.set_watched(true);
        assert_eq!(shade(&frame_queue), Some(8), "the newest were kept");
        assert_eq!((10..=12).map(|shade| frame_queue.put(gray(16, 16, shade))).sum::<u64>(), 2);
    }

    #[test]
    fn waiting_is_no_habit() {
        let frame_queue = FrameQueue::default();
        frame_queue.put(gray(16, 16, 0));
        // A reader that is always one picture behind catches up before long.
        for shade_in in 1..=30 {
            frame_queue.put(gray(16, 16, shade_in));
            if shade(&frame_queue) == Some(shade_in) {
                return;
            }
        }
        panic!("always one picture behind");
    }
}
