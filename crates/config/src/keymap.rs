//! What operators do: the actions, their default chords, and the wall file's changes to them.
//!
//! Plain data without a window system; read on the caller's thread, asked on the main thread.
//! Policy: one table says which actions there are; bindings, help and docs/keys.md follow it. An action
//! that the file names loses its defaults; a chord that the file gives to one is taken from the defaults
//! of all others, so that a file is right also with actions that came later; no chord ever has two
//! meanings.

use std::{borrow::Cow, iter};

use camwall_words::{Help, Hint, KeysMistake};
use indexmap::{IndexMap, IndexSet};
use serde::Deserialize;

use super::{
    Wall,
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

/// Something an operator does, by key, mouse or otherwise. Pixels are those of the wall, x and y
/// from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Show the selected camera alone, or return from there.
    OpenOrBack,
    /// Return to the layout; closes the help first.
    Back,
    /// Select the camera to the left. Full-screen, that camera is shown.
    Left,
    /// Select the camera to the right. Full-screen, that camera is shown.
    Right,
    /// Select the camera above. Full-screen, that camera is shown.
    Up,
    /// Select the camera below. Full-screen, that camera is shown.
    Down,
    /// Select the first camera of the layout.
    Home,
    /// Select the last camera of the layout.
    End,
    /// Select the next camera of the layout, round and round. Full-screen, that camera is shown.
    NextCamera,
    /// Select the previous camera of the layout, round and round. Full-screen, that camera is shown.
    PreviousCamera,
    /// Show the next layout.
    NextLayout,
    /// Show the previous layout.
    PreviousLayout,
    /// Pause the tour, go on with it, or start one.
    Tour,
    /// Full-screen or window.
    Fullscreen,
    /// Enlarge the picture.
    ZoomIn,
    /// Shrink the picture.
    ZoomOut,
    /// Show the whole picture.
    ZoomReset,
    /// Record the selected camera, or stop.
    Record,
    /// Record all cameras, or stop.
    RecordAll,
    /// Protect what is recorded from now on from being removed for its age or the room it takes, or
    /// end that.
    Protect,
    /// Save the selected camera's picture.
    Snapshot,
    /// Save a picture of the whole wall.
    WallSnapshot,
    /// Say that the system's clock is right, so that recordings go by their age again.
    TrustClock,
    /// Show or hide the keys.
    Help,
    /// Show or hide the figures.
    Stats,
    /// Read the wall file anew.
    Reload,
    /// End camwall.
    Quit,
    /// Show layout 1 to 12 in the order of the file. `Fn` picks layout `n`, except that F11 is
    /// full-screen: layout 11 has no default key.
    Layout(u8),
    /// Add a digit, 0 to 9, to the number of a camera that is being typed.
    Digit(u8),
    /// Show the camera at a pixel alone, or return from there.
    Click {
        /// The pixel.
        at: [f32; 2],
    },
    /// Enlarge the picture at a pixel, which stays where it is.
    ZoomAt {
        /// The pixel.
        at: [f32; 2],
        /// How many times larger; less than 1 shrinks it.
        factor: f32,
    },
    /// Move the enlarged picture.
    Pan {
        /// A pixel of the picture's tile.
        from: [f32; 2],
        /// How far, in pixels.
        by: [f32; 2],
    },
}

/// What the actions are about; the help has a heading for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Which camera is looked at.
    Look,
    /// The layouts.
    Walls,
    /// The picture of a camera.
    Picture,
    /// Recordings and snapshots.
    Record,
    /// The program and its window.
    Program,
}

impl Topic {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 5] =
        [Self::Look, Self::Walls, Self::Picture, Self::Record, Self::Program];

    /// Its heading.
    pub fn heading(self, help: &Help) -> &'static str {
        match self {
            Self::Look => help.look,
            Self::Walls => help.walls,
            Self::Picture => help.picture,
            Self::Record => help.recordings,
            Self::Program => help.program,
        }
    }
}

/// A topic of the help: its heading, and its keys with what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpTopic {
    /// What the keys are about.
    pub heading: &'static str,
    /// Keys or the mouse, and what they do.
    pub rows: Vec<(String, String)>,
}

