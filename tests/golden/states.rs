//! Pictures that are not live, and pictures that change their size.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use image::{Rgb, RgbImage};

use crate::{
    clip::{Clip, Matrix, Meaning, Siting, ffmpeg, reference, run},
    picture::{chart, crop, max_delta},
    wall::{SEAM, Tile, Wall},
};

/// A clip that ended stays on the wall, darkened to 45 % and hatched; its neighbour, the same clip
/// going on, is untouched.
#[test]
fn ended_clip_is_hatched() {
    let (size, meaning) = ((640, 360), Meaning::new(Matrix::Bt709, false, Siting::Left));
    let folder = tempfile::tempdir().expect("a folder");
    let file = Clip::h264(meaning).make(folder.path(), "clip", &chart(size.0, size.1));
    let want = reference(&file, meaning);
    let live = Tile::new(file.clone(), [0, 0, 1, 1]);
    let ended = Tile { looped: false, ..Tile::new(file, [1, 0, 1, 1]) };
    let mut wall = Wall::new((1280, 360), (2, 1), vec![live, ended]);
    // Two seconds of clip, two until it counts as not live.
    wall.settle = Duration::from_millis(5500);
    let all = wall.snapshot(folder.path());

    assert!(max_delta(&crop(&all, (0, 0), size), &want, SEAM) <= 2, "the live one");
    // The state stands across the middle; the hatching is looked at above it.
    let upper = (size.0 - 2 * SEAM, size.1 / 4);
    let ended = crop(&crop(&all, (size.0, 0), size), (SEAM, SEAM), upper);
    let want = crop(&want, (SEAM, SEAM), upper);
    let dark = share(&ended, &want, |v| 0.45 * v);
    let hatched = share(&ended, &want, |v| 0.65 * 0.45 * v + 0.35 * 0.55 * 255.0);
    eprintln!("ended: {:.1} % dark, {:.1} % hatched", 100.0 * dark, 100.0 * hatched);
    assert!(dark > 0.75 && hatched > 0.12, "{dark} dark, {hatched} hatched");
    assert!(dark + hatched > 0.98, "{dark} dark, {hatched} hatched");
}

/// The share of pixels whose channels are those of `live` changed by `look`, within 2/255.
fn share(shown: &RgbImage, live: &RgbImage, look: impl Fn(f64) -> f64) -> f64 {
    let alike = |(shown, live): &(&Rgb<u8>, &Rgb<u8>)| {
        let pairs = shown.0.iter().zip(live.0);
        pairs.into_iter().all(|(s, l)| (f64::from(*s) - look(f64::from(l))).abs() <= 2.0)
    };
    let count = shown.pixels().zip(live.pixels()).filter(alike).count();
    count as f64 / f64::from(shown.width() * shown.height())
}

/// Tiles of the wall of changing clips.
const TILE: (u32, u32) = (160, 120);

/// Clips that change from 4:3 red to 16:9 blue and back, ten pictures each, every one a picture
/// behind the other: at any instant some have just changed. Whenever the snapshot is taken, each
/// tile is wholly red or blue between bars: never black, torn, or the one in the other's place.
#[test]
fn size_change_is_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let tiles = (0..10).map(|phase| {
        let file = changing_clip(folder.path(), phase);
        Tile::new(file, [phase % 5, phase / 5, 1, 1])
    });
    let mut wall = Wall::new((5 * TILE.0, 2 * TILE.1), (5, 2), tiles.collect());
    let mut seen = [0; 2];
    for settle in [1500, 1620, 1790] {
        wall.settle = Duration::from_millis(settle);
        let all = wall.snapshot(folder.path());
        for phase in 0..10 {
            let at = (phase % 5 * TILE.0, phase / 5 * TILE.1);
            seen[usize::from(is_blue(&crop(&all, at, TILE), phase))] += 1;
        }
    }
    eprintln!("size changes: {} tiles red, {} blue", seen[0], seen[1]);
    assert!(seen.iter().all(|count| *count > 0), "no change was seen: {seen:?}");
}

/// Twenty pictures in one MPEG-TS file, of which ten from number `phase` on are of the other size.
fn changing_clip(folder: &Path, phase: u32) -> PathBuf {
    let parts =
        [("red", "320x240", phase), ("blue", "320x180", 10), ("red", "320x240", 10 - phase)];
    let parts = parts.into_iter().filter(|part| part.2 > 0);
    let bytes: Vec<u8> =
        parts.flat_map(|(colour, size, count)| stretch(colour, size, count)).collect();
    let raw = folder.join(format!("change{phase}.h264"));
    std::fs::write(&raw, bytes).expect("a clip");
    // Muxed as one: timestamps and continuity counters go on over the change.
    let file = raw.with_extension("ts");
    let mut ffmpeg = ffmpeg();
    ffmpeg.args(["-r", "25", "-i"]).arg(&raw).args(["-c", "copy", "-muxdelay", "0"]);
    run(ffmpeg.arg(&file));
    file
}

/// `count` pictures of one colour and size as bare H.264, 25 a second, without B pictures.
fn stretch(colour: &str, size: &str, count: u32) -> Vec<u8> {
    let (input, count) = (format!("color={colour}:s={size}:r=25"), count.to_string());
    let mut ffmpeg = ffmpeg();
    ffmpeg.args(["-f", "lavfi", "-i", &input, "-frames:v", &count, "-pix_fmt", "yuv420p"]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]);
    run(ffmpeg.args(["-f", "h264", "-"]))
}

/// Whether a tile shows the blue picture; panics where it shows neither as it should be.
fn is_blue(tile: &RgbImage, phase: u32) -> bool {
    let inner = crop(tile, (SEAM, SEAM), (TILE.0 - 2 * SEAM, TILE.1 - 2 * SEAM));
    let red = |p: &Rgb<u8>| p.0[0] > 200 && p.0[1] < 40 && p.0[2] < 40;
    let blue = |p: &Rgb<u8>| p.0[2] > 200 && p.0[0] < 40 && p.0[1] < 40;
    let dark = |p: &Rgb<u8>| p.0.iter().all(|channel| *channel <= 24);
    if inner.pixels().all(red) {
        return false;
    }
    // 16:9 in 160 × 120: 90 rows, 15 above and below.
    let right = inner.enumerate_rows().all(|(row, pixels)| {
        let inside = (15..105).contains(&(row + SEAM));
        pixels.into_iter().all(|(_, _, pixel)| if inside { blue(pixel) } else { dark(pixel) })
    });
    if !right {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("size-change.png");
        inner.save(&file).expect("a picture of the mistake");
        panic!("tile {phase} is neither red nor blue between bars: see {}", file.display());
    }
    true
}
