//! Which tile the operator means: by arrow key, by number, by pointer.
//!
//! Owns the rule of the arrow keys. Runs on the caller's thread. Policy: an arrow goes straight
//! on to the nearest tile that lies beside the current one, and nowhere at the wall's edge, so
//! the opposite arrow leads back; only what no straight move reaches gets a slanted one
//! (see `connect`), so that every tile can be reached.

use bevy::math::Vec2;

use super::{PxRect, Tile, navigation::connect};

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

/// Where an arrow key leads from `tiles[current]`: an index into `tiles`. `None` where it leads
/// nowhere.
pub fn neighbour(tiles: &[Tile], current: usize, direction: Direction) -> Option<usize> {
    if current >= tiles.len() {
        return None;
    }
    // The wall as a whole matters only where no tile lies beside the current one.
    straight(tiles, current, direction).or_else(|| moves(tiles)[current][direction as usize])
}

/// First tile in reading order (Home): an index into `tiles`.
pub fn first(tiles: &[Tile]) -> Option<usize> {
    (0..tiles.len()).min_by_key(|&i| reading(&tiles[i]))
}

/// Last tile in reading order (End): an index into `tiles`.
pub fn last(tiles: &[Tile]) -> Option<usize> {
    (0..tiles.len()).max_by_key(|&i| reading(&tiles[i]))
}

/// The tile of the camera with this number, as the operator reads it (from 1): an index into
/// `tiles`. The first one where a camera stands twice.
pub fn by_number(tiles: &[Tile], number: usize) -> Option<usize> {
    let camera = number.checked_sub(1)?;
    tiles.iter().position(|tile| tile.camera == camera)
}

/// The topmost tile under a point of the window (pixels): an index into `tiles`.
pub fn hit(tiles: &[Tile], point: Vec2) -> Option<usize> {
    tiles.iter().rposition(|tile| tile.rect.contains(point))
}

fn reading(tile: &Tile) -> (u32, u32, usize) {
    (tile.rect.y, tile.rect.x, tile.index)
}

/// For each tile where each arrow leads, indexed by [`Direction`].
pub(super) type Moves = Vec<[Option<usize>; 4]>;

/// All moves of a wall.
pub(super) fn moves(tiles: &[Tile]) -> Moves {
    let from = |current| Direction::ALL.map(|direction| straight(tiles, current, direction));
    let mut moves = (0..tiles.len()).map(from).collect();
    connect(tiles, &mut moves);
    moves
}

/// The nearest tile that lies beside the current one in this direction.
fn straight(tiles: &[Tile], current: usize, direction: Direction) -> Option<usize> {
    let from = Ahead::new(tiles[current].rect, current, direction);
    let seen = |i: usize| Ahead::new(tiles[i].rect, i, direction);
    (0..tiles.len())
        .filter(|&i| seen(i).is_beyond(&from) && seen(i).is_beside(&from))
        .min_by_key(|&i| seen(i).nearness(&from))
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
    fn is_beyond(&self, from: &Self) -> bool {
        (self.middle().0, self.order) > (from.middle().0, from.order)
    }

    /// Whether going straight on from any part of `from` leads to it.
    fn is_beside(&self, from: &Self) -> bool {
        self.left < from.right && from.left < self.right
    }

    /// Less is nearer: first the way there (less than zero for a picture in picture, which is
    /// nearer than what lies outside), then how far it is off the middle. Of equals the one on
    /// the left hand: were it always the upper or left one, a picture over the crossing of four
    /// tiles would hide the fourth.
    fn nearness(&self, from: &Self) -> (i64, i64, i64, i64) {
        let across = self.middle().1;
        (self.near - from.far, (across - from.middle().1).abs(), across, self.order)
    }
}

#[cfg(test)]
mod tests {
    use Direction::{Down, Left, Right, Up};

    use super::*;

    /// Places of 100 × 100 pixels per cell, camera = index.
    fn wall(cells: &[[u32; 4]]) -> Vec<Tile> {
        let tile = |(index, cell): (usize, &[u32; 4])| {
            let [x, y, width, height] = cell.map(|cells| cells * 100);
            let rect = PxRect { x, y, width, height };
            Tile { camera: index, index, rect, overlap: false }
        };
        cells.iter().enumerate().map(tile).collect()
    }

    fn walk(tiles: &[Tile], from: usize, way: &[Direction]) -> Vec<Option<usize>> {
        let step = |at: &mut Option<usize>, direction: &Direction| {
            *at = at.and_then(|at| neighbour(tiles, at, *direction));
            Some(*at)
        };
        way.iter().scan(Some(from), step).collect()
    }

