//! Where the arrow keys lead, so that every tile of a wall can be reached.
//!
//! Straight moves reach everything in a grid, but not in every arrangement: tiles may touch only
//! at a corner, or one may be nobody's nearest. Owns the straight moves and the additional ones.
//! Runs on the caller's thread. Policy: straight moves stay as they are; additional ones use only
//! arrows that led nowhere, and lead to the nearest tile in the arrow's direction if they can.

use super::{Direction, LayoutTile, direction::Ahead};

/// For each tile where each arrow leads, indexed by [`Direction`].
pub(super) type Moves = Vec<[Option<usize>; 4]>;

/// All moves of a wall.
pub(super) fn moves(tiles: &[LayoutTile]) -> Moves {
    let from = |current| Direction::ALL.map(|direction| straight(tiles, current, direction));
    let mut moves = (0..tiles.len()).map(from).collect();
    connect(tiles, &mut moves);
    moves
}

/// The nearest tile that lies beside the current one in this direction.
pub(super) fn straight(
    tiles: &[LayoutTile],
    current: usize,
    direction: Direction,
) -> Option<usize> {
    let from = Ahead::new(tiles[current].rect, current, direction);
    let seen = |i: usize| Ahead::new(tiles[i].rect, i, direction);
    (0..tiles.len())
        .filter(|&i| seen(i).is_beyond(&from) && seen(i).is_beside(&from))
        .min_by_key(|&i| seen(i).nearness(&from))
}

/// Adds moves until each tile can be reached from each other.
///
/// Each round makes a tile reachable from where it was not, so it ends. There are arrows to use:
/// of any tiles that no straight move leaves, the rightmost has nothing beside it on the right
/// (or a move would leave), and likewise the other three. The random tests know no wall that needs
/// more arrows than there are.
fn connect(tiles: &[LayoutTile], moves: &mut Moves) {
    loop {
        let reach = reachable(moves);
        let Some((from, direction, to)) = best_link(tiles, moves, &reach) else {
            return;
        };
        moves[from][direction as usize] = Some(to);
    }
}

/// The least odd unused move to a tile that cannot be reached from where it starts. `None` where
/// all are connected.
fn best_link(
    tiles: &[LayoutTile],
    moves: &Moves,
    reach: &[Vec<bool>],
) -> Option<(usize, Direction, usize)> {
    let unused =
        |(from, direction): &(usize, Direction)| moves[*from][*direction as usize].is_none();
    (0..tiles.len())
        .flat_map(|from| Direction::ALL.map(|direction| (from, direction)))
        .filter(unused)
        .flat_map(|(from, direction)| (0..tiles.len()).map(move |to| (from, direction, to)))
        .filter(|&(from, _, to)| !reach[from][to])
        .min_by_key(|&(from, direction, to)| cost(tiles, from, direction, to))
}

/// How odd a move would look: least for a near tile well in the arrow's direction, most for one
/// behind.
fn cost(tiles: &[LayoutTile], from: usize, direction: Direction, to: usize) -> (u8, i128) {
    let here = Ahead::new(tiles[from].rect, from, direction).middle();
    let there = Ahead::new(tiles[to].rect, to, direction).middle();
    let (ahead, aside) = (there.0 - here.0, (there.1 - here.1).abs());
    let odd = if ahead <= 0 {
        2
    } else if ahead < aside {
        1
    } else {
        0
    };
    (odd, i128::from(ahead).pow(2) + i128::from(aside).pow(2))
}

/// `reachable(moves)[a][b]`: whether moves lead from `a` to `b`.
pub(super) fn reachable(moves: &Moves) -> Vec<Vec<bool>> {
    let from = |start: usize| {
        let mut seen = vec![false; moves.len()];
        let mut todo = vec![start];
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                todo.extend(moves[at].iter().flatten());
            }
        }
        seen
    };
    (0..moves.len()).map(from).collect()
}

#[cfg(test)]
mod tests {
    use Direction::{Down, Left, Right, Up};

    use super::*;
    use crate::wall::layout::{Content, PxRect, neighbour};

    fn wall(corners: &[(u32, u32)]) -> Vec<LayoutTile> {
        let tile = |(index, &(x, y)): (usize, &(u32, u32))| LayoutTile {
            camera: index,
            content: Content::Camera,
            index,
            rect: PxRect::new(x, y, 100, 100),
            overlap: false,
        };
        corners.iter().enumerate().map(tile).collect()
    }

    #[test]
    fn corner_to_corner_is_joined_both_ways() {
        let tiles = wall(&[(0, 0), (100, 100)]);
        assert_eq!(Direction::ALL.map(|d| neighbour(&tiles, 0, d)), [None, Some(1), None, None]);
        assert_eq!(Direction::ALL.map(|d| neighbour(&tiles, 1, d)), [Some(0), None, None, None]);
    }

    #[test]
    fn a_staircase_is_walked_step_by_step() {
        let tiles = wall(&[(0, 0), (100, 100), (200, 200), (300, 300)]);
        let mut at = 0;
        for next in [1, 2, 3] {
            let ways = [Right, Down].map(|direction| neighbour(&tiles, at, direction));
            assert!(ways.contains(&Some(next)), "from {at}: {ways:?}");
            at = next;
        }
        let back = [Left, Up].map(|direction| neighbour(&tiles, 3, direction));
        assert!(back.iter().flatten().count() > 0, "{back:?}");
    }

    #[test]
    fn straight_moves_stay_as_they_are() {
        // Two pairs, corner to corner.
        let tiles = wall(&[(0, 0), (100, 0), (200, 100), (300, 100)]);
        assert_eq!(neighbour(&tiles, 0, Right), Some(1));
        assert_eq!(neighbour(&tiles, 1, Left), Some(0));
        assert_eq!(neighbour(&tiles, 2, Right), Some(3));
        assert_eq!(neighbour(&tiles, 1, Right), Some(2), "the nearest of the other pair");
        assert_eq!(neighbour(&tiles, 2, Left), Some(1));
    }

    #[test]
    fn the_arrow_that_points_there_is_preferred() {
        let tiles = wall(&[(0, 0), (100, 300)]);
        assert_eq!(neighbour(&tiles, 0, Down), Some(1), "more below than beside");
        assert_eq!(neighbour(&tiles, 0, Right), None);
        // From the middle of a column, Down is in use: Right still points there, Left does not.
        let tiles = wall(&[(0, 0), (0, 200), (0, 600), (150, 400)]);
        assert_eq!(
            Direction::ALL.map(|d| neighbour(&tiles, 1, d)),
            [None, Some(3), Some(0), Some(2)]
        );
        assert_eq!(neighbour(&tiles, 3, Up), Some(1));
    }

    #[test]
    fn reachability_follows_the_moves_only_forwards() {
        let moves = vec![[Some(1), None, None, None], [None; 4], [None, Some(0), None, None]];
        let expected = [[true, true, false], [false, true, false], [true, true, true]];
        assert_eq!(reachable(&moves), expected.map(|row| row.to_vec()));
    }
}
