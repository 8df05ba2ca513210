//! When the wall draws.
//!
//! Main world, at the end of an update. Policy: a picture is drawn for a new frame, a change or a
//! snapshot, and at most once per wake-up of the pacer; where the CPU draws, no more often than the
//! fastest camera has something new.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use bevy::{prelude::*, render::renderer::RenderAdapterInfo};

use super::adapter::is_software;
use super::scene::Scene;
use crate::camera::{Camera, CameraState, CameraStatus};
use crate::pacing::{FramePacer, GPU_INTERVAL, RedrawState};
use crate::wall::WallView;

/// Shortest and longest time between two pictures where the CPU draws. One picture of 1920×1080
/// costs llvmpipe about 12 ms of one core (measured, 2 cores), so it is not drawn more often than
/// there is something new.
const CPU_INTERVALS: (Duration, Duration) = (Duration::from_millis(16), Duration::from_millis(40));

/// Decides whether this update draws.
pub fn decide(mut redraw: ResMut<RedrawState>, mut scene: ResMut<Scene>, pacer: Res<FramePacer>) {
    let drawn = scene.drawn.load(Relaxed);
    // The window could not take the last picture: what it should have shown is still due.
    let missed = redraw.take_missed(drawn);
    let fresh = scene.tiles.iter().any(|tile| tile.picture.frame_queue.has_new());
    if !(redraw.is_requested() || missed || fresh || !scene.snapshots.is_empty()) {
        return;
    }
    // Input wakes the loop too, a mouse a thousand times a second: only a turn draws.
    if !pacer.take_turn() {
        redraw.request();
        pacer.notify();
        return;
    }
    redraw.begin(drawn);
    scene.draw = true;
}

/// Sets the interval: the display's where a GPU draws, the fastest camera's where the CPU does.
pub fn choose_interval(
    adapter: Res<RenderAdapterInfo>,
    cameras: Query<(&Camera, &CameraStatus)>,
    view: Res<WallView>,
    pacer: Res<FramePacer>,
) {
    let interval = if !is_software(&adapter) {
        GPU_INTERVAL
    } else if view.is_animating() {
        CPU_INTERVALS.0
    } else {
        let rates = cameras.iter().filter_map(|(camera, status)| {
            let shown = view.largest(camera.index).is_some() && status.state() == CameraState::Live;
            shown.then(|| status.feed.fps.unwrap_or(status.rates.decoded))
        });
        interval_for(rates)
    };
    pacer.set_interval(interval);
}

/// The interval for cameras of these rates, 1/s. One alone is drawn as its pictures come; several
/// share the interval of the fastest, a little shorter, so that none falls behind.
fn interval_for(rates: impl Iterator<Item = f32>) -> Duration {
    let (mut fastest, mut count) = (0.0_f32, 0);
    for rate in rates {
        fastest = fastest.max(rate);
        count += 1;
    }
    let share = if count > 1 { 0.995 } else { 0.7 };
    let interval = Duration::try_from_secs_f32(share / fastest).unwrap_or(CPU_INTERVALS.1);
    interval.clamp(CPU_INTERVALS.0, CPU_INTERVALS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_follows_the_fastest_camera() {
        let ms = |rates: &[f32]| interval_for(rates.iter().copied()).as_secs_f32() * 1000.0;
        assert!((ms(&[25.0, 12.0]) - 39.8).abs() < 0.01);
        assert!((ms(&[25.0, 30.0]) - 33.2).abs() < 0.1);
        assert!((ms(&[25.0]) - 28.0).abs() < 0.01, "one alone is not held back");
        assert!((ms(&[120.0, 60.0]) - 16.0).abs() < 0.01);
        assert!((ms(&[]) - 40.0).abs() < 0.01);
        assert!((ms(&[0.0, f32::NAN]) - 40.0).abs() < 0.01);
    }
}
