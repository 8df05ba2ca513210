//! What wakes the wall for a camera.
//!
//! Any thread. Policy: only a camera that somebody sees wakes the wall; what happens to one that is
//! hidden is noticed by the next update, at the latest a heartbeat later.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::pacing::FramePacer;

/// Wakes the wall while a camera is visible; never blocks.
#[derive(Clone)]
pub struct Waker {
    pacer: FramePacer,
    visible: Arc<AtomicBool>,
}

impl Waker {
    /// Of a camera that is visible now, or not.
    pub fn new(pacer: FramePacer, visible: bool) -> Self {
        Self { pacer, visible: Arc::new(AtomicBool::new(visible)) }
    }

    /// The camera is visible from now on, or no longer; for all clones.
    pub fn set_visible(&self, visible: bool) {
        self.visible.store(visible, Relaxed);
    }

    /// Something about the camera changed.
    pub fn wake(&self) {
        if self.visible.load(Relaxed) {
            self.pacer.notify();
        }
    }
}
