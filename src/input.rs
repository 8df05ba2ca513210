//! Keyboard and mouse → what the operator did.
//!
//! Main world. Owns the pointer (click or drag, hidden when at rest) and the window's mode; sends
//! [`Act`]s for everything else. Policy: every action is one key or one click; what a key does
//! comes from the wall file.

use std::time::Duration;

use bevy::{
    app::AppExit,
    input::{
        ButtonState,
        keyboard::{Key as LogicalKey, KeyboardInput},
        mouse::{MouseScrollUnit, MouseWheel},
    },
    math::Vec2,
    prelude::*,
    window::{CursorMoved, CursorOptions, MonitorSelection, PrimaryWindow, WindowMode},
};

use crate::{
    camera::WallFile,
    config::{self, Action, Bindings, Chord, Key},
    pace::Redraw,
    stage::Act,
};

/// What each key does.
#[derive(Resource, Debug)]
pub struct Keyboard(pub Bindings);

/// The pointer between updates.
#[derive(Resource, Debug, Default)]
pub struct Pointer {
    at: Option<Vec2>,
    pressed: Option<Vec2>,
    dragging: bool,
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
    mut presses: MessageReader<KeyboardInput>,
    held: Res<ButtonInput<KeyCode>>,
    keyboard: Res<Keyboard>,
    mut acts: MessageWriter<Act>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
    mut exit: MessageWriter<AppExit>,
) {
    let ctrl = held.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]);
    let shift = held.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let alt = held.any_pressed([KeyCode::AltLeft, KeyCode::AltRight]);
    for press in presses.read().filter(|press| press.state == ButtonState::Pressed) {
        let Some(key) = key(&press.logical_key) else { continue };
        let action = keyboard.0.action(&Chord::new(ctrl, shift, alt, key));
        let digit = match key {
            Key::Char(c) if !ctrl && !alt => c.to_digit(10),
            _ => None,
        };
        match (digit, action) {
            (Some(digit), action) => {
                acts.write(Act::Digit(digit, action));
            }
            (None, Some(Action::Quit)) => {
                exit.write(AppExit::Success);
            }
            (None, Some(Action::Fullscreen)) => {
                if let Ok(mut window) = window.single_mut() {
                    toggle_fullscreen(&mut window);
                }
            }
            (None, Some(action)) => {
                acts.write(Act::Key(action));
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
        _ => return None,
    })
}

fn toggle_fullscreen(window: &mut Window) {
    window.mode = match window.mode {
        WindowMode::Windowed => WindowMode::BorderlessFullscreen(MonitorSelection::Current),
        _ => WindowMode::Windowed,
    };
}

/// Mouse → clicks, drags and digital zoom.
pub fn read_mouse(
    mut pointer: ResMut<Pointer>,
    mut moves: MessageReader<CursorMoved>,
    mut wheel: MessageReader<MouseWheel>,
    buttons: Res<ButtonInput<MouseButton>>,
    window: Query<&Window, With<PrimaryWindow>>,
    time: Res<Time<Real>>,
    mut acts: MessageWriter<Act>,
) {
    let Ok(window) = window.single() else { return };
    if moves.read().count() > 0 || buttons.get_pressed().len() > 0 {
        pointer.moved_at = time.elapsed();
    }
    let before = pointer.at;
    pointer.at = window.physical_cursor_position();
    let Some(at) = pointer.at else { return };
    if buttons.just_pressed(MouseButton::Left) {
        pointer.pressed = Some(at);
        pointer.dragging = false;
    }
    if let Some(pressed) = pointer.pressed {
        if !pointer.dragging && at.distance(pressed) > DRAG_START {
            pointer.dragging = true;
            acts.write(Act::Drag(pressed, at - pressed));
        } else if let Some(before) = before.filter(|before| pointer.dragging && *before != at) {
            acts.write(Act::Drag(pressed, at - before));
        }
    }
    if buttons.just_released(MouseButton::Left) {
        if pointer.pressed.take().is_some() && !pointer.dragging {
            acts.write(Act::Click(at));
        }
    }
    let notches: f32 = wheel
        .read()
        .map(|turn| match turn.unit {
            MouseScrollUnit::Line => turn.y,
            MouseScrollUnit::Pixel => turn.y / PIXELS_PER_NOTCH,
        })
        .sum();
    if notches != 0.0 {
        acts.write(Act::ZoomAt(at, WHEEL_STEP.powf(notches)));
    }
}

/// Hides the pointer when it has been at rest for a while: a wall is looked at, not pointed at.
pub fn hide_pointer(
    pointer: Res<Pointer>,
    time: Res<Time<Real>>,
    mut cursors: Query<&mut CursorOptions, With<PrimaryWindow>>,
) {
    let visible = time.elapsed().saturating_sub(pointer.moved_at) < POINTER_REST;
    for mut cursor in &mut cursors {
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}

/// Moves the window to the monitor that the wall file names, once the system has listed it, and
/// again when it is plugged in later.
pub fn choose_monitor(
    added: Query<(Entity, &bevy::window::Monitor), Added<bevy::window::Monitor>>,
    file: Res<WallFile>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    mut redraw: ResMut<Redraw>,
) {
    let Some(config::Monitor::Name(wanted)) = &file.wall.window.monitor else { return };
    for (entity, monitor) in &added {
        if monitor.name.as_deref() != Some(wanted.as_str()) {
            continue;
        }
        for mut window in &mut windows {
            let selection = MonitorSelection::Entity(entity);
            if window.mode == WindowMode::Windowed {
                window.position = WindowPosition::Centered(selection);
            } else {
                window.mode = WindowMode::BorderlessFullscreen(selection);
            }
            redraw.request();
        }
    }
}
