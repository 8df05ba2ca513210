//! Which chord does what: the default chords of the actions, and the wall file's changes to them.
//!
//! Plain data without a window system; read on the caller's thread, asked on the main thread.
//! Policy: an action that the file names loses its defaults; a chord that the file gives to one is taken
//! from the defaults of all others, so that a file is right also with actions that came later; no chord
//! ever has two meanings.

use std::iter;

use camwall_words::{Help, Hint, KeysMistake};
use indexmap::{IndexMap, IndexSet};
use serde::Deserialize;

use super::{
    Wall,
    action::{ACTIONS, Action, Topic},
    chord::Chord,
    suggest::{nearest_in_file, nearest_or, owned},
};

/// Key bindings: action → chords such as `"Ctrl+Q"`. An action that is named here loses its
/// defaults; an empty list leaves it without a key. An action with a wall, such as `layout_2@left`,
/// is done on that wall, whichever has the keyboard, and leaves the defaults as they are.
/// Default: none named.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(transparent)]
pub struct Keys(pub IndexMap<String, Vec<String>>);

/// A topic of the help: its heading, and its keys with what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpTopic {
    /// What the keys are about.
    pub heading: &'static str,
    /// Keys or the mouse, and what they do.
    pub rows: Vec<(String, String)>,
}

/// What a chord does, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// What it does.
    pub action: Action,
    /// On which wall, by its number from 0; on the one that has the keyboard where none is named.
    pub wall: Option<usize>,
}

/// Which chord does what.
#[derive(Debug, Clone, PartialEq)]
pub struct Bindings {
    chords: Vec<(Bound, Vec<Chord>)>,
    /// The names of the walls.
    walls: IndexSet<String>,
}

/// A wrong entry of [`Keys`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyProblem {
    /// The action as the file names it.
    pub(super) action: String,
    /// Which of its chords; none if the action itself is wrong.
    pub(super) chord: Option<usize>,
    /// What is wrong.
    pub(super) what: KeysMistake,
    /// It works all the same.
    pub(super) is_sound: bool,
}

impl Bindings {
    /// The defaults with the changes of the wall file. Of keys that [`Wall::parse`] has accepted
    /// every entry counts; wrong ones are left out.
    pub fn resolve(wall: &Wall) -> Self {
        Self::check(&wall.keys, wall.walls.keys().cloned().collect()).0
    }

    /// What a chord does.
    pub fn action(&self, chord: &Chord) -> Option<Bound> {
        self.chords.iter().find(|(_, chords)| chords.contains(chord)).map(|(bound, _)| *bound)
    }

    /// The chords of an action on the wall that has the keyboard, for the help screen.
    pub fn chords(&self, action: Action) -> &[Chord] {
        self.chords_of(Bound { action, wall: None })
    }

    /// Takes a chord from the defaults of an action that the file does not name; which one had it.
    fn take_default(&mut self, chord: Chord, named: &[(&str, Bound)]) -> Option<Bound> {
        let is_default = |bound: &Bound| !named.iter().any(|(_, it)| it == bound);
        let mut defaults = self.chords.iter_mut().filter(|(bound, _)| is_default(bound));
        let (bound, chords) = defaults.find(|(_, chords)| chords.contains(&chord))?;
        chords.retain(|it| *it != chord);
        Some(*bound)
    }

    fn chords_of(&self, bound: Bound) -> &[Chord] {
        let found = self.chords.iter().find(|(known, _)| *known == bound);
        found.map(|(_, chords)| chords.as_slice()).unwrap_or_default()
    }

    /// Keys, mouse and what they do, for the help of a wall. Actions without a key are left out; what
    /// the mouse and the digits do can't be bound otherwise.
    pub fn help(&self, help: &Help, wall: &Wall) -> Vec<HelpTopic> {
        let exists = |action: Action| match action {
            Action::Layout(number) => usize::from(number) <= wall.layouts.len(),
            Action::Tour => wall.has_tours(),
            _ => true,
        };
        let row = |bound: Bound| {
            let chords = self.chords_of(bound).iter().map(ToString::to_string);
            let chords: Vec<String> = chords.collect();
            let does = bound.action.describe(help).into_owned();
            let does = match bound.wall.and_then(|number| self.walls.get_index(number)) {
                Some(wall) => (help.on_wall)(&does, wall),
                None => does,
            };
            (!chords.is_empty()).then(|| (chords.join("  "), does))
        };
        let everywhere = |action: Action| {
            let walls = (0..self.walls.len()).map(Some);
            iter::once(None).chain(walls).filter_map(move |wall| row(Bound { action, wall }))
        };
        let topic = |topic: Topic| {
            let fixed: &[(&str, &str)] = match topic {
                Topic::Look => &[(help.click, help.click_does), (help.digits, help.digits_do)],
                Topic::Picture => &[(help.wheel, help.wheel_does), (help.drag, help.drag_does)],
                Topic::Walls | Topic::Record | Topic::Program => &[],
            };
            let own = ACTIONS.iter().filter(|(action, of, ..)| *of == topic && exists(*action));
            let fixed = fixed.iter().map(|(keys, does)| ((*keys).to_owned(), (*does).to_owned()));
            let rows = own.flat_map(|(action, ..)| everywhere(*action)).chain(fixed).collect();
            HelpTopic { heading: topic.heading(help), rows }
        };
        Topic::ALL.map(topic).into_iter().filter(|topic| !topic.rows.is_empty()).collect()
    }

