//! Ends a wall that stands still.
//!
//! Owns the thread `watchdog`, and [`EXIT_CODE`]. The main thread gives a sign of life at the end of
//! each update in which the wall shows what it should, or was drawn. Policy: ten seconds without
//! such a sign, because a display, a driver or a fault of ours holds the main thread, and the
//! program ends, so that a service manager starts it again: pictures that nobody changes any more
//! look live. Cameras are not said goodbye to; files being recorded are finished by the next start,
//! as after a kill. Nothing is expected of a wall that cannot be seen, that is only starting, or
//! that is ending.

use std::{
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use bevy::{ecs::entity::EntityHashSet, prelude::*, window::WindowOccluded};
use tracing::error;

use crate::logging;
use crate::pacing::RedrawState;
use crate::render::DrawRequest;

/// Exit code of a wall that stood still.
pub const EXIT_CODE: i32 = 6;

/// How often the thread looks for a sign of life.
const LOOK: Duration = Duration::from_secs(1);

/// So many looks without a sign are too many.
const PATIENCE: u32 = 10;

/// Watches the main thread.
pub struct WatchdogPlugin(Vitals);

impl WatchdogPlugin {
    /// Starts the thread `watchdog`, which ends with the app.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start() -> io::Result<Self> {
        let vitals = Vitals::default();
        let watched = Arc::downgrade(&vitals.0);
        thread::Builder::new().name("watchdog".into()).spawn(move || watch(&watched))?;
        Ok(Self(vitals))
    }
}

impl Plugin for WatchdogPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Vitals(Arc::clone(&self.0.0))).add_systems(Last, give_sign);
    }
}

/// Counts the main thread's signs of life; 0 before the first, [`UNWATCHED`] at the end.
#[derive(Resource, Default)]
pub struct Vitals(Arc<AtomicU64>);

/// Nobody is waited for any more.
const UNWATCHED: u64 = u64::MAX;

impl Vitals {
    /// Ends the watch: closing files and cameras takes its own time.
    pub fn unwatch(&self) {
        self.0.store(UNWATCHED, Relaxed);
    }
}

/// Says that the wall is well: it shows what it should, or was drawn, or nobody can see it.
fn give_sign(
    vitals: Res<Vitals>,
    redraw: Res<RedrawState>,
    walls: Query<&DrawRequest>,
    mut occlusions: MessageReader<WindowOccluded>,
    mut closed: RemovedComponents<Window>,
    mut hidden: Local<EntityHashSet>,
    mut drawn_before: Local<u64>,
) {
    for change in occlusions.read() {
        if change.occluded {
            hidden.insert(change.window);
        } else {
            hidden.remove(&change.window);
        }
    }
    for window in closed.read() {
        hidden.remove(&window);
    }
    let drawn = walls.iter().map(DrawRequest::drawn).sum();
    let was_drawn = std::mem::replace(&mut *drawn_before, drawn) != drawn;
    if was_drawn || *redraw == RedrawState::Idle || !hidden.is_empty() {
        vitals.0.fetch_add(1, Relaxed);
    }
}

/// The thread: looks once a second until the app is gone.
fn watch(vitals: &Weak<AtomicU64>) {
    let mut looks = Looks::default();
    loop {
        let asleep = Instant::now();
        thread::sleep(LOOK);
        let Some(vitals) = vitals.upgrade() else { return };
        if looks.finds_still(vitals.load(Relaxed), asleep.elapsed()) {
            error!("the wall has drawn nothing for {PATIENCE} s although it should: ending it");
            logging::flush();
            // At once: what other code does at an exit may wait for what holds the main thread.
            signal_hook::low_level::exit(EXIT_CODE);
        }
    }
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Looks {
    signs: u64,
    /// How many looks in a row saw the same.
    same: u32,
}

impl Looks {
    /// Whether the wall has stood still too long, after so many signs; `slept` since the last look.
    fn finds_still(&mut self, signs: u64, slept: Duration) -> bool {
        // A program that was stopped, or got no time at all, was not watched either.
        let asleep = slept > 3 * LOOK;
        if asleep || signs != self.signs || signs == 0 || signs == UNWATCHED {
            *self = Self { signs, same: 0 };
        } else {
            self.same += 1;
        }
        self.same >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these looks finds that the wall stands still.
    fn found(looks: impl IntoIterator<Item = (u64, Duration)>) -> Option<usize> {
        let mut seen = Looks::default();
        looks.into_iter().position(|(signs, slept)| seen.finds_still(signs, slept))
    }

    #[test]
    fn ten_seconds_without_a_sign_are_too_many() {
        // The first look sees the sign, the tenth after it has seen nothing else.
        assert_eq!(found([(1, LOOK); 30]), Some(10));
        assert_eq!(found((1..30).map(|look| (look, LOOK))), None);
        let once = |look: u64| (if look < 9 { 1 } else { 2 }, LOOK);
        assert_eq!(found((0..30).map(once)), Some(19), "a sign gives it the whole time again");
    }

    #[test]
    fn a_start_an_end_and_a_stopped_program_are_not_watched() {
        assert_eq!(found([(0, LOOK); 30]), None);
        assert_eq!(found([(UNWATCHED, LOOK); 30]), None);
        let stopped = |look: u64| (1, if look == 8 { 60 * LOOK } else { LOOK });
        assert_eq!(found((0..30).map(stopped)), Some(18));
    }

    #[test]
    fn a_wall_that_is_never_drawn_gives_no_sign_unless_nobody_sees_it() {
        let mut app = App::new();
        let vitals = Vitals::default();
        app.add_message::<WindowOccluded>()
            .insert_resource(Vitals(Arc::clone(&vitals.0)))
            .insert_resource(RedrawState::Idle)
            .add_systems(Last, give_sign);
        let wall = app.world_mut().spawn(DrawRequest::default()).id();
        let signs = |app: &mut App| {
            app.update();
            vitals.0.swap(0, Relaxed)
        };
        assert_eq!(signs(&mut app), 1, "it shows what it should");
        app.insert_resource(RedrawState::Waiting);
        assert_eq!(signs(&mut app), 0, "it waits for the display");
        app.world_mut().get_mut::<DrawRequest>(wall).unwrap().count_drawn();
        assert_eq!(signs(&mut app), 1, "it was drawn");
        assert_eq!(signs(&mut app), 0);
        let occlude = |app: &mut App, occluded| {
            app.world_mut().write_message(WindowOccluded { window: wall, occluded });
        };
        occlude(&mut app, true);
        assert_eq!((signs(&mut app), signs(&mut app)), (1, 1), "it is hidden");
        occlude(&mut app, false);
        assert_eq!(signs(&mut app), 0);
        let window = app.world_mut().spawn(Window::default()).id();
        app.world_mut().write_message(WindowOccluded { window, occluded: true });
        assert_eq!(signs(&mut app), 1, "another window is hidden");
        app.world_mut().despawn(window);
        assert_eq!(signs(&mut app), 0, "and closed");
    }
}
