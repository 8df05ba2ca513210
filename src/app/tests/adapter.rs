//! The only part of these tests that knows how the program is built: raw input goes in, what the
//! wall then is comes out, in plain numbers and words.
//!
//! The systems are the program's, from the feeds to the scene. Policy: what a real window, clock
//! and camera would say is said by the test; cameras have threads, but files that do not exist.

mod keys;
mod seen;

use std::{collections::HashMap, time::Duration};

use bevy::{
    app::AppExit,
    input::{
        ButtonState, InputPlugin,
        keyboard::{KeyboardFocusLost, KeyboardInput},
        mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel},
        touch::TouchPhase,
    },
    math::{DVec2, UVec2},
    prelude::*,
    time::{TimePlugin, TimeUpdateStrategy},
    window::{CursorMoved, ExitCondition, WindowEvent, WindowFocused, WindowPlugin, WindowResized},
};
use camwall_config::{Action, Bindings, Wall};
use camwall_media::FeedState;
use tempfile::TempDir;

use crate::app::set_order;
use crate::camera::{Camera, CameraPlugin, CameraSystems, Health, PictureShape, WallFile};
use crate::input::{InputSystems, OperatorPlugin};
use crate::operation::Operation;
use crate::pacing::{FramePacer, PacingPlugin};
use crate::reload::{ReloadPlugin, take_over};
use crate::render::ScenePlugin;
use crate::shutdown::quit;
use crate::wall::{self, Selected, Shows, WallPlugin, WallSystems};
use crate::window::{Desktop, PlacementPlugin};
use keys::named;

/// What the cameras would say, and what the wall asked of them.
#[derive(Resource, Default)]
struct World {
    /// By camera: live or not, width, height.
    said: HashMap<usize, (bool, u32, u32)>,
    /// With the camera, where one was asked.
    actions: Vec<(Action, Option<Entity>)>,
    exits: usize,
}

/// The program without renderer and screen.
pub(super) struct Adapter {
    app: App,
    window: Entity,
    wall: Entity,
    cameras: Vec<Entity>,
    _folder: TempDir,
}

impl Adapter {
    /// Opens a wall file's text in a window of `size`, in pixels.
    pub(super) fn new(wall_text: &str, size: (u32, u32)) -> Self {
        let wall = Wall::parse(wall_text, "wall.ron").expect("the generated wall is right").wall;
        let folder = tempfile::tempdir().expect("a folder");
        let size = Some(UVec2::from(size));
        let desktop = Desktop { managed: true, size, file: "wall.ron".into() };
        let mut app = App::new();
        app.add_plugins((InputPlugin, TimePlugin))
            .add_plugins(WindowPlugin {
                primary_window: None,
                exit_condition: ExitCondition::DontExit,
                ..default()
            })
            .add_plugins((
                PlacementPlugin(desktop),
                OperatorPlugin(Bindings::resolve(&wall)),
                WallPlugin::of(&wall, size, None),
                CameraPlugin(WallFile { wall, folder: folder.path().to_owned() }),
                ScenePlugin,
                ReloadPlugin::default(),
                PacingPlugin(FramePacer::start(|| {}).expect("a thread")),
            ))
            .init_resource::<World>()
            .add_observer(quit)
            .add_observer(listen)
            .add_systems(
                Update,
                (
                    say.after(CameraSystems::Read).before(InputSystems),
                    count_exits.after(WallSystems::Place),
                ),
            );
        set_order(&mut app);
        let (nothing, cameras) = (Entity::PLACEHOLDER, Vec::new());
        let mut this = Self { app, window: nothing, wall: nothing, cameras, _folder: folder };
        this.pass(Duration::ZERO);
        this.update();
        let world = this.app.world_mut();
        let mut walls = world.query_filtered::<Entity, With<wall::Wall>>();
        this.wall = walls.single(world).expect("one wall");
        let mut windows = world.query_filtered::<Entity, With<Window>>();
        this.window = windows.single(world).expect("one window");
        let mut cameras = world.query::<(Entity, &Camera)>();
        let sorted = cameras.iter(world).sort_by_key::<&Camera, _>(|camera| camera.number);
        this.cameras = sorted.map(|(entity, _)| entity).collect();
        this
    }

