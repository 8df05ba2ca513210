//! The stage under acts: scenarios, and random acts with invariants after each.

use std::{path::PathBuf, time::Duration};

use bevy::math::{UVec2, Vec2};
use proptest::prelude::*;

use super::*;
use crate::wall::layout::Focus;
use camwall_config::{Action, Wall};

const SIZE: UVec2 = UVec2::new(1280, 720);

fn file() -> WallFile {
    let text = r#"(
        cameras: { "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c"), "d": (main: "./d") },
        layouts: {
            "four": Grid(columns: 2, cameras: ["a", "b", "c", "d"]),
            "big": Tiles(columns: 3, rows: 3, tiles: [
                (camera: "b", column: 0, row: 0, width: 2, height: 2),
                (camera: "a", column: 2, row: 2),
            ]),
        },
    )"#;
    WallFile { wall: Wall::parse(text, "wall.ron").unwrap().wall, folder: PathBuf::new() }
}

fn stage(file: &WallFile) -> Stage {
    let mut stage = Stage::new(SIZE, 0, false);
    stage.arrange(file);
    stage
}

fn shown(stage: &Stage) -> Vec<usize> {
    stage.visible().map(|(place, _)| stage.places[place].camera).collect()
}

/// Lets every animation end.
fn rest(stage: &mut Stage) {
    stage.now += Focus::DURATION;
}

#[test]
fn enter_opens_the_selected_camera_and_goes_back() {
    let file = file();
    let mut stage = stage(&file);
    stage.act(&Act::Key(Action::Right), &file);
    stage.act(&Act::Key(Action::OpenOrBack), &file);
    assert!(stage.is_animating(), "on its way");
    assert_eq!(shown(&stage), [0, 2, 3, 1], "the tile on its way lies over the others");
    rest(&mut stage);
    assert_eq!(stage.visible().collect::<Vec<_>>(), [(1, PxRect::of_window(SIZE))]);
    assert_eq!(stage.largest(1), Some((1280, 720)));
    stage.act(&Act::Key(Action::OpenOrBack), &file);
    assert!(!stage.is_focused());
    rest(&mut stage);
    assert_eq!(stage.visible().map(|(_, rect)| rect).max_by_key(|r| r.area()).unwrap().width, 640);
}

#[test]
fn a_flight_turns_round_without_a_jump() {
    let file = file();
    let mut stage = stage(&file);
    stage.act(&Act::Click(Vec2::new(900.0, 500.0)), &file);
    stage.now += Focus::DURATION / 3;
    let before = stage.visible().last();
    stage.act(&Act::Key(Action::Back), &file);
    assert_eq!(stage.visible().last(), before);
}

#[test]
fn digits_then_enter_open_a_camera_and_zero_resets_the_zoom_otherwise() {
    let file = file();
    let mut stage = stage(&file);
    stage.act(&Act::ZoomAt(Vec2::new(100.0, 100.0), 2.0), &file);
    assert!(!stage.view(0).is_fit());
    stage.act(&Act::Digit(0, Some(Action::ZoomReset)), &file);
    assert!(stage.view(0).is_fit());
    stage.act(&Act::Digit(3, None), &file);
    stage.act(&Act::Key(Action::OpenOrBack), &file);
    rest(&mut stage);
    assert_eq!(shown(&stage), [2]);
}

#[test]
fn a_forgotten_number_does_not_open_a_camera_later() {
    let file = file();
    let mut stage = stage(&file);
    stage.act(&Act::Digit(2, None), &file);
    stage.now += Duration::from_secs(60);
    stage.act(&Act::Digit(3, None), &file);
    assert_eq!(stage.typed, "3");
}

#[test]
fn layouts_follow_each_other_and_wrap() {
    let file = file();
    let mut stage = stage(&file);
    stage.act(&Act::Key(Action::NextLayout), &file);
    assert_eq!((stage.layout(), shown(&stage)), (1, vec![1, 0]));
    stage.act(&Act::Key(Action::NextLayout), &file);
    assert_eq!(stage.layout(), 0);
    stage.act(&Act::Key(Action::PreviousLayout), &file);
    assert_eq!(stage.layout(), 1);
    stage.act(&Act::Key(Action::Layout(9)), &file);
    assert_eq!(stage.layout(), 1, "there is no ninth");
}

#[test]
fn a_picture_is_made_small_only_where_the_source_is_larger() {
    let file = file();
    let stage = stage(&file);
    let size = |source| stage.picture_size(0, source, Fit::Contain);
    assert_eq!(size((1920, 1080)), Some((640, 360)));
    assert_eq!(size((640, 360)), None);
    assert_eq!(size((0, 0)), None, "not known yet");
}

#[test]
fn full_screen_and_zoom_call_for_more_lines() {
    let file = file();
    let mut stage = stage(&file);
    assert_eq!(stage.lines(0), Some(360));
    stage.act(&Act::ZoomAt(Vec2::new(100.0, 100.0), 2.0), &file);
    assert_eq!((stage.lines(0), stage.lines(1)), (Some(720), Some(360)));
    stage.act(&Act::Click(Vec2::new(900.0, 100.0)), &file);
    assert_eq!((stage.lines(0), stage.lines(1)), (Some(720), Some(720)));
    stage.act(&Act::Key(Action::NextLayout), &file);
    assert_eq!((stage.lines(1), stage.lines(2)), (Some(480), None), "the third is not in it");
}

fn acts() -> impl Strategy<Value = Act> {
    let pixel = || (-50.0..1400.0_f32, -50.0..800.0_f32).prop_map(Vec2::from);
    let actions: Vec<Action> = Action::all().collect();
    prop_oneof![
        4 => prop::sample::select(actions).prop_map(Act::Key),
        1 => (0..10_u32).prop_map(|digit| Act::Digit(digit, None)),
        2 => pixel().prop_map(Act::Click),
        2 => (pixel(), 0.1..10.0_f32).prop_map(|(at, factor)| Act::ZoomAt(at, factor)),
        2 => (pixel(), pixel()).prop_map(|(at, by)| Act::Drag(at, by)),
    ]
}

fn verify_invariants(stage: &Stage) {
    let window = PxRect::of_window(SIZE);
    assert!(stage.selected < stage.places.len(), "something is always selected");
    assert!(stage.visible().next().is_some(), "something is always shown");
    for (place, rect) in stage.visible() {
        assert!(place < stage.places.len());
        assert!(window.contains_rect(rect), "{rect:?} leaves the window");
        let view = stage.view(stage.places[place].camera).rect();
        assert!(view.min.min_element() >= 0.0 && view.max.max_element() <= 1.0, "{view:?}");
    }
    let mut seen: Vec<usize> = stage.visible().map(|(place, _)| place).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), stage.visible().count(), "no tile is drawn twice");
}

proptest! {
    #[test]
    fn no_act_breaks_the_stage(
        acts in prop::collection::vec((acts(), 0..200_u64), 1..60)
    ) {
        let file = file();
        let mut stage = stage(&file);
        for (act, pause) in acts {
            stage.now += Duration::from_millis(pause);
            stage.act(&act, &file);
            verify_invariants(&stage);
        }
    }
}
