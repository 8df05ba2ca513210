//! A rectangle of whole physical pixels.
//!
//! Owns the conversion between pixels of the window and normalised coordinates. Runs on the
//! caller's thread. Policy: half-open (`right` and `bottom` are the first pixels outside), so
//! that two rectangles which share an edge share no pixel.

use bevy::math::{Rect, UVec2, Vec2};

/// A rectangle in physical pixels; (0, 0) is the window's top left corner and y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PxRect {
    /// First column of pixels.
    pub x: u32,
    /// First row of pixels.
    pub y: u32,
    /// Columns of pixels.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
}

impl PxRect {
    /// A rectangle from its top left corner and its size, all in pixels.
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// The rectangle that covers a window of `size` pixels.
    pub const fn of_window(size: UVec2) -> Self {
        Self::new(0, 0, size.x, size.y)
    }

    /// First column right of the rectangle, in pixels.
    pub const fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// First row below the rectangle, in pixels.
    pub const fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// Size in pixels.
    pub const fn size(self) -> UVec2 {
        UVec2::new(self.width, self.height)
    }

    /// Whether it covers no pixel.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether a point of the window, in pixels, lies in it. False for NaN.
    pub fn contains(self, point: Vec2) -> bool {
        let (x, y) = (f64::from(point.x), f64::from(point.y));
        f64::from(self.x) <= x
            && x < f64::from(self.right())
            && f64::from(self.y) <= y
            && y < f64::from(self.bottom())
    }

    /// A point of the window, in pixels, as a fraction of the rectangle: (0, 0) is its top left
    /// corner, (1, 1) its bottom right. Points outside give less than 0 or more than 1; an empty
    /// rectangle gives its middle.
    pub fn unit(self, point: Vec2) -> Vec2 {
        if self.is_empty() {
            return Vec2::splat(0.5);
        }
        (point - Vec2::new(self.x as f32, self.y as f32)) / self.size().as_vec2()
    }

    /// The same rectangle in floating point, in pixels, for the renderer.
    pub fn to_rect(self) -> Rect {
        let min = Vec2::new(self.x as f32, self.y as f32);
        Rect { min, max: min + self.size().as_vec2() }
    }
}

/// What only the tests ask.
#[cfg(test)]
impl PxRect {
    /// How many pixels it covers.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Whether every pixel of `other` is one of its own.
    pub const fn contains_rect(self, other: Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Whether the two share a pixel.
    pub const fn intersects(self, other: Self) -> bool {
        !self.is_empty()
            && !other.is_empty()
            && self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: PxRect = PxRect::new(100, 50, 200, 100);

    #[test]
    fn edges_are_half_open() {
        assert!(TILE.contains(Vec2::new(100.0, 50.0)));
        assert!(TILE.contains(Vec2::new(299.9, 149.9)));
        assert!(!TILE.contains(Vec2::new(300.0, 60.0)));
        assert!(!TILE.contains(Vec2::new(120.0, 150.0)));
        assert!(!TILE.contains(Vec2::new(f32::NAN, 60.0)));
    }

    #[test]
    fn a_shared_edge_is_no_shared_pixel() {
        assert!(!TILE.intersects(PxRect::new(300, 50, 10, 100)));
        assert!(!TILE.intersects(PxRect::new(100, 150, 200, 1)));
        assert!(TILE.intersects(PxRect::new(299, 149, 10, 10)));
        assert!(!TILE.intersects(PxRect::new(150, 60, 0, 10)));
    }

    #[test]
    fn containment_counts_the_edge() {
        assert!(TILE.contains_rect(TILE));
        assert!(TILE.contains_rect(PxRect::new(299, 149, 1, 1)));
        assert!(!TILE.contains_rect(PxRect::new(299, 149, 2, 1)));
        assert!(!TILE.contains_rect(PxRect::new(99, 50, 10, 10)));
    }

    #[test]
    fn unit_maps_the_corners() {
        assert_eq!(TILE.unit(Vec2::new(100.0, 50.0)), Vec2::ZERO);
        assert_eq!(TILE.unit(Vec2::new(300.0, 150.0)), Vec2::ONE);
        assert_eq!(TILE.unit(Vec2::new(150.0, 100.0)), Vec2::new(0.25, 0.5));
        assert_eq!(PxRect::new(7, 7, 0, 3).unit(Vec2::ZERO), Vec2::splat(0.5));
    }

    #[test]
    fn converts_to_corners() {
        assert_eq!(TILE.to_rect(), Rect::new(100.0, 50.0, 300.0, 150.0));
        assert_eq!(PxRect::of_window(UVec2::new(1920, 1080)), PxRect::new(0, 0, 1920, 1080));
        assert_eq!(PxRect::of_window(UVec2::splat(u32::MAX)).area(), u64::from(u32::MAX).pow(2));
    }
}
