//! What operators do: the actions, their topics, and their default chords.
//!
//! Plain data without a window system; read on the caller's thread, asked on the main thread.
//! Policy: one table says which actions there are; bindings, help and docs/keys.md follow it.

use std::borrow::Cow;

use camwall_words::Help;

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

pub(super) type Row = (Action, Topic, &'static str, &'static [&'static str]);

/// Action, topic, name in the wall file, default chords; in the order of the help screen.
pub(super) const ACTIONS: [Row; 39] = [
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
