//! One picture a word: what a tile looks like in each state and with each warning, drawn by the real
//! renderer and compared with the pictures in `src/app/words`, which a person has looked at.
//! `UPDATE_WORDS=1` draws them anew.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use camwall_media::{
    CertificateFault, FeedState, Fingerprint, Outage, SourceError, Undecodable, Warnings,
};
use camwall_recorder::{Doubts, RetentionRule};
use image::{RgbImage, imageops::blur};
use testkit::Tile;

use super::two_walls_tests::{app_of, clip, opened, picture};
use super::*;
use crate::camera::{Camera, Health, PictureWarnings, RecordingStatus, StreamStats};

/// The words, typed by hand, in the order of their tiles. That of a picture's name is the word of the
/// status lines.
pub(super) const WORDS: [&str; 18] = [
    "connecting",
    "live",
    "late",
    "stale",
    "undecodable",
    "busy",
    "auth_failed",
    "no_login",
    "offline",
    "ended",
    "frozen",
    "dark",
    "damaged",
    "reduced",
    "not_trusted",
    "unverified",
    "clock",
    "keep",
];

/// Columns and rows of cells: 720 lines, of which the letters' height follows.
const GRID: (u32, u32) = (5, 4);
const TILE: UVec2 = UVec2::new(320, 180);

/// The column and row of a word's tile: each has the neighbours it always had.
fn cell(index: u32) -> (u32, u32) {
    if index < 16 { (index % 4, index / 4) } else { (4, index - 16) }
}

/// What the camera of this word is said to be at `now`.
fn said(word: &str, now: Instant) -> (FeedState, Warnings) {
    let none = Warnings::default();
    let down = |error| {
        // A try that is always as far away.
        let retry_at = now + Duration::from_millis(29_500);
        (FeedState::Down(Outage { since: now, error: Arc::new(error), retry_at }), none)
    };
    let detail = String::new;
    match word {
        "connecting" => (FeedState::Connecting, none),
        "live" => (FeedState::Live, none),
        "late" => (FeedState::Late { by: Duration::from_secs(6) }, none),
        "stale" => (FeedState::Stale, none),
        "undecodable" => (FeedState::Undecodable { why: Undecodable::BrokenPictures }, none),
        "busy" => down(SourceError::Busy { detail: detail(), retry_after: None }),
        "auth_failed" => down(SourceError::Auth { detail: detail() }),
        "no_login" => down(SourceError::NoLogin { detail: detail() }),
        "not_trusted" => {
            let fault = CertificateFault::Changed { found: Fingerprint([7; 32]) };
            down(SourceError::NotTrusted { fault })
        }
        "offline" => down(SourceError::Unreachable { detail: detail() }),
        "ended" => (FeedState::Ended, none),
        "frozen" => (FeedState::Live, Warnings { frozen: Some(now), ..none }),
        "dark" => (FeedState::Live, Warnings { dark: Some(now), ..none }),
        "damaged" => (FeedState::Live, Warnings { damaged: true, ..none }),
        "reduced" => {
            let by = Duration::from_secs(3);
            (FeedState::Late { by }, Warnings { reduced: true, ..none })
        }
        "unverified" => (FeedState::Live, Warnings { unverified: true, ..none }),
        "clock" | "keep" => (FeedState::Live, none),
        other => unreachable!("{other} is no word"),
    }
}

/// What is doubted of its archive.
fn doubted(word: &str) -> Doubts {
    let limit = (word == "keep").then_some(RetentionRule::Total);
    Doubts { clock: word == "clock", limit }
}

type Said = (
    &'static Camera,
    &'static mut Health,
    &'static mut PictureWarnings,
    &'static mut StreamStats,
    &'static mut RecordingStatus,
);

/// In place of what the feeds and recorders say.
fn say(mut cameras: Query<Said>) {
    let now = Instant::now();
    for (camera, mut health, mut warnings, mut stats, mut recording) in &mut cameras {
        let (state, warned) = said(&camera.id, now);
        stats.feed.late_is_ours = warned.reduced;
        // What time alone changes is not said.
        (stats.feed.last_frame_at, stats.state_since) = (None, None);
        (health.0, warnings.0) = (state, warned);
        recording.0.doubts = doubted(&camera.id);
    }
}

