//! When the wall wakes.
//!
//! Owns the thread `pacer`, which turns any number of "there is a new frame" calls from the decode
//! threads into at most one wake-up of the event loop per drawing interval, and the timer for what
//! changes by itself (clock, animation). Policy: draw at once after a pause, at the display's rate
//! under load, and sleep otherwise; a wake-up is never lost, several may become one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use bevy::prelude::*;
use camwall_media::BestEffort;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

/// Shortest time between two pictures where a GPU draws: the display's own rate limits it further.
pub const GPU_INTERVAL: Duration = Duration::from_millis(8);

/// Longest sleep: the state of a tile must be true within a second.
pub const HEARTBEAT: Duration = Duration::from_millis(250);

/// Wakes the event loop; cheap, from any thread, never blocks.
#[derive(Resource, Clone)]
pub struct FramePacer {
    signals: Sender<Signal>,
    shared: Arc<SharedState>,
}

#[derive(Default)]
struct SharedState {
    /// Shortest time between two pictures, µs.
    interval_us: AtomicU64,
    /// Set with each wake-up: a picture may be drawn.
    may_draw: AtomicBool,
}

enum Signal {
    /// Something new can be drawn.
    Frame,
    /// Wake at this time at the latest.
    At(Instant),
}

impl FramePacer {
    /// Starts the thread `pacer`, which calls `wake`; it ends with the last clone of the pacer.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(wake: impl FnMut() + Send + 'static) -> std::io::Result<Self> {
        // Small: what does not fit is covered by the wake-up that is on its way.
        let (signals, received) = bounded(16);
        let pacer = Self { signals, shared: Arc::default() };
        pacer.set_interval(GPU_INTERVAL);
        let shared = Arc::clone(&pacer.shared);
        thread::Builder::new()
            .name("pacer".into())
            .spawn(move || pace(&received, &shared, wake))?;
        Ok(pacer)
    }

    /// Something new can be drawn.
    pub fn notify(&self) {
        // Full means that a wake-up is pending already.
        self.signals.try_send(Signal::Frame).best_effort();
    }

    /// Wake at `when` at the latest.
    pub fn wake_at(&self, when: Instant) {
        // Full means that a wake-up is pending already; the update it brings sets its time anew.
        self.signals.try_send(Signal::At(when)).best_effort();
    }

    /// Whether a picture may be drawn now; true once per wake-up.
    pub fn take_turn(&self) -> bool {
        self.shared.may_draw.swap(false, Relaxed)
    }

    /// Sets the shortest time between two pictures.
    pub fn set_interval(&self, interval: Duration) {
        self.shared.interval_us.store(as_us(interval), Relaxed);
    }
}

fn as_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The thread: waits for a frame or the timer, keeps the interval, wakes.
fn pace(signals: &Receiver<Signal>, shared: &SharedState, mut wake: impl FnMut()) {
    let mut next = Instant::now();
    let mut timer = next + HEARTBEAT;
    loop {
        match signals.recv_deadline(timer) {
            Ok(Signal::At(when)) => {
                timer = timer.min(when);
                continue;
            }
            Ok(Signal::Frame) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let now = Instant::now();
        let interval = Duration::from_micros(shared.interval_us.load(Relaxed));
        // A late wake-up does not shift those after it, or the rate would fall below the cameras';
        // a pause begins anew.
        next = if now - next < interval / 2 { next + interval } else { now + interval };
        timer = now + HEARTBEAT;
        while let Ok(signal) = signals.try_recv() {
            if let Signal::At(when) = signal {
                timer = timer.min(when);
            }
        }
        shared.may_draw.store(true, Relaxed);
        wake();
    }
}

/// Whether the walls have to be drawn.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RedrawState {
    /// They show what they should.
    Idle,
    /// Something is to be drawn, at the pacer's next turn.
    #[default]
    Queued,
    /// The pass was asked to draw; whether the display took the pictures is known at the next
    /// update.
    Waiting,
}

/// The thread that wakes the wall.
pub struct PacingPlugin(pub FramePacer);

impl Plugin for PacingPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_frames_become_few_wakes_at_the_interval() {
        let (woken, wakes) = bounded(1000);
        let pacer = FramePacer::start(move || woken.send(Instant::now()).best_effort()).unwrap();
        let interval = Duration::from_millis(30);
        pacer.set_interval(interval);
        let start = Instant::now();
        while start.elapsed() < interval * 6 {
            pacer.notify();
        }
        let times: Vec<Instant> =
            std::iter::from_fn(|| wakes.recv_timeout(interval * 2).ok()).collect();
        assert!(times.len() >= 3, "notifications after the first wake are seen as well");
        // The interval is kept on average, however many notifications came.
        let (first, last) = (times[0], times[times.len() - 1]);
        assert!(last - first >= interval * (times.len() as u32 - 1) - interval);
    }

    #[test]
    fn the_timer_wakes_without_a_frame() {
        let (woken, wakes) = bounded(10);
        let pacer = FramePacer::start(move || woken.send(Instant::now()).best_effort()).unwrap();
        let when = Instant::now() + Duration::from_millis(20);
        pacer.wake_at(when);
        assert!(wakes.recv().unwrap() >= when);
    }

    #[test]
    fn the_thread_ends_with_its_pacer() {
        let (woken, wakes) = bounded::<()>(1);
        let pacer = FramePacer::start(move || {
            woken.try_send(()).best_effort();
        })
        .unwrap();
        drop(pacer);
        // The closure, and the sender in it, is dropped when the thread returns.
        while wakes.recv().is_ok() {}
    }
}
