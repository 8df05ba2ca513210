//! The four directions of the arrow keys, and rectangles as seen looking in one of them.
//!
//! Pure, on the caller's thread. Policy: one rule serves all four directions.

use super::PxRect;

/// An arrow key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards smaller x.
    Left,
    /// Towards larger x.
    Right,
    /// Towards smaller y.
    Up,
    /// Towards larger y.
    Down,
}

impl Direction {
    /// All four, in the order of their discriminants.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Up, Self::Down];
}

/// A rectangle as seen looking in a direction: turned until that direction points right.
/// One rule then serves all four, and ties are broken the same way round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ahead {
    /// Nearer and farther edge.
    near: i64,
    far: i64,
    /// Edges to the left and to the right of who looks.
    left: i64,
    right: i64,
    /// Puts rectangles with the same middle in an order, the reverse one looking back.
    order: i64,
}

impl Ahead {
    pub(super) fn new(rect: PxRect, order: usize, direction: Direction) -> Self {
        let (x0, x1) = (i64::from(rect.x), i64::from(rect.right()));
        let (y0, y1) = (i64::from(rect.y), i64::from(rect.bottom()));
        let order = i64::try_from(order).unwrap_or(i64::MAX);
        match direction {
            Direction::Right => Self { near: x0, far: x1, left: y0, right: y1, order },
            Direction::Down => Self { near: y0, far: y1, left: -x1, right: -x0, order },
            Direction::Left => Self { near: -x1, far: -x0, left: -y1, right: -y0, order: -order },
            Direction::Up => Self { near: -y1, far: -y0, left: x0, right: x1, order: -order },
        }
    }

    /// The middle along the direction and across it, in half pixels.
    pub(super) fn middle(&self) -> (i64, i64) {
        (self.near + self.far, self.left + self.right)
    }

    /// Whether it lies farther on. A strict order, so going on and on in one direction ends.
    pub(super) fn is_beyond(&self, from: &Self) -> bool {
        (self.middle().0, self.order) > (from.middle().0, from.order)
    }

    /// Whether going straight on from any part of `from` leads to it.
    pub(super) fn is_beside(&self, from: &Self) -> bool {
        self.left < from.right && from.left < self.right
    }

    /// Less is nearer: first the way there (less than zero for a picture in picture, which is
    /// nearer than what lies outside), then how far it is off the middle. Of equals the one on
    /// the left hand: were it always the upper or left one, a picture over the crossing of four
    /// tiles would hide the fourth.
    pub(super) fn nearness(&self, from: &Self) -> (i64, i64, i64, i64) {
        let across = self.middle().1;
        (self.near - from.far, (across - from.middle().1).abs(), across, self.order)
    }
}
