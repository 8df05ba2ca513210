//! Keys that are down, and what they do.
//!
//! Plain state of one keyboard. Policy: a key's release ends what its press began, whatever else is
//! held by then; a held key goes on only with what repeats.

use bevy::input::{
    ButtonState,
    keyboard::{Key as LogicalKey, KeyboardInput},
};
use bevy::prelude::{Entity, KeyCode};

use crate::operation::{Operation, Phase};
use camwall_config::{Action, Bindings, Bound, Chord, Key};

/// The keys that are down.
#[derive(Debug, Default)]
pub struct Keys {
    modifiers: Modifiers,
    /// What was begun by keys that are still down.
    begun: Vec<(KeyCode, Operation)>,
}

impl Keys {
    /// What a key does, to the wall that it is for or one that the wall file `named` for it, by its
    /// number; `typing` while a camera number is being typed there.
    pub fn follow(
        &mut self,
        event: &KeyboardInput,
        (wall, named): (Entity, &dyn Fn(usize) -> Option<Entity>),
        bindings: &Bindings,
        typing: bool,
    ) -> Option<Operation> {
        self.modifiers.follow(event);
        let held = self.begun.iter().position(|(code, _)| *code == event.key_code);
        if event.state == ButtonState::Released {
            let (_, begun) = self.begun.swap_remove(held?);
            return Some(Operation { phase: Phase::Released, ..begun });
        }
        if event.repeat {
            // What the press did not begin, holding it does not begin either.
            let (_, begun) = self.begun[held?];
            let again = Operation { phase: Phase::Repeated, ..begun };
            return begun.action.repeats().then_some(again);
        }
        if let Some(held) = held {
            self.begun.swap_remove(held);
        }
        let Bound { action, wall: other } = self.bound(event, bindings, typing)?;
        let entity = other.map_or(Some(wall), named)?;
        let operation = Operation { entity, action, phase: Phase::Pressed };
        self.begun.push((event.key_code, operation));
        Some(operation)
    }

    /// Whether a key changes what other keys do, and does nothing itself.
    pub fn is_modifier(event: &KeyboardInput) -> bool {
        modifier(&event.logical_key).is_some()
    }

    /// Ends everything that was begun, because releases can no longer be heard.
    pub fn release_all(&mut self, operations: &mut Vec<Operation>) {
        self.modifiers.0.clear();
        let ended = |(_, begun)| Operation { phase: Phase::Released, ..begun };
        operations.extend(self.begun.drain(..).map(ended));
    }

    fn bound(&self, event: &KeyboardInput, bindings: &Bindings, typing: bool) -> Option<Bound> {
        let held = |modifier| self.modifiers.held(modifier);
        let (ctrl, shift, alt) = (held(Modifier::Ctrl), held(Modifier::Shift), held(Modifier::Alt));
        let key = key(&event.logical_key)?;
        let bound = bindings.action(&Chord::new(ctrl, shift, alt, key));
        let typed = |digit| Bound { action: Action::Digit(digit), wall: None };
        let digit = match key {
            Key::Char(c) if !ctrl && !alt => c.to_digit(10).and_then(|d| u8::try_from(d).ok()),
            _ => None,
        };
        match (digit, bound) {
            (Some(digit), _) if typing => Some(typed(digit)),
            (Some(digit), None) => Some(typed(digit)),
            (_, bound) => bound,
        }
    }
}

/// The modifier keys that are down. Kept key by key in the order of the events: a quick Ctrl+Q is
/// down and up again within one update, and only that order tells that Ctrl was held.
#[derive(Debug, Default)]
struct Modifiers(Vec<(KeyCode, Modifier)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    Ctrl,
    Shift,
    Alt,
}

impl Modifiers {
    fn follow(&mut self, event: &KeyboardInput) {
        self.0.retain(|(code, _)| *code != event.key_code);
        if let Some(modifier) = modifier(&event.logical_key)
            && event.state == ButtonState::Pressed
        {
            self.0.push((event.key_code, modifier));
        }
    }

    fn held(&self, wanted: Modifier) -> bool {
        self.0.iter().any(|(_, modifier)| *modifier == wanted)
    }
}

fn modifier(logical: &LogicalKey) -> Option<Modifier> {
    Some(match logical {
        LogicalKey::Control => Modifier::Ctrl,
        LogicalKey::Shift => Modifier::Shift,
        // X11 calls Alt so while Shift is down. AltGr is none: it makes other characters.
        LogicalKey::Alt | LogicalKey::Meta => Modifier::Alt,
        _ => return None,
    })
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
