//! What the wall should be, told from the operator's side in a few rules of its own.
//!
//! Policy: where the rules leave something open (where an arrow leads that meets no tile, or one
//! of two alike), the model does not know and takes over what it sees after the update; what a
//! click hits while a tile flies it knows only where the flying tile lies in any case.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::arranging::Anew;
use super::hotspots::Spot;
use super::tours::{TourView, Tours};
use super::views::{NOBODY, Px, TileView};
use super::walls::WallPlan;

/// A typed number is forgotten after this.
const TYPING: Duration = Duration::from_secs(3);
/// A tile on its way to full screen or back has arrived after this.
pub(super) const FLIGHT: Duration = Duration::from_millis(150);

/// What is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selected {
    /// There is no tile.
    Nothing,
    Tile(usize),
    /// One of the tiles of this camera.
    Camera(usize),
    /// Some tile.
    Unknown,
}

/// What lies under a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Under {
    Nothing,
    Tile(usize),
    Unknown,
}

/// An action for a camera.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) action: &'static str,
    pub(super) selected: Selected,
    /// Its camera, where that is known.
    pub(super) camera: Option<usize>,
    /// How often the selection had changed until then.
    pub(super) changes: usize,
}

/// How the zooms may change with this update.
#[derive(Debug, Clone, Default)]
pub(super) struct MayZoom {
    pub(super) larger: bool,
    pub(super) smaller: bool,
    pub(super) aside: bool,
    /// Of this camera alone; none: of any.
    pub(super) only: Option<usize>,
    /// By exactly this factor, within the limits.
    pub(super) by: Option<f32>,
    /// The picture is dragged so many pixels.
    pub(super) dragged: Option<(f32, f32)>,
    /// Cameras of which the whole picture is shown.
    pub(super) whole: BTreeSet<usize>,
}

pub(super) struct Model {
    pub(super) plan: WallPlan,
    pub(super) size: (u32, u32),
    pub(super) now: Duration,
    pub(super) layout: usize,
    /// With whether the place may lie over others.
    pub(super) tiles: Vec<(TileView, bool)>,
    /// Which place of the layout each tile is.
    pub(super) places: Vec<usize>,
    /// Tiles that are hotspots, and what they show.
    pub(super) hotspots: BTreeSet<usize>,
    pub(super) spot: Spot,
    pub(super) tours: Tours,
    pub(super) selected: Selected,
    pub(super) changes: usize,
    pub(super) maximized: bool,
    /// A tile that may be on its way, since when; the tile may not be known.
    pub(super) flight: Option<(Option<usize>, Duration)>,
    pub(super) help: bool,
    pub(super) stats: bool,
    pub(super) fullscreen: bool,
    pub(super) typed: String,
    typed_until: Duration,
    held: BTreeSet<&'static str>,
    pub(super) exits: usize,
    pub(super) recorded: BTreeSet<usize>,
    pub(super) removed: BTreeSet<usize>,
    /// By camera: live or not, size of its picture.
    pub(super) said: BTreeMap<usize, (bool, (u32, u32))>,
    pub(super) asked: Vec<Asked>,
    pub(super) zoom: MayZoom,
}

impl Model {
    pub(super) fn new(plan: WallPlan, size: (u32, u32)) -> Self {
        let mut model = Self {
            plan,
            size,
            now: Duration::ZERO,
            layout: 0,
            tiles: Vec::new(),
            places: Vec::new(),
            hotspots: BTreeSet::new(),
            spot: Spot::Known(NOBODY),
            tours: Tours::default(),
            selected: Selected::Nothing,
            changes: 0,
            maximized: false,
            flight: None,
            help: false,
            stats: false,
            fullscreen: false,
            typed: String::new(),
            typed_until: Duration::ZERO,
            held: BTreeSet::new(),
            exits: 0,
            recorded: BTreeSet::new(),
            removed: BTreeSet::new(),
            said: BTreeMap::new(),
            asked: Vec::new(),
            zoom: MayZoom::default(),
        };
        model.layout = model.plan.first_layout();
        let tour = model.plan.tours.first().filter(|_| model.plan.toured);
        let begun = TourView { step: 0, paused: false };
        model.tours.wall = tour.map(|tour| (tour.name, begun));
        model.arrange(Anew::Layout);
        model
    }

    pub(super) fn cameras(&self) -> usize {
        self.plan.fits.len()
    }

    /// An update begins, `dt` after the last.
    pub(super) fn begin(&mut self, dt: Duration) {
        self.now += dt;
        self.asked.clear();
        self.zoom = MayZoom::default();
        self.begin_tours();
        if self.now > self.typed_until {
            self.typed.clear();
        }
    }

    /// The update is over, and this tile was selected.
    pub(super) fn end(&mut self, selected: Option<usize>) {
        if let (Selected::Unknown | Selected::Camera(_), Some(tile)) = (self.selected, selected) {
            self.selected = Selected::Tile(tile);
            if let (Some((flying @ None, _)), true) = (&mut self.flight, self.maximized) {
                *flying = Some(tile);
            }
        }
        self.flight = self.flight.filter(|(_, since)| self.now - *since < FLIGHT);
    }