    #[test]
    fn a_grid_goes_straight_and_ends_at_the_edge() {
        let cells: Vec<_> = (0..9).map(|i| [i % 3, i / 3, 1, 1]).collect();
        let tiles = wall(&cells);
        let round = walk(&tiles, 0, &[Right, Right, Down, Down, Left, Left, Up, Up]);
        assert_eq!(round, [1, 2, 5, 8, 7, 6, 3, 0].map(Some));
        assert_eq!([Left, Up].map(|d| neighbour(&tiles, 0, d)), [None, None]);
        assert_eq!([Right, Down].map(|d| neighbour(&tiles, 8, d)), [None, None]);
        assert_eq!(neighbour(&tiles, 9, Left), None);
    }

    #[test]
    fn an_incomplete_last_row_stays_straight() {
        let cells: Vec<_> = (0..7).map(|i| [i % 3, i / 3, 1, 1]).collect();
        let tiles = wall(&cells);
        assert_eq!(neighbour(&tiles, 6, Right), None);
        assert_eq!(neighbour(&tiles, 5, Down), None);
        assert_eq!(walk(&tiles, 6, &[Up, Down]), [Some(3), Some(6)]);
    }

    #[test]
    fn spans_go_to_what_faces_their_middle() {
        // 3 × 3 large, four on the right, three below.
        let tiles = wall(&[
            [0, 0, 3, 3],
            [3, 0, 1, 1],
            [3, 1, 1, 1],
            [3, 2, 1, 1],
            [3, 3, 1, 1],
            [0, 3, 1, 1],
            [1, 3, 1, 1],
            [2, 3, 1, 1],
        ]);
        assert_eq!(walk(&tiles, 0, &[Right, Left, Down, Up]), [2, 0, 6, 0].map(Some));
        assert_eq!(walk(&tiles, 2, &[Up, Left, Right]), [1, 0, 2].map(Some));
        assert_eq!(walk(&tiles, 4, &[Left, Left, Left, Left]), [Some(7), Some(6), Some(5), None]);
    }

    #[test]
    fn a_tile_beside_comes_before_a_nearer_one_that_is_not() {
        let tiles = wall(&[[0, 0, 1, 1], [1, 1, 1, 1], [4, 0, 1, 1]]);
        assert_eq!(neighbour(&tiles, 0, Right), Some(2));
    }

    #[test]
    fn a_picture_in_picture_is_entered_and_left() {
        let tiles = wall(&[[0, 0, 4, 4], [4, 0, 4, 4], [3, 0, 1, 1]]);
        assert_eq!(walk(&tiles, 0, &[Right, Left, Right, Right]), [2, 0, 2, 1].map(Some));
        assert_eq!(neighbour(&tiles, 1, Left), Some(0), "past what lies in the corner");
        // In the very middle neither lies farther on than the other.
        let tiles = wall(&[[0, 0, 3, 3], [1, 1, 1, 1], [3, 0, 1, 3]]);
        assert_eq!(walk(&tiles, 0, &[Right, Left, Down, Up]), [1, 0, 1, 0].map(Some));
        assert_eq!(neighbour(&tiles, 1, Right), Some(2));
    }

    #[test]
    fn a_picture_over_a_crossing_leads_to_all_four() {
        let cells = [[0, 0, 2, 2], [2, 0, 2, 2], [0, 2, 2, 2], [2, 2, 2, 2], [1, 1, 2, 2]];
        let tiles = wall(&cells);
        let around = [Right, Down, Left, Up].map(|d| neighbour(&tiles, 4, d));
        assert_eq!(around, [1, 3, 2, 0].map(Some));
    }

    #[test]
    fn home_and_end_go_by_reading_order() {
        let tiles = wall(&[[0, 2, 1, 1], [1, 0, 1, 1], [2, 1, 1, 1], [0, 1, 1, 1]]);
        assert_eq!((first(&tiles), last(&tiles)), (Some(1), Some(0)));
        assert_eq!((first(&[]), last(&[])), (None, None));
    }

    #[test]
    fn numbers_are_the_cameras() {
        let mut tiles = wall(&[[0, 0, 1, 1], [1, 0, 1, 1], [2, 0, 1, 1]]);
        tiles[0].camera = 8;
        tiles[2].camera = 8;
        assert_eq!(by_number(&tiles, 9), Some(0));
        assert_eq!(by_number(&tiles, 2), Some(1));
        assert_eq!([0, 1].map(|number| by_number(&tiles, number)), [None, None]);
    }

    #[test]
    fn the_topmost_tile_is_hit() {
        let tiles = wall(&[[0, 0, 4, 4], [3, 3, 1, 1]]);
        assert_eq!(hit(&tiles, Vec2::new(350.0, 350.0)), Some(1));
        assert_eq!(hit(&tiles, Vec2::new(299.0, 350.0)), Some(0));
        assert_eq!(hit(&tiles, Vec2::new(400.0, 350.0)), None);
        assert_eq!(hit(&tiles, Vec2::new(-1.0, 0.0)), None);
    }
}
