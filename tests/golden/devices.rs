//! Devices: every layout in which cameras of Video4Linux give raw pictures, at 1:1.
//!
//! Nothing else gives the wall raw pictures. FFmpeg's demuxer asks a device that a preloaded library
//! simulates (`testkit::Devices`); from there on all is as with a camera on USB.

use std::{path::Path, process::Command};

use image::RgbImage;
use testkit::Devices;

use crate::{
    clip::{Clip, Meaning, grey_reference, reference, run, samples},
    picture::{chart, crop, max_delta},
    record::snapshot,
    wall::{SEAM, Tile, Wall},
};

/// The largest difference allowed, of 255, as of files.
const TOLERANCE: u8 = 2;
/// Of RGB, which becomes Y'CbCr in 8 bits on its way to the GPU: what that rounds.
const ROUNDED: u8 = 3;
/// What a wrong range must differ by at least.
const SEEN: u8 = 12;

const SIZE: (u32, u32) = (320, 240);
/// 4 × 3 pictures on the wall.
const COLUMNS: u32 = 4;

/// Layouts of Y'CbCr and grey: Video4Linux's name and FFmpeg's.
const COMPONENTS: [(&str, &str); 7] = [
    ("NV12", "nv12"),
    ("YUYV", "yuyv422"),
    ("UYVY", "uyvy422"),
    ("YU12", "yuv420p"),
    ("YV12", "yuv420p"),
    ("422P", "yuv422p"),
    ("GREY", "gray"),
];
/// Layouts of RGB: Video4Linux's name, bytes of a pixel, and which of its bytes are red, green, blue.
const RGB: [(&str, usize, [usize; 3]); 4] = [
    ("RGB3", 3, [0, 1, 2]),
    ("BGR3", 3, [2, 1, 0]),
    ("RGB4", 4, [1, 2, 3]),
    ("BGR4", 4, [2, 1, 0]),
];

/// A device's picture as it should be shown, and by how much it may differ.
struct Wanted {
    fourcc: &'static str,
    picture: RgbImage,
    tolerance: u8,
}

/// A picture's bytes as the device gives them, and how it is to look.
fn component(folder: &Path, (fourcc, format): (&'static str, &'static str)) -> (Vec<u8>, Wanted) {
    let clip = Clip::raw(format);
    let file = clip.make(folder, fourcc, &chart(SIZE.0, SIZE.1));
    let picture = match format {
        "gray" => grey_reference(&file, false, SIZE),
        _ => reference(&file, clip.meaning),
    };
    let mut bytes = samples(&file);
    if fourcc == "YV12" {
        // Cr comes first.
        let chroma = (SIZE.0 * SIZE.1) as usize;
        bytes[chroma..].rotate_left(chroma / 4);
    }
    (bytes, Wanted { fourcc, picture, tolerance: TOLERANCE })
}

fn rgb((fourcc, stride, places): (&'static str, usize, [usize; 3])) -> (Vec<u8>, Wanted) {
    let picture = chart(SIZE.0, SIZE.1);
    // What no colour is in is not to be seen.
    let mut bytes = vec![77; stride * picture.pixels().len()];
    for (to, pixel) in bytes.chunks_exact_mut(stride).zip(picture.pixels()) {
        for (place, value) in places.into_iter().zip(pixel.0) {
            to[place] = value;
        }
    }
    (bytes, Wanted { fourcc, picture, tolerance: ROUNDED })
}

#[test]
fn every_layout_of_a_device_is_shown_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut devices = Devices::build();
    let made = COMPONENTS.map(|layout| component(folder.path(), layout)).into_iter();
    let (mut tiles, mut all_wanted) = (Vec::new(), Vec::new());
    for (index, (bytes, wanted)) in (0..).zip(made.chain(RGB.map(rgb))) {
        let path = devices.plug_in(wanted.fourcc, SIZE, &bytes);
        tiles.push(Tile::new(path, [index % COLUMNS, index / COLUMNS, 1, 1]));
        all_wanted.push(wanted);
    }
    let rows = all_wanted.len().div_ceil(COLUMNS as usize) as u32;
    let mut wall = Wall::new((SIZE.0 * COLUMNS, SIZE.1 * rows), (COLUMNS, rows), tiles);
    wall.devices = Some(&devices);
    let shown = wall.snapshot(folder.path());
    let mut wrong = 0;
    for (index, Wanted { fourcc, picture, tolerance }) in (0..).zip(all_wanted) {
        let at = (index % COLUMNS * SIZE.0, index / COLUMNS * SIZE.1);
        let delta = max_delta(&crop(&shown, at, SIZE), &picture, SEAM);
        eprintln!("device {fourcc}: max Δ {delta}/255");
        wrong += usize::from(delta > tolerance);
    }
    assert_eq!(wrong, 0, "differ by too much");
}

/// Runs itself once more, with a device: only a new process has one plugged in.
#[test]
fn stills_of_a_device_have_its_colours() {
    const PLUGGED_IN: &str = "GOLDEN_DEVICE";
    if let Some(still) = std::env::var_os(PLUGGED_IN) {
        return snapshot(Path::new("/dev/video0")).save(still).expect("a still picture");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut devices = Devices::build();
    let (bytes, wanted) = component(folder.path(), COMPONENTS[0]);
    devices.plug_in(wanted.fourcc, SIZE, &bytes);
    let still = folder.path().join("still.png");
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "devices::stills_of_a_device_have_its_colours"]);
    run(devices.given_to(&mut again).env(PLUGGED_IN, &still));
    let still = image::open(&still).expect("the still picture").to_rgb8();
    let delta = max_delta(&still, &wanted.picture, 0);
    eprintln!("a still of a device: max Δ {delta}/255");
    assert!(delta <= TOLERANCE, "{delta}/255");
    let clip = Clip::raw("nv12");
    let full = Meaning { full: true, ..clip.meaning };
    let file = folder.path().join("NV12.nut");
    let seen = max_delta(&still, &reference(&file, full), 0);
    assert!(seen >= SEEN, "read as full range: only {seen}");
}
