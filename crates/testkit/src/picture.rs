//! What the wall has drawn, read back from a PNG.

use std::path::Path;

use image::RgbImage;

/// A snapshot.
pub struct Picture(pub RgbImage);

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Tile {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Tile {
    /// Place `index` (from 0, in reading order) of a grid on a picture of `size`.
    pub fn of_grid(size: (u32, u32), columns: u32, rows: u32, index: u32) -> Self {
        let (width, height) = (size.0 / columns, size.1 / rows);
        Self { x: index % columns * width, y: index / columns * height, width, height }
    }

    /// What is left without a margin of this share on each side: no frame, no label.
    pub fn inner(self, share: f32) -> Self {
        let margin = |length: u32| (length as f32 * share) as u32;
        let (dx, dy) = (margin(self.width), margin(self.height));
        Self {
            x: self.x + dx,
            y: self.y + dy,
            width: self.width - 2 * dx,
            height: self.height - 2 * dy,
        }
    }
}

impl Picture {
    /// Reads a PNG.
    pub fn read(path: &Path) -> Self {
        let image = image::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self(image.to_rgb8())
    }

    /// All pixels of a part, row by row.
    pub fn pixels(&self, tile: Tile) -> impl Iterator<Item = [u8; 3]> + '_ {
        let rows = tile.y..tile.y + tile.height;
        rows.flat_map(move |y| (tile.x..tile.x + tile.width).map(move |x| self.0.get_pixel(x, y).0))
    }

    /// Mean of all samples of a part, 0 to 255.
    pub fn mean(&self, tile: Tile) -> f64 {
        let sum: f64 = self.pixels(tile).flatten().map(f64::from).sum();
        sum / (f64::from(tile.width) * f64::from(tile.height) * 3.0)
    }

    /// How much two parts of the same size differ: mean distance of their samples, 0 to 255.
    pub fn distance(&self, a: Tile, other: &Self, b: Tile) -> f64 {
        assert_eq!((a.width, a.height), (b.width, b.height));
        let pairs = self.pixels(a).flatten().zip(other.pixels(b).flatten());
        let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(b))).sum();
        sum / (f64::from(a.width) * f64::from(a.height) * 3.0)
    }
}
