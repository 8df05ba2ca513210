//! The model's rules of selection, full screen and layout.

use super::arranging::Anew;
use super::model::{Model, Selected, Under};
use super::views::Px;

impl Model {
    /// Shows a layout, if there is one of that number; full screen ends.
    pub(super) fn show(&mut self, layout: usize) {
        if layout >= self.plan.layouts.len() {
            return;
        }
        self.maximized = false;
        if std::mem::replace(&mut self.layout, layout) == layout {
            self.flight = None;
        } else {
            self.arrange(Anew::Layout);
        }
    }

    /// Enter: the typed camera or the selected one, or back.
    pub(super) fn enter(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        if let Ok(number) = typed.parse::<usize>() {
            let camera = number.checked_sub(1).and_then(|index| self.plan.order.get(index));
            let own = |tile: &usize| !self.hotspots.contains(tile);
            let shows = |tile: &usize| own(tile) && Some(&self.tiles[*tile].0.camera) == camera;
            if let Some(tile) = (0..self.tiles.len()).find(shows) {
                self.open(Selected::Tile(tile));
            }
        } else if self.maximized {
            self.back();
        } else {
            self.open(self.selected);
        }
    }

    pub(super) fn open(&mut self, selected: Selected) {
        if selected == Selected::Nothing {
            return;
        }
        self.changes += usize::from(selected != self.selected);
        self.selected = selected;
        self.light();
        self.maximized = true;
        self.flight = Some((self.selected_tile(), self.now));
    }

    pub(super) fn back(&mut self) {
        if !self.maximized {
            return;
        }
        self.maximized = false;
        self.flight = Some((self.selected_tile(), self.now));
        self.zoom_any(false);
        self.zoom.whole.extend(self.selected_camera());
    }

    fn selected_tile(&self) -> Option<usize> {
        match self.selected {
            Selected::Tile(tile) => Some(tile),
            _ => None,
        }
    }

    /// Home and End, in reading order.
    pub(super) fn go_to_end(&mut self, last: bool) {
        let mut order: Vec<usize> = (0..self.tiles.len()).collect();
        order.sort_by_key(|tile| {
            let Px { x, y, .. } = self.tiles[*tile].0.rect;
            (y, x)
        });
        let found = if last { order.last() } else { order.first() };
        if let Some(tile) = found {
            let corner = |tile: usize| (self.tiles[tile].0.rect.x, self.tiles[tile].0.rect.y);
            let alone = order.iter().filter(|other| corner(**other) == corner(*tile)).count() == 1;
            let selected = if alone { Selected::Tile(*tile) } else { Selected::Unknown };
            self.select(selected);
        }
    }

    /// The next camera in reading order, or the one before, each at its first tile; hotspots are left out.
    pub(super) fn step_camera(&mut self, forward: bool) {
        let corner = |tile: usize| (self.tiles[tile].0.rect.y, self.tiles[tile].0.rect.x);
        let own = |tile: &usize| !self.hotspots.contains(tile);
        let mut order: Vec<usize> = (0..self.tiles.len()).filter(own).collect();
        order.sort_by_key(|tile| corner(*tile));
        if order.is_empty() {
            return;
        }
        let known = order.windows(2).all(|pair| corner(pair[0]) != corner(pair[1]));
        if !known || self.selected_for_sure() == Selected::Unknown {
            return self.select(Selected::Unknown);
        }
        let camera = self.selected_camera();
        let camera_of = |tile: usize| self.tiles[tile].0.camera;
        let mut firsts: Vec<usize> = Vec::new();
        for tile in order {
            if !firsts.iter().any(|first| camera_of(*first) == camera_of(tile)) {
                firsts.push(tile);
            }
        }
        // A hotspot may have kept what no other tile shows.
        let here = firsts.iter().position(|first| Some(camera_of(*first)) == camera);
        let count = firsts.len();
        let next = match here {
            Some(here) => (if forward { here + 1 } else { here + count - 1 }) % count,
            None if forward => 0,
            None => count - 1,
        };
        self.select(Selected::Tile(firsts[next]));
    }

