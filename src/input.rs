//! Keyboard and mouse → what the operator did.
//!
//! Main world. Owns the pointer (click or drag, hidden when at rest); sends [`OperatorInput`].
//! Policy: every action is one key or one click; what a key does comes from the wall file.

use std::time::Duration;

use bevy::{
    app::AppExit,
    input::{
        ButtonState,
        keyboard::{Key as LogicalKey, KeyboardFocusLost, KeyboardInput},
        mouse::{MouseScrollUnit, MouseWheel},
    },
    math::Vec2,
    prelude::*,
    window::{CursorMoved, CursorOptions, PrimaryWindow},
};

use crate::wall::{OperatorInput, WallView};
use crate::window::WindowPlacement;
use camwall_config::{Action, Bindings, Chord, Key};

/// What each key does.
#[derive(Resource, Debug)]
pub struct Keyboard(pub Bindings);

/// The modifier keys that are down. Kept key by key in the order of the events: a quick Ctrl+Q is
/// down and up again within one update, and only that order tells that Ctrl was held.
#[derive(Debug, Default)]
pub struct Modifiers(Vec<(KeyCode, Modifier)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    Ctrl,
    Shift,
    Alt,
}

impl Modifiers {
    fn follow(&mut self, event: &KeyboardInput) {
        self.0.retain(|(code, _)| *code != event.key_code);
        let modifier = match event.logical_key {
            LogicalKey::Control => Modifier::Ctrl,
            LogicalKey::Shift => Modifier::Shift,
            // X11 calls Alt so while Shift is down. AltGr is none: it makes other characters.
            LogicalKey::Alt | LogicalKey::Meta => Modifier::Alt,
            _ => return,
        };
        if event.state == ButtonState::Pressed {
            self.0.push((event.key_code, modifier));
        }
    }

    fn held(&self, wanted: Modifier) -> bool {
        self.0.iter().any(|(_, modifier)| *modifier == wanted)
    }
}

/// The pointer between updates.
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

/// Key presses → actions.
pub fn read_keys(
    mut events: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    mut modifiers: Local<Modifiers>,
    keyboard: Res<Keyboard>,
    mut inputs: MessageWriter<OperatorInput>,
    mut placement: Option<ResMut<WindowPlacement>>,
    mut exit: MessageWriter<AppExit>,
) {
    if lost.read().count() > 0 {
        // What is released while another window has the keyboard is not told.
        modifiers.0.clear();
    }
    for event in events.read() {
        modifiers.follow(event);
        let held = |modifier| modifiers.held(modifier);
        let (ctrl, shift, alt) = (held(Modifier::Ctrl), held(Modifier::Shift), held(Modifier::Alt));
        if event.state != ButtonState::Pressed {
            continue;
        }
        let Some(key) = key(&event.logical_key) else { continue };
        let action = keyboard.0.action(&Chord::new(ctrl, shift, alt, key));
        let digit = match key {
            Key::Char(c) if !ctrl && !alt => c.to_digit(10),
            _ => None,
        };
        match (digit, action) {
            (Some(digit), action) => {
                inputs.write(OperatorInput::Digit(digit, action));
            }
            (None, Some(Action::Quit)) => {
                exit.write(AppExit::Success);
            }
            (None, Some(Action::Fullscreen)) => {
                if let Some(placement) = &mut placement {
                    placement.fullscreen = !placement.fullscreen;
                }
            }
            (None, Some(action)) => {
                inputs.write(OperatorInput::Key(action));
            }
            (None, None) => {}
        }
    }
}

