//! Keys that are held, and keys beside the pointer.

use std::path::PathBuf;

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyboardFocusLost, KeyboardInput, NativeKeyCode},
    },
    math::UVec2,
    time::TimePlugin,
};

use super::*;
use crate::camera::{Camera, WallFile, spawn_cameras};
use crate::pacing::{FramePacer, PacingPlugin};
use crate::wall::layout::Zoom;
use crate::wall::{Shows, TileZoom, WallPlugin};
use camwall_config::Action;

/// What was operated, and in which phase.
#[derive(Resource, Default)]
struct Done(Vec<(Action, Phase)>);

/// Two cameras beside each other on 640×360.
fn app() -> App {
    let text = r#"(cameras: { "a": (main: "./a"), "b": (main: "./b") })"#;
    let wall = camwall_config::Wall::parse(text, "wall.ron").unwrap().wall;
    let mut app = App::new();
    app.add_plugins((
        TimePlugin,
        OperatorPlugin(Bindings::resolve(&wall)),
        WallPlugin::of(&wall, Some(UVec2::new(640, 360)), None),
        PacingPlugin(FramePacer::start(|| {}).unwrap()),
    ))
    .insert_resource(WallFile { wall, folder: PathBuf::new() })
    .init_resource::<Done>()
    .add_systems(PreStartup, spawn_cameras)
    .add_observer(
        |on: On<Operation>, walls: Query<(), With<Wall>>, mut done: ResMut<Done>| {
            if walls.contains(on.entity) {
                done.0.push((on.action, on.phase));
            }
        },
    );
    app.update();
    app
}

fn key(code: KeyCode, logical_key: Key, state: ButtonState, repeat: bool) -> WindowEvent {
    let (key_code, window) = (code, Entity::PLACEHOLDER);
    let input = KeyboardInput { key_code, logical_key, state, text: None, repeat, window };
    WindowEvent::KeyboardInput(input)
}

fn down(code: KeyCode, logical: Key) -> WindowEvent {
    key(code, logical, ButtonState::Pressed, false)
}

fn held(code: KeyCode, logical: Key) -> WindowEvent {
    key(code, logical, ButtonState::Pressed, true)
}

fn up(code: KeyCode, logical: Key) -> WindowEvent {
    key(code, logical, ButtonState::Released, false)
}

fn r() -> (KeyCode, Key) {
    (KeyCode::KeyR, Key::Character("r".into()))
}

/// All of these within one update: what was done.
fn done(app: &mut App, events: impl IntoIterator<Item = WindowEvent>) -> Vec<(Action, Phase)> {
    for event in events {
        app.world_mut().write_message(event);
    }
    app.update();
    std::mem::take(&mut app.world_mut().resource_mut::<Done>().0)
}

#[test]
fn a_held_key_repeats_steps_and_no_switch() {
    use Phase::{Pressed, Released, Repeated};
    let mut app = app();
    let (code, logical) = r();
    let events = [
        down(code, logical.clone()),
        held(code, logical.clone()),
        held(code, logical.clone()),
        up(code, logical),
    ];
    let wanted = [(Action::Record, Pressed), (Action::Record, Released)];
    assert_eq!(done(&mut app, events), wanted);
    let (code, logical) = (KeyCode::ArrowRight, Key::ArrowRight);
    let events = [down(code, logical.clone()), held(code, logical.clone()), up(code, logical)];
    let right = |phase| (Action::Right, phase);
    assert_eq!(done(&mut app, events), [right(Pressed), right(Repeated), right(Released)]);
}

#[test]
fn a_held_key_begins_nothing_when_its_modifier_comes_up() {
    let mut app = app();
    let (code, logical) = r();
    let alt = || (KeyCode::AltLeft, Key::Alt);
    let (modifier, name) = alt();
    // Alt+R does nothing.
    let events = [down(modifier, name), down(code, logical.clone())];
    assert_eq!(done(&mut app, events), []);
    let (modifier, name) = alt();
    let events = [up(modifier, name), held(code, logical.clone()), up(code, logical)];
    assert_eq!(done(&mut app, events), []);
}

#[test]
fn the_loss_of_the_keyboard_ends_what_keys_began() {
    let mut app = app();
    let (code, logical) = r();
    let lost = WindowEvent::KeyboardFocusLost(KeyboardFocusLost);
    let events = [down(code, logical.clone()), lost, up(code, logical)];
    let wanted = [(Action::Record, Phase::Pressed), (Action::Record, Phase::Released)];
    assert_eq!(done(&mut app, events), wanted);
}

#[test]
fn a_key_zooms_where_the_pointer_has_come_within_the_same_update() {
    let mut app = app();
    let position = Vec2::new(500.0, 100.0);
    let moved = CursorMoved { window: Entity::PLACEHOLDER, position, delta: None };
    let plus = down(KeyCode::Unidentified(NativeKeyCode::Unidentified), Key::Character("+".into()));
    done(&mut app, [WindowEvent::CursorMoved(moved), plus]);
    let mut tiles = app.world_mut().query::<(&Shows, &TileZoom)>();
    for (shows, zoom) in tiles.iter(app.world()) {
        let camera = app.world().get::<Camera>(shows.0).unwrap();
        assert_eq!(zoom.0 != Zoom::FIT, camera.number == 2, "camera {}", camera.number);
    }
}
