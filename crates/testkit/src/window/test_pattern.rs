//! Test patterns: still pictures whose every pixel says which camera it is and where in it.
//!
//! Red grows from left to right, green from top to bottom, blue is the camera. Played as a loop
//! without loss, so two screenshots of an unchanged wall are the same.

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::media;

/// A card's size, width × height in pixels.
const SIZE: (u32, u32) = (640, 360);

/// Least value of a sample, and how much it grows over a card.
const FROM: f64 = 40.0;
const SPAN: f64 = 180.0;

/// Blue of camera 1, and how much is added for each further one.
const FIRST: f64 = 10.0;
const STEP: f64 = 40.0;

/// What is shown at a pixel: the camera's number, and where in its picture that is, from (0, 0)
/// top left to (1, 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub camera: u32,
    pub at: (f64, f64),
}

/// Writes the card of camera `number` (from 1 to 6) to `folder`; a second of it, five pictures, each of
/// which is whole without the others: a busy computer leaves some out.
pub fn make(folder: &Path, number: u32) -> PathBuf {
    let path = folder.join(format!("card{number}.mkv"));
    let (file, source) = (path.to_string_lossy(), source(number, 5));
    // Each picture is a key frame: whoever begins in the middle has one at once.
    let coded = ["-f", "lavfi", "-i", &source, "-t", "1", "-c:v", "ffv1", "-g", "1"];
    media::ffmpeg(coded.into_iter().chain(["-colorspace", "bt709", "-color_range", "tv", &file]));
    path
}

/// Writes the card of camera `number` (from 1 to 6) to `folder` as a clip for camsim: 4 s of H.264, 25
/// pictures a second, of which one in 2 s is whole without the others.
pub fn film(folder: &Path, number: u32) {
    let path = folder.join(format!("cam{number}-360.h264"));
    // One picture is made, and shown again and again.
    let source = format!("{},trim=end_frame=1,loop=99:1,setpts=N/(25*TB)", source(number, 25));
    let file = path.to_string_lossy();
    let x264 = "aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:force-cfr=1:\
                sliced-threads=0:keyint=50:min-keyint=50";
    let coded = ["-f", "lavfi", "-i", &source, "-frames:v", "100", "-c:v", "libx264"];
    let coded = coded.into_iter().chain(["-threads", "1", "-crf", "8", "-x264-params", x264]);
    let tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"];
    media::ffmpeg(coded.chain(tags).chain(["-color_range", "tv", "-f", "h264", &file]));
}

/// FFmpeg's source of a card, so many pictures a second.
fn source(number: u32, rate: u32) -> String {
    let sample = |axis: &str, length: u32| format!("'{FROM}+{SPAN}*{axis}/{}'", length - 1);
    format!(
        "color=s={}x{}:r={rate},format=gbrp,geq=r={}:g={}:b={},\
         scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        SIZE.0,
        SIZE.1,
        sample("X", SIZE.0),
        sample("Y", SIZE.1),
        FIRST + STEP * f64::from(number - 1),
    )
}

/// What is shown around a pixel; `None` where that is no card.
pub fn seen(shot: &RgbImage, x: u32, y: u32) -> Option<Seen> {
    // The mean of a few pixels, because a sample has only 180 steps for 1280 columns.
    let around = |at: u32, length: u32| at.saturating_sub(2)..(at + 3).min(length);
    let (columns, rows) = (around(x, shot.width()), around(y, shot.height()));
    let pixels: Vec<[u8; 3]> =
        rows.flat_map(|y| columns.clone().map(move |x| shot.get_pixel(x, y).0)).collect();
    let mean = |sample: usize| {
        pixels.iter().map(|pixel| f64::from(pixel[sample])).sum::<f64>() / pixels.len() as f64
    };
    let even = |sample: usize| {
        pixels.iter().all(|pixel| (f64::from(pixel[sample]) - mean(sample)).abs() < 6.0)
    };
    let unit = |sample: usize| (mean(sample) - FROM) / SPAN;
    let camera = (mean(2) - FIRST) / STEP + 1.0;
    let on_card = |unit: f64| (-0.03..=1.03).contains(&unit);
    let sound = (0..3).all(even)
        && on_card(unit(0))
        && on_card(unit(1))
        && (camera - camera.round()).abs() < 0.15
        && (1.0..=6.0).contains(&camera.round());
    sound.then(|| Seen { camera: camera.round() as u32, at: (unit(0), unit(1)) })
}

/// Whether a pixel has the colour of the frame around the selected tile: almost white, a little blue.
pub fn is_selection(shot: &RgbImage, x: u32, y: u32) -> bool {
    let [red, green, blue] = shot.get_pixel(x, y).0;
    (222..=238).contains(&red) && (235..=249).contains(&green) && blue > 248
}
