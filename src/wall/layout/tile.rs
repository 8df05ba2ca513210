//! The tiles of a layout: which camera is shown where, in pixels.
//!
//! Owns the meaning of a layout's entries (`cells` does the arithmetic). Runs on the caller's
//! thread. Policy: a tile depends on its entry and the window alone, so it stays when others go;
//! what has become smaller than a pixel is left out. That tiles stay inside the grid and overlap
//! only where declared is the wall file's business and checked there; tiles which reach out of
//! the grid are cut at its edge here.

use bevy::math::UVec2;

use super::{PxRect, cells::Cells};
use camwall_config as config;
use camwall_config::Layout;

/// What a tile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Content {
    /// One camera.
    #[default]
    Camera,
    /// One camera after the other.
    Tour,
    /// The camera of the tile that is selected.
    Hotspot,
}

/// A camera's rectangle in a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutTile {
    /// Which camera: its number, as the operator reads it. Of a tour the first one; of a hotspot, which
    /// has none of its own, 0.
    pub camera: usize,
    /// What the tile is for.
    pub content: Content,
    /// Which entry of the layout this is, from 0. Empty entries count, so that it stays the same
    /// at every window size and whichever cameras exist.
    pub index: usize,
    /// Where, in physical pixels of the window. Never empty.
    pub rect: PxRect,
    /// Declared to lie over other tiles (picture in picture).
    pub overlap: bool,
}

/// Where each camera of `layout` is shown in a window of `window` physical pixels, with `gap`
/// pixels between neighbouring tiles and none at the window's edge.
///
/// `camera` says which camera an id names: its number. Entries that name
/// none (and `""`) leave their place empty.
///
/// The order is the order to draw in: tiles that lie over others come last, each kind as the
/// layout lists it.
pub fn arrange(
    layout: &Layout,
    camera: impl Fn(&str) -> Option<usize>,
    window: UVec2,
    gap: u32,
) -> Vec<LayoutTile> {
    arrange_either(layout, camera, window, gap, false)
}

/// The same with the first column as the last.
pub fn arrange_mirrored(
    layout: &Layout,
    camera: impl Fn(&str) -> Option<usize>,
    window: UVec2,
    gap: u32,
) -> Vec<LayoutTile> {
    arrange_either(layout, camera, window, gap, true)
}

fn arrange_either(
    layout: &Layout,
    camera: impl Fn(&str) -> Option<usize>,
    window: UVec2,
    gap: u32,
    mirrored: bool,
) -> Vec<LayoutTile> {
    match layout {
        Layout::Grid { columns, cameras } => {
            arrange_grid(*columns, cameras, camera, window, gap, mirrored)
        }
        Layout::Tiles { columns, rows, tiles } => {
            arrange_tiles(UVec2::new(*columns, *rows), tiles, camera, window, gap, mirrored)
        }
    }
}

fn arrange_grid(
    columns: Option<u32>,
    cameras: &[String],
    camera: impl Fn(&str) -> Option<usize>,
    window: UVec2,
    gap: u32,
    mirrored: bool,
) -> Vec<LayoutTile> {
    let count = u32::try_from(cameras.len()).unwrap_or(u32::MAX);
    let columns = columns.unwrap_or_else(|| square_side(count)).max(1);
    let rows = count.div_ceil(columns);
    let (Some(across), Some(down)) =
        (Cells::new(window.x, columns, gap), Cells::new(window.y, rows, gap))
    else {
        return Vec::new();
    };
    let tiles = cameras.iter().zip(0..count).filter_map(|(id, entry)| {
        let column = across_from((entry % columns, 1), columns, mirrored);
        let rect = cell_rect(across, down, column, (entry / columns, 1))?;
        let (camera, content) = (find(&camera, id)?, Content::Camera);
        Some(LayoutTile { camera, content, index: entry as usize, rect, overlap: false })
    });
    tiles.collect()
}

fn arrange_tiles(
    cells: UVec2,
    entries: &[config::Tile],
    camera: impl Fn(&str) -> Option<usize>,
    window: UVec2,
    gap: u32,
    mirrored: bool,
) -> Vec<LayoutTile> {
    let (Some(across), Some(down)) =
        (Cells::new(window.x, cells.x, gap), Cells::new(window.y, cells.y, gap))
    else {
        return Vec::new();
    };
    let tiles = entries.iter().enumerate().filter_map(|(index, entry)| {
        let column = across_from((entry.column, entry.width), cells.x, mirrored);
        let rect = cell_rect(across, down, column, (entry.row, entry.height))?;
        let (camera, content) = contained(entry, &camera)?;
        Some(LayoutTile { camera, content, index, rect, overlap: entry.overlap })
    });
    let mut tiles: Vec<_> = tiles.collect();
    // A stable sort: a picture in picture that is listed first must not vanish behind its ground.
    tiles.sort_by_key(|tile| tile.overlap);
    tiles
}

