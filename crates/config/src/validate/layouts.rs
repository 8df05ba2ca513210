//! Rules about layouts: cameras that exist, and tiles that fit and do not meet.
//!
//! Runs on the caller's thread. Policy: empty places and a camera in several places are fine.

use camwall_words::{Named, WallMistake};

use crate::spanned::tree::Spot;
use crate::suggest::nearest_in_file;
use crate::{Layout, Tile, Wall};

use super::Check;

/// Most cells across or down: more could not be told apart on any screen.
const MOST_CELLS: u32 = 64;

impl Check<'_> {
    pub(super) fn layouts(&mut self, wall: &Wall, layouts: Spot<'_, '_>) {
        for (name, layout) in &wall.layouts {
            self.name(layouts.name(name), Named::Layout, name);
            let spot = layouts.key(name);
            match layout {
                Layout::Grid { columns, cameras } => self.grid(name, *columns, cameras, spot),
                Layout::Tiles { columns, rows, tiles } => {
                    self.cells("columns", *columns, spot);
                    self.cells("rows", *rows, spot);
                    self.tiles(name, (*columns, *rows), tiles, spot.key("tiles"));
                    // What a hotspot shows is selected elsewhere.
                    if !tiles.is_empty() && tiles.iter().all(|tile| tile.hotspot) {
                        let alone = WallMistake::HotspotAlone { layout: name.clone() };
                        self.error(layouts.name(name), alone);
                    }
                }
            }
        }
    }

    fn grid(&mut self, name: &str, columns: Option<u32>, cameras: &[String], spot: Spot<'_, '_>) {
        if let Some(columns) = columns {
            self.cells("columns", columns, spot);
            let rows = cameras.len().div_ceil(columns.max(1) as usize);
            if rows > MOST_CELLS as usize && columns > 0 {
                let many =
                    WallMistake::ManyRows { layout: name.to_owned(), rows, most: MOST_CELLS };
                self.error(spot.key("columns").at, many);
            }
        }
        let places = spot.key("cameras");
        if cameras.is_empty() {
            self.error(places.at, WallMistake::NoPlaces { layout: name.to_owned() });
        }
        for (index, camera) in cameras.iter().enumerate().filter(|(_, camera)| !camera.is_empty()) {
            self.camera(name, camera, places.index(index).at);
        }
    }

    fn cells(&mut self, field: &str, cells: u32, layout: Spot<'_, '_>) {
        if !(1..=MOST_CELLS).contains(&cells) {
            let setting = field.to_owned();
            self.error(
                layout.key(field).at,
                WallMistake::Cells { setting, most: MOST_CELLS, cells },
            );
        }
    }

    fn camera(&mut self, layout: &str, camera: &str, at: usize) {
        let cameras = &self.names.cameras;
        if !cameras.contains(camera) {
            let hint = nearest_in_file(camera, cameras.iter().map(String::as_str));
            let (camera, layout) = (camera.to_owned(), layout.to_owned());
            self.error(at, WallMistake::UnknownCamera { camera, layout, hint });
        }
    }

    fn tiles(
        &mut self,
        layout: &str,
        (columns, rows): (u32, u32),
        tiles: &[Tile],
        spot: Spot<'_, '_>,
    ) {
        for (index, tile) in tiles.iter().enumerate() {
            let place = spot.index(index);
            self.shown_in(layout, tile, place);
            let fits = |check: &mut Self, side, start, cells| {
                check.fits(side, start, cells, (layout, called(tile)), place);
            };
            fits(self, ("column", "width"), (tile.column, tile.width), columns);
            fits(self, ("row", "height"), (tile.row, tile.height), rows);
            let earlier = tiles.iter().take(index);
            for other in earlier.filter(|other| other.meets(tile)) {
                if !tile.overlap && !other.overlap {
                    let meet = WallMistake::TilesMeet {
                        tile: called(tile).to_owned(),
                        other: called(other).to_owned(),
                        layout: layout.to_owned(),
                    };
                    self.error(place.at, meet);
                }
            }
        }
    }

    /// Checks that a tile shows one thing, and that there is such a camera.
    fn shown_in(&mut self, layout: &str, tile: &Tile, place: Spot<'_, '_>) {
        let shown = [!tile.camera.is_empty(), tile.tour.is_some(), tile.hotspot];
        if shown.into_iter().filter(|shown| *shown).count() != 1 {
            self.error(place.at, WallMistake::TileOfOne { layout: layout.to_owned() });
        }
        if !tile.camera.is_empty() {
            self.camera(layout, &tile.camera, place.key("camera").at);
        }
        let Some(tour) = &tile.tour else { return };
        let spot = place.key("tour");
        self.tour(tour, spot);
        for (index, camera) in tour.shows().enumerate() {
            self.camera(layout, camera, spot.key("steps").index(index).key("show").at);
        }
    }

    /// Checks that `length` cells from `start` stay within `cells`.
    fn fits(
        &mut self,
        (start_field, length_field): (&str, &str),
        (start, length): (u32, u32),
        cells: u32,
        (layout, camera): (&str, &str),
        tile: Spot<'_, '_>,
    ) {
        let end = u64::from(start) + u64::from(length);
        if length == 0 {
            let setting = length_field.to_owned();
            self.error(tile.key(length_field).at, WallMistake::AtLeastOne { setting });
        } else if cells > 0 && end > u64::from(cells) {
            // A layout without cells is reported once, not again for every tile.
            let (reached, last) = (end - 1, cells - 1);
            let (camera, layout) = (camera.to_owned(), layout.to_owned());
            let setting = start_field.to_owned();
            let far = WallMistake::TileTooFar { camera, setting, reached, layout, last };
            self.error(tile.key(start_field).at, far);
        }
    }
}

/// What messages call a tile: the camera that it begins with.
fn called(tile: &Tile) -> &str {
    if tile.hotspot { "hotspot" } else { tile.first_camera() }
}
