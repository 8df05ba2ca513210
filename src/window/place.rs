//! Windows are opened on their monitors, placed, moved and closed.
//!
//! Main world. Policies: nothing is looked at unless a wall or a monitor came, went or changed; a window
//! is opened in its place, and one that is open is moved; where the system has told of no monitor yet, the
//! first wall has a window all the same; an operator who closes a window closes its wall,
//! and with the last of them the program.

use std::sync::Arc;

use bevy::{
    app::AppExit,
    ecs::system::SystemParam,
    math::UVec2,
    prelude::*,
    window::{
        Monitor, PrimaryMonitor, PrimaryWindow, RawHandleWrapperHolder, WindowCloseRequested,
    },
};
use tracing::{info, warn};

use super::choice::{Known, Wish, choose};
use super::geometry::Place;
use super::monitors::{Listed, ListedAnew};
use super::{Desktop, WindowPlacement};
use crate::wall::{OnWindow, Waiting, Wall, WallName};
use camwall_config as config;

/// Where a wall is, and what was found out for it.
#[derive(Component, Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// What the wall file named when this was found out.
    wanted: Option<config::Monitor>,
    /// The name of the monitor that its index found.
    kept: Option<String>,
    /// The name of the monitor where it is.
    now: Option<String>,
    /// The size that its window was last given for when it does not cover the monitor.
    size: UVec2,
}

impl Spot {
    /// The name of the monitor where the wall is, else of the one that it waits for; none where nobody
    /// knows one.
    #[must_use]
    pub fn monitor(&self) -> Option<&str> {
        let wanted = match &self.wanted {
            Some(config::Monitor::Name(name)) => Some(name),
            _ => self.kept.as_ref(),
        };
        self.now.as_ref().or(wanted).map(String::as_str)
    }
}

/// Walls, their windows and the monitors.
#[derive(SystemParam)]
pub struct Room<'w, 's> {
    walls: Query<
        'w,
        's,
        (
            Entity,
            Ref<'static, WallName>,
            Ref<'static, WindowPlacement>,
            &'static mut Spot,
            Option<&'static OnWindow>,
            Has<Waiting>,
        ),
    >,
    monitors: Query<'w, 's, (Entity, Ref<'static, Monitor>, &'static Listed, Has<PrimaryMonitor>)>,
    /// Monitors and walls that are gone.
    lost: RemovedComponents<'w, 's, Monitor>,
    closed: RemovedComponents<'w, 's, Wall>,
    windows: Query<'w, 's, &'static mut Window>,
    primary: Query<'w, 's, (), With<PrimaryWindow>>,
    anew: Res<'w, ListedAnew>,
    desktop: Res<'w, Desktop>,
    commands: Commands<'w, 's>,
}

/// What was told so far.
#[derive(Default)]
pub struct Told {
    /// Something is not as it was, and not looked at yet.
    due: bool,
    /// There was a monitor.
    monitors: bool,
}

/// Opens, moves and closes windows where walls or monitors came, went or changed.
pub fn place_windows(mut room: Room, mut known: Local<Told>) {
    known.due |= !room.is_as_it_was();
    if !known.due || room.anew.0 {
        return;
    }
    known.due = false;
    let listed: Vec<(Entity, Monitor, bool)> = room.listed();
    known.monitors |= !listed.is_empty();
    room.forget_what_is_not_wanted();
    let sorted = room.walls.iter().sort_by_key::<&WallName, _>(|name| name.number);
    let order: Vec<Entity> = sorted.map(|(wall, ..)| wall).collect();
    let chosen = room.choose(&order, &listed);
    let mut primary = !room.primary.is_empty();
    for (nth, (wall, monitor)) in order.iter().zip(&chosen).enumerate() {
        let monitor = monitor.and_then(|monitor| listed.get(monitor));
        // The system may know of more monitors than it tells.
        if monitor.is_none() && (known.monitors || nth > 0) {
            room.wait(*wall, &listed);
            continue;
        }
        let on_it = |it: &&Entity| room.is_part(**it);
        let share = order.iter().zip(&chosen).filter(|(_, on)| *on == &chosen[nth]);
        let share: Vec<&Entity> = share.map(|(it, _)| it).filter(on_it).collect();
        let beside = (share.iter().position(|it| *it == wall).unwrap_or_default(), share.len());
        room.settle(*wall, monitor, beside, &mut primary);
    }
}

impl Room<'_, '_> {
    /// Whether no wall and no monitor came, went or changed since the last update.
    fn is_as_it_was(&mut self) -> bool {
        let fewer = self.lost.read().count() + self.closed.read().count() > 0;
        let wall = |(_, name, placement, ..): (_, Ref<WallName>, Ref<WindowPlacement>, _, _, _)| {
            name.is_changed() || placement.is_changed()
        };
        let monitor = |(_, monitor, ..): (_, Ref<Monitor>, _, _)| monitor.is_changed();
        !fewer && !self.walls.iter().any(wall) && !self.monitors.iter().any(monitor)
    }

