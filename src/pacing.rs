//! When the wall wakes and when it draws.
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

use bevy::{prelude::*, render::renderer::RenderAdapterInfo};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::camera::{Camera, CameraState, CameraStatus};
use crate::render::Scene;
use crate::wall::WallView;

/// Shortest time between two pictures where a GPU draws: the display's own rate limits it further.
const GPU_INTERVAL: Duration = Duration::from_millis(8);

/// Shortest and longest time between two pictures where the CPU draws. One picture of 1920×1080
/// costs llvmpipe about 12 ms of one core (measured, 2 cores), so it is not drawn more often than
/// there is something new.
const CPU_INTERVALS: (Duration, Duration) = (Duration::from_millis(16), Duration::from_millis(40));

/// Longest sleep: the state of a tile must be true within a second.
pub const HEARTBEAT: Duration = Duration::from_millis(250);

/// Wakes the event loop; cheap, from any thread, never blocks.
#[derive(Resource, Clone)]
pub struct FramePacer {
    signals: Sender<Signal>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    interval_us: AtomicU64,
    /// Set with each wake-up: a picture may be drawn.
    beat: AtomicBool,
}

enum Signal {
    Frame,
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
        self.signals.try_send(Signal::Frame).unwrap_or_default();
    }

    /// Wake at `when` at the latest.
    pub fn wake_at(&self, when: Instant) {
        self.signals.try_send(Signal::At(when)).unwrap_or_default();
    }

    /// Sets the shortest time between two pictures.
    pub fn set_interval(&self, interval: Duration) {
        self.shared.interval_us.store(as_us(interval), Relaxed);
    }
}

fn as_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The thread: waits for a frame or the timer, keeps the beat, wakes.
fn pace(signals: &Receiver<Signal>, shared: &Shared, mut wake: impl FnMut()) {
    let mut beat = Instant::now();
    let mut timer = beat + HEARTBEAT;
    loop {
        match signals.recv_deadline(timer) {
            Ok(Signal::At(when)) => {
                timer = timer.min(when);
                continue;
            }
            Ok(Signal::Frame) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        thread::sleep(beat.saturating_duration_since(Instant::now()));
        let now = Instant::now();
        let interval = Duration::from_micros(shared.interval_us.load(Relaxed));
        // A late wake-up does not shift the beat, or the rate would fall below the cameras'; a
        // pause begins a new one.
        beat = if now - beat < interval / 2 { beat + interval } else { now + interval };
        timer = now + HEARTBEAT;
        while let Ok(signal) = signals.try_recv() {
            if let Signal::At(when) = signal {
                timer = timer.min(when);
            }
        }
        shared.beat.store(true, Relaxed);
        wake();
    }
}

/// Whether the wall has to be drawn anew.
#[derive(Resource, Debug)]
pub struct RedrawState {
    dirty: bool,
    requested: Option<u64>,
}

impl Default for RedrawState {
    fn default() -> Self {
        Self { dirty: true, requested: None }
    }
}

impl RedrawState {
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
pub fn decide(mut redraw: ResMut<RedrawState>, mut scene: ResMut<Scene>, pacer: Res<FramePacer>) {
    let drawn = scene.drawn.load(Relaxed);
    // The window could not take the last picture: what it should have shown is still due.
    let missed = redraw.requested.take().is_some_and(|before| before == drawn);
    let fresh = scene.tiles.iter().any(|tile| tile.picture.mailbox.has_new());
    if !(redraw.dirty || missed || fresh || !scene.snapshots.is_empty()) {
        return;
    }
    // Input wakes the loop too, a mouse a thousand times a second: only a beat draws.
    if !pacer.shared.beat.swap(false, Relaxed) {
        redraw.dirty = true;
        pacer.notify();
        return;
    }
    redraw.dirty = false;
    redraw.requested = Some(drawn);
    scene.draw = true;
}

/// Sets the interval: the display's where a GPU draws, the fastest camera's where the CPU does.
pub fn choose_interval(
    adapter: Res<RenderAdapterInfo>,
    cameras: Query<(&Camera, &CameraStatus)>,
    view: Res<WallView>,
    pacer: Res<FramePacer>,
) {
    let interval = if !crate::render::is_software(&adapter) {
        GPU_INTERVAL
    } else if view.is_animating() {
        CPU_INTERVALS.0
    } else {
        let rates = cameras.iter().filter_map(|(camera, status)| {
            let shown = view.largest(camera.index).is_some() && status.state() == CameraState::Live;
            shown.then(|| status.feed.fps.unwrap_or(status.rates.decoded))
        });
        beat_of(rates)
    };
    pacer.set_interval(interval);
}

/// The beat for cameras of these rates, 1/s. One alone is drawn as its pictures come; several share
/// the beat of the fastest, a little faster, so that none falls behind.
fn beat_of(rates: impl Iterator<Item = f32>) -> Duration {
    let (mut fastest, mut count) = (0.0_f32, 0);
    for rate in rates {
        fastest = fastest.max(rate);
        count += 1;
    }
    let share = if count > 1 { 0.995 } else { 0.7 };
    let beat = Duration::try_from_secs_f32(share / fastest).unwrap_or(CPU_INTERVALS.1);
    beat.clamp(CPU_INTERVALS.0, CPU_INTERVALS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_frames_become_few_wakes_on_the_beat() {
        let (woken, wakes) = bounded(1000);
        let pacer =
            FramePacer::start(move || woken.send(Instant::now()).unwrap_or_default()).unwrap();
        let interval = Duration::from_millis(30);
        pacer.set_interval(interval);
        let start = Instant::now();
        while start.elapsed() < interval * 6 {
            pacer.notify();
        }
        let times: Vec<Instant> =
            std::iter::from_fn(|| wakes.recv_timeout(interval * 2).ok()).collect();
        assert!(times.len() >= 3, "notifications after the first wake are seen as well");
        // The beat is kept on average, however many notifications came.
        let (first, last) = (times[0], times[times.len() - 1]);
        assert!(last - first >= interval * (times.len() as u32 - 1) - interval);
    }

    #[test]
    fn the_beat_follows_the_fastest_camera() {
        let beat = |rates: &[f32]| beat_of(rates.iter().copied()).as_secs_f32() * 1000.0;
        assert!((beat(&[25.0, 12.0]) - 39.8).abs() < 0.01);
        assert!((beat(&[25.0, 30.0]) - 33.2).abs() < 0.1);
        assert!((beat(&[25.0]) - 28.0).abs() < 0.01, "one alone is not held back");
        assert!((beat(&[120.0, 60.0]) - 16.0).abs() < 0.01);
        assert!((beat(&[]) - 40.0).abs() < 0.01);
        assert!((beat(&[0.0, f32::NAN]) - 40.0).abs() < 0.01);
    }

    #[test]
    fn the_timer_wakes_without_a_frame() {
        let (woken, wakes) = bounded(10);
        let pacer =
            FramePacer::start(move || woken.send(Instant::now()).unwrap_or_default()).unwrap();
        let when = Instant::now() + Duration::from_millis(20);
        pacer.wake_at(when);
        assert!(wakes.recv().unwrap() >= when);
    }

    #[test]
    fn the_thread_ends_with_its_pacer() {
        let (woken, wakes) = bounded::<()>(1);
        let pacer = FramePacer::start(move || {
            woken.try_send(()).unwrap_or_default();
        })
        .unwrap();
        drop(pacer);
        // The closure, and the sender in it, is dropped when the thread returns.
        while wakes.recv().is_ok() {}
    }
}
