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

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use camwall_words::{FileMistake, Mistake};
use indexmap::IndexMap;
use ron::{Options, extensions::Extensions};
use serde::{Deserialize, de::IgnoredAny};

pub use self::action::{Action, Topic};
pub use self::burn_in::{BurnIn, Night};
pub use self::camera::{Area, Camera, Fit, Transport, Via, Watch};
pub use self::camera_id::folder_of;
pub use self::chord::{Chord, Key};
pub use self::diagnostic::{ConfigErrors, Diagnostic};
use self::diagnostic::{Remark, place, place_one};
pub use self::diff::{CameraChange, CameraDiff, CameraFields, Change, Diff};
pub use self::keymap::{Bindings, Bound, HelpTopic, Keys};
pub use self::labels::Label;
pub use self::language::Language;
pub use self::layout::{Layout, Tile};
pub use self::login::{Exposed, Login, LoginError, LoginFileFault, Whence};
pub use self::overlay::Overlay;
pub use self::recording::{Container, Record, Recording, Retention};
pub use self::sandbox::Sandbox;
pub use self::schedule::Weekly;
pub use self::tour::{Step, Tour};
pub use self::trust::{Auth, Trust};
use self::validate::{Names, asked_at, secret_at, validate};
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

/// A wall file that is in order.
#[derive(Clone, PartialEq)]
pub struct Loaded {
    /// The wall.
    pub wall: Wall,
    /// What works but is not wise, sorted by place.
    pub warnings: Vec<Diagnostic>,
    /// Where the file asks for recording.
    recording: Diagnostic,
    /// The names that the wall writes.
    labels: Vec<Label>,
    /// Where the file first holds what is secret: a byte offset in `text`.
    secret: Option<usize>,
    text: String,
}

impl fmt::Debug for Loaded {
    /// Without the text of the file, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("wall", &self.wall)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Loaded {
    /// Adds a warning where the file, whose permissions are `mode`, holds what is secret and others
    /// may read it.
    fn warn_of_readers(&mut self, mode: u32) {
        let Some(at) = self.secret.filter(|_| mode & login::OTHERS_READ != 0) else { return };
        let exposed = FileMistake::OthersRead { mode: format!("{mode:04o}") };
        let warning = place_one(&self.text, &self.recording.file, Remark::new(at, exposed));
        let place = |warning: &Diagnostic| (warning.line, warning.column);
        let before = self.warnings.partition_point(|other| place(other) <= place(&warning));
        self.warnings.insert(before, warning);
    }

    /// The file's text, without a byte order mark. It may hold passwords.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is said about the folder of the recordings, at the place where the file asks for them.
    #[must_use]
    pub fn about_recordings(&self, message: &str) -> Diagnostic {
        Diagnostic { what: Mistake::Told(message.to_owned()), ..self.recording.clone() }
    }

    /// The names that the wall writes, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What is said about one of these names, at the place where the file gives it.
    #[must_use]
    pub fn about_label(&self, label: &Label, message: &str) -> Diagnostic {
        let remark = Remark::new(label.at, Mistake::Told(message.to_owned()));
        place_one(&self.text, &self.recording.file, remark)
    }
}

impl Wall {
    /// Reads and checks a wall file.
    ///
    /// # Errors
    /// If the file cannot be read, or with all its mistakes.
    pub fn load(path: &Path) -> Result<Loaded, ConfigErrors> {
        Self::of_bytes(Self::read(path)?, path)
    }

