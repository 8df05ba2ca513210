//! The only file of these tests that knows how the program is built: raw input goes in, what the
//! wall then is comes out, in plain numbers and words.
//!
//! The systems are the program's, from the feeds to the scene. Policy: what a real window, clock
//! and camera would say is said by the test; cameras have threads, but files that do not exist.

mod keys;

use std::{collections::HashMap, path::Path, time::Duration};

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
use camwall_config::{Bindings, Wall};
use camwall_media::FeedState;
use tempfile::TempDir;

use super::views::{DrawnView, Part, Px, TileView};
use crate::app::systems::{WallSystems, operate};
use crate::camera::{Camera, CameraAction, CameraOrder, CameraStatus, Feeds, Recording, WallFile};
use crate::input::Keyboard;
use crate::pacing::FramePacer;
use crate::render::Scene;
use crate::wall::WallView;
use crate::wall::layout::{self, PxRect};
use crate::window::WindowPlacement;
use keys::named;

/// What the cameras would say, and what the wall asked of them.
#[derive(Resource, Default)]
struct World {
    /// By camera: live or not, width, height.
    said: HashMap<usize, (bool, u32, u32)>,
    actions: Vec<CameraAction>,
    exits: usize,
}

/// The program without renderer and screen.
pub(super) struct Adapter {
    app: App,
    window: Entity,
    cameras: Vec<Entity>,
    _folder: TempDir,
}

impl Adapter {
    /// Opens a wall file's text in a window of `size`, in pixels.
    pub(super) fn new(wall_text: &str, size: (u32, u32)) -> Self {
        let wall = Wall::parse(wall_text, "wall.ron").expect("the generated wall is right").wall;
        let folder = tempfile::tempdir().expect("a folder");
        let placement = WindowPlacement::new(&wall.window, Some(size), true);
        let window = placement.window(Path::new("wall.ron"));
        let mut app = App::new();
        app.add_plugins((InputPlugin, TimePlugin))
            .add_plugins(WindowPlugin {
                primary_window: Some(window),
                exit_condition: ExitCondition::DontExit,
                ..default()
            })
            .add_plugins(operate)
            .init_resource::<Scene>()
            .init_resource::<World>()
            .insert_resource(placement)
            .insert_resource(FramePacer::start(|| {}).expect("a thread"))
            .insert_resource(Keyboard(Bindings::resolve(&wall.keys)))
            .insert_resource(WallView::new(size.into(), wall.first_layout(), false))
            .insert_resource(WallFile { wall, folder: folder.path().to_owned() })
            .add_systems(
                Update,
                (
                    say.after(WallSystems::Feeds).before(WallSystems::Input),
                    listen.after(WallSystems::Wall),
                ),
            );
        let mut windows = app.world_mut().query_filtered::<Entity, With<Window>>();
        let window = windows.single(app.world()).expect("one window");
        let mut this = Self { app, window, cameras: Vec::new(), _folder: folder };
        this.pass(Duration::ZERO);
        this.update();
        this.cameras.clone_from(&this.app.world().resource::<CameraOrder>().0);
        this
    }