    fn window(&mut self) -> Mut<'_, Window> {
        self.app.world_mut().get_mut::<Window>(self.window).expect("the window stays")
    }

    /// Tells it as winit does: in the list of its kind, and in the one that keeps the order of all.
    fn send<M: Message + Clone + Into<WindowEvent>>(&mut self, message: M) {
        self.app.world_mut().write_message::<WindowEvent>(message.clone().into());
        self.app.world_mut().write_message(message);
    }

    fn key(&mut self, key: &str, state: ButtonState) {
        let window = self.window;
        let (key_code, logical_key) = named(key);
        let input =
            KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window };
        self.send(input);
    }

    /// A key goes down: a character, or a name of the wall file or a modifier.
    pub(super) fn press(&mut self, key: &str) {
        self.key(key, ButtonState::Pressed);
    }

    /// A key comes up.
    pub(super) fn release(&mut self, key: &str) {
        self.key(key, ButtonState::Released);
    }

    /// Another window gets the keyboard, then this one again; nothing is told of keys between.
    pub(super) fn lose_focus(&mut self) {
        let window = self.window;
        for focused in [false, true] {
            self.window().focused = focused;
            self.send(WindowFocused { window, focused });
        }
        self.send(KeyboardFocusLost);
    }

    /// The pointer moves to this pixel.
    pub(super) fn point(&mut self, at: (f32, f32)) {
        let (window, position) = (self.window, Vec2::from(at));
        let pixel = DVec2::new(f64::from(at.0), f64::from(at.1));
        let last = self.window().physical_cursor_position();
        self.window().set_physical_cursor_position(Some(pixel));
        let delta = last.map(|last| position - last);
        self.send(CursorMoved { window, position, delta });
    }

    /// The left button goes down or comes up.
    pub(super) fn button(&mut self, down: bool) {
        let state = if down { ButtonState::Pressed } else { ButtonState::Released };
        let input = MouseButtonInput { button: MouseButton::Left, state, window: self.window };
        self.send(input);
    }

    /// The wheel turns by so many notches.
    pub(super) fn wheel(&mut self, notches: f32) {
        let (unit, phase) = (MouseScrollUnit::Line, TouchPhase::Moved);
        let turn = MouseWheel { unit, x: 0.0, y: notches, window: self.window, phase };
        self.send(turn);
    }

    /// The window gets another size, in pixels.
    pub(super) fn resize(&mut self, (width, height): (u32, u32)) {
        self.window().resolution.set_physical_resolution(width, height);
        let (window, width, height) = (self.window, width as f32, height as f32);
        self.send(WindowResized { window, width, height });
    }

    /// A camera is despawned.
    pub(super) fn remove_camera(&mut self, camera: usize) {
        self.app.world_mut().despawn(self.cameras[camera]);
    }

    /// The wall file becomes this text.
    pub(super) fn reload(&mut self, wall_text: &str) {
        let loaded = Wall::parse(wall_text, "wall.ron").expect("the generated wall is right");
        take_over(self.app.world_mut(), loaded, Vec::new());
        let world = self.app.world_mut();
        let mut cameras = world.query::<(Entity, &Camera)>();
        for (entity, camera) in cameras.iter(world) {
            self.cameras[index_of(&camera.id)] = entity;
        }
    }

    /// A camera is live, with pictures of this size, or not.
    pub(super) fn say(&mut self, camera: usize, live: bool, (width, height): (u32, u32)) {
        let mut world = self.app.world_mut().resource_mut::<World>();
        world.said.insert(camera, (live, width, height));
    }

    /// The next update comes so long after the last.
    pub(super) fn pass(&mut self, after: Duration) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(after));
    }

    /// One update.
    pub(super) fn update(&mut self) {
        self.app.update();
    }
}

/// Which of the cameras that there may be one is, by its id: `c4`.
fn index_of(id: &str) -> usize {
    id.strip_prefix('c').and_then(|number| number.parse().ok()).expect("an id of these tests")
}

/// In place of what the feeds said: they have no camera.
fn say(mut cameras: Query<(&Camera, &mut Health, &mut PictureShape)>, world: Res<World>) {
    for (camera, mut health, mut shape) in &mut cameras {
        let said = world.said.get(&index_of(&camera.id)).copied();
        let (live, width, height) = said.unwrap_or_default();
        health.set_if_neq(Health(if live { FeedState::Live } else { FeedState::Stale }));
        shape.set_if_neq(PictureShape { size: UVec2::new(width, height), sar: (1, 1) });
    }
}

/// What is asked at the wall, and then of a camera.
fn listen(
    asked: On<Operation>,
    cameras: Query<(), With<Camera>>,
    walls: Query<&Selected>,
    tiles: Query<&Shows>,
    mut world: ResMut<World>,
) {
    let of_camera = asked.action.is_about_camera();
    if !asked.phase.acts() || !(of_camera || asked.action == Action::RecordAll) {
        return;
    }
    if cameras.contains(asked.entity) {
        world.actions.last_mut().expect("first the wall is asked").1 = Some(asked.entity);
    } else {
        let selected = walls.get(asked.entity).ok().and_then(|selected| selected.0);
        // What is for all cameras is told with the selected one.
        let shown = selected.and_then(|tile| tiles.get(tile).ok()).filter(|_| !of_camera);
        world.actions.push((asked.action, shown.map(|shows| shows.0)));
    }
}

fn count_exits(mut exits: MessageReader<AppExit>, mut world: ResMut<World>) {
    world.exits += exits.read().count();
}
