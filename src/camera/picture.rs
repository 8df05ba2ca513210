//! What the wall shows of a camera, and the proof that it reached the screen.
//!
//! Shared by the main world and the render world; all counters are atomic. Policy: a frame counts
//! as shown when it was handed to the display, not when it was decoded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use camwall_media::FrameQueue;

/// A camera's live picture: where frames come from, and the proof that they reached the screen.
#[derive(Debug)]
pub struct LivePicture {
    id: u64,
    /// Newest decoded frame.
    pub frame_queue: Arc<FrameQueue>,
    shown: AtomicU64,
    delay_us: AtomicU64,
}

impl LivePicture {
    /// A picture fed by `frame queue`.
    #[must_use]
    pub fn new(frame_queue: Arc<FrameQueue>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            frame_queue,
            shown: AtomicU64::new(0),
            delay_us: AtomicU64::new(0),
        }
    }

    /// Tells pictures apart, also when one takes another's place.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Frames that were drawn and handed to the display.
    #[must_use]
    pub fn shown(&self) -> u64 {
        self.shown.load(Relaxed)
    }

    /// From the last packet's arrival to the hand-over to the display, for the newest frame shown.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_micros(self.delay_us.load(Relaxed))
    }

    /// Counts a frame that arrived at `arrived` and was just handed to the display.
    pub fn mark_shown(&self, arrived: Instant) {
        self.shown.fetch_add(1, Relaxed);
        let us = u64::try_from(arrived.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.delay_us.store(us, Relaxed);
    }
}
