//! The view under input: scenarios, and random input with invariants after each step.

use std::{path::PathBuf, time::Duration};

use bevy::math::{UVec2, Vec2};
use proptest::prelude::*;

use super::*;
use crate::camera::{Camera, TileLines, spawn_cameras};
use crate::wall::layout::Maximize;
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

fn view(file: &WallFile) -> WallView {
    let mut view = WallView::new(SIZE, 0, false);
    view.arrange(file);
    view
}

fn shown(view: &WallView) -> Vec<usize> {
    view.visible().map(|(tile, _)| view.tiles[tile].camera).collect()
}

/// Lets every animation end.
fn rest(view: &mut WallView) {
    view.now += Maximize::DURATION;
}

#[test]
fn enter_opens_the_selected_camera_and_goes_back() {
    let file = file();
    let mut view = view(&file);
    view.handle(&OperatorInput::Key(Action::Right), &file);
    view.handle(&OperatorInput::Key(Action::OpenOrBack), &file);
    assert!(view.is_animating(), "on its way");
    assert_eq!(shown(&view), [0, 2, 3, 1], "the tile on its way lies over the others");
    rest(&mut view);
    assert_eq!(view.visible().collect::<Vec<_>>(), [(1, PxRect::of_window(SIZE))]);
    assert_eq!(view.largest(1), Some((1280, 720)));
    view.handle(&OperatorInput::Key(Action::OpenOrBack), &file);
    assert!(!view.is_maximized());
    rest(&mut view);
    assert_eq!(view.visible().map(|(_, rect)| rect).max_by_key(|r| r.area()).unwrap().width, 640);
}

#[test]
fn a_flight_turns_round_without_a_jump() {
    let file = file();
    let mut view = view(&file);
    view.handle(&OperatorInput::Click(Vec2::new(900.0, 500.0)), &file);
    view.now += Maximize::DURATION / 3;
    let before = view.visible().last();
    view.handle(&OperatorInput::Key(Action::Back), &file);
    assert_eq!(view.visible().last(), before);
}

#[test]
fn digits_then_enter_open_a_camera_and_zero_resets_the_zoom_otherwise() {
    let file = file();
    let mut view = view(&file);
    view.handle(&OperatorInput::ZoomAt(Vec2::new(100.0, 100.0), 2.0), &file);
    assert!(view.zoom_of(0) != Zoom::FIT);
    view.handle(&OperatorInput::Digit(0, Some(Action::ZoomReset)), &file);
    assert!(view.zoom_of(0) == Zoom::FIT);
    view.handle(&OperatorInput::Digit(3, None), &file);
    view.handle(&OperatorInput::Key(Action::OpenOrBack), &file);
    rest(&mut view);
    assert_eq!(shown(&view), [2]);
}

#[test]
fn a_forgotten_number_does_not_open_a_camera_later() {
    let file = file();
    let mut view = view(&file);
    view.handle(&OperatorInput::Digit(2, None), &file);
    view.now += Duration::from_secs(60);
    view.handle(&OperatorInput::Digit(3, None), &file);
    assert_eq!(view.typed, "3");
}

#[test]
fn layouts_follow_each_other_and_wrap() {
    let file = file();
    let mut view = view(&file);
    view.handle(&OperatorInput::Key(Action::NextLayout), &file);
    assert_eq!((view.layout, shown(&view)), (1, vec![1, 0]));
    view.handle(&OperatorInput::Key(Action::NextLayout), &file);
    assert_eq!(view.layout, 0);
    view.handle(&OperatorInput::Key(Action::PreviousLayout), &file);
    assert_eq!(view.layout, 1);
    view.handle(&OperatorInput::Key(Action::Layout(9)), &file);
    assert_eq!(view.layout, 1, "there is no ninth");
}