pub(super) fn golden(word: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/words");
    folder.join(format!("{word}.png"))
}

/// Where a tile says the time of day, which is never the same: in the row below the name.
fn is_clock(word: &str, x: u32, y: u32) -> bool {
    matches!(word, "frozen" | "dark") && x > 90 && (34..68).contains(&y)
}

/// The share of pixels that differ visibly, looked at from so far away that the edges of letters
/// don't count: glyphs lie a part of a pixel to the left or to the right.
pub(super) fn difference(word: &str, tile: &RgbImage, golden: &RgbImage) -> f64 {
    assert_eq!(tile.dimensions(), golden.dimensions(), "{word}");
    let (tile, golden) = (blur(tile, 2.0), blur(golden, 2.0));
    let differs = tile.enumerate_pixels().filter(|(x, y, pixel)| {
        let pairs = pixel.0.iter().zip(golden.get_pixel(*x, *y).0);
        !is_clock(word, *x, *y) && pairs.into_iter().any(|(a, b)| a.abs_diff(b) > 20)
    });
    differs.count() as f64 / f64::from(tile.width() * tile.height())
}

/// A wall that says every word, each on a tile of its own.
pub(super) fn wall_of_words(folder: &Path) -> (App, Entity) {
    wall_of_words_in(folder, "clock: false")
}

/// The same with these settings of the overlay.
pub(super) fn wall_of_words_in(folder: &Path, overlay: &str) -> (App, Entity) {
    clip(folder, "teal");
    let camera = |word| format!("{word:?}: (main: \"./teal.mp4\", name: \"Gate\"),");
    let cameras: String = WORDS.iter().map(camera).collect();
    let (columns, rows) = GRID;
    let tile = |(index, word)| {
        let (column, row) = cell(index);
        format!("(camera: {word:?}, column: {column}, row: {row}), ")
    };
    let tiles: String = (0..).zip(WORDS).map(tile).collect();
    let layouts = format!("\"all\": Tiles(columns: {columns}, rows: {rows}, tiles: [{tiles}])");
    let text =
        format!("(cameras: {{ {cameras} }}, layouts: {{ {layouts} }}, overlay: ({overlay}))");
    let mut app = app_of(folder, &text, TILE * UVec2::from(GRID));
    app.add_systems(Update, say.after(CameraSystems::Read).before(PlacementSystems));
    let wall = opened(&mut app, WORDS.len());
    (app, wall)
}

/// The words and their tiles in a picture of their wall.
pub(super) fn tiles_of(shot: &RgbImage) -> impl Iterator<Item = (&'static str, RgbImage)> {
    let ((columns, rows), size) = (GRID, TILE * UVec2::from(GRID));
    (0..).zip(WORDS).map(move |(index, word)| {
        let (column, row) = cell(index);
        let Tile { x, y, width, height } =
            Tile::of_grid((size.x, size.y), columns, rows, column + row * columns);
        (word, image::imageops::crop_imm(shot, x, y, width, height).to_image())
    })
}

#[test]
fn every_word_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, wall) = wall_of_words(folder.path());
    let shot = picture(&mut app, wall, &folder.path().join("words.png")).0;
    let mut wrong = Vec::new();
    for (word, tile) in tiles_of(&shot) {
        if std::env::var_os("UPDATE_WORDS").is_some() {
            tile.save(golden(word)).unwrap();
        }
        let want = image::open(golden(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
        let share = difference(word, &tile, &want.to_rgb8());
        if share > 0.002 {
            let seen = std::env::temp_dir().join(format!("camwall-{word}.png"));
            tile.save(&seen).unwrap();
            wrong.push(format!("{word}: {:.2} % differ, see {}", share * 100.0, seen.display()));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Each word has a picture of its own, also for those who see no colours.
#[test]
fn no_two_words_look_alike() {
    let grey = |word: &str| {
        let picture = image::open(golden(word)).unwrap().to_luma8();
        image::DynamicImage::ImageLuma8(picture).to_rgb8()
    };
    for (index, one) in WORDS.iter().enumerate() {
        for other in &WORDS[index + 1..] {
            let share = difference("", &grey(one), &grey(other));
            assert!(share > 0.003, "{one} and {other}: {share}");
        }
    }
}
