//! How large the letters are.
//!
//! Owns the sizes of everything written on the wall. Runs on the caller's thread. Policy: letters
//! grow with the window, because a wall is read from across the room and not from a desk; in a
//! tile too small for them they shrink, and below what can be read at all there are none.

use bevy::math::UVec2;

use super::PxRect;

/// Lines of the window at which the scale is 1.
const LINES: f32 = 1080.0;

/// The smallest scale.
const LEAST_SCALE: f32 = 0.5;

/// Height of a label's letters at scale 1, in pixels.
const LABEL: f32 = 30.0;

/// The smallest letters that can be told apart, in pixels.
const LEAST_LABEL: f32 = 8.0;

/// A label takes at most this part of its tile's height …
const OF_HEIGHT: f32 = 1.0 / 5.0;

/// … and its letters at most this part of the tile's width, which leaves room for some sixteen.
const OF_WIDTH: f32 = 1.0 / 10.0;

/// By how much everything written is enlarged in a window of `window` physical pixels: 1 at 1080
/// lines, 2 at 2160, never less than 0.5. A window on its side counts its shorter side.
pub fn ui_scale(window: UVec2) -> f32 {
    (window.min_element() as f32 / LINES).max(LEAST_SCALE)
}

/// Height of the letters, in pixels, for the label of a tile (pixels), at a scale from
/// [`ui_scale`]. `None` where no letter that can be read fits.
pub fn label_px(tile: PxRect, scale: f32) -> Option<f32> {
    let fits = (tile.height as f32 * OF_HEIGHT).min(tile.width as f32 * OF_WIDTH);
    Some((LABEL * scale).min(fits)).filter(|px| *px >= LEAST_LABEL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_follows_the_lines() {
        let scale = |width, height| ui_scale(UVec2::new(width, height));
        assert_eq!(scale(1920, 1080), 1.0);
        assert_eq!(scale(3840, 2160), 2.0);
        assert_eq!(scale(1080, 1920), 1.0, "on its side");
        assert_eq!(scale(5120, 1440), 4.0 / 3.0);
        assert_eq!(scale(640, 360), 0.5);
        assert_eq!(scale(0, 0), 0.5);
    }

    #[test]
    fn labels_shrink_in_small_tiles_and_vanish_in_tiny_ones() {
        let label = |width, height, scale| label_px(PxRect::new(0, 0, width, height), scale);
        assert_eq!(label(640, 360, 1.0), Some(30.0));
        assert_eq!(label(240, 135, 1.0), Some(24.0), "eight by eight on full HD");
        assert_eq!(label(1280, 720, 2.0), Some(60.0));
        assert_eq!(label(160, 90, 1.0), Some(16.0));
        assert_eq!(label(640, 60, 1.0), Some(12.0));
        assert_eq!(label(79, 400, 1.0), None);
        assert_eq!(label(640, 360, 0.5), Some(15.0));
        assert_eq!(label(640, 360, f32::NAN), Some(64.0), "limited by the tile");
    }
}
