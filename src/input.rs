//! Keyboard and mouse → what the operator does.
//!
//! Main world. Owns the keys that are down and the pointer (click or drag, hidden when at rest);
//! sends [`Operation`]s. Policy: events are taken in the order in which the window had them, and
//! each is done before the next is looked at, so that a click and a key within one update can't
//! change places. Every action is one key or one click; what a key does comes from the wall file.

mod keys;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bevy::{
    ecs::system::SystemState,
    input::ButtonState,
    input::mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel},
    math::Vec2,
    prelude::*,
    window::{CursorMoved, CursorOptions, WindowEvent},
};

use crate::operation::{Operation, Phase, operate};
use crate::wall::{NumberEntry, OnWindow, PointedAt, Wall};
use camwall_config::{Action, Bindings};
use keys::Keys;

/// The step of an update in which operators are heard.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputSystems;

/// Hears keys and mouse, with these bindings.
#[derive(Debug, Clone)]
pub struct OperatorPlugin(pub Bindings);

impl Plugin for OperatorPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Keyboard(self.0.clone()))
            .init_resource::<Pointer>()
            .add_message::<WindowEvent>()
            .add_systems(Update, (hear, hide_pointer).chain().in_set(InputSystems));
    }
}

/// What each key does.
#[derive(Resource, Debug)]
pub struct Keyboard(pub Bindings);

/// The pointer between events.
#[derive(Resource, Debug, Default)]
pub struct Pointer {
    /// Last position, in pixels; while a button is held also beyond the window.
    at: Option<Vec2>,
    /// Pixel at which the left button was pressed, while the button is held.
    pressed: Option<Vec2>,
    /// The press has become a drag.
    dragging: bool,
    /// Time of the last movement, since the start.
    moved_at: Duration,
}

/// How long the pointer stays visible at rest.
const POINTER_REST: Duration = Duration::from_secs(3);

/// A press that moves further than this is a drag, in pixels.
const DRAG_START: f32 = 6.0;

/// One notch of the wheel.
const WHEEL_STEP: f32 = 1.25;

/// Pixels of a touchpad that count as one notch.
const PIXELS_PER_NOTCH: f32 = 50.0;

/// What hearing needs of the world between two operations.
type Ears = (
    MessageReader<'static, 'static, WindowEvent>,
    Query<'static, 'static, (Entity, Option<&'static OnWindow>, &'static NumberEntry), With<Wall>>,
    Query<'static, 'static, &'static Window>,
    Res<'static, Keyboard>,
    ResMut<'static, Pointer>,
    Res<'static, Time<Real>>,
);

/// What was heard and not done yet; kept, so that nothing is allocated while nobody does anything.
#[derive(Default)]
pub struct Heard {
    events: Vec<WindowEvent>,
    keys: Keys,
    operations: Vec<Operation>,
}

/// Takes what the windows heard, event by event, and has it done.
pub fn hear(world: &mut World, ears: &mut SystemState<Ears>, mut heard: Local<Heard>) {
    let Heard { events, keys, operations } = &mut *heard;
    match ears.get_mut(world) {
        Ok((mut news, ..)) => {
            events.extend(news.read().filter(|event| concerns_us(event)).cloned())
        }
        Err(_) => return,
    }
    for event in events.drain(..) {
        let Ok((_, walls, windows, keyboard, mut pointer, time)) = ears.get_mut(world) else {
            return;
        };
        let on = window_of(&event);
        // Before a window is made, and where there is none, there is one wall only.
        let mine = |(_, window, _): &(Entity, Option<&OnWindow>, &NumberEntry)| match (window, on) {
            (Some(window), Some(on)) => window.0 == on,
            (None, _) | (_, None) => true,
        };
        let Some((wall, _, number)) = walls.iter().find(mine) else { continue };
        match &event {
            WindowEvent::KeyboardInput(event) => {
                let typing = number.is_open(time.elapsed());
                operations.extend(keys.follow(event, wall, &keyboard.0, typing));
            }
            // What is released while another window has the keyboard is not told.
            WindowEvent::KeyboardFocusLost(_) => keys.release_all(operations),
            event => {
                let scale =
                    on.and_then(|on| windows.get(on).ok()).map_or(1.0, Window::scale_factor);
                let action = pointer.follow(event, scale, time.elapsed());
                let phase = Phase::Pressed;
                operations.extend(action.map(|action| Operation { entity: wall, action, phase }));
                // It is seen from now on: what zooms next does so here.
                let at = PointedAt(pointer.at);
                if let Some(mut pointed) = world.get_mut::<PointedAt>(wall) {
                    pointed.set_if_neq(at);
                }
            }
        }
        for operation in operations.drain(..) {
            operate(world, operation);
        }
    }
}