    /// [`Bindings::resolve`] with everything that is wrong; `walls` are the names that an action may
    /// end in.
    pub(super) fn check(keys: &Keys, walls: IndexSet<String>) -> (Self, Vec<KeyProblem>) {
        let mut problems = Vec::new();
        let named = named_actions(keys, &walls, &mut problems);
        let is_named = |action| named.iter().any(|(_, it)| *it == Bound { action, wall: None });
        let defaults = ACTIONS.iter().filter(|(action, ..)| !is_named(*action));
        let parse = |chords: &[&str]| chords.iter().filter_map(|text| text.parse().ok()).collect();
        let bound = |action| Bound { action, wall: None };
        let chords =
            defaults.map(|(action, _, _, chords)| (bound(*action), parse(chords))).collect();
        let mut bindings = Self { chords, walls };
        for (name, bound) in &named {
            let (name, bound) = (*name, *bound);
            let mut own: Vec<Chord> = Vec::new();
            for (index, text) in keys.0.get(name).into_iter().flatten().enumerate() {
                let mut is_sound = false;
                let problem = match text.parse::<Chord>() {
                    Err(fault) => KeysMistake::Chord { text: text.clone(), fault },
                    Ok(chord) if own.contains(&chord) => KeysMistake::ChordTwice {
                        chord: chord.to_string(),
                        action: name.to_owned(),
                    },
                    Ok(chord) => {
                        let taken = bindings.take_default(chord, &named);
                        is_sound = taken.is_some();
                        let other = taken.or_else(|| bindings.action(&chord));
                        let other = other.map(|other| bindings.name(other));
                        if is_sound || other.is_none() {
                            own.push(chord);
                        }
                        let Some(other) = other else { continue };
                        let (chord, action) = (chord.to_string(), name.to_owned());
                        if is_sound {
                            KeysMistake::ChordTaken { chord, action, other }
                        } else {
                            KeysMistake::ChordOfTwo { chord, action, other }
                        }
                    }
                };
                let (action, chord) = (name.to_owned(), Some(index));
                problems.push(KeyProblem { action, chord, what: problem, is_sound });
            }
            bindings.chords.push((bound, own));
        }
        (bindings, problems)
    }

    /// As the wall file names it.
    fn name(&self, bound: Bound) -> String {
        let action = bound.action.name();
        match bound.wall.and_then(|number| self.walls.get_index(number)) {
            Some(wall) => format!("{action}@{wall}"),
            None => action.to_owned(),
        }
    }
}

/// The known actions that the file names, as it names them.
fn named_actions<'k>(
    keys: &'k Keys,
    walls: &IndexSet<String>,
    problems: &mut Vec<KeyProblem>,
) -> Vec<(&'k str, Bound)> {
    let mut named = Vec::new();
    for name in keys.0.keys() {
        let (plain, wall) = match name.split_once('@') {
            Some((plain, wall)) => (plain, Some(wall)),
            None => (name.as_str(), None),
        };
        let mut problem = |what| {
            problems.push(KeyProblem { action: name.clone(), chord: None, what, is_sound: false });
        };
        let number = wall.map(|wall| walls.get_index_of(wall));
        if let (Some(wall), Some(None)) = (wall, number) {
            let hint = nearest_in_file(wall, walls.iter().map(String::as_str));
            problem(KeysMistake::UnknownWall { wall: wall.to_owned(), hint });
        }
        match (Action::by_name(plain), number) {
            (Some(_), Some(None)) => {}
            (Some(action), number) => {
                named.push((name.as_str(), Bound { action, wall: number.flatten() }));
            }
            (None, _) => {
                let names = || ACTIONS.iter().map(|(_, _, name, _)| *name);
                let listed = || names().filter(|name| !name.starts_with("layout_"));
                let hint = nearest_or(plain, names(), || Hint::Actions(owned(listed())));
                problem(KeysMistake::UnknownAction { action: plain.to_owned(), hint });
            }
        }
    }
    named
}
