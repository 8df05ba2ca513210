//! A tour of cameras that are sent: whoever begins in the middle has no picture before the next key frame.

use std::time::Duration;

use testkit::window::screen::Screen;
use testkit::window::session::{BARE, WindowSession};
use testkit::window::test_pattern::film;
use testkit::{Camsim, StatusLine, WallFile, half_turn};

use crate::layouts::watch;
use crate::{Shown, until};

/// Three cameras beside each other, the first of them this one.
fn three(first: u32) -> Vec<Shown> {
    let tiles = [[0, 0, 427, 720], [427, 0, 426, 720], [853, 0, 427, 720]];
    tiles.into_iter().zip(first..).collect()
}

#[test]
fn of_cameras_with_two_seconds_between_key_frames_every_picture_is_there_at_once() {
    let _turn = half_turn();
    let films = tempfile::tempdir().unwrap();
    (1..=6).for_each(|camera| film(films.path(), camera));
    // Nobody hears them, but camsim wants its sounds.
    let clips = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clips");
    for sound in ["tone.aac", "tone.ulaw", "tone.alaw"] {
        std::fs::copy(format!("{clips}/{sound}"), films.path().join(sound)).unwrap();
    }
    let camsim = Camsim::start_with_clips(films.path(), &["--cameras", "6"]);
    let camera = |number: usize| {
        let url = camsim.url(&format!("cam{number}/main"));
        let fields = format!("main: {url:?}, fit: Stretch, watch: (frozen: false)");
        (format!("cam{number}"), fields)
    };
    let cameras: Vec<_> = (1..=6).map(camera).collect();
    let rest = format!(
        r#"layouts: {{
            "one": Grid(columns: 3, cameras: ["cam1", "cam2", "cam3"]),
            "two": Grid(columns: 3, cameras: ["cam4", "cam5", "cam6"]),
        }}, tours: {{ "rounds": (every: "5s", steps: [(show: "one"), (show: "two")]) }},
        show: "rounds", {BARE}"#
    );
    let opened = (WallFile::new(&cameras, &rest), &["--size", "1280x720"][..]);
    let seen = |line: &StatusLine| line.cameras.iter().any(|camera| camera.fps_shown > 0.0);
    let session = WindowSession::open_until(Screen::start(), opened, false, seen);
    let layouts = [three(1), three(4)];
    // At the start both take as long as the next key frames do.
    for (name, layout) in ["the first three", "the others"].into_iter().zip(&layouts) {
        until(&session, name, layout);
    }
    let seen = watch(&session, &layouts, (Duration::from_secs(32), "tour-cameras"));
    let order: Vec<usize> = seen.iter().map(|(layout, _)| *layout).collect();
    assert!(order.len() >= 5, "{seen:?}");
    assert!(order.windows(2).all(|pair| pair[0] != pair[1]), "{order:?}");
}