    fn window(&mut self) -> Mut<'_, Window> {
        self.app.world_mut().get_mut::<Window>(self.window).expect("the window stays")
    }

    fn view(&self) -> &WallView {
        self.app.world().resource::<WallView>()
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

    /// The wall's size in pixels.
    pub(super) fn wall_size(&self) -> (u32, u32) {
        self.view().size().into()
    }

    /// The layout's tiles, in the order of drawing.
    pub(super) fn tiles(&self) -> Vec<TileView> {
        let plain = |tile: &layout::Tile| TileView { camera: tile.camera, rect: px(tile.rect) };
        self.view().tiles.iter().map(plain).collect()
    }

    /// The selected tile, by its place in [`Self::tiles`].
    pub(super) fn selected(&self) -> Option<usize> {
        let view = self.view();
        (!view.tiles.is_empty()).then_some(view.selected)
    }

    /// The tile that is full-screen or on its way there.
    pub(super) fn maximized(&self) -> Option<usize> {
        let view = self.view();
        view.maximized.as_ref().filter(|_| view.is_maximized()).map(|maximized| maximized.tile)
    }

    /// What the scene draws.
    pub(super) fn drawn(&mut self) -> Vec<DrawnView> {
        let mut cameras = self.app.world_mut().query::<(&Camera, &Feeds, &CameraStatus)>();
        let world = self.app.world();
        let drawn = world.resource::<Scene>().tiles.iter().map(|tile| {
            let found =
                cameras.iter(world).find(|(_, feeds, _)| feeds.picture.id() == tile.picture.id());
            let (camera, _, status) = found.expect("a camera's picture");
            let source = UVec2::new(status.feed.width, status.feed.height);
            let placed = layout::place(tile.rect, source, (1, 1), tile.fit, tile.zoom);
            let placement = placed.map(|placed| {
                let (min, max) = (placed.src.min.into(), placed.src.max.into());
                (px(placed.dst), Part { min, max })
            });
            let (rect, stale) = (px(tile.rect), tile.stale);
            DrawnView { camera: camera.index, rect, stale, placement }
        });
        drawn.collect()
    }

    /// How much a camera's picture is enlarged, and which part of it that is.
    pub(super) fn zoom(&self, camera: usize) -> (f32, Part) {
        let zoom = self.view().zoom_of(camera);
        let rect = zoom.rect();
        (zoom.factor(), Part { min: rect.min.into(), max: rect.max.into() })
    }

    /// The number of the layout that is shown, from 0.
    pub(super) fn layout(&self) -> usize {
        self.view().layout()
    }

    /// Whether the help is shown, and whether the figures are.
    pub(super) fn help_and_stats(&self) -> (bool, bool) {
        (self.view().help, self.view().stats)
    }

    /// Whether the window is to cover the monitor.
    pub(super) fn fullscreen(&self) -> bool {
        self.app.world().resource::<WindowPlacement>().fullscreen
    }

    /// The camera number that is being typed.
    pub(super) fn typed(&self) -> &str {
        &self.view().typed
    }

    /// The cameras that are to be recorded.
    pub(super) fn recorded(&mut self) -> Vec<usize> {
        let mut cameras = self.app.world_mut().query_filtered::<&Camera, With<Recording>>();
        let mut found: Vec<_> = cameras.iter(self.app.world()).map(|camera| camera.index).collect();
        found.sort_unstable();
        found
    }

    /// What cameras were asked to do since this was last called, by the action's name in the wall
    /// file, in order, with the camera.
    pub(super) fn take_actions(&mut self) -> Vec<(&'static str, Option<usize>)> {
        let actions = std::mem::take(&mut self.app.world_mut().resource_mut::<World>().actions);
        let index = |entity| self.cameras.iter().position(|camera| *camera == entity);
        let plain = |done: CameraAction| (done.action.name(), done.camera.and_then(index));
        actions.into_iter().map(plain).collect()
    }

    /// How often the program was asked to end.
    pub(super) fn exits(&self) -> usize {
        self.app.world().resource::<World>().exits
    }
}

/// In place of what the feeds said: they have no camera.
fn say(mut cameras: Query<(&Camera, &mut CameraStatus)>, world: Res<World>) {
    for (camera, mut status) in &mut cameras {
        let said = world.said.get(&camera.index).copied();
        let (live, width, height) = said.unwrap_or_default();
        status.feed.state = if live { FeedState::Live } else { FeedState::Stale };
        (status.feed.width, status.feed.height) = (width, height);
    }
}

fn listen(
    mut actions: MessageReader<CameraAction>,
    mut exits: MessageReader<AppExit>,
    mut world: ResMut<World>,
) {
    world.actions.extend(actions.read());
    world.exits += exits.read().count();
}

fn px(rect: PxRect) -> Px {
    Px { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}
