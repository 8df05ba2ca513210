//! What may happen to a wall file: any edit fits any file, so that a failing one can be shortened.

use proptest::{collection::vec, prelude::*, sample::select};

use super::walls::{Fit, WallPlan, What};

/// One change. Numbers are counted modulo how many there are; where it makes no sense it is none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    /// A camera gets another place in the order of the file.
    Move { camera: usize, to: usize },
    /// A camera goes, and with it the places that show it.
    Drop(usize),
    /// One that went comes back.
    Return { camera: usize, to: usize },
    /// Two places of a layout show each other's cameras.
    Swap { layout: usize, one: usize, other: usize },
    /// A layout gets another place in the order of the file.
    MoveLayout { layout: usize, to: usize },
    /// A layout goes.
    DropLayout(usize),
    /// A layout like another one comes.
    AddLayout { like: usize, to: usize },
    /// A camera's picture fills its tile in another way.
    Fit { camera: usize, fit: Fit },
    /// The steps of a tour have another order, or one is left out.
    Tour { tour: usize, drop: bool },
    /// A tour goes.
    DropTour(usize),
    /// Keys are others.
    Rebind,
    /// A layout is kept warm, or no longer.
    Warm(usize),
    /// The same in other words.
    Nothing,
}

pub(super) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let n = || 0..9_usize;
    let fit = select(vec![Fit::Contain, Fit::Cover, Fit::Stretch]);
    let edit = prop_oneof![
        2 => (n(), n()).prop_map(|(camera, to)| Edit::Move { camera, to }),
        2 => n().prop_map(Edit::Drop),
        2 => (n(), n()).prop_map(|(camera, to)| Edit::Return { camera, to }),
        2 => (n(), n(), n()).prop_map(|(layout, one, other)| Edit::Swap { layout, one, other }),
        1 => (n(), n()).prop_map(|(layout, to)| Edit::MoveLayout { layout, to }),
        1 => n().prop_map(Edit::DropLayout),
        1 => (n(), n()).prop_map(|(like, to)| Edit::AddLayout { like, to }),
        1 => (n(), fit).prop_map(|(camera, fit)| Edit::Fit { camera, fit }),
        1 => (n(), any::<bool>()).prop_map(|(tour, drop)| Edit::Tour { tour, drop }),
        1 => n().prop_map(Edit::DropTour),
        1 => Just(Edit::Rebind),
        1 => n().prop_map(Edit::Warm),
        1 => Just(Edit::Nothing),
    ];
    vec(edit, 1..4)
}

impl WallPlan {
    pub(super) fn edit(&mut self, edit: Edit) {
        let (cameras, layouts) = (self.order.len(), self.layouts.len());
        match edit {
            Edit::Move { camera, to } => {
                let camera = self.order.remove(camera % cameras);
                self.order.insert(to % cameras, camera);
            }
            Edit::Drop(camera) if cameras > 1 => {
                let gone = self.order.remove(camera % cameras);
                for layout in &mut self.layouts {
                    layout.places.retain_mut(|place| match &mut place.what {
                        What::Camera(camera) => *camera != gone,
                        What::Tour { cameras, .. } => {
                            cameras.retain(|camera| *camera != gone);
                            !cameras.is_empty()
                        }
                        What::Hotspot => true,
                    });
                    layout.drop_lonely_hotspots();
                }
            }
            Edit::Return { camera, to } => {
                let away = (0..self.fits.len()).filter(|camera| !self.order.contains(camera));
                let away: Vec<usize> = away.collect();
                if !away.is_empty() {
                    self.order.insert(to % (cameras + 1), away[camera % away.len()]);
                }
            }
            Edit::Swap { layout, one, other } => {
                let places = &mut self.layouts[layout % layouts].places;
                if !places.is_empty() {
                    let (one, other) = (one % places.len(), other % places.len());
                    let what = places[one].what.clone();
                    places[one].what = std::mem::replace(&mut places[other].what, what);
                }
            }
            Edit::MoveLayout { layout, to } => {
                let layout = self.layouts.remove(layout % layouts);
                self.layouts.insert(to % layouts, layout);
            }
            Edit::DropLayout(layout) if layouts > 1 => {
                let gone = self.layouts.remove(layout % layouts).name;
                self.prewarm.retain(|name| *name != gone);
                self.tours.iter_mut().for_each(|tour| tour.steps.retain(|step| *step != gone));
                self.tours.retain(|tour| !tour.steps.is_empty());
            }
            Edit::Tour { tour, drop } if !self.tours.is_empty() => {
                let count = self.tours.len();
                let steps = &mut self.tours[tour % count].steps;
                if drop && steps.len() > 1 {
                    steps.remove(tour % steps.len());
                } else {
                    steps.rotate_left(1);
                }
            }
            Edit::DropTour(tour) if !self.tours.is_empty() => {
                let count = self.tours.len();
                self.tours.remove(tour % count);
            }
            Edit::AddLayout { like, to } => {
                let free = |name: &usize| self.layouts.iter().all(|layout| layout.name != *name);
                let mut layout = self.layouts[like % layouts].clone();
                layout.name = (0..).find(free).unwrap_or_default();
                self.layouts.insert(to % (layouts + 1), layout);
            }
            Edit::Fit { camera, fit } => {
                let camera = self.order[camera % cameras];
                self.fits[camera] = fit;
            }
            Edit::Rebind => self.rebound = !self.rebound,
            Edit::Warm(layout) => {
                let name = self.layouts[layout % layouts].name;
                match self.prewarm.iter().position(|warm| *warm == name) {
                    Some(warm) => {
                        self.prewarm.remove(warm);
                    }
                    None => self.prewarm.push(name),
                }
            }
            Edit::Drop(_)
            | Edit::DropLayout(_)
            | Edit::Tour { .. }
            | Edit::DropTour(_)
            | Edit::Nothing => {}
        }
    }
}
