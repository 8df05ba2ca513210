//! A picture inside its tile: which pixels of the window it covers and which part of the source
//! they show.
//!
//! Owns the fits and how digital zoom joins in. Runs on the caller's thread. Policy: sizes are
//! compared in integers, so a source that already has the tile's size is shown texel for pixel;
//! a bar narrower than a pixel is no bar. Zoom shows a part of what the fit shows and leaves the
//! picture's edges on screen where they are.

use bevy::math::{Rect, UVec2, Vec2};

use super::{PxRect, Zoom};
use camwall_config::Fit;

const WHOLE: Rect = Rect { min: Vec2::ZERO, max: Vec2::ONE };

/// Where a picture is drawn and what of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Pixels of the window that the picture covers; inside the tile. The rest of the tile is bars.
    pub dst: PxRect,
    /// The part of the source that is shown there, normalised: (0, 0) is the top left corner of
    /// its first texel, (1, 1) the bottom right corner of its last.
    pub src: Rect,
}

/// Where to draw a picture of `source` texels in `tile` (pixels of the window).
///
/// `sar` is the shape of a texel, width to height (FFmpeg's sample aspect ratio); a zero in it
/// means unknown and counts as square. `None` where the tile or the source is empty.
pub fn place(
    tile: PxRect,
    source: UVec2,
    sar: (u32, u32),
    fit: Fit,
    zoom: Zoom,
) -> Option<Placement> {
    if tile.is_empty() || source.x == 0 || source.y == 0 {
        return None;
    }
    let shape = Shape::of(source, sar);
    let (dst, shown) = match fit {
        Fit::Contain => (contain(tile, shape), WHOLE),
        Fit::Cover => (tile, cover(tile, shape)),
        Fit::Stretch => (tile, WHOLE),
    };
    Some(Placement { dst, src: part(shown, zoom.rect()) })
}

/// The proportions of a picture as people see it.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: u128,
    height: u128,
}

impl Shape {
    fn of(source: UVec2, sar: (u32, u32)) -> Self {
        let (across, down) = if sar.0 == 0 || sar.1 == 0 { (1, 1) } else { sar };
        Self {
            width: u128::from(source.x) * u128::from(across),
            height: u128::from(source.y) * u128::from(down),
        }
    }
}

/// The largest rectangle of `shape` in the middle of `tile`.
fn contain(tile: PxRect, shape: Shape) -> PxRect {
    let wide = u128::from(tile.height) * shape.width;
    let tall = u128::from(tile.width) * shape.height;
    let (width, height) = if wide <= tall {
        (scaled(wide, shape.height, tile.width), tile.height)
    } else {
        (tile.width, scaled(tall, shape.width, tile.height))
    };
    let x = tile.x + (tile.width - width) / 2;
    let y = tile.y + (tile.height - height) / 2;
    PxRect { x, y, width, height }
}

/// `dividend / divisor` in whole pixels: nearest, at least one, and `most` where less than a
/// pixel is missing from it. Tiles differ by a pixel where a window does not divide evenly, and a
/// hairline beside some of them would look like a fault.
fn scaled(dividend: u128, divisor: u128, most: u32) -> u32 {
    if dividend + divisor > u128::from(most) * divisor {
        return most;
    }
    let nearest = (dividend + divisor / 2) / divisor;
    u32::try_from(nearest).unwrap_or(most).clamp(1, most)
}

/// The part of a picture of `shape`, normalised and in its middle, that has the tile's shape.
fn cover(tile: PxRect, shape: Shape) -> Rect {
    let wide = u128::from(tile.height) * shape.width;
    let tall = u128::from(tile.width) * shape.height;
    let cut = |small: u128, large: u128| ((1.0 - small as f64 / large as f64) / 2.0) as f32;
    if wide >= tall {
        let cut = cut(tall, wide);
        Rect::new(cut, 0.0, 1.0 - cut, 1.0)
    } else {
        let cut = cut(wide, tall);
        Rect::new(0.0, cut, 1.0, 1.0 - cut)
    }
}

