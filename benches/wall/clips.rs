//! Clips that only a measurement needs, made with the `ffmpeg` program in a second or two.
//!
//! They are cut from those of `tests/clips`, so their barcodes are those of the original: frame N
//! shows N modulo 100.

use std::{fs, path::Path};

use tempfile::TempDir;
use testkit::media::ffmpeg;

/// Where the clips of this repository are.
const ORIGINALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clips");

/// Pictures of a clip of `tests/clips`.
pub const PICTURES: u32 = 100;

/// What camsim needs of the encoder: a delimiter before each picture, one slice, no B frames.
const X264: &str = "aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:sliced-threads=0";

/// Cameras 1 and 2, 1280×720 with a key frame each 2 s and each 10 s of 25 frames a second, and
/// camera 3, which has no barcode.
pub fn of_group_lengths() -> TempDir {
    let folder = folder();
    let original = format!("{ORIGINALS}/cam9-720.h264");
    fs::copy(&original, folder.path().join("cam1-720.h264")).expect("a clip");
    // Raw H.264 can't be looped, but joined.
    let five = format!("concat:{}", [original.as_str(); 5].join("|"));
    let looped = ["-r", "25", "-f", "h264", "-i", &five];
    encode(folder.path(), "cam2-720.h264", &looped, 500, 250);
    let bars = ["-f", "lavfi", "-i", "smptebars=s=1280x720:r=25,format=yuv420p"];
    encode(folder.path(), "cam3-720.h264", &bars, 50, 50);
    folder
}

/// The small H.264 pictures of the ordinary cameras, as main streams that say of themselves that they
/// have so many frames a second: the wall draws by what a stream says. To be played with
/// `camsim --rate`.
pub fn at_rate(rate: u32) -> TempDir {
    let folder = folder();
    // Two ticks a frame (H.264, E.2.1).
    let says = format!("h264_metadata=tick_rate={}", 2 * rate);
    for camera in [1, 2, 3, 4, 5, 6, 9] {
        let original = format!("{ORIGINALS}/cam{camera}-360.h264");
        let path = folder.path().join(format!("cam{camera}-360.h264"));
        let output = path.to_str().expect("a plain path");
        ffmpeg([
            "-f", "h264", "-i", &original, "-c", "copy", "-bsf:v", &says, "-f", "h264", output,
        ]);
    }
    folder
}

/// One camera of 160×120, made for 5 frames a second: a key frame each 2 s.
pub fn tiny() -> TempDir {
    let folder = folder();
    let original = format!("{ORIGINALS}/cam9-240.h264");
    let small = ["-r", "5", "-i", &original, "-vf", "scale=160:120:flags=area"];
    encode(folder.path(), "cam1-120.h264", &small, PICTURES, 10);
    folder
}

/// A folder with what camsim asks for besides pictures.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for sound in ["tone.aac", "tone.ulaw", "tone.alaw"] {
        fs::copy(format!("{ORIGINALS}/{sound}"), folder.path().join(sound)).expect("a sound");
    }
    folder
}

fn encode(folder: &Path, name: &str, input: &[&str], pictures: u32, group: u32) {
    let path = folder.join(name);
    let (pictures, group) = (pictures.to_string(), group.to_string());
    let output = path.to_str().expect("a plain path");
    let encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-x264-params", X264];
    let length = ["-frames:v", &pictures, "-g", &group, "-keyint_min", &group, "-f", "h264"];
    let words = input.iter().chain(&encoder).chain(&length).copied();
    ffmpeg(words.chain([output]));
}