/// The camera that an entry has at first, and what it is for.
fn contained(
    entry: &config::Tile,
    camera: impl Fn(&str) -> Option<usize>,
) -> Option<(usize, Content)> {
    if let Some(tour) = &entry.tour {
        let first = tour.steps.iter().find_map(|step| find(&camera, &step.show))?;
        return Some((first, Content::Tour));
    }
    if entry.hotspot {
        return Some((0, Content::Hotspot));
    }
    Some((find(&camera, &entry.camera)?, Content::Camera))
}

fn find(camera: impl Fn(&str) -> Option<usize>, id: &str) -> Option<usize> {
    if id.is_empty() { None } else { camera(id) }
}

/// The side of the smallest square that holds `count`.
fn square_side(count: u32) -> u32 {
    let floor = count.isqrt();
    if floor * floor == count { floor } else { floor + 1 }
}

/// A span of `columns` (first one, how many), or the one across from it.
fn across_from((first, length): (u32, u32), columns: u32, mirrored: bool) -> (u32, u32) {
    let end = first.saturating_add(length).min(columns);
    if mirrored && first < end { (columns - end, end - first) } else { (first, length) }
}

/// The pixels of a span of cells, each way given as (first cell, number of cells). `None` where
/// that is less than a pixel.
fn cell_rect(across: Cells, down: Cells, column: (u32, u32), row: (u32, u32)) -> Option<PxRect> {
    let (x, width) = across.span(column.0, column.1)?;
    let (y, height) = down.span(row.0, row.1)?;
    Some(PxRect { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: Option<u32>, cameras: &[&str]) -> Layout {
        Layout::Grid { columns, cameras: cameras.iter().map(|id| id.to_string()).collect() }
    }

    fn entry(camera: &str, cells: [u32; 4], overlap: bool) -> config::Tile {
        let [column, row, width, height] = cells;
        let camera = camera.to_string();
        config::Tile { camera, column, row, width, height, overlap, ..config::Tile::default() }
    }

    /// Camera ids in the tests are numbers.
    fn rects(layout: &Layout, width: u32, height: u32, gap: u32) -> Vec<(usize, [u32; 4])> {
        let tiles = arrange(layout, |id| id.parse().ok(), UVec2::new(width, height), gap);
        let flat = |p: &LayoutTile| (p.camera, [p.rect.x, p.rect.y, p.rect.width, p.rect.height]);
        tiles.iter().map(flat).collect()
    }

    #[test]
    fn three_by_three_on_full_hd() {
        let layout = grid(None, &["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
        let wall = rects(&layout, 1920, 1080, 0);
        assert_eq!(wall.len(), 9);
        assert_eq!(wall[0], (0, [0, 0, 640, 360]));
        assert_eq!(wall[4], (4, [640, 360, 640, 360]));
        assert_eq!(wall[8], (8, [1280, 720, 640, 360]));
        let gaps = rects(&layout, 1920, 1080, 3);
        assert_eq!(gaps[0], (0, [0, 0, 638, 358]));
        assert_eq!(gaps[4], (4, [641, 361, 638, 358]));
        assert_eq!(gaps[8], (8, [1282, 722, 638, 358]));
    }

    #[test]
    fn two_by_two_on_a_laptop() {
        let layout = grid(Some(2), &["0", "1", "2", "3"]);
        let expected = vec![
            (0, [0, 0, 683, 384]),
            (1, [683, 0, 683, 384]),
            (2, [0, 384, 683, 384]),
            (3, [683, 384, 683, 384]),
        ];
        assert_eq!(rects(&layout, 1366, 768, 0), expected);
        // 1366 − 3 is odd: the spare pixel goes to the second column.
        assert_eq!(rects(&layout, 1366, 768, 3)[0], (0, [0, 0, 681, 382]));
        assert_eq!(rects(&layout, 1366, 768, 3)[3], (3, [684, 385, 682, 383]));
    }

    #[test]
    fn one_large_and_seven_small() {
        let mut tiles = vec![entry("0", [0, 0, 3, 3], false)];
        tiles.extend((0..4).map(|row| entry(&(1 + row).to_string(), [3, row, 1, 1], false)));
        tiles.extend((0..3).map(|col| entry(&(5 + col).to_string(), [col, 3, 1, 1], false)));
        let wall = rects(&Layout::Tiles { columns: 4, rows: 4, tiles }, 1920, 1080, 4);
        assert_eq!(wall[0], (0, [0, 0, 1439, 809]));
        assert_eq!(wall[1], (1, [1443, 0, 477, 267]));
        assert_eq!(wall[4], (4, [1443, 813, 477, 267]));
        assert_eq!(wall[5], (5, [0, 813, 477, 267]));
        assert_eq!(wall[7], (7, [962, 813, 477, 267]));
    }

    #[test]
    fn default_columns_make_the_smallest_square() {
        let sides = [1, 2, 4, 5, 9, 10, 16, 17, u32::MAX].map(square_side);
        assert_eq!(sides, [1, 2, 2, 3, 3, 4, 4, 5, 65536]);
    }

    #[test]
    fn empty_and_unknown_entries_keep_their_place() {
        let layout = grid(Some(2), &["7", "", "gone", "3"]);
        assert_eq!(rects(&layout, 200, 100, 0), [(7, [0, 0, 100, 50]), (3, [100, 50, 100, 50])]);
        let index = |p: &LayoutTile| p.index;
        let tiles = arrange(&layout, |id| id.parse().ok(), UVec2::new(200, 100), 0);
        assert_eq!(tiles.iter().map(index).collect::<Vec<_>>(), [0, 3]);
        // Even a lookup that knows every string finds no camera for "".
        assert_eq!(arrange(&layout, |_| Some(0), UVec2::new(200, 100), 0).len(), 3);
    }

    #[test]
    fn mirrored_the_first_column_is_the_last_and_nothing_else_is_different() {
        let mirrored = |layout: &Layout, width, height| {
            let tiles =
                arrange_mirrored(layout, |id| id.parse().ok(), UVec2::new(width, height), 0);
            let flat =
                |p: &LayoutTile| (p.camera, [p.rect.x, p.rect.y, p.rect.width, p.rect.height]);
            tiles.iter().map(flat).collect::<Vec<_>>()
        };
        // The last row stays below, its empty place is on the left.
        let three = grid(Some(2), &["0", "1", "2"]);
        let expected = [(0, [683, 0, 683, 384]), (1, [0, 0, 683, 384]), (2, [683, 384, 683, 384])];
        assert_eq!(mirrored(&three, 1366, 768), expected);
        let tiles = vec![
            entry("0", [0, 0, 3, 3], false),
            entry("1", [3, 1, 1, 1], false),
            // It is cut at the edge of the grid.
            entry("2", [2, 3, 9, 1], true),
        ];
        let desk = Layout::Tiles { columns: 4, rows: 4, tiles };
        let expected = [(0, [100, 0, 300, 300]), (1, [0, 100, 100, 100]), (2, [0, 300, 200, 100])];
        assert_eq!(mirrored(&desk, 400, 400), expected);
    }

    #[test]
    fn pictures_in_pictures_are_drawn_last() {
        let tiles = vec![entry("0", [1, 1, 1, 1], true), entry("1", [0, 0, 2, 2], false)];
        let layout = Layout::Tiles { columns: 2, rows: 2, tiles };
        assert_eq!(rects(&layout, 80, 60, 0), [(1, [0, 0, 80, 60]), (0, [40, 30, 40, 30])]);
    }

    #[test]
    fn a_tour_has_the_place_of_its_first_camera_and_a_hotspot_one_of_its_own() {
        let step = |id: &str| config::Step { show: id.to_string(), time: None };
        let tour = config::Tour::of(vec![step("gone"), step("7")]);
        let touring = config::Tile { tour: Some(tour), ..entry("", [0, 0, 1, 1], false) };
        let hotspot = config::Tile { hotspot: true, ..entry("", [1, 0, 1, 1], false) };
        let layout = Layout::Tiles { columns: 2, rows: 1, tiles: vec![touring, hotspot] };
        let tiles = arrange(&layout, |id| id.parse().ok(), UVec2::new(80, 60), 0);
        let plain = |tile: &LayoutTile| (tile.camera, tile.content, tile.rect.x);
        let plain: Vec<_> = tiles.iter().map(plain).collect();
        assert_eq!(plain, [(7, Content::Tour, 0), (0, Content::Hotspot, 40)]);
    }

    #[test]
    fn windows_too_small_drop_places_and_gaps() {
        let layout = grid(Some(4), &["0", "1", "2", "3"]);
        assert_eq!(rects(&layout, 3, 1, 9).len(), 3);
        assert_eq!(rects(&layout, 0, 100, 0), []);
        // 6 pixels: four cells and a gap of 2 do not fit, so the gap gives way and all cells stay.
        assert_eq!(rects(&layout, 6, 1, 2).len(), 4);
        assert_eq!(rects(&grid(Some(0), &["0"]), 5, 5, 0), [(0, [0, 0, 5, 5])]);
        assert_eq!(rects(&grid(None, &[]), 5, 5, 0), []);
    }

    #[test]
    fn absurd_numbers_do_not_overflow() {
        let tiles = vec![entry("0", [1, 0, u32::MAX, 9], false), entry("1", [2, 0, 1, 1], false)];
        let layout = Layout::Tiles { columns: 2, rows: 1, tiles };
        assert_eq!(rects(&layout, 100, 10, 0), [(0, [50, 0, 50, 10])]);
        let wide = grid(Some(u32::MAX), &["0"]);
        assert_eq!(rects(&wide, u32::MAX, u32::MAX, u32::MAX), [(0, [0, 0, 1, u32::MAX])]);
        assert_eq!(rects(&Layout::Tiles { columns: 0, rows: 1, tiles: vec![] }, 9, 9, 0), []);
    }
}
