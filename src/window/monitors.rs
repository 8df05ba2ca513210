//! The monitors as the system has them now.
//!
//! Main world. Bevy lists each monitor as an entity when it comes, and never looks at it again: one that
//! moves, has another mode, or takes over the hardware of another keeps its old data. Policies: where what
//! the system says differs, all are listed anew; asked after monitors came or went, and once a second. And
//! no window closes with its monitor unless its wall waits.

use std::time::{Duration, Instant};

use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{Monitor, OnMonitor},
    winit::{WINIT_WINDOWS, WinitMonitors},
};
use tracing::debug;
use winit::monitor::MonitorHandle;

use crate::pacing::FramePacer;

/// How often the system is asked while no monitor comes or goes.
const ASK_INTERVAL: Duration = Duration::from_secs(1);

/// The place of a monitor in the system's list, rising in that order.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed(u64);

/// All monitors are listed anew: that there are none just now says nothing.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListedAnew(pub bool);

/// Notes in which order monitors are listed.
pub fn count(listed: On<Add, Monitor>, mut counter: Local<u64>, mut commands: Commands) {
    *counter += 1;
    commands.entity(listed.entity).insert(Listed(*counter));
}

/// Bevy closes the windows of a monitor that goes, also of one that is only listed anew: it is not to know
/// which they are.
pub fn unlink(linked: On<Insert, OnMonitor>, mut commands: Commands) {
    commands.entity(linked.entity).remove::<OnMonitor>();
}

/// Has all monitors listed anew where one of them is not as it was when it was listed: they are there
/// again with the next update.
pub fn list_anew(
    monitors: Query<(Entity, &Monitor)>,
    added: Query<(), Added<Monitor>>,
    mut gone: RemovedComponents<Monitor>,
    mut known: ResMut<WinitMonitors>,
    mut anew: ResMut<ListedAnew>,
    mut asked: Local<Option<Instant>>,
    (mut commands, pacer): (Commands, Res<FramePacer>),
    _main_thread: NonSendMarker,
) {
    anew.0 = false;
    let news = gone.read().count() > 0 || !added.is_empty();
    if !news && asked.is_some_and(|at| at.elapsed() < ASK_INTERVAL) {
        return;
    }
    *asked = Some(Instant::now());
    let now: Vec<MonitorHandle> = WINIT_WINDOWS.with_borrow(|windows| {
        // Any window will do; without one nobody is asked.
        let window = windows.windows.values().next();
        window.into_iter().flat_map(|window| window.available_monitors()).collect()
    });
    let old = monitors.iter().find(|(entity, monitor)| {
        let listed = known.find_entity(*entity);
        let fresh = now.iter().find(|it| Some(*it) == listed.as_ref());
        // One that is gone is found by Bevy.
        fresh.is_some_and(|fresh| !is_as(monitor, fresh))
    });
    if let Some((_, monitor)) = old {
        debug!("monitor {:?} is another one now: all are listed anew", monitor.name);
        *known = WinitMonitors::default();
        anew.0 = true;
        monitors.iter().for_each(|(entity, _)| commands.entity(entity).despawn());
        pacer.notify();
    }
}

/// Whether a monitor is as it was when it was listed.
fn is_as(listed: &Monitor, now: &MonitorHandle) -> bool {
    let (size, at) = (now.size(), now.position());
    listed.name == now.name()
        && (listed.physical_width, listed.physical_height) == (size.width, size.height)
        && listed.physical_position == IVec2::new(at.x, at.y)
}
