//! When the wall draws.
//!
//! Main world, at the end of an update. Policy: a picture is drawn for a new frame, a change or a
//! snapshot, and at most once per wake-up of the pacer; where the CPU draws, no more often than the
//! fastest camera has something new.

use std::time::Duration;

use bevy::{
    prelude::*,
    render::renderer::{RenderAdapterInfo, RenderDevice},
    window::Monitor,
};

use super::adapter::is_software;
use super::scene::{DrawRequest, Scene};
use crate::camera::{CameraState, Health, StreamStats, TileLines};
use crate::pacing::{FramePacer, GPU_INTERVAL, RedrawState};
use crate::wall::{Maximized, OnWindow, Waiting};

/// Shortest and longest time between two pictures where the CPU draws. One picture of 1920×1080
/// costs llvmpipe about 12 ms of one core (measured, 2 cores), so it is not drawn more often than
/// there is something new.
const CPU_INTERVALS: (Duration, Duration) = (Duration::from_millis(16), Duration::from_millis(40));

/// Decides whether this update draws. What is new is drawn on all walls together, but for those that wait
/// for their monitors: a frame that one of them takes is then on each that shows it. What a window could
/// not take is drawn again there alone, and new frames are left for all; so is what a window that has just
/// been opened does not show yet.
pub fn decide(
    mut redraw: ResMut<RedrawState>,
    mut walls: Query<(Ref<Scene>, &mut DrawRequest, Option<Ref<OnWindow>>), Without<Waiting>>,
    device: Option<Res<RenderDevice>>,
    pacer: Res<FramePacer>,
) {
    // A device that was made anew has drawn nothing yet.
    let mut anew = device.is_some_and(|it| it.is_changed());
    for (scene, request, _) in &walls {
        let fresh = scene.tiles.iter().any(|tile| tile.picture.frame_queue.has_new());
        anew |= scene.is_changed() || fresh || !request.snapshots.is_empty();
    }
    let mut due = false;
    for (_, mut request, window) in &mut walls {
        let drawn = request.drawn();
        // The window could not take the last picture: what it should have shown is still due.
        let missed = request.drawn_before.take() == Some(drawn);
        // Of a wall in which nothing moves nothing new comes, and its window would stay empty.
        let opened = window.is_some_and(|window| window.is_changed());
        request.due |= anew || missed || opened;
        request.anew |= anew;
        due |= request.due;
    }
    // Input wakes the loop too, a mouse a thousand times a second: only a turn draws.
    let turn = due && pacer.take_turn();
    if due && !turn {
        pacer.notify();
    }
    redraw.set_if_neq(match (due, turn) {
        (false, _) => RedrawState::Idle,
        (true, false) => RedrawState::Queued,
        (true, true) => RedrawState::Waiting,
    });
    if turn {
        for (_, mut request, _) in &mut walls {
            let drawn = request.drawn();
            if std::mem::take(&mut request.due) {
                request.draw = true;
                request.drawn_before = Some(drawn);
            }
        }
    }
}

/// Sets the interval: the display's where a GPU draws, the fastest camera's where the CPU does.
pub fn choose_interval(
    adapter: Res<RenderAdapterInfo>,
    cameras: Query<(&Health, &StreamStats, &TileLines)>,
    walls: Query<&Maximized>,
    monitors: Query<&Monitor>,
    time: Res<Time<Real>>,
    pacer: Res<FramePacer>,
) {
    let interval = if !is_software(&adapter) {
        let several = walls.iter().len() > 1;
        gpu_interval(monitors.iter().filter_map(|it| it.refresh_rate_millihertz), several)
    } else if walls.iter().any(|maximized| maximized.is_animating(time.elapsed())) {
        CPU_INTERVALS.0
    } else {
        let seen = cameras.iter().filter(|(.., lines)| lines.0.is_some());
        let live = seen.filter(|(health, ..)| health.state() == CameraState::Live);
        interval_for(live.map(|(_, stats, _)| stats.feed.fps.unwrap_or(stats.rates.decoded)))
    };
    pacer.set_interval(interval);
}

