//! A wall in its window against the picture that it leaves by key: turned, wandered and dimmed.
//!
//! The window covers a screen of its own, without a window manager. The picture is upright and in full
//! light, so what is on the screen follows from it: all letters, marks and pixels of video.

use std::time::{SystemTime, UNIX_EPOCH};

use image::{
    Rgb, RgbImage,
    imageops::{rotate90, rotate180, rotate270},
};
use testkit::{
    SOON, StatusLine, WallFile,
    archive::Archive,
    window::{
        session::{WindowSession, until},
        test_pattern,
    },
};

use crate::picture::{crop, max_delta};

/// Of 255: pictures that are filtered are looked up at places that are rounded otherwise.
const TOLERANCE: u8 = 2;

/// Four cameras with their names and states over them, in a window with these settings.
fn open(rest: &str) -> WindowSession {
    let wall = WallFile::verbatim("");
    let camera = |number| {
        let file = test_pattern::make(wall.folder(), number);
        format!("\"cam{number}\": (main: {file:?}, watch: (frozen: false, dark: false)),\n")
    };
    let cameras: String = (1..=4).map(camera).collect();
    let text = format!(
        "(cameras: {{\n{cameras}}},
         layouts: {{ \"four\": Grid(columns: 2, cameras: [\"cam1\", \"cam2\", \"cam3\", \"cam4\"]) }},
         overlay: (clock: false), recording: (dir: \"rec\", keep: (free: \"1MB\")), {rest})"
    );
    std::fs::write(wall.path(), text).expect("the wall file");
    // Nights are those of this zone.
    WindowSession::open_as((wall, &[]), |run| run.env("TZ", "UTC"), StatusLine::all_live)
}

/// The picture that a wall leaves by key.
fn picture(session: &WindowSession) -> RgbImage {
    session.keys(&["shift+s"]);
    let archive = Archive::of(&session.wall);
    let file = until("the wall's picture", SOON, || archive.files_of("png").pop().ok_or("none"));
    assert!(file.starts_with(archive.root().join("@wall")), "{}", file.display());
    image::open(file).expect("the wall's picture").to_rgb8()
}

/// Waits until this is on the screen; what is said of the picture's file is gone by then. Keeps it under
/// this name for people to look at.
fn until_seen(session: &WindowSession, name: &str, wanted: &RgbImage) {
    let shot = session.until_shot(name, |shot| {
        if shot.dimensions() != wanted.dimensions() {
            return Err(format!("{:?} on the screen", shot.dimensions()));
        }
        match max_delta(shot, wanted, 0) {
            ..=TOLERANCE => Ok(()),
            delta => Err(format!("differs by {delta}")),
        }
    });
    testkit::window::screen::keep(&shot, name);
}

#[test]
fn a_turned_wall_is_its_picture_turned() {
    let turns: [(&str, fn(&RgbImage) -> RgbImage); 4] =
        [("None", RgbImage::clone), ("Right", rotate90), ("Half", rotate180), ("Left", rotate270)];
    for (rotation, turn) in turns {
        let session = open(&format!("window: (rotation: {rotation})"));
        let picture = picture(&session);
        let upright = matches!(rotation, "None" | "Half");
        assert_eq!(picture.width() > picture.height(), upright, "{rotation}");
        until_seen(&session, &format!("rotation {rotation}"), &turn(&picture));
    }
}

#[test]
fn a_wall_that_wanders_is_its_picture_two_pixels_to_the_right() {
    let session = open("burn_in: (orbit: 2)");
    let picture = picture(&session);
    let (width, height) = picture.dimensions();
    let ground = Rgb([14, 15, 18]);
    let moved = RgbImage::from_fn(width, height, |x, y| {
        x.checked_sub(2).map_or(ground, |x| *picture.get_pixel(x, y))
    });
    until_seen(&session, "orbit", &moved);
}

/// The settings of a night that has begun in the last hour or two, by UTC.
fn tonight(what: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let hour = |from: u64| format!("\"{:02}:00\"", (now / 3600 + from) % 24);
    format!("burn_in: (night: (from: {}, to: {}, {what}))", hour(23), hour(3))
}

#[test]
fn by_night_pictures_are_darker_and_words_half_as_much() {
    let session = open(&tonight("dim: 80"));
    let picture = picture(&session);
    // A fifth of the light, and half of it, as values of a display.
    let [pictures, words] = [0.2_f64, 0.5].map(|light| light.powf(1.0 / 2.2));
    let times = |value: u8, by: f64| (f64::from(value) * by).round() as u8;
    // Beside all letters and frames, each tile is wholly picture.
    let inner = |all: &RgbImage, tile: (u32, u32)| {
        let at = (tile.0 * 640 + 60, tile.1 * 360 + 120);
        crop(all, at, (520, 120))
    };
    // What is said of the picture's file is gone by then.
    let shot = session.until_shot("night", |shot| {
        for tile in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let mut wanted = inner(&picture, tile);
            wanted.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|v| times(v, pictures)));
            let delta = max_delta(&inner(shot, tile), &wanted, 0);
            if delta > TOLERANCE {
                return Err(format!("tile {tile:?} differs by {delta}"));
            }
        }
        for (day, night) in picture.pixels().zip(shot.pixels()) {
            for (day, night) in day.0.into_iter().zip(night.0) {
                let least = times(day, pictures).saturating_sub(TOLERANCE);
                if !(least..=times(day, words) + TOLERANCE).contains(&night) {
                    return Err(format!("{day} became {night}"));
                }
            }
        }
        Ok(())
    });
    testkit::window::screen::keep(&shot, "night");
    // The frame of the selected tile is a word, too.
    let frame = (320, 1);
    let (day, night) = (picture.get_pixel(frame.0, frame.1).0, shot.get_pixel(frame.0, frame.1).0);
    for (day, night) in day.into_iter().zip(night) {
        assert!(times(day, words).abs_diff(night) <= TOLERANCE, "{day} became {night}");
    }
}

#[test]
fn by_night_what_is_on_the_left_is_on_the_right() {
    let session = open(&tonight("swap: true"));
    let picture = picture(&session);
    for (tile, number) in [((0, 0), 2), ((1, 0), 1), ((0, 1), 4), ((1, 1), 3)] {
        let seen = test_pattern::seen(&picture, tile.0 * 640 + 320, tile.1 * 360 + 180);
        assert_eq!(seen.map(|seen| seen.camera), Some(number), "{tile:?}");
    }
    // Numbers stay with their cameras.
    session.keys(&["3", "Return"]);
    session.until_shot("camera 3", |shot| {
        let seen = test_pattern::seen(shot, 640, 360).map(|seen| seen.camera);
        if seen == Some(3) { Ok(()) } else { Err(format!("camera {seen:?} is in the middle")) }
    });
}
