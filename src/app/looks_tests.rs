//! How walls look beside their words: with mistakes in the wall file, and in high contrast. Drawn by the
//! real renderer and compared with pictures in `src/app/words`, which a person has looked at.
//! `UPDATE_WORDS=1` draws them anew.

use std::sync::Arc;

use super::language_tests::{compare, live_wall, speak};
use super::two_walls_tests::picture;
use super::words_tests::{difference, golden, tiles_of, wall_of_words_in};
use super::*;
use crate::operation::{Operation, Phase, operate};
use crate::reload::Reload;
use camwall_config::Action;
use camwall_words::Language;

fn press(app: &mut App, entity: Entity, action: Action) {
    operate(app.world_mut(), Operation { entity, action, phase: Phase::Pressed });
    app.update();
}

#[test]
fn mistakes_of_the_wall_file_look_as_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["Main gate", "Car park", "Loading dock", "Lobby"];
    let layout = r#""overview": Grid(columns: 2, cameras: ["c1", "c2", "c3", "c4"])"#;
    let (mut app, wall) = live_wall(folder.path(), &names, layout);
    let wrong = r#"(
    cameras: {
        "gate": (main: "rtps://10.0.0.1/main", fit: Contian),
        "dock": (main: "rtsp://10.0.0.2/main", record: Weekly([(days: [Mon], from: "25:00", to: "06:00")])),
    },
    layouts: { "all": Grid(cameras: ["gaet", "dock"]) },
    show: "overview",
)"#;
    let mistakes = Wall::parse(wrong, "wall.ron").unwrap_err();
    app.insert_resource(Reload { mistakes: Some(Arc::new(mistakes)), ..Reload::default() });
    app.update();
    let shot = |app: &mut App, name: &str| {
        let picture = picture(app, wall, &folder.path().join(format!("{name}.png"))).0;
        compare(name, "", &picture)
    };
    let whole = shot(&mut app, "strip");
    press(&mut app, wall, Action::Back);
    assert_eq!([whole, shot(&mut app, "strip-folded")], [None, None]);
}

#[test]
fn high_contrast_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let overlay = "clock: false, high_contrast: true";
    let (mut app, wall) = wall_of_words_in(folder.path(), overlay);
    speak(&mut app, Language::English);
    let shot = picture(&mut app, wall, &folder.path().join("contrast.png")).0;
    if std::env::var_os("UPDATE_WORDS").is_some() {
        shot.save(golden("high-contrast")).unwrap();
    }
    let want = image::open(golden("high-contrast")).unwrap().to_rgb8();
    for ((word, tile), (_, want)) in tiles_of(&shot).zip(tiles_of(&want)) {
        let share = difference(word, &tile, &want);
        assert!(share <= 0.002, "{word}: {:.2} % differ", share * 100.0);
    }
}
