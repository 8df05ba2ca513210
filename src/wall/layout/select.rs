//! Which tile the operator means: by arrow key, by reading order, by number.
//!
//! Runs on the caller's thread. Policy: an arrow goes straight
//! on to the nearest tile that lies beside the current one, and nowhere at the wall's edge, so
//! the opposite arrow leads back; only what no straight move reaches gets a slanted one
//! (see `connect`), so that every tile can be reached.

use super::{
    Content, Direction, LayoutTile,
    navigation::{moves, straight},
};

/// Where an arrow key leads from `tiles[current]`: an index into `tiles`. `None` where it leads
/// nowhere.
pub fn neighbour(tiles: &[LayoutTile], current: usize, direction: Direction) -> Option<usize> {
    if current >= tiles.len() {
        return None;
    }
    // The wall as a whole matters only where no tile lies beside the current one.
    straight(tiles, current, direction).or_else(|| moves(tiles)[current][direction as usize])
}

/// First tile in reading order (Home): an index into `tiles`.
pub fn first(tiles: &[LayoutTile]) -> Option<usize> {
    (0..tiles.len()).min_by_key(|&i| reading(&tiles[i]))
}

/// Last tile in reading order (End): an index into `tiles`.
pub fn last(tiles: &[LayoutTile]) -> Option<usize> {
    (0..tiles.len()).max_by_key(|&i| reading(&tiles[i]))
}

/// The tile of the camera with this number, as the operator reads it (from 1): an index into
/// `tiles`. The first one where a camera is shown twice; never a hotspot, which shows it as well.
pub fn by_number(tiles: &[LayoutTile], number: usize) -> Option<usize> {
    tiles.iter().position(|tile| tile.content != Content::Hotspot && tile.camera == number)
}

/// The next camera in reading order, or the one before, round and round: an index into `tiles`. A camera
/// that several tiles show comes once, at its first; hotspots are left out.
pub fn camera_after(tiles: &[LayoutTile], current: Option<usize>, forward: bool) -> Option<usize> {
    let own = |i: &usize| tiles[*i].content != Content::Hotspot;
    let mut order: Vec<usize> = (0..tiles.len()).filter(own).collect();
    order.sort_by_key(|i| reading(&tiles[*i]));
    let mut seen = Vec::new();
    order.retain(|i| {
        let camera = tiles[*i].camera;
        let fresh = !seen.contains(&camera);
        seen.push(camera);
        fresh
    });
    let count = order.len();
    let here = current.and_then(|i| seen_at(tiles, &order, tiles.get(i)?.camera));
    let next = match here {
        Some(here) if forward => here + 1,
        Some(here) => here + count - 1,
        None if forward => 0,
        None => count.checked_sub(1)?,
    };
    order.get(next.checked_rem(count)?).copied()
}

/// Where in `order` a camera is.
fn seen_at(tiles: &[LayoutTile], order: &[usize], camera: usize) -> Option<usize> {
    order.iter().position(|i| tiles[*i].camera == camera)
}

fn reading(tile: &LayoutTile) -> (u32, u32, usize) {
    (tile.rect.y, tile.rect.x, tile.index)
}

#[cfg(test)]
mod tests {
    use Direction::{Down, Left, Right, Up};

    use super::*;
    use crate::wall::layout::PxRect;

    /// Places of 100 × 100 pixels per cell, camera = index.
    fn wall(cells: &[[u32; 4]]) -> Vec<LayoutTile> {
        let tile = |(index, cell): (usize, &[u32; 4])| {
            let [x, y, width, height] = cell.map(|cells| cells * 100);
            let rect = PxRect { x, y, width, height };
            LayoutTile { camera: index, content: Content::Camera, index, rect, overlap: false }
        };
        cells.iter().enumerate().map(tile).collect()
    }

    fn walk(tiles: &[LayoutTile], from: usize, way: &[Direction]) -> Vec<Option<usize>> {
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
        tiles[0].camera = 9;
        tiles[2].camera = 9;
        assert_eq!(by_number(&tiles, 9), Some(0));
        assert_eq!(by_number(&tiles, 1), Some(1));
        assert_eq!([0, 2].map(|number| by_number(&tiles, number)), [None, None]);
    }

    #[test]
    fn cameras_follow_each_other_in_reading_order_round_and_round_and_once_each() {
        let mut tiles =
            wall(&[[0, 1, 1, 1], [1, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1], [2, 0, 1, 2]]);
        // 2 · 1 · hotspot over 0 · 2 again.
        tiles[3].camera = 2;
        (tiles[4].camera, tiles[4].content) = (1, Content::Hotspot);
        let next = |from| camera_after(&tiles, Some(from), true);
        assert_eq!([2, 1, 0].map(next), [1, 0, 2].map(Some));
        assert_eq!([3, 4].map(next), [1, 0].map(Some), "by the camera that is shown there");
        let before = |from| camera_after(&tiles, Some(from), false);
        assert_eq!([2, 0, 1].map(before), [0, 1, 2].map(Some));
        assert_eq!(camera_after(&tiles, None, true), Some(2));
        assert_eq!(camera_after(&tiles, None, false), Some(0));
        assert_eq!(camera_after(&tiles[4..], Some(0), true), None);
        assert_eq!(camera_after(&[], None, false), None);
        assert_eq!(camera_after(&tiles[..1], Some(0), false), Some(0));
        assert_eq!(by_number(&tiles, 1), Some(1), "not the hotspot");
        assert_eq!(by_number(&tiles[4..], 1), None);
    }
}
