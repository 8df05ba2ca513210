//! Random layouts, windows and keys; everything that must always hold is checked after each step.

mod generate;
mod invariants;

use std::time::Duration;

use bevy::math::{UVec2, Vec2};
use proptest::{collection::vec, prelude::*};

use self::generate::{Case, Op, case, op, source, window};
use super::*;
use camwall_config::Fit;

/// A wall as the rest of the program will hold it.
#[derive(Debug)]
struct Model {
    case: Case,
    window: UVec2,
    gap: u32,
    live: u64,
    source: (UVec2, (u32, u32), Fit),
    zoom: Zoom,
    selected: usize,
    full_screen: bool,
    animation: Maximize,
    now: Duration,
}

impl Model {
    fn new(case: Case, window: UVec2) -> Self {
        let source = (UVec2::new(1920, 1080), (1, 1), Fit::Contain);
        let animation = Maximize::at(PxRect::default());
        let (live, now) = (u64::MAX, Duration::ZERO);
        let (gap, zoom, selected, full_screen) = (0, Zoom::FIT, 0, false);
        let mut model =
            Self { case, window, gap, live, source, zoom, selected, full_screen, animation, now };
        model.settle();
        model
    }

    fn tiles(&self) -> Vec<LayoutTile> {
        arrange(&self.case.layout, |id| id.parse().ok(), self.window, self.gap)
    }

    /// Where the selected tile belongs.
    fn home(&self) -> PxRect {
        let tile = self.tiles().get(self.selected).map(|tile| tile.rect);
        let window = PxRect::of_window(self.window);
        if self.full_screen { window } else { tile.unwrap_or(window) }
    }

    fn settle(&mut self) {
        self.selected = self.selected.min(self.tiles().len().saturating_sub(1));
        self.animation = Maximize::at(self.home());
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Show(case) => self.case = case,
            Op::Resize(window) => self.window = window,
            Op::Gap(gap) => self.gap = gap,
            Op::Lose(live) => return self.live = live,
            Op::Source(source) => return self.source = source,
            Op::Zoom(pointer, factor) => return self.zoom(pointer, factor),
            Op::Pan(delta) => return self.pan(delta),
            Op::Arrow(direction) => return self.arrow(direction),
            Op::Toggle(after) => return self.toggle(after),
        }
        self.settle();
    }

    fn zoom(&mut self, pointer: Vec2, factor: f32) {
        let looks_at = |zoom: Zoom| {
            let shown = zoom.rect();
            shown.min + pointer.clamp(Vec2::ZERO, Vec2::ONE) * shown.size()
        };
        let before = self.zoom;
        self.zoom = before.zoom_at(pointer, factor);
        let shown = self.zoom.rect();
        let touches = shown.min.min_element() <= 0.0 || shown.max.max_element() >= 1.0;
        assert!(
            touches || looks_at(before).abs_diff_eq(looks_at(self.zoom), 1e-5),
            "the point under the pointer moved: {before:?} → {:?}",
            self.zoom
        );
        let wanted = (before.factor() * factor).clamp(1.0, Zoom::MAX_FACTOR);
        assert!((self.zoom.factor() - wanted).abs() <= 0.001, "zoomed to {:?}", self.zoom);
    }

    fn pan(&mut self, delta: Vec2) {
        let before = self.zoom;
        self.zoom = before.pan(delta);
        assert_eq!(self.zoom.factor(), before.factor(), "panning must not zoom");
    }

    fn arrow(&mut self, direction: Direction) {
        let Some(next) = neighbour(&self.tiles(), self.selected, direction) else {
            return;
        };
        assert_ne!(next, self.selected);
        self.selected = next;
        self.settle();
    }

    fn toggle(&mut self, after: u64) {
        self.now += Duration::from_millis(after);
        self.full_screen = !self.full_screen;
        let before = self.animation.rect_at(self.now);
        self.animation.retarget(self.now, self.home());
        assert_eq!(self.animation.rect_at(self.now), before, "the tile jumped");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_operations_keep_the_invariants(
        case in case(),
        window in window(),
        ops in vec(op(), 0..16),
    ) {
        let mut model = Model::new(case, window);
        model.verify_invariants();
        for op in ops {
            model.apply(op);
            model.verify_invariants();
        }
    }

    #[test]
    fn pictures_keep_their_shape(
        tile in (0..999_u32, 0..999_u32, 16..4000_u32, 16..4000_u32),
        (size, sar, _) in source(),
    ) {
        let tile = PxRect::new(tile.0, tile.1, tile.2, tile.3);
        let across = if sar.0 == 0 { 1.0 } else { f64::from(sar.0) / f64::from(sar.1) };
        let shape = f64::from(size.x) * across / f64::from(size.y);
        let pixels = |size: u32| f64::from(size);

        let dst = place(tile, size, sar, Fit::Contain, Zoom::FIT).expect("not empty").dst;
        let high = pixels(dst.height) - pixels(dst.width) / shape;
        let wide = pixels(dst.width) - pixels(dst.height) * shape;
        // One side is the tile's, and the other follows from it.
        let kept = dst.width == tile.width && high.abs() <= 1.0
            || dst.height == tile.height && wide.abs() <= 1.0;
        prop_assert!(kept, "{dst:?} is {wide} × {high} pixels off");
        let sides = (dst.x - tile.x).abs_diff(tile.right() - dst.right());
        let ends = (dst.y - tile.y).abs_diff(tile.bottom() - dst.bottom());
        prop_assert!(sides <= 1 && ends <= 1, "{dst:?} is not in the middle");

        let src = place(tile, size, sar, Fit::Cover, Zoom::FIT).expect("not empty").src.size();
        prop_assert_eq!(src.max_element(), 1.0, "cuts both ways");
        let (x, y) = (f64::from(src.x) * shape, f64::from(src.y));
        // How long the cut side would have to be, in pixels of the tile.
        let off = if src.x < 1.0 {
            x / y * pixels(tile.height) - pixels(tile.width)
        } else {
            y / x * pixels(tile.width) - pixels(tile.height)
        };
        prop_assert!(off.abs() <= 1.0, "{src:?} is {off} pixels off");
    }

    #[test]
    fn turning_round_again_and_again_never_jumps(
        tiles in vec((0..900_u32, 0..900_u32, 1..900_u32, 1..900_u32), 2..6),
        waits in vec(0..150_u64, 1..20),
    ) {
        let tiles: Vec<_> = tiles.iter().map(|t| PxRect::new(t.0, t.1, t.2, t.3)).collect();
        let mut now = Duration::from_secs(7);
        let mut animation = Maximize::new(tiles[0], tiles[1], now);
        for (turn, wait) in waits.into_iter().enumerate() {
            now += Duration::from_millis(wait);
            let before = animation.rect_at(now);
            animation.retarget(now, tiles[turn % tiles.len()]);
            prop_assert_eq!(animation.rect_at(now), before);
            prop_assert_eq!(animation.target(), tiles[turn % tiles.len()]);
            prop_assert!(animation.done(now + Maximize::DURATION));
        }
    }
}
