//! How a wall lies in its window: turned by quarters, and moved by a few pixels.
//!
//! Pure. Policy: operators, layouts and the overlay know the wall as it is seen, upright; only who draws
//! to the window or hears of its pointer needs this. Everything is whole pixels, so a picture that is shown
//! texel for pixel stays so.

use bevy::math::{IVec2, Mat2, UVec2, Vec2};

use camwall_config::Rotation;

/// A wall in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sight {
    /// How the wall is turned, clockwise.
    pub rotation: Rotation,
    /// How far the whole picture is moved, in pixels of the wall: right and down.
    pub moved: IVec2,
}

/// The size of a wall that is turned so in a window of that size, and the other way round.
pub fn turned(rotation: Rotation, size: UVec2) -> UVec2 {
    match rotation {
        Rotation::None | Rotation::Half => size,
        Rotation::Right | Rotation::Left => UVec2::new(size.y, size.x),
    }
}

impl Sight {
    /// From pixels of a window of that size to pixels of its wall: a matrix, then what is added.
    pub fn to_wall(self, window: UVec2) -> (Mat2, Vec2) {
        let wall = turned(self.rotation, window).as_vec2();
        let (right, down) = (Vec2::X, Vec2::Y);
        // Where a step to the right and one down in the window lead on the wall, and the wall's pixel in
        // the window's upper left corner.
        let (across, along, corner) = match self.rotation {
            Rotation::None => (right, down, Vec2::ZERO),
            Rotation::Right => (-down, right, Vec2::new(0.0, wall.y)),
            Rotation::Half => (-right, -down, wall),
            Rotation::Left => (down, -right, Vec2::new(wall.x, 0.0)),
        };
        (Mat2::from_cols(across, along), corner - self.moved.as_vec2())
    }

    /// The pixel of the wall that is seen at a pixel of a window of that size.
    pub fn on_wall(self, pixel: Vec2, window: UVec2) -> Vec2 {
        if self == Self::default() {
            return pixel;
        }
        let (turn, corner) = self.to_wall(window);
        turn * pixel + corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: UVec2 = UVec2::new(1920, 1080);

    fn at(rotation: Rotation, moved: IVec2, pixel: (f32, f32)) -> (f32, f32) {
        Sight { rotation, moved }.on_wall(pixel.into(), WINDOW).into()
    }

    #[test]
    fn the_upper_edge_of_a_wall_is_where_its_rotation_says() {
        // The middle of the edge of the window at which the wall's upper edge is.
        let wide = (WINDOW.x as f32, WINDOW.y as f32);
        for (rotation, edge) in [
            (Rotation::None, (wide.0 / 2.0, 0.0)),
            (Rotation::Right, (wide.0, wide.1 / 2.0)),
            (Rotation::Half, (wide.0 / 2.0, wide.1)),
            (Rotation::Left, (0.0, wide.1 / 2.0)),
        ] {
            let size = turned(rotation, WINDOW).as_vec2();
            assert_eq!(at(rotation, IVec2::ZERO, edge), (size.x / 2.0, 0.0), "{rotation:?}");
        }
    }

    #[test]
    fn each_pixel_of_a_window_is_one_of_its_wall() {
        let window = UVec2::new(7, 4);
        for rotation in Rotation::ALL {
            let size = turned(rotation, window);
            let sight = Sight { rotation, moved: IVec2::ZERO };
            let middles = (0..window.y).flat_map(|y| (0..window.x).map(move |x| (x, y)));
            let mut seen: Vec<_> = middles
                .map(|(x, y)| {
                    let pixel = Vec2::new(x as f32, y as f32) + 0.5;
                    let at = sight.on_wall(pixel, window) - 0.5;
                    assert_eq!(at, at.round(), "{rotation:?}");
                    (at.y as u32, at.x as u32)
                })
                .collect();
            seen.sort_unstable();
            let all = (0..size.y).flat_map(|y| (0..size.x).map(move |x| (y, x)));
            assert!(seen.into_iter().eq(all), "{rotation:?}");
        }
    }

    #[test]
    fn what_is_moved_to_the_right_is_seen_further_right() {
        let moved = IVec2::new(2, -1);
        assert_eq!(at(Rotation::None, moved, (10.0, 10.0)), (8.0, 11.0));
        // Turned to the right, the wall's right is the window's lower edge.
        let (still, wandered) = (IVec2::ZERO, moved);
        let before = at(Rotation::Right, still, (10.0, 10.0));
        assert_eq!(at(Rotation::Right, wandered, (10.0, 10.0)), (before.0 - 2.0, before.1 + 1.0));
    }
}
