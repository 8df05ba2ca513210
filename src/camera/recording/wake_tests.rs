//! Whose recorder wakes the wall.

use std::{
    sync::{Arc, atomic::AtomicU32, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use super::handler;
use crate::camera::waker::Waker;
use crate::pacing::{FramePacer, HEARTBEAT};
use camwall_recorder::RecorderEvent;

/// How often the wall wakes within half a second in which a recorder has news all the time, and
/// how often it would by itself at most.
fn wakes(visible: bool) -> (u32, u32) {
    let counter = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&counter);
    let pacer = FramePacer::start(move || {
        count.fetch_add(1, Relaxed);
    });
    let waker = Waker::new(pacer.unwrap(), visible);
    let handler = handler(waker.clone());
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(500) {
        handler(RecorderEvent::Changed);
        std::thread::sleep(Duration::from_millis(1));
    }
    let counted = counter.load(Relaxed);
    let heartbeats = start.elapsed().as_millis() / HEARTBEAT.as_millis();
    (counted, u32::try_from(heartbeats).unwrap())
}

#[test]
fn the_recorder_of_a_camera_that_nobody_sees_does_not_wake_the_wall() {
    let (counted, most) = wakes(false);
    assert!(counted <= most, "{counted} of {most}");
    let (counted, most) = wakes(true);
    assert!(counted > most, "{counted} of {most}");
}