/// The interval where a GPU draws. One window waits for its display; several do not, and are drawn no more
/// often than the fastest display, of these rates in 1/1000 s, has use for.
fn gpu_interval(rates: impl Iterator<Item = u32>, several: bool) -> Duration {
    let fastest = rates.max().filter(|_| several);
    let frame = fastest.map(|rate| Duration::from_secs_f32(995.0 / rate.max(1) as f32));
    frame.unwrap_or(GPU_INTERVAL).clamp(GPU_INTERVAL, CPU_INTERVALS.1)
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
    use std::{sync::atomic::Ordering::Relaxed, time::Instant};

    use bevy::math::UVec2;

    use super::*;

    fn request(app: &mut App) -> Mut<'_, DrawRequest> {
        let mut requests = app.world_mut().query::<&mut DrawRequest>();
        requests.single_mut(app.world_mut()).unwrap()
    }

    /// Updates until the pass is asked to draw.
    fn until_asked(app: &mut App) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !std::mem::take(&mut request(app).draw) {
            assert!(Instant::now() < deadline, "nobody asks the pass to draw");
            app.update();
            std::thread::yield_now();
        }
        assert_eq!(*app.world().resource::<RedrawState>(), RedrawState::Waiting);
    }

    #[test]
    fn a_wall_is_drawn_until_the_display_has_it_and_then_when_its_scene_changes() {
        let mut app = App::new();
        app.insert_resource(FramePacer::start(|| {}).unwrap())
            .init_resource::<RedrawState>()
            .add_systems(Update, decide);
        app.world_mut().spawn((Scene::default(), DrawRequest::default()));
        until_asked(&mut app);
        // The display did not take it.
        until_asked(&mut app);
        request(&mut app).drawn.fetch_add(1, Relaxed);
        for _ in 0..100 {
            app.update();
            assert!(!request(&mut app).draw, "nothing changed");
        }
        assert_eq!(*app.world().resource::<RedrawState>(), RedrawState::Idle);
        let mut scenes = app.world_mut().query::<&mut Scene>();
        scenes.single_mut(app.world_mut()).unwrap().size = UVec2::ONE;
        until_asked(&mut app);
    }

    #[test]
    fn a_wall_is_drawn_in_each_window_that_it_gets_though_nothing_is_new() {
        let mut app = App::new();
        app.insert_resource(FramePacer::start(|| {}).unwrap())
            .init_resource::<RedrawState>()
            .add_systems(Update, decide);
        let window = |app: &mut App| OnWindow(app.world_mut().spawn_empty().id());
        let wall = app.world_mut().spawn((Scene::default(), DrawRequest::default())).id();
        for _ in 0..2 {
            let window = window(&mut app);
            app.world_mut().entity_mut(wall).remove::<Waiting>().insert(window);
            until_asked(&mut app);
            request(&mut app).drawn.fetch_add(1, Relaxed);
            app.world_mut().entity_mut(wall).remove::<OnWindow>().insert(Waiting);
            for _ in 0..10 {
                app.update();
                assert!(!request(&mut app).draw, "it waits for its monitor");
            }
        }
    }

    #[test]
    fn what_a_window_could_not_take_is_drawn_again_there_alone() {
        let mut app = App::new();
        app.insert_resource(FramePacer::start(|| {}).unwrap())
            .init_resource::<RedrawState>()
            .add_systems(Update, decide);
        let [taken, refused] = [(); 2]
            .map(|()| app.world_mut().spawn((Scene::default(), DrawRequest::default())).id());
        let asked = |app: &mut App, wall| {
            let mut request = app.world_mut().get_mut::<DrawRequest>(wall).unwrap();
            (std::mem::take(&mut request.draw), std::mem::take(&mut request.anew))
        };
        let until_asked = |app: &mut App| {
            let deadline = Instant::now() + Duration::from_secs(20);
            while *app.world().resource::<RedrawState>() != RedrawState::Waiting {
                assert!(Instant::now() < deadline, "nobody asks the pass to draw");
                app.update();
                std::thread::yield_now();
            }
            app.insert_resource(RedrawState::Idle);
        };
        until_asked(&mut app);
        assert_eq!([taken, refused].map(|wall| asked(&mut app, wall)), [(true, true); 2]);
        for _ in 0..3 {
            app.world().get::<DrawRequest>(taken).unwrap().count_drawn();
            until_asked(&mut app);
            // What is new meanwhile is left for a draw of both.
            let found = [taken, refused].map(|wall| asked(&mut app, wall));
            assert_eq!(found, [(false, false), (true, false)]);
        }
        app.world_mut().get_mut::<Scene>(taken).unwrap().size = UVec2::ONE;
        until_asked(&mut app);
        assert_eq!([taken, refused].map(|wall| asked(&mut app, wall)), [(true, true); 2]);
    }

    #[test]
    fn several_windows_are_drawn_as_often_as_the_fastest_display_shows_them() {
        let ms = |rates: &[u32], several| {
            gpu_interval(rates.iter().copied(), several).as_secs_f32() * 1000.0
        };
        assert_eq!(ms(&[60_000], false), 8.0);
        assert!((ms(&[60_000, 50_000], true) - 16.6).abs() < 0.1);
        assert_eq!(ms(&[], true), 8.0);
        assert_eq!(ms(&[0], true), 40.0);
        assert_eq!(ms(&[240_000], true), 8.0);
    }

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