    /// The monitors in the system's order, and whether each is the primary one.
    fn listed(&self) -> Vec<(Entity, Monitor, bool)> {
        let sorted = self.monitors.iter().sort::<&Listed>();
        sorted
            .map(|(entity, monitor, _, primary)| (entity, Monitor::clone(&monitor), primary))
            .collect()
    }

    /// Where another monitor is wanted than before, what was found for the old one counts no longer.
    fn forget_what_is_not_wanted(&mut self) {
        for (_, _, placement, mut spot, ..) in &mut self.walls {
            if spot.wanted != placement.screen.monitor {
                spot.wanted.clone_from(&placement.screen.monitor);
                spot.kept = None;
            }
        }
    }

    /// The number of each wall's monitor.
    fn choose(&self, order: &[Entity], listed: &[(Entity, Monitor, bool)]) -> Vec<Option<usize>> {
        let known = listed.iter().map(|(_, monitor, primary)| Known {
            name: monitor.name.as_deref(),
            primary: *primary,
        });
        let walls = self.walls.iter_many(order);
        let wishes = walls.map(|(_, _, placement, spot, ..)| Wish {
            monitor: spot.wanted.as_ref(),
            kept: spot.kept.as_deref(),
            now: spot.now.as_deref(),
            covers: placement.fullscreen,
        });
        choose(&wishes.collect::<Vec<_>>(), &known.collect::<Vec<_>>())
    }

    /// Whether a wall covers no monitor.
    fn is_part(&self, wall: Entity) -> bool {
        self.walls.get(wall).is_ok_and(|(_, _, placement, ..)| !placement.fullscreen)
    }

    /// A wall waits for its monitor: it has no window.
    fn wait(&mut self, wall: Entity, listed: &[(Entity, Monitor, bool)]) {
        let Ok((_, name, placement, mut spot, on, waits)) = self.walls.get_mut(wall) else {
            return;
        };
        if !waits {
            match (&placement.screen.monitor, &spot.kept) {
                (Some(config::Monitor::Name(which)), _) | (_, Some(which)) => {
                    let names = names(listed);
                    warn!("{}: its monitor {which} is not there; it waits for it; {names}", *name);
                }
                _ => warn!("{}: no monitor is left for it; it waits for one", *name),
            }
            self.commands.entity(wall).insert(Waiting);
        }
        if on.is_some() {
            self.commands.entity(wall).remove::<OnWindow>();
        }
        spot.now = None;
    }

    /// A wall gets its window in its place.
    fn settle(
        &mut self,
        wall: Entity,
        monitor: Option<&(Entity, Monitor, bool)>,
        beside: (usize, usize),
        primary: &mut bool,
    ) {
        let Ok((_, name, placement, mut spot, on, waits)) = self.walls.get_mut(wall) else {
            return;
        };
        let place = Place::of(&placement, monitor, self.desktop.managed, beside);
        let now = monitor.and_then(|(_, monitor, _)| monitor.name.clone());
        let anew = spot.now != now || spot.size != placement.size();
        if matches!(spot.wanted, Some(config::Monitor::Index(_))) && spot.kept.is_none() {
            spot.kept.clone_from(&now);
        }
        spot.now.clone_from(&now);
        spot.size = placement.size();
        if let Some(mut window) = on.and_then(|on| self.windows.get_mut(on.0).ok()) {
            place.apply(&mut window, anew);
            return;
        }
        let which = now.as_deref().unwrap_or("without a name");
        match waits {
            true => info!("{}: its monitor {which} is there", *name),
            false => info!("{}: on monitor {which}", *name),
        }
        let window = place.window(&self.desktop.title(&name));
        let mut window = self.commands.spawn((window, RawHandleWrapperHolder(Arc::default())));
        if !std::mem::replace(primary, true) {
            window.insert(PrimaryWindow);
        }
        let on = OnWindow(window.id());
        self.commands.entity(wall).remove::<Waiting>().insert(on);
    }
}

/// Which monitors are there, for the log: what the wall file may name.
fn names(listed: &[(Entity, Monitor, bool)]) -> String {
    let name = |(_, monitor, _): &(Entity, Monitor, bool)| {
        monitor.name.clone().unwrap_or_else(|| "one without a name".to_owned())
    };
    let names: Vec<String> = listed.iter().map(name).collect();
    match &names[..] {
        [] => "no monitor is there".to_owned(),
        names => format!("there are: {}", names.join(", ")),
    }
}

/// The window of a wall that is closed, or waits, closes.
pub fn close(left: On<Remove, OnWindow>, walls: Query<&OnWindow>, mut commands: Commands) {
    if let Ok(on) = walls.get(left.entity) {
        commands.entity(on.0).try_despawn();
    }
}

/// A window that an operator closes takes its wall along, and the last one the program.
pub fn close_when_asked(
    mut asked: MessageReader<WindowCloseRequested>,
    walls: Query<(Entity, &WallName, &OnWindow)>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    let mut open = walls.iter().len();
    for WindowCloseRequested { window } in asked.read() {
        for (wall, name, _) in walls.iter().filter(|(.., on)| on.0 == *window) {
            info!("{name}: its window is closed");
            commands.entity(wall).try_despawn();
            open = open.saturating_sub(1);
            if open == 0 {
                exit.write(AppExit::Success);
            }
        }
    }
}
