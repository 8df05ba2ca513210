//! Random walls: as a description that the model reads, and as the wall file's text.

use std::fmt::Write;

use proptest::{collection::vec, prelude::*, sample::select};

/// How a picture fills its tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Contain,
    Cover,
    Stretch,
}

/// What a place shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Camera(usize),
    /// Cameras one after the other, each once; it goes on so many seconds after an operator was about.
    Tour {
        cameras: Vec<usize>,
        resume: u64,
    },
    /// The camera of the selected tile.
    Hotspot,
}

impl What {
    /// Its own cameras.
    pub(super) fn cameras(&self) -> &[usize] {
        match self {
            Self::Camera(camera) => std::slice::from_ref(camera),
            Self::Tour { cameras, .. } => cameras,
            Self::Hotspot => &[],
        }
    }
}

/// Layouts one after the other, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TourPlan {
    /// Its name in the file.
    pub(super) name: usize,
    /// Names of layouts.
    pub(super) steps: Vec<usize>,
    /// It goes on so many seconds after an operator was about.
    pub(super) resume: u64,
}

/// A place of a layout, in cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) what: What,
    /// Column and row, then columns and rows that it takes.
    pub(super) cells: (u32, u32, u32, u32),
    pub(super) overlap: bool,
}

/// A layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// In the order of the file.
    pub(super) places: Vec<Place>,
    /// Written as a grid: equal places.
    pub(super) grid: bool,
    /// Its name in the file.
    pub(super) name: usize,
}

/// A wall.
#[derive(Debug, Clone)]
pub(super) struct WallPlan {
    /// How each camera's picture fills its tile.
    pub(super) fits: Vec<Fit>,
    /// The cameras that are in the file, in its order.
    pub(super) order: Vec<usize>,
    pub(super) layouts: Vec<Plan>,
    /// Layouts whose cameras are decoded all the time, by their names.
    pub(super) prewarm: Vec<usize>,
    pub(super) tours: Vec<TourPlan>,
    /// The wall begins with the first tour.
    pub(super) toured: bool,
    /// Some keys are not the default ones.
    pub(super) rebound: bool,
}

/// Chord and action of the keys that the tests press, where the wall file says nothing of keys.
const DEFAULTS: [(&str, &str); 34] = [
    ("Enter", "open"),
    ("Esc", "back"),
    ("Left", "left"),
    ("Right", "right"),
    ("Up", "up"),
    ("Down", "down"),
    ("Home", "home"),
    ("End", "end"),
    ("Tab", "next_layout"),
    ("PageDown", "next_layout"),
    ("N", "next_camera"),
    ("P", "previous_camera"),
    ("T", "tour"),
    ("Shift+S", "wall_snapshot"),
    ("Shift+Tab", "previous_layout"),
    ("PageUp", "previous_layout"),
    ("F11", "fullscreen"),
    ("+", "zoom_in"),
    ("=", "zoom_in"),
    ("-", "zoom_out"),
    ("0", "zoom_reset"),
    ("R", "record"),
    ("Shift+R", "record_all"),
    ("K", "protect"),
    ("S", "snapshot"),
    ("H", "help"),
    ("?", "help"),
    ("I", "stats"),
    ("Ctrl+R", "reload"),
    ("Ctrl+Q", "quit"),
    ("F1", "layout_1"),
    ("F2", "layout_2"),
    ("F3", "layout_3"),
    ("F4", "layout_4"),
];

/// Other keys for some actions, which then lose their default ones.
const REBOUND: [(&str, &[&str]); 9] = [
    ("zoom_reset", &[]),
    ("snapshot", &["0", "Alt+S"]),
    ("record", &["X", "Ctrl+1"]),
    ("protect", &["R"]),
    ("next_layout", &["G"]),
    ("previous_layout", &["V", "Shift+G"]),
    ("layout_2", &["Ctrl+2", "F2"]),
    ("back", &["Shift+Tab", "Esc"]),
    ("trust_clock", &["Z"]),
];

