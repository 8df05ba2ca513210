//! Layouts: which camera is shown where.
//!
//! Plain data, read on the caller's thread. Policy: places are cells, never pixels, so that a
//! layout fits every screen.

use serde::Deserialize;

use super::Tour;

/// A named arrangement of tiles.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Layout {
    /// Equal places, row by row; `""` leaves a place empty.
    Grid {
        /// Places in a row, 1 to 64. Default: the smallest square that holds all.
        #[serde(default)]
        columns: Option<u32>,
        /// Cameras in reading order.
        cameras: Vec<String>,
    },
    /// Places by cell; a tile may span several.
    Tiles {
        /// Cells across, 1 to 64.
        columns: u32,
        /// Cells down, 1 to 64.
        rows: u32,
        /// The tiles. Places that no tile covers stay empty.
        tiles: Vec<Tile>,
    },
}

impl Layout {
    /// The ids of the cameras in its places and in the tours of its tiles, as often as it shows them;
    /// `""` for a place that is empty, and for a hotspot.
    pub fn cameras(&self) -> impl Iterator<Item = &str> {
        let (grid, tiles): (&[String], &[Tile]) = match self {
            Self::Grid { cameras, .. } => (cameras, &[]),
            Self::Tiles { tiles, .. } => (&[], tiles),
        };
        let tiles = tiles.iter().flat_map(|tile| {
            let own = tile.tour.is_none().then_some(tile.camera.as_str());
            own.into_iter().chain(tile.tour.iter().flat_map(Tour::shows))
        });
        grid.iter().map(String::as_str).chain(tiles)
    }

    /// Whether one of its tiles has a tour.
    pub fn has_tours(&self) -> bool {
        match self {
            Self::Grid { .. } => false,
            Self::Tiles { tiles, .. } => tiles.iter().any(|tile| tile.tour.is_some()),
        }
    }
}

/// One place in `Tiles`, in cells: of a camera, of a tour of cameras, or a hotspot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Id of the camera that is shown here. Default: none, where there is a tour or a hotspot.
    #[serde(default)]
    pub camera: String,
    /// Cameras that are shown here one after another. Default: none.
    #[serde(default)]
    pub tour: Option<Tour>,
    /// Shows the camera of the selected tile, large. Default: false.
    #[serde(default)]
    pub hotspot: bool,
    /// Leftmost cell, from 0.
    pub column: u32,
    /// Topmost cell, from 0.
    pub row: u32,
    /// Cells across. Default: 1.
    #[serde(default = "one")]
    pub width: u32,
    /// Cells down. Default: 1.
    #[serde(default = "one")]
    pub height: u32,
    /// May cover other tiles (picture in picture); drawn in the order of the file. Default: false.
    #[serde(default)]
    pub overlap: bool,
}

fn one() -> u32 {
    1
}

impl Default for Tile {
    /// A cell in the corner, of nothing.
    fn default() -> Self {
        Self {
            camera: String::new(),
            tour: None,
            hotspot: false,
            column: 0,
            row: 0,
            width: one(),
            height: one(),
            overlap: false,
        }
    }
}

impl Tile {
    /// What it begins with: its camera, or that of its tour's first step; `""` for a hotspot.
    #[must_use]
    pub fn first_camera(&self) -> &str {
        let toured = self.tour.as_ref().and_then(|tour| tour.shows().next());
        toured.unwrap_or(&self.camera)
    }

    /// Whether the two tiles share a cell.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let apart = |start: u32, length: u32, from: u32| {
            u64::from(start) + u64::from(length) <= u64::from(from)
        };
        !(apart(self.column, self.width, other.column)
            || apart(other.column, other.width, self.column)
            || apart(self.row, self.height, other.row)
            || apart(other.row, other.height, self.row))
    }
}