    pub(super) fn remove(&mut self, camera: usize) {
        self.removed.insert(camera);
        self.recorded.remove(&camera);
    }

    pub(super) fn selected_camera(&self) -> Option<usize> {
        match self.selected {
            Selected::Tile(tile) if self.hotspots.contains(&tile) => self.spot.camera(),
            Selected::Tile(tile) => Some(self.tiles[tile].0.camera),
            Selected::Camera(camera) => Some(camera),
            Selected::Nothing | Selected::Unknown => None,
        }
    }

    /// The tile under a pixel.
    pub(super) fn under(&self, at: (f32, f32)) -> Under {
        let hits = |tile: usize| contains(self.tiles[tile].0.rect, at);
        let full = Px { x: 0, y: 0, width: self.size.0, height: self.size.1 };
        let topmost = (0..self.tiles.len()).rfind(|tile| hits(*tile));
        match (self.maximized, self.flight, self.selected) {
            _ if !contains(full, at) => Under::Nothing,
            (true, None, Selected::Tile(tile)) => Under::Tile(tile),
            (true, Some((Some(tile), _)), _) if hits(tile) => Under::Tile(tile),
            // It has perhaps arrived, and lies under others again.
            (false, Some((Some(tile), _)), _) if topmost == Some(tile) => Under::Tile(tile),
            (false, None, _) => topmost.map_or(Under::Nothing, Under::Tile),
            _ => Under::Unknown,
        }
    }

    /// Whether a modifier is down.
    pub(super) fn holds(&self, modifier: &str) -> bool {
        self.held.contains(modifier)
    }

    /// A key goes down; letters are small ones.
    pub(super) fn press(&mut self, key: &'static str) {
        if matches!(key, "Ctrl" | "Shift" | "Alt") {
            self.held.insert(key);
            return;
        }
        let [ctrl, alt, shift] = ["Ctrl", "Alt", "Shift"].map(|modifier| self.holds(modifier));
        let symbol = key.len() == 1 && !key.as_bytes()[0].is_ascii_alphabetic();
        let mut chord = String::new();
        for (held, name) in [(ctrl, "Ctrl+"), (alt, "Alt+"), (shift && !symbol, "Shift+")] {
            chord.push_str(if held { name } else { "" });
        }
        chord.push_str(&if key.len() == 1 { key.to_uppercase() } else { key.to_owned() });
        let action = self.plan.action(&chord);
        let digit = key.len() == 1 && key.as_bytes()[0].is_ascii_digit() && !ctrl && !alt;
        match action {
            Some("tour") if !digit || self.typed.is_empty() => return self.act("tour"),
            // Also where it does nothing: somebody is there.
            _ => self.operated(),
        }
        if let Some(action) = action.filter(|_| !digit || self.typed.is_empty()) {
            return self.act(action);
        }
        if digit && self.typed.len() < 4 {
            self.typed.push_str(key);
            self.typed_until = self.now + TYPING;
        }
    }

    pub(super) fn release(&mut self, key: &'static str) {
        self.held.remove(key);
    }

    pub(super) fn lose_focus(&mut self) {
        self.held.clear();
    }

    fn act(&mut self, action: &'static str) {
        match action {
            // The window and the program are no part of the wall: a typed number stays.
            "fullscreen" => return self.fullscreen = !self.fullscreen,
            "quit" => return self.exits += 1,
            // There is no file to be read.
            "reload" => return,
            "open" => self.enter(),
            "back" if self.help => self.help = false,
            "back" => self.back(),
            "left" | "right" | "up" | "down" => self.step(action),
            "home" | "end" => self.go_to_end(action == "end"),
            "next_layout" => self.show((self.layout + 1) % self.plan.layouts.len()),
            "previous_layout" => {
                self.show(self.layout.checked_sub(1).unwrap_or(self.plan.layouts.len() - 1));
            }
            "zoom_in" => self.zoom_any(true),
            "zoom_out" | "zoom_reset" => self.zoom_any(false),
            "help" => self.help = !self.help,
            "stats" => self.stats = !self.stats,
            "record" | "record_all" | "protect" | "snapshot" => {
                let (selected, changes) = (self.selected_for_sure(), self.changes);
                let camera = self.selected_camera();
                self.asked.push(Asked { action, selected, camera, changes });
            }
            // The recordings are no part of the wall.
            "trust_clock" | "wall_snapshot" => {}
            "next_camera" | "previous_camera" => self.step_camera(action == "next_camera"),
            "tour" => self.toggle_tours(),
            layout => {
                let number = layout.strip_prefix("layout_").expect("an action that is known");
                self.show(number.parse::<usize>().expect("a number") - 1);
            }
        }
        self.typed.clear();
    }
}

pub(super) fn contains(rect: Px, (x, y): (f32, f32)) -> bool {
    let inside =
        |start: u32, length: u32, at: f32| start as f32 <= at && at < (start + length) as f32;
    inside(rect.x, rect.width, x) && inside(rect.y, rect.height, y)
}
