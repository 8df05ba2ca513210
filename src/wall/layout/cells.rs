//! One direction of the window, divided into cells.
//!
//! Owns the arithmetic by which tiles meet without a seam. Runs on the caller's thread. Policy:
//! pixels that do not divide evenly are spread over the cells, never left over at an edge; a gap
//! shrinks before it would swallow a cell.

/// One direction of the window, divided into cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    count: u32,
    /// Pixels between two cells.
    gap: u64,
    /// Pixels that the cells share: all but the gaps.
    shared: u64,
}

impl Cells {
    /// `pixels` divided among `count` cells with `gap` pixels between them. `None` for no cells.
    pub(super) fn new(pixels: u32, count: u32, gap: u32) -> Option<Self> {
        let gaps = count.checked_sub(1)?;
        // Every cell keeps a pixel as long as the window has that many.
        let spare = pixels.saturating_sub(count);
        let gap = spare.checked_div(gaps).map_or(0, |most| gap.min(most));
        let shared = u64::from(pixels) - u64::from(gap) * u64::from(gaps);
        Some(Self { count, gap: u64::from(gap), shared })
    }

    /// First pixel of `cell`. The one expression from which every edge comes: a tile ends one gap
    /// before the next cell starts.
    fn start(self, cell: u32) -> u64 {
        let cell = u64::from(cell);
        cell * self.gap + cell * self.shared / u64::from(self.count)
    }

    /// First pixel and number of pixels of `length` cells from `first`, cut at the grid's edge.
    /// `None` where no pixel is left.
    pub(super) fn span(self, first: u32, length: u32) -> Option<(u32, u32)> {
        let end = first.saturating_add(length).min(self.count);
        if first >= end {
            return None;
        }
        let start = self.start(first);
        let pixels = u32::try_from(self.start(end) - self.gap - start).ok()?;
        Some((u32::try_from(start).ok()?, pixels)).filter(|_| pixels > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pixels: u32, count: u32, gap: u32) -> Vec<Option<(u32, u32)>> {
        let cells = Cells::new(pixels, count, gap).expect("some cells");
        (0..count).map(|cell| cells.span(cell, 1)).collect()
    }

    #[test]
    fn spare_pixels_are_spread() {
        assert_eq!(spans(10, 4, 0), [(0, 2), (2, 3), (5, 2), (7, 3)].map(Some));
        assert_eq!(spans(13, 4, 1), [(0, 2), (3, 3), (7, 2), (10, 3)].map(Some));
    }

    #[test]
    fn the_gap_gives_way_to_the_cells() {
        assert_eq!(spans(6, 4, 2), [(0, 1), (1, 2), (3, 1), (4, 2)].map(Some));
        assert_eq!(spans(7, 4, 2), [(0, 1), (2, 1), (4, 1), (6, 1)].map(Some));
        assert_eq!(spans(3, 4, 2), [None, Some((0, 1)), Some((1, 1)), Some((2, 1))]);
    }

    #[test]
    fn a_span_takes_the_gaps_inside_it() {
        let cells = Cells::new(103, 4, 1).expect("some cells");
        assert_eq!(cells.span(0, 4), Some((0, 103)));
        assert_eq!(cells.span(1, 2), Some((26, 51)));
        assert_eq!(cells.span(3, 9), Some((78, 25)), "cut at the edge");
        assert_eq!([(4, 1), (9, 1), (0, 0)].map(|(at, n)| cells.span(at, n)), [None; 3]);
    }
}
