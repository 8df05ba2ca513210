//! When the wall wakes and when it draws.
//!
//! Owns the thread `pacer`, which turns any number of "there is a new frame" calls from the decode
//! threads into at most one wake-up of the event loop per drawing interval, and the timer for what
//! changes by itself (clock, animation). Policy: draw at once after a pause, at the display's rate
//! under load, and sleep otherwise; a wake-up is never lost, several may become one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use bevy::prelude::*;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::video::Scene;

/// Drawing interval where a GPU draws: the display's own rate limits it further.
const GPU_INTERVAL: Duration = Duration::from_millis(8);

/// Drawing interval where the CPU draws: just above the 25 and 30 Hz of cameras, because one
/// picture of 1920×1080 costs llvmpipe 10 to 20 ms (measured, 2 cores).
const CPU_INTERVAL: Duration = Duration::from_millis(30);

/// Longest sleep: the state of a tile must be true within a second.
pub const HEARTBEAT: Duration = Duration::from_millis(250);

/// Wakes the event loop; cheap, from any thread, never blocks.
#[derive(Resource, Clone)]
pub struct Pacer {
    signals: Sender<Signal>,
    interval_us: Arc<AtomicU64>,
}

enum Signal {
    Frame,
    At(Instant),
}

impl Pacer {
    /// Starts the thread `pacer`, which calls `wake`; it ends with the last clone of the pacer.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(wake: impl FnMut() + Send + 'static) -> std::io::Result<Self> {
        // Small: what does not fit is covered by the wake-up that is on its way.
        let (signals, received) = bounded(16);
        let interval_us = Arc::new(AtomicU64::new(as_us(GPU_INTERVAL)));
        let shared = Arc::clone(&interval_us);
        thread::Builder::new()
            .name("pacer".into())
            .spawn(move || pace(&received, &shared, wake))?;
        Ok(Self { signals, interval_us })
    }

    /// Something new can be drawn.
    pub fn notify(&self) {
        // Full means that a wake-up is pending already.
        self.signals.try_send(Signal::Frame).unwrap_or_default();
    }

    /// Wake at `when` at the latest.
    pub fn wake_at(&self, when: Instant) {
        self.signals.try_send(Signal::At(when)).unwrap_or_default();
    }

    /// Shortest time between two pictures.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_micros(self.interval_us.load(Relaxed))
    }

    /// Sets the interval for a GPU or for a CPU that draws.
    pub fn set_software(&self, software: bool) {
        let interval = if software { CPU_INTERVAL } else { GPU_INTERVAL };
        self.interval_us.store(as_us(interval), Relaxed);
    }
}

fn as_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The thread: waits for a frame or the timer, keeps the interval, wakes.
fn pace(signals: &Receiver<Signal>, interval_us: &AtomicU64, mut wake: impl FnMut()) {
    let mut last = Instant::now();
    let mut timer = last + HEARTBEAT;
    loop {
        match signals.recv_deadline(timer) {
            Ok(Signal::At(when)) => {
                timer = timer.min(when);
                continue;
            }
            Ok(Signal::Frame) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let due = last + Duration::from_micros(interval_us.load(Relaxed));
        thread::sleep(due.saturating_duration_since(Instant::now()));
        last = Instant::now();
        timer = last + HEARTBEAT;
        while let Ok(signal) = signals.try_recv() {
            if let Signal::At(when) = signal {
                timer = timer.min(when);
            }
        }
        wake();
    }
}

/// Whether the wall has to be drawn anew.
#[derive(Resource, Debug)]
pub struct Redraw {
    dirty: bool,
    requested: Option<u64>,
    last: Option<Instant>,
}

impl Default for Redraw {
    fn default() -> Self {
        Self { dirty: true, requested: None, last: None }
    }
}

impl Redraw {
    /// Something other than a video frame changed.
    pub fn request(&mut self) {
        self.dirty = true;
    }

    /// Whether something other than a video frame changed since the last picture.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.dirty
    }
}

/// Decides whether this update draws.
pub fn decide(mut redraw: ResMut<Redraw>, mut scene: ResMut<Scene>, pacer: Res<Pacer>) {
    let drawn = scene.drawn.load(Relaxed);
    // The window could not take the last picture: what it should have shown is still due.
    let missed = redraw.requested.take().is_some_and(|before| before == drawn);
    let fresh = scene.tiles.iter().any(|tile| tile.picture.mailbox.has_new());
    if !(redraw.dirty || missed || fresh || !scene.snapshots.is_empty()) {
        return;
    }
    redraw.dirty = true;
    let now = Instant::now();
    // Input events wake the loop too, a mouse a thousand times a second.
    let due = redraw.last.map(|last| last + pacer.interval().mul_f32(0.9));
    if let Some(due) = due.filter(|due| *due > now) {
        pacer.wake_at(due);
        return;
    }
    redraw.dirty = false;
    redraw.last = Some(now);
    redraw.requested = Some(drawn);
    scene.draw = true;
}

/// The adapter decides the interval.
pub fn choose_interval(adapter: Res<bevy::render::renderer::RenderAdapterInfo>, pacer: Res<Pacer>) {
    let software = crate::video::is_software(&adapter);
    if software {
        tracing::info!("{} draws on the CPU: pictures are made small before upload", adapter.name);
    }
    pacer.set_software(software);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_frames_become_few_wakes_and_none_is_lost() {
        let (woken, wakes) = bounded(1000);
        let pacer = Pacer::start(move || woken.send(Instant::now()).unwrap_or_default()).unwrap();
        pacer.set_software(true);
        let start = Instant::now();
        while start.elapsed() < CPU_INTERVAL * 5 {
            pacer.notify();
        }
        let first = wakes.recv().unwrap();
        let mut before = first;
        // Every pair is an interval apart, however many notifications came.
        while let Ok(at) = wakes.recv_timeout(CPU_INTERVAL * 2) {
            assert!(at - before >= CPU_INTERVAL - Duration::from_millis(1));
            before = at;
        }
        assert!(before > first, "the notifications after the first wake are seen as well");
    }

    #[test]
    fn the_timer_wakes_without_a_frame() {
        let (woken, wakes) = bounded(10);
        let pacer = Pacer::start(move || woken.send(Instant::now()).unwrap_or_default()).unwrap();
        let when = Instant::now() + Duration::from_millis(20);
        pacer.wake_at(when);
        assert!(wakes.recv().unwrap() >= when);
    }

    #[test]
    fn the_thread_ends_with_its_pacer() {
        let (woken, wakes) = bounded::<()>(1);
        let pacer = Pacer::start(move || {
            woken.try_send(()).unwrap_or_default();
        })
        .unwrap();
        drop(pacer);
        // The closure, and the sender in it, is dropped when the thread returns.
        while wakes.recv().is_ok() {}
    }
}
