//! The model's rules of tours.
//!
//! Policy: when exactly a step comes is proved elsewhere, and depends on pictures; the model takes over
//! that it came, and knows when it must not: while an operator is about, out of turn, and with another
//! layout or camera than that of the step.

use std::{collections::BTreeMap, time::Duration};

use super::model::{Model, Selected};
use super::views::NOBODY;
use super::walls::{TourPlan, What};

/// A tour as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TourView {
    pub(super) step: usize,
    pub(super) paused: bool,
}

/// A tile's tour: the camera of its step.
#[derive(Debug, Clone, Copy)]
struct Toured {
    camera: usize,
    paused: bool,
    /// It has been there for no update: what it is follows from when somebody was about.
    fresh: bool,
}

/// What is known of a wall's tours.
#[derive(Debug, Default)]
pub(super) struct Tours {
    /// The wall's own, by its name.
    pub(super) wall: Option<(usize, TourView)>,
    /// Those of tiles, by layout and place.
    tiles: BTreeMap<(usize, usize), Toured>,
    /// When somebody was about last.
    last: Option<Duration>,
    stopped: bool,
    /// The key of the tour has them go on, in this update.
    told: bool,
}

impl Model {
    /// An update begins.
    pub(super) fn begin_tours(&mut self) {
        self.tours.told = false;
    }

    /// Somebody pressed something.
    pub(super) fn operated(&mut self) {
        if !self.tours.stopped {
            self.tours.last = Some(self.now);
        }
        self.pause_all();
    }

    fn pause_all(&mut self) {
        self.tours.told = false;
        self.tours.wall.iter_mut().for_each(|(_, tour)| tour.paused = true);
        self.tours.tiles.values_mut().for_each(|tour| (tour.paused, tour.fresh) = (true, false));
    }

    /// Whether somebody was about of late, or stopped all tours.
    fn is_quiet(&self, resume: u64) -> bool {
        let resume = Duration::from_secs(resume);
        !self.tours.stopped && self.tours.last.is_none_or(|at| self.now >= at + resume)
    }

    /// The plan of a tour in a place of the layout that is shown.
    fn toured(&self, place: usize) -> Option<(&[usize], u64)> {
        match &self.plan.layouts[self.layout].places.get(place)?.what {
            What::Tour { cameras, resume } => Some((cameras, *resume)),
            What::Camera(_) | What::Hotspot => None,
        }
    }

    fn key(&self, place: usize) -> (usize, usize) {
        (self.plan.layouts[self.layout].name, place)
    }

    fn is_running(&self, place: usize) -> bool {
        let Some((_, resume)) = self.toured(place) else { return false };
        let tour = self.tours.tiles[&self.key(place)];
        if tour.fresh { self.is_quiet(resume) } else { !tour.paused }
    }

    /// The key of the tour.
    pub(super) fn toggle_tours(&mut self) {
        let tiles: Vec<usize> =
            self.places.iter().copied().filter(|place| self.toured(*place).is_some()).collect();
        let running = self.tours.wall.is_some_and(|(_, tour)| !tour.paused)
            || tiles.iter().any(|place| self.is_running(*place));
        if running {
            self.tours.stopped = true;
            return self.pause_all();
        }
        if self.tours.wall.is_none() && tiles.is_empty() {
            let Some(first) = self.plan.tours.first() else { return };
            let (name, layout) = (first.name, first.steps[0]);
            self.tours.wall = Some((name, TourView { step: 0, paused: false }));
            self.show(self.plan.number_of(layout));
        }
        (self.tours.stopped, self.tours.last, self.tours.told) = (false, None, true);
        self.tours.wall.iter_mut().for_each(|(_, tour)| tour.paused = false);
        self.tours.tiles.values_mut().for_each(|tour| (tour.paused, tour.fresh) = (false, false));
    }

    /// The camera that a place has when it is made; a hotspot has none of its own.
    pub(super) fn camera_of_place(&mut self, place: usize) -> usize {
        let plan = self.plan.layouts[self.layout].places[place].clone();
        let cameras = match plan.what {
            What::Camera(camera) => return camera,
            What::Hotspot => return NOBODY,
            What::Tour { cameras, .. } => cameras,
        };
        let fresh = Toured { camera: cameras[0], paused: false, fresh: true };
        let key = self.key(place);
        let tour = self.tours.tiles.entry(key).or_insert(fresh);
        tour.fresh = true;
        if !cameras.contains(&tour.camera) {
            tour.camera = cameras[0];
        }
        tour.camera
    }

    /// Does something that makes no tiles although the model places them anew.
    pub(super) fn keeping_tours(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.tours.tiles.clone();
        change(self);
        self.tours.tiles = before;
    }