fn key(logical: &LogicalKey) -> Option<Key> {
    Some(match logical {
        LogicalKey::Character(text) => {
            let mut chars = text.chars();
            let only = chars.next()?;
            if chars.next().is_some() {
                return None;
            }
            Key::Char(only)
        }
        LogicalKey::Enter => Key::Enter,
        LogicalKey::Escape => Key::Esc,
        LogicalKey::Tab => Key::Tab,
        LogicalKey::Space => Key::Space,
        LogicalKey::Backspace => Key::Backspace,
        LogicalKey::Insert => Key::Insert,
        LogicalKey::Delete => Key::Delete,
        LogicalKey::Home => Key::Home,
        LogicalKey::End => Key::End,
        LogicalKey::PageUp => Key::PageUp,
        LogicalKey::PageDown => Key::PageDown,
        LogicalKey::ArrowLeft => Key::Left,
        LogicalKey::ArrowRight => Key::Right,
        LogicalKey::ArrowUp => Key::Up,
        LogicalKey::ArrowDown => Key::Down,
        LogicalKey::F1 => Key::F(1),
        LogicalKey::F2 => Key::F(2),
        LogicalKey::F3 => Key::F(3),
        LogicalKey::F4 => Key::F(4),
        LogicalKey::F5 => Key::F(5),
        LogicalKey::F6 => Key::F(6),
        LogicalKey::F7 => Key::F(7),
        LogicalKey::F8 => Key::F(8),
        LogicalKey::F9 => Key::F(9),
        LogicalKey::F10 => Key::F(10),
        LogicalKey::F11 => Key::F(11),
        LogicalKey::F12 => Key::F(12),
        LogicalKey::F13 => Key::F(13),
        LogicalKey::F14 => Key::F(14),
        LogicalKey::F15 => Key::F(15),
        LogicalKey::F16 => Key::F(16),
        LogicalKey::F17 => Key::F(17),
        LogicalKey::F18 => Key::F(18),
        LogicalKey::F19 => Key::F(19),
        LogicalKey::F20 => Key::F(20),
        LogicalKey::F21 => Key::F(21),
        LogicalKey::F22 => Key::F(22),
        LogicalKey::F23 => Key::F(23),
        LogicalKey::F24 => Key::F(24),
        _ => return None,
    })
}

/// Mouse → clicks, drags and digital zoom.
pub fn read_mouse(
    mut pointer: ResMut<Pointer>,
    mut moves: MessageReader<CursorMoved>,
    mut wheel: MessageReader<MouseWheel>,
    buttons: Res<ButtonInput<MouseButton>>,
    window: Query<&Window, With<PrimaryWindow>>,
    time: Res<Time<Real>>,
    mut inputs: MessageWriter<OperatorInput>,
) {
    let Ok(window) = window.single() else { return };
    let newest = moves.read().last().map(|moved| moved.position * window.scale_factor());
    if newest.is_some() || buttons.get_pressed().len() > 0 || !wheel.is_empty() {
        pointer.moved_at = time.elapsed();
    }
    let before = pointer.at;
    pointer.at = newest.or(before);
    let Some(at) = pointer.at else { return };
    if buttons.just_pressed(MouseButton::Left) {
        pointer.pressed = Some(at);
        pointer.dragging = false;
    }
    if let Some(pressed) = pointer.pressed {
        if !pointer.dragging && at.distance(pressed) > DRAG_START {
            pointer.dragging = true;
            inputs.write(OperatorInput::Drag(pressed, at - pressed));
        } else if let Some(before) = before.filter(|before| pointer.dragging && *before != at) {
            inputs.write(OperatorInput::Drag(pressed, at - before));
        }
    }
    if !buttons.pressed(MouseButton::Left) && pointer.pressed.take().is_some() && !pointer.dragging
    {
        inputs.write(OperatorInput::Click(at));
    }
    let notches: f32 = wheel
        .read()
        .map(|turn| match turn.unit {
            MouseScrollUnit::Line => turn.y,
            MouseScrollUnit::Pixel => turn.y / PIXELS_PER_NOTCH,
        })
        .sum();
    if notches != 0.0 {
        inputs.write(OperatorInput::ZoomAt(at, WHEEL_STEP.powf(notches)));
    }
}

/// Hides the pointer when it has been at rest for a while: a wall is looked at, not pointed at.
/// While the pointer can be seen, keys that zoom do so where the pointer is.
pub fn hide_pointer(
    pointer: Res<Pointer>,
    time: Res<Time<Real>>,
    mut windows: Query<(&Window, &mut CursorOptions), With<PrimaryWindow>>,
    mut view: ResMut<WallView>,
) {
    let visible = time.elapsed().saturating_sub(pointer.moved_at) < POINTER_REST;
    for (window, mut cursor) in &mut windows {
        view.pointer = window.physical_cursor_position().filter(|_| visible);
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the wall file can name, the keyboard can press.
    #[test]
    fn every_function_key_of_the_wall_file_is_heard() {
        use LogicalKey as L;
        let all = [
            [L::F1, L::F2, L::F3, L::F4, L::F5, L::F6, L::F7, L::F8],
            [L::F9, L::F10, L::F11, L::F12, L::F13, L::F14, L::F15, L::F16],
            [L::F17, L::F18, L::F19, L::F20, L::F21, L::F22, L::F23, L::F24],
        ];
        for (number, logical) in (1..=24).zip(all.as_flattened()) {
            let written: Chord = format!("F{number}").parse().unwrap();
            let pressed = key(logical).map(|key| Chord::new(false, false, false, key));
            assert_eq!(pressed, Some(written));
        }
    }
}
