//! Keyboard and mouse → what the operator does.
//!
//! Main world. Owns the keys that are down and the [pointer](mod@pointer) on each wall, and chooses the
//! [`ActiveWall`]; sends [`Operation`]s. Policy: events are taken in the order in which the windows had
//! them, and each is done before the next is looked at, so that a click and a key within one update can't
//! change places. Every action is one key or one click; what a key does comes from the wall file. A key is
//! for the active wall, whichever window had it, unless the wall file names another; what the mouse does
//! is for the wall below it.

#[cfg(test)]
mod active_tests;
mod keys;
mod pointer;
#[cfg(test)]
mod tests;

use bevy::{
    ecs::system::SystemState,
    input::ButtonState,
    input::keyboard::KeyboardInput,
    math::Vec2,
    prelude::*,
    window::{CursorMoved, WindowEvent, WindowFocused},
};

use crate::burn_in::ScreenCare;
use crate::operation::{Operation, Phase, Touched, operate};
use crate::wall::layout::Sight;
use crate::wall::{ActiveWall, NumberEntry, OnWindow, PointedAt, Turned, Waiting, Wall, WallName};
use camwall_config::Bindings;
use keys::Keys;
use pointer::{Pointer, hide_pointer};

/// The step of an update in which operators are heard.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputSystems;

/// Hears keys and mouse, with these bindings.
#[derive(Debug, Clone)]
pub struct OperatorPlugin(pub Bindings);

impl Plugin for OperatorPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Keyboard(self.0.clone()))
            .init_resource::<ActiveWall>()
            .add_message::<WindowEvent>()
            .register_required_components::<Wall, Pointer>();
        app.add_systems(Update, (choose_active, hear, hide_pointer).chain().in_set(InputSystems));
    }
}

/// What each key does.
#[derive(Resource, Debug)]
pub struct Keyboard(pub Bindings);

/// A wall, as it is heard.
type HeardWall = (
    Entity,
    Option<&'static OnWindow>,
    &'static WallName,
    &'static NumberEntry,
    &'static Turned,
    &'static mut Pointer,
);

/// What hearing needs of the world between two operations.
type Ears = (
    MessageReader<'static, 'static, WindowEvent>,
    Query<'static, 'static, HeardWall, With<Wall>>,
    Query<'static, 'static, &'static Window>,
    Res<'static, Keyboard>,
    ResMut<'static, ActiveWall>,
    Res<'static, ScreenCare>,
    Res<'static, Time<Real>>,
);

/// What was heard and not done yet; kept, so that nothing is allocated while nobody does anything.
#[derive(Default)]
pub struct Heard {
    events: Vec<WindowEvent>,
    keys: Keys,
    operations: Vec<Operation>,
    /// Where the pointer was last: window and position.
    pointer: Option<(Entity, Vec2)>,
}

/// Sees to it that a wall is active: where that one is gone, or nobody sees it, another, the first one
/// first.
pub fn choose_active(
    walls: Query<(Entity, &WallName, Has<Waiting>), With<Wall>>,
    mut active: ResMut<ActiveWall>,
) {
    let is_seen = |wall| walls.get(wall).is_ok_and(|(.., waits)| !waits);
    if active.0.is_some_and(is_seen) {
        return;
    }
    let first = walls.iter().min_by_key(|(_, name, waits)| (*waits, name.number));
    active.set_if_neq(ActiveWall(first.map(|(wall, ..)| wall)));
}

/// Takes what the windows heard, event by event, and has it done.
pub fn hear(world: &mut World, ears: &mut SystemState<Ears>, mut heard: Local<Heard>) {
    let Heard { events, keys, operations, pointer: last } = &mut *heard;
    match ears.get_mut(world) {
        Ok((mut news, ..)) => {
            events.extend(news.read().filter(|event| concerns_us(event)).cloned())
        }
        Err(_) => return,
    }
    for event in events.drain(..) {
        match &event {
            WindowEvent::KeyboardInput(event) => {
                operations.extend(hear_key(world, ears, keys, event));
            }
            // What is released while another window has the keyboard is not told.
            WindowEvent::KeyboardFocusLost(_) => keys.release_all(operations),
            WindowEvent::WindowFocused(event) => hear_focus(world, ears, event),
            event => operations.extend(hear_pointer(world, ears, last, event)),
        }
        for operation in operations.drain(..) {
            operate(world, operation);
        }
    }
}