/// `inner`, given as fractions of `outer`. Exactly `outer` for the whole of it.
fn part(outer: Rect, inner: Rect) -> Rect {
    let at = |fraction| outer.min * (Vec2::ONE - fraction) + outer.max * fraction;
    Rect {
        min: at(inner.min).clamp(outer.min, outer.max),
        max: at(inner.max).clamp(outer.min, outer.max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: (u32, u32) = (1, 1);

    fn fitted(tile: [u32; 4], source: (u32, u32), sar: (u32, u32), fit: Fit) -> Placement {
        let tile = PxRect::new(tile[0], tile[1], tile[2], tile[3]);
        place(tile, source.into(), sar, fit, Zoom::FIT).expect("neither is empty")
    }

    #[test]
    fn the_same_size_is_texel_for_pixel_in_every_fit() {
        for fit in [Fit::Contain, Fit::Cover, Fit::Stretch] {
            let picture = fitted([641, 361, 638, 358], (638, 358), SQUARE, fit);
            assert_eq!(picture.dst, PxRect::new(641, 361, 638, 358), "{fit:?}");
            assert_eq!(picture.src, WHOLE, "{fit:?}");
        }
        // The tile only has to be as large in one direction.
        let picture = fitted([10, 0, 641, 480], (640, 480), SQUARE, Fit::Contain);
        assert_eq!((picture.dst, picture.src), (PxRect::new(10, 0, 640, 480), WHOLE));
    }

    #[test]
    fn contain_puts_bars_on_both_sides() {
        let pillars = fitted([0, 0, 640, 360], (640, 480), SQUARE, Fit::Contain);
        assert_eq!((pillars.dst, pillars.src), (PxRect::new(80, 0, 480, 360), WHOLE));
        let full_hd = fitted([0, 0, 1920, 1080], (640, 480), SQUARE, Fit::Contain);
        assert_eq!(full_hd.dst, PxRect::new(240, 0, 1440, 1080));
        let letterbox = fitted([100, 200, 480, 480], (1920, 1080), SQUARE, Fit::Contain);
        assert_eq!(letterbox.dst, PxRect::new(100, 305, 480, 270));
    }

    #[test]
    fn contain_leaves_no_hairline() {
        // 768 lines of 16:9 are 1365⅓ pixels wide.
        let picture = fitted([0, 0, 1366, 768], (1920, 1080), SQUARE, Fit::Contain);
        assert_eq!(picture.dst, PxRect::new(0, 0, 1366, 768));
    }

    #[test]
    fn cover_cuts_both_edges() {
        let picture = fitted([0, 0, 300, 300], (1600, 800), SQUARE, Fit::Cover);
        assert_eq!(picture.dst, PxRect::new(0, 0, 300, 300));
        assert_eq!(picture.src, Rect::new(0.25, 0.0, 0.75, 1.0));
        let picture = fitted([5, 5, 400, 200], (300, 300), SQUARE, Fit::Cover);
        assert_eq!(picture.src, Rect::new(0.0, 0.25, 1.0, 0.75));
    }

    #[test]
    fn stretch_fills() {
        let picture = fitted([3, 4, 50, 70], (1920, 1080), SQUARE, Fit::Stretch);
        assert_eq!((picture.dst, picture.src), (PxRect::new(3, 4, 50, 70), WHOLE));
    }

    #[test]
    fn texels_that_are_not_square_widen_the_picture() {
        // PAL, 704 texels of 12:11, is 4:3.
        let picture = fitted([0, 0, 1000, 600], (704, 528), (12, 11), Fit::Contain);
        assert_eq!(picture.dst, PxRect::new(63, 0, 873, 600));
        let unknown = fitted([0, 0, 1000, 600], (704, 528), (0, 1), Fit::Contain);
        assert_eq!(unknown.dst, PxRect::new(100, 0, 800, 600));
    }

    #[test]
    fn extreme_shapes_keep_a_pixel() {
        let line = fitted([0, 0, 100, 100], (60_000, 1), SQUARE, Fit::Contain);
        assert_eq!(line.dst, PxRect::new(0, 49, 100, 1));
        let most = (u32::MAX, u32::MAX);
        let largest = fitted([0, 0, u32::MAX, u32::MAX], most, most, Fit::Contain);
        assert_eq!(largest.dst, PxRect::new(0, 0, u32::MAX, u32::MAX));
    }

    #[test]
    fn nothing_to_draw() {
        let none = |tile, source| place(tile, source, SQUARE, Fit::Contain, Zoom::FIT);
        assert_eq!(none(PxRect::new(0, 0, 0, 9), UVec2::ONE), None);
        assert_eq!(none(PxRect::new(0, 0, 9, 9), UVec2::new(9, 0)), None);
    }

    #[test]
    fn zoom_shows_a_part_of_what_the_fit_shows() {
        let tile = PxRect::new(0, 0, 300, 300);
        let zoom = Zoom::new(Vec2::new(1.0, 0.5), 2.0);
        let zoomed = |fit| place(tile, UVec2::new(1600, 800), SQUARE, fit, zoom).map(|p| p.src);
        assert_eq!(zoomed(Fit::Stretch), Some(Rect::new(0.5, 0.25, 1.0, 0.75)));
        assert_eq!(zoomed(Fit::Cover), Some(Rect::new(0.5, 0.25, 0.75, 0.75)));
    }
}
