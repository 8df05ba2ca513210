//! Walls and their tiles: what is shown where, what is selected, what is full-screen, how far a
//! picture is enlarged.
//!
//! Main world. Owns [`Wall`] and [`Tile`] entities: a wall has the tiles of its layout, a tile shows
//! a camera. [`layout`] does the geometry and knows no entity. Policy: input applies at once,
//! animations only show what changed; a camera keeps its tile whatever its state; nothing here waits
//! for a camera; walls have nothing in common but the cameras.

pub mod layout;

mod follow;
mod importance;
mod open;
mod operate;
mod placement;
mod prewarm;
#[cfg(test)]
mod screen_tests;
mod systems;
#[cfg(test)]
mod tests;
mod tiles;
mod tour;
mod toured;
mod touring;
#[cfg(test)]
mod touring_tests;

use std::time::Duration;

use bevy::{ecs::entity::EntityHashMap, math::UVec2, prelude::*};

use crate::burn_in::ScreenCare;
use crate::camera::Notice;
use crate::wall::layout::{Content, Maximize, PxRect, Zoom};
use camwall_config as config;
use camwall_config::{Rotation, Shown};
use open::NewWall;

pub use follow::follow_file;
pub use placement::{PicturePlacement, TileRect, in_drawing_order, largest_picture};
pub use tour::Pace;
#[cfg(test)]
pub use toured::Touring;
pub use toured::{TileTour, TourLine, TourShown};

/// The steps of one update.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WallSystems {
    /// Walls follow their windows; before the operator's input.
    Follow,
    /// Tiles and pictures are placed, cameras are told how large they are; after the input.
    Place,
}

/// The walls to open, the first one first.
#[derive(Debug, Clone)]
pub struct WallPlugin {
    walls: Vec<NewWall>,
    /// Whether figures are shown.
    stats: bool,
}

impl WallPlugin {
    /// The walls of a wall file. All have `size` (pixels) where the command line names one, and the
    /// first begins with layout number `layout`, from 0, where it names that.
    #[must_use]
    pub fn of(file: &config::Wall, size: Option<UVec2>, layout: Option<usize>) -> Self {
        let mut walls: Vec<NewWall> = NewWall::all_of(file).collect();
        for wall in &mut walls {
            wall.size = size.unwrap_or(wall.size);
        }
        if let (Some(first), Some(layout)) = (walls.first_mut(), layout) {
            (first.shows, first.layout) = (Shown::Layout(layout), layout);
        }
        Self { walls, stats: file.overlay.stats }
    }
}

impl Plugin for WallPlugin {
    fn build(&self, app: &mut App) {
        let Self { walls, stats } = self.clone();
        let place = || {
            (
                touring::go_on,
                systems::animate,
                placement::place_tiles,
                (
                    placement::place_pictures,
                    placement::tell_cameras,
                    importance::tell_cameras,
                    prewarm::tell_cameras,
                ),
            )
                .chain()
        };
        let open = move |mut commands: Commands| {
            walls.iter().for_each(|wall| wall.spawn(&mut commands, stats));
        };
        app.init_resource::<ActiveWall>()
            .init_resource::<ScreenCare>()
            .add_observer(operate::operate)
            .add_observer(touring::pause)
            .add_observer(systems::furnish)
            .add_systems(Startup, (open, place()).chain())
            .add_systems(
                Update,
                (
                    (systems::follow_window, systems::change_places)
                        .chain()
                        .in_set(WallSystems::Follow),
                    place().in_set(WallSystems::Place),
                ),
            );
    }
}

/// A rectangle of pixels that operators look at, upright: a window, or a picture that is drawn without
/// one.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[require(
    WallName,
    ActiveLayout,
    Selected,
    Maximized,
    NumberEntry,
    Panels,
    HelpPages,
    StripShown,
    PointedAt,
    HeldActions,
    ParkedZooms,
    tour::Attention,
    toured::ParkedTours,
    TourShown,
    Turned,
    Notice
)]
pub struct Wall {
    /// Width × height in pixels.
    pub size: UVec2,
}

impl Wall {
    /// The whole wall as a rectangle.
    #[must_use]
    pub fn rect(&self) -> PxRect {
        PxRect::of_window(self.size)
    }
}

/// Which of the wall file's walls a wall is.
#[derive(Component, Debug, Clone, PartialEq, Eq, Default)]
pub struct WallName {
    /// Its place in the wall file, from 0.
    pub number: usize,
    /// Its name; empty where the file has one wall without a name.
    pub name: String,
}

impl std::fmt::Display for WallName {
    /// For the log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() { f.write_str("the wall") } else { write!(f, "wall {}", self.name) }
    }
}