/// A key is for the active wall, or the one that the wall file names for it.
fn hear_key(
    world: &mut World,
    ears: &mut SystemState<Ears>,
    keys: &mut Keys,
    event: &KeyboardInput,
) -> Option<Operation> {
    let (_, walls, _, keyboard, active, _, time) = ears.get_mut(world).ok()?;
    let (wall, _, _, number, ..) = active.0.and_then(|wall| walls.get(wall).ok())?;
    let typing = number.is_open(time.elapsed());
    let named = |number| {
        let found = walls.iter().find(|(_, _, name, ..)| name.number == number);
        found.map(|(wall, ..)| wall)
    };
    let operation = keys.follow(event, (wall, &named), &keyboard.0, typing);
    if operation.is_none() && event.state == ButtonState::Pressed && !Keys::is_modifier(event) {
        world.trigger(Touched { entity: wall });
    }
    operation
}

/// The wall whose window gets the keyboard is the active one.
fn hear_focus(world: &mut World, ears: &mut SystemState<Ears>, event: &WindowFocused) {
    let Ok((_, walls, _, _, mut active, ..)) = ears.get_mut(world) else { return };
    if let Some(wall) = wall_on(&walls, event.window).filter(|_| event.focused) {
        active.set_if_neq(ActiveWall(Some(wall)));
    }
}

/// The wall below the pointer is the active one, and what the mouse does is for it. `last` is where the
/// pointer was before.
fn hear_pointer(
    world: &mut World,
    ears: &mut SystemState<Ears>,
    last: &mut Option<(Entity, Vec2)>,
    event: &WindowEvent,
) -> Option<Operation> {
    let (_, mut walls, windows, _, mut active, care, time) = ears.get_mut(world).ok()?;
    let on = window_of(event)?;
    let wall = wall_on(&walls, on)?;
    if is_done(event, on, last) {
        active.set_if_neq(ActiveWall(Some(wall)));
    }
    let (.., turned, mut pointer) = walls.get_mut(wall).ok()?;
    let sight = Sight { rotation: turned.0, moved: care.moved };
    let window = windows.get(on).ok();
    let on_wall = |position: Vec2| match window {
        Some(window) => sight.on_wall(position * window.scale_factor(), window.physical_size()),
        None => position,
    };
    let action = pointer.follow(event, on_wall, time.elapsed());
    // It is seen from now on: what zooms next does so here.
    let at = PointedAt(pointer.at);
    if let Some(mut pointed) = world.get_mut::<PointedAt>(wall) {
        pointed.set_if_neq(at);
    }
    if action.is_none() && is_press(event) {
        world.trigger(Touched { entity: wall });
    }
    action.map(|action| Operation { entity: wall, action, phase: Phase::Pressed })
}

fn is_press(event: &WindowEvent) -> bool {
    matches!(event, WindowEvent::MouseButtonInput(button) if button.state == ButtonState::Pressed)
}

/// The wall in a window. Where no wall has a window there is one wall only.
fn wall_on(walls: &Query<HeardWall, With<Wall>>, window: Entity) -> Option<Entity> {
    let is_on = |on: Option<&OnWindow>| on.is_some_and(|on| on.0 == window);
    let found = walls.iter().find(|(_, on, ..)| is_on(*on));
    let only = || walls.iter().next().filter(|_| walls.iter().all(|(_, on, ..)| on.is_none()));
    found.or_else(only).map(|(wall, ..)| wall)
}

/// Whether somebody did that: a window that comes to be below a pointer that rests tells where it is, too.
/// `last` is where it was before.
fn is_done(event: &WindowEvent, window: Entity, last: &mut Option<(Entity, Vec2)>) -> bool {
    let WindowEvent::CursorMoved(CursorMoved { position, .. }) = event else { return true };
    let before = last.replace((window, *position));
    before.is_some_and(|before| before != (window, *position))
}

fn concerns_us(event: &WindowEvent) -> bool {
    matches!(
        event,
        WindowEvent::KeyboardInput(_)
            | WindowEvent::KeyboardFocusLost(_)
            | WindowEvent::WindowFocused(_)
            | WindowEvent::CursorMoved(_)
            | WindowEvent::MouseButtonInput(_)
            | WindowEvent::MouseWheel(_)
    )
}

fn window_of(event: &WindowEvent) -> Option<Entity> {
    match event {
        WindowEvent::CursorMoved(event) => Some(event.window),
        WindowEvent::MouseButtonInput(event) => Some(event.window),
        WindowEvent::MouseWheel(event) => Some(event.window),
        _ => None,
    }
}
