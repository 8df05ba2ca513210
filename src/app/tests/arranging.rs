//! The model's rules of where tiles are, and of what stays when others are made.

use super::hotspots::Spot;
use super::model::{Model, Selected};
use super::views::{NOBODY, Px, TileView};
use super::walls::{Place, WallPlan, What};

/// Why tiles are placed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anew {
    Size,
    /// Another layout is shown.
    Layout,
    /// The wall file is another one.
    File,
}

impl Model {
    pub(super) fn resize(&mut self, size: (u32, u32)) {
        if size.0 > 0 && size.1 > 0 && size != self.size {
            let (selected, spot, places) = (self.selected, self.spot, self.places());
            self.size = size;
            // With the same places, the place stays selected, also of a camera that has two.
            if self.places() == places {
                self.keeping_tours(|model| model.arrange(Anew::Size));
                (self.selected, self.spot) = (selected, spot);
                self.fill_hotspots();
            } else {
                self.arrange(Anew::Size);
            }
        }
    }

    /// The wall file is another one: layouts are known by their names, cameras by theirs, and what is
    /// not different stays.
    pub(super) fn reload(&mut self, plan: WallPlan) {
        let old = std::mem::replace(&mut self.plan, plan);
        let shown = &old.layouts[self.layout];
        let found = self.plan.layouts.iter().position(|layout| layout.name == shown.name);
        self.layout = found.unwrap_or_else(|| self.plan.first_layout());
        let toured = self.reload_tours(&old.tours);
        self.tidy_tours();
        let numbers = old.order != self.plan.order;
        for camera in 0..self.cameras() {
            match (old.order.contains(&camera), self.plan.order.contains(&camera)) {
                (true, false) => self.remove(camera),
                (false, true) => {
                    self.removed.remove(&camera);
                }
                _ => {}
            }
        }
        if numbers {
            self.typed.clear();
        }
        if !numbers && found.is_some() && !toured && self.plan.layouts[self.layout] == *shown {
            return;
        }
        self.arrange(Anew::File);
    }

    /// Places anew. What is selected stays so by its camera, and a hotspot where it is still there; what is
    /// full-screen too, if its place has a pixel left.
    pub(super) fn arrange(&mut self, anew: Anew) {
        let (camera, known) = (self.selected_camera(), self.selected_for_sure());
        let hotspot = match self.selected {
            Selected::Tile(tile) if self.hotspots.contains(&tile) => Some(self.places[tile]),
            _ => None,
        };
        self.place();
        let own = |tile: &usize| !self.hotspots.contains(tile);
        let stays = |tile: &usize| !own(tile) && Some(self.places[*tile]) == hotspot;
        let hotspot = (0..self.tiles.len()).find(stays).filter(|_| anew != Anew::Layout);
        let first = (0..self.tiles.len()).find(own);
        let gone = anew == Anew::File && camera.is_some_and(|it| self.removed.contains(&it));
        let shows = |tile: usize| own(&tile) && Some(self.tiles[tile].0.camera) == camera;
        let shown = !gone && (0..self.tiles.len()).any(shows);
        self.flight = None;
        self.changes += 1;
        self.selected = match (hotspot, first, known) {
            (Some(hotspot), ..) => Selected::Tile(hotspot),
            (_, None, _) => Selected::Nothing,
            (.., Selected::Unknown) => Selected::Unknown,
            (_, Some(first), _) => match camera {
                Some(camera) if shown => Selected::Camera(camera),
                _ => Selected::Tile(first),
            },
        };
        self.maximized &= hotspot.is_some() || shown || known == Selected::Unknown;
        if gone {
            self.spot = Spot::Known(NOBODY);
        }
        self.light();
    }

    /// Makes the tiles; what hotspots show is not known yet.
    fn place(&mut self) {
        let mut tiles: Vec<_> = self
            .places()
            .into_iter()
            .filter_map(|number| {
                let place = &self.plan.layouts[self.layout].places[number];
                let (rect, overlap) = (self.rect(place)?, place.overlap);
                let camera = self.camera_of_place(number);
                Some(((TileView { camera, rect }, overlap), number))
            })
            .collect();
        tiles.sort_by_key(|((_, overlap), _)| *overlap);
        (self.tiles, self.places) = tiles.into_iter().unzip();
        let places = &self.plan.layouts[self.layout].places;
        let is_hotspot = |tile: &usize| places[self.places[*tile]].what == What::Hotspot;
        self.hotspots = (0..self.places.len()).filter(is_hotspot).collect();
    }

    /// The places of the layout that have a pixel.
    fn places(&self) -> Vec<usize> {
        let places = &self.plan.layouts[self.layout].places;
        (0..places.len()).filter(|place| self.rect(&places[*place]).is_some()).collect()
    }

    /// Where a place lies: cells share the wall evenly.
    fn rect(&self, place: &Place) -> Option<Px> {
        let plan = &self.plan.layouts[self.layout];
        let edge = |pixels: u32, cell: u32, cells: u32| pixels * cell / cells;
        let (column, row, across, down) = place.cells;
        let (x, y) = (edge(self.size.0, column, plan.columns), edge(self.size.1, row, plan.rows));
        let width = edge(self.size.0, column + across, plan.columns) - x;
        let height = edge(self.size.1, row + down, plan.rows) - y;
        let rect = Px { x, y, width, height };
        (width > 0 && height > 0).then_some(rect)
    }
}
