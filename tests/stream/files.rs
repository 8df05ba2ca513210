//! Files as cameras: real time, loops, every kind of pixel, damage.

use std::path::Path;
use std::time::{Duration, Instant};

use camwall_media::{Chroma, FeedSpec, FeedState, PlaneLayout, ScaleTarget, SourceError};

use testkit::{
    SECOND, SOON,
    feed::*,
    media::{clip, ffmpeg},
};

fn file(path: &Path) -> FeedSpec {
    FeedSpec::new("file", path.to_string_lossy())
}

#[test]
fn a_file_ends_in_real_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.mp4");
    clip(&path, 20);
    let mut once = file(&path);
    once.options.push(("loop".into(), "0".into()));
    let started = Instant::now();
    let feed = open(once);
    let status = wait_for(&feed, "the end", SOON, |s| s.state == FeedState::Ended);
    assert!(started.elapsed() > Duration::from_millis(700), "{:?}", started.elapsed());
    assert_eq!(status.reconnects, 0);
    wait_for(&feed, "all pictures", SOON, |s| s.frames_decoded >= 18);
    close(feed);
}

#[test]
fn a_file_goes_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.mp4");
    clip(&path, 20);
    let started = Instant::now();
    let feed = open(file(&path));
    let status = wait_for(&feed, "three rounds", SOON, |s| s.frames_decoded >= 60);
    // 60 pictures at 25 a second; the first few may come at once.
    assert!(started.elapsed() > 2 * SECOND, "{:?}", started.elapsed());
    assert_eq!((status.reconnects, status.decode_errors), (0, 0));
    close(feed);
}

#[test]
fn a_missing_file_says_so() {
    let feed = open(FeedSpec::new("file", "/nonexistent/a.mp4"));
    let status = wait_for(&feed, "a report", SOON, is_offline);
    assert!(matches!(reason(&status), SourceError::NotFound { .. }), "{status:?}");
    close(feed);
}

/// Neither raw pictures, whatever they are kept in, nor what is made for them, whatever it holds and is
/// called.
#[test]
fn files_of_raw_pictures_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = ["-f", "lavfi", "-i", "testsrc=s=160x120:d=0.4"];
    for (name, codec, format) in [
        ("raw.nut", "rawvideo", "nut"),
        ("coded.nut", "libx264", "nut"),
        ("raw nut.mkv", "rawvideo", "nut"),
        ("raw.avi", "rawvideo", "avi"),
        ("raw.mkv", "rawvideo", "matroska"),
    ] {
        let path = folder.path().join(name);
        let to = path.to_str().expect("a plain path");
        let coder = ["-c:v", codec, "-pix_fmt", "yuv420p", "-f", format, to];
        ffmpeg(source.into_iter().chain(coder));
        let feed = open(file(&path));
        let status = wait_for(&feed, "a report", SOON, is_offline);
        let error = reason(&status);
        assert!(matches!(error, SourceError::Unsupported { .. }), "{name}: {error:?}");
        close(feed);
    }
}

#[test]
fn damaged_data_is_counted_and_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.ts");
    clip(&path, 100);
    let mut bytes = std::fs::read(&path).expect("a clip");
    // Behind the first packets, which hold the headers: every 997th byte.
    for at in (20_000..bytes.len()).step_by(997) {
        bytes[at] ^= 0x5a;
    }
    std::fs::write(&path, bytes).expect("written");
    let feed = open(file(&path));
    let status = wait_for(&feed, "errors and pictures", SOON, |s| {
        s.decode_errors > 0 && s.frames_decoded > 40
    });
    assert_eq!(status.reconnects, 0, "{status:?}");
    close(feed);
}

/// A red file of the given codec and pixel format.
fn red(path: &Path, codec: &str, format: &str) {
    let format = if codec == "libx264rgb" { "rgb24" } else { format };
    let path = path.to_string_lossy();
    let source = ["-f", "lavfi", "-i", "color=c=red:s=160x120:d=0.4"];
    let coder = ["-c:v", codec, "-pix_fmt", format, "-x265-params", "log-level=none", &path];
    ffmpeg(source.into_iter().chain(coder));
}

#[test]
fn deep_pictures_are_converted_where_the_renderer_has_no_deep_textures() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep.mkv");
    red(&path, "libx264", "yuv420p10le");
    let feed = open(FeedSpec { deep_textures: false, ..file(&path) });
    let frame = wait_frame(&feed, SOON, |_| true);
    assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C420, bits: 8 });
    assert_eq!(feed.status().converted_from.as_deref(), Some("YUV420P10LE"));
    close(feed);
}

#[test]
fn pixel_formats() {
    let planar = |chroma, bits| PlaneLayout::Planar { chroma, bits };
    let folder = tempfile::tempdir().expect("a folder");
    for (format, codec, layout, converted) in [
        ("yuv420p10le", "libx264", planar(Chroma::C420, 10), false),
        ("yuv422p", "libx264", planar(Chroma::C422, 8), false),
        ("yuv444p", "libx264", planar(Chroma::C444, 8), false),
        ("gray", "png", planar(Chroma::Gray, 8), false),
        ("yuv422p10le", "libx264", planar(Chroma::C422, 8), true),
        ("gbrp", "libx264rgb", planar(Chroma::C444, 8), true),
        ("yuv420p10le", "libx265", planar(Chroma::C420, 10), false),
    ] {
        let path = folder.path().join(format!("{format}-{codec}.mkv"));
        red(&path, codec, format);
        let feed = open(file(&path));
        feed.set_scale(None);
        let frame = wait_frame(&feed, SOON, |_| true);
        assert_eq!(frame.layout, layout, "{format}");
        assert_eq!(feed.status().converted_from.is_some(), converted, "{format}");
        let chroma = frame.plane(2).map(|plane| match plane.bytes_per_sample {
            1 => u16::from(plane.data[0]),
            _ => u16::from_le_bytes([plane.data[0], plane.data[1]]) >> 2,
        });
        if let Some(cr) = chroma {
            assert!((225..=255).contains(&cr), "{format}: red is red: {cr}");
        }
        feed.set_scale(Some(ScaleTarget { width: 100, height: 70 }));
        let small = wait_frame(&feed, SOON, |frame| frame.is_scaled());
        let sizes: Vec<_> = small.planes().iter().flatten().map(|p| (p.width, p.height)).collect();
        assert!(sizes.iter().all(|size| *size == (100, 70)), "{format}: {sizes:?}");
        close(feed);
    }
}
