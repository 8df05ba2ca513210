//! Random layouts, windows, pictures and operations.

use bevy::math::{UVec2, Vec2};
use proptest::{collection::vec, prelude::*, sample::select as one_of};

use crate::wall::layout::Direction;
use camwall_config as config;
use camwall_config::{Fit, Layout};

/// A layout and what is known about it beforehand.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) layout: Layout,
    /// Cells across and down.
    pub(super) cells: UVec2,
    /// No cell is empty.
    pub(super) full: bool,
    /// A grid without empty cells.
    pub(super) uniform: bool,
}

fn grid() -> impl Strategy<Value = Case> {
    let entries = vec(prop::bool::weighted(0.9), 1..40);
    (entries, prop::option::of(1..9_u32)).prop_map(|(entries, columns)| {
        let count = u32::try_from(entries.len()).expect("few");
        let across = columns.unwrap_or((1..).find(|side| side * side >= count).expect("exists"));
        let cells = UVec2::new(across, count.div_ceil(across));
        let id = |(i, camera): (usize, &bool)| {
            if *camera { i.to_string() } else { String::new() }
        };
        let cameras = entries.iter().enumerate().map(id).collect();
        let full = count == cells.element_product() && entries.iter().all(|camera| *camera);
        Case { layout: Layout::Grid { columns, cameras }, cells, full, uniform: full }
    })
}

/// Spans at random; what collides is left out, then the holes may be filled.
fn tiles() -> impl Strategy<Value = Case> {
    let span = (0..7_u32, 0..7_u32, 1..5_u32, 1..5_u32, prop::bool::weighted(0.1));
    (1..8_u32, 1..8_u32, vec(span, 1..25), any::<bool>()).prop_map(
        |(columns, rows, spans, fill)| {
            let fillers = (0..columns * rows).map(|i| (i % columns, i / columns, 1, 1, false));
            let mut taken = vec![false; (columns * rows) as usize];
            let mut tiles: Vec<config::Tile> = Vec::new();
            for (column, row, width, height, overlap) in
                spans.into_iter().chain(fillers.filter(|_| fill))
            {
                let (right, bottom) = (column + width, row + height);
                if right > columns || bottom > rows {
                    continue;
                }
                let own = || {
                    (row..bottom)
                        .flat_map(|y| (column..right).map(move |x| (y * columns + x) as usize))
                };
                if !overlap {
                    if own().any(|cell| taken[cell]) {
                        continue;
                    }
                    own().for_each(|cell| taken[cell] = true);
                }
                let camera = tiles.len().to_string();
                let plain = config::Tile::default();
                tiles.push(config::Tile { camera, column, row, width, height, overlap, ..plain });
            }
            let full = taken.iter().all(|taken| *taken);
            let layout = Layout::Tiles { columns, rows, tiles };
            Case { layout, cells: UVec2::new(columns, rows), full, uniform: false }
        },
    )
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    prop_oneof![grid(), tiles()]
}

pub(super) fn window() -> impl Strategy<Value = UVec2> {
    prop_oneof![
        one_of(vec![UVec2::new(1920, 1080), UVec2::new(3840, 2160), UVec2::new(1366, 768)]),
        (0..4000_u32, 0..4000_u32).prop_map(UVec2::from),
        (0..20_u32, 0..20_u32).prop_map(UVec2::from),
    ]
}

fn fraction() -> impl Strategy<Value = Vec2> {
    (-0.2..1.2_f32, -0.2..1.2_f32).prop_map(Vec2::from)
}

fn direction() -> impl Strategy<Value = Direction> {
    one_of(Direction::ALL.to_vec())
}

/// A picture's size in texels, their shape, and its fit.
pub(super) fn source() -> impl Strategy<Value = (UVec2, (u32, u32), Fit)> {
    let size = (16..4096_u32, 16..4096_u32).prop_map(UVec2::from);
    let sar = one_of(vec![(1, 1), (12, 11), (16, 11), (0, 1), (3, 4)]);
    (size, sar, one_of(vec![Fit::Contain, Fit::Cover, Fit::Stretch]))
}

/// What may happen to a wall.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Show(Case),
    Resize(UVec2),
    Gap(u32),
    /// Bit i: camera i is live.
    Lose(u64),
    Source((UVec2, (u32, u32), Fit)),
    Zoom(Vec2, f32),
    Pan(Vec2),
    Arrow(Direction),
    /// Full screen on or off, so many milliseconds later.
    Toggle(u64),
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => case().prop_map(Op::Show),
        2 => window().prop_map(Op::Resize),
        1 => (0..30_u32).prop_map(Op::Gap),
        1 => any::<u64>().prop_map(Op::Lose),
        1 => source().prop_map(Op::Source),
        3 => (fraction(), 0.3..3.0_f32).prop_map(|(pointer, factor)| Op::Zoom(pointer, factor)),
        3 => (-2.0..2.0_f32, -2.0..2.0_f32).prop_map(|delta| Op::Pan(delta.into())),
        4 => direction().prop_map(Op::Arrow),
        4 => (0..200_u64).prop_map(Op::Toggle),
    ]
}
