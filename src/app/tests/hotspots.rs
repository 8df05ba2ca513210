//! The model's rule of hotspots: all of a wall show the camera of the tile that is selected; where that is
//! one of them, they keep what they show.

use super::model::{Model, Selected};
use super::views::{NOBODY, TileView};

/// What the hotspots of a wall show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// This camera; [`NOBODY`] where there is none.
    Known(usize),
    /// This one if what is selected by now is a hotspot, else what is selected.
    Kept(usize),
    Unknown,
}

impl Spot {
    /// The camera, where there is one for sure.
    pub(super) fn camera(self) -> Option<usize> {
        match self {
            Self::Known(camera) => Some(camera).filter(|camera| *camera != NOBODY),
            Self::Kept(_) | Self::Unknown => None,
        }
    }
}

impl Model {
    /// Whether the camera of a tile is known.
    pub(super) fn is_known(&self, tile: usize) -> bool {
        !self.hotspots.contains(&tile) || matches!(self.spot, Spot::Known(_))
    }

    /// What is selected, if its camera is known as well.
    pub(super) fn selected_for_sure(&self) -> Selected {
        match self.selected {
            Selected::Tile(tile) if !self.is_known(tile) => Selected::Unknown,
            selected => selected,
        }
    }

    /// Something was selected: hotspots follow.
    pub(super) fn light(&mut self) {
        self.spot = match (self.selected, self.spot) {
            (Selected::Nothing, _) => Spot::Known(NOBODY),
            (Selected::Camera(camera), _) => Spot::Known(camera),
            (Selected::Tile(tile), spot) if self.hotspots.contains(&tile) => match spot {
                Spot::Known(_) => spot,
                Spot::Kept(_) | Spot::Unknown => Spot::Unknown,
            },
            (Selected::Tile(tile), _) => Spot::Known(self.tiles[tile].0.camera),
            (Selected::Unknown, Spot::Known(camera)) => Spot::Kept(camera),
            (Selected::Unknown, _) => Spot::Unknown,
        };
        self.fill_hotspots();
    }

    pub(super) fn fill_hotspots(&mut self) {
        for tile in &self.hotspots {
            self.tiles[*tile].0.camera = self.spot.camera().unwrap_or(NOBODY);
        }
    }

    /// The update is over, this tile is selected, and these are seen: what was not known follows.
    pub(super) fn follow_hotspots(&mut self, selected: Option<usize>, seen: &[TileView]) {
        let selected = match self.selected {
            Selected::Tile(tile) => Some(tile),
            _ => selected,
        };
        let (Some(tile), Spot::Kept(_) | Spot::Unknown) = (selected, self.spot) else { return };
        let camera = match self.spot {
            _ if !self.hotspots.contains(&tile) => self.tiles[tile].0.camera,
            Spot::Kept(camera) => camera,
            _ => seen[tile].camera,
        };
        self.spot = Spot::Known(camera);
        self.fill_hotspots();
    }
}
