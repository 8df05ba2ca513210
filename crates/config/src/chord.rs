//! Key chords such as `Ctrl+Q`: their spelling and when two are the same.
//!
//! Plain values without a window system, so that the wall file can be checked without one. Runs on
//! any thread. Policy: a key that produces a character is that character. Letters ignore case and
//! count Shift as a modifier (`Shift+A`); every other character has Shift in it already (`?` is
//! `?` on every keyboard, whichever keys produce it, number pad included), so Shift is not told
//! apart there. Names of keys and modifiers have one spelling.

use std::{fmt, str::FromStr};

use camwall_words::{ChordFault, Hint};

use super::suggest::{nearest_and_list, nearest_or, owned};

/// A key without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A key that produces this character: a lower-case letter or a symbol.
    Char(char),
    /// F1 to F24.
    F(u8),
    /// Enter, on the number pad too.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Space bar.
    Space,
    /// Backspace.
    Backspace,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
}

/// Keys that have a name, as it is written.
const NAMED: [(&str, Key); 15] = [
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("Space", Key::Space),
    ("Backspace", Key::Backspace),
    ("Insert", Key::Insert),
    ("Delete", Key::Delete),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Up", Key::Up),
    ("Down", Key::Down),
];

/// Modifiers as they are written.
const MODIFIERS: [&str; 3] = ["Ctrl", "Alt", "Shift"];

/// A key with the modifiers held down. Made by [`Chord::new`] or parsed, so that equal chords are
/// equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    ctrl: bool,
    shift: bool,
    alt: bool,
    key: Key,
}

impl Chord {
    /// The chord of a key press. Letters are made lower-case; Shift is dropped from symbols.
    pub fn new(ctrl: bool, shift: bool, alt: bool, key: Key) -> Self {
        match key {
            Key::Char(' ') => Self { ctrl, shift, alt, key: Key::Space },
            Key::Char(c) => {
                let key = Key::Char(lower(c));
                Self { ctrl, shift: shift && c.is_alphabetic(), alt, key }
            }
            _ => Self { ctrl, shift, alt, key },
        }
    }

    /// Whether this is a bare digit 1–9, which types a camera number and cannot be bound. (`0` can:
    /// it acts only while no number is being typed.)
    fn types_a_number(self) -> bool {
        !self.ctrl && !self.alt && matches!(self.key, Key::Char('1'..='9'))
    }
}

/// The lower-case letter, where it is a single one.
fn lower(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            Self::F(n) => write!(f, "F{n}"),
            named => {
                let name = NAMED.iter().find(|(_, key)| key == named).map(|(name, _)| *name);
                f.write_str(name.unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        self.key.fmt(f)
    }
}

impl FromStr for Chord {
    type Err = ChordFault;

    fn from_str(text: &str) -> Result<Self, ChordFault> {
        let (mut ctrl, mut shift, mut alt) = (false, false, false);
        let mut rest = text.trim();
        // The first character is never a separator: `+` alone and `Ctrl++` name the plus key.
        while let Some(plus) = rest.char_indices().skip(1).find(|(_, c)| *c == '+') {
            let (modifier, key) = rest.split_at(plus.0);
            match modifier.trim() {
                "Ctrl" => ctrl = true,
                "Shift" => shift = true,
                "Alt" => alt = true,
                _ => return Err(unknown_modifier(modifier.trim())),
            }
            rest = key.get(1..).unwrap_or_default().trim();
        }
        let key = parse_key(rest)?;
        if let Key::Char(c) = key
            && shift
            && !c.is_alphabetic()
        {
            return Err(ChordFault::ShiftedSymbol(c));
        }
        let chord = Self::new(ctrl, shift, alt, key);
        if chord.types_a_number() { Err(ChordFault::Digit) } else { Ok(chord) }
    }
}

fn unknown_modifier(name: &str) -> ChordFault {
    ChordFault::UnknownModifier(name.to_owned(), nearest_and_list(name, MODIFIERS))
}

fn parse_key(text: &str) -> Result<Key, ChordFault> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (None, _) => return Err(ChordFault::NoKey),
        (Some(c), None) if !c.is_control() => return Ok(Key::Char(c)),
        _ => {}
    }
    let function_key = |text: &str| {
        let number = text.strip_prefix('F').and_then(|number| number.parse().ok());
        number.filter(|number| (1..=24).contains(number)).map(Key::F)
    };
    let named = NAMED.iter().find(|(name, _)| *name == text).map(|(_, key)| *key);
    if let Some(key) = named.or_else(|| function_key(text)) {
        return Ok(key);
    }
    if MODIFIERS.contains(&text) {
        return Err(ChordFault::NoKey);
    }
    let names = NAMED.map(|(name, _)| name);
    let hint = match function_key(&text.to_uppercase()) {
        Some(key) => Hint::Near(key.to_string()),
        None => nearest_or(text, names.into_iter().chain(MODIFIERS), || Hint::Keys(owned(names))),
    };
    Err(ChordFault::UnknownKey(text.to_owned(), hint))
}
