//! What must hold of any wall at any time.

use std::time::Duration;

use bevy::math::{Rect, Vec2};

use super::Model;
use crate::wall::layout::navigation::{moves, reachable};
use crate::wall::layout::placement::Placement;
use crate::wall::layout::*;

impl Model {
    pub(super) fn verify_invariants(&self) {
        self.verify_tiles();
        self.verify_live();
        self.verify_selection();
        self.verify_pictures();
        self.verify_animation();
    }

    fn verify_tiles(&self) {
        let tiles = self.tiles();
        let window = PxRect::of_window(self.window);
        // Where there are pixels to spare for it, the gap is kept to the pixel.
        let roomy = self.window.cmpge(self.case.cells * (self.gap + 1)).all();
        let gap = if roomy { self.gap } else { 0 };
        for (i, tile) in tiles.iter().enumerate() {
            assert!(!tile.rect.is_empty(), "{tile:?}");
            assert!(window.contains_rect(tile.rect), "{tile:?} leaves {window:?}");
            for later in &tiles[i + 1..] {
                assert_ne!(tile.index, later.index);
                assert!(!tile.overlap || later.overlap, "{later:?} hides {tile:?}");
                let apart = !with_margin(tile.rect, gap).intersects(later.rect)
                    && !with_margin(later.rect, gap).intersects(tile.rect);
                assert!(later.overlap || apart, "{tile:?} too near {later:?}");
            }
        }
        if self.case.full && self.gap == 0 {
            let covered: u64 = tiles.iter().filter(|p| !p.overlap).map(|p| p.rect.area()).sum();
            assert_eq!(covered, window.area(), "holes in {tiles:?}");
        }
    }

    /// Whichever cameras there are, the others stay where they were.
    fn verify_live(&self) {
        let live = |camera: usize| self.live >> (camera % 64) & 1 == 1;
        let find = |id: &str| id.parse().ok().filter(|camera| live(*camera));
        let some = arrange(&self.case.layout, find, self.window, self.gap);
        let mut all = self.tiles();
        all.retain(|tile| live(tile.camera));
        assert_eq!(some, all);
    }

    fn verify_selection(&self) {
        let tiles = self.tiles();
        let moves = moves(&tiles);
        for (from, reached) in reachable(&moves).iter().enumerate() {
            assert!(reached.iter().all(|reached| *reached), "{from} does not reach all: {moves:?}");
        }
        for (i, tile) in tiles.iter().enumerate() {
            let middle = tile.rect.to_rect().center();
            let under = |tile: &LayoutTile| tile.rect.contains(middle);
            let hit = tiles.iter().rposition(under).expect("the tile itself is there");
            assert!(hit == i || tiles[hit].overlap && hit > i);
        }
        if self.case.uniform {
            self.verify_there_and_back(&tiles);
        }
    }

    fn verify_there_and_back(&self, tiles: &[LayoutTile]) {
        use Direction::{Down, Left, Right, Up};
        for (there, back) in [(Right, Left), (Left, Right), (Up, Down), (Down, Up)] {
            for from in 0..tiles.len() {
                if let Some(to) = neighbour(tiles, from, there) {
                    assert_eq!(neighbour(tiles, to, back), Some(from), "{there:?} from {from}");
                }
            }
        }
    }

    fn verify_pictures(&self) {
        let (whole, zoom) = (Rect { min: Vec2::ZERO, max: Vec2::ONE }, self.zoom.rect());
        assert!(inside(zoom, whole), "{:?} leaves the picture", self.zoom);
        let side = 1.0 / self.zoom.factor();
        assert!(zoom.size().abs_diff_eq(Vec2::splat(side), 1e-5), "{:?}", self.zoom);

        let (size, sar, fit) = self.source;
        for LayoutTile { rect: tile, .. } in self.tiles() {
            let fitted = place(tile, size, sar, fit, Zoom::FIT).expect("not empty");
            assert!(tile.contains_rect(fitted.dst) && !fitted.dst.is_empty(), "{fitted:?}");
            assert!(inside(fitted.src, whole), "{fitted:?}");
            let zoomed = place(tile, size, sar, fit, self.zoom).expect("not empty");
            assert_eq!(zoomed.dst, fitted.dst, "zooming moved the picture's edges");
            assert!(inside(zoomed.src, fitted.src), "{zoomed:?} shows more than {fitted:?}");
            let same = place(tile, tile.size(), (1, 1), fit, Zoom::FIT);
            assert_eq!(same, Some(Placement { dst: tile, src: whole }), "not texel for pixel");
        }
    }

    fn verify_animation(&self) {
        let window = PxRect::of_window(self.window);
        let at = |ms| self.animation.rect_at(self.now + Duration::from_millis(ms));
        let grows = self.animation.target().contains_rect(at(0));
        for ms in 0..130 {
            assert!(window.contains_rect(at(ms)), "{:?} leaves {window:?}", at(ms));
            assert!(!grows || at(ms + 1).area() >= at(ms).area(), "{:?} shrinks", at(ms));
        }
        assert_eq!(at(120), self.home());
    }
}

/// `rect` and the pixels right of it and below it.
fn with_margin(rect: PxRect, margin: u32) -> PxRect {
    PxRect::new(rect.x, rect.y, rect.width + margin, rect.height + margin)
}

fn inside(inner: Rect, outer: Rect) -> bool {
    inner.min.cmpge(outer.min).all()
        && inner.max.cmple(outer.max).all()
        && inner.min.cmplt(inner.max).all()
}
