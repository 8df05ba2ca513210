//! Keys as a keyboard tells them.

use bevy::input::keyboard::{Key, KeyCode, NativeKeyCode};

/// A key as a keyboard tells it: a character, or a name of the wall file or a modifier.
pub(super) fn named(key: &str) -> (KeyCode, Key) {
    let other = KeyCode::Unidentified(NativeKeyCode::Unidentified);
    match key {
        "Ctrl" => (KeyCode::ControlLeft, Key::Control),
        "Shift" => (KeyCode::ShiftLeft, Key::Shift),
        "Alt" => (KeyCode::AltLeft, Key::Alt),
        "Enter" => (other, Key::Enter),
        "Esc" => (other, Key::Escape),
        "Tab" => (other, Key::Tab),
        "Home" => (other, Key::Home),
        "End" => (other, Key::End),
        "PageUp" => (other, Key::PageUp),
        "PageDown" => (other, Key::PageDown),
        "Left" => (other, Key::ArrowLeft),
        "Right" => (other, Key::ArrowRight),
        "Up" => (other, Key::ArrowUp),
        "Down" => (other, Key::ArrowDown),
        "F1" => (other, Key::F1),
        "F2" => (other, Key::F2),
        "F3" => (other, Key::F3),
        "F4" => (other, Key::F4),
        "F11" => (other, Key::F11),
        character => (other, Key::Character(character.into())),
    }
}