    /// The wall file is another one; true if the tour begins anew and shows its first layout.
    pub(super) fn reload_tours(&mut self, old: &[TourPlan]) -> bool {
        let Some((name, mut tour)) = self.tours.wall.take() else { return false };
        let found = |tours: &[TourPlan]| tours.iter().find(|it| it.name == name).cloned();
        let (Some(before), Some(now)) = (found(old), found(&self.plan.tours)) else { return false };
        let step = now.steps.iter().position(|it| *it == before.steps[tour.step]);
        tour.step = step.unwrap_or(0);
        self.tours.wall = Some((name, tour));
        let anew = step.is_none() && !tour.paused;
        if anew {
            let layout = self.plan.number_of(now.steps[0]);
            return std::mem::replace(&mut self.layout, layout) != layout;
        }
        false
    }

    /// Tours of layouts that are no more are forgotten.
    pub(super) fn tidy_tours(&mut self) {
        let there = |name: usize| self.plan.layouts.iter().any(|layout| layout.name == name);
        self.tours.tiles.retain(|(layout, _), _| there(*layout));
    }

    /// Takes over how tours have gone on, and looks whether they might: the wall's, and in the order of
    /// the tiles each tile's with its camera.
    pub(super) fn follow_tours(
        &mut self,
        wall: Option<(usize, TourView)>,
        tiles: &[Option<(usize, TourView)>],
    ) {
        let layout = self.layout;
        self.follow_wall(wall);
        if self.layout != layout {
            return;
        }
        assert_eq!(tiles.len(), self.places.len(), "tiles");
        for (tile, seen) in tiles.iter().enumerate() {
            let place = self.places[tile];
            let Some((cameras, resume)) = self.toured(place) else {
                assert!(seen.is_none(), "{seen:?} tours");
                continue;
            };
            let Some((camera, seen)) = *seen else { panic!("place {place} does not tour") };
            let before = self.tours.tiles[&self.key(place)];
            let step = cameras.iter().position(|camera| *camera == before.camera);
            let next = cameras[(step.expect("one of its cameras") + 1) % cameras.len()];
            let (was_running, told) = (self.is_running(place), self.tours.told);
            let came = camera != before.camera;
            assert!(!came || camera == next && was_running, "{before:?} → {camera}, out of turn");
            assert!(!seen.paused || !was_running, "{before:?}: nobody paused it");
            let goes_on = !was_running && !seen.paused;
            let may = self.is_quiet(resume) && !self.maximized && !self.help;
            assert!(!goes_on || may || told, "{before:?}: it goes on while somebody is about");
            let now = Toured { camera, paused: seen.paused, fresh: false };
            let key = self.key(place);
            self.tours.tiles.insert(key, now);
            self.tiles[tile].0.camera = camera;
        }
        if let Selected::Tile(_) = self.selected {
            self.light();
        }
    }

    fn follow_wall(&mut self, seen: Option<(usize, TourView)>) {
        let (name, before) = match (self.tours.wall, seen) {
            (None, None) => return,
            (Some(known), Some((name, _))) if known.0 == name => known,
            (known, seen) => panic!("{seen:?} tours, not {known:?}"),
        };
        let Some((_, now)) = seen else { return };
        let plan = self.plan.tours.iter().find(|tour| tour.name == name).expect("its plan");
        let (steps, resume) = (plan.steps.clone(), plan.resume);
        let next = (before.step + 1) % steps.len();
        let came = if before.paused {
            assert_eq!(now.step, before.step, "a tour that is paused");
            let may = self.is_quiet(resume) && !self.maximized && !self.help;
            assert!(now.paused || may, "{before:?}: it goes on while somebody is about");
            !now.paused
        } else {
            assert!(!now.paused, "{before:?}: nobody paused it");
            assert!(now.step == before.step || now.step == next, "{now:?}: not after {before:?}");
            self.tours.told || now.step != before.step
        };
        self.tours.wall = Some((name, now));
        let layout = self.plan.number_of(steps[now.step]);
        if came && layout != self.layout {
            self.show(layout);
        } else if came {
            self.maximized = false;
            self.flight = None;
        }
    }

    /// Cameras that a tour may keep warm: of its step and of the next.
    pub(super) fn may_be_warm(&self) -> Vec<usize> {
        let mut cameras = Vec::new();
        if let Some((name, tour)) = self.tours.wall {
            let plan = self.plan.tours.iter().find(|it| it.name == name).expect("its plan");
            for step in [tour.step, (tour.step + 1) % plan.steps.len()] {
                let layout = &self.plan.layouts[self.plan.number_of(plan.steps[step])];
                cameras.extend(layout.places.iter().flat_map(|place| place.what.cameras()));
            }
        }
        let toured = self.places.iter().filter_map(|place| self.toured(*place));
        cameras.extend(toured.flat_map(|(cameras, _)| cameras));
        cameras
    }
}
