//! What a wall says of its tour, drawn by the real renderer and compared with pictures in
//! `src/app/words`, which a person has looked at. `UPDATE_WORDS=1` draws them anew.

use std::time::Duration;

use image::{RgbImage, imageops};

use super::language_tests::{all_live, compare, speak};
use super::two_walls_tests::{app_of, clip, opened, picture};
use super::*;
use crate::wall::{Pace, TourLine, TourShown};
use camwall_words::Language;

const SIZE: UVec2 = UVec2::new(960, 540);

/// The part of the wall that is compared, from its lower right corner.
const PART: UVec2 = UVec2::new(480, 270);

/// What is told of the tour, in place of what time makes of it.
#[derive(Resource)]
struct Told(Pace);

fn tell(told: Res<Told>, mut walls: Query<&mut TourShown>) {
    for mut shown in &mut walls {
        let line = TourLine { tour: Some(0), step: (1, 5), pace: told.0 };
        shown.set_if_neq(TourShown(Some(line)));
    }
}

#[test]
fn a_tour_looks_as_it_did_running_and_paused() {
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "teal");
    let text = r#"(
        cameras: { "a": (main: "./teal.mp4"), "b": (main: "./teal.mp4"), "c": (main: "./teal.mp4") },
        layouts: { "all": Tiles(columns: 2, rows: 2, tiles: [
            (camera: "a", column: 0, row: 0), (camera: "b", column: 0, row: 1),
            (tour: (every: "1h", steps: [(show: "c"), (show: "a")]), column: 1, row: 1),
        ]) },
        tours: { "rounds": (every: "1h", steps: [(show: "all"), (show: "all"), (show: "all")]) },
        overlay: (clock: false),
    )"#;
    let mut app = app_of(folder.path(), text, SIZE);
    app.insert_resource(Told(Pace::Running));
    app.add_systems(
        Update,
        (
            all_live.after(CameraSystems::Read).before(PlacementSystems),
            tell.after(WallSystems::Place).before(OverlaySystems),
        ),
    );
    let wall = opened(&mut app, 3);
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let tag = language.words().tag;
        speak(&mut app, language);
        let paces = [Pace::Running, Pace::Paused(Duration::from_secs(43)), Pace::Stopped];
        let mut parts = RgbImage::new(PART.x, PART.y * 3);
        for (row, pace) in (0..).zip(paces) {
            app.insert_resource(Told(pace));
            app.update();
            let path = folder.path().join(format!("{tag}-{row}.png"));
            let shot = picture(&mut app, wall, &path).0;
            let corner = SIZE - PART;
            let part = imageops::crop_imm(&shot, corner.x, corner.y, PART.x, PART.y).to_image();
            imageops::replace(&mut parts, &part, 0, i64::from(row * PART.y));
        }
        wrong.extend(compare(&format!("tour-{tag}"), "", &parts));
    }
    assert_eq!(wrong, [""; 0]);
}
