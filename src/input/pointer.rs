//! The pointer on a wall: clicks, drags and the wheel, hidden when at rest.
//!
//! Main world. Policy: a wall is looked at, not pointed at; what is pressed stays pressed beyond the
//! window.

use std::time::Duration;

use bevy::{
    input::ButtonState,
    input::mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel},
    math::Vec2,
    prelude::*,
    window::{CursorMoved, CursorOptions, WindowEvent},
};

use crate::burn_in::ScreenCare;
use crate::wall::layout::Sight;
use crate::wall::{OnWindow, PointedAt, Turned};
use camwall_config::Action;

/// The pointer of a wall between events.
#[derive(Component, Debug, Default)]
pub struct Pointer {
    /// Last position, in pixels; while a button is held also beyond the window.
    pub at: Option<Vec2>,
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

impl Pointer {
    /// Clicks, drags and the wheel; `on_wall` is where on the wall a position in the window is.
    pub fn follow(
        &mut self,
        event: &WindowEvent,
        on_wall: impl FnOnce(Vec2) -> Vec2,
        now: Duration,
    ) -> Option<Action> {
        self.moved_at = now;
        match event {
            WindowEvent::CursorMoved(CursorMoved { position, .. }) => {
                self.moved(on_wall(*position))
            }
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
    time: Res<Time<Real>>,
    mut windows: Query<(&Window, &mut CursorOptions)>,
    mut walls: Query<(&OnWindow, &Turned, &mut Pointer, &mut PointedAt)>,
    care: Res<ScreenCare>,
) {
    for (on, turned, mut pointer, mut pointed) in &mut walls {
        if pointer.pressed.is_some() {
            pointer.moved_at = time.elapsed();
        }
        let visible = time.elapsed().saturating_sub(pointer.moved_at) < POINTER_REST;
        let Ok((window, mut cursor)) = windows.get_mut(on.0) else { continue };
        let sight = Sight { rotation: turned.0, moved: care.moved };
        let position = window.physical_cursor_position().filter(|_| visible);
        let at = position.map(|position| sight.on_wall(position, window.physical_size()));
        pointed.set_if_neq(PointedAt(at));
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}