#[test]
fn a_picture_is_made_small_only_where_the_source_is_larger() {
    let file = file();
    let view = view(&file);
    let size = |source| view.picture_size(0, source, Fit::Contain);
    assert_eq!(size((1920, 1080)), Some((640, 360)));
    assert_eq!(size((640, 360)), None);
    assert_eq!(size((0, 0)), None, "not known yet");
}

#[test]
fn full_screen_and_zoom_call_for_more_lines() {
    let file = file();
    let mut view = view(&file);
    assert_eq!(view.lines(0), Some(360));
    view.handle(&OperatorInput::ZoomAt(Vec2::new(100.0, 100.0), 2.0), &file);
    assert_eq!((view.lines(0), view.lines(1)), (Some(720), Some(360)));
    view.handle(&OperatorInput::Click(Vec2::new(900.0, 100.0)), &file);
    assert_eq!((view.lines(0), view.lines(1)), (Some(720), Some(720)));
    view.handle(&OperatorInput::Key(Action::NextLayout), &file);
    assert_eq!((view.lines(1), view.lines(2)), (Some(480), None), "the third is not in it");
}

/// The lines that each camera was told, in the order of the file.
fn lines_told(app: &mut App) -> Vec<Option<u32>> {
    app.update();
    let mut cameras = app.world_mut().query::<(&Camera, &TileLines)>();
    let mut told: Vec<_> =
        cameras.iter(app.world()).map(|(camera, lines)| (camera.index, lines.0)).collect();
    told.sort_unstable();
    told.into_iter().map(|(_, lines)| lines).collect()
}

#[test]
fn cameras_are_told_how_many_lines_their_largest_tile_needs() {
    let file = file();
    let (four, mut big) = (view(&file), view(&file));
    big.handle(&OperatorInput::Key(Action::NextLayout), &file);
    let mut app = App::new();
    app.insert_resource(file).insert_resource(four);
    app.add_systems(Startup, (spawn_cameras, tell_cameras).chain());
    assert_eq!(lines_told(&mut app), [Some(360); 4], "before the first update");
    app.insert_resource(big).add_systems(Update, tell_cameras);
    assert_eq!(lines_told(&mut app), [Some(240), Some(480), None, None]);
}

fn inputs() -> impl Strategy<Value = OperatorInput> {
    let pixel = || (-50.0..1400.0_f32, -50.0..800.0_f32).prop_map(Vec2::from);
    let actions: Vec<Action> = Action::all().collect();
    prop_oneof![
        4 => prop::sample::select(actions).prop_map(OperatorInput::Key),
        1 => (0..10_u32).prop_map(|digit| OperatorInput::Digit(digit, None)),
        2 => pixel().prop_map(OperatorInput::Click),
        2 => (pixel(), 0.1..10.0_f32).prop_map(|(at, factor)| OperatorInput::ZoomAt(at, factor)),
        2 => (pixel(), pixel()).prop_map(|(at, by)| OperatorInput::Drag(at, by)),
    ]
}

fn verify_invariants(view: &WallView) {
    let window = PxRect::of_window(SIZE);
    assert!(view.selected < view.tiles.len(), "something is always selected");
    assert!(view.visible().next().is_some(), "something is always shown");
    for (tile, rect) in view.visible() {
        assert!(tile < view.tiles.len());
        assert!(window.contains_rect(rect), "{rect:?} leaves the window");
        let zoom = view.zoom_of(view.tiles[tile].camera).rect();
        assert!(zoom.min.min_element() >= 0.0 && zoom.max.max_element() <= 1.0, "{zoom:?}");
    }
    let mut seen: Vec<usize> = view.visible().map(|(tile, _)| tile).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), view.visible().count(), "no tile is drawn twice");
}

proptest! {
    #[test]
    fn no_input_breaks_the_view(
        inputs in prop::collection::vec((inputs(), 0..200_u64), 1..60)
    ) {
        let file = file();
        let mut view = view(&file);
        for (input, pause) in inputs {
            view.now += Duration::from_millis(pause);
            view.handle(&input, &file);
            verify_invariants(&view);
        }
    }
}