type Row = (Action, Topic, &'static str, &'static [&'static str]);

/// Action, topic, name in the wall file, default chords; in the order of the help screen.
const ACTIONS: [Row; 39] = [
    (Action::OpenOrBack, Topic::Look, "open", &["Enter"]),
    (Action::Back, Topic::Look, "back", &["Esc"]),
    (Action::Left, Topic::Look, "left", &["Left"]),
    (Action::Right, Topic::Look, "right", &["Right"]),
    (Action::Up, Topic::Look, "up", &["Up"]),
    (Action::Down, Topic::Look, "down", &["Down"]),
    (Action::Home, Topic::Look, "home", &["Home"]),
    (Action::End, Topic::Look, "end", &["End"]),
    (Action::NextCamera, Topic::Look, "next_camera", &["N"]),
    (Action::PreviousCamera, Topic::Look, "previous_camera", &["P"]),
    (Action::NextLayout, Topic::Walls, "next_layout", &["Tab", "PageDown"]),
    (Action::PreviousLayout, Topic::Walls, "previous_layout", &["Shift+Tab", "PageUp"]),
    (Action::Tour, Topic::Walls, "tour", &["T"]),
    (Action::Fullscreen, Topic::Program, "fullscreen", &["F11"]),
    (Action::ZoomIn, Topic::Picture, "zoom_in", &["+", "="]),
    (Action::ZoomOut, Topic::Picture, "zoom_out", &["-"]),
    (Action::ZoomReset, Topic::Picture, "zoom_reset", &["0"]),
    (Action::Record, Topic::Record, "record", &["R"]),
    (Action::RecordAll, Topic::Record, "record_all", &["Shift+R"]),
    (Action::Protect, Topic::Record, "protect", &["K"]),
    (Action::Snapshot, Topic::Record, "snapshot", &["S"]),
    (Action::WallSnapshot, Topic::Record, "wall_snapshot", &["Shift+S"]),
    (Action::TrustClock, Topic::Record, "trust_clock", &[]),
    (Action::Help, Topic::Program, "help", &["H", "?"]),
    (Action::Stats, Topic::Picture, "stats", &["I"]),
    (Action::Reload, Topic::Program, "reload", &["Ctrl+R"]),
    (Action::Quit, Topic::Program, "quit", &["Ctrl+Q"]),
    (Action::Layout(1), Topic::Walls, "layout_1", &["F1"]),
    (Action::Layout(2), Topic::Walls, "layout_2", &["F2"]),
    (Action::Layout(3), Topic::Walls, "layout_3", &["F3"]),
    (Action::Layout(4), Topic::Walls, "layout_4", &["F4"]),
    (Action::Layout(5), Topic::Walls, "layout_5", &["F5"]),
    (Action::Layout(6), Topic::Walls, "layout_6", &["F6"]),
    (Action::Layout(7), Topic::Walls, "layout_7", &["F7"]),
    (Action::Layout(8), Topic::Walls, "layout_8", &["F8"]),
    (Action::Layout(9), Topic::Walls, "layout_9", &["F9"]),
    (Action::Layout(10), Topic::Walls, "layout_10", &["F10"]),
    (Action::Layout(11), Topic::Walls, "layout_11", &[]),
    (Action::Layout(12), Topic::Walls, "layout_12", &["F12"]),
];

impl Action {
    /// All actions that can be bound, in the order of the help screen.
    pub fn all() -> impl Iterator<Item = Self> {
        ACTIONS.iter().map(|(action, ..)| *action)
    }

    /// The name in the wall file; what can't be bound has none.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, _, name, _)| name)
    }

    /// What it does, for the help screen.
    pub fn describe(self, help: &Help) -> Cow<'static, str> {
        match self {
            Self::OpenOrBack => help.open,
            Self::Back => help.back,
            Self::Left => help.left,
            Self::Right => help.right,
            Self::Up => help.up,
            Self::Down => help.down,
            Self::Home => help.home,
            Self::End => help.end,
            Self::NextCamera => help.next_camera,
            Self::PreviousCamera => help.previous_camera,
            Self::NextLayout => help.next_layout,
            Self::PreviousLayout => help.previous_layout,
            Self::Tour => help.tour,
            Self::Fullscreen => help.fullscreen,
            Self::ZoomIn => help.zoom_in,
            Self::ZoomOut => help.zoom_out,
            Self::ZoomReset => help.zoom_reset,
            Self::Record => help.record,
            Self::RecordAll => help.record_all,
            Self::Protect => help.protect,
            Self::Snapshot => help.snapshot,
            Self::WallSnapshot => help.wall_snapshot,
            Self::TrustClock => help.trust_clock,
            Self::Help => help.help,
            Self::Stats => help.stats,
            Self::Reload => help.reload,
            Self::Quit => help.quit,
            Self::Layout(number) => return (help.layout)(number).into(),
            Self::Click { .. } => help.click_does,
            Self::Digit(_) => help.digits_do,
            Self::ZoomAt { .. } => help.wheel_does,
            Self::Pan { .. } => help.drag_does,
        }
        .into()
    }

    /// Whether a key that is held does it again and again: steps do, switches do not.
    pub fn repeats(self) -> bool {
        matches!(
            self,
            Self::Left
                | Self::Right
                | Self::Up
                | Self::Down
                | Self::NextCamera
                | Self::PreviousCamera
                | Self::NextLayout
                | Self::PreviousLayout
                | Self::ZoomIn
                | Self::ZoomOut
        )
    }

    /// Whether it is about the selected camera, and not about the wall.
    pub fn is_about_camera(self) -> bool {
        matches!(self, Self::Record | Self::Protect | Self::Snapshot)
    }

    /// The action of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|(_, _, known, _)| *known == name).map(|(action, ..)| *action)
    }

    fn row(self) -> Option<&'static Row> {
        ACTIONS.iter().find(|(action, ..)| *action == self)
    }
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