fn concerns_us(event: &WindowEvent) -> bool {
    matches!(
        event,
        WindowEvent::KeyboardInput(_)
            | WindowEvent::KeyboardFocusLost(_)
            | WindowEvent::CursorMoved(_)
            | WindowEvent::MouseButtonInput(_)
            | WindowEvent::MouseWheel(_)
    )
}

fn window_of(event: &WindowEvent) -> Option<Entity> {
    match event {
        WindowEvent::KeyboardInput(event) => Some(event.window),
        WindowEvent::CursorMoved(event) => Some(event.window),
        WindowEvent::MouseButtonInput(event) => Some(event.window),
        WindowEvent::MouseWheel(event) => Some(event.window),
        _ => None,
    }
}

impl Pointer {
    /// Clicks, drags and the wheel; `scale` is pixels per unit of the window.
    fn follow(&mut self, event: &WindowEvent, scale: f32, now: Duration) -> Option<Action> {
        self.moved_at = now;
        match event {
            WindowEvent::CursorMoved(CursorMoved { position, .. }) => self.moved(*position * scale),
            WindowEvent::MouseButtonInput(MouseButtonInput {
                button: MouseButton::Left,
                state,
                ..
            }) => self.button(*state),
            WindowEvent::MouseWheel(MouseWheel { unit, y, .. }) => {
                let notches = match unit {
                    MouseScrollUnit::Line => *y,
                    MouseScrollUnit::Pixel => *y / PIXELS_PER_NOTCH,
                };
                let factor = WHEEL_STEP.powf(notches);
                (notches != 0.0).then_some(Action::ZoomAt { at: self.at?.into(), factor })
            }
            _ => None,
        }
    }

    fn moved(&mut self, at: Vec2) -> Option<Action> {
        let before = self.at.replace(at);
        let pressed = self.pressed?;
        let from = pressed.into();
        if !self.dragging && at.distance(pressed) > DRAG_START {
            self.dragging = true;
            return Some(Action::Pan { from, by: (at - pressed).into() });
        }
        let by = at - before.filter(|_| self.dragging)?;
        (by != Vec2::ZERO).then_some(Action::Pan { from, by: by.into() })
    }

    fn button(&mut self, state: ButtonState) -> Option<Action> {
        let at = self.at?;
        if state == ButtonState::Pressed {
            self.pressed = Some(at);
            self.dragging = false;
            return None;
        }
        self.pressed.take().filter(|_| !self.dragging)?;
        Some(Action::Click { at: at.into() })
    }
}

/// Hides the pointer when it has been at rest for a while: a wall is looked at, not pointed at.
/// While the pointer can be seen, keys that zoom do so where the pointer is.
pub fn hide_pointer(
    mut pointer: ResMut<Pointer>,
    time: Res<Time<Real>>,
    mut windows: Query<(&Window, &mut CursorOptions)>,
    mut walls: Query<(&OnWindow, &mut PointedAt)>,
) {
    if pointer.pressed.is_some() {
        pointer.moved_at = time.elapsed();
    }
    let visible = time.elapsed().saturating_sub(pointer.moved_at) < POINTER_REST;
    for (on, mut pointed) in &mut walls {
        let Ok((window, mut cursor)) = windows.get_mut(on.0) else { continue };
        pointed.set_if_neq(PointedAt(window.physical_cursor_position().filter(|_| visible)));
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}
