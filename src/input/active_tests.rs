//! Which of several walls is heard.

use std::path::PathBuf;

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyboardInput},
        mouse::MouseButtonInput,
    },
    time::TimePlugin,
};

use super::*;
use crate::camera::{WallFile, spawn_cameras};
use crate::pacing::{FramePacer, PacingPlugin};
use crate::wall::{ActiveLayout, WallPlugin};
use camwall_config::Action;

/// Walls beside each other, each in a window, with three layouts.
struct Desk {
    app: App,
    walls: Vec<Entity>,
    windows: Vec<Entity>,
}

impl Desk {
    fn new(keys: &str) -> Self {
        let text = format!(
            r#"(
                cameras: {{ "a": (main: "./a"), "b": (main: "./b") }},
                layouts: {{
                    "one": Grid(cameras: ["a"]),
                    "two": Grid(cameras: ["b"]),
                    "both": Grid(cameras: ["a", "b"]),
                }},
                walls: {{ "left": (), "right": () }},
                keys: {{{keys}}},
            )"#
        );
        let wall = camwall_config::Wall::parse(&text, "wall.ron").unwrap().wall;
        let mut app = App::new();
        app.add_plugins((
            TimePlugin,
            OperatorPlugin(Bindings::resolve(&wall)),
            WallPlugin::of(&wall, None, None),
            PacingPlugin(FramePacer::start(|| {}).unwrap()),
        ))
        .insert_resource(WallFile { wall, folder: PathBuf::new() })
        .add_systems(PreStartup, spawn_cameras);
        app.update();
        let mut found = app.world_mut().query::<(Entity, &WallName)>();
        let sorted = found.iter(app.world()).sort_by_key::<&WallName, _>(|name| name.number);
        let walls: Vec<Entity> = sorted.map(|(wall, _)| wall).collect();
        let open = |wall: &Entity| {
            let window = app.world_mut().spawn(Window::default()).id();
            app.world_mut().entity_mut(*wall).insert(OnWindow(window));
            window
        };
        let windows = walls.iter().map(open).collect();
        Self { app, walls, windows }
    }

    fn tell(&mut self, event: impl Into<WindowEvent>) {
        self.app.world_mut().write_message::<WindowEvent>(event.into());
    }

    /// The pointer is at this pixel of a window.
    fn point(&mut self, wall: usize, x: f32) {
        let (window, position) = (self.windows[wall], Vec2::new(x, 50.0));
        self.tell(CursorMoved { window, position, delta: None });
    }

    fn click(&mut self, wall: usize) {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            let window = self.windows[wall];
            self.tell(MouseButtonInput { button: MouseButton::Left, state, window });
        }
    }

    fn focus(&mut self, wall: usize, focused: bool) {
        let window = self.windows[wall];
        self.tell(WindowFocused { window, focused });
    }

    /// A key goes down, or comes up, in the window of a wall.
    fn key(&mut self, wall: usize, logical_key: Key, state: ButtonState) {
        let (window, key_code) = (self.windows[wall], KeyCode::F20);
        let (text, repeat) = (None, false);
        self.tell(KeyboardInput { key_code, logical_key, state, text, repeat, window });
    }

    fn press(&mut self, wall: usize, key: Key) {
        self.key(wall, key.clone(), ButtonState::Pressed);
        self.key(wall, key, ButtonState::Released);
    }

    /// The layouts of both walls, after an update.
    fn layouts(&mut self) -> [usize; 2] {
        self.app.update();
        let layout = |wall: usize| self.app.world().get::<ActiveLayout>(self.walls[wall]);
        [0, 1].map(|wall| layout(wall).unwrap().0)
    }
}

#[test]
fn keys_are_for_the_wall_where_the_pointer_moved_or_that_got_the_keyboard_last() {
    let mut desk = Desk::new("");
    desk.press(1, Key::F2);
    assert_eq!(desk.layouts(), [1, 0], "at first the first, whichever window has the keyboard");
    // The pointer rests on the right one: it was there before.
    desk.point(1, 10.0);
    desk.press(0, Key::F3);
    assert_eq!(desk.layouts(), [2, 0]);
    desk.point(1, 11.0);
    desk.press(0, Key::F2);
    assert_eq!(desk.layouts(), [2, 1], "it moved");
    desk.focus(1, false);
    desk.focus(0, true);
    desk.press(0, Key::F1);
    assert_eq!(desk.layouts(), [0, 1]);
    desk.point(1, 11.0);
    desk.press(0, Key::F2);
    assert_eq!(desk.layouts(), [1, 1], "a pointer that rests is told again where it is");
    desk.click(1);
    desk.press(0, Key::F3);
    assert_eq!(desk.layouts(), [1, 2], "a click");
    // All of it within one update, in its order.
    desk.point(0, 20.0);
    desk.press(1, Key::F1);
    desk.point(1, 20.0);
    desk.press(0, Key::F1);
    desk.press(0, Key::F2);
    assert_eq!(desk.layouts(), [0, 1]);
}

#[test]
fn an_action_that_names_a_wall_is_done_there() {
    let mut desk = Desk::new(r#""layout_2@right": ["F13"], "layout_3@left": ["F14"]"#);
    desk.press(0, Key::F13);
    assert_eq!(desk.layouts(), [0, 1]);
    desk.point(1, 10.0);
    desk.point(1, 11.0);
    desk.press(1, Key::F14);
    desk.press(1, Key::F3);
    assert_eq!(desk.layouts(), [2, 2]);
}

#[test]
fn a_wall_that_nobody_sees_is_not_active() {
    let mut desk = Desk::new("");
    let left = desk.walls[0];
    assert_eq!(desk.layouts(), [0, 0]);
    desk.app.world_mut().entity_mut(left).insert(Waiting).remove::<OnWindow>();
    desk.press(1, Key::F2);
    assert_eq!(desk.layouts(), [0, 1]);
    let window = desk.windows[0];
    desk.app.world_mut().entity_mut(left).remove::<Waiting>().insert(OnWindow(window));
    desk.press(1, Key::F3);
    assert_eq!(desk.layouts(), [0, 2], "where keys went they go");
    desk.app.world_mut().despawn(desk.walls[1]);
    desk.press(0, Key::F3);
    desk.app.update();
    assert_eq!(desk.app.world().get::<ActiveLayout>(left).unwrap().0, 2);
}

/// Operations and the walls that they are for.
#[derive(Resource, Default)]
struct Done(Vec<(Entity, Action, Phase)>);

#[test]
fn a_key_that_is_held_ends_where_it_began() {
    let mut desk = Desk::new("");
    desk.app.init_resource::<Done>().add_observer(
        |on: On<Operation>, walls: Query<(), With<Wall>>, mut done: ResMut<Done>| {
            if walls.contains(on.entity) {
                done.0.push((on.entity, on.action, on.phase));
            }
        },
    );
    let record = || Key::Character("r".into());
    desk.key(0, record(), ButtonState::Pressed);
    desk.point(1, 10.0);
    desk.point(1, 11.0);
    desk.key(1, record(), ButtonState::Released);
    desk.app.update();
    let left = desk.walls[0];
    let wanted = [Phase::Pressed, Phase::Released].map(|phase| (left, Action::Record, phase));
    assert_eq!(desk.app.world().resource::<Done>().0, wanted);
}
