//! Rules about windows, several walls, and care for the screens.
//!
//! Runs on the caller's thread. Policy: a file has one wall, which `window` and `show` describe, or
//! several with a name; which monitors there are is the running program's business.

use camwall_words::{Named, Range, ValueMistake, WallMistake};
use indexmap::IndexMap;

use crate::spanned::tree::Spot;
use crate::suggest::nearest_in_file;
use crate::{BurnIn, Monitor, Night, Screen, Wall, Window};

use super::Check;

/// Largest side of a window, in pixels; GPUs refuse larger targets.
const LARGEST_WINDOW: u32 = 16_384;

/// Most walls: more than any computer has connectors for.
const MOST_WALLS: usize = 16;

impl Check<'_> {
    /// `window`, or all of `walls`.
    pub(super) fn windows(&mut self, wall: &Wall, root: Spot<'_, '_>) {
        self.window(&wall.window, root.key("window"));
        let walls = root.key("walls");
        for (name, screen) in &wall.walls {
            self.name(walls.name(name), Named::Wall, name);
            if name.contains(['/', '\\']) || name == "." || name == ".." {
                self.error(walls.name(name), WallMistake::WallIsPath { wall: name.clone() });
            }
            self.window(&screen.window(), walls.key(name));
            if let Some(show) = &screen.show {
                self.shown(show, walls.key(name).key("show").at);
            }
        }
        self.monitors_differ(&wall.walls, walls);
        let count = self.names.walls.len();
        if count > MOST_WALLS {
            self.error(walls.at, WallMistake::ManyWalls { most: MOST_WALLS, walls: count });
        }
        // Who asks for both would wonder which one counts.
        let written = root.keys();
        for setting in ["show", "window"] {
            if count > 0 && written.iter().any(|it| it == setting) {
                let beside = WallMistake::BesideWalls { setting: setting.to_owned() };
                self.error(root.name(setting), beside);
            }
        }
    }

    fn window(&mut self, window: &Window, spot: Spot<'_, '_>) {
        let (width, height) = window.size;
        for (index, side) in [width, height].into_iter().enumerate() {
            if !(1..=LARGEST_WINDOW).contains(&side) {
                let at = spot.key("size").index(index).at;
                self.error(at, WallMistake::WindowSide { most: LARGEST_WINDOW, side });
            }
        }
        if let Some(Monitor::Name(name)) = &window.monitor
            && name.trim().is_empty()
        {
            self.error(spot.key("monitor").index(0).at, WallMistake::BlankMonitor);
        }
    }

    /// Checks that no two walls cover one monitor; windows may share it.
    fn monitors_differ(&mut self, screens: &IndexMap<String, Screen>, walls: Spot<'_, '_>) {
        let covers = |screen: &Screen| screen.fullscreen && screen.monitor.is_some();
        for (index, (name, screen)) in screens.iter().enumerate() {
            let same = |other: &(&String, &Screen)| {
                covers(screen) && covers(other.1) && other.1.monitor == screen.monitor
            };
            if let Some((other, _)) = screens.iter().take(index).find(same) {
                let same = WallMistake::SameMonitor { wall: name.clone(), other: other.clone() };
                self.error(walls.key(name).key("monitor").at, same);
            }
        }
    }

    /// Checks what a wall begins with.
    pub(super) fn shown(&mut self, show: &str, at: usize) {
        if self.is_layout(show) || self.names.tours.contains(show) {
            return;
        }
        let names: Vec<&str> =
            self.names.layouts.iter().chain(&self.names.tours).map(String::as_str).collect();
        let hint = nearest_in_file(show, names.into_iter());
        self.error(at, WallMistake::UnknownShown { shown: show.to_owned(), hint });
    }

    pub(super) fn burn_in(&mut self, burn_in: &BurnIn, spot: Spot<'_, '_>) {
        let BurnIn { orbit, night } = burn_in;
        let mut number = |setting: &str, (value, allowed), at| {
            let allowed: std::ops::RangeInclusive<u32> = allowed;
            if !allowed.contains(value) {
                let (least, most) = allowed.into_inner();
                let (setting, range) = (setting.to_owned(), Range::Numbers(least, most));
                let wrong = ValueMistake::OutOfRange { setting, range, value: value.to_string() };
                self.error(at, wrong);
            }
        };
        number("orbit", (orbit, BurnIn::ORBITS), spot.key("orbit").at);
        let Some(Night { from, to, dim, swap: _ }) = night else { return };
        let spot = spot.key("night");
        number("dim", (dim, Night::DIMS), spot.key("dim").at);
        if from == to {
            self.error(spot.key("to").at, WallMistake::EmptyNight);
        }
    }
}
