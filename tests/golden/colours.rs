//! Colours at 1:1: every matrix, range, siting and layout of planes against zimg.

use std::path::PathBuf;

use image::RgbImage;
use tempfile::TempDir;

use crate::{
    clip::{Clip, Codec, Matrix, Meaning, Siting, grey_reference, reference},
    picture::{chart, crop, max_delta},
    wall::{SEAM, Tile, Wall},
};
use Matrix::{Bt601, Bt709, Bt2020};
use Siting::{Centre, Left, TopLeft};

/// The largest difference allowed, of 255. The wall rounds once, on its way into the target, and
/// zimg does too: 1. The other is for the short weights with which GPUs filter chroma.
const TOLERANCE: u8 = 2;

/// What a wrong matrix, range or siting must differ by at least: far more than the tolerance, or
/// the chart would not tell them apart.
const SEEN: u8 = 12;

/// Size of a picture in a mosaic: 4 × 3 of them are 1280 × 720.
const SIZE: (u32, u32) = (320, 240);

/// A clip, and what the wall shows of it.
struct Shown {
    clip: Clip,
    file: PathBuf,
    picture: RgbImage,
}

/// Shows clips of the chart side by side, each at 1:1.
fn mosaic(folder: &TempDir, clips: &[Clip], size: (u32, u32), columns: u32) -> Vec<Shown> {
    let picture = chart(size.0, size.1);
    let make = |(index, clip): (u32, &Clip)| {
        let file = clip.make(folder.path(), &format!("clip{index}"), &picture);
        (Tile::new(file.clone(), [index % columns, index / columns, 1, 1]), *clip, file)
    };
    let made: Vec<_> = (0..).zip(clips).map(make).collect();
    let rows = made.len().div_ceil(columns as usize) as u32;
    let (tiles, files): (Vec<_>, Vec<_>) =
        made.into_iter().map(|(tile, clip, file)| (tile, (clip, file))).unzip();
    let wall = Wall::new((size.0 * columns, size.1 * rows), (columns, rows), tiles);
    let all = wall.snapshot(folder.path());
    let part = |(index, (clip, file))| {
        let at = (index % columns * size.0, index / columns * size.1);
        Shown { clip, file, picture: crop(&all, at, size) }
    };
    (0..).zip(files).map(part).collect()
}

impl Shown {
    /// The largest difference to the reference for `meaning`.
    fn delta(&self, meaning: Meaning) -> u8 {
        max_delta(&self.picture, &reference(&self.file, meaning), SEAM)
    }

    /// Says how far off the picture is; true where that is too far.
    fn report(&self, delta: u8) -> bool {
        let Clip { format, codec, meaning, tagged } = self.clip;
        let tagged = if tagged { "" } else { ", untagged" };
        eprintln!("{codec:?} {format} {meaning:?}{tagged}: max Δ {delta}/255");
        delta > TOLERANCE
    }
}

/// All that are too far off.
fn check(shown: &[Shown], delta: impl Fn(&Shown) -> u8) {
    let wrong = shown.iter().filter(|shown| shown.report(delta(shown))).count();
    assert_eq!(wrong, 0, "differ by more than {TOLERANCE}/255");
}

/// {601, 709, 2020} × {limited, full} × {left, centre}, 8-bit 4:2:0, through H.264 tags.
#[test]
fn matrices_ranges_and_sitings() {
    let all = [Bt601, Bt709, Bt2020].into_iter().flat_map(|matrix| {
        let pairs = [(false, Left), (false, Centre), (true, Left), (true, Centre)];
        pairs.map(|(full, siting)| Clip::h264(Meaning::new(matrix, full, siting)))
    });
    let folder = tempfile::tempdir().expect("a folder");
    let shown = mosaic(&folder, &all.collect::<Vec<_>>(), SIZE, 4);
    check(&shown, |shown| shown.delta(shown.clip.meaning));
    // The chart must tell the right meaning from each wrong one.
    for shown in shown {
        for wrong in wrongs(shown.clip.meaning) {
            let delta = shown.delta(wrong);
            assert!(delta >= SEEN, "{:?} read as {wrong:?}: only {delta}", shown.clip.meaning);
        }
    }
}

/// Each meaning that differs in one thing.
fn wrongs(right: Meaning) -> impl Iterator<Item = Meaning> {
    let Meaning { matrix, full, siting } = right;
    let matrices = [Bt601, Bt709, Bt2020].map(|matrix| Meaning { matrix, ..right });
    let sitings = [Left, Centre].map(|siting| Meaning { siting, ..right });
    let ranges = [Meaning { full: !full, ..right }];
    let all = matrices.into_iter().chain(sitings).chain(ranges);
    all.filter(move |other| *other != Meaning { matrix, full, siting })
}

/// Every layout of planes that reaches the GPU as decoded, but for NV12, which devices give, and MJPEG's
/// conventions.
#[test]
fn layouts_of_planes() {
    let hd = Meaning::new(Bt709, false, Left);
    let jpeg = Meaning::new(Bt601, true, Centre);
    let clips = [
        Clip::ffv1("yuv422p", hd),
        Clip::ffv1("yuv444p", hd),
        Clip { format: "yuv420p10le", ..Clip::h264(hd) },
        Clip { format: "yuv420p10le", ..Clip::h264(Meaning::new(Bt2020, true, TopLeft)) },
        Clip { format: "yuvj420p", codec: Codec::Mjpeg, meaning: jpeg, tagged: true },
        Clip::ffv1("yuv420p", Meaning::new(Bt709, true, TopLeft)),
        Clip::ffv1("yuv422p", Meaning::new(Bt601, true, Centre)),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    check(&mosaic(&folder, &clips, SIZE, 4), |shown| shown.delta(shown.clip.meaning));
}

/// Grey has no chroma to be looked up: the three channels are the same.
#[test]
fn grey() {
    let clips = [false, true].map(|full| Clip::ffv1("gray", Meaning::new(Bt709, full, Left)));
    let folder = tempfile::tempdir().expect("a folder");
    let shown = mosaic(&folder, &clips, SIZE, 2);
    check(&shown, |shown| {
        let want = grey_reference(&shown.file, shown.clip.meaning.full, SIZE);
        max_delta(&shown.picture, &want, SEAM)
    });
}

/// Without tags: 709 from 720 lines up, else 601.
#[test]
fn untagged_clips_are_guessed_by_height() {
    for (lines, right, wrong) in [(720, Bt709, Bt601), (718, Bt601, Bt709)] {
        let meaning = Meaning::new(right, false, Left);
        let clip = Clip { tagged: false, ..Clip::h264(meaning) };
        let folder = tempfile::tempdir().expect("a folder");
        let shown = mosaic(&folder, &[clip], (160, lines), 1);
        check(&shown, |shown| shown.delta(meaning));
        let delta = shown[0].delta(Meaning { matrix: wrong, ..meaning });
        assert!(delta >= SEEN, "{lines} lines: {wrong:?} is as good, {delta}");
    }
}

/// A picture alone on the wall has no seams: its edges count too, where chroma is looked up half a
/// sample outside.
#[test]
fn edges() {
    for siting in [Left, Centre, TopLeft] {
        let meaning = Meaning::new(Bt709, false, siting);
        let folder = tempfile::tempdir().expect("a folder");
        let shown = mosaic(&folder, &[Clip::h264(meaning)], (640, 360), 1);
        check(&shown, |shown| max_delta(&shown.picture, &reference(&shown.file, meaning), 0));
    }
}
