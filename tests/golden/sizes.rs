//! Pictures that are not as large as their tile: made smaller, made larger, cut, with bars.

use std::time::Duration;

use image::RgbImage;
use tempfile::TempDir;

use crate::{
    clip::{Clip, Matrix, Meaning, Siting, reference},
    picture::{area, bilinear, chart, crop, grid, luma, max_delta, psnr},
    wall::{SEAM, Tile, Wall},
};

const HD: Meaning = Meaning::new(Matrix::Bt709, false, Siting::Left);

/// What zimg makes of a lossless clip of `picture`, and what the wall shows of it at `size`.
fn shrunk(picture: &RgbImage, size: (u32, u32), scale: &'static str) -> (RgbImage, RgbImage) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Clip::h264(HD).make(folder.path(), "clip", picture);
    let whole = reference(&file, HD);
    let mut wall = Wall::of_one(size, file);
    wall.scale = Some(scale);
    (whole, wall.snapshot(folder.path()))
}

/// A grid of period 7 shrunk 4:1, 3:1, 5:1 and 8:3: the places where lines fall between the taps of
/// a plain bilinear lookup beat against it (moiré). Both where the CPU makes it small before the
/// upload and where the shader does, as it must on a GPU.
fn grid_has_no_moire(scale: &'static str) {
    for size in [(320, 180), (426, 240), (256, 144), (480, 270)] {
        let (whole, shown) = shrunk(&grid(1280, 720), size, scale);
        let want = area(&whole, size);
        let found = psnr(&luma(&shown), &luma(&want));
        let plain = psnr(&luma(&bilinear(&whole, size)), &luma(&want));
        let (width, height) = size;
        eprintln!("grid {width}x{height} by {scale}: {found:.1} dB; a plain lookup: {plain:.1} dB");
        assert!(found >= 35.0, "{size:?}: {found:.1} dB");
        assert!(plain < 25.0, "the grid must show what a plain lookup does: {plain:.1} dB");
    }
}

#[test]
fn grid_has_no_moire_by_cpu() {
    grid_has_no_moire("cpu");
}

#[test]
fn grid_has_no_moire_by_gpu() {
    grid_has_no_moire("gpu");
}

/// The usual ratios in colour. 2:1 has loops of its own in `stream::scale`.
#[test]
fn colours_survive_shrinking() {
    let picture = chart(1280, 720);
    for (size, scale) in [
        ((640, 360), "cpu"),
        ((640, 360), "gpu"),
        ((480, 270), "cpu"),
        ((480, 270), "gpu"),
        ((320, 180), "cpu"),
        ((320, 180), "gpu"),
    ] {
        let (whole, shown) = shrunk(&picture, size, scale);
        let found = psnr(&shown, &area(&whole, size));
        eprintln!("chart {}x{} by {scale}: {found:.1} dB", size.0, size.1);
        assert!(found >= 35.0, "{size:?} by {scale}: {found:.1} dB");
    }
}

/// Twice as large: bilinear, and not half a texel off.
#[test]
fn enlarged() {
    let size = (640, 480);
    let (whole, shown) = shrunk(&chart(320, 240), size, "cpu");
    let found = psnr(&shown, &bilinear(&whole, size));
    eprintln!("chart 2:1 enlarged: {found:.1} dB");
    assert!(found >= 35.0, "{found:.1} dB");
}

/// A 4:3 picture in tiles that have its size one way and not the other, so that what is not cut
/// stands at 1:1 and can be compared exactly.
#[test]
fn fits() {
    let size = (320, 240);
    let folder = TempDir::new().expect("a folder");
    let file = Clip::h264(HD).make(folder.path(), "clip", &chart(size.0, size.1));
    let tile = |fit, cells| Tile { fit, ..Tile::new(file.clone(), cells) };
    // Cells of 160 × 120.
    let tiles = vec![
        tile("Contain", [0, 0, 4, 2]),
        tile("Contain", [0, 2, 2, 3]),
        tile("Cover", [4, 0, 2, 1]),
        tile("Stretch", [4, 1, 1, 2]),
    ];
    let wall = Wall { settle: Duration::ZERO, ..Wall::new((960, 600), (6, 5), tiles) };
    let all = wall.snapshot(folder.path());
    let want = reference(&file, HD);

    let pillars = crop(&all, (0, 0), (640, 240));
    assert!(max_delta(&crop(&pillars, (160, 0), size), &want, SEAM) <= 2);
    assert_bar(&crop(&pillars, (0, 0), (160, 240)));
    assert_bar(&crop(&pillars, (480, 0), (160, 240)));

    let letterbox = crop(&all, (0, 240), (320, 360));
    assert!(max_delta(&crop(&letterbox, (0, 60), size), &want, SEAM) <= 2);
    assert_bar(&crop(&letterbox, (0, 0), (320, 60)));
    assert_bar(&crop(&letterbox, (0, 300), (320, 60)));

    let cover = crop(&all, (640, 0), (320, 120));
    assert!(max_delta(&cover, &crop(&want, (0, 60), (320, 120)), SEAM) <= 2);

    let inner = |picture: &RgbImage| crop(picture, (SEAM, SEAM), (160 - 2 * SEAM, 240 - 2 * SEAM));
    let stretch = crop(&all, (640, 120), (160, 240));
    let found = psnr(&inner(&stretch), &inner(&area(&want, (160, 240))));
    eprintln!("stretch 2:1 across: {found:.1} dB");
    assert!(found >= 35.0, "{found:.1} dB");
}

/// A bar is the wall's ground: nearly black, one colour. Leaves out seams at the tile's edge.
fn assert_bar(bar: &RgbImage) {
    let (width, height) = bar.dimensions();
    let inner = crop(bar, (SEAM, SEAM), (width - 2 * SEAM, height - 2 * SEAM));
    let first = *inner.get_pixel(0, 0);
    assert!(first.0.iter().all(|channel| *channel <= 24), "not dark: {first:?}");
    assert!(inner.pixels().all(|pixel| *pixel == first), "not even");
}