/// What the wall file says of a wall's monitor and window.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct OnScreen(pub config::Screen);

/// The window that a wall fills; none where it is drawn without one.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnWindow(pub Entity);

/// How a wall is turned in its window, where it has one.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turned(pub Rotation);

/// The monitor of a wall is not there: the wall has no window, nobody sees it, and it is not drawn.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting;

/// The wall that keys are for: where the pointer last moved, or whose window last got the keyboard,
/// whichever was later.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActiveWall(pub Option<Entity>);

/// The number of the layout that a wall shows, from 0.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActiveLayout(pub usize);

/// The selected tile of a wall; none on a wall without tiles.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selected(pub Option<Entity>);

/// The tile that is, or is becoming, or was just full-screen.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Maximized(pub Option<MaximizedTile>);

/// See [`Maximized`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaximizedTile {
    /// The tile.
    pub tile: Entity,
    animation: Maximize,
    /// The tile is on its way back to the layout.
    closing: bool,
}

impl Maximized {
    /// The tile that is full-screen or on its way there.
    #[must_use]
    pub fn open(&self) -> Option<Entity> {
        self.0.filter(|maximized| !maximized.closing).map(|maximized| maximized.tile)
    }

    /// Whether the animation is running at `now`, counted from the start of the program.
    #[must_use]
    pub fn is_animating(&self, now: Duration) -> bool {
        self.0.is_some_and(|maximized| !maximized.animation.done(now))
    }
}

/// A camera number that is being typed.
#[derive(Component, Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberEntry {
    /// The digits; empty while none is typed.
    pub digits: String,
    /// When the next digit starts a new number, counted from the start of the program.
    until: Duration,
}

impl NumberEntry {
    /// Whether a number is being typed at `now`.
    #[must_use]
    pub fn is_open(&self, now: Duration) -> bool {
        !self.digits.is_empty() && now <= self.until
    }
}

/// What is shown over the pictures, because an operator wants it.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panels {
    /// The keys.
    pub help: bool,
    /// Which page of them, from 0.
    pub page: usize,
    /// Rates and frame age on each tile.
    pub stats: bool,
    /// What is wrong with the wall file is one line.
    pub folded: bool,
}

/// Whether something is wrong with the wall file and stands along the upper edge.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StripShown(pub bool);

/// How many pages the help has, at least 1. The overlay tells it, which knows what fits.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpPages(pub usize);

impl Default for HelpPages {
    fn default() -> Self {
        Self(1)
    }
}

/// Where the pointer is, in pixels of the wall, while it can be seen.
#[derive(Component, Debug, Clone, Copy, PartialEq, Default)]
pub struct PointedAt(pub Option<Vec2>);

/// Actions whose key is down, and the camera that each is about: its release is for that camera,
/// whichever is selected by then.
#[derive(Component, Debug, Default)]
struct HeldActions(Vec<(config::Action, Entity)>);

/// The zoom of cameras as the layouts before left them, for when another shows them again.
#[derive(Component, Debug, Default)]
struct ParkedZooms(EntityHashMap<Zoom>);

/// A place on a wall: an entry of its layout.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[require(TileRect, TileZoom, PicturePlacement)]
pub struct Tile {
    /// Which entry of the layout, from 0.
    pub index: usize,
    /// Number of the camera that the layout has here now, also where that camera is gone.
    pub number: usize,
    /// Whether that is always the same one.
    pub content: Content,
    /// Declared to lie over other tiles (picture in picture).
    pub overlap: bool,
}

/// The wall of a tile.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[relationship(relationship_target = Tiles)]
pub struct OnWall(pub Entity);

/// The tiles of a wall in drawing order, but for the one that is full-screen.
#[derive(Component, Debug)]
#[relationship_target(relationship = OnWall, linked_spawn)]
pub struct Tiles(Vec<Entity>);

/// The camera that a tile shows; none where that camera is gone.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[relationship(relationship_target = ShownBy)]
pub struct Shows(pub Entity);

/// The tiles that show a camera, on whatever wall.
#[derive(Component, Debug)]
#[relationship_target(relationship = Shows)]
pub struct ShownBy(Vec<Entity>);

/// The digital zoom of a tile's picture; the same on all tiles of a wall that show one camera.
#[derive(Component, Debug, Clone, Copy, PartialEq, Default)]
pub struct TileZoom(pub Zoom);

/// The zoom that a camera gets when a layout shows it again.
#[cfg(test)]
pub fn parked_zoom(world: &World, wall: Entity, camera: Entity) -> Zoom {
    let parked = world.get::<ParkedZooms>(wall);
    parked.and_then(|parked| parked.0.get(&camera).copied()).unwrap_or_default()
}