impl WallPlan {
    /// Cameras that are decoded all the time.
    pub(super) fn prewarmed(&self) -> impl Iterator<Item = usize> {
        let layouts = self.layouts.iter().filter(|layout| self.prewarm.contains(&layout.name));
        layouts.flat_map(|layout| {
            layout.places.iter().flat_map(|place| place.what.cameras().iter().copied())
        })
    }

    /// The number of the layout of that name, from 0.
    pub(super) fn number_of(&self, name: usize) -> usize {
        self.layouts.iter().position(|layout| layout.name == name).expect("a layout of the file")
    }

    /// The number of the layout that the wall begins with.
    pub(super) fn first_layout(&self) -> usize {
        let tour = self.tours.first().filter(|_| self.toured);
        tour.map_or(0, |tour| self.number_of(tour.steps[0]))
    }

    /// What a chord does, by the action's name.
    pub(super) fn action(&self, chord: &str) -> Option<&'static str> {
        let own = || REBOUND.iter().filter(|_| self.rebound);
        let rebound = own().find(|(_, chords)| chords.contains(&chord)).map(|(action, _)| *action);
        rebound.or_else(|| {
            let (_, action) = DEFAULTS.iter().find(|(known, _)| *known == chord)?;
            (!own().any(|(named, _)| named == action)).then_some(*action)
        })
    }

    /// The wall file.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("(cameras: {");
        for camera in &self.order {
            let fit = self.fits[*camera];
            write!(text, r#""c{camera}": (main: "./c{camera}", fit: {fit:?}), "#).expect("memory");
        }
        text.push_str("}, layouts: {");
        for plan in &self.layouts {
            write!(text, r#""l{}": {}, "#, plan.name, plan.text()).expect("memory");
        }
        let prewarm = self.prewarm.iter().map(|layout| format!("l{layout}"));
        write!(text, "}}, prewarm: {:?}, tours: {{", prewarm.collect::<Vec<_>>()).expect("memory");
        for TourPlan { name, steps, resume } in &self.tours {
            let steps: String =
                steps.iter().map(|layout| format!(r#"(show: "l{layout}"), "#)).collect();
            let rest = format!(r#"every: "2s", resume_after: "{resume}s", steps: [{steps}]"#);
            write!(text, r#""t{name}": ({rest}), "#).expect("memory");
        }
        text.push_str("}, ");
        if let Some(tour) = self.tours.first().filter(|_| self.toured) {
            write!(text, r#"show: "t{}", "#, tour.name).expect("memory");
        }
        text.push_str("keys: {");
        for (action, chords) in REBOUND.iter().filter(|_| self.rebound) {
            write!(text, r#""{action}": {chords:?}, "#).expect("memory");
        }
        text + "})"
    }
}

impl Plan {
    /// The wall file has no layout of hotspots alone.
    pub(super) fn drop_lonely_hotspots(&mut self) {
        if self.places.iter().all(|place| place.what == What::Hotspot) {
            self.places.clear();
        }
    }

    fn text(&self) -> String {
        let Self { columns, rows, places, .. } = self;
        if self.grid {
            let id = |cell: u32| {
                let at = (cell % columns, cell / columns, 1, 1);
                let place = places.iter().find(|place| place.cells == at);
                place.map_or(String::new(), |place| format!("c{}", place.what.cameras()[0]))
            };
            let cameras: Vec<String> = (0..columns * rows).map(id).collect();
            return format!("Grid(columns: {columns}, cameras: {cameras:?})");
        }
        let tiles = places.iter().map(|Place { what, cells: (x, y, width, height), overlap }| {
            let what = match what {
                What::Camera(camera) => format!(r#"camera: "c{camera}""#),
                What::Hotspot => "hotspot: true".to_owned(),
                What::Tour { cameras, resume } => {
                    let steps: String =
                        cameras.iter().map(|camera| format!(r#"(show: "c{camera}"), "#)).collect();
                    format!(r#"tour: (every: "2s", resume_after: "{resume}s", steps: [{steps}])"#)
                }
            };
            format!(
                "({what}, column: {x}, row: {y}, width: {width}, height: {height}, overlap: {overlap}), "
            )
        });
        format!("Tiles(columns: {columns}, rows: {rows}, tiles: [{}])", tiles.collect::<String>())
    }
}

fn grid(cameras: usize) -> impl Strategy<Value = Plan> {
    let entries = (1..5_u32, 1..4_u32).prop_flat_map(|(columns, rows)| {
        let entry = prop::option::weighted(0.9, any::<prop::sample::Index>());
        (Just((columns, rows)), vec(entry, (columns * rows) as usize))
    });
    entries.prop_map(move |((columns, rows), entries)| {
        let place = |(cell, entry): (u32, &Option<prop::sample::Index>)| {
            let what = What::Camera(entry.as_ref()?.index(cameras));
            let cells = (cell % columns, cell / columns, 1, 1);
            Some(Place { what, cells, overlap: false })
        };
        let places = (0..).zip(&entries).filter_map(place).collect();
        Plan { columns, rows, places, grid: true, name: 0 }
    })
}

/// Spans at random; what collides is left out.
fn tiles(cameras: usize) -> impl Strategy<Value = Plan> {
    let tour = (vec(0..cameras, 1..4), 1..4_u64).prop_map(|(mut cameras, resume)| {
        let mut seen = Vec::new();
        cameras.retain(|camera| {
            let fresh = !seen.contains(camera);
            seen.push(*camera);
            fresh
        });
        What::Tour { cameras, resume }
    });
    let what =
        prop_oneof![4 => (0..cameras).prop_map(What::Camera), 1 => tour, 1 => Just(What::Hotspot)];
    let span = (0..5_u32, 0..4_u32, 1..4_u32, 1..4_u32, prop::bool::weighted(0.15), what);
    (1..6_u32, 1..5_u32, vec(span, 1..14)).prop_map(|(columns, rows, spans)| {
        let mut places: Vec<Place> = Vec::new();
        for (x, y, width, height, overlap, what) in spans {
            let meets = |place: &Place| {
                let (left, top, across, down) = place.cells;
                !place.overlap
                    && x < left + across
                    && left < x + width
                    && y < top + down
                    && top < y + height
            };
            let fits = x + width <= columns && y + height <= rows;
            if fits && (overlap || !places.iter().any(meets)) {
                places.push(Place { what, cells: (x, y, width, height), overlap });
            }
        }
        let mut plan = Plan { columns, rows, places, grid: false, name: 0 };
        plan.drop_lonely_hotspots();
        plan
    })
}

pub(super) fn wall() -> impl Strategy<Value = WallPlan> {
    (1..10_usize).prop_flat_map(|cameras| {
        let fit = select(vec![Fit::Contain, Fit::Contain, Fit::Cover, Fit::Stretch]);
        let plan = prop_oneof![2 => grid(cameras).boxed(), 1 => tiles(cameras).boxed()];
        let prewarm = vec(prop::bool::weighted(0.2), 4);
        let tours = vec((vec(any::<prop::sample::Index>(), 1..5), 1..4_u64), 0..3);
        let flags = (any::<bool>(), any::<bool>());
        (vec(fit, cameras), vec(plan, 1..5), prewarm, tours, flags).prop_map(
            |(fits, mut layouts, prewarm, tours, (toured, rebound))| {
                let prewarm = (0..layouts.len()).filter(|layout| prewarm[*layout]).collect();
                layouts.iter_mut().zip(0..).for_each(|(layout, name)| layout.name = name);
                let order = (0..fits.len()).collect();
                let tour = |(name, (steps, resume)): (usize, (Vec<prop::sample::Index>, u64))| {
                    let mut names: Vec<usize> = Vec::new();
                    for step in steps {
                        let layout = step.index(layouts.len());
                        if !names.contains(&layout) {
                            names.push(layout);
                        }
                    }
                    TourPlan { name, steps: names, resume }
                };
                let tours = tours.into_iter().enumerate().map(tour).collect();
                WallPlan { fits, order, layouts, prewarm, tours, toured, rebound }
            },
        )
    })
}
