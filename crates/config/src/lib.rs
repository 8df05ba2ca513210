//! The wall file: what a person writes in RON, parsed, defaulted and validated.
//!
//! Owns the types of `wall.ron` and every rule about them. Runs on the caller's thread, touches
//! neither ECS nor FFmpeg nor the network. Policy: all mistakes are reported at once, each with
//! file, line and column and what would be allowed; nothing is guessed silently.

#![forbid(unsafe_code)]

mod action;
mod burn_in;
mod camera;
mod camera_id;
mod chord;
mod diagnostic;
mod diff;
#[cfg(any(test, feature = "fixtures"))]
pub mod fuzzing;
mod keymap;
mod labels;
mod language;
mod layout;
mod load;
mod login;
mod mistake;
mod overlay;
mod recording;
mod sandbox;
mod schedule;
mod secrets;
mod spanned;
mod suggest;
#[cfg(test)]
mod tests;
mod tour;
mod trust;
mod units;
mod validate;
mod window;
mod write;

use indexmap::IndexMap;
use serde::Deserialize;

pub use self::action::{Action, Topic};
pub use self::burn_in::{BurnIn, Night};
pub use self::camera::{Area, Camera, Fit, Transport, Via, Watch};
pub use self::camera_id::folder_of;
pub use self::chord::{Chord, Key};
pub use self::diagnostic::{ConfigErrors, Diagnostic};
pub use self::diff::{CameraChange, CameraDiff, CameraFields, Change, Diff};
pub use self::keymap::{Bindings, Bound, HelpTopic, Keys};
pub use self::labels::Label;
pub use self::language::Language;
pub use self::layout::{Layout, Tile};
pub use self::load::{Loaded, MOST_BYTES};
pub use self::login::{Exposed, Login, LoginError, LoginFileFault, Whence};
pub use self::overlay::Overlay;
pub use self::recording::{Container, Record, Recording, Retention};
pub use self::sandbox::Sandbox;
pub use self::schedule::Weekly;
pub use self::tour::{Step, Tour};
pub use self::trust::{Auth, Trust};
pub use self::window::{Monitor, Rotation, Screen, Window};

/// A whole wall: cameras, the layouts that place them, and how the window behaves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// Cameras by id, in the order of the file. The order gives each camera its number (from 1).
    pub cameras: IndexMap<String, Camera>,
    /// Named layouts in the order of the file: F1 shows the first. Default: `"all"`, one grid of
    /// all cameras; so there is always at least one.
    #[serde(default)]
    pub layouts: IndexMap<String, Layout>,
    /// Named tours: layouts that are shown one after another. Default: none.
    #[serde(default)]
    pub tours: IndexMap<String, Tour>,
    /// The layout or tour to begin with. Default: the first layout.
    #[serde(default)]
    pub show: Option<String>,
    /// Several walls, each on a monitor of its own, by name; instead of `show` and `window`.
    /// Default: one wall.
    #[serde(default)]
    pub walls: IndexMap<String, Screen>,
    /// Layouts whose cameras are decoded also while nobody sees them, so that they are there at
    /// once. Default: none.
    #[serde(default)]
    pub prewarm: Vec<String>,
    /// The window. Default: full-screen on the primary monitor.
    #[serde(default)]
    pub window: Window,
    /// What is written over the pictures. Default: name, state and clock.
    #[serde(default)]
    pub overlay: Overlay,
    /// Care for screens that show the same for years. Default: none.
    #[serde(default)]
    pub burn_in: BurnIn,
    /// Key bindings that differ from the defaults, by action. Default: none.
    #[serde(default)]
    pub keys: Keys,
    /// How and where cameras are recorded; that the section is there says that recording is meant, even
    /// if only by key. Default: each of its settings has its own.
    #[serde(default)]
    pub recording: Option<Recording>,
    /// Whether the program may reach only what the wall needs. Default: `On`.
    #[serde(default)]
    pub sandbox: Sandbox,
    /// The language of the wall and of `camwall check`. Default: `Auto`, that of the locale.
    #[serde(default)]
    pub language: Language,
}

/// What a name of [`Wall::show`] means, by its number from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// A layout.
    Layout(usize),
    /// A tour.
    Tour(usize),
}

impl Wall {
    /// All walls in the order of the file, with their names; where the file has no `walls`, one
    /// named `""`, made of `window` and `show`. Never empty.
    pub fn screens(&self) -> IndexMap<String, Screen> {
        if !self.walls.is_empty() {
            return self.walls.clone();
        }
        let only = Screen::of(self.window.clone(), self.show.clone());
        IndexMap::from([(String::new(), only)])
    }

    /// What a name of `show` means.
    pub fn shown(&self, name: &str) -> Option<Shown> {
        let layout = self.layouts.get_index_of(name).map(Shown::Layout);
        layout.or_else(|| self.tours.get_index_of(name).map(Shown::Tour))
    }

    /// What a screen begins with: its `show`, else the first layout.
    pub fn first_shown(&self, screen: &Screen) -> Shown {
        let shown = screen.show.as_ref().and_then(|name| self.shown(name));
        shown.unwrap_or(Shown::Layout(0))
    }

    /// The number, from 0, of the layout that something begins with: of a tour, that of its first step.
    pub fn layout_of(&self, shown: Shown) -> usize {
        match shown {
            Shown::Layout(layout) => layout,
            Shown::Tour(tour) => {
                let tour = self.tours.get_index(tour).and_then(|(_, tour)| tour.shows().next());
                tour.and_then(|layout| self.layouts.get_index_of(layout)).unwrap_or_default()
            }
        }
    }

    /// The number, from 0, of the layout that the first wall begins with.
    pub fn first_layout(&self) -> usize {
        let show = match self.walls.first() {
            Some((_, screen)) => &screen.show,
            None => &self.show,
        };
        let shown = show.as_ref().and_then(|name| self.shown(name));
        self.layout_of(shown.unwrap_or(Shown::Layout(0)))
    }

    /// Whether anything tours: the file has tours, or a tile has one.
    pub fn has_tours(&self) -> bool {
        !self.tours.is_empty() || self.layouts.values().any(Layout::has_tours)
    }

    /// Whether a camera is decoded also while nobody sees it: a layout of `prewarm` shows it.
    pub fn is_prewarmed(&self, id: &str) -> bool {
        let layouts = self.prewarm.iter().filter_map(|name| self.layouts.get(name));
        layouts.flat_map(Layout::cameras).any(|camera| camera == id)
    }

    /// Whether the file asks for recording: it has a `recording` section, or a camera that is
    /// recorded without a key.
    pub fn asks_for_recording(&self) -> bool {
        let recorded = |camera: &Camera| camera.record != Record::Never;
        self.recording.is_some() || self.cameras.values().any(recorded)
    }
}

/// Name of the layout that a file without layouts gets.
const DEFAULT_LAYOUT: &str = "all";
