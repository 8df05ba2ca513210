//! Digital zoom: which part of a picture is looked at.
//!
//! Owns the rule that the part never leaves the picture. Runs on the caller's thread. Policy:
//! the point under the pointer stays under the pointer, except where the picture's edge forbids;
//! input that is no number changes nothing.

use bevy::math::{Rect, Vec2};

/// The part of a picture that is shown. Copy it, change it, keep it beside the tile;
/// [`Zoom::FIT`] resets it.
///
/// Coordinates are normalised in the picture as its fit shows it at zoom 1: (0, 0) top left,
/// (1, 1) bottom right, whatever its size on screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    center: Vec2,
    factor: f32,
}

impl Default for Zoom {
    fn default() -> Self {
        Self::FIT
    }
}

impl Zoom {
    /// The whole picture.
    pub const FIT: Self = Self { center: Vec2::splat(0.5), factor: 1.0 };

    /// The most that a picture is enlarged.
    pub const MAX_FACTOR: f32 = 16.0;

    /// Zooms this close above 1 are 1: as many steps in as out must end at the whole picture,
    /// and rounding would leave a hair of it outside.
    const SNAP: f32 = 1.001;

    /// The part around `center` (normalised) that is `1 / factor` of the picture wide and high,
    /// moved and limited so that it lies in the picture. [`Zoom::FIT`] for what is no number.
    pub fn new(center: Vec2, factor: f32) -> Self {
        if !center.is_finite() || !factor.is_finite() {
            return Self::FIT;
        }
        let factor = if factor < Self::SNAP { 1.0 } else { factor.min(Self::MAX_FACTOR) };
        let half = Vec2::splat(0.5 / factor);
        Self { center: center.clamp(half, Vec2::ONE - half), factor }
    }

    /// How much the picture is enlarged: 1 to [`Zoom::MAX_FACTOR`].
    pub const fn factor(self) -> f32 {
        self.factor
    }

    /// What is shown, normalised. Always inside (0, 0)–(1, 1), and exactly that at zoom 1.
    pub fn rect(self) -> Rect {
        let half = Vec2::splat(0.5 / self.factor);
        Rect { min: self.center - half, max: self.center + half }
    }

    /// Enlarges `factor` times (less than 1 goes back) around `pointer`: a fraction of the
    /// picture on screen (see [`PxRect::unit`](super::PxRect::unit) of
    /// [`Placement::dst`](super::placement::Placement::dst)), so (0, 0) is the top left corner of
    /// what is shown.
    #[must_use]
    pub fn zoom_at(self, pointer: Vec2, factor: f32) -> Self {
        // `new` would reset for what is no number.
        if !pointer.is_finite() || !factor.is_finite() || factor <= 0.0 {
            return self;
        }
        let pointer = pointer.clamp(Vec2::ZERO, Vec2::ONE);
        let zoomed = (self.factor * factor).clamp(1.0, Self::MAX_FACTOR);
        let fixed = self.center + (pointer - 0.5) / self.factor;
        Self::new(fixed - (pointer - 0.5) / zoomed, zoomed)
    }

    /// Moves what is shown by `delta`, in fractions of what is shown: (1, 0) shows what lay just
    /// right of it. A drag by some pixels is `-pixels / dst.size()`.
    #[must_use]
    pub fn pan(self, delta: Vec2) -> Self {
        if !delta.is_finite() {
            return self;
        }
        Self::new(self.center + delta / self.factor, self.factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_around_the_pointer() {
        let corner = Zoom::FIT.zoom_at(Vec2::ZERO, 2.0);
        assert_eq!(corner.rect(), Rect::new(0.0, 0.0, 0.5, 0.5));
        let middle = Zoom::FIT.zoom_at(Vec2::splat(0.5), 4.0);
        assert_eq!(middle.rect(), Rect::new(0.375, 0.375, 0.625, 0.625));
        // What lay a quarter in lies a quarter in.
        let quarter = Zoom::FIT.zoom_at(Vec2::new(0.25, 0.75), 2.0);
        assert_eq!(quarter.rect(), Rect::new(0.125, 0.375, 0.625, 0.875));
    }

    #[test]
    fn zoom_has_limits() {
        let most = Zoom::FIT.zoom_at(Vec2::ONE, 1e9);
        assert_eq!((most.factor(), most.rect().max), (Zoom::MAX_FACTOR, Vec2::ONE));
        assert_eq!(Zoom::new(Vec2::splat(0.9), 0.1), Zoom::FIT);
        assert_eq!(Zoom::new(Vec2::ZERO, 99.0).factor(), Zoom::MAX_FACTOR);
        assert_eq!(Zoom::new(Vec2::splat(7.0), 2.0).center, Vec2::splat(0.75));
    }

    #[test]
    fn as_many_steps_out_as_in_end_at_the_whole() {
        for factor in [1.05, 1.1, 1.2, 1.25, 1.3, 1.5] {
            let mut zoom = Zoom::FIT;
            for _ in 0..6 {
                zoom = zoom.zoom_at(Vec2::new(0.3, 0.9), factor);
            }
            assert!(zoom != Zoom::FIT);
            for _ in 0..6 {
                zoom = zoom.zoom_at(Vec2::new(0.8, 0.1), 1.0 / factor);
            }
            assert!(zoom == Zoom::FIT, "{factor}: {zoom:?}");
            assert_eq!(zoom.rect(), Rect::new(0.0, 0.0, 1.0, 1.0));
        }
    }

    #[test]
    fn pans_by_what_is_shown_and_stops_at_the_edge() {
        let zoom = Zoom::new(Vec2::splat(0.5), 4.0).pan(Vec2::new(0.5, -0.5));
        assert_eq!(zoom.rect(), Rect::new(0.5, 0.25, 0.75, 0.5));
        let edge = zoom.pan(Vec2::new(99.0, -99.0));
        assert_eq!(edge.rect(), Rect::new(0.75, 0.0, 1.0, 0.25));
        assert_eq!(Zoom::FIT.pan(Vec2::ONE), Zoom::FIT);
    }

    #[test]
    fn what_is_no_number_changes_nothing() {
        let zoom = Zoom::new(Vec2::splat(0.4), 3.0);
        for bad in [f32::NAN, f32::INFINITY] {
            assert_eq!(zoom.zoom_at(Vec2::splat(bad), 2.0), zoom);
            assert_eq!(zoom.zoom_at(Vec2::ZERO, bad), zoom);
            assert_eq!(zoom.pan(Vec2::new(0.0, bad)), zoom);
            assert_eq!(Zoom::new(Vec2::splat(bad), 2.0), Zoom::FIT);
        }
        assert_eq!(zoom.zoom_at(Vec2::ZERO, -1.0), zoom);
    }
}
