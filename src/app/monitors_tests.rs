//! Several walls on monitors that come and go at random, on the program without a screen.
//!
//! The systems are the program's, from the monitors to the decoders. What is compared after every update:
//! which wall is on which monitor and in which window, what each shows and has selected, which wall hears
//! keys, and who is decoded.

use std::{collections::BTreeSet, fmt::Write};

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyCode, KeyboardInput, NativeKeyCode},
    },
    time::TimePlugin,
    window::{CursorMoved, Monitor, WindowEvent, WindowFocused},
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::camera::{Camera, Feeds};
use crate::reload::take_over;
use crate::wall::{
    ActiveLayout, ActiveWall, OnWindow, Selected, Shows, Waiting, Wall as WallEntity, WallName,
};

/// Cameras of each layout, in a row.
const LAYOUTS: [&[&str]; 3] = [&["a", "b", "c"], &["b", "d"], &["e"]];

/// Monitors that there may be; wall `wN` is meant for `MN`.
const MONITORS: usize = 4;

/// One thing that happens. Walls are counted modulo how many there are.
#[derive(Debug, Clone)]
enum Event {
    Plug(usize),
    Unplug(usize),
    /// The pointer moves in a wall's window.
    Point(usize),
    /// The system gives a wall's window the keyboard.
    Focus(usize),
    /// A key, in the window of a wall.
    Press(usize, &'static str),
    /// The walls of the file are these.
    Reload(Vec<usize>),
}

fn event() -> impl Strategy<Value = Event> {
    let (monitor, wall) = (0..MONITORS, 0..MONITORS);
    let key = select(vec!["Left", "Right", "F1", "F2", "F3", "F13", "F11"]);
    let walls = proptest::sample::subsequence((0..MONITORS).collect::<Vec<_>>(), 1..=3);
    prop_oneof![
        2 => monitor.clone().prop_map(Event::Plug),
        2 => monitor.prop_map(Event::Unplug),
        3 => wall.clone().prop_map(Event::Point),
        1 => wall.clone().prop_map(Event::Focus),
        6 => (wall, key).prop_map(|(wall, key)| Event::Press(wall, key)),
        1 => walls.prop_map(Event::Reload),
    ]
}

fn named(key: &str) -> Key {
    match key {
        "Left" => Key::ArrowLeft,
        "Right" => Key::ArrowRight,
        "F1" => Key::F1,
        "F2" => Key::F2,
        "F3" => Key::F3,
        "F13" => Key::F13,
        "F11" => Key::F11,
        other => Key::Character(other.into()),
    }
}

/// A wall as it should be.
#[derive(Debug, Clone, Default)]
struct WallModel {
    /// `wN`.
    name: usize,
    layout: usize,
    selected: usize,
    /// It has a window, on this monitor; none where the system tells of no monitor.
    on: Option<Option<usize>>,
}

/// The program, and what it should be.
struct Game {
    app: App,
    monitors: [Option<Entity>; MONITORS],
    /// Those that are there, in the order in which they came.
    plugged: Vec<usize>,
    /// There was a monitor.
    told: bool,
    walls: Vec<WallModel>,
    /// By name.
    active: Option<usize>,
    /// Where the pointer was last: name of the wall and position.
    pointer: Option<(Entity, f32)>,
    /// The windows as they were: name of the wall and monitor.
    windows: Vec<(usize, Entity, Option<Option<usize>>)>,
}

fn text(walls: &[usize]) -> String {
    let mut text = String::from("(cameras: {");
    for id in ["a", "b", "c", "d", "e"] {
        write!(text, r#""{id}": (main: "./{id}"), "#).unwrap();
    }
    text.push_str("}, layouts: {");
    for (number, cameras) in LAYOUTS.iter().enumerate() {
        let columns = cameras.len();
        write!(text, r#""l{number}": Grid(columns: {columns}, cameras: {cameras:?}), "#).unwrap();
    }
    text.push_str("}, walls: {");
    for wall in walls {
        write!(text, r#""w{wall}": (monitor: Name("M{wall}"), show: "l{}"), "#, wall % 3).unwrap();
    }
    // A key for the last wall of the file, wherever it stands.
    let last = walls.last().unwrap();
    text + &format!(r#"}}, keys: {{ "layout_1@w{last}": ["F13"] }})"#)
}

impl Game {
    fn new(walls: &[usize]) -> Self {
        let wall = Wall::parse(&text(walls), "wall.ron").unwrap().wall;
        let mut app = App::new();
        let desktop = Desktop { managed: false, size: None, file: "wall.ron".into() };
        app.add_plugins((TimePlugin, InputPlugin))
            .add_plugins(WindowPlugin {
                primary_window: None,
                exit_condition: ExitCondition::DontExit,
                close_when_requested: false,
                ..default()
            })
            .add_plugins((
                PlacementPlugin(desktop),
                OperatorPlugin(Bindings::resolve(&wall)),
                WallPlugin::of(&wall, None, None),
                CameraPlugin(WallFile { wall, folder: "/nonexistent".into() }),
                ScenePlugin,
                ReloadPlugin::default(),
                PacingPlugin(FramePacer::start(|| {}).unwrap()),
            ));
        set_order(&mut app);
        let new = |name: &usize| WallModel { name: *name, layout: name % 3, ..default() };
        let walls = walls.iter().map(new).collect();
        let (monitors, windows) = ([None; MONITORS], Vec::new());
        let (plugged, active, pointer) = (Vec::new(), None, None);
        Self { app, monitors, plugged, told: false, walls, active, pointer, windows }
    }

    /// The entity of a wall, by its name.
    fn wall(&mut self, name: usize) -> Entity {
        let mut walls = self.app.world_mut().query::<(Entity, &WallName)>();
        let name = format!("w{name}");
        let found = walls.iter(self.app.world()).find(|(_, it)| it.name == name);
        found.unwrap_or_else(|| panic!("no wall {name}")).0
    }

    /// The window of a wall that is there and stays so.
    fn window(&mut self, name: usize) -> Option<Entity> {
        self.walls.iter().find(|wall| wall.name == name && wall.on.is_some())?;
        let wall = self.wall(name);
        self.app.world().get::<OnWindow>(wall).map(|on| on.0)
    }

    fn tell(&mut self, event: impl Into<WindowEvent>) {
        self.app.world_mut().write_message::<WindowEvent>(event.into());
    }

    fn play(&mut self, event: &Event) {
        let walls = self.walls.len();
        let name = |game: &Self, wall: usize| game.walls[wall % walls].name;
        match *event {
            Event::Plug(number) => self.plug(number),
            Event::Unplug(number) => {
                if let Some(monitor) = self.monitors[number].take() {
                    self.app.world_mut().despawn(monitor);
                    self.plugged.retain(|it| *it != number);
                }
            }
            Event::Point(wall) => self.point(name(self, wall)),
            Event::Focus(wall) => {
                let name = name(self, wall);
                if let Some(window) = self.window(name) {
                    self.tell(WindowFocused { window, focused: true });
                    self.active = Some(name);
                }
            }
            Event::Press(wall, key) => {
                let name = name(self, wall);
                let Some(window) = self.window(name) else { return };
                let key_code = KeyCode::Unidentified(NativeKeyCode::Unidentified);
                for state in [ButtonState::Pressed, ButtonState::Released] {
                    let (logical_key, text) = (named(key), None);
                    let repeat = false;
                    self.tell(KeyboardInput { key_code, logical_key, state, text, repeat, window });
                }
                self.press(key);
            }
            Event::Reload(ref names) => self.reload(names),
        }
    }

    fn plug(&mut self, number: usize) {
        if self.monitors[number].is_some() {
            return;
        }
        let monitor = Monitor {
            name: Some(format!("M{number}")),
            physical_width: 640,
            physical_height: 360,
            physical_position: IVec2::new(640 * number as i32, 0),
            refresh_rate_millihertz: None,
            scale_factor: 1.0,
            video_modes: Vec::new(),
        };
        self.monitors[number] = Some(self.app.world_mut().spawn(monitor).id());
        self.plugged.push(number);
    }

    fn point(&mut self, name: usize) {
        let Some(window) = self.window(name) else { return };
        let (last, x) = (self.pointer, self.pointer.map_or(10.0, |(_, x)| x + 1.0));
        self.tell(CursorMoved { window, position: Vec2::new(x, 10.0), delta: None });
        self.pointer = Some((window, x));
        // Where it rests at the start says nothing.
        if last.is_some() {
            self.active = Some(name);
        }
    }

    /// What a key does, in the model.
    fn press(&mut self, key: &str) {
        let active = self.active;
        let (wall, layout) = match key {
            "F13" => (self.walls.last_mut(), Some(0)),
            _ => {
                let wall = self.walls.iter_mut().find(|wall| Some(wall.name) == active);
                (wall, key.strip_prefix('F').and_then(|number| number.parse().ok()))
            }
        };
        let wall = wall.expect("a wall is active");
        match (key, layout) {
            ("F13", _) => show(wall, 0),
            ("F11", _) => {}
            (_, Some(number)) => show(wall, number - 1_usize),
            ("Left", _) => wall.selected = wall.selected.saturating_sub(1),
            ("Right", _) => {
                wall.selected = (wall.selected + 1).min(LAYOUTS[wall.layout].len() - 1);
            }
            (other, _) => panic!("{other}"),
        }
    }

    fn reload(&mut self, names: &[usize]) {
        let loaded = Wall::parse(&text(names), "wall.ron").unwrap();
        take_over(self.app.world_mut(), loaded, Vec::new());
        let known = |name: &usize| {
            let found = self.walls.iter().find(|wall| wall.name == *name).cloned();
            found.unwrap_or(WallModel { name: *name, layout: name % 3, ..default() })
        };
        self.walls = names.iter().map(known).collect();
        // One that closed has another window when it opens again, also before the next update.
        self.windows.retain(|(name, ..)| names.contains(name));
    }

    /// Where walls are after the update.
    fn settle(&mut self) {
        let Self { walls, plugged, told, .. } = self;
        *told |= !plugged.is_empty();
        let before = walls[0].on.flatten();
        for wall in walls.iter_mut() {
            wall.on = Some(wall.name).filter(|name| plugged.contains(name)).map(Some);
        }
        if !*told {
            walls[0].on = Some(None);
        } else if walls.iter().all(|wall| wall.on.is_none()) && !plugged.is_empty() {
            let there = before.filter(|monitor| plugged.contains(monitor));
            walls[0].on = Some(Some(there.unwrap_or(plugged[0])));
        }
    }

    /// Which wall is heard from now on.
    fn listen(&mut self) {
        let is_seen = |name| self.walls.iter().any(|it| it.name == name && it.on.is_some());
        if !self.active.is_some_and(is_seen) {
            let first = self.walls.iter().find(|wall| wall.on.is_some());
            self.active = first.or(self.walls.first()).map(|wall| wall.name);
        }
    }

    fn verify(&mut self) {
        let mut windows = Vec::new();
        for (number, wall) in self.walls.clone().into_iter().enumerate() {
            let entity = self.wall(wall.name);
            let world = self.app.world();
            let (name, layout, selected) =
                world.entity(entity).components::<(&WallName, &ActiveLayout, &Selected)>();
            assert_eq!((name.number, layout.0), (number, wall.layout), "{wall:?}");
            let shown = world.get::<Shows>(selected.0.expect("a tile")).expect("a camera").0;
            let camera = &world.get::<Camera>(shown).expect("a camera").id;
            assert_eq!(&**camera, LAYOUTS[wall.layout][wall.selected], "{wall:?}");
            let waits = world.get::<Waiting>(entity).is_some();
            let window = world.get::<OnWindow>(entity).map(|on| on.0);
            assert_eq!(
                (waits, window.is_some()),
                (wall.on.is_none(), wall.on.is_some()),
                "{wall:?}"
            );
            let Some(window) = window else { continue };
            if let Some(Some(monitor)) = wall.on {
                let at = world.get::<Window>(window).expect("a window").position;
                let corner = IVec2::new(640 * monitor as i32, 0);
                assert_eq!(at, WindowPosition::At(corner), "{wall:?}");
            }
            windows.push((wall.name, window, wall.on));
        }
        let count = self.app.world_mut().query::<&Window>().iter(self.app.world()).len();
        assert_eq!(count, windows.len(), "windows without a wall");
        let count = self.app.world_mut().query::<&WallEntity>().iter(self.app.world()).len();
        assert_eq!(count, self.walls.len(), "walls");
        for (name, window, on) in &windows {
            let before =
                self.windows.iter().find(|(known, _, before)| known == name && before == on);
            // What changes elsewhere opens no window anew.
            assert!(
                before.is_none_or(|(_, before, _)| before == window),
                "w{name}: another window"
            );
        }
        self.windows = windows;
        let active = self.app.world().resource::<ActiveWall>().0;
        let wanted = self.active.map(|name| self.wall(name));
        assert_eq!(active, wanted, "the active wall");
        let seen = self.walls.iter().filter(|wall| wall.on.is_some());
        let seen: BTreeSet<&str> = seen.flat_map(|wall| LAYOUTS[wall.layout]).copied().collect();
        let mut cameras = self.app.world_mut().query::<(&Camera, &Feeds)>();
        let decoded = cameras.iter(self.app.world()).filter(|(_, feeds)| feeds.is_decoded());
        let decoded: BTreeSet<&str> = decoded.map(|(camera, _)| &*camera.id).collect();
        assert_eq!(decoded, seen, "who is decoded");
    }
}

/// Shows a layout in the model: a camera that is selected stays so.
fn show(wall: &mut WallModel, layout: usize) {
    let camera = LAYOUTS[wall.layout][wall.selected];
    let found = LAYOUTS[layout].iter().position(|it| *it == camera);
    (wall.layout, wall.selected) = (layout, found.unwrap_or(0));
}

#[test]
fn whatever_is_plugged_where_each_wall_is_where_it_belongs_and_hears_what_is_for_it() {
    let walls = proptest::sample::subsequence((0..MONITORS).collect::<Vec<_>>(), 1..=3);
    let steps = vec(vec(event(), 0..4), 10..40);
    let mut config = ProptestConfig { failure_persistence: None, cases: 150, ..default() };
    config.rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    proptest!(config, |(walls in walls, steps in steps)| {
        let mut game = Game::new(&walls);
        game.settle();
        game.listen();
        game.app.update();
        game.verify();
        for step in &steps {
            // What the world does comes first: walls follow it before they hear anybody.
            let world = |it: &&Event| {
                matches!(it, Event::Plug(_) | Event::Unplug(_) | Event::Reload(_))
            };
            step.iter().filter(world).for_each(|event| game.play(event));
            game.settle();
            game.listen();
            step.iter().filter(|it| !world(it)).for_each(|event| game.play(event));
            game.app.update();
            game.verify();
        }
    });
}
