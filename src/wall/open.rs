//! Walls are opened as the wall file names them, and close.
//!
//! Main world. Policies: what a wall begins with is said once, when it is opened; a wall that the file
//! no longer names closes with all its tiles, and the window goes with it.

use bevy::{math::UVec2, prelude::*};

use super::layout;
use super::toured::Touring;
use super::{ActiveLayout, OnScreen, Panels, Turned, Wall, WallName};
use camwall_config as config;
use camwall_config::{Screen, Shown};

/// A wall to open.
#[derive(Debug, Clone)]
pub struct NewWall {
    pub name: WallName,
    pub screen: Screen,
    /// Width × height in pixels, until there is a window.
    pub size: UVec2,
    /// What it begins with, and which layout that is.
    pub shows: Shown,
    pub layout: usize,
}

impl NewWall {
    /// All walls of a wall file, in its order.
    pub fn all_of(file: &config::Wall) -> impl Iterator<Item = Self> + use<'_> {
        file.screens().into_iter().enumerate().map(|(number, (name, screen))| {
            let shows = file.first_shown(&screen);
            let name = WallName { number, name };
            let size = layout::turned(screen.rotation, screen.size.into());
            Self { name, size, layout: file.layout_of(shows), shows, screen }
        })
    }

    /// Opens it; `stats`: with figures.
    pub fn spawn(&self, commands: &mut Commands<'_, '_>, stats: bool) {
        let Self { name, screen, size, shows, layout } = self.clone();
        let panels = Panels { stats, ..Panels::default() };
        let (turned, screen) = (Turned(screen.rotation), OnScreen(screen));
        let of_file = (name, screen, turned, ActiveLayout(layout), panels);
        let mut wall = commands.spawn((Wall { size }, of_file));
        if let Shown::Tour(tour) = shows {
            wall.insert(Touring::begin(tour));
        }
    }
}
