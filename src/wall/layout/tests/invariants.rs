//! What must hold of any wall at any time.

use std::time::Duration;

use bevy::math::{Rect, Vec2};

use super::Model;
use crate::wall::layout::navigation::reachable;
use crate::wall::layout::select::moves;
use crate::wall::layout::*;

impl Model {
    pub(super) fn verify_invariants(&self) {
        self.verify_places();
        self.verify_live();
        self.verify_selection();
        self.verify_pictures();
        self.verify_focus();
    }

    fn verify_places(&self) {
        let places = self.places();
        let window = PxRect::of_window(self.window);
        // Where there are pixels to spare for it, the gap is kept to the pixel.
        let roomy = self.window.cmpge(self.case.cells * (self.gap + 1)).all();
        let gap = if roomy { self.gap } else { 0 };
        for (i, place) in places.iter().enumerate() {
            assert!(!place.rect.is_empty(), "{place:?}");
            assert!(window.contains_rect(place.rect), "{place:?} leaves {window:?}");
            for later in &places[i + 1..] {
                assert_ne!(place.index, later.index);
                assert!(!place.overlap || later.overlap, "{later:?} hides {place:?}");
                let apart = !with_margin(place.rect, gap).intersects(later.rect)
                    && !with_margin(later.rect, gap).intersects(place.rect);
                assert!(later.overlap || apart, "{place:?} too near {later:?}");
            }
        }
        if self.case.full && self.gap == 0 {
            let covered: u64 = places.iter().filter(|p| !p.overlap).map(|p| p.rect.area()).sum();
            assert_eq!(covered, window.area(), "holes in {places:?}");
        }
    }

    /// Whichever cameras there are, the others stay where they were.
    fn verify_live(&self) {
        let live = |camera: usize| self.live >> (camera % 64) & 1 == 1;
        let find = |id: &str| id.parse().ok().filter(|camera| live(*camera));
        let some = place(&self.case.layout, find, self.window, self.gap);
        let mut all = self.places();
        all.retain(|place| live(place.camera));
        assert_eq!(some, all);
    }

    fn verify_selection(&self) {
        let places = self.places();
        let moves = moves(&places);
        for (from, reached) in reachable(&moves).iter().enumerate() {
            assert!(reached.iter().all(|reached| *reached), "{from} does not reach all: {moves:?}");
        }
        for (i, place) in places.iter().enumerate() {
            let middle = place.rect.to_rect().center();
            let hit = hit(&places, middle).expect("the tile itself is there");
            assert!(hit == i || places[hit].overlap && hit > i);
        }
        if self.case.uniform {
            self.verify_there_and_back(&places);
        }
    }

    fn verify_there_and_back(&self, places: &[Place]) {
        use Direction::{Down, Left, Right, Up};
        for (there, back) in [(Right, Left), (Left, Right), (Up, Down), (Down, Up)] {
            for from in 0..places.len() {
                if let Some(to) = neighbour(places, from, there) {
                    assert_eq!(neighbour(places, to, back), Some(from), "{there:?} from {from}");
                }
            }
        }
    }

    fn verify_pictures(&self) {
        let (whole, view) = (Rect { min: Vec2::ZERO, max: Vec2::ONE }, self.view.rect());
        assert!(inside(view, whole), "{:?} leaves the picture", self.view);
        let side = 1.0 / self.view.zoom();
        assert!(view.size().abs_diff_eq(Vec2::splat(side), 1e-5), "{:?}", self.view);

        let (size, sar, fit) = self.source;
        for Place { rect: tile, .. } in self.places() {
            let fitted = picture(tile, size, sar, fit, View::FIT).expect("not empty");
            assert!(tile.contains_rect(fitted.dst) && !fitted.dst.is_empty(), "{fitted:?}");
            assert!(inside(fitted.src, whole), "{fitted:?}");
            let zoomed = picture(tile, size, sar, fit, self.view).expect("not empty");
            assert_eq!(zoomed.dst, fitted.dst, "zooming moved the picture's edges");
            assert!(inside(zoomed.src, fitted.src), "{zoomed:?} shows more than {fitted:?}");
            let same = picture(tile, tile.size(), (1, 1), fit, View::FIT);
            assert_eq!(same, Some(Picture { dst: tile, src: whole }), "not texel for pixel");
        }
    }

    fn verify_focus(&self) {
        let window = PxRect::of_window(self.window);
        let at = |ms| self.focus.rect_at(self.now + Duration::from_millis(ms));
        let grows = self.focus.target().contains_rect(at(0));
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