    /// Reads a wall file, of [`MOST_BYTES`] at most.
    ///
    /// # Errors
    /// If the file cannot be read, or is too long.
    pub fn read(path: &Path) -> Result<Vec<u8>, ConfigErrors> {
        let file = path.display().to_string();
        let mut bytes = Vec::new();
        let opened =
            File::open(path).and_then(|it| it.take(MOST_BYTES + 1).read_to_end(&mut bytes));
        let refused = |why| ConfigErrors::Unreadable { file: file.clone(), why };
        opened.map_err(|why| {
            refused(match why.kind() {
                io::ErrorKind::NotFound => FileMistake::NoFile,
                io::ErrorKind::IsADirectory => FileMistake::IsFolder,
                _ => FileMistake::Unreadable { why: why.to_string() },
            })
        })?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(refused(FileMistake::TooLong { most: MOST_BYTES }));
        }
        Ok(bytes)
    }

    /// Checks what was read of the wall file at `path`.
    ///
    /// # Errors
    /// With all mistakes.
    pub fn of_bytes(bytes: Vec<u8>, path: &Path) -> Result<Loaded, ConfigErrors> {
        let file = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|why| {
            let line = why.as_bytes()[..why.utf8_error().valid_up_to()]
                .split(|&byte| byte == b'\n')
                .count();
            let why = FileMistake::NotUtf8 { line };
            ConfigErrors::Unreadable { file: file.clone(), why }
        })?;
        let mut loaded = Self::parse(&text, &file)?;
        if let Ok(metadata) = path.metadata() {
            loaded.warn_of_readers(metadata.permissions().mode() & 0o777);
        }
        Ok(loaded)
    }

    /// Checks the text of a wall file; `file_name` is what messages call it.
    ///
    /// # Errors
    /// With all mistakes.
    ///
    /// ```
    /// use camwall_config::Wall;
    ///
    /// let text = r#"(
    ///     cameras: { "gate": (main: "rtsp://10.0.0.11/live") },
    ///     layouts: { "all": Grid(cameras: ["gtae"]) },
    /// )"#;
    /// let errors = Wall::parse(text, "wall.ron").unwrap_err();
    /// assert_eq!(
    ///     errors.to_string(),
    ///     "wall.ron:3:38: unknown camera `gtae` in layout `all`; did you mean `gate`?"
    /// );
    /// ```
    pub fn parse(text: &str, file_name: &str) -> Result<Loaded, ConfigErrors> {
        // Some editors begin a file with a byte order mark, which is no RON.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let wrong = |remarks| ConfigErrors::Wrong(place(text, file_name, remarks));
        let Checked { mut wall, warnings, recording, labels, secret } =
            check(text).map_err(wrong)?;
        if wall.layouts.is_empty() {
            let cameras = wall.cameras.keys().cloned().collect();
            wall.layouts.insert(DEFAULT_LAYOUT.to_owned(), Layout::Grid { columns: None, cameras });
        }
        let recording =
            place_one(text, file_name, Remark::new(recording, Mistake::Told(String::new())));
        let warnings = place(text, file_name, warnings);
        Ok(Loaded { wall, warnings, recording, labels, secret, text: text.to_owned() })
    }

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

/// How long a wall file may be, in bytes: a thousand cameras take a tenth of it.
pub const MOST_BYTES: u64 = 4_000_000;

/// Name of the layout that a file without layouts gets.
const DEFAULT_LAYOUT: &str = "all";

/// A wall without mistakes, and places in its file.
struct Checked {
    wall: Wall,
    warnings: Vec<Remark>,
    /// Where it asks for recording.
    recording: usize,
    /// The names that it writes.
    labels: Vec<Label>,
    /// Where it first holds what is secret.
    secret: Option<usize>,
}

/// The wall, or all errors. `ron` decides whether the form is right; only where it
/// says no, the tree is asked for all the reasons.
fn check(text: &str) -> Result<Checked, Vec<Remark>> {
    let ron = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let read = ron.from_str::<Wall>(text);
    if let Err(typed) = &read
        && let Err(error) = ron.from_str::<IgnoredAny>(text)
    {
        // Without types `(main "x")` begins like a tuple, so only the typed pass misses the colon.
        let colon = typed.code == ron::Error::ExpectedMapColon;
        return Err(vec![crate::spanned::syntax::remark(text, if colon { typed } else { &error })]);
    }
    let mut tree = match (crate::spanned::scanner::tree(text), &read) {
        (Ok(tree), _) => tree,
        (Err(_), Err(error)) => return Err(vec![crate::spanned::syntax::remark(text, error)]),
        (Err(_), Ok(_)) => return Err(vec![Remark::new(0, FileMistake::TooUnusual)]),
    };
    let names = Names::of(&tree);
    let mut errors = Vec::new();
    tree.remove_duplicates(text, None, &mut errors);
    let wall = match read {
        Ok(wall) if errors.is_empty() => Some(wall),
        Ok(_) => crate::spanned::explain::explain(&mut tree, &mut errors),
        Err(error) => {
            let wall = crate::spanned::explain::explain(&mut tree, &mut errors);
            if errors.is_empty() {
                errors.push(crate::spanned::syntax::remark(text, &error));
            }
            wall
        }
    };
    let mut warnings = Vec::new();
    if let Some(wall) = &wall {
        (errors, warnings) = validate(wall, &names, tree.spot(), errors);
    }
    match wall {
        Some(wall) if errors.is_empty() => {
            let recording = asked_at(&wall, tree.spot());
            let labels = labels::labels(&wall, tree.spot());
            let secret = secret_at(&wall, tree.spot());
            Ok(Checked { wall, warnings, recording, labels, secret })
        }
        _ => Err(errors),
    }
}