    fn select(&mut self, selected: Selected) {
        self.selected = selected;
        self.light();
        self.changes += 1;
        if self.maximized {
            // Where nothing was selected anew, what flies flies on.
            let flight = self.flight.filter(|_| selected == Selected::Unknown);
            self.flight = flight.map(|(_, since)| (None, since));
        }
    }

    /// An arrow: to the nearest tile beside, if that is but one.
    pub(super) fn step(&mut self, arrow: &str) {
        let Selected::Tile(from) = self.selected else {
            if self.selected != Selected::Nothing {
                self.select(Selected::Unknown);
            }
            return;
        };
        if self.tiles.iter().any(|(_, overlap)| *overlap) {
            return self.select(Selected::Unknown);
        }
        let seen = |tile: usize| ahead(self.tiles[tile].0.rect, arrow);
        let (_, far, left, right) = seen(from);
        let nearness = |tile: &usize| {
            let (near, _, its_left, its_right) = seen(*tile);
            let beside = its_left < right && left < its_right;
            let off = (its_left + its_right - left - right).abs();
            (near >= far && beside).then_some((near - far, off, *tile))
        };
        let mut found: Vec<_> = (0..self.tiles.len()).filter_map(|tile| nearness(&tile)).collect();
        found.sort_unstable();
        let plan = &self.plan.layouts[self.layout];
        let full = plan.grid && self.tiles.len() == (plan.columns * plan.rows) as usize;
        match found[..] {
            [] if full => {}
            [(_, _, tile)] => self.select(Selected::Tile(tile)),
            [first, second, ..] if (first.0, first.1) != (second.0, second.1) => {
                self.select(Selected::Tile(first.2));
            }
            _ => self.select(Selected::Unknown),
        }
    }

    /// A click at a pixel of which it is known what lies there.
    pub(super) fn click(&mut self, at: (f32, f32)) {
        self.operated();
        self.typed.clear();
        if self.maximized {
            self.back();
        } else if let Under::Tile(tile) = self.under(at) {
            self.open(Selected::Tile(tile));
        }
    }

    /// The wheel turns at a pixel.
    pub(super) fn wheel(&mut self, at: (f32, f32), notches: f32) {
        if notches == 0.0 {
            return;
        }
        self.operated();
        self.typed.clear();
        let under = self.under(at);
        if under != Under::Nothing {
            self.zoom_only(under);
            self.zoom.by = self.zoom.only.map(|_| 1.25_f32.powf(notches));
            self.zoom.larger |= notches > 0.0;
            self.zoom.smaller |= notches < 0.0;
            self.zoom.whole.clear();
        }
    }

    /// The picture under a pixel is dragged by so many pixels.
    pub(super) fn drag(&mut self, from: (f32, f32), by: (f32, f32)) {
        self.operated();
        self.typed.clear();
        let under = self.under(from);
        if under != Under::Nothing {
            self.zoom_only(under);
            self.zoom.dragged = self.zoom.only.map(|_| by);
            self.zoom.aside = true;
        }
    }

    /// Some camera's picture becomes larger or smaller.
    pub(super) fn zoom_any(&mut self, larger: bool) {
        self.zoom.only = None;
        self.zoom.larger |= larger;
        self.zoom.smaller |= !larger;
        if larger {
            self.zoom.whole.clear();
        }
    }

    /// Only what lies there is zoomed, if nothing else was in this update.
    fn zoom_only(&mut self, under: Under) {
        let zoom = &self.zoom;
        let first = !(zoom.larger || zoom.smaller || zoom.aside);
        self.zoom.only = match under {
            // What a hotspot shows may not be known.
            Under::Tile(tile) if first && self.is_known(tile) => Some(self.tiles[tile].0.camera),
            _ => None,
        };
    }
}

/// Nearer and farther edge, left and right edge, as seen looking in the arrow's direction.
fn ahead(Px { x, y, width, height }: Px, arrow: &str) -> (i64, i64, i64, i64) {
    let [x0, x1, y0, y1] = [x, x + width, y, y + height].map(i64::from);
    match arrow {
        "right" => (x0, x1, y0, y1),
        "left" => (-x1, -x0, y0, y1),
        "down" => (y0, y1, x0, x1),
        _ => (-y1, -y0, x0, x1),
    }
}
