//! What a wall looks like in each language, and names in other scripts on one wall: drawn by the real
//! renderer with the fonts that `make setup` installs, and compared with pictures in `src/app/words`,
//! which a person has looked at. `UPDATE_WORDS=1` draws them anew.

use std::time::Duration;

use image::RgbImage;

use super::two_walls_tests::{app_of, clip, opened, picture};
use super::words_tests::{difference, golden, tiles_of, wall_of_words};
use super::*;
use crate::camera::{Health, PictureWarnings, StreamStats};
use crate::interface::Interface;
use crate::operation::{Operation, Phase, operate};
use camwall_config::Action;
use camwall_media::{FeedState, Warnings};
use camwall_words::Language;

/// Compares a picture with the one of this name, or keeps it. `word` tells where a time of day stands.
pub(super) fn compare(name: &str, word: &str, shot: &RgbImage) -> Option<String> {
    if std::env::var_os("UPDATE_WORDS").is_some() {
        shot.save(golden(name)).unwrap();
    }
    let want = image::open(golden(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let share = difference(word, shot, &want.to_rgb8());
    (share > 0.002).then(|| {
        let seen = std::env::temp_dir().join(format!("camwall-{name}.png"));
        shot.save(&seen).unwrap();
        format!("{name}: {:.2} % differ, see {}", share * 100.0, seen.display())
    })
}

/// Waits until the fonts are there that the words of a language need.
pub(super) fn speak(app: &mut App, language: Language) {
    app.world_mut().insert_resource(Interface(language.words()));
    app.update();
    for _ in 0..60 {
        std::thread::sleep(Duration::from_millis(50));
        app.update();
    }
}

#[test]
fn every_language_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, wall) = wall_of_words(folder.path());
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let tag = language.words().tag;
        speak(&mut app, language);
        let shot = picture(&mut app, wall, &folder.path().join(format!("{tag}.png"))).0;
        if tag != "en" {
            // A picture of all, because each is small.
            if std::env::var_os("UPDATE_WORDS").is_some() {
                shot.save(golden(tag)).unwrap();
            }
            let want = image::open(golden(tag)).unwrap_or_else(|error| panic!("{tag}: {error}"));
            let want = want.to_rgb8();
            for ((word, tile), (_, want)) in tiles_of(&shot).zip(tiles_of(&want)) {
                let share = difference(word, &tile, &want);
                if share > 0.002 {
                    let seen = std::env::temp_dir().join(format!("camwall-{tag}.png"));
                    shot.save(&seen).unwrap();
                    wrong.push(format!(
                        "{tag} {word}: {:.2} %, see {}",
                        share * 100.0,
                        seen.display()
                    ));
                }
            }
        }
        let help = |app: &mut App| {
            let action = Action::Help;
            operate(app.world_mut(), Operation { entity: wall, action, phase: Phase::Pressed });
            app.update();
        };
        help(&mut app);
        let path = folder.path().join(format!("help-{tag}.png"));
        let shot = picture(&mut app, wall, &path).0;
        wrong.extend(compare(&format!("help-{tag}"), "", &shot));
        help(&mut app);
    }
    assert_eq!(wrong, [""; 0]);
}

/// In place of what a busy computer makes of the feeds.
pub(super) fn all_live(mut cameras: Query<(&mut Health, &mut PictureWarnings, &mut StreamStats)>) {
    for (mut health, mut warnings, mut stats) in &mut cameras {
        (health.0, warnings.0) = (FeedState::Live, Warnings::default());
        stats.feed.last_frame_at = None;
    }
}

/// A wall of live cameras with these names, which are `c1` and so on, and with these `layouts`, if any.
pub(super) fn live_wall(folder: &Path, names: &[&str], layouts: &str) -> (App, Entity) {
    clip(folder, "teal");
    let camera = |(number, name)| {
        format!("\"c{number}\": (main: \"./teal.mp4\", name: {name:?}, watch: (dark: false)),")
    };
    let cameras: String = (1..).zip(names).map(camera).collect();
    let text =
        format!("(cameras: {{ {cameras} }}, layouts: {{ {layouts} }}, overlay: (clock: false))");
    let mut app = app_of(folder, &text, UVec2::new(1280, 720));
    app.add_systems(Update, all_live.after(CameraSystems::Read).before(PlacementSystems));
    let wall = opened(&mut app, names.len());
    speak(&mut app, Language::English);
    (app, wall)
}

/// Names in other scripts beside numbers and states, on one wall.
#[test]
fn names_of_every_script_look_as_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        ["正門 直骨", "مدخل الباب", "שער 2 north", "ประตูที่สี่", "मुख्य द्वार क्षि", "駐車場の入口"];
    let (mut app, wall) = live_wall(folder.path(), &names, "");
    let shot = picture(&mut app, wall, &folder.path().join("names.png")).0;
    assert_eq!(compare("names", "", &shot), None);
}

/// The picture of one camera's name and number: the label up to the mark of the state behind it.
fn name_of(shot: &RgbImage) -> RgbImage {
    let is_mark = |(x, y): (u32, u32)| {
        let [red, green, blue] = shot.get_pixel(x, y).0;
        red < 120 && green > 220 && (150..220).contains(&blue)
    };
    let label = |x| (0..shot.height() / 10).map(move |y| (x, y));
    let mark = (0..shot.width()).find(|x| label(*x).filter(|at| is_mark(*at)).count() > 3);
    let mark = mark.expect("the mark of a live camera");
    image::imageops::crop_imm(shot, 0, 0, mark, shot.height() / 10).to_image()
}

/// One character, and readers of two languages who expect different shapes of it.
#[test]
fn han_characters_have_the_shapes_of_the_readers_language() {
    let shots = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (mut app, wall) = live_wall(folder.path(), &[name], "");
        [Language::TraditionalChinese, Language::Japanese].map(|language| {
            speak(&mut app, language);
            let path = folder.path().join(format!("{}.png", language.words().tag));
            name_of(&picture(&mut app, wall, &path).0)
        })
    };
    // What differs of the pixels that letters cover in one of them.
    let differs = |[one, other]: [RgbImage; 2]| {
        assert_eq!(one.height(), other.height());
        let light = |shot: &RgbImage, x, y| shot.get_pixel_checked(x, y).map_or(0, |it| it.0[1]);
        let all = (0..one.width().max(other.width()))
            .flat_map(|x| (0..one.height()).map(move |y| (x, y)));
        let pairs = all.map(|(x, y)| (light(&one, x, y), light(&other, x, y)));
        pairs.filter(|(a, b)| a.abs_diff(*b) > 90).count()
    };
    assert_eq!(differs(shots("Gate ABC")), 0, "letters that all draw alike");
    for name in ["直直直", "骨骨骨"] {
        let apart = differs(shots(name));
        assert!(apart > 30, "{name}: {apart} pixels differ");
    }
}
