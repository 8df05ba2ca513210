//! What tours and what is told of it: the components of walls and tiles, and where tours were.
//!
//! Main world, plain data. Policy: a tour is known by its place in the wall file, its steps by what they show,
//! so that another wall file finds where it was.

use std::time::Duration;

use bevy::prelude::*;

use super::tour::{Pace, Progress};
use camwall_config as config;
use camwall_config::Layout;

/// The wall shows the layouts of a tour.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touring {
    /// Number of the tour, from 0.
    pub tour: usize,
    pub(super) progress: Progress,
}

impl Touring {
    /// Tour number `tour`, from its first step. That step's layout is to be shown.
    #[must_use]
    pub fn begin(tour: usize) -> Self {
        Self { tour, progress: Progress::default() }
    }

    /// The step, from 0, and whether it is paused.
    #[cfg(test)]
    pub fn seen(&self) -> (usize, bool) {
        (self.progress.step(), self.progress.is_paused())
    }
}

/// The tile shows the cameras of a tour.
#[derive(Component, Debug, Clone, PartialEq, Eq)]
pub struct TileTour {
    pub(super) progress: Progress,
    /// The tile's layout, and the camera of the step: by their names, for they may become others' numbers.
    pub(super) layout: String,
    pub(super) show: String,
    /// How many steps there are.
    pub(super) steps: usize,
}

impl TileTour {
    /// The step that is shown, from 1, and how many there are.
    #[must_use]
    pub fn step(&self) -> (usize, usize) {
        (self.progress.step() + 1, self.steps)
    }

    /// The step, from 0, and whether it is paused.
    #[cfg(test)]
    pub fn seen(&self) -> (usize, bool) {
        (self.progress.step(), self.progress.is_paused())
    }
}

/// Where the tours of a wall's tiles were when another layout was shown.
#[derive(Component, Debug, Default)]
pub struct ParkedTours(Vec<Parked>);

#[derive(Debug)]
struct Parked {
    layout: String,
    /// Which entry of the layout.
    index: usize,
    show: String,
    /// For how long that camera was shown.
    shown: Duration,
}

/// What a wall's tour has come to, as an operator is told.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TourShown(pub Option<TourLine>);

/// See [`TourShown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TourLine {
    /// The number of the tour, from 0; none where the layout has tiles that tour.
    pub tour: Option<usize>,
    /// The step, from 0, and how many there are.
    pub step: (usize, usize),
    /// Whether it goes on; whole seconds.
    pub pace: Pace,
}

impl ParkedTours {
    /// Keeps where the tour of entry `index` is.
    pub(super) fn keep(&mut self, index: usize, tour: &TileTour, now: Duration) {
        let (layout, show) = (tour.layout.clone(), tour.show.clone());
        let parked = Parked { layout, index, show, shown: tour.progress.shown(now) };
        match self.find(&parked.layout, index) {
            Some(place) => self.0[place] = parked,
            None => self.0.push(parked),
        }
    }

    fn find(&self, layout: &str, index: usize) -> Option<usize> {
        self.0.iter().position(|parked| parked.index == index && parked.layout == layout)
    }

    /// Where `tour`, of entry `index`, was.
    fn progress(&self, layout: &str, index: usize, tour: &config::Tour) -> Progress {
        let parked = self.find(layout, index).and_then(|place| {
            let parked = &self.0[place];
            let step = tour.shows().position(|show| show == parked.show)?;
            Some(Progress::at(step, parked.shown))
        });
        parked.unwrap_or_default()
    }

    /// A tile's tour as it goes on; none where the entry has none.
    pub(super) fn tour(&self, layout: (&str, &Layout), index: usize) -> Option<TileTour> {
        let (name, layout) = layout;
        let tour = tour_of(layout, index)?;
        let progress = self.progress(name, index, tour);
        let show = tour.steps.get(progress.step())?.show.clone();
        Some(TileTour { progress, layout: name.to_owned(), show, steps: tour.steps.len() })
    }

    /// The camera that entry `index` of a layout has when that is shown next; `""` for none, and for a
    /// hotspot.
    pub(super) fn camera<'l>(&self, (name, layout): (&str, &'l Layout), index: usize) -> &'l str {
        let found = match layout {
            Layout::Grid { cameras, .. } => cameras.get(index).map(String::as_str),
            Layout::Tiles { tiles, .. } => tiles.get(index).map(|tile| match &tile.tour {
                Some(tour) => {
                    let step = tour.steps.get(self.progress(name, index, tour).step());
                    step.map_or("", |step| step.show.as_str())
                }
                None => &tile.camera,
            }),
        };
        found.unwrap_or_default()
    }

    /// Whether a layout has a camera when it is shown next.
    pub(super) fn shows(&self, layout: (&str, &Layout), camera: &str) -> bool {
        let entries = match layout.1 {
            Layout::Grid { cameras, .. } => cameras.len(),
            Layout::Tiles { tiles, .. } => tiles.len(),
        };
        (0..entries).any(|index| self.camera(layout, index) == camera)
    }

    /// Forgets the tours of layouts that are no more.
    pub(super) fn tidy(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|parked| is_there(&parked.layout));
    }
}

/// The tour of an entry of a layout.
pub(super) fn tour_of(layout: &Layout, index: usize) -> Option<&config::Tour> {
    match layout {
        Layout::Tiles { tiles, .. } => tiles.get(index)?.tour.as_ref(),
        Layout::Grid { .. } => None,
    }
}
